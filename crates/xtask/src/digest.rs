//! Digests by which a page names the only file, or the only script, that it takes.

use crate::problem::{At, Outcome};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256, Sha384};
use std::fs;
use std::path::Path;

/// What an `integrity` attribute holds: the browser takes the file only if it is this one.
pub(crate) fn integrity(file: &Path) -> Outcome<String> {
    let digest = Sha384::digest(fs::read(file).at("reading", file)?);
    Ok(format!("sha384-{}", BASE64_STANDARD.encode(digest)))
}

/// The same, shorter: for a hash that every shopper downloads, and for a Content-Security-Policy that allows
/// an inline script.
pub(crate) fn short_integrity(bytes: impl AsRef<[u8]>) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(bytes)))
}
