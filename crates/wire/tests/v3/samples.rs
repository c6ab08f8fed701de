//! The messages of `tests/vectors/v3` with their verdicts.

use std::path::PathBuf;

use serde_json::Value;
use wire::v3::{
    Account, ApiV3Key, Certificate, Edition, KeyRing, NativeOrder, OrderRef, PlatformKey, Serial,
};
use wire::{Merchant, Money, OutRefundNo, OutTradeNo};

/// A file of the vectors.
pub(crate) fn text(file: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/vectors/v3", file].iter().collect();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn json(file: &str) -> Value {
    serde_json::from_str(&text(file)).expect("JSON")
}

/// One message, with what the manifest says of it.
pub(crate) struct Sample {
    pub(crate) entry: Value,
    pub(crate) message: Value,
    pub(crate) manifest: Value,
}

/// All messages of a kind; all of them for the kind `""`.
pub(crate) fn samples(kind: &str) -> Vec<Sample> {
    let manifest = json("manifest.json");
    let entries = manifest["samples"].as_array().expect("samples").clone();
    entries
        .into_iter()
        .filter(|entry| kind.is_empty() || entry["kind"] == kind)
        .map(|entry| {
            let message = json(entry["file"].as_str().expect("a file"));
            Sample { entry, message, manifest: manifest.clone() }
        })
        .collect()
}

/// The only message whose name has this beginning.
pub(crate) fn sample(beginning: &str) -> Sample {
    let mut found = samples("").into_iter().filter(|sample| sample.file().starts_with(beginning));
    let sample = found.next().unwrap_or_else(|| panic!("no message {beginning}"));
    assert!(found.next().is_none(), "more than one message {beginning}");
    sample
}

/// An order that the merchant knows.
pub(crate) struct Order {
    pub(crate) out_trade_no: OutTradeNo,
    pub(crate) total: Money,
}

impl Order {
    pub(crate) fn by_number(&self) -> OrderRef {
        OrderRef::OutTradeNo(self.out_trade_no.clone())
    }

    /// The order as it was placed, as far as an answer can tell.
    pub(crate) fn native(&self) -> NativeOrder {
        NativeOrder::new(
            self.out_trade_no.clone(),
            "tea".parse().unwrap(),
            self.total,
            "https://pay.example.com/wechat/v3/notify".parse().unwrap(),
        )
    }
}

impl Sample {
    pub(crate) fn file(&self) -> &str {
        self.entry["file"].as_str().expect("a file")
    }

    pub(crate) fn now(&self) -> i64 {
        self.entry["now"].as_i64().expect("now")
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        self.message[name].as_str().unwrap_or_else(|| panic!("{} has no {name}", self.file()))
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.field("body").as_bytes()
    }

    pub(crate) fn status(&self) -> u16 {
        self.message["status"].as_u64().expect("a status").try_into().expect("a status")
    }

    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        let pairs = self.message["headers"].as_array().expect("headers").iter();
        pairs.map(|pair| (pair[0].as_str().expect("a name"), pair[1].as_str().expect("a value"))).collect()
    }

    fn merchant(&self) -> &Value {
        &self.manifest["merchants"][self.field("merchant")]
    }

    pub(crate) fn edition(&self) -> Edition {
        match self.merchant()["edition"].as_str() {
            Some("global") => Edition::Global,
            Some("mainland") => Edition::Mainland,
            other => panic!("edition {other:?}"),
        }
    }

    /// The merchant who sends or receives the message.
    pub(crate) fn account(&self) -> Account {
        let entry = self.merchant();
        let text = |name: &str| entry[name].as_str();
        let merchant = match text("sub_mchid") {
            Some(sub) => Merchant {
                sub_appid: text("sub_appid").map(|appid| appid.parse().unwrap()),
                ..Merchant::under_institution(
                    text("sp_appid").unwrap().parse().unwrap(),
                    text("sp_mchid").unwrap().parse().unwrap(),
                    sub.parse().unwrap(),
                )
            },
            None => Merchant::common(
                text("appid").unwrap().parse().unwrap(),
                text("mchid").unwrap().parse().unwrap(),
            ),
        };
        let public_key = self.verifies_with().into_iter().find(|name| *name == "public-key");
        Account {
            edition: self.edition(),
            merchant,
            certificate: self.serial("merchant"),
            answers_with: public_key.map(|name| self.serial(name)),
            user_agent: "test-only/0".parse().unwrap(),
        }
    }

    fn verifies_with(&self) -> Vec<&str> {
        let names = self.merchant()["verifies_with"].as_array().expect("keys").iter();
        names.map(|name| name.as_str().expect("a key")).collect()
    }

    pub(crate) fn serial(&self, name: &str) -> Serial {
        self.manifest["serials"][name].as_str().expect("a serial").parse().unwrap()
    }

    /// The merchant's keys, and the expired platform certificate that it once had.
    pub(crate) fn ring(&self) -> KeyRing {
        let mut names = self.verifies_with();
        if names.contains(&"platform-1") {
            names.push("platform-0");
        }
        let keys = names.into_iter().map(|name| {
            let key = format!("keys/test-only-{name}-certificate.pem");
            if name == "public-key" {
                PlatformKey::public_key(self.serial(name), crate::crypto::public_key(name))
            } else {
                PlatformKey::from(Certificate::from_pem(&text(&key)).expect("a certificate"))
            }
        });
        KeyRing::fixed(keys.collect()).expect("a ring")
    }

    pub(crate) fn api_v3_key(&self) -> ApiV3Key {
        let key = &self.manifest["apiv3_keys"][self.edition().as_str()];
        ApiV3Key::new(key.as_str().expect("a key")).unwrap()
    }

    pub(crate) fn order(&self) -> Order {
        let entry = &self.manifest["orders"][self.entry["order"].as_str().expect("an order")];
        let currency = entry["currency"].as_str().expect("a currency").parse().unwrap();
        Order {
            out_trade_no: entry["out_trade_no"].as_str().expect("a number").parse().unwrap(),
            total: Money::new(entry["total"].as_u64().expect("an amount"), currency),
        }
    }

    pub(crate) fn refund(&self) -> (OutRefundNo, Money) {
        let entry = &self.manifest["refunds"][self.entry["refund"].as_str().expect("a refund")];
        let minor = entry["refund"].as_u64().expect("an amount");
        let number = entry["out_refund_no"].as_str().expect("a number").parse().unwrap();
        (number, Money::new(minor, self.order().total.currency))
    }

    /// What the manifest says: `accept`, or the stage that rejects.
    pub(crate) fn verdict(&self) -> String {
        match (self.entry["verdict"].as_str(), self.entry["stage"].as_str()) {
            (Some("accept"), None) => "accept".to_owned(),
            (Some("reject"), Some(stage)) => format!("reject at {stage}"),
            other => panic!("{}: {other:?}", self.file()),
        }
    }

    /// The outcome that the manifest states, `unknown` for a rejected answer.
    pub(crate) fn outcome(&self) -> Option<&str> {
        self.entry["outcome"].as_str()
    }
}
