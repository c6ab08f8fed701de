//! Every sequence of inputs up to a depth, from every kind of state. The machine is small enough for that.
//!
//! A breadth-first search over orders. It gives each order every input of a fixed alphabet: what people,
//! clocks and receivers do, and each kind of answer to the call in flight. After each input it asserts what
//! must always hold. Two orders count as one if they differ only in counters and in their moment, so most
//! paths meet again. Random histories (`tests/order_histories`) continue where this depth ends.
//!
//! `EXHAUST_DEPTH=n` searches deeper.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use gateway::{Call, CallName, Failure, Question};
use order::{
    Delivery, DeliveryResult, Effects, GatewayCall, Input, Message, Order, OrphanNews, QUERY_PACE_MS,
    RefundOrder, RefundStatus, State, WebhookKind, Who,
};
use serde_json::Value;
use wire::OutRefundNo;

use crate::life::{DAY, HOUR, MINUTE, SECOND, T0_MS, terms};
use crate::wechat::{
    PAYMENT, SECOND_PAYMENT, Wechat, closed, hkd, key, not_understood, notification, ordered, paid,
    refund_accepted, refund_listed, refused, state,
};

const DEPTH: usize = 4;

/// An order in the middle of its life, and what the world around it knows.
#[derive(Clone)]
struct Node {
    order: Order,
    /// The order as it is stored.
    saved: String,
    now_ms: i64,
    /// The call in flight.
    call: Option<GatewayCall>,
    /// The rows that were handed out last.
    rows: Vec<String>,
    /// When the last query was begun.
    queried_at_ms: Option<i64>,
    /// The ids of the webhooks that said *paid*.
    told_paid: Vec<String>,
}

/// One input of the alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Move {
    Alarm,
    Answer(&'static str),
    Restart,
    Pay(&'static str),
    Mismatch,
    Unreadable,
    Suspect,
    Hint,
    Look,
    Cancel,
    Query,
    Refund(&'static str, u64),
    Retry,
    Withdraw,
    Accept,
    Refuse,
    Gone,
    Redeliver,
    Done,
    Swept,
}

const MOVES: [Move; 22] = [
    Move::Alarm,
    Move::Restart,
    Move::Pay(PAYMENT),
    Move::Pay(SECOND_PAYMENT),
    Move::Mismatch,
    Move::Unreadable,
    Move::Suspect,
    Move::Hint,
    Move::Look,
    Move::Cancel,
    Move::Query,
    Move::Refund("R1", 3000),
    Move::Refund("R2", 8800),
    Move::Retry,
    Move::Withdraw,
    Move::Accept,
    Move::Refuse,
    Move::Gone,
    Move::Redeliver,
    Move::Done,
    Move::Swept,
    Move::Answer("lost"),
];

/// The answers to each call, by what they say.
fn answers(call: CallName) -> &'static [&'static str] {
    match call {
        CallName::Place => &[
            "good",
            "elsewhere",
            "unsigned",
            "SYSTEMERROR",
            "ORDERPAID",
            "ORDERCLOSED",
            "NOAUTH",
            "no connection",
        ],
        CallName::Query => &[
            "NOTPAY",
            "CLOSED",
            "PAYERROR",
            "SUCCESS",
            "REFUND",
            "other payment",
            "mismatch",
            "elsewhere",
            "unreadable",
            "unsigned",
            "ORDERNOTEXIST",
        ],
        CallName::Close => &["good", "elsewhere", "unsigned", "ORDERPAID", "ORDERCLOSED", "SYSTEMERROR"],
        CallName::Refund => &[
            "good",
            "elsewhere",
            "unsigned",
            "html",
            "NOTENOUGH",
            "ERROR",
            "SYSTEMERROR",
            "REFUND_FEE_MISMATCH",
        ],
        CallName::RefundQuery => {
            &["SUCCESS", "PROCESSING", "CHANGE", "REFUNDCLOSE", "elsewhere", "unsigned", "REFUNDNOTEXIST"]
        }
    }
}

/// The body of an answer to this call.
fn body(call: &GatewayCall, said: &str, now_ms: i64) -> String {
    let another = "HK20260301A0002";
    let message = match (&call.call.question, said) {
        (_, "unsigned") => return not_understood("签名错误"),
        (Question::Place(_), "good") => ordered(),
        (Question::Place(_), "elsewhere") => ordered().and("out_trade_no", another),
        (Question::Query { .. }, "SUCCESS" | "REFUND") => paid(PAYMENT, now_ms).and("trade_state", said),
        (Question::Query { .. }, "other payment") => paid(SECOND_PAYMENT, now_ms),
        (Question::Query { .. }, "mismatch") => paid(PAYMENT, now_ms).and("total_fee", 1),
        (Question::Query { .. }, "elsewhere") => paid(PAYMENT, now_ms).and("out_trade_no", another),
        (Question::Query { .. }, "unreadable") => paid(PAYMENT, now_ms).but_no("transaction_id"),
        (Question::Query { .. }, "NOTPAY" | "CLOSED" | "PAYERROR") => state(said),
        (Question::Close, "good") => closed(),
        (Question::Close, "elsewhere") => closed().and("out_trade_no", another),
        (Question::Refund(refund), "good" | "elsewhere") => {
            let accepted = refund_accepted("R", refund.amount.minor)
                .and("out_refund_no", &refund.out_refund_no)
                .and("transaction_id", &refund.transaction_id)
                .and("total_fee", refund.payment.minor);
            if said == "good" { accepted } else { accepted.and("out_trade_no", another) }
        }
        (question, "SUCCESS" | "PROCESSING" | "CHANGE" | "REFUNDCLOSE" | "elsewhere") => {
            let (number, minor, of, payment) = match question {
                Question::QueryRefund { out_refund_no, amount, transaction_id, payment } => {
                    (out_refund_no.as_str(), amount.minor, transaction_id, payment)
                }
                Question::ListRefunds { transaction_id, payment, .. } => {
                    ("BYHAND", 100, transaction_id, payment)
                }
                other => panic!("{said} is no answer to {other:?}"),
            };
            let status = if said == "elsewhere" { "SUCCESS" } else { said };
            let listed = refund_listed(number, minor, status)
                .and("transaction_id", of)
                .and("total_fee", payment.minor);
            if said == "elsewhere" { listed.and("out_trade_no", another) } else { listed }
        }
        (_, code) => refused(code),
    };
    message.signed()
}

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).unwrap()
}

impl Node {
    fn of((order, effects): (Order, Effects)) -> Self {
        let saved = order.save().unwrap();
        let mut node = Self {
            order,
            saved,
            now_ms: T0_MS,
            call: None,
            rows: vec![],
            queried_at_ms: None,
            told_paid: vec![],
        };
        node.take(effects);
        node
    }

    fn take(&mut self, effects: Effects) {
        if let Some(call) = effects.call {
            self.call = Some(call);
        } else if self.call.as_ref().is_some_and(|call| !self.order.awaits(call.attempt)) {
            self.call = None;
        }
        for row in &effects.outbox {
            let is_paid =
                matches!(&row.message, Message::Webhook(webhook) if webhook.kind == WebhookKind::OrderPaid);
            if is_paid && !self.told_paid.contains(&row.id) {
                self.told_paid.push(row.id.clone());
            }
        }
        if !effects.outbox.is_empty() {
            self.rows = effects.outbox.into_iter().map(|row| row.id).collect();
        }
    }

    /// The input of a move, if the move is possible now.
    fn input(&mut self, a_move: Move) -> Option<Input> {
        Some(match a_move {
            Move::Alarm => {
                self.now_ms = self.now_ms.max(self.order.alarm_at_ms()?);
                Input::AlarmFired
            }
            Move::Answer(said) => {
                let call = self.call.take()?;
                let outcome = match said {
                    "lost" => call.call.failed(Failure::no_answer()),
                    "no connection" => call.call.failed(Failure::NoConnection),
                    "html" => call.call.failed(gateway::v2::not_200(400, "<html>")),
                    said => call.call.read(body(&call, said, self.now_ms).as_bytes(), &key()),
                };
                Input::Answered { attempt: call.attempt, outcome, raw: None }
            }
            Move::Restart => Input::Restarted,
            Move::Pay(payment) => notified(&notification(payment, self.now_ms)),
            Move::Mismatch => notified(&notification(SECOND_PAYMENT, self.now_ms).and("total_fee", 1)),
            Move::Unreadable => Input::NotificationUnreadable { why: "time_end".into(), raw: None },
            Move::Suspect => Input::NotificationSuspected { raw: None },
            Move::Hint => Input::RefundNotified { out_refund_no: number("BYHAND"), raw: None },
            Move::Look => Input::PageWatching,
            Move::Cancel => Input::CancelRequested { by: Who::Shopper },
            Move::Query => Input::QueryRequested,
            Move::Refund(own, minor) => Input::RefundRequested(RefundOrder::new(number(own), hkd(minor))),
            Move::Retry => Input::RefundRetried { out_refund_no: number("R1"), account: None },
            Move::Withdraw => Input::RefundWithdrawn { out_refund_no: number("R1") },
            Move::Accept => self.delivered(DeliveryResult::Accepted)?,
            Move::Refuse => {
                self.delivered(DeliveryResult::Refused { why: "500".into(), retry_after_ms: None })?
            }
            Move::Gone => self.delivered(DeliveryResult::Gone)?,
            Move::Redeliver => Input::RedeliveryRequested { id: self.order.given_up().first()?.id.clone() },
            Move::Done => Input::ExceptionDone { id: 1 },
            Move::Swept => Input::Swept { index_version: 0 },
        })
    }

    fn delivered(&mut self, result: DeliveryResult) -> Option<Input> {
        let rows = std::mem::take(&mut self.rows);
        let deliveries =
            rows.into_iter().map(|id| Delivery { id, result: result.clone() }).collect::<Vec<_>>();
        (!deliveries.is_empty()).then_some(Input::Delivered(deliveries))
    }

    /// The moves that are possible from here.
    fn moves(&self) -> Vec<Move> {
        let answers = self.call.as_ref().map_or(&[][..], |call| answers(call.call.name()));
        MOVES.into_iter().chain(answers.iter().map(|said| Move::Answer(said))).collect()
    }

    /// The order after a move. `None` if the move is impossible or refused.
    fn after(&self, a_move: Move) -> Option<Self> {
        let mut node = self.clone();
        let input = node.input(a_move)?;
        match node.order.handle(node.now_ms, input) {
            Ok(effects) => {
                node.saved = node.order.save().unwrap();
                node.check(self, a_move, &effects);
                node.take(effects);
                Some(node)
            }
            Err(_) => {
                assert_eq!(node.order, self.order, "{a_move:?} was refused and changed something");
                None
            }
        }
    }

    /// What must hold after every input.
    fn check(&mut self, before: &Self, a_move: Move, effects: &Effects) {
        let order = &self.order;
        if !effects.store {
            if self.saved != before.saved {
                let (is, was) = (what_must_stay(&self.saved), what_must_stay(&before.saved));
                assert_eq!(is, was, "{a_move:?}: changed and not stored");
            }
            assert!(effects.events.is_empty() && effects.call.is_none());
            assert!(effects.outbox.iter().all(|row| matches!(row.message, Message::Index(_))));
        }
        assert_eq!(effects.alarm_at_ms, order.alarm_at_ms());
        assert!(effects.alarm_at_ms.is_some(), "something rings always, if only the archive: {a_move:?}");
        if let State::Paid { .. } = before.order.state() {
            assert_eq!(order.state(), before.order.state(), "paid is never undone");
        }
        if let State::Paid { .. } = order.state() {
            let payment = order.payment().expect("a paid order has its payment");
            assert!(payment.fits && payment.total == hkd(8800), "only what fits confirms");
        }
        if let Move::Answer("elsewhere" | "unreadable" | "unsigned" | "html" | "lost" | "no connection") =
            a_move
        {
            let name = order.state().name();
            let closes = ["closing", "failed"].contains(&name) || name == before.order.state().name();
            assert!(closes, "{a_move:?} made {name} of {}", before.order.state().name());
            assert_eq!(refunded(order), refunded(&before.order), "{a_move:?} refunded something");
        }
        if effects.call.is_some() {
            let over =
                before.call.is_none() || before.call.as_ref().is_some_and(|call| !order.awaits(call.attempt));
            assert!(over, "two calls in flight");
        }
        if let Some(GatewayCall { call: Call { question: Question::Query { .. }, .. }, .. }) = &effects.call {
            let pause_ms = self.now_ms - self.queried_at_ms.unwrap_or(0);
            assert!(pause_ms >= QUERY_PACE_MS, "two queries within {pause_ms} ms");
            self.queried_at_ms = Some(self.now_ms);
        }
        for receipt in order.receipts() {
            let ours = order.refunds().filter(|refund| {
                refund.transaction_id == receipt.transaction_id
                    && !refund.made_elsewhere
                    && refund.holds_money()
            });
            let held: u64 = ours.map(|refund| refund.amount.minor).sum();
            assert!(held <= receipt.total.minor, "refunds {held} of {}", receipt.total.minor);
        }
        if order.is_settled() {
            assert!(order.state().is_final() && order.waiting().count() == 0);
            assert!(order.refunds().all(|refund| refund.status.is_final()));
        }
        // A person sees what is open as soon as the index has it.
        if let Some(row) = effects.outbox.iter().find_map(|row| match &row.message {
            Message::Index(row) => Some(row),
            Message::Webhook(_) => None,
        }) {
            let open = order.exceptions().iter().filter(|exception| exception.is_open()).count();
            assert_eq!(row.attention.len(), open, "{a_move:?}: the row shows what waits for a person");
        }
        // An expired order is usually closed at once. The index hears of it when it is not.
        let news = |event: &order::Event| match &event.what {
            order::What::StateChanged { to, .. } => to != "closing (expired)",
            _ => false,
        };
        let news = effects.events.iter().any(news);
        if news {
            let told = effects.outbox.iter().any(|row| matches!(row.message, Message::Index(_)));
            assert!(told, "the index hears of every change");
        }
    }

    /// Distinguishes orders by what matters, not by counters or by their moment.
    fn identity(&self) -> u64 {
        let mut value: Value = serde_json::from_str(&self.saved).unwrap();
        timeless(&mut value, self.now_ms);
        let mut hasher = DefaultHasher::new();
        value.to_string().hash(&mut hasher);
        self.call.as_ref().map(|call| call.call.name()).hash(&mut hasher);
        self.rows.len().hash(&mut hasher);
        self.queried_at_ms.map(|at_ms| self.now_ms - at_ms).hash(&mut hasher);
        hasher.finish()
    }
}

fn notified(message: &Wechat) -> Input {
    Input::Notified { notification: message.verified(), raw: None }
}

fn refunded(order: &Order) -> usize {
    let certain = [RefundStatus::Refunded, RefundStatus::Closed];
    order.refunds().filter(|refund| certain.contains(&refund.status)).count()
}

/// What is stored, without what may be forgotten: timers; when the row of the index is handed out; and that it
/// was accepted, unless it says that the order is settled.
fn what_must_stay(saved: &str) -> Value {
    let mut value: Value = serde_json::from_str(saved).unwrap();
    value["order"]["timers"] = Value::Null;
    if let Some(waiting) = value["order"]["outbox"]["waiting"].as_array_mut() {
        let is_index = |waiting: &Value| waiting["row"]["message"]["to"] == "index";
        waiting.retain(|waiting| !is_index(waiting) || waiting["row"]["message"]["settled"] == true);
        for waiting in waiting.iter_mut().filter(|waiting| is_index(waiting)) {
            *waiting = waiting["row"]["id"].take();
        }
    }
    value
}

/// Turns moments into distances from now, and removes counters and the numbers made of them.
fn timeless(value: &mut Value, now_ms: i64) {
    const COUNTERS: [&str; 7] =
        ["last_event", "last_attempt", "attempt", "version", "last_seq", "sequence", "host_index"];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let text_id = name == "id" && field.is_string();
                if COUNTERS.contains(&name.as_str()) || text_id || name == "webhook_id" {
                    *field = Value::Null;
                } else if (name.ends_with("_ms") || name == "timers") && field.is_i64() {
                    *field = Value::from(field.as_i64().unwrap() - now_ms);
                } else if name == "timers" {
                    for timer in field.as_object_mut().unwrap().values_mut() {
                        *timer = Value::from(timer.as_i64().unwrap() - now_ms);
                    }
                } else {
                    timeless(field, now_ms);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| timeless(item, now_ms)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The order to which these moves lead.
fn led(moves: &[(Move, i64)]) -> Node {
    let mut node = Node::of(Order::place(T0_MS, terms()).unwrap());
    for (a_move, wait_ms) in moves {
        node.now_ms += wait_ms;
        node = node.after(*a_move).unwrap_or_else(|| panic!("{a_move:?} of {moves:?}"));
    }
    node
}

/// One order of every kind of state.
fn beginnings() -> Vec<(&'static str, Node)> {
    use Move::{Accept, Alarm, Answer, Cancel, Pay, Refund, Restart};
    let awaiting = [(Answer("good"), 0), (Accept, 0)];
    let paid = [&awaiting[..], &[(Pay(PAYMENT), SECOND), (Accept, 0), (Accept, 0)]].concat();
    let refunding = [&paid[..], &[(Refund("R1", 3000), MINUTE)]].concat();
    let with = |first: &[(Move, i64)], then: &[(Move, i64)]| led(&[first, then].concat());
    let news = notification(PAYMENT, T0_MS).verified();
    vec![
        ("placing", led(&[])),
        ("placing, after a failure", led(&[(Answer("lost"), SECOND)])),
        ("asking", led(&[(Answer("ORDERPAID"), SECOND)])),
        ("failed", led(&[(Answer("NOAUTH"), SECOND)])),
        ("awaiting", led(&awaiting)),
        ("awaiting, being asked about", with(&awaiting, &[(Alarm, 0)])),
        ("cancelled", with(&awaiting, &[(Cancel, MINUTE)])),
        ("expiring", with(&awaiting, &[(Alarm, 30 * MINUTE)])),
        ("closing", with(&awaiting, &[(Alarm, 30 * MINUTE), (Answer("NOTPAY"), SECOND)])),
        ("closed", with(&awaiting, &[(Alarm, 30 * MINUTE), (Answer("CLOSED"), SECOND), (Accept, 0)])),
        ("paid", led(&paid)),
        ("paid, a day later", with(&paid, &[(Restart, DAY)])),
        ("paid twice", with(&paid, &[(Pay(SECOND_PAYMENT), SECOND)])),
        ("refunding", led(&refunding)),
        ("refund of unknown outcome", with(&refunding, &[(Answer("lost"), SECOND)])),
        ("refund waits for money", with(&refunding, &[(Answer("NOTENOUGH"), SECOND)])),
        ("refund accepted", with(&refunding, &[(Answer("good"), SECOND)])),
        ("refund asked about", with(&refunding, &[(Answer("ERROR"), SECOND)])),
        ("refund refused", with(&refunding, &[(Answer("REFUND_FEE_MISMATCH"), SECOND)])),
        (
            "refund stuck",
            with(&refunding, &[(Answer("lost"), 0), (Alarm, 25 * HOUR), (Answer("lost"), SECOND)]),
        ),
        ("orphan", Node::of(Order::orphan(T0_MS, terms(), OrphanNews::Notified(&news)).unwrap())),
        (
            "orphan, unreadable",
            Node::of(Order::orphan(T0_MS, terms(), OrphanNews::Unreadable("time_end")).unwrap()),
        ),
    ]
}

/// Searches from one order. Returns how many different orders it met and how many inputs it gave.
fn search(beginning: Node, depth: usize) -> (usize, usize) {
    let mut seen = HashSet::from([beginning.identity()]);
    let mut inputs = 0;
    let mut layer = vec![beginning];
    for _ in 0..depth {
        let mut next = Vec::new();
        for node in &layer {
            for a_move in node.moves() {
                let Some(after) = node.after(a_move) else { continue };
                inputs += 1;
                assert!(after.told_paid.len() <= 1, "paid was told twice");
                if seen.insert(after.identity()) {
                    let loaded = Order::load(&after.saved).unwrap();
                    assert_eq!(loaded.save().unwrap(), after.saved, "what is stored comes back");
                    next.push(after);
                }
            }
        }
        layer = next;
    }
    (seen.len(), inputs)
}

#[test]
fn no_sequence_of_inputs_breaks_what_must_always_hold() {
    let depth = std::env::var("EXHAUST_DEPTH").ok().and_then(|text| text.parse().ok()).unwrap_or(DEPTH);
    let began = Instant::now();
    // Begin with the largest searches, so that all threads end at about the same time.
    let mut beginnings = beginnings();
    beginnings.sort_by_cached_key(|(_, node)| std::cmp::Reverse(search(node.clone(), 2.min(depth)).0));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let found = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some((name, node)) = beginnings.get(at) else { return };
                    let (orders, inputs) = search(node.clone(), depth);
                    found.lock().unwrap().push((*name, orders, inputs));
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    for (name, orders, inputs) in &found {
        println!("{orders:>8} orders, {inputs:>9} inputs  {name}");
    }
    let (orders, inputs) =
        found.iter().fold((0, 0), |sum, (_, orders, inputs)| (sum.0 + orders, sum.1 + inputs));
    println!(
        "depth {depth} from {} states: {orders} orders, {inputs} inputs in {:.1} s",
        found.len(),
        began.elapsed().as_secs_f64()
    );
    assert_eq!(found.len(), beginnings.len(), "every search came to its end");
    assert_eq!(found.len(), 22, "as ARCHITECTURE.md says");
}
