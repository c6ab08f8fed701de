//! `cargo xtask demo`: the whole payment on this machine. Starts the simulator and the Worker (in workerd, by
//! wrangler), waits until both answer, says what to do, and stays until Ctrl-C or until one of them ends.

mod banner;
mod ports;
mod probe;
mod secrets;
mod server;

use crate::build::{self, Finish, Target};
use crate::house::{House, Profile, clear, read, write};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::setup::{self, Need, node, node_modules};
use secrets::SharedKey;
pub(crate) use secrets::secret;
use serde_json::Value;
use server::Server;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The first start of workerd on a slow disk takes seconds; this is for something that hangs.
const START_LIMIT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);

/// An invented merchant, known to the simulator alone.
const APPID: &str = "wx5c1f9e2a7d3b6048";
const MCH_ID: &str = "1634117205";
const SIGN_TYPE: &str = "HMAC-SHA256";

/// Where the orders of the demo are, in `target/`.
const STATE: &str = "demo-state";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where the shop is served
    #[arg(long, default_value_t = ports::SHOP)]
    port: u16,
    /// Where the simulated WeChat Pay, with its phone, is served
    #[arg(long, default_value_t = ports::SIMULATOR)]
    simulator_port: u16,
    /// Open the shop in the browser
    #[arg(long)]
    open: bool,
    /// Keep the orders of the last demo (the simulator starts empty all the same)
    #[arg(long)]
    keep: bool,
}

pub(crate) fn demo(house: &House, options: &Options) -> Outcome {
    ports::must_be_free(options.port, options.simulator_port)?;
    setup::ready(house, &Need::BUILD)?;
    build::build(house, &Target::ALL, Finish::Quick)?;
    ports::must_be_free(options.port, options.simulator_port)?;
    let key = secrets::shared_key(house)?;
    if !options.keep {
        clear(&house.target().join(STATE))?;
    }

    let stop = stop_signal()?;
    let shop = format!("http://127.0.0.1:{}", options.port);
    let phone = format!("http://127.0.0.1:{}/phone", options.simulator_port);
    let mut servers = vec![Server::start(house, "simulator", simulator(house, options, &key)?)?];
    servers.push(Server::start(house, "shop", worker(house, options, &shop, &phone)?)?);
    if !both_answer(&mut servers, options, &stop)? {
        return Ok(());
    }
    eprintln!("{}", banner::welcome(&shop, &phone));
    if options.open {
        open_in_browser(&shop);
    }
    // What they said while they started is in their logs.
    servers.iter_mut().try_for_each(|server| server.must_be_alive().map(drop))?;
    let outcome = watch(&mut servers, &stop);
    eprintln!("Stopping …");
    drop(servers);
    outcome
}

/// True once someone wants the demo to end.
fn stop_signal() -> Outcome<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| Problem::new(format!("signal {signal} cannot be caught: {error}")))?;
    }
    Ok(stop)
}

fn simulator(house: &House, options: &Options, key: &SharedKey) -> Outcome<Command> {
    let mut command = Command::new(house.simulator(Profile::Debug));
    command.args(["--listen", &format!("127.0.0.1:{}", options.simulator_port)]);
    command.args(["--appid", APPID, "--mch-id", MCH_ID, "--sign-type", SIGN_TYPE]);
    command.args(["--fee-type", &currency(house)?]);
    // Refunds by hand are told of here, and those of the Worker need no certificate.
    let hears_of_refunds = format!("http://127.0.0.1:{}/notify/wechat/refund", options.port);
    command.args(["--refund-notify-url", &hears_of_refunds, "--config"]).arg(simulator_config(house)?);
    command.env("SIMULATOR_API_KEY", key.reveal()).current_dir(house.root());
    Ok(command)
}

/// What has no flag.
fn simulator_config(house: &House) -> Outcome<PathBuf> {
    let path = house.target().join("demo-simulator.toml");
    write(&path, "[switches]\nrefund-certificate = \"not-asked\"\n")?;
    Ok(path)
}

fn worker(house: &House, options: &Options, shop: &str, phone: &str) -> Outcome<Command> {
    let mut command = node::command(house, node_modules::wrangler(house))?;
    command.args(["dev", "--local", "--ip", "127.0.0.1"]);
    command.args(["--port", &options.port.to_string(), "--inspector-port", "0"]);
    command.args(["--show-interactive-dev-session", "false", "--persist-to"]).arg(house.target().join(STATE));
    for (name, value) in [
        ("WECHAT_APPID", APPID),
        ("WECHAT_MCH_ID", MCH_ID),
        ("WECHAT_SIGN_TYPE", SIGN_TYPE),
        ("WECHAT_GATEWAY", &format!("http://127.0.0.1:{}", options.simulator_port)),
        ("NOTIFY_BASE_URL", shop),
        ("DEMO_PHONE_URL", phone),
    ] {
        command.args(["--var", &format!("{name}:{value}")]);
    }
    command.env("WRANGLER_SEND_METRICS", "false").env("WRANGLER_LOG_PATH", house.log("wrangler"));
    command.env("WRANGLER_HIDE_BANNER", "true");
    // Without it, Miniflare asks Cloudflare where on earth we are.
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    Ok(command)
}

/// The currency of the catalogue, in which the simulated merchant settles.
fn currency(house: &House) -> Outcome<String> {
    let catalogue = serde_json::from_str::<Value>(&read(&house.at("www/catalog.json"))?).unwrap_or_default();
    catalogue["currency"].as_str().map(str::to_owned).ok_or_else(|| {
        Problem::new("www/catalog.json names no currency").mend("add \"currency\": \"HKD\" to it")
    })
}

/// Waits until both servers answer; false when it was told to stop meanwhile.
fn both_answer(servers: &mut [Server], options: &Options, stop: &AtomicBool) -> Outcome<bool> {
    let ports = [options.simulator_port, options.port];
    for (at, port) in ports.into_iter().enumerate() {
        let began = Instant::now();
        let name = servers[at].name();
        let task = Task::start(format!("starting the {name}"));
        loop {
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            for server in servers.iter_mut() {
                server.must_be_alive()?;
            }
            task.is_alive(servers[at].last_line());
            let answer = probe::get(port, "/healthz");
            if answer.as_ref().is_some_and(|answer| answer.status == 200) {
                break;
            }
            if began.elapsed() > START_LIMIT {
                let what = match answer {
                    Some(answer) => format!("the {name} says {} at /healthz: {}", answer.status, answer.body),
                    None => format!("the {name} does not answer on port {port}"),
                };
                return Err(servers[at].problem(&what));
            }
            sleep(PAUSE);
        }
        task.done("");
    }
    Ok(true)
}

/// Shows what the servers say until one is told to stop or ends.
fn watch(servers: &mut [Server], stop: &AtomicBool) -> Outcome {
    while !stop.load(Ordering::Relaxed) {
        for server in servers.iter_mut() {
            for line in server.must_be_alive()? {
                println!("{:>9} │ {}", server.name(), line.trim_start_matches("[wrangler:info] "));
            }
        }
        sleep(PAUSE);
    }
    Ok(())
}

fn open_in_browser(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = Command::new(opener)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if quiet.is_err() {
        eprintln!("There is no `{opener}` here; open {address} yourself.");
    }
}
