//! The gateway's own identifiers, in the forms seen in the field (protocol §1.8), drawn from a seed.
//!
//! Two gateways with the same seed and the same inputs hand out the same identifiers, so a failing run can be
//! repeated.

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::china_time::ChinaTime;
use super::random::Random;

const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const UPPER_HEX: &[u8] = b"0123456789ABCDEF";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Hands out identifiers. A saved state holds its position in the random sequence.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Ids {
    random: Random,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Ids {
        Ids { random: Random::new(seed) }
    }

    /// The random sequence behind the identifiers, which also shuffles fields.
    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet[(self.random.next() % alphabet.len() as u64) as usize]))
            .collect()
    }

    /// The `nonce_str` of an answer: 16 upper-case hexadecimal characters.
    pub(super) fn nonce(&mut self) -> String {
        self.text(UPPER_HEX, 16)
    }

    /// The nonce of a signature or seal of API v3.
    #[cfg(feature = "v3")]
    pub(super) fn nonce_of(&mut self, length: usize) -> String {
        self.text(ALPHANUMERIC, length)
    }

    /// The id of an event of API v3, in the form of a UUID.
    #[cfg(feature = "v3")]
    pub(super) fn event_id(&mut self) -> String {
        let parts = [8, 4, 4, 4, 12].map(|length| self.text(HEX, length));
        parts.join("-")
    }

    /// 36 characters: `wx`, the day and time in UTC+8, and 26 more.
    pub(super) fn prepay_id(&mut self, now_ms: i64) -> String {
        format!("wx{}{}", ChinaTime::at(now_ms).day_and_time(), self.text(HEX, 26))
    }

    /// A Native code in its present form.
    pub(super) fn code_url(&mut self) -> String {
        format!("weixin://wxpay/bizpayurl?pr={}zz", self.text(ALPHANUMERIC, 7))
    }

    /// 28 digits that begin with 42 and contain the day of the payment.
    pub(super) fn transaction_id(&mut self, now_ms: i64) -> String {
        format!("4200002741{}{}", ChinaTime::at(now_ms).date(), self.text(DIGITS, 10))
    }

    /// 8 digits. The other coupons of the same payment get the next numbers.
    pub(super) fn coupon_id(&mut self) -> u64 {
        10_000_000 + self.random.next() % 80_000_000
    }

    /// 29 digits that begin with 50 and contain the day of the refund.
    pub(super) fn refund_id(&mut self, now_ms: i64) -> String {
        format!("5030080741{}{}", ChinaTime::at(now_ms).date(), self.text(DIGITS, 11))
    }

    /// The number of a refund that is made by hand: the merchant number, the day, and 10 digits. The
    /// documents show no such number.
    pub(super) fn platform_refund_number(&mut self, mch_id: &str, now_ms: i64) -> String {
        format!("{mch_id}{}{}", ChinaTime::at(now_ms).date(), self.text(DIGITS, 10))
    }

    /// The `Request-ID` header of a notification: 32 upper-case hexadecimal characters.
    pub(super) fn request_id(&mut self) -> String {
        self.text(UPPER_HEX, 32)
    }
}

/// The `openid` of a payer under an `appid`, always the same for both: 28 characters that begin with `o`.
pub(super) fn openid(appid: &str, payer: &str) -> String {
    let digest = Md5::digest(format!("{appid}/{payer}"));
    let second = Md5::digest(digest);
    let letters = digest.iter().chain(second.iter()).take(27);
    let letters = letters.map(|byte| char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()]));
    std::iter::once('o').chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_lengths_that_merchants_store() {
        let mut ids = Ids::new(1);
        assert_eq!(ids.prepay_id(0).len(), 36);
        assert_eq!(ids.transaction_id(0).len(), 28);
        assert_eq!(ids.refund_id(0).len(), 29);
        assert_eq!(openid("wx5c1f9e2a7d3b6048", "me").len(), 28);
        assert!(ids.code_url().len() <= 64);
    }

    #[test]
    fn one_payer_keeps_one_openid_and_two_payers_have_two() {
        assert_eq!(openid("wx1", "me"), openid("wx1", "me"));
        assert_ne!(openid("wx1", "me"), openid("wx1", "friend"));
        assert_ne!(openid("wx1", "me"), openid("wx2", "me"));
    }

    #[test]
    fn a_seed_repeats_its_identifiers() {
        assert_eq!(Ids::new(7).code_url(), Ids::new(7).code_url());
        assert_ne!(Ids::new(7).code_url(), Ids::new(8).code_url());
    }
}
