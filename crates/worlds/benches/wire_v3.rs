//! How fast a notification of API v3 is read and a call is written, beside what cannot be avoided: hashing the
//! signed text, serde_json reading the same two texts, and the cryptography itself, by `ring`. `cargo xtask
//! bench wire`.
//!
//! All of them are measured in turns, many times over, and the table has the median of each, so that a busy
//! machine slows all alike and the quotients stay true.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "benches read files and the clock, and tell what they found"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use wire::v3::{
    Account, Delivery, Edition, KeyRing, MerchantKey, NativeOrder, PlatformKey, PublicKey, Sealed,
    SealedNotice, Verdict, draft,
};
use wire::{Currency, Merchant, Money};

/// The clock of the sample, and the key that seals it.
const NOW: i64 = 1_772_337_826;
const API_V3_KEY: &[u8] = b"TESTONLYapiv3key0123456789abcdHK";

fn vector(name: &str) -> String {
    let file = format!("{}/../../tests/vectors/v3/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The sample of a paid order.
struct Sample {
    headers: Vec<(String, String)>,
    body: String,
    plaintext: String,
    public: PublicKey,
    ring: KeyRing,
}

impl Sample {
    fn read() -> Self {
        let sample: serde_json::Value =
            serde_json::from_str(&vector("70-notify-paid.json")).expect("the sample");
        let text = |name: &str| sample[name].as_str().expect("a text").to_owned();
        let headers: Vec<(String, String)> =
            serde_json::from_value(sample["headers"].clone()).expect("headers");
        let public = PublicKey::from_pem(&vector("keys/test-only-platform-1-public-key.pem")).expect("a key");
        let serial = headers.iter().find(|(name, _)| name == "Wechatpay-Serial").expect("a serial");
        let key = PlatformKey::public_key(serial.1.parse().expect("a serial"), public.clone());
        let ring = KeyRing::fixed(vec![key]).expect("a ring");
        Self { headers, body: text("body"), plaintext: text("plaintext"), public, ring }
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// From headers and body to the sealed envelope. The verdict of the cryptography is given.
    fn sealed(&self, headers: &[(&str, &str)]) -> SealedNotice {
        let claim = Delivery { headers, body: self.body.as_bytes() }.claim(NOW, &self.ring).expect("a claim");
        black_box(claim.check().text());
        claim.judge(Verdict::Valid).expect("genuine").sealed().expect("an envelope")
    }
}

/// What `ring` takes for what the Worker has the platform do.
fn opened(sealed: &Sealed) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY).expect("a key"));
    let mut bytes = sealed.ciphertext().to_vec();
    let nonce = Nonce::assume_unique_for_key(*sealed.nonce());
    let aad = Aad::from(sealed.associated_data());
    key.open_in_place(nonce, aad, &mut bytes).expect("the plaintext").to_vec()
}

fn account() -> Account {
    Account {
        edition: Edition::Global,
        merchant: Merchant::common("wx5c1f9e2a7d3b6048".parse().unwrap(), "1634117205".parse().unwrap()),
        certificate: "1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D".parse().unwrap(),
        answers_with: None,
        user_agent: "bench/1".parse().unwrap(),
    }
}

fn native() -> NativeOrder {
    NativeOrder {
        category: Some("5499".parse().unwrap()),
        ..NativeOrder::new(
            "HK20260301A0001".parse().unwrap(),
            "Example Tea House - gift set".parse().unwrap(),
            Money::new(8800, Currency::HKD),
            "https://pay.example.com/notify/wechat/v3".parse().unwrap(),
        )
    }
}

/// One thing that is measured, by name, and how often in a round.
type Measured<'a> = (&'static str, u32, Box<dyn Fn() + 'a>);

fn main() {
    let sample = Sample::read();
    let headers = sample.headers();
    let delivery = || Delivery { headers: black_box(&headers), body: black_box(sample.body.as_bytes()) };
    let claim = delivery().claim(NOW, &sample.ring).expect("a claim");
    let (text, signature) = (claim.check().text().to_vec(), claim.check().signature().to_vec());
    let sealed = sample.sealed(&headers);
    let (account, order, nonce) = (account(), native(), "N0".parse().expect("a nonce"));
    let pair = MerchantKey::from_pem(&vector("keys/test-only-merchant-key.pem")).expect("a key");
    let pair = KeyPair::from_pkcs8(pair.pkcs8()).expect("a key");
    let random = ring::rand::SystemRandom::new();
    let to_sign = draft(&order, &account, NOW, &nonce).expect("a draft").text();

    // The sample is genuine, and what is measured reads what is in it.
    let verifies = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, sample.public.pkcs1());
    verifies.verify(&text, &signature).expect("genuine");
    assert_eq!(opened(sealed.resource()), sample.plaintext.as_bytes());

    let plaintext = sample.plaintext.as_bytes();
    let json = |text: &[u8]| drop(serde_json::from_slice::<Box<RawValue>>(black_box(text)).expect("JSON"));
    let measured: Vec<Measured<'_>> = vec![
        (
            "floor: SHA-256 of the signed text",
            200,
            Box::new(|| _ = black_box(Sha256::digest(black_box(&text)))),
        ),
        (
            "floor: serde_json reading both texts",
            200,
            Box::new(|| {
                json(sample.body.as_bytes());
                json(plaintext);
            }),
        ),
        (
            "headers, window, serial, text to verify",
            200,
            Box::new(|| _ = black_box(delivery().claim(NOW, &sample.ring).expect("a claim"))),
        ),
        ("the same, and the envelope", 200, Box::new(|| _ = black_box(sample.sealed(black_box(&headers))))),
        (
            "the same, and the notice as types",
            200,
            Box::new(|| {
                let sealed = sample.sealed(black_box(&headers));
                black_box(sealed.opened(Some(black_box(plaintext)), Edition::Global).expect("a notice"));
            }),
        ),
        (
            "a native order, until it can be signed",
            200,
            Box::new(|| {
                let draft = draft(black_box(&order), &account, NOW, &nonce).expect("a draft");
                black_box(draft.text());
            }),
        ),
        (
            "the same, with its headers",
            200,
            Box::new(|| {
                let draft = draft(black_box(&order), &account, NOW, &nonce).expect("a draft");
                black_box(draft.text());
                black_box(draft.signed(black_box(&signature)).expect("a request"));
            }),
        ),
        (
            "`ring`: RSA verifies",
            20,
            Box::new(|| verifies.verify(black_box(&text), &signature).expect("genuine")),
        ),
        ("`ring`: AES-GCM opens", 200, Box::new(|| _ = black_box(opened(sealed.resource())))),
        (
            "`ring`: RSA signs",
            2,
            Box::new(|| {
                let mut signature = vec![0; pair.public().modulus_len()];
                let text = black_box(to_sign.as_bytes());
                pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).expect("a signature");
                black_box(signature);
            }),
        ),
    ];
    println!("\nAPI v3: a notification of {} bytes, {} inside", sample.body.len(), plaintext.len());
    table(&measured);
}

fn table(measured: &[Measured<'_>]) {
    const ROUNDS: usize = 201;
    let mut rounds: Vec<Vec<Duration>> = vec![Vec::with_capacity(ROUNDS); measured.len()];
    for _ in 0..ROUNDS {
        for ((_, times, run), rounds) in measured.iter().zip(&mut rounds) {
            let start = Instant::now();
            (0..*times).for_each(|_| run());
            rounds.push(start.elapsed() / *times);
        }
    }
    let medians: Vec<u128> = rounds
        .iter_mut()
        .map(|rounds| {
            rounds.sort_unstable();
            rounds[ROUNDS / 2].as_nanos()
        })
        .collect();
    let floors = medians[0] + medians[1];
    println!("| what | ns | of both floors |\n| --- | ---: | ---: |");
    for ((name, ..), median) in measured.iter().zip(&medians) {
        println!("| {name} | {median} | {:.2} |", *median as f64 / floors as f64);
    }
    println!();
}
