//! Notifications: sealed once, signed anew for each delivery.

use serde_json::{Value, json};

use super::shop::{KEY_V3, Shop, inside};
use crate::shop::MCH_ID;

#[test]
fn a_payment_is_told_sealed_and_signed_and_each_delivery_is_signed_anew() {
    let mut shop = Shop::new();
    let paid = shop.paid_order("A1");
    let first = shop.deliveries(500).remove(0);
    assert!(shop.is_signed_delivery(&first));
    assert_eq!(first.content_type, "application/json");
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(
        (&body["event_type"], &body["resource_type"]),
        (&json!("TRANSACTION.SUCCESS"), &json!("encrypt-resource"))
    );
    let told = inside(KEY_V3, &first.body).unwrap();
    assert_eq!(
        (&told["out_trade_no"], &told["id"], &told["mchid"]),
        (&json!("A1"), &json!(paid.transaction_id), &json!(MCH_ID))
    );
    assert_eq!(told, shop.query("A1").json());
    shop.now_ms += 15_000;
    let second = shop.deliveries(204).remove(0);
    assert!(shop.is_signed_delivery(&second));
    assert_eq!(first.body, second.body);
    assert_ne!(first.headers, second.headers);
    let timestamp = (shop.now_ms / 1000).to_string();
    assert!(second.headers.contains(&("Wechatpay-Timestamp", timestamp)), "with the time of this delivery");
    shop.now_ms += 60_000;
    assert!(shop.deliveries(200).is_empty(), "204 counts as received");
}

/// A fault of one delivery, and that the next one is right again.
#[test]
fn a_delivery_whose_signature_is_wrong_in_one_way_is_followed_by_a_right_one() {
    for fault in [
        "notification-wrongly-signed",
        "notification-probe",
        "notification-stale",
        "notification-unknown-serial",
        "notification-expired-certificate",
        "notification-merchant-key",
        "notification-stranger",
        "notification-header-missing",
        "notification-grafted",
        "notification-line-feed",
    ] {
        let mut shop = Shop::new();
        shop.fault(fault);
        shop.paid_order("A1");
        let wrong = shop.deliveries(401).remove(0);
        assert!(!shop.is_signed_delivery(&wrong), "{fault}");
        if fault == "notification-probe" {
            let (_, signature) =
                wrong.headers.iter().find(|(name, _)| *name == "Wechatpay-Signature").unwrap();
            assert!(signature.starts_with("WECHATPAY/SIGNTEST/"));
        }
        shop.now_ms += 15_000;
        let right = shop.deliveries(200).remove(0);
        assert!(shop.is_signed_delivery(&right), "{fault}");
    }
}

/// What is changed within a validly signed notification, and how one sees it.
#[test]
fn a_validly_signed_notification_may_be_about_something_else_or_not_open() {
    let whole = |body: &str| serde_json::from_str::<Value>(body).unwrap();
    type Sees = fn(&Value, Option<&Value>) -> bool;
    let faults: [(&str, Sees); 15] = [
        ("notification-wrong-amount", |_, inside| inside.unwrap()["amount"]["total"] == 1),
        ("notification-wrong-currency", |_, inside| inside.unwrap()["amount"]["currency"] == "JPY"),
        ("notification-wrong-merchant", |_, inside| inside.unwrap()["mchid"] == "1999999999"),
        ("notification-unknown-order", |_, inside| inside.unwrap()["out_trade_no"] == "NOBODY-PLACED-THIS"),
        ("notification-not-paid", |_, inside| inside.unwrap()["trade_state"] == "NOTPAY"),
        ("notification-amount-text", |_, inside| inside.unwrap()["amount"]["total"] == "8800"),
        ("notification-fraction", |_, inside| inside.unwrap()["amount"]["total"].is_f64()),
        ("notification-trade-type", |_, inside| inside.unwrap()["trade_type"] == "MICROPAY"),
        ("notification-other-key", |_, inside| inside.is_none()),
        ("notification-associated-data", |_, inside| inside.is_none()),
        ("notification-nonce-length", |body, inside| {
            inside.is_none() && body["resource"]["nonce"].as_str().unwrap().len() == 16
        }),
        ("notification-algorithm", |body, _| body["resource"]["algorithm"] != "AEAD_AES_256_GCM"),
        ("notification-event-type", |body, _| {
            body["event_type"] == "REFUND.SUCCESS" && body["resource"]["original_type"] == "transaction"
        }),
        ("without-openid", |_, inside| inside.unwrap().get("payer").is_none()),
        ("without-fee-type", |_, inside| inside.unwrap()["amount"].get("currency").is_none()),
    ];
    for (fault, sees) in faults {
        let mut shop = Shop::new();
        let code = shop.order("A1");
        shop.fault(fault);
        shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
        let told = shop.deliveries(200).remove(0);
        assert!(shop.is_signed_delivery(&told), "{fault}");
        let inside = inside(KEY_V3, &told.body);
        assert!(sees(&whole(&told.body), inside.as_ref()), "{fault}");
        let mut genuine = Shop::new();
        genuine.paid_order("A1");
        let told = genuine.deliveries(200).remove(0);
        let inside = super::shop::inside(KEY_V3, &told.body).unwrap();
        assert!(!sees(&whole(&told.body), Some(&inside)), "{fault}: the genuine one has it, too");
    }
}

#[test]
fn every_hostile_message_is_wrong_in_its_signature_or_its_content() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let genuine = shop.deliveries(200).remove(0);
    let genuine = inside(KEY_V3, &genuine.body).unwrap();
    let (url, messages) = shop.gateway.hostile_v3(shop.now_ms, "A1").unwrap();
    assert_eq!(url, super::shop::NOTIFY_URL);
    let names: Vec<&str> = messages.iter().map(|message| message.name).collect();
    for expected in [
        "probe",
        "other-apiv3-key",
        "associated-data",
        "nonce-length",
        "other-algorithm",
        "grafted-body",
        "stale",
        "wrong-amount",
        "wrong-merchant",
        "amount-text",
        "event-type",
        "header-missing",
        "not-paid",
        "line-feed-added",
        "stranger",
        "amount-fraction",
        "other-trade-type",
    ] {
        assert!(names.contains(&expected), "{expected}");
    }
    for message in messages {
        let headers =
            message.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let is_signed = shop.is_signed(&headers, &message.body);
        let body = String::from_utf8(message.body).unwrap();
        let whole: Value = serde_json::from_str(&body).unwrap_or_default();
        let is_usual = whole["event_type"] == "TRANSACTION.SUCCESS"
            && whole["resource"]["algorithm"] == "AEAD_AES_256_GCM";
        let is_genuine = inside(KEY_V3, &body).is_some_and(|inside| inside == genuine);
        let is_short = body.len() < 64 * 1024;
        assert!(!(is_signed && is_usual && is_genuine && is_short), "{} is genuine", message.name);
    }
    assert!(shop.gateway.hostile_v3(shop.now_ms, "NOBODY").is_none());
}
