//! The session as a state machine. The rules are in the documentation of the module `session`.

use api::{FailureReason, OrderStatus};

use super::order_facts::OrderFacts;
use super::pauses::{self, Socket};
use super::protocol::{Answer, Ask, Effects, Event, Input, Request};
use super::state::{Failure, Link, State};

/// *I have paid* counts once in this time.
const CLAIM_GAP_MS: u64 = 5_000;
/// When the page looks after *I have paid*, whatever the pace: the server must ask WeChat first.
const CLAIM_LOOKS_MS: [u64; 3] = [2_000, 6_000, CLAIM_LASTS_MS];
/// How long the page checks after *I have paid* before it says *not yet*.
const CLAIM_LASTS_MS: u64 = 12_000;
/// How often the page tries to cancel before it lets the shopper go. The order then expires at the server
/// by itself.
const CANCEL_TRIES: u32 = 2;
/// Before there is a code: after so many answers in a row that are not our server's the page says so.
const FOREIGN_TRIES: u32 = 3;
/// The same for no answer, and for a server that is overloaded or down. The pauses add up to about a minute.
const PATIENT_TRIES: u32 = 6;
/// If the server asks for a longer pause than this before there is a code, the page says so instead of
/// waiting.
const LONGEST_WAIT_MS: u64 = 60_000;

/// The order as the server last showed it.
#[derive(Clone, Debug)]
struct Known {
    id: String,
    version: u64,
    payable: bool,
    deadline_ms: u64,
}

/// One payment on one page.
#[derive(Clone, Debug)]
pub struct Session {
    state: State,
    failure: Option<Failure>,
    order: Option<Known>,
    /// The order whose code the page announced as ready.
    announced: Option<String>,
    online: bool,
    /// The server answered since the device last went online or offline.
    heard: bool,
    visible: bool,
    socket: Socket,
    /// How often in a row the socket did not open.
    blocked: u32,
    in_flight: Option<Request>,
    tickets: u32,
    /// The next order needs a new key.
    anew: bool,
    /// The server showed an order that can be paid, or is asking WeChat whether it was paid. From then on
    /// only the order's own status ends the payment, or the shopper who cancels.
    at_stake: bool,
    /// How many looks in a row the server refused.
    refused_looks: u32,
    /// The server refused the last look. The next request asks by the order's key.
    lost: bool,
    cancel_wanted: bool,
    /// The server itself said that the order is over. The next payment needs a new order.
    over: bool,
    claimed_at_ms: Option<u64>,
    claim_refuted: bool,
    answered_at_ms: Option<u64>,
    /// The pauses that the last view asks for: without a socket, and with one.
    wish_ms: Option<u64>,
    live_wish_ms: Option<u64>,
    /// No request before this time: `Retry-After`.
    not_before_ms: u64,
    failures: u32,
    /// The last failure was that there were too many requests.
    busy: bool,
    /// Ask as soon as the pauses allow it.
    urgent: bool,
    dice: u32,
}

impl Session {
    /// A session that has not begun. The seed only spreads its pauses.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        Self {
            state: State::Idle,
            failure: None,
            order: None,
            announced: None,
            online: true,
            heard: false,
            visible: true,
            socket: Socket::WANTED,
            blocked: 0,
            in_flight: None,
            tickets: 0,
            anew: false,
            at_stake: false,
            refused_looks: 0,
            lost: false,
            cancel_wanted: false,
            over: false,
            claimed_at_ms: None,
            claim_refuted: false,
            answered_at_ms: None,
            wish_ms: None,
            live_wish_ms: None,
            not_before_ms: 0,
            failures: 0,
            busy: false,
            urgent: false,
            dice: seed | 1,
        }
    }

    /// Where the payment stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// How the page hears of changes.
    #[must_use]
    pub fn link(&self) -> Link {
        match (self.is_offline(), self.failures, self.socket) {
            (true, _, _) => Link::Offline,
            (false, 1.., _) if self.busy => Link::Busy,
            (false, 1.., _) => Link::Troubled,
            (false, 0, Socket::Up) => Link::Live,
            (false, 0, Socket::Opening | Socket::Down { .. }) => Link::Polling,
        }
    }

    /// The device says that it is offline, and no answer has shown otherwise. This only slows the page down:
    /// some devices say so on networks that work.
    fn is_offline(&self) -> bool {
        !self.online && !self.heard
    }

    /// In [`State::Failed`] why it failed; in [`State::Cancelled`] that the server did not confirm it.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// When the order can no longer be paid, on the clock of `now_ms`.
    #[must_use]
    pub fn deadline_ms(&self) -> Option<u64> {
        self.order.as_ref().map(|order| order.deadline_ms)
    }

    /// Whether the shopper said *I have paid* and the server saw no payment in time.
    #[must_use]
    pub fn claim_refuted(&self) -> bool {
        self.claim_refuted
    }

    /// Whether the code can be paid now, as far as the page knows. Only then may the page show it.
    #[must_use]
    pub fn code_payable(&self, now_ms: u64) -> bool {
        let payable = self.order.as_ref().is_some_and(|order| order.payable);
        payable && !self.state.is_final() && !self.cancel_wanted && !self.time_over(now_ms)
    }

    /// Takes one input and says what to do.
    pub fn handle(&mut self, now_ms: u64, input: Input) -> Effects {
        let mut effects = Effects::default();
        match input {
            Input::Start => self.start(),
            Input::Answered { ticket, answer } => match self.in_flight {
                Some(request) if request.ticket == ticket => {
                    self.in_flight = None;
                    self.answered_at_ms = Some(now_ms);
                    self.heard = answer != Answer::Silence;
                    self.answered(now_ms, request.ask, answer, &mut effects);
                }
                Some(_) | None => {}
            },
            Input::Overheard(order) => {
                let ours = self.order.as_ref().is_some_and(|known| known.id == order.id);
                if ours && !self.state.is_final() {
                    self.answered_at_ms = Some(now_ms);
                    self.heard = true;
                    self.answered(now_ms, Ask::Look, Answer::Order(order), &mut effects);
                }
            }
            Input::WokenUp => {}
            Input::Live(up) => self.socket_is(now_ms, up),
            Input::Online(online) => {
                // The device may be wrong either way. The next answer shows it.
                self.urgent |= online != self.online;
                self.online = online;
                self.heard = false;
                if online {
                    self.renew_socket();
                }
            }
            Input::Visible(visible) => {
                self.urgent |= visible && !self.visible;
                self.visible = visible;
            }
            Input::PaymentClaimed => self.claim(now_ms),
            Input::Cancel => self.cancel(&mut effects),
        }
        self.plan(now_ms, &mut effects);
        effects
    }

    fn start(&mut self) {
        match self.state {
            State::Idle => self.begin(false),
            // The key finds an order again that can still be paid, or whose answer was lost.
            State::Paid | State::Expired | State::Failed | State::Cancelled => self.begin(self.over),
            State::Creating | State::Showing | State::Checking => self.urgent = true,
        }
    }

    fn socket_is(&mut self, now_ms: u64, up: bool) {
        let was_up = self.socket == Socket::Up;
        self.blocked = if up || was_up { 0 } else { self.blocked.saturating_add(1) };
        self.socket = if up { Socket::Up } else { Socket::closed(now_ms, self.blocked) };
        // What it would have pushed meanwhile is asked for.
        self.urgent |= was_up && !up;
    }

    /// Another network or another order needs another socket.
    fn renew_socket(&mut self) {
        self.socket = Socket::WANTED;
        self.blocked = 0;
    }

    fn begin(&mut self, anew: bool) {
        self.failure = None;
        self.order = None;
        self.announced = None;
        self.renew_socket();
        self.anew = anew;
        self.at_stake &= !anew;
        self.refused_looks = 0;
        self.lost = false;
        self.cancel_wanted = false;
        self.over = false;
        self.claimed_at_ms = None;
        self.claim_refuted = false;
        self.failures = 0;
        self.wish_ms = None;
        self.live_wish_ms = None;
        self.urgent = true;
        self.state = State::Creating;
    }

    fn claim(&mut self, now_ms: u64) {
        let allowed = self.claimed_at_ms.is_none_or(|at_ms| now_ms >= at_ms + CLAIM_GAP_MS);
        if allowed && matches!(self.state, State::Showing | State::Checking) {
            self.claimed_at_ms = Some(now_ms);
            self.claim_refuted = false;
            self.urgent = true;
            self.state = State::Checking;
        }
    }

    fn cancel(&mut self, effects: &mut Effects) {
        match (self.state, &self.order) {
            (State::Creating, None) if self.at_stake => self.leave(effects),
            // The shopper has seen no code, so nobody can pay the order that the server may be placing now.
            (State::Creating, None) => self.settle(State::Cancelled, effects),
            (State::Creating | State::Showing | State::Checking, _) => {
                self.cancel_wanted = true;
                self.urgent = true;
                self.state = State::Checking;
            }
            (State::Idle | State::Paid | State::Expired | State::Cancelled | State::Failed, _) => {}
        }
    }

    fn answered(&mut self, now_ms: u64, ask: Ask, answer: Answer, effects: &mut Effects) {
        self.busy = matches!(answer, Answer::TooMany { .. });
        match answer {
            Answer::Order(order) => {
                self.lost = false;
                if ask != Ask::Place {
                    self.refused_looks = 0;
                }
                self.failures = self.refused_looks;
                self.wish_ms = order.ask_again_in_ms;
                self.live_wish_ms = order.ask_again_when_live_in_ms.or(order.ask_again_in_ms);
                self.saw_order(now_ms, ask, &order, effects);
            }
            Answer::Later { retry_after_ms } | Answer::TooMany { retry_after_ms } => {
                let wait_ms = self.hold_back(now_ms, retry_after_ms);
                let tries = if wait_ms > LONGEST_WAIT_MS { 1 } else { PATIENT_TRIES };
                self.trouble(ask, Failure::Unavailable, tries, effects);
            }
            Answer::Silence => self.trouble(ask, Failure::Unavailable, PATIENT_TRIES, effects),
            Answer::Foreign { status, retry_after_ms } => {
                self.hold_back(now_ms, retry_after_ms);
                match status {
                    // A broken or overloaded server may be ours.
                    408 | 425 | 429 | 500..=599 => {
                        self.trouble(ask, Failure::ShopMisconfigured, PATIENT_TRIES, effects);
                    }
                    400..=499 if ask == Ask::Cancel || self.at_stake => self.refused(ask, 0, effects),
                    _ => self.trouble(ask, Failure::ShopMisconfigured, FOREIGN_TRIES, effects),
                }
            }
            Answer::Refused { status } => self.refused(ask, status, effects),
            Answer::Misconfigured if self.at_stake => {
                self.trouble(ask, Failure::ShopMisconfigured, 0, effects)
            }
            Answer::Misconfigured => self.fail(Failure::ShopMisconfigured, effects),
        }
    }

    /// Obeys a `Retry-After`, within bounds. Returns how long it is.
    fn hold_back(&mut self, now_ms: u64, retry_after_ms: Option<u64>) -> u64 {
        let wait_ms = retry_after_ms.unwrap_or(0).min(pauses::HINT_AT_MOST_MS);
        self.not_before_ms = now_ms + wait_ms;
        wait_ms
    }

    fn saw_order(&mut self, now_ms: u64, ask: Ask, order: &OrderFacts, effects: &mut Effects) {
        let outdated =
            self.order.as_ref().is_some_and(|known| known.id == order.id && known.version > order.version);
        if outdated {
            return;
        }
        let left_over = ask == Ask::Place && self.order.is_none();
        self.at_stake |= matches!(order.status, OrderStatus::AwaitingPayment | OrderStatus::Checking);
        effects.adopted = true;
        self.over = !matches!(
            order.status,
            OrderStatus::Placing | OrderStatus::AwaitingPayment | OrderStatus::Checking
        );
        self.order = Some(Known {
            id: order.id.clone(),
            version: order.version,
            payable: order.status == OrderStatus::AwaitingPayment && order.has_code,
            deadline_ms: now_ms.saturating_add(order.left_ms),
        });
        match order.status {
            OrderStatus::Placing => self.state = State::Creating,
            OrderStatus::AwaitingPayment if !order.has_code => self.state = State::Creating,
            OrderStatus::AwaitingPayment => self.still_unpaid(now_ms, effects),
            OrderStatus::Checking => self.state = State::Checking,
            OrderStatus::Paid => self.settle(State::Paid, effects),
            // The shopper pressed pay, and the order of an earlier visit is over: place a new one.
            OrderStatus::Expired | OrderStatus::Cancelled if left_over => self.begin(true),
            OrderStatus::Expired => self.settle(State::Expired, effects),
            OrderStatus::Cancelled => self.settle(State::Cancelled, effects),
            OrderStatus::Failed => self.fail(
                match order.failure {
                    Some(FailureReason::ShopMisconfigured) => Failure::ShopMisconfigured,
                    Some(FailureReason::GatewayUnreachable) => Failure::GatewayUnreachable,
                    Some(FailureReason::Refused) | None => Failure::Refused,
                },
                effects,
            ),
        }
    }

    /// The server says that the code can be paid and is not paid.
    fn still_unpaid(&mut self, now_ms: u64, effects: &mut Effects) {
        if self.cancel_wanted || self.time_over(now_ms) || self.claim_open(now_ms) {
            self.state = State::Checking;
            return;
        }
        if self.claimed_at_ms.is_some() && self.state == State::Checking {
            self.claim_refuted = true;
        }
        self.state = State::Showing;
        let id = self.order.as_ref().map(|order| order.id.clone());
        if self.announced != id {
            self.announced = id;
            effects.event = Some(Event::Ready);
        }
    }

    fn refused(&mut self, ask: Ask, status: u16, effects: &mut Effects) {
        match ask {
            // The cart's key belongs to an order with other contents. This cart needs a new key.
            Ask::Place if status == 409 => self.begin(true),
            Ask::Place | Ask::PlaceAnew if !self.at_stake => self.fail(Failure::Rejected, effects),
            // If the server cannot cancel the order, the order expires.
            Ask::Cancel => self.leave(effects),
            // The server lost the order or no longer accepts the token. The key finds the order again.
            // Meanwhile the shopper may pay its code.
            Ask::Place | Ask::PlaceAnew | Ask::Look => {
                self.lost = ask == Ask::Look;
                self.refused_looks = self.refused_looks.saturating_add(u32::from(self.lost));
                self.trouble(ask, Failure::Rejected, PATIENT_TRIES, effects);
            }
        }
    }

    /// A request failed. Before there is a code, the page says why after `tries` failures in a row. After
    /// that failures do not end the payment.
    fn trouble(&mut self, ask: Ask, failure: Failure, tries: u32, effects: &mut Effects) {
        self.failures = self.failures.saturating_add(1);
        if ask == Ask::Cancel && self.failures >= CANCEL_TRIES {
            self.leave(effects);
        } else if !self.at_stake && self.failures >= tries {
            self.fail(failure, effects);
        }
    }

    /// Lets the shopper go, although the server did not confirm the cancellation.
    fn leave(&mut self, effects: &mut Effects) {
        self.failure = Some(Failure::CancelUnanswered);
        self.settle(State::Cancelled, effects);
    }

    fn fail(&mut self, failure: Failure, effects: &mut Effects) {
        self.failure = Some(failure);
        self.settle(State::Failed, effects);
    }

    fn settle(&mut self, state: State, effects: &mut Effects) {
        self.state = state;
        self.failures = 0;
        self.in_flight = None;
        effects.event = match state {
            State::Paid => Some(Event::Paid),
            State::Expired => Some(Event::Expired),
            State::Cancelled => Some(Event::Cancelled),
            State::Failed => Some(Event::Error),
            State::Idle | State::Creating | State::Showing | State::Checking => None,
        };
    }

    /// Sends the next request, opens the socket, or says when to wake.
    fn plan(&mut self, now_ms: u64, effects: &mut Effects) {
        if self.state == State::Showing && self.time_over(now_ms) {
            self.state = State::Checking;
            self.urgent = true;
        }
        if self.state == State::Idle || self.state.is_final() {
            return;
        }
        let connect_ms = match self.socket {
            Socket::Down { due_ms } if !self.is_offline() && self.order.is_some() => Some(due_ms),
            Socket::Down { .. } | Socket::Opening | Socket::Up => None,
        };
        effects.connect = connect_ms.is_some_and(|due_ms| due_ms <= now_ms);
        if effects.connect {
            self.socket = Socket::Opening;
        }
        let connect_ms = connect_ms.filter(|due_ms| *due_ms > now_ms);
        let due_ms = self.in_flight.is_none().then(|| self.due_ms());
        let asks = due_ms.is_some_and(|due_ms| due_ms <= now_ms);
        let ends_ms = self.deadline_ms().filter(|_| self.state == State::Showing);
        let wake_ms = due_ms.filter(|_| !asks).into_iter().chain(ends_ms).chain(connect_ms).min();
        effects.wake_in_ms = wake_ms.map(|at_ms| at_ms - now_ms);
        if !asks {
            return;
        }
        self.tickets = self.tickets.wrapping_add(1);
        let request = Request { ticket: self.tickets, ask: self.next_ask() };
        self.urgent = false;
        self.anew = false; // a retry uses the same key
        self.in_flight = Some(request);
        // xorshift32: it spreads pauses and protects nothing.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        effects.request = Some(request);
    }

    fn next_ask(&self) -> Ask {
        match (&self.order, self.cancel_wanted, self.anew) {
            (None, _, true) => Ask::PlaceAnew,
            (None, _, false) => Ask::Place,
            (Some(_), true, _) => Ask::Cancel,
            (Some(_), false, _) if self.lost => Ask::Place,
            (Some(_), false, _) => Ask::Look,
        }
    }

    fn due_ms(&self) -> u64 {
        let Some(answered_at_ms) = self.answered_at_ms else { return self.not_before_ms };
        let pause_ms = if self.urgent {
            pauses::GAP_MS
        } else if self.failures > 0 {
            pauses::jittered_ms(pauses::back_off_ms(self.failures, self.is_offline()), self.dice)
        } else {
            let wish_ms = if self.socket == Socket::Up { self.live_wish_ms } else { self.wish_ms };
            pauses::jittered_ms(pauses::pause_ms(wish_ms, self.visible), self.dice)
        };
        let due_ms = answered_at_ms + pause_ms;
        let claim_ms = self.next_claim_look_ms(answered_at_ms);
        claim_ms.map_or(due_ms, |look_ms| due_ms.min(look_ms)).max(self.not_before_ms)
    }

    /// The next time after this one at which *I have paid* makes the page look.
    fn next_claim_look_ms(&self, after_ms: u64) -> Option<u64> {
        let claimed_at_ms = self.claimed_at_ms.filter(|_| self.state == State::Checking)?;
        CLAIM_LOOKS_MS.into_iter().map(|look_ms| claimed_at_ms + look_ms).find(|look_ms| *look_ms > after_ms)
    }

    fn time_over(&self, now_ms: u64) -> bool {
        self.order.as_ref().is_some_and(|order| now_ms >= order.deadline_ms)
    }

    fn claim_open(&self, now_ms: u64) -> bool {
        self.claimed_at_ms.is_some_and(|at_ms| now_ms < at_ms + CLAIM_LASTS_MS)
    }
}
