//! A refusal of API v3: a status, a code, a sentence, and where the fault is.

use serde_json::{Value, json};

use super::super::switches::ErrorCodes;
use super::numbers;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) detail: Option<Value>,
    /// The last part of `Request-ID`.
    pub(super) number: u32,
}

impl Problem {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { status, code, message: message.into(), detail: None, number: numbers::of(code) }
    }

    pub(super) fn numbered(self, number: u32) -> Problem {
        Problem { number, ..self }
    }

    /// A parameter that is missing or has a wrong form.
    pub(super) fn parameter(location: &str, field: &str, issue: &str) -> Problem {
        let detail = json!({ "location": location, "field": field, "issue": issue });
        let message = format!("{field}: {issue}");
        Problem { detail: Some(detail), ..Problem::new(400, "PARAM_ERROR", message) }
    }

    /// Well-formed, but against a rule.
    pub(super) fn invalid(message: impl Into<String>) -> Problem {
        Problem::new(400, "INVALID_REQUEST", message)
    }

    pub(super) fn no_auth(message: impl Into<String>) -> Problem {
        Problem::new(403, "NO_AUTH", message)
    }

    pub(super) fn no_order() -> Problem {
        Problem::new(404, "ORDER_NOT_EXIST", "订单不存在")
    }

    pub(super) fn no_resource(message: impl Into<String>) -> Problem {
        Problem::new(404, "RESOURCE_NOT_EXISTS", message)
    }

    pub(super) fn body(&self, spelling: ErrorCodes) -> Value {
        let code = match spelling {
            ErrorCodes::Underscored => self.code,
            ErrorCodes::Joined => joined(self.code),
        };
        let mut body = json!({ "code": code, "message": self.message });
        if let Some(detail) = &self.detail {
            body["detail"] = detail.clone();
        }
        body
    }
}

/// The older spelling of a code, where there is one.
fn joined(code: &'static str) -> &'static str {
    match code {
        "ORDER_NOT_EXIST" => "ORDERNOTEXIST",
        "ORDER_PAID" => "ORDERPAID",
        "ORDER_CLOSED" => "ORDERCLOSED",
        "NO_AUTH" => "NOAUTH",
        "NOT_ENOUGH" => "NOTENOUGH",
        "SYSTEM_ERROR" => "SYSTEMERROR",
        "USER_PAYING" => "USERPAYING",
        other => other,
    }
}
