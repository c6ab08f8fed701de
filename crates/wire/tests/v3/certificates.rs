//! The first download of the platform certificates: trusted by the seal, and only if a certificate inside
//! verifies the answer.

use serde_json::{Value, json};
use wire::v3::{
    ApiV3Key, CallName, Certificates, CertificatesError, Choice, Code, KeyRing, MAX_KEYS, PlatformKey, Reply,
    SealedCertificates, Stage, Verdict, answer,
};

use crate::crypto;
use crate::samples::{Sample, sample, text};

/// The sample with another body, signed by platform key 2.
fn signed(sample: &Sample, body: &Value) -> Result<Vec<PlatformKey>, CertificatesError> {
    let body = body.to_string();
    let text = wire::v3::gateways_side::answer_text(sample.now(), "N0", body.as_bytes());
    let signature = crypto::sign(&crypto::private_key("platform-2"), &text);
    let signature = crypto::base64(&signature);
    let (timestamp, serial) = (sample.now().to_string(), sample.serial("platform-2"));
    let headers = [
        ("Wechatpay-Timestamp", &*timestamp),
        ("Wechatpay-Nonce", "N0"),
        ("Wechatpay-Serial", serial.as_str()),
        ("Wechatpay-Signature", signature.as_str().unwrap()),
    ];
    read(sample, &Reply { status: 200, headers: &headers, body: body.as_bytes() }, &sample.api_v3_key())
}

fn read(sample: &Sample, reply: &Reply<'_>, key: &ApiV3Key) -> Result<Vec<PlatformKey>, CertificatesError> {
    let sealed = SealedCertificates::read(reply, sample.now())?;
    let opened: Vec<_> = sealed.entries().map(|sealed| crypto::open(sealed, key)).collect();
    let claim = sealed.opened(&opened, sample.now())?;
    let verdict = crypto::verdict(claim.check());
    Ok(claim.judge(verdict)?)
}

fn list(sample: &Sample) -> Value {
    serde_json::from_str(sample.field("body")).unwrap()
}

/// An entry that seals a text.
fn entry(sample: &Sample, serial: &str, inside: &str) -> Value {
    let ciphertext = crypto::seal(inside, b"certnonce003", "certificate", &sample.api_v3_key());
    json!({"serial_no": serial, "encrypt_certificate": {"algorithm": "AEAD_AES_256_GCM", "nonce": "certnonce003",
        "associated_data": "certificate", "ciphertext": ciphertext}})
}

#[test]
fn an_empty_ring_learns_its_keys_from_a_list_that_they_verify() {
    let sample = sample("47-");
    let mut ring = KeyRing::refreshed(vec![]).unwrap();
    let serial = sample.serial("platform-2");
    assert_eq!(ring.choose(&serial, sample.now()), Choice::Refresh);
    assert!(ring.is_refresh_due(sample.now()));
    ring.refresh_begins(sample.now());
    ring.refresh(signed(&sample, &list(&sample)).unwrap(), sample.now()).unwrap();
    assert!(matches!(ring.choose(&serial, sample.now()), Choice::Verify(key) if *key.serial() == serial));
}

#[test]
fn a_list_that_its_own_certificate_does_not_verify_is_refused_whole() {
    let sample = sample("47-");
    let headers = sample.headers();
    let changed = sample.field("body").replacen("\"data\"", "\"new\":1,\"data\"", 1);
    let reply = |body| Reply { status: 200, headers: &headers, body };
    let error = read(&sample, &reply(changed.as_bytes()), &sample.api_v3_key()).unwrap_err();
    assert_eq!(error.stage(), Some(Stage::Signature));
    let mut one = list(&sample);
    one["data"].as_array_mut().unwrap().pop();
    let error = signed(&sample, &one).unwrap_err();
    assert_eq!(error.stage(), Some(Stage::Key), "the certificate that signed is not in the list");
    let sealed = SealedCertificates::read(&reply(sample.body()), sample.now()).unwrap();
    let opened: Vec<_> = sealed.entries().map(|sealed| crypto::open(sealed, &sample.api_v3_key())).collect();
    let claim = sealed.opened(&opened, sample.now()).unwrap();
    assert_eq!(claim.judge(Verdict::Invalid).unwrap_err().stage(), Stage::Signature);
    let stale = SealedCertificates::read(&reply(sample.body()), sample.now() + 300).unwrap_err();
    assert_eq!(stale.stage(), Some(Stage::Window));
}

#[test]
fn another_api_v3_key_opens_nothing() {
    let sample = sample("47-");
    let headers = sample.headers();
    let reply = Reply { status: 200, headers: &headers, body: sample.body() };
    let other = ApiV3Key::new("TESTONLYapiv3key0123456789abcdCN").unwrap();
    let error = read(&sample, &reply, &other).unwrap_err();
    assert_eq!(error.stage(), Some(Stage::Open));
    let sealed = SealedCertificates::read(&reply, sample.now()).unwrap();
    assert_eq!(sealed.opened(&[], sample.now()).unwrap_err(), CertificatesError::Entries);
}

#[test]
fn an_entry_must_hold_the_certificate_that_it_names() {
    let sample = sample("47-");
    let platform_1 = text("keys/test-only-platform-1-certificate.pem");
    let with = |entry: Value| {
        let mut list = list(&sample);
        list["data"].as_array_mut().unwrap().push(entry);
        signed(&sample, &list)
    };
    let serial = sample.serial("platform-1");
    assert_eq!(with(entry(&sample, serial.as_str(), &platform_1)).unwrap().len(), 3);
    let error = with(entry(&sample, "7777", &platform_1)).unwrap_err();
    assert_eq!(error, CertificatesError::OtherSerial { serial: "7777".parse().unwrap() });
    let error = with(entry(&sample, serial.as_str(), "no certificate")).unwrap_err();
    assert_eq!(error.stage(), Some(Stage::Fields), "{error}");
    let mut transaction = entry(&sample, serial.as_str(), &platform_1);
    transaction["encrypt_certificate"]["associated_data"] = json!("transaction");
    assert_eq!(with(transaction).unwrap_err().stage(), Some(Stage::Envelope));
    let mut no_serial = entry(&sample, serial.as_str(), &platform_1);
    no_serial["serial_no"] = json!(7);
    assert_eq!(with(no_serial).unwrap_err().stage(), Some(Stage::Envelope));
}

#[test]
fn a_list_is_neither_empty_nor_longer_than_a_ring_holds() {
    let sample = sample("47-");
    let platform_2 = text("keys/test-only-platform-2-certificate.pem");
    let entries = |number: usize| {
        let entry = entry(&sample, sample.serial("platform-2").as_str(), &platform_2);
        signed(&sample, &json!({"data": vec![entry; number]}))
    };
    assert_eq!(entries(0).unwrap_err().stage(), Some(Stage::Envelope));
    assert_eq!(entries(MAX_KEYS).unwrap().len(), MAX_KEYS);
    assert_eq!(entries(MAX_KEYS + 1).unwrap_err().stage(), Some(Stage::Envelope));
    assert_eq!(signed(&sample, &json!({"data": {}})).unwrap_err().stage(), Some(Stage::Envelope));
    assert_eq!(signed(&sample, &json!([])).unwrap_err().stage(), Some(Stage::Json));
}

#[test]
fn a_merchant_in_public_key_mode_is_told_404_and_that_is_no_outage() {
    let sample = sample("47-");
    let reply =
        Reply { status: 404, headers: &[], body: br#"{"code":"RESOURCE_NOT_EXISTS","message":"none"}"# };
    match SealedCertificates::read(&reply, sample.now()).unwrap_err() {
        CertificatesError::Status { status: 404, refusal: Some(refusal) } => {
            assert_eq!((refusal.code, refusal.call), (Code::ResourceNotExists, CallName::Certificates));
        }
        other => panic!("{other}"),
    }
    // An ordinary reading of the list gives nothing.
    let genuine = crate::answers::genuine(200, "{}");
    assert!(answer(&Certificates, &genuine, &sample.account()).is_err());
}
