//! Refund query (protocol §9.8): what became of a refund, and (global) of all refunds of an order.

use crate::v2::{Malformed, OrderRef};
use crate::v3::call::{about, read_object, same, same_numbers};
use crate::v3::draft::Parts;
use crate::v3::query::{same_money, same_transaction};
use crate::v3::refund::{about_refund, refunds, same_number};
use crate::v3::{
    Account, Call, CallError, CallName, Edition, GenuineAnswer, RefundReport, RefundStatus, WriteError,
};
use crate::{MchId, Money, OutRefundNo, OutTradeNo, RefundId};

/// Asks for one refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundQuery {
    /// Which refund.
    pub which: RefundRef,
    /// Of which order.
    pub order: OrderRef,
    /// The amount of the refund, if it is known.
    pub refund: Option<Money>,
}

/// Names a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundRef {
    /// By the merchant's number.
    OutRefundNo(OutRefundNo),
    /// By the gateway's number (global).
    RefundId(RefundId),
}

/// What became of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundQueryAnswer {
    /// The refund.
    pub report: RefundReport,
    /// How it stands.
    pub status: RefundStatus,
}

impl Call for RefundQuery {
    const NAME: CallName = CallName::RefundQuery;
    type Answer = RefundQueryAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        let refunds = refunds(account.edition);
        let target = match (account.edition, &self.which) {
            (Edition::Global, RefundRef::OutRefundNo(number)) => {
                refunds.part("out-refund-no").part(number.as_str()).merchant(account)
            }
            (Edition::Global, RefundRef::RefundId(number)) => {
                refunds.part("id").part(number.as_str()).merchant(account)
            }
            (Edition::Mainland, RefundRef::OutRefundNo(number)) => refunds
                .part(number.as_str())
                .query_some("sub_mchid", account.merchant.sub_mch_id.as_ref().map(MchId::as_str)),
            (Edition::Mainland, RefundRef::RefundId(_)) => {
                return Err(WriteError::NotInThisEdition {
                    call: "refund query by the gateway's number",
                    edition: account.edition.as_str(),
                    instead: "query by the merchant's number",
                });
            }
        };
        Ok(Parts::get(target.finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, account: &Account) -> Result<RefundQueryAnswer, CallError> {
        read_object(answer, |fields| {
            same_numbers(&fields, account)?;
            about_refund(&fields, &self.order, self.refund)?;
            let report = RefundReport::read(&fields, account.edition)?;
            match &self.which {
                RefundRef::OutRefundNo(number) => {
                    same_number("out_refund_no", number, &report.out_refund_no)?;
                }
                RefundRef::RefundId(number) => same_number("refund_id", number, &report.refund_id)?,
            }
            Ok(RefundQueryAnswer { report, status: RefundStatus::new(fields.required("status")?) })
        })
    }
}

/// Asks for all refunds of an order, page by page (global).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundsOfOrder {
    /// Of which order.
    pub order: OrderRef,
    /// The amount of the payment.
    pub total: Money,
    /// How many refunds to skip.
    pub offset: u32,
    /// How many refunds to return, at most 20.
    pub count: u32,
}

/// One page of an order's refunds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundsOfOrderAnswer {
    /// `total_num`: how many refunds the order has.
    pub total_num: Option<u64>,
    /// The refunds of this page.
    pub refunds: Vec<RefundQueryAnswer>,
}

/// How many refunds one page has at most.
pub const MAX_REFUNDS_OF_A_PAGE: u32 = 20;

impl Call for RefundsOfOrder {
    const NAME: CallName = CallName::RefundsOfOrder;
    type Answer = RefundsOfOrderAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        if account.edition == Edition::Mainland {
            return Err(WriteError::NotInThisEdition {
                call: "all refunds of an order",
                edition: account.edition.as_str(),
                instead: "query each refund by its number",
            });
        }
        if !(1..=MAX_REFUNDS_OF_A_PAGE).contains(&self.count) {
            return Err(WriteError::OutOfRange { name: "count", rule: "1 to 20" });
        }
        let target = match &self.order {
            OrderRef::OutTradeNo(number) => refunds(account.edition).query("out_trade_no", number.as_str()),
            OrderRef::TransactionId(number) | OrderRef::Both { transaction_id: number, .. } => {
                refunds(account.edition).query("transaction_id", number.as_str())
            }
        };
        let target = target.merchant(account).query("offset", &self.offset.to_string());
        Ok(Parts::get(target.query("count", &self.count.to_string()).finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, account: &Account) -> Result<RefundsOfOrderAnswer, CallError> {
        read_object(answer, |fields| {
            same_numbers(&fields, account)?;
            about(same(&fields, "out_trade_no", self.order.out_trade_no().map(OutTradeNo::as_str))?)?;
            same_transaction(&self.order, fields.parse_optional("transaction_id")?)?;
            if fields.has("amount") {
                same_money(&fields.object("amount")?, "total", self.total)?;
            }
            let mut refunds: Vec<RefundQueryAnswer> = Vec::new();
            for fields in fields.list("data")? {
                let report = RefundReport::read(&fields, account.edition)?;
                // The report has no currency of its own, so another one would be lost here.
                let refund = Money::new(report.refund_minor, self.total.currency);
                same_money(&fields.object("amount")?, "refund", refund)?;
                // If one refund has two records, we cannot know which is right.
                if refunds.iter().any(|known| known.report.out_refund_no == report.out_refund_no) {
                    return Err(Malformed::invalid("data.out_refund_no").into());
                }
                let status = RefundStatus::new(fields.required("status")?);
                refunds.push(RefundQueryAnswer { report, status });
            }
            Ok(RefundsOfOrderAnswer { total_num: fields.informative_amount("total_num"), refunds })
        })
    }
}
