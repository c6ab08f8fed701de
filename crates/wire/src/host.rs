//! The gateway's hosts of the global edition (protocol §1.1).
//!
//! All of them reach one backend with the same key: an order placed through one is visible through all.
//! Changing the host is a safe reaction to a *connection failure*, and never to an answer. This crate does no
//! IO, so fail-over is data: the caller walks along [`GLOBAL`] (or its own list) on every connection failure.

/// The Hong Kong entry, default of the global edition.
pub const HONG_KONG: &str = "https://apihk.mch.weixin.qq.com";
/// The entry in the United States.
pub const UNITED_STATES: &str = "https://apius.mch.weixin.qq.com";
/// The entry in Frankfurt. Named only in the global v3 guide: try it with v2 before you rely on it.
pub const EUROPE: &str = "https://apieu.mch.weixin.qq.com";

/// The hosts in the order in which a global merchant tries them.
pub const GLOBAL: [&str; 3] = [HONG_KONG, UNITED_STATES, EUROPE];

/// The host to try after `failed_attempts` connection failures in a row; wraps around, so it always answers.
#[must_use]
pub fn after_failures(failed_attempts: usize) -> &'static str {
    GLOBAL.get(failed_attempts % 3).copied().unwrap_or(HONG_KONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_failure_moves_on_and_comes_around() {
        let walked: Vec<_> = (0..5).map(after_failures).collect();
        assert_eq!(walked, [HONG_KONG, UNITED_STATES, EUROPE, HONG_KONG, UNITED_STATES]);
    }
}
