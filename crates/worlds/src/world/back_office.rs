//! The merchant's people: they refund, try again, withdraw, mark as done, and act on the list of attention.

use gateway::RefundAccount;
use order::{Exception, ExceptionKind, Input, Order, RefundOrder, RefundStatus};
use wire::{OutRefundNo, TransactionId};

use super::World;
use super::merchant::PRICE_MINOR;
use super::worker::Given;

/// The accounts from which a refund can be paid, or none named.
const ACCOUNTS: [Option<RefundAccount>; 4] =
    [None, None, Some(RefundAccount::UnsettledFunds), Some(RefundAccount::AvailableBalance)];

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).expect("a refund number")
}

impl World {
    /// The merchant wants money back, mostly of the payment that confirmed the order.
    pub(super) fn ask_for_a_refund(&mut self) {
        let own = format!("R{}", self.dice.below(4));
        let minor = self.dice.pick(&[1, 1000, 5000, PRICE_MINOR]);
        let of = if self.dice.chance(250) { self.a_payment() } else { None };
        let account = self.dice.pick(&ACCOUNTS);
        let order = RefundOrder { of, account, ..RefundOrder::new(number(&own), self.price(minor)) };
        let given = self.give(Input::RefundRequested(order));
        self.tell(|| format!("the merchant refunds {minor} as {own}: {given:?}"));
    }

    /// One of the payments that the order knows.
    fn a_payment(&mut self) -> Option<TransactionId> {
        let receipts = self.worker.disk().order()?.receipts();
        let ids: Vec<TransactionId> = receipts.iter().map(|receipt| receipt.transaction_id.clone()).collect();
        let at = usize::try_from(self.dice.below(ids.len() as u64)).unwrap_or(0);
        ids.get(at).cloned()
    }

    /// Somebody in the back office does something with what is shown there.
    pub(super) fn something_in_the_back_office(&mut self) {
        let Some(order) = self.worker.disk().order() else { return };
        let refunds: Vec<OutRefundNo> = order.refunds().map(|refund| refund.out_refund_no.clone()).collect();
        let open: Vec<u32> = open_exceptions(order).map(|exception| exception.id).collect();
        let webhooks: Vec<String> =
            order.given_up().iter().chain(order.waiting()).map(|row| row.id.clone()).collect();
        let nth =
            |dice: &mut super::Dice, count: usize| usize::try_from(dice.below(count as u64)).unwrap_or(0);
        let input = match self.dice.below(8) {
            0..=2 if !refunds.is_empty() => Input::RefundRetried {
                out_refund_no: refunds[nth(&mut self.dice, refunds.len())].clone(),
                account: self.dice.pick(&ACCOUNTS),
            },
            3 | 4 if !refunds.is_empty() => {
                Input::RefundWithdrawn { out_refund_no: refunds[nth(&mut self.dice, refunds.len())].clone() }
            }
            5 | 6 if !open.is_empty() => {
                let id = open[nth(&mut self.dice, open.len())];
                self.let_go.push(id);
                Input::ExceptionDone { id }
            }
            _ if !webhooks.is_empty() => {
                Input::RedeliveryRequested { id: webhooks[nth(&mut self.dice, webhooks.len())].clone() }
            }
            7 => Input::PersonForgotten,
            _ => Input::QueryRequested,
        };
        let told = format!("{input:?}");
        let given = self.give(input);
        self.tell(|| format!("the back office: {told}: {given:?}"));
    }

    /// The merchant compares the books with those of the gateway, because of money that nobody told of.
    pub(super) fn compare_books(&mut self) {
        self.tell(|| "the merchant has the gateway asked".into());
        self.give(Input::QueryRequested);
    }

    /// People do what each open exception says is to be done. Says whether there was anything.
    ///
    /// # Panics
    /// When they cannot do what they are told to.
    pub(super) fn act_on_attention(&mut self, round: u32) -> bool {
        let Some(order) = self.worker.disk().order() else { return false };
        let open: Vec<Exception> = open_exceptions(order).cloned().collect();
        for exception in &open {
            self.act_on(exception, round);
        }
        !open.is_empty()
    }

    fn act_on(&mut self, exception: &Exception, round: u32) {
        self.tell(|| format!("a person acts on {}: {:?}", exception.kind.name(), exception.detail));
        let done = Input::ExceptionDone { id: exception.id };
        self.acted_on.push(exception.id);
        match exception.kind {
            ExceptionKind::WebhookUndelivered => {
                let id = exception.webhook_id.clone().expect("which webhook");
                let given = self.give(Input::RedeliveryRequested { id });
                assert_eq!(given, Given::Done, "a webhook in the inbox can be sent again");
            }
            ExceptionKind::RefundStuck | ExceptionKind::RefundWaits => {
                match exception.out_refund_no.clone() {
                    Some(own) => self.act_on_stuck(own, exception.id, round),
                    // The list of all refunds of a payment never came.
                    None => self.ask_and_be_done(exception.id, round),
                }
            }
            ExceptionKind::PaidTwice | ExceptionKind::UnknownOrder => {
                self.refund_what_is_left(exception);
                self.give(done);
            }
            ExceptionKind::Unresolved
            | ExceptionKind::AboutSomethingElse
            | ExceptionKind::Unreadable
            | ExceptionKind::AmountMismatch
            | ExceptionKind::UnexpectedTrade => {
                self.ask_and_be_done(exception.id, round);
            }
            ExceptionKind::PaidLate
            | ExceptionKind::RefundedElsewhere
            | ExceptionKind::RefundAbnormal
            | ExceptionKind::FileMissing
            | ExceptionKind::MoreThanKept => {
                self.give(done);
            }
        }
    }

    /// The gateway is asked once more. Where it signed two amounts of one thing, no answer ever fits both.
    fn ask_and_be_done(&mut self, exception: u32, round: u32) {
        if round < 2 {
            self.give(Input::QueryRequested);
        }
        self.give(Input::ExceptionDone { id: exception });
    }

    /// First it is tried again; if that does not help, withdrawn; and what cannot be is looked up elsewhere.
    fn act_on_stuck(&mut self, out_refund_no: OutRefundNo, exception: u32, round: u32) {
        let order = self.worker.disk().order();
        let elsewhere = order
            .and_then(|order| order.refunds().find(|refund| refund.out_refund_no == out_refund_no))
            .is_some_and(|refund| refund.made_elsewhere);
        if round == 0 && elsewhere {
            // The list of all refunds has it, too.
            self.give(Input::QueryRequested);
        } else if round == 0 {
            let account = Some(RefundAccount::AvailableBalance);
            let given = self.give(Input::RefundRetried { out_refund_no, account });
            assert_eq!(given, Given::Done, "a refund in the inbox can be tried again");
        } else if self.give(Input::RefundWithdrawn { out_refund_no }) != Given::Done {
            self.give(Input::ExceptionDone { id: exception });
        }
    }

    /// Gives back what is left of the payment that an exception names.
    fn refund_what_is_left(&mut self, exception: &Exception) {
        let Some(order) = self.worker.disk().order() else { return };
        let of = exception.transaction_id.as_ref();
        let Some(receipt) = order.receipts().iter().find(|receipt| Some(&receipt.transaction_id) == of)
        else {
            return;
        };
        let held: u64 = order
            .refunds()
            .filter(|refund| Some(&refund.transaction_id) == of && refund.status.holds_money())
            .map(|refund| refund.amount.minor)
            .sum();
        let mut amount = receipt.total;
        amount.minor = amount.minor.saturating_sub(held);
        if amount.minor == 0 {
            return;
        }
        let (own, of) = (number(&format!("X{}", exception.id)), of.cloned());
        let given = self.give(Input::RefundRequested(RefundOrder { of, ..RefundOrder::new(own, amount) }));
        assert_eq!(given, Given::Done, "money that nobody wants can be given back");
    }
}

fn open_exceptions(order: &Order) -> impl Iterator<Item = &Exception> {
    order.exceptions().iter().filter(|exception| exception.is_open())
}

/// Whether nothing more is to come of a refund by itself.
pub(super) fn is_over(status: RefundStatus) -> bool {
    match status {
        RefundStatus::Requested | RefundStatus::Asking | RefundStatus::Processing => false,
        RefundStatus::Refunded
        | RefundStatus::Abnormal
        | RefundStatus::Closed
        | RefundStatus::Refused
        | RefundStatus::Stuck
        | RefundStatus::Withdrawn => true,
    }
}
