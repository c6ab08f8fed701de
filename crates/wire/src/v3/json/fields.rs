//! From members to typed values. A field that decides is parsed or refused. A field that only informs is
//! parsed or left out: a detail of a new form must not make us refuse a genuine message about money.

use std::borrow::Cow;
use std::str::FromStr;

use super::{Object, Value};
use crate::v2::Malformed;
use crate::{Currency, Money};

/// The longest text that only informs. The tables bound most by 256 characters.
const MAX_INFORMATIVE_BYTES: usize = 1_024;

/// The fields of an object, and where it lies in the message.
#[derive(Clone, Copy)]
pub(crate) struct JsonFields<'o, 'a> {
    /// `None` reads as an object without members.
    object: Option<&'o Object<'a>>,
    /// The name of the field that holds the object, empty for the outermost.
    within: &'static str,
}

impl<'o, 'a> JsonFields<'o, 'a> {
    pub(crate) const fn of(object: &'o Object<'a>) -> Self {
        Self { object: Some(object), within: "" }
    }

    /// The name for an error: `amount.total`.
    fn named(&self, name: &'static str) -> Cow<'static, str> {
        match self.within {
            "" => name.into(),
            within => format!("{within}.{name}").into(),
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn missing(&self, name: &'static str) -> Malformed {
        Malformed::missing(self.named(name))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn invalid(&self, name: &'static str) -> Malformed {
        Malformed::invalid(self.named(name))
    }

    /// A value. `null` is read as absent.
    #[inline(never)]
    fn value(&self, name: &str) -> Option<&'o Value<'a>> {
        self.object?.get(name).filter(|value| **value != Value::Null)
    }

    /// Whether the field has a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A text that must be a text if it is present. An empty one is read as absent.
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<&'o str>, Malformed> {
        match self.value(name) {
            Some(Value::Text(text)) => Ok(Some(&**text).filter(|text| !text.is_empty())),
            Some(_) => Err(self.invalid(name)),
            None => Ok(None),
        }
    }

    /// A text that must be present.
    pub(crate) fn required(&self, name: &'static str) -> Result<&'o str, Malformed> {
        self.optional(name)?.ok_or_else(|| self.missing(name))
    }

    /// A text that must be present and of its type.
    pub(crate) fn parse<T: FromStr>(&self, name: &'static str) -> Result<T, Malformed> {
        self.required(name)?.parse().map_err(|_| self.invalid(name))
    }

    /// A text that must be of its type if it is present.
    pub(crate) fn parse_optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Malformed> {
        match self.optional(name)? {
            Some(text) => text.parse().map(Some).map_err(|_| self.invalid(name)),
            None => Ok(None),
        }
    }

    /// An amount that must be present: an integer from 0 to [`Money::MAX_MINOR`].
    pub(crate) fn amount(&self, name: &'static str) -> Result<u64, Malformed> {
        self.optional_amount(name)?.ok_or_else(|| self.missing(name))
    }

    /// An amount that must be an amount if it is present.
    pub(crate) fn optional_amount(&self, name: &'static str) -> Result<Option<u64>, Malformed> {
        match self.value(name) {
            Some(Value::Integer(number)) => match u64::try_from(*number) {
                Ok(minor) if minor <= Money::MAX_MINOR => Ok(Some(minor)),
                Ok(_) | Err(_) => Err(self.invalid(name)),
            },
            Some(_) => Err(self.invalid(name)),
            None => Ok(None),
        }
    }

    /// The fields of an object that must be present.
    pub(crate) fn object(&self, name: &'static str) -> Result<Self, Malformed> {
        match self.value(name) {
            Some(Value::Object(object)) => Ok(Self { object: Some(object), within: name }),
            Some(_) => Err(self.invalid(name)),
            None => Err(self.missing(name)),
        }
    }

    /// The fields of an object that only informs: none if it is absent or something else.
    pub(crate) fn informative_object(&self, name: &'static str) -> Self {
        match self.value(name) {
            Some(Value::Object(object)) => Self { object: Some(object), within: name },
            Some(_) | None => Self { object: None, within: name },
        }
    }

    /// The objects of a list that must be present.
    pub(crate) fn list(&self, name: &'static str) -> Result<Vec<Self>, Malformed> {
        let Some(Value::List(values)) = self.value(name) else {
            return Err(if self.has(name) { self.invalid(name) } else { self.missing(name) });
        };
        let mut objects = Vec::new();
        for value in values {
            let Value::Object(object) = value else { return Err(self.invalid(name)) };
            objects.push(Self { object: Some(object), within: name });
        }
        Ok(objects)
    }

    /// The objects of a list that only informs: what is no object is passed over.
    pub(crate) fn informative_list(&self, name: &'static str) -> Vec<Self> {
        let Some(Value::List(values)) = self.value(name) else { return Vec::new() };
        let objects = values.iter().filter_map(|value| match value {
            Value::Object(object) => Some(Self { object: Some(object), within: name }),
            _ => None,
        });
        objects.collect()
    }

    /// A text that only informs.
    pub(crate) fn text(&self, name: &str) -> Option<Box<str>> {
        match self.value(name)? {
            Value::Text(text) if (1..=MAX_INFORMATIVE_BYTES).contains(&text.len()) => Some((&**text).into()),
            _ => None,
        }
    }

    /// A value that only informs.
    pub(crate) fn informative<T: FromStr>(&self, name: &str) -> Option<T> {
        match self.value(name)? {
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A number that only informs.
    pub(crate) fn informative_number(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// An amount that only informs.
    pub(crate) fn informative_amount(&self, name: &str) -> Option<u64> {
        u64::try_from(self.informative_number(name)?).ok()
    }

    /// An amount with its currency that only informs. Without a currency, it is in `otherwise`.
    pub(crate) fn informative_money(
        &self,
        name: &str,
        currency: &str,
        otherwise: Option<Currency>,
    ) -> Option<Money> {
        let minor = self.informative_amount(name)?;
        let currency = if self.has(currency) { self.informative(currency)? } else { otherwise? };
        Some(Money { minor, currency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OutTradeNo;

    const TEXT: &str = r#"{"number":7,"text":"A1","empty":"","null":null,"float":7.0,"quoted":"7","minus":-1,
        "most":2147483647,"more":2147483648,"object":{"total":"8"},"list":[{"a":1},2],"objects":[{"a":1}],"CNY":"CNY"}"#;

    fn with(check: impl FnOnce(JsonFields<'_, '_>)) {
        let object = Object::parse(TEXT.as_bytes()).unwrap();
        check(JsonFields::of(&object));
    }

    #[test]
    fn a_field_that_decides_is_of_its_type_or_refused_by_its_name() {
        with(|fields| {
            assert_eq!(fields.required("text"), Ok("A1"));
            assert_eq!(fields.parse::<OutTradeNo>("text").unwrap().as_str(), "A1");
            assert_eq!(fields.amount("number"), Ok(7));
            assert_eq!(fields.amount("most"), Ok(2_147_483_647));
            for absent in ["none", "empty", "null"] {
                assert_eq!(fields.required(absent), Err(Malformed::missing(absent)));
                assert_eq!(fields.optional(absent), Ok(None));
                assert_eq!(fields.parse_optional::<OutTradeNo>(absent), Ok(None));
            }
            for wrong in ["float", "quoted", "minus", "more", "object", "list"] {
                assert_eq!(fields.amount(wrong), Err(Malformed::invalid(wrong)));
                assert_eq!(fields.optional_amount(wrong), Err(Malformed::invalid(wrong)));
            }
            assert_eq!(fields.amount("null"), Err(Malformed::missing("null")));
            assert_eq!(fields.optional_amount("null"), Ok(None));
            for wrong in ["number", "float", "object", "list"] {
                assert_eq!(fields.required(wrong), Err(Malformed::invalid(wrong)));
                assert_eq!(fields.parse_optional::<OutTradeNo>(wrong), Err(Malformed::invalid(wrong)));
            }
            assert_eq!(fields.parse::<Currency>("text"), Err(Malformed::invalid("text")));
            assert_eq!(fields.parse_optional::<Currency>("text"), Err(Malformed::invalid("text")));
        });
    }

    #[test]
    fn a_field_of_an_inner_object_is_named_with_it() {
        with(|fields| {
            let object = fields.object("object").ok().unwrap();
            assert_eq!(object.amount("total"), Err(Malformed::invalid("object.total")));
            assert_eq!(object.required("none"), Err(Malformed::missing("object.none")));
            assert_eq!(fields.object("none").err(), Some(Malformed::missing("none")));
            assert_eq!(fields.object("list").err(), Some(Malformed::invalid("list")));
            assert_eq!(fields.list("objects").unwrap().len(), 1);
            assert_eq!(fields.list("list").err(), Some(Malformed::invalid("list")));
            assert_eq!(fields.list("text").err(), Some(Malformed::invalid("text")));
            assert_eq!(fields.list("none").err(), Some(Malformed::missing("none")));
        });
    }

    #[test]
    fn a_field_that_informs_is_read_or_left_out() {
        with(|fields| {
            assert_eq!(fields.text("text").as_deref(), Some("A1"));
            for none in ["none", "null", "empty", "number", "object"] {
                assert_eq!(fields.text(none), None, "{none}");
            }
            assert_eq!(fields.informative_amount("number"), Some(7));
            assert_eq!(fields.informative_number("minus"), Some(-1));
            for none in ["none", "minus", "float", "quoted"] {
                assert_eq!(fields.informative_amount(none), None, "{none}");
            }
            assert_eq!(fields.informative::<OutTradeNo>("text").unwrap().as_str(), "A1");
            assert_eq!(fields.informative::<Currency>("text"), None);
            assert_eq!(fields.informative::<Currency>("number"), None);
            let seven = |currency| Some(Money { minor: 7, currency });
            assert_eq!(fields.informative_money("number", "CNY", None), seven(Currency::CNY));
            assert_eq!(fields.informative_money("number", "none", Some(Currency::HKD)), seven(Currency::HKD));
            assert_eq!(fields.informative_money("number", "none", None), None);
            assert_eq!(fields.informative_money("number", "text", Some(Currency::HKD)), None);
            assert_eq!(fields.informative_list("list").len(), 1);
            assert_eq!(fields.informative_list("text").len(), 0);
            assert_eq!(fields.informative_object("object").text("total").as_deref(), Some("8"));
            assert_eq!(fields.informative_object("text").text("total"), None);
            assert_eq!(fields.informative_object("none").text("total"), None);
        });
        let long = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length));
        let read = |text: String| JsonFields::of(&Object::parse(text.as_bytes()).unwrap()).text("a");
        assert!(read(long(MAX_INFORMATIVE_BYTES)).is_some());
        assert!(read(long(MAX_INFORMATIVE_BYTES + 1)).is_none());
    }
}
