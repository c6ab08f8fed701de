//! What an answer says instead of success (protocol §9.11).

use crate::v2::Advice;
use crate::v3::call::CallName;
use crate::v3::json::{JsonFields, Object};
use crate::v3::{Code, Reply};

/// A refusal: status, `code` and what helps a person. The refusal inside
/// [`CallError::Refused`](crate::v3::CallError::Refused) is genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The call that was refused.
    pub call: CallName,
    /// The HTTP status.
    pub status: u16,
    /// The code to act on.
    pub code: Code,
    /// The gateway's text, in the language of `Accept-Language`. Do not parse it.
    pub message: Box<str>,
    /// `detail.field`: a JSON pointer, or a variable's name.
    pub field: Option<Box<str>>,
    /// `detail.issue`.
    pub issue: Option<Box<str>>,
    /// `detail.location`: `body`, `query`, `uri_template`, `authorization`.
    pub location: Option<Box<str>>,
    /// `detail.sign_information`: the text that the gateway built from our request.
    pub signed_text: Option<SignedText>,
    /// The number in `Request-ID`.
    pub numeric_code: Option<u64>,
}

/// The text that the gateway built from our request, without its middle. It holds no secret: compare it with
/// [`Draft::text`](crate::v3::Draft::text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText {
    /// How long it is, in bytes.
    pub length: Option<u64>,
    /// `truncated_sign_message`.
    pub truncated: Option<Box<str>>,
}

impl Refusal {
    /// Reads the body of an error; `None` if it has no `code`.
    pub(crate) fn read(call: CallName, reply: &Reply<'_>) -> Option<Self> {
        let object = Object::parse(reply.body).ok()?;
        let fields = JsonFields::of(&object);
        let code = fields.text("code").filter(|code| code.len() <= MAX_CODE_BYTES)?;
        let detail = fields.informative_object("detail");
        // It is sometimes nested once more.
        let detail = if detail.has("detail") { detail.informative_object("detail") } else { detail };
        let sign_information = detail.has("sign_information");
        let signed = detail.informative_object("sign_information");
        Some(Self {
            call,
            status: reply.status,
            code: Code::new(&code),
            message: fields.text("message").unwrap_or_default(),
            field: detail.text("field"),
            issue: detail.text("issue"),
            location: detail.text("location"),
            signed_text: sign_information.then(|| SignedText {
                length: signed.informative_amount("sign_message_length"),
                truncated: signed.text("truncated_sign_message"),
            }),
            numeric_code: reply.numeric_code(),
        })
    }

    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> Advice {
        self.code.advice(self.call, self.status)
    }
}

/// The longest code of the table has 32 characters.
const MAX_CODE_BYTES: usize = 64;

/// What an answer *says* that nobody signed: a 401 about our own signature, or a forgery. For the operator's
/// log only; nothing about an order follows from it.
#[must_use]
pub fn hearsay(call: CallName, reply: &Reply<'_>) -> Option<Refusal> {
    if reply.body.len() > crate::v3::MAX_BODY_BYTES { None } else { Refusal::read(call, reply) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Refusal> {
        let headers = [("Request-ID", "08A-268443699")];
        hearsay(CallName::Native, &Reply { status: 401, headers: &headers, body: body.as_bytes() })
    }

    #[test]
    fn a_refusal_is_read_with_all_that_helps_a_person() {
        let detail = r#"{"field":"signature","issue":"sign not match","location":"authorization",
            "sign_information":{"method":"POST","sign_message_length":431,"truncated_sign_message":"POST\n"}}"#;
        for detail in [detail.to_owned(), format!("{{\"detail\":{detail}}}")] {
            let body = format!("{{\"code\":\"SIGN_ERROR\",\"message\":\"no\",\"detail\":{detail}}}");
            let refusal = read(&body).unwrap();
            assert_eq!(
                (&refusal.code, refusal.status, refusal.advice()),
                (&Code::SignError, 401, Advice::Operator)
            );
            assert_eq!(refusal.field.as_deref(), Some("signature"));
            assert_eq!(refusal.issue.as_deref(), Some("sign not match"));
            assert_eq!(refusal.location.as_deref(), Some("authorization"));
            let text = SignedText { length: Some(431), truncated: Some("POST\n".into()) };
            assert_eq!((refusal.signed_text, refusal.numeric_code), (Some(text), Some(268_443_699)));
        }
    }

    #[test]
    fn a_refusal_needs_a_code_and_nothing_else() {
        let refusal = read(r#"{"code":"X","message":7,"detail":[]}"#).unwrap();
        assert_eq!((&*refusal.message, refusal.field, refusal.signed_text), ("", None, None));
        assert!(read(&format!("{{\"code\":\"{}\"}}", "X".repeat(64))).is_some());
        let long = format!("{{\"code\":\"{}\"}}", "X".repeat(65));
        for none in ["", "<html>", "{}", r#"{"code":7}"#, r#"{"code":""}"#, r#"["code"]"#, &long] {
            assert_eq!(read(none), None, "{none}");
        }
        let padded = |length: usize| read(&format!("{{\"code\":\"X\"}}{}", " ".repeat(length - 12)));
        assert!(padded(crate::v3::MAX_BODY_BYTES).is_some());
        assert_eq!(padded(crate::v3::MAX_BODY_BYTES + 1), None);
    }
}
