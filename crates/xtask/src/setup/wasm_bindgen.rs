//! wasm-bindgen's command line tool, which must have the version of the library in Cargo.lock. One on PATH
//! that has it is used; otherwise it is compiled into `target/tools`, without optimisation, which is twice as
//! quick to install and quick enough to run.

use super::State;
use super::parts::Install;
use crate::prelude::*;

const NAME: &str = "wasm-bindgen";

/// The version of the library.
pub(crate) fn locked(house: &House) -> Outcome<String> {
    let lock = read(&house.at("Cargo.lock"))?;
    let after = lock.split_once(&format!("name = \"{NAME}\"\nversion = \"")).map(|(_, after)| after);
    let version = after.and_then(|after| after.split('"').next()).map(str::to_owned);
    version.ok_or_else(|| {
        Problem::new(format!("Cargo.lock names no `{NAME}`"))
            .mend("cargo metadata > /dev/null   (writes the lock file)")
    })
}

/// The tool in that version.
pub(crate) fn find(house: &House) -> Outcome<PathBuf> {
    let wanted = locked(house)?;
    let ours = house.tools().join("bin").join(NAME);
    let fits = |program: &PathBuf| {
        let text = ask(Command::new(program).arg("--version")).unwrap_or_default();
        text.split(' ').nth(1) == Some(wanted.as_str())
    };
    [Some(ours), on_path(NAME)].into_iter().flatten().find(fits).ok_or_else(|| {
        Problem::new(format!("version {wanted}, which fits Cargo.lock, is not installed"))
            .mend("cargo xtask setup")
    })
}

pub(super) struct WasmBindgen;

impl Install for WasmBindgen {
    fn look(&self, house: &House) -> State {
        let place = find(house).map_err(Problem::what)?;
        Ok(format!("{} at {}", locked(house).unwrap_or_default(), house.short(&place).display()))
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let mut command = cargo(house, &["install", "--debug", "--force", "--bin", NAME, "--root"]);
        command.arg(house.tools());
        // Without its own lock file, which names a version that its registry has withdrawn.
        command.arg(format!("wasm-bindgen-cli@{}", locked(house)?));
        // Nobody will debug it: less to compile and to write.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        command.arg("--target-dir").arg(house.tools().join("build"));
        run(house, task, NAME, command)
    }

    fn remedy(&self, house: &House) -> String {
        format!("cargo install wasm-bindgen-cli@{}", locked(house).unwrap_or_default())
    }
}
