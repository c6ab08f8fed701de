//! The account at API v2: its key, and how messages are signed. Pure.
//!
//! A shop of API v3 needs none. While orders of API v2 live, their account must stay configured, whatever new
//! orders do.

use wire::v2::{ApiKey, SignType};

use super::variable::{optional, required};
use crate::secret::rule;

const KEY: &str = "WECHAT_API_KEY";
const KEY_PREVIOUS: &str = "WECHAT_API_KEY_PREVIOUS";

/// The account at API v2.
pub(crate) struct V2 {
    /// How new orders of API v2 are signed, and whatever else API v2 is asked.
    pub(crate) sign_type: SignType,
    /// Signs messages to WeChat and verifies messages from WeChat.
    pub(crate) api_key: ApiKey,
    /// The previous key. While the key is being changed, messages may still be signed with it.
    pub(crate) previous_api_key: Option<ApiKey>,
}

impl V2 {
    /// The keys a message may be signed with, the current one first.
    pub(crate) fn keys(&self) -> Vec<&ApiKey> {
        std::iter::once(&self.api_key).chain(&self.previous_api_key).collect()
    }
}

/// Reads the names of API v2. All of them are read, so that every mistake is told at once. `is_needed`: new
/// orders are of API v2.
pub(super) fn read(
    read: &dyn Fn(&str) -> Option<String>,
    is_needed: bool,
    mistakes: &mut Vec<String>,
) -> Option<V2> {
    let sign_type = optional(read, "WECHAT_SIGN_TYPE", str::parse::<SignType>, mistakes);
    let api_key = if is_needed {
        const WHAT: &str =
            "the 32-character API key of API v2 (a secret), or set WECHAT_API to your edition of API v3";
        required(read, KEY, WHAT, api_key, mistakes)
    } else {
        optional(read, KEY, api_key, mistakes)
    };
    if read(KEY_PREVIOUS).is_some() && read(KEY).is_none() {
        mistakes.push(
            "WECHAT_API_KEY_PREVIOUS is set without WECHAT_API_KEY: it is only the key before that one."
                .into(),
        );
    }
    let previous_api_key = optional(read, KEY_PREVIOUS, self::api_key, mistakes);
    Some(V2 { sign_type: sign_type.unwrap_or(SignType::HmacSha256), api_key: api_key?, previous_api_key })
}

/// WeChat's key. Wire knows its form, and it is a secret like the others.
fn api_key(text: &str) -> Result<ApiKey, String> {
    let key = ApiKey::new(text).map_err(|refusal| refusal.to_string())?;
    rule::check(text).map(|()| key).map_err(|unfit| unfit.to_string())
}
