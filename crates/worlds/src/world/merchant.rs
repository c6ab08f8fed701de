//! Who sells, and what: the same in every history.

use gateway::Dialect;
use order::{Details, DetailsText, Line, Terms};
use wire::v2::{ApiKey, Body, ProductId, SignType};
use wire::v3::Edition;
use wire::{AppId, Currency, MchId, Merchant, Money, NotifyUrl, OutTradeNo, Payment};

use super::api::Api;

/// The price in minor units of the merchant's currency.
pub(super) const PRICE_MINOR: u64 = 8800;
/// The number of the one order of a history, and that of another one beside it.
pub(super) const NUMBERS: [&str; 2] = ["HK20260301A0001", "HK20260301B0002"];
/// Where refund notifications go.
pub(super) const REFUND_NOTIFY_URL: &str = "https://pay.example.com/notify/wechat/refund";

/// Where notifications of API v3 go, of payments and of refunds.
pub(super) const V3_NOTIFY_URL: &str = "https://pay.example.com/notify/wechat/v3";
/// What opens the notifications of API v3.
pub(super) const API_V3_KEY: &str = "TESTONLYapiv3key0123456789abcdHK";

const NOTIFY_URL: &str = "https://pay.example.com/notify/wechat";
const KEY: &str = "TESTONLYmd5key0123456789abcdefHK";
const APPID: &str = "wx5c1f9e2a7d3b6048";
const MCH_ID: &str = "1634117205";

/// The merchant's key.
#[must_use]
pub(super) fn key() -> ApiKey {
    ApiKey::new(KEY).expect("a key")
}

/// The merchant.
#[must_use]
pub(super) fn merchant() -> Merchant {
    Merchant::common(AppId::new(APPID).expect("an appid"), MchId::new(MCH_ID).expect("a mch_id"))
}

/// What only one generation of the API needs of an order.
#[must_use]
pub(super) fn dialect(by: Api, product_id: &str) -> Dialect {
    match by {
        Api::V2 => Dialect::V2(gateway::v2::Terms {
            sign_type: SignType::HmacSha256,
            product_id: ProductId::new(product_id).expect("a product_id"),
            spbill_create_ip: std::net::IpAddr::from([203, 0, 113, 10]),
        }),
        Api::V3Global | Api::V3Mainland => Dialect::V3(gateway::v3::Terms {
            edition: by.edition(),
            category: (by.edition() == Edition::Global).then(|| "5499".parse().expect("a category")),
        }),
    }
}

/// What the shopper and the merchant agree on at this moment, for an order that is placed so.
#[must_use]
pub(super) fn terms(by: Api, number: &str, price: Money, now_ms: i64) -> Terms {
    let (notify_url, refund_notify_url) = match by {
        Api::V2 => (NOTIFY_URL, REFUND_NOTIFY_URL),
        Api::V3Global | Api::V3Mainland => (V3_NOTIFY_URL, V3_NOTIFY_URL),
    };
    Terms {
        out_trade_no: OutTradeNo::new(number).expect("a number"),
        merchant: merchant(),
        dialect: dialect(by, "tea-gift-set"),
        amount: price,
        description: Body::new("Example Tea House - gift set").expect("a body"),
        notify_url: NotifyUrl::new(notify_url).expect("an address"),
        refund_notify_url: Some(NotifyUrl::new(refund_notify_url).expect("an address")),
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

/// What is known of a payment that has no order: what its notification says, if it can be read. It has the
/// generation of its notification.
#[must_use]
pub(super) fn terms_of_stray(by: Api, number: &str, now_ms: i64, payment: Option<&Payment>) -> Terms {
    let amount = payment.map_or(Money::new(0, Currency::CNY), |payment| payment.total.or_in(Currency::CNY));
    Terms {
        description: Body::new("A payment without an order").expect("a body"),
        dialect: dialect(by, "unknown"),
        request_fingerprint: String::new(),
        ..terms(by, number, amount, now_ms)
    }
}

/// The merchant as the gateway knows it, with an APIv3 key or without one.
#[must_use]
pub(super) fn at_the_gateway(of: Api, has_v3: bool) -> simulator::gateway::Merchant {
    let mut merchant = simulator::gateway::Merchant::new(APPID, MCH_ID, KEY).expect("a merchant");
    of.currency().as_str().clone_into(&mut merchant.fee_type);
    if has_v3 {
        merchant.set_v3(API_V3_KEY, None).expect("an APIv3 key");
    }
    merchant
}
