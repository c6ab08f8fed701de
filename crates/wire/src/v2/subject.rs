//! What an answer must be about. An answer counts only for the question that was asked.
//!
//! A gateway, a proxy or a number that was used before can bring a genuine, signed answer about another order
//! or refund. So every call says what it is about, and its answer is compared with that before anything in it
//! is trusted: order number, transaction, refund number, amount and currency (protocol §10.3 warns of
//! messages that are verified but not compared). Real answers leave fields out, most often `fee_type`. A
//! missing field is not compared.

use thiserror::Error;

use crate::money::parse_amount;
use crate::v2::{Fields, OrderRef};
use crate::{Money, OutRefundNo, OutTradeNo, RefundId, TransactionId};

/// What a call is about. [`Call::subject`](crate::v2::Call::subject) makes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'c> {
    out_trade_no: Option<&'c OutTradeNo>,
    transaction_id: Option<&'c TransactionId>,
    total: Option<Money>,
    refund: Option<RefundSubject<'c>>,
}

/// Which refund a call is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefundSubject<'c> {
    pub(crate) out_refund_no: Option<&'c OutRefundNo>,
    pub(crate) refund_id: Option<&'c RefundId>,
    pub(crate) amount: Option<Money>,
}

/// A genuine answer is about something else than the question. It holds both values for the person who
/// investigates.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{field}` was asked for as {asked} and answered as {answered}")]
pub struct AnswerMismatch {
    /// The field of the answer.
    pub field: Box<str>,
    /// What was asked for.
    pub asked: Box<str>,
    /// What the answer is about.
    pub answered: Box<str>,
}

impl<'c> Subject<'c> {
    /// Only the merchant: exchange rates, bills, settlements.
    #[must_use]
    pub fn merchant() -> Self {
        Self::default()
    }

    /// An order, by its known numbers.
    pub(crate) fn of_order(order: &'c OrderRef) -> Self {
        Self { out_trade_no: order.out_trade_no(), transaction_id: order.transaction_id(), ..Self::default() }
    }

    pub(crate) fn of_order_number(out_trade_no: &'c OutTradeNo) -> Self {
        Self { out_trade_no: Some(out_trade_no), ..Self::default() }
    }

    pub(crate) fn with_total(self, total: Money) -> Self {
        Self { total: Some(total), ..self }
    }

    pub(crate) fn with_refund(self, refund: RefundSubject<'c>) -> Self {
        Self { refund: Some(refund), ..self }
    }

    /// Compares an answer with the question.
    pub(crate) fn check(&self, fields: &Fields<'_>) -> Result<(), AnswerMismatch> {
        same(fields, "out_trade_no", self.out_trade_no.map(OutTradeNo::as_str))?;
        same(fields, "transaction_id", self.transaction_id.map(TransactionId::as_str))?;
        same_money(fields, "total_fee", &["fee_type"], self.total)?;
        let Some(refund) = self.refund else { return Ok(()) };
        same(fields, "out_refund_no", refund.out_refund_no.map(OutRefundNo::as_str))?;
        same(fields, "refund_id", refund.refund_id.map(RefundId::as_str))?;
        same_money(fields, "refund_fee", &["refund_fee_type", "fee_type"], refund.amount)?;
        refund.check_list(fields)
    }
}

impl RefundSubject<'_> {
    /// A list of refunds (`out_refund_no_0`, `out_refund_no_1` …) must contain the refund that was asked for,
    /// with its amount. It may contain others too.
    fn check_list(&self, fields: &Fields<'_>) -> Result<(), AnswerMismatch> {
        let (stem, asked) = match (self.out_refund_no, self.refund_id) {
            (Some(number), _) => ("out_refund_no", number.as_str()),
            (None, Some(number)) => ("refund_id", number.as_str()),
            (None, None) => return Ok(()),
        };
        let listed = |n: usize| fields.get(&format!("{stem}_{n}"));
        let Some(first) = listed(0) else { return Ok(()) };
        let place = (0..crate::v2::MAX_FIELDS).map_while(|n| listed(n).map(|number| (n, number)));
        match place.into_iter().find(|(_, number)| *number == asked) {
            Some((n, _)) => same_money(fields, &format!("refund_fee_{n}"), &["fee_type"], self.amount),
            None => Err(mismatch(&format!("{stem}_0"), asked, first)),
        }
    }
}

/// Compares a field with what was asked. A missing field is not compared.
pub(crate) fn same(fields: &Fields<'_>, field: &str, asked: Option<&str>) -> Result<(), AnswerMismatch> {
    match (asked, fields.get(field)) {
        (Some(asked), Some(answered)) if !answered.is_empty() && asked != answered => {
            Err(mismatch(field, asked, answered))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// Compares an amount and, if the answer names one, its currency. It skips a malformed amount, which the call
/// refuses when it reads the answer.
fn same_money(
    fields: &Fields<'_>,
    field: &str,
    currency_fields: &[&str],
    asked: Option<Money>,
) -> Result<(), AnswerMismatch> {
    let (Some(asked), Some(minor)) = (asked, fields.get(field).and_then(parse_amount)) else { return Ok(()) };
    let currency =
        currency_fields.iter().find_map(|name| fields.get(name).filter(|currency| !currency.is_empty()));
    let other_currency = currency.is_some_and(|currency| currency != asked.currency.as_str());
    if minor == asked.minor && !other_currency {
        return Ok(());
    }
    let asked_text = format!("{} {}", asked.minor, asked.currency);
    let answered = format!("{minor} {}", currency.unwrap_or("without a currency"));
    Err(mismatch(field, &asked_text, &answered))
}

fn mismatch(field: &str, asked: &str, answered: &str) -> AnswerMismatch {
    let bounded: String = answered.chars().take(80).collect();
    AnswerMismatch { field: field.into(), asked: asked.into(), answered: bounded.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn fields(body: &str) -> Fields<'_> {
        Fields::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn what_an_answer_leaves_out_is_not_compared() {
        let number = OutTradeNo::new("A1").unwrap();
        let subject = Subject::of_order_number(&number).with_total(Money::new(8800, Currency::HKD));
        for silent in
            ["<xml/>", "<xml><out_trade_no></out_trade_no></xml>", "<xml><total_fee>8800</total_fee></xml>"]
        {
            assert_eq!(subject.check(&fields(silent)), Ok(()), "{silent}");
        }
    }

    #[test]
    fn another_number_amount_or_currency_is_reported_with_both_values() {
        let number = OutTradeNo::new("A1").unwrap();
        let subject = Subject::of_order_number(&number).with_total(Money::new(8800, Currency::HKD));
        for (body, field, answered) in [
            ("<xml><out_trade_no>A2</out_trade_no></xml>", "out_trade_no", "A2"),
            ("<xml><total_fee>1</total_fee><fee_type>HKD</fee_type></xml>", "total_fee", "1 HKD"),
            ("<xml><total_fee>8800</total_fee><fee_type>JPY</fee_type></xml>", "total_fee", "8800 JPY"),
            ("<xml><total_fee>1</total_fee></xml>", "total_fee", "1 without a currency"),
        ] {
            let difference = subject.check(&fields(body)).unwrap_err();
            assert_eq!((&*difference.field, &*difference.answered), (field, answered), "{body}");
        }
        let both_sides = subject.check(&fields("<xml><out_trade_no>A2</out_trade_no></xml>")).unwrap_err();
        assert_eq!(both_sides.to_string(), "`out_trade_no` was asked for as A1 and answered as A2");
    }

    #[test]
    fn a_list_must_contain_the_requested_refund_with_its_amount() {
        let own = OutRefundNo::new("R2").unwrap();
        let refund = RefundSubject {
            out_refund_no: Some(&own),
            refund_id: None,
            amount: Some(Money::new(30, Currency::HKD)),
        };
        let subject = Subject::default().with_refund(refund);
        let list = |first: &str, second: &str, minor: u64| {
            format!(
                "<xml><fee_type>HKD</fee_type><out_refund_no_0>{first}</out_refund_no_0><refund_fee_0>9</refund_fee_0>\
                <out_refund_no_1>{second}</out_refund_no_1><refund_fee_1>{minor}</refund_fee_1></xml>"
            )
        };
        assert_eq!(subject.check(&fields(&list("R1", "R2", 30))), Ok(()));
        assert_eq!(&*subject.check(&fields(&list("R1", "R3", 30))).unwrap_err().field, "out_refund_no_0");
        assert_eq!(&*subject.check(&fields(&list("R1", "R2", 31))).unwrap_err().field, "refund_fee_1");
    }
}
