//! Placing, paying, and messages that are not a payment.

use gateway::{CallName, Failure, Mismatch};
use order::{ExceptionKind, Input, Notice, PageStatus, State, WebhookKind, Who};
use wire::{Currency, Money};

use crate::life::{Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{CODE_URL, PAYMENT, SECOND_PAYMENT, Wechat, hkd, notification, ordered, paid, state};

#[test]
fn an_order_is_placed_shown_and_paid_by_notification() {
    let mut life = Life::placing();
    assert_eq!(life.calling(), Some(CallName::Place));
    assert_eq!(life.status(), PageStatus::Placing);

    life.at(SECOND).answer(&ordered().signed());
    let view = life.order.view(life.now_ms);
    assert_eq!(view.status, PageStatus::AwaitingPayment);
    assert_eq!(view.code_url.unwrap().as_str(), CODE_URL);
    assert_eq!(view.expires_at_ms, T0_MS + 30 * MINUTE - 5 * SECOND);
    assert!(life.last.page_changed);

    life.at(20 * SECOND).notify(&notification(PAYMENT, T0_MS + 19 * SECOND));
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.order.view(life.now_ms).code_url, None);
    assert_eq!(life.order.payment().unwrap().transaction_id.as_str(), PAYMENT);
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid]);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn an_order_is_paid_by_query_when_no_notification_comes() {
    let mut life = Life::watched();
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), 10 * SECOND);
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
    life.at(18 * SECOND).give(Input::PageWatching);
    life.sleep_until_call();
    assert_eq!(life.elapsed(), 20 * SECOND);
    life.answer(&paid(PAYMENT, T0_MS + 19 * SECOND).signed());
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid]);
}

#[test]
fn a_refunded_trade_was_paid() {
    let mut life = Life::watched();
    life.sleep_until_call();
    life.answer(&paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    assert_eq!(life.status(), PageStatus::Paid);
}

#[test]
fn notification_and_query_at_once_confirm_once() {
    let mut life = Life::watched();
    life.sleep_until_call();
    life.notify(&notification(PAYMENT, T0_MS + SECOND));
    life.answer(&paid(PAYMENT, T0_MS + SECOND).signed());
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid]);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn sixteen_deliveries_of_one_notification_confirm_once_and_cost_one_write() {
    let mut life = Life::awaiting();
    life.notify(&notification(PAYMENT, T0_MS));
    assert!(life.last.store);
    life.deliver_all();
    for _ in 1..16 {
        life.notify(&notification(PAYMENT, T0_MS));
        assert!(!life.last.store, "a duplicate is not written");
        assert!(!life.last.page_changed);
    }
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid]);
}

#[test]
fn a_notification_that_overtakes_the_answer_of_the_unified_order_pays_the_order() {
    let mut life = Life::placing();
    life.notify(&notification(PAYMENT, T0_MS));
    assert_eq!(life.status(), PageStatus::Paid);
    life.answer(&ordered().signed());
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.calling(), None);
}

#[test]
fn a_payment_of_another_amount_confirms_nothing() {
    mismatch(notification(PAYMENT, T0_MS).and("total_fee", 1), ExceptionKind::AmountMismatch, |mismatch| {
        matches!(mismatch, Mismatch::Amount { claimed: Money { minor: 1, .. } })
    });
}

#[test]
fn eighty_eight_hundred_yen_are_not_eighty_eight_hundred_hong_kong_cents() {
    mismatch(
        notification(PAYMENT, T0_MS).and("fee_type", "JPY"),
        ExceptionKind::AmountMismatch,
        |mismatch| matches!(mismatch, Mismatch::Currency { claimed } if claimed.currency == Currency::new("JPY").unwrap()),
    );
}

#[test]
fn a_payment_that_names_no_currency_is_compared_by_its_amount() {
    let mut life = Life::awaiting();
    life.notify(&notification(PAYMENT, T0_MS).but_no("fee_type"));
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.order.payment().unwrap().total, hkd(8800));
    mismatch(
        notification(PAYMENT, T0_MS).but_no("fee_type").and("total_fee", 1),
        ExceptionKind::AmountMismatch,
        |mismatch| matches!(mismatch, Mismatch::Amount { claimed } if *claimed == hkd(1)),
    );
}

#[test]
fn a_payment_without_the_payers_openid_or_bank_is_a_payment() {
    for ornament in ["openid", "bank_type", "is_subscribe", "cash_fee", "rate"] {
        let mut life = Life::awaiting();
        life.notify(&notification(PAYMENT, T0_MS).but_no(ornament));
        assert_eq!(life.status(), PageStatus::Paid, "{ornament}");
        let mut life = Life::watched();
        life.sleep_until_call();
        life.answer(&paid(PAYMENT, T0_MS).but_no(ornament).signed());
        assert_eq!(life.status(), PageStatus::Paid, "{ornament}");
    }
}

#[test]
fn a_payment_of_another_appid_confirms_nothing() {
    mismatch(
        notification(PAYMENT, T0_MS).and("appid", "wx0000000000000000"),
        ExceptionKind::UnexpectedTrade,
        |mismatch| *mismatch == Mismatch::Merchant,
    );
}

#[test]
fn a_payment_of_another_merchant_confirms_nothing() {
    mismatch(
        notification(PAYMENT, T0_MS).and("mch_id", "1900000109"),
        ExceptionKind::UnexpectedTrade,
        |mismatch| *mismatch == Mismatch::Merchant,
    );
}

#[test]
fn a_payment_of_a_sub_merchant_confirms_nothing_for_a_direct_one() {
    mismatch(
        notification(PAYMENT, T0_MS).and("sub_mch_id", "1900000109"),
        ExceptionKind::UnexpectedTrade,
        |mismatch| *mismatch == Mismatch::Merchant,
    );
}

#[test]
fn a_payment_of_another_order_confirms_nothing() {
    mismatch(
        notification(PAYMENT, T0_MS).and("out_trade_no", "HK20260301A0002"),
        ExceptionKind::UnexpectedTrade,
        |mismatch| matches!(mismatch, Mismatch::OrderNumber { claimed } if claimed == "HK20260301A0002"),
    );
}

#[test]
fn a_payment_of_another_trade_type_confirms_nothing() {
    mismatch(
        notification(PAYMENT, T0_MS).and("trade_type", "JSAPI"),
        ExceptionKind::UnexpectedTrade,
        |mismatch| matches!(mismatch, Mismatch::TradeType { claimed } if claimed == "JSAPI"),
    );
}

#[test]
fn a_payment_with_an_attach_that_was_never_sent_confirms_nothing() {
    mismatch(
        notification(PAYMENT, T0_MS).and("attach", "cart:42"),
        ExceptionKind::UnexpectedTrade,
        |mismatch| *mismatch == Mismatch::Attach,
    );
}

/// A genuine notification that does not match leaves the order unpaid, raises its exception once, and prompts
/// a query. The genuine payment still confirms.
fn mismatch(message: Wechat, kind: ExceptionKind, fits_description: impl Fn(&Mismatch) -> bool) {
    let mut life = Life::awaiting();
    life.at(10 * SECOND).notify(&message);
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
    assert_eq!(life.exceptions(), [kind]);
    assert!(life.order.exceptions()[0].mismatch.as_ref().is_some_and(fits_description));
    assert_eq!(life.order.payment(), None);
    assert_eq!(life.webhooks(), [WebhookKind::OrderException]);
    assert_eq!(life.calling(), Some(CallName::Query), "what the gateway itself says is asked at once");

    life.notify(&message);
    assert_eq!(life.exceptions(), [kind], "a duplicate raises nothing");

    life.answer(&state("NOTPAY").signed());
    life.notify(&notification(PAYMENT, T0_MS + 11 * SECOND));
    assert_eq!(life.status(), PageStatus::Paid);
    assert!(life.order.payment().unwrap().fits);
}

#[test]
fn an_answer_to_a_query_that_does_not_fit_confirms_nothing_and_ends_the_order() {
    let mut life = Life::watched();
    life.sleep_until_call();
    life.answer(&paid(PAYMENT, T0_MS).and("total_fee", 1).signed());
    assert_eq!(life.status(), PageStatus::Failed);
    assert_eq!(life.order.payment(), None);
    assert_eq!(life.exceptions(), [ExceptionKind::AmountMismatch]);
    assert_eq!(life.order.view(life.now_ms).notices, [Notice::UnderReview]);
    assert_eq!(life.webhooks(), [WebhookKind::OrderException, WebhookKind::OrderClosed]);
}

#[test]
fn a_genuine_message_that_does_not_fit_is_kept_once_and_told_with_both_sides() {
    for (field, value, both_sides) in [
        ("total_fee", "1", ["0.01 HKD", "88.00 HKD"]),
        ("fee_type", "JPY", ["JPY", "HKD"]),
        ("trade_type", "JSAPI", ["JSAPI", "NATIVE"]),
        ("mch_id", "1634117299", ["1634117299", "1634117205"]),
        ("appid", "wx0000000000000000", ["wx0000000000000000", "wx5c1f9e2a7d3b6048"]),
    ] {
        let mut life = Life::awaiting();
        life.notify(&notification(PAYMENT, T0_MS).and(field, value));
        assert!(life.last.keep_message, "{field}: it is evidence");
        let detail = life.order.exceptions()[0].detail.clone().unwrap();
        assert!(both_sides.iter().all(|side| detail.contains(side)), "{field}: {detail}");
        life.notify(&notification(PAYMENT, T0_MS).and(field, value));
        assert!(!life.last.keep_message, "{field}");
    }
}

#[test]
fn a_second_payment_is_an_exception_and_the_first_stays() {
    let mut life = Life::paid();
    life.notify(&notification(SECOND_PAYMENT, T0_MS + SECOND));
    assert_eq!(life.exceptions(), [ExceptionKind::PaidTwice]);
    assert_eq!(life.order.payment().unwrap().transaction_id.as_str(), PAYMENT);
    assert_eq!(life.order.view(life.now_ms).notices, [Notice::PaidTwice]);
    life.notify(&notification(SECOND_PAYMENT, T0_MS + SECOND));
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid, WebhookKind::OrderException]);
}

#[test]
fn a_genuine_message_about_a_failure_changes_nothing() {
    let mut life = Life::awaiting();
    life.notify(&notification(PAYMENT, T0_MS).and("result_code", "FAIL"));
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn a_message_that_does_not_verify_prompts_one_query_and_a_flood_of_them_prompts_few() {
    let mut life = Life::awaiting();
    life.at(15 * SECOND);
    life.give(Input::NotificationSuspected { raw: None });
    assert_eq!(life.calling(), Some(CallName::Query));
    life.answer(&state("NOTPAY").signed());
    for second in 16..(20 * 60) {
        life.at(second * SECOND);
        life.give(Input::NotificationSuspected { raw: None });
        if life.call.is_some() {
            life.answer(&state("NOTPAY").signed());
        }
    }
    let noted = life.events.iter().filter(|event| event.who == Who::Stranger).count();
    assert!(noted <= 8, "{noted} rows written for a stranger");
    assert!(life.called_at(CallName::Query).len() <= 8 + 8, "{:?}", life.called_at(CallName::Query));
}

#[test]
fn paid_is_never_undone() {
    let mut life = Life::paid();
    let state_then = life.state().clone();
    life.at(6 * MINUTE);
    life.give(Input::QueryRequested);
    life.answer(&state("CLOSED").signed());
    assert!(life.try_give(Input::CancelRequested { by: Who::Shopper }).is_err());
    life.at(40 * MINUTE).give(Input::AlarmFired);
    life.notify(&notification(PAYMENT, T0_MS).and("total_fee", 1));
    assert_eq!(*life.state(), state_then);
    assert!(matches!(life.state(), State::Paid { .. }));
}

#[test]
fn every_payment_that_could_not_be_read_is_asked_for_again() {
    for body in [
        String::new(),
        "<html><body>502 Bad Gateway</body></html>".into(),
        paid(PAYMENT, T0_MS).unsigned(),
        paid(PAYMENT, T0_MS).signed_with(&wire::v2::ApiKey::new(&"0".repeat(32)).unwrap()),
        paid(PAYMENT, T0_MS).signed().replace("</xml>", ""),
    ] {
        let mut life = Life::watched();
        life.sleep_until_call();
        life.answer(&body);
        assert_eq!(life.status(), PageStatus::AwaitingPayment, "{body}");
        life.sleep_until_call();
        assert_eq!(life.elapsed(), 20 * SECOND, "ten seconds after the answer that could not be read");
        life.answer(&paid(PAYMENT, T0_MS).signed());
        assert_eq!(life.status(), PageStatus::Paid);
    }
}

#[test]
fn a_query_whose_maker_died_is_noticed_at_its_deadline_and_repeated() {
    let mut life = Life::watched();
    life.sleep_until_call();
    let lost = life.call.take().unwrap();
    life.sleep_until_call();
    assert_eq!(life.elapsed(), 40 * SECOND, "given up after 20 s, and repeated 10 s later");
    // The lost query's outcome comes late. It is ignored, even if it is good news.
    let outcome = lost.call.read(paid(PAYMENT, T0_MS).signed().as_bytes(), &crate::wechat::key());
    life.give(Input::Answered { attempt: lost.attempt, outcome, raw: None });
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
    life.answer(&paid(PAYMENT, T0_MS).signed());
    assert_eq!(life.status(), PageStatus::Paid);
}

#[test]
fn a_query_without_a_connection_goes_to_the_next_host() {
    let mut life = Life::watched();
    life.sleep_until_call();
    assert_eq!(life.call.as_ref().unwrap().host_index, 0);
    life.fail(Failure::NoConnection);
    life.sleep_until_call();
    assert_eq!(life.call.as_ref().unwrap().host_index, 1);
}

#[test]
fn a_shopper_whose_payment_does_not_fit_is_never_told_that_nothing_was_charged() {
    for mismatch in
        [paid(PAYMENT, T0_MS).and("trade_type", "JSAPI"), paid(PAYMENT, T0_MS).and("total_fee", 1)]
    {
        let mut life = Life::watched();
        life.sleep_until_call();
        life.answer(&mismatch.signed());
        assert_eq!(life.status(), PageStatus::Failed);
        assert_eq!(life.order.view(life.now_ms).notices, [Notice::UnderReview]);
    }
}
