//! Wrong clocks, alarms that ring for nothing, and the ends of time.

use gateway::{CallName, Failure};
use order::{Input, PageStatus};

use crate::life::{DAY, HOUR, Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{PAYMENT, hkd, paid, refused, state};

#[test]
fn an_alarm_that_rings_too_early_does_nothing_and_arms_itself_again() {
    let mut life = Life::watched();
    life.keeps_memory = true;
    life.give(Input::PageWatching);
    let alarm = life.alarm_at_ms;
    life.deliver_all();
    life.at(SECOND).give(Input::AlarmFired);
    assert!(life.last.call.is_none() && life.last.events.is_empty());
    assert_eq!(life.alarm_at_ms, alarm);
}

#[test]
fn an_alarm_that_rings_a_hundred_times_makes_one_call() {
    let mut life = Life::watched();
    life.at(10 * SECOND);
    for _ in 0..100 {
        life.give(Input::AlarmFired);
    }
    assert_eq!(life.called_at(CallName::Query).len(), 1);
}

#[test]
fn a_clock_a_day_ahead_and_then_put_right_does_not_put_the_order_to_sleep() {
    let mut life = Life::watched();
    life.at(10 * MINUTE).give(Input::AlarmFired);
    life.answer(&state("NOTPAY").signed());
    life.at(10 * MINUTE + 7 * DAY).give(Input::QueryRequested);
    life.fail(Failure::no_answer());
    assert!(life.alarm_at_ms.unwrap() - T0_MS > 7 * DAY);
    // The clock is put right. Any input wakes the order.
    life.at(11 * MINUTE).give(Input::AlarmFired);
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert!(life.elapsed() <= 11 * MINUTE + HOUR);
    life.answer(&paid(PAYMENT, T0_MS + 9 * MINUTE).signed());
    assert_eq!(life.status(), PageStatus::Paid);
}

#[test]
fn a_clock_that_is_set_back_does_not_put_the_order_to_sleep() {
    let mut life = Life::watched();
    life.sleep_until_call();
    life.answer(&state("NOTPAY").signed());
    life.at(-DAY).give(Input::AlarmFired);
    assert!(life.alarm_at_ms.unwrap() <= life.now_ms + 2 * HOUR, "{:?}", life.order);
    life.sleep_until_call();
    assert!(life.now_ms <= T0_MS - DAY + 2 * HOUR, "the offer's end, at the latest");
}

#[test]
fn the_ends_of_time_make_nothing_panic() {
    for now_ms in [i64::MIN, -1, 0, i64::MAX] {
        for mut life in [Life::placing(), Life::awaiting(), Life::paid()] {
            life.now_ms = now_ms;
            life.give(Input::PageWatching);
            life.give(Input::QueryRequested);
            life.give(Input::Restarted);
            life.give(Input::AlarmFired);
            let _ = life.order.view(now_ms);
        }
    }
}

#[test]
fn a_clock_that_ran_a_year_ahead_does_not_stop_refunds_or_webhooks_for_a_year() {
    let ask = |life: &mut Life, own: &str| {
        let number = wire::OutRefundNo::new(own).unwrap();
        life.give(Input::RefundRequested(order::RefundOrder::new(number, hkd(100))));
    };
    let mut life = Life::paid();
    life.at(365 * DAY);
    ask(&mut life, "R1");
    life.answer(&refused("USER_ACCOUNT_ABNORMAL").signed());
    let is_webhook = |row: &&order::OutboxRow| matches!(row.message, order::Message::Webhook(_));
    let last = life.rows.iter().rfind(is_webhook).unwrap().id.clone();
    life.at(HOUR);
    ask(&mut life, "R2");
    life.rows.clear();
    let mut sent = false;
    while life.elapsed() <= HOUR + 2 * DAY && !(sent && life.calling() == Some(CallName::Refund)) {
        life.now_ms = life.alarm_at_ms.unwrap().max(life.now_ms + 1);
        life.give(Input::AlarmFired);
        sent |= life.rows.iter().any(|row| row.id == last);
    }
    assert!(life.elapsed() <= HOUR + 2 * DAY, "{} h, webhook sent: {sent}", life.elapsed() / HOUR);
}
