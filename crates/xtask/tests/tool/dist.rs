//! `cargo xtask dist`: what is published is whole.

use std::fs;

use serde_json::Value;

use super::paper::House;

fn names(house: &House, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(house.at(folder)).expect("it is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn digest(house: &House, algorithm: &str, form: &str, file: &str) -> String {
    let script = "const [algorithm, form, file] = process.argv.slice(1); console.log(\
         require('crypto').createHash(algorithm).update(require('fs').readFileSync(file)).digest(form))";
    house.node(script, &[algorithm, form, file])
}

/// A house whose `dist/` was made, in the place of an older one.
fn published(name: &str) -> House {
    let house = House::new(name);
    house.put("dist/npm/of-an-older-version.js", "");
    house.xtask(&["dist"]).went_well();
    house
}

#[test]
fn the_package_holds_all_that_it_names_and_nothing_else() {
    let house = published("dist-npm");
    assert_eq!(
        names(&house, "dist/npm"),
        [
            "LICENSE",
            "LICENSES-OF-OTHERS.md",
            "README.md",
            "WIDGET.md",
            "examples",
            "kit",
            "package.json",
            "public",
            "react.d.ts",
            "react.js",
            "schema",
            "vue.d.ts",
            "vue.js",
            "wechat-pay-fallback.js",
            "wechat-pay.d.ts",
            "wechat-pay.en.json",
            "wechat-pay.js",
            "wechat-pay.js.map",
            "wechat-pay.th.json",
            "wechat-pay_bg.wasm",
            "worker",
        ]
    );
    let package: Value = serde_json::from_str(&house.text("dist/npm/package.json")).expect("JSON");
    assert_eq!((&package["name"], &package["version"]), (&"wechatpay-edge".into(), &"0.1.0".into()));
    let mut named = Vec::new();
    files_in(&package["exports"], &mut named);
    assert!(named.len() >= 8, "{named:?}");
    for name in named {
        let there = name.replace('*', "en");
        assert!(house.at("dist/npm").join(&there).is_file(), "{name}");
    }
    // Bundlers find the other files by this script, and its source map by its last line.
    let script = house.text("dist/npm/wechat-pay.js");
    assert!(
        script.contains("// files-bundled.js")
            && script.ends_with("//# sourceMappingURL=wechat-pay.js.map\n")
    );
    let served = house.text("dist/script-tag/wechat-pay.js");
    assert!(served.contains("// files-served.js"));
    assert!(served.contains("LANGUAGE_TAGS=\"en th\""), "{served}");
}

#[test]
fn the_kit_has_the_worker_the_command_and_the_shops_and_nothing_of_the_demo_nor_a_secret() {
    let house = published("dist-kit");
    let of = |folder: &str| names(&house, &format!("dist/npm/{folder}"));
    assert_eq!(of("worker"), ["README.md", "index.js", "index_bg.wasm"]);
    assert_eq!(of("kit"), ["bin", "src"]);
    assert_eq!(of("kit/src"), ["check", "main.mjs"]);
    assert_eq!(
        of("public"),
        ["_headers", "admin", "catalog.schema.json", "checkout.css", "openapi.json", "widget"]
    );
    assert!(of("public/admin").contains(&"vendor.js".to_owned()), "the back office is in the kit");
    assert_eq!(
        of("public/widget"),
        [
            "wechat-pay-fallback.js",
            "wechat-pay.en.json",
            "wechat-pay.js",
            "wechat-pay.th.json",
            "wechat-pay_bg.wasm"
        ]
    );
    assert_eq!(of("examples/shop"), ["catalog.json", "gitignore", "package.json", "site", "wrangler.toml"]);
    assert_eq!(
        of("examples/shop-elsewhere"),
        ["catalog.json", "gitignore", "package.json", "page", "wrangler.toml"]
    );
    // The page loads the served script, a bundler the other one.
    assert!(house.text("dist/npm/public/widget/wechat-pay.js").contains("// files-served.js"));
    house.put("www/admin/index.html", "the back office\n");
    house.xtask(&["dist"]).went_well();
    assert_eq!(names(&house, "dist/npm/public/admin"), ["index.html"]);
}

fn files_in<'v>(value: &'v Value, names: &mut Vec<&'v str>) {
    match value {
        Value::String(name) => names.push(name),
        Value::Object(entries) => entries.values().for_each(|entry| files_in(entry, names)),
        _ => {}
    }
}

#[test]
fn the_tag_lets_the_browser_take_no_other_files_than_these() {
    let house = published("dist-tag");
    let tag = house.text("dist/script-tag/tag.html");
    let script = digest(&house, "sha384", "base64", "dist/script-tag/wechat-pay.js");
    assert!(
        tag.contains(&format!(r#"src="wechat-pay.js" integrity="sha384-{script}" crossorigin="anonymous""#)),
        "{tag}"
    );
    let fallback = digest(&house, "sha384", "base64", "dist/script-tag/wechat-pay-fallback.js");
    let map = format!(r#"{{"integrity":{{"./wechat-pay-fallback.js":"sha384-{fallback}"}}}}"#);
    assert!(tag.contains(&format!(r#"<script type="importmap">{map}</script>"#)), "{tag}");
    house.put("map", &map);
    let allowed = digest(&house, "sha256", "base64", "map");
    assert!(tag.contains(&format!("script-src 'sha256-{allowed}'")), "{tag}");
    for name in
        ["LICENSE", "LICENSES-OF-OTHERS.md", "wechat-pay_bg.wasm", "wechat-pay.en.json", "wechat-pay.th.json"]
    {
        assert!(house.at("dist/script-tag").join(name).is_file(), "{name}");
    }
}

#[test]
fn the_licences_of_others_are_told_and_our_own_crates_are_not_others() {
    let house = House::new("dist-licences");
    house.says(
        "cargo-tree",
        "printf 'widget v0.1.0 (/work)\\tMIT\\t\\nserde v1.0.0\\tMIT OR Apache-2.0\\thttps://example.com/serde\\nserde v1.0.0 (*)\\tMIT\\t\\n'",
    );
    house.xtask(&["dist"]).went_well();
    for folder in ["npm", "script-tag"] {
        let told = house.text(&format!("dist/{folder}/LICENSES-OF-OTHERS.md"));
        assert!(
            told.ends_with(
                "| --- | --- | --- |\n| serde v1.0.0 | MIT OR Apache-2.0 | https://example.com/serde |\n"
            ),
            "{told}"
        );
    }
    house.says("cargo-tree", "");
    house.xtask(&["dist"]).failed().says("could not list what the modules are made of");
}

#[test]
fn the_worker_and_the_simulator_are_those_that_were_built_for_publishing() {
    let house = House::new("dist-programs");
    house.put("dist/worker/of-an-older-version.js", "");
    house.xtask(&["dist"]).went_well();
    assert!(house.calls().iter().any(|call| call == "cargo build --package simulator --release"));
    assert_eq!(names(&house, "dist"), ["npm", "script-tag", "simulator", "worker"]);
    assert_eq!(names(&house, "dist/worker"), ["index.js", "index_bg.wasm"]);
    let bytes = |file: &str| fs::read(house.at(file)).expect("it is there");
    assert!(bytes("dist/worker/index_bg.wasm") == bytes("made/index_bg.wasm"));
}

#[test]
fn a_part_that_is_named_is_made_alone() {
    let house = House::new("dist-part");
    house.put("dist/npm/of-an-older-version.js", "");
    house.put("dist/worker/stays.js", "");
    house.xtask(&["dist", "npm"]).went_well();
    assert!(!house.calls().iter().any(|call| call.contains("--package simulator")));
    assert_eq!(names(&house, "dist"), ["npm", "worker"]);
    assert!(!names(&house, "dist/npm").iter().any(|name| name == "of-an-older-version.js"));
}

#[test]
fn what_the_tests_judge_is_the_package_as_it_is_now() {
    let house = House::new("dist-for-tests");
    house.put("node_modules/wechatpay-edge/of-an-older-version.js", "");
    house.put("target/script-tag/of-an-older-version.js", "");
    house.xtask(&["test", "--only", "worker"]).went_well();
    for (folder, of_now) in
        [("node_modules/wechatpay-edge", "package.json"), ("target/script-tag", "tag.html")]
    {
        let names = names(&house, folder);
        assert!(names.iter().any(|name| name == of_now), "{names:?}");
        assert!(!names.iter().any(|name| name == "of-an-older-version.js"), "{folder}");
    }
}
