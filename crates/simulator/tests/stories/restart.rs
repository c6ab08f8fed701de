//! What survives a restart.

use simulator::gateway::{Call, Gateway, Merchant, Switches};

use crate::shop::{APPID, KEY, MCH_ID, Shop};

#[test]
fn orders_and_notifications_under_way_survive_a_restart() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.order("A2");
    assert_eq!(shop.gateway.due(shop.now_ms).len(), 1); // under way when the program stops
    let saved = shop.gateway.save().unwrap();
    assert!(!saved.contains(KEY));

    shop.gateway = Gateway::new(vec![Merchant::new(APPID, MCH_ID, KEY).unwrap()], Switches::default(), 99);
    shop.gateway.load(shop.now_ms, &saved).unwrap();
    assert_eq!(shop.query("A1")["trade_state"], "SUCCESS");
    assert_eq!(shop.query("A2")["trade_state"], "NOTPAY");
    assert_eq!(shop.receive().len(), 1);
}

#[test]
fn a_state_of_another_version_is_refused() {
    let mut shop = Shop::new();
    let saved = shop.gateway.save().unwrap().replacen(r#""version":1"#, r#""version":2"#, 1);
    assert!(shop.gateway.load(shop.now_ms, &saved).unwrap_err().contains("version 2"));
}

#[test]
fn a_state_saved_before_second_payments_is_still_read() {
    let mut shop = Shop::new();
    let paid = shop.paid_order("A1");
    shop.refund_with("A1", "R1", "3300", &[]);
    let mut saved: serde_json::Value = serde_json::from_str(&shop.gateway.save().unwrap()).unwrap();
    let trade = &mut saved["books"]["trades"][0];
    let refund = trade["refunds"][0].as_object_mut().unwrap();
    assert!(refund.remove("transaction_id").is_some() && refund.remove("source").is_some());
    assert!(trade["progress"]["Paid"][0].as_object_mut().unwrap().remove("promotion").is_some());
    shop.gateway.load(shop.now_ms, &saved.to_string()).unwrap();
    assert_eq!(shop.query("A1")["trade_state"], "REFUND");
    let found = shop.call(Call::RefundQuery, &[("out_refund_no", "R1")]);
    assert_eq!(found["transaction_id"], paid.transaction_id);
}

#[test]
fn a_state_has_the_names_that_earlier_versions_wrote() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.refund_with("A1", "R1", "100", &[]);
    let saved: serde_json::Value = serde_json::from_str(&shop.gateway.save().unwrap()).unwrap();
    let names =
        |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(&saved), ["books", "mint", "post", "version"]);
    assert_eq!(names(&saved["mint"]), ["state"]);
    assert_eq!(names(&saved["post"]), ["notifications"]);
    assert_eq!(names(&saved["books"]), ["by_code", "by_number", "by_refund", "by_transaction", "trades"]);
    assert_eq!(names(&saved["books"]["trades"][0]["refunds"][0]["course"]), ["SucceedsAt"]);
}
