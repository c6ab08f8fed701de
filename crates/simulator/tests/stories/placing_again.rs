//! Placing an order again under the same number.

use simulator::gateway::CodeState;

use crate::shop::{HOUR_MS, MINUTE_MS, Shop};

#[test]
fn the_same_order_again_gives_the_same_code_while_it_is_young_and_then_a_new_one() {
    let mut shop = Shop::new();
    let first = shop.order("A1");
    shop.later(MINUTE_MS);
    assert_eq!(shop.order("A1"), first);
    shop.later(2 * HOUR_MS);
    let second = shop.order("A1");
    assert_ne!(second, first);
    assert_eq!(shop.gateway.scan(shop.now_ms, &second, "me").state, CodeState::Payable);
}

#[test]
fn in_the_other_documented_reading_a_new_code_replaces_the_old_one() {
    let mut shop = Shop::with(r#"{"reentry":"new-code"}"#);
    let (first, second) = (shop.order("A1"), shop.order("A1"));
    assert_eq!(shop.gateway.scan(shop.now_ms, &first, "me").state, CodeState::Expired);
    assert_eq!(shop.gateway.scan(shop.now_ms, &second, "me").state, CodeState::Payable);
}

#[test]
fn the_same_number_with_another_price_is_refused_in_either_of_the_two_ways() {
    let mut shop = Shop::new();
    shop.order("A1");
    let answer = shop.order_with("A1", &[("total_fee", "1")]);
    assert_eq!(
        (answer["err_code"].as_str(), answer["err_code_des"].as_str()),
        ("INVALID_REQUEST", "201 商户订单号重复")
    );

    let mut shop = Shop::with(r#"{"mismatch":"out-trade-no-used"}"#);
    shop.order("A1");
    assert_eq!(shop.order_with("A1", &[("total_fee", "1")])["err_code"], "OUT_TRADE_NO_USED");
}

#[test]
fn a_new_nonce_makes_no_difference() {
    let mut shop = Shop::new();
    let first = shop.order("A1");
    assert_eq!(shop.order_with("A1", &[("nonce_str", "another")])["code_url"], first);
}

#[test]
fn a_number_that_is_paid_closed_or_expired_cannot_be_used_again() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.order("A2");
    shop.order_with("A3", &[("time_expire", "20260301121000")]);
    shop.later(11 * MINUTE_MS);
    shop.close("A2");
    assert_eq!(shop.order_with("A1", &[])["err_code"], "ORDERPAID");
    assert_eq!(shop.order_with("A2", &[])["err_code"], "ORDERCLOSED");
    let expired = shop.order_with("A3", &[("time_expire", "20260301121000")]);
    assert_eq!(expired["err_code"], "INVALID_REQUEST");
}
