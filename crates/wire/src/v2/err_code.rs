//! `err_code` of an authenticated business refusal, and what the caller must do (protocol §3.7, §4.3, §5,
//! §7.4, §7.5). `ORDER_NOT_READY`, `REFUND_FEE_MISMATCH` and `CERT_ERROR` are not in the protocol reference.

use std::fmt;

use crate::v2::Advice;

/// Declares the codes: variant, text on the wire, advice.
macro_rules! err_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal => $advice:ident),+ $(,)?) => {
        /// A known code of the gateway, or another one.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum ErrCode {
            $($(#[$doc])* $variant,)+
            /// A code that is not known here.
            Other(Box<str>),
        }

        impl ErrCode {
            /// Every known code.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// Reads the code as the wire writes it.
            #[must_use]
            pub fn new(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text.into()),
                }
            }

            /// The code as the wire writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// What to do about the refused call.
            ///
            /// The advice depends on the code and not on the call. If the tables of two calls differ, it is
            /// the safer reading (`Query` instead of `Refuse`), because a query costs nothing.
            #[must_use]
            pub const fn advice(&self) -> Advice {
                match self {
                    $(Self::$variant => Advice::$advice,)+
                    Self::Other(_) => Advice::Refuse,
                }
            }
        }
    };
}

err_codes! {
    /// The gateway failed or was late. The outcome is unknown: repeat the call unchanged.
    SystemError = "SYSTEMERROR" => RepeatSame,
    /// Refund: repeat with the same `out_refund_no`, which must not change.
    BizErrNeedRetry = "BIZERR_NEED_RETRY" => RepeatSame,
    /// Refund: the balance does not cover it yet. Keep the number and repeat for 12 to 48 hours (protocol
    /// §7.1).
    NotEnough = "NOTENOUGH" => RepeatSame,
    /// The calls came too fast. Repeat more slowly.
    FrequencyLimited = "FREQUENCY_LIMITED" => RepeatSame,
    /// Too many invalid refunds. Wait a minute, then repeat.
    InvalidReqTooMuch = "INVALID_REQ_TOO_MUCH" => RepeatSame,

    /// The order is already paid: query the details and deliver.
    OrderPaid = "ORDERPAID" => Query,
    /// No such order, or it is not visible yet: wait 30 s and query again.
    OrderNotExist = "ORDERNOTEXIST" => Query,
    /// The number was used with other values.
    OutTradeNoUsed = "OUT_TRADE_NO_USED" => Query,
    /// A malformed parameter, or a repeated call with other values (text `201 商户订单号重复`): query the order
    /// first.
    InvalidRequest = "INVALID_REQUEST" => Query,
    /// The state of the order does not allow the call.
    TradeStateError = "TRADE_STATE_ERROR" => Query,
    /// Refund: the order is still being processed. Repeat later with the same number.
    OrderNotReady = "ORDER_NOT_READY" => RepeatSame,

    /// Refund: the text gives the reason, for instance that the payment is already fully refunded.
    Error = "ERROR" => Query,

    /// The order is closed, and its number cannot be used again. For a call that closes the order, this is
    /// success.
    OrderClosed = "ORDERCLOSED" => Refuse,
    /// No such refund.
    RefundNotExist = "REFUNDNOTEXIST" => Refuse,

    /// Refund: the number was used for a refund of another amount or order.
    RefundFeeMismatch = "REFUND_FEE_MISMATCH" => Refuse,

    /// The merchant may not make this call: the product is not open, or the merchant platform allows refunds
    /// only from a list of addresses.
    NoAuth = "NOAUTH" => Operator,
    /// No such `appid`.
    AppIdNotExist = "APPID_NOT_EXIST" => Operator,
    /// No such `mch_id`.
    MchIdNotExist = "MCHID_NOT_EXIST" => Operator,
    /// `appid` and `mch_id` are not bound to each other.
    AppIdMchIdNotMatch = "APPID_MCHID_NOT_MATCH" => Operator,
    /// A field is missing.
    LackParams = "LACK_PARAMS" => Operator,
    /// A field is wrong.
    ParamError = "PARAM_ERROR" => Operator,
    /// `transaction_id` is wrong.
    InvalidTransactionId = "INVALID_TRANSACTIONID" => Operator,
    /// Refund: the client certificate is wrong or has expired.
    CertError = "CERT_ERROR" => Operator,
    /// The signature is wrong: key or algorithm.
    SignError = "SIGNERROR" => Operator,
    /// Our XML is wrong.
    XmlFormatError = "XML_FORMAT_ERROR" => Operator,
    /// We did not use POST.
    RequirePostMethod = "REQUIRE_POST_METHOD" => Operator,
    /// We sent no body.
    PostDataEmpty = "POST_DATA_EMPTY" => Operator,
    /// We sent another encoding.
    NotUtf8 = "NOT_UTF8" => Operator,
    /// Refund: the payment is over a year old. Pay the money back another way.
    TradeOverdue = "TRADE_OVERDUE" => Operator,
    /// Refund: the payer's account is gone. Pay the money back another way.
    UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL" => Operator,
}

impl ErrCode {
    /// What a person must do about the code; `None` if there is nothing specific to say.
    #[must_use]
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::NoAuth => Some(
                "Open the product in WeChat Pay's merchant platform. For a refund: switch off the list of addresses that may refund (Account Center, API security), since a Worker has no address of its own.",
            ),
            Self::CertError => Some(
                "Download the API certificate again in WeChat Pay's merchant platform and upload it: npx wrangler mtls-certificate upload.",
            ),
            Self::NotEnough => Some(
                "Top up the account, or choose the available balance (refund_account), and try the refund now.",
            ),
            Self::SignError => {
                Some("Compare WECHAT_API_KEY and WECHAT_SIGN_TYPE with WeChat Pay's merchant platform.")
            }
            Self::AppIdNotExist | Self::MchIdNotExist | Self::AppIdMchIdNotMatch => {
                Some("Compare WECHAT_APPID and WECHAT_MCH_ID with WeChat Pay's merchant platform.")
            }
            Self::TradeOverdue => Some("The payment is over a year old: pay the shopper back another way."),
            Self::UserAccountAbnormal => {
                Some("The payer's account is gone: pay the shopper back another way.")
            }
            Self::RefundFeeMismatch => {
                Some("The number belongs to another refund at WeChat Pay: use a new one.")
            }
            _ => None,
        }
    }

    /// The shortest pause before a repeat, in seconds, if the tables name one.
    #[must_use]
    pub const fn least_pause_seconds(&self) -> Option<u32> {
        match self {
            Self::InvalidReqTooMuch => Some(60),
            Self::OrderNotExist => Some(30),
            _ => None,
        }
    }
}

impl fmt::Display for ErrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ErrCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ErrCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        Ok(Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of protocol §3.7, §4.3, §5, §7.4 and §7.5, written out a second time, and three of
    /// refunds that no table there has: `ORDER_NOT_READY`, `REFUND_FEE_MISMATCH`, `CERT_ERROR`.
    const TABLES: [(&str, Advice); 30] = [
        ("SYSTEMERROR", Advice::RepeatSame),
        ("BIZERR_NEED_RETRY", Advice::RepeatSame),
        ("NOTENOUGH", Advice::RepeatSame),
        ("FREQUENCY_LIMITED", Advice::RepeatSame),
        ("INVALID_REQ_TOO_MUCH", Advice::RepeatSame),
        ("ORDER_NOT_READY", Advice::RepeatSame),
        ("REFUND_FEE_MISMATCH", Advice::Refuse),
        ("CERT_ERROR", Advice::Operator),
        ("ORDERPAID", Advice::Query),
        ("ORDERNOTEXIST", Advice::Query),
        ("OUT_TRADE_NO_USED", Advice::Query),
        ("INVALID_REQUEST", Advice::Query),
        ("TRADE_STATE_ERROR", Advice::Query),
        ("ERROR", Advice::Query),
        ("ORDERCLOSED", Advice::Refuse),
        ("REFUNDNOTEXIST", Advice::Refuse),
        ("NOAUTH", Advice::Operator),
        ("APPID_NOT_EXIST", Advice::Operator),
        ("MCHID_NOT_EXIST", Advice::Operator),
        ("APPID_MCHID_NOT_MATCH", Advice::Operator),
        ("LACK_PARAMS", Advice::Operator),
        ("PARAM_ERROR", Advice::Operator),
        ("INVALID_TRANSACTIONID", Advice::Operator),
        ("SIGNERROR", Advice::Operator),
        ("XML_FORMAT_ERROR", Advice::Operator),
        ("REQUIRE_POST_METHOD", Advice::Operator),
        ("POST_DATA_EMPTY", Advice::Operator),
        ("NOT_UTF8", Advice::Operator),
        ("TRADE_OVERDUE", Advice::Operator),
        ("USER_ACCOUNT_ABNORMAL", Advice::Operator),
    ];

    #[test]
    fn every_code_of_the_tables_is_known_and_says_what_to_do() {
        assert_eq!(ErrCode::KNOWN.len(), TABLES.len());
        for (text, advice) in TABLES {
            let code = ErrCode::new(text);
            assert!(ErrCode::KNOWN.contains(&code), "{text}");
            assert_eq!((code.as_str(), code.advice()), (text, advice));
        }
    }

    #[test]
    fn an_unknown_code_is_kept_and_refuses() {
        let code = ErrCode::new("SOMETHING_NEW");
        assert_eq!(code, ErrCode::Other("SOMETHING_NEW".into()));
        assert_eq!((code.to_string().as_str(), code.advice()), ("SOMETHING_NEW", Advice::Refuse));
    }

    #[test]
    fn only_two_codes_name_a_pause() {
        let paused: Vec<_> = ErrCode::KNOWN
            .iter()
            .filter_map(|code| Some((code.as_str(), code.least_pause_seconds()?)))
            .collect();
        assert_eq!(paused, [("INVALID_REQ_TOO_MUCH", 60), ("ORDERNOTEXIST", 30)]);
    }
}
