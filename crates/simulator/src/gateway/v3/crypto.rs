//! RSA signatures (PKCS#1 v1.5 with SHA-256) and the SHA-1 of bills, by `ring`.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};

use super::der;

/// A private key that the gateway signs with.
#[derive(Clone)]
pub(super) struct SigningKey(Arc<RsaKeyPair>);

impl SigningKey {
    /// Reads a key that comes with the simulator.
    pub(super) fn of_pem(pem: &str) -> Option<SigningKey> {
        RsaKeyPair::from_pkcs8(&der::of_pem(pem)?).ok().map(|key| SigningKey(Arc::new(key)))
    }

    /// The signature in base64. Always the same for the same text.
    pub(super) fn sign(&self, text: &[u8]) -> String {
        let mut signature = vec![0; self.0.public().modulus_len()];
        // The randomness blinds the computation; it does not change the result. An error would leave a
        // signature that verifies nowhere.
        let _signed = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature);
        STANDARD.encode(signature)
    }

    /// PKCS#1 in DER.
    pub(super) fn public_key(&self) -> Vec<u8> {
        self.0.public().as_ref().to_vec()
    }
}

/// Whether a signature in base64 is that of the text.
pub(super) fn verifies(public_key: &[u8], text: &[u8], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key).verify(text, &signature).is_ok()
}

/// The SHA-1 of a bill in lower-case hexadecimal digits.
pub(super) fn sha1(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Twenty bytes that belong to a name, as a serial number: it fits into a certificate without a leading zero.
pub(super) fn serial_of(name: &str) -> [u8; 20] {
    let hash = digest::digest(&digest::SHA256, name.as_bytes());
    let mut serial = [0; 20];
    serial.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
    serial[0] = serial[0] & 0x3F | 0x40;
    serial
}
