//! Refund notifications (protocol §7.6): encrypted, **not** signed.
//!
//! `req_info` is a small XML document, encrypted with AES-256-ECB and encoded as base64. ECB has no
//! integrity: an attacker can recombine blocks of old notifications, and can replay everything. So the result
//! is a [`RefundHint`]: a reason to send a [`RefundQuery`](crate::v2::RefundQuery), never a fact.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecb::cipher::block_padding::Pkcs7;
use ecb::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit};
use md5::{Digest, Md5};
use thiserror::Error;

use crate::v2::field_reader::FieldReader;
use crate::v2::{
    ApiKey, Fields, Malformed, Message, RefundAccount, RefundStatus, UnknownFields, WxTime, XmlError,
};
use crate::{Merchant, OutRefundNo, OutTradeNo, RefundId, Stage, TransactionId};

/// Why a refund notification gives no hint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RefundNotificationError {
    /// The body is too long, not UTF-8, or not flat XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// `return_code` is not SUCCESS.
    #[error("the notification does not say return_code SUCCESS")]
    ReturnCodeFail,
    /// `req_info` is not base64.
    #[error("req_info is not base64")]
    NotBase64,
    /// No key decrypts `req_info`: the length is wrong, or the padding after decryption.
    #[error("req_info was not encrypted with this key")]
    Undecipherable,
    /// The decrypted text is not flat XML. The key may be wrong, or somebody put the text together from
    /// pieces.
    #[error("the inside of req_info: {0}")]
    InnerXml(XmlError),
    /// A field is missing or malformed, in the outer or the decrypted message.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl RefundNotificationError {
    /// The stage that refused. Decryption counts as the signature stage.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Xml(error) => error.stage(),
            Self::ReturnCodeFail | Self::NotBase64 | Self::Undecipherable | Self::InnerXml(_) => {
                Stage::Signature
            }
            Self::Malformed(_) => Stage::Business,
        }
    }
}

/// What an unauthenticated message says about a refund. Query the gateway before you trust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundHint {
    /// The merchant it names. The encryption does not cover it, so anybody may have written it.
    pub merchant: Merchant,
    /// The gateway's number of the payment.
    pub transaction_id: TransactionId,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The merchant's number of the refund.
    pub out_refund_no: OutRefundNo,
    /// The gateway's number of the refund.
    pub refund_id: RefundId,
    /// The state of the refund.
    pub refund_status: RefundStatus,
    /// `total_fee`, in the order's currency. The message does not name the currency.
    pub total_minor: Option<u64>,
    /// `refund_fee`, in the order's currency.
    pub refund_minor: Option<u64>,
    /// `settlement_total_fee`, in the order's currency.
    pub settlement_total_minor: Option<u64>,
    /// `settlement_refund_fee`, in the order's currency.
    pub settlement_refund_minor: Option<u64>,
    /// `cash_refund_fee`, in the payer's currency.
    pub cash_refund_minor: Option<u64>,
    /// When the refund was done.
    pub success_time: Option<WxTime>,
    /// Which account of the merchant pays it back.
    pub refund_account: Option<RefundAccount>,
    /// `refund_recv_accout` (spelt so): where the money goes, as text.
    pub receiving_account: Option<Box<str>>,
    /// `refund_request_source`: `API` or `VENDOR_PLATFORM`.
    pub request_source: Option<Box<str>>,
    /// Fields of the decrypted message that have no place in this type.
    pub unknown: UnknownFields,
}

/// Reads a refund notification with any of the keys. There is more than one while a key is being replaced.
///
/// # Errors
/// [`RefundNotificationError`]; its [`stage`](RefundNotificationError::stage) says which check refused the
/// body.
pub fn read(body: &[u8], keys: &[&ApiKey]) -> Result<RefundHint, RefundNotificationError> {
    let fields = Fields::parse(body)?;
    if fields.get("return_code") != Some("SUCCESS") {
        return Err(RefundNotificationError::ReturnCodeFail);
    }
    let mut outside = FieldReader::of(&fields);
    let merchant = outside.merchant()?;
    let sealed =
        STANDARD.decode(outside.required("req_info")?).map_err(|_| RefundNotificationError::NotBase64)?;
    // A wrong key usually leaves wrong padding, but about one in 256 decrypts to nonsense. So the XML must be
    // readable too.
    let mut verdict = Err(RefundNotificationError::Undecipherable);
    for key in keys {
        verdict = open(&sealed, key).and_then(|inside| RefundHint::read(&inside, merchant.clone()));
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}

/// Encrypts the inner message of a refund notification, as the gateway does. Only a simulator of the gateway
/// needs this.
#[must_use]
pub fn req_info(inside: &Message, key: &ApiKey) -> String {
    STANDARD.encode(seal(inside.to_xml_rooted("root").as_bytes(), key))
}

impl RefundHint {
    fn read(inside: &[u8], merchant: Merchant) -> Result<Self, RefundNotificationError> {
        let fields = Fields::parse_root(inside, "root").map_err(RefundNotificationError::InnerXml)?;
        let mut reader = FieldReader::of(&fields);
        Ok(Self {
            merchant,
            transaction_id: reader.parse("transaction_id")?,
            out_trade_no: reader.parse("out_trade_no")?,
            out_refund_no: reader.parse("out_refund_no")?,
            refund_id: reader.parse("refund_id")?,
            refund_status: RefundStatus::new(reader.required("refund_status")?),
            total_minor: reader.informative_amount("total_fee"),
            refund_minor: reader.informative_amount("refund_fee"),
            settlement_total_minor: reader.informative_amount("settlement_total_fee"),
            settlement_refund_minor: reader.informative_amount("settlement_refund_fee"),
            cash_refund_minor: reader.informative_amount("cash_refund_fee"),
            success_time: reader.informative_by("success_time", |text| WxTime::parse_dashed(text).ok()),
            refund_account: reader.informative_by("refund_account", RefundAccount::new),
            receiving_account: reader.text("refund_recv_accout"),
            request_source: reader.text("refund_request_source"),
            unknown: reader.rest(),
        })
    }
}

/// The AES key: the 32 *characters* of the lower-case hex MD5 of the API key.
fn aes_key(key: &ApiKey) -> [u8; 32] {
    let mut hex = [0; 32];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(Md5::digest(key.as_bytes())) {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).map_or(b'0', |digit| digit as u8);
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    hex
}

fn open(sealed: &[u8], key: &ApiKey) -> Result<Vec<u8>, RefundNotificationError> {
    ecb::Decryptor::<Aes256>::new(&aes_key(key).into())
        .decrypt_padded_vec::<Pkcs7>(sealed)
        .map_err(|_| RefundNotificationError::Undecipherable)
}

fn seal(inside: &[u8], key: &ApiKey) -> Vec<u8> {
    ecb::Encryptor::<Aes256>::new(&aes_key(key).into()).encrypt_padded_vec::<Pkcs7>(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ApiKey {
        ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
    }

    fn other_key() -> ApiKey {
        ApiKey::new("ATTACKERkeyATTACKERkeyATTACKER99").unwrap()
    }

    fn inside() -> Message {
        let mut message = Message::new();
        for (name, value) in [
            ("transaction_id", "4200002741202603010000000001"),
            ("out_trade_no", "HK20260301A0001"),
            ("out_refund_no", "R20260302A0001-1"),
            ("refund_id", "50300807412026030212345678901"),
            ("refund_status", "SUCCESS"),
            ("refund_fee", "3300"),
            ("success_time", "2026-03-02 10:05:11"),
            ("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS"),
            ("new", "n"),
        ] {
            message.set(name, value).unwrap();
        }
        message
    }

    fn body(req_info: &str) -> String {
        format!(
            "<xml><return_code>SUCCESS</return_code><appid>wx1</appid><mch_id>1</mch_id>\
            <req_info><![CDATA[{req_info}]]></req_info></xml>"
        )
    }

    fn hint(req_info: &str, keys: &[&ApiKey]) -> Result<RefundHint, RefundNotificationError> {
        read(body(req_info).as_bytes(), keys)
    }

    #[test]
    fn the_aes_key_is_the_lower_case_hex_md5_of_the_api_key() {
        assert_eq!(&aes_key(&key()), b"3e363332502baa3a7925adf436e6be7c");
    }

    #[test]
    fn the_published_primitive_and_the_vector_of_the_reference_are_reproduced() {
        let text = "<root>\n<out_refund_no><![CDATA[R20260302A0001-1]]></out_refund_no>\n\
            <refund_status><![CDATA[SUCCESS]]></refund_status>\n</root>";
        let sealed = "X8gEIgzoDfX/3U5JaP+SctRd3GL+3yZObWK4qWmjmVoS/cv+s26j02e6U+Hv9QUvjWjbb2AG83lai6QsjVAmBcC/0xEi8BlYUI8jkGnf8lqd7Qp4kCZMRnGRj4ZhqvHrklV/21FZ+H7FC+6B1Fc3jCy/fF+0WWXlH8/msAauvUQ=";
        assert_eq!(STANDARD.encode(seal(text.as_bytes(), &key())), sealed);
        assert_eq!(open(&STANDARD.decode(sealed).unwrap(), &key()).unwrap(), text.as_bytes());

        let published = ecb::Encryptor::<Aes256>::new(&(*b"0123456789abcdef0123456789abcdef").into())
            .encrypt_padded_vec::<Pkcs7>(b"hello");
        assert_eq!(STANDARD.encode(published), "pZwJZBLuy3mDACEQT4YTBw==");
    }

    #[test]
    fn a_notification_decrypts_to_a_hint() {
        let hint = hint(&req_info(&inside(), &key()), &[&key()]).unwrap();
        assert_eq!(hint.out_refund_no.as_str(), "R20260302A0001-1");
        assert_eq!(
            (hint.refund_status, hint.refund_minor, hint.total_minor),
            (RefundStatus::Success, Some(3300), None)
        );
        assert_eq!(hint.success_time, Some("20260302100511".parse().unwrap()));
        assert_eq!(hint.refund_account, Some(RefundAccount::RechargeFunds));
        assert_eq!(hint.unknown.get("new"), Some("n"));
    }

    #[test]
    fn a_key_that_is_being_replaced_still_decrypts() {
        let sealed = req_info(&inside(), &key());
        assert!(hint(&sealed, &[&other_key(), &key()]).is_ok());
        assert!(hint(&sealed, &[&key(), &other_key()]).is_ok());
        assert_eq!(hint(&sealed, &[&other_key()]), Err(RefundNotificationError::Undecipherable));
        assert_eq!(hint(&sealed, &[]), Err(RefundNotificationError::Undecipherable));
    }

    #[test]
    fn each_kind_of_broken_refund_notification_has_its_error() {
        assert_eq!(hint("***", &[&key()]), Err(RefundNotificationError::NotBase64));
        assert_eq!(hint("AAAA", &[&key()]), Err(RefundNotificationError::Undecipherable));
        assert_eq!(hint("", &[&key()]), Err(Malformed::missing("req_info").into()));
        assert_eq!(
            read(b"<xml><return_code>FAIL</return_code></xml>", &[&key()]),
            Err(RefundNotificationError::ReturnCodeFail)
        );
        assert_eq!(read(b"{}", &[&key()]), Err(RefundNotificationError::Xml(XmlError::NotXml)));
        let nested = STANDARD.encode(seal(b"<root><a><b>1</b></a></root>", &key()));
        assert_eq!(hint(&nested, &[&key()]), Err(RefundNotificationError::InnerXml(XmlError::Nested)));
        let incomplete =
            STANDARD.encode(seal(b"<root><refund_status>SUCCESS</refund_status></root>", &key()));
        assert_eq!(hint(&incomplete, &[&key()]), Err(Malformed::missing("transaction_id").into()));
    }

    #[test]
    fn each_refusal_names_its_stage() {
        for (error, stage) in [
            (RefundNotificationError::Xml(XmlError::TooLong), Stage::Size),
            (RefundNotificationError::ReturnCodeFail, Stage::Signature),
            (RefundNotificationError::NotBase64, Stage::Signature),
            (RefundNotificationError::Undecipherable, Stage::Signature),
            (RefundNotificationError::InnerXml(XmlError::Nested), Stage::Signature),
            (Malformed::missing("refund_id").into(), Stage::Business),
        ] {
            assert_eq!(error.stage(), stage);
        }
    }
}
