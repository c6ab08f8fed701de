//! Refunds through the API.

use simulator::gateway::{Call, Gateway, Merchant, Request, Switches, TradeState};
use wire::v2::ApiKey;

use crate::shop::{APPID, DAY_MS, KEY, MCH_ID, MINUTE_MS, Shop};

#[test]
fn a_refund_is_accepted_then_done_and_notified_once() {
    let mut shop = Shop::new();
    let paid = shop.paid_order("A1");
    shop.receive();
    let accepted = shop.refund_with("A1", "R1", "3300", &[("notify_url", "https://pay.example.com/refunds")]);
    for (name, value) in [
        ("result_code", "SUCCESS"),
        ("transaction_id", paid.transaction_id.as_str()),
        ("refund_fee", "3300"),
        ("cash_refund_fee", "3036"),
        ("refund_channel", ""),
        ("coupon_refund_fee", "0"),
    ] {
        assert_eq!(accepted[name], value, "{name}");
    }
    assert_eq!(shop.call(Call::RefundQuery, &[("out_refund_no", "R1")])["refund_status_0"], "PROCESSING");
    assert_eq!(shop.query("A1")["trade_state"], "REFUND");
    assert!(shop.receive().is_empty());

    shop.later(3000);
    let notification = shop.receive();
    assert_eq!(notification.len(), 1);
    let hint = wire::v2::refund_notification::read(notification[0].as_bytes(), &[&ApiKey::new(KEY).unwrap()])
        .unwrap();
    assert_eq!(hint.out_refund_no.as_str(), "R1");
    let queried = shop.call(Call::RefundQuery, &[("refund_id", &accepted["refund_id"])]);
    assert_eq!(queried["refund_status_0"], "SUCCESS");
    assert_eq!(queried["refund_success_time_0"], "2026-03-01 12:00:03");
}

#[test]
fn a_refund_without_an_address_is_not_notified() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.receive();
    shop.refund_with("A1", "R1", "3300", &[]);
    shop.later(DAY_MS);
    assert!(shop.receive().is_empty());
}

#[test]
fn a_refund_without_an_address_is_notified_where_the_merchant_platform_says() {
    let mut shop = Shop::new();
    let mut merchant = Merchant::new(APPID, MCH_ID, KEY).unwrap();
    merchant.set_refund_notify_url("https://pay.example.com/all-refunds").unwrap();
    shop.gateway = Gateway::new(vec![merchant], Switches::default(), 1);
    shop.paid_order("A1");
    shop.receive();
    shop.refund_with("A1", "R1", "3300", &[]);
    shop.later(MINUTE_MS);
    shop.refund_with("A1", "R2", "3300", &[("notify_url", "https://pay.example.com/this-refund")]);
    shop.later(MINUTE_MS);
    let due = shop.gateway.due(shop.now_ms);
    let urls: Vec<&str> = due.iter().map(|delivery| delivery.url.as_str()).collect();
    assert_eq!(urls, ["https://pay.example.com/all-refunds", "https://pay.example.com/this-refund"]);
    let mut another = Merchant::new(APPID, MCH_ID, KEY).unwrap();
    assert!(another.set_refund_notify_url("pay.example.com").is_err());
}

#[test]
fn a_number_refunds_once_however_often_it_is_sent() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let first = shop.refund_with("A1", "R1", "3300", &[]);
    let again = shop.refund_with("A1", "R1", "3300", &[]);
    assert_eq!(first["refund_id"], again["refund_id"]);
    assert_eq!(shop.gateway.order(shop.now_ms, "A1").unwrap().refunded_minor, 3300);
}

#[test]
fn a_refund_number_belongs_to_the_merchant_and_not_to_one_order() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.paid_order("A2");
    shop.refund_with("A1", "R1", "3300", &[]);
    let text = "订单金额或退款金额与之前请求不一致，请核实后再试";
    for (number, fee, others) in [
        ("A2", "3300", [("out_trade_no", "A2")]),
        ("A1", "3301", [("out_trade_no", "A1")]),
        ("A1", "3300", [("total_fee", "8801")]),
    ] {
        let refused = shop.refund_with(number, "R1", fee, &others);
        assert_eq!(
            (refused["err_code"].as_str(), refused["err_code_des"].as_str()),
            ("REFUND_FEE_MISMATCH", text),
            "{number} {fee} {others:?}"
        );
    }
    // A query by the number finds the first order's refund.
    let found = shop.call(Call::RefundQuery, &[("out_refund_no", "R1")]);
    assert_eq!((found["out_trade_no"].as_str(), found["refund_fee_0"].as_str()), ("A1", "3300"));
    assert_eq!(shop.state("A2"), TradeState::Success);
}

#[test]
fn a_second_payment_is_refunded_by_its_own_number_and_leaves_the_first_alone() {
    let mut shop = Shop::with(r#"{"faults":[{"name":"second-payment","times":1}]}"#);
    let first = shop.paid_order("A1").transaction_id;
    let second = shop.gateway.order(shop.now_ms, "A1").unwrap().payments[1].transaction_id.clone();
    let of_second = [("transaction_id", second.as_str()), ("out_trade_no", "")];
    let accepted = shop.refund_with("A1", "R1", "8800", &of_second);
    assert_eq!((accepted["transaction_id"].as_str(), accepted["refund_fee"].as_str()), (&*second, "8800"));
    assert_eq!(accepted["cash_refund_fee"], "8096");

    let asked = |shop: &mut Shop, field: &str, value: &str| shop.call(Call::RefundQuery, &[(field, value)]);
    assert_eq!(asked(&mut shop, "out_refund_no", "R1")["transaction_id"], second);
    assert_eq!(asked(&mut shop, "transaction_id", &second)["out_refund_no_0"], "R1");
    assert_eq!(asked(&mut shop, "out_trade_no", "A1")["err_code"], "REFUNDNOTEXIST");
    let of_first = shop.call(Call::QueryOrder, &[("transaction_id", &first)]);
    let of_second = shop.call(Call::QueryOrder, &[("transaction_id", &second)]);
    assert_eq!((of_first["trade_state"].as_str(), of_second["trade_state"].as_str()), ("SUCCESS", "REFUND"));

    let again = [("transaction_id", second.as_str()), ("out_trade_no", "")];
    shop.later(MINUTE_MS);
    assert_eq!(shop.refund_with("A1", "R2", "1", &again)["err_code_des"], "订单已全额退款");
    let of_first = shop.refund_with("A1", "R3", "8800", &[]);
    assert_eq!(
        (of_first["transaction_id"].as_str(), of_first["cash_refund_fee"].as_str()),
        (&*first, "8096")
    );
}

#[test]
fn refunds_together_never_exceed_what_was_paid_and_return_every_fen() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let mut returned = 0;
    for (refund, fee) in [("R1", "2933"), ("R2", "2933"), ("R3", "2934")] {
        returned += shop.refund_with("A1", refund, fee, &[])["cash_refund_fee"].parse::<u64>().unwrap();
        shop.later(MINUTE_MS);
    }
    assert_eq!(returned, 8096);
    assert_eq!(shop.refund_with("A1", "R4", "1", &[])["err_code_des"], "订单已全额退款");
}

#[test]
fn a_refund_larger_than_what_is_left_is_refused() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.refund_with("A1", "R1", "8000", &[]);
    shop.later(MINUTE_MS);
    assert_eq!(shop.refund_with("A1", "R2", "801", &[])["err_code"], "ERROR");
    assert_eq!(shop.refund_with("A1", "R3", "800", &[])["result_code"], "SUCCESS");
}

#[test]
fn two_refunds_of_one_order_are_a_minute_apart() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.refund_with("A1", "R1", "100", &[]);
    shop.later(MINUTE_MS - 1);
    assert_eq!(shop.refund_with("A1", "R2", "100", &[])["err_code"], "FREQUENCY_LIMITED");
    shop.later(1);
    assert_eq!(shop.refund_with("A1", "R2", "100", &[])["result_code"], "SUCCESS");
}

#[test]
fn a_refused_refund_says_why() {
    let mut shop = Shop::new();
    shop.order("A1");
    assert_eq!(shop.refund_with("A1", "R1", "100", &[])["err_code"], "ORDERNOTEXIST");
    shop.paid_order("A2");
    assert_eq!(shop.refund_with("A2", "R1", "100", &[("total_fee", "8801")])["err_code"], "PARAM_ERROR");
    assert_eq!(shop.refund_with("A2", "R1", "100", &[("refund_fee_type", "CNY")])["err_code"], "PARAM_ERROR");
    assert_eq!(
        shop.refund_with("A2", "R1", "100", &[("notify_url", "nowhere")])["err_code"],
        "INVALID_REQUEST"
    );
    assert_eq!(
        shop.refund_with("A2", "R1", "100", &[("transaction_id", "42")])["err_code"],
        "INVALID_TRANSACTIONID"
    );
    assert_eq!(
        shop.refund_with("A2", "R1", "100", &[("refund_account", "PETTY_CASH")])["err_code"],
        "PARAM_ERROR"
    );
    shop.later(366 * DAY_MS);
    assert_eq!(shop.refund_with("A2", "R1", "100", &[])["err_code"], "TRADE_OVERDUE");
    assert_eq!(shop.call(Call::RefundQuery, &[("out_trade_no", "A2")])["err_code"], "REFUNDNOTEXIST");
}

#[test]
fn a_refund_without_the_client_certificate_gets_a_page_of_the_web_server_before_it_is_read() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let signed = shop.message(&[
        ("out_trade_no", "A1"),
        ("out_refund_no", "R1"),
        ("total_fee", "8800"),
        ("refund_fee", "1"),
    ]);
    for (method, body) in [("POST", signed.to_xml()), ("POST", "no XML".to_owned()), ("GET", String::new())] {
        let request = Request { method, body: body.as_bytes(), client_certificate: false };
        let reply = shop.gateway.call(shop.now_ms, Call::Refund, &request);
        assert_eq!((reply.status, reply.content_type), (400, "text/html"));
        let page = String::from_utf8(reply.body).unwrap();
        assert!(page.contains("<title>400 No required SSL certificate was sent</title>"), "{page}");
    }
    assert_eq!(shop.gateway.order(shop.now_ms, "A1").unwrap().refunded_minor, 0);
    let exchange = shop.gateway.exchanges().next_back().unwrap();
    assert_eq!(exchange.status, 400);
    assert!(exchange.verdict.contains("no client certificate"), "{}", exchange.verdict);
}

#[test]
fn a_merchant_without_a_certificate_can_switch_the_check_off() {
    let mut shop = Shop::with(r#"{"refund-certificate":"not-asked"}"#);
    shop.paid_order("A1");
    let body = shop
        .message(&[
            ("out_trade_no", "A1"),
            ("out_refund_no", "R1"),
            ("total_fee", "8800"),
            ("refund_fee", "1"),
        ])
        .to_xml();
    let request = Request { method: "POST", body: body.as_bytes(), client_certificate: false };
    shop.gateway.call(shop.now_ms, Call::Refund, &request);
    assert_eq!(shop.gateway.order(shop.now_ms, "A1").unwrap().refunded_minor, 1);
}

#[test]
fn a_refund_takes_as_long_as_the_switch_says() {
    let mut shop = Shop::with(r#"{"refund-takes-ms":1200000}"#);
    shop.paid_order("A1");
    shop.refund_with("A1", "R1", "100", &[]);
    shop.later(20 * MINUTE_MS - 1);
    assert_eq!(shop.call(Call::RefundQuery, &[("out_refund_no", "R1")])["refund_status_0"], "PROCESSING");
    shop.later(1);
    assert_eq!(shop.call(Call::RefundQuery, &[("out_refund_no", "R1")])["refund_status_0"], "SUCCESS");
}

#[test]
fn the_refunds_of_an_order_are_listed_ten_at_a_time() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    for n in 0..12 {
        shop.refund_with("A1", &format!("R{n}"), "10", &[]);
        shop.later(MINUTE_MS);
    }
    let first = shop.call(Call::RefundQuery, &[("out_trade_no", "A1")]);
    assert_eq!((first["total_refund_count"].as_str(), first["refund_count"].as_str()), ("12", "10"));
    let second = shop.call(Call::RefundQuery, &[("out_trade_no", "A1"), ("offset", "10")]);
    assert_eq!((second["refund_count"].as_str(), second["out_refund_no_1"].as_str()), ("2", "R11"));
}

#[test]
fn an_order_is_refunded_fifty_times_at_most() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    for n in 1..=50 {
        assert_eq!(shop.refund_with("A1", &format!("R{n}"), "1", &[])["result_code"], "SUCCESS", "{n}");
        shop.later(MINUTE_MS);
    }
    assert_eq!(shop.refund_with("A1", "R51", "1", &[])["err_code_des"], "退款次数超过限制");
}
