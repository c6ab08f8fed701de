//! The command line. Its help is the first page of the manual.

use std::path::PathBuf;

use clap::Parser;

const AFTER_HELP: &str = "\
FIRST STEPS
  simulator                        five merchants with their keys, ready to use; prints them
  open http://127.0.0.1:8788       orders, calls and notifications as they happen
  open http://127.0.0.1:8788/phone the phone: paste or drop a QR code, pay it

  Point your integration at http://127.0.0.1:8788 instead of https://apihk.mch.weixin.qq.com and give it one of the
  merchants. Notifications go to the notify_url of each order, http or https; http://127.0.0.1:… is fine here.

ONE MERCHANT OF YOUR OWN
  SIMULATOR_API_KEY=<32 characters> simulator --appid wx… --mch-id … --fee-type HKD --sign-type HMAC-SHA256

WHEN THINGS GO WRONG, ON PURPOSE
  simulator --notifications off                        only a query finds the payment
  simulator --fault system-error:2                     two SYSTEMERRORs, then well
  simulator --fault another-order:1                    one genuine answer about another order
  simulator --fault '{\"name\":\"slow\",\"call\":\"unified-order\",\"delay-ms\":8000,\"probability\":0.2,\"seed\":7}'
  curl -X PUT http://127.0.0.1:8788/control/faults -H 'content-type: application/json' \\
       -d '{\"faults\":[{\"name\":\"drop-after\",\"call\":\"unified-order\",\"times\":1}]}'
  curl -X POST http://127.0.0.1:8788/control/refund -H 'content-type: application/json' \\
       -d '{\"out_trade_no\":\"A1\",\"minor\":100}'            a refund by hand, as in the merchant platform
  curl -X POST http://127.0.0.1:8788/control/clock -H 'content-type: application/json' -d '{\"advance-ms\":7200000}'
                                                       two hours later: codes have expired

API v3: the same address, below /v3/. `curl http://127.0.0.1:8788/control/v3/keys` has each merchant's private key, certificate
serial, APIv3 key, and WeChat Pay's public key; `curl -X POST http://127.0.0.1:8788/control/v3/rotation -H 'content-type: application/json' -d '{}'`
changes the platform certificate, step by step.

A signature that does not verify is explained in the list of calls at http://127.0.0.1:8788.
A refund needs the client certificate: by TLS (`--tls-listen 127.0.0.1:8789 --certificates folder`), or on the port without TLS the
header `simulator-client-certificate: any value` in its place. Without it the answer is a page with status 400, as with
WeChat Pay.";

/// WeChat Pay API v2 and API v3 on this machine: places, queries, closes and refunds orders, sends
/// notifications, and has a phone that pays. Everything it says is signed as WeChat Pay signs it; no money
/// moves.
#[derive(Debug, Parser)]
#[command(name = "simulator", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// Where to listen. Port 0 lets the system choose; the first line printed says which.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,

    /// A second port, with TLS: it asks for the merchant's client certificate, and a refund without it is
    /// refused.
    #[arg(long, value_name = "ADDRESS:PORT", requires = "certificates")]
    pub(crate) tls_listen: Option<String>,

    /// The folder in which the certificates for that port are made at each start: `apiclient_cert.pem`,
    /// `apiclient_key.pem` and `rootca.pem`.
    #[arg(long, value_name = "FOLDER", requires = "tls_listen")]
    pub(crate) certificates: Option<PathBuf>,

    /// Merchants, switches and files, as TOML (see the README). Flags win over the file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The appid of a merchant of your own, in the place of the five that are ready.
    #[arg(long, value_name = "wx…")]
    pub(crate) appid: Option<String>,

    /// Its merchant number.
    #[arg(long, value_name = "DIGITS")]
    pub(crate) mch_id: Option<String>,

    /// Its API key, 32 characters. The environment keeps it out of the list of processes.
    #[arg(long, env = "SIMULATOR_API_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) api_key: Option<String>,

    /// Its APIv3 key, 32 bytes: it may then call API v3, too.
    #[arg(long, env = "SIMULATOR_API_V3_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) api_v3_key: Option<String>,

    /// Its certificate for API v3 (PEM). Without it `GET /control/v3/keys` has a key and a certificate.
    #[arg(long, value_name = "FILE")]
    pub(crate) merchant_certificate: Option<PathBuf>,

    /// The only algorithm it signs with; both work when left out.
    #[arg(long, value_name = "MD5|HMAC-SHA256")]
    pub(crate) sign_type: Option<String>,

    /// The currency it settles in; orders are priced in it or in CNY.
    #[arg(long, value_name = "CURRENCY")]
    pub(crate) fee_type: Option<String>,

    /// The name the phone shows.
    #[arg(long, value_name = "NAME")]
    pub(crate) merchant_name: Option<String>,

    /// `off`: no notification leaves, as if all were lost.
    #[arg(long, value_name = "on|off", value_parser = ["on", "off"])]
    pub(crate) notifications: Option<String>,

    /// Divides the pauses between deliveries: 60 turns 15 s, 15 s, 30 s, 3 min … into 250 ms, 250 ms, 500 ms,
    /// 3 s …
    #[arg(long, value_name = "FACTOR")]
    pub(crate) notify_speed: Option<u32>,

    /// Certificates (PEM) of a test authority whose https receivers are trusted, too.
    #[arg(long, value_name = "FILE", conflicts_with = "notify_insecure")]
    pub(crate) notify_ca: Option<PathBuf>,

    /// Delivers to https receivers whatever their certificate is, self-signed or expired.
    #[arg(long)]
    pub(crate) notify_insecure: bool,

    /// The address for notifications of refunds that name no notify_url, as set in the merchant platform.
    #[arg(long, value_name = "URL")]
    pub(crate) refund_notify_url: Option<String>,

    /// What a coupon takes off every payment, in the smallest unit of the price.
    #[arg(long, value_name = "MINOR")]
    pub(crate) coupon: Option<u64>,

    /// A fault by its name, `name:times`, or as JSON. May be given several times; `GET /control/fault-names`
    /// lists them.
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<String>,

    /// Makes identifiers and chances repeatable; otherwise they differ from run to run.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,

    /// Keeps orders and notifications in this file over a restart.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,

    /// Appends every exchange and every delivery to this file, one JSON document a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}
