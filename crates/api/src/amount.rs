//! Money as the page sees it.

use serde::{Deserialize, Serialize};

/// An amount with all a page needs to display it through `Intl.NumberFormat`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The amount in the currency's smallest unit, as WeChat Pay counts it: HK$88.00 is 8800,
    /// ¥1980 (yen) is 1980.
    pub minor: u64,
    /// ISO 4217 code, upper case.
    pub currency: String,
    /// How many decimals `minor` holds. From the Worker, so that the page needs no table.
    pub decimals: u8,
}
