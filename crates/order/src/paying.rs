//! The one transition to *paid*, however often and from wherever the news comes.

use serde::{Deserialize, Serialize};
use wire::{Merchant, Money, Payment, TransactionId, VerifiedNotification};

use crate::effect::Step;
use crate::exception::MAX_EXCEPTIONS;
use crate::{Exception, ExceptionKind, Misfit, Order, State, Timer, WebhookKind, What};

/// How many payments one order keeps. A shopper pays once, a strange one twice; more is in the
/// event log only.
const MAX_RECEIPTS: usize = 16;

/// A payment that an authenticated message told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The gateway's number.
    pub transaction_id: TransactionId,
    /// What was paid.
    pub total: Money,
    /// When, by the gateway's clock.
    pub paid_at_ms: i64,
    /// When we learned of it.
    pub seen_at_ms: i64,
    /// Whether it fits the order.
    pub fits: bool,
}

/// What became of a payment that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It confirmed the order.
    Confirmed,
    /// It was known.
    Known,
    /// The order was paid by another one already.
    SecondPayment,
    /// It is not this order's payment.
    Misfit {
        /// Whether that was not known yet.
        news: bool,
    },
}

impl Order {
    /// A notification that verified came. A duplicate leaves no trace, so that it costs nothing.
    pub(crate) fn notified(&mut self, step: &mut Step, notification: &VerifiedNotification) {
        let Some(payment) = notification.payment() else {
            // Genuine, and about a failure: nothing to act on (§6.2).
            step.note(What::Notified { transaction_id: None, result: "not a payment".into() });
            return;
        };
        let transaction_id = Some(payment.transaction_id.clone());
        let result = match self.payment_seen(step, notification.merchant(), payment) {
            Seen::Known | Seen::Misfit { news: false } => return,
            Seen::Confirmed => "paid",
            Seen::SecondPayment => "second payment",
            Seen::Misfit { news: true } => "does not fit",
        };
        step.note(What::Notified { transaction_id, result: result.into() });
    }

    /// An authenticated message, which names this merchant, told of a payment.
    pub(crate) fn payment_seen(&mut self, step: &mut Step, named: &Merchant, payment: &Payment) -> Seen {
        let misfit = Misfit::between(&self.terms, named, payment);
        let receipt = Receipt {
            transaction_id: payment.transaction_id.clone(),
            total: payment.total,
            paid_at_ms: payment.time_end.epoch_ms(),
            seen_at_ms: step.now_ms,
            fits: misfit.is_none(),
        };
        if let Some(misfit) = misfit {
            return self.misfit_seen(step, receipt, misfit);
        }
        if self.receipts.iter().any(|known| known.fits && known.transaction_id == receipt.transaction_id) {
            return Seen::Known;
        }
        // The genuine news of a payment replaces what a misfitting message said about it.
        self.receipts.retain(|known| known.transaction_id != receipt.transaction_id);
        let transaction_id = receipt.transaction_id.clone();
        let paid_at_ms = receipt.paid_at_ms;
        self.keep(receipt);
        if let State::Paid { .. } = self.state {
            self.raise(step, ExceptionKind::PaidTwice, Some(transaction_id), None);
            return Seen::SecondPayment;
        }
        let late = self.is_late(paid_at_ms);
        self.enter(step, State::Paid { transaction_id: transaction_id.clone(), at_ms: step.now_ms });
        self.announce(step, WebhookKind::OrderPaid);
        if late {
            self.raise(step, ExceptionKind::PaidLate, Some(transaction_id), None);
        }
        Seen::Confirmed
    }

    /// A genuine payment that is not this order's. It is kept for a human; and what the gateway
    /// itself says about the order is asked.
    fn misfit_seen(&mut self, step: &mut Step, receipt: Receipt, misfit: Misfit) -> Seen {
        let transaction_id = receipt.transaction_id.clone();
        // Money that names another merchant or order is not in our hands: nothing to refund here.
        let ours = misfit.exception() == ExceptionKind::AmountMismatch;
        if ours && !self.receipts.iter().any(|known| known.transaction_id == transaction_id) {
            self.keep(receipt);
        }
        let news = self.raise(step, misfit.exception(), Some(transaction_id), Some(misfit));
        if news {
            match self.state {
                State::AwaitingPayment { .. } | State::Closed { .. } | State::Failed { .. } => {
                    self.timers.set_no_later(Timer::Query, self.watch.free_at_ms(step.now_ms));
                }
                // They ask by steps of their own; and paid is paid.
                State::Placing { .. } | State::Closing { .. } | State::Paid { .. } => {}
            }
        }
        Seen::Misfit { news }
    }

    /// Whether money paid at this moment came after the end of the offer. Once the order is
    /// closed the merchant has been told so, and all money is late.
    fn is_late(&self, paid_at_ms: i64) -> bool {
        match self.state {
            State::Placing { .. } | State::AwaitingPayment { .. } | State::Paid { .. } => false,
            State::Closing { since_ms, .. } => paid_at_ms > since_ms,
            State::Closed { .. } | State::Failed { .. } => true,
        }
    }

    /// Keeps a receipt; the one that confirms an order always finds room.
    fn keep(&mut self, receipt: Receipt) {
        if self.receipts.len() >= MAX_RECEIPTS {
            let Some(misfit) = self.receipts.iter().position(|known| !known.fits) else { return };
            self.receipts.remove(misfit);
        }
        self.receipts.push(receipt);
    }

    /// Raises an exception, once per payment and kind. Says whether it was news.
    pub(crate) fn raise(
        &mut self,
        step: &mut Step,
        kind: ExceptionKind,
        transaction_id: Option<TransactionId>,
        misfit: Option<Misfit>,
    ) -> bool {
        let known = |e: &Exception| e.kind == kind && e.transaction_id == transaction_id;
        if self.exceptions.iter().any(known) || self.exceptions.len() >= MAX_EXCEPTIONS {
            return false;
        }
        step.note(What::ExceptionRaised { kind, transaction_id: transaction_id.clone() });
        self.exceptions.push(Exception { kind, transaction_id, misfit, at_ms: step.now_ms });
        self.announce_exception(step, kind);
        true
    }
}
