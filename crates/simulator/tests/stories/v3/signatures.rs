//! How a call is authorized, and in which order it is checked.

use serde_json::{Value, json};

use super::shop::{NOTIFY_URL, Shop};
use crate::shop::{APPID, MCH_ID};

const QUERY: &str = "/v3/global/transactions/out-trade-no/A1?mchid=1634117205";

/// A signature that lacks something, and the hint of the list of calls.
#[test]
fn a_wrong_signature_is_answered_unsigned_with_the_text_that_the_gateway_built_and_a_hint() {
    type Spoil = fn(String) -> String;
    let mistakes: [(Spoil, &str); 5] = [
        (|text| text.strip_suffix('\n').unwrap().to_owned(), "last line feed"),
        (|text| text.replace("?mchid=1634117205", ""), "the query was not signed"),
        (|text| text.replace("/v3/", "https://apihk.example.com/v3/"), "the host was signed"),
        (|text| text.replace("GET", "get"), "lower case"),
        (|text| format!("x{text}"), ""),
    ];
    for (spoil, hint) in mistakes {
        let mut shop = Shop::new();
        shop.headers.push(("Host".to_owned(), "apihk.example.com".to_owned()));
        let authorization = shop.authorization(("GET", QUERY, ""), &spoil);
        let answer = shop.send("GET", QUERY, "", Some(authorization));
        assert_eq!((answer.status, answer.code().as_str()), (401, "SIGN_ERROR"));
        assert!(answer.serial().is_empty(), "an answer to a call without a right signature is not signed");
        assert_eq!(answer.number(), "268443699");
        let information = &answer.json()["detail"]["sign_information"];
        assert_eq!((&information["method"], &information["url"]), (&json!("GET"), &json!(QUERY)));
        assert!(information["truncated_sign_message"].as_str().unwrap().starts_with("GET\n/v3/global/"));
        let exchange = shop.gateway.exchanges().next_back().unwrap().clone();
        let report = exchange.signature.unwrap();
        assert!(!report.verified && report.hint.unwrap_or_default().contains(hint), "{hint}");
    }
}

#[test]
fn a_body_that_was_not_signed_or_was_changed_does_not_verify() {
    let mut shop = Shop::new();
    let body = Shop::terms("A1").to_string();
    let native = "/v3/global/transactions/native";
    let cheaper = body.replace("8800", "1");
    let authorization = shop.authorization(("POST", native, &body), &|text| text);
    let answer = shop.send("POST", native, &cheaper, Some(authorization));
    assert_eq!((answer.status, answer.code().as_str()), (401, "SIGN_ERROR"));
    let authorization = shop.authorization(("POST", native, ""), &|text| text);
    assert_eq!(shop.send("POST", native, &body, Some(authorization)).status, 401);
    assert!(shop.gateway.orders(shop.now_ms).is_empty(), "nothing was placed");
}

#[test]
fn the_clock_of_a_call_may_be_five_minutes_off_and_not_a_second_more() {
    for (off_ms, status) in [(300_000, 404), (301_000, 401), (-300_000, 404), (-301_000, 401)] {
        let mut shop = Shop::new();
        let authorization = shop.authorization(("GET", QUERY, ""), &|text| text);
        shop.now_ms += off_ms;
        let answer = shop.send("GET", QUERY, "", Some(authorization));
        assert_eq!(answer.status, status, "{off_ms}");
    }
}

#[test]
fn an_authorization_that_is_malformed_or_a_strangers_says_what_is_wrong() {
    type Change = fn(String) -> String;
    let changes: [(Change, &str); 7] = [
        (|header| header.replace("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3"), "认证类型不正确"),
        (|header| header.replace("nonce_str", "nonce"), "nonce_str is missing"),
        (|header| header.replace("mchid=\"1634117205\"", "mchid=\"1600000001\""), "商户号不存在"),
        (|header| header.replace("serial_no=\"", "serial_no=\"00"), "序列号有误"),
        (|header| header.replace("timestamp=\"", "timestamp=\"+"), "timestamp格式错误"),
        (|header| format!("{header},mchid=\"1634117205\""), "格式错误"),
        (|header| header.replace("signature=\"", "signature=\"!"), "验签失败"),
    ];
    for (change, words) in changes {
        let mut shop = Shop::new();
        let authorization = change(shop.authorization(("GET", QUERY, ""), &|text| text));
        let answer = shop.send("GET", QUERY, "", Some(authorization));
        assert_eq!(answer.status, 401, "{words}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{message}");
    }
    let mut shop = Shop::new();
    assert_eq!(shop.send("GET", QUERY, "", None).status, 401);
}

#[test]
fn a_merchant_without_an_apiv3_key_is_told_so() {
    let mut shop = Shop::new();
    let authorization = shop.authorization(("GET", QUERY, ""), &|text| text);
    let merchant = simulator::gateway::Merchant::new(APPID, MCH_ID, crate::shop::KEY).unwrap();
    shop.gateway = simulator::gateway::Gateway::new(vec![merchant], Default::default(), 1);
    let answer = shop.send("GET", QUERY, "", Some(authorization));
    assert_eq!(answer.status, 401);
    assert!(answer.json()["message"].as_str().unwrap().contains("APIv3"));
}

#[test]
fn the_headers_that_every_call_needs_are_checked_before_its_signature() {
    for (without, field) in [("Accept", "Accept"), ("User-Agent", "User-Agent")] {
        let mut shop = Shop::new();
        shop.headers.retain(|(name, _)| name != without);
        let signed = shop.get(QUERY);
        assert_eq!((signed.status, signed.code().as_str()), (400, "PARAM_ERROR"));
        assert_eq!(signed.json()["detail"]["field"], field);
        let unsigned = shop.send("GET", QUERY, "", None);
        assert_eq!((unsigned.status, unsigned.serial()), (400, ""));
    }
    let mut shop = Shop::new();
    shop.headers.push(("Content-Type".to_owned(), "text/xml".to_owned()));
    let answer = shop.native(&Shop::terms("A1"));
    assert_eq!((answer.status, answer.json()["detail"]["field"].clone()), (400, json!("Content-Type")));
}

#[test]
fn a_body_is_one_json_object_without_null_and_without_characters_of_four_bytes() {
    let mut shop = Shop::new();
    let mut emoji = Shop::terms("A1");
    emoji["description"] = json!("tea 😀");
    let mut null = Shop::terms("A1");
    null["attach"] = Value::Null;
    for body in ["{", "[]", "1", "{}x", &emoji.to_string(), &null.to_string()] {
        let answer = shop.raw("POST", "/v3/global/transactions/native", body);
        assert_eq!((answer.status, answer.code().as_str()), (400, "PARAM_ERROR"), "{body}");
    }
}

#[test]
fn every_field_of_an_order_is_checked_and_the_wrong_one_is_named() {
    let wrong: [(&str, Value); 16] = [
        ("/description", json!("x".repeat(128))),
        ("/description", json!(7)),
        ("/attach", json!("x".repeat(128))),
        ("/out_trade_no", json!("A 1")),
        ("/out_trade_no", json!("x".repeat(33))),
        ("/notify_url", json!("https://pay.example.com/notify?a=1")),
        ("/trade_type", json!("PIGEON")),
        ("/merchant_category_code", json!("54990")),
        ("/merchant_category_code", json!("")),
        ("/amount/total", json!(0)),
        ("/amount/total", json!("8800")),
        ("/amount/total", json!(88.5)),
        ("/amount/total", json!(2_147_483_648_u64)),
        ("/time_expire", json!("20260301120000")),
        ("/limit_pay", json!("no_debit")),
        ("/mchid", json!("1600000001")),
    ];
    for (pointer, value) in wrong {
        let mut shop = Shop::new();
        let mut body = Shop::terms("A1");
        let (within, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(within).unwrap()[name] = value.clone();
        let answer = shop.native(&body);
        assert_eq!((answer.status, answer.code().as_str()), (400, "PARAM_ERROR"), "{pointer} {value}");
        assert_eq!(answer.json()["detail"]["field"], pointer, "{value}");
    }
    for pointer in [
        "/mchid",
        "/appid",
        "/description",
        "/out_trade_no",
        "/trade_type",
        "/notify_url",
        "/amount/currency",
    ] {
        let mut body = Shop::terms("A1");
        let (within, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(within).unwrap().as_object_mut().unwrap().remove(name);
        assert_eq!(Shop::new().native(&body).json()["detail"]["field"], pointer);
    }
}

#[test]
fn a_strange_app_a_strange_currency_and_the_other_edition_have_their_own_refusals() {
    let mut shop = Shop::new();
    let mut body = Shop::terms("A1");
    body["appid"] = json!("wx0000000000000000");
    let answer = shop.native(&body);
    assert_eq!(
        (answer.status, answer.code().as_str(), answer.number()),
        (400, "APPID_MCHID_NOT_MATCH", "268445527")
    );
    let mut body = Shop::terms("A1");
    body["amount"]["currency"] = json!("USD");
    assert_eq!(shop.native(&body).code(), "INVALID_REQUEST");
    let mainland = json!({
        "mchid": MCH_ID, "appid": APPID, "description": "Tea", "out_trade_no": "CN0001",
        "notify_url": NOTIFY_URL, "amount": { "total": 1 },
    });
    let overseas = shop.call("POST", "/v3/pay/transactions/native", &mainland);
    assert_eq!((overseas.status, overseas.number()), (403, "268501838"));
    assert_eq!(Shop::mainland("{}").native(&Shop::terms("A1")).code(), "NOAUTH");
    let unknown = shop.raw("GET", "/v3/global/nothing", "");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "NOT_FOUND"));
}
