//! What always holds: random inputs, and a gateway that answers anything, even lies.

use gateway::{CallName, Failure, Question};
use order::{
    DeliveryResult, EARLIEST_CLOSE_MS, Input, Message, QUERY_PACE_MS, RefundOrder, State, WebhookKind, Who,
};
use proptest::prelude::*;
use wire::{OutRefundNo, TransactionId};

use crate::life::{Life, T0_MS};
use crate::wechat::{
    PAYMENT, SECOND_PAYMENT, Wechat, closed, hkd, not_understood, notification, ordered, paid,
    refund_accepted, refund_listed, refused, state,
};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Move {
    Wait { ms: i64 },
    SleepUntilAlarm,
    Answer(Answer),
    Lose,
    Restart,
    Notify { second: bool, total: u64 },
    Suspect,
    Look,
    Cancel,
    Query,
    Refund { number: u8, minor: u64, of_second: bool },
    Hint { number: u8 },
    Deliver { accepted: bool },
}

/// What the gateway answers to the call in flight, suitable or not.
#[derive(Clone, Debug)]
enum Answer {
    Good,
    Paid { second: bool, total: u64 },
    State(&'static str),
    Refused(&'static str),
    RefundIs(&'static str),
    Unsigned,
    Failed,
    NoConnection,
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        6 => Just(Answer::Good),
        2 => (any::<bool>(), prop_oneof![4 => Just(8800), 1 => Just(1)])
            .prop_map(|(second, total)| Answer::Paid { second, total }),
        4 => prop::sample::select(vec!["NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "NEW"])
            .prop_map(Answer::State),
        3 => prop::sample::select(vec![
            "SYSTEMERROR", "ORDERPAID", "ORDERCLOSED", "ORDERNOTEXIST", "OUT_TRADE_NO_USED", "NOAUTH",
            "NOTENOUGH", "REFUNDNOTEXIST", "ERROR", "TRADE_OVERDUE", "NEW",
        ]).prop_map(Answer::Refused),
        2 => prop::sample::select(vec!["SUCCESS", "PROCESSING", "CHANGE", "REFUNDCLOSE"]).prop_map(Answer::RefundIs),
        1 => Just(Answer::Unsigned),
        2 => Just(Answer::Failed),
        1 => Just(Answer::NoConnection),
    ]
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => prop_oneof![0..3_000_i64, 0..120_000_i64, 0..7_200_000_i64].prop_map(|ms| Move::Wait { ms }),
        8 => Just(Move::SleepUntilAlarm),
        9 => answer().prop_map(Move::Answer),
        1 => Just(Move::Lose),
        1 => Just(Move::Restart),
        2 => (any::<bool>(), prop_oneof![4 => Just(8800), 1 => 0..10_000_u64])
            .prop_map(|(second, total)| Move::Notify { second, total }),
        1 => Just(Move::Suspect),
        2 => Just(Move::Look),
        1 => Just(Move::Cancel),
        1 => Just(Move::Query),
        3 => (0..4_u8, prop_oneof![1..3_000_u64, Just(8800), Just(u64::MAX)], any::<bool>())
            .prop_map(|(number, minor, of_second)| Move::Refund { number, minor, of_second }),
        1 => (0..4_u8).prop_map(|number| Move::Hint { number }),
        3 => any::<bool>().prop_map(|accepted| Move::Deliver { accepted }),
    ]
}

fn refund_number(number: u8) -> OutRefundNo {
    OutRefundNo::new(&format!("R{number}")).unwrap()
}

fn transaction(second: bool) -> &'static str {
    if second { SECOND_PAYMENT } else { PAYMENT }
}

fn good(life: &Life) -> Wechat {
    match life.question() {
        Question::Place(_) => ordered(),
        Question::Query { .. } => state("NOTPAY"),
        Question::Close => closed(),
        Question::Refund(refund) => refund_accepted("R", refund.amount.minor)
            .and("out_refund_no", &refund.out_refund_no)
            .and("transaction_id", &refund.transaction_id)
            .and("total_fee", refund.payment.minor),
        Question::QueryRefund { transaction_id, payment, out_refund_no, amount } => {
            refund_listed(out_refund_no.as_str(), amount.minor, "SUCCESS")
                .and("transaction_id", transaction_id)
                .and("total_fee", payment.minor)
        }
        // Somebody made it by hand.
        Question::ListRefunds { transaction_id, payment, .. } => {
            refund_listed("50000000000000000001", 100, "SUCCESS")
                .and("transaction_id", transaction_id)
                .and("total_fee", payment.minor)
        }
    }
}

fn give_answer(life: &mut Life, answer: &Answer) {
    let body = match answer {
        Answer::Good => good(life).signed(),
        Answer::Paid { second, total } => {
            paid(transaction(*second), life.now_ms).and("total_fee", total).signed()
        }
        Answer::State(name) => state(name).signed(),
        Answer::Refused(code) => refused(code).signed(),
        Answer::RefundIs(status) => match life.question() {
            Question::QueryRefund { .. } | Question::ListRefunds { .. } => {
                good(life).and("refund_status_0", status).signed()
            }
            _ => not_understood("签名错误"),
        },
        Answer::Unsigned => good(life).unsigned(),
        Answer::Failed => return life.fail(Failure::no_answer()),
        Answer::NoConnection => return life.fail(Failure::NoConnection),
    };
    life.answer(&body);
}

fn play(life: &mut Life, a_move: &Move) {
    match a_move {
        Move::Wait { ms } => life.now_ms += ms,
        Move::SleepUntilAlarm => {
            life.now_ms = life.now_ms.max(life.alarm_at_ms.unwrap_or(life.now_ms));
            life.give(Input::AlarmFired);
        }
        Move::Answer(answer) => {
            if life.call.is_some() {
                give_answer(life, answer);
            }
        }
        Move::Lose => life.call = None,
        Move::Restart => {
            life.call = None;
            life.give(Input::Restarted);
        }
        Move::Notify { second, total } => {
            let message = notification(transaction(*second), life.now_ms).and("total_fee", total);
            life.notify(&message);
        }
        Move::Suspect => life.give(Input::NotificationSuspected { raw: None }),
        Move::Look => life.give(Input::PageWatching),
        Move::Cancel => {
            let _ = life.try_give(Input::CancelRequested { by: Who::Shopper });
        }
        Move::Query => life.give(Input::QueryRequested),
        Move::Refund { number, minor, of_second } => {
            let mut order = RefundOrder::new(refund_number(*number), hkd(*minor));
            order.of = of_second.then(|| TransactionId::new(SECOND_PAYMENT).unwrap());
            let _ = life.try_give(Input::RefundRequested(order));
        }
        Move::Hint { number } => {
            life.give(Input::RefundNotified { out_refund_no: refund_number(*number), raw: None });
        }
        Move::Deliver { accepted } => {
            let ids: Vec<String> = life.last.outbox.iter().map(|row| row.id.clone()).collect();
            let refused = DeliveryResult::Refused { why: "503".into(), retry_after_ms: None };
            life.deliver(&ids, if *accepted { DeliveryResult::Accepted } else { refused });
        }
    }
}

/// What must hold after every move. `before` is the order before it.
fn check(life: &Life, before: &order::Order) {
    if let State::Paid { .. } = before.state() {
        assert_eq!(life.state(), before.state(), "paid is never undone");
    }
    if let State::Paid { .. } = life.state() {
        let payment = life.order.payment().expect("a paid order has the payment that paid it");
        assert!(payment.fits && payment.total == hkd(8800), "only what fits confirms");
    }
    assert!(life.order.alarm_at_ms().is_some() || life.state().is_final(), "not final, and no alarm");
    for receipt in life.order.receipts() {
        // If somebody else refunds more, the gateway must refuse it, not we.
        let of_it = || {
            life.order
                .refunds()
                .filter(|refund| refund.transaction_id == receipt.transaction_id && !refund.made_elsewhere)
        };
        let held: u64 = of_it().filter(|refund| refund.holds_money()).map(|refund| refund.amount.minor).sum();
        // A gateway may take back that an order was paid. It cannot take back what was refunded of it.
        let claimed = of_it().map(|refund| refund.payment.minor).max().unwrap_or_default();
        let paid = receipt.total.minor.max(claimed);
        assert!(held <= paid, "refunds {held} of {paid}");
    }
    let (version, seen) = (life.order.view(life.now_ms).version, before.view(life.now_ms).version);
    assert_eq!(version - seen, u64::from(life.last.page_changed && version != seen));
}

/// What must hold of a whole life.
fn check_calls(life: &Life) {
    let queries = life.called_at(CallName::Query);
    assert!(queries.windows(2).all(|pair| pair[1] - pair[0] >= QUERY_PACE_MS), "queries at {queries:?}");
    let refunds = life.called_at(CallName::Refund);
    assert!(refunds.windows(2).all(|pair| pair[1] - pair[0] >= 60_000), "refunds at {refunds:?}");
    let placed = life.called_at(CallName::Place);
    for close in life.called_at(CallName::Close) {
        assert!(close >= placed.last().unwrap() + EARLIEST_CLOSE_MS, "closed at {close}");
    }
    let requests: Vec<&Question> = life.calls.iter().map(|(_, call)| &call.call.question).collect();
    let first = requests[0];
    let repeated = requests.iter().filter(|request| request.name() == CallName::Place);
    assert!(repeated.into_iter().all(|request| *request == first), "the unified order is repeated unchanged");
    let attempts: Vec<u64> = life.calls.iter().map(|(_, call)| call.attempt).collect();
    assert!(attempts.is_sorted_by(|a, b| a < b), "attempts {attempts:?}");

    let mut rows: Vec<_> = life.rows.iter().collect();
    rows.sort_by_key(|row| &row.id);
    assert!(rows.windows(2).all(|pair| pair[0].id != pair[1].id || pair[0].message == pair[1].message));
    let confirmed = life.webhooks().into_iter().filter(|kind| *kind == WebhookKind::OrderPaid).count();
    assert!(confirmed <= 1, "confirmed {confirmed} times");
    let told = rows
        .iter()
        .any(|row| matches!(&row.message, Message::Webhook(w) if w.kind == WebhookKind::OrderPaid));
    assert_eq!(told, matches!(life.state(), State::Paid { .. }), "told exactly when paid");
    assert!(life.events.iter().zip(1..).all(|(event, seq)| event.seq == seq), "events without gaps");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_paid_stays_refunds_stay_within_and_the_order_stays_awake(
        moves in prop::collection::vec(a_move(), 1..80)
    ) {
        let mut life = Life::placing();
        for a_move in &moves {
            let before = life.order.clone();
            play(&mut life, a_move);
            check(&life, &before);
        }
        check_calls(&life);
    }

    #[test]
    fn any_clock_however_wild_leaves_the_order_sound(
        moves in prop::collection::vec((any::<i64>(), a_move()), 1..40)
    ) {
        let mut life = Life::placing();
        for (now_ms, a_move) in &moves {
            // Times that a message can carry, and the extremes of a clock.
            life.now_ms = match a_move {
                Move::Notify { .. } | Move::Answer(_) => T0_MS + now_ms % 100_000_000_000,
                _ => *now_ms,
            };
            let before = life.order.clone();
            if !matches!(a_move, Move::Wait { .. }) {
                play(&mut life, a_move);
                check(&life, &before);
            }
        }
    }
}
