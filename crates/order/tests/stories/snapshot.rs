//! The stored form of an order, as exact text: whatever changes it must say so here.

use order::{Input, Order, RefundOrder, SnapshotError};
use wire::OutRefundNo;

use crate::life::{Life, SECOND};
use crate::wechat::hkd;

/// The terms, which every stored order begins with.
const TERMS: &str = concat!(
    r#"{"v":1,"order":{"terms":{"out_trade_no":"HK20260301A0001","#,
    r#""merchant":{"appid":"wx5c1f9e2a7d3b6048","mch_id":"1634117205"},"sign_type":"HMAC-SHA256","#,
    r#""amount":{"minor":8800,"currency":"HKD"},"description":"Example Tea House - gift set","#,
    r#""product_id":"tea-gift-set","spbill_create_ip":"203.0.113.10","#,
    r#""notify_url":"https://pay.example.com/notify/wechat","request_fingerprint":"c0ffee","#,
    r#""time_expire_at_ms":1772339400000},"made_at_ms":1772337600000,"#,
);

#[test]
fn an_order_that_is_being_placed_is_stored_with_its_exact_request() {
    assert_eq!(
        Life::placing().order.save().unwrap(),
        [TERMS, include_str!("stored/placing.json").trim_end()].concat()
    );
}

#[test]
fn an_order_that_awaits_payment_is_stored_in_this_form() {
    let mut life = Life::awaiting();
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
    let saved = Life::placing().order.save().unwrap().replace(r#"{"v":1,"#, r#"{"v":2,"#);
    assert!(matches!(Order::load(&saved), Err(SnapshotError::UnknownVersion { found: 2 })));
}

#[test]
fn a_field_of_a_later_program_does_not_hinder_reading() {
    let saved = Life::placing().order.save().unwrap().replace(r#""made_at_ms""#, r#""new":[1],"made_at_ms""#);
    assert!(Order::load(&saved).is_ok());
}

#[test]
fn damaged_storage_is_an_error_and_not_a_panic() {
    let saved = Life::paid().order.save().unwrap();
    for cut in 0..saved.len() {
        assert!(Order::load(&saved[..cut]).is_err());
    }
}
