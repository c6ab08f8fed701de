//! When the order is queried: the schedule, the open page, the pace.

use gateway::{CallName, Failure};
use order::{ExceptionKind, Input, PageStatus, WATCH_AT_MS};

use crate::life::{Life, MINUTE, SECOND, T0_MS, terms};
use crate::wechat::{PAYMENT, ordered, paid, refused, state};

/// Plays until this time and answers every query with *not paid*. A page looks every `page_every`.
fn unpaid_until(life: &mut Life, until_ms: i64, page_every: Option<i64>) {
    life.keeps_memory = true;
    let mut next_look = page_every.map(|_| life.elapsed());
    loop {
        let alarm = life.alarm_at_ms.map(|at_ms| at_ms - T0_MS);
        let next = [alarm, next_look].into_iter().flatten().min().unwrap();
        if next > until_ms {
            return;
        }
        life.at(next.max(life.elapsed()));
        if next_look == Some(next) {
            next_look = page_every.map(|every| next + every);
            life.give(Input::PageWatching);
        } else {
            life.give(Input::AlarmFired);
        }
        life.deliver_all();
        if life.call.is_some() {
            life.answer(&state("NOTPAY").signed());
        }
    }
}

#[test]
fn the_queries_follow_the_schedule_that_is_promised() {
    let promised = [5, 30, 60, 100, 140, 180, 220, 260, 300, 600].map(|seconds| seconds * SECOND);
    let mut life = Life::awaiting();
    unpaid_until(&mut life, 29 * MINUTE, None);
    assert_eq!(life.called_at(CallName::Query), promised);
    assert_eq!(WATCH_AT_MS[..10], promised);
    assert_eq!(WATCH_AT_MS[10..], [30 * MINUTE]);
}

#[test]
fn an_order_that_may_be_paid_for_longer_is_asked_about_every_half_hour_after_the_schedule() {
    let mut terms = terms();
    terms.time_expire_at_ms = T0_MS + 115 * MINUTE;
    let mut life = Life::placing_on(terms);
    life.answer(&ordered().signed());
    unpaid_until(&mut life, 110 * MINUTE, None);
    let late: Vec<i64> = life.called_at(CallName::Query).split_off(10);
    assert_eq!(late, [30 * MINUTE, 60 * MINUTE, 90 * MINUTE]);
}

#[test]
fn an_open_page_prompts_a_query_every_ten_seconds_and_never_more_often() {
    let mut life = Life::awaiting();
    unpaid_until(&mut life, 5 * MINUTE, Some(700));
    let queries = life.called_at(CallName::Query);
    for pair in queries.windows(2) {
        assert!((10 * SECOND..=11 * SECOND).contains(&(pair[1] - pair[0])), "{queries:?}");
    }
    assert!(queries.len() >= 28, "{queries:?}");
}

#[test]
fn a_page_that_was_closed_stops_the_frequent_queries() {
    let mut life = Life::awaiting();
    unpaid_until(&mut life, 2 * MINUTE, Some(3 * SECOND));
    let before = life.called_at(CallName::Query).len();
    unpaid_until(&mut life, 4 * MINUTE, None);
    let after = life.called_at(CallName::Query).len();
    assert!(after - before <= 6, "{:?}", life.called_at(CallName::Query));
}

#[test]
fn looking_at_an_order_costs_no_write() {
    let mut life = Life::awaiting();
    life.deliver_all();
    for second in 1..5 {
        life.at(second * SECOND).give(Input::PageWatching);
        assert!(!life.last.store && life.last.events.is_empty() && life.last.call.is_none());
    }
}

#[test]
fn with_an_open_page_a_payment_whose_notification_is_lost_is_known_within_ten_seconds() {
    for paid_at in (0..=240).map(|second| second * SECOND + 250) {
        let mut life = Life::awaiting();
        unpaid_until(&mut life, paid_at, Some(3 * SECOND));
        let known_at = known_at(&mut life, paid_at, Some(3 * SECOND));
        assert!(known_at - paid_at <= 10 * SECOND, "paid at {paid_at}, known at {known_at}");
    }
}

#[test]
fn without_a_page_a_payment_with_a_lost_notification_is_known_within_a_minute_in_the_first_five() {
    for paid_at in (0..=298).map(|second| second * SECOND) {
        let mut life = Life::awaiting();
        unpaid_until(&mut life, paid_at, None);
        let known_at = known_at(&mut life, paid_at, None);
        assert!(known_at - paid_at <= MINUTE, "paid at {paid_at}, known at {known_at}");
    }
}

/// The gateway holds the money since `paid_at`. Returns when we know.
fn known_at(life: &mut Life, paid_at: i64, page_every: Option<i64>) -> i64 {
    let mut next_look = page_every.map(|every| paid_at - paid_at % every + every);
    loop {
        let alarm = life.alarm_at_ms.unwrap() - T0_MS;
        life.at(next_look.map_or(alarm, |look| look.min(alarm)));
        if next_look.is_some_and(|look| look <= life.elapsed()) {
            next_look = next_look.zip(page_every).map(|(look, every)| look + every);
            life.give(Input::PageWatching);
        } else {
            life.give(Input::AlarmFired);
        }
        if life.call.is_some() {
            life.answer(&paid(PAYMENT, T0_MS + paid_at).signed());
            assert_eq!(life.status(), PageStatus::Paid);
            return life.elapsed();
        }
    }
}

#[test]
fn a_payment_that_waits_a_minute_costs_three_queries_without_a_page_and_seven_with_one() {
    let mut alone = Life::awaiting();
    unpaid_until(&mut alone, MINUTE, None);
    assert_eq!(alone.called_at(CallName::Query).len(), 3);
    let mut watched = Life::awaiting();
    unpaid_until(&mut watched, MINUTE, Some(3 * SECOND));
    assert!(watched.called_at(CallName::Query).len() <= 7);
}

#[test]
fn a_merchant_who_asks_again_and_again_gets_one_query_in_ten_seconds() {
    let mut life = Life::paid();
    for second in 0..60 {
        life.at(second * SECOND).give(Input::QueryRequested);
        if life.call.is_some() {
            life.answer(&paid(PAYMENT, T0_MS).signed());
        }
    }
    assert_eq!(life.called_at(CallName::Query), [0, 10, 20, 30, 40, 50].map(|s| s * SECOND));
}

#[test]
fn an_order_that_is_not_visible_yet_keeps_its_code() {
    let mut life = Life::awaiting();
    life.sleep_until_call();
    life.answer(&refused("ORDERNOTEXIST").signed());
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
}

#[test]
fn an_order_closed_by_somebody_else_is_closed_here() {
    for closed in ["CLOSED", "REVOKED"] {
        let mut life = Life::awaiting();
        life.sleep_until_call();
        life.answer(&state(closed).signed());
        assert_eq!(life.status(), PageStatus::Failed);
        assert!(life.state().is_final());
    }
}

#[test]
fn a_bank_that_refuses_fails_the_order_and_it_is_closed_at_the_gateway() {
    let mut life = Life::awaiting();
    life.sleep_until_call();
    life.answer(&state("PAYERROR").signed());
    assert_eq!(life.status(), PageStatus::Failed);
    assert_eq!(life.sleep_until_call(), CallName::Query);
    life.answer(&state("PAYERROR").signed());
    assert_eq!(life.calling(), Some(CallName::Close));
}

#[test]
fn we_wait_for_a_shopper_who_types_the_password() {
    for waiting in ["USERPAYING", "ACCEPT", "NOTPAY", "A_STATE_OF_NEXT_YEAR"] {
        let mut life = Life::awaiting();
        life.sleep_until_call();
        life.answer(&state(waiting).signed());
        assert_eq!(life.status(), PageStatus::AwaitingPayment, "{waiting}");
        assert!(life.alarm_at_ms.is_some());
    }
}

#[test]
fn queries_that_fail_are_repeated_with_growing_pauses_and_the_schedule_goes_on() {
    let mut life = Life::awaiting();
    for _ in 0..6 {
        life.sleep_until_call();
        life.fail(Failure::no_answer());
    }
    assert_eq!(life.called_at(CallName::Query), [5, 15, 30, 60, 100, 140].map(|s| s * SECOND));
}

#[test]
fn a_query_answered_about_another_order_is_no_answer_and_is_asked_again() {
    let mut life = Life::awaiting();
    assert_eq!(life.sleep_until_call(), CallName::Query);
    life.answer(&paid(PAYMENT, T0_MS).and("out_trade_no", "HK20260301A0002").signed());
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
    assert_eq!(life.exceptions(), [ExceptionKind::AboutSomethingElse]);
    assert_eq!(life.sleep_until_call(), CallName::Query);
    life.answer(&paid(PAYMENT, T0_MS).signed());
    assert_eq!(life.status(), PageStatus::Paid);
}

#[test]
fn the_page_is_told_when_to_ask_again_and_when_it_is_useless() {
    let mut life = Life::placing();
    let ask = |life: &Life| life.order.view(life.now_ms).pace.map(|pace| pace.asking_ms);
    assert_eq!(ask(&life), Some(1_000));
    life.answer(&ordered().signed());
    assert_eq!(ask(&life), Some(3_000));
    life.at(2 * MINUTE);
    assert_eq!(ask(&life), Some(15_000));
    life.at(10 * MINUTE);
    assert_eq!(ask(&life), Some(40_000));
    assert_eq!(ask(&Life::paid()), None);
}
