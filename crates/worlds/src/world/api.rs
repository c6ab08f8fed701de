//! The generations of the API, and what the merchant of a world has agreed with WeChat Pay.

use gateway::Dialect;
use wire::Currency;
use wire::v3::Edition;

/// By what new orders are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// API v2, by a merchant of the global edition that has no API v3.
    V2,
    /// API v3 of the global edition.
    V3Global,
    /// API v3 of the mainland edition.
    V3Mainland,
}

impl Api {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::V2, Self::V3Global, Self::V3Mainland];

    /// The edition of the merchant number.
    pub(super) const fn edition(self) -> Edition {
        match self {
            Self::V2 | Self::V3Global => Edition::Global,
            Self::V3Mainland => Edition::Mainland,
        }
    }

    /// What the merchant sells in.
    pub(super) const fn currency(self) -> Currency {
        match self {
            Self::V2 | Self::V3Global => Currency::HKD,
            Self::V3Mainland => Currency::CNY,
        }
    }
}

/// Whether an order speaks API v3.
pub(super) const fn is_v3(dialect: &Dialect) -> bool {
    matches!(dialect, Dialect::V3(_))
}
