//! The stored form of an order, as exact text. Every change of it must show here.

use order::{Input, Order, RefundOrder, SnapshotError, State, Terms};
use wire::OutRefundNo;

use crate::life::{Life, SECOND, T0_MS};
use crate::wechat::hkd;

/// The terms. Every stored order begins with them.
const TERMS: &str = concat!(
    r#"{"v":2,"order":{"terms":{"out_trade_no":"HK20260301A0001","#,
    r#""merchant":{"appid":"wx5c1f9e2a7d3b6048","mch_id":"1634117205"},"#,
    r#""dialect":{"api":"v2","sign_type":"HMAC-SHA256","product_id":"tea-gift-set","#,
    r#""spbill_create_ip":"203.0.113.10"},"amount":{"minor":8800,"currency":"HKD"},"#,
    r#""description":"Example Tea House - gift set","#,
    r#""notify_url":"https://pay.example.com/notify/wechat","request_fingerprint":"c0ffee","#,
    r#""time_expire_at_ms":1772339400000,"keep_ms":34560000000},"made_at_ms":1772337600000,"#,
);

/// The same, as version 1 stored them.
const TERMS_OF_VERSION_1: &str = concat!(
    r#"{"v":1,"order":{"terms":{"out_trade_no":"HK20260301A0001","#,
    r#""merchant":{"appid":"wx5c1f9e2a7d3b6048","mch_id":"1634117205"},"sign_type":"HMAC-SHA256","#,
    r#""amount":{"minor":8800,"currency":"HKD"},"description":"Example Tea House - gift set","#,
    r#""product_id":"tea-gift-set","spbill_create_ip":"203.0.113.10","#,
    r#""notify_url":"https://pay.example.com/notify/wechat","request_fingerprint":"c0ffee","#,
    r#""time_expire_at_ms":1772339400000},"made_at_ms":1772337600000,"#,
);

#[test]
fn an_order_being_placed_is_stored_with_every_value_of_its_request() {
    assert_eq!(
        Life::placing().order.save().unwrap(),
        [TERMS, include_str!("stored/placing.json").trim_end()].concat()
    );
}

#[test]
fn an_order_that_awaits_payment_is_stored_in_this_form() {
    let mut life = Life::watched();
    life.deliver_all();
    assert_eq!(life.order.save().unwrap(), [TERMS, include_str!("stored/awaiting.json").trim_end()].concat());
}

#[test]
fn a_paid_order_with_a_refund_is_stored_in_this_form() {
    let mut life = Life::paid();
    life.deliver_all();
    let refund = RefundOrder::new(OutRefundNo::new("R1").unwrap(), hkd(3000));
    life.at(20 * SECOND).give(Input::RefundRequested(refund));
    assert_eq!(
        life.order.save().unwrap(),
        [TERMS, include_str!("stored/refunding.json").trim_end()].concat()
    );
}

#[test]
fn what_is_stored_comes_back_as_it_was() {
    for life in [Life::placing(), Life::awaiting(), Life::paid()] {
        let saved = life.order.save().unwrap();
        assert_eq!(Order::load(&saved).unwrap(), life.order);
    }
}

#[test]
fn an_order_of_another_version_is_refused_with_its_version() {
    let saved = Life::placing().order.save().unwrap().replace(r#"{"v":2,"#, r#"{"v":3,"#);
    assert!(matches!(Order::load(&saved), Err(SnapshotError::UnknownVersion { found: 3 })));
}

#[test]
fn a_field_of_a_later_program_is_refused_since_writing_it_back_would_drop_it() {
    let saved = Life::placing().order.save().unwrap().replace(r#""made_at_ms""#, r#""new":[1],"made_at_ms""#);
    assert!(Order::load(&saved).is_err());
}

#[test]
fn orders_that_version_1_stored_go_on() {
    let load = |body: &str| Order::load(&[TERMS_OF_VERSION_1, body.trim_end()].concat()).unwrap();
    let placing = load(include_str!("stored/version-1/placing.json"));
    assert!(matches!(placing.state(), State::Placing { .. }));
    assert_eq!(placing.terms().keep_ms, Terms::DEFAULT_KEEP_MS);
    let awaiting = load(include_str!("stored/version-1/awaiting.json"));
    assert_eq!(awaiting.alarm_at_ms(), Some(T0_MS + 5 * SECOND));

    // A refund that version 1 sent keeps the number under which it was sent.
    let mut refunding = load(include_str!("stored/version-1/refunding.json"));
    let number = |order: &Order| order.refunds().next().unwrap().number_at_gateway().to_string();
    assert_eq!(number(&refunding), "R1");
    let effects = refunding.handle(T0_MS + 20 * SECOND, Input::Restarted).unwrap();
    assert_eq!(effects.alarm_at_ms, Some(T0_MS + 80 * SECOND), "it is repeated after a minute");
    let saved = refunding.save().unwrap();
    assert!(saved.starts_with(r#"{"v":2,"#));
    assert_eq!(number(&Order::load(&saved).unwrap()), "R1");
}

#[test]
fn exceptions_of_version_1_are_numbered_when_they_are_loaded() {
    let exceptions = concat!(
        r#""receipts":[],"exceptions":[{"kind":"paid_late","at_ms":1},{"kind":"paid_twice","at_ms":2}],"#,
        r#""refunds":{"all":[]},"#
    );
    let body = include_str!("stored/version-1/awaiting.json").replace(r#""refunds":{"all":[]},"#, exceptions);
    let order = Order::load(&[TERMS_OF_VERSION_1, body.trim_end()].concat()).unwrap();
    assert_eq!(order.exceptions().iter().map(|exception| exception.id).collect::<Vec<_>>(), [1, 2]);
    assert!(order.exceptions().iter().all(order::Exception::is_open));
}

#[test]
fn damaged_storage_is_an_error_and_not_a_panic() {
    let saved = Life::paid().order.save().unwrap();
    for cut in 0..saved.len() {
        assert!(Order::load(&saved[..cut]).is_err());
    }
}
