//! Close order, `POST …/out-trade-no/{out_trade_no}/close` (protocol §9.7). Not within five minutes of
//! placing.

use crate::OutTradeNo;
use crate::v2::Malformed;
use crate::v3::call::write_numbers;
use crate::v3::draft::Parts;
use crate::v3::json::JsonWriter;
use crate::v3::target::{Target, transactions};
use crate::v3::{Account, Call, CallError, CallName, GenuineAnswer, WriteError};

/// Closes an unpaid order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseOrder {
    /// The order.
    pub out_trade_no: OutTradeNo,
}

/// WeChat Pay took the close. That is no proof: a number that never existed is answered so, too. Query the
/// order, and take it as closed only when the query says `CLOSED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseAnswer;

impl Call for CloseOrder {
    const NAME: CallName = CallName::Close;
    const SUCCESS: u16 = 204;
    type Answer = CloseAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        let target = Target::of(transactions(account)).part("out-trade-no").part(self.out_trade_no.as_str());
        let mut body = JsonWriter::new();
        write_numbers(&mut body, account);
        Ok(Parts::post(target.part("close").finish(), body.finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, _: &Account) -> Result<CloseAnswer, CallError> {
        if answer.reply().body.is_empty() { Ok(CloseAnswer) } else { Err(Malformed::invalid("body").into()) }
    }
}
