//! The bill of a day, asked for as the account's edition wants it (protocol §9.9).

use crate::v2::WxDate;
use crate::v3::bill::hash_in;
use crate::v3::call::read_object;
use crate::v3::draft::Parts;
use crate::v3::{
    Account, BillHash, BillKind, BillLink, BillLinkQuery, Call, CallError, CallName, Edition, GenuineAnswer,
    Statement, WriteError,
};

/// Asks for the bill of a UTC+8 day with its payments and refunds, not packed: the [`Statement`] of the
/// global edition, whose answer is the text, or the link of the mainland edition.
///
/// In the global edition [`Statement::signed_text`] stands for the body of an answer with a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayBill {
    /// The day.
    pub date: WxDate,
}

/// What WeChat Pay signed of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayBillAnswer {
    /// Global: the hash of the text that comes in the same answer.
    Text(BillHash),
    /// Mainland: where the text is, and its hash.
    Link(BillLink),
}

impl Call for DayBill {
    const NAME: CallName = CallName::Statement;
    type Answer = DayBillAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        match account.edition {
            Edition::Global => Statement { date: self.date }.parts(account),
            Edition::Mainland => {
                BillLinkQuery { date: self.date, kind: BillKind::All, packed: false }.parts(account)
            }
        }
    }

    fn read(&self, answer: &GenuineAnswer<'_>, account: &Account) -> Result<DayBillAnswer, CallError> {
        read_object(answer, |fields| {
            Ok(match account.edition {
                Edition::Global => DayBillAnswer::Text(hash_in(&fields, "sha1")?),
                Edition::Mainland => DayBillAnswer::Link(BillLink::read(&fields)?),
            })
        })
    }
}
