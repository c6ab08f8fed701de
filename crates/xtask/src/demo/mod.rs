//! `cargo xtask demo`: the whole payment on this machine. Starts the simulator and the Worker (in workerd, by
//! wrangler), waits until both answer, says what to do, and stays until Ctrl-C or until one of them ends.

mod api;
mod pages;
mod secrets;
mod server;

use crate::build::{self, Finish, Target};
use crate::prelude::*;
use crate::setup::{self, Need, node};
use api::Api;
pub(crate) use secrets::secret;
use server::Server;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::net::{Ipv4Addr, TcpListener};
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
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Where the simulated WeChat Pay, with its phone, is served
    #[arg(long, default_value_t = 8788)]
    simulator_port: u16,
    /// Which of WeChat Pay's APIs places the orders: v2, v3-global, or v3-mainland with prices in CNY
    #[arg(long, value_enum, default_value_t = Api::V2, hide_possible_values = true)]
    api: Api,
    /// Keep the orders of the last demo (the simulator starts empty all the same)
    #[arg(long)]
    keep: bool,
}

pub(crate) fn demo(house: &House, options: &Options) -> Outcome {
    must_be_free(options)?;
    setup::ready(house, &Need::BUILD)?;
    build::build(house, &Target::ALL, Finish::Quick)?;
    must_be_free(options)?;
    let key = secrets::api_key(house)?;
    if !options.keep {
        clear(&house.target().join(STATE))?;
    }

    let stop = stop_signal()?;
    let shop = format!("http://127.0.0.1:{}", options.port);
    let phone = format!("http://127.0.0.1:{}/phone", options.simulator_port);
    let currency =
        options.api.currency().map_or_else(|| pages::currency(house), |only| Ok(only.to_owned()))?;
    let key_v3 = api::key(options.api)?;
    let mut simulator = simulator(house, options, &key, &currency)?;
    if let Some(key) = &key_v3 {
        simulator.env("SIMULATOR_API_V3_KEY", key);
    }
    let mut servers = vec![Server::start(house, "simulator", options.simulator_port, simulator)?];
    if !all_answer(&mut servers, &stop)? {
        return Ok(());
    }
    let mut worker = worker(house, options, &shop, &phone)?;
    if let (Some(key), [simulator]) = (&key_v3, servers.as_slice()) {
        api::configure(house, options.api, key, simulator, &mut worker)?;
    }
    if options.api.currency().is_some() {
        worker.arg("--assets").arg(pages::in_currency(house, &currency)?);
    }
    servers.push(Server::start(house, "shop", options.port, worker)?);
    if !all_answer(&mut servers[1..], &stop)? {
        return Ok(());
    }
    welcome(&shop, &phone, (options.api, &currency), secret(house, "ADMIN_TOKEN")?.as_deref());
    // What they said while they started is in their logs.
    servers.iter_mut().try_for_each(|server| server.must_be_alive().map(drop))?;
    let outcome = watch(&mut servers, &stop);
    eprintln!("Stopping …");
    drop(servers);
    outcome
}

/// Asked before anything long is started, and once more after it.
fn must_be_free(options: &Options) -> Outcome {
    let (shop, simulator) = (options.port, options.simulator_port);
    if shop == simulator {
        return Err(Problem::new(format!("the shop and the simulator cannot both have port {shop}")));
    }
    for (whose, option, port) in [("shop", "--port", shop), ("simulator", "--simulator-port", simulator)] {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            let what = format!("port {port}, where the {whose} would be, is taken by another program");
            return Err(Problem::new(format!("{what} (a demo still running?)"))
                .mend(format!("stop it, or choose another port: cargo xtask demo {option} NUMBER")));
        }
    }
    Ok(())
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

fn simulator(house: &House, options: &Options, key: &str, currency: &str) -> Outcome<Command> {
    let mut command = Command::new(house.simulator());
    command.args(["--listen", &format!("127.0.0.1:{}", options.simulator_port)]);
    command.args(["--appid", APPID, "--mch-id", MCH_ID, "--sign-type", SIGN_TYPE]);
    command.args(["--fee-type", currency]);
    // Refunds by hand are told of here, and those of the Worker need no certificate.
    let hears_of_refunds = format!("http://127.0.0.1:{}{}", options.port, options.api.hears_of_refunds());
    // What has no flag.
    let config = house.target().join("demo-simulator.toml");
    write(&config, "[switches]\nrefund-certificate = \"not-asked\"\n")?;
    command.args(["--refund-notify-url", &hears_of_refunds, "--config"]).arg(config);
    command.env("SIMULATOR_API_KEY", key).current_dir(house.root());
    Ok(command)
}

fn worker(house: &House, options: &Options, shop: &str, phone: &str) -> Outcome<Command> {
    let mut command = node::command(house, house.at("node_modules/wrangler/bin/wrangler.js"))?;
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

/// Waits until all servers are well; false when it was told to stop meanwhile.
fn all_answer(servers: &mut [Server], stop: &AtomicBool) -> Outcome<bool> {
    for at in 0..servers.len() {
        let began = Instant::now();
        let task = Task::start(format!("starting the {}", servers[at].name));
        loop {
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            servers.iter_mut().try_for_each(|server| server.must_be_alive().map(drop))?;
            task.is_alive(servers[at].last_line());
            let answer = servers[at].health();
            if answer.as_ref().is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                break;
            }
            if began.elapsed() > START_LIMIT {
                let answer = answer.unwrap_or_else(|| "nothing".to_owned());
                return Err(servers[at].problem(&format!("is not well. It answers at /healthz: {answer}")));
            }
            sleep(PAUSE);
        }
        task.done("");
    }
    Ok(true)
}

/// Tells what to do, once all is running. The link opens the back office with this machine's own key, which
/// is behind `#` and so reaches no server as a part of an address.
fn welcome(shop: &str, phone: &str, (api, currency): (Api, &str), key: Option<&str>) {
    let edge = "─".repeat(76);
    eprintln!("╭{edge}╮");
    for line in [
        "",
        &format!("The shop    {shop}"),
        &format!("The phone   {phone}"),
        &format!("The API     {}, prices in {currency}", api.name()),
        "",
        "1. Open the shop, choose something and press Pay: a QR code appears.",
        "2. Follow the link to the simulated phone below the code, and pay there.",
        "3. Look at the shop again: it says thank you by itself.",
        "4. Open the back office by the link below, and refund the order there.",
        "",
        "No merchant account, no money: WeChat Pay is simulated on this machine.",
        "Ctrl-C stops everything. Logs: target/logs/demo-*.log",
        "",
    ] {
        eprintln!("│  {line:<72}  │");
    }
    eprintln!("╰{edge}╯");
    if let Some(key) = key {
        eprintln!("The back office, signed in: {shop}/admin/#key={}", escaped(key));
    }
}

/// A key as a part of an address: what is no letter or digit is escaped.
fn escaped(key: &str) -> String {
    key.bytes().fold(String::new(), |text, byte| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}

/// Shows what the servers say until one is told to stop or ends.
fn watch(servers: &mut [Server], stop: &AtomicBool) -> Outcome {
    while !stop.load(Ordering::Relaxed) {
        for server in servers.iter_mut() {
            for line in server.must_be_alive()? {
                println!("{:>9} │ {}", server.name, line.trim_start_matches("[wrangler:info] "));
            }
        }
        sleep(PAUSE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_any_characters_is_one_part_of_an_address() {
        assert_eq!(escaped("wpe_0aZ-"), "wpe_0aZ-");
        assert_eq!(escaped("a&b=#é %"), "a%26b%3D%23%C3%A9%20%25");
    }
}
