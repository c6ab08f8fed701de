//! Query order, `GET …/out-trade-no/{out_trade_no}` or `…/id/{transaction_id}` (protocol §9.6). Query the
//! same order at most once in ten seconds.

use crate::v2::{OrderRef, TradeState};
use crate::v3::call::{about, mismatch, read_merchant, read_object, same};
use crate::v3::draft::Parts;
use crate::v3::json::JsonFields;
use crate::v3::payment_report::either;
use crate::v3::target::{Target, transactions};
use crate::v3::{Account, Call, CallError, CallName, GenuineAnswer, PaymentReport, WriteError};
use crate::{Money, OutTradeNo, TransactionId};

/// Asks for the state of an order. An unpaid order has no gateway's number, so only the merchant's finds it.
///
/// An answer about another order is [`AboutSomethingElse`](CallError::AboutSomethingElse). There is one
/// exception: a *payment* of another amount is real money, so the answer returns it. The caller compares it
/// with [`Expected::check`](crate::Expected::check).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryOrder {
    /// Which order.
    pub order: OrderRef,
    /// The order's amount. An unpaid or closed order of another amount is another order.
    pub total: Money,
}

/// The state of the queried order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryAnswer {
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The state of the order at the gateway. Treat `PAYERROR` and an unknown one as open.
    pub trade_state: TradeState,
    /// The gateway's text on the state.
    pub trade_state_desc: Option<Box<str>>,
    /// The payment. The states `SUCCESS` and `REFUND` have one, no other state has.
    pub payment: Option<PaymentReport>,
}

impl Call for QueryOrder {
    const NAME: CallName = CallName::Query;
    type Answer = QueryAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        let target = Target::of(transactions(account));
        let target = match &self.order {
            OrderRef::OutTradeNo(number) => target.part("out-trade-no").part(number.as_str()),
            OrderRef::TransactionId(number) | OrderRef::Both { transaction_id: number, .. } => {
                target.part("id").part(number.as_str())
            }
        };
        Ok(Parts::get(target.merchant(account).finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, account: &Account) -> Result<QueryAnswer, CallError> {
        read_object(answer, |fields| {
            let named = read_merchant(&fields)?;
            if let Some(difference) = account.merchant.differs_from(&named) {
                return Err(CallError::ForeignMerchant(Box::new(difference)));
            }
            about_order(&fields, &self.order)?;
            let trade_state = TradeState::new(fields.required("trade_state")?);
            let payment = if trade_state.was_paid() {
                Some(PaymentReport::read(&fields, account.edition)?)
            } else {
                self.same_total(&fields)?;
                None
            };
            Ok(QueryAnswer {
                out_trade_no: fields.parse("out_trade_no")?,
                trade_state,
                trade_state_desc: fields.text("trade_state_desc"),
                payment,
            })
        })
    }
}

impl QueryOrder {
    /// Compares the amount of an unpaid order, as far as the answer names it.
    fn same_total(&self, fields: &JsonFields<'_, '_>) -> Result<(), CallError> {
        if !fields.has("amount") {
            return Ok(());
        }
        same_money(&fields.object("amount")?, "total", self.total)
    }
}

/// Compares an amount and its currency with what was asked, as far as the answer names them.
pub(crate) fn same_money(
    amount: &JsonFields<'_, '_>,
    name: &'static str,
    asked: Money,
) -> Result<(), CallError> {
    let Some(minor) = amount.optional_amount(name)? else { return Ok(()) };
    let answered = Money { minor, currency: amount.parse_optional("currency")?.unwrap_or(asked.currency) };
    if answered == asked {
        Ok(())
    } else {
        let (asked, answered) = (asked.to_string(), answered.to_string());
        about(Some(mismatch(&format!("amount.{name}"), &asked, &answered)))
    }
}

/// Compares the numbers of an order, as far as the answer names them.
pub(crate) fn about_order(fields: &JsonFields<'_, '_>, order: &OrderRef) -> Result<(), CallError> {
    about(same(fields, "out_trade_no", order.out_trade_no().map(OutTradeNo::as_str))?)?;
    let answered: Option<TransactionId> = either(fields, "id", "transaction_id")?;
    same_transaction(order, answered)
}

/// Compares the gateway's number of an order with the answer's.
pub(crate) fn same_transaction(order: &OrderRef, answered: Option<TransactionId>) -> Result<(), CallError> {
    match (order.transaction_id(), answered) {
        (Some(asked), Some(answered)) if *asked != answered => {
            about(Some(mismatch("transaction_id", asked.as_str(), answered.as_str())))
        }
        (Some(_) | None, _) => Ok(()),
    }
}
