//! `cargo xtask key`: makes a key for one of the merchant's systems, and the line by which the Worker
//! knows it.
//!
//! The key is 32 bytes of the operating system's randomness. So the Worker needs no more than its SHA-256: a
//! slow hash protects what a person could have thought of, and nobody can try these out.

use crate::prelude::*;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;

const BYTES: usize = 32;
/// By which a scanner of leaked secrets may know it.
const PREFIX: &str = "wpe_";
const ROLES: [&str; 3] = ["read", "write", "refund"];

#[derive(clap::Args)]
#[command(
    after_help = "The key is shown once: keep it where the system runs that uses it, and send it as `Authorization: Bearer <key>`.\n\
                  The line goes to the Worker, behind the lines of the other keys and a comma:\n  \
                  npx wrangler secret put ADMIN_KEYS"
)]
pub(crate) struct Options {
    /// Who uses it: 1 to 32 small letters, digits, - and _; the audit log and each order's history show it
    #[arg(value_parser = name)]
    name: String,
    /// What it may do: read, write, refund, with commas between them
    #[arg(long = "role", required = true, value_delimiter = ',', value_parser = ROLES)]
    roles: Vec<String>,
}

/// Prints the key and its line.
pub(crate) fn key(options: &Options) -> Outcome {
    let key = random_key()?;
    println!("The key, which is shown once:\n\n    {key}\n");
    println!("The line for the Worker's secret ADMIN_KEYS:\n\n    {}", line(options, &key));
    Ok(())
}

fn random_key() -> Outcome<String> {
    let source = Path::new("/dev/urandom");
    let mut random = [0; BYTES];
    File::open(source).and_then(|mut file| file.read_exact(&mut random)).at("reading", source)?;
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random)))
}

fn line(Options { name, roles }: &Options, key: &str) -> String {
    let known = ROLES.into_iter().filter(|role| roles.iter().any(|named| named == role));
    let roles: Vec<_> = known.collect();
    let hash: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}:{}:{hash}", roles.join("+"))
}

fn name(text: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let fits = (1..=32).contains(&text.len()) && text.bytes().all(plain);
    if fits { Ok(text.to_owned()) } else { Err("it must be 1 to 32 small letters, digits, - and _") }
}

#[cfg(test)]
mod tests {
    use super::{BASE64_URL_SAFE_NO_PAD, Engine, PREFIX, line, random_key};
    use crate::cli::{Cli, Task};
    use clap::Parser;

    fn parsed(arguments: &[&str]) -> Result<super::Options, String> {
        let all = ["cargo xtask", "key"].iter().chain(arguments);
        match Cli::try_parse_from(all).map_err(|error| error.to_string())?.command {
            Task::Key(options) => Ok(options),
            _ => Err("another command".to_owned()),
        }
    }

    #[test]
    fn a_key_is_thirty_two_random_bytes() {
        let bytes = || {
            let key = random_key().unwrap_or_default();
            BASE64_URL_SAFE_NO_PAD.decode(key.strip_prefix(PREFIX).unwrap_or_default()).unwrap_or_default()
        };
        let (one, another) = (bytes(), bytes());
        assert_eq!((one.len(), another.len()), (32, 32));
        assert_ne!(one, another);
    }

    #[test]
    fn the_line_has_the_name_the_roles_and_the_hash_and_not_the_key() {
        let options = parsed(&["till", "--role", "refund,read", "--role", "read"]).ok();
        let line = options.map(|options| line(&options, "abc"));
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(line, Some(format!("till:read+refund:{hash}")));
    }

    #[test]
    fn a_name_or_a_role_that_the_worker_would_refuse_is_refused() {
        for bad in [
            &["Till", "--role", "read"][..],
            &["a:b", "--role", "read"],
            &["till", "--role", "all"],
            &["till"],
        ] {
            assert!(parsed(bad).is_err(), "{bad:?}");
        }
    }
}
