//! One order, its Worker, the gateway, a shopper, a merchant, and everything that goes wrong
//! between them, on a clock that is moved by hand.
//!
//! The gateway is the simulator's own pure core; the order is the real one; between them stands a
//! Worker that keeps the rules of the order object (handle, write, then act) and may die at any
//! point. Nothing here waits, and one seed always plays the same history.

mod dice;
mod history;
mod merchant;
mod notify;
mod shop;
mod shopper;
mod story;
mod verdict;
mod worker;

pub use history::{Scene, play, play_in, scenes};
pub use worker::{Death, Given};

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
            worker: Worker::default(),
            shopper: Shopper::default(),
            shop: Shop::default(),
            dice: Dice::new(seed),
            story: if tells { Story::kept() } else { Story::default() },
            next_sweep_ms: BEGIN_MS + SWEEP_EVERY_MS,
            events: 0,
            deaths: 0,
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
            Some(self.next_sweep_ms),
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

    /// The scheduled sweep pokes an order that is not final, whatever became of its alarm.
    fn sweep(&mut self) {
        self.next_sweep_ms = self.now_ms + SWEEP_EVERY_MS;
        if self.worker.disk.state.as_ref().is_some_and(|state| !state.is_final()) {
            self.give(order::Input::AlarmFired);
        }
    }

    /// Everything that goes wrong stops; time passes until nothing is left to do, or `ms` are over.
    pub fn calm(&mut self, ms: i64) {
        self.tell(|| "all is calm".into());
        self.worker.death = Death::Never;
        self.worker.skew_ms = 0;
        self.worker.unconnected_permille = 0;
        self.shop.trouble_permille = 0;
        self.shopper.next_look_ms = None;
        let switches = Switches { faults: vec![], ..self.gateway.switches().clone() };
        self.gateway.switch(switches);
        self.create();
        // Whatever the clock was, somebody looks.
        self.give(order::Input::AlarmFired);
        let until_ms = self.now_ms + ms;
        while !self.is_at_rest() {
            let Some(at_ms) = self.next_event_ms().filter(|at_ms| *at_ms <= until_ms) else { break };
            self.happen(at_ms);
        }
    }

    fn is_at_rest(&self) -> bool {
        self.worker_due_ms().is_none() && self.gateway.next_due_at_ms().is_none()
    }
}
