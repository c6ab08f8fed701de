//! Expiry, cancelling, closing at the gateway, and money that comes late.

use gateway::{CallName, Failure};
use order::{CloseReason, ExceptionKind, Input, Notice, PageStatus, Rejected, State, WebhookKind, Who};

use crate::life::{DAY, HOUR, Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{PAYMENT, closed, notification, paid, refused, state};

const OFFER_ENDS: i64 = 30 * MINUTE - 5 * SECOND;

/// An order whose offer has just ended. The last query is in flight.
fn expiring() -> Life {
    let mut life = Life::awaiting();
    while life.status() == PageStatus::AwaitingPayment {
        life.sleep_until_call();
        if life.status() == PageStatus::AwaitingPayment {
            life.answer(&state("NOTPAY").signed());
        }
    }
    assert_eq!((life.elapsed(), life.status()), (OFFER_ENDS, PageStatus::Checking));
    life
}

/// An order closed at the gateway.
fn expired() -> Life {
    let mut life = expiring();
    life.answer(&state("NOTPAY").signed());
    life.answer(&closed().signed());
    assert!(matches!(life.state(), State::Closed { reason: CloseReason::Expired, .. }));
    life
}

#[test]
fn an_order_nobody_pays_is_queried_closed_and_told() {
    let mut life = expiring();
    assert_eq!(life.calling(), Some(CallName::Query));
    assert_eq!(life.order.view(life.now_ms).code_url, None, "the code is not shown any more");
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.status(), PageStatus::Expired);
    assert_eq!(life.calling(), Some(CallName::Close));
    life.answer(&closed().signed());
    assert!(matches!(life.state(), State::Closed { reason: CloseReason::Expired, .. }));
    assert_eq!(life.webhooks(), [WebhookKind::OrderClosed]);
}

#[test]
fn money_of_the_last_second_is_found_by_the_query_and_is_not_late() {
    let mut life = expiring();
    life.answer(&paid(PAYMENT, T0_MS + OFFER_ENDS - SECOND).signed());
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn orderpaid_on_closing_means_paid() {
    let mut life = expiring();
    life.answer(&state("NOTPAY").signed());
    life.at(OFFER_ENDS + SECOND).answer(&refused("ORDERPAID").signed());
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), OFFER_ENDS + 10 * SECOND, "the pace of queries is kept here, too");
    life.answer(&paid(PAYMENT, T0_MS + OFFER_ENDS + SECOND).signed());
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), [ExceptionKind::PaidLate]);
    assert_eq!(life.order.view(life.now_ms).notices, [Notice::PaidLate]);
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid, WebhookKind::OrderException]);
}

#[test]
fn an_order_closed_already_is_closed() {
    let mut life = expiring();
    life.answer(&state("NOTPAY").signed());
    life.answer(&refused("ORDERCLOSED").signed());
    assert!(matches!(life.state(), State::Closed { .. }));

    let mut life = expiring();
    life.answer(&state("CLOSED").signed());
    assert!(matches!(life.state(), State::Closed { reason: CloseReason::Expired, .. }));
}

#[test]
fn a_close_of_unknown_outcome_is_resolved_by_a_query_and_not_repeated_blindly() {
    for answer in ["CLOSED", "NOTPAY"] {
        let mut life = expiring();
        life.answer(&state("NOTPAY").signed());
        life.fail(Failure::no_answer());
        assert_eq!(life.sleep_until_call(), CallName::Query);
        life.answer(&state(answer).signed());
        if answer == "NOTPAY" {
            assert_eq!(life.calling(), Some(CallName::Close));
            life.answer(&closed().signed());
        }
        assert!(matches!(life.state(), State::Closed { .. }));
    }
}

#[test]
fn any_refusal_to_close_asks_again() {
    for code in ["TRADE_STATE_ERROR", "SYSTEMERROR", "ORDERNOTEXIST", "A_CODE_OF_NEXT_YEAR"] {
        let mut life = expiring();
        life.answer(&state("NOTPAY").signed());
        life.answer(&refused(code).signed());
        assert_eq!(life.sleep_until_call(), CallName::Query, "{code}");
    }
}

#[test]
fn a_cancelled_order_is_cancelled_on_the_page_at_once_and_closed_after_five_minutes() {
    let mut life = Life::awaiting();
    life.at(20 * SECOND).give(Input::CancelRequested { by: Who::Shopper });
    assert_eq!(life.status(), PageStatus::Cancelled);
    assert!(life.last.page_changed);
    assert_eq!(life.calling(), Some(CallName::Query), "he may have paid before he gave up");
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), 5 * MINUTE + 5 * SECOND);
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.calling(), Some(CallName::Close));
    life.answer(&closed().signed());
    assert_eq!(life.status(), PageStatus::Cancelled);
    assert!(matches!(life.state(), State::Closed { reason: CloseReason::Cancelled, .. }));
}

#[test]
fn an_order_paid_unnoticed_and_then_cancelled_is_paid_at_once_not_minutes_later() {
    let mut life = Life::awaiting();
    life.at(20 * SECOND).give(Input::CancelRequested { by: Who::Shopper });
    life.answer(&paid(PAYMENT, T0_MS + 15 * SECOND).signed());
    assert_eq!(life.elapsed(), 20 * SECOND);
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn an_order_cancelled_late_is_closed_at_once() {
    let mut life = Life::awaiting();
    life.at(10 * MINUTE).give(Input::CancelRequested { by: Who::Merchant });
    assert_eq!(life.calling(), Some(CallName::Query));
}

#[test]
fn cancelling_twice_or_too_late_changes_nothing() {
    let mut life = Life::awaiting();
    life.give(Input::CancelRequested { by: Who::Shopper });
    let then = life.state().clone();
    life.give(Input::CancelRequested { by: Who::Shopper });
    assert_eq!(*life.state(), then);

    let mut life = expired();
    let then = life.state().clone();
    life.give(Input::CancelRequested { by: Who::Shopper });
    assert_eq!(*life.state(), then);

    let cancelled = Life::paid().try_give(Input::CancelRequested { by: Who::Shopper });
    assert_eq!(cancelled, Err(Rejected::AlreadyPaid));
}

#[test]
fn paid_wins_over_cancelled() {
    let mut life = Life::awaiting();
    life.at(20 * SECOND).give(Input::CancelRequested { by: Who::Shopper });
    life.at(25 * SECOND).notify(&notification(PAYMENT, T0_MS + 24 * SECOND));
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), [ExceptionKind::PaidLate]);
}

#[test]
fn a_payment_before_the_cancel_is_not_late_even_if_its_news_is() {
    let mut life = Life::awaiting();
    life.at(20 * SECOND).give(Input::CancelRequested { by: Who::Shopper });
    life.at(25 * SECOND).notify(&notification(PAYMENT, T0_MS + 19 * SECOND));
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn money_for_a_closed_order_is_late_and_is_money() {
    let mut life = expired();
    life.notify(&notification(PAYMENT, T0_MS + OFFER_ENDS));
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), [ExceptionKind::PaidLate]);
    assert_eq!(
        life.webhooks(),
        [WebhookKind::OrderClosed, WebhookKind::OrderPaid, WebhookKind::OrderException]
    );
}

#[test]
fn within_the_hour_after_closing_one_more_query_looks_for_late_money() {
    let mut life = expired();
    let closed_at = life.elapsed();
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert!(life.elapsed() - closed_at <= HOUR);
    life.answer(&paid(PAYMENT, T0_MS + OFFER_ENDS).signed());
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), [ExceptionKind::PaidLate]);
}

#[test]
fn an_order_that_stays_closed_comes_to_rest_after_that_query() {
    let mut life = expired();
    life.sleep_until_call();
    life.answer(&state("CLOSED").signed());
    life.settle();
    assert!(life.order.is_settled());
    life.sleep();
    assert!(life.call.is_none(), "what is left is the index and the archive");
}

#[test]
fn the_last_query_is_repeated_a_few_times_when_it_has_no_answer() {
    let mut life = expired();
    let mut asked = 0;
    while !life.order.is_settled() {
        life.sleep_until_call();
        life.fail(Failure::no_answer());
        life.settle();
        asked += 1;
    }
    assert_eq!(asked, 6);
}

#[test]
fn a_gateway_silent_for_a_day_leaves_the_order_to_a_person() {
    let mut life = expiring();
    let mut asked = 0;
    while !life.state().is_final() {
        life.sleep_until_call();
        life.fail(Failure::no_answer());
        asked += 1;
    }
    assert_eq!(life.exceptions(), [ExceptionKind::Unresolved]);
    assert!(life.elapsed() >= OFFER_ENDS + DAY);
    assert!(asked < 200, "{asked}");
    assert_eq!(life.status(), PageStatus::Expired);
}

#[test]
fn a_payment_that_does_not_fit_ends_the_closing_without_confirming() {
    let mut life = expiring();
    life.answer(&paid(PAYMENT, T0_MS).and("fee_type", "CNY").signed());
    assert_eq!(life.status(), PageStatus::Failed);
    assert_eq!(life.exceptions(), [ExceptionKind::AmountMismatch]);
    assert_eq!(life.order.payment(), None);
}

#[test]
fn an_alarm_that_comes_late_ends_the_offer_late_and_the_page_ends_it_in_time() {
    let mut life = Life::awaiting();
    life.at(OFFER_ENDS + 10 * MINUTE).give(Input::PageWatching);
    assert_eq!(life.status(), PageStatus::Checking);
    assert_eq!(life.calling(), Some(CallName::Query));
}

#[test]
fn an_order_without_a_code_is_not_given_up_before_the_gateway_has_spoken() {
    let mut life = Life::placing();
    for _ in 0..7 {
        life.sleep_until_call();
        life.fail(Failure::no_answer());
    }
    assert_eq!(life.status(), PageStatus::Failed);
    // A random history found this: the order is paid although we showed no code, and the gateway is silent
    // for an hour.
    for _ in 0..10 {
        assert_eq!(life.sleep_until_call(), CallName::Query);
        life.fail(Failure::no_answer());
    }
    assert!(!life.state().is_final());
    life.sleep_until_call();
    life.answer(&paid(PAYMENT, T0_MS).signed());
    assert_eq!(life.status(), PageStatus::Paid);
}

#[test]
fn a_number_once_reported_as_paid_and_never_explained_is_left_to_a_person() {
    let mut life = Life::placing();
    life.answer(&refused("ORDERPAID").signed());
    for _ in 0..2 {
        life.sleep_until_call();
        life.answer(&refused("ORDERNOTEXIST").signed());
    }
    assert!(matches!(life.state(), State::Failed { .. }));
    while life.exceptions().is_empty() {
        assert_eq!(life.sleep_until_call(), CallName::Query);
        life.fail(Failure::no_answer());
    }
    assert_eq!(life.exceptions(), [ExceptionKind::Unresolved]);
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn an_order_whose_code_was_given_exists_whatever_one_answer_says() {
    let mut life = expiring();
    life.answer(&refused("ORDERNOTEXIST").signed());
    assert!(!life.state().is_final());
    assert_eq!(life.sleep_until_call(), CallName::Query);
    life.answer(&paid(PAYMENT, T0_MS + OFFER_ENDS - SECOND).signed());
    assert_eq!(life.status(), PageStatus::Paid);
}
