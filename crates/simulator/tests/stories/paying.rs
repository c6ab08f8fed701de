//! From placing an order to its notification.

use simulator::gateway::{CodeState, Receipt, Standing, TradeState};
use wire::v2::{Fields, SignType};

use crate::shop::{HOUR_MS, MINUTE_MS, Shop, key};

#[test]
fn an_order_is_placed_scanned_paid_notified_and_found_by_a_query() {
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        let mut shop = Shop::new();
        shop.sign_type = sign_type;
        let code = shop.order_with("A1", &[("attach", "cart:42")])["code_url"].clone();
        assert_eq!(shop.query("A1")["trade_state"], "NOTPAY");

        let scan = shop.gateway.scan(shop.now_ms, &code, "me");
        assert_eq!((scan.state, scan.merchant.as_deref()), (CodeState::Payable, Some("Example Tea House")));
        assert_eq!((scan.amount.unwrap().minor, scan.cny.unwrap().minor), (8800, 8096));

        let paid = shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
        let notifications = shop.receive();
        assert_eq!(notifications.len(), 1);
        let fields = Fields::parse(notifications[0].as_bytes()).unwrap();
        fields.verify(sign_type, &key()).unwrap();
        for (name, value) in [
            ("transaction_id", paid.transaction_id.as_str()),
            ("out_trade_no", "A1"),
            ("attach", "cart:42"),
            ("total_fee", "8800"),
            ("fee_type", "HKD"),
            ("cash_fee", "8096"),
            ("rate_value", "92000000"),
            ("time_end", "20260301120000"),
            ("trade_type", "NATIVE"),
        ] {
            assert_eq!(fields.get(name), Some(value), "{name}");
        }
        let queried = shop.query("A1");
        assert_eq!((queried["trade_state"].as_str(), queried["rate"].as_str()), ("SUCCESS", "92000000"));
        assert_eq!(queried["transaction_id"], paid.transaction_id);
    }
}

#[test]
fn a_notification_that_verifies_is_a_verified_notification_for_the_client() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let body = shop.receive().remove(0);
    let unverified = wire::v2::notification::Unverified::parse(body.as_bytes()).unwrap();
    let verified = unverified.verify(SignType::HmacSha256, &[&key()]).unwrap();
    assert!(verified.payment().is_some());
}

#[test]
fn a_code_that_was_paid_cannot_be_paid_again() {
    let mut shop = Shop::new();
    let code = shop.order("A1");
    shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    assert_eq!(shop.gateway.pay(shop.now_ms, &code, "me").unwrap_err().state, CodeState::Paid);
    assert_eq!(shop.receive().len(), 1);
}

#[test]
fn a_code_expires_after_two_hours_and_earlier_by_time_expire() {
    let mut shop = Shop::new();
    let plain = shop.order("A1");
    let short = shop.order_with("A2", &[("time_expire", "20260301123000")])["code_url"].clone();
    shop.later(30 * MINUTE_MS);
    assert_eq!(shop.gateway.scan(shop.now_ms, &short, "me").state, CodeState::Payable);
    shop.later(1);
    assert_eq!(shop.gateway.scan(shop.now_ms, &short, "me").state, CodeState::Expired);
    assert_eq!(shop.query("A2")["trade_state"], "NOTPAY");
    shop.later(2 * HOUR_MS);
    assert_eq!(shop.gateway.pay(shop.now_ms, &plain, "me").unwrap_err().state, CodeState::Expired);
}

#[test]
fn a_time_expire_in_the_past_is_silently_moved_to_a_minute_from_now() {
    let mut shop = Shop::new();
    let code = shop.order_with("A1", &[("time_expire", "20260301110000")])["code_url"].clone();
    shop.later(MINUTE_MS);
    assert_eq!(shop.gateway.scan(shop.now_ms, &code, "me").state, CodeState::Payable);
    shop.later(1);
    assert_eq!(shop.gateway.scan(shop.now_ms, &code, "me").state, CodeState::Expired);
}

#[test]
fn a_second_account_that_scans_the_code_is_turned_away() {
    let mut shop = Shop::new();
    let code = shop.order("A1");
    shop.gateway.scan(shop.now_ms, &code, "me");
    assert_eq!(shop.gateway.pay(shop.now_ms, &code, "friend").unwrap_err().state, CodeState::OtherAccount);
    assert!(shop.gateway.pay(shop.now_ms, &code, "me").is_ok());
}

#[test]
fn a_bank_that_refuses_leaves_a_dead_order_and_no_notification() {
    let mut shop = Shop::new();
    let code = shop.order("A1");
    assert_eq!(shop.gateway.refuse(shop.now_ms, &code, "me").state, CodeState::Failed);
    assert_eq!(shop.query("A1")["trade_state"], "PAYERROR");
    assert_eq!(shop.gateway.pay(shop.now_ms, &code, "me").unwrap_err().state, CodeState::Failed);
    assert!(shop.receive().is_empty());
}

#[test]
fn a_text_that_is_not_a_code_of_this_gateway_is_unknown() {
    let mut shop = Shop::new();
    let scan = shop.gateway.scan(shop.now_ms, "weixin://wxpay/bizpayurl?pr=elsewhere", "me");
    assert_eq!((scan.state, scan.merchant), (CodeState::Unknown, None));
}

#[test]
fn an_unpaid_order_closes_by_itself_after_seven_days() {
    let mut shop = Shop::new();
    shop.order("A1");
    shop.later(7 * 24 * HOUR_MS - 1);
    assert_eq!(shop.state("A1"), TradeState::NotPay);
    shop.later(1);
    assert_eq!(shop.state("A1"), TradeState::Closed);
}

#[test]
fn a_notification_is_repeated_until_the_merchant_replies_success_in_time() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let first = shop.gateway.due(shop.now_ms).remove(0);
    let failed = Receipt::Replied { status: 500, body: Vec::new(), took_ms: 3 };
    shop.gateway.delivered(shop.now_ms, first.notification, &failed);
    assert_eq!(shop.gateway.next_due_at_ms(), Some(shop.now_ms + 15_000));
    shop.later(15_000);
    assert_eq!(shop.receive().len(), 1);
    assert_eq!(shop.gateway.next_due_at_ms(), None);
    assert_eq!(shop.gateway.notifications()[0].standing, Standing::Received);
}

#[test]
fn a_speed_divides_the_pauses_between_deliveries() {
    let mut shop = Shop::with(r#"{"notify-speed":60}"#);
    shop.paid_order("A1");
    let delivery = shop.gateway.due(shop.now_ms).remove(0);
    shop.gateway.delivered(shop.now_ms, delivery.notification, &Receipt::Nothing { why: String::new() });
    assert_eq!(shop.gateway.next_due_at_ms(), Some(shop.now_ms + 250));
}

#[test]
fn notifications_that_are_switched_off_leave_the_query_to_find_the_payment() {
    let mut shop = Shop::with(r#"{"notifications":"off"}"#);
    shop.paid_order("A1");
    assert!(shop.receive().is_empty());
    assert_eq!(shop.query("A1")["trade_state"], "SUCCESS");
}

#[test]
fn the_days_rates_can_be_set_and_an_order_keeps_the_rate_it_was_paid_at() {
    let mut shop = Shop::with(r#"{"rates":{"HKD":50000000}}"#);
    shop.paid_order("A1");
    shop.gateway.switch(simulator::gateway::Switches::default());
    let paid = shop.query("A1");
    assert_eq!((paid["cash_fee"].as_str(), paid["rate"].as_str()), ("4400", "50000000"));
}
