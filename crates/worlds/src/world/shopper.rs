//! The shopper: a page that looks, a phone that scans, second thoughts.

use order::{Input, Order, PageStatus, Who};

use super::World;
use super::worker::Given;

/// What the page shows, and what the phone has seen.
#[derive(Debug, Default)]
pub struct Shopper {
    /// When the open page looks next.
    pub next_look_ms: Option<i64>,
    closes_at_ms: i64,
    /// Every code the page ever showed; a photograph of an old one can still be scanned.
    pub codes: Vec<String>,
    /// What the page shows.
    pub sees: Option<PageStatus>,
}

const PAYER: &str = "payer-1";

impl World {
    /// The page is opened for a while.
    pub fn open_page(&mut self, for_ms: i64) {
        if self.elsewhere {
            return; // Nobody here has sold anything.
        }
        self.tell(|| format!("the page is open for {} s", for_ms / 1000));
        self.shopper.next_look_ms = Some(self.now_ms);
        self.shopper.closes_at_ms = self.now_ms + for_ms;
    }

    /// The page looks once: it makes the order if there is none, as often as that takes.
    pub fn look(&mut self) {
        let mut ask_again_ms = 3_000;
        if self.create() == Given::Done
            && let Some(order) = self.shown()
        {
            let view = order.view(self.worker_now_ms());
            if let Some(code_url) = view.code_url {
                let code_url = code_url.as_str().to_owned();
                if !self.shopper.codes.contains(&code_url) {
                    self.tell(|| "the page shows a code".into());
                    self.shopper.codes.push(code_url);
                }
            }
            self.shopper.sees = Some(view.status);
            ask_again_ms = i64::from(view.pace.map_or(10_000, |pace| pace.asking_ms));
        }
        let next_ms = self.now_ms + ask_again_ms;
        self.shopper.next_look_ms = (next_ms < self.shopper.closes_at_ms).then_some(next_ms);
    }

    /// What the Worker shows a page: the order in its memory, as it is on the disk.
    fn shown(&mut self) -> Option<Order> {
        let now_ms = self.worker_now_ms();
        let shown = self.worker.in_memory(now_ms)?.clone();
        let stored = self.worker.disk().order();
        assert_eq!(Some(shown.state()), stored.map(Order::state), "a page was shown what is not on the disk");
        assert_eq!(
            Some(shown.receipts()),
            stored.map(Order::receipts),
            "a page was shown what is not on the disk"
        );
        Some(shown)
    }

    /// The phone scans one of the codes seen and pays.
    pub fn pay(&mut self) {
        if let Some(code_url) = self.a_code() {
            let paid = self.gateway.pay(self.now_ms, &code_url, PAYER);
            self.tell(|| match &paid {
                Ok(paid) => format!("the shopper pays: {}", paid.transaction_id),
                Err(scan) => format!("the shopper cannot pay: {:?}", scan.state),
            });
        }
    }

    /// The phone scans, and the bank refuses.
    pub fn fail_to_pay(&mut self) {
        if let Some(code_url) = self.a_code() {
            let scan = self.gateway.refuse(self.now_ms, &code_url, PAYER);
            self.tell(|| format!("the bank refuses: {:?}", scan.state));
        }
    }

    fn a_code(&mut self) -> Option<String> {
        // Mostly the newest one.
        let at = if self.dice.chance(800) { 0 } else { self.dice.below(4) };
        let at = usize::try_from(at).unwrap_or(0);
        self.shopper.codes.iter().rev().nth(at).or(self.shopper.codes.last()).cloned()
    }

    /// The page cancels.
    pub fn cancel(&mut self) {
        let given = self.give(Input::CancelRequested { by: Who::Shopper });
        self.tell(|| format!("the shopper cancels: {given:?}"));
    }
}
