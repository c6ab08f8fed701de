//! How fast a notification is parsed and verified, and a message built and signed, beside what cannot be
//! avoided: hashing the same bytes, and quick-xml reading the same events. `cargo xtask bench wire`.
//!
//! Criterion measures each by itself. The table at the end measures all of them in turns, many times over,
//! and takes the median of each, so that a busy machine slows all alike and the quotients stay true.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use quick_xml::Reader;
use quick_xml::events::Event;
use sha2::Sha256;
use wire::v2::{ApiKey, Fields, Message, SignType};

const KEY: &str = "TESTONLYmd5key0123456789abcdefHK";
/// The length of the notification that is measured.
const BYTES: usize = 900;

/// What a notification of an HKD order says, as long as the gateway's are.
const FIELDS: [(&str, &str); 17] = [
    ("appid", "wx5c1f9e2a7d3b6048"),
    ("bank_type", "OTHERS"),
    ("cash_fee", "8096"),
    ("cash_fee_type", "CNY"),
    ("fee_type", "HKD"),
    ("is_subscribe", "N"),
    ("mch_id", "1634117205"),
    ("nonce_str", "1EB60F924A914C3DD9F9AFB0D3E10B03"),
    ("openid", "oTestOpenId-A1b2C3d4E5f6G7h8"),
    ("out_trade_no", "HK20260301A0001"),
    ("rate_value", "92000000"),
    ("result_code", "SUCCESS"),
    ("return_code", "SUCCESS"),
    ("time_end", "20260301120345"),
    ("total_fee", "8800"),
    ("trade_type", "NATIVE"),
    ("transaction_id", "4200002741202603010000000001"),
];

/// A message with all fields, signed.
fn built(attach: &str, sign_type: SignType, key: &ApiKey) -> String {
    let mut message = Message::new();
    for (name, value) in FIELDS {
        message.set(name, value).expect("a field");
    }
    message.set("attach", attach).expect("a field");
    message.sign(sign_type, key).to_xml()
}

/// The same with its elements in alphabetical order, as the gateway sends them, and an `attach` that makes it
/// [`BYTES`] long.
fn notification(sign_type: SignType, key: &ApiKey) -> (String, String) {
    let attach = "a".repeat(BYTES + 1 - built("a", sign_type, key).len());
    let unsorted = built(&attach, sign_type, key);
    let mut sorted = Message::new();
    for (name, value) in Fields::parse(unsorted.as_bytes()).expect("a message").iter() {
        sorted.echo(name.to_owned(), value).expect("a field");
    }
    (attach, sorted.to_xml())
}

/// The text that is signed, as one piece.
fn text_to_sign(body: &str) -> String {
    let fields = Fields::parse(body.as_bytes()).expect("a message");
    let signed = fields.iter().filter(|(name, _)| *name != "sign");
    let mut text: String = signed.map(|(name, value)| format!("{name}={value}&")).collect();
    text.push_str(&format!("key={KEY}"));
    text
}

fn quick_xml_events(body: &str) -> usize {
    let mut reader = Reader::from_str(body);
    let mut events = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return events,
            Ok(event) => {
                black_box(&event);
                events += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn hash(sign_type: SignType, text: &str) -> u8 {
    match sign_type {
        SignType::Md5 => Md5::digest(text)[0],
        SignType::HmacSha256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("any length");
            mac.update(text.as_bytes());
            mac.finalize().into_bytes()[0]
        }
    }
}

/// One thing that is measured, by name.
type Measured<'a> = (&'static str, Box<dyn Fn() + 'a>);

fn main() {
    let key = ApiKey::new(KEY).expect("a key");
    let mut criterion = Criterion::default().configure_from_args();
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        let (attach, body) = notification(sign_type, &key);
        assert_eq!(body.len(), BYTES);
        let text = text_to_sign(&body);
        let measured: [Measured<'_>; 5] = [
            ("floor: hash", Box::new(|| _ = black_box(hash(sign_type, black_box(&text))))),
            ("floor: quick-xml", Box::new(|| _ = black_box(quick_xml_events(black_box(&body))))),
            (
                "parse + verify",
                Box::new(|| {
                    let fields = Fields::parse(black_box(body.as_bytes())).expect("a message");
                    fields.refuse_splices().expect("no splice");
                    fields.verify(sign_type, &key).expect("genuine");
                    black_box(&fields);
                }),
            ),
            (
                "parse + verify + typed",
                Box::new(|| {
                    let fields = Fields::parse(black_box(body.as_bytes())).expect("a message");
                    black_box(wire::v2::notification::verify(&fields, sign_type, &[&key]).expect("genuine"));
                }),
            ),
            ("build + sign", Box::new(|| _ = black_box(built(black_box(&attach), sign_type, &key)))),
        ];
        let mut group = criterion.benchmark_group(format!("{BYTES} bytes, {sign_type}"));
        for (name, run) in &measured {
            group.bench_function(*name, |bencher| bencher.iter(run));
        }
        group.finish();
        table(sign_type, &body, &text, &measured);
    }
    criterion.final_summary();
    longest_bodies();
}

/// Bodies as long as they may be: neither the search for repeated names nor the order of the names may cost
/// much more than reading does.
fn longest_bodies() {
    const ROUNDS: usize = 101;
    let many = |name: &dyn Fn(usize) -> String, count: usize| {
        let fields: String =
            (0..count).map(name).map(|name| format!("<{name}>{}</{name}>", "v".repeat(20))).collect();
        format!("<xml>{fields}</xml>")
    };
    let bodies = [
        ("one long value", many(&|_| "a".to_owned(), 1).replace('v', &"v".repeat(3_200))),
        ("as many fields as may be, sorted", many(&|n| format!("field_{n:06}"), wire::v2::MAX_FIELDS)),
        ("the same, in reverse order", many(&|n| format!("field_{:06}", 999_999 - n), wire::v2::MAX_FIELDS)),
        ("the same, mixed", many(&|n| format!("field_{:06}", n * 7_919 % 1_000_003), wire::v2::MAX_FIELDS)),
        ("one field more", many(&|n| format!("field_{:06}", 999_999 - n), wire::v2::MAX_FIELDS + 1)),
    ];
    println!("| body | bytes | µs to read |\n| --- | ---: | ---: |");
    for (name, body) in bodies {
        let mut rounds: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                let _ = black_box(Fields::parse(black_box(body.as_bytes())));
                start.elapsed()
            })
            .collect();
        rounds.sort_unstable();
        println!("| {name} | {} | {} |", body.len(), rounds[ROUNDS / 2].as_micros());
    }
    let row = "`2026-03-01 12:03:45,`wx5c1f9e2a7d3b6048,`4200002741202603010000000001,`HK20260301A0001,`HKD,`88.00,`tea,`0.88\n";
    let bill = format!(
        "交易时间,公众账号ID,微信订单号,商户订单号,货币种类,订单金额,商品名称,手续费\n{}总交易单数,订单总金额,手续费总金额\n`50000,`4400000.00,`44000.00\n",
        row.repeat(50_000)
    );
    let start = Instant::now();
    let read = wire::v2::bill::Bill::parse(&bill).expect("a bill").rows().expect("a whole bill").len();
    println!("| a bill of {read} trades | {} | {} |", bill.len(), start.elapsed().as_micros());
}

fn table(sign_type: SignType, body: &str, text: &str, measured: &[Measured<'_>]) {
    const ROUNDS: usize = 401;
    const TIMES: u32 = 200;
    let mut rounds: Vec<Vec<Duration>> = vec![Vec::with_capacity(ROUNDS); measured.len()];
    for _ in 0..ROUNDS {
        for ((_, run), rounds) in measured.iter().zip(&mut rounds) {
            let start = Instant::now();
            (0..TIMES).for_each(|_| run());
            rounds.push(start.elapsed() / TIMES);
        }
    }
    let medians = rounds.iter_mut().map(|rounds| {
        rounds.sort_unstable();
        rounds[ROUNDS / 2].as_nanos()
    });
    let medians: Vec<u128> = medians.collect();
    let floors = medians[0] + medians[1];
    println!(
        "\n{sign_type}: {} bytes, {} bytes to hash, {} events",
        body.len(),
        text.len(),
        quick_xml_events(body)
    );
    println!("| what | ns | of both floors |\n| --- | ---: | ---: |");
    for ((name, _), median) in measured.iter().zip(&medians) {
        println!("| {name} | {median} | {:.2} |", *median as f64 / floors as f64);
    }
    println!();
}
