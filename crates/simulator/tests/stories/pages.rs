//! Answers that do not come from WeChat Pay, and answers that arrive only in part.

use simulator::gateway::{Call, FaultName, Transmission};
use wire::v2::Fields;

use crate::faults::{order_body, sent_twice};
use crate::shop::Shop;

#[test]
fn a_page_instead_of_an_answer_has_its_status_and_no_effect() {
    for (fault, status) in [("html-200", 200), ("html-400", 400), ("html-403", 403), ("html-502", 502)] {
        let (first, has_effect, second) = sent_twice(&format!(r#"{{"name":"{fault}","times":1}}"#));
        assert_eq!((first.status, first.content_type, has_effect), (status, "text/html", false), "{fault}");
        assert!(Fields::parse(&first.body).is_err(), "{fault}");
        assert_eq!(second["result_code"], "SUCCESS");
    }
}

#[test]
fn a_redirect_leads_to_the_address_that_is_given_and_has_no_effect() {
    let switches =
        r#"{"redirect-to":"https://elsewhere.example/pay","faults":[{"name":"redirect","times":1}]}"#;
    let mut shop = Shop::with(switches);
    let body = order_body(&shop, "A1");
    let reply = shop.send(Call::UnifiedOrder, &body);
    assert_eq!((reply.status, reply.location.as_deref()), (302, Some("https://elsewhere.example/pay")));
    assert!(shop.gateway.order(shop.now_ms, "A1").is_none());
}

#[test]
fn a_call_with_an_empty_or_unending_answer_takes_effect() {
    let (empty, has_effect, _) = sent_twice(r#"{"name":"empty","times":1}"#);
    assert_eq!((empty.status, empty.body.len(), has_effect), (200, 0, true));
    let (begun, has_effect, _) = sent_twice(r#"{"name":"never-ends","times":1}"#);
    assert_eq!((begun.transmission, has_effect), (Transmission::Begun, true));
    assert!(!begun.body.is_empty() && Fields::parse(&begun.body).is_err());
}

#[test]
fn every_fault_of_the_connection_can_strike_in_every_call() {
    let faults = [
        FaultName::DropBefore,
        FaultName::DropAfter,
        FaultName::Slow,
        FaultName::Html200,
        FaultName::Html400,
        FaultName::Html403,
        FaultName::Html502,
        FaultName::Redirect,
        FaultName::Empty,
        FaultName::Truncated,
        FaultName::NeverEnds,
        FaultName::Refused,
        FaultName::RefusedBusy,
        FaultName::SystemError,
    ];
    for call in Call::ALL {
        for fault in faults {
            let name = fault.as_str();
            let mut shop =
                Shop::with(&format!(r#"{{"faults":[{{"name":"{name}","call":"{}"}}]}}"#, call.name()));
            // Some calls know no sign_type and are always signed with MD5.
            shop.sign_type = wire::v2::SignType::Md5;
            let body = shop.message(&every_field()).to_xml();
            shop.send(call, &body);
            let exchange = shop.gateway.exchanges().next_back().unwrap();
            assert_eq!(exchange.faults, [name], "{} {}", call.name(), exchange.verdict);
        }
    }
}

/// Fields that satisfy what every call requires.
fn every_field() -> Vec<(&'static str, &'static str)> {
    vec![
        ("sign_type", ""),
        ("body", "tea"),
        ("out_trade_no", "A1"),
        ("out_refund_no", "R1"),
        ("total_fee", "8800"),
        ("refund_fee", "8800"),
        ("fee_type", "HKD"),
        ("spbill_create_ip", "203.0.113.10"),
        ("notify_url", "https://pay.example.com/notify"),
        ("trade_type", "NATIVE"),
        ("product_id", "SKU-88"),
        ("bill_date", "20260228"),
        ("date", "20260228"),
        ("usetag", "1"),
        ("date_start", "20260228"),
        ("date_end", "20260228"),
        ("interface_url", "https://apihk.mch.weixin.qq.com/pay/unifiedorder"),
        ("auth_code", "134567890123456789"),
    ]
}
