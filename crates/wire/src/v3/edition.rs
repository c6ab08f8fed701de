//! The two editions of API v3 (protocol §9.1).

use crate::host;

/// Which edition a merchant number belongs to. Keys, hosts and paths of one are unknown to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// Wallets outside the mainland, several currencies, `/v3/global/…`.
    Global,
    /// The mainland, CNY only, `/v3/pay/…`.
    Mainland,
}

impl Edition {
    /// The hosts, in the order in which they are tried. Change the host only after a connection failure.
    #[must_use]
    pub const fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Global => &host::GLOBAL,
            Self::Mainland => &host::MAINLAND,
        }
    }

    /// The edition's name, for logs and configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Mainland => "mainland",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editions_share_no_host() {
        let (global, mainland) = (Edition::Global.hosts(), Edition::Mainland.hosts());
        assert!(global.iter().all(|host| host.starts_with("https://") && !mainland.contains(host)));
        assert_eq!(mainland.first(), Some(&"https://api.mch.weixin.qq.com"));
        assert_eq!((Edition::Global.as_str(), Edition::Mainland.as_str()), ("global", "mainland"));
    }
}
