//! The gateway's hosts (protocol §1.1, §9.1).
//!
//! All of them reach one backend with the same key: an order placed through one is visible through all. It is
//! safe to change the host after a *connection failure*, and never because of an answer. This crate does no
//! IO, so it offers fail-over as data: after each connection failure the caller takes the next host of
//! [`GLOBAL`] (or of its own list).

/// The Hong Kong entry, the default of the global edition.
pub const HONG_KONG: &str = "https://apihk.mch.weixin.qq.com";
/// The entry in the United States.
pub const UNITED_STATES: &str = "https://apius.mch.weixin.qq.com";
/// The entry in Frankfurt. Only the global v3 guide names it: test it with v2 before you rely on it.
pub const EUROPE: &str = "https://apieu.mch.weixin.qq.com";

/// The hosts in the order in which a global merchant tries them.
pub const GLOBAL: [&str; 3] = [HONG_KONG, UNITED_STATES, EUROPE];

/// The hosts of the mainland edition, in the order in which they are tried. A global merchant uses neither.
pub const MAINLAND: [&str; 2] = ["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"];

/// The host to try after `failed_attempts` connection failures in a row. The list wraps around, so there is
/// always a host.
#[must_use]
pub fn after_failures(failed_attempts: usize) -> &'static str {
    GLOBAL.get(failed_attempts % 3).copied().unwrap_or(HONG_KONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_failure_takes_the_next_host_and_the_list_wraps_around() {
        let walked: Vec<_> = (0..5).map(after_failures).collect();
        assert_eq!(walked, [HONG_KONG, UNITED_STATES, EUROPE, HONG_KONG, UNITED_STATES]);
    }
}
