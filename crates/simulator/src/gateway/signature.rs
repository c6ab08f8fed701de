//! Signs what the gateway sends, and explains why a received signature does not verify (protocol §2).
//!
//! `wire` verifies the calls. The digest is implemented here a second time on purpose, to sign answers and
//! notifications. A mistake in either implementation then shows as a signature that does not verify.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use wire::v2::SignType;

/// The text that is signed, up to `&key=`: all fields but `sign` and the empty ones, sorted by bytes.
pub(super) fn signing_text<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut fields: Vec<(&str, &str)> =
        fields.filter(|(name, value)| *name != "sign" && !value.is_empty()).collect();
    fields.sort_unstable();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The signature of fields.
pub(super) fn sign<'a>(
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    sign_type: SignType,
    key: &str,
) -> String {
    digest(&format!("{}&key={key}", signing_text(fields)), sign_type, key)
}

fn digest(text: &str, sign_type: SignType, key: &str) -> String {
    match sign_type {
        SignType::Md5 => upper_hex(&Md5::digest(text)),
        // This cannot fail: HMAC takes keys of any length. An empty signature would not verify anywhere.
        SignType::HmacSha256 => Hmac::<Sha256>::new_from_slice(key.as_bytes())
            .map(|mac| upper_hex(&mac.chain_update(text).finalize().into_bytes()))
            .unwrap_or_default(),
    }
}

fn upper_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A wrong signature of the same length and alphabet.
pub(super) fn with_one_digit_changed(sign: &str) -> String {
    let mut changed = sign.to_owned();
    let last = if changed.pop() == Some('0') { '1' } else { '0' };
    changed.push(last);
    changed
}

/// What a developer needs to know about the signature of one call. It does not contain the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureReport {
    /// Whether the signature of the call verified.
    pub verified: bool,
    /// The algorithm that the call asked for.
    pub sign_type: String,
    /// The text that the gateway signed, with a remark in place of the key.
    pub signing_text: String,
    /// The `sign` of the call.
    pub received: String,
    /// The signature that would verify.
    pub expected: String,
    /// What seems to be wrong, if the gateway recognises the mistake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

pub(super) fn report(
    fields: &[(String, String)],
    sign_type: SignType,
    key: &str,
    verified: bool,
) -> SignatureReport {
    let pairs = || fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let received =
        pairs().find(|(name, _)| *name == "sign").map(|(_, value)| value.to_owned()).unwrap_or_default();
    SignatureReport {
        verified,
        sign_type: sign_type.as_str().to_owned(),
        signing_text: format!("{}&key=(the merchant's key, 32 characters)", signing_text(pairs())),
        expected: sign(pairs(), sign_type, key),
        hint: if verified { None } else { hint(fields, sign_type, key, &received) },
        received,
    }
}

/// Tries the usual mistakes of integrators, one by one (protocol §10.2).
fn hint(fields: &[(String, String)], sign_type: SignType, key: &str, received: &str) -> Option<String> {
    let other = match sign_type {
        SignType::Md5 => SignType::HmacSha256,
        SignType::HmacSha256 => SignType::Md5,
    };
    let pairs = || fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let is = |candidate: &str| candidate.eq_ignore_ascii_case(received);
    let text = signing_text(pairs());
    let signed = |text: &str, with: SignType| digest(&format!("{text}&key={key}"), with, key);

    if received.is_empty() {
        return Some("the call carries no sign".to_owned());
    }
    if is(&signed(&text, sign_type)) {
        return Some("right digest in lower case: a signature is upper case".to_owned());
    }
    if is(&signed(&text, other)) {
        return Some(format!("signed with {}, but the call says {}", other.as_str(), sign_type.as_str()));
    }
    if is(&digest(&text, SignType::HmacSha256, key)) {
        return Some("HMAC over the text without &key=: the key is appended there, too".to_owned());
    }
    let without_sign_type = signing_text(pairs().filter(|(name, _)| *name != "sign_type"));
    if is(&signed(&without_sign_type, sign_type)) {
        return Some("sign_type was left out of the signature: it joins when it is sent".to_owned());
    }
    let mut all: Vec<(&str, &str)> = pairs().filter(|(name, _)| *name != "sign").collect();
    all.sort_unstable();
    let with_empty = all.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    if is(&signed(&with_empty, sign_type)) {
        return Some("empty fields were signed: they are left out".to_owned());
    }
    let encoded = all.iter().filter(|(_, value)| !value.is_empty());
    let encoded =
        encoded.map(|(name, value)| format!("{name}={}", form_encoded(value))).collect::<Vec<_>>().join("&");
    if is(&signed(&encoded, sign_type)) {
        return Some("values were URL-encoded before signing: they are signed as they are".to_owned());
    }
    let trimmed: Vec<(&str, &str)> = pairs().map(|(name, value)| (name, value.trim())).collect();
    if is(&signed(&signing_text(trimmed.into_iter()), sign_type)) {
        return Some("values were trimmed before signing: blanks at the edges belong to them".to_owned());
    }
    if let Some((left_out, _)) = pairs().find(|(left_out, _)| {
        is(&signed(&signing_text(pairs().filter(|(name, _)| name != left_out)), sign_type))
    }) {
        return Some(format!("{left_out} was left out of the signature: every field that is sent joins"));
    }
    let in_order: Vec<String> = pairs()
        .filter(|(name, value)| *name != "sign" && !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if is(&signed(&in_order.join("&"), sign_type)) {
        return Some("fields were signed in the order of the document: they are sorted by name".to_owned());
    }
    match received.len() {
        32 | 64 => {
            Some("none of the usual mistakes: compare the signing text with yours, then the key".to_owned())
        }
        length => Some(format!("a sign is 32 (MD5) or 64 (HMAC-SHA256) characters, this one {length}")),
    }
}

fn form_encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
    const PUBLISHED: [(&str, &str); 5] = [
        ("mch_id", "10000100"),
        ("device_info", "1000"),
        ("appid", "wxd930ea5d5a258f4f"),
        ("nonce_str", "ibuaiVcKdpRxkhJA"),
        ("body", "test"),
    ];

    #[test]
    fn the_published_example_has_its_published_signatures() {
        assert_eq!(sign(PUBLISHED.into_iter(), SignType::Md5, KEY), "9A0A8659F005D6984697E2CA0A9CF3B7");
        assert_eq!(
            sign(PUBLISHED.into_iter(), SignType::HmacSha256, KEY),
            "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"
        );
    }

    #[test]
    fn names_are_sorted_by_bytes_and_only_the_empty_text_is_empty() {
        let fields = [
            ("coupon_fee_10", "10"),
            ("coupon_fee_2", "2"),
            ("a_", "y"),
            ("a1", "0"),
            ("B", ""),
            ("body", " "),
        ];
        assert_eq!(signing_text(fields.into_iter()), "a1=0&a_=y&body= &coupon_fee_10=10&coupon_fee_2=2");
    }

    fn hint_for(sign: String) -> String {
        let mut fields: Vec<(String, String)> =
            PUBLISHED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        fields.push(("sign".to_owned(), sign));
        report(&fields, SignType::Md5, KEY, false).hint.unwrap()
    }

    #[test]
    fn a_developer_is_told_which_usual_mistake_it_is() {
        let in_order =
            "mch_id=10000100&device_info=1000&appid=wxd930ea5d5a258f4f&nonce_str=ibuaiVcKdpRxkhJA&body=test";
        let without_device = PUBLISHED.into_iter().filter(|(name, _)| *name != "device_info");
        assert!(hint_for(String::new()).contains("no sign"));
        assert!(
            hint_for(sign(PUBLISHED.into_iter(), SignType::HmacSha256, KEY))
                .contains("signed with HMAC-SHA256")
        );
        assert!(
            hint_for(sign(PUBLISHED.into_iter(), SignType::Md5, KEY).to_lowercase()).contains("lower case")
        );
        assert!(hint_for(sign(without_device, SignType::Md5, KEY)).contains("device_info was left out"));
        assert!(
            hint_for(digest(&format!("{in_order}&key={KEY}"), SignType::Md5, KEY)).contains("sorted by name")
        );
        assert!(hint_for("0".repeat(32)).contains("none of the usual mistakes"));
    }

    #[test]
    fn the_report_holds_no_key() {
        let fields = [("appid".to_owned(), "wx1".to_owned())];
        let report = report(&fields, SignType::Md5, KEY, false);
        assert!(!serde_json::to_string(&report).unwrap().contains(KEY));
    }
}
