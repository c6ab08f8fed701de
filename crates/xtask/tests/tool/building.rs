//! `cargo xtask build`: what has changed is built again, and nothing else.

use super::paper::House;

/// The words of a language, in which the Worker and the widget each have a section.
const WORDS: &str = "crates/widget/lang/en.json";

/// Whether the Worker, and whether the widget, was built since the last look.
fn built(house: &House) -> (bool, bool) {
    let calls = house.calls();
    let by = |what: &str| {
        calls.iter().any(|call| call.starts_with("wasm-bindgen --target") && call.contains(what))
    };
    (by("worker-glue"), by("widget-glue"))
}

#[test]
fn what_is_unchanged_is_not_built_again() {
    let house = House::new("unchanged");
    house.xtask(&["build"]).went_well();
    assert_eq!(built(&house), (true, true));
    house.xtask(&["build"]).went_well().says("Worker: unchanged").says("widget: unchanged");
    assert_eq!(built(&house), (false, false));
}

#[test]
fn a_changed_source_is_built_again_by_all_that_it_goes_into() {
    let house = House::new("changed");
    house.xtask(&["build"]).went_well();
    house.calls();
    for (source, into) in [
        ("crates/edge/src/deep/a.rs", (true, false)),
        ("crates/edge/js/entry.mjs", (true, false)),
        ("crates/edge/build.rs", (true, false)),
        ("crates/wire/src/a.rs", (true, false)),
        ("crates/order/src/a.rs", (true, false)),
        ("crates/widget/src/a.rs", (false, true)),
        ("crates/widget/js/a.js", (false, true)),
        (WORDS, (true, true)),
        ("crates/api/src/a.rs", (true, true)),
        ("crates/qr/src/a.rs", (true, true)),
        ("package-lock.json", (true, true)),
        ("Cargo.toml", (true, true)),
    ] {
        // As long as before is not enough to be the same. The words stay JSON.
        let length = house.at(source).metadata().map_or(1, |meta| meta.len() as usize);
        let other = if source == WORDS {
            house.text(WORDS).replace(char::is_uppercase, "x")
        } else {
            "x".repeat(length)
        };
        house.put(source, &other);
        house.xtask(&["build", "worker", "widget", "--quick"]).went_well();
        assert_eq!(built(&house), into, "{source}");
    }
}

#[test]
fn what_is_missing_or_was_made_by_another_compiler_is_built_again() {
    let house = House::new("missing");
    house.xtask(&["build"]).went_well();
    house.calls();
    house.remove("crates/edge/build/index_bg.wasm");
    house.remove("www/widget/wechat-pay-fallback.js");
    house.xtask(&["build"]).went_well();
    assert_eq!(built(&house), (true, true));
    house.says("rustc---version", "echo 'rustc 1.96.0 (paper)'");
    house.xtask(&["build"]).went_well();
    assert_eq!(built(&house), (true, true));
}

#[test]
fn a_build_that_failed_is_tried_again() {
    let house = House::new("failed-build");
    house.xtask(&["build", "worker"]).went_well();
    for tool in ["cargo-build", "wasm-bindgen", "wasm-opt", "esbuild"] {
        house.put("crates/edge/src/a.rs", tool);
        let works = house.text(&format!("answers/{tool}"));
        house.says(tool, "echo 'no such file' >&2\nexit 1");
        house.xtask(&["build", "worker"]).failed().says("no such file");
        house.says(tool, &works);
        house.calls();
        house.xtask(&["build", "worker"]).went_well();
        assert_eq!(built(&house), (true, false), "{tool}");
    }
}

#[test]
fn what_was_made_quickly_is_not_taken_for_what_is_published_and_the_reverse_is_good_enough() {
    let house = House::new("finish");
    house.xtask(&["build", "widget", "--quick"]).went_well();
    house.calls();
    house.xtask(&["build", "widget"]).went_well();
    assert_eq!(built(&house), (false, true));
    house.xtask(&["build", "widget", "--quick"]).went_well();
    assert_eq!(built(&house), (false, false));
}

#[test]
fn the_script_takes_no_module_but_the_one_it_was_built_with() {
    let house = House::new("digest");
    house.xtask(&["build", "widget"]).went_well();
    let digest = "console.log(require('crypto').createHash('sha256').update(require('fs').readFileSync(process.argv[1])).digest('base64'))";
    let digest = house.node(digest, &["www/widget/wechat-pay_bg.wasm"]);
    let given = house.text("www/widget/wechat-pay.js");
    let last = digest.rsplit('/').next().unwrap_or_default();
    assert!(given.contains(&format!("{last}\"")), "{digest}");
}
