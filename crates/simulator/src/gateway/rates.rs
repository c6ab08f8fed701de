//! What a foreign amount costs the payer in CNY: the rates, × 10^8 (protocol §1.5), and how amounts are
//! converted (protocol §4.2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The rate of each currency to CNY, × 10^8. The shipped values are plausible and constant, so that tests can
/// name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(pub BTreeMap<String, u64>);

impl Default for Rates {
    fn default() -> Rates {
        let shipped = [
            ("AUD", 465_000_000),
            ("CAD", 512_000_000),
            ("CHF", 890_000_000),
            ("CNY", 100_000_000),
            ("EUR", 825_000_000),
            ("GBP", 950_000_000),
            ("HKD", 92_000_000),
            ("JPY", 4_800_000),
            ("KRW", 510_000),
            ("MOP", 89_300_000),
            ("MYR", 169_000_000),
            ("NZD", 420_000_000),
            ("SGD", 550_000_000),
            ("THB", 21_700_000),
            ("TWD", 22_600_000),
            ("USD", 712_000_000),
        ];
        Rates(shipped.into_iter().map(|(currency, rate)| (currency.to_owned(), rate)).collect())
    }
}

impl Rates {
    /// The rate of a currency to CNY, × 10^8; `None` for an unknown currency.
    #[must_use]
    pub fn of(&self, currency: &str) -> Option<u64> {
        if currency == "CNY" { Some(100_000_000) } else { self.0.get(currency).copied() }
    }

    /// An amount in fen, rounded half up and at least 1; `None` for a currency without a rate.
    #[must_use]
    pub fn to_fen(&self, minor: u64, currency: &str) -> Option<u64> {
        let rate = u128::from(self.of(currency)?);
        // CNY has two decimals, so an amount without decimals is worth a hundred times as many fen.
        let scale = 10_u128.pow(2_u32.saturating_sub(decimals(currency)));
        let fen = (u128::from(minor) * rate * scale + 50_000_000) / 100_000_000;
        u64::try_from(fen.max(1)).ok()
    }
}

/// How many decimals a currency has: none for ISK, JPY, KRW and VND, as in ISO 4217, and two for every other
/// one. The gateway documents no table of its own.
#[must_use]
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "ISK" | "JPY" | "KRW" | "VND" => 0,
        _ => 2,
    }
}

/// An amount in the major unit: `8800` HKD as `88.00`, `1980` JPY as `1980`.
#[must_use]
pub fn major_units(minor: u64, currency: &str) -> String {
    let digits = decimals(currency);
    let unit = 10_u64.pow(digits);
    if digits == 0 { minor.to_string() } else { format!("{}.{:02}", minor / unit, minor % unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_in_dollars_and_one_in_yen_cost_what_the_published_samples_say() {
        let rates = Rates::default();
        assert_eq!(rates.to_fen(8800, "HKD"), Some(8096));
        assert_eq!(rates.to_fen(1980, "JPY"), Some(9504));
        assert_eq!(rates.to_fen(8800, "CNY"), Some(8800));
    }

    #[test]
    fn the_smallest_price_still_costs_the_payer_one_fen() {
        assert_eq!(Rates::default().to_fen(1, "KRW"), Some(1));
    }
}
