//! API v3 in the process of a world, step by step as the Worker's shell does it. The keys are the simulator's
//! own, and the cryptography is `ring`: every signature is made and verified.

use std::sync::LazyLock;

use gateway::v3::Caller;
use gateway::{Call, Failure, Outcome};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use simulator::gateway::{Gateway, MerchantKeys, Reply, RequestV3, Switches};
use wire::v3::{
    Account, Certificates, Check, Draft, KeyRing, NotGenuine, PlatformKey, PublicKey, Sealed,
    SealedCertificates, Verdict,
};

use super::api::Api;
use super::merchant::{self, API_V3_KEY};
use super::{BEGIN_MS, World};

/// The key files that the merchant got, and the private key out of them.
struct Files {
    keys: MerchantKeys,
    private_key: KeyPair,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let at_the_gateway = merchant::at_the_gateway(Api::V3Global, true);
    let mut gateway = Gateway::new(vec![at_the_gateway], Switches::default(), 0);
    let keys = gateway.keys_v3(BEGIN_MS).pop().expect("the merchant's keys");
    let pem = keys.private_key.as_deref().expect("the simulator's own key");
    let key = wire::v3::MerchantKey::from_pem(pem).expect("a private key");
    Files { private_key: KeyPair::from_pkcs8(key.pkcs8()).expect("a private key"), keys }
});

/// How the merchant verifies what WeChat Pay signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// By the public key from the merchant platform.
    PublicKey,
    /// By platform certificates, which are downloaded and change.
    Certificates,
}

/// The keys in the memory of a process that has just begun.
pub(super) fn key_ring(trust: Trust) -> KeyRing {
    let keys = &FILES.keys;
    match trust {
        Trust::PublicKey => {
            let key = PublicKey::from_pem(&keys.public_key).expect("a public key");
            let serial = keys.public_key_id.parse().expect("a serial");
            KeyRing::fixed(vec![PlatformKey::public_key(serial, key)])
        }
        Trust::Certificates => KeyRing::refreshed(vec![]),
    }
    .expect("a key ring")
}

fn caller(trust: Trust) -> Caller {
    let keys = &FILES.keys;
    let public_key_id = || keys.public_key_id.parse().expect("a serial");
    Caller {
        certificate: keys.serial.parse().expect("a serial"),
        answers_with: (trust == Trust::PublicKey).then(public_key_id),
        user_agent: "worlds/0".parse().expect("a name"),
    }
}

/// The verdict about a message of the gateway.
pub(super) fn verify(check: &Check) -> Verdict {
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, check.key().key().pkcs1());
    Verdict::of(key.verify(check.text(), check.signature()).is_ok())
}

/// What was sealed, if the API v3 key opens it.
pub(super) fn open(sealed: &Sealed) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).ok()?);
    let nonce = Nonce::assume_unique_for_key(*sealed.nonce());
    let mut bytes = sealed.ciphertext().to_vec();
    let text = key.open_in_place(nonce, Aad::from(sealed.associated_data()), &mut bytes).ok()?;
    Some(text.to_vec())
}

impl World {
    /// Makes a call of API v3 at the gateway. `Err`: nothing was sent.
    pub(super) fn send_v3(&mut self, call: &Call) -> Result<Reply, Failure> {
        let caller = caller(self.worker.trust);
        let exchange = call.in_v3(&caller).expect("an order of API v3");
        let (now_seconds, nonce) = (self.worker_now_ms().div_euclid(1_000), self.nonce());
        Ok(self.sent_signed(exchange.draft(now_seconds, &nonce)?))
    }

    fn sent_signed(&mut self, draft: Draft) -> Reply {
        let key = &FILES.private_key;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), draft.text().as_bytes(), &mut signature)
            .expect("a signature");
        let request = draft.signed(&signature).expect("a signature of RSA");
        let headers: Vec<(String, String)> =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let asked = RequestV3 {
            method: request.method.as_str(),
            target: &request.target,
            headers: &headers,
            body: request.body.as_bytes(),
            origin: "https://gateway.example",
        };
        self.gateway.call_v3(self.now_ms, &asked)
    }

    /// What the Worker makes of a whole reply that has come after so long.
    pub(super) fn read_v3(&mut self, call: &Call, reply: &Reply, latency_ms: i64) -> Outcome {
        if reply.location.is_some() {
            return call.failed(Failure::misconfigured("a redirect"));
        }
        let caller = caller(self.worker.trust);
        let exchange = call.in_v3(&caller).expect("an order of API v3");
        let headers: Vec<_> = reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let came = wire::v3::Reply { status: reply.status, headers: &headers, body: &reply.body };
        let claimed = self.claimed(latency_ms, |now_seconds, ring| came.claim(now_seconds, ring));
        let genuine = claimed.and_then(|claim| {
            let verdict = verify(claim.check());
            claim.judge(verdict)
        });
        match genuine {
            Ok(genuine) => exchange.read(&genuine),
            Err(why) => exchange.unproven(&came, why),
        }
    }

    /// Claims a message that comes in so many milliseconds, with the keys in the memory of the process. If
    /// none has its serial, they are refreshed once.
    pub(super) fn claimed<C>(
        &mut self,
        in_ms: i64,
        claim: impl Fn(i64, &KeyRing) -> Result<C, NotGenuine>,
    ) -> Result<C, NotGenuine> {
        let now_seconds = (self.worker_now_ms() + in_ms).div_euclid(1_000);
        let is_due = self.worker.ring.is_refresh_due(now_seconds);
        if self.worker.trust == Trust::Certificates && is_due {
            self.refresh(now_seconds);
        }
        match claim(now_seconds, &self.worker.ring) {
            Err(NotGenuine::RefreshFirst) => {
                self.refresh(now_seconds);
                claim(now_seconds, &self.worker.ring)
            }
            claimed => claimed,
        }
    }

    /// Downloads the platform certificates. If that fails, the keys stay as they are.
    fn refresh(&mut self, now_seconds: i64) {
        self.worker.ring.refresh_begins(now_seconds);
        if self.dice.chance(self.worker.unconnected_permille) {
            return;
        }
        let Caller { certificate, user_agent, .. } = caller(self.worker.trust);
        let (edition, merchant) = (self.of.edition(), merchant::merchant());
        let account = Account { edition, merchant, certificate, answers_with: None, user_agent };
        let nonce = self.nonce();
        let sent_at = self.worker_now_ms().div_euclid(1_000);
        let draft = wire::v3::draft(&Certificates, &account, sent_at, &nonce).expect("a request");
        let reply = self.sent_signed(draft);
        let headers: Vec<_> = reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let came = wire::v3::Reply { status: reply.status, headers: &headers, body: &reply.body };
        let keys = SealedCertificates::read(&came, now_seconds).and_then(|sealed| {
            let opened: Vec<_> = sealed.entries().map(open).collect();
            let claim = sealed.opened(&opened, now_seconds)?;
            let verdict = verify(claim.check());
            Ok(claim.judge(verdict)?)
        });
        let told = match keys {
            Ok(keys) => self.worker.ring.refresh(keys, now_seconds).map_err(|why| why.to_string()),
            Err(why) => Err(why.to_string()),
        };
        self.tell(|| match told {
            Ok(()) => "the certificates are downloaded".into(),
            Err(why) => format!("the certificates are not downloaded: {why}"),
        });
    }

    /// WeChat Pay moves its platform certificates on by one step.
    pub(super) fn rotate(&mut self) {
        let to = self.gateway.rotate(self.now_ms, None);
        self.marks.insert("with a rotation of certificates".to_owned());
        self.tell(|| format!("the platform certificates: {to:?}"));
    }
}
