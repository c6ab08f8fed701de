//! The keys of the samples, read strictly.

use wire::v3::{Certificate, CertificateError, MerchantKey, PublicKey};

use crate::crypto;
use crate::samples::{sample, text};

const CERTIFICATES: [&str; 4] = ["merchant", "platform-0", "platform-1", "platform-2"];

fn der_of(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(digits).unwrap()
}

#[test]
fn every_certificate_has_the_serial_and_the_key_of_the_samples() {
    let manifest = sample("10-");
    for name in CERTIFICATES {
        let certificate =
            Certificate::from_pem(&text(&format!("keys/test-only-{name}-certificate.pem"))).unwrap();
        assert_eq!(certificate.serial, manifest.serial(name));
        if name != "platform-0" {
            assert_eq!(certificate.key, crypto::public_key(name), "{name}");
        }
        assert!(certificate.not_before < certificate.not_after);
    }
}

#[test]
fn a_certificate_with_a_byte_cut_off_or_added_is_refused() {
    let der = der_of(&text("keys/test-only-platform-1-certificate.pem"));
    let whole = Certificate::from_der(&der).unwrap();
    for length in 0..der.len() {
        assert!(Certificate::from_der(&der[..length]).is_err(), "{length}");
    }
    assert!(Certificate::from_der(&[&der[..], &[0]].concat()).is_err());
    // Whatever one byte is changed to, it is refused or only what we do not use differs.
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 0x55;
        if let Ok(read) = Certificate::from_der(&changed) {
            assert_eq!(read.key.spki().len(), whole.key.spki().len(), "{at}");
        }
    }
    let key = crypto::public_key("platform-1");
    for length in 0..key.spki().len() {
        assert!(PublicKey::from_spki(&key.spki()[..length]).is_err());
    }
    assert!(PublicKey::from_spki(&[key.spki(), &[0]].concat()).is_err());
    assert!(matches!(Certificate::from_der(key.spki()), Err(CertificateError::Der(_))));
}

#[test]
fn the_merchants_private_key_is_read_from_its_file_and_only_from_it() {
    let pem = text("keys/test-only-merchant-key.pem");
    let key = MerchantKey::from_pem(&pem).unwrap();
    assert_eq!(key.pkcs8(), der_of(&pem));
    assert!(ring::rsa::KeyPair::from_pkcs8(key.pkcs8()).is_ok());
    for other in ["merchant-certificate", "merchant-public-key"] {
        assert!(MerchantKey::from_pem(&text(&format!("keys/test-only-{other}.pem"))).is_err());
    }
    let der = der_of(&pem);
    for length in (0..der.len()).step_by(7) {
        use base64::Engine as _;
        let digits = base64::engine::general_purpose::STANDARD.encode(&der[..length]);
        let cut = format!("-----BEGIN PRIVATE KEY-----\n{digits}\n-----END PRIVATE KEY-----");
        assert!(MerchantKey::from_pem(&cut).is_err(), "{length}");
    }
}

#[test]
fn a_public_key_is_read_from_its_file() {
    let pem = text("keys/test-only-public-key-public-key.pem");
    let key = PublicKey::from_pem(&pem).unwrap();
    assert_eq!(key.spki(), der_of(&pem));
    // For RSA-2048 the wrapping has 24 bytes.
    assert_eq!(key.pkcs1(), &key.spki()[24..]);
    assert!(PublicKey::from_pem(&text("keys/test-only-merchant-certificate.pem")).is_err());
    assert!(!format!("{key:?}").contains("48"), "{key:?}");
}

#[test]
fn a_validity_may_be_one_second_long_and_does_not_end_before_it_begins() {
    let der = der_of(&text("keys/test-only-platform-1-certificate.pem"));
    let with = |from: &[u8], until: &[u8]| {
        let mut der = der.clone();
        for (old, new) in [(&b"220401000000Z"[..], from), (b"270331000000Z", until)] {
            let at = der.windows(old.len()).position(|part| part == old).expect("the sample's validity");
            der[at..at + old.len()].copy_from_slice(new);
        }
        Certificate::from_der(&der)
    };
    let read = with(b"220401000000Z", b"220401000000Z").unwrap();
    assert_eq!(read.not_before, read.not_after);
    assert!(with(b"220401000001Z", b"220401000000Z").is_err());
}
