//! Closing an unpaid order.

use simulator::gateway::CodeState;

use crate::shop::{MINUTE_MS, Shop};

#[test]
fn an_order_closes_after_five_minutes_and_its_code_dies() {
    let mut shop = Shop::new();
    let code = shop.order("A1");
    shop.later(5 * MINUTE_MS - 1);
    assert_eq!(shop.close("A1")["err_code"], "TRADE_STATE_ERROR");
    shop.later(1);
    let answer = shop.close("A1");
    assert_eq!((answer["result_code"].as_str(), answer["result_msg"].as_str()), ("SUCCESS", "OK"));
    assert_eq!(shop.query("A1")["trade_state"], "CLOSED");
    assert_eq!(shop.gateway.pay(shop.now_ms, &code, "me").unwrap_err().state, CodeState::Closed);
    assert_eq!(shop.close("A1")["err_code"], "ORDERCLOSED");
}

#[test]
fn in_the_other_documented_reading_an_order_may_be_closed_at_once() {
    let mut shop = Shop::with(r#"{"early-close":"allowed"}"#);
    shop.order("A1");
    assert_eq!(shop.close("A1")["result_code"], "SUCCESS");
}

#[test]
fn a_paid_order_and_an_unknown_one_do_not_close() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.later(6 * MINUTE_MS);
    assert_eq!(shop.close("A1")["err_code"], "ORDERPAID");
    assert_eq!(shop.close("A2")["err_code"], "ORDERNOTEXIST");
}

#[test]
fn a_shopper_who_pays_while_the_merchant_closes_has_paid() {
    let mut shop = Shop::with(r#"{"faults":[{"name":"paid-before-close","times":1}]}"#);
    shop.order("A1");
    shop.later(6 * MINUTE_MS);
    assert_eq!(shop.close("A1")["err_code"], "ORDERPAID");
    assert_eq!(shop.query("A1")["trade_state"], "SUCCESS");
    assert_eq!(shop.receive().len(), 1);
}
