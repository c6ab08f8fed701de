//! `.dev.vars`: the Worker's secrets on this machine. Made once with random values that only the demo's simulator knows;
//! readable by its owner alone, ignored by git. A file that is there already is used as it is.

use crate::house::{House, read};
use crate::problem::{At, Outcome, Problem};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;

const API_KEY: &str = "WECHAT_API_KEY";
const ORDER_SECRET: &str = "ORDER_SECRET";

/// The merchant's API key, to be shared with the simulator. No Debug, no Display: it goes into one environment only.
pub(super) struct SharedKey(String);

impl SharedKey {
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

pub(super) fn shared_key(house: &House) -> Outcome<SharedKey> {
    let path = house.at(".dev.vars");
    if !path.exists() {
        let text = format!(
            "# Secrets of the Worker on this machine, made at random by `cargo xtask demo`. Never commit this file.\n\
             {API_KEY}={}\n{ORDER_SECRET}={}\n",
            random_hex(16)?,
            random_hex(32)?
        );
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).at("making", &path)?;
        file.write_all(text.as_bytes()).at("writing", &path)?;
    }
    let text = read(&path)?;
    for name in [API_KEY, ORDER_SECRET] {
        if value(&text, name).is_none() {
            return Err(Problem::new(format!(".dev.vars has no {name}"))
                .mend("add the line, or let the demo make a new file: rm .dev.vars"));
        }
    }
    Ok(SharedKey(value(&text, API_KEY).unwrap_or_default().to_owned()))
}

fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let of_line = |line: &'t str| line.trim().strip_prefix(name)?.trim_start().strip_prefix('=');
    text.lines().find_map(of_line).map(|value| value.trim().trim_matches(['"', '\'']))
}

/// That many bytes of the operating system's randomness.
fn random_hex(bytes: usize) -> Outcome<String> {
    let source = std::path::Path::new("/dev/urandom");
    let mut random = vec![0; bytes];
    std::fs::File::open(source).and_then(|mut file| file.read_exact(&mut random)).at("reading", source)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_with_or_without_quotes() {
        let text = "# a comment\nWECHAT_API_KEY = \"abc\"\nORDER_SECRET=def\n";
        assert_eq!(value(text, API_KEY), Some("abc"));
        assert_eq!(value(text, ORDER_SECRET), Some("def"));
        assert_eq!(value("", API_KEY), None);
    }

    #[test]
    fn a_random_key_has_the_32_characters_that_wechat_asks_for() {
        let key = random_hex(16).unwrap_or_default();
        assert_eq!(key.len(), 32);
        assert_ne!(Some(key), random_hex(16).ok());
    }
}
