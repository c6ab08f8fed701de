//! Genuine answers about something else, and answers that lack a field.

use simulator::gateway::{Call, Gateway, Merchant, Mode, Switches};
use wire::v2::{Fields, SignType};

use crate::faults::with_fault;
use crate::shop::{APPID, Answer, KEY, MCH_ID, Shop, key, map};

/// The answer of every call about one order, which is refunded in part. All of them verify.
fn answers(shop: &mut Shop) -> [Answer; 5] {
    let placed = shop.order_with("A1", &[]);
    let closed = {
        shop.order("A2");
        shop.later(5 * crate::shop::MINUTE_MS);
        shop.close("A2")
    };
    shop.gateway.pay(shop.now_ms, &placed["code_url"], "me").unwrap();
    let found = shop.query("A1");
    let refunded = shop.refund_with("A1", "R1", "3300", &[]);
    let refunds = shop.call(Call::RefundQuery, &[("out_refund_no", "R1")]);
    [placed, closed, found, refunded, refunds]
}

/// The calls whose answers have this value in this field, in the order of [`answers`].
fn with_value(answers: &[Answer; 5], field: &str, value: &str) -> Vec<&'static str> {
    let calls = ["unified-order", "close-order", "query-order", "refund", "refund-query"];
    let has = |answer: &Answer| answer.get(field).is_some_and(|found| found == value);
    calls.into_iter().zip(answers).filter(|(_, answer)| has(answer)).map(|(call, _)| call).collect()
}

#[test]
fn a_genuine_answer_may_be_about_another_order_transaction_or_refund() {
    let answers_with = |fault: &str| answers(&mut with_fault(&format!(r#"{{"name":"{fault}"}}"#)));
    let all = ["unified-order", "close-order", "query-order", "refund", "refund-query"];
    let answered = answers_with("another-order");
    assert_eq!(with_value(&answered, "out_trade_no", "ANOTHER-ORDER"), all);
    let paid = ["query-order", "refund", "refund-query"];
    assert_eq!(with_value(&answered, "transaction_id", "4200009999202001010000000001"), paid);
    let answered = answers_with("another-transaction");
    assert_eq!(with_value(&answered, "transaction_id", "4200009999202001010000000001"), paid);
    assert_eq!(with_value(&answered, "out_trade_no", "A1"), paid);
    let answered = answers_with("another-refund");
    assert_eq!(with_value(&answered, "out_refund_no", "ANOTHER-REFUND"), ["refund"]);
    assert_eq!(with_value(&answered, "refund_id", "50300999992020010100000000001"), ["refund"]);
    assert_eq!(with_value(&answered, "out_refund_no_0", "ANOTHER-REFUND"), ["refund-query"]);
    assert_eq!(with_value(&answered, "refund_id_0", "50300999992020010100000000001"), ["refund-query"]);
}

#[test]
fn a_genuine_answer_may_name_another_amount_or_currency() {
    let answers_with = |fault: &str| answers(&mut with_fault(&format!(r#"{{"name":"{fault}"}}"#)));
    let money = ["unified-order", "query-order", "refund", "refund-query"];
    assert_eq!(with_value(&answers_with("another-amount"), "total_fee", "8801"), money);
    assert_eq!(with_value(&answers_with("another-currency"), "fee_type", "JPY"), money);
    assert_eq!(with_value(&answers_with("another-currency"), "refund_fee_type", "JPY"), ["refund"]);
    let answered = answers_with("another-refund-amount");
    assert_eq!(with_value(&answered, "refund_fee", "3299"), ["refund"]);
    assert_eq!(with_value(&answered, "refund_fee_0", "3299"), ["refund-query"]);
}

#[test]
fn a_genuine_answer_may_come_from_another_merchant() {
    let answers_with = |fault: &str| answers(&mut with_fault(&format!(r#"{{"name":"{fault}"}}"#)));
    let all = ["unified-order", "close-order", "query-order", "refund", "refund-query"];
    assert_eq!(with_value(&answers_with("another-merchant"), "mch_id", "1999999999"), all);
    assert_eq!(with_value(&answers_with("another-app"), "appid", "wx0000000000000000"), all);
    assert_eq!(with_value(&answers_with("another-sub-merchant"), "sub_mch_id", "1999999998"), all);
    // A refusal has the same envelope.
    let mut shop = with_fault(r#"{"name":"another-merchant"}"#);
    assert_eq!(shop.query("A1")["err_code"], "ORDERNOTEXIST");
    assert_eq!(shop.query("A1")["mch_id"], "1999999999");
}

#[test]
fn an_institution_may_get_the_answer_of_another_of_its_merchants() {
    let mut institution = Merchant::new(APPID, MCH_ID, KEY).unwrap();
    institution.mode = Mode::Institution { sub_mch_ids: vec!["1635004477".to_owned()] };
    let switches: Switches = serde_json::from_str(r#"{"faults":[{"name":"another-sub-merchant"}]}"#).unwrap();
    let mut shop = Shop::new();
    shop.gateway = Gateway::new(vec![institution], switches, 1);
    let answer = shop.order_with("A1", &[("sub_mch_id", "1635004477")]);
    assert_eq!(answer["sub_mch_id"], "1999999998");
}

#[test]
fn a_query_may_answer_with_another_orders_state() {
    for (fault, state, is_paid) in [
        ("another-order-paid", "SUCCESS", true),
        ("another-order-refunded", "REFUND", true),
        ("another-order-closed", "CLOSED", false),
        ("another-order-unpaid", "NOTPAY", false),
    ] {
        let mut shop = with_fault(&format!(r#"{{"name":"{fault}","times":1}}"#));
        shop.order("A1");
        let another = shop.query("A1");
        assert_eq!(
            (
                another["out_trade_no"].as_str(),
                another["trade_state"].as_str(),
                another["total_fee"].as_str()
            ),
            ("ANOTHER-ORDER", state, "8800")
        );
        assert_eq!(
            (another.contains_key("transaction_id"), another.contains_key("openid")),
            (is_paid, is_paid)
        );
        assert_eq!(shop.query("A1")["out_trade_no"], "A1");
    }
}

#[test]
fn a_fault_that_would_change_nothing_has_not_struck() {
    let mut shop = with_fault(r#"{"name":"another-refund","times":1}"#);
    shop.paid_order("A1");
    shop.query("A1");
    assert_eq!(shop.gateway.switches().faults[0].times, Some(1));
    assert_eq!(shop.refund_with("A1", "R1", "3300", &[])["out_refund_no"], "ANOTHER-REFUND");
    assert!(shop.gateway.switches().faults.is_empty());
}

#[test]
fn the_rate_may_be_that_of_another_currency() {
    let mut shop = with_fault(r#"{"name":"another-currency"}"#);
    shop.sign_type = SignType::Md5;
    let asked = shop.message(&[("sign_type", ""), ("fee_type", "HKD"), ("date", "20260301")]).to_xml();
    let answer = shop.send(Call::ExchangeRate, &asked).body;
    let answer = Fields::parse(&answer).unwrap();
    answer.verify(SignType::Md5, &key()).unwrap();
    assert_eq!(answer.get("fee_type"), Some("JPY"));
}

/// The answer of a query and the notification of a payment, both genuine.
fn query_and_notification(switches: &str) -> (Answer, Answer) {
    let mut shop = Shop::with(switches);
    shop.paid_order("A1");
    let notification = shop.receive().remove(0);
    let notification = Fields::parse(notification.as_bytes()).unwrap();
    notification.verify(SignType::HmacSha256, &key()).unwrap();
    (shop.query("A1"), map(&notification))
}

#[test]
fn an_answer_and_a_notification_may_lack_a_field_and_still_verify() {
    for (fault, field) in
        [("without-openid", "openid"), ("without-fee-type", "fee_type"), ("without-bank-type", "bank_type")]
    {
        let (found, notification) =
            query_and_notification(&format!(r#"{{"faults":[{{"name":"{fault}"}}]}}"#));
        assert!(!found.contains_key(field) && !notification.contains_key(field), "{fault}");
        assert_eq!((found["total_fee"].as_str(), notification["total_fee"].as_str()), ("8800", "8800"));
    }
}

#[test]
fn any_field_can_be_left_out_by_its_name() {
    let (found, notification) = query_and_notification(r#"{"left-out":["is_subscribe","time_end"]}"#);
    for field in ["is_subscribe", "time_end"] {
        assert!(!found.contains_key(field) && !notification.contains_key(field), "{field}");
    }
    let switches: Switches = serde_json::from_str(r#"{"left-out":["sign"]}"#).unwrap();
    assert!(switches.check().unwrap_err().contains("unsigned"));
}

#[test]
fn a_promotion_may_have_an_ampersand_in_its_name() {
    let mut shop = Shop::with(r#"{"promotion-name":"A&B=50% off"}"#);
    let code = shop.order_with("A1", &[("version", "1.0")])["code_url"].clone();
    shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    let notification = shop.receive().remove(0);
    let notification = Fields::parse(notification.as_bytes()).unwrap();
    notification.verify(SignType::HmacSha256, &key()).unwrap();
    let detail = notification.get("promotion_detail").unwrap();
    let detail: serde_json::Value = serde_json::from_str(detail).unwrap();
    let promotion = &detail["promotion_detail"][0];
    assert_eq!(
        (promotion["name"].as_str(), promotion["scope"].as_str()),
        (Some("A&B=50% off"), Some("SINGLE"))
    );
    assert_eq!(notification.get("total_fee"), Some("8800"));
    assert!(shop.query("A1")["promotion_detail"].contains("A&B=50% off"));
}
