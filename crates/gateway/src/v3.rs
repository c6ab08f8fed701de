//! The translation for API v3: questions become its calls, and its answers and codes become terms that an
//! order understands.
//!
//! [`Call::in_v3`] gives an [`Exchange`], which writes the request of one call and reads its answer. The
//! caller's cryptography signs and verifies in between, and it decides nothing: an [`Answer`](crate::Answer)
//! comes only from a [`GenuineAnswer`], which only a verified signature makes.
//!
//! ```text
//! draft   = exchange.draft(now, nonce)?              what is to be signed
//! request = draft.signed(signature)                  sent, and a Reply comes back
//! claim   = reply.claim(now, ring)                   or exchange.unproven(reply, why)
//! genuine = claim.judge(Verdict::of(valid))          or exchange.unproven(reply, why)
//! outcome = exchange.read(&genuine)
//! ```
//!
//! To add a call: add a variant of [`Question`], and an arm of `draft`, of `answered` and of `call_name`.

mod notification;
mod refusals;

use serde::{Deserialize, Serialize};
use wire::v2::{OrderRef, TradeState, WxTime};
use wire::v3::{
    Account, CallName, CategoryCode, CloseOrder, Description, Draft, Edition, GenuineAnswer, NativeOrder,
    NotGenuine, QueryAnswer, QueryOrder, RefundQuery, RefundQueryAnswer, RefundRef, RefundSource,
    RefundsOfOrder, Reply, Serial, UserAgent,
};
use wire::{Nonce, v3};

use crate::{
    Answer, Call, Dialect, Failure, ListedRefund, Money, OutRefundNo, Outcome, Paid, Place, Question, Refund,
    RefundAccount, RefundList, RefundStanding, Trade, TransactionId,
};

/// The longest characters that API v3 takes, in UTF-8 (protocol §9.1).
const MAX_CHARACTER_BYTES: usize = 3;

/// What only API v3 needs for an order. It is stored with the order, because the request must be repeated
/// with the same values as long as the order lives (protocol §9.5). Which keys sign and verify is not part of
/// it: they rotate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The edition of the merchant number.
    pub edition: Edition,
    /// What the merchant sells. The global edition demands it; the mainland one has no such field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryCode>,
}

/// How this deployment makes its calls: what all of them have in common beside the merchant. It holds no
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The serial number of the certificate whose private key signs.
    pub certificate: Serial,
    /// The WeChat Pay public key that is to sign the answers, for a merchant that has one.
    pub answers_with: Option<Serial>,
    /// Names the program.
    pub user_agent: UserAgent,
}

/// One call of API v3, from the request to the outcome.
#[derive(Clone, Debug)]
pub struct Exchange<'c> {
    call: &'c Call,
    terms: &'c Terms,
    account: Account,
}

/// How many refunds one page of a list has, as in API v2: the order counts pages by it.
const REFUNDS_OF_A_PAGE: u32 = 10;

impl Call {
    /// This call in API v3; `None` if its order is of another generation.
    #[must_use]
    pub fn in_v3(&self, caller: &Caller) -> Option<Exchange<'_>> {
        let Dialect::V3(terms) = &self.dialect else { return None };
        let Caller { certificate, answers_with, user_agent } = caller.clone();
        let (edition, merchant) = (terms.edition, self.merchant.clone());
        let account = Account { edition, merchant, certificate, answers_with, user_agent };
        Some(Exchange { call: self, terms, account })
    }
}

impl Exchange<'_> {
    /// The request, to be signed. The same call gives the same request, except for time, nonce and signature.
    ///
    /// # Errors
    /// [`Failure::NotWritten`] when a value of the order's terms cannot be sent, or when the edition has no
    /// such call.
    pub fn draft(&self, now_seconds: i64, nonce: &Nonce) -> Result<Draft, Failure> {
        match &self.call.question {
            Question::Place(place) => self.write(&self.native_order(place)?, now_seconds, nonce),
            Question::Query { total } => self.write(&self.query(*total), now_seconds, nonce),
            Question::Close => self.write(&self.close(), now_seconds, nonce),
            Question::Refund(refund) => self.write(&self.refund(refund)?, now_seconds, nonce),
            Question::QueryRefund { transaction_id, payment: _, out_refund_no, amount } => {
                self.write(&self.refund_query(transaction_id, out_refund_no, *amount), now_seconds, nonce)
            }
            Question::ListRefunds { transaction_id, payment, offset } => {
                self.write(&self.refunds(transaction_id, *payment, *offset), now_seconds, nonce)
            }
        }
    }

    /// Reads an answer that the gateway signed.
    #[must_use]
    pub fn read(&self, genuine: &GenuineAnswer<'_>) -> Outcome {
        Outcome { call: self.call.name(), result: self.answered(genuine) }
    }

    /// The outcome of a call whose answer proves nothing: unsigned, badly signed or stale. It may have taken
    /// effect.
    #[must_use]
    pub fn unproven(&self, reply: &Reply<'_>, why: NotGenuine) -> Outcome {
        self.call.failed(refusals::unproven(self.call_name(), reply, why))
    }

    fn call_name(&self) -> CallName {
        match &self.call.question {
            Question::Place(_) => CallName::Native,
            Question::Query { .. } => CallName::Query,
            Question::Close => CallName::Close,
            Question::Refund(_) => CallName::Refund,
            Question::QueryRefund { .. } => CallName::RefundQuery,
            Question::ListRefunds { .. } => CallName::RefundsOfOrder,
        }
    }

    fn answered(&self, genuine: &GenuineAnswer<'_>) -> Result<Answer, Failure> {
        Ok(match &self.call.question {
            Question::Place(place) => Answer::Placed(self.ask(&self.native_order(place)?, genuine)?.code_url),
            Question::Query { total } => Answer::Trade(trade(&self.ask(&self.query(*total), genuine)?)),
            Question::Close => {
                self.ask(&self.close(), genuine)?;
                Answer::CloseTaken
            }
            Question::Refund(refund) => {
                Answer::RefundAccepted(self.ask(&self.refund(refund)?, genuine)?.report.refund_id)
            }
            Question::QueryRefund { transaction_id, payment, out_refund_no, amount } => {
                let query = self.refund_query(transaction_id, out_refund_no, *amount);
                let refunds = vec![listed(self.ask(&query, genuine)?, *payment)];
                Answer::Refunds(RefundList { payment: *payment, refunds, in_all: None })
            }
            Question::ListRefunds { transaction_id, payment, offset } => {
                let answer = self.ask(&self.refunds(transaction_id, *payment, *offset), genuine)?;
                let refunds = answer.refunds.into_iter().map(|record| listed(record, *payment)).collect();
                Answer::Refunds(RefundList { payment: *payment, refunds, in_all: answer.total_num })
            }
        })
    }

    fn write<C: v3::Call>(&self, call: &C, now_seconds: i64, nonce: &Nonce) -> Result<Draft, Failure> {
        v3::draft(call, &self.account, now_seconds, nonce).map_err(not_written)
    }

    fn ask<C: v3::Call>(&self, call: &C, genuine: &GenuineAnswer<'_>) -> Result<C::Answer, Failure> {
        v3::answer(call, genuine, &self.account).map_err(refusals::failure)
    }

    fn native_order(&self, place: &Place) -> Result<NativeOrder, Failure> {
        let time_start = match self.terms.edition {
            Edition::Global => WxTime::from_epoch_ms(place.made_at_ms),
            Edition::Mainland => None,
        };
        Ok(NativeOrder {
            category: self.terms.category.clone(),
            time_start,
            time_expire: WxTime::from_epoch_ms(place.expires_at_ms),
            ..NativeOrder::new(
                self.call.out_trade_no.clone(),
                self.description(place.description.as_str())?,
                place.total,
                place.notify_url.clone(),
            )
        })
    }

    /// What the payer reads. Where nothing is left that API v3 takes, it is the order's number.
    fn description(&self, text: &str) -> Result<Description, Failure> {
        let taken = taken(text).unwrap_or_else(|| self.call.out_trade_no.as_str().to_owned());
        taken.parse().map_err(not_written)
    }

    fn query(&self, total: Money) -> QueryOrder {
        QueryOrder { order: OrderRef::OutTradeNo(self.call.out_trade_no.clone()), total }
    }

    fn close(&self) -> CloseOrder {
        CloseOrder { out_trade_no: self.call.out_trade_no.clone() }
    }

    fn refund(&self, refund: &Refund) -> Result<v3::Refund, Failure> {
        let reason = refund.reason.as_ref().and_then(|reason| taken(reason.as_str()));
        let reason = reason.map(|reason| reason.parse());
        Ok(v3::Refund {
            order: self.paid(&refund.transaction_id),
            out_refund_no: refund.out_refund_no.clone(),
            total: refund.payment,
            refund: refund.amount,
            reason: reason.transpose().map_err(not_written)?,
            source: refund.account.map(|account| match account {
                RefundAccount::UnsettledFunds => RefundSource::Unsettled,
                RefundAccount::AvailableBalance => RefundSource::Available,
            }),
            notify_url: refund.notify_url.clone(),
        })
    }

    fn refund_query(
        &self,
        transaction_id: &TransactionId,
        out_refund_no: &OutRefundNo,
        amount: Money,
    ) -> RefundQuery {
        RefundQuery {
            which: RefundRef::OutRefundNo(out_refund_no.clone()),
            order: self.paid(transaction_id),
            refund: Some(amount),
        }
    }

    fn refunds(&self, transaction_id: &TransactionId, payment: Money, offset: u32) -> RefundsOfOrder {
        let order = self.paid(transaction_id);
        RefundsOfOrder { order, total: payment, offset, count: REFUNDS_OF_A_PAGE }
    }

    fn paid(&self, transaction_id: &TransactionId) -> OrderRef {
        OrderRef::Both {
            out_trade_no: self.call.out_trade_no.clone(),
            transaction_id: transaction_id.clone(),
        }
    }
}

/// The text without the characters of four bytes, emoji above all, which API v3 refuses and API v2 takes
/// (protocol §9.1). `None` if nothing is left. The order keeps the whole text.
fn taken(text: &str) -> Option<String> {
    let left: String = text.chars().filter(|character| character.len_utf8() <= MAX_CHARACTER_BYTES).collect();
    (!left.trim().is_empty()).then_some(left)
}

fn not_written(error: impl std::fmt::Display) -> Failure {
    Failure::NotWritten(error.to_string().into())
}

fn trade(answer: &QueryAnswer) -> Trade {
    if let Some(report) = &answer.payment {
        let refunded = answer.trade_state == TradeState::Refund;
        return Trade::Paid(Box::new(Paid { payment: report.payment(), refunded }));
    }
    match answer.trade_state {
        // After a failed payment the payer may try again until the order is closed (protocol §9.7).
        TradeState::NotPay | TradeState::UserPaying | TradeState::Accept | TradeState::PayError => {
            Trade::Open
        }
        TradeState::Closed | TradeState::Revoked => Trade::Closed,
        // A paid state without a payment, and an unknown state, are not clear answers.
        TradeState::Success | TradeState::Refund | TradeState::Other(_) => Trade::Unclear,
    }
}

/// A refund of a payment. An amount that names no currency is in that of the payment.
fn listed(record: RefundQueryAnswer, payment: Money) -> ListedRefund {
    let RefundQueryAnswer { report, status } = record;
    ListedRefund {
        out_refund_no: report.out_refund_no,
        refund_id: report.refund_id,
        amount: Money::new(report.refund_minor, payment.currency),
        standing: standing(status),
        account: report.source.as_deref().and_then(account),
    }
}

fn standing(status: v3::RefundStatus) -> RefundStanding {
    match status {
        v3::RefundStatus::Processing => RefundStanding::Processing,
        v3::RefundStatus::Success => RefundStanding::Refunded,
        v3::RefundStatus::Abnormal => RefundStanding::Abnormal,
        v3::RefundStatus::Closed => RefundStanding::Closed,
        v3::RefundStatus::Other(status) => RefundStanding::Unknown(status),
    }
}

fn account(source: &str) -> Option<RefundAccount> {
    match source {
        "REFUND_SOURCE_UNSETTLED_FUNDS" | "UNSETTLED" => Some(RefundAccount::UnsettledFunds),
        "REFUND_SOURCE_RECHARGE_FUNDS" | "AVAILABLE" => Some(RefundAccount::AvailableBalance),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
