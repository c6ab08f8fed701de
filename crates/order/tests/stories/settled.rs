//! When an order is settled, and what follows: the index, the sweep, the archive.

use order::{DeliveryResult, Input, Message, Order, RefundOrder, Terms};
use wire::OutRefundNo;

use crate::life::{DAY, HOUR, Life, T0_MS};
use crate::wechat::{SECOND_PAYMENT, closed, hkd, notification, refund_accepted, refund_is, state};

fn index_rows(life: &Life) -> Vec<(u64, bool)> {
    let mut rows: Vec<(u64, bool)> = life
        .rows
        .iter()
        .filter_map(|row| match &row.message {
            Message::Index(row) => Some((row.version, row.settled)),
            Message::Webhook(_) => None,
        })
        .collect();
    rows.dedup();
    rows
}

fn webhook_ids(life: &Life) -> Vec<String> {
    let webhooks = life.last.outbox.iter().filter(|row| matches!(row.message, Message::Webhook(_)));
    webhooks.map(|row| row.id.clone()).collect()
}

#[test]
fn an_order_is_settled_when_page_merchant_and_index_know_it() {
    let mut life = Life::paid();
    assert!(!life.order.is_settled());
    assert!(!index_rows(&life).last().unwrap().1, "its webhook waits");
    let ids = webhook_ids(&life);
    life.deliver(&ids, DeliveryResult::Accepted);
    assert!(!life.order.is_settled(), "the index does not know yet");
    assert!(index_rows(&life).last().unwrap().1, "it is told so now");
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn an_order_whose_webhook_waits_is_never_shown_as_settled() {
    let mut life = Life::paid();
    for _ in 0..6 {
        let ids = webhook_ids(&life);
        let no = DeliveryResult::Refused { why: "500".into(), retry_after_ms: None };
        life.deliver(&ids, no);
        let others: Vec<String> =
            life.rows.iter().map(|row| row.id.clone()).filter(|id| !ids.contains(id)).collect();
        life.deliver(&others, DeliveryResult::Accepted);
        assert!(index_rows(&life).iter().all(|(_, settled)| !settled));
        life.sleep();
    }
}

#[test]
fn a_refund_unsettles_an_order_until_it_is_over() {
    let mut life = Life::paid();
    life.settle();
    assert!(life.order.is_settled());
    life.at(DAY / 2);
    life.give(Input::RefundRequested(RefundOrder::new(OutRefundNo::new("R1").unwrap(), hkd(100))));
    assert!(!life.order.is_settled());
    assert!(!index_rows(&life).last().unwrap().1);
    life.answer(&refund_accepted("R1", 100).signed());
    life.sleep_until_call();
    life.answer(&refund_is("R1", 100, "SUCCESS").signed());
    life.settle();
    assert!(life.order.is_settled());
    assert!(index_rows(&life).last().unwrap().1);
}

#[test]
fn a_settled_order_writes_its_row_once_more_a_day_later_and_then_sleeps_until_its_end() {
    let mut life = Life::paid();
    life.settle();
    let rows = index_rows(&life).len();
    life.sleep();
    assert_eq!((life.elapsed(), index_rows(&life).len()), (DAY, rows + 1));
    life.settle();
    assert!(life.order.is_settled());
    assert_eq!(life.alarm_at_ms, Some(T0_MS + Terms::DEFAULT_KEEP_MS));
}

#[test]
fn an_exception_marked_done_after_settling_is_indexed_again_a_day_later() {
    let mut life = Life::paid();
    life.notify(&notification(SECOND_PAYMENT, T0_MS));
    life.settle();
    life.sleep();
    life.settle();
    let id = life.order.exceptions()[0].id;
    life.at(9 * DAY).give(Input::ExceptionDone { id });
    life.settle();
    let rows = index_rows(&life).len();
    life.sleep();
    assert_eq!((life.elapsed(), index_rows(&life).len()), (10 * DAY, rows + 1), "it may have been set back");
    life.settle();
    // If a person still sees it open and marks it done again, the row is written at once.
    life.at(11 * DAY).give(Input::ExceptionDone { id });
    assert_eq!(index_rows(&life).len(), rows + 2);
    life.settle();
    assert!(life.order.is_settled());
}

/// Whether the newest row of the index says that nothing was ever open.
fn never_open(life: &Life) -> bool {
    let newest = life.rows.iter().rev().find_map(|row| match &row.message {
        Message::Index(row) => Some(row.never_open),
        Message::Webhook(_) => None,
    });
    newest.unwrap()
}

#[test]
fn the_index_looks_at_open_matters_only_of_an_order_that_ever_had_one() {
    let mut life = Life::paid();
    assert!(never_open(&life));
    life.settle();
    assert!(never_open(&life));
    life.notify(&notification(SECOND_PAYMENT, T0_MS));
    assert!(!never_open(&life), "it waits for a person");
    let id = life.order.exceptions()[0].id;
    life.give(Input::ExceptionDone { id });
    assert!(!never_open(&life), "what was open must be taken away");

    let mut life = Life::paid();
    let number = OutRefundNo::new("R1").unwrap();
    life.give(Input::RefundRequested(RefundOrder::new(number.clone(), hkd(3000))));
    assert!(!never_open(&life));
    life.try_give(Input::RefundWithdrawn { out_refund_no: number }).unwrap();
    life.settle();
    life.sleep();
    life.settle();
    assert!(!never_open(&life), "a refund that was withdrawn was under way once");
}

#[test]
fn the_sweep_rewrites_a_row_that_is_behind_and_no_other() {
    let mut life = Life::paid();
    life.settle();
    let newest = index_rows(&life).last().unwrap().0;
    life.at(2 * HOUR).give(Input::Swept { index_version: newest });
    assert!(life.last.outbox.is_empty() && !life.last.store);
    life.give(Input::Swept { index_version: newest - 1 });
    let rewritten = index_rows(&life).last().unwrap().0;
    assert!(rewritten > newest);
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn a_settled_order_is_archived_when_its_time_is_over_and_not_before() {
    let mut life = Life::paid();
    life.settle();
    life.at(Terms::DEFAULT_KEEP_MS - 1).give(Input::AlarmFired);
    assert!(!life.last.archive);
    life.settle();
    life.at(Terms::DEFAULT_KEEP_MS).give(Input::AlarmFired);
    assert!(life.last.archive);
}

#[test]
fn an_order_that_still_has_something_to_tell_is_not_archived() {
    let mut life = Life::paid();
    let no = || DeliveryResult::Refused { why: "500".into(), retry_after_ms: None };
    life.at(Terms::DEFAULT_KEEP_MS + DAY).give(Input::AlarmFired);
    let ids = webhook_ids(&life);
    life.deliver(&ids, no());
    assert!(!life.last.archive);
    life.settle();
    assert!(life.last.archive);
}

#[test]
fn an_order_is_kept_at_least_a_year_because_it_can_be_refunded_that_long() {
    let place = |keep_ms| Order::place(T0_MS, Terms { keep_ms, ..crate::life::terms() }).is_ok();
    assert!(!place(365 * DAY) && place(366 * DAY) && place(3_660 * DAY) && !place(3_661 * DAY));
}

#[test]
fn an_order_that_nobody_paid_sleeps_until_its_end_once_the_index_knows_that_it_is_settled() {
    let mut life = Life::awaiting();
    for answer in [state("NOTPAY").signed(), closed().signed(), state("CLOSED").signed()] {
        life.settle();
        life.sleep_until_call();
        life.answer(&answer);
    }
    assert!(!life.order.is_settled());
    life.settle();
    assert!(life.order.is_settled() && life.last.store, "what the index knows is stored");
    let end_ms = life.order.made_at_ms() + Terms::DEFAULT_KEEP_MS;
    assert_eq!(life.order.alarm_at_ms(), Some(end_ms));
}

#[test]
fn the_index_accepting_a_row_is_stored_only_when_the_row_says_that_the_order_is_settled() {
    let mut life = Life::paid();
    let [webhook, index] =
        [life.last.outbox.first(), life.last.outbox.last()].map(|row| row.unwrap().id.clone());
    life.deliver(&[index], DeliveryResult::Accepted);
    assert!(!life.last.store);
    life.deliver(&[webhook], DeliveryResult::Accepted);
    assert!(life.last.store);
    let settled = webhook_ids(&life);
    assert!(settled.is_empty(), "only the index is left to be told");
    let settled = life.last.outbox.last().unwrap().id.clone();
    life.deliver(&[settled], DeliveryResult::Accepted);
    assert!(life.last.store && life.order.is_settled());
}
