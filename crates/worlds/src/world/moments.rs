//! What must be true at each moment: when a call is made, and when the order changes its state.

use gateway::CallName;
use order::{ExceptionKind, Order, QUERY_PACE_MS, State};
use simulator::gateway::{FaultName, TradeState};

use super::World;

/// Two refund calls of one order are at least this far apart (protocol §7.1).
const REFUND_PACE_MS: i64 = 60_000;

impl World {
    /// A call is about to be made: is it allowed now?
    ///
    /// # Panics
    /// When the pace is not kept.
    pub(super) fn judge_call(&mut self, name: CallName) {
        let (last_ms, pace_ms) = match name {
            CallName::Query => (&mut self.last_query_ms, QUERY_PACE_MS),
            CallName::Refund => (&mut self.last_refund_ms, REFUND_PACE_MS),
            CallName::Place | CallName::Close | CallName::RefundQuery => return,
        };
        if let Some(last_ms) = last_ms.filter(|_| self.steady) {
            let pause_ms = self.now_ms - last_ms;
            assert!(pause_ms >= pace_ms, "two calls of {} within {pause_ms} ms", name.as_str());
        }
        *last_ms = Some(self.now_ms);
    }

    /// Tells what the gateway decided about the last call.
    pub(super) fn tell_call(&mut self, attempt: u64) {
        if !self.story.is_kept() {
            return;
        }
        let exchange = self.gateway.exchanges().next_back();
        let sentence = exchange.map(|exchange| {
            let faults = exchange.faults.join(", ");
            format!("{} #{attempt} → {} {faults}", exchange.call, exchange.verdict)
        });
        self.tell(|| sentence.unwrap_or_default());
    }

    /// The order has taken something in: if its state is another one now, is it true?
    pub(super) fn judge_moment(&mut self, says_refunded: bool) {
        let now_ms = self.worker_now_ms();
        let Some(order) = self.worker.in_memory(now_ms) else { return };
        let state = order.state().name();
        if state == self.last_state {
            return;
        }
        self.last_state = state;
        let order = order.clone();
        self.tell(|| match order.state().reason() {
            Some(reason) => format!("the order is {state}, {reason}"),
            None => format!("the order is {state}"),
        });
        match order.state() {
            State::Paid { transaction_id, .. } => {
                self.judge_paid(&order, transaction_id.as_str(), says_refunded);
            }
            State::Closed { .. } => self.judge_closed(&order),
            State::Placing { .. }
            | State::AwaitingPayment { .. }
            | State::Closing { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => {}
        }
    }

    /// Paid only by a payment that the gateway holds; and what went back of it is told with it.
    fn judge_paid(&self, order: &Order, transaction_id: &str, says_refunded: bool) {
        let trade = self.gateway.order(self.now_ms, self.number);
        let payments = trade.map(|trade| trade.payments).unwrap_or_default();
        let names_it = payments.iter().any(|payment| payment.transaction_id == transaction_id);
        // An answer to a question by the order's number brings the number of the payment: nothing is there to
        // compare.
        let renamed = self.faults.contains(&FaultName::AnotherTransaction) && !payments.is_empty();
        assert!(names_it || renamed, "paid by {transaction_id}, which the gateway does not hold");
        let ours = order.refunds().any(|refund| refund.transaction_id.as_str() == transaction_id);
        let told = order.exceptions().iter().any(|known| known.kind == ExceptionKind::RefundedElsewhere);
        assert!(!says_refunded || told || ours, "goods would be delivered for money that went back");
    }

    /// Closed only when nobody can pay any more, or a person is told.
    fn judge_closed(&self, order: &Order) {
        let Some(trade) = self.gateway.order(self.now_ms, self.number) else { return };
        let payable = match trade.trade_state {
            TradeState::NotPay => self.now_ms < trade.payable_until_ms && !self.shopper.codes.is_empty(),
            TradeState::Success | TradeState::Refund | TradeState::Closed | TradeState::PayError => false,
        };
        let told = order.exceptions().iter().any(|known| known.kind == ExceptionKind::Unresolved);
        assert!(!payable || told, "closed here, and the shopper can still pay");
    }
}
