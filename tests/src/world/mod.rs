//! One order, its Worker, the gateway, a shopper, a merchant, and everything that goes wrong
//! between them, on a clock that is moved by hand.
//!
//! The gateway is the simulator's own pure core; the order is the real one; between them stands a
//! Worker that runs the same holder as the one that ships ([`order::Holder`]), may die at any point,
//! and whose writes may fail. Nothing here waits, and one seed always plays the same history.

mod dice;
mod disk;
mod history;
mod merchant;
mod notify;
mod shop;
mod shopper;
mod story;
mod verdict;
mod worker;

pub use disk::{Broken, Death, Disk, Fate};
pub use history::{Scene, play, play_in, scenes};
pub use worker::Given;

use simulator::gateway::{Gateway, Switches};

use dice::Dice;
use shop::Shop;
use shopper::Shopper;
use story::Story;
use worker::Worker;

/// 2026-03-01 12:00:00 in Hong Kong.
pub const BEGIN_MS: i64 = 1_772_337_600_000;

/// How often the sweep pokes an order that is not final.
const SWEEP_EVERY_MS: i64 = 10 * 60_000;

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
    dice: Dice,
    story: Story,
    next_sweep_ms: i64,
    events: u32,
    /// How often the process died.
    deaths: u32,
    /// How often a write failed while the process lived.
    failed_writes: u32,
    /// Whether an older version of the program met an order of a newer one.
    met_newer: bool,
    /// Whether the platform lost the alarm, and it was not set since.
    alarm_lost: bool,
    /// When the last query came to the gateway, unless the clock has jumped since.
    last_query_ms: Option<i64>,
    /// Whether the Worker's clock was always right.
    steady: bool,
    /// Whether the gateway or the way to it fails now and then in this history.
    gateway_failed: bool,
    /// Whether the gateway signs what is not true in this history.
    gateway_lied: bool,
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
            dice: Dice::new(seed),
            story: if tells { Story::kept() } else { Story::default() },
            next_sweep_ms: BEGIN_MS + SWEEP_EVERY_MS,
            events: 0,
            deaths: 0,
            failed_writes: 0,
            met_newer: false,
            alarm_lost: false,
            last_query_ms: None,
            steady: true,
            gateway_failed: false,
            gateway_lied: false,
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
            self.shop.index_is_unsettled().then_some(self.next_sweep_ms),
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
        self.next_sweep_ms = self.now_ms + SWEEP_EVERY_MS;
        self.alarm_lost = false;
        self.give(order::Input::Swept { index_version: self.shop.index_version() });
    }

    /// Everything that goes wrong stops; time passes until nothing is left to do, or `ms` are over.
    pub fn calm(&mut self, ms: i64) {
        self.tell(|| "all is calm".into());
        self.worker.fate_mut().death = Death::Never;
        self.worker.skew_ms = 0;
        self.worker.unconnected_permille = 0;
        self.shop.trouble_permille = 0;
        self.shopper.next_look_ms = None;
        let switches = Switches { faults: vec![], ..self.gateway.switches().clone() };
        self.gateway.switch(switches);
        self.create();
        // Whatever the clock was, somebody looks.
        self.alarm_lost = false;
        self.give(order::Input::AlarmFired);
        let until_ms = self.now_ms + ms;
        while !self.is_at_rest() {
            let Some(at_ms) = self.next_event_ms().filter(|at_ms| *at_ms <= until_ms) else { break };
            self.happen(at_ms);
        }
    }

    /// A settled order has an alarm, more than a year ahead: to be archived.
    fn is_at_rest(&self) -> bool {
        let disk = self.worker.disk();
        (disk.archived || disk.order().is_some_and(order::Order::is_settled))
            && self.worker.is_idle()
            && self.gateway.next_due_at_ms().is_none()
    }
}
