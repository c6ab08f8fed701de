//! The headers that sign an answer or a notification, and the ways in which they can be wrong.

use super::super::Gateway;
use super::super::switches::{NotifyKey, PlatformKey};
use super::authorization::SCHEME;
use super::keyring::{self, PUBLIC_KEY_ID, UNKNOWN_SERIAL};

pub(super) type Headers = Vec<(&'static str, String)>;

/// A message outside this many seconds is too old or too new for a receiver.
const WINDOW_S: i64 = 300;

/// How a signature is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// No `Wechatpay-…` header.
    Unsigned,
    /// One character of the signature is another.
    WronglySigned,
    /// The body is changed after signing.
    BodyChanged,
    /// A line feed is added to the body after signing.
    LineFeed,
    /// The signature is of another body.
    Grafted,
    /// Exactly 300 seconds old.
    Stale,
    /// 300 seconds ahead.
    Early,
    /// Under a serial number that nothing has.
    UnknownSerial,
    /// Signed with the merchant's key, under the platform's serial number.
    MerchantKey,
    /// Signed by a stranger, under the platform's serial number.
    Stranger,
    /// Rightly signed by a certificate that has expired.
    ExpiredCertificate,
    /// WeChat Pay's own probe.
    Probe,
    /// `Wechatpay-Nonce` is missing.
    HeaderMissing,
    /// `Wechatpay-Signature-Type` names another algorithm.
    SignatureType,
}

impl Flaw {
    /// The body as it is sent.
    pub(super) fn body_sent(self, body: String) -> String {
        match self {
            Flaw::BodyChanged if body.contains("bizpayurl?pr=") => {
                body.replacen("bizpayurl?pr=", "bizpayurl?pr=x", 1)
            }
            Flaw::BodyChanged | Flaw::LineFeed => format!("{body}\n"),
            _ => body,
        }
    }
}

impl Gateway {
    /// The serial number of the key that signs an answer. A caller may ask for one.
    pub(super) fn serial_of_answer(&mut self, now_ms: i64, asked: Option<&str>) -> String {
        match (asked, self.switches.v3_platform_key) {
            (Some(serial), _) => serial.to_owned(),
            (None, PlatformKey::PublicKey) => PUBLIC_KEY_ID.to_owned(),
            (None, PlatformKey::Certificate | PlatformKey::Both) => self.serial_of_certificate(now_ms),
        }
    }

    /// The serial number of the key that signs a notification.
    pub(super) fn serial_of_notification(&mut self, now_ms: i64) -> String {
        let by_public_key = match (self.switches.v3_platform_key, self.switches.v3_notify_key) {
            (PlatformKey::PublicKey, _) | (PlatformKey::Both, NotifyKey::PublicKey) => true,
            (PlatformKey::Certificate, _) | (PlatformKey::Both, NotifyKey::Certificate) => false,
            (PlatformKey::Both, NotifyKey::Mixed) => self.ids.random().chance(0.5),
        };
        if by_public_key { PUBLIC_KEY_ID.to_owned() } else { self.serial_of_certificate(now_ms) }
    }

    fn serial_of_certificate(&mut self, now_ms: i64) -> String {
        let draw = self.ids.random().next();
        self.keyring(now_ms).serial(draw)
    }

    /// Signs a body. `mch_id` is the merchant who gets it.
    pub(super) fn signed_v3(
        &mut self,
        now_ms: i64,
        mch_id: &str,
        serial: &str,
        body: &[u8],
        flaw: Option<Flaw>,
    ) -> Headers {
        if flaw == Some(Flaw::Unsigned) {
            return Headers::new();
        }
        let now_s = now_ms.div_euclid(1000);
        let timestamp = match flaw {
            Some(Flaw::Stale) => now_s - WINDOW_S,
            Some(Flaw::Early) => now_s + WINDOW_S,
            _ => now_s,
        };
        let nonce = self.ids.nonce_of(32);
        let of_body = if flaw == Some(Flaw::Grafted) { b"{}" } else { body };
        let text = [format!("{timestamp}\n{nonce}\n").as_bytes(), of_body, b"\n"].concat();
        let filler = self.ids.nonce_of(300);
        let keyring = self.keyring(now_ms);
        let (serial, signature) = match flaw {
            Some(Flaw::UnknownSerial) => (UNKNOWN_SERIAL.to_owned(), keyring.sign(serial, &text)),
            Some(Flaw::MerchantKey) => (serial.to_owned(), keyring::sign_as_merchant(mch_id, &text)),
            Some(Flaw::Stranger) => (serial.to_owned(), keyring.sign_as_stranger(&text)),
            Some(Flaw::ExpiredCertificate) => keyring.sign_expired(&text),
            // What follows the prefix need not be base64.
            Some(Flaw::Probe) => (serial.to_owned(), format!("WECHATPAY/SIGNTEST/{filler}=a")),
            _ => (serial.to_owned(), keyring.sign(serial, &text)),
        };
        let signature = if flaw == Some(Flaw::WronglySigned) { another(&signature) } else { signature };
        let kind = if flaw == Some(Flaw::SignatureType) { "WECHATPAY2-SM2-WITH-SM3" } else { SCHEME };
        let all = [
            ("Wechatpay-Timestamp", timestamp.to_string()),
            ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Serial", serial),
            ("Wechatpay-Signature", signature),
            ("Wechatpay-Signature-Type", kind.to_owned()),
        ];
        let is_sent =
            |(name, _): &(&str, String)| flaw != Some(Flaw::HeaderMissing) || *name != "Wechatpay-Nonce";
        all.into_iter().filter(is_sent).collect()
    }
}

/// The signature with another first character: still base64 of the same length.
fn another(signature: &str) -> String {
    let mut chars = signature.chars();
    let first = if chars.next() == Some('A') { 'B' } else { 'A' };
    std::iter::once(first).chain(chars).collect()
}
