//! Order numbers and status tokens: both are keyed hashes, so neither needs a table. Pure.
//!
//! The order number (`out_trade_no`) comes from the page's idempotency key. One key names one Durable Object,
//! so a repeated request finds its order without a look-up. The status token comes from the order number, so
//! the edge refuses a stranger without waking the object. Neither can be guessed without `ORDER_SECRET`.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use wire::OutTradeNo;
use wire::v2::SignType;
use wire::v3::Edition;

use crate::secret::OrderSecret;

/// How many characters of an order number come from the key: 120 bits.
const KEY_CHARACTERS: usize = 24;
/// How many characters of an order number are its checksum, by which we recognise our numbers: 25 bits.
const CHECKSUM_CHARACTERS: usize = 5;
/// How many bytes of the hash are in a status token: 192 bits, 32 characters of base64url.
const TOKEN_BYTES: usize = 24;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// How an order talks to WeChat Pay, as far as its number says it. It is the order's for life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// API v2, signed so.
    V2(SignType),
    /// API v3, of this edition.
    V3(Edition),
}

impl Api {
    /// The first letter of such a number. Stored orders depend on these letters.
    const fn letter(self) -> char {
        match self {
            Self::V2(SignType::HmacSha256) => 'H',
            Self::V2(SignType::Md5) => 'M',
            Self::V3(Edition::Global) => 'G',
            Self::V3(Edition::Mainland) => 'C',
        }
    }

    fn of_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'H' => Self::V2(SignType::HmacSha256),
            b'M' => Self::V2(SignType::Md5),
            b'G' => Self::V3(Edition::Global),
            b'C' => Self::V3(Edition::Mainland),
            _ => return None,
        })
    }
}

/// The secret of new orders and, while it is being changed, the previous secret. Orders of the previous
/// secret keep their numbers and tokens as long as that secret is configured.
pub(crate) struct OrderSecrets {
    current: OrderSecret,
    previous: Option<OrderSecret>,
}

impl OrderSecrets {
    /// Takes both secrets.
    pub(crate) fn new(current: OrderSecret, previous: Option<OrderSecret>) -> Self {
        Self { current, previous }
    }

    /// The order number that an idempotency key gets today.
    pub(crate) fn order_number(&self, idempotency_key: &str, api: Api) -> Option<OutTradeNo> {
        self.current.order_number(idempotency_key, api)
    }

    /// The numbers that the same key may have got before the configuration was changed: by another of these
    /// APIs than today's, and with the previous secret.
    pub(crate) fn earlier_numbers(&self, idempotency_key: &str, today: Api, apis: &[Api]) -> Vec<OutTradeNo> {
        let by_the_secret_before = self
            .previous
            .iter()
            .flat_map(|previous| apis.iter().map(|api| previous.order_number(idempotency_key, *api)));
        let others = apis.iter().filter(|api| **api != today);
        others
            .map(|api| self.current.order_number(idempotency_key, *api))
            .chain(by_the_secret_before)
            .flatten()
            .collect()
    }

    /// How the order of a number talks to WeChat Pay, if this Worker has made the number. `None` for any
    /// other text, so that an invented number cannot wake an object.
    pub(crate) fn api_of(&self, number: &str) -> Option<Api> {
        self.both().find_map(|secret| secret.api_of(number))
    }

    /// The token that reads the order of this number. The secret that made the number also makes the token.
    pub(crate) fn status_token(&self, number: &OutTradeNo) -> Option<String> {
        let maker = self.both().find(|secret| secret.api_of(number.as_str()).is_some());
        maker.unwrap_or(&self.current).status_token(number)
    }

    /// Whether `token` reads the order of this number. Compares in constant time.
    pub(crate) fn verifies(&self, number: &OutTradeNo, token: &str) -> bool {
        self.makers(number)
            .filter_map(|secret| secret.status_token(number))
            .any(|own| bool::from(own.as_bytes().ct_eq(token.as_bytes())))
    }

    /// What only this Worker can answer to a text that it has just made up, to find out whether an address is
    /// its own.
    pub(crate) fn proof_of_self(&self, nonce: &str) -> Option<String> {
        self.current.proof_of_self(nonce)
    }

    /// The keyed hash of these bytes for one purpose, by which another part of this Worker knows that we have
    /// made them. A purpose has no byte of zero.
    pub(crate) fn mark(&self, purpose: &[u8], bytes: &[u8]) -> [u8; 32] {
        self.current.marking(purpose, bytes).finalize().into_bytes().into()
    }

    /// Whether one of our secrets makes this mark of these bytes. Compares in constant time.
    pub(crate) fn is_marked(&self, purpose: &[u8], bytes: &[u8], mark: &[u8; 32]) -> bool {
        self.both().any(|secret| secret.marking(purpose, bytes).verify_slice(mark).is_ok())
    }

    /// The order number, if it is one of ours and the token belongs to it.
    pub(crate) fn authorise(&self, number: &str, token: &str) -> Option<OutTradeNo> {
        let number = OutTradeNo::new(number).ok()?;
        self.verifies(&number, token).then_some(number)
    }

    /// The secret that has made this number, if it is configured.
    pub(crate) fn makers(&self, number: &OutTradeNo) -> impl Iterator<Item = &OrderSecret> {
        self.both().filter(|secret| secret.api_of(number.as_str()).is_some())
    }

    fn both(&self) -> impl Iterator<Item = &OrderSecret> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// Whether a text looks like an order number that some Worker has made. Its checksum may be by a secret that
/// is gone.
pub(crate) fn has_our_form(number: &str) -> bool {
    let length = KEY_CHARACTERS.saturating_add(CHECKSUM_CHARACTERS).saturating_add(1);
    number.len() == length
        && number.bytes().next().and_then(Api::of_letter).is_some()
        && number.bytes().skip(1).all(|byte| BASE32.contains(&byte))
}

impl OrderSecret {
    /// The order number of an idempotency key. Its first letter says how the order talks to WeChat Pay. So a
    /// notification is verified with the order's own algorithm and not with one that the message names
    /// (protocol §2.3).
    fn order_number(&self, idempotency_key: &str, api: Api) -> Option<OutTradeNo> {
        let hash = self.hash(b"order number", idempotency_key)?;
        let mut number: String =
            std::iter::once(api.letter()).chain(base32(&hash).take(KEY_CHARACTERS)).collect();
        number.push_str(&self.checksum(&number)?);
        OutTradeNo::new(&number).ok()
    }

    /// How the order of a number that this secret has made talks to WeChat Pay.
    fn api_of(&self, number: &str) -> Option<Api> {
        let (body, checksum) = number.split_at_checked(KEY_CHARACTERS.saturating_add(1))?;
        let ours = bool::from(self.checksum(body)?.as_bytes().ct_eq(checksum.as_bytes()));
        if ours { Api::of_letter(*body.as_bytes().first()?) } else { None }
    }

    /// A keyed checksum. In the hash its purpose is called `mark`; order numbers in use depend on this name.
    fn checksum(&self, body: &str) -> Option<String> {
        Some(base32(&self.hash(b"mark", body)?).take(CHECKSUM_CHARACTERS).collect())
    }

    fn proof_of_self(&self, nonce: &str) -> Option<String> {
        Some(base32(&self.hash(b"proof of self", nonce)?).collect())
    }

    fn status_token(&self, number: &OutTradeNo) -> Option<String> {
        use base64::Engine as _;
        let hash = self.hash(b"status token", number.as_str())?;
        Some(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.get(..TOKEN_BYTES)?))
    }

    /// A keyed hash for one purpose. No purpose has a byte of zero.
    pub(crate) fn hash(&self, purpose: &[u8], text: &str) -> Option<[u8; 32]> {
        Some(self.marking(purpose, text.as_bytes()).finalize().into_bytes().into())
    }

    fn marking(&self, purpose: &[u8], bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac();
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(bytes);
        mac
    }
}

/// The bits of `bytes` as letters, five bits each. Left-over bits at the end are dropped.
fn base32(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    bytes.chunks_exact(5).flat_map(|chunk| {
        let bits = chunk.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        (0..8_u32).rev().filter_map(move |digit| {
            let index = usize::try_from((bits >> digit.saturating_mul(5)) & 31).ok()?;
            BASE32.get(index).map(|byte| char::from(*byte))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HMAC: Api = Api::V2(SignType::HmacSha256);
    const MD5: Api = Api::V2(SignType::Md5);
    const ALL: [Api; 4] = [HMAC, MD5, Api::V3(Edition::Global), Api::V3(Edition::Mainland)];

    const SECRET: &str = "a secret of the tests, 32 bytes!";
    const NEXT: &str = "the secret that came after it...";

    fn secret() -> OrderSecrets {
        OrderSecrets::new(OrderSecret::new(SECRET).unwrap(), None)
    }

    /// The Worker after `ORDER_SECRET` was changed.
    fn changed() -> OrderSecrets {
        OrderSecrets::new(OrderSecret::new(NEXT).unwrap(), Some(OrderSecret::new(SECRET).unwrap()))
    }

    const KEY: &str = "0123456789abcdefghijkl";

    #[test]
    fn one_key_names_one_order_and_another_key_another() {
        let number = secret().order_number(KEY, HMAC).unwrap();
        assert_eq!(number, secret().order_number(KEY, HMAC).unwrap());
        assert_ne!(number, secret().order_number("0123456789abcdefghijkm", HMAC).unwrap());
    }

    #[test]
    fn the_derived_forms_stay_as_they_are_since_stored_orders_depend_on_them() {
        let number = secret().order_number(KEY, HMAC).unwrap();
        assert_eq!(number.as_str(), "Hsofdzih6lk5bu2sjsxzitzb5wztbw");
        assert_eq!(secret().status_token(&number).unwrap(), "Mr4-LiUqWnIbxKe9BGh8k24CpH177g3I");
    }

    #[test]
    fn an_order_number_says_how_its_order_talks_to_wechat_pay() {
        for (api, letter) in ALL.into_iter().zip(["H", "M", "G", "C"]) {
            let number = secret().order_number(KEY, api).unwrap();
            assert!(number.as_str().starts_with(letter) && has_our_form(number.as_str()));
            assert_eq!(secret().api_of(number.as_str()), Some(api));
        }
        assert!(!has_our_form("Xsofdzih6lk5bu2sjsxzitzb5wztbw"));
    }

    #[test]
    fn a_number_that_somebody_made_up_is_not_ours() {
        let number = secret().order_number(KEY, HMAC).unwrap();
        let [other_letter, of_v3] = ["M", "G"].map(|letter| number.as_str().replacen('H', letter, 1));
        let other_checksum = format!("{}a", &number.as_str()[..29]);
        for foreign in [
            "",
            "H",
            "HK20260301A0001",
            "Habcdefghijklmnopqrstuvwxabcde",
            &of_v3,
            &other_letter,
            &other_checksum,
        ] {
            assert!(number.as_str() != foreign);
            assert_eq!(secret().api_of(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_token_opens_its_own_order_and_no_other() {
        let number = secret().order_number(KEY, HMAC).unwrap();
        let other = secret().order_number("another key of 22 chars", HMAC).unwrap();
        let token = secret().status_token(&number).unwrap();
        assert!(secret().verifies(&number, &token));
        assert!(!secret().verifies(&other, &token));
        assert!(!secret().verifies(&number, ""));
        assert!(!secret().verifies(&number, &token[..31]));
    }

    #[test]
    fn who_brings_a_number_and_its_token_owns_that_order() {
        let number = secret().order_number(KEY, HMAC).unwrap();
        let token = secret().status_token(&number).unwrap();
        assert_eq!(secret().authorise(number.as_str(), &token).as_ref(), Some(&number));
        assert_eq!(secret().authorise(number.as_str(), "wrong"), None);
        // A foreign number, with a token that would be right if the number were ours.
        let foreign = OutTradeNo::new("HK20260301A0001").unwrap();
        assert_eq!(secret().authorise(foreign.as_str(), &secret().status_token(&foreign).unwrap()), None);
    }

    #[test]
    fn a_number_and_a_token_of_the_secret_before_are_still_known() {
        for api in ALL {
            let number = secret().order_number(KEY, api).unwrap();
            let token = secret().status_token(&number).unwrap();
            assert_eq!(changed().api_of(number.as_str()), Some(api));
            assert_eq!(changed().status_token(&number).unwrap(), token);
            assert!(changed().verifies(&number, &token));
            assert!(!changed().verifies(&number, &token[1..]));
        }
    }

    #[test]
    fn what_a_key_was_called_before_a_change_is_among_its_earlier_numbers_and_today_is_not() {
        let before = |api| secret().order_number(KEY, api).unwrap();
        for (today, other) in [(HMAC, MD5), (MD5, HMAC)] {
            assert_eq!(secret().earlier_numbers(KEY, today, &[HMAC, MD5]), [before(other)]);
            let earlier = changed().earlier_numbers(KEY, today, &[HMAC, MD5]);
            assert!(earlier.contains(&before(today)) && earlier.contains(&before(other)));
            assert!(!earlier.contains(&changed().order_number(KEY, today).unwrap()));
            assert_eq!(earlier.len(), 3);
        }
        // A shop that changes over to API v3.
        let [hmac, md5, global, _] = ALL;
        assert_eq!(secret().earlier_numbers(KEY, global, &[hmac, md5, global]), [before(hmac), before(md5)]);
    }
}
