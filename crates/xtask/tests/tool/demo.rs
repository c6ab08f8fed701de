//! `cargo xtask demo` and `cargo xtask offer`: secrets of this machine alone, and nothing left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::paper::{House, told};

/// A server that writes down how it was started, and answers `/healthz`.
const SERVER: &str = "const fs = require('node:fs');
const words = process.argv.slice(2);
const at = (name) => words[words.indexOf(name) + 1];
const name = words.includes('--listen') ? 'simulator' : 'worker';
const house = process.env.PAPER;
const orders = fs.existsSync(`${house}/target/demo-state/orders`);
fs.writeFileSync(`${house}/${name}.json`, JSON.stringify({ words, env: process.env, orders }));
if (name === 'worker' && fs.existsSync(`${house}/ends`)) {
  console.log('the last words');
  process.exit(3);
}
const port = name === 'simulator' ? at('--listen').split(':')[1] : at('--port');
const keys = [{ mchid: '1634117205', serial: '5A01', private_key: '-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n' }];
const said = (url) => (url === '/control/v3/keys' ? JSON.stringify(keys) : 'ok');
require('node:http').createServer(({ url }, answer) => answer.end(said(url))).listen(Number(port), '127.0.0.1');
";

/// A house with both servers, and two free ports for them.
fn open(name: &str) -> (House, [String; 2]) {
    let house = House::new(name);
    house.put("server.js", SERVER);
    house.put("package.json", "{}\n");
    // Not in its place: what a server has started must end, too.
    house.says("simulator---listen", "node \"$PAPER/server.js\" \"$@\"\nexit 0");
    house.put("node_modules/wrangler/bin/wrangler.js", "require('../../../server.js');");
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|port| port.local_addr());
    let ports = [(); 2].map(|()| free().expect("a free port").port().to_string());
    (house, ports)
}

/// A running demo, once it says that it is there.
struct Demo {
    child: Child,
    said: String,
    /// What it says last: where the back office is.
    link: String,
}

impl Demo {
    fn start(house: &House, [shop, simulator]: &[String; 2], more: &[&str]) -> Self {
        let ports = ["demo", "--port", shop, "--simulator-port", simulator];
        let mut child = house.start(&[&ports, more].concat());
        let mut lines = BufReader::new(child.stderr.take().expect("its words")).lines();
        let mut said = String::new();
        for line in lines.by_ref().map_while(Result::ok) {
            said += &line;
            said.push('\n');
            if line.contains("The back office, signed in") {
                break;
            }
        }
        let link = said.lines().last().map(|line| format!("{line}\n")).unwrap_or_default();
        // What it says later must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, said, link }
    }

    /// As Ctrl-C and a closed terminal do. Says with which code it ended.
    fn stop(&mut self) -> Option<i32> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        let _ = kill_process(pid, Signal::TERM);
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

fn started(house: &House, server: &str) -> Value {
    serde_json::from_str(&house.text(&format!("{server}.json"))).expect("JSON")
}

fn value(house: &House, name: &str) -> String {
    let text = house.text(".dev.vars");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{name} is not in .dev.vars")).to_owned()
}

#[test]
fn the_demo_starts_both_servers_with_one_key_that_stands_in_no_argument() {
    let (house, ports) = open("demo");
    let mut demo = Demo::start(&house, &ports, &[]);
    let [shop, simulator] = &ports;
    assert!(demo.said.contains(&format!("http://127.0.0.1:{shop} ")), "{}", demo.said);
    assert!(demo.said.contains(&format!("http://127.0.0.1:{simulator}/phone ")), "{}", demo.said);
    let office = format!("http://127.0.0.1:{shop}/admin/#key={}\n", value(&house, "ADMIN_TOKEN"));
    assert!(demo.link.ends_with(&office), "{}", demo.link);
    let gateway = started(&house, "simulator");
    assert_eq!(gateway["env"]["SIMULATOR_API_KEY"], value(&house, "WECHAT_API_KEY"));
    assert!(!gateway["words"].to_string().contains(&value(&house, "WECHAT_API_KEY")));
    let worker = started(&house, "worker")["words"].to_string();
    for variable in [
        format!("WECHAT_GATEWAY:http://127.0.0.1:{simulator}"),
        format!("NOTIFY_BASE_URL:http://127.0.0.1:{shop}"),
        "WECHAT_SIGN_TYPE:HMAC-SHA256".to_owned(),
    ] {
        assert!(worker.contains(&format!("\"{variable}\"")), "{variable} {worker}");
    }
    for name in ["WECHAT_API_KEY", "ORDER_SECRET", "OFFER_KEY", "ADMIN_TOKEN"] {
        assert!(!worker.contains(&value(&house, name)), "{name} is an argument");
    }
    // The simulated merchant and the Worker's are the same.
    for (flag, variable) in [("--appid", "WECHAT_APPID"), ("--mch-id", "WECHAT_MCH_ID")] {
        let words = gateway["words"].as_array().expect("a list");
        let at = words.iter().position(|word| word == flag).expect("it is given");
        assert!(worker.contains(&format!("{variable}:{}", words[at + 1].as_str().unwrap_or_default())));
    }
    assert_eq!(demo.stop(), Some(0));
}

#[test]
fn with_api_v3_the_worker_gets_the_merchants_key_files_and_no_argument_shows_a_secret() {
    for (api, category) in [("v3-global", true), ("v3-mainland", false)] {
        let (house, ports) = open(&format!("demo-{api}"));
        house.put("www/catalog.json", r#"{"currency":"HKD","items":[]}"#);
        let mut demo = Demo::start(&house, &ports, &["--api", api]);
        assert!(demo.said.contains(&format!("The API     {api}, prices in ")), "{}", demo.said);
        let secrets = house.at("target/demo-v3.vars");
        assert_eq!(fs::metadata(&secrets).expect("it is made").permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&secrets).expect("it is made");
        let gateway = started(&house, "simulator");
        let key = gateway["env"]["SIMULATOR_API_V3_KEY"].as_str().expect("a key").to_owned();
        assert_eq!(key.len(), 32);
        assert!(
            text.starts_with(&format!(
                "WECHAT_API_V3_KEY={key}\nWECHAT_MCH_PRIVATE_KEY=\"-----BEGIN PRIVATE KEY-----\\nAAAA"
            )),
            "{text}"
        );
        let worker = started(&house, "worker")["words"].to_string();
        for variable in [format!("WECHAT_API:{api}"), "WECHAT_MCH_CERT_SERIAL:5A01".to_owned()] {
            assert!(worker.contains(&format!("\"{variable}\"")), "{variable} {worker}");
        }
        assert_eq!(worker.contains("WECHAT_CATEGORY:"), category);
        // The secrets of this machine are read beside those of API v3.
        assert!(worker.contains(".dev.vars\"") && worker.contains("demo-v3.vars\""), "{worker}");
        assert!(
            !worker.contains(&key)
                && !worker.contains("AAAA")
                && !gateway["words"].to_string().contains(&key)
        );
        assert_eq!(demo.stop(), Some(0));
    }
}

#[test]
fn the_demo_of_the_mainland_has_prices_in_cny_and_leaves_the_catalogue_alone() {
    let (house, ports) = open("demo-cny");
    house.put("www/catalog.json", r#"{"currency":"HKD","items":[]}"#);
    house.put("www/shop/a.js", "of the shop");
    let mut demo = Demo::start(&house, &ports, &["--api", "v3-mainland"]);
    let pages = house.at("target/demo-pages");
    let worker = started(&house, "worker")["words"].to_string();
    assert!(worker.contains(&format!("\"--assets\",\"{}\"", pages.display())), "{worker}");
    let made = fs::read_to_string(pages.join("catalog.json")).expect("it is made");
    assert_eq!(made, r#"{"currency":"CNY","items":[]}"#);
    assert_eq!(fs::read_to_string(pages.join("shop/a.js")).expect("it is copied"), "of the shop");
    assert!(house.text("www/catalog.json").contains("HKD"));
    assert!(started(&house, "simulator")["words"].to_string().contains("\"--fee-type\",\"CNY\""));
    assert_eq!(demo.stop(), Some(0));
}

#[test]
fn what_the_demo_started_ends_with_it() {
    let (house, ports) = open("demo-ends");
    let mut demo = Demo::start(&house, &ports, &[]);
    assert_eq!(demo.stop(), Some(0));
    for port in ports {
        let port: u16 = port.parse().expect("a port");
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(), "{port} is still served");
    }
}

#[test]
fn the_secrets_of_this_machine_are_its_owners_alone_random_and_kept() {
    let (house, ports) = open("demo-secrets");
    // Without an end of the line.
    house.put(".dev.vars", "ADMIN_TOKEN=of-the-user");
    fs::set_permissions(house.at(".dev.vars"), fs::Permissions::from_mode(0o600)).expect("it is ours");
    Demo::start(&house, &ports, &[]).stop();
    let first = house.text(".dev.vars");
    assert!(first.starts_with("ADMIN_TOKEN=of-the-user\n"), "{first}");
    assert_eq!((value(&house, "WECHAT_API_KEY").len(), value(&house, "ORDER_SECRET").len()), (32, 64));
    Demo::start(&house, &ports, &[]).stop();
    assert_eq!(house.text(".dev.vars"), first, "an order of yesterday needs the secret of yesterday");

    let (other, ports) = open("demo-other-secrets");
    Demo::start(&other, &ports, &[]).stop();
    let mode = fs::metadata(other.at(".dev.vars")).expect("it is made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for name in ["WECHAT_API_KEY", "ORDER_SECRET", "OFFER_KEY"] {
        assert_ne!(value(&house, name), value(&other, name), "{name}");
    }
}

#[test]
fn secrets_that_others_could_read_are_closed_to_them() {
    let (house, ports) = open("demo-open-secrets");
    house.put(".dev.vars", "ADMIN_TOKEN=of-the-user\n");
    fs::set_permissions(house.at(".dev.vars"), fs::Permissions::from_mode(0o644)).expect("it is ours");
    Demo::start(&house, &ports, &[]).stop();
    let mode = fs::metadata(house.at(".dev.vars")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_orders_of_the_last_demo_are_gone_unless_they_are_kept() {
    for (more, kept) in [(&[][..], false), (&["--keep"][..], true)] {
        let (house, ports) = open(if kept { "demo-kept" } else { "demo-cleared" });
        house.put("target/demo-state/orders", "");
        Demo::start(&house, &ports, more).stop();
        assert_eq!(started(&house, "worker")["orders"], kept);
    }
}

#[test]
fn a_server_that_ends_ends_the_demo_with_its_last_words() {
    let (house, [shop, simulator]) = open("demo-dies");
    house.put("ends", "");
    let told = house.xtask(&["demo", "--port", &shop, "--simulator-port", &simulator]);
    told.failed().says("the shop ended with code 3").says("the last words").says("target/logs/demo-shop.log");
}

#[test]
fn a_taken_port_is_told_before_anything_long_is_started() {
    let (house, [shop, simulator]) = open("demo-taken");
    let taken =
        TcpListener::bind((Ipv4Addr::LOCALHOST, simulator.parse().expect("a port"))).expect("it is free");
    let told = house.xtask(&["demo", "--port", &shop, "--simulator-port", &simulator]);
    told.failed()
        .says(&format!("port {simulator}, where the simulator would be, is taken"))
        .says("--simulator-port ");
    assert!(house.calls().is_empty());
    drop(taken);
}

const CLAIMS: [&str; 9] =
    ["offer", "--sku", "tea", "--name", "A “tea” set", "--amount", "8800", "--currency", "HKD"];
const KEY: &str = "a key of thirty-two letters, yes";

/// The claims of an offer, when this key has signed it.
fn verified(house: &House, offer: &str, key: &str) -> Value {
    let script = "const [offer, key] = process.argv.slice(1); const [head, claims, signature] = offer.split('.');
        const right = require('node:crypto').createHmac('sha256', key).update(`${head}.${claims}`).digest('base64url');
        if (signature !== right) throw new Error('another signature');
        console.log(JSON.stringify({ head: JSON.parse(Buffer.from(head, 'base64url')), ...JSON.parse(Buffer.from(claims, 'base64url')),
          days: (JSON.parse(Buffer.from(claims, 'base64url')).exp * 1000 - Date.now()) / 86_400_000 }))";
    serde_json::from_str(&house.node(script, &[offer, key])).expect("JSON")
}

#[test]
fn an_offer_says_what_was_asked_for_and_is_signed_with_the_key_of_the_environment() {
    let house = House::new("offer");
    house.put(".dev.vars", "OFFER_KEY=the key of the demo, which is another\n");
    let more = ["--max-quantity", "5", "--days", "7"];
    let told = told(house.command(&[&CLAIMS[..], &more].concat()).env("OFFER_KEY", KEY));
    told.went_well();
    let offer = verified(&house, told.out.trim_end(), KEY);
    assert_eq!(offer["head"], serde_json::json!({ "alg": "HS256" }));
    assert_eq!((&offer["sku"], &offer["name"]), (&"tea".into(), &"A “tea” set".into()));
    assert_eq!((&offer["amount"], &offer["currency"]), (&8800.into(), &"HKD".into()));
    assert_eq!(offer["max_quantity"], 5);
    let days = offer["days"].as_f64().unwrap_or_default();
    assert!((6.99..=7.0).contains(&days), "{days}");
}

#[test]
fn an_offer_without_a_key_in_the_environment_is_signed_with_the_demos_and_that_is_said() {
    let house = House::new("offer-demo");
    house.xtask(&CLAIMS).failed().says("OFFER_KEY is not set, and the demo has none yet");
    house.put(".dev.vars", &format!("# secrets\nOFFER_KEY=\"{KEY}\"\n"));
    let told = house.xtask(&CLAIMS);
    told.went_well();
    assert_eq!(told.err, "Signed with the key of the demo (.dev.vars).\n");
    let offer = verified(&house, told.out.trim_end(), KEY);
    assert_eq!(offer["max_quantity"], 1);
    assert_eq!(offer["days"].as_f64().map(f64::ceil), Some(90.0));
}

#[test]
fn a_key_that_the_worker_would_not_take_is_refused_and_not_repeated() {
    let house = House::new("offer-short");
    for key in ["a key of thirty-one letters, no", " a key of thirty-two letters, yes"] {
        let told = told(house.command(&CLAIMS).env("OFFER_KEY", key));
        told.failed().says("at least 32 characters and no white space");
        assert!(!told.err.contains(key.trim()) && told.out.is_empty(), "{}", told.err);
    }
}
