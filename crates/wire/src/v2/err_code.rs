//! `err_code` of an authenticated business refusal, and what each asks of the caller
//! (protocol §3.7, §4.3, §5, §7.4, §7.5).

use std::fmt;

use crate::v2::Advice;

/// Declares the codes: variant, text on the wire, advice.
macro_rules! err_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal => $advice:ident),+ $(,)?) => {
        /// A code of the gateway's tables, or one we do not know.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum ErrCode {
            $($(#[$doc])* $variant,)+
            /// A code no table names.
            Other(Box<str>),
        }

        impl ErrCode {
            /// Every code of the tables.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// Reads the code as it stands on the wire.
            #[must_use]
            pub fn new(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text.into()),
                }
            }

            /// The code as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// What to do about the call that got it.
            ///
            /// One answer per code, whichever call got it: where the tables differ between calls the safer
            /// reading is taken (`Query` rather than `Refuse`), since asking costs nothing.
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
    /// The gateway failed or was late. The outcome is unknown: repeat unchanged.
    SystemError = "SYSTEMERROR" => RepeatSame,
    /// Refund: repeat with the same `out_refund_no`, by all means.
    BizErrNeedRetry = "BIZERR_NEED_RETRY" => RepeatSame,
    /// Refund: the balance does not cover it now. Keep the number and repeat for 12 to 48 hours.
    NotEnough = "NOTENOUGH" => RepeatSame,
    /// Too fast. Repeat more slowly.
    FrequencyLimited = "FREQUENCY_LIMITED" => RepeatSame,
    /// Too many invalid refunds. Wait a minute, then repeat.
    InvalidReqTooMuch = "INVALID_REQ_TOO_MUCH" => RepeatSame,

    /// The order is paid already: ask for the details and deliver.
    OrderPaid = "ORDERPAID" => Query,
    /// No such order, or not visible yet: wait 30 s and ask again.
    OrderNotExist = "ORDERNOTEXIST" => Query,
    /// The number was used with other values.
    OutTradeNoUsed = "OUT_TRADE_NO_USED" => Query,
    /// Malformed parameter, or a second call with other values (text `201 商户订单号重复`): look at the order first.
    InvalidRequest = "INVALID_REQUEST" => Query,
    /// The state of the order does not admit the call.
    TradeStateError = "TRADE_STATE_ERROR" => Query,
    /// Refund: the order is still being worked on. Repeat later with the same number.
    OrderNotReady = "ORDER_NOT_READY" => RepeatSame,

    /// Refund: the text says why, for instance that all is refunded already.
    Error = "ERROR" => Query,

    /// The order is closed: its number is burnt. To a call that closes it this is success.
    OrderClosed = "ORDERCLOSED" => Refuse,
    /// No such refund.
    RefundNotExist = "REFUNDNOTEXIST" => Refuse,

    /// Refund: the number was used for a refund of another amount or order.
    RefundFeeMismatch = "REFUND_FEE_MISMATCH" => Refuse,

    /// The merchant may not make this call: the product is not open, or the merchant platform allows refunds
    /// from a list of addresses only.
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
    /// Refund: paid over a year ago; the money must go another way.
    TradeOverdue = "TRADE_OVERDUE" => Operator,
    /// Refund: the payer's account is gone; the money must go another way.
    UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL" => Operator,
}

impl ErrCode {
    /// What a person must do about the code, for those that a person must cure.
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
                Some("The number stands for another refund at WeChat Pay: use a new one.")
            }
            _ => None,
        }
    }

    /// The least pause before the call may be repeated, where the tables name one, in seconds.
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
    fn a_code_no_table_names_is_kept_and_refuses() {
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
