//! One order, its Worker, the gateway, a shopper, a merchant, and everything that goes wrong
//! between them, on a clock that is moved by hand.
//!
//! A history ends in [`World::end`]: everything that goes wrong stops, and the world comes to rest. What is
//! not settled then must be in the list of attention; people act on it, and at last nothing is left.
//!
//! The gateway is the simulator's own pure core; the order is the real one; between them stands a
//! Worker that runs the same holder as the one that ships ([`order::Holder`]), may die at any point,
//! and whose writes may fail. Nothing here waits, and one seed always plays the same history.

mod back_office;
mod dice;
mod disk;
mod elsewhere;
mod faults;
mod history;
mod index;
mod merchant;
mod moments;
mod notify;
mod reached;
mod scenes;
mod shop;
mod shopper;
mod story;
mod verdict;
mod worker;

pub use disk::{Broken, Death, Disk, Fate};
pub use history::{play, play_in};
pub use scenes::{Scene, scenes};
pub use worker::Given;

use std::collections::BTreeSet;

use simulator::gateway::{FaultName, Gateway, Switches};

use dice::Dice;
use elsewhere::MadeByHand;
use index::Index;
use shop::Shop;
use shopper::Shopper;
use story::Story;
use worker::Worker;

/// 2026-03-01 12:00:00 in Hong Kong.
pub const BEGIN_MS: i64 = 1_772_337_600_000;

/// How often the sweep pokes an order that is not final.
const SWEEP_EVERY_MS: i64 = 10 * 60_000;

/// The longest that anything here waits by itself: a refund that the gateway never ends is given up after 30
/// days and the last pause.
const LONGEST_WAIT_MS: i64 = 45 * DAY_MS;

const DAY_MS: i64 = 24 * 60 * 60_000;

/// So often people act on the list of attention: what they do may bring the next thing.
const ROUNDS: u32 = 6;

/// More events than any sound history has: a loop that never sleeps.
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
    /// Whether the platform lost the alarm, and it was not set since.
    alarm_lost: bool,
    /// When the last query and the last refund came to the gateway.
    last_query_ms: Option<i64>,
    last_refund_ms: Option<i64>,
    /// The name of the state that the order had last.
    last_state: &'static str,
    /// Whether the Worker's clock was always right.
    steady: bool,
    /// What goes wrong at the gateway in this history.
    faults: Vec<FaultName>,
    /// The field that its messages lack.
    left_out: Option<&'static str>,
    /// Whether the way to the gateway fails now and then, or its doorkeeper refuses us.
    badly_connected: bool,
    /// Whether another system of the merchant's placed the order.
    elsewhere: bool,
    /// Whether genuine news came after the order's time was over.
    came_after_archive: bool,
    /// Refunds made in the merchant platform.
    by_hand: Vec<MadeByHand>,
    /// The numbers of the refunds of which a notification came that the order took.
    hinted: BTreeSet<String>,
    /// The exceptions that people marked as done and did nothing about.
    let_go: Vec<u32>,
    /// The exceptions about which people did something.
    acted_on: Vec<u32>,
    /// What the history came to.
    marks: BTreeSet<String>,
}

impl World {
    /// A world in which nothing has happened yet.
    #[must_use]
    pub fn new(seed: u64, tells: bool) -> Self {
        Self {
            now_ms: BEGIN_MS,
            began_ms: BEGIN_MS,
            gateway: Gateway::new(vec![merchant::at_the_gateway()], Switches::default(), seed),
            worker: Worker::new(seed),
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
            elsewhere: false,
            came_after_archive: false,
            by_hand: vec![],
            hinted: BTreeSet::new(),
            let_go: vec![],
            acted_on: vec![],
            marks: BTreeSet::new(),
        }
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

    /// The next thing happens.
    ///
    /// # Panics
    /// When there is no end to it.
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

    /// The scheduled sweep visits the order, whatever became of its alarm.
    fn sweep(&mut self) {
        // A long rest is the same however often somebody looks.
        let every_ms = if self.is_calm() { 36 * SWEEP_EVERY_MS } else { SWEEP_EVERY_MS };
        self.next_sweep_ms = self.now_ms + every_ms;
        self.alarm_lost = false;
        self.give_alarm(order::Input::Swept { index_version: self.index.version() });
    }

    fn is_calm(&self) -> bool {
        self.calm_since_ms.is_some_and(|since_ms| self.now_ms - since_ms > DAY_MS)
    }

    /// Everything that goes wrong stops, and the world comes to rest: what is not settled then is in the list
    /// of attention. People act on that, and at last nothing is left.
    ///
    /// # Panics
    /// When something is not as it must be.
    pub fn end(&mut self) {
        self.calm();
        if self.by_hand.iter().any(|made| !self.hinted.contains(&made.out_refund_no)) {
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

    /// Everything that goes wrong stops, and the world comes to rest.
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
        // Whatever the clock was, somebody looks.
        self.alarm_lost = false;
        self.give(order::Input::AlarmFired);
        self.rest();
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

    /// A settled order has an alarm, more than a year ahead: to be archived.
    fn is_at_rest(&self) -> bool {
        let disk = self.worker.disk();
        self.worker.is_idle()
            && self.gateway.next_due_at_ms().is_none()
            && disk.order().is_none_or(order::Order::is_settled)
    }

    /// What the index has lost is written once more within a day. What it lost after that, a person brings
    /// back by a sweep over all orders.
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
