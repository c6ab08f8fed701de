//! What the shopper's page may know of an order. Never: `openid`, transaction numbers, keys.

use gateway::{CodeUrl, Description, Money, OutTradeNo};

use crate::{CloseReason, ClosingStep, ExceptionKind, FailureCause, Order, Pace, State};

/// The order as its page sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageView {
    /// The order number.
    pub out_trade_no: OutTradeNo,
    /// Where it stands.
    pub status: PageStatus,
    /// Goes up with every change of what a page can see.
    pub version: u64,
    /// What is bought.
    pub description: Description,
    /// What it costs.
    pub amount: Money,
    /// What to draw, only while it can be paid.
    pub code_url: Option<CodeUrl>,
    /// Until when the page offers the code.
    pub expires_at_ms: i64,
    /// When to ask again; `None`: it is useless.
    pub pace: Option<Pace>,
    /// Why it failed, with [`PageStatus::Failed`].
    pub failure: Option<FailureCause>,
    /// What matters to a shopper beside the status.
    pub notices: Vec<Notice>,
}

/// Where an order stands, as its page sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStatus {
    /// The gateway is being asked for a code.
    Placing,
    /// The code can be paid.
    AwaitingPayment,
    /// The time is over; the gateway is asked whether money came at the last moment.
    Checking,
    /// The money is there.
    Paid,
    /// Nobody paid in time.
    Expired,
    /// Given up.
    Cancelled,
    /// It cannot be paid.
    Failed,
}

/// An exception in the words of a shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Paid after the end of the offer.
    PaidLate,
    /// Paid twice: the second payment will be refunded.
    PaidTwice,
    /// A payment that does not fit came: the merchant looks into it.
    UnderReview,
}

/// What of the view changes only when the order does; the rest follows from it or from the terms.
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
            // A page has the token of such a number when its order was archived, or lost.
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
        // The gateway holds a payment under this number: nobody may tell the shopper that nothing was
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
                // Not the shopper's: messages that are not about this order, a gateway that does not answer
                // the merchant, and what the merchant does about refunds and webhooks.
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
                | ExceptionKind::MoreThanKept => continue,
            };
            if !notices.contains(&notice) {
                notices.push(notice);
            }
        }
        notices
    }

    /// Since when a page waits for what follows; `None`: nothing does.
    fn waits_since_ms(&self) -> Option<i64> {
        match &self.state {
            State::Placing { .. } => Some(self.made_at_ms),
            State::AwaitingPayment { code } => Some(code.since_ms),
            State::Closing { since_ms, .. } => Some(*since_ms),
            State::Paid { .. } | State::Closed { .. } | State::Failed { .. } | State::Orphan { .. } => None,
        }
    }
}
