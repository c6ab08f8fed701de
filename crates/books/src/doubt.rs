//! What a pass over the bill could not settle. It is stored until the order was asked.

use serde::{Deserialize, Serialize};
use wire::Money;

/// Where a doubt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// A payment in the bill.
    BillPaid,
    /// A refund in the bill.
    BillRefunded,
    /// A payment in our index that the bill lacks.
    OursPaid,
    /// An order with refunds that the bill may lack.
    OursRefunded,
}

/// What a pass over the bill could not settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Where it comes from.
    pub side: Side,
    /// The order.
    pub number: Box<str>,
    /// The payment; empty for the refunds of an order of ours.
    pub transaction_id: Box<str>,
    /// The refund's number at WeChat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_refund_no: Option<Box<str>>,
    /// How much. `None` for the refunds of an order of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The state of the refund in the bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Box<str>>,
    /// When it was paid, as our index says. 0 for what is in the bill.
    #[serde(default)]
    pub paid_at_ms: i64,
    /// The line of the bill; 0 for what is ours.
    #[serde(default)]
    pub line: u32,
    /// The bill of the day before lacked it, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carried: bool,
    /// What WeChat answered when it was asked about the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechat_says: Option<Box<str>>,
}

impl Doubt {
    /// What tells it from other doubts of the same side.
    #[must_use]
    pub fn key(&self) -> &str {
        match self.side {
            Side::BillPaid | Side::OursPaid => &self.transaction_id,
            Side::BillRefunded => self.out_refund_no.as_deref().unwrap_or_default(),
            Side::OursRefunded => &self.number,
        }
    }
}

impl Side {
    /// The text under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BillPaid => "bill_paid",
            Self::BillRefunded => "bill_refunded",
            Self::OursPaid => "ours_paid",
            Self::OursRefunded => "ours_refunded",
        }
    }

    /// Whether it is in the bill. These doubts are settled first: a payment of the bill may be what another
    /// day lacks.
    #[must_use]
    pub const fn is_in_the_bill(self) -> bool {
        matches!(self, Self::BillPaid | Self::BillRefunded)
    }
}
