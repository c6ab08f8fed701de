//! The JSON that a store keeps (feature `serde`): these exact texts, and every value is checked again when it
//! is read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::v2::{
    Attach, CloseOrder, Coupon, CouponKind, ErrCode, LimitPay, OrderRef, PayerIdentity, PaymentReport, Rate,
    Refund, RefundAccount, RefundQuery, RefundRef, RefundStatus, SignType, UnifiedOrder, UnknownFields,
    WxDate, WxTime,
};
use wire::{AppId, CodeUrl, Currency, Merchant, Money, OpenId, OutTradeNo, TradeType};

/// The value becomes this text, and the text becomes the same value.
fn kept<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, text: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), text);
    assert_eq!(&serde_json::from_str::<T>(text).unwrap(), value);
}

fn refused<T: DeserializeOwned>(text: &str) {
    assert!(serde_json::from_str::<T>(text).is_err(), "{text}");
}

#[test]
fn checked_texts_are_strings_and_are_checked_again() {
    kept(&OutTradeNo::new("A1").unwrap(), r#""A1""#);
    kept(&AppId::new("wx1").unwrap(), r#""wx1""#);
    kept(&OpenId::new("o1").unwrap(), r#""o1""#);
    kept(&Attach::new("茶").unwrap(), r#""茶""#);
    kept(&CodeUrl::new("weixin://wxpay/s/1").unwrap(), r#""weixin://wxpay/s/1""#);
    refused::<OutTradeNo>(r#""A 1""#);
    refused::<CodeUrl>(r#""https://example.com/""#);
    refused::<AppId>("1");
}

#[test]
fn money_times_and_names_are_as_on_the_wire() {
    kept(&Money::new(8800, Currency::HKD), r#"{"minor":8800,"currency":"HKD"}"#);
    kept(&"20260301120345".parse::<WxTime>().unwrap(), r#""20260301120345""#);
    kept(&"20260301".parse::<WxDate>().unwrap(), r#""20260301""#);
    kept(&SignType::HmacSha256, r#""HMAC-SHA256""#);
    kept(&SignType::Md5, r#""MD5""#);
    kept(&ErrCode::OrderPaid, r#""ORDERPAID""#);
    kept(&ErrCode::Other("NEW".into()), r#""NEW""#);
    kept(&TradeType::Native, r#""NATIVE""#);
    kept(&RefundStatus::Closed, r#""REFUNDCLOSE""#);
    kept(&Rate(92_000_000), "92000000");
    refused::<Money>(r#"{"minor":-1,"currency":"HKD"}"#);
    refused::<Money>(r#"{"minor":1,"currency":"hkd"}"#);
    refused::<WxTime>(r#""20260230120345""#);
    refused::<WxDate>(r#""2026""#);
    refused::<SignType>(r#""NONE""#);
}

#[test]
fn a_merchant_leaves_out_missing_numbers() {
    let common = Merchant::common(AppId::new("wx1").unwrap(), "1".parse().unwrap());
    kept(&common, r#"{"appid":"wx1","mch_id":"1"}"#);
    let sub =
        Merchant::under_institution(AppId::new("wx1").unwrap(), "1".parse().unwrap(), "11".parse().unwrap());
    kept(&sub, r#"{"appid":"wx1","mch_id":"1","sub_mch_id":"11"}"#);
}

#[test]
fn stored_requests_come_back_unchanged() {
    let order = UnifiedOrder {
        time_expire: Some("20260301123000".parse().unwrap()),
        limit_pay: Some(LimitPay::NoCredit),
        payer: Some(PayerIdentity {
            user_type: "IDCARD".into(),
            user_creid: "1".into(),
            user_truename: "张三".into(),
        }),
        ..UnifiedOrder::new(
            "A1".parse().unwrap(),
            "tea".parse().unwrap(),
            Money::new(8800, Currency::HKD),
            "203.0.113.10".parse().unwrap(),
            "https://pay.example.com/n".parse().unwrap(),
            "SKU-88".parse().unwrap(),
        )
    };
    let text = serde_json::to_string(&order).unwrap();
    assert_eq!(serde_json::from_str::<UnifiedOrder>(&text).unwrap(), order);
    assert_eq!(format!("{:?}", order.payer.unwrap()), "PayerIdentity(redacted)");

    kept(&CloseOrder { out_trade_no: "A1".parse().unwrap() }, r#"{"out_trade_no":"A1"}"#);
    let refund = Refund {
        order: OrderRef::TransactionId("42".parse().unwrap()),
        out_refund_no: "R1".parse().unwrap(),
        total: Money::new(2, Currency::CNY),
        refund: Money::new(1, Currency::CNY),
        refund_desc: None,
        refund_account: Some(RefundAccount::RechargeFunds),
        notify_url: None,
    };
    let text = serde_json::to_string(&refund).unwrap();
    assert_eq!(serde_json::from_str::<Refund>(&text).unwrap(), refund);
    kept(
        &RefundQuery {
            order: OrderRef::OutTradeNo("A1".parse().unwrap()),
            total: Money::new(2, Currency::CNY),
            which: RefundRef::RefundId("50".parse().unwrap()),
            offset: None,
        },
        r#"{"order":{"OutTradeNo":"A1"},"total":{"minor":2,"currency":"CNY"},"which":{"RefundId":"50"},"offset":null}"#,
    );
}

#[test]
fn a_payment_survives_storage_with_every_field() {
    let payment = PaymentReport {
        transaction_id: "42".parse().unwrap(),
        out_trade_no: "A1".parse().unwrap(),
        total: wire::StatedMoney { minor: 8800, currency: Some(Currency::HKD) },
        trade_type: TradeType::Native,
        openid: Some("o1".parse().unwrap()),
        time_end: "20260301120345".parse().unwrap(),
        bank_type: Some("OTHERS".into()),
        cash: Some(Money::new(8096, Currency::CNY)),
        settlement_total_minor: None,
        coupon_total_minor: Some(100),
        coupons: vec![Coupon { id: Some("C".into()), kind: Some(CouponKind::NoCash), fee_minor: Some(100) }],
        rate: Some(Rate(92_000_000)),
        is_subscribe: Some(false),
        sub_openid: None,
        sub_is_subscribe: None,
        attach: Some(" 茶 ".into()),
        device_info: None,
        promotion_detail: None,
    };
    let text = serde_json::to_string(&payment).unwrap();
    assert_eq!(serde_json::from_str::<PaymentReport>(&text).unwrap(), payment);
    kept(&UnknownFields::default(), "[]");
}
