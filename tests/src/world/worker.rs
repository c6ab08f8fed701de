//! The Worker's order object, as far as an order can tell: memory that is lost, a disk that is not.
//!
//! Every input is handled, written, and only then acted on. Between any two of these steps the
//! process may die; whatever only it knew is gone, and the next one begins with the disk.

use order::{Effects, Failure, GatewayCall, Input, Order, OutboxRow, Rejected, State};
use simulator::gateway::{Call, Fate, Request};
use wire::Nonce;

use super::{World, merchant};

/// What survives the process.
#[derive(Debug, Default)]
pub struct Disk {
    /// The order, as it was saved last.
    pub order: Option<String>,
    /// When the platform wakes the process, by the Worker's clock.
    pub alarm_at_ms: Option<i64>,
    /// The state that was saved last.
    pub state: Option<State>,
    /// How many events were appended.
    pub events: u64,
}

/// The process, and where it dies.
#[derive(Debug, Default)]
pub struct Worker {
    /// What survives.
    pub disk: Disk,
    memory: Option<Order>,
    underway: Vec<Underway>,
    /// How far the Worker's clock is ahead of the gateway's.
    pub skew_ms: i64,
    /// Whether a new process says so to the order, or leaves it to find out.
    pub announces_restarts: bool,
    /// Where it dies.
    pub death: Death,
    /// How many points at which it might have died have passed.
    pub points: u64,
    /// How often in a thousand no connection comes about.
    pub unconnected_permille: u64,
}

/// Where the process dies.
#[derive(Clone, Copy, Debug, Default)]
pub enum Death {
    /// Nowhere.
    #[default]
    Never,
    /// At this point, counted from 0.
    At(u64),
    /// At any point, so often in a thousand.
    Sometimes(u64),
}

/// What the process waits for, and what it will make of it.
#[derive(Debug)]
struct Underway {
    due_ms: i64,
    input: Input,
}

/// What became of an input.
#[derive(Debug, PartialEq, Eq)]
pub enum Given {
    /// Handled and written.
    Done,
    /// Refused.
    Rejected(Rejected),
    /// The process died on it, before or after writing.
    Died,
    /// There is no order yet.
    NoOrder,
}

impl World {
    /// The time as the Worker has it.
    #[must_use]
    pub fn worker_now_ms(&self) -> i64 {
        self.now_ms + self.worker.skew_ms
    }

    /// Makes the order, unless it is there.
    pub fn create(&mut self) -> Given {
        if self.worker.disk.order.is_some() {
            return self.give(Input::PageWatching);
        }
        let now_ms = self.worker_now_ms();
        let (order, effects) = Order::place(now_ms, merchant::terms(now_ms)).expect("terms a gateway takes");
        self.worker.memory = Some(order);
        self.commit(effects)
    }

    /// Gives the order an input, by a process that may have to be started first.
    pub fn give(&mut self, input: Input) -> Given {
        if self.worker.memory.is_none() {
            let Some(saved) = &self.worker.disk.order else { return Given::NoOrder };
            self.worker.memory = Some(Order::load(saved).expect("what was saved can be loaded"));
            if self.worker.announces_restarts && self.handle(Input::Restarted) == Given::Died {
                return Given::Died;
            }
        }
        self.handle(input)
    }

    /// The order as the living process has it, or else the disk.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        let saved = || self.worker.disk.order.as_deref().map(|text| Order::load(text).expect("loads"));
        self.worker.memory.clone().or_else(saved)
    }

    fn handle(&mut self, input: Input) -> Given {
        let now_ms = self.worker_now_ms();
        let Some(order) = &mut self.worker.memory else { return Given::NoOrder };
        match order.handle(now_ms, input) {
            Ok(effects) => self.commit(effects),
            Err(rejected) => Given::Rejected(rejected),
        }
    }

    /// One write of everything; then the effects.
    fn commit(&mut self, effects: Effects) -> Given {
        if self.dies("before the write") {
            return Given::Died;
        }
        let Some(order) = &self.worker.memory else { return Given::Died };
        let disk = &mut self.worker.disk;
        if effects.store {
            disk.order = Some(order.save().expect("an order can be saved"));
            for event in &effects.events {
                disk.events += 1;
                assert_eq!(event.seq, disk.events, "the event log has a gap");
            }
            if let (Some(State::Paid { .. }), state) = (&disk.state, order.state()) {
                assert_eq!(disk.state.as_ref(), Some(state), "paid was undone");
            }
            if disk.state.as_ref().map(State::name) != Some(order.state().name()) {
                let state = order.state().name();
                self.story.tell(self.now_ms - self.began_ms, || format!("the order is {state}"));
            }
            disk.state = Some(order.state().clone());
        }
        disk.alarm_at_ms = effects.alarm_at_ms;
        assert!(effects.alarm_at_ms.is_some() || order.state().is_final(), "not final, and no alarm");
        if self.dies("after the write") {
            return Given::Died;
        }
        if let Some(call) = effects.call
            && self.make(call) == Given::Died
        {
            return Given::Died;
        }
        self.hand_over(effects.outbox)
    }

    fn make(&mut self, call: GatewayCall) -> Given {
        if self.dies("before the call") {
            return Given::Died;
        }
        let name = call.request.name();
        self.judge_call(name);
        let attempt = call.attempt;
        if self.dice.chance(self.worker.unconnected_permille) {
            self.tell(|| format!("no connection for {} #{attempt}", name.as_str()));
            self.await_input(
                50,
                Input::Answered { attempt, outcome: call.failed(Failure::NoConnection), raw: None },
            );
            return Given::Done;
        }
        let nonce = Nonce::new(&format!("N{:016x}", self.dice.roll())).expect("a nonce");
        let body = call.write(&merchant::key(), &nonce).expect("a request that can be written");
        let at = Call::at(call.path()).expect("a call the gateway knows");
        let request =
            Request { method: "POST", body: body.as_bytes(), client_certificate: call.needs_certificate() };
        let reply = self.gateway.call(self.now_ms, at, &request);
        self.tell_call(attempt);
        if self.dies("after the call") {
            return Given::Died;
        }
        let latency_ms = self.dice.ms(20, 900) + i64::from(reply.hold_ms);
        let (after_ms, outcome) = if latency_ms >= order::GATEWAY_TIME_LIMIT_MS {
            (order::GATEWAY_TIME_LIMIT_MS, call.failed(Failure::Unknown))
        } else if reply.fate == Fate::Dropped || reply.status != 200 {
            (latency_ms, call.failed(Failure::Unknown))
        } else {
            (latency_ms, call.read(&reply.body, &merchant::key()))
        };
        self.await_input(after_ms, Input::Answered { attempt, outcome, raw: None });
        Given::Done
    }

    fn hand_over(&mut self, rows: Vec<OutboxRow>) -> Given {
        if rows.is_empty() {
            return Given::Done;
        }
        let (mut accepted, mut refused) = (vec![], vec![]);
        for row in rows {
            let taken = self.shop.take(&row, &mut self.dice);
            if taken { accepted.push(row.id) } else { refused.push(row.id) }
        }
        if self.dies("after handing over") {
            return Given::Died;
        }
        self.await_input(100, Input::Delivered { accepted, refused });
        Given::Done
    }

    fn await_input(&mut self, after_ms: i64, input: Input) {
        self.worker.underway.push(Underway { due_ms: self.now_ms + after_ms, input });
    }

    /// When the process or the platform next has something to do, by the gateway's clock.
    #[must_use]
    pub fn worker_due_ms(&self) -> Option<i64> {
        let alarm = self.worker.disk.alarm_at_ms.map(|at_ms| at_ms.saturating_sub(self.worker.skew_ms));
        self.worker.underway.iter().map(|underway| underway.due_ms).chain(alarm).min()
    }

    /// Does one thing that is due, if any.
    pub fn work(&mut self) -> bool {
        let now_ms = self.now_ms;
        if let Some(at) = self.worker.underway.iter().position(|underway| underway.due_ms <= now_ms) {
            let Underway { input, .. } = self.worker.underway.swap_remove(at);
            self.give(input);
            return true;
        }
        if self.worker.disk.alarm_at_ms.is_some_and(|at_ms| at_ms <= self.worker_now_ms()) {
            let before = self.worker.disk.alarm_at_ms;
            if self.give(Input::AlarmFired) == Given::Died && self.worker.disk.alarm_at_ms == before {
                // The platform rings again for a process that died on its alarm.
                self.worker.disk.alarm_at_ms = Some(self.worker_now_ms() + 2_000);
            }
            return true;
        }
        false
    }

    /// Ends the process; a new one begins with the disk.
    pub fn kill(&mut self) {
        self.worker.memory = None;
        self.worker.underway.clear();
    }

    fn dies(&mut self, point: &str) -> bool {
        let passed = self.worker.points;
        self.worker.points += 1;
        let dies = match self.worker.death {
            Death::Never => false,
            Death::At(at) => at == passed,
            Death::Sometimes(permille) => self.dice.chance(permille),
        };
        if dies {
            self.tell(|| format!("the process dies {point}"));
            self.deaths += 1;
            self.kill();
        }
        dies
    }
}
