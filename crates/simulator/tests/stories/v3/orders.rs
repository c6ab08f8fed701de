//! Placing, querying and closing orders.

use serde_json::{Value, json};

use super::shop::{NOTIFY_URL, Shop};
use crate::shop::{APPID, MCH_ID, MINUTE_MS};

#[test]
fn an_order_is_placed_unpaid_paid_and_tells_what_the_payer_paid() {
    let mut shop = Shop::new();
    let placed = shop.native(&Shop::terms("A1"));
    assert_eq!(placed.json().as_object().unwrap().len(), 1, "the code is the only answer");
    let unpaid = shop.query("A1").json();
    assert_eq!(
        (&unpaid["trade_state"], &unpaid["amount"]),
        (&json!("NOTPAY"), &json!({"total": 8800, "currency": "HKD"}))
    );
    for absent in ["id", "transaction_id", "success_time", "payer", "bank_type"] {
        assert!(unpaid.get(absent).is_none(), "{absent}");
    }
    let code = placed.json()["code_url"].as_str().unwrap().to_owned();
    let paid = shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    let found = shop.query("A1").json();
    assert_eq!((&found["trade_state"], &found["id"]), (&json!("SUCCESS"), &json!(paid.transaction_id)));
    assert_eq!(found["success_time"], "2026-03-01T12:00:00+08:00");
    assert_eq!(found["amount"]["exchange_rate"], json!({"type": "SETTLEMENT_RATE", "rate": 92_000_000}));
    assert_eq!(found["amount"]["payer_total"], 8096);
    let by_id = shop.get(&format!("/v3/global/transactions/id/{}?mchid={MCH_ID}", paid.transaction_id));
    assert_eq!(by_id.json()["out_trade_no"], "A1");
    assert_eq!(shop.query("B1").code(), "ORDERNOTEXIST");
}

#[test]
fn the_same_order_again_has_a_new_code_and_the_old_one_stops_working() {
    let mut shop = Shop::new();
    let (first, second) = (shop.order("A1"), shop.order("A1"));
    assert_ne!(first, second);
    assert!(shop.gateway.pay(shop.now_ms, &first, "me").is_err());
    assert!(shop.gateway.pay(shop.now_ms, &second, "me").is_ok());
    assert_eq!(shop.native(&Shop::terms("A1")).code(), "ORDERPAID");
    let mut shop = Shop::with(r#"{"v3-reentry":"same-code"}"#);
    assert_eq!(shop.order("A1"), shop.order("A1"));
}

#[test]
fn the_same_number_with_another_value_is_refused_in_either_of_two_ways() {
    let mut dearer = Shop::terms("A1");
    dearer["amount"]["total"] = json!(8801);
    let mut with_attach = Shop::terms("A1");
    with_attach["attach"] = json!("x");
    for other in [dearer, with_attach] {
        let mut shop = Shop::new();
        shop.order("A1");
        let answer = shop.native(&other);
        assert_eq!(
            (answer.status, answer.code().as_str(), answer.number()),
            (400, "INVALID_REQUEST", "268498688")
        );
        shop.switch(r#"{"mismatch":"out-trade-no-used"}"#);
        let answer = shop.native(&other);
        assert_eq!((answer.status, answer.code().as_str()), (403, "OUT_TRADE_NO_USED"));
    }
}

#[test]
fn closing_is_empty_signed_and_not_within_five_minutes_in_the_global_edition() {
    let mut shop = Shop::new();
    shop.order("A1");
    assert_eq!(shop.close("A1").code(), "INVALID_REQUEST");
    shop.now_ms += 5 * MINUTE_MS;
    let closed = shop.close("A1");
    assert_eq!((closed.status, closed.body.len()), (204, 0));
    assert_eq!(shop.query("A1").json()["trade_state"], "CLOSED");
    assert_eq!(shop.close("A1").code(), "ORDERCLOSED");
    assert_eq!(shop.native(&Shop::terms("A1")).code(), "ORDERCLOSED");
    shop.switch(r#"{"early-close":"allowed"}"#);
    shop.order("A2");
    assert_eq!(shop.close("A2").status, 204);
}

#[test]
fn a_number_that_no_order_has_is_closed_or_refused_as_the_switch_says() {
    let mut shop = Shop::new();
    assert_eq!(shop.close("NOBODY").status, 204);
    shop.switch(r#"{"v3-close-unknown":"refused"}"#);
    let answer = shop.close("NOBODY");
    assert_eq!((answer.status, answer.code().as_str()), (404, "ORDERNOTEXIST"));
}

#[test]
fn codes_have_the_older_or_the_newer_spelling() {
    let mut shop = Shop::with(r#"{"v3-error-codes":"underscored"}"#);
    shop.paid_order("A1");
    assert_eq!(shop.close("A1").code(), "ORDER_PAID");
    assert_eq!(shop.query("B1").code(), "ORDER_NOT_EXIST");
}

#[test]
fn the_transaction_of_the_global_edition_has_either_name_or_both() {
    for (switch, id, transaction_id) in
        [("id", true, false), ("transaction-id", false, true), ("both", true, true)]
    {
        let mut shop = Shop::with(&format!(r#"{{"v3-transaction-field":"{switch}"}}"#));
        shop.paid_order("A1");
        let found = shop.query("A1").json();
        assert_eq!((found.get("id").is_some(), found.get("transaction_id").is_some()), (id, transaction_id));
    }
}

fn mainland(number: &str) -> Value {
    json!({
        "mchid": MCH_ID, "appid": APPID, "description": "茶", "out_trade_no": number,
        "notify_url": NOTIFY_URL, "amount": { "total": 10000 },
    })
}

#[test]
fn the_mainland_edition_needs_no_currency_no_trade_type_and_no_wait_before_closing() {
    let mut shop = Shop::mainland("{}");
    let placed = shop.call("POST", "/v3/pay/transactions/native", &mainland("CN0001"));
    let code = placed.json()["code_url"].as_str().unwrap().to_owned();
    let query = format!("/v3/pay/transactions/out-trade-no/CN0001?mchid={MCH_ID}");
    assert_eq!(shop.get(&query).json()["trade_type"], Value::Null, "not before the first scan");
    shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    let found = shop.get(&query).json();
    assert!(found["transaction_id"].is_string() && found.get("id").is_none());
    assert_eq!(
        found["amount"],
        json!({"total": 10000, "currency": "CNY", "payer_total": 10000, "payer_currency": "CNY"})
    );
    shop.call("POST", "/v3/pay/transactions/native", &mainland("CN0002"));
    let close =
        shop.call("POST", "/v3/pay/transactions/out-trade-no/CN0002/close", &json!({ "mchid": MCH_ID }));
    assert_eq!(close.status, 204);
    assert_eq!(
        shop.call("POST", "/v3/pay/transactions/native", &mainland("CN1")).json()["detail"]["field"],
        "/out_trade_no"
    );
}

#[test]
fn an_institution_and_a_service_provider_name_their_merchant_and_see_no_others() {
    for (currency, native, query) in [
        ("SGD", "/v3/global/transactions/native", "/v3/global/transactions/out-trade-no/SUB0001"),
        ("CNY", "/v3/pay/partner/transactions/native", "/v3/pay/partner/transactions/out-trade-no/SUB0001"),
    ] {
        let mut shop = Shop::institution(currency);
        let mut body = Shop::terms("SUB0001");
        let object = body.as_object_mut().unwrap();
        object.remove("mchid");
        object.remove("appid");
        body["sp_mchid"] = json!(MCH_ID);
        body["sp_appid"] = json!(APPID);
        body["amount"]["currency"] = json!(currency);
        let missing = shop.call("POST", native, &body);
        assert_eq!((missing.code().as_str(), missing.number()), ("PARAM_ERROR", "268443704"));
        body["sub_mchid"] = json!("1635009999");
        assert_eq!(shop.call("POST", native, &body).code(), "NOAUTH");
        body["sub_mchid"] = json!("1635004477");
        let placed = shop.call("POST", native, &body);
        assert_eq!(placed.status, 200, "{placed:?}");
        let code = placed.json()["code_url"].as_str().unwrap().to_owned();
        shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
        let found = shop.get(&format!("{query}?sp_mchid={MCH_ID}&sub_mchid=1635004477")).json();
        assert_eq!((&found["sp_mchid"], &found["sub_mchid"]), (&json!(MCH_ID), &json!("1635004477")));
        assert!(found.get("mchid").is_none() && found["payer"]["sp_openid"].is_string());
        let without = shop.get(&format!("{query}?sp_mchid={MCH_ID}"));
        assert_eq!(without.json()["detail"]["field"], "/sub_mchid");
    }
    let mut merchant = Shop::new();
    let mut both = Shop::terms("A1");
    both["sub_mchid"] = json!("1635004477");
    assert_eq!(
        merchant.native(&both).json()["detail"]["field"],
        "/sub_mchid",
        "an ordinary merchant has none"
    );
    let partner =
        Shop::mainland("{}").call("POST", "/v3/pay/partner/transactions/native", &mainland("CN0001"));
    assert_eq!(partner.code(), "NOAUTH");
}

#[test]
fn one_number_is_one_order_for_both_generations() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let mut of_v2 = crate::shop::Shop::new();
    of_v2.gateway = shop.gateway;
    assert_eq!(of_v2.query("A1")["trade_state"], "SUCCESS", "API v2 sees the order of API v3");
    let again = of_v2.order_with("A1", &[]);
    assert_eq!(again["err_code"], "ORDERPAID");
    of_v2.paid_order("B1");
    shop.gateway = of_v2.gateway;
    assert_eq!(shop.query("B1").json()["trade_state"], "SUCCESS", "API v3 sees the order of API v2");
    assert_eq!(shop.native(&Shop::terms("B1")).code(), "ORDERPAID");
    assert_eq!(shop.refund("B1", "BR1", 100).status, 200);
    shop.now_ms += MINUTE_MS;
    shop.switch(r#"{"v3-other-generation":"refused"}"#);
    assert_eq!(shop.refund("B1", "BR2", 100).code(), "INVALID_REQUEST");
    assert_eq!(shop.refund("A1", "AR1", 100).status, 200);
    let bodies: Vec<_> =
        shop.deliveries(200).into_iter().map(|delivery| (delivery.content_type, delivery.body)).collect();
    let of_json = bodies.iter().filter(|(kind, _)| *kind == "application/json").count();
    assert_eq!((bodies.len(), of_json), (3, 2), "each in the form of the generation that asked");
}
