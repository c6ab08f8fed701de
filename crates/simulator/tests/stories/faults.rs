//! Stories about faults and switches, and the test that each of them has a story.

use simulator::gateway::{Call, TradeState, Transmission};
use wire::v2::{Fields, SignType};

use crate::shop::{Answer, Shop, key, map};

pub(crate) fn with_fault(fault: &str) -> Shop {
    Shop::with(&format!(r#"{{"faults":[{fault}]}}"#))
}

pub(crate) fn order_body(shop: &Shop, number: &str) -> String {
    let fields = [
        ("body", "tea"),
        ("out_trade_no", number),
        ("total_fee", "8800"),
        ("fee_type", "HKD"),
        ("spbill_create_ip", "203.0.113.10"),
        ("notify_url", "https://pay.example.com/notify"),
        ("trade_type", "NATIVE"),
        ("product_id", "SKU-88"),
    ];
    shop.message(&fields).to_xml()
}

/// The first reply, whether the order exists after it, and what the same call answers the second time.
pub(crate) fn sent_twice(fault: &str) -> (simulator::gateway::Reply, bool, Answer) {
    let mut shop = with_fault(fault);
    let body = order_body(&shop, "A1");
    let first = shop.send(Call::UnifiedOrder, &body);
    let has_effect = shop.gateway.order(shop.now_ms, "A1").is_some();
    let second = shop.send(Call::UnifiedOrder, &body);
    (first, has_effect, map(&Fields::parse(&second.body).unwrap()))
}

#[test]
fn an_answer_dropped_before_the_effect_leaves_no_order() {
    let (first, has_effect, second) = sent_twice(r#"{"name":"drop-before","times":1}"#);
    assert_eq!(
        (first.transmission, has_effect, second["result_code"].as_str()),
        (Transmission::Dropped, false, "SUCCESS")
    );
}

#[test]
fn an_answer_dropped_after_the_effect_leaves_an_order_that_can_be_repeated() {
    let (first, has_effect, second) = sent_twice(r#"{"name":"drop-after","times":1}"#);
    assert_eq!(
        (first.transmission, has_effect, second["result_code"].as_str()),
        (Transmission::Dropped, true, "SUCCESS")
    );
}

#[test]
fn a_truncated_answer_cannot_be_read_but_the_call_took_effect() {
    let (first, has_effect, _) = sent_twice(r#"{"name":"truncated","times":1}"#);
    assert!(Fields::parse(&first.body).is_err());
    assert!(has_effect);
}

#[test]
fn a_system_error_has_no_effect_and_goes_away() {
    let (first, has_effect, second) = sent_twice(r#"{"name":"system-error","times":1}"#);
    assert!(String::from_utf8(first.body).unwrap().contains("SYSTEMERROR"));
    assert_eq!((has_effect, second["result_code"].as_str()), (false, "SUCCESS"));
}

#[test]
fn an_unsigned_and_a_wrongly_signed_answer_do_not_verify() {
    let (unsigned, _, _) = sent_twice(r#"{"name":"unsigned","times":1}"#);
    assert_eq!(Fields::parse(&unsigned.body).unwrap().get("sign"), None);
    let (wrong, _, _) = sent_twice(r#"{"name":"wrongly-signed","times":1}"#);
    assert!(Fields::parse(&wrong.body).unwrap().verify(SignType::HmacSha256, &key()).is_err());
}

#[test]
fn a_slow_answer_is_held_back_as_long_as_the_fault_says() {
    let (first, _, _) = sent_twice(r#"{"name":"slow","delay-ms":8000,"times":1}"#);
    assert_eq!(first.hold_ms, 8000);
}

#[test]
fn an_order_that_is_not_visible_yet_does_not_exist_for_the_first_queries() {
    let mut shop = with_fault(r#"{"name":"not-visible","times":2}"#);
    shop.order("A1");
    assert_eq!(shop.query("A1")["err_code"], "ORDERNOTEXIST");
    assert_eq!(shop.query("A1")["err_code"], "ORDERNOTEXIST");
    assert_eq!(shop.query("A1")["trade_state"], "NOTPAY");
}

#[test]
fn a_stuck_refund_never_ends_a_closed_one_leaves_the_order_paid_and_a_card_may_refuse_the_money() {
    for (fault, status, state) in [
        ("refund-stuck", "PROCESSING", TradeState::Refund),
        ("refund-closed", "REFUNDCLOSE", TradeState::Success),
        ("refund-change", "CHANGE", TradeState::Refund),
    ] {
        let mut shop = with_fault(&format!(r#"{{"name":"{fault}"}}"#));
        shop.paid_order("A1");
        shop.refund_with("A1", "R1", "100", &[]);
        shop.later(30 * crate::shop::DAY_MS);
        let queried = shop.call(Call::RefundQuery, &[("out_refund_no", "R1")]);
        assert_eq!((queried["refund_status_0"].as_str(), shop.state("A1")), (status, state));
    }
}

#[test]
fn a_shopper_may_be_quicker_than_the_answer() {
    let mut shop = with_fault(r#"{"name":"paid-before-answer","times":1}"#);
    let body = order_body(&shop, "A1");
    let reply = shop.send(Call::UnifiedOrder, &body);
    assert!(reply.hold_ms > 0);
    assert_eq!(shop.receive().len(), 1);
    assert_eq!(shop.state("A1"), TradeState::Success);
}

#[test]
fn a_second_payment_has_its_own_number_and_its_own_notification() {
    let mut shop = with_fault(r#"{"name":"second-payment","times":1}"#);
    let paid = shop.paid_order("A1");
    let ids: Vec<String> = shop
        .receive()
        .iter()
        .map(|body| Fields::parse(body.as_bytes()).unwrap().get("transaction_id").unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(shop.query("A1")["transaction_id"], paid.transaction_id);
    let second = shop.call(Call::QueryOrder, &[("transaction_id", &ids[1])]);
    assert_eq!(second["transaction_id"], ids[1]);
}

#[test]
fn a_lost_notification_is_repeated_after_the_usual_pause() {
    let mut shop = with_fault(r#"{"name":"notification-lost","times":1}"#);
    shop.paid_order("A1");
    assert!(shop.receive().is_empty());
    shop.later(15_000);
    assert_eq!(shop.receive().len(), 1);
}

#[test]
fn a_notification_may_come_twice_at_once_or_late() {
    let mut shop = with_fault(r#"{"name":"notification-twice","times":1}"#);
    shop.paid_order("A1");
    let both = shop.receive();
    assert_eq!((both.len(), both[0] == both[1]), (2, true));

    let mut shop = with_fault(r#"{"name":"notification-late","delay-ms":60000,"times":1}"#);
    shop.paid_order("A1");
    assert!(shop.receive().is_empty());
    shop.later(60_000);
    assert_eq!(shop.receive().len(), 1);
}

#[test]
fn hostile_notifications_are_wrong_in_exactly_one_way() {
    for (fault, field, expected, verifies) in [
        ("notification-wrongly-signed", "total_fee", "8800", false),
        ("notification-wrong-amount", "total_fee", "1", true),
        ("notification-wrong-currency", "fee_type", "JPY", true),
        ("notification-wrong-merchant", "mch_id", "1999999999", true),
        ("notification-unknown-order", "out_trade_no", "NOBODY-PLACED-THIS", true),
    ] {
        let mut shop = with_fault(&format!(r#"{{"name":"{fault}","times":1}}"#));
        shop.paid_order("A1");
        let body = shop.receive().remove(0);
        let fields = Fields::parse(body.as_bytes()).unwrap();
        assert_eq!(fields.get(field), Some(expected), "{fault}");
        assert_eq!(fields.verify(SignType::HmacSha256, &key()).is_ok(), verifies, "{fault}");
    }
}

#[test]
fn messages_vary_in_what_documents_leave_open() {
    let mut shop = Shop::with(
        r#"{"notify-sign-type":"hmac","rate-field":"rate","device-info":"absent","field-order":"shuffled","extra-fields":"present"}"#,
    );
    shop.paid_order("A1");
    let body = shop.receive().remove(0);
    let notification = Fields::parse(body.as_bytes()).unwrap();
    notification.verify(SignType::HmacSha256, &key()).unwrap();
    assert_eq!(
        (notification.get("sign_type"), notification.get("rate"), notification.get("rate_value")),
        (Some("HMAC-SHA256"), Some("92000000"), None)
    );
    assert!(notification.get("unknown_field").is_some());
    let queried = shop.query("A1");
    assert!(queried.contains_key("unknown_field") && !queried.contains_key("device_info"));
}

#[test]
fn every_fault_and_every_switch_has_a_story() {
    let stories = [
        include_str!("accounts.rs"),
        include_str!("another.rs"),
        include_str!("bills.rs"),
        include_str!("closing.rs"),
        include_str!("coupons.rs"),
        include_str!("faults.rs"),
        include_str!("pages.rs"),
        include_str!("paying.rs"),
        include_str!("placing_again.rs"),
        include_str!("refunding.rs"),
        include_str!("refusals.rs"),
        include_str!("v3/bills.rs"),
        include_str!("v3/faults.rs"),
        include_str!("v3/keys.rs"),
        include_str!("v3/notifications.rs"),
        include_str!("v3/orders.rs"),
    ]
    .concat();
    let tests: Vec<&str> = stories.split("#[test]\n").collect();
    let listed = include_str!("../../SWITCHES.md");
    let switches = serde_json::to_value(simulator::gateway::Switches::default()).unwrap();
    let switches = switches.as_object().unwrap().keys().map(String::as_str);
    let faults = simulator::gateway::FaultName::ALL.iter().map(|name| name.as_str());
    for name in switches.chain(faults) {
        let line = listed.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let test = line
            .and_then(|line| line.split('`').nth(3))
            .unwrap_or_else(|| panic!("SWITCHES.md lacks {name}"));
        let story = tests.iter().find(|story| story.starts_with(&format!("fn {test}()")));
        let story = story.unwrap_or_else(|| panic!("{test} is not there"));
        // The fault may be in a list of names.
        assert!(story.contains(&format!("\"{name}\"")), "{test} does not use {name}");
    }
}
