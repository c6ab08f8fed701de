//! `.dev.vars`: the Worker's secrets on this machine. Made once with random values that only the demo's
//! simulator knows; readable by its owner alone, ignored by git. What stands in a file that is there already
//! stays; what it lacks is added.

use crate::offer::OFFER_KEY;
use crate::prelude::*;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

const API_KEY: &str = "WECHAT_API_KEY";
pub(super) const OWNER_ALONE: u32 = 0o600;

/// Each with its random bytes, written as twice as many characters; WeChat's key has 32.
const SECRETS: [(&str, usize); 4] =
    [(API_KEY, 16), ("ORDER_SECRET", 32), (OFFER_KEY, 32), ("ADMIN_TOKEN", 32)];

/// The merchant's API key, to be shared with the simulator by its environment only.
pub(super) fn api_key(house: &House) -> Outcome<String> {
    let path = house.at(".dev.vars");
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(OWNER_ALONE)
        .open(&path)
        .at("opening", &path)?;
    // One that was there already may be open to others.
    file.set_permissions(Permissions::from_mode(OWNER_ALONE)).at("closing to others", &path)?;
    let mut text = String::new();
    file.read_to_string(&mut text).at("reading", &path)?;
    let added = lacking(&text)?;
    file.write_all(added.as_bytes()).at("writing", &path)?;
    text.push_str(&added);
    Ok(value(&text, API_KEY).unwrap_or_default().to_owned())
}

/// A secret of this machine's Worker; nothing when there is none.
pub(crate) fn secret(house: &House, name: &str) -> Outcome<Option<String>> {
    let path = house.at(".dev.vars");
    if !path.exists() {
        return Ok(None);
    }
    Ok(value(&read(&path)?, name).map(str::to_owned))
}

/// The lines of the secrets that the file does not name.
fn lacking(text: &str) -> Outcome<String> {
    let mut lines = String::new();
    if text.is_empty() {
        lines += "# Secrets of the Worker on this machine, made at random by `cargo xtask demo`. Never commit this file.\n";
    } else if !text.ends_with('\n') {
        lines += "\n";
    }
    for (name, bytes) in SECRETS {
        if value(text, name).is_none() {
            lines += &format!("{name}={}\n", random_hex(bytes)?);
        }
    }
    Ok(lines)
}

fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let of_line = |line: &'t str| line.trim().strip_prefix(name)?.trim_start().strip_prefix('=');
    text.lines().find_map(of_line).map(|value| value.trim().trim_matches(['"', '\'']))
}

/// That many bytes of the operating system's randomness.
pub(super) fn random_hex(bytes: usize) -> Outcome<String> {
    let source = Path::new("/dev/urandom");
    let mut random = vec![0; bytes];
    File::open(source).and_then(|mut file| file.read_exact(&mut random)).at("reading", source)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
