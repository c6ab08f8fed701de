//! `cargo xtask size`: a budget that is not kept, or that is too large to notice anything, is refused.

use super::paper::House;

/// What fits, as the paper house makes it.
const FITTING: [(&str, usize); 5] = [
    ("wechat-pay-fallback.js", 2_340),
    ("index.js", 11_400),
    ("index_bg.wasm", 460_000),
    ("wechat-pay_bg.wasm", 11_400),
    ("wechat-pay.js", 13_000),
];
const ALL: &str =
    "widget, script, widget, module, widget, all, no WebAssembly, Worker, script, Worker, module";

#[test]
fn what_is_larger_than_its_budget_and_a_budget_that_notices_nothing_are_refused_by_their_names() {
    let house = House::new("sizes");
    house.xtask(&["size"]).went_well();
    for (percent, words) in [(110, "over budget: "), (80, "too large to notice anything: ")] {
        for (made, fits) in FITTING {
            house.made(made, fits * percent / 100);
        }
        // The next build makes it so.
        house.put("Cargo.toml", &format!("version = \"{percent}\"\n"));
        let told = house.xtask(&["size"]);
        told.failed().says(&format!("{words}{ALL}\n")).says("crates/xtask/src/budget.rs and in CHANGELOG.md");
    }
}

#[test]
fn without_the_source_of_the_library_nothing_is_said_of_the_module_and_that_is_told() {
    let house = House::new("sizes-quick");
    house.remove("rust/lib/rustlib/src/rust/library/Cargo.lock");
    house.made("wechat-pay_bg.wasm", 30_000);
    house.xtask(&["size"]).went_well().says("counts only with the source of the standard library");
    let told = house.xtask(&["test", "--only", "worker"]);
    told.went_well().says("– size of widget, module (tool): it counts only with the source");
}
