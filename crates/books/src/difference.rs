//! A difference between WeChat's bill and our books.

use serde::Serialize;
use wire::Money;

use crate::Doubt;

/// How many differences one report has. More are only counted.
pub const MAX_DIFFERENCES: u32 = 1_000;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// WeChat has a payment of an order of ours, and we did not know it.
    MissingHere,
    /// We count an order as paid, and the bill lacks its payment.
    MissingThere,
    /// The amounts of a payment differ.
    Amount,
    /// The currencies of a payment or refund differ.
    Currency,
    /// The bill lacks a refund of ours.
    RefundMissingThere,
    /// The amounts of a refund differ.
    RefundAmount,
    /// The bill and we disagree whether a refund was made.
    RefundState,
    /// A payment that was not made here: its order number is not one of ours.
    MadeElsewhere,
    /// A refund that was not asked for here.
    RefundMadeElsewhere,
    /// The bill has the same payment or refund twice.
    Double,
    /// A row of the bill that cannot be read, or of a kind that is never ours.
    Unreadable,
}

/// A difference, in the form in which a report shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What differs.
    pub kind: Kind,
    /// The order.
    pub out_trade_no: Box<str>,
    /// The payment.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub transaction_id: Box<str>,
    /// The refund, by its number at WeChat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_refund_no: Option<Box<str>>,
    /// What our books say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Money>,
    /// What the bill says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wechat: Option<Money>,
    /// Whether our books are right now: the order has learned what it did not know.
    pub mended: bool,
    /// The line of the bill.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: u32,
    /// More in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Box<str>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_zero(line: &u32) -> bool {
    *line == 0
}

impl Difference {
    /// A difference of this kind about what is in doubt. The amount of the doubt is on its own side.
    #[must_use]
    pub fn about(doubt: &Doubt, kind: Kind) -> Self {
        let (ours, wechat) =
            if doubt.side.is_in_the_bill() { (None, doubt.amount) } else { (doubt.amount, None) };
        Self {
            kind,
            out_trade_no: doubt.number.clone(),
            transaction_id: doubt.transaction_id.clone(),
            out_refund_no: doubt.out_refund_no.clone(),
            ours,
            wechat,
            mended: false,
            line: doubt.line,
            detail: None,
        }
    }

    /// The same with what our books say.
    pub(crate) fn ours(mut self, ours: Money) -> Self {
        self.ours = Some(ours);
        self
    }

    /// The same, mended or not.
    pub(crate) const fn mended(mut self, mended: bool) -> Self {
        self.mended = mended;
        self
    }

    /// The same with more words.
    #[must_use]
    pub fn because(mut self, words: impl Into<Box<str>>) -> Self {
        self.detail = Some(words.into());
        self
    }
}
