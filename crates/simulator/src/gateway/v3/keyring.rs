//! The keys of WeChat Pay in API v3: platform certificates that are rotated, the public key that takes their
//! place in the newer mode, and the certificates of the merchants.
//!
//! All private keys here are fixed and public, like the API keys of the built-in merchants. They protect
//! nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, SerialNumber, date_time_ymd};
use serde::{Deserialize, Serialize};

use super::super::china_time::ChinaTime;
use super::super::merchant::{AccountV3, BadMerchant, Merchant};
use super::crypto::{SigningKey, serial_of};
use super::der;

const PLATFORM: [&str; 2] = [
    include_str!("../../../keys/test-only-platform-a.pem"),
    include_str!("../../../keys/test-only-platform-b.pem"),
];
const EXPIRED: &str = include_str!("../../../keys/test-only-platform-expired.pem");
const PUBLIC_KEY: &str = include_str!("../../../keys/test-only-public-key.pem");
const STRANGER: &str = include_str!("../../../keys/test-only-stranger.pem");
/// The identifier of the public key.
pub(super) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0116980023152026030100000000000042";
/// A serial number that nothing has.
pub(super) const UNKNOWN_SERIAL: &str = "7777777777777777777777777777777777777777";

/// The private keys of the built-in merchants. A merchant of one's own without a certificate has the first.
const MERCHANTS: [(&str, &str); 5] = [
    ("1634117205", include_str!("../../../keys/test-only-merchant-1634117205.pem")),
    ("1634220018", include_str!("../../../keys/test-only-merchant-1634220018.pem")),
    ("1634990001", include_str!("../../../keys/test-only-merchant-1634990001.pem")),
    ("1698002315", include_str!("../../../keys/test-only-merchant-1698002315.pem")),
    ("1698990001", include_str!("../../../keys/test-only-merchant-1698990001.pem")),
];

const DAY_MS: i64 = 86_400_000;
/// A platform certificate is valid for five years. It was made a month ago.
const MADE_BEFORE_MS: i64 = 30 * DAY_MS;
const VALID_MS: i64 = 5 * 365 * DAY_MS;
/// The expired certificate: 2019 to 2024.
const EXPIRED_FROM_MS: i64 = 1_556_640_000_000;

/// Where a change of the platform certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rotation {
    /// One certificate is in the list and signs.
    Settled,
    /// A new one is in the list and does not sign yet.
    Announced,
    /// Both sign, one after the other.
    Mixed,
    /// The new one alone signs; both are in the list.
    Switched,
}

/// A certificate of the platform.
pub(super) struct PlatformCertificate {
    pub(super) serial: String,
    serial_bytes: [u8; 20],
    pub(super) effective_ms: i64,
    pub(super) expire_ms: i64,
    key: SigningKey,
    key_pem: &'static str,
    /// Made when somebody asks for it.
    pem: OnceLock<String>,
}

/// The key files of a merchant, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MerchantKeys {
    /// The merchant number.
    pub mchid: String,
    /// The appid.
    pub appid: String,
    /// The serial number of the merchant's certificate.
    pub serial: String,
    /// The APIv3 key. Only of a merchant that comes with the simulator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_v3_key: Option<String>,
    /// `apiclient_key.pem`. Only where the simulator made the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key: Option<String>,
    /// `apiclient_cert.pem`, under the same condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The identifier of WeChat Pay's public key.
    pub public_key_id: String,
    /// `pub_key.pem`: WeChat Pay's public key.
    pub public_key: String,
}

pub(super) struct Keyring {
    /// The old one, and during a change the new one behind it.
    certificates: Vec<PlatformCertificate>,
    rotation: Rotation,
    /// How many certificates there have been.
    made: usize,
    expired: PlatformCertificate,
    public_key: SigningKey,
    stranger: SigningKey,
}

impl Keyring {
    pub(super) fn new(now_ms: i64) -> Keyring {
        let mut keyring = Keyring {
            certificates: Vec::new(),
            rotation: Rotation::Settled,
            made: 0,
            expired: made("expired platform certificate", EXPIRED, EXPIRED_FROM_MS),
            public_key: built_in(PUBLIC_KEY),
            stranger: built_in(STRANGER),
        };
        keyring.add(now_ms);
        keyring
    }

    fn add(&mut self, now_ms: i64) {
        self.made += 1;
        let pem = PLATFORM.iter().cycle().nth(self.made - 1).copied().unwrap_or(EXPIRED);
        self.certificates.push(made(
            &format!("platform certificate {}", self.made),
            pem,
            now_ms - MADE_BEFORE_MS,
        ));
    }

    /// Moves to the named step, or to the next one.
    pub(super) fn rotate(&mut self, now_ms: i64, to: Option<Rotation>) -> Rotation {
        let next = match self.rotation {
            Rotation::Settled => Rotation::Announced,
            Rotation::Announced => Rotation::Mixed,
            Rotation::Mixed => Rotation::Switched,
            Rotation::Switched => Rotation::Settled,
        };
        let to = to.unwrap_or(next);
        if to == Rotation::Settled {
            // The newest stays.
            self.certificates.drain(..self.certificates.len().saturating_sub(1));
        } else if self.certificates.len() < 2 {
            self.add(now_ms);
        }
        self.rotation = to;
        to
    }

    /// What the certificates call lists.
    pub(super) fn listed(&self, with_expired: bool) -> impl Iterator<Item = &PlatformCertificate> {
        self.certificates.iter().chain(with_expired.then_some(&self.expired))
    }

    /// Whether a caller may ask for answers under this key.
    pub(super) fn has(&self, serial: &str) -> bool {
        serial == PUBLIC_KEY_ID || self.certificates.iter().any(|known| known.serial == serial)
    }

    /// The certificate that signs. While two do, `draw` chooses.
    pub(super) fn serial(&self, draw: u64) -> String {
        let last = self.certificates.len().saturating_sub(1);
        let index = match self.rotation {
            Rotation::Settled | Rotation::Switched => last,
            Rotation::Announced => 0,
            Rotation::Mixed => usize::from(draw % 2 == 1).min(last),
        };
        self.certificates.get(index).map_or_else(String::new, |certificate| certificate.serial.clone())
    }

    /// Signs with the key that a serial number names: a platform certificate, or the public key.
    pub(super) fn sign(&self, serial: &str, text: &[u8]) -> String {
        if serial == PUBLIC_KEY_ID {
            return self.public_key.sign(text);
        }
        let known = self.certificates.iter().find(|known| known.serial == serial);
        known.map_or_else(String::new, |certificate| certificate.key.sign(text))
    }

    pub(super) fn sign_expired(&self, text: &[u8]) -> (String, String) {
        (self.expired.serial.clone(), self.expired.key.sign(text))
    }

    pub(super) fn sign_as_stranger(&self, text: &[u8]) -> String {
        self.stranger.sign(text)
    }

    pub(super) fn keys_of(&self, merchant: &Merchant) -> Option<MerchantKeys> {
        let account = merchant.v3.as_ref()?;
        let private_key = private_key_of(&merchant.mch_id);
        let is_ours = account.serial == hex(&serial_of(&merchant.mch_id));
        let is_built_in = MERCHANTS.iter().any(|(mch_id, _)| *mch_id == merchant.mch_id);
        Some(MerchantKeys {
            mchid: merchant.mch_id.clone(),
            appid: merchant.appid.clone(),
            serial: account.serial.clone(),
            api_v3_key: (is_ours && is_built_in).then(|| String::from_utf8_lossy(&account.key).into_owned()),
            private_key: is_ours.then(|| private_key.to_owned()),
            certificate: is_ours.then(|| {
                made(&merchant.mch_id, private_key, EXPIRED_FROM_MS + 3 * VALID_MS / 2).pem().to_owned()
            }),
            public_key_id: PUBLIC_KEY_ID.to_owned(),
            public_key: der::public_key_pem(&self.public_key.public_key()),
        })
    }
}

/// The private key that stands for a merchant's own.
pub(super) fn private_key_of(mch_id: &str) -> &'static str {
    let own = MERCHANTS.iter().find(|(known, _)| *known == mch_id);
    own.or(MERCHANTS.first()).map_or(STRANGER, |(_, pem)| pem)
}

/// Signs as a merchant would, where the simulator has the merchant's key.
pub(super) fn sign_as_merchant(mch_id: &str, text: &[u8]) -> String {
    built_in(private_key_of(mch_id)).sign(text)
}

impl Merchant {
    /// Sets the merchant up for API v3: the APIv3 key, 32 bytes, and the merchant's certificate in PEM.
    /// Without a certificate the simulator's own for this merchant number is taken.
    ///
    /// # Errors
    /// A sentence, when the key has another length or the certificate cannot be read.
    pub fn set_v3(&mut self, key: &str, certificate_pem: Option<&str>) -> Result<(), BadMerchant> {
        let key: [u8; 32] = key
            .as_bytes()
            .try_into()
            .map_err(|_| BadMerchant(format!("the APIv3 key must be 32 bytes, it has {}", key.len())))?;
        let (serial, public_key) = match certificate_pem {
            None => {
                let key = built_in(private_key_of(&self.mch_id));
                (hex(&serial_of(&self.mch_id)), key.public_key())
            }
            Some(pem) => {
                let read = der::of_pem(pem).and_then(|der| der::certificate(&der));
                let read = read.ok_or_else(|| {
                    BadMerchant(
                        "the certificate must be a PEM file with an RSA key, such as apiclient_cert.pem"
                            .to_owned(),
                    )
                })?;
                (read.serial, read.public_key)
            }
        };
        self.v3 = Some(AccountV3 { key, serial, public_key });
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A key that comes with the simulator. It is read once: that takes as long as some signatures.
///
/// # Panics
/// Never: a test reads all of them.
fn built_in(pem: &'static str) -> SigningKey {
    static READ: Mutex<BTreeMap<&str, SigningKey>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let first = || SigningKey::of_pem(pem).expect("a key that comes with the simulator can be read");
    read.entry(pem).or_insert_with(first).clone()
}

/// Makes a certificate of a key that comes with the simulator. Its serial number belongs to the name.
fn made(name: &str, key_pem: &'static str, from_ms: i64) -> PlatformCertificate {
    PlatformCertificate {
        serial: hex(&serial_of(name)),
        serial_bytes: serial_of(name),
        effective_ms: from_ms,
        expire_ms: from_ms + VALID_MS,
        key: built_in(key_pem),
        key_pem,
        pem: OnceLock::new(),
    }
}

impl PlatformCertificate {
    /// The certificate in PEM.
    pub(super) fn pem(&self) -> &str {
        self.pem.get_or_init(|| self.written().unwrap_or_default())
    }

    fn written(&self) -> Option<String> {
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(self.key_pem, &PKCS_RSA_SHA256).ok()?;
        let mut params = CertificateParams::new(Vec::new()).ok()?;
        params.distinguished_name.push(DnType::CommonName, "Tenpay.com Root CA (simulator, test only)");
        params.serial_number = Some(SerialNumber::from_slice(&self.serial_bytes));
        // Whole days: a certificate that ends a few hours early harms nobody.
        let (year, month, day) = date(self.effective_ms)?;
        params.not_before = date_time_ymd(year, month, day);
        let (year, month, day) = date(self.expire_ms)?;
        params.not_after = date_time_ymd(year, month, day);
        Some(params.self_signed(&key).ok()?.pem())
    }
}

fn date(at_ms: i64) -> Option<(i32, u8, u8)> {
    let (year, month, day) = ChinaTime::at(at_ms).year_month_day();
    Some((i32::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_772_337_600_000;

    #[test]
    fn every_key_that_comes_with_the_simulator_can_be_read_and_no_two_are_the_same() {
        let pems = PLATFORM.into_iter().chain([EXPIRED, PUBLIC_KEY, STRANGER]);
        let pems = pems.chain(MERCHANTS.into_iter().map(|(_, pem)| pem));
        let mut keys: Vec<Vec<u8>> = pems.map(|pem| SigningKey::of_pem(pem).unwrap().public_key()).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!((count, keys.len()), (10, 10));
    }

    #[test]
    fn a_certificate_has_the_serial_and_the_key_that_the_gateway_signs_with() {
        let keyring = Keyring::new(NOW_MS);
        for listed in keyring.listed(true) {
            let read = der::certificate(&der::of_pem(listed.pem()).unwrap()).unwrap();
            assert_eq!(read.serial, listed.serial);
            assert_eq!(read.serial.len(), 40);
            assert_eq!(read.public_key, listed.key.public_key());
        }
    }

    #[test]
    fn a_new_certificate_is_announced_signs_beside_the_old_one_signs_alone_and_the_old_one_goes() {
        let mut keyring = Keyring::new(NOW_MS);
        let first = keyring.serial(0);
        let seen = |keyring: &Keyring| {
            let mut seen: Vec<String> = (0..4).map(|draw| keyring.serial(draw)).collect();
            seen.sort();
            seen.dedup();
            (keyring.listed(false).count(), seen)
        };
        assert_eq!(keyring.rotate(NOW_MS, None), Rotation::Announced);
        assert_eq!(seen(&keyring), (2, vec![first.clone()]));
        assert_eq!(keyring.rotate(NOW_MS, None), Rotation::Mixed);
        let (listed, both) = seen(&keyring);
        assert_eq!((listed, both.len()), (2, 2));
        assert_eq!(keyring.rotate(NOW_MS, None), Rotation::Switched);
        let (listed, new) = seen(&keyring);
        assert!(listed == 2 && new.len() == 1 && new[0] != first);
        assert_eq!(keyring.rotate(NOW_MS, None), Rotation::Settled);
        assert_eq!(seen(&keyring), (1, new));
    }
}
