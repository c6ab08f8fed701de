//! How large what a shopper downloads, and what Cloudflare loads, may become. The table *Size budgets* of
//! CHANGELOG.md says the same, so that a budget is changed where users read it.

/// Files and their most bytes together, as they travel: compressed by brotli.
pub(crate) struct Budget {
    pub(crate) files: &'static [&'static str],
    pub(crate) what: &'static str,
    pub(crate) most_brotli: u64,
    /// Of the widget made small, which takes the source of the standard library. Without it nothing is said.
    pub(crate) for_small: bool,
}

/// How a weight compares with its budget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fits {
    Yes,
    TooLarge,
    /// The budget is so much larger than what is weighed that it would not notice a part that was put in by
    /// mistake.
    Loose,
    /// Nothing is known of the files as they are published.
    Unknown,
}

/// A budget this much above the weight is loose, in percent.
const LOOSE_PERCENT: u64 = 8;

const SCRIPT: &str = "www/widget/wechat-pay.js";
const MODULE: &str = "www/widget/wechat-pay_bg.wasm";

pub(crate) const BUDGETS: [Budget; 7] = [
    budget("widget, script", 10_700, &[SCRIPT], false),
    budget("widget, module", 11_776, &[MODULE], true),
    // With the language whose texts weigh most.
    budget("widget, all", 23_000, &[SCRIPT, MODULE, "www/widget/wechat-pay.th.json"], true),
    budget("no WebAssembly", 1_900, &["www/widget/wechat-pay-fallback.js"], false),
    // A merchant loads it once, and no shopper does.
    budget("back office", 40_000, &["www/admin/vendor.js"], false),
    budget("Worker, script", 9_300, &["crates/edge/build/index.js"], false),
    // Cloudflare refuses more than 3 MB on its free plan; each start of an isolate pays for the rest. It grew
    // by 70 KB with the merchant's inbox, refunds with an end, and the texts of the checkout without a
    // script, and lost 36 KB with the names of its functions; by 90 KB with what was bought, the
    // catalogue's rules, the merchant's routes, readiness, the index in several databases and the
    // reconciliation; by 12 KB with files that are sold; by 51 KB with API v3. It lost 49 KB when wasm-opt no
    // longer gave its locals new numbers, and when it read JSON in one way only.
    budget("Worker, module", 475_000, &["crates/edge/build/index_bg.wasm"], false),
];

const fn budget(
    what: &'static str,
    most_brotli: u64,
    files: &'static [&'static str],
    for_small: bool,
) -> Budget {
    Budget { files, what, most_brotli, for_small }
}

impl Budget {
    /// `made_small`: whether the widget was made as it is published.
    pub(crate) fn judge(&self, brotli: u64, made_small: bool) -> Fits {
        if self.for_small && !made_small {
            Fits::Unknown
        } else if brotli > self.most_brotli {
            Fits::TooLarge
        } else if self.most_brotli * 100 > brotli * (100 + LOOSE_PERCENT) {
            Fits::Loose
        } else {
            Fits::Yes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = include_str!("../../../CHANGELOG.md");

    /// The newest table of budgets: what, and its most bytes.
    fn published() -> Vec<(String, u64)> {
        let (_, table) =
            CHANGELOG.split_once("### Size budgets\n").expect("CHANGELOG.md has a table of budgets");
        let rows = table.lines().skip_while(|line| !line.starts_with("| ---")).skip(1);
        let cells = rows.take_while(|line| line.starts_with('|')).map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            (cells[1].to_owned(), cells[2].replace(',', "").parse().expect("bytes"))
        });
        cells.collect()
    }

    #[test]
    fn the_budgets_are_those_of_the_changelog() {
        let ours: Vec<_> =
            BUDGETS.iter().map(|budget| (budget.what.to_owned(), budget.most_brotli)).collect();
        assert_eq!(ours, published());
    }

    fn of_10_800(for_small: bool) -> Budget {
        budget("it", 10_800, &[], for_small)
    }

    #[test]
    fn a_weight_fits_when_it_is_within_the_budget_and_fills_it() {
        for (brotli, fits) in [
            (10_801, Fits::TooLarge),
            (10_800, Fits::Yes),
            (10_000, Fits::Yes),
            (9_999, Fits::Loose),
            (0, Fits::Loose),
        ] {
            assert_eq!(of_10_800(false).judge(brotli, true), fits, "{brotli}");
        }
    }

    #[test]
    fn nothing_is_said_of_a_widget_that_was_not_made_small() {
        assert_eq!(of_10_800(true).judge(20_000, false), Fits::Unknown);
        assert_eq!(of_10_800(true).judge(20_000, true), Fits::TooLarge);
        assert_eq!(of_10_800(false).judge(20_000, false), Fits::TooLarge);
    }
}
