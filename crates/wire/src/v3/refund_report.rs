//! What answers and notifications report of a refund (protocol §9.8).

use std::fmt;

use crate::v2::Malformed;
use crate::v3::json::JsonFields;
use crate::v3::payment_report::{absent_currency, either};
use crate::v3::{Edition, Instant, Promotion};
use crate::{Money, OutRefundNo, OutTradeNo, RefundId, TransactionId};

/// A refund without its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundReport {
    /// `id` or `refund_id`: the gateway's number.
    pub refund_id: RefundId,
    /// The merchant's number.
    pub out_refund_no: OutRefundNo,
    /// The gateway's number of the payment.
    pub transaction_id: Option<TransactionId>,
    /// The order.
    pub out_trade_no: Option<OutTradeNo>,
    /// `amount.refund`, in the order's currency.
    pub refund_minor: u64,
    /// `amount.payer_refund`: what the payer gets back.
    pub payer_refund: Option<Money>,
    /// `ORIGINAL`, `BALANCE`, `OTHER_BALANCE`, `OTHER_BANKCARD`.
    pub channel: Option<Box<str>>,
    /// `recv_account` or `user_received_account`: where the money goes, as text.
    pub receiving_account: Option<Box<str>>,
    /// `fund_source` or `funds_account`: which account of the merchant pays.
    pub source: Option<Box<str>>,
    /// When the refund was made.
    pub create_time: Option<Instant>,
    /// When it was done.
    pub success_time: Option<Instant>,
    /// The coupons one by one.
    pub promotions: Vec<Promotion>,
}

/// `status` or `refund_status`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// The money is back.
    Success,
    /// Under way.
    Processing,
    /// `CLOSED` or `REFUNDCLOSE`: over; the money stays with the merchant, and a further try needs a new
    /// number.
    Closed,
    /// `ABNORMAL` (v2: `CHANGE`): the payer's account cannot take it. A person must act; it may still become
    /// `SUCCESS`.
    Abnormal,
    /// Another one. Treat it as not final.
    Other(Box<str>),
}

impl RefundStatus {
    /// Reads the text of the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "PROCESSING" => Self::Processing,
            "CLOSED" | "REFUNDCLOSE" => Self::Closed,
            "ABNORMAL" => Self::Abnormal,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of most sources.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Processing => "PROCESSING",
            Self::Closed => "CLOSED",
            Self::Abnormal => "ABNORMAL",
            Self::Other(text) => text,
        }
    }

    /// Whether it stays so.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Success | Self::Closed => true,
            Self::Processing | Self::Abnormal | Self::Other(_) => false,
        }
    }
}

impl fmt::Display for RefundStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RefundReport {
    pub(crate) fn read(fields: &JsonFields<'_, '_>, edition: Edition) -> Result<Self, Malformed> {
        let amount = fields.object("amount")?;
        let promotions = ["promotion_detail", "refund_detail", "detail"]
            .map(|name| fields.informative_list(name))
            .into_iter()
            .find(|list| !list.is_empty());
        Ok(Self {
            refund_id: refund_id(fields, edition)?,
            out_refund_no: fields.parse("out_refund_no")?,
            transaction_id: fields.parse_optional("transaction_id")?,
            out_trade_no: fields.parse_optional("out_trade_no")?,
            refund_minor: amount.amount("refund")?,
            payer_refund: amount.informative_money(
                "payer_refund",
                "payer_currency",
                absent_currency(edition),
            ),
            channel: fields.text("channel"),
            receiving_account: fields.text("recv_account").or_else(|| fields.text("user_received_account")),
            source: fields.text("fund_source").or_else(|| fields.text("funds_account")),
            create_time: fields.informative("create_time"),
            success_time: fields.informative("success_time"),
            promotions: Promotion::read_all(&promotions.unwrap_or_default()),
        })
    }
}

/// The refund's number under either name.
fn refund_id(fields: &JsonFields<'_, '_>, edition: Edition) -> Result<RefundId, Malformed> {
    either(fields, "id", "refund_id")?.ok_or_else(|| {
        fields.missing(match edition {
            Edition::Global => "id",
            Edition::Mainland => "refund_id",
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_words_for_a_closed_refund_are_read_and_only_two_states_are_final() {
        for (text, status, is_final) in [
            ("SUCCESS", RefundStatus::Success, true),
            ("PROCESSING", RefundStatus::Processing, false),
            ("CLOSED", RefundStatus::Closed, true),
            ("REFUNDCLOSE", RefundStatus::Closed, true),
            ("ABNORMAL", RefundStatus::Abnormal, false),
            ("NEW", RefundStatus::Other("NEW".into()), false),
        ] {
            assert_eq!((RefundStatus::new(text), RefundStatus::new(text).is_final()), (status, is_final));
            assert_eq!(RefundStatus::new(text).to_string(), text.replace("REFUNDCLOSE", "CLOSED"));
        }
    }
}
