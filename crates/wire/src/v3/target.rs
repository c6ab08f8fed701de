//! The target of a request: path and query as they are sent and signed (protocol §9.3).
//!
//! One builder makes both, so that what is signed is what is sent.

use std::fmt::Write as _;

use crate::v3::{Account, Edition};

/// Path and query.
pub(crate) struct Target(String);

impl Target {
    /// A fixed path of this crate, without anything to escape.
    pub(crate) fn of(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// Adds a part of the path.
    pub(crate) fn part(mut self, part: &str) -> Self {
        self.0.push('/');
        escape(&mut self.0, part);
        self
    }

    /// Adds a parameter of the query.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(name);
        self.0.push('=');
        escape(&mut self.0, value);
        self
    }

    /// Adds a parameter if there is a value.
    pub(crate) fn query_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds the merchant numbers, as every `GET` about an order names them.
    pub(crate) fn merchant(self, account: &Account) -> Self {
        let merchant = &account.merchant;
        match &merchant.sub_mch_id {
            Some(sub) => self.query("sp_mchid", merchant.mch_id.as_str()).query("sub_mchid", sub.as_str()),
            None => self.query("mchid", merchant.mch_id.as_str()),
        }
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// The path under which an account's orders lie.
pub(crate) const fn transactions(account: &Account) -> &'static str {
    match (account.edition, &account.merchant.sub_mch_id) {
        (Edition::Global, _) => "/v3/global/transactions",
        (Edition::Mainland, None) => "/v3/pay/transactions",
        (Edition::Mainland, Some(_)) => "/v3/pay/partner/transactions",
    }
}

/// Escapes what a URL parser might write otherwise. `*` and `@` are left as they are: no parser touches them.
fn escape(target: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' | b'@' => {
                target.push(char::from(byte));
            }
            _ => {
                // Writing into a String cannot fail.
                let _ = write!(target, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_parser_might_change_is_escaped() {
        let target = Target::of("/v3/a").part("A_-|*@1").query("x", "茶 &=?#/").query("y", "1").finish();
        assert_eq!(target, "/v3/a/A_-%7C*@1?x=%E8%8C%B6%20%26%3D%3F%23%2F&y=1");
        assert_eq!(Target::of("").part("azAZ09._~{[`/:").finish(), "/azAZ09._~%7B%5B%60%2F%3A");
        assert_eq!(Target::of("/a").query_some("x", None).query_some("y", Some("1")).finish(), "/a?y=1");
    }
}
