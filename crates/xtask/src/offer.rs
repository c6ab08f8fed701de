//! `cargo xtask offer`: signs one offer, for the demo or for a page made by hand.
//!
//! The key comes from the environment or from `.dev.vars`, never from an argument: a shell keeps arguments in
//! its history, and every process of the machine can read them.

use crate::demo;
use crate::prelude::*;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

/// In the environment, in `.dev.vars`, and as the Worker's secret.
pub(crate) const OFFER_KEY: &str = "OFFER_KEY";
/// HS256 asks for 32 bytes; the Worker takes no shorter key.
const KEY_AT_LEAST: usize = 32;

#[derive(clap::Args)]
#[command(
    after_help = "It goes into the page as <wechat-pay endpoint=\"…\" offer=\"…\">. For example:\n\n  \
                  cargo xtask offer --sku tea-gift-set --name 'Oolong gift set' --amount 8800 --currency HKD --max-quantity 5\n\n\
                  The key is that of the environment variable OFFER_KEY, else that of the demo (.dev.vars); the Worker\n\
                  must have the same: npx wrangler secret put OFFER_KEY"
)]
pub(crate) struct Options {
    /// Your id of the goods: 1 to 32 characters of [A-Za-z0-9_-]
    #[arg(long, value_parser = sku)]
    sku: String,
    /// What the shopper reads in WeChat
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: String,
    /// The price of one in the currency's smallest unit: 8800 is HK$88.00
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
    amount: i32,
    /// Three letters, as in HKD
    #[arg(long, value_parser = currency)]
    currency: String,
    /// The most of it in one order
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    max_quantity: u32,
    /// How many orders it may make in all, paid or not; without it as many as are wanted
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    max_orders: Option<u32>,
    /// Your own number of what it sells, 1 to 64 characters; it comes back with the order
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reference: Option<String>,
    /// How many days it is valid
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

/// Prints the offer, and nothing else on the standard output.
pub(crate) fn offer(house: &House, options: &Options) -> Outcome {
    let key = key(house)?;
    let Options { sku, name, amount, currency, max_quantity, max_orders, reference, days } = options;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let exp = now + u64::from(*days) * 24 * 60 * 60;
    let mut claims = json!({ "sku": sku, "name": name, "amount": amount, "currency": currency, "max_quantity": max_quantity, "exp": exp });
    if let Some(most) = max_orders {
        claims["max_orders"] = json!(most);
    }
    if let Some(reference) = reference {
        claims["reference"] = json!(reference);
    }
    println!("{}", signed(&claims, key.as_bytes())?);
    Ok(())
}

/// The claims as a JWS, signed by HS256.
fn signed(claims: &Value, key: &[u8]) -> Outcome<String> {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({ "alg": "HS256" })), part(claims));
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).map_err(|_| Problem::new("the key has another length"))?;
    mac.update(text.as_bytes());
    Ok(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
}

fn key(house: &House) -> Outcome<String> {
    let (key, whose) = match std::env::var(OFFER_KEY).ok().filter(|key| !key.is_empty()) {
        Some(key) => (key, "the environment variable OFFER_KEY"),
        None => {
            let key = demo::secret(house, OFFER_KEY)?.ok_or_else(|| {
                Problem::new("there is no key to sign with: OFFER_KEY is not set, and the demo has none yet")
                    .mend("set OFFER_KEY to the Worker's own, or start the demo once: cargo xtask demo")
            })?;
            eprintln!("Signed with the key of the demo (.dev.vars).");
            (key, "the line OFFER_KEY of .dev.vars")
        }
    };
    if key.len() < KEY_AT_LEAST || key.trim() != key {
        return Err(Problem::new(format!(
            "{whose} must have at least {KEY_AT_LEAST} characters and no white space around them"
        ))
        .mend("openssl rand -hex 32   (makes one; the Worker must have the same)"));
    }
    Ok(key)
}

fn sku(text: &str) -> Result<String, &'static str> {
    let fits = (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if fits { Ok(text.to_owned()) } else { Err("it must be 1 to 32 characters of [A-Za-z0-9_-]") }
}

fn currency(text: &str) -> Result<String, &'static str> {
    let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if fits { Ok(text.to_owned()) } else { Err("it must be three upper-case letters, as in HKD") }
}

#[cfg(test)]
mod tests {
    use crate::cli::{Cli, Task};
    use clap::Parser;

    fn parsed(arguments: &[&str]) -> Result<super::Options, String> {
        let all = ["cargo xtask", "offer", "--sku", "tea", "--name", "Oolong", "--currency", "HKD"];
        match Cli::try_parse_from(all.iter().chain(arguments)).map_err(|error| error.to_string())?.command {
            Task::Offer(options) => Ok(options),
            _ => Err("another command".to_owned()),
        }
    }

    #[test]
    fn an_offer_is_for_one_and_for_ninety_days_unless_it_is_told_otherwise() {
        let options = parsed(&["--amount", "8800"]).map(|options| (options.max_quantity, options.days));
        assert_eq!(options, Ok((1, 90)));
    }

    #[test]
    fn what_the_worker_would_refuse_is_refused_before_it_is_signed() {
        for bad in [
            &["--amount", "0"][..],
            &["--amount", "-1"],
            &["--amount", "88.5"],
            &["--amount", "2147483648"],
            &["--amount", "1", "--max-quantity", "0"],
            &["--amount", "1", "--max-orders", "0"],
            &["--amount", "1", "--max-orders", "10001"],
            &["--amount", "1", "--days", "0"],
            &[],
        ] {
            assert!(parsed(bad).is_err(), "{bad:?}");
        }
        assert!(super::sku("tea pot").is_err());
        assert!(super::currency("hkd").is_err());
    }

    #[test]
    fn the_key_is_no_argument() {
        assert!(parsed(&["--amount", "1", "--key", "x"]).is_err());
    }
}
