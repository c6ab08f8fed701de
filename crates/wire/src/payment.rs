//! What every generation of the API reports of a payment.

use std::fmt;

use crate::{OutTradeNo, StatedMoney, TransactionId};

/// A payment that an authenticated message reports: the values that decide whether it pays an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The gateway's number of the payment. A second one for the same order is a second payment.
    pub transaction_id: TransactionId,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The amount that was paid. Compare it with the order's amount *and*, if stated, with its currency.
    pub total: StatedMoney,
    /// How it was paid.
    pub trade_type: TradeType,
    /// When it was paid, by the gateway's clock, in milliseconds of the Unix epoch.
    pub paid_at_ms: i64,
    /// The order's `attach`, returned by the gateway.
    pub attach: Option<Box<str>>,
}

/// `trade_type`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TradeType {
    /// `NATIVE`: a code shown to the payer.
    Native,
    /// `JSAPI`: inside WeChat.
    Jsapi,
    /// `APP`: from another app.
    App,
    /// `MWEB`: a phone's browser.
    Mweb,
    /// `MICROPAY`: a code shown by the payer.
    Micropay,
    /// Another one.
    Other(Box<str>),
}

impl TradeType {
    /// Reads the text of the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "NATIVE" => Self::Native,
            "JSAPI" => Self::Jsapi,
            "APP" => Self::App,
            "MWEB" => Self::Mweb,
            "MICROPAY" => Self::Micropay,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Native => "NATIVE",
            Self::Jsapi => "JSAPI",
            Self::App => "APP",
            Self::Mweb => "MWEB",
            Self::Micropay => "MICROPAY",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for TradeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for TradeType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for TradeType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        Ok(Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trade_types_keep_their_text() {
        for text in ["NATIVE", "JSAPI", "APP", "MWEB", "MICROPAY", "NEW"] {
            assert_eq!(TradeType::new(text).to_string(), text);
        }
        assert_eq!(TradeType::new("NEW"), TradeType::Other("NEW".into()));
    }
}
