//! `cargo xtask key`: makes a key for one of the merchant's systems, and the line by which the Worker
//! knows it. The command is that of the npm package (`kit/src/key.mjs`).

use crate::prelude::*;
use crate::setup::{self, Need, node};
use std::ffi::OsString;

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// As `npx wechatpay-edge key` takes them: NAME --role read,write,refund
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "NAME --role ROLES")]
    arguments: Vec<OsString>,
}

/// Prints the key and its line; false when the command has refused to.
pub(crate) fn key(house: &House, options: &Options) -> Outcome<bool> {
    setup::ready(house, &[Need::Node])?;
    let script = house.at("kit/bin/wechatpay-edge.mjs");
    let mut command = node::command(house, &script)?;
    let ended = command.arg("key").args(&options.arguments).status().at("starting", &script)?;
    Ok(ended.success())
}
