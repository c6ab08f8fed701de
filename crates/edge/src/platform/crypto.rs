//! RSA and AES-GCM of API v3, by the platform's WebCrypto. Bytes go out, and bytes, or a yes or no, come in:
//! nothing here decides. Each key is imported once per isolate, as one that cannot be exported.
//!
//! Other events of an object run while this waits. So a caller awaits all cryptography first, and then reads
//! the order, decides and stores without another wait.

use std::cell::RefCell;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wire::v3::{ApiV3Key, Check, MerchantKey, Sealed, Verdict};

use crate::failure::words_of;
use crate::platform::js;
use crate::platform::wait::settled;

/// More keys than the configuration and a rotation of certificates can have at a time.
const MOST_KEYS: usize = 32;

/// A key of the platform. Only finished ones are kept: a promise of one request must not be awaited by
/// another.
struct Imported {
    purpose: &'static str,
    bytes: Box<[u8]>,
    key: JsValue,
}

thread_local! {
    static IMPORTED: RefCell<Vec<Imported>> = const { RefCell::new(Vec::new()) };
}

/// Signs a text with the merchant's key.
///
/// # Errors
/// In words for the log, if the platform does not take the key.
pub(crate) async fn sign(key: &MerchantKey, text: &str) -> Result<Vec<u8>, String> {
    let signature = with_key("sign", key.pkcs8(), |key| js::sign(key, text.as_bytes())).await;
    signature.map(|signature| Uint8Array::new(&signature).to_vec()).map_err(|error| words_of(&error))
}

/// Verifies what WeChat Pay says that it has signed. What the platform refuses is not valid.
pub(crate) async fn verify(check: &Check) -> Verdict {
    let verify = |key: &JsValue| js::verify(key, check.signature(), check.text());
    let valid = with_key("verify", check.key().key().spki(), verify).await;
    Verdict::of(valid.is_ok_and(|valid| valid.is_truthy()))
}

/// Opens what WeChat Pay has sealed; `None` if it does not open.
pub(crate) async fn open(key: &ApiV3Key, sealed: &Sealed) -> Option<Vec<u8>> {
    let open = |key: &JsValue| js::open(key, sealed.nonce(), sealed.associated_data(), sealed.ciphertext());
    let opened = with_key("decrypt", key.as_bytes(), open).await.ok()?;
    Some(Uint8Array::new(&opened).to_vec())
}

/// What the platform does with a key.
async fn with_key(
    purpose: &'static str,
    bytes: &[u8],
    act: impl FnOnce(&JsValue) -> Result<Promise, JsValue>,
) -> Result<JsValue, JsValue> {
    let known = IMPORTED.with_borrow(|keys| {
        let known = keys.iter().find(|known| known.purpose == purpose && *known.bytes == *bytes);
        known.map(|known| known.key.clone())
    });
    let key = match known {
        Some(key) => key,
        None => {
            let key = settled(js::import_key(purpose, bytes)?).await?;
            let imported = Imported { purpose, bytes: bytes.into(), key: key.clone() };
            IMPORTED.with_borrow_mut(|keys| {
                if keys.len() >= MOST_KEYS {
                    keys.clear();
                }
                keys.push(imported);
            });
            key
        }
    };
    settled(act(&key)?).await
}
