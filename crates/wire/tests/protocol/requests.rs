//! Each of our requests equals the request of the vectors: same fields, same values, same signature.

use crate::vectors::{merchant, sample};
use wire::v2::{
    Attach, Body, Call, CloseOrder, Detail, DeviceInfo, DownloadBill, ExchangeRate, Fields, GoodsTag,
    LimitPay, OrderRef, QueryOrder, Refund, RefundDesc, RefundQuery, RefundRef, SettlementQuery,
    UnifiedOrder, request,
};
use wire::{Currency, Merchant, Money};

/// Writes the call with the nonce of the message and compares all fields, including the signature.
fn reproduces<C: Call>(call: &C, merchant: &Merchant, beginning: &str) {
    let sample = sample(beginning);
    let theirs = Fields::parse(&sample.body).unwrap();
    let nonce = theirs.get("nonce_str").unwrap_or("unused").parse().unwrap();
    let ours = request(call, merchant, sample.sign_type.unwrap(), sample.key(), &nonce).unwrap();
    let ours = Fields::parse(ours.as_bytes()).unwrap();
    assert_eq!(ours.iter().collect::<Vec<_>>(), theirs.iter().collect::<Vec<_>>(), "{beginning}");
}

fn order(
    out_trade_no: &str,
    body: &str,
    total: (u64, &str),
    client_ip: &str,
    product_id: &str,
) -> UnifiedOrder {
    UnifiedOrder::new(
        out_trade_no.parse().unwrap(),
        Body::new(body).unwrap(),
        Money::new(total.0, total.1.parse().unwrap()),
        client_ip.parse().unwrap(),
        "https://pay.example.com/wechat/notify".parse().unwrap(),
        product_id.parse().unwrap(),
    )
}

#[test]
fn unified_orders_plain_full_and_of_an_institution() {
    let plain =
        order("HK20260301A0001", "Example Tea House - gift set", (8800, "HKD"), "203.0.113.10", "SKU-88");
    reproduces(&plain, &merchant(), "genuine/10");

    let detail = r#"{"cost_price":1980,"receipt_id":"R-20260301-7","goods_detail":[{"goods_id":"MATCHA-100G","goods_name":"抹茶 <特級> & 茶筅","quantity":1,"price":1980}]}"#;
    let full = UnifiedOrder {
        device_info: Some(DeviceInfo::new("WEB").unwrap()),
        detail: Some(Detail::new(detail).unwrap()),
        attach: Some(Attach::new("cart:42|lang:ja|note:a+b %2B").unwrap()),
        time_start: Some("20260301120000".parse().unwrap()),
        time_expire: Some("20260301123000".parse().unwrap()),
        goods_tag: Some(GoodsTag::new("SPRING").unwrap()),
        limit_pay: Some(LimitPay::NoCredit),
        ..order("JP20260301B0002", "示例茶舖-抹茶禮盒", (1980, "JPY"), "2001:db8::7", "MATCHA-100G")
    };
    reproduces(&full, &merchant(), "genuine/11");

    let institution = Merchant::under_institution(
        "wx90aa17be44c05d21".parse().unwrap(),
        "1634990001".parse().unwrap(),
        "1635004477".parse().unwrap(),
    );
    let meal =
        order("SG20260301E0005", "Example Kopitiam - set meal", (4550, "SGD"), "203.0.113.10", "SET-5");
    reproduces(&meal, &institution, "genuine/12");
}

#[test]
fn queries_by_either_number_and_a_close() {
    let total = Money::new(8800, Currency::HKD);
    let by_ours = QueryOrder { order: OrderRef::OutTradeNo("HK20260301A0001".parse().unwrap()), total };
    reproduces(&by_ours, &merchant(), "genuine/30");
    let by_theirs =
        QueryOrder { order: OrderRef::TransactionId("4200002741202603010000000002".parse().unwrap()), total };
    reproduces(&by_theirs, &merchant(), "genuine/31");
    reproduces(&CloseOrder { out_trade_no: "HK20260301A0001".parse().unwrap() }, &merchant(), "genuine/50");
}

#[test]
fn a_partial_refund_and_its_query() {
    let refund = Refund {
        order: OrderRef::OutTradeNo("HK20260301A0001".parse().unwrap()),
        out_refund_no: "R20260302A0001-1".parse().unwrap(),
        total: Money::new(8800, Currency::HKD),
        refund: Money::new(3300, Currency::HKD),
        refund_desc: Some(RefundDesc::new("Customer changed mind").unwrap()),
        refund_account: None,
        notify_url: Some("https://pay.example.com/wechat/refund-notify".parse().unwrap()),
    };
    reproduces(&refund, &merchant(), "genuine/80");
    const { assert!(Refund::CLIENT_CERTIFICATE && !RefundQuery::CLIENT_CERTIFICATE) };

    let question = RefundQuery {
        order: refund.order,
        total: refund.total,
        which: RefundRef::OutRefundNo { number: refund.out_refund_no, amount: refund.refund },
        offset: None,
    };
    reproduces(&question, &merchant(), "genuine/87");
}

#[test]
fn the_smaller_calls() {
    reproduces(
        &ExchangeRate { currency: Currency::HKD, date: "20260301".parse().unwrap() },
        &merchant(),
        "genuine/a0",
    );
    let week = SettlementQuery {
        settled: true,
        offset: 0,
        limit: 10,
        date_start: "20260223".parse().unwrap(),
        date_end: "20260301".parse().unwrap(),
    };
    reproduces(&week, &merchant(), "genuine/a2");
    let bill = DownloadBill {
        bill_date: "20260301".parse().unwrap(),
        bill_type: wire::v2::BillType::All,
        packed: false,
        device_info: None,
    };
    reproduces(&bill, &merchant(), "genuine/a4");
}
