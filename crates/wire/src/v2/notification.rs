//! Payment notifications (protocol §6): from an unverified body to a [`VerifiedNotification`].
//!
//! The merchant's key and the order's algorithm verify a signature, so the order's number must be read
//! *before* that. [`Unverified`] gives that number and has no method for any other field. A
//! [`VerifiedNotification`] exists only after its signature has been verified.

use thiserror::Error;

use crate::v2::field_reader::FieldReader;
use crate::v2::{
    ApiKey, ErrCode, Fields, Malformed, PaymentReport, SignType, SignatureError, SpliceError, UnknownFields,
    XmlError,
};
use crate::{Expected, Merchant, Mismatch, OutTradeNo, Stage};

/// Why a notification is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotificationError {
    /// Too long, not UTF-8, or not flat XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A value could be read as another field.
    #[error(transparent)]
    Splice(#[from] SpliceError),
    /// `return_code` is FAIL. Such a message is not signed: do not act on it.
    #[error("the notification says return_code FAIL, which is not signed")]
    ReturnCodeFail,
    /// The signature is missing, malformed or wrong.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A field is missing or malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl NotificationError {
    /// The stage that refused.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Xml(error) => error.stage(),
            Self::Splice(error) => error.stage(),
            Self::ReturnCodeFail => Stage::Signature,
            Self::Signature(error) => error.stage(),
            Self::Malformed(_) => Stage::Business,
        }
    }
}

/// A notification before its signature is verified. It says which order it claims to be about, so that the
/// caller can find the order's algorithm and key.
#[derive(Clone, Debug)]
pub struct Unverified<'a> {
    fields: Fields<'a>,
    out_trade_no: OutTradeNo,
}

impl<'a> Unverified<'a> {
    /// Reads a body and checks size, encoding, XML, splices, `return_code` and order number.
    ///
    /// # Errors
    /// [`NotificationError`]; its [`stage`](NotificationError::stage) says which check refused the body.
    pub fn parse(body: &'a [u8]) -> Result<Self, NotificationError> {
        let fields = Fields::parse(body)?;
        fields.refuse_splices()?;
        if fields.get("return_code") == Some("FAIL") {
            return Err(NotificationError::ReturnCodeFail);
        }
        let out_trade_no = FieldReader::of(&fields).parse("out_trade_no")?;
        Ok(Self { fields, out_trade_no })
    }

    /// The order it claims to be about.
    #[must_use]
    pub const fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    /// Verifies with the order's algorithm and any of the keys. There is more than one while a key is being
    /// replaced.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub fn verify(
        &self,
        sign_type: SignType,
        keys: &[&ApiKey],
    ) -> Result<VerifiedNotification, NotificationError> {
        verify(&self.fields, sign_type, keys)
    }
}

/// A notification that the gateway signed. [`VerifiedNotification::check`] tells whether the payment is the
/// one that the order expects.
///
/// ```
/// use wire::v2::{ApiKey, Fields, SignType, notification};
/// let key = ApiKey::new("192006250b4c09247ec02edce69f6a2d")?;
/// let forged = b"<xml><out_trade_no>A1</out_trade_no><return_code>SUCCESS</return_code></xml>";
/// let forged = Fields::parse(forged)?;
/// assert!(notification::verify(&forged, SignType::HmacSha256, &[&key]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedNotification {
    merchant: Merchant,
    out_trade_no: OutTradeNo,
    outcome: Outcome,
    unknown: UnknownFields,
}

/// What a genuine notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order was paid.
    Paid(Box<PaymentReport>),
    /// `result_code` is FAIL: acknowledge the message. It is never a payment.
    NotPaid {
        /// `err_code`.
        err_code: ErrCode,
        /// `err_code_des`.
        err_code_des: Box<str>,
    },
}

/// A notification that the gateway signed, readable or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Genuine {
    /// It was read.
    Read(VerifiedNotification),
    /// A field that decides is missing, malformed or ambiguous. The message confirms nothing, but there may
    /// be money behind it. So do not lose it: keep it, show it to a person, and query the gateway.
    Unreadable {
        /// The order it names.
        out_trade_no: OutTradeNo,
        /// What is wrong with it.
        why: NotificationError,
    },
}

impl Genuine {
    /// The order it names.
    #[must_use]
    pub const fn out_trade_no(&self) -> &OutTradeNo {
        match self {
            Self::Read(notification) => notification.out_trade_no(),
            Self::Unreadable { out_trade_no, .. } => out_trade_no,
        }
    }
}

/// A message that no key verifies.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{why}")]
pub struct NotGenuine {
    /// What is wrong with it.
    pub why: NotificationError,
    /// The order that it claims to be about, if it can be read so far. Nothing proves that.
    pub claimed: Option<OutTradeNo>,
}

/// Reads a body that came to the notify address. It distinguishes a genuine message that cannot be read from
/// a stranger's message. `sign_type_of` gives the algorithm of an order.
///
/// # Errors
/// [`NotGenuine`] for a message that no key verifies.
pub fn genuine(
    body: &[u8],
    sign_type_of: impl Fn(&OutTradeNo) -> SignType,
    keys: &[&ApiKey],
) -> Result<Genuine, NotGenuine> {
    let (why, claimed) = match Unverified::parse(body) {
        Ok(unverified) => match unverified.verify(sign_type_of(unverified.out_trade_no()), keys) {
            Ok(notification) => return Ok(Genuine::Read(notification)),
            Err(why) => (why, Some(unverified.out_trade_no)),
        },
        Err(why) => (why, None),
    };
    match why {
        NotificationError::Splice(_) | NotificationError::Malformed(_) => {
            match signed_number(body, sign_type_of, keys) {
                Some(out_trade_no) => Ok(Genuine::Unreadable { out_trade_no, why }),
                None => Err(NotGenuine { why, claimed }),
            }
        }
        NotificationError::Xml(_) | NotificationError::ReturnCodeFail | NotificationError::Signature(_) => {
            Err(NotGenuine { why, claimed })
        }
    }
}

/// The order that a message names, if one of the keys verifies the message.
fn signed_number(
    body: &[u8],
    sign_type_of: impl Fn(&OutTradeNo) -> SignType,
    keys: &[&ApiKey],
) -> Option<OutTradeNo> {
    let fields = Fields::parse(body).ok()?;
    let number: OutTradeNo = FieldReader::of(&fields).parse("out_trade_no").ok()?;
    verdict(&fields, sign_type_of(&number), keys).ok()?;
    Some(number)
}

/// Whether one of the keys made the signature.
fn verdict(fields: &Fields<'_>, sign_type: SignType, keys: &[&ApiKey]) -> Result<(), SignatureError> {
    // Without a key, no signature verifies.
    let mut verdict = Err(SignatureError::Wrong);
    for key in keys {
        verdict = fields.verify(sign_type, key);
        if verdict != Err(SignatureError::Wrong) {
            break;
        }
    }
    verdict
}

/// Verifies a notification with the order's algorithm and one of the keys, then reads it.
///
/// # Errors
/// [`NotificationError`]: a splice, `return_code` FAIL, the signature, or a field that is missing or
/// malformed.
pub fn verify(
    fields: &Fields<'_>,
    sign_type: SignType,
    keys: &[&ApiKey],
) -> Result<VerifiedNotification, NotificationError> {
    fields.refuse_splices()?;
    if fields.get("return_code") == Some("FAIL") {
        return Err(NotificationError::ReturnCodeFail);
    }
    verdict(fields, sign_type, keys)?;
    VerifiedNotification::read(fields).map_err(NotificationError::from)
}

impl VerifiedNotification {
    /// Reads fields whose signature has been verified.
    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        let mut reader = FieldReader::of(fields);
        if reader.required("return_code")? != "SUCCESS" {
            return Err(Malformed::invalid("return_code"));
        }
        let merchant = reader.merchant()?;
        let out_trade_no = reader.parse("out_trade_no")?;
        let outcome = match reader.required("result_code")? {
            "SUCCESS" => Outcome::Paid(Box::new(PaymentReport::read(&mut reader)?)),
            "FAIL" => Outcome::NotPaid {
                err_code: ErrCode::new(reader.optional("err_code").unwrap_or_default()),
                err_code_des: reader.text("err_code_des").unwrap_or_default(),
            },
            _ => return Err(Malformed::invalid("result_code")),
        };
        Ok(Self { merchant, out_trade_no, outcome, unknown: reader.rest() })
    }

    /// The order.
    #[must_use]
    pub const fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    /// The merchant it names.
    #[must_use]
    pub const fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// What it says.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The payment, if the notification reports one.
    #[must_use]
    pub const fn payment(&self) -> Option<&PaymentReport> {
        match &self.outcome {
            Outcome::Paid(payment) => Some(payment),
            Outcome::NotPaid { .. } => None,
        }
    }

    /// Received fields that have no place in this type.
    #[must_use]
    pub const fn unknown(&self) -> &UnknownFields {
        &self.unknown
    }

    /// The payment, if there was one and it is the expected one.
    ///
    /// # Errors
    /// The first [`Mismatch`] of a payment. `Ok(None)` means that the gateway reports no payment.
    pub fn check(&self, expected: &Expected<'_>) -> Result<Option<&PaymentReport>, Mismatch> {
        match self.payment() {
            Some(report) => expected.check(&self.merchant, &report.payment()).map(|()| Some(report)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::Message;

    #[cfg(feature = "serde")]
    #[test]
    fn a_verified_notification_cannot_be_deserialized() {
        use crate::v2::lacks_trait::lacks;
        assert!(lacks!(VerifiedNotification: serde::de::DeserializeOwned));
        assert!(lacks!(VerifiedNotification: Default));
    }

    fn key() -> ApiKey {
        ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
    }

    /// A payment's notification with some fields changed, signed by the gateway.
    fn signed(changes: &[(&'static str, &str)]) -> Message {
        let mut message = Message::new();
        for (name, value) in [
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", "wx1"),
            ("mch_id", "1"),
            ("out_trade_no", "A1"),
            ("transaction_id", "42"),
            ("total_fee", "8800"),
            ("fee_type", "HKD"),
            ("trade_type", "NATIVE"),
            ("time_end", "20260301120345"),
        ] {
            let changed = changes.iter().find(|(changed, _)| *changed == name).map(|(_, value)| *value);
            message.echo(name, changed.unwrap_or(value)).unwrap();
        }
        for (name, value) in changes.iter().filter(|(name, _)| *name == "attach") {
            message.echo(*name, *value).unwrap();
        }
        message.sign(SignType::Md5, &key());
        message
    }

    fn read(body: &str) -> Result<Genuine, NotGenuine> {
        genuine(body.as_bytes(), |_| SignType::Md5, &[&key()])
    }

    #[test]
    fn a_genuine_unreadable_message_is_distinguished_from_a_strangers() {
        assert!(matches!(read(&signed(&[]).to_xml()), Ok(Genuine::Read(_))));
        for unreadable in [("total_fee", "88.00"), ("time_end", "soon"), ("attach", "x&total_fee=1")] {
            let body = signed(&[unreadable]).to_xml();
            let read_as = read(&body).unwrap();
            assert!(matches!(&read_as, Genuine::Unreadable { .. }), "{unreadable:?}: {read_as:?}");
            assert_eq!(read_as.out_trade_no().as_str(), "A1");
            let forged = body.replace("<mch_id>1<", "<mch_id>2<").replace("<![CDATA[1]]>", "<![CDATA[2]]>");
            assert_ne!(forged, body);
            assert!(read(&forged).is_err(), "{unreadable:?}");
        }
        assert!(read("<xml><return_code>FAIL</return_code></xml>").is_err());
    }

    #[test]
    fn a_strangers_message_says_which_order_it_claims_to_be_about_if_it_can_be_read() {
        let claimed = |body: &str| read(body).unwrap_err().claimed.map(|number| number.to_string());
        let unsigned = "<xml><out_trade_no>A1</out_trade_no><return_code>SUCCESS</return_code></xml>";
        assert_eq!(claimed(unsigned).as_deref(), Some("A1"));
        for unreadable in ["no message", "<xml><return_code>FAIL</return_code></xml>", "<xml></xml>"] {
            assert_eq!(claimed(unreadable), None, "{unreadable}");
        }
    }
}
