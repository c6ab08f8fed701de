//! Who sells, and what: the same in every history.

use gateway::Dialect;
use order::{Details, DetailsText, Line, Terms};
use wire::v2::{ApiKey, Body, ProductId, SignType};
use wire::{AppId, Currency, MchId, Merchant, Money, NotifyUrl, OutTradeNo, Payment};

/// The price in Hong Kong cents.
pub(super) const PRICE_MINOR: u64 = 8800;
/// The number of the one order of a history.
pub(super) const NUMBER: &str = "HK20260301A0001";
/// Where refund notifications go.
pub(super) const REFUND_NOTIFY_URL: &str = "https://pay.example.com/notify/wechat/refund";

const KEY: &str = "TESTONLYmd5key0123456789abcdefHK";
const APPID: &str = "wx5c1f9e2a7d3b6048";
const MCH_ID: &str = "1634117205";

/// The merchant's key.
#[must_use]
pub(super) fn key() -> ApiKey {
    ApiKey::new(KEY).expect("a key")
}

/// The price.
#[must_use]
pub(super) fn price(minor: u64) -> Money {
    Money::new(minor, Currency::HKD)
}

/// What API v2 asks for besides.
#[must_use]
pub(super) fn of_the_dialect(product_id: &str) -> gateway::v2::Terms {
    gateway::v2::Terms {
        sign_type: SignType::HmacSha256,
        product_id: ProductId::new(product_id).expect("a product_id"),
        spbill_create_ip: std::net::IpAddr::from([203, 0, 113, 10]),
    }
}

/// What the shopper and the merchant agree on at this moment.
#[must_use]
pub(super) fn terms(now_ms: i64) -> Terms {
    Terms {
        out_trade_no: OutTradeNo::new(NUMBER).expect("a number"),
        merchant: Merchant::common(
            AppId::new(APPID).expect("an appid"),
            MchId::new(MCH_ID).expect("a mch_id"),
        ),
        dialect: Dialect::V2(of_the_dialect("tea-gift-set")),
        amount: price(PRICE_MINOR),
        description: Body::new("Example Tea House - gift set").expect("a body"),
        notify_url: NotifyUrl::new("https://pay.example.com/notify/wechat").expect("an address"),
        refund_notify_url: Some(NotifyUrl::new(REFUND_NOTIFY_URL).expect("an address")),
        request_fingerprint: "c0ffee".into(),
        time_expire_at_ms: now_ms + Terms::DEFAULT_LIFE_MS,
        keep_ms: Terms::DEFAULT_KEEP_MS,
    }
}

/// What the shopper buys.
///
/// # Panics
/// Never: these details can be written.
#[must_use]
pub(super) fn details() -> DetailsText {
    let name = "Tea gift set".to_owned();
    let line = Line { sku: "tea-gift-set".into(), name, quantity: 1, unit_amount: PRICE_MINOR, file: None };
    Details { lines: vec![line], ..Details::default() }.text().expect("JSON")
}

/// What is known of a payment that has no order: what its notification says, if it can be read.
#[must_use]
pub(super) fn terms_of_stray(now_ms: i64, payment: Option<&Payment>) -> Terms {
    Terms {
        amount: payment.map_or(Money::new(0, Currency::CNY), |payment| payment.total.or_in(Currency::CNY)),
        description: Body::new("A payment without an order").expect("a body"),
        dialect: Dialect::V2(of_the_dialect("unknown")),
        request_fingerprint: String::new(),
        ..terms(now_ms)
    }
}

/// The merchant as the gateway knows it.
#[must_use]
pub(super) fn at_the_gateway() -> simulator::gateway::Merchant {
    simulator::gateway::Merchant::new(APPID, MCH_ID, KEY).expect("a merchant")
}
