//! How large what a shopper downloads, and what Cloudflare loads, may become. The only place these numbers are written.

/// A file and its most bytes, as they travel: compressed by brotli in the browser's case.
pub(crate) struct Budget {
    pub(crate) file: &'static str,
    pub(crate) what: &'static str,
    pub(crate) most_brotli: u64,
}

pub(crate) const BUDGETS: [Budget; 4] = [
    Budget { file: "www/widget/wechat-pay.js", what: "widget, script", most_brotli: 9 * 1024 },
    Budget { file: "www/widget/wechat-pay_bg.wasm", what: "widget, module", most_brotli: 16 * 1024 },
    Budget { file: "crates/edge/build/index.js", what: "Worker, script", most_brotli: 16 * 1024 },
    // Cloudflare refuses more than 3 MB on its free plan; each start of an isolate pays for the rest.
    Budget { file: "crates/edge/build/index_bg.wasm", what: "Worker, module", most_brotli: 300 * 1024 },
];
