//! One call that an order wants: signs it now, with a new nonce, sends it and reads its answer.

use gateway::{Failure, Outcome};
use order::{GatewayCall, RawHash};
use sha2::{Digest, Sha256};
use wire::Nonce;
use worker::Env;

use crate::config::Config;
use crate::object::gateway::post;
use crate::platform::environment;
use crate::platform::js::random_uuid;
use crate::platform::post::Connection;

/// Makes the call. Returns the outcome and, if there was an answer, its body.
pub(crate) async fn make(call: &GatewayCall, env: &Env) -> (Outcome, Option<Vec<u8>>) {
    let config = match Config::of(env) {
        Ok(config) => config,
        Err(mistakes) => {
            worker::console_error!("order object: {mistakes}");
            return (call.call.failed(Failure::NoConnection), None);
        }
    };
    match send(call, env, &config).await {
        Ok(body) => (call.call.read(&body, &config.api_key), Some(body)),
        Err(failure) => (call.call.failed(failure), None),
    }
}

/// The hash that names a message in the event log.
pub(crate) fn hash(message: &[u8]) -> RawHash {
    RawHash::new(Sha256::digest(message).into())
}

async fn send(call: &GatewayCall, env: &Env, config: &Config) -> Result<Vec<u8>, Failure> {
    let nonce = nonce().ok_or(Failure::NoConnection)?;
    let request = call.call.request(&config.api_key, &nonce)?;
    let hosts = config.gateways.len().max(1);
    let index = usize::try_from(call.host_index).unwrap_or(0).checked_rem(hosts).unwrap_or(0);
    let host = config.gateways.get(index).ok_or(Failure::NoConnection)?;
    let line = match environment::certificate(env) {
        Some(certificate) if request.needs_certificate => Connection::Certificate(certificate),
        // The simulator takes refunds without one. WeChat answers that the certificate is missing.
        _ => Connection::Plain,
    };
    post(&line, host, &request).await
}

/// A new nonce: 32 letters and digits from the platform's secure randomness.
fn nonce() -> Option<Nonce> {
    Nonce::new(&random_uuid().ok()?.replace('-', "")).ok()
}
