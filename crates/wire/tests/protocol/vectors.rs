//! The messages of `tests/vectors` with their verdicts.

use std::path::PathBuf;

use serde_json::Value;
use wire::v2::{ApiKey, SignType};
use wire::{Currency, Merchant, Money, OutTradeNo};

/// One message and its expected verdict.
pub(crate) struct Sample {
    pub(crate) file: String,
    pub(crate) direction: String,
    pub(crate) sign_type: Option<SignType>,
    pub(crate) order: Option<Order>,
    pub(crate) verdict: String,
    pub(crate) plaintext: Option<String>,
    pub(crate) body: Vec<u8>,
    key: Option<ApiKey>,
}

/// An order that the merchant knows.
pub(crate) struct Order {
    pub(crate) out_trade_no: OutTradeNo,
    pub(crate) total: Money,
    pub(crate) sign_type: SignType,
    pub(crate) merchant: Merchant,
}

impl Sample {
    /// The key it was signed with.
    pub(crate) fn key(&self) -> &ApiKey {
        self.key.as_ref().expect("a signed sample")
    }

    /// The number at the beginning of its name. It says what the message is about.
    pub(crate) fn number(&self) -> &str {
        self.file.split(['/', '-']).nth(1).expect("folder/number-name")
    }
}

/// A file of the vectors.
pub(crate) fn read(file: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/vectors", file].iter().collect();
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file of the vectors.
pub(crate) fn json(file: &str) -> Value {
    serde_json::from_slice(&read(file)).expect("JSON")
}

/// The merchant of most messages: of the orders A to D and X.
pub(crate) fn merchant() -> Merchant {
    Merchant::common("wx5c1f9e2a7d3b6048".parse().unwrap(), "1634117205".parse().unwrap())
}

/// Key K1, the merchant's.
pub(crate) fn merchants_key() -> ApiKey {
    key_named("K1")
}

/// A key by its name in `messages.json`.
pub(crate) fn key_named(name: &str) -> ApiKey {
    ApiKey::new(json("messages.json")["keys"][name].as_str().expect("a key")).unwrap()
}

/// All messages.
pub(crate) fn samples() -> Vec<Sample> {
    let manifest = json("messages.json");
    let text = |entry: &Value, name: &str| entry[name].as_str().map(str::to_owned);
    manifest["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|entry| {
            let file = text(entry, "file").expect("a file");
            Sample {
                direction: text(entry, "direction").expect("a direction"),
                sign_type: text(entry, "sign_type").map(|name| name.parse().unwrap()),
                order: text(entry, "order").map(|name| order(&manifest["orders"][name])),
                verdict: text(entry, "verdict").expect("a verdict"),
                plaintext: text(entry, "plaintext"),
                body: read(&file),
                key: text(entry, "key")
                    .map(|name| ApiKey::new(manifest["keys"][name].as_str().unwrap()).unwrap()),
                file,
            }
        })
        .collect()
}

/// The only sample whose name has this beginning.
pub(crate) fn sample(beginning: &str) -> Sample {
    let mut found = samples().into_iter().filter(|sample| sample.file.starts_with(beginning));
    let sample = found.next().unwrap_or_else(|| panic!("no message {beginning}"));
    assert!(found.next().is_none(), "more than one message {beginning}");
    sample
}

fn order(entry: &Value) -> Order {
    let text = |name: &str| entry[name].as_str().expect("a text");
    let currency: Currency = text("fee_type").parse().unwrap();
    Order {
        out_trade_no: text("out_trade_no").parse().unwrap(),
        total: Money::new(entry["total_fee"].as_u64().expect("an amount"), currency),
        sign_type: text("sign_type").parse().unwrap(),
        merchant: Merchant {
            sub_mch_id: entry["sub_mch_id"].as_str().map(|text| text.parse().unwrap()),
            ..Merchant::common(text("appid").parse().unwrap(), text("mch_id").parse().unwrap())
        },
    }
}
