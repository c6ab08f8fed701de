//! Compact JWS (RFC 7515) with HS256: whether the merchant has signed a text. Pure.
//!
//! The algorithm is pinned, and the key comes only from the configuration. Nothing in a header chooses either
//! of them (RFC 8725 §3.1), so a header may contain only `alg` and `typ`.

use api::MAX_OFFER_BYTES;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use serde::Deserialize;

use crate::secret::OfferKey;

/// The only algorithm.
const ALGORITHM: &str = "HS256";

impl OfferKey {
    /// The payload, if the merchant's signature verifies.
    pub(crate) fn payload(&self, jws: &str) -> Result<Vec<u8>, Forgery> {
        if jws.len() > MAX_OFFER_BYTES {
            return Err(Forgery::TooLong(jws.len()));
        }
        let (signed, signature) = jws.rsplit_once('.').ok_or(Forgery::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(Forgery::Form)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Forgery::Form);
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let header: Header = object(&header).map_err(Forgery::Header)?;
        if header.alg != ALGORITHM {
            return Err(Forgery::Header(format!("its `alg` is `{}`", header.alg)));
        }
        if self.signed(signed, &signature) { Ok(payload) } else { Err(Forgery::Signature) }
    }

    /// Compares in constant time.
    fn signed(&self, text: &str, signature: &[u8]) -> bool {
        let Some(mut mac) = self.mac() else { return false };
        mac.update(text.as_bytes());
        mac.verify_slice(signature).is_ok()
    }
}

/// Why a text does not count as signed by the merchant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Forgery {
    /// The text is longer than any offer needs.
    #[error("the offer has {0} bytes; an offer has at most {MAX_OFFER_BYTES}")]
    TooLong(usize),
    /// The text is not a compact JWS.
    #[error(
        "the offer is not a compact JWS, three parts of base64url joined by dots; put it into the page as it was made"
    )]
    Form,
    /// The header is not the only one that is allowed.
    #[error(
        "the header of the offer must be {{\"alg\":\"HS256\"}}, with a `typ` or without, and nothing else: {0}"
    )]
    Header(String),
    /// The merchant has not signed the text, or it was changed afterwards.
    #[error(
        "the offer was not signed with this Worker's OFFER_KEY, or was changed since; make it anew with that key"
    )]
    Signature,
}

/// What a header may contain. `crit`, `jwk`, `jku`, `x5c` and the like are refused because they are not here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    #[serde(rename = "typ", default)]
    _typ: Option<String>,
}

/// Reads a JSON object. (serde would also take an array that has the fields in their order.)
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, String> {
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err("it is no JSON object".into());
    }
    crate::json::read(json).map_err(|error| error.to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use hmac::{Hmac, KeyInit};
    use sha2::Sha256;

    use super::*;

    const KEY: &str = "an offer key of the tests, 32 b.";
    const HEADER: &str = r#"{"alg":"HS256"}"#;
    const GOOD: &str = r#"{"sku":"tea","amount":8800}"#;

    pub(crate) fn signed_with(key: &str, header: &str, payload: &str) -> String {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn payload(jws: &str) -> Result<Vec<u8>, Forgery> {
        OfferKey::new(KEY).unwrap().payload(jws)
    }

    #[test]
    fn the_published_example_of_the_standard_verifies() {
        // RFC 7515 appendix A.1.
        let key = OfferKey::of_bytes(
            URL_SAFE_NO_PAD
                .decode(
                    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
                )
                .unwrap(),
        );
        let jws = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0\
                   dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(key.payload(jws).unwrap().starts_with(br#"{"iss":"joe""#));
        assert_eq!(payload(jws), Err(Forgery::Signature));
    }

    #[test]
    fn an_offer_that_was_changed_anywhere_is_refused() {
        let jws = signed_with(KEY, HEADER, GOOD);
        for (at, byte) in jws.bytes().enumerate() {
            let mut changed = jws.clone().into_bytes();
            changed[at] = if byte == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(payload(&changed).is_err(), "at {at}: {changed}");
        }
        let cheap = URL_SAFE_NO_PAD.encode(GOOD.replace("8800", "1"));
        let parts: Vec<&str> = jws.split('.').collect();
        assert_eq!(payload(&[parts[0], &cheap, parts[2]].join(".")), Err(Forgery::Signature));
    }

    #[test]
    fn another_key_a_cut_signature_or_none_opens_nothing() {
        let jws = signed_with(KEY, HEADER, GOOD);
        let unsigned = jws.rsplit_once('.').unwrap().0.to_owned();
        let signature = URL_SAFE_NO_PAD.decode(jws.rsplit_once('.').unwrap().1).unwrap();
        let half = URL_SAFE_NO_PAD.encode(&signature[..16]);
        for forged in [
            signed_with("another offer key of 32 letters!", HEADER, GOOD),
            format!("{unsigned}."),
            format!("{unsigned}.{half}"),
            format!("{jws}AA"),
        ] {
            let refusal = payload(&forged).unwrap_err();
            assert!(matches!(refusal, Forgery::Signature | Forgery::Form), "{forged}: {refusal}");
        }
    }

    #[test]
    fn a_header_chooses_neither_the_algorithm_nor_the_key() {
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":["HS256"]}"#,
            r#"{"alg":"HS256","alg":"HS256"}"#,
            r#"{"alg":"HS256","crit":["exp"]}"#,
            r#"{"alg":"HS256","b64":false}"#,
            r#"{"alg":"HS256","kid":"../../dev/null"}"#,
            r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#,
            r#"{"alg":"HS256","jku":"https://evil.example/keys"}"#,
            r#"{"alg":"HS256","x5c":[]}"#,
            r#"{"alg":"HS256","zip":"DEF"}"#,
            r#"{"typ":"JWT"}"#,
            r#"["HS256"]"#,
            "{}",
            "",
        ] {
            for jws in [signed_with(KEY, header, GOOD), signed_with("", header, GOOD)] {
                assert!(matches!(payload(&jws), Err(Forgery::Header(_))), "{header}");
            }
        }
    }

    #[test]
    fn what_is_no_compact_jws_is_refused_by_its_form() {
        let jws = signed_with(KEY, HEADER, GOOD);
        for text in [
            "",
            ".",
            "..",
            "...",
            "tea",
            "茶.茶.茶",
            "\0",
            &format!("{jws}="),
            &format!("{jws}."),
            &format!(" {jws}"),
            &format!("{jws}\n"),
            &format!("{jws}.{jws}"),
            &jws.replace('.', " "),
        ] {
            let refusal = payload(text).unwrap_err();
            assert!(matches!(refusal, Forgery::Form | Forgery::Header(_)), "{text:?}: {refusal}");
        }
    }

    #[test]
    fn an_offer_beyond_all_measure_is_not_even_decoded() {
        let long = signed_with(KEY, HEADER, &"a".repeat(MAX_OFFER_BYTES));
        assert_eq!(payload(&long), Err(Forgery::TooLong(long.len())));
    }
}
