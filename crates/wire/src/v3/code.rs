//! `code` of a refusal, and what the caller must do (protocol §9.11).

use std::fmt;

use crate::v2::Advice;
use crate::v3::call::CallName;

/// Declares the codes: variant, text without underscores, advice.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal => $advice:ident),+ $(,)?) => {
        /// A known code of the gateway, or another one. Old and new pages spell the same code with and
        /// without underscores, so they are left out.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
            /// A code that is not known here, in upper case without underscores.
            Other(Box<str>),
        }

        impl Code {
            /// Every known code.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// Reads the code as the wire writes it.
            #[must_use]
            pub fn new(text: &str) -> Self {
                let text: String = text.chars().filter(|c| *c != '_').map(|c| c.to_ascii_uppercase()).collect();
                let known = Self::KNOWN.iter().find(|code| code.as_str() == text);
                known.cloned().unwrap_or_else(|| Self::Other(text.into()))
            }

            /// The code in upper case without underscores.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// What to do whichever call was refused; `None` for an unknown code.
            const fn usual_advice(&self) -> Option<Advice> {
                match self {
                    $(Self::$variant => Some(Advice::$advice),)+
                    Self::Other(_) => None,
                }
            }
        }
    };
}

codes! {
    /// The gateway failed. The outcome is unknown.
    SystemError = "SYSTEMERROR" => RepeatSame,
    /// The gateway is down. The outcome is unknown.
    ServiceUnavailable = "SERVICEUNAVAILABLE" => RepeatSame,
    /// Refund: repeat with the same number and the same parameters.
    BizErrNeedRetry = "BIZERRNEEDRETRY" => RepeatSame,
    /// Refund: the balance does not cover it. Repeat it later with the same number; an hour is advised.
    NotEnough = "NOTENOUGH" => RepeatSame,
    /// Too fast.
    FrequencyLimited = "FREQUENCYLIMITED" => RepeatSame,
    /// Too fast.
    RateLimited = "RATELIMITED" => RepeatSame,
    /// Too fast.
    RateLimitExceeded = "RATELIMITEXCEEDED" => RepeatSame,
    /// There is no bill for that day, or not yet.
    NoStatementExist = "NOSTATEMENTEXIST" => RepeatSame,
    /// The bill is being made.
    StatementCreating = "STATEMENTCREATING" => RepeatSame,

    /// The order is paid already. The query has the payment.
    OrderPaid = "ORDERPAID" => Query,
    /// No such order, or it is not visible yet: wait 30 s after placing.
    OrderNotExist = "ORDERNOTEXIST" => Query,
    /// The number was used with other parameters. It may have been our own first try.
    OutTradeNoUsed = "OUTTRADENOUSED" => Query,
    /// Refund: the number was used with other parameters.
    OutRefundNoUsed = "OUTREFUNDNOUSED" => Query,
    /// Well-formed and against a rule, for instance a repeat with other parameters.
    InvalidRequest = "INVALIDREQUEST" => Query,
    /// The payer is entering the password.
    UserPaying = "USERPAYING" => Query,
    /// The bank failed.
    BankError = "BANKERROR" => Query,
    /// The payer is another one than the order names.
    OpenIdMismatch = "OPENIDMISMATCH" => Query,

    /// The order is closed, and its number is spent. For a call that closes the order, this is success.
    OrderClosed = "ORDERCLOSED" => Refuse,
    /// No such refund, or no certificate.
    ResourceNotExists = "RESOURCENOTEXISTS" => Refuse,
    /// No such refund, in API v2's spelling.
    RefundNotExist = "REFUNDNOTEXIST" => Refuse,
    /// No such refund, in API v2's spelling.
    RefundNotExists = "REFUNDNOTEXISTS" => Refuse,
    /// Risk control.
    RuleLimit = "RULELIMIT" => Refuse,
    /// A business rule.
    TradeError = "TRADEERROR" => Refuse,
    /// Refund: the payment is over a year old. Pay the money back another way.
    TradeOverdue = "TRADEOVERDUE" => Refuse,

    /// A field is missing or malformed: our defect. The request had no effect.
    ParamError = "PARAMERROR" => Operator,
    /// Our signature does not verify. Nothing can be concluded about the order.
    SignError = "SIGNERROR" => Operator,
    /// `appid` and `mchid` are not bound to each other.
    AppIdMchIdNotMatch = "APPIDMCHIDNOTMATCH" => Operator,
    /// No such merchant.
    MchNotExists = "MCHNOTEXISTS" => Operator,
    /// The payer's or the merchant's account.
    AccountError = "ACCOUNTERROR" => Operator,
    /// The product is not open, or the sub-merchant is not ours.
    NoAuth = "NOAUTH" => Operator,
    /// Refund: the amounts do not fit.
    RefundFeeMismatch = "REFUNDFEEMISMATCH" => Operator,
    /// Refund: the payer's account is gone.
    UserAccountAbnormal = "USERACCOUNTABNORMAL" => Operator,
    /// The transaction number is wrong: our defect.
    InvalidTransactionId = "INVALIDTRANSACTIONID" => Operator,
}

impl Code {
    /// What to do about this refusal of this call with this status. The status decides about an unknown code.
    #[must_use]
    pub fn advice(&self, call: CallName, status: u16) -> Advice {
        match (self, call) {
            // The merchant has to look, for instance because more is asked for than is left.
            (Self::InvalidRequest, CallName::Refund) => Advice::Operator,
            // A refund or a refund query that finds nothing: the refund was not accepted, or not yet.
            (Self::ResourceNotExists, CallName::Refund) => Advice::RepeatSame,
            _ => self.usual_advice().unwrap_or(match status {
                401 | 403 => Advice::Operator,
                400..=428 | 430..=499 => Advice::Refuse,
                _ => Advice::RepeatSame,
            }),
        }
    }

    /// What a person must do about the code; `None` if there is nothing specific to say.
    #[must_use]
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::SignError => Some(
                "Compare the private key and its certificate's serial number with WeChat Pay's merchant platform, and look at this machine's clock.",
            ),
            Self::NoAuth => Some(
                "Open the product in WeChat Pay's merchant platform. For an institution: check the relation to the sub-merchant.",
            ),
            Self::AppIdMchIdNotMatch | Self::MchNotExists => {
                Some("Compare the app ID and the merchant number with WeChat Pay's merchant platform.")
            }
            Self::NotEnough => Some("Top up the account, or choose the available balance for the refund."),
            Self::TradeOverdue => Some("The payment is over a year old: pay the shopper back another way."),
            Self::UserAccountAbnormal => {
                Some("The payer's account is gone: pay the shopper back another way.")
            }
            Self::RefundFeeMismatch | Self::OutRefundNoUsed => {
                Some("The number belongs to another refund at WeChat Pay: use a new one.")
            }
            _ => None,
        }
    }

    /// The shortest pause before a repeat, in seconds, if the tables name one.
    #[must_use]
    pub const fn least_pause_seconds(&self) -> Option<u32> {
        match self {
            Self::OrderNotExist => Some(30),
            Self::NotEnough => Some(3_600),
            _ => None,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of protocol §9.11, written out a second time.
    const TABLE: [(&str, Advice); 33] = [
        ("SYSTEM_ERROR", Advice::RepeatSame),
        ("SERVICE_UNAVAILABLE", Advice::RepeatSame),
        ("BIZERR_NEED_RETRY", Advice::RepeatSame),
        ("NOT_ENOUGH", Advice::RepeatSame),
        ("FREQUENCY_LIMITED", Advice::RepeatSame),
        ("RATE_LIMITED", Advice::RepeatSame),
        ("RATELIMIT_EXCEEDED", Advice::RepeatSame),
        ("NO_STATEMENT_EXIST", Advice::RepeatSame),
        ("STATEMENT_CREATING", Advice::RepeatSame),
        ("ORDER_PAID", Advice::Query),
        ("ORDER_NOT_EXIST", Advice::Query),
        ("OUT_TRADE_NO_USED", Advice::Query),
        ("OUT_REFUND_NO_USED", Advice::Query),
        ("INVALID_REQUEST", Advice::Query),
        ("USER_PAYING", Advice::Query),
        ("BANK_ERROR", Advice::Query),
        ("OPENID_MISMATCH", Advice::Query),
        ("ORDER_CLOSED", Advice::Refuse),
        ("RESOURCE_NOT_EXISTS", Advice::Refuse),
        ("REFUND_NOT_EXIST", Advice::Refuse),
        ("REFUND_NOT_EXISTS", Advice::Refuse),
        ("RULE_LIMIT", Advice::Refuse),
        ("TRADE_ERROR", Advice::Refuse),
        ("TRADE_OVERDUE", Advice::Refuse),
        ("PARAM_ERROR", Advice::Operator),
        ("SIGN_ERROR", Advice::Operator),
        ("APPID_MCHID_NOT_MATCH", Advice::Operator),
        ("MCH_NOT_EXISTS", Advice::Operator),
        ("ACCOUNT_ERROR", Advice::Operator),
        ("NO_AUTH", Advice::Operator),
        ("REFUND_FEE_MISMATCH", Advice::Operator),
        ("USER_ACCOUNT_ABNORMAL", Advice::Operator),
        ("INVALID_TRANSACTION_ID", Advice::Operator),
    ];

    #[test]
    fn every_code_of_the_table_is_known_in_both_spellings_and_says_what_to_do() {
        assert_eq!(Code::KNOWN.len(), TABLE.len());
        for (text, advice) in TABLE {
            let code = Code::new(text);
            assert!(Code::KNOWN.contains(&code), "{text}");
            assert_eq!(code.as_str(), text.replace('_', ""));
            assert_eq!(Code::new(&text.replace('_', "")), code);
            assert_eq!(Code::new(&text.to_lowercase()), code);
            assert_eq!(code.advice(CallName::Native, 400), advice, "{text}");
        }
    }

    #[test]
    fn two_codes_mean_something_else_for_a_refund() {
        let advice = |text: &str| Code::new(text).advice(CallName::Refund, 400);
        assert_eq!(advice("INVALID_REQUEST"), Advice::Operator);
        assert_eq!(advice("RESOURCE_NOT_EXISTS"), Advice::RepeatSame);
        assert_eq!(Code::ResourceNotExists.advice(CallName::RefundQuery, 404), Advice::Refuse);
    }

    #[test]
    fn the_status_decides_about_an_unknown_code() {
        let code = Code::new("something_new");
        assert_eq!((code.as_str(), &code), ("SOMETHINGNEW", &Code::Other("SOMETHINGNEW".into())));
        for (status, advice) in [
            (400, Advice::Refuse),
            (401, Advice::Operator),
            (403, Advice::Operator),
            (404, Advice::Refuse),
            (428, Advice::Refuse),
            (429, Advice::RepeatSame),
            (430, Advice::Refuse),
            (499, Advice::Refuse),
            (500, Advice::RepeatSame),
            (202, Advice::RepeatSame),
        ] {
            assert_eq!(code.advice(CallName::Query, status), advice, "{status}");
        }
    }

    #[test]
    fn some_codes_name_a_pause_and_some_a_remedy() {
        let paused: Vec<_> = Code::KNOWN
            .iter()
            .filter_map(|code| Some((code.as_str(), code.least_pause_seconds()?)))
            .collect();
        assert_eq!(paused, [("NOTENOUGH", 3_600), ("ORDERNOTEXIST", 30)]);
        let remedied: Vec<_> =
            Code::KNOWN.iter().filter(|code| code.remedy().is_some()).map(Code::as_str).collect();
        assert_eq!(
            remedied,
            [
                "NOTENOUGH",
                "OUTREFUNDNOUSED",
                "TRADEOVERDUE",
                "SIGNERROR",
                "APPIDMCHIDNOTMATCH",
                "MCHNOTEXISTS",
                "NOAUTH",
                "REFUNDFEEMISMATCH",
                "USERACCOUNTABNORMAL"
            ]
        );
    }
}
