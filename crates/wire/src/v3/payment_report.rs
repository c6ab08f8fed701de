//! What a query and a notification report of a payment (protocol §9.6).

use crate::v2::{Malformed, Rate};
use crate::v3::json::JsonFields;
use crate::v3::{Edition, Instant, Promotion};
use crate::{Currency, Money, OpenId, OutTradeNo, Payment, StatedMoney, TradeType, TransactionId};

/// Everything that API v3 reports of a payment. The fields that decide are checked. A field that only informs
/// is `None` if it is absent or malformed. [`Payment`] holds the fields that decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentReport {
    /// `id` or `transaction_id`: the gateway's number of the payment.
    pub transaction_id: TransactionId,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// `amount.total` and `amount.currency`. Compare both with the order's.
    pub total: StatedMoney,
    /// How it was paid.
    pub trade_type: TradeType,
    /// When it was paid.
    pub success_time: Instant,
    /// The order's `attach`, returned by the gateway.
    pub attach: Option<Box<str>>,
    /// The payer under `appid` or `sp_appid`.
    pub openid: Option<OpenId>,
    /// The payer under `sub_appid`.
    pub sub_openid: Option<OpenId>,
    /// The payer's bank, e.g. `OTHERS`, `CMB_DEBIT`.
    pub bank_type: Option<Box<str>>,
    /// `amount.payer_total`: what the payer paid after coupons. Never compare it with `total`.
    pub payer_total: Option<Money>,
    /// `amount.exchange_rate.rate`.
    pub rate: Option<Rate>,
    /// The coupons one by one.
    pub promotions: Vec<Promotion>,
}

impl PaymentReport {
    /// The fields that decide, in the type that every generation shares.
    #[must_use]
    pub fn payment(&self) -> Payment {
        Payment {
            transaction_id: self.transaction_id.clone(),
            out_trade_no: self.out_trade_no.clone(),
            total: self.total,
            trade_type: self.trade_type.clone(),
            paid_at_ms: self.success_time.epoch_ms(),
            attach: self.attach.clone(),
        }
    }

    /// Reads the fields that queries and notifications share.
    pub(crate) fn read(fields: &JsonFields<'_, '_>, edition: Edition) -> Result<Self, Malformed> {
        let amount = fields.object("amount")?;
        let payer = fields.informative_object("payer");
        let rate = amount.informative_object("exchange_rate").informative_amount("rate");
        Ok(Self {
            transaction_id: transaction_id(fields, edition)?,
            out_trade_no: fields.parse("out_trade_no")?,
            total: total(&amount, edition)?,
            trade_type: TradeType::new(fields.required("trade_type")?),
            success_time: fields.parse("success_time")?,
            attach: fields.optional("attach")?.map(Box::from),
            openid: payer.informative("openid").or_else(|| payer.informative("sp_openid")),
            sub_openid: payer.informative("sub_openid"),
            bank_type: fields.text("bank_type"),
            payer_total: amount.informative_money("payer_total", "payer_currency", absent_currency(edition)),
            rate: rate.map(Rate),
            promotions: Promotion::read_all(&fields.informative_list("promotion_detail")),
        })
    }
}

/// The payment's number under either name. Sources disagree which one the global edition has (protocol
/// §9.12).
pub(crate) fn transaction_id(
    fields: &JsonFields<'_, '_>,
    edition: Edition,
) -> Result<TransactionId, Malformed> {
    either(fields, "id", "transaction_id")?.ok_or_else(|| {
        fields.missing(match edition {
            Edition::Global => "id",
            Edition::Mainland => "transaction_id",
        })
    })
}

/// A number under one of two names. Both are accepted if they are the same.
pub(crate) fn either<T: std::str::FromStr + PartialEq>(
    fields: &JsonFields<'_, '_>,
    name: &'static str,
    other: &'static str,
) -> Result<Option<T>, Malformed> {
    match (fields.parse_optional(name)?, fields.parse_optional(other)?) {
        (Some(one), Some(two)) if one != two => Err(fields.invalid(other)),
        (one, two) => Ok(one.or(two)),
    }
}

/// What an absent currency means: CNY in the mainland edition. The global edition always names one.
pub(crate) const fn absent_currency(edition: Edition) -> Option<Currency> {
    match edition {
        Edition::Global => None,
        Edition::Mainland => Some(Currency::CNY),
    }
}

fn total(amount: &JsonFields<'_, '_>, edition: Edition) -> Result<StatedMoney, Malformed> {
    let minor = amount.amount("total")?;
    let stated = amount.parse_optional("currency")?.or(absent_currency(edition));
    let currency = stated.ok_or_else(|| amount.missing("currency"))?;
    Ok(StatedMoney { minor, currency: Some(currency) })
}
