//! Writing a message (protocol §1.3, §10.1): escape it, sign it, and refuse ambiguous values.

use std::borrow::Cow;
use std::fmt::Write as _;

use thiserror::Error;

use crate::v2::sign::Signature;
use crate::v2::splice::holds_a_field;
use crate::v2::xml::{is_name, is_xml_char};
use crate::v2::{ApiKey, SignType};

/// Why a message cannot be written. It names the field, never its value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The name is not a field name, or it is `key`.
    #[error("`{name}` is not the name of a field")]
    Name {
        /// The given name.
        name: String,
    },
    /// The value is empty. Leave an unused field out (protocol §3.1).
    #[error("`{name}` is empty; leave an unused field out")]
    Empty {
        /// The field.
        name: String,
    },
    /// The value holds a character that XML forbids.
    #[error("`{name}` holds a character that XML forbids")]
    ForbiddenCharacter {
        /// The field.
        name: String,
    },
    /// The value holds `&name=`, which would make the signed text ambiguous (protocol §10.2).
    #[error("`{name}` holds `&name=`, which makes the signature ambiguous")]
    Ambiguous {
        /// The field.
        name: String,
    },
    /// The field was set before.
    #[error("`{name}` is set twice")]
    Repeated {
        /// The field.
        name: String,
    },
    /// The gateway does not accept the value.
    #[error("`{name}` is out of range: {rule}")]
    OutOfRange {
        /// The field.
        name: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
}

/// A message to send. It writes the fields in the order in which they were set.
///
/// ```
/// use wire::v2::{ApiKey, Fields, Message, SignType};
/// let key = ApiKey::new("192006250b4c09247ec02edce69f6a2d")?;
/// let mut message = Message::new();
/// message.set("body", "a ]]> b")?.set("total_fee", "8800")?;
/// message.sign(SignType::HmacSha256, &key);
/// let xml = message.to_xml();
/// assert!(xml.contains("<total_fee>8800</total_fee>"));
/// let fields = Fields::parse(xml.as_bytes())?;
/// assert_eq!(fields.get("body"), Some("a ]]> b"));
/// assert_eq!(fields.verify(SignType::HmacSha256, &key), Ok(()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    fields: Vec<(Cow<'static, str>, String)>,
}

impl Message {
    /// A message without fields.
    #[must_use]
    pub const fn new() -> Self {
        Self { fields: Vec::new() }
    }

    /// Adds a field.
    ///
    /// # Errors
    /// [`WriteError`] for a bad name, an empty or ambiguous value, a character that XML forbids, or a field
    /// that is already set.
    pub fn set(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Result<&mut Self, WriteError> {
        let (name, value) = (name.into(), value.into());
        if value.is_empty() {
            return Err(WriteError::Empty { name: name.into_owned() });
        }
        if holds_a_field(&value) {
            return Err(WriteError::Ambiguous { name: name.into_owned() });
        }
        self.echo(name, value)
    }

    /// Adds a field if there is a value.
    ///
    /// # Errors
    /// The same as [`Message::set`].
    pub fn set_some(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: Option<impl Into<String>>,
    ) -> Result<&mut Self, WriteError> {
        match value {
            Some(value) => self.set(name, value),
            None => Ok(self),
        }
    }

    /// Adds a field as a *gateway* echoes it: the value may be empty or ambiguous. Only a simulator needs
    /// this.
    ///
    /// # Errors
    /// [`WriteError`] for a bad name, a character that XML forbids, or a field that is already set.
    pub fn echo(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Result<&mut Self, WriteError> {
        let (name, value) = (name.into(), value.into());
        if !is_name(&name) || name == "key" {
            return Err(WriteError::Name { name: name.into_owned() });
        }
        if !value.chars().all(is_xml_char) {
            return Err(WriteError::ForbiddenCharacter { name: name.into_owned() });
        }
        if self.get(&name).is_some() {
            return Err(WriteError::Repeated { name: name.into_owned() });
        }
        self.fields.push((name, value));
        Ok(self)
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The fields in the order in which they were set.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    /// Signs all fields and puts the signature into `sign`. It replaces an earlier one.
    pub fn sign(&mut self, sign_type: SignType, key: &ApiKey) -> &mut Self {
        self.fields.retain(|(name, _)| name != "sign");
        // There are so few fields that inserting each in its place is as fast as sorting, and much smaller in
        // a Worker.
        let mut sorted: Vec<(&str, &str)> = Vec::with_capacity(self.fields.len());
        for field in self.iter() {
            let place = match sorted.last() {
                Some(last) if *last > field => sorted.binary_search(&field).unwrap_or_else(|place| place),
                Some(_) | None => sorted.len(),
            };
            sorted.insert(place, field);
        }
        let signature = Signature::of(sign_type, key, sorted.into_iter()).as_str().to_owned();
        self.fields.push((Cow::Borrowed("sign"), signature));
        self
    }

    /// The message as XML, one element per line.
    #[must_use]
    pub fn to_xml(&self) -> String {
        self.to_xml_rooted("xml")
    }

    /// The same with another root element: the inner text of a refund notification has one.
    pub(crate) fn to_xml_rooted(&self, root: &str) -> String {
        let room: usize = self.iter().fold(32, |room, (name, value)| {
            room.saturating_add(name.len().saturating_mul(2)).saturating_add(value.len()).saturating_add(20)
        });
        let mut xml = String::with_capacity(room);
        // Writing into a String cannot fail.
        let _ = write!(xml, "<{root}>");
        for (name, value) in self.iter() {
            xml.push('<');
            xml.push_str(name);
            xml.push('>');
            push_value(&mut xml, value);
            xml.push_str("</");
            xml.push_str(name);
            xml.push_str(">\n");
        }
        let _ = write!(xml, "</{root}>");
        xml
    }
}

/// Writes bare digits as they are and anything else in CDATA, as the gateway does. It splits `]]>` over two
/// sections. It writes a carriage return as a reference, because every reader turns a bare one into a line
/// feed.
fn push_value(xml: &mut String, value: &str) {
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        xml.push_str(value);
        return;
    }
    xml.push_str("<![CDATA[");
    if value.contains("]]>") || value.contains('\r') {
        xml.push_str(&value.replace("]]>", "]]]]><![CDATA[>").replace('\r', "]]>&#13;<![CDATA["));
    } else {
        xml.push_str(value);
    }
    xml.push_str("]]>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::Fields;

    fn key() -> ApiKey {
        ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
    }

    #[test]
    fn digits_are_bare_and_everything_else_is_cdata() {
        let mut message = Message::new();
        message
            .set("total_fee", "8800")
            .unwrap()
            .set("body", "<茶> & cups")
            .unwrap()
            .echo("device_info", "")
            .unwrap();
        assert_eq!(
            message.to_xml(),
            "<xml><total_fee>8800</total_fee>\n<body><![CDATA[<茶> & cups]]></body>\n<device_info></device_info>\n</xml>"
        );
    }

    #[test]
    fn the_end_of_a_cdata_section_and_carriage_returns_survive() {
        for value in
            ["]]>", "a]]>b]]>", "]]]]>>", "]", "]]", "\r\n", "a\rb", "]]>\r]]>", " edge ", "\t", "😀"]
        {
            let mut message = Message::new();
            message.set("attach", value).unwrap();
            let xml = message.to_xml();
            assert_eq!(Fields::parse(xml.as_bytes()).unwrap().get("attach"), Some(value), "{xml}");
        }
    }

    #[test]
    fn wrong_names_and_values_cannot_be_set() {
        let mut message = Message::new();
        message.set("a", "1").unwrap();
        let name = |name: &str| name.to_owned();
        assert_eq!(message.set("b", "").err(), Some(WriteError::Empty { name: name("b") }));
        assert_eq!(message.set("b", "x&c=1").err(), Some(WriteError::Ambiguous { name: name("b") }));
        assert_eq!(message.set("b", "\u{0}").err(), Some(WriteError::ForbiddenCharacter { name: name("b") }));
        assert_eq!(
            message.set("b", "\u{FFFE}").err(),
            Some(WriteError::ForbiddenCharacter { name: name("b") })
        );
        assert_eq!(message.set("a", "2").err(), Some(WriteError::Repeated { name: name("a") }));
        for bad in ["", "key", "a b", "1a", "a=", "w:a", "中"] {
            assert_eq!(message.set(bad.to_owned(), "1").err(), Some(WriteError::Name { name: name(bad) }));
        }
        assert_eq!(message.iter().count(), 1);
    }

    #[test]
    fn a_gateway_may_echo_empty_and_ambiguous_values() {
        let mut message = Message::new();
        message
            .echo("device_info", "")
            .unwrap()
            .echo("code_url", "weixin://wxpay/bizpayurl/up?pr=1&groupid=00")
            .unwrap();
        assert_eq!(message.get("device_info"), Some(""));
        assert!(message.echo("attach", "\u{1}").is_err());
    }

    #[test]
    fn signing_again_replaces_the_signature() {
        let mut message = Message::new();
        message.set("b", "2").unwrap().set("a", "1").unwrap().sign(SignType::Md5, &key());
        let first = message.clone();
        message.sign(SignType::HmacSha256, &key()).sign(SignType::Md5, &key());
        assert_eq!(message, first);
        let xml = message.to_xml();
        assert_eq!(Fields::parse(xml.as_bytes()).unwrap().verify(SignType::Md5, &key()), Ok(()));
    }

    #[test]
    fn an_absent_value_leaves_the_field_out() {
        let mut message = Message::new();
        message.set_some("attach", None::<&str>).unwrap().set_some("body", Some("tea")).unwrap();
        assert_eq!(message.iter().collect::<Vec<_>>(), [("body", "tea")]);
    }
}
