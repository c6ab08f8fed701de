//! JSON, read strictly and written plainly (protocol §9.1).
//!
//! One object in UTF-8, without a byte order mark and with nothing after it. No key stands twice, because two
//! readers of one message may differ in which one counts. Numbers are integers where a field needs one; any
//! other number is kept as [`Value::OtherNumber`] and fails there. New fields are accepted.

mod fields;
mod strict;
mod write;

use std::borrow::Cow;

use thiserror::Error;

pub(crate) use fields::JsonFields;
pub(crate) use write::JsonWriter;

/// How deep lists and objects may lie in each other.
pub const MAX_DEPTH: usize = 16;

/// How many values a message may have: a page of thirty settlements, or the goods of a large cart, with room
/// for more.
pub const MAX_VALUES: usize = 4_096;

/// Why bytes are not a JSON message. It holds no part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JsonError {
    /// Not UTF-8.
    #[error("the JSON is not UTF-8")]
    Encoding,
    /// A byte order mark before the text.
    #[error("a byte order mark comes before the JSON")]
    ByteOrderMark,
    /// Not JSON, or something after it.
    #[error("the text is not JSON, or something comes after it")]
    Syntax,
    /// One object has a key twice.
    #[error("a key of the JSON stands twice")]
    DuplicateKey,
    /// More than [`MAX_DEPTH`] levels.
    #[error("the JSON is deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than [`MAX_VALUES`] values.
    #[error("the JSON has more than {MAX_VALUES} values")]
    TooMany,
    /// JSON, but no object.
    #[error("the JSON is not an object")]
    NotAnObject,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number with a fraction or an exponent, or beyond 64 bits.
    OtherNumber,
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Object<'a>),
}

/// The members of an object, sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Object<'a> {
    /// Reads a message.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        match strict::parse(bytes)? {
            Value::Object(object) => Ok(object),
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::OtherNumber
            | Value::Text(_)
            | Value::List(_) => Err(JsonError::NotAnObject),
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Value<'a>> {
        let place = self.0.binary_search_by(|(known, _)| known.as_ref().cmp(key)).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Object<'_>, JsonError> {
        Object::parse(text.as_bytes())
    }

    #[test]
    fn an_object_is_read_with_every_kind_of_value() {
        let object =
            read(r#" {"b":"茶\u00e9\n\/","a":-7,"c":[1,true,null,{"d":""}],"e":1.5,"f":1e2,"g":99999999999999999999}"#)
                .unwrap();
        assert_eq!(object.get("a"), Some(&Value::Integer(-7)));
        assert_eq!(object.get("b"), Some(&Value::Text("茶é\n/".into())));
        let inner = Object(vec![("d".into(), Value::Text("".into()))]);
        assert_eq!(
            object.get("c"),
            Some(&Value::List(vec![Value::Integer(1), Value::Bool(true), Value::Null, Value::Object(inner)]))
        );
        for other in ["e", "f", "g"] {
            assert_eq!(object.get(other), Some(&Value::OtherNumber), "{other}");
        }
        assert_eq!(object.get("z"), None);
    }

    #[test]
    fn a_number_with_a_fraction_an_exponent_or_a_sign_on_zero_is_no_integer() {
        for other in ["8800.0", "8.8e3", "88e2", "-0", "0.0", "9223372036854775808", "-9223372036854775809"] {
            let text = format!("{{\"a\":{other}}}");
            assert_eq!(read(&text).unwrap().get("a"), Some(&Value::OtherNumber), "{other}");
        }
        for (text, number) in
            [("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN), ("0", 0)]
        {
            let text = format!("{{\"a\":{text}}}");
            assert_eq!(read(&text).unwrap().get("a"), Some(&Value::Integer(number)));
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth_and_however_it_is_written() {
        for twice in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"a":{}}"#,
            r#"{"x":[{"a":1,"\u0061":2}]}"#,
            r#"{"x":{"é":1,"\u00e9":1}}"#,
        ] {
            assert_eq!(read(twice), Err(JsonError::DuplicateKey), "{twice}");
        }
        assert!(read(r#"{"a":{"a":1},"b":{"a":1},"A":1}"#).is_ok());
    }

    #[test]
    fn every_member_is_found_and_a_second_one_is_refused_whatever_the_order_and_the_number_of_members() {
        // 3 is prime to each number of members, so the multiples are all of them, in another order.
        for many in [1_usize, 2, 19, 22, 400, 4_000] {
            let orders: [&dyn Fn(usize) -> usize; 3] = [&|at| at, &|at| many - 1 - at, &|at| at * 3 % many];
            for order in orders {
                let keys = (0..many).map(|at| format!("k{}", order(at)));
                let members: Vec<_> = keys.map(|key| format!("\"{key}\":\"{key}\"")).collect();
                let text = format!("{{{}}}", members.join(","));
                let object = read(&text).unwrap();
                for at in 0..many {
                    let key = format!("k{at}");
                    assert_eq!(object.get(&key), Some(&Value::Text(key.as_str().into())));
                }
                let twice = format!("{{{},\"k{}\":1}}", members.join(","), many / 2);
                assert_eq!(read(&twice), Err(JsonError::DuplicateKey));
            }
        }
    }

    #[test]
    fn each_other_fault_is_named() {
        for (bad, error) in [
            ("", JsonError::Syntax),
            ("{", JsonError::Syntax),
            ("{}{}", JsonError::Syntax),
            ("{} x", JsonError::Syntax),
            ("{\"a\":1,}", JsonError::Syntax),
            ("{'a':1}", JsonError::Syntax),
            ("{\"a\":01}", JsonError::Syntax),
            ("{\"a\":+1}", JsonError::Syntax),
            ("{\"a\":NaN}", JsonError::Syntax),
            ("{\"a\":1e999}", JsonError::Syntax),
            ("{\"a\":\"\n\"}", JsonError::Syntax),
            ("{\"a\":\"\\ud83d\"}", JsonError::Syntax),
            ("{\"a\":\"\\udc00\"}", JsonError::Syntax),
            ("{\"a\":\"\\x\"}", JsonError::Syntax),
            ("{}//", JsonError::Syntax),
            ("\u{FEFF}{}", JsonError::ByteOrderMark),
            ("[]", JsonError::NotAnObject),
            ("\"a\"", JsonError::NotAnObject),
            ("1", JsonError::NotAnObject),
            ("null", JsonError::NotAnObject),
        ] {
            assert_eq!(read(bad), Err(error), "{bad:?}");
        }
        assert_eq!(Object::parse(b"{\"a\":\"\xFF\"}"), Err(JsonError::Encoding));
        assert_eq!(Object::parse(b"{\"a\":\"\xED\xA0\x80\"}"), Err(JsonError::Encoding), "a surrogate");
    }

    #[test]
    fn depth_and_number_of_values_are_bounded_and_the_bound_itself_is_admitted() {
        let deep = |levels: usize| {
            let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
            format!("{{\"a\":{open}{close}}}")
        };
        assert!(read(&deep(MAX_DEPTH)).is_ok());
        assert_eq!(read(&deep(MAX_DEPTH + 1)), Err(JsonError::TooDeep));
        assert_eq!(read(&deep(10_000)), Err(JsonError::TooDeep));
        let objects = format!("{}1{}", "{\"a\":".repeat(MAX_DEPTH), "}".repeat(MAX_DEPTH));
        assert!(read(&objects).is_ok());
        assert_eq!(read(&format!("{{\"a\":{objects}}}")), Err(JsonError::TooDeep));
        // The object and the list count too.
        let many = |values: usize| format!("{{\"a\":[{}1]}}", "1,".repeat(values - 3));
        assert!(read(&many(MAX_VALUES)).is_ok());
        assert_eq!(read(&many(MAX_VALUES + 1)), Err(JsonError::TooMany));
    }

    #[test]
    fn no_error_reveals_what_was_in_the_message() {
        let error = read(r#"{"openid":"oSecret","openid":"oSecret"}"#).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("oSecret"));
    }
}
