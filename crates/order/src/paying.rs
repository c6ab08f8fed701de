//! How an order becomes *paid*. A notification and a query take the same path, and repeating it is safe.

use gateway::{Merchant, Mismatch, Money, Notification, Payment, TransactionId};
use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::exception::About;
use crate::mismatch::{both_sides, exception, is_money_of_ours, mismatch};
use crate::{ExceptionKind, Order, State, Timer, WebhookKind, What};

/// How many payments one order keeps. A shopper pays once, rarely twice. A person finds the others in the
/// gateway's own list.
const MAX_RECEIPTS: usize = 16;

/// A payment that a verified message told of.
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

/// What came of comparing a reported payment with the order.
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
        /// Whether an exception was raised for it now, for the first time.
        news: bool,
    },
}

impl Order {
    /// A notification verified. A repeated message about a known payment writes nothing.
    pub(crate) fn notified(&mut self, turn: &mut Turn, notification: &Notification) {
        let Some(payment) = notification.payment() else {
            // Verified, but it tells of a failure. There is nothing to do (protocol §6.2).
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

    /// A verified message told of a payment. `named` is the merchant that the message names. For a query it
    /// is the order's own, which was compared when the answer was read.
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
        // The same payment may be known from a message that did not match. This record replaces that one.
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
        // This comes before `OrderPaid`, so that its webhook says that money was refunded: the merchant must
        // not deliver for it.
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

    /// A verified payment that does not match. A person must look at it. An unpaid order also queries soon.
    fn mismatch_seen(
        &mut self,
        turn: &mut Turn,
        receipt: Receipt,
        named: &Merchant,
        mismatch: Mismatch,
    ) -> PaymentFinding {
        let transaction_id = receipt.transaction_id.clone();
        // The terms of an orphan are made up, so a difference from them means nothing.
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

    /// Queries as soon as the pace allows, in the states *awaiting payment*, *closed* and *failed*. *Placing*
    /// and *closing* query anyway; *paid* and *orphan* need no query.
    pub(crate) fn ask_soon(&mut self, now_ms: i64) {
        match self.state {
            State::AwaitingPayment { .. } | State::Closed { .. } | State::Failed { .. } => {
                self.timers.set_no_later(Timer::Query, self.watch.free_at_ms(now_ms));
            }
            State::Placing { .. } | State::Closing { .. } | State::Paid { .. } | State::Orphan { .. } => {}
        }
    }

    /// Whether a payment made at this moment is late. While the order closes, a payment is late that was made
    /// after the closing began. For a closed or failed order every payment is late: the merchant was told
    /// that nobody paid.
    fn is_late(&self, paid_at_ms: i64) -> bool {
        match self.state {
            State::Placing { .. } | State::AwaitingPayment { .. } | State::Paid { .. } => false,
            State::Closing { since_ms, .. } => paid_at_ms > since_ms,
            State::Closed { .. } | State::Failed { .. } | State::Orphan { .. } => true,
        }
    }

    /// Keeps a receipt. A matching one takes the place of one that does not match. The exception
    /// `MoreThanKept` names the payment that lost its place or found none.
    fn keep(&mut self, turn: &mut Turn, receipt: Receipt) {
        // A refund notification came before this payment was known. It may be about this payment.
        let hinted = self.refunds.learning.was_hinted();
        let transaction_id = receipt.transaction_id.clone();
        if self.receipts.len() >= MAX_RECEIPTS {
            let replaced_index = self.receipts.iter().position(|known| receipt.fits && !known.fits);
            let dropped = replaced_index
                .map_or_else(|| transaction_id.clone(), |other| self.receipts.remove(other).transaction_id);
            self.raise(turn, ExceptionKind::MoreThanKept, About::payment(dropped));
            if replaced_index.is_none() {
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
