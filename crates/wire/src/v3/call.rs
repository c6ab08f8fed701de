//! A call to the gateway as plain data: what it sends, and how its answer is read.

use crate::v2::{AnswerMismatch, Malformed};
use crate::v3::call_error::unsuccessful;
use crate::v3::draft::Parts;
use crate::v3::json::{JsonFields, JsonWriter, Object};
use crate::v3::{Account, CallError, Draft, Edition, GenuineAnswer, Refusal, WriteError};
use crate::{AppId, MchId, Merchant, Nonce};

/// One of the gateway's calls. [`draft`] writes it, and [`answer`] reads the reply.
pub trait Call {
    /// The call's name.
    const NAME: CallName;
    /// The status of success.
    const SUCCESS: u16 = 200;

    /// The answer of a successful call.
    type Answer;

    /// What the request has of its own.
    ///
    /// # Errors
    /// [`WriteError`] when a value is out of range, or when the edition has no such call.
    fn parts(&self, account: &Account) -> Result<Parts, WriteError>;

    /// Reads a genuine answer with the status of success, and compares it with what was asked.
    ///
    /// # Errors
    /// [`CallError`].
    fn read(&self, answer: &GenuineAnswer<'_>, account: &Account) -> Result<Self::Answer, CallError>;
}

/// The names of the calls, for logs and for the tables of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallName {
    /// Place a Native order.
    Native,
    /// Query an order.
    Query,
    /// Close an order.
    Close,
    /// Refund.
    Refund,
    /// Query a refund.
    RefundQuery,
    /// Query all refunds of an order.
    RefundsOfOrder,
    /// Ask for the link of a mainland bill.
    BillLink,
    /// Download a mainland bill.
    BillFile,
    /// Download a global bill.
    Statement,
    /// Query settlements.
    Settlements,
    /// Download the platform certificates.
    Certificates,
}

impl CallName {
    /// The name in lower case, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Query => "query",
            Self::Close => "close",
            Self::Refund => "refund",
            Self::RefundQuery => "refund-query",
            Self::RefundsOfOrder => "refunds-of-order",
            Self::BillLink => "bill-link",
            Self::BillFile => "bill-file",
            Self::Statement => "statement",
            Self::Settlements => "settlements",
            Self::Certificates => "certificates",
        }
    }
}

/// The request of a call, to be signed. `now_seconds` is the Unix time; the gateway refuses it five minutes
/// later.
///
/// # Errors
/// [`WriteError`] when a value cannot be sent.
pub fn draft<C: Call>(
    call: &C,
    account: &Account,
    now_seconds: i64,
    nonce: &Nonce,
) -> Result<Draft, WriteError> {
    Ok(Draft::new(C::NAME, call.parts(account)?, account, now_seconds, nonce))
}

/// Reads a genuine answer to this call. Pass the account of the request.
///
/// The answer of an order names neither merchant nor order, so keep request and answer in one function.
///
/// # Errors
/// [`CallError`]; its [`advice`](CallError::advice) says what to do.
pub fn answer<C: Call>(
    call: &C,
    answer: &GenuineAnswer<'_>,
    account: &Account,
) -> Result<C::Answer, CallError> {
    if answer.status() == C::SUCCESS {
        call.read(answer, account)
    } else {
        let refusal = Refusal::read(C::NAME, answer.reply());
        Err(unsuccessful(C::NAME, answer.status(), refusal))
    }
}

/// The members that name the merchant in a body: app IDs too, in the order that the edition's samples have.
pub(crate) fn write_merchant(writer: &mut JsonWriter, account: &Account) {
    let merchant = &account.merchant;
    let (appid, mch_id) = (merchant.appid.as_str(), merchant.mch_id.as_str());
    match (&merchant.sub_mch_id, account.edition) {
        (Some(sub), _) => {
            writer.text("sp_appid", appid).text("sp_mchid", mch_id);
            writer.some("sub_appid", merchant.sub_appid.as_ref().map(AppId::as_str));
            writer.text("sub_mchid", sub.as_str());
        }
        (None, Edition::Global) => {
            writer.text("mchid", mch_id).text("appid", appid);
        }
        (None, Edition::Mainland) => {
            writer.text("appid", appid).text("mchid", mch_id);
        }
    }
}

/// The members that name the merchant where no app ID is named.
pub(crate) fn write_numbers(writer: &mut JsonWriter, account: &Account) {
    let merchant = &account.merchant;
    match &merchant.sub_mch_id {
        Some(sub) => writer.text("sp_mchid", merchant.mch_id.as_str()).text("sub_mchid", sub.as_str()),
        None => writer.text("mchid", merchant.mch_id.as_str()),
    };
}

/// The merchant that a message names, with its app ID. Never both kinds of names.
pub(crate) fn read_merchant(fields: &JsonFields<'_, '_>) -> Result<Merchant, Malformed> {
    if fields.has("sp_mchid") {
        if fields.has("mchid") {
            return Err(fields.invalid("mchid"));
        }
        return Ok(Merchant {
            appid: fields.parse("sp_appid")?,
            mch_id: fields.parse("sp_mchid")?,
            sub_appid: fields.parse_optional("sub_appid")?,
            sub_mch_id: Some(fields.parse("sub_mchid")?),
        });
    }
    Ok(Merchant::common(fields.parse("appid")?, fields.parse("mchid")?))
}

/// The merchant numbers that a message names, without an app ID: messages about refunds have none.
pub(crate) fn read_numbers(fields: &JsonFields<'_, '_>) -> Result<(MchId, Option<MchId>), Malformed> {
    if fields.has("sp_mchid") {
        if fields.has("mchid") {
            return Err(fields.invalid("mchid"));
        }
        return Ok((fields.parse("sp_mchid")?, Some(fields.parse("sub_mchid")?)));
    }
    Ok((fields.parse("mchid")?, None))
}

/// Compares the merchant numbers of an answer that may leave them out.
pub(crate) fn same_numbers(fields: &JsonFields<'_, '_>, account: &Account) -> Result<(), CallError> {
    let merchant = &account.merchant;
    let sub = merchant.sub_mch_id.as_ref().map(MchId::as_str);
    let (own, other) = match sub {
        Some(_) => ("sp_mchid", "mchid"),
        None => ("mchid", "sp_mchid"),
    };
    let foreign = |mismatch| CallError::ForeignMerchant(Box::new(mismatch));
    same(fields, own, Some(merchant.mch_id.as_str()))?.map_or(Ok(()), |it| Err(foreign(it)))?;
    same(fields, "sub_mchid", sub)?.map_or(Ok(()), |it| Err(foreign(it)))?;
    // Numbers that this kind of merchant does not have.
    let strange: &[&'static str] = if sub.is_some() { &[other] } else { &[other, "sub_mchid"] };
    for name in strange {
        if let Some(answered) = fields.optional(name)? {
            return Err(foreign(mismatch(name, "none", answered)));
        }
    }
    Ok(())
}

/// The difference between a text and what was asked, if the answer has it.
pub(crate) fn same(
    fields: &JsonFields<'_, '_>,
    name: &'static str,
    asked: Option<&str>,
) -> Result<Option<AnswerMismatch>, Malformed> {
    Ok(match (asked, fields.optional(name)?) {
        (Some(asked), Some(answered)) if asked != answered => Some(mismatch(name, asked, answered)),
        (Some(_) | None, _) => None,
    })
}

/// An answer about something else, if there is a difference.
pub(crate) fn about(difference: Option<AnswerMismatch>) -> Result<(), CallError> {
    match difference {
        Some(mismatch) => Err(CallError::AboutSomethingElse(Box::new(mismatch))),
        None => Ok(()),
    }
}

pub(crate) fn mismatch(field: &str, asked: &str, answered: &str) -> AnswerMismatch {
    AnswerMismatch { field: field.into(), asked: asked.into(), answered: answered.into() }
}

/// Reads the object of an answer.
pub(crate) fn read_object<T>(
    answer: &GenuineAnswer<'_>,
    read: impl FnOnce(JsonFields<'_, '_>) -> Result<T, CallError>,
) -> Result<T, CallError> {
    let object: Object<'_> = answer.json()?;
    read(JsonFields::of(&object))
}
