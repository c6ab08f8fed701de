//! What must be true when the world has come to rest, whatever happened before.

use order::{CallName, ExceptionKind, Order, QUERY_PACE_MS, RefundStatus, State, WebhookKind};
use simulator::gateway::TradeState;

use super::World;
use super::merchant::{NUMBER, PRICE_MINOR, price};

impl World {
    /// A call is about to be made: is it allowed now?
    ///
    /// # Panics
    /// When the pace is not kept.
    pub(super) fn judge_call(&mut self, name: CallName) {
        if name != CallName::QueryOrder {
            return;
        }
        if let Some(last_ms) = self.last_query_ms.filter(|_| self.steady) {
            let pause_ms = self.now_ms - last_ms;
            assert!(pause_ms >= QUERY_PACE_MS, "two queries within {pause_ms} ms");
        }
        self.last_query_ms = Some(self.now_ms);
    }

    /// Tells what the gateway decided about the last call.
    pub(super) fn tell_call(&mut self, attempt: u64) {
        let exchange = self.gateway.exchanges().next_back();
        let sentence = exchange
            .map(|exchange| (exchange.call.clone(), exchange.verdict.clone(), exchange.faults.join(", ")));
        self.tell(|| {
            let (call, verdict, faults) = sentence.unwrap_or_default();
            format!("{call} #{attempt} → {verdict} {faults}")
        });
    }

    /// What must hold at the end.
    ///
    /// # Panics
    /// When it does not.
    pub fn judge(&self) {
        let gateway = self.gateway.order(self.now_ms, NUMBER);
        let holds_money = gateway
            .as_ref()
            .is_some_and(|trade| matches!(trade.trade_state, TradeState::Success | TradeState::Refund));
        let Some(order) = self.worker.disk().order() else {
            assert!(
                self.worker.disk().archived || gateway.is_none(),
                "the gateway has an order nobody remembers"
            );
            assert_eq!(
                self.shop.count(WebhookKind::OrderPaid),
                usize::from(holds_money),
                "confirmed once, or never"
            );
            assert_eq!(self.shop.index_says() == Some("paid"), holds_money, "the index remembers it");
            return;
        };
        let is_paid = matches!(order.state(), State::Paid { .. });
        let left_to_a_human = order.exceptions().iter().any(|e| e.kind == ExceptionKind::Unresolved);
        assert!(
            is_paid == holds_money || left_to_a_human,
            "paid here: {is_paid}, money there: {holds_money}"
        );
        let confirmed_by = order.payment().map(|payment| payment.total);
        assert!(
            confirmed_by.is_none_or(|total| total == price(PRICE_MINOR)),
            "confirmed by {confirmed_by:?}"
        );
        assert!(order.state().is_final(), "still {}", order.state().name());
        assert_eq!(self.shop.count(WebhookKind::OrderPaid), usize::from(is_paid), "confirmed once, or never");
        assert_eq!(self.shop.index_says(), Some(order.state().name()), "the index has caught up");
        let refunded_there = gateway.map_or(0, |trade| trade.refunded_minor);
        self.judge_refunds(order, refunded_there);
        self.judge_exceptions(order);
    }

    fn judge_refunds(&self, order: &Order, refunded_there: u64) {
        let refunded_here: u64 = order
            .refunds()
            .filter(|refund| refund.status.holds_money())
            .map(|refund| refund.amount.minor)
            .sum();
        // Of a stuck refund only the gateway knows.
        let is_known = order.refunds().all(|refund| refund.status != RefundStatus::Stuck);
        assert!(
            !is_known || refunded_here == refunded_there,
            "refunds: {refunded_here} here, {refunded_there} there"
        );
        for refund in order.refunds() {
            match refund.status {
                RefundStatus::Refunded
                | RefundStatus::Abnormal
                | RefundStatus::Closed
                | RefundStatus::Refused => {}
                RefundStatus::Withdrawn => panic!("nobody withdrew a refund"),
                // A refund the gateway never ends; it is asked about for ever.
                RefundStatus::Processing => assert!(!order.is_settled()),
                // The gateway kept failing for days. A person has it.
                RefundStatus::Stuck => assert!(self.gateway_failed, "a refund that nobody kept from its end"),
                RefundStatus::Requested | RefundStatus::Asking => {
                    panic!("refund still {}", refund.status.name())
                }
            }
        }
    }

    /// Only the gateway's own lies raise the exceptions of misfits.
    fn judge_exceptions(&self, order: &Order) {
        for exception in order.exceptions() {
            match exception.kind {
                ExceptionKind::PaidLate | ExceptionKind::PaidTwice => {
                    assert!(matches!(order.state(), State::Paid { .. }));
                }
                ExceptionKind::AmountMismatch | ExceptionKind::UnexpectedTrade => {
                    assert!(self.gateway_lied, "an exception that nobody caused");
                }
                // The gateway kept failing, or refused, or did something by itself.
                ExceptionKind::Unresolved
                | ExceptionKind::AboutSomethingElse
                | ExceptionKind::Unreadable
                | ExceptionKind::RefundWaits
                | ExceptionKind::RefundStuck
                | ExceptionKind::RefundAbnormal
                | ExceptionKind::MoreThanKept => {
                    assert!(self.gateway_failed, "an exception that nobody caused");
                }
                ExceptionKind::WebhookUndelivered => {
                    assert!(self.shop.had_trouble, "an exception that nobody caused")
                }
                ExceptionKind::UnknownOrder | ExceptionKind::RefundedElsewhere => {
                    panic!("an exception that nobody caused")
                }
            }
        }
    }
}

/// What a history came to: for counting that the histories reach everything worth reaching.
impl World {
    /// The final state with its reason, every exception, every end of a refund, and what had to be
    /// survived on the way.
    #[must_use]
    pub fn came_to(&self) -> Vec<String> {
        let mut marks = vec!["histories".to_owned()];
        marks.extend((self.deaths > 0).then(|| "with deaths of the process".to_owned()));
        marks.extend((!self.steady).then(|| "with a wrong clock".to_owned()));
        marks.extend((self.failed_writes > 0).then(|| "with writes that failed".to_owned()));
        marks.extend(self.met_newer.then(|| "with an older version for a while".to_owned()));
        marks.extend((!self.worker.disk().messages.is_empty()).then(|| "with a message kept".to_owned()));
        let Some(order) = self.worker.disk().order() else { return marks };
        let reason = order.state().reason().map(|reason| format!(", {reason}")).unwrap_or_default();
        marks.push(format!("{}{reason}", order.state().name()));
        let exceptions = order.exceptions().iter().map(|exception| exception.kind.name());
        marks.extend(exceptions.map(|name| format!("exception {name}")));
        marks.extend(order.refunds().map(|refund| format!("refund {}", refund.status.name())));
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}
