//! `cargo xtask fuzz`: feeds invented and mangled messages to the parsers, by libFuzzer, for a while per
//! target.
//!
//! The compiler that is there will do: libFuzzer needs coverage counters, which stable Rust can put in. No
//! address sanitizer, which would need a nightly: the code under test has no unsafe in it. What was learnt is
//! kept in target/fuzz/corpus and used the next time.

use crate::prelude::*;

/// What cargo-fuzz passes, less the sanitizer.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0";

/// Beyond the 64 KiB that a message may have, so that the limit itself is met.
const LONGEST_INPUT: &str = "-max_len=70000";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which targets; all of tests/fuzz/fuzz_targets when none is named
    targets: Vec<String>,
    /// How long each is fuzzed
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn fuzz(house: &House, options: &Options) -> Outcome {
    let known = targets(house)?;
    if let Some(unknown) = options.targets.iter().find(|target| !known.contains(target)) {
        return Err(Problem::new(format!("there is no fuzz target {unknown}"))
            .mend(format!("one of: {}", known.join(", "))));
    }
    let chosen = if options.targets.is_empty() { &known } else { &options.targets };
    let built = build(house)?;
    let mut broken = Vec::new();
    for target in chosen {
        println!("\n── {target}, {} s ──", options.seconds);
        if !run(house, &built, target, options.seconds)? {
            broken.push(target.as_str());
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    let broken = broken.join(", ");
    Err(Problem::new(format!("input that breaks {broken} was found; it is in target/fuzz/artifacts")))
}

fn targets(house: &House) -> Outcome<Vec<String>> {
    let files = house.files("tests/fuzz/fuzz_targets", ".rs")?;
    let names = files.iter().filter_map(|file| file.file_stem());
    Ok(names.map(|name| name.to_string_lossy().into_owned()).collect())
}

/// Builds all targets, and says in which folder; with a target triple, so that build scripts are not
/// instrumented.
fn build(house: &House) -> Outcome<PathBuf> {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-gnu" };
    let triple = format!("{}-{system}", std::env::consts::ARCH);
    let folder = house.target().join("fuzz/build");
    let mut command = cargo(house, &["build", "--release", "--bins", "--target", &triple]);
    command.current_dir(house.at("tests/fuzz"));
    command.env("CARGO_TARGET_DIR", &folder).env("RUSTFLAGS", COVERAGE);
    if !show(house, "fuzz-build", command)? {
        return Err(Problem::new("the fuzz targets do not build")
            .mend("a C++ compiler is needed, too (apt-get install g++)"));
    }
    Ok(folder.join(triple).join("release"))
}

/// Whether the target bore all that was fed to it.
fn run(house: &House, built: &Path, target: &str, seconds: u32) -> Outcome<bool> {
    let corpus = house.target().join("fuzz/corpus").join(target);
    let artifacts = house.target().join("fuzz/artifacts").join(target);
    make_folder(&corpus)?;
    make_folder(&artifacts)?;
    let dictionary = match target {
        "bill" => "bill.dict",
        _ if target.starts_with("v3_") => "v3.dict",
        _ => "message.dict",
    };
    let mut command = Command::new(built.join(target));
    command.arg(&corpus).args([LONGEST_INPUT, "-timeout=5", "-print_final_stats=1"]);
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.arg(format!("-dict={}", house.at("tests/fuzz").join(dictionary).display()));
    show(house, &format!("fuzz-{target}"), command)
}
