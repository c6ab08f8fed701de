//! `cargo xtask check`: everything that can be found out before a deployment. The Worker that would be
//! deployed runs on this machine and judges its own settings, so there are no other rules here than there;
//! what it cannot see is read in `wrangler.toml`. The npm package has the same command, in `kit/`.

use crate::build::{self, Finish, Target};
use crate::prelude::*;
use crate::setup::{self, Need, node};

#[derive(clap::Args)]
#[command(
    after_help = "Secrets come from the environment, or from the file that --secrets names; those that are not on this machine\n\
                  are not looked at. Once the Worker is deployed, GET /admin/api/readiness says the rest:\n\n  \
                  WECHAT_API_KEY=… cargo xtask check && npx wrangler deploy"
)]
pub(crate) struct Options {
    /// Another configuration than wrangler.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A file with lines NAME=VALUE, as .dev.vars is one (whose secrets are those of the demo)
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// apiclient_cert.pem, to look whether WeChat Pay takes it
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// apiclient_key.pem, which belongs to it
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Ask nobody outside: neither WeChat Pay nor the address of the Worker
    #[arg(long)]
    offline: bool,
    /// Send a signed test event to WEBHOOK_URL
    #[arg(long, conflicts_with = "offline")]
    send_test_event: bool,
}

/// False when something must be mended, which the last line says.
pub(crate) fn check(house: &House, options: &Options) -> Outcome<bool> {
    setup::ready(house, &Need::BUILD)?;
    build::build(house, &[Target::Worker], Finish::Quick)?;
    let mut command = node::command(house, house.at("kit/bin/wechatpay-edge.mjs"))?;
    command.arg("check");
    let Options { config, secrets, cert, key, offline, send_test_event } = options;
    for (flag, file) in [("--config", config), ("--secrets", secrets), ("--cert", cert), ("--key", key)] {
        if let Some(file) = file {
            command.arg(flag).arg(std::path::absolute(file).at("finding", file)?);
        }
    }
    for (flag, is_set) in [("--offline", offline), ("--send-test-event", send_test_event)] {
        if *is_set {
            command.arg(flag);
        }
    }
    show(house, "check", command)
}
