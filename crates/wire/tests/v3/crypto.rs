//! The caller's part: RSA and AES-GCM, by `ring`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use serde_json::Value;
use wire::v3::{ApiV3Key, Check, PublicKey, Sealed, Verdict};

/// A private key of the samples.
pub(crate) fn private_key(name: &str) -> KeyPair {
    let jwk = &crate::samples::json("keys/test-only-keys.json")["jwk"][name];
    let number = |part: &str| URL_SAFE_NO_PAD.decode(jwk[part].as_str().expect("a number")).expect("base64");
    let public_key = PublicKeyComponents { n: number("n"), e: number("e") };
    KeyPair::from_components(&KeyPairComponents {
        public_key,
        d: number("d"),
        p: number("p"),
        q: number("q"),
        dP: number("dp"),
        dQ: number("dq"),
        qInv: number("qi"),
    })
    .expect("a key")
}

pub(crate) fn sign(key: &KeyPair, text: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).expect("a signature");
    signature
}

pub(crate) fn is_valid(key: &PublicKey, text: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pkcs1()).verify(text, signature).is_ok()
}

pub(crate) fn verdict(check: &Check) -> Verdict {
    Verdict::of(is_valid(check.key().key(), check.text(), check.signature()))
}

pub(crate) fn open(sealed: &Sealed, key: &ApiV3Key) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).expect("32 bytes"));
    let mut bytes = sealed.ciphertext().to_vec();
    let nonce = Nonce::assume_unique_for_key(*sealed.nonce());
    key.open_in_place(nonce, Aad::from(sealed.associated_data()), &mut bytes).ok().map(|text| text.to_vec())
}

/// `ciphertext` of a resource, as the gateway seals it.
pub(crate) fn seal(text: &str, nonce: &[u8; 12], associated_data: &str, key: &ApiV3Key) -> String {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).expect("32 bytes"));
    let mut bytes = text.as_bytes().to_vec();
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(*nonce),
        Aad::from(associated_data.as_bytes()),
        &mut bytes,
    )
    .expect("sealed");
    STANDARD.encode(bytes)
}

/// The SPKI of a JSON value's PEM, for comparisons.
pub(crate) fn public_key(file: &str) -> PublicKey {
    let text = crate::samples::text(&format!("keys/test-only-{file}-public-key.pem"));
    PublicKey::from_pem(&text).expect("a public key")
}

pub(crate) fn base64(bytes: &[u8]) -> Value {
    Value::String(STANDARD.encode(bytes))
}
