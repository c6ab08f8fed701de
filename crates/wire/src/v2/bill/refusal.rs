//! Why WeChat gave no bill: the XML that comes in its place, with its `error_code` (protocol §8.1). The
//! reference has the texts and, as an example, `20002`. It has no list of codes (protocol §13), so the
//! meanings below do not come from it.

use std::fmt;

use thiserror::Error;

use crate::v2::{Advice, Fields};

/// WeChat gave no bill. This answer is not signed, like all answers about bills.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct BillRefusal {
    /// The gateway's text, `return_msg`.
    pub return_msg: Box<str>,
    /// `error_code`, if there was one.
    pub error_code: Option<BillErrorCode>,
}

/// The `error_code` of a refused bill. The text says more than the code, and [`BillRefusal::advice`] looks at
/// both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BillErrorCode {
    /// `100`: `System Error`, a timeout. A wrong signature has also been seen to cause it.
    Timeout,
    /// `20001`: a parameter or the signature is wrong, or the request is not a `POST` with XML.
    Parameter,
    /// `20002`: there is no bill (`No Bill Exist`), or not yet (`Bill Creating`).
    NoBill,
    /// `20003`: a timeout.
    SystemTimeout,
    /// `20007`: WeChat has switched off bills by API for this merchant. Its support can switch them on.
    ApiClosed,
    /// `20100`: an error on WeChat's side.
    SystemError,
    /// Another one.
    Other(Box<str>),
}

/// Parts of the texts of temporary refusals, in lower case.
const TEMPORARY: [&str; 11] = [
    "systemerror",
    "system error",
    "system busy",
    "bill creating",
    "compressgzip error",
    "frequency",
    "频率",
    "系统错误",
    "系统繁忙",
    "系统超时",
    "稍后",
];

impl BillRefusal {
    /// Reads the fields of a failure; `None` if they say that there were no trades on that day.
    pub(super) fn read(fields: &Fields<'_>) -> Option<Self> {
        let return_msg = fields.get("return_msg").unwrap_or_default();
        let error_code = fields.get("error_code").map(BillErrorCode::new);
        // Documents print `NO Bill Exist`, real answers `No Bill Exist`.
        let none = return_msg.eq_ignore_ascii_case("No Bill Exist")
            && matches!(error_code, None | Some(BillErrorCode::NoBill));
        (!none).then(|| Self { return_msg: return_msg.into(), error_code })
    }

    /// What to do: [`Advice::RepeatSame`] after a pause of about half an hour, or [`Advice::Operator`]. If a
    /// refusal repeats for a day, it needs a person whatever its code is.
    #[must_use]
    pub fn advice(&self) -> Advice {
        let text = self.return_msg.to_ascii_lowercase();
        let temporary = TEMPORARY.iter().any(|part| text.contains(part));
        match &self.error_code {
            Some(
                BillErrorCode::Timeout
                | BillErrorCode::NoBill
                | BillErrorCode::SystemTimeout
                | BillErrorCode::SystemError,
            ) => Advice::RepeatSame,
            Some(BillErrorCode::ApiClosed) => Advice::Operator,
            Some(BillErrorCode::Parameter | BillErrorCode::Other(_)) | None if temporary => {
                Advice::RepeatSame
            }
            Some(BillErrorCode::Parameter | BillErrorCode::Other(_)) | None => Advice::Operator,
        }
    }
}

impl fmt::Display for BillRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the gateway gave no bill: {}", self.return_msg)?;
        match &self.error_code {
            Some(code) => write!(f, " (error_code {})", code.as_str()),
            None => Ok(()),
        }
    }
}

impl BillErrorCode {
    /// Reads the text of the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "100" => Self::Timeout,
            "20001" => Self::Parameter,
            "20002" => Self::NoBill,
            "20003" => Self::SystemTimeout,
            "20007" => Self::ApiClosed,
            "20100" => Self::SystemError,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Timeout => "100",
            Self::Parameter => "20001",
            Self::NoBill => "20002",
            Self::SystemTimeout => "20003",
            Self::ApiClosed => "20007",
            Self::SystemError => "20100",
            Self::Other(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str, code: Option<&str>) -> Option<BillRefusal> {
        let code = code.map(|code| format!("<error_code>{code}</error_code>")).unwrap_or_default();
        let body = format!(
            "<xml><return_code>FAIL</return_code><return_msg><![CDATA[{text}]]></return_msg>{code}</xml>"
        );
        BillRefusal::read(&Fields::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn a_day_without_trades_is_not_a_refusal() {
        for text in ["No Bill Exist", "NO Bill Exist"] {
            assert_eq!(refusal(text, Some("20002")), None);
            assert_eq!(refusal(text, None), None);
            // There may have been trades on that day.
            assert!(refusal(text, Some("20003")).is_some());
        }
    }

    #[test]
    fn every_refusal_of_the_table_says_what_to_do() {
        for (text, code, advice) in [
            ("系统错误", Some("20003"), Advice::RepeatSame),
            ("System Error", Some("100"), Advice::RepeatSame),
            ("system error", Some("20100"), Advice::RepeatSame),
            ("SYSTEMERROR", None, Advice::RepeatSame),
            ("Bill Creating", Some("20002"), Advice::RepeatSame),
            ("Bill Creating", None, Advice::RepeatSame),
            ("CompressGZip Error", None, Advice::RepeatSame),
            ("UnCompressGZip Error", None, Advice::RepeatSame),
            ("接口调用频率过高", Some("20001"), Advice::RepeatSame),
            ("sign error", Some("20001"), Advice::Operator),
            ("SIGN ERROR", None, Advice::Operator),
            ("invalid bill_type", Some("20001"), Advice::Operator),
            ("invalid bill_date", Some("20001"), Advice::Operator),
            ("invalid tar_type, Only GZIP supported", Some("20001"), Advice::Operator),
            ("data format error", Some("20001"), Advice::Operator),
            ("missing parameter", Some("20001"), Advice::Operator),
            ("require POST method", Some("20001"), Advice::Operator),
            ("当前商户号账单API权限已经关闭", Some("20007"), Advice::Operator),
            ("something new", Some("29999"), Advice::Operator),
            ("系统繁忙，请稍后再试", Some("29999"), Advice::RepeatSame),
            ("", None, Advice::Operator),
        ] {
            assert_eq!(refusal(text, code).unwrap().advice(), advice, "{text} {code:?}");
        }
    }

    #[test]
    fn the_code_is_kept_and_shown_with_the_text() {
        let refusal = refusal("系统错误", Some("20003")).unwrap();
        assert_eq!(refusal.error_code, Some(BillErrorCode::SystemTimeout));
        assert_eq!(refusal.to_string(), "the gateway gave no bill: 系统错误 (error_code 20003)");
        for text in ["100", "20001", "20002", "20003", "20007", "20100", "NEW"] {
            assert_eq!(BillErrorCode::new(text).as_str(), text);
        }
        assert_eq!(BillErrorCode::new("NEW"), BillErrorCode::Other("NEW".into()));
    }
}
