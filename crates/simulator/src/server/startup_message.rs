//! What the program prints when it is ready. The first line is for programs that start it, the rest for
//! people.

use std::net::SocketAddr;
use std::path::Path;

use simulator::gateway::Mode;

use super::config::KeysShown;
use super::server_state::ServerState;

pub(crate) fn print(
    address: SocketAddr,
    tls: Option<(SocketAddr, &Path)>,
    server: &ServerState,
    keys_shown: &KeysShown,
) {
    // `println!` flushes each line only on a terminal. A pipe needs an explicit flush.
    println!("listening on http://{address}");
    if let Some((address, folder)) = tls {
        println!("listening on https://{address} with the certificates in {}", folder.display());
    }
    flush();
    println!();
    println!("  live view  http://{address}/");
    println!("  phone      http://{address}/phone");
    println!();
    for merchant in server.gateway().merchants() {
        let key = match keys_shown {
            KeysShown::Shown => merchant.key.reveal(),
            KeysShown::Hidden => "(as given by SIMULATOR_API_KEY or the configuration)",
        };
        let sign_type = merchant.sign_type.map_or("MD5 or HMAC-SHA256", |only| only.as_str());
        println!("  {}: settles in {}, signs with {sign_type}", merchant.name, merchant.fee_type);
        println!("    appid {}  mch_id {}", merchant.appid, merchant.mch_id);
        match &merchant.mode {
            Mode::Common => {}
            Mode::Institution { sub_mch_ids } => {
                println!("    institution; sub_mch_id {}", sub_mch_ids.join(", "))
            }
        }
        println!("    key {key}");
        if let Some((v3_key, serial)) = merchant.v3.as_ref().map(|account| account.reveal()) {
            let v3_key = match keys_shown {
                KeysShown::Shown => v3_key,
                KeysShown::Hidden => "(as given)".to_owned(),
            };
            println!("    APIv3 key {v3_key}  certificate {serial}");
        }
    }
    println!();
    println!("Private keys for API v3: http://{address}/control/v3/keys");
    println!("Ctrl-C stops.");
    flush();
}

fn flush() {
    // A failed flush means that standard output is closed, so nobody reads it.
    let _closed = std::io::Write::flush(&mut std::io::stdout());
}
