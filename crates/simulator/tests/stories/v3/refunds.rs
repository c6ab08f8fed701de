//! Refunds: asked for, asked about, told of.

use serde_json::{Value, json};

use super::shop::{KEY_V3, NOTIFY_URL, Shop, inside};
use crate::shop::{APPID, DAY_MS, MCH_ID, MINUTE_MS};

#[test]
fn a_refund_of_the_global_edition_is_accepted_without_a_status_and_the_query_says_the_rest() {
    let mut shop = Shop::new();
    let paid = shop.paid_order("A1");
    let accepted = shop.refund("A1", "R1", 2000).json();
    assert_eq!(
        accepted["amount"],
        json!({
            "refund": 2000, "currency": "HKD", "payer_refund": 1840, "payer_currency": "CNY",
            "exchange_rate": {"type": "SETTLEMENT_RATE", "rate": 92_000_000},
        })
    );
    assert!(accepted.get("status").is_none());
    let query = format!("/v3/global/refunds/out-refund-no/R1?mchid={MCH_ID}");
    let processing = shop.get(&query).json();
    assert_eq!((&processing["status"], processing.get("success_time")), (&json!("PROCESSING"), None));
    shop.now_ms += 3000;
    let refunded = shop.get(&query).json();
    assert_eq!(
        (&refunded["status"], &refunded["transaction_id"]),
        (&json!("SUCCESS"), &json!(paid.transaction_id))
    );
    assert_eq!(refunded["success_time"], "2026-03-01T12:00:03+08:00");
    let id = accepted["id"].as_str().unwrap().to_owned();
    assert_eq!(shop.get(&format!("/v3/global/refunds/id/{id}?mchid={MCH_ID}")).json()["out_refund_no"], "R1");
    assert_eq!(shop.query("A1").json()["trade_state"], "REFUND");
    let unknown = shop.get(&format!("/v3/global/refunds/out-refund-no/R9?mchid={MCH_ID}"));
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));
}

#[test]
fn one_number_refunds_once_and_with_another_amount_it_is_refused() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let first = shop.refund("A1", "R1", 2000).json();
    assert_eq!(shop.refund("A1", "R1", 2000).json()["id"], first["id"]);
    let other = shop.refund("A1", "R1", 2001);
    assert_eq!((other.status, other.code().as_str()), (403, "OUT_REFUND_NO_USED"));
    assert_eq!(shop.gateway.order(shop.now_ms, "A1").unwrap().refunded_minor, 2000);
}

#[test]
fn refunds_keep_their_distance_their_sum_and_their_year() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.order("A2");
    assert_eq!(shop.refund("A2", "R0", 100).code(), "INVALID_REQUEST", "an unpaid order");
    assert_eq!(shop.refund("A9", "R0", 100).code(), "ORDERNOTEXIST");
    assert_eq!(shop.refund("A1", "R1", 8801).code(), "INVALID_REQUEST");
    let mut wrong_total = Shop::refund_terms("A1", "R1", 100);
    wrong_total["amount"]["total"] = json!(100);
    assert_eq!(shop.call("POST", "/v3/global/refunds", &wrong_total).code(), "INVALID_REQUEST");
    let mut wrong_currency = Shop::refund_terms("A1", "R1", 100);
    wrong_currency["amount"]["currency"] = json!("CNY");
    assert_eq!(shop.call("POST", "/v3/global/refunds", &wrong_currency).code(), "INVALID_REQUEST");
    assert_eq!(shop.refund("A1", "R1", 8000).status, 200);
    let soon = shop.refund("A1", "R2", 800);
    assert_eq!((soon.status, soon.code().as_str()), (429, "FREQUENCY_LIMITED"));
    shop.now_ms += MINUTE_MS;
    assert_eq!(shop.refund("A1", "R2", 801).code(), "INVALID_REQUEST");
    assert_eq!(shop.refund("A1", "R2", 800).status, 200);
    shop.paid_order("A3");
    shop.now_ms += 366 * DAY_MS;
    assert_eq!(shop.refund("A3", "R3", 1).code(), "TRADE_OVERDUE");
}

#[test]
fn all_refunds_of_an_order_are_listed_in_pages() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    for number in ["R1", "R2", "R3"] {
        assert_eq!(shop.refund("A1", number, 100).status, 200);
        shop.now_ms += MINUTE_MS;
    }
    let target = format!("/v3/global/refunds?out_trade_no=A1&mchid={MCH_ID}&offset=1&count=1");
    let page = shop.get(&target).json();
    assert_eq!((&page["total_num"], &page["current_total_num"]), (&json!(3), &json!(1)));
    assert_eq!(page["data"][0]["out_refund_no"], "R2");
}

#[test]
fn the_refunds_of_a_second_payment_are_listed_by_its_own_number_alone() {
    let mut shop = Shop::with(r#"{"faults":[{"name":"second-payment","times":1}]}"#);
    let first = shop.paid_order("A1").transaction_id;
    let second = shop.gateway.order(shop.now_ms, "A1").unwrap().payments[1].transaction_id.clone();
    let mut terms = Shop::refund_terms("A1", "R1", 2000);
    terms["transaction_id"] = json!(second);
    assert_eq!(shop.call("POST", "/v3/global/refunds", &terms).status, 200);
    let mut listed = |id: &str| {
        let list = shop.get(&format!("/v3/global/refunds?transaction_id={id}&mchid={MCH_ID}")).json();
        (list["transaction_id"].clone(), list["total_num"].clone())
    };
    assert_eq!(listed(&second), (json!(second), json!(1)));
    assert_eq!(listed(&first), (json!(first), json!(0)));
}

#[test]
fn a_refund_of_the_mainland_edition_has_a_status_and_names_no_merchant() {
    let mut shop = Shop::mainland("{}");
    let order = json!({
        "mchid": MCH_ID, "appid": APPID, "description": "茶", "out_trade_no": "CN0001",
        "notify_url": NOTIFY_URL, "amount": { "total": 10000 },
    });
    let code = shop.call("POST", "/v3/pay/transactions/native", &order).json()["code_url"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    let refund = json!({
        "out_trade_no": "CN0001", "out_refund_no": "CNR1", "notify_url": NOTIFY_URL,
        "amount": { "refund": 2500, "total": 10000, "currency": "CNY" },
    });
    let accepted = shop.call("POST", "/v3/refund/domestic/refunds", &refund).json();
    assert_eq!(
        (&accepted["status"], &accepted["funds_account"]),
        (&json!("PROCESSING"), &json!("UNSETTLED"))
    );
    assert_eq!(
        (&accepted["amount"]["payer_refund"], &accepted["amount"]["total"]),
        (&json!(2500), &json!(10000))
    );
    shop.now_ms += 3000;
    let found = shop.get("/v3/refund/domestic/refunds/CNR1").json();
    assert_eq!((&found["status"], &found["refund_id"]), (&json!("SUCCESS"), &accepted["refund_id"]));
    let told = shop.deliveries(200).pop().unwrap();
    let inside = inside(KEY_V3, &told.body).unwrap();
    assert_eq!((&inside["mchid"], &inside["refund_id"]), (&json!(MCH_ID), &accepted["refund_id"]));
    let unknown = shop.call("POST", "/v3/refund/domestic/refunds", &json!({
        "out_trade_no": "NOBODY", "out_refund_no": "CNR2", "amount": { "refund": 1, "total": 1, "currency": "CNY" },
    }));
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));
}

#[test]
fn a_refund_that_ends_badly_says_so_in_the_words_of_each_message() {
    for (fault, of_query, of_notification) in
        [("refund-closed", "REFUNDCLOSE", "CLOSED"), ("refund-change", "ABNORMAL", "ABNORMAL")]
    {
        let mut shop = Shop::new();
        shop.paid_order("A1");
        shop.deliveries(200);
        shop.fault(fault);
        assert_eq!(shop.refund("A1", "R1", 2000).status, 200);
        shop.now_ms += 3000;
        let found = shop.get(&format!("/v3/global/refunds/out-refund-no/R1?mchid={MCH_ID}")).json();
        assert_eq!(found["status"], of_query);
        let told = shop.deliveries(200).pop().unwrap();
        let body: Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!(body["event_type"], format!("REFUND.{of_notification}"));
        assert_eq!(body["resource"]["original_type"], "refund");
        let inside = inside(KEY_V3, &told.body).unwrap();
        assert_eq!((&inside["refund_status"], inside.get("success_time")), (&json!(of_notification), None));
    }
}
