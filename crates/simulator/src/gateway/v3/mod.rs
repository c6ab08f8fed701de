//! API v3 of the gateway: JSON over HTTP, signed with RSA (protocol: `docs/protocol/api-v3.md`). It works on
//! the same orders as API v2.
//!
//! The signatures and seals are made here by `ring`, and the JSON is written by `serde_json`: nothing is
//! shared with the code that reads them, so a mistake on one side does not hide one on the other.
//!
//! | modules | concept |
//! | --- | --- |
//! | `request`, `route`, `authorization`, `document`, `caller` | what is asked, and by whom |
//! | `native`, `query`, `close`, `refund`, `refund_query` | the calls about one order |
//! | `certificates`, `statement`, `settlements` | the other calls |
//! | `problem`, `numbers` | refusals |
//! | `crypto`, `der`, `keyring`, `seal`, `long_nonce` | keys, certificates, signatures, sealed resources |
//! | `answer`, `signed`, `written`, `notification` | what is sent |
//! | `refusals`, `substitutes`, `hostile` | what goes wrong |

mod answer;
mod authorization;
mod caller;
mod certificates;
mod close;
mod crypto;
mod der;
mod document;
mod hostile;
mod keyring;
mod long_nonce;
mod native;
mod notification;
mod numbers;
mod problem;
mod query;
mod refund;
mod refund_query;
mod refusals;
mod request;
mod route;
mod seal;
mod settlements;
mod signed;
mod statement;
mod substitutes;
mod written;

pub use keyring::{MerchantKeys, Rotation};
pub use request::RequestV3;

use super::Gateway;
use super::trade::Generation;

/// What the front end of API v3 keeps besides the orders: its keys, and the bills that wait to be fetched.
#[derive(Default)]
pub(super) struct FrontEnd {
    keyring: Option<keyring::Keyring>,
    bills: statement::Waiting,
}

/// The two editions of API v3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edition {
    Global,
    Mainland,
}

impl Edition {
    /// A merchant that settles in CNY belongs to the mainland edition, every other to the global one.
    fn of(merchant: &super::Merchant) -> Edition {
        if merchant.fee_type == "CNY" { Edition::Mainland } else { Edition::Global }
    }

    fn generation(self) -> Generation {
        match self {
            Edition::Global => Generation::V3Global,
            Edition::Mainland => Generation::V3Mainland,
        }
    }

    fn of_generation(generation: Generation, merchant: &super::Merchant) -> Edition {
        match generation {
            Generation::V3Global => Edition::Global,
            Generation::V3Mainland => Edition::Mainland,
            Generation::V2 => Edition::of(merchant),
        }
    }
}

impl Gateway {
    fn keyring(&mut self, now_ms: i64) -> &mut keyring::Keyring {
        self.v3.keyring.get_or_insert_with(|| keyring::Keyring::new(now_ms))
    }

    /// Moves the platform certificates on, and tells where they stand.
    pub fn rotate(&mut self, now_ms: i64, to: Option<Rotation>) -> Rotation {
        self.keyring(now_ms).rotate(now_ms, to)
    }

    /// The key files of every merchant that is set up for API v3, as WeChat Pay's merchant platform hands
    /// them out. Whoever brings a certificate of their own keeps its private key.
    #[must_use]
    pub fn keys_v3(&mut self, now_ms: i64) -> Vec<MerchantKeys> {
        let merchants = self.merchants.clone();
        let keyring = self.keyring(now_ms);
        merchants.iter().filter_map(|merchant| keyring.keys_of(merchant)).collect()
    }
}
