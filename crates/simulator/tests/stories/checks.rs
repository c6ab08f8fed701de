//! Which calls are refused, in which order, and in which of the two ways.

use simulator::gateway::{Call, Request};
use wire::v2::{Fields, Message};

use crate::shop::{Answer, Shop, key, map};

/// The text of an answer that must be unsigned, because the call was not processed.
fn not_processed(shop: &mut Shop, method: &str, body: &[u8]) -> String {
    let request = Request { method, body, client_certificate: true };
    let reply = shop.gateway.call(shop.now_ms, Call::QueryOrder, &request);
    let answer: Answer = map(&Fields::parse(&reply.body).unwrap());
    assert_eq!(
        (answer["return_code"].as_str(), answer.get("sign"), answer.get("result_code")),
        ("FAIL", None, None)
    );
    answer["return_msg"].clone()
}

#[test]
fn calls_are_checked_from_the_method_to_the_signature_and_the_first_fault_is_named() {
    let mut shop = Shop::new();
    let signed = shop.message(&[("out_trade_no", "A1")]).to_xml();
    let changed = |from: &str, to: &str| signed.replace(from, to);
    for (method, body, expected) in [
        ("GET", signed.clone().into_bytes(), "请使用post方法"),
        ("POST", Vec::new(), "post数据为空"),
        ("POST", vec![b' '; 65 * 1024], "post数据过长"),
        ("POST", b"<xml><a>\xff</a></xml>".to_vec(), "编码格式错误"),
        ("POST", b"{\"appid\":1}".to_vec(), "XML格式错误"),
        ("POST", b"<xml><mch_id>1634117205</mch_id></xml>".to_vec(), "缺少参数appid"),
        ("POST", changed("1634117205", "the tea house").into_bytes(), "mch_id参数格式错误"),
        ("POST", changed("1634117205", "1634117299").into_bytes(), "商户号mch_id或sub_mch_id不存在"),
        ("POST", changed("wx5c1f9e2a7d3b6048", "wx5c1f9e2a7d3b6049").into_bytes(), "appid不存在"),
        ("POST", changed("A1", "A2").into_bytes(), "签名错误"),
    ] {
        let said = not_processed(&mut shop, method, &body);
        assert!(said.starts_with(expected), "{said} instead of {expected}");
    }
}

#[test]
fn each_call_needs_its_required_fields() {
    let always = ["appid", "mch_id", "nonce_str"];
    for (call, fields) in [
        (
            Call::UnifiedOrder,
            &["body", "out_trade_no", "total_fee", "spbill_create_ip", "notify_url", "trade_type"][..],
        ),
        (Call::QueryOrder, &[]),
        (Call::CloseOrder, &["out_trade_no"]),
        (Call::Refund, &["out_refund_no", "total_fee", "refund_fee"]),
        (Call::RefundQuery, &[]),
        (Call::DownloadBill, &["bill_date"]),
        (Call::SettlementQuery, &["usetag", "date_start", "date_end"]),
        (Call::Report, &["interface_url"]),
        (Call::AuthCode, &["auth_code"]),
    ] {
        for missing in always.iter().chain(fields) {
            let mut shop = Shop::new();
            let all = always.iter().chain(fields).filter(|name| *name != missing);
            let elements: String = all.map(|name| format!("<{name}>1</{name}>")).collect();
            let reply = shop.send(call, &format!("<xml>{elements}</xml>"));
            let said = String::from_utf8(reply.body).unwrap();
            assert!(said.contains(&format!("缺少参数{missing}]")), "{call:?} without {missing}: {said}");
        }
    }
}

#[test]
fn the_last_five_hundred_calls_are_kept() {
    let mut shop = Shop::new();
    for _ in 0..501 {
        shop.query("A1");
    }
    let numbers: Vec<u64> = shop.gateway.exchanges().map(|exchange| exchange.number).collect();
    assert_eq!((numbers.len(), numbers[0], numbers[499]), (500, 2, 501));
}

#[test]
fn a_signature_that_fails_is_explained_in_the_journal_without_the_key() {
    let mut shop = Shop::new();
    let mut message = Message::new();
    for (name, value) in [
        ("appid", crate::shop::APPID),
        ("mch_id", crate::shop::MCH_ID),
        ("nonce_str", "n"),
        ("out_trade_no", "A1"),
    ] {
        message.set(name.to_owned(), value).unwrap();
    }
    message.sign(wire::v2::SignType::HmacSha256, &key());
    not_processed(&mut shop, "POST", message.to_xml().as_bytes());
    let exchange = shop.gateway.exchanges().next_back().unwrap();
    let report = exchange.signature.as_ref().unwrap();
    assert!(!report.verified);
    assert!(report.hint.as_ref().unwrap().contains("signed with HMAC-SHA256, but the call says MD5"));
    assert!(!serde_json::to_string(exchange).unwrap().contains(crate::shop::KEY));
}

#[test]
fn a_field_in_a_wrong_form_is_a_signed_refusal() {
    let mut shop = Shop::new();
    for (name, value, expected) in [
        ("total_fee", "88.00", "INVALID_REQUEST"),
        ("total_fee", "0", "INVALID_REQUEST"),
        ("total_fee", "08800", "INVALID_REQUEST"),
        ("total_fee", "-8800", "INVALID_REQUEST"),
        ("total_fee", "2147483648", "INVALID_REQUEST"),
        ("out_trade_no", "A/1", "INVALID_REQUEST"),
        ("out_trade_no", "A23456789012345678901234567890123", "INVALID_REQUEST"),
        ("fee_type", "JPY", "INVALID_REQUEST"),
        ("trade_type", "QR", "INVALID_REQUEST"),
        ("trade_type", "JSAPI", "NOAUTH"),
        ("product_id", "", "LACK_PARAMS"),
        ("spbill_create_ip", "shop", "INVALID_REQUEST"),
        ("notify_url", "https://pay.example.com/notify?order=1", "INVALID_REQUEST"),
        ("notify_url", "pay.example.com/notify", "INVALID_REQUEST"),
        ("time_expire", "2026-03-01 13:00", "INVALID_REQUEST"),
        ("detail", r#"{"goods_detail":[{"goods_name":"tea","quantity":2,"price":4401}]}"#, "INVALID_REQUEST"),
    ] {
        let answer = shop.order_with("A1", &[(name, value)]);
        assert_eq!(
            (answer["result_code"].as_str(), answer["err_code"].as_str()),
            ("FAIL", expected),
            "{name}={value}"
        );
    }
    assert_eq!(shop.query("A1")["err_code"], "ORDERNOTEXIST");
}

#[test]
fn an_order_may_be_priced_in_cny_and_still_carries_the_rate_of_the_merchants_currency() {
    let mut shop = Shop::new();
    let code = shop.order_with("A1", &[("fee_type", "CNY")])["code_url"].clone();
    shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    let answer = shop.query("A1");
    assert_eq!((answer["cash_fee"].as_str(), answer["rate"].as_str()), ("8800", "92000000"));
}
