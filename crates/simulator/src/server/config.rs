//! Reads flags and the TOML file into merchants and switches.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use simulator::gateway::{Merchant, Mode, Switches, sign_type};

use super::cli::Cli;
use super::control::with_named;
use super::http_client::Trust;

const LISTEN: &str = "127.0.0.1:8788";

/// Everything the program needs to start.
pub(crate) struct Setup {
    pub(crate) listen: String,
    pub(crate) merchants: Vec<Merchant>,
    pub(crate) keys_shown: KeysShown,
    pub(crate) switches: Switches,
    pub(crate) trust: Trust,
    pub(crate) seed: u64,
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) log_file: Option<PathBuf>,
}

/// Whether the start-up message shows keys. Those of the built-in merchants are no secret; the user's own may
/// be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeysShown {
    Shown,
    Hidden,
}

/// The configuration file. Every part of it is optional.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    listen: Option<String>,
    seed: Option<u64>,
    state: Option<PathBuf>,
    log: Option<PathBuf>,
    notify_ca: Option<PathBuf>,
    notify_insecure: bool,
    merchants: Vec<FileMerchant>,
    switches: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileMerchant {
    appid: String,
    #[serde(alias = "mch_id")]
    mch_id: String,
    key: String,
    name: Option<String>,
    #[serde(alias = "fee_type")]
    fee_type: Option<String>,
    #[serde(alias = "sign_type")]
    sign_type: Option<String>,
    #[serde(alias = "refund_notify_url")]
    refund_notify_url: Option<String>,
    /// The APIv3 key, 32 bytes. Without it the merchant has API v2 alone.
    #[serde(alias = "api_v3_key")]
    api_v3_key: Option<String>,
    /// The merchant's certificate in PEM. Left out: the simulator's own.
    certificate: Option<PathBuf>,
    /// Makes the merchant an institution, with these merchants behind it.
    #[serde(default, alias = "sub_mch_ids")]
    sub_mch_ids: Vec<String>,
}

pub(crate) fn setup(cli: &Cli) -> Result<Setup, String> {
    let file = cli.config.as_deref().map(read).transpose()?.unwrap_or_default();
    let (mut merchants, keys_shown) = merchants(cli, &file)?;
    for (url, merchant) in cli.refund_notify_url.iter().cycle().zip(&mut merchants) {
        merchant.set_refund_notify_url(url).map_err(|problem| problem.to_string())?;
    }
    let configured = with_named(&Switches::default(), file.switches)
        .map_err(|problem| format!("[switches]: {problem}"))?;
    let switches = with_named(&configured, flags(cli, &configured)?)?;
    Ok(Setup {
        listen: cli.listen.clone().or(file.listen).unwrap_or_else(|| LISTEN.to_owned()),
        merchants,
        keys_shown,
        switches,
        trust: trust(cli, file.notify_ca, file.notify_insecure),
        seed: cli.seed.or(file.seed).unwrap_or_else(seed_of_this_run),
        state_file: cli.state.clone().or(file.state),
        log_file: cli.log.clone().or(file.log),
    })
}

/// A flag wins over the file, even when the two name different settings.
fn trust(cli: &Cli, ca_of_file: Option<PathBuf>, insecure_by_file: bool) -> Trust {
    match (&cli.notify_ca, ca_of_file) {
        (Some(file), _) => Trust::PublicAnd(file.clone()),
        _ if cli.notify_insecure || insecure_by_file => Trust::Anyone,
        (None, Some(file)) => Trust::PublicAnd(file),
        (None, None) => Trust::Public,
    }
}

fn read(path: &Path) -> Result<File, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn merchants(cli: &Cli, file: &File) -> Result<(Vec<Merchant>, KeysShown), String> {
    // A key alone does not count: it may be in the environment for another reason.
    let of_flags = [&cli.appid, &cli.mch_id, &cli.sign_type, &cli.fee_type, &cli.merchant_name];
    if of_flags.into_iter().any(Option::is_some) {
        let needed = |value: &Option<String>, name: &str| {
            value
                .clone()
                .ok_or_else(|| format!("a merchant of your own needs {name}; `simulator --help` shows how"))
        };
        let described = FileMerchant {
            appid: needed(&cli.appid, "--appid")?,
            mch_id: needed(&cli.mch_id, "--mch-id")?,
            key: needed(&cli.api_key, "its key in SIMULATOR_API_KEY")?,
            name: cli.merchant_name.clone(),
            fee_type: cli.fee_type.clone(),
            sign_type: cli.sign_type.clone(),
            refund_notify_url: None,
            api_v3_key: cli.api_v3_key.clone(),
            certificate: cli.merchant_certificate.clone(),
            sub_mch_ids: Vec::new(),
        };
        return Ok((vec![merchant(&described)?], KeysShown::Hidden));
    }
    if file.merchants.is_empty() {
        return Ok((ready_made()?, KeysShown::Shown));
    }
    for (n, one) in file.merchants.iter().enumerate() {
        let is_same = |other: &&FileMerchant| other.mch_id == one.mch_id && other.appid == one.appid;
        if file.merchants.iter().skip(n + 1).any(|other| is_same(&other)) {
            return Err(format!("the merchant {} stands in the configuration twice", one.mch_id));
        }
    }
    Ok((file.merchants.iter().map(merchant).collect::<Result<_, _>>()?, KeysShown::Hidden))
}

fn merchant(described: &FileMerchant) -> Result<Merchant, String> {
    let mut merchant = Merchant::new(&described.appid, &described.mch_id, &described.key)
        .map_err(|problem| format!("merchant {}: {problem}", described.mch_id))?;
    if let Some(name) = &described.name {
        merchant.name.clone_from(name);
    }
    if let Some(fee_type) = &described.fee_type {
        if fee_type.len() != 3 || !fee_type.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("fee type {fee_type:?} must be three capital letters, such as HKD"));
        }
        merchant.fee_type.clone_from(fee_type);
    }
    merchant.sign_type =
        described.sign_type.as_deref().map(sign_type).transpose().map_err(|problem| problem.to_string())?;
    if let Some(url) = &described.refund_notify_url {
        merchant.set_refund_notify_url(url).map_err(|problem| problem.to_string())?;
    }
    if let Some(key) = &described.api_v3_key {
        let pem = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let pem = described.certificate.as_ref().map(pem).transpose()?;
        merchant
            .set_v3(key, pem.as_deref())
            .map_err(|problem| format!("merchant {}: {problem}", described.mch_id))?;
    } else if described.certificate.is_some() {
        return Err(format!("merchant {}: a certificate needs an APIv3 key beside it", described.mch_id));
    }
    if !described.sub_mch_ids.is_empty() {
        merchant.mode = Mode::Institution { sub_mch_ids: described.sub_mch_ids.clone() };
    }
    Ok(merchant)
}

/// The built-in merchants: one in Hong Kong, one in Japan that signs with MD5 only, an institution in
/// Singapore, and in the mainland a merchant and a service provider.
fn ready_made() -> Result<Vec<Merchant>, String> {
    let ready = |appid: &str, mch_id: &str, [key, v3]: [&str; 2], name: &str, fee_type: &str| FileMerchant {
        appid: appid.to_owned(),
        mch_id: mch_id.to_owned(),
        key: key.to_owned(),
        name: Some(name.to_owned()),
        fee_type: Some(fee_type.to_owned()),
        sign_type: None,
        refund_notify_url: None,
        api_v3_key: Some(v3.to_owned()),
        certificate: None,
        sub_mch_ids: Vec::new(),
    };
    let hong_kong = ready(
        "wx5c1f9e2a7d3b6048",
        "1634117205",
        ["SIMULATORkeyOfTheTeaHouse0123456", "SIMULATORapiv3OfTheTeaHouse01234"],
        "Example Tea House",
        "HKD",
    );
    let mut japan = ready(
        "wx2b7c4d1e9f305a68",
        "1634220018",
        ["SIMULATORkeyOfThePaperShop012345", "SIMULATORapiv3OfThePaperShop0123"],
        "Example Paper Shop",
        "JPY",
    );
    japan.sign_type = Some("MD5".to_owned());
    let mut singapore = ready(
        "wx90aa17be44c05d21",
        "1634990001",
        ["SIMULATORkeyOfTheInstitution0123", "SIMULATORapiv3OfTheInstitution01"],
        "Example Acquirer",
        "SGD",
    );
    singapore.sub_mch_ids = vec!["1635004477".to_owned(), "1635004478".to_owned()];
    let mainland = ready(
        "wx3a7c5e9d1b2f4a68",
        "1698002315",
        ["SIMULATORkeyOfTheMainlandShop012", "SIMULATORapiv3OfTheMainlandShop0"],
        "Example Mainland Shop",
        "CNY",
    );
    let mut provider = ready(
        "wx6d1e8f3a5b7c9024",
        "1698990001",
        ["SIMULATORkeyOfTheProvider0123456", "SIMULATORapiv3OfTheProvider01234"],
        "Example Service Provider",
        "CNY",
    );
    provider.sub_mch_ids = vec!["1699004477".to_owned()];
    [hong_kong, japan, singapore, mainland, provider].iter().map(merchant).collect()
}

/// The switches that have their own flags, as the flags set them. Faults of flags are added to those of the
/// file.
fn flags(cli: &Cli, configured: &Switches) -> Result<Map<String, Value>, String> {
    let mut named = Map::new();
    if let Some(notifications) = &cli.notifications {
        named.insert("notifications".to_owned(), json!(notifications));
    }
    if let Some(speed) = cli.notify_speed {
        named.insert("notify-speed".to_owned(), json!(speed));
    }
    if let Some(coupon) = cli.coupon {
        named.insert("coupon".to_owned(), json!(coupon));
    }
    if !cli.faults.is_empty() {
        let mut faults = vec![];
        for fault in &configured.faults {
            faults.push(serde_json::to_value(fault).map_err(|error| error.to_string())?);
        }
        for text in &cli.faults {
            faults.push(fault(text)?);
        }
        named.insert("faults".to_owned(), Value::Array(faults));
    }
    Ok(named)
}

/// A fault from `--fault`: `name`, `name:times`, or a JSON object.
fn fault(text: &str) -> Result<Value, String> {
    if text.starts_with('{') {
        return Value::from_str(text).map_err(|error| format!("--fault {text}: {error}"));
    }
    match text.split_once(':') {
        None => Ok(json!({ "name": text })),
        Some((name, times)) => {
            let times: u32 =
                times.parse().map_err(|_| format!("--fault {text}: {times:?} is not a number of times"))?;
            Ok(json!({ "name": name, "times": times }))
        }
    }
}

fn seed_of_this_run() -> u64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    // The low bits change fastest. Which bits are kept does not matter for a seed.
    (since_epoch.as_nanos() as u64) ^ (u64::from(std::process::id()) << 32)
}
