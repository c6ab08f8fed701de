//! One order, its Worker, the gateway, a shopper, a merchant, and everything that goes wrong
//! between them, on a clock that is moved by hand.
//!
//! A history ends in [`World::end`]: everything that goes wrong stops, and the world comes to rest. Every
//! open question must then be an open exception. People act on the exceptions, and in the end none is open
//! but those that nobody can close.
//!
//! The gateway is the simulator's own pure core; the order is the real one. Between them is a
//! Worker that runs the holder that ships ([`order::Holder`]). It may die around each write, each call and
//! each delivery, and its writes may fail. No test sleeps in real time, and one seed always plays the same
//! history.

mod api;
mod back_office;
mod beside;
mod dice;
mod disk;
mod elsewhere;
mod faults;
mod history;
mod index;
mod merchant;
mod moments;
mod notify;
mod notify_v3;
mod reached;
mod scenes;
mod shop;
mod shopper;
mod story;
mod v3;
mod verdict;
mod worker;

pub use api::Api;
pub use beside::{Beside, play_beside};
pub use disk::{Broken, Death, Disk, Fate};
pub use history::{play, play_in};
pub use scenes::{Scene, scenes, scenes_of_v3};
pub use worker::Given;

use std::collections::BTreeSet;

use simulator::gateway::{FaultName, Gateway, NotifyKey, Switches};
use wire::Money;

use dice::Dice;
use elsewhere::MadeByHand;
use index::Index;
use notify::Came;
use shop::Shop;
use shopper::Shopper;
use story::Story;
use v3::Trust;
use worker::Worker;

/// 2026-03-01 12:00:00 in Hong Kong.
pub const BEGIN_MS: i64 = 1_772_337_600_000;

/// How often the sweep visits an order that the index shows as not settled.
const SWEEP_EVERY_MS: i64 = 10 * 60_000;

/// The longest that an order waits for anything but its archiving: a refund is given up after 31 days. Two
/// weeks more are left.
const LONGEST_WAIT_MS: i64 = 45 * DAY_MS;

const DAY_MS: i64 = 24 * 60 * 60_000;

/// How often people act on the open exceptions. What they do may raise new ones.
const ROUNDS: u32 = 6;

/// A correct history has fewer events. More of them mean an endless loop.
const MAX_EVENTS: u32 = 20_000;

/// Everything there is.
pub struct World {
    /// The gateway's time, which is the true one.
    pub now_ms: i64,
    began_ms: i64,
    /// The gateway.
    pub gateway: Gateway,
    /// The Worker.
    pub worker: Worker,
    /// The shopper and the page.
    pub shopper: Shopper,
    /// The merchant's systems.
    pub shop: Shop,
    /// The list of orders.
    pub index: Index,
    dice: Dice,
    story: Story,
    next_sweep_ms: i64,
    /// Since when nothing goes wrong any more.
    calm_since_ms: Option<i64>,
    events: u32,
    /// How often the process died.
    deaths: u32,
    /// How often a write failed while the process lived.
    failed_writes: u32,
    /// Whether an older version of the program met an order of a newer one.
    met_newer: bool,
    /// True after the platform lost the alarm, until it is set again.
    alarm_lost: bool,
    /// When the Worker last began a query and a refund.
    last_query_ms: Option<i64>,
    last_refund_ms: Option<i64>,
    /// The name of the state that the order had last.
    last_state: &'static str,
    /// Whether the Worker's clock was always right.
    steady: bool,
    /// What goes wrong at the gateway in this history.
    faults: Vec<FaultName>,
    /// The field that the gateway leaves out of its messages.
    left_out: Option<&'static str>,
    /// Whether connections to the gateway sometimes fail, or our certificate is missing.
    badly_connected: bool,
    /// Whether one point of twelve ends the process.
    dies_often: bool,
    /// The number of the order.
    number: &'static str,
    /// Deliveries about another order than this one.
    for_the_other: Vec<simulator::gateway::Delivery>,
    /// What the merchant has agreed with WeChat Pay: the edition, and whether there is an API v3 key.
    of: Api,
    /// By what new orders are placed now.
    api: Api,
    /// By what the order was placed, as its number says.
    placed_by: Api,
    /// Deliveries of API v3, as somebody on the way may have kept them.
    recorded: Vec<Came>,
    /// Whether another system of the merchant placed the order.
    elsewhere: bool,
    /// Whether a verified message came for an archived order.
    came_after_archive: bool,
    /// Refunds made in the merchant platform.
    by_hand: Vec<MadeByHand>,
    /// The refunds whose notification the order accepted.
    hinted: BTreeSet<String>,
    /// The exceptions that people marked as done without acting.
    let_go: Vec<u32>,
    /// The exceptions about which people did something.
    acted_on: Vec<u32>,
    /// What happened in this history, by name.
    marks: BTreeSet<String>,
}

impl World {
    /// A world of API v2 in which nothing has happened yet.
    #[must_use]
    pub fn new(seed: u64, tells: bool) -> Self {
        Self::of(Api::V2, seed, tells)
    }

    /// A world in which nothing has happened yet, of a merchant whose new orders are placed so.
    #[must_use]
    pub fn of(of: Api, seed: u64, tells: bool) -> Self {
        let at_the_gateway = merchant::at_the_gateway(of, of != Api::V2);
        let trust = if seed % 3 == 2 { Trust::Certificates } else { Trust::PublicKey };
        let v3_notify_key = match trust {
            Trust::PublicKey => NotifyKey::PublicKey,
            Trust::Certificates => NotifyKey::Certificate,
        };
        let switches = Switches { v3_notify_key, ..Switches::default() };
        Self {
            now_ms: BEGIN_MS,
            began_ms: BEGIN_MS,
            gateway: Gateway::new(vec![at_the_gateway], switches, seed),
            worker: Worker::new(seed, trust),
            shopper: Shopper::default(),
            shop: Shop::default(),
            index: Index::default(),
            dice: Dice::new(seed),
            story: if tells { Story::kept() } else { Story::default() },
            next_sweep_ms: BEGIN_MS + SWEEP_EVERY_MS,
            calm_since_ms: None,
            events: 0,
            deaths: 0,
            failed_writes: 0,
            met_newer: false,
            alarm_lost: false,
            last_query_ms: None,
            last_refund_ms: None,
            last_state: "",
            steady: true,
            faults: vec![],
            left_out: None,
            badly_connected: false,
            dies_often: false,
            number: merchant::NUMBERS[0],
            for_the_other: vec![],
            of,
            api: of,
            placed_by: of,
            recorded: vec![],
            elsewhere: false,
            came_after_archive: false,
            by_hand: vec![],
            hinted: BTreeSet::new(),
            let_go: vec![],
            acted_on: vec![],
            marks: BTreeSet::new(),
        }
    }

    /// An amount in the merchant's currency.
    fn price(&self, minor: u64) -> Money {
        Money::new(minor, self.of.currency())
    }

    /// Whether the merchant has an API v3 key.
    fn has_v3(&self) -> bool {
        self.of != Api::V2
    }

    /// The gateway without faults and oddities. What it signs with is the merchant's own choice.
    fn usual_switches(&self) -> Switches {
        Switches { v3_notify_key: self.gateway.switches().v3_notify_key, ..Switches::default() }
    }

    /// What has happened so far, if this world keeps its story.
    #[must_use]
    pub fn story(&self) -> &str {
        self.story.text()
    }

    fn tell(&mut self, sentence: impl FnOnce() -> String) {
        self.story.tell(self.now_ms - self.began_ms, sentence);
    }

    /// Lets this much time pass, with all that happens meanwhile.
    pub fn pass(&mut self, ms: i64) {
        let until_ms = self.now_ms + ms;
        while let Some(at_ms) = self.next_event_ms().filter(|at_ms| *at_ms <= until_ms) {
            self.happen(at_ms);
        }
        self.now_ms = until_ms;
    }

    fn next_event_ms(&self) -> Option<i64> {
        let events = [
            self.worker_due_ms(),
            self.gateway.next_due_at_ms(),
            self.shopper.next_look_ms,
            // The sweep takes the orders that the index shows as unsettled.
            self.index.shows_something_to_do().then_some(self.next_sweep_ms),
        ];
        events.into_iter().flatten().min()
    }

    /// Handles the next event.
    ///
    /// # Panics
    /// After more events than a correct history has.
    fn happen(&mut self, at_ms: i64) {
        self.now_ms = self.now_ms.max(at_ms);
        self.events += 1;
        assert!(self.events < MAX_EVENTS, "the world does not come to rest");
        if self.work() {
            return;
        }
        if self.gateway.next_due_at_ms().is_some_and(|due_ms| due_ms <= self.now_ms) {
            self.deliver_notifications();
        } else if self.shopper.next_look_ms.is_some_and(|look_ms| look_ms <= self.now_ms) {
            self.look();
        } else {
            self.sweep();
        }
    }

    /// The scheduled sweep visits the order, even if its alarm is lost.
    fn sweep(&mut self) {
        // After a calm day a sweep every six hours shows the same and saves time.
        let every_ms = if self.is_calm() { 36 * SWEEP_EVERY_MS } else { SWEEP_EVERY_MS };
        self.next_sweep_ms = self.now_ms + every_ms;
        self.alarm_lost = false;
        self.give_alarm(order::Input::Swept { index_version: self.index.version() });
    }

    fn is_calm(&self) -> bool {
        self.calm_since_ms.is_some_and(|since_ms| self.now_ms - since_ms > DAY_MS)
    }

    /// Everything that goes wrong stops, and the world comes to rest. Every open question is then an open
    /// exception. People act on the exceptions until none is open but those that nobody can close.
    ///
    /// # Panics
    /// When an assertion fails.
    pub fn end(&mut self) {
        self.calm();
        self.rest();
        if self.has_untold_refunds() {
            self.compare_books();
            self.rest();
        }
        self.mend_index();
        self.judge();
        for round in 0..ROUNDS {
            if !self.act_on_attention(round) {
                break;
            }
            self.rest();
            self.judge();
        }
        self.judge_end();
    }

    /// Everything that goes wrong stops.
    fn calm(&mut self) {
        self.tell(|| "all is calm".into());
        self.calm_since_ms = Some(self.now_ms);
        self.worker.fate_mut().death = Death::Never;
        self.worker.skew_ms = 0;
        self.worker.unconnected_permille = 0;
        self.worker.slow_permille = 0;
        self.worker.has_certificate = true;
        self.shop.mend();
        self.index.mend();
        self.shopper.next_look_ms = None;
        let switches = Switches { faults: vec![], left_out: vec![], ..self.gateway.switches() };
        self.gateway.switch(switches);
        self.create();
        // A wrong clock may have set the alarm too late, so it rings now.
        self.alarm_lost = false;
        self.give(order::Input::AlarmFired);
    }

    /// Whether somebody made a refund by hand, and the order has not heard of it.
    fn has_untold_refunds(&self) -> bool {
        self.by_hand.iter().any(|made| !self.hinted.contains(&made.out_refund_no))
    }

    /// Time passes until nothing is left to do.
    ///
    /// # Panics
    /// When that takes longer than anything may.
    fn rest(&mut self) {
        let until_ms = self.now_ms + LONGEST_WAIT_MS;
        while !self.is_at_rest() {
            let Some(at_ms) = self.next_event_ms().filter(|at_ms| *at_ms <= until_ms) else { break };
            self.happen(at_ms);
        }
        assert!(self.is_at_rest(), "something waits for ever");
    }

    /// Whether no call and no delivery is open and the order is settled. Its alarm for the archive, more than
    /// a year ahead, does not count.
    fn is_at_rest(&self) -> bool {
        let disk = self.worker.disk();
        self.worker.is_idle()
            && self.gateway.next_due_at_ms().is_none()
            && disk.order().is_none_or(order::Order::is_settled)
    }

    /// An order with money or an exception writes its row once more a day after it has settled. If the row
    /// was lost later, or that of another order, a person starts a sweep over all orders.
    fn mend_index(&mut self) {
        if self.index_is_whole() {
            return;
        }
        if self.index.needs_a_person {
            self.tell(|| "a person has all orders swept".into());
            self.marks.insert("with an index that a person mended".to_owned());
            self.give_alarm(order::Input::Swept { index_version: self.index.version() });
        } else {
            self.tell(|| "the index waits to be whole".into());
            self.pass(DAY_MS + DAY_MS / 24);
        }
        self.rest();
        assert!(self.index_is_whole(), "the index has lost an order");
        self.index.needs_a_person = false;
    }
}
