//! From fields to typed values. A field that decides is parsed or refused. A field that only informs is
//! parsed or kept as text. An unread field is kept as text.

use std::borrow::Cow;
use std::str::FromStr;

use thiserror::Error;

use crate::money::parse_amount;
use crate::v2::Fields;
use crate::v2::xml::MAX_FIELDS;
use crate::{Currency, Merchant, Money, StatedMoney};

/// A field is not what it must be. The error names the field, never its value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the field `{field}` is {why}")]
pub struct Malformed {
    /// The field's name on the wire.
    pub field: Cow<'static, str>,
    /// What is wrong with it.
    pub why: MalformedWhy,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MalformedWhy {
    /// Absent or empty.
    #[error("missing")]
    Missing,
    /// Present, but not a value of its type.
    #[error("not of the documented form")]
    Invalid,
}

impl Malformed {
    pub(crate) fn missing(field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), why: MalformedWhy::Missing }
    }

    pub(crate) fn invalid(field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), why: MalformedWhy::Invalid }
    }
}

/// The received fields that have no place in a type, sorted by name: new ones, ones that the call does not
/// read, and informative ones that were not of the documented form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct UnknownFields(Vec<(Box<str>, Box<str>)>);

impl UnknownFields {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All of them, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// Reads the fields of a message. It remembers which fields it took, so that [`FieldReader::rest`] can return
/// the others.
pub(crate) struct FieldReader<'f, 'a> {
    fields: &'f Fields<'a>,
    /// One bit per field, about a hundred bytes in all: small, because every message makes a reader.
    taken: [u64; MAX_FIELDS.div_ceil(WORD)],
}

/// Bits of a word of [`FieldReader::taken`].
const WORD: usize = u64::BITS as usize;

/// Fields that are never unknown, even if no call took them: those of the envelope (protocol §1.3), and
/// `sign_type` (protocol §1.4), which [`Fields::verify`] reads. `device_info`, the optional echo of the same
/// table, is not among them: a call that expects it takes it, and in any other answer it stays unknown.
pub(crate) const ENVELOPE: [&str; 12] = [
    "return_code",
    "return_msg",
    "appid",
    "mch_id",
    "sub_appid",
    "sub_mch_id",
    "nonce_str",
    "sign",
    "sign_type",
    "result_code",
    "err_code",
    "err_code_des",
];

impl<'f, 'a> FieldReader<'f, 'a> {
    /// Begins to read a message.
    pub(crate) const fn of(fields: &'f Fields<'a>) -> Self {
        Self { fields, taken: [0; MAX_FIELDS.div_ceil(WORD)] }
    }

    /// The text of a field, `None` if it is absent or empty.
    pub(crate) fn optional(&mut self, name: &str) -> Option<&'f str> {
        let position = self.fields.position(name)?;
        if let Some(word) = self.taken.get_mut(position / WORD) {
            *word |= 1 << (position % WORD);
        }
        self.fields.at(position).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// The text of a field that must be present.
    pub(crate) fn required(&mut self, name: impl Into<Cow<'static, str>>) -> Result<&'f str, Malformed> {
        let name = name.into();
        self.optional(&name).ok_or_else(|| Malformed::missing(name))
    }

    /// A field that must be present and of its type.
    pub(crate) fn parse<T: FromStr>(&mut self, name: impl Into<Cow<'static, str>>) -> Result<T, Malformed> {
        let name = name.into();
        let text = self.optional(&name).ok_or_else(|| Malformed::missing(name.clone()))?;
        text.parse().map_err(|_| Malformed::invalid(name))
    }

    /// A field that must be of its type if it is present.
    pub(crate) fn parse_optional<T: FromStr>(
        &mut self,
        name: impl Into<Cow<'static, str>>,
    ) -> Result<Option<T>, Malformed> {
        let name = name.into();
        match self.optional(&name) {
            Some(text) => text.parse().map(Some).map_err(|_| Malformed::invalid(name)),
            None => Ok(None),
        }
    }

    /// An amount that must be present.
    pub(crate) fn amount(&mut self, name: impl Into<Cow<'static, str>>) -> Result<u64, Malformed> {
        self.parse(name).map(|Amount(minor)| minor)
    }

    /// A field that decides nothing. If it is not of its type, it stays among the unknown fields: a detail
    /// must not make us reject a genuine message about money.
    pub(crate) fn informative<T: FromStr>(&mut self, name: &str) -> Option<T> {
        self.informative_by(name, |text| text.parse().ok())
    }

    /// The same with the caller's own parser.
    pub(crate) fn informative_by<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = parse(self.fields.get(name)?)?;
        self.optional(name);
        Some(parsed)
    }

    /// An informative text.
    pub(crate) fn text(&mut self, name: &str) -> Option<Box<str>> {
        self.optional(name).map(Box::from)
    }

    /// An informative amount.
    pub(crate) fn informative_amount(&mut self, name: &str) -> Option<u64> {
        self.informative(name).map(|Amount(minor)| minor)
    }

    /// An informative `Y` or `N`.
    pub(crate) fn yes_or_no(&mut self, name: &str) -> Option<bool> {
        self.informative_by(name, |text| match text {
            "Y" => Some(true),
            "N" => Some(false),
            _ => None,
        })
    }

    /// Amount and currency, as the message states them.
    pub(crate) fn stated_money(
        &mut self,
        amount: &'static str,
        currency: &'static str,
    ) -> Result<StatedMoney, Malformed> {
        Ok(StatedMoney { minor: self.amount(amount)?, currency: self.parse_optional(currency)? })
    }

    /// Amount and currency of an answer. If the answer names no currency, it is the currency of the question.
    pub(crate) fn money_in(
        &mut self,
        asked: Currency,
        amount: &'static str,
        currency: &'static str,
    ) -> Result<Money, Malformed> {
        self.stated_money(amount, currency).map(|stated| stated.or_in(asked))
    }

    /// An informative amount and its currency. Without a currency it is CNY, the documented default.
    pub(crate) fn informative_money(&mut self, amount: &str, currency: &str) -> Option<Money> {
        let minor = self.informative_amount(amount)?;
        Some(Money { minor, currency: self.informative(currency).unwrap_or(Currency::CNY) })
    }

    /// The merchant that the message names.
    pub(crate) fn merchant(&mut self) -> Result<Merchant, Malformed> {
        Ok(Merchant {
            appid: self.parse("appid")?,
            mch_id: self.parse("mch_id")?,
            sub_appid: self.parse_optional("sub_appid")?,
            sub_mch_id: self.parse_optional("sub_mch_id")?,
        })
    }

    /// Whether the message has a value for the field. This does not take the field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.get(name).is_some()
    }

    /// Whether any field's name begins with this text. This does not take the field.
    pub(crate) fn has_beginning(&self, beginning: &str) -> bool {
        self.fields.has_beginning(beginning)
    }

    /// The fields that were not taken, are not empty, and are not in [`ENVELOPE`].
    pub(crate) fn rest(self) -> UnknownFields {
        let taken = |position: usize| {
            self.taken.get(position / WORD).is_some_and(|word| word >> (position % WORD) & 1 == 1)
        };
        let rest = self.fields.iter().enumerate().filter(|(position, (name, value))| {
            !taken(*position) && !value.is_empty() && !ENVELOPE.contains(name)
        });
        UnknownFields(rest.map(|(_, (name, value))| (Box::from(name), Box::from(value))).collect())
    }
}

/// Canonical decimal text as a number.
struct Amount(u64);

impl FromStr for Amount {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        parse_amount(text).map(Self).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"<xml><total_fee>8800</total_fee><fee_type>HKD</fee_type><cash_fee>1.5</cash_fee>\
        <new_field>n</new_field><empty/><is_subscribe>Y</is_subscribe><sign>x</sign></xml>";

    #[test]
    fn fields_that_were_not_taken_are_kept_and_the_envelope_is_not_unknown() {
        let fields = Fields::parse(BODY).unwrap();
        let mut reader = FieldReader::of(&fields);
        let hkd = Money::new(8800, Currency::HKD);
        assert_eq!(reader.money_in(Currency::CNY, "total_fee", "fee_type").unwrap(), hkd);
        assert_eq!(reader.informative_amount("cash_fee"), None);
        assert_eq!(reader.yes_or_no("is_subscribe"), Some(true));
        assert!(reader.has("new_field") && !reader.has("empty"));
        let rest = reader.rest();
        assert_eq!(rest.iter().collect::<Vec<_>>(), [("cash_fee", "1.5"), ("new_field", "n")]);
        assert_eq!((rest.get("new_field"), rest.get("sign")), (Some("n"), None));
    }

    #[test]
    fn even_the_last_field_of_the_longest_message_is_remembered_as_taken() {
        let body: String = (0..MAX_FIELDS).map(|n| format!("<f{n}>{n}</f{n}>")).collect();
        let body = format!("<xml>{body}</xml>");
        let fields = Fields::parse(body.as_bytes()).unwrap();
        let mut reader = FieldReader::of(&fields);
        for n in (0..MAX_FIELDS).filter(|n| n % 3 != 0) {
            assert_eq!(reader.optional(&format!("f{n}")), Some(&*n.to_string()));
        }
        let rest = reader.rest();
        assert_eq!(rest.iter().len(), MAX_FIELDS.div_ceil(3));
        assert!((0..MAX_FIELDS).all(|n| rest.get(&format!("f{n}")).is_some() == (n % 3 == 0)));
    }

    #[test]
    fn a_missing_and_an_invalid_field_are_distinguished() {
        let fields = Fields::parse(BODY).unwrap();
        let mut reader = FieldReader::of(&fields);
        assert_eq!(reader.amount("cash_fee"), Err(Malformed::invalid("cash_fee")));
        assert_eq!(reader.amount("absent"), Err(Malformed::missing("absent")));
        assert_eq!(reader.required("empty"), Err(Malformed::missing("empty")));
        assert_eq!(reader.parse_optional::<Currency>("absent"), Ok(None));
        assert_eq!(reader.parse_optional::<Currency>("new_field"), Err(Malformed::invalid("new_field")));
        assert_eq!(Malformed::missing("absent").to_string(), "the field `absent` is missing");
    }

    #[test]
    fn an_absent_currency_is_the_one_of_the_question() {
        let fields = Fields::parse(b"<xml><total_fee>1</total_fee></xml>").unwrap();
        let hkd = FieldReader::of(&fields).money_in(Currency::HKD, "total_fee", "fee_type").unwrap();
        assert_eq!(hkd.currency, Currency::HKD);
        assert_eq!(FieldReader::of(&fields).stated_money("total_fee", "fee_type").unwrap().currency, None);
    }
}
