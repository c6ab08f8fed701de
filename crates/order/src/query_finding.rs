//! What the answer to a query means, and what each state does about it.
//!
//! A notification and a query may tell of the same payment, in either order. Both end in
//! [`Order::payment_seen`].

use gateway::{Failure, Meaning, Paid, Question, Trade};

use crate::effect::Turn;
use crate::paying::{PaymentFinding, Refunded};
use crate::{CloseReason, FailureCause, Order, State};

/// What a query found out, after the payment in the answer was compared with the order. The gateway's own
/// word is [`Trade`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueryFinding {
    /// Unpaid. It can still be paid.
    Open,
    /// The payer's bank refused.
    PaymentFailed,
    /// Closed.
    Closed,
    /// Paid by a payment that matches. The order is confirmed.
    Paid,
    /// Paid by a payment that does not match. An exception was raised.
    Mismatch,
    /// The gateway knows no such order.
    NotFound,
    /// No clear answer.
    Unclear,
}

impl Order {
    pub(crate) fn query(&self) -> Question {
        Question::Query { total: self.terms.amount }
    }

    /// A query ended. Its meaning does not depend on the state; what follows does.
    pub(crate) fn queried(&mut self, turn: &mut Turn, result: Result<Trade, Failure>) {
        let finding = self.finding_of(turn, result);
        self.watch.unclear = match finding {
            QueryFinding::Unclear => self.watch.unclear.saturating_add(1),
            QueryFinding::Open
            | QueryFinding::PaymentFailed
            | QueryFinding::Closed
            | QueryFinding::Paid
            | QueryFinding::Mismatch
            | QueryFinding::NotFound => 0,
        };
        match self.state {
            State::Placing { .. } => self.placing_queried(turn, finding),
            State::AwaitingPayment { .. } => self.awaiting_queried(turn, finding),
            State::Closing { .. } => self.closing_queried(turn, finding),
            State::Closed { .. } | State::Failed { .. } => self.final_queried(turn, finding),
            // All news in the answer has been taken in already.
            State::Paid { .. } | State::Orphan { .. } => {}
        }
    }

    fn finding_of(&mut self, turn: &mut Turn, result: Result<Trade, Failure>) -> QueryFinding {
        match result {
            Ok(Trade::Open) => QueryFinding::Open,
            Ok(Trade::PaymentFailed) => QueryFinding::PaymentFailed,
            Ok(Trade::Closed) => QueryFinding::Closed,
            Ok(Trade::Paid(paid)) => self.paid_by_query(turn, &paid),
            Ok(Trade::Unclear) => QueryFinding::Unclear,
            Err(failure) => match failure.meaning() {
                Some(Meaning::NoSuchOrder) => QueryFinding::NotFound,
                Some(_) | None => QueryFinding::Unclear,
            },
        }
    }

    fn paid_by_query(&mut self, turn: &mut Turn, paid: &Paid) -> QueryFinding {
        // Merchant and order number were compared when the answer was read.
        let named = self.terms.merchant.clone();
        let refunded = if paid.refunded { Refunded::ByTheGatewaysWord } else { Refunded::NotSaid };
        let finding = self.payment_seen(turn, &named, &paid.payment, refunded);
        if paid.refunded && finding != PaymentFinding::Confirmed {
            self.refunded_elsewhere(turn, &paid.payment.transaction_id);
        }
        match finding {
            PaymentFinding::Confirmed | PaymentFinding::Known | PaymentFinding::SecondPayment => {
                QueryFinding::Paid
            }
            PaymentFinding::Mismatch { .. } => QueryFinding::Mismatch,
        }
    }

    fn awaiting_queried(&mut self, turn: &mut Turn, finding: QueryFinding) {
        match finding {
            // The gateway gave a code, so the order exists. `NotFound` means that it is not visible yet,
            // which the documents allow for half a minute, or that the gateway erred.
            QueryFinding::Open | QueryFinding::NotFound | QueryFinding::Unclear => self.watch(turn.now_ms),
            QueryFinding::PaymentFailed => {
                self.begin_closing(turn, CloseReason::Failed { cause: FailureCause::PaymentFailed });
            }
            QueryFinding::Closed => {
                self.close(turn, CloseReason::Failed { cause: FailureCause::ClosedElsewhere })
            }
            QueryFinding::Mismatch => {
                self.close(turn, CloseReason::Failed { cause: FailureCause::UnexpectedTrade })
            }
            QueryFinding::Paid => {}
        }
    }
}
