//! The one transition to *paid*: the same for every source of the news, and safe to repeat.

use gateway::{Merchant, Mismatch, Money, Notification, Payment, TransactionId};
use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::exception::About;
use crate::mismatch::{both_sides, exception, is_money_of_ours, mismatch};
use crate::{ExceptionKind, Order, State, Timer, WebhookKind, What};

/// How many payments one order keeps. A shopper pays once, rarely twice. For more, a person must look at the
/// gateway's own list.
const MAX_RECEIPTS: usize = 16;

/// A payment that an authenticated message told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The gateway's number of the payment.
    pub transaction_id: TransactionId,
    /// What was paid.
    pub total: Money,
    /// When, by the gateway's clock.
    pub paid_at_ms: i64,
    /// When we learned of it.
    pub seen_at_ms: i64,
    /// Whether it matches the order.
    pub fits: bool,
}

/// What an order made of a payment that it was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaymentFinding {
    /// It confirmed the order.
    Confirmed,
    /// We knew it already.
    Known,
    /// Another payment had already paid the order.
    SecondPayment,
    /// It does not match this order.
    Mismatch {
        /// Whether this was new to us.
        news: bool,
    },
}

impl Order {
    /// A notification verified. A duplicate writes nothing, so it costs nothing.
    pub(crate) fn notified(&mut self, turn: &mut Turn, notification: &Notification) {
        let Some(payment) = notification.payment() else {
            // Genuine, but it tells of a failure. There is nothing to do (protocol §6.2).
            turn.note(What::Notified { transaction_id: None, result: "not a payment".into() });
            return;
        };
        let transaction_id = Some(payment.transaction_id.clone());
        let finding = self.payment_seen(turn, notification.merchant(), payment, Refunded::NotSaid);
        let result = match finding {
            PaymentFinding::Known | PaymentFinding::Mismatch { news: false } => return,
            PaymentFinding::Confirmed => "paid",
            PaymentFinding::SecondPayment => "second payment",
            PaymentFinding::Mismatch { news: true } => "does not fit",
        };
        turn.note(What::Notified { transaction_id, result: result.into() });
    }

    /// An authenticated message told of a payment. `named` is the merchant that the message names.
    pub(crate) fn payment_seen(
        &mut self,
        turn: &mut Turn,
        named: &Merchant,
        payment: &Payment,
        refunded: Refunded,
    ) -> PaymentFinding {
        let mismatch = mismatch(&self.terms, named, payment);
        let receipt = Receipt {
            transaction_id: payment.transaction_id.clone(),
            total: payment.total.or_in(self.terms.amount.currency),
            paid_at_ms: payment.paid_at_ms,
            seen_at_ms: turn.now_ms,
            fits: mismatch.is_none(),
        };
        if let Some(mismatch) = mismatch {
            return self.mismatch_seen(turn, receipt, named, mismatch);
        }
        if let State::Orphan { .. } = self.state {
            return self.orphan_payment_seen(turn, receipt);
        }
        if self.receipts.iter().any(|known| known.fits && known.transaction_id == receipt.transaction_id) {
            return PaymentFinding::Known;
        }
        // The same payment may be known from a message that did not match. The genuine news replaces it.
        self.receipts.retain(|known| known.transaction_id != receipt.transaction_id);
        let transaction_id = receipt.transaction_id.clone();
        let paid_at_ms = receipt.paid_at_ms;
        self.keep(turn, receipt);
        if let State::Paid { .. } = self.state {
            self.raise(turn, ExceptionKind::PaidTwice, About::payment(transaction_id));
            return PaymentFinding::SecondPayment;
        }
        let late = self.is_late(paid_at_ms);
        self.enter(turn, State::Paid { transaction_id: transaction_id.clone(), at_ms: turn.now_ms });
        // Before `OrderPaid` is announced, so that `OrderPaid` says it too: nobody shall deliver for money
        // that went back.
        if refunded == Refunded::ByTheGatewaysWord {
            self.refunded_elsewhere(turn, &transaction_id);
        }
        self.announce(turn, WebhookKind::OrderPaid);
        if late {
            self.raise(turn, ExceptionKind::PaidLate, About::payment(transaction_id));
        }
        PaymentFinding::Confirmed
    }

    /// A payment for a number without an order. It confirms nothing.
    fn orphan_payment_seen(&mut self, turn: &mut Turn, receipt: Receipt) -> PaymentFinding {
        let about = About::payment(receipt.transaction_id.clone());
        if !self.receipts.iter().any(|known| known.transaction_id == receipt.transaction_id) {
            self.keep(turn, Receipt { fits: false, ..receipt });
        }
        let news = self.raise(turn, ExceptionKind::UnknownOrder, about);
        PaymentFinding::Mismatch { news }
    }

    /// A genuine payment that does not match. A person must look at it, and we ask what the gateway itself
    /// says.
    fn mismatch_seen(
        &mut self,
        turn: &mut Turn,
        receipt: Receipt,
        named: &Merchant,
        mismatch: Mismatch,
    ) -> PaymentFinding {
        let transaction_id = receipt.transaction_id.clone();
        // For an orphan the point is that it has no order. A difference from its made-up terms says nothing.
        let kind = match self.state {
            State::Orphan { .. } => ExceptionKind::UnknownOrder,
            State::Placing { .. }
            | State::AwaitingPayment { .. }
            | State::Closing { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. } => exception(&mismatch),
        };
        if is_money_of_ours(&mismatch)
            && !self.receipts.iter().any(|known| known.transaction_id == transaction_id)
        {
            self.keep(turn, receipt);
        }
        let about = About::payment(transaction_id).because(both_sides(&mismatch, &self.terms, named));
        let about = About { mismatch: Some(mismatch), ..about };
        let news = self.raise(turn, kind, about);
        if news {
            turn.keep_message = true;
            self.ask_soon(turn.now_ms);
        }
        PaymentFinding::Mismatch { news }
    }

    /// Queries as soon as the pace allows, in the states without query steps of their own.
    pub(crate) fn ask_soon(&mut self, now_ms: i64) {
        match self.state {
            State::AwaitingPayment { .. } | State::Closed { .. } | State::Failed { .. } => {
                self.timers.set_no_later(Timer::Query, self.watch.free_at_ms(now_ms));
            }
            State::Placing { .. } | State::Closing { .. } | State::Paid { .. } | State::Orphan { .. } => {}
        }
    }

    /// Whether money paid at this moment came after the end of the offer. For a closed or failed order, all
    /// money is late: the merchant was told that nobody paid.
    fn is_late(&self, paid_at_ms: i64) -> bool {
        match self.state {
            State::Placing { .. } | State::AwaitingPayment { .. } | State::Paid { .. } => false,
            State::Closing { since_ms, .. } => paid_at_ms > since_ms,
            State::Closed { .. } | State::Failed { .. } | State::Orphan { .. } => true,
        }
    }

    /// Keeps a receipt. The one that confirms an order always finds room. If any receipt has no room, an
    /// exception names its payment.
    fn keep(&mut self, turn: &mut Turn, receipt: Receipt) {
        // A refund was hinted at earlier; it may be a refund of this payment.
        let hinted = self.refunds.learning.was_hinted();
        let transaction_id = receipt.transaction_id.clone();
        if self.receipts.len() >= MAX_RECEIPTS {
            let replaced = self.receipts.iter().position(|known| receipt.fits && !known.fits);
            let lost = replaced
                .map_or_else(|| transaction_id.clone(), |other| self.receipts.remove(other).transaction_id);
            self.raise(turn, ExceptionKind::MoreThanKept, About::payment(lost));
            if replaced.is_none() {
                return;
            }
        }
        self.receipts.push(receipt);
        if hinted {
            self.want_refunds_of(turn, &transaction_id);
        }
    }
}

/// Whether the message about a payment also says that some of its money went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refunded {
    /// It says nothing.
    NotSaid,
    /// The trade state is REFUND.
    ByTheGatewaysWord,
}
