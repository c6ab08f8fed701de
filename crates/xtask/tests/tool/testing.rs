//! `cargo xtask test` tells the truth: whatever fails makes it fail, and what did not run is said.

use super::paper::House;

const CARGO_TEST: &str = "cargo-test";

#[test]
fn a_whole_run_in_which_all_is_well_ends_well_and_adds_up() {
    let house = House::new("all-is-well");
    let told = house.xtask(&["test"]);
    told.went_well();
    // Three checks, three of what others wrote, a Rust test, the build, seven sizes, four tests of Node, the promises.
    assert_eq!(told.last_line(), "20 passed, 0 failed");
    let calls = house.calls();
    assert!(calls.iter().any(|call| call == "cargo test --workspace --no-fail-fast"), "{calls:?}");
}

#[test]
fn a_promise_whose_test_did_not_run_fails_a_whole_run_and_no_other() {
    let house = House::new("promises");
    house.put(
        "tests/project/ran.mjs",
        "import { readFileSync } from 'node:fs';\nprocess.exitCode = readFileSync('target/tests/ran.tsv', 'utf8').includes('it is kept') ? 0 : 1;\n",
    );
    house.xtask(&["test"]).failed().says("✗ promises");
    house.xtask(&["test", "--only", "project"]).went_well();
    house.xtask(&["test", "--", "Worker holds"]).went_well();
    house.node_test("tests/worker/b.test.mjs", "test('it is kept', () => {});");
    house.xtask(&["test"]).went_well();
}

#[test]
fn a_failed_check_fails_the_run_though_everything_after_it_passes() {
    for (check, name) in [("cargo-fmt", "formatting"), ("cargo-clippy", "clippy")] {
        let house = House::new(&format!("failed-{name}"));
        house.says(check, "[ \"$2\" = --version ] || exit 1");
        let told = house.xtask(&["test", "--only", "lint,host"]);
        told.failed().says(&format!("✗ {name}")).says("✓ tests of the crates");
        assert_eq!(told.last_line(), "6 passed, 1 failed");
    }
}

#[test]
fn a_crate_that_may_not_be_used_fails_the_run_and_so_does_a_known_hole() {
    for (answer, words, name) in [
        (
            "cargo-deny---locked",
            "error[rejected]: failed to satisfy license requirements",
            "licences and sources",
        ),
        ("npm-audit", "1 critical severity vulnerability", "holes of npm tools"),
    ] {
        let house = House::new(&format!("denied-{answer}"));
        house.says(answer, &format!("echo '{words}'\nexit 1"));
        let told = house.xtask(&["test", "--only", "lint"]);
        told.failed().says(words).says("✗ dependencies");
        let ran = house.text("target/tests/ran.tsv");
        assert!(ran.lines().any(|line| line.contains("failed") && line.contains(name)), "{ran}");
    }
}

#[test]
fn a_machine_that_reaches_no_database_of_known_holes_says_so_and_checks_the_rest() {
    let house = House::new("no-database");
    house.says(
        "cargo-deny---locked",
        "[ \"$3\" != advisories ] || { echo 'failed to fetch advisory database of the net' >&2; exit 1; }",
    );
    house.says("npm-audit", "echo 'npm error audit endpoint returned an error' >&2; exit 1");
    let told = house.xtask(&["test", "--only", "lint"]);
    told.went_well().says("– known holes of crates (tool): the database cannot be reached from this machine");
    told.says("– known holes of npm tools (tool): the database cannot be reached from this machine");
    assert_eq!(told.last_line(), "4 passed, 0 failed, 2 skipped");
    house.says("cargo-deny---locked", "echo 'failed to fetch advisory database'; exit 1");
    house.xtask(&["test", "--only", "lint"]).failed().says("✗ dependencies");
}

#[test]
fn a_machine_without_cargo_deny_that_cannot_install_it_leaves_it_out_and_says_so() {
    let house = House::new("no-cargo-deny");
    house.remove("target/tools/cargo-deny/bin/cargo-deny");
    house.says("python3", "exit 1");
    let told = house.xtask(&["test", "--only", "lint"]);
    told.went_well().says("cargo install --locked cargo-deny");
    assert_eq!(told.last_line(), "4 passed, 0 failed, 2 skipped");
}

#[test]
fn a_pure_crate_that_gets_an_impure_dependency_fails_the_run() {
    let house = House::new("impure");
    for pure in ["wire", "order", "api", "qr", "simulator", "widget"] {
        house.says(
            "cargo-tree",
            &format!("case \"$*\" in *'package {pure} '*) echo 'getrandom v0.4.1';; esac"),
        );
        let told = house.xtask(&["test", "--only", "lint"]);
        told.failed().says(&format!("{pure} depends on getrandom, which brings randomness")).says("✗ purity");
    }
}

#[test]
fn a_pure_file_that_reaches_for_the_shell_fails_the_run() {
    for (file, text) in [
        ("crates/simulator/src/gateway/mod.rs", "use tokio::time::sleep;\n"),
        ("crates/edge/src/price/cart.rs", "use worker::Date;\n"),
        ("crates/edge/src/number_and_token.rs", "use crate::platform::random;\n"),
    ] {
        let house = House::new("impure-file");
        house.put(file, text);
        house.xtask(&["test", "--only", "lint"]).failed().says(&format!("{file} is pure, and names `"));
    }
}

#[test]
fn a_failed_test_of_rust_fails_the_run_though_those_of_node_pass() {
    let house = House::new("failed-rust");
    house.says(CARGO_TEST, "echo 'test it_holds ... FAILED'\nexit 101");
    let told = house.xtask(&["test", "--only", "host,worker"]);
    told.failed();
    assert!(told.last_line().ends_with(", 1 failed"), "{}", told.last_line());
}

#[test]
fn a_failed_test_is_believed_though_its_runner_ends_well() {
    let house = House::new("failed-quietly");
    house.says(CARGO_TEST, "echo 'test it_holds ... FAILED'");
    house.xtask(&["test", "--only", "host"]).failed();
}

#[test]
fn a_runner_that_is_killed_or_crashes_after_its_totals_fails_the_run() {
    let totals =
        "echo 'test it_holds ... ok'\necho 'test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured'";
    for (how, ending) in [("killed", "kill -9 $$"), ("crashed", "exit 101")] {
        let house = House::new(how);
        house.says(CARGO_TEST, &format!("{totals}\n{ending}"));
        let told = house.xtask(&["test", "--only", "host"]);
        told.failed().says("though no test failed");
        assert_eq!(told.last_line(), "1 passed, 1 failed");
    }
}

#[test]
fn a_step_that_cannot_be_started_fails_the_run_and_the_others_are_taken() {
    let house = House::new("no-cargo");
    house.remove("bin/cargo");
    let told = house.xtask(&["test", "--only", "lint,host"]);
    told.failed().says("`cargo` did not start").says("✗ tests of the crates").says("✗ purity");
}

#[test]
fn a_failed_test_of_node_fails_the_run() {
    let house = House::new("failed-node");
    house.node_test("tests/worker/b.test.mjs", "test('it breaks', () => { throw new Error('broken'); });");
    let told = house.xtask(&["test", "--only", "worker", "--", "it breaks"]);
    told.failed();
    assert_eq!(told.last_line(), "1 passed, 1 failed", "the build, and the test");
}

#[test]
fn a_file_that_fails_without_a_failed_test_fails_the_run() {
    for (how, text) in [
        ("at-its-end", "test('it holds', () => {}); process.on('exit', () => { process.exitCode = 3; });"),
        ("before-a-test", "throw new Error('no stage');"),
        (
            "cleaning-up",
            "describe('a stage', () => { test('it holds', () => {}); after(() => { throw new Error('left open'); }); });",
        ),
    ] {
        let house = House::new(&format!("fails-{how}"));
        house.node_test("tests/worker/b.test.mjs", text);
        let told = house.xtask(&["test", "--only", "worker"]);
        told.failed();
        assert!(!told.last_line().contains(" 0 failed"), "{how}: {}", told.last_line());
        let ran = house.text("target/tests/ran.tsv");
        assert!(ran.contains("failed\ttests/worker/b.test.mjs\t"), "{how}: {ran}");
    }
}

#[test]
fn a_filter_that_fits_no_test_is_an_error_that_says_what_to_do() {
    let house = House::new("typo");
    house.says(CARGO_TEST, "");
    for only in ["worker", "host", "worker,browser"] {
        let told = house.xtask(&["test", "--only", only, "--", "typo"]);
        told.failed().says("has “typo” in its name").says("grep -rin 'typo'").says("leave out --only");
    }
    house.xtask(&["test", "--", "typo"]).failed().says("has “typo” in its name");
}

#[test]
fn a_filter_chooses_tests_of_both_runners_and_is_content_with_one() {
    let house = House::new("filter");
    house.says(CARGO_TEST, "echo \"$*\" > filtered");
    let told = house.xtask(&["test", "--", "Worker holds"]);
    told.went_well();
    assert_eq!(told.last_line(), "2 passed, 0 failed", "the build, and the test");
    assert!(house.text("filtered").ends_with("-- Worker holds\n"), "{}", house.text("filtered"));
    assert!(
        house.text("target/tests/ran.tsv").contains("passed\ttests/worker/a.test.mjs\tthe Worker holds\n")
    );
}

#[test]
fn a_suite_that_runs_nothing_fails_the_run() {
    let house = House::new("nothing");
    house.says(CARGO_TEST, "echo 'test result: ok. 0 passed; 0 failed'");
    house.xtask(&["test", "--only", "host"]).failed().says("host: no test was run");
    house.remove("tests/worker/a.test.mjs");
    house.xtask(&["test", "--only", "project,worker"]).failed().says("worker: no test was run");
    house.node_test("tests/worker/a.test.mjs", "// all gone");
    house.xtask(&["test", "--only", "worker"]).failed().says("tests/worker/a.test.mjs has no test");
}

#[test]
fn what_was_skipped_is_named_in_the_last_lines_with_its_reason() {
    let house = House::new("skipped");
    for command in ["cargo-fmt", "cargo-clippy"] {
        house.says(command, "exit 1");
    }
    house.says(
        CARGO_TEST,
        "echo '   Doc-tests wire'\necho 'test slow ... ignored, takes a year'\necho 'test quick ... ok'",
    );
    house.put("tests/browser/firefox.json", r#"{ "always": [], "rarely": ["a"] }"#);
    let told = house.xtask(&["test", "--only", "lint,host,browser"]);
    told.went_well();
    let last: Vec<&str> = told.out.lines().skip_while(|line| *line != "skipped:").collect();
    assert_eq!(
        last[1..last.len() - 2],
        [
            "– formatting (tool): rustfmt is not installed (rustup component add rustfmt)",
            "– clippy (tool): clippy is not installed (rustup component add clippy)",
            "– slow (wire/doc): takes a year",
            "– a, in Firefox (tests/browser/a.test.mjs): FIREFOX=all runs it",
        ]
    );
    assert!(told.last_line().ends_with(", 0 failed, 4 skipped"), "{}", told.last_line());
}

#[test]
fn a_build_that_fails_fails_the_run_and_what_needs_it_is_named() {
    let house = House::new("no-build");
    house.says("cargo-build", "echo 'error: it does not compile'\nexit 101");
    let told = house.xtask(&["test", "--only", "worker"]);
    told.failed()
        .says("it does not compile")
        .says("tests of Worker, simulator and page (tool): the build failed");
    assert_eq!(told.last_line(), "0 passed, 1 failed, 1 skipped");
}

#[test]
fn a_size_over_its_budget_fails_the_run_though_the_tests_pass() {
    let house = House::new("too-large");
    house.made("wechat-pay-fallback.js", 2_700);
    let told = house.xtask(&["test", "--only", "worker"]);
    told.failed().says("✗ too large: www/widget/wechat-pay-fallback.js").says("✗ sizes");
    assert!(told.last_line().ends_with(", 1 failed"), "{}", told.last_line());
}

#[test]
fn each_test_is_written_down_by_its_name() {
    let house = House::new("written-down");
    house.put("target/debug/deps/order-0a.d", "target/debug/deps/order-0a.d: crates/order/src/lib.rs\n");
    house.put("target/debug/deps/stories-0b.d", "stories-0b.d: crates/order/tests/stories/main.rs\n");
    house.says(
        CARGO_TEST,
        "echo '     Running unittests src/lib.rs (target/debug/deps/order-0a)'
         echo 'running 1 test'
         echo 'test it_holds ... ok'
         echo 'test slow has been running for over 60 seconds'
         echo '     Running tests/stories/main.rs (target/debug/deps/stories-0b)'
         echo 'test paying::late ... ignored'
         echo '   Doc-tests wire'
         echo 'test crates/wire/src/lib.rs - Money (line 12) ... ok'",
    );
    house.put("target/tests/ran.tsv", "passed\tan older run\tis forgotten\n");
    house
        .xtask(&["test", "--only", "lint,host,worker"])
        .went_well()
        .says("– paying::late (order/stories): no reason");
    let ran = house.text("target/tests/ran.tsv");
    for line in [
        "passed\ttool\tclippy",
        "passed\torder/lib\tit_holds",
        "skipped\torder/stories\tpaying::late\t",
        "passed\twire/doc\tcrates/wire/src/lib.rs - Money (line 12)",
        "passed\ttool\tsize of Worker, module",
        "passed\ttests/worker/a.test.mjs\tthe Worker holds",
    ] {
        assert!(ran.lines().any(|other| other == line), "{line}\n{ran}");
    }
    assert!(!ran.contains("is forgotten"));
}

#[test]
fn only_what_was_asked_for_is_run() {
    let house = House::new("only");
    house.xtask(&["test", "--only", "simulator"]).went_well();
    assert!(
        !house.calls().iter().any(|call| call.starts_with("cargo test") || call.starts_with("cargo clippy"))
    );
    let ran = house.text("target/tests/ran.tsv");
    assert!(ran.contains("the simulator holds") && !ran.contains("the Worker holds"), "{ran}");
}

#[test]
fn a_machine_that_cannot_be_made_ready_runs_nothing_and_fails() {
    let house = House::new("not-ready");
    house.remove("bin/curl");
    house.put("target/tests/ran.tsv", "passed\tan older run\tsays nothing of this one\n");
    house.xtask(&["test", "--only", "worker"]).failed().says("curl");
    assert!(!house.at("target/tests/ran.tsv").exists());
}
