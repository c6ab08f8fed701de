//! A difference between WeChat's bill and our books.

use wire::Money;

use crate::Doubt;
use crate::json::Object;

/// How many differences one report has. More are only counted.
pub const MAX_DIFFERENCES: u32 = 1_000;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The order could not be asked for hours. Its Durable Object fails.
    NotAnswered,
}

impl Kind {
    /// The name in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingHere => "missing_here",
            Self::MissingThere => "missing_there",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::RefundMissingThere => "refund_missing_there",
            Self::RefundAmount => "refund_amount",
            Self::RefundState => "refund_state",
            Self::MadeElsewhere => "made_elsewhere",
            Self::RefundMadeElsewhere => "refund_made_elsewhere",
            Self::Double => "double",
            Self::Unreadable => "unreadable",
            Self::NotAnswered => "not_answered",
        }
    }
}

/// A difference, in the form in which a report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: Kind,
    /// The order.
    pub out_trade_no: Box<str>,
    /// The payment.
    pub transaction_id: Box<str>,
    /// The refund, by its number at WeChat.
    pub out_refund_no: Option<Box<str>>,
    /// What our books say.
    pub ours: Option<Money>,
    /// What the bill says.
    pub wechat: Option<Money>,
    /// Whether our books are right now: the order has learned what it did not know.
    pub mended: bool,
    /// The line of the bill.
    pub line: u32,
    /// More in words.
    pub detail: Option<Box<str>>,
}

impl Difference {
    /// As a report shows it: JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let mut json = Object::new();
        json.text("kind", self.kind.as_str());
        json.text("out_trade_no", &self.out_trade_no);
        if !self.transaction_id.is_empty() {
            json.text("transaction_id", &self.transaction_id);
        }
        if let Some(number) = &self.out_refund_no {
            json.text("out_refund_no", number);
        }
        for (name, amount) in [("ours", self.ours), ("wechat", self.wechat)] {
            if let Some(amount) = amount {
                json.money(name, amount);
            }
        }
        json.raw("mended", if self.mended { "true" } else { "false" });
        if self.line > 0 {
            json.number("line", i64::from(self.line));
        }
        if let Some(detail) = &self.detail {
            json.text("detail", detail);
        }
        json.end()
    }

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
