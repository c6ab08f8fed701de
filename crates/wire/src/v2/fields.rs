//! A received message: its fields, borrowed from the body, and its signature (protocol §1.3, §2.3, §10.2).

use thiserror::Error;

use crate::Stage;
use crate::v2::sign::Signature;
use crate::v2::splice::{SpliceError, holds_a_known_field};
use crate::v2::xml::{SortedFields, XmlError, read_flat};
use crate::v2::{ApiKey, SignType};

/// The fields of one flat message, sorted by name. Values borrow from the body where possible.
///
/// It keeps every received field, known or not, because the signature covers them all.
///
/// ```
/// use wire::v2::Fields;
/// let fields = Fields::parse(b"<xml><total_fee>8800</total_fee><attach/></xml>")?;
/// assert_eq!(fields.get("total_fee"), Some("8800"));
/// assert_eq!(fields.get("attach"), None);
/// assert!(Fields::parse(b"<xml><total_fee>1</total_fee><total_fee>2</total_fee></xml>").is_err());
/// # Ok::<(), wire::v2::XmlError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    sorted: SortedFields<'a>,
}

/// Why a signature is not accepted. A missing signature is a failure, never “nothing to check” (protocol
/// §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// No `sign`, or an empty one.
    #[error("the message has no signature")]
    Missing,
    /// `sign` does not have the upper-case hex digits that the algorithm makes.
    #[error("the signature does not have the form its algorithm gives it")]
    Odd,
    /// `sign_type` is not the order's algorithm: a message never chooses its own.
    #[error("the message names another sign_type than the order was placed with")]
    OtherSignType,
    /// The message has a field named `key`, which some signers drop.
    #[error("the message has a field named `key`")]
    FieldNamedKey,
    /// The signature does not belong to these fields and this key.
    #[error("the signature is wrong")]
    Wrong,
}

impl SignatureError {
    /// Always [`Stage::Signature`].
    #[must_use]
    pub const fn stage(self) -> Stage {
        Stage::Signature
    }
}

impl<'a> From<SortedFields<'a>> for Fields<'a> {
    fn from(sorted: SortedFields<'a>) -> Self {
        Self { sorted }
    }
}

impl<'a> Fields<'a> {
    /// Reads one flat `<xml>` document (protocol §10.1). A name is a letter or `_`, followed by at most 63
    /// letters, digits, `_`, `-` or `.`.
    ///
    /// # Errors
    /// [`XmlError`], whose [`stage`](XmlError::stage) is size, encoding or parse.
    pub fn parse(body: &'a [u8]) -> Result<Self, XmlError> {
        Self::parse_root(body, "xml")
    }

    /// The same with another root element: the inner text of a refund notification has one.
    pub(crate) fn parse_root(body: &'a [u8], root: &str) -> Result<Self, XmlError> {
        read_flat(body, root).map(Self::from)
    }

    /// The value of a field. `None` if the field is absent *or* empty: the signature does not cover empty
    /// elements, so they say nothing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.position(name)
            .and_then(|position| self.at(position))
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    }

    /// All fields, empty ones too, sorted by name in bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'a str, &str)> {
        self.sorted.fields.iter().map(|field| (field.name, &*field.value))
    }

    /// How many fields there are, empty ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.fields.len()
    }

    /// Whether there is no field at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.fields.is_empty()
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.sorted.fields.binary_search_by(|field| field.name.cmp(name)).ok()
    }

    pub(crate) fn has_beginning(&self, beginning: &str) -> bool {
        let position = self.sorted.fields.partition_point(|field| field.name < beginning);
        self.at(position).is_some_and(|(name, _)| name.starts_with(beginning))
    }

    pub(crate) fn at(&self, position: usize) -> Option<(&'a str, &str)> {
        self.sorted.fields.get(position).map(|field| (field.name, &*field.value))
    }

    /// Refuses the message if a value holds `&name=` with the name of a known field: somebody may have cut a
    /// genuine message into other fields. It accepts other names: a promotion may be called `A&B=50% off`.
    ///
    /// Call this for every *notification*. Do not call it for answers: a query must still settle an order
    /// with a suspicious `attach`.
    ///
    /// # Errors
    /// [`SpliceError`].
    pub fn refuse_splices(&self) -> Result<(), SpliceError> {
        let spliced =
            self.sorted.may_hold_ampersand && self.iter().any(|(_, value)| holds_a_known_field(value));
        if spliced { Err(SpliceError) } else { Ok(()) }
    }

    /// Verifies `sign` over every other field, known or not, in constant time.
    ///
    /// `sign_type` is the one that the order was placed with. If the message names one, it must be the same.
    ///
    /// # Errors
    /// [`SignatureError`], also when there is no signature.
    pub fn verify(&self, sign_type: SignType, key: &ApiKey) -> Result<(), SignatureError> {
        let (mut sign, mut named, mut has_key) = ("", "", false);
        for (name, value) in self.iter() {
            match name {
                "sign" => sign = value,
                "sign_type" => named = value,
                "key" => has_key = true,
                _ => {}
            }
        }
        if sign.is_empty() {
            return Err(SignatureError::Missing);
        }
        if sign.len() != sign_type.hex_digits()
            || !sign.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
        {
            return Err(SignatureError::Odd);
        }
        if !named.is_empty() && named != sign_type.as_str() {
            return Err(SignatureError::OtherSignType);
        }
        if has_key {
            return Err(SignatureError::FieldNamedKey);
        }
        let signed = self.iter().filter(|(name, _)| *name != "sign");
        if Signature::of(sign_type, key, signed).equals(sign) { Ok(()) } else { Err(SignatureError::Wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "TESTONLYmd5key0123456789abcdefHK";
    const MD5: &str = "<xml><appid>wx5c1f9e2a7d3b6048</appid><attach></attach><body> </body><coupon_fee>0</coupon_fee>\
        <total_fee>1</total_fee><sign>DCA6470FFCC98B417419CBF95F3FB2B8</sign></xml>";

    fn verify(body: &str, sign_type: SignType) -> Result<(), SignatureError> {
        Fields::parse(body.as_bytes()).unwrap().verify(sign_type, &ApiKey::new(KEY).unwrap())
    }

    #[test]
    fn a_genuine_message_verifies_and_empty_fields_do_not_count() {
        assert_eq!(verify(MD5, SignType::Md5), Ok(()));
        assert_eq!(verify(&MD5.replace("<attach></attach>", "<device_info/>"), SignType::Md5), Ok(()));
    }

    #[test]
    fn both_sign_types_verify_and_neither_is_accepted_as_the_other() {
        let hmac = MD5.replace(
            "DCA6470FFCC98B417419CBF95F3FB2B8",
            "7CCB0080CEFC0CC44B19E8E0D403E23155EEFACF60BE615F2A51D25AECAE76E1",
        );
        assert_eq!(verify(&hmac, SignType::HmacSha256), Ok(()));
        assert_eq!(verify(&hmac, SignType::Md5), Err(SignatureError::Odd));
        assert_eq!(verify(MD5, SignType::HmacSha256), Err(SignatureError::Odd));
    }

    #[test]
    fn a_missing_or_odd_signature_is_a_failure() {
        let sign = "<sign>DCA6470FFCC98B417419CBF95F3FB2B8</sign>";
        assert_eq!(verify(&MD5.replace(sign, ""), SignType::Md5), Err(SignatureError::Missing));
        assert_eq!(verify(&MD5.replace(sign, "<sign/>"), SignType::Md5), Err(SignatureError::Missing));
        assert_eq!(verify(&MD5.replace("DCA6", "dca6"), SignType::Md5), Err(SignatureError::Odd));
        assert_eq!(verify(&MD5.replace("DCA6", "DCA"), SignType::Md5), Err(SignatureError::Odd));
        assert_eq!(verify(&MD5.replace("DCA6", "DCA7"), SignType::Md5), Err(SignatureError::Wrong));
        assert_eq!(verify(&MD5.replace(">1<", ">2<"), SignType::Md5), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_message_does_not_choose_its_algorithm() {
        for named in ["HMAC-SHA256", "NONE", "md5"] {
            let body = MD5.replace("<total_fee>", &format!("<sign_type>{named}</sign_type><total_fee>"));
            assert_eq!(verify(&body, SignType::Md5), Err(SignatureError::OtherSignType));
        }
    }

    #[test]
    fn a_field_named_key_is_refused_even_when_empty() {
        assert_eq!(
            verify(&MD5.replace("<attach></attach>", "<key/>"), SignType::Md5),
            Err(SignatureError::FieldNamedKey)
        );
    }

    #[test]
    fn fields_are_found_by_name_and_an_empty_field_counts_as_absent() {
        let fields = Fields::parse(MD5.as_bytes()).unwrap();
        assert_eq!(fields.get("total_fee"), Some("1"));
        assert_eq!(fields.get("attach"), None);
        assert_eq!(fields.get("absent"), None);
        assert_eq!((fields.len(), fields.is_empty()), (6, false));
        assert!(Fields::parse(b"<xml/>").unwrap().is_empty());
    }

    #[test]
    fn a_beginning_of_a_name_is_found_at_both_ends_of_the_list() {
        let fields =
            Fields::parse(b"<xml><coupon>1</coupon><coupon_fee_0>1</coupon_fee_0><d>1</d></xml>").unwrap();
        for (beginning, there) in
            [("coupon_", true), ("coupon", true), ("d", true), ("coupon_g", false), ("e", false)]
        {
            assert_eq!(fields.has_beginning(beginning), there, "{beginning}");
        }
        assert!(!Fields::parse(b"<xml/>").unwrap().has_beginning("coupon_"));
    }

    #[test]
    fn a_spliced_value_is_found_in_any_field() {
        let spliced = Fields::parse(b"<xml><a>1</a><b><![CDATA[x&rate=1]]></b></xml>").unwrap();
        assert_eq!(spliced.refuse_splices(), Err(SpliceError));
        let innocent = Fields::parse(b"<xml><a>1</a><b><![CDATA[A&B=50% off]]></b></xml>").unwrap();
        assert_eq!(innocent.refuse_splices(), Ok(()));
        assert_eq!(Fields::parse(MD5.as_bytes()).unwrap().refuse_splices(), Ok(()));
    }
}
