//! Digests of files. Node has them at hand, and is there wherever something is built.

use crate::house::House;
use crate::machine::command_with_path;
use crate::problem::{Outcome, Problem};
use crate::run::ask;
use crate::setup::node;
use std::path::Path;

/// One line per file comes back.
const DIGEST: &str = "const [algorithm, form, ...files] = process.argv.slice(1); for (const file of files) \
    console.log(require('node:crypto').createHash(algorithm).update(require('node:fs').readFileSync(file)).digest(form))";

/// What an `integrity` attribute holds: the browser takes the file only if it is this one.
pub(crate) fn integrity(house: &House, file: &Path) -> Outcome<String> {
    let digests = digest(house, "sha384", "base64", &[file])?;
    Ok(format!("sha384-{}", digests.concat()))
}

/// The same, shorter, for a hash that every shopper downloads.
pub(crate) fn short_integrity(house: &House, file: &Path) -> Outcome<String> {
    let digests = digest(house, "sha256", "base64", &[file])?;
    Ok(format!("sha256-{}", digests.concat()))
}

/// By what a Content-Security-Policy allows a script that stands in the page.
pub(crate) fn integrity_of_text(house: &House, text: &str) -> Outcome<String> {
    const DIGEST: &str = "console.log('sha256-' + require('node:crypto').createHash('sha256')\
        .update(process.argv[1]).digest('base64'))";
    ask(command_with_path(node::program(house)?, &[]).args(["--eval", DIGEST, text]))
        .ok_or_else(|| Problem::new("a text could not be hashed"))
}

fn digest(house: &House, algorithm: &str, form: &str, files: &[impl AsRef<Path>]) -> Outcome<Vec<String>> {
    let mut command = command_with_path(node::program(house)?, &[]);
    command.args(["--eval", DIGEST, algorithm, form]).args(files.iter().map(AsRef::as_ref));
    let output = command.output().map_err(|error| Problem::new(format!("node: {error}")))?;
    let digests: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    if output.status.success() && digests.len() == files.len() {
        return Ok(digests);
    }
    Err(Problem::new(format!("{} files could not be hashed", files.len()))
        .tail([String::from_utf8_lossy(&output.stderr).into_owned()]))
}
