//! Identifiers and addresses (protocol §1.4, §1.7, §1.8, §3.5). Each type is a checked text, and the rest of
//! the code uses only these types.

use crate::bounded::text_type;

/// Whether the text has `min` to `max` bytes, all of them allowed.
fn of(text: &str, min: usize, max: usize, allowed: fn(u8) -> bool) -> bool {
    (min..=max).contains(&text.len()) && text.bytes().all(allowed)
}

fn letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn order_number_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'|' | b'*' | b'@')
}

text_type!(
    /// `appid`: the account bound to the merchant number (protocol §1.4). Real ones are `wx` and 16 hex
    /// digits.
    AppId, "an appid", "1 to 32 letters and digits", |text| of(text, 1, 32, letter_or_digit)
);

text_type!(
    /// `mch_id` or `sub_mch_id`: the merchant number (protocol §1.4). Real ones have 8 to 10 digits.
    MchId, "a mch_id", "1 to 32 digits", |text| of(text, 1, 32, digit)
);

text_type!(
    /// `out_trade_no`: the merchant's own order number (protocol §1.7). Never use one twice.
    ///
    /// The type accepts what the global edition documents. For your own numbers use the narrower set that
    /// every edition accepts: see [`OutTradeNo::is_portable`].
    OutTradeNo, "an out_trade_no", "1 to 32 of letters, digits, _ - | * @", |text| of(text, 1, 32, order_number_byte)
);

impl OutTradeNo {
    /// Whether all editions of the interface accept the number: 6 to 32 letters, digits, `_` and `-`.
    #[must_use]
    pub fn is_portable(&self) -> bool {
        of(&self.0, 6, 32, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    }
}

text_type!(
    /// `out_refund_no`: the merchant's own number of one refund (protocol §1.7). A repeated number refunds
    /// only once.
    OutRefundNo, "an out_refund_no", "1 to 64 of letters, digits, _ - | * @", |text| of(text, 1, 64, order_number_byte)
);

text_type!(
    /// `transaction_id`: the gateway's number of a payment (protocol §1.8). Real ones have 28 digits.
    TransactionId, "a transaction_id", "1 to 32 digits", |text| of(text, 1, 32, digit)
);

text_type!(
    /// `refund_id`: the gateway's number of a refund (protocol §1.8). Real ones have 29 digits.
    RefundId, "a refund_id", "1 to 32 digits", |text| of(text, 1, 32, digit)
);

text_type!(
    /// `openid`: the payer, as one `appid` knows them (protocol §1.8). It is personal, so `Debug` redacts it.
    OpenId, "an openid", "1 to 128 of letters, digits, _ -",
    |text| of(text, 1, 128, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')), redacted
);

text_type!(
    /// `nonce_str`: random text, new for every call (protocol §1.4). The caller takes it from a secure
    /// source.
    Nonce, "a nonce_str", "1 to 32 letters and digits", |text| of(text, 1, 32, letter_or_digit)
);

text_type!(
    /// `prepay_id`: the session of a prepared payment (protocol §1.8). Do not parse it.
    PrepayId, "a prepay_id", "1 to 64 visible ASCII characters", |text| of(text, 1, 64, |byte| byte.is_ascii_graphic())
);

text_type!(
    /// `code_url`: the text to draw as a QR code (protocol §1.8). Any `weixin://wxpay/…`; do not parse it.
    ///
    /// The documents say at most 64 characters. This type accepts 256, because a longer text still makes a QR
    /// code.
    CodeUrl, "a code_url", "weixin://wxpay/ and more, at most 256 visible ASCII characters",
    |text| of(text, 16, 256, |byte| byte.is_ascii_graphic()) && text.starts_with("weixin://wxpay/")
);

text_type!(
    /// `notify_url`: where notifications go (protocol §3.5). HTTPS on port 443, without query, fragment or
    /// login.
    ///
    /// Plain HTTP is allowed for loopback addresses only: a simulator on the same machine can call them,
    /// WeChat cannot.
    NotifyUrl, "a notify_url", "https://host/path on port 443 without query or login, at most 256 characters", notify_url
);

fn notify_url(text: &str) -> bool {
    if !of(text, 1, 256, |byte| byte.is_ascii_graphic())
        || text.contains(['?', '#', '@', '\\', '<', '>', '"', '&'])
    {
        return false;
    }
    if let Some(rest) = text.strip_prefix("https://") {
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.strip_suffix(":443").unwrap_or(authority);
        return !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    }
    if let Some(rest) = text.strip_prefix("http://") {
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        return matches!(host, "127.0.0.1" | "localhost" | "[::1]") && port.parse::<u16>().is_ok();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_numbers_keep_to_the_documented_characters_and_lengths() {
        for good in ["A", "HK20260301A0001", "T_-|*@9", &"9".repeat(32)] {
            assert_eq!(OutTradeNo::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "订单", "a&b", "a=b", &"9".repeat(33)] {
            assert!(OutTradeNo::new(bad).is_err(), "{bad}");
        }
        assert!(OutTradeNo::new("HK_-26").unwrap().is_portable());
        assert!(!OutTradeNo::new("HK-26").unwrap().is_portable());
        assert!(!OutTradeNo::new("HK*2026").unwrap().is_portable());
        assert!(OutRefundNo::new(&"R".repeat(64)).is_ok());
        assert!(OutRefundNo::new(&"R".repeat(65)).is_err());
    }

    #[test]
    fn the_gateways_ids_are_digits_and_bounded() {
        assert!(TransactionId::new("4200002741202603010000000001").is_ok());
        assert!(TransactionId::new("42000027412026030100000000O1").is_err());
        assert!(TransactionId::new("").is_err());
        assert!(RefundId::new("50300807412026030212345678901").is_ok());
        assert!(RefundId::new(&"5".repeat(33)).is_err());
        assert!(MchId::new("1634117205").is_ok());
        assert!(MchId::new("1634 17205").is_err());
        assert!(AppId::new("wx5c1f9e2a7d3b6048").is_ok());
        assert!(AppId::new("wx-1").is_err());
        assert!(Nonce::new("ibuaiVcKdpRxkhJA").is_ok());
        assert!(Nonce::new(&"n".repeat(33)).is_err());
        assert!(PrepayId::new("wx201410272009395522657a690389285100").is_ok());
        assert!(PrepayId::new("wx 2").is_err());
    }

    #[test]
    fn debug_redacts_an_openid() {
        let openid = OpenId::new("oTestOpenId-A1b2C3d4E5f6G7h8").unwrap();
        assert_eq!(format!("{openid:?}"), "OpenId(redacted)");
        assert_eq!(openid.to_string(), "oTestOpenId-A1b2C3d4E5f6G7h8");
        assert!(OpenId::new("o&total_fee=1").is_err());
    }

    #[test]
    fn every_seen_form_of_code_url_is_accepted_and_nothing_else() {
        for good in [
            "weixin://wxpay/bizpayurl?pr=p4lpSuKzz",
            "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00",
            "weixin://wxpay/bizpayurl?sr=XXXXX",
            "weixin://wxpay/s/An4baqw",
        ] {
            assert!(CodeUrl::new(good).is_ok(), "{good}");
        }
        for bad in ["https://example.com/", "weixin://wxpay/", "weixin://wxpay/a b", "weixin://other/x"] {
            assert!(CodeUrl::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_notify_url_is_https_on_443_without_query_and_loopback_may_be_http() {
        for good in [
            "https://pay.example.com/wechat/notify",
            "https://pay.example.com:443/n",
            "http://127.0.0.1:8787/notify/wechat",
            "http://localhost/notify",
            "http://[::1]:8787/n",
        ] {
            assert!(NotifyUrl::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///path",
            "http://pay.example.com/n",
            "https://pay.example.com:8443/n",
            "https://pay.example.com/n?x=1",
            "https://pay.example.com/n#f",
            "https://user@pay.example.com/n",
            " https://pay.example.com/n",
            "ftp://pay.example.com/n",
            "http://127.0.0.1.example.com/n",
            "http://127.0.0.1:99999/n",
        ] {
            assert!(NotifyUrl::new(bad).is_err(), "{bad}");
        }
    }
}
