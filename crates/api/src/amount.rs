//! Money as the page sees it.

use serde::{Deserialize, Serialize};

/// An amount with all that a page needs to show it with `Intl.NumberFormat`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The amount in the currency's smallest unit, as WeChat Pay counts it: HK$88.00 is 8800, ¥1980 (yen) is
    /// 1980.
    pub minor: u64,
    /// The ISO 4217 code in upper case.
    pub currency: String,
    /// How many decimals `minor` holds. The Worker says it, so that the page needs no table.
    pub decimals: u8,
}
