//! The project's own typed client reads every answer of the gateway.

use simulator::gateway::{Call as Path, Request};
use wire::v2::{
    BillAnswer, BillType, Body, Call, CallError, CloseOrder, DownloadBill, ExchangeRate, OrderRef, ProductId,
    QueryOrder, Refund, RefundQuery, RefundRef, RefundStatus, SettlementQuery, SignType, TradeState,
    UnifiedOrder, WxDate,
};
use wire::{AppId, Currency, MchId, Merchant, Money, Nonce, NotifyUrl, OutRefundNo, OutTradeNo};

use crate::shop::{APPID, DAY_MS, MCH_ID, MINUTE_MS, Shop, key};

fn ask<C: Call>(shop: &mut Shop, call: &C) -> Result<C::Answer, CallError> {
    let merchant = Merchant::common(AppId::new(APPID).unwrap(), MchId::new(MCH_ID).unwrap());
    let (sign_type, key) = (SignType::HmacSha256, key());
    let nonce = Nonce::new("7DCAA8007F50CAE7C532BA2A02498FFA").unwrap();
    let body = wire::v2::request(call, &merchant, sign_type, &key, &nonce).unwrap();
    let request = Request { method: "POST", body: body.as_bytes(), client_certificate: true };
    let reply = shop.gateway.call(shop.now_ms, Path::at(C::PATH).unwrap(), &request);
    wire::v2::answer(call, &reply.body, &merchant, sign_type, &key)
}

fn number(text: &str) -> OutTradeNo {
    OutTradeNo::new(text).unwrap()
}

fn hkd(minor: u64) -> Money {
    Money::new(minor, Currency::new("HKD").unwrap())
}

fn order(text: &str) -> UnifiedOrder {
    UnifiedOrder {
        out_trade_no: number(text),
        body: Body::new("Example Tea House - gift set").unwrap(),
        total: hkd(8800),
        client_ip: "203.0.113.10".parse().unwrap(),
        notify_url: NotifyUrl::new("https://pay.example.com/wechat/notify").unwrap(),
        product_id: ProductId::new("SKU-88").unwrap(),
        time_start: None,
        time_expire: None,
        attach: None,
        detail: None,
        device_info: None,
        goods_tag: None,
        limit_pay: None,
        scene_info: None,
        receipt: false,
        profit_sharing: None,
        payer: None,
    }
}

fn query(text: &str) -> QueryOrder {
    QueryOrder { order: OrderRef::OutTradeNo(number(text)), total: hkd(8800) }
}

fn refund(text: &str) -> Refund {
    Refund {
        order: OrderRef::OutTradeNo(number("A1")),
        out_refund_no: OutRefundNo::new(text).unwrap(),
        total: hkd(8800),
        refund: hkd(3300),
        refund_desc: None,
        refund_account: None,
        notify_url: None,
    }
}

fn refund_query(which: RefundRef) -> RefundQuery {
    RefundQuery { order: OrderRef::OutTradeNo(number("A1")), total: hkd(8800), which, offset: None }
}

#[test]
fn ordering_querying_and_closing_are_understood() {
    let mut shop = Shop::new();
    let code = ask(&mut shop, &order("A1")).unwrap().code_url;
    assert_eq!(ask(&mut shop, &query("A1")).unwrap().trade_state, TradeState::NotPay);
    shop.gateway.pay(shop.now_ms, code.as_str(), "me").unwrap();
    let found = ask(&mut shop, &query("A1")).unwrap();
    assert_eq!(found.trade_state, TradeState::Success);
    assert_eq!(found.payment.unwrap().total.or_in(Currency::CNY), hkd(8800));

    ask(&mut shop, &order("A2")).unwrap();
    shop.later(5 * MINUTE_MS);
    ask(&mut shop, &CloseOrder { out_trade_no: number("A2") }).unwrap();
    assert!(matches!(
        ask(&mut shop, &CloseOrder { out_trade_no: number("A1") }),
        Err(CallError::Business { .. })
    ));
}

#[test]
fn refunds_and_their_query_are_understood() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let accepted = ask(&mut shop, &refund("R1")).unwrap();
    shop.later(3000);
    let found = ask(&mut shop, &refund_query(RefundRef::RefundId(accepted.refund_id))).unwrap();
    assert_eq!((found.refunds.len(), &found.refunds[0].status), (1, &RefundStatus::Success));
    assert_eq!(found.refunds[0].refund, hkd(3300));
    assert!(found.refunds[0].success_time.is_some());
}

#[test]
fn bill_rate_and_settlement_of_a_day_are_understood() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    ask(&mut shop, &refund("R1")).unwrap();
    shop.later(DAY_MS);
    let day = WxDate::from_ymd(2026, 3, 1).unwrap();

    let asked = DownloadBill { bill_date: day, bill_type: BillType::All, packed: false, device_info: None };
    let BillAnswer::Bill(text) = ask(&mut shop, &asked).unwrap() else { panic!("no bill") };
    let bill = wire::v2::bill::Bill::parse(&text).unwrap();
    let rows = bill.rows().unwrap();
    assert_eq!((rows[0].order_total(), rows[1].refund_asked()), (Ok(Some(hkd(8800))), Ok(Some(hkd(3300)))));
    assert_eq!(rows[1].out_refund_no().unwrap().unwrap().as_str(), "R1");
    assert_eq!(bill.unchecked_totals(), [""; 0]);

    let rate = ask(&mut shop, &ExchangeRate { currency: Currency::new("HKD").unwrap(), date: day }).unwrap();
    assert!(rate.rate.is_some());

    let asked = SettlementQuery { settled: true, offset: 0, limit: 10, date_start: day, date_end: day };
    let settled = ask(&mut shop, &asked).unwrap();
    assert_eq!((settled.rows[0].settled_minor, settled.rows[0].refunded_minor), (Some(5445), Some(-3300)));
}

#[test]
fn coupons_and_the_bills_of_payments_and_of_refunds_are_understood() {
    let mut shop = Shop::with(r#"{"coupon":1000}"#);
    shop.paid_order("A1");
    let payment = ask(&mut shop, &query("A1")).unwrap().payment.unwrap();
    assert_eq!((payment.coupons.len(), payment.coupon_total_minor), (2, Some(1000)));
    assert_eq!(payment.settlement_total_minor, Some(8300));
    let accepted = ask(&mut shop, &refund("R1")).unwrap();
    assert_eq!((accepted.coupons.len(), accepted.coupon_refund_minor), (2, Some(375)));
    let listed = ask(&mut shop, &refund_query(RefundRef::All)).unwrap().refunds.remove(0);
    assert_eq!((listed.coupons, listed.settlement_refund_minor), (accepted.coupons, Some(3112)));

    shop.later(DAY_MS);
    let bill_date = WxDate::from_ymd(2026, 3, 1).unwrap();
    for (bill_type, order_total, refund_asked) in
        [(BillType::Success, hkd(8800), None), (BillType::Refund, hkd(0), Some(hkd(3300)))]
    {
        let asked = DownloadBill { bill_date, bill_type, packed: false, device_info: None };
        let BillAnswer::Bill(text) = ask(&mut shop, &asked).unwrap() else { panic!("no bill") };
        let bill = wire::v2::bill::Bill::parse(&text).unwrap();
        let row = bill.rows().unwrap()[0];
        assert_eq!(row.order_total(), Ok(Some(order_total)));
        match refund_asked {
            Some(refund) => assert_eq!(row.refund_asked(), Ok(Some(refund))),
            None => assert!(row.refund_asked().is_err(), "a bill of payments has no column of refunds"),
        }
    }
}
