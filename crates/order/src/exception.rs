//! What a person must look at. An exception never changes whether an order is paid.
//!
//! An exception is *open* until a person marks it done or until it resolves itself: what it waited for has
//! happened. The open exceptions of all orders are the merchant's inbox.

use gateway::{Mismatch, OutRefundNo, TransactionId};
use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::{Message, Order, Rejected, Webhook, WebhookKind, What};

/// How many exceptions one order keeps. The last place is for [`ExceptionKind::MoreThanKept`], or for a
/// webhook that we gave up.
const MAX_EXCEPTIONS: usize = 32;

/// The longest [`Exception::detail`], in characters.
const MAX_DETAIL_CHARACTERS: usize = 300;

/// One exception of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Counts the exceptions of its order from 1. A snapshot of version 1 has 0 here; loading numbers them.
    #[serde(default)]
    pub id: u32,
    /// What is wrong.
    pub kind: ExceptionKind,
    /// The payment it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The refund it is about, if any, by the merchant's own number or the number of a refund made elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_refund_no: Option<OutRefundNo>,
    /// The webhook it is about, for [`ExceptionKind::WebhookUndelivered`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<String>,
    /// How the payment differs from what the order expects, if it does.
    #[serde(rename = "misfit", default, skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
    /// What was seen, in the original words: WeChat's text, or both sides of a difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it was noticed.
    pub at_ms: i64,
    /// When it was settled, by a person or by a later event. `None` while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at_ms: Option<i64>,
}

/// The kinds of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Paid after the offer ended.
    PaidLate,
    /// A second payment for a paid order.
    PaidTwice,
    /// A genuine payment of another amount or currency. It confirms nothing.
    AmountMismatch,
    /// A genuine message about a payment that this order does not expect. It confirms nothing.
    UnexpectedTrade,
    /// Genuine money under a number for which we have no order.
    UnknownOrder,
    /// The gateway gave no clear answer for so long that we closed the order on our side alone, or stopped
    /// asking.
    Unresolved,
    /// The gateway signed an answer about something that we did not ask.
    AboutSomethingElse,
    /// A genuine message lacks a field that decides, or has it in a form that we cannot read. We keep the
    /// message.
    Unreadable,
    /// Money was refunded, but not by this program.
    RefundedElsewhere,
    /// A refund waits for money in the merchant's account.
    RefundWaits,
    /// A refund, or the list of refunds made elsewhere, had no clear answer for so long that we stopped
    /// trying.
    RefundStuck,
    /// The payer's account does not take the refund.
    RefundAbnormal,
    /// A file that was paid for is not where it should be.
    FileMissing,
    /// Nobody accepted a webhook, and we do not send it again unasked.
    WebhookUndelivered,
    /// There were more payments, refunds or exceptions than an order keeps.
    MoreThanKept,
}

/// How much room is left for exceptions.
pub(crate) enum Room {
    Free,
    Last,
    None,
}

/// The subject of an exception. At most one of each kind and subject is open at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) transaction_id: Option<TransactionId>,
    pub(crate) out_refund_no: Option<OutRefundNo>,
    pub(crate) webhook_id: Option<String>,
    pub(crate) mismatch: Option<Mismatch>,
    pub(crate) detail: Option<String>,
}

impl About {
    /// The order as a whole.
    pub(crate) fn order() -> Self {
        Self::default()
    }

    pub(crate) fn payment(transaction_id: TransactionId) -> Self {
        Self { transaction_id: Some(transaction_id), ..Self::default() }
    }

    pub(crate) fn refund(transaction_id: TransactionId, out_refund_no: OutRefundNo) -> Self {
        Self { out_refund_no: Some(out_refund_no), ..Self::payment(transaction_id) }
    }

    pub(crate) fn webhook(id: String) -> Self {
        Self { webhook_id: Some(id), ..Self::default() }
    }

    pub(crate) fn because(mut self, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        self.detail = Some(detail.chars().take(MAX_DETAIL_CHARACTERS).collect());
        self
    }

    fn is_of(&self, exception: &Exception) -> bool {
        self.transaction_id == exception.transaction_id
            && self.out_refund_no == exception.out_refund_no
            && self.webhook_id == exception.webhook_id
    }
}

impl Exception {
    pub(crate) fn new(id: u32, kind: ExceptionKind, about: About, at_ms: i64) -> Self {
        let About { transaction_id, out_refund_no, webhook_id, mismatch, detail } = about;
        Self {
            id,
            kind,
            transaction_id,
            out_refund_no,
            webhook_id,
            mismatch,
            detail,
            at_ms,
            done_at_ms: None,
        }
    }

    /// Whether a person must still look at it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.done_at_ms.is_none()
    }

    /// Whether it already says the same. After a person marked it done, only a kind that can happen again is
    /// raised again: a payment arrives once, but a webhook can fail again after it was sent again.
    pub(crate) fn says(&self, kind: ExceptionKind, about: &About) -> bool {
        self.kind == kind && about.is_of(self) && (self.is_open() || !kind.may_return())
    }
}

impl ExceptionKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::PaidLate,
        Self::PaidTwice,
        Self::AmountMismatch,
        Self::UnexpectedTrade,
        Self::UnknownOrder,
        Self::Unresolved,
        Self::AboutSomethingElse,
        Self::Unreadable,
        Self::RefundedElsewhere,
        Self::RefundWaits,
        Self::RefundStuck,
        Self::RefundAbnormal,
        Self::FileMissing,
        Self::WebhookUndelivered,
        Self::MoreThanKept,
    ];

    /// The name in logs, webhooks and the index.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PaidLate => "paid_late",
            Self::PaidTwice => "paid_twice",
            Self::AmountMismatch => "amount_mismatch",
            Self::UnexpectedTrade => "unexpected_trade",
            Self::UnknownOrder => "unknown_order",
            Self::Unresolved => "unresolved",
            Self::AboutSomethingElse => "about_something_else",
            Self::Unreadable => "unreadable",
            Self::RefundedElsewhere => "refunded_elsewhere",
            Self::RefundWaits => "refund_waits",
            Self::RefundStuck => "refund_stuck",
            Self::RefundAbnormal => "refund_abnormal",
            Self::FileMissing => "file_missing",
            Self::WebhookUndelivered => "webhook_undelivered",
            Self::MoreThanKept => "more_than_kept",
        }
    }

    /// What happened, in a sentence.
    #[must_use]
    pub fn what_happened(self) -> &'static str {
        match self {
            Self::PaidLate => "The shopper paid after the offer had ended.",
            Self::PaidTwice => "The order was paid already, and a second payment came.",
            Self::AmountMismatch => "A payment of another amount or currency came. It confirms nothing.",
            Self::UnexpectedTrade => {
                "A genuine message told of a payment that is not this order's. It confirms nothing."
            }
            Self::UnknownOrder => "Money came under a number for which there is no order here.",
            Self::Unresolved => {
                "WeChat Pay gave no clear answer for a day, so the order was closed here alone."
            }
            Self::AboutSomethingElse => {
                "WeChat Pay answered about something else than was asked. The answer changed nothing."
            }
            Self::Unreadable => {
                "WeChat Pay signed a message that cannot be read. It is kept and changed nothing."
            }
            Self::RefundedElsewhere => "Money was given back, and not by a refund that was asked for here.",
            Self::RefundWaits => "WeChat Pay cannot take the refund from your account now.",
            Self::RefundStuck => "WeChat Pay gave no clear answer about a refund, and nothing more is tried.",
            Self::RefundAbnormal => "The payer's account does not take the refund.",
            Self::FileMissing => {
                "The shopper asked for a file that is paid for, and it is not in the bucket FILES."
            }
            Self::WebhookUndelivered => {
                "Your receiver did not accept a webhook. It is not sent again by itself."
            }
            Self::MoreThanKept => "More payments or exceptions came than this order keeps.",
        }
    }

    /// What to do, in a sentence or two.
    #[must_use]
    pub fn what_to_do(self) -> &'static str {
        match self {
            Self::PaidLate => "Deliver the goods or refund the payment.",
            Self::PaidTwice => "Refund the second payment: name its transaction_id.",
            Self::AmountMismatch | Self::UnexpectedTrade => {
                "Look the payment up in WeChat Pay's merchant platform. If it is yours and not wanted, refund it: name its transaction_id."
            }
            Self::UnknownOrder => {
                "Find out which sale it belongs to (another system of yours may have placed it), or refund it: name its transaction_id."
            }
            Self::Unresolved => {
                "Look the order up in WeChat Pay's merchant platform. Ask again here once WeChat Pay answers."
            }
            Self::AboutSomethingElse => {
                "Compare both sides in the detail with WeChat Pay's merchant platform. Report it to WeChat Pay when it happens again."
            }
            Self::Unreadable => {
                "Look the order up in WeChat Pay's merchant platform, and report the kept message to the makers of this program."
            }
            Self::RefundedElsewhere => {
                "Do not deliver goods for money that went back. The refund is in the order's list of refunds."
            }
            Self::RefundWaits => {
                "Top up the account, or choose the available balance, and try the refund now. It is tried by itself for a week."
            }
            Self::RefundStuck => {
                "Look the refund up in WeChat Pay's merchant platform. Then ask again here, or withdraw it."
            }
            Self::RefundAbnormal => {
                "Finish it in WeChat Pay's merchant platform (abnormal refunds), or pay the shopper back another way."
            }
            Self::FileMissing => {
                "Put the file into the bucket under the name in the detail. The shopper can then download it."
            }
            Self::WebhookUndelivered => "Mend the receiver, then send the webhook again.",
            Self::MoreThanKept => {
                "Look the order up in WeChat Pay's merchant platform. Its event log here has the rest."
            }
        }
    }

    /// Whether it may be raised again after a person marked it done.
    fn may_return(self) -> bool {
        match self {
            Self::RefundWaits
            | Self::RefundStuck
            | Self::RefundAbnormal
            | Self::WebhookUndelivered
            | Self::FileMissing
            | Self::AboutSomethingElse
            | Self::Unreadable => true,
            Self::PaidLate
            | Self::PaidTwice
            | Self::AmountMismatch
            | Self::UnexpectedTrade
            | Self::UnknownOrder
            | Self::Unresolved
            | Self::RefundedElsewhere
            | Self::MoreThanKept => false,
        }
    }
}

impl Order {
    /// Raises an exception, once per kind and subject. True if it was new.
    pub(crate) fn raise(&mut self, turn: &mut Turn, kind: ExceptionKind, about: About) -> bool {
        if self.exceptions.iter().any(|known| known.says(kind, &about)) {
            return false;
        }
        let (kind, about) = match self.make_room() {
            Room::Free => (kind, about),
            Room::Last => (ExceptionKind::MoreThanKept, About::order().because(kind.name())),
            Room::None => return false,
        };
        let exception = self.write_down(turn, kind, about);
        let Exception { transaction_id, detail, .. } = exception;
        let webhook = Webhook {
            exception: Some(kind),
            transaction_id: transaction_id.clone(),
            detail: detail.clone(),
            ..self.webhook(WebhookKind::OrderException, transaction_id.as_ref())
        };
        turn.note(What::ExceptionRaised { kind, transaction_id, detail });
        self.write_out(turn, Message::Webhook(Box::new(webhook)));
        true
    }

    /// Writes an exception down under the next number.
    pub(crate) fn write_down(&mut self, turn: &mut Turn, kind: ExceptionKind, about: About) -> Exception {
        let id = self.exceptions.iter().map(|known| known.id).max().unwrap_or(0).saturating_add(1);
        let exception = Exception::new(id, kind, about, turn.now_ms);
        self.exceptions.push(exception.clone());
        turn.index_changed = true;
        exception
    }

    /// Drops done exceptions, the oldest first, until there is room for an open one and for the word that
    /// there were more.
    pub(crate) fn make_room(&mut self) -> Room {
        while MAX_EXCEPTIONS.saturating_sub(self.exceptions.len()) < 2
            && let Some(done) = self.exceptions.iter().position(|exception| !exception.is_open())
        {
            self.exceptions.remove(done);
        }
        match MAX_EXCEPTIONS.saturating_sub(self.exceptions.len()) {
            0 => Room::None,
            1 => Room::Last,
            _ => Room::Free,
        }
    }

    /// Settles these open exceptions: what they waited for has happened.
    pub(crate) fn settle_exceptions(&mut self, turn: &mut Turn, over: impl Fn(&Exception) -> bool) {
        for exception in self.exceptions.iter_mut().filter(|exception| exception.is_open()) {
            if over(exception) {
                exception.done_at_ms = Some(turn.now_ms);
                turn.store = true;
                turn.index_changed = true;
            }
        }
    }

    pub(crate) fn may_mark_done(&self, id: u32) -> Result<(), Rejected> {
        let known = self.exceptions.iter().any(|exception| exception.id == id);
        if known { Ok(()) } else { Err(Rejected::NoSuchException) }
    }

    /// A person marked an exception done. A second time changes nothing but writes the row of the index
    /// again: the person saw it open, so the index is behind.
    pub(crate) fn exception_done(&mut self, turn: &mut Turn, id: u32) {
        turn.index_changed = true;
        let open = self.exceptions.iter().any(|exception| exception.id == id && exception.is_open());
        if open {
            turn.note(What::ExceptionDone { id });
            self.settle_exceptions(turn, |exception| exception.id == id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_kind_is_called_the_same_in_logs_and_in_what_is_stored() {
        for kind in ExceptionKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.name()));
        }
    }

    #[test]
    fn a_person_reads_what_happened_and_what_to_do_in_whole_sentences() {
        for kind in ExceptionKind::ALL {
            for text in [kind.what_happened(), kind.what_to_do()] {
                assert!(text.len() > 30 && text.ends_with('.'), "{}: {text}", kind.name());
            }
        }
        let told: BTreeSet<_> = ExceptionKind::ALL.iter().map(|kind| kind.what_happened()).collect();
        assert_eq!(told.len(), ExceptionKind::ALL.len(), "no two kinds are told alike");
        assert!(ExceptionKind::PaidTwice.what_to_do().contains("transaction_id"));
    }

    #[test]
    fn a_detail_is_bounded_by_characters_and_never_cut_inside_one() {
        let about = About::order().because("款".repeat(400));
        assert_eq!(about.detail.unwrap().chars().count(), 300);
    }
}
