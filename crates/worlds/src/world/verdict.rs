//! What must be true when the world has come to rest, whatever happened before: everything is settled, or a
//! person has it in the list of attention.

use order::{Exception, ExceptionKind, Order, Refund, RefundStatus, State, Webhook, WebhookKind};
use simulator::gateway::{
    FaultName, Generation, Kind, Notification, OrderView, RefundView, Standing, TradeState,
};

use super::World;
use super::back_office::is_over;
use super::merchant::PRICE_MINOR;

/// The exceptions after which a person still has to find out whether there is money.
const OPEN_QUESTIONS: [ExceptionKind; 5] = [
    ExceptionKind::Unresolved,
    ExceptionKind::AmountMismatch,
    ExceptionKind::UnexpectedTrade,
    ExceptionKind::Unreadable,
    ExceptionKind::MoreThanKept,
];

impl World {
    /// What must hold at rest.
    ///
    /// # Panics
    /// When it does not.
    pub fn judge(&mut self) {
        let trade = self.gateway.order(self.now_ms, self.number);
        self.note_marks();
        let Some(order) = self.worker.disk().order() else {
            self.judge_without_order(trade.as_ref());
            return;
        };
        assert!(order.is_settled(), "at rest, and not settled");
        match order.state() {
            State::Orphan { .. } => self.judge_stray(order),
            State::Paid { .. } | State::Closed { .. } | State::Failed { .. } => {
                self.judge_money(order, trade.as_ref());
            }
            State::Placing { .. } | State::AwaitingPayment { .. } | State::Closing { .. } => {
                panic!("still {}", order.state().name());
            }
        }
        self.judge_refunds(order, trade.as_ref());
        self.judge_webhooks(order);
        self.judge_exceptions(order);
        self.judge_index(order);
    }

    /// What must hold when people have acted on everything that was left to them.
    ///
    /// # Panics
    /// When it does not.
    pub(super) fn judge_end(&self) {
        let Some(order) = self.worker.disk().order() else { return };
        let left: Vec<_> = order.exceptions().iter().filter(|known| known.is_open()).collect();
        assert!(left.is_empty(), "people acted, and this is still left: {left:?}");
        // What people marked as done without sending it again stays untaken.
        let untaken: Vec<&str> = self.shop.missing().filter(|id| !self.was_let_go(order, id)).collect();
        assert!(untaken.is_empty() || self.came_after_archive, "never taken: {untaken:?}");
        let trade = self.gateway.order(self.now_ms, self.number);
        let is_paid = matches!(order.state(), State::Paid { .. });
        let is_stray = matches!(order.state(), State::Orphan { .. });
        assert!(is_stray || is_paid == holds_money(trade.as_ref()), "people asked, and it is still unknown");
        let let_go = |refund: &Refund| {
            order.exceptions().iter().any(|known| {
                known.out_refund_no.as_ref() == Some(&refund.out_refund_no) && self.let_go.contains(&known.id)
            })
        };
        let never_ends = self.faults.contains(&FaultName::RefundStuck);
        for refund in order.refunds().filter(|refund| refund.status == RefundStatus::Stuck) {
            let lied = refund.made_elsewhere && self.may_raise(ExceptionKind::AboutSomethingElse);
            assert!(
                never_ends || lied || let_go(refund),
                "still stuck, though it was tried again: {refund:?}"
            );
        }
    }

    /// Whether people let a webhook be.
    fn was_let_go(&self, order: &Order, id: &str) -> bool {
        let of_it = |known: &&Exception| known.webhook_id.as_deref() == Some(id);
        order.exceptions().iter().filter(of_it).any(|known| self.let_go.contains(&known.id))
    }

    /// There never was an order, or its time is over.
    fn judge_without_order(&self, trade: Option<&OrderView>) {
        let archived = self.worker.disk().archived;
        let notifications = self.gateway.notifications();
        let told = trade.is_some()
            && self.elsewhere
            && notifications.iter().any(|notification| self.was_told_by(notification));
        assert!(archived || trade.is_none() || self.elsewhere, "the gateway has an order nobody remembers");
        assert!(archived || !told, "genuine money was acknowledged, and nothing shows it");
        let Some(row) = self.index.row() else { return };
        let left_to_people = !row.attention.is_empty() || self.index.needs_a_person;
        if archived && !left_to_people {
            // Money under the number of another system's order is remembered as a stray, and sold nothing.
            let paid = holds_money(trade) && !self.elsewhere;
            assert_eq!(row.state == "paid", paid, "the index remembers it");
            assert_eq!(row.state == "stray", self.elsewhere, "the index remembers it");
            let told = self.shop.count(WebhookKind::OrderPaid);
            let given_up = told == 0 && row.exceptions.contains(&ExceptionKind::WebhookUndelivered);
            assert!(given_up || told == usize::from(paid), "told once, or never: {told}");
        }
    }

    /// Whether this notification told of money under the order's number, and was received.
    fn was_told_by(&self, notification: &Notification) -> bool {
        // What is sealed may have been about another number, or about no payment.
        let lied = |name: &FaultName| {
            matches!(name, FaultName::NotificationUnknownOrder | FaultName::NotificationNotPaid)
        };
        let names_it = match notification.generation {
            Generation::V2 => notification.body.contains(self.number),
            Generation::V3Global | Generation::V3Mainland => !self.faults.iter().any(lied),
        };
        let is_received = notification.standing == Standing::Received;
        let is_ours = notification.out_trade_no == self.number;
        notification.kind == Kind::Payment && is_received && is_ours && names_it
    }

    /// Paid exactly when the gateway holds money that fits, or a person is told.
    fn judge_money(&self, order: &Order, trade: Option<&OrderView>) {
        let is_paid = matches!(order.state(), State::Paid { .. });
        let a_person_is_told = order.exceptions().iter().any(|known| OPEN_QUESTIONS.contains(&known.kind));
        let holds_money = holds_money(trade);
        assert!(
            is_paid == holds_money || (!is_paid && a_person_is_told),
            "paid here: {is_paid}, money there: {holds_money}"
        );
        let confirmed_by = order.payment().map(|payment| payment.total);
        let fits = confirmed_by.is_none_or(|total| total == self.price(PRICE_MINOR));
        assert!(fits, "confirmed by {confirmed_by:?}");
        if order.state().problem().is_none() && order.state().reason() == Some("closed_elsewhere") {
            let state = trade.map(|trade| trade.trade_state);
            assert_eq!(state, Some(TradeState::Closed), "closed by an answer about something else");
        }
    }

    /// Money without an order is shown, told, and can be given back.
    fn judge_stray(&self, order: &Order) {
        let kinds = [ExceptionKind::UnknownOrder, ExceptionKind::Unreadable];
        let raised = order.exceptions().iter().any(|known| kinds.contains(&known.kind));
        assert!(raised, "a stray that nobody is told of");
        let told_as_paid = self.shop.count(WebhookKind::OrderPaid) > 0 && !self.came_after_archive;
        assert!(!told_as_paid, "goods would be delivered for money without an order");
    }

    fn judge_refunds(&self, order: &Order, trade: Option<&OrderView>) {
        let there = trade.map_or(&[][..], |trade| &trade.refunds);
        for refund in order.refunds() {
            let number = refund.number_at_gateway().as_str();
            // Of refunds made elsewhere only the gateway's list says which they are, and how much.
            let another = |fault| refund.made_elsewhere && self.faults.contains(&fault);
            if !another(FaultName::AnotherRefund) {
                let there = there.iter().find(|there| there.out_refund_no == number);
                judge_refund(refund, there, another(FaultName::AnotherRefundAmount));
            }
            let exception = match refund.status {
                RefundStatus::Stuck => Some(ExceptionKind::RefundStuck),
                RefundStatus::Abnormal => Some(ExceptionKind::RefundAbnormal),
                RefundStatus::Requested
                | RefundStatus::Asking
                | RefundStatus::Processing
                | RefundStatus::Refunded
                | RefundStatus::Closed
                | RefundStatus::Refused
                | RefundStatus::Withdrawn => None,
            };
            let told = exception.is_none_or(|kind| {
                self.has_a_person(order, |known| {
                    known.kind == kind && known.out_refund_no.as_ref() == Some(&refund.out_refund_no)
                })
            });
            assert!(told, "{} is {}, and nobody is told", refund.out_refund_no, refund.status.name());
        }
        let known = |there: &RefundView| {
            order.refunds().any(|refund| refund.number_at_gateway().as_str() == there.out_refund_no)
        };
        // That the refunds of a payment could not be learned is an exception about the payment alone.
        let suspected = order.exceptions().iter().any(|known| {
            let of_payment = known.kind == ExceptionKind::RefundStuck && known.out_refund_no.is_none();
            of_payment || matches!(known.kind, ExceptionKind::RefundedElsewhere | ExceptionKind::MoreThanKept)
        });
        for there in there {
            assert!(
                known(there) || suspected || !self.was_told_of(order, there),
                "the gateway told of refund {}, and nothing here shows it",
                there.out_refund_no
            );
        }
    }

    /// Whether the gateway told of a refund at a time when it could be asked about.
    fn was_told_of(&self, order: &Order, there: &RefundView) -> bool {
        let by_hand = self.by_hand.iter().any(|made| made.out_refund_no == there.out_refund_no);
        let payment_known =
            order.receipts().iter().any(|receipt| receipt.transaction_id.as_str() == there.transaction_id);
        // Those of an archived order were its own.
        let own = !by_hand && !self.came_after_archive;
        own || (self.hinted.contains(&there.out_refund_no) && payment_known)
    }

    /// Whether an exception is open, or a person has marked it done.
    fn has_a_person(&self, order: &Order, is_it: impl Fn(&Exception) -> bool) -> bool {
        order.exceptions().iter().any(|known| {
            let seen = self.let_go.contains(&known.id) || self.acted_on.contains(&known.id);
            is_it(known) && (known.is_open() || seen)
        })
    }

    /// *Paid* is told at most once, after what warns of it; what was given up is in the list of attention.
    fn judge_webhooks(&self, order: &Order) {
        let is_paid = matches!(order.state(), State::Paid { .. });
        let given_up =
            |kind| order.given_up().iter().any(|row| webhook_of(row).is_some_and(|w| w.kind == kind));
        let taken = self.shop.taken();
        let paid: Vec<&&Webhook> = taken.iter().filter(|w| w.kind == WebhookKind::OrderPaid).collect();
        if !self.came_after_archive {
            assert!(paid.len() <= usize::from(is_paid), "told as paid {} times", paid.len());
            let told = !paid.is_empty() || given_up(WebhookKind::OrderPaid);
            assert!(told || !is_paid, "paid, and nobody is told");
        }
        for paid in paid.into_iter().filter(|_| !self.came_after_archive) {
            let warns = |w: &&Webhook| w.exception == Some(ExceptionKind::RefundedElsewhere);
            let warned = taken.iter().any(|w| warns(w) && w.sequence < paid.sequence);
            assert!(!warned || paid.refunded_elsewhere, "order.paid does not repeat the warning");
            assert!(
                !paid.refunded_elsewhere || warned || given_up(WebhookKind::OrderException),
                "order.paid repeats a warning that was not given"
            );
        }
        for row in order.given_up() {
            let told = self.has_a_person(order, |known| known.webhook_id.as_deref() == Some(&row.id));
            assert!(told, "the webhook {} is given up, and nobody is told", row.id);
        }
        for exception in order.exceptions().iter().filter(|known| known.kind == ExceptionKind::UnknownOrder) {
            let told = self.shop.was_told_of(exception.kind) || given_up(WebhookKind::OrderException);
            assert!(told, "a webhook tells of money without an order");
        }
    }

    /// The row of the index is the order: its state, its refunds, exactly its open exceptions.
    fn judge_index(&self, order: &Order) {
        let Some(row) = self.index.row() else { panic!("the order is not in the list") };
        assert_eq!(row.state, order.state().name(), "the index has caught up");
        assert!(row.settled, "the order is settled, and the list says that it is not");
        let open: Vec<&Exception> = order.exceptions().iter().filter(|known| known.is_open()).collect();
        assert_eq!(row.attention.iter().collect::<Vec<_>>(), open, "the list of attention");
        let refunded = |status: RefundStatus| status == RefundStatus::Refunded;
        assert_eq!(row.refunded_minor, sum(order, refunded), "what went back");
        let refunding = |status: RefundStatus| status.holds_money() && !refunded(status);
        assert_eq!(row.refunding_minor, sum(order, refunding), "what is going back");
    }

    fn judge_exceptions(&self, order: &Order) {
        for exception in order.exceptions() {
            assert!(self.may_raise(exception.kind), "an exception that nobody caused: {exception:?}");
            if exception.kind == ExceptionKind::PaidLate || exception.kind == ExceptionKind::PaidTwice {
                assert!(matches!(order.state(), State::Paid { .. }));
            }
        }
    }

    /// Whether the list shows the order as it is.
    pub(super) fn index_is_whole(&self) -> bool {
        let (Some(order), Some(row)) = (self.worker.disk().order(), self.index.row()) else {
            return self.worker.disk().order().is_none();
        };
        let newest = order_version(self.worker.disk().order.as_deref().unwrap_or_default());
        order.is_settled() && Some(row.version) == newest
    }
}

/// The version of the newest row that a stored order has written.
fn order_version(stored: &str) -> Option<u64> {
    let (_, rest) = stored.split_once("\"indexed\":{\"version\":")?;
    rest.split_once(',')?.0.parse().ok()
}

fn holds_money(trade: Option<&OrderView>) -> bool {
    trade.is_some_and(|trade| !trade.payments.is_empty())
}

fn webhook_of(row: &order::OutboxRow) -> Option<&Webhook> {
    match &row.message {
        order::Message::Webhook(webhook) => Some(webhook),
        order::Message::Index(_) => None,
    }
}

/// The refunds that count, in the order's currency: another payment may have been made in another one.
fn sum(order: &Order, counts: impl Fn(RefundStatus) -> bool) -> u64 {
    let currency = order.terms().amount.currency;
    let amounts = order.refunds().filter(|refund| counts(refund.status)).map(|refund| refund.amount);
    amounts.filter(|amount| amount.currency == currency).map(|amount| amount.minor).sum()
}

/// A refund here and the same at the gateway.
fn judge_refund(here: &Refund, there: Option<&RefundView>, another_amount: bool) {
    assert!(is_over(here.status), "refund {} still {}", here.out_refund_no, here.status.name());
    if let Some(there) = there {
        let same = here.amount.minor == there.minor || another_amount;
        assert!(same, "refund {} is {} here, {} there", here.out_refund_no, here.amount.minor, there.minor);
        assert_eq!(here.transaction_id.as_str(), there.transaction_id, "refund {}", here.out_refund_no);
    }
    let expected = match here.status {
        RefundStatus::Refunded => Some("SUCCESS"),
        RefundStatus::Abnormal => Some("CHANGE"),
        RefundStatus::Closed => Some("REFUNDCLOSE"),
        // Only the gateway knows.
        RefundStatus::Stuck => return,
        RefundStatus::Refused
        | RefundStatus::Withdrawn
        | RefundStatus::Requested
        | RefundStatus::Asking
        | RefundStatus::Processing => None,
    };
    assert_eq!(
        there.map(|there| there.status),
        expected,
        "refund {} is {} here",
        here.out_refund_no,
        here.status.name()
    );
}
