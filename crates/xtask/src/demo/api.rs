//! Which of WeChat Pay's APIs the demo runs, and what the Worker needs for API v3.
//!
//! The simulator has a key and a certificate for each merchant. The Worker gets them as a merchant gets its
//! key files, and its secrets by a file that its owner alone can read: no argument shows one.

use super::MCH_ID;
use super::secrets;
use super::server::Server;
use crate::prelude::*;
use serde_json::Value;
use std::fs::{OpenOptions, remove_file};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

/// The simulator's list of key files.
const KEY_FILES: &str = "/control/v3/keys";
/// What the simulated merchant of the global edition sells: miscellaneous food.
const CATEGORY: &str = "5499";

/// How new orders are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Api {
    V2,
    V3Global,
    V3Mainland,
}

impl Api {
    /// As `WECHAT_API` has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V3Global => "v3-global",
            Self::V3Mainland => "v3-mainland",
        }
    }

    /// The only currency of the edition, if it has only one.
    pub(super) fn currency(self) -> Option<&'static str> {
        match self {
            Self::V2 | Self::V3Global => None,
            Self::V3Mainland => Some("CNY"),
        }
    }

    /// Where the Worker hears of refunds that are made by hand.
    pub(super) fn hears_of_refunds(self) -> &'static str {
        match self {
            Self::V2 => "/notify/wechat/refund",
            Self::V3Global | Self::V3Mainland => "/notify/wechat/v3",
        }
    }
}

/// The APIv3 key of this demo, 32 characters; nothing with API v2.
pub(super) fn key(api: Api) -> Outcome<Option<String>> {
    if api == Api::V2 { Ok(None) } else { secrets::random_hex(16).map(Some) }
}

/// Gives the Worker its account at API v3, once the simulator answers.
pub(super) fn configure(
    house: &House,
    api: Api,
    key: &str,
    simulator: &Server,
    worker: &mut Command,
) -> Outcome {
    let files = key_files(simulator)?;
    let file = |name: &str| {
        files[name].as_str().ok_or_else(|| simulator.problem(&format!("has no `{name}` at {KEY_FILES}")))
    };
    let secrets = house.target().join("demo-v3.vars");
    // Quoted, so that each line end can be written as two characters.
    let private_key = file("private_key")?.trim_end().replace('\n', "\\n");
    let text = format!("WECHAT_API_V3_KEY={key}\nWECHAT_MCH_PRIVATE_KEY=\"{private_key}\"\n");
    write_for_the_owner(&secrets, &text)?;
    // A file that is named takes the place of `.dev.vars`.
    worker.arg("--env-file").arg(house.at(".dev.vars")).arg("--env-file").arg(secrets);
    worker.args(["--var", &format!("WECHAT_API:{}", api.name())]);
    worker.args(["--var", &format!("WECHAT_MCH_CERT_SERIAL:{}", file("serial")?)]);
    if api == Api::V3Global {
        worker.args(["--var", &format!("WECHAT_CATEGORY:{CATEGORY}")]);
    }
    Ok(())
}

fn key_files(simulator: &Server) -> Outcome<Value> {
    let answer = simulator.get(KEY_FILES).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let list: Vec<Value> = serde_json::from_str(body).unwrap_or_default();
    let own = list.into_iter().find(|files| files["mchid"] == MCH_ID);
    own.ok_or_else(|| simulator.problem(&format!("has no key files of its merchant at {KEY_FILES}")))
}

fn write_for_the_owner(path: &Path, text: &str) -> Outcome {
    make_folder(path.parent().unwrap_or(path))?;
    if path.exists() {
        remove_file(path).at("removing", path)?;
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(secrets::OWNER_ALONE).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).at("writing", path)
}
