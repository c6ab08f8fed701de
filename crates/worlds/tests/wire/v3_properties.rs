//! Properties of API v3 that must hold for all messages. The verdict of the cryptography is given where the
//! property is not about it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value};
use wire::v3::notification::Notice;
use wire::v3::{
    Authorization, CallError, Delivery, Edition, GenuineAnswer, Instant, JsonError, KeyRing, MAX_DEPTH,
    NativeOrder, NotGenuine, NotificationError, PlatformKey, PublicKey, QueryOrder, Reply, Verdict, answer,
};
use wire::{Currency, Merchant, Money, StatedMoney};

const NOW: i64 = 1_772_337_826;
const SERIAL: &str = "PUB_KEY_ID_01";

fn signature() -> String {
    format!("{}==", "A".repeat(342))
}

fn ring() -> KeyRing {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/v3/keys/test-only-public-key-public-key.pem"
    );
    let key = PublicKey::from_pem(&std::fs::read_to_string(file).unwrap()).unwrap();
    KeyRing::fixed(vec![PlatformKey::public_key(SERIAL.parse().unwrap(), key)]).unwrap()
}

/// The headers of a message of now.
fn headers(signature: &str) -> [(&str, &str); 4] {
    [
        ("Wechatpay-Timestamp", "1772337826"),
        ("Wechatpay-Nonce", "N0"),
        ("Wechatpay-Serial", SERIAL),
        ("Wechatpay-Signature", signature),
    ]
}

fn account() -> wire::v3::Account {
    wire::v3::Account {
        edition: Edition::Global,
        merchant: Merchant::common("wx1".parse().unwrap(), "1".parse().unwrap()),
        certificate: "1A".parse().unwrap(),
        answers_with: None,
        user_agent: "test-only/0".parse().unwrap(),
    }
}

fn with_genuine<T>(body: &[u8], then: impl FnOnce(&GenuineAnswer<'_>) -> T) -> T {
    let signature = signature();
    let reply = Reply { status: 200, headers: &headers(&signature), body };
    then(&reply.claim(NOW, &ring()).unwrap().judge(Verdict::Valid).unwrap())
}

fn order() -> NativeOrder {
    NativeOrder::new(
        "A1".parse().unwrap(),
        "tea".parse().unwrap(),
        Money::new(8800, Currency::HKD),
        "https://pay.example.com/n".parse().unwrap(),
    )
}

/// Why the reader of JSON refused the body, if it did. It is asked through a call: the reader itself is private.
fn json_error(body: &[u8]) -> Option<JsonError> {
    with_genuine(body, |genuine| match answer(&order(), genuine, &account()) {
        Err(CallError::NotGenuine(NotGenuine::Json(error))) => Some(error),
        Ok(_) | Err(_) => None,
    })
}

/// Any JSON within the bounds.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn object() -> impl Strategy<Value = BTreeMap<String, Value>> {
    prop::collection::btree_map("[a-z_]{1,8}|.{0,4}", json(), 0..6)
}

fn paid(total: &str) -> String {
    format!(
        "{{\"mchid\":\"1\",\"appid\":\"wx1\",\"out_trade_no\":\"A1\",\"trade_type\":\"NATIVE\",\"trade_state\":\"SUCCESS\",\
        \"id\":\"42\",\"success_time\":\"2026-03-01T12:03:45+08:00\",\"amount\":{{\"total\":{total},\"currency\":\"HKD\"}}}}"
    )
}

/// What is read of a payment whose amount is written so.
fn total(text: &str) -> Option<StatedMoney> {
    let query = QueryOrder {
        order: wire::v3::OrderRef::OutTradeNo("A1".parse().unwrap()),
        total: Money::new(8800, Currency::HKD),
    };
    let body = paid(text);
    with_genuine(body.as_bytes(), |genuine| Some(answer(&query, genuine, &account()).ok()?.payment?.total))
}

#[test]
fn every_change_of_one_byte_of_a_verified_text_changes_it() {
    let (signature, body) = (signature(), paid("8800").into_bytes());
    let text = |headers: &[(&str, &str)], body: &[u8]| {
        let claim = Reply { status: 200, headers, body }.claim(NOW, &ring()).ok()?;
        Some(claim.check().text().to_vec())
    };
    let genuine = text(&headers(&signature), &body).unwrap();
    let mut changed = body.clone();
    for position in 0..body.len() {
        for byte in (0..=u8::MAX).filter(|byte| *byte != body[position]) {
            changed[position] = byte;
            assert_ne!(text(&headers(&signature), &changed).unwrap(), genuine, "byte {position}");
        }
        changed[position] = body[position];
    }
    for (at, other) in [(0, "1772337827"), (0, "01772337826"), (1, "N1"), (1, "N0 ")] {
        let mut headers = headers(&signature);
        headers[at].1 = other;
        // A timestamp of eleven digits is no timestamp.
        assert_ne!(text(&headers, &body), Some(genuine.clone()), "{other}");
    }
}

proptest! {
    #[test]
    fn every_object_is_read_and_every_repetition_of_a_key_is_refused(members in object(), again in any::<prop::sample::Index>()) {
        let text = serde_json::to_string(&members).unwrap();
        prop_assert_eq!(json_error(text.as_bytes()), None);
        if !members.is_empty() {
            let key = serde_json::to_string(members.keys().nth(again.index(members.len())).unwrap()).unwrap();
            let twice = format!("{},{key}:null}}", text.strip_suffix('}').unwrap());
            prop_assert_eq!(json_error(twice.as_bytes()), Some(JsonError::DuplicateKey));
            let inside = format!("{{\"outer\":[{twice}]}}");
            prop_assert_eq!(json_error(inside.as_bytes()), Some(JsonError::DuplicateKey));
        }
    }

    #[test]
    fn whatever_serde_json_refuses_is_refused(body in "[\\[\\]{}:,\"0-9a-z\\\\u .eE+-]{0,40}") {
        let known: Result<Value, _> = serde_json::from_str(&body);
        match (known, json_error(body.as_bytes())) {
            (Err(_), error) => prop_assert!(error.is_some(), "{body}"),
            (Ok(Value::Object(_)), error) => prop_assert!(matches!(error, None | Some(JsonError::DuplicateKey))),
            (Ok(_), error) => prop_assert_eq!(error, Some(JsonError::NotAnObject)),
        }
    }

    #[test]
    fn what_comes_after_the_object_is_refused(members in object(), after in "[^ \t\r\n].{0,3}") {
        let text = serde_json::to_string(&members).unwrap();
        prop_assert_eq!(json_error(format!("{text}{after}").as_bytes()), Some(JsonError::Syntax));
        prop_assert_eq!(json_error(format!(" \n{text}\r\n").as_bytes()), None);
    }

    #[test]
    fn no_depth_beyond_the_bound_is_read(depth in 1..40_usize, object in any::<bool>()) {
        let (open, close) = if object { ("{\"a\":", "}") } else { ("[", "]") };
        let text = format!("{{\"a\":{}1{}}}", open.repeat(depth), close.repeat(depth));
        let expected = (depth + 1 > MAX_DEPTH).then_some(JsonError::TooDeep);
        prop_assert_eq!(json_error(text.as_bytes()), expected);
    }

    #[test]
    fn only_integers_within_the_bound_are_amounts(minor in any::<u64>(), small in 0..=2_147_483_647_u64, text in "[0-9+. eE-]{1,12}") {
        let money = |minor| StatedMoney { minor, currency: Some(Currency::HKD) };
        prop_assert_eq!(total(&minor.to_string()), (minor <= 2_147_483_647).then(|| money(minor)));
        prop_assert_eq!(total(&small.to_string()), Some(money(small)));
        prop_assert_eq!(total(&format!("\"{small}\"")), None);
        prop_assert_eq!(total(&format!("{small}.0")), None);
        if let Some(total) = total(&text) {
            prop_assert_eq!(total.minor.to_string(), text.trim_matches(' '));
        }
    }

    #[test]
    fn a_message_is_accepted_only_within_the_window(apart in -400..400_i64) {
        let signature = signature();
        let headers = headers(&signature);
        let claim = Reply { status: 200, headers: &headers, body: b"{}" }.claim(NOW + apart, &ring());
        prop_assert_eq!(claim.is_ok(), apart.abs() < 300);
    }

    #[test]
    fn no_headers_and_no_body_make_a_reader_panic(
        names in prop::collection::vec("(?i)(wechatpay-(timestamp|nonce|serial|signature|signature-type|statement-sha1)|request-id|.{0,4})", 0..8),
        values in prop::collection::vec("[0-9]{1,11}|PUB_KEY_ID_01|[A-Za-z0-9+/]{4}|.{0,12}", 8),
        body in prop_oneof![any::<Vec<u8>>(), object().prop_map(|members| serde_json::to_vec(&members).unwrap())],
        now in any::<i64>(),
    ) {
        let headers: Vec<(&str, &str)> = names.iter().zip(&values).map(|(name, value)| (&**name, &**value)).collect();
        let reply = Reply { status: 200, headers: &headers, body: &body };
        let _ = (reply.claim(now, &ring()).is_ok(), reply.numeric_code());
        let _ = wire::v3::Statement::claim(&reply, now, &ring()).is_ok();
        let _ = wire::v3::SealedCertificates::read(&reply, now).is_ok();
        worlds::fuzzed::v3::answer(&body);
        worlds::fuzzed::v3::notification(&body);
        worlds::fuzzed::v3::keys(&body);
        worlds::fuzzed::v3::headers(&body);
    }

    #[test]
    fn what_is_written_in_an_order_is_read_as_it_was_meant(description in "[^\\p{C}\u{10000}-\u{10FFFF}]{1,30}", attach in "[ -~]{1,40}") {
        prop_assume!(description.len() <= 127);
        let order = NativeOrder {
            description: description.parse().unwrap(),
            attach: Some(attach.parse().unwrap()),
            category: Some("5499".parse().unwrap()),
            ..order()
        };
        let draft = wire::v3::draft(&order, &account(), NOW, &"N0".parse().unwrap()).unwrap();
        let text = draft.text();
        let body = text.split('\n').nth(4).unwrap();
        let read: Value = serde_json::from_str(body).unwrap();
        prop_assert_eq!(&read["description"], &description);
        prop_assert_eq!(&read["attach"], &attach);
        prop_assert_eq!(json_error(body.as_bytes()), None);
        let request = draft.signed(&[7; 256]).unwrap();
        prop_assert_eq!(&request.body, body);
        let authorization: Authorization = request.header("Authorization").unwrap().parse().unwrap();
        prop_assert_eq!((authorization.timestamp, authorization.signature.len()), (NOW, 256));
    }

    #[test]
    fn times_are_the_same_instant_in_every_offset(seconds in -62_135_510_400_i64..253_402_214_400, hours in -23..24_i64, minutes in 0..60_i64) {
        let instant = Instant::from_epoch_ms(seconds * 1_000).unwrap();
        prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        let text = instant.to_string();
        // The same wall clock in another offset is as much earlier as the offset is greater.
        let offset = format!("{}{:02}:{minutes:02}", if hours < 0 { '-' } else { '+' }, hours.abs());
        let other: Result<Instant, _> = text.replace("+08:00", &offset).parse();
        let offset_seconds = (hours.abs() * 3_600 + minutes * 60) * if hours < 0 { -1 } else { 1 };
        if let Ok(other) = other {
            prop_assert_eq!(other.epoch_ms() - instant.epoch_ms(), (8 * 3_600 - offset_seconds) * 1_000);
        }
    }

    #[test]
    fn no_payment_comes_out_of_a_notification_that_lost_a_field_that_decides(field in 0..8_usize) {
        let fields = ["mchid", "appid", "out_trade_no", "trade_type", "trade_state", "id", "success_time", "amount"];
        let inside = paid("8800").replacen(&format!("\"{}\"", fields[field]), "\"new\"", 1);
        let body = "{\"event_type\":\"TRANSACTION.SUCCESS\",\"resource_type\":\"encrypt-resource\",\"resource\":{\
            \"original_type\":\"transaction\",\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"gcm0039nonce\",\
            \"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}}";
        let signature = signature();
        let headers = headers(&signature);
        let delivery = Delivery { headers: &headers, body: body.as_bytes() };
        let sealed = || delivery.claim(NOW, &ring()).unwrap().judge(Verdict::Valid).unwrap().sealed().unwrap();
        let read = sealed().opened(Some(inside.as_bytes()), Edition::Global);
        prop_assert!(matches!(read, Err(NotificationError::Malformed(_))), "{}", fields[field]);
        let whole = sealed().opened(Some(paid("8800").as_bytes()), Edition::Global);
        prop_assert!(matches!(whole, Ok(Notice::Payment(_))));
    }
}
