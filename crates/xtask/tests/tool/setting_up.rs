//! Set-up: the locked versions and no others, no script of a package, and nothing twice.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::paper::{House, told};

#[test]
fn a_machine_that_has_everything_is_left_alone() {
    let house = House::new("ready");
    house.xtask(&["setup"]).went_well().says("All is there");
    let changes = |call: &String| call.contains(" install") || call.contains(" ci") || call.contains("venv");
    assert!(!house.calls().iter().any(changes));
}

#[test]
fn the_doctor_names_what_is_missing_with_its_remedy_and_changes_nothing() {
    let house = House::new("doctor");
    house.remove("node_modules/.installed-for-lock");
    house.remove("bin/firefox");
    let told = house.xtask(&["doctor"]);
    told.failed().says("npm ci --ignore-scripts").says("– Firefox").says("1 of these are missing");
    assert!(!house.calls().iter().any(|call| call.starts_with("npm ")));
}

#[test]
fn wasm_bindgen_in_another_version_than_the_lock_files_is_replaced_by_that_one() {
    let house = House::new("wasm-bindgen");
    house.says("wasm-bindgen---version", "echo 'wasm-bindgen 0.2.129'");
    house.says(
        "cargo-install",
        "echo \"echo 'wasm-bindgen 0.2.130'\" > \"$PAPER/answers/wasm-bindgen---version\"",
    );
    house.xtask(&["build", "worker", "--quick"]).went_well();
    let calls = house.calls();
    assert!(
        calls
            .iter()
            .any(|call| call.ends_with(" wasm-bindgen-cli@0.2.130")
                || call.contains(" wasm-bindgen-cli@0.2.130 ")),
        "{calls:?}"
    );
}

#[test]
fn a_tool_that_is_still_wrong_after_its_installation_stops_the_work() {
    let house = House::new("still-wrong");
    house.says("wasm-bindgen---version", "echo 'wasm-bindgen 0.2.129'");
    let told = house.xtask(&["build", "worker", "--quick"]);
    told.failed().says("wasm-bindgen was installed, but").says("cargo install wasm-bindgen-cli@0.2.130");
    assert!(!house.calls().iter().any(|call| call.starts_with("cargo build")));
}

#[test]
fn npm_installs_what_the_lock_file_says_and_lets_no_package_run_a_script() {
    let house = House::new("npm");
    house.put("package-lock.json", "{ \"another\": true }\n");
    house.xtask(&["build", "worker", "--quick"]).went_well();
    let calls: Vec<String> = house.calls().into_iter().filter(|call| call.starts_with("npm ")).collect();
    assert_eq!(calls, ["npm ci --ignore-scripts --no-audit --no-fund --loglevel http"]);
    house.xtask(&["build", "worker", "--quick"]).went_well();
    assert!(!house.calls().iter().any(|call| call.starts_with("npm ")), "installed for this lock file");
}

#[test]
fn npm_that_fails_is_asked_again_the_next_time() {
    let house = House::new("npm-fails");
    house.put("package-lock.json", "{ \"another\": true }\n");
    house.says("npm-ci", "echo 'EINTEGRITY sha512-x' >&2\nexit 1");
    for _ in 0..2 {
        house
            .xtask(&["build", "worker", "--quick"])
            .failed()
            .says("EINTEGRITY")
            .says("the whole log: target/logs/npm-ci.log");
        assert!(house.calls().iter().any(|call| call.starts_with("npm ci")));
    }
}

#[test]
fn a_node_that_is_too_old_is_not_used() {
    let house = House::new("old-node");
    let node = fs::canonicalize(house.at("bin/node")).expect("Node");
    house.remove("bin/node");
    symlink(house.at("bin/answering"), house.at("bin/node")).expect("a link");
    house.says("node---version", "echo v22.11.9");
    // The package of npm that holds Node itself.
    house.says(
        "npm-install",
        &format!(
            "for word; do package=$word; done\nto=target/tools/node/node_modules/${{package%@*}}/bin\n\
             mkdir -p \"$PAPER/$to\" && cp {} \"$PAPER/$to/node\"",
            node.display()
        ),
    );
    house.xtask(&["build", "worker", "--quick"]).went_well();
    let calls = house.calls();
    let install = calls.iter().find(|call| call.starts_with("npm install")).expect("one is installed");
    assert!(install.contains("--ignore-scripts") && install.contains("@24."), "{install}");
}

#[test]
fn the_python_sdk_is_installed_in_the_pinned_versions_and_again_when_they_change() {
    let house = House::new("python");
    house.put("target/tools/venv/installed-for-requirements", "an older list");
    house.says(
        "python3",
        "mkdir -p target/tools/venv/bin && cp \"$PAPER/bin/answering\" target/tools/venv/bin/python",
    );
    house.xtask(&["test", "--only", "host"]).went_well();
    let calls = house.calls();
    let pip = calls.iter().find(|call| call.contains("-m pip install")).expect("pip is asked");
    assert!(pip.contains("--no-deps") && pip.contains("--requirement"), "{pip}");
    let pinned = house.text("target/tools/venv/requirements.txt");
    let loose: Vec<&str> =
        pinned.lines().filter(|line| !line.starts_with('#') && !line.contains("==")).collect();
    assert!(pinned.contains("wechatpy==") && loose.is_empty(), "{loose:?}");
}

#[test]
fn a_part_that_can_be_done_without_is_left_out_and_said() {
    let house = House::new("no-firefox");
    house.remove("bin/firefox");
    house
        .xtask(&["test", "--only", "browser"])
        .went_well()
        .says("left out; the browser tests' second engine will be skipped")
        .says("FIREFOX_BIN=/path/to/it");
}

#[test]
fn webkits_driver_without_its_screen_is_no_engine() {
    let house = House::new("no-screen");
    house.remove("bin/Xvfb");
    house.node_test(
        "tests/browser/webkit/a.test.mjs",
        "test('has no driver', () => { if (process.env.WEBKIT_DRIVER_BIN) throw new Error('one'); });",
    );
    let told = house.xtask(&["doctor"]);
    told.went_well().says("– WebKit").says("no Xvfb on PATH").says("apt-get install webkit2gtk-driver xvfb");
    house
        .xtask(&["test", "--only", "browser"])
        .went_well()
        .says("left out; the browser tests' third engine will be skipped");
}

#[test]
fn tests_are_given_webkits_driver_with_its_screen() {
    let house = House::new("webkit");
    house.node_test(
        "tests/browser/webkit/a.test.mjs",
        "test('has both', () => { if (!process.env.WEBKIT_DRIVER_BIN || !process.env.XVFB_BIN) throw new Error('not both'); });",
    );
    house.xtask(&["test", "--only", "browser"]).went_well();
}

#[test]
fn a_part_that_cannot_be_done_without_stops_the_work_and_says_the_remedy() {
    let house = House::new("no-chromium");
    house.remove("bin/chromium");
    let told = house.xtask(&["test", "--only", "browser"]);
    told.failed().says("CHROME_BIN=/path/to/it").says("cargo xtask doctor");
    assert!(!house.calls().iter().any(|call| call.starts_with("cargo build")));
}

#[test]
fn packages_of_the_system_are_not_installed_where_that_is_forbidden() {
    let house = House::new("no-apt");
    house.remove("bin/curl");
    house.program("bin/apt-get");
    let told = told(house.command(&["test", "--only", "worker"]).env("XTASK_NO_APT", "1"));
    told.failed().says("the packages curl are missing, and XTASK_NO_APT forbids to install them");
    assert!(!house.calls().iter().any(|call| call.starts_with("apt-get")));
}

/// The packages of a Cargo.lock that come from others.
fn crates_of_others(lock: &str) -> impl Iterator<Item = &str> {
    lock.split("[[package]]").skip(1).filter(|package| package.contains("\nsource = "))
}

#[test]
fn every_package_of_others_is_held_to_its_checksum() {
    for lock in [include_str!("../../../../Cargo.lock"), include_str!("../../../../tests/fuzz/Cargo.lock")] {
        assert!(crates_of_others(lock).count() > 10);
        for package in crates_of_others(lock) {
            let registry = "\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
            assert!(package.contains(registry) && package.contains("\nchecksum = \""), "{package}");
        }
    }
    let lock: Value = serde_json::from_str(include_str!("../../../../package-lock.json")).expect("JSON");
    let packages = lock["packages"].as_object().expect("a list");
    // The first is the project itself.
    let others = packages.iter().filter(|(name, _)| !name.is_empty());
    let loose: Vec<_> = others
        .filter(|(_, package)| !package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")))
        .map(|(name, _)| name)
        .collect();
    assert!(packages.len() > 100 && loose.is_empty(), "{loose:?}");
}
