//! Builds, for each answer of the vectors, the question that it answers: about the order, refund and amount
//! that it names.

use wire::v2::{
    BillType, Call, CloseOrder, DownloadBill, ExchangeRate, Fields, OrderRef, QueryOrder, Refund,
    RefundQuery, RefundRef, SettlementQuery, UnifiedOrder,
};
use wire::{Currency, Money, OutRefundNo, OutTradeNo};

/// A call that can be built from its answer.
pub(crate) trait Question: Call + Sized {
    fn answered_by(body: &[u8]) -> Self;
}

/// The value of a field, or `absent` if the answer has none.
fn field(body: &[u8], name: &str, absent: &str) -> String {
    let fields = Fields::parse(body).ok();
    fields
        .as_ref()
        .and_then(|fields| fields.get(name))
        .filter(|value| !value.is_empty())
        .unwrap_or(absent)
        .into()
}

fn number(body: &[u8]) -> OutTradeNo {
    field(body, "out_trade_no", "HK20260301A0001").parse().unwrap()
}

fn amount(body: &[u8], name: &str) -> Money {
    let currency: Currency = field(body, "fee_type", "HKD").parse().unwrap();
    Money::new(field(body, name, "8800").parse().unwrap(), currency)
}

impl Question for UnifiedOrder {
    fn answered_by(body: &[u8]) -> Self {
        Self::new(
            number(body),
            "tea".parse().unwrap(),
            amount(body, "total_fee"),
            "203.0.113.10".parse().unwrap(),
            "https://pay.example.com/wechat/notify".parse().unwrap(),
            "SKU-88".parse().unwrap(),
        )
    }
}

impl Question for QueryOrder {
    fn answered_by(body: &[u8]) -> Self {
        Self { order: OrderRef::OutTradeNo(number(body)), total: amount(body, "total_fee") }
    }
}

impl Question for CloseOrder {
    fn answered_by(body: &[u8]) -> Self {
        Self { out_trade_no: number(body) }
    }
}

impl Question for Refund {
    fn answered_by(body: &[u8]) -> Self {
        Self {
            order: OrderRef::OutTradeNo(number(body)),
            out_refund_no: field(body, "out_refund_no", "R20260302A0001-1").parse().unwrap(),
            total: amount(body, "total_fee"),
            refund: amount(body, "refund_fee"),
            refund_desc: None,
            refund_account: None,
            notify_url: None,
        }
    }
}

impl Question for RefundQuery {
    fn answered_by(body: &[u8]) -> Self {
        let own: OutRefundNo = field(body, "out_refund_no_0", "R20260302A0001-1").parse().unwrap();
        Self {
            order: OrderRef::OutTradeNo(number(body)),
            total: amount(body, "total_fee"),
            which: RefundRef::OutRefundNo { number: own, amount: amount(body, "refund_fee_0") },
            offset: None,
        }
    }
}

impl Question for ExchangeRate {
    fn answered_by(body: &[u8]) -> Self {
        Self { currency: field(body, "fee_type", "HKD").parse().unwrap(), date: "20260301".parse().unwrap() }
    }
}

impl Question for SettlementQuery {
    fn answered_by(_: &[u8]) -> Self {
        Self {
            settled: true,
            offset: 0,
            limit: 10,
            date_start: "20260223".parse().unwrap(),
            date_end: "20260301".parse().unwrap(),
        }
    }
}

impl Question for DownloadBill {
    fn answered_by(_: &[u8]) -> Self {
        Self {
            bill_date: "20260301".parse().unwrap(),
            bill_type: BillType::default(),
            packed: false,
            device_info: None,
        }
    }
}
