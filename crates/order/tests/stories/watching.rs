//! When the order is queried: the schedule, the open page, the pace.

use gateway::{CallName, Failure};
use order::{ExceptionKind, Input, PageStatus, Terms, WATCH_AT_MS};

use crate::life::{Life, MINUTE, SECOND, T0_MS, terms};
use crate::wechat::{PAYMENT, closed, ordered, paid, refused, state};

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

/// The schedule while a page looks, in the half hour of an offer.
const PROMISED_S: [i64; 13] = [10, 20, 30, 45, 75, 120, 170, 220, 270, 320, 480, 720, 1140];

/// Nobody pays. The page looks every `page_every` for as long as it is open. Returns the order when nothing
/// is left to call.
fn nobody_pays(terms: Terms, page_every: i64, page_closes: i64) -> Life {
    let mut life = Life::placing_on(terms);
    life.answer(&ordered().signed());
    life.give(Input::PageWatching);
    let ends = life.order.terms().time_expire_at_ms - T0_MS - 5 * SECOND;
    unpaid_until(&mut life, page_closes.min(ends - 1), Some(page_every));
    unpaid_until(&mut life, ends - 1, None);
    assert_eq!(life.sleep_until_call(), CallName::Query);
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.calling(), Some(CallName::Close));
    life.answer(&closed().signed());
    assert_eq!(life.sleep_until_call(), CallName::Query, "for late money");
    life.answer(&state("CLOSED").signed());
    life.settle();
    life.sleep();
    life.settle();
    assert!(life.order.is_settled());
    life
}

fn terms_for(minutes: i64) -> Terms {
    Terms { time_expire_at_ms: T0_MS + minutes * MINUTE, ..terms() }
}

#[test]
fn the_queries_of_a_page_that_looks_follow_the_schedule_that_is_promised() {
    let promised = PROMISED_S.map(|seconds| seconds * SECOND);
    let mut life = Life::watched();
    unpaid_until(&mut life, 29 * MINUTE, Some(SECOND));
    assert_eq!(life.called_at(CallName::Query), promised);
    assert_eq!(WATCH_AT_MS[..13], promised);
    assert_eq!(WATCH_AT_MS[13..], [30, 45, 65, 90].map(|minutes| minutes * MINUTE));
}

#[test]
fn an_order_whose_page_was_never_seen_is_not_queried_until_its_offer_ends() {
    let mut life = Life::awaiting();
    unpaid_until(&mut life, 30 * MINUTE - 6 * SECOND, None);
    assert!(life.called_at(CallName::Query).is_empty());
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), 30 * MINUTE - 5 * SECOND);
    life.answer(&paid(PAYMENT, T0_MS + MINUTE).signed());
    assert_eq!(life.status(), PageStatus::Paid, "a payment that nobody told of is found");
    assert_eq!(life.exceptions(), []);
}

#[test]
fn an_alarm_that_a_page_has_set_is_not_forgotten_with_the_process_that_set_it() {
    let mut life = Life::awaiting();
    life.deliver_all();
    let stored = life.order.clone();
    life.give(Input::PageWatching);
    assert_eq!(life.alarm_at_ms, Some(T0_MS + 10 * SECOND));
    // The process ends. A look is not stored, but the alarm is.
    life.order = stored;
    life.at(10 * SECOND).give(Input::AlarmFired);
    assert_eq!(life.calling(), Some(CallName::Query));
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.alarm_at_ms, Some(T0_MS + 30 * MINUTE - 5 * SECOND), "nobody looks any more");
}

#[test]
fn a_page_that_waits_for_the_code_makes_nobody_ask_before_there_is_one() {
    let mut life = Life::placing();
    life.keeps_memory = true;
    life.at(SECOND).give(Input::PageWatching);
    assert_eq!(life.calling(), Some(CallName::Place));
    life.at(2 * SECOND).answer(&ordered().signed());
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), 12 * SECOND, "it looked a second before, so it shows the code");
}

#[test]
fn an_order_that_is_left_at_once_costs_at_most_six_calls_to_its_end() {
    for (closes, calls) in [(0, 5), (5 * SECOND, 5), (12 * SECOND, 6)] {
        let life = nobody_pays(terms(), 3 * SECOND, closes);
        assert_eq!(
            life.calls.len(),
            calls,
            "closed after {closes} ms: {:?}",
            life.called_at(CallName::Query)
        );
    }
}

#[test]
fn a_tab_that_is_forgotten_costs_17_calls_in_half_an_hour_and_never_more_than_40() {
    for page_every in [700, 3 * SECOND, 15 * SECOND, 40 * SECOND] {
        let half_an_hour = nobody_pays(terms(), page_every, i64::MAX);
        assert!(half_an_hour.calls.len() <= 17, "{:?}", half_an_hour.called_at(CallName::Query));
        for minutes in [6, 60, 115] {
            let life = nobody_pays(terms_for(minutes), page_every, i64::MAX);
            assert!(life.calls.len() <= 21, "{:?}", life.called_at(CallName::Query));
        }
    }
}

/// We count on 600 calls a second for a merchant.
#[test]
fn six_thousand_forgotten_tabs_are_less_than_a_tenth_of_what_wechat_allows() {
    let calls = i64::try_from(nobody_pays(terms(), 3 * SECOND, i64::MAX).calls.len()).unwrap();
    // Of 6,000 tabs that are open at any time, one is replaced by a new one every 0.3 s.
    assert!(6_000 * calls < 60 * (30 * 60), "{calls} calls each");
}

#[test]
fn an_open_page_never_prompts_more_than_one_query_in_ten_seconds() {
    let mut life = Life::watched();
    unpaid_until(&mut life, 5 * MINUTE, Some(700));
    let queries = life.called_at(CallName::Query);
    assert!(queries.windows(2).all(|pair| pair[1] - pair[0] >= 10 * SECOND), "{queries:?}");
}

#[test]
fn a_page_that_was_closed_stops_the_queries() {
    let mut life = Life::watched();
    unpaid_until(&mut life, 2 * MINUTE, Some(3 * SECOND));
    let before = life.called_at(CallName::Query).len();
    unpaid_until(&mut life, 29 * MINUTE, None);
    let after = life.called_at(CallName::Query).len();
    assert!(after - before <= 1, "{:?}", life.called_at(CallName::Query));
}

#[test]
fn a_page_that_comes_back_after_a_while_prompts_a_query_at_once() {
    let mut life = Life::watched();
    unpaid_until(&mut life, 10 * MINUTE, None);
    life.at(10 * MINUTE).give(Input::PageWatching);
    assert_eq!(life.calling(), Some(CallName::Query));
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
fn with_an_open_page_a_payment_whose_notification_is_lost_is_known_within_50_s_in_the_first_five_minutes() {
    for paid_at in (0..=300).map(|second| second * SECOND + 250) {
        let mut life = Life::watched();
        unpaid_until(&mut life, paid_at, Some(3 * SECOND));
        let known_at = known_at(&mut life, paid_at, Some(3 * SECOND));
        let within = if paid_at < 30 * SECOND { 10 * SECOND } else { 50 * SECOND };
        assert!(known_at - paid_at <= within, "paid at {paid_at}, known at {known_at}");
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
fn a_payment_that_waits_a_minute_costs_four_queries_with_a_page_and_none_without_one() {
    let mut alone = Life::awaiting();
    unpaid_until(&mut alone, MINUTE, None);
    assert_eq!(alone.called_at(CallName::Query).len(), 0);
    let mut watched = Life::watched();
    unpaid_until(&mut watched, MINUTE, Some(3 * SECOND));
    assert_eq!(watched.called_at(CallName::Query).len(), 4);
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
    let mut life = Life::watched();
    life.sleep_until_call();
    life.answer(&refused("ORDERNOTEXIST").signed());
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
}

#[test]
fn an_order_closed_by_somebody_else_is_closed_here() {
    for closed in ["CLOSED", "REVOKED"] {
        let mut life = Life::watched();
        life.sleep_until_call();
        life.answer(&state(closed).signed());
        assert_eq!(life.status(), PageStatus::Failed);
        assert!(life.state().is_final());
    }
}

#[test]
fn a_bank_that_refuses_fails_the_order_and_it_is_closed_at_the_gateway() {
    let mut life = Life::watched();
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
        let mut life = Life::watched();
        life.sleep_until_call();
        life.answer(&state(waiting).signed());
        assert_eq!(life.status(), PageStatus::AwaitingPayment, "{waiting}");
        assert!(life.alarm_at_ms.is_some());
    }
}

#[test]
fn queries_that_fail_are_repeated_with_growing_pauses_three_times_when_no_page_looks() {
    let mut life = Life::watched();
    for _ in 0..4 {
        life.sleep_until_call();
        life.fail(Failure::no_answer());
    }
    assert_eq!(life.called_at(CallName::Query), [10, 20, 40, 80].map(|s| s * SECOND));
    life.sleep_until_call();
    assert_eq!(life.elapsed(), 30 * MINUTE - 5 * SECOND, "the query at the end of the offer makes up for it");
}

#[test]
fn a_query_answered_about_another_order_is_no_answer_and_is_asked_again() {
    let mut life = Life::watched();
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
