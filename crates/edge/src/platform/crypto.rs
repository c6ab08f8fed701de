//! RSA and AES-GCM of API v3, by the platform's WebCrypto. Bytes go out, and bytes, or a yes or no, come in:
//! nothing here decides. `js/crypto.mjs` imports each key once per isolate as one that cannot be exported.
//!
//! Other events of an object run while this waits. So a caller awaits all cryptography first, and then reads
//! the order, decides and stores without another wait.

use js_sys::Uint8Array;
use wire::v3::{ApiV3Key, Check, MerchantKey, Sealed, Verdict};

use crate::failure::words_of;
use crate::platform::js;
use crate::platform::wait::settled;

/// Signs a text with the merchant's key.
///
/// # Errors
/// In words for the log, if the platform does not take the key.
pub(crate) async fn sign(key: &MerchantKey, text: &str) -> Result<Vec<u8>, String> {
    match settled(js::sign(key.pkcs8(), text.as_bytes())).await {
        Ok(signature) => Ok(Uint8Array::new(&signature).to_vec()),
        Err(error) => Err(words_of(&error)),
    }
}

/// Verifies what WeChat Pay says that it has signed. What the platform refuses is not valid.
pub(crate) async fn verify(check: &Check) -> Verdict {
    let valid = settled(js::verify(check.key().key().spki(), check.signature(), check.text())).await;
    Verdict::of(valid.is_ok_and(|valid| valid.is_truthy()))
}

/// Opens what WeChat Pay has sealed; `None` if it does not open.
pub(crate) async fn open(key: &ApiV3Key, sealed: &Sealed) -> Option<Vec<u8>> {
    let opened = js::open(key.as_bytes(), sealed.nonce(), sealed.associated_data(), sealed.ciphertext());
    let opened = settled(opened).await.ok().filter(|opened| !opened.is_undefined())?;
    Some(Uint8Array::new(&opened).to_vec())
}
