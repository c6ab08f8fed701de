//! What the shopper's page may know of an order. Never `openid`, transaction numbers or keys.

use gateway::{CodeUrl, Description, Money, OutTradeNo};

use crate::{CloseReason, ClosingStep, ExceptionKind, FailureCause, Order, Pace, State};

/// The order as its page sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageView {
    /// The order number.
    pub out_trade_no: OutTradeNo,
    /// How far it is.
    pub status: PageStatus,
    /// Grows with every change of what a page can see.
    pub version: u64,
    /// What is bought.
    pub description: Description,
    /// What it costs.
    pub amount: Money,
    /// What to draw. Only while it can be paid.
    pub code_url: Option<CodeUrl>,
    /// Until when the page offers the code.
    pub expires_at_ms: i64,
    /// When to ask again. `None`: there is nothing to wait for.
    pub pace: Option<Pace>,
    /// Why it failed, with [`PageStatus::Failed`].
    pub failure: Option<FailureCause>,
    /// What a shopper must know beside the status.
    pub notices: Vec<Notice>,
}

/// How far an order is, for its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStatus {
    /// We are asking the gateway for a code.
    Placing,
    /// The shopper can pay the code.
    AwaitingPayment,
    /// The time is over. We are asking the gateway whether money came at the last moment.
    Checking,
    /// The money is there.
    Paid,
    /// Nobody paid in time.
    Expired,
    /// Somebody cancelled it.
    Cancelled,
    /// It cannot be paid.
    Failed,
}

/// An exception, as the shopper may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Paid after the end of the offer.
    PaidLate,
    /// Paid twice. The merchant has been told to refund the second payment.
    PaidTwice,
    /// A payment came that does not match. The merchant looks into it.
    UnderReview,
}

/// The part of the view that only a change of the order can change. The rest follows from it, the terms and
/// the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageContent {
    status: PageStatus,
    code_url: Option<CodeUrl>,
    failure: Option<FailureCause>,
    notices: Vec<Notice>,
}

impl Order {
    /// What the page may know now.
    #[must_use]
    pub fn view(&self, now_ms: i64) -> PageView {
        let PageContent { status, code_url, failure, notices } = self.page_content();
        let expires_at_ms = self.offer_ends_at_ms();
        let pace = self.waits_since_ms().map(|since_ms| {
            Pace::of(status, now_ms.saturating_sub(since_ms), expires_at_ms.saturating_sub(now_ms))
        });
        PageView {
            out_trade_no: self.terms.out_trade_no.clone(),
            status,
            version: self.version,
            description: self.terms.description.clone(),
            amount: self.terms.amount,
            code_url,
            expires_at_ms,
            pace,
            failure,
            notices,
        }
    }

    pub(crate) fn page_content(&self) -> PageContent {
        let (status, failure) = match &self.state {
            State::Placing { .. } => (PageStatus::Placing, None),
            State::AwaitingPayment { .. } => (PageStatus::AwaitingPayment, None),
            State::Closing { step: ClosingStep::Checking, .. } => (PageStatus::Checking, None),
            State::Closing { reason, .. } | State::Closed { reason, .. } => match reason {
                CloseReason::Expired => (PageStatus::Expired, None),
                CloseReason::Cancelled => (PageStatus::Cancelled, None),
                CloseReason::Failed { cause } => (PageStatus::Failed, Some(cause.clone())),
            },
            State::Paid { .. } => (PageStatus::Paid, None),
            State::Failed { cause, .. } => (PageStatus::Failed, Some(cause.clone())),
            // A page can have the token of such a number: its order was archived or lost.
            State::Orphan { .. } => (PageStatus::Failed, Some(FailureCause::UnexpectedTrade)),
        };
        let code_url = match &self.state {
            State::AwaitingPayment { code } => Some(code.code_url.clone()),
            State::Placing { .. }
            | State::Closing { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => None,
        };
        PageContent { status, code_url, failure, notices: self.notices() }
    }

    fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        // The gateway holds a payment under this number, so nobody may tell the shopper that nothing was
        // charged.
        let is_orphan = matches!(self.state, State::Orphan { .. });
        if is_orphan || self.state.failure() == Some(&FailureCause::UnexpectedTrade) {
            notices.push(Notice::UnderReview);
        }
        for exception in &self.exceptions {
            let notice = match exception.kind {
                ExceptionKind::PaidLate => Notice::PaidLate,
                ExceptionKind::PaidTwice => Notice::PaidTwice,
                ExceptionKind::AmountMismatch => Notice::UnderReview,
                // Not the shopper's business: messages that are not about this order, a gateway that does not
                // answer the merchant, and the merchant's work with refunds and webhooks.
                ExceptionKind::UnexpectedTrade
                | ExceptionKind::UnknownOrder
                | ExceptionKind::Unresolved
                | ExceptionKind::AboutSomethingElse
                | ExceptionKind::Unreadable
                | ExceptionKind::RefundedElsewhere
                | ExceptionKind::RefundWaits
                | ExceptionKind::RefundStuck
                | ExceptionKind::RefundAbnormal
                | ExceptionKind::WebhookUndelivered
                | ExceptionKind::FileMissing
                | ExceptionKind::MoreThanKept => continue,
            };
            if !notices.contains(&notice) {
                notices.push(notice);
            }
        }
        notices
    }

    /// Since when the page has been waiting for the next change. `None`: it waits for nothing.
    fn waits_since_ms(&self) -> Option<i64> {
        match &self.state {
            State::Placing { .. } => Some(self.made_at_ms),
            State::AwaitingPayment { code } => Some(code.since_ms),
            State::Closing { since_ms, .. } => Some(*since_ms),
            State::Paid { .. } | State::Closed { .. } | State::Failed { .. } | State::Orphan { .. } => None,
        }
    }
}
