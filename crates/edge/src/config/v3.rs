//! The account at API v3: keys, certificate and edition. Pure.
//!
//! `WECHAT_API` says how new orders are placed. While orders of API v3 live, their account must stay
//! configured, whatever new orders do. No mistake repeats anything of a secret.

use gateway::v3::Caller;
use wire::v3::{
    Account, ApiV3Key, CategoryCode, Edition, KeyRing, MerchantKey, PlatformKey, PublicKey, Serial, UserAgent,
};
use wire::{Merchant, NotifyUrl};

use super::variable::{optional, required};
use crate::secret::rule;

/// Names the program in every request of API v3.
const USER_AGENT: &str = concat!("wechatpay-edge/", env!("CARGO_PKG_VERSION"));
const API: &str = "it must be v2, v3-global or v3-mainland";

/// How new orders are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiChoice {
    V2,
    V3(Edition),
}

/// The account at API v3.
pub(crate) struct V3 {
    /// The edition of the merchant number.
    pub(crate) edition: Edition,
    /// What the merchant sells, in the global edition.
    pub(crate) category: Option<CategoryCode>,
    /// What every call has in common.
    pub(crate) caller: Caller,
    /// Signs our calls.
    pub(crate) merchant_key: MerchantKey,
    /// Opens what WeChat Pay seals.
    pub(crate) api_v3_key: ApiV3Key,
    /// What verifies before anything was downloaded: WeChat Pay's public key, if the merchant has one.
    /// Certificates count beside it, so that a merchant can change over to it while messages of both kinds
    /// arrive (protocol §9.2).
    pub(crate) key_ring: KeyRing,
    /// Where WeChat sends notifications of payments and of refunds.
    pub(crate) notify_url: NotifyUrl,
}

impl V3 {
    /// Who asks.
    pub(crate) fn asks(&self, merchant: &Merchant) -> Account {
        let Caller { certificate, user_agent, answers_with } = self.caller.clone();
        let (edition, merchant) = (self.edition, merchant.clone());
        Account { edition, merchant, certificate, answers_with, user_agent }
    }

    /// Who asks for WeChat Pay's certificates. The answer is to be signed by one of them, and not by a public
    /// key.
    pub(crate) fn asks_for_certificates(&self, merchant: &Merchant) -> Account {
        Account { answers_with: None, ..self.asks(merchant) }
    }
}

/// Reads the names of API v3, and the edition of the merchant number. All names are read, so that every
/// mistake is told at once.
///
/// Without API v3 the edition is the global one. An account of API v3 that is left for open orders, while new
/// ones are of API v2, is of the global edition if it has a category: there it is demanded, and the mainland
/// edition has none.
pub(super) fn read(
    read: &dyn Fn(&str) -> Option<String>,
    notify_url: Option<&NotifyUrl>,
    mistakes: &mut Vec<String>,
) -> (ApiChoice, Edition, Option<V3>) {
    let choice = optional(read, "WECHAT_API", api, mistakes).unwrap_or(ApiChoice::V2);
    let names = ["WECHAT_API_V3_KEY", "WECHAT_MCH_CERT_SERIAL", "WECHAT_MCH_PRIVATE_KEY"];
    let wanted = matches!(choice, ApiChoice::V3(_)) || names.iter().any(|name| read(name).is_some());
    let category = optional(read, "WECHAT_CATEGORY", CategoryCode::new, mistakes);
    let public_key = public_key(read, mistakes);
    if !wanted {
        return (choice, Edition::Global, None);
    }
    let edition = match choice {
        ApiChoice::V3(edition) => edition,
        ApiChoice::V2 if read("WECHAT_CATEGORY").is_none() => Edition::Mainland,
        ApiChoice::V2 => Edition::Global,
    };
    let api_v3_key = required(read, names[0], "the 32-character API v3 key (a secret)", api_v3_key, mistakes);
    let certificate = required(
        read,
        names[1],
        "the serial number of your API certificate: openssl x509 -noout -serial -in apiclient_cert.pem",
        certificate,
        mistakes,
    );
    let merchant_key =
        required(read, names[2], "the text of apiclient_key.pem (a secret)", merchant_key, mistakes);
    if edition == Edition::Global && category.is_none() && read("WECHAT_CATEGORY").is_none() {
        mistakes.push(
            "WECHAT_CATEGORY is missing: set it to the four digits of your merchant category code (MCC), as in 5499."
                .into(),
        );
    }
    let category = category.filter(|_| edition == Edition::Global);
    let user_agent = UserAgent::new(USER_AGENT).ok();
    let notify_url = notify_url.and_then(|url| NotifyUrl::new(&[url.as_str(), "/v3"].concat()).ok());
    let account = (|| {
        let answers_with = public_key.as_ref().map(|key| key.serial().clone());
        Some(V3 {
            edition,
            category,
            caller: Caller { certificate: certificate?, answers_with, user_agent: user_agent? },
            merchant_key: merchant_key?,
            api_v3_key: api_v3_key?,
            // One key is never ambiguous.
            key_ring: KeyRing::refreshed(public_key.into_iter().collect()).ok()?,
            notify_url: notify_url?,
        })
    })();
    (choice, edition, account)
}

fn api(text: &str) -> Result<ApiChoice, &'static str> {
    match text {
        "v2" => Ok(ApiChoice::V2),
        "v3-global" => Ok(ApiChoice::V3(Edition::Global)),
        "v3-mainland" => Ok(ApiChoice::V3(Edition::Mainland)),
        _ => Err(API),
    }
}

fn api_v3_key(text: &str) -> Result<ApiV3Key, String> {
    let key = ApiV3Key::new(text).map_err(|refusal| refusal.to_string())?;
    rule::check(text).map(|()| key).map_err(|unfit| unfit.to_string())
}

fn certificate(text: &str) -> Result<Serial, String> {
    match Serial::new(text) {
        Ok(serial) if !serial.is_of_a_public_key() => Ok(serial),
        Ok(_) => {
            Err("it is the name of WeChat Pay's public key; take the serial number of your own certificate"
                .into())
        }
        Err(refusal) => Err(refusal.to_string()),
    }
}

fn merchant_key(text: &str) -> Result<MerchantKey, String> {
    MerchantKey::from_pem(&lines(text)).map_err(|refusal| refusal.to_string())
}

/// Some editors of secrets write a line end as the two characters `\n`.
fn lines(text: &str) -> String {
    text.replace("\\n", "\n")
}

/// WeChat Pay's public key with its name. One without the other is a mistake.
fn public_key(read: &dyn Fn(&str) -> Option<String>, mistakes: &mut Vec<String>) -> Option<PlatformKey> {
    let names = ["WECHAT_PUBLIC_KEY_ID", "WECHAT_PUBLIC_KEY"];
    let id = optional(read, names[0], public_key_id, mistakes);
    let text = |text: &str| PublicKey::from_pem(&lines(text));
    let key = optional(read, names[1], text, mistakes);
    for (name, other) in [(names[0], names[1]), (names[1], names[0])] {
        if read(name).is_some() && read(other).is_none() {
            mistakes.push(format!("{other} is missing: it belongs to {name}."));
        }
    }
    Some(PlatformKey::public_key(id?, key?))
}

fn public_key_id(text: &str) -> Result<Serial, String> {
    match Serial::new(text) {
        Ok(serial) if serial.is_of_a_public_key() => Ok(serial),
        Ok(_) | Err(_) => Err("it must be PUB_KEY_ID_ and digits, as the merchant platform shows it".into()),
    }
}
