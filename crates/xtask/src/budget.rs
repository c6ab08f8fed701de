//! How large what a shopper downloads, and what Cloudflare loads, may become. The only place these numbers are written.

/// Files and their most bytes together, as they travel: compressed by brotli in the browser's case.
pub(crate) struct Budget {
    pub(crate) files: &'static [&'static str],
    pub(crate) what: &'static str,
    pub(crate) most_brotli: u64,
    /// Can be kept only with the standard library made for size, which takes the library's source.
    pub(crate) for_small: bool,
}

const SCRIPT: &str = "www/widget/wechat-pay.js";
const MODULE: &str = "www/widget/wechat-pay_bg.wasm";

pub(crate) const BUDGETS: [Budget; 6] = [
    Budget { files: &[SCRIPT], what: "widget, script", most_brotli: 9_500, for_small: false },
    Budget { files: &[MODULE], what: "widget, module", most_brotli: 16 * 1024, for_small: false },
    Budget {
        // With the language whose texts weigh most.
        files: &[SCRIPT, MODULE, "www/widget/wechat-pay.th.json"],
        what: "widget, all",
        most_brotli: 22 * 1024,
        for_small: true,
    },
    Budget {
        files: &["www/widget/wechat-pay-fallback.js"],
        what: "no WebAssembly",
        most_brotli: 1536,
        for_small: false,
    },
    Budget {
        files: &["crates/edge/build/index.js"],
        what: "Worker, script",
        most_brotli: 16 * 1024,
        for_small: false,
    },
    // Cloudflare refuses more than 3 MB on its free plan; each start of an isolate pays for the rest. It grew by 70 KB
    // with the merchant's inbox, refunds with an end, and the texts of the checkout without a script.
    Budget {
        files: &["crates/edge/build/index_bg.wasm"],
        what: "Worker, module",
        most_brotli: 360 * 1024,
        for_small: false,
    },
];
