//! What goes wrong with answers of API v3.

use serde_json::{Value, json};
use simulator::gateway::Transmission;

use super::shop::Shop;
use crate::shop::{MCH_ID, MINUTE_MS};

const QUERY: &str = "/v3/global/transactions/out-trade-no/A1?mchid=1634117205";

#[test]
fn an_answer_whose_signature_is_wrong_in_one_way_had_its_effect_and_must_not_be_believed() {
    for fault in [
        "unsigned",
        "wrongly-signed",
        "body-changed",
        "stale",
        "early",
        "unknown-serial",
        "merchant-key",
        "stranger",
        "expired-certificate",
        "probe",
        "header-missing",
        "signature-type",
    ] {
        let mut shop = Shop::new();
        shop.fault(fault);
        let answer = shop.raw("POST", "/v3/global/transactions/native", &Shop::terms("A1").to_string());
        assert_eq!(answer.status, 200, "{fault}");
        assert!(!shop.is_signed(&answer.headers, &answer.body), "{fault}");
        if fault == "probe" {
            assert!(answer.headers["Wechatpay-Signature"].starts_with("WECHATPAY/SIGNTEST/"));
        }
        if fault == "body-changed" {
            assert!(answer.json()["code_url"].as_str().unwrap().contains("?pr=x"), "another code");
        }
        assert_eq!(shop.query("A1").json()["trade_state"], "NOTPAY", "{fault}: the order was placed");
    }
}

/// An expired certificate stays in the list while it signs: its dates alone tell.
#[test]
fn the_expired_certificate_is_listed_with_its_dates() {
    let mut shop = Shop::new();
    shop.fault("expired-certificate");
    let list = shop.raw("GET", "/v3/global/certificates", "");
    let expired = &list.json()["data"][1];
    assert_eq!(expired["serial_no"], list.serial());
    assert!(expired["expire_time"].as_str().unwrap() < "2025");
}

#[test]
fn refusals_have_the_status_and_the_code_of_api_v3_and_no_effect() {
    for (fault, status, code) in [
        ("system-error", 500, "SYSTEMERROR"),
        ("no-auth", 403, "NOAUTH"),
        ("rate-limited", 429, "RATELIMIT_EXCEEDED"),
        ("not-done", 202, "ACCEPTED"),
        ("refused", 400, "INVALID_REQUEST"),
        ("refused-merchant", 403, "NOAUTH"),
        ("refused-product", 403, "NOAUTH"),
        ("refused-frequency", 429, "FREQUENCY_LIMITED"),
        ("refused-busy", 503, "SERVICE_UNAVAILABLE"),
        ("refused-mch-id", 400, "MCH_NOT_EXISTS"),
        ("refused-xml", 400, "PARAM_ERROR"),
    ] {
        let mut shop = Shop::new();
        shop.fault(fault);
        let answer = shop.native(&Shop::terms("A1"));
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{fault}");
        assert!(shop.gateway.orders(shop.now_ms).is_empty(), "{fault}");
    }
    let mut shop = Shop::new();
    shop.fault("refused-signature");
    let answer = shop.raw("POST", "/v3/global/transactions/native", &Shop::terms("A1").to_string());
    assert_eq!((answer.status, answer.serial()), (401, ""));
}

#[test]
fn refunds_are_refused_as_often_as_the_fault_says() {
    for (fault, status, code) in [
        ("not-enough", 403, "NOTENOUGH"),
        ("not-enough-unsettled", 403, "NOTENOUGH"),
        ("bizerr-need-retry", 500, "BIZ_ERR_NEED_RETRY"),
        ("frequency-limited", 429, "FREQUENCY_LIMITED"),
        ("invalid-req-too-much", 429, "FREQUENCY_LIMITED"),
        ("user-account-abnormal", 403, "USER_ACCOUNT_ABNORMAL"),
        ("already-refunded", 400, "INVALID_REQUEST"),
        ("address-refused", 403, "NOAUTH"),
        ("order-not-ready", 400, "INVALID_REQUEST"),
        ("trade-overdue", 403, "TRADE_OVERDUE"),
        ("refund-fee-mismatch", 400, "REFUND_FEE_MISMATCH"),
    ] {
        let mut shop = Shop::new();
        shop.paid_order("A1");
        shop.fault(fault);
        let answer = shop.refund("A1", "R1", 100);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{fault}");
        assert_eq!(shop.refund("A1", "R1", 100).status, 200, "{fault}: the number is not spent");
    }
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.fault("not-enough-unsettled");
    let mut recharged = Shop::refund_terms("A1", "R1", 100);
    recharged["source"] = json!("REFUND_SOURCE_RECHARGE_FUNDS");
    assert_eq!(shop.call("POST", "/v3/global/refunds", &recharged).status, 200);
}

#[test]
fn a_refund_that_is_too_fast_may_have_been_accepted_all_the_same() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.fault("rate-limited-accepted");
    assert_eq!(shop.refund("A1", "R1", 100).status, 429);
    let found = shop.get(&format!("/v3/global/refunds/out-refund-no/R1?mchid={MCH_ID}"));
    assert_eq!(found.status, 200);
}

#[test]
fn a_query_may_not_see_the_order_yet_or_see_the_payer_at_it() {
    let mut shop = Shop::new();
    shop.order("A1");
    shop.fault("not-visible");
    assert_eq!(shop.query("A1").code(), "ORDERNOTEXIST");
    shop.fault("user-paying");
    let paying = shop.query("A1");
    assert_eq!((paying.status, paying.code().as_str()), (202, "USERPAYING"));
    assert_eq!(shop.query("A1").json()["trade_state"], "NOTPAY");
    shop.fault("no-certificate");
    assert_eq!(shop.query("A1").status, 200, "it strikes the list of certificates alone");
    assert_eq!(shop.raw("GET", "/v3/global/certificates", "").status, 404);
}

#[test]
fn the_connection_fails_as_in_api_v2() {
    let mut shop = Shop::new();
    for (fault, has_effect) in
        [("drop-before", false), ("html-502", false), ("drop-after", true), ("truncated", true)]
    {
        shop.fault(fault);
        let number = format!("C-{fault}");
        let answer = shop.raw("POST", "/v3/global/transactions/native", &Shop::terms(&number).to_string());
        assert!(
            answer.transmission == Transmission::Dropped
                || answer.status == 502
                || answer.json() == Value::Null,
            "{fault}"
        );
        assert_eq!(shop.gateway.order(shop.now_ms, &number).is_some(), has_effect, "{fault}");
    }
    shop.order("A1");
    shop.now_ms += 5 * MINUTE_MS;
    shop.fault("paid-before-close");
    assert_eq!(shop.close("A1").code(), "ORDERPAID");
}

#[test]
fn a_genuine_answer_may_be_about_something_else() {
    for (fault, pointer, value) in [
        ("another-order", "/out_trade_no", json!("ANOTHER-ORDER")),
        ("another-transaction", "/id", json!("4200009999202001010000000001")),
        ("another-amount", "/amount/total", json!(8801)),
        ("another-currency", "/amount/currency", json!("JPY")),
        ("another-merchant", "/mchid", json!("1999999999")),
        ("another-app", "/appid", json!("wx0000000000000000")),
        ("another-order-paid", "/out_trade_no", json!("ANOTHER-ORDER")),
        ("without-bank-type", "/bank_type", Value::Null),
    ] {
        let mut shop = Shop::new();
        shop.paid_order("A1");
        shop.fault(fault);
        let answer = shop.raw("GET", QUERY, "");
        assert!(shop.is_signed(&answer.headers, &answer.body), "{fault}");
        assert_eq!(answer.json().pointer(pointer).cloned().unwrap_or_default(), value, "{fault}");
    }
    for (fault, pointer, value) in [
        ("another-refund", "/out_refund_no", json!("ANOTHER-REFUND")),
        ("another-refund", "/id", json!("50300999992020010100000000001")),
        ("another-refund-amount", "/amount/refund", json!(99)),
    ] {
        let mut shop = Shop::new();
        shop.paid_order("A1");
        shop.fault(fault);
        assert_eq!(shop.refund("A1", "R1", 100).json().pointer(pointer), Some(&value), "{fault}");
    }
    let mut shop = Shop::with(
        r#"{"field-order":"shuffled","left-out":["payer_total","attach"],"extra-fields":"present","faults":[]}"#,
    );
    shop.paid_order("A1");
    let found = shop.query("A1").json();
    let texts: Vec<Vec<u8>> = (0..8).map(|_| shop.query("A1").body).collect();
    assert!(texts.iter().any(|text| *text != texts[0]), "the order of names varies");
    assert!(found["amount"].get("payer_total").is_none() && found.get("unknown_field").is_some());
}
