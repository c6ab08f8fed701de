//! The Worker's order object, as far as an order can tell: the holder that the Worker runs, over a disk that
//! can fail, in a process that can die.
//!
//! The loop itself (read, handle, write, only then act) is [`order::Holder`], the one that ships. Here is
//! what the platform and the shell do around it: the alarm rings, calls are made, messages are handed over,
//! results come back. Between any two steps the process may die; whatever only it knew is gone, and the next
//! one begins with the disk.

use gateway::{Answer, Call, Failure, Outcome, Trade};
use order::{
    AlarmFailed, Delivery, Effects, GatewayCall, Handled, Held, Holder, HolderError, Input, Message,
    NotHandled, Order, OutboxRow, Rejected,
};
use simulator::gateway::{Call as AskedCall, Reply, Request, Transmission};
use wire::Nonce;
use wire::v3::KeyRing;

use super::World;
use super::api::is_v3;
use super::disk::{Broken, Disk, Fate};
use super::merchant::{self, PRICE_MINOR};
use super::v3::{self, Trust};

/// How long the platform waits before it repeats an alarm on which the process died.
const PLATFORM_RETRY_MS: i64 = 2_000;

/// The process.
#[derive(Debug)]
pub struct Worker {
    holder: Holder<Disk>,
    underway: Vec<Underway>,
    /// How far the Worker's clock is ahead of the gateway's.
    pub skew_ms: i64,
    /// How often in a thousand no connection comes about.
    pub unconnected_permille: u64,
    /// How often in a thousand an answer takes seconds, though nothing is wrong.
    pub slow_permille: u64,
    /// Whether the merchant's certificate is there, which refunds of API v2 need.
    pub has_certificate: bool,
    /// How messages of API v3 are verified.
    pub(super) trust: Trust,
    /// The keys of API v3 in the memory of the process.
    pub(super) ring: KeyRing,
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
    /// The process lives and could not handle it, or does not know whether it was written.
    Failed,
    /// There is no order yet, or no more.
    NoOrder,
}

impl Worker {
    pub(super) fn new(seed: u64, trust: Trust) -> Self {
        Self {
            holder: Holder::new(Disk::new(seed)),
            underway: vec![],
            skew_ms: 0,
            unconnected_permille: 0,
            slow_permille: 0,
            has_certificate: true,
            trust,
            ring: v3::key_ring(trust),
        }
    }

    /// What survives the process.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        self.holder.storage()
    }

    /// What survives the process, to be changed behind its back.
    pub fn disk_mut(&mut self) -> &mut Disk {
        self.holder.storage_mut()
    }

    /// What goes wrong.
    pub fn fate_mut(&mut self) -> &mut Fate {
        &mut self.disk_mut().fate
    }

    /// The order as the living process has it, after an input that it handled; so nothing is read, and
    /// nothing follows.
    pub(super) fn in_memory(&mut self, now_ms: i64) -> Option<&Order> {
        let (held, effects) = self.holder.look(now_ms).ok()?;
        assert_eq!(effects, Effects::default(), "nothing was read");
        held.order()
    }

    /// Whether the process waits for nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.underway.is_empty()
    }
}

impl World {
    /// The time as the Worker has it.
    #[must_use]
    pub fn worker_now_ms(&self) -> i64 {
        self.now_ms + self.worker.skew_ms
    }

    /// The page asks for its order: made if there was none under its number, looked at otherwise.
    pub fn create(&mut self) -> Given {
        if self.elsewhere {
            return Given::NoOrder;
        }
        let now_ms = self.worker_now_ms();
        let (exists, effects) = match self.worker.holder.look(now_ms) {
            Ok((held, effects)) => {
                let exists = match held {
                    Held::Nothing => false,
                    Held::Order(_) => true,
                    Held::Archived => return Given::NoOrder,
                };
                (exists, effects)
            }
            Err(error) => return self.broken(error),
        };
        if self.act(effects) == Given::Died {
            return Given::Died;
        }
        if exists {
            return self.give(Input::PageWatching);
        }
        let details = merchant::details();
        let terms = merchant::terms(self.api, self.number, self.price(PRICE_MINOR), now_ms);
        self.placed_by = self.api;
        match self.worker.holder.place(now_ms, terms, Some(&details)) {
            Ok(effects) => {
                assert_eq!(self.worker.disk().details.as_deref(), Some(details.as_str()));
                self.judge_moment(false);
                self.act(effects)
            }
            Err(error) => self.broken(error),
        }
    }

    /// Gives the order an input, by a process that may have to be started first.
    pub fn give(&mut self, input: Input) -> Given {
        self.give_with(input, None)
    }

    /// The same, for an input that came with a raw message.
    pub(super) fn give_with(&mut self, input: Input, message: Option<&[u8]>) -> Given {
        let now_ms = self.worker_now_ms();
        let says_refunded = says_refunded(&input) && !self.worker.disk().is_paid();
        match self.worker.holder.handle(now_ms, input, message) {
            Ok(handled) => self.handled(handled, says_refunded),
            Err(error) => self.broken(error),
        }
    }

    /// What an alarm brings, or the sweep: when it fails, the holder sets the alarm again.
    pub(super) fn give_alarm(&mut self, input: Input) -> Given {
        let now_ms = self.worker_now_ms();
        match self.worker.holder.alarm(now_ms, input) {
            Ok(handled) => self.handled(handled, false),
            Err(AlarmFailed { why, rings_again }) => match (self.broken(why), rings_again) {
                (Given::Failed, Err(error)) => self.broken(error),
                (Given::Failed, Ok(())) => Given::Done,
                (given, _) => given,
            },
        }
    }

    fn handled(&mut self, Handled { result, effects }: Handled, says_refunded: bool) -> Given {
        self.check_alarm();
        self.judge_moment(says_refunded);
        match (self.act(effects), result) {
            (Given::Died, _) => Given::Died,
            (_, Ok(())) => Given::Done,
            (_, Err(NotHandled::NoOrder)) => Given::NoOrder,
            (_, Err(NotHandled::Rejected(rejected))) => Given::Rejected(rejected),
        }
    }

    /// Whether there is an order. `Err`: nobody knows, or the process died on what reading it left to do.
    pub(super) fn has_order(&mut self) -> Result<bool, Given> {
        let now_ms = self.worker_now_ms();
        match self.worker.holder.look(now_ms) {
            Ok((held, effects)) => {
                let exists = held.order().is_some();
                match self.act(effects) {
                    Given::Died => Err(Given::Died),
                    Given::Done | Given::Rejected(_) | Given::Failed | Given::NoOrder => Ok(exists),
                }
            }
            Err(error) => Err(self.broken(error)),
        }
    }

    /// What came for a number without an order is taken in.
    pub(super) fn stray(
        &mut self,
        terms: order::Terms,
        news: order::OrphanNews<'_>,
        message: &[u8],
    ) -> Given {
        let now_ms = self.worker_now_ms();
        match self.worker.holder.orphan(now_ms, terms, news, message) {
            Ok(Some(effects)) => {
                self.judge_moment(false);
                self.act(effects)
            }
            Ok(None) => Given::Done,
            Err(error) => self.broken(error),
        }
    }

    /// What a failure of the holder means for the process.
    fn broken(&mut self, error: HolderError<Broken>) -> Given {
        match error {
            HolderError::Storage(Broken::Died(point)) => {
                self.die(&format!("{point} the write"));
                Given::Died
            }
            HolderError::Storage(failure @ (Broken::NotWritten | Broken::ButWritten)) => {
                self.tell(|| failure.to_string());
                self.failed_writes += 1;
                Given::Failed
            }
            HolderError::Snapshot(error) => {
                assert!(self.worker.disk().newer, "what was saved can be loaded: {error}");
                self.met_newer = true;
                Given::Failed
            }
            HolderError::Terms(error) => panic!("terms a gateway takes: {error}"),
            HolderError::NumberTaken => Given::NoOrder,
        }
    }

    /// The alarm on the disk is the one that the order wants, though it is only written when it changed.
    fn check_alarm(&mut self) {
        let now_ms = self.worker_now_ms();
        let Some(wanted_at_ms) = self.worker.in_memory(now_ms).map(Order::alarm_at_ms) else { return };
        assert!(wanted_at_ms.is_some(), "an order without an alarm");
        let set_at_ms = self.worker.disk().alarm_at_ms;
        assert!(
            self.alarm_lost || set_at_ms == wanted_at_ms,
            "{set_at_ms:?} is set, {wanted_at_ms:?} is wanted"
        );
    }

    /// The shell: the call and the deliveries, neither waiting for the other.
    fn act(&mut self, effects: Effects) -> Given {
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
        let name = call.call.name();
        self.judge_call(name);
        let attempt = call.attempt;
        // The platform says the same whether the connection never came about or broke after the gateway had
        // read all.
        let unconnected = self.dice.chance(self.worker.unconnected_permille);
        let no_connection = || call.call.failed(Failure::NoConnection);
        if unconnected && self.dice.chance(500) {
            self.tell(|| format!("no connection for {} #{attempt}", name.as_str()));
            self.await_input(50, Input::Answered { attempt, outcome: no_connection(), raw: None });
            return Given::Done;
        }
        let reply = match self.send(&call.call) {
            Ok(reply) => reply,
            Err(failure) => {
                self.tell(|| format!("{} #{attempt} is not sent: {}", name.as_str(), failure.summary()));
                let outcome = call.call.failed(failure);
                self.await_input(0, Input::Answered { attempt, outcome, raw: None });
                return Given::Done;
            }
        };
        self.tell_call(attempt);
        if self.dies("after the call") {
            return Given::Died;
        }
        if unconnected {
            self.tell(|| format!("the connection broke under {} #{attempt}", name.as_str()));
            self.await_input(50, Input::Answered { attempt, outcome: no_connection(), raw: None });
            return Given::Done;
        }
        let slowly = self.dice.chance(self.worker.slow_permille);
        let latency_ms = if slowly { self.dice.ms(4_000, 14_900) } else { self.dice.ms(20, 900) };
        let (after_ms, outcome) = self.read(&call.call, &reply, latency_ms + i64::from(reply.hold_ms));
        self.await_input(after_ms, Input::Answered { attempt, outcome, raw: None });
        Given::Done
    }

    /// A new nonce.
    pub(super) fn nonce(&mut self) -> Nonce {
        Nonce::new(&format!("N{:016x}", self.dice.roll())).expect("a nonce")
    }

    /// Makes a call at the gateway, in the generation of its order. `Err`: nothing was sent.
    pub(super) fn send(&mut self, call: &Call) -> Result<Reply, Failure> {
        if is_v3(&call.dialect) {
            return self.send_v3(call);
        }
        let written = call.request(&merchant::key(), &self.nonce())?;
        let at = AskedCall::at(written.path).expect("a call the gateway knows");
        let client_certificate = written.needs_certificate && self.worker.has_certificate;
        let request = Request { method: "POST", body: written.body.as_bytes(), client_certificate };
        Ok(self.gateway.call(self.now_ms, at, &request))
    }

    /// What the Worker makes of a reply: after how long, and what.
    pub(super) fn read(&mut self, call: &Call, reply: &Reply, latency_ms: i64) -> (i64, Outcome) {
        let limit_ms = order::GATEWAY_TIME_LIMIT_MS;
        if latency_ms >= limit_ms {
            return (limit_ms, call.failed(Failure::no_answer()));
        }
        match reply.transmission {
            Transmission::Begun => (limit_ms, call.failed(Failure::no_answer())),
            Transmission::Dropped => (latency_ms, call.failed(Failure::no_answer())),
            Transmission::Sent if is_v3(&call.dialect) => (latency_ms, self.read_v3(call, reply, latency_ms)),
            Transmission::Sent if reply.status != 200 => {
                let text = String::from_utf8_lossy(&reply.body);
                (latency_ms, call.failed(gateway::v2::not_200(reply.status, &text)))
            }
            Transmission::Sent => (latency_ms, call.read(&reply.body, &merchant::key())),
        }
    }

    fn hand_over(&mut self, rows: Vec<OutboxRow>) -> Given {
        for row in rows {
            let heard = match &row.message {
                Message::Webhook(webhook) => {
                    let heard = self.shop.receive(&row, webhook, &mut self.dice);
                    self.tell(|| told_of(&row.id, webhook, &heard));
                    heard
                }
                Message::Index(index_row) => self.write_index(index_row),
            };
            if self.dies("after handing over") {
                return Given::Died;
            }
            if let Some((after_ms, result)) = heard {
                self.await_input(after_ms, Input::Delivered(vec![Delivery { id: row.id, result }]));
            }
        }
        Given::Done
    }

    fn await_input(&mut self, after_ms: i64, input: Input) {
        self.worker.underway.push(Underway { due_ms: self.now_ms + after_ms, input });
    }

    /// When the process or the platform next has something to do, by the gateway's clock.
    #[must_use]
    pub fn worker_due_ms(&self) -> Option<i64> {
        let alarm = self.worker.disk().alarm_at_ms.map(|at_ms| at_ms.saturating_sub(self.worker.skew_ms));
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
        if self.worker.disk().alarm_at_ms.is_some_and(|at_ms| at_ms <= self.worker_now_ms()) {
            self.ring();
            return true;
        }
        false
    }

    /// The alarm rings. The platform forgets it then, and repeats it when the process dies on it.
    fn ring(&mut self) {
        self.worker.disk_mut().alarm_at_ms = None;
        let given = self.give_alarm(Input::AlarmFired);
        let now_ms = self.worker_now_ms();
        let alarm_at_ms = &mut self.worker.disk_mut().alarm_at_ms;
        if matches!(given, Given::Died | Given::Failed) {
            *alarm_at_ms = alarm_at_ms.or(Some(now_ms + PLATFORM_RETRY_MS));
        }
    }

    /// Ends the process; a new one begins with the disk.
    pub fn kill(&mut self) {
        self.worker.holder.forget();
        self.worker.disk_mut().process_is_dead = false;
        self.worker.underway.clear();
        self.worker.ring = v3::key_ring(self.worker.trust);
    }

    fn dies(&mut self, point: &str) -> bool {
        let dies = self.worker.fate_mut().strikes();
        if dies {
            self.die(point);
        }
        dies
    }

    fn die(&mut self, point: &str) {
        self.tell(|| format!("the process dies {point}"));
        self.deaths += 1;
        self.kill();
    }
}

/// Whether a query says that money of the payment went back.
fn says_refunded(input: &Input) -> bool {
    let Input::Answered { outcome, .. } = input else { return false };
    matches!(&outcome.result, Ok(Answer::Trade(Trade::Paid(paid))) if paid.refunded)
}

/// A delivery in a sentence.
fn told_of(id: &str, webhook: &order::Webhook, heard: &super::shop::Heard) -> String {
    let about = webhook.exception.map_or("", order::ExceptionKind::name);
    format!("webhook {id} {:?} {about} → {:?}", webhook.kind, heard.as_ref().map(|(_, result)| result))
}
