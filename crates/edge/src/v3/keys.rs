//! The keys of this isolate that verify what WeChat Pay signs, and their refresh (protocol §9.2).
//!
//! The list of certificates is sealed with the API v3 key, so it proves itself, and the memory of an isolate
//! is enough: a new isolate downloads it with its first message. The key ring decides when to refresh. A
//! refresh that fails leaves the keys as they are.

use std::cell::{Cell, RefCell};

use wire::v3::{Certificates, KeyRing, NotGenuine, PlatformKey, SealedCertificates};

use crate::config::{Config, V3};
use crate::platform::crypto;
use crate::platform::post::NoAnswer;
use crate::platform::timer::Timer;
use crate::v3::request::{self, Received, now_seconds};

/// How long a download may take. WeChat Pay waits five seconds for the reply to a notification, and an order
/// waits for its call and this download together.
const DOWNLOAD_LIMIT_MS: u32 = 4_000;
/// How often, and how many times at most, a message waits while another one refreshes the keys.
const LOOK_MS: u32 = 50;
const MOST_LOOKS: u32 = 60;

thread_local! {
    static RING: RefCell<Option<KeyRing>> = const { RefCell::new(None) };
    static REFRESHING: Cell<bool> = const { Cell::new(false) };
}

/// A refresh that is under way, also if its request is given up.
struct Refreshing;

impl Refreshing {
    fn begin() -> Self {
        REFRESHING.set(true);
        Self
    }
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        REFRESHING.set(false);
    }
}

/// Claims a message with the keys of this isolate. If none has its serial, they are refreshed once.
pub(super) async fn claim<C>(
    config: &Config,
    account: &V3,
    claim: impl Fn(i64, &KeyRing) -> Result<C, NotGenuine>,
) -> Result<C, NotGenuine> {
    for _ in 0..MOST_LOOKS {
        if !REFRESHING.get() {
            break;
        }
        Timer::of(LOOK_MS).await;
    }
    let by_certificates = account.caller.answers_with.is_none();
    if by_certificates && with_ring(account, |ring| ring.is_refresh_due(now_seconds())) {
        refresh(config, account).await;
    }
    match with_ring(account, |ring| claim(now_seconds(), ring)) {
        Err(NotGenuine::RefreshFirst) => {
            refresh(config, account).await;
            with_ring(account, |ring| claim(now_seconds(), ring))
        }
        claimed => claimed,
    }
}

fn with_ring<T>(account: &V3, look: impl FnOnce(&mut KeyRing) -> T) -> T {
    RING.with_borrow_mut(|ring| look(ring.get_or_insert_with(|| account.key_ring.clone())))
}

async fn refresh(config: &Config, account: &V3) {
    with_ring(account, |ring| ring.refresh_begins(now_seconds()));
    let refreshing = Refreshing::begin();
    let taken = match download(config, account).await {
        Ok(keys) => {
            with_ring(account, |ring| ring.refresh(keys, now_seconds())).map_err(|why| why.to_string())
        }
        Err(why) => Err(why),
    };
    drop(refreshing);
    if let Err(why) = taken {
        worker::console_warn!("WeChat Pay's certificates were not refreshed: {why}");
    }
}

/// Downloads the list, opens it, and verifies it by a certificate out of itself.
async fn download(config: &Config, account: &V3) -> Result<Vec<PlatformKey>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let nonce = request::nonce().ok_or("no nonce")?;
    let caller = account.asks_for_certificates(&config.merchant);
    let draft =
        wire::v3::draft(&Certificates, &caller, now_seconds(), &nonce).map_err(|error| text(&error))?;
    let request = request::signed(draft, account).await?;
    let mut hosts = config.gateways.iter();
    let begun = loop {
        let host = hosts.next().ok_or("no host can be connected to")?;
        match request::begin(host, &request, DOWNLOAD_LIMIT_MS).await {
            Err(NoAnswer::NoConnection(why)) => worker::console_warn!("{host}: {why}"),
            begun => break begun.map_err(|error| text(&error))?,
        }
    };
    let received = Received::whole(begun).await.map_err(|error| text(&error))?;
    let headers = received.headers();
    let sealed = SealedCertificates::read(&received.reply(&headers), now_seconds());
    let sealed = sealed.map_err(|error| text(&error))?;
    let mut opened = Vec::new();
    for entry in sealed.entries() {
        opened.push(crypto::open(&account.api_v3_key, entry).await);
    }
    let claim = sealed.opened(&opened, now_seconds()).map_err(|error| text(&error))?;
    let verdict = crypto::verify(claim.check()).await;
    claim.judge(verdict).map_err(|error| text(&error))
}
