//! Whether a genuine payment is the one that an order expects (protocol §6.4, §10.3). It compares ids, trade
//! type, `attach`, amount **and** currency: 8800 JPY is not 8800 HKD. If a payment names no currency, it
//! compares the minor units, because real messages leave the currency out.

use thiserror::Error;

use crate::{Merchant, Money, OutTradeNo, Payment, TradeType};

/// What a payment must match.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who is paid.
    pub merchant: &'a Merchant,
    /// The order.
    pub out_trade_no: &'a OutTradeNo,
    /// Amount and currency.
    pub total: Money,
    /// What the order sent as `attach`. The gateway returns it with the payment. A different value can mean
    /// that somebody spliced the message from a genuine one (protocol §10.2).
    pub attach: Option<&'a str>,
}

/// The first difference between a genuine payment and what was expected. The check tries the gravest first.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "in", rename_all = "snake_case", try_from = "stored::Stored"))]
pub enum Mismatch {
    /// Another merchant: `appid`, `mch_id`, `sub_appid` or `sub_mch_id`.
    #[error("the payment names another merchant")]
    Merchant,
    /// Another order number.
    #[error("the payment is for order {claimed}")]
    OrderNumber {
        /// The number that the payment names.
        claimed: String,
    },
    /// It was not paid by scanning our code.
    #[error("the payment has the trade type {claimed}, not NATIVE")]
    TradeType {
        /// The trade type that the payment names.
        claimed: String,
    },
    /// Another `attach` than the order sent.
    #[error("the payment has another attach than the order")]
    Attach,
    /// Another currency.
    #[error("the payment is {claimed}, in another currency")]
    Currency {
        /// What the message says was paid.
        claimed: Money,
    },
    /// Another amount.
    #[error("the payment is {claimed}, another amount")]
    Amount {
        /// What the message says was paid.
        claimed: Money,
    },
}

impl Expected<'_> {
    /// Compares a payment, and the merchant that its message names, with what was expected.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn check(&self, named: &Merchant, payment: &Payment) -> Result<(), Mismatch> {
        if !self.merchant.is_named_by(named) {
            return Err(Mismatch::Merchant);
        }
        if *self.out_trade_no != payment.out_trade_no {
            return Err(Mismatch::OrderNumber { claimed: payment.out_trade_no.to_string() });
        }
        if payment.trade_type != TradeType::Native {
            return Err(Mismatch::TradeType { claimed: payment.trade_type.to_string() });
        }
        let claimed = payment.total.or_in(self.total.currency);
        if !payment.total.may_be_in(self.total.currency) {
            return Err(Mismatch::Currency { claimed });
        }
        if self.total.minor != payment.total.minor {
            return Err(Mismatch::Amount { claimed });
        }
        let attached = payment.attach.as_deref().filter(|attach| !attach.is_empty());
        if attached != self.attach.filter(|attach| !attach.is_empty()) {
            return Err(Mismatch::Attach);
        }
        Ok(())
    }
}
/// How a [`Mismatch`] is read from its stored form. What serde derives for an enum of this form is larger and
/// slower.
#[cfg(feature = "serde")]
mod stored {
    use std::fmt;

    use serde::Deserialize;
    use serde::de::value::MapAccessDeserializer;
    use serde::de::{Deserializer, MapAccess, Visitor};

    use super::Mismatch;
    use crate::Money;

    #[derive(Deserialize)]
    pub(super) struct Stored {
        r#in: In,
        claimed: Option<Claimed>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum In {
        Merchant,
        OrderNumber,
        TradeType,
        Attach,
        Currency,
        Amount,
    }

    enum Claimed {
        Text(String),
        Money(Money),
    }

    impl<'de> Deserialize<'de> for Claimed {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(TextOrMoney)
        }
    }

    struct TextOrMoney;

    impl<'de> Visitor<'de> for TextOrMoney {
        type Value = Claimed;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text or an amount")
        }

        fn visit_str<E>(self, text: &str) -> Result<Claimed, E> {
            Ok(Claimed::Text(text.to_owned()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Claimed, A::Error> {
            Money::deserialize(MapAccessDeserializer::new(map)).map(Claimed::Money)
        }
    }

    impl TryFrom<Stored> for Mismatch {
        type Error = &'static str;

        fn try_from(Stored { r#in, claimed }: Stored) -> Result<Self, &'static str> {
            Ok(match (r#in, claimed) {
                (In::Merchant, _) => Self::Merchant,
                (In::Attach, _) => Self::Attach,
                (In::OrderNumber, Some(Claimed::Text(claimed))) => Self::OrderNumber { claimed },
                (In::TradeType, Some(Claimed::Text(claimed))) => Self::TradeType { claimed },
                (In::Currency, Some(Claimed::Money(claimed))) => Self::Currency { claimed },
                (In::Amount, Some(Claimed::Money(claimed))) => Self::Amount { claimed },
                (In::OrderNumber | In::TradeType | In::Currency | In::Amount, _) => {
                    return Err("a difference without what the payment says");
                }
            })
        }
    }
}
