//! Who calls: the merchant, the certificate that its signatures name, and how answers are to be signed
//! (protocol §9.2, §9.3).

use crate::Merchant;
use crate::bounded::text_type;
use crate::v3::{Edition, Serial};

text_type!(
    /// `User-Agent`: the gateway refuses a request without one, and a Worker's `fetch` sends none by itself
    /// (protocol §9.1).
    UserAgent, "a User-Agent", "1 to 128 visible ASCII characters or blanks",
    |text| (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        && text.trim_ascii() == text
);

/// Everything that the calls of one merchant number have in common. It holds no secret.
///
/// `merchant.mch_id` signs. It is the merchant's own number, or the institution's (`sp_mchid`) if
/// `merchant.sub_mch_id` names a merchant under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The edition of the merchant number.
    pub edition: Edition,
    /// The merchant, alone or under an institution.
    pub merchant: Merchant,
    /// The serial number of the certificate whose private key signs our requests.
    pub certificate: Serial,
    /// The WeChat Pay public key that is to sign the answers (mainland). Each request then names it. Without
    /// it a merchant that has both gets answers that a platform certificate verifies.
    pub answers_with: Option<Serial>,
    /// Names the program.
    pub user_agent: UserAgent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_short_and_fits_into_a_header() {
        assert!(UserAgent::new("wechatpay-edge/0.1 (Worker)").is_ok());
        assert!(UserAgent::new(&"a".repeat(128)).is_ok());
        for bad in ["", " a", "a ", "a\r\nb", "茶", &*"a".repeat(129)] {
            assert!(UserAgent::new(bad).is_err(), "{bad:?}");
        }
    }
}
