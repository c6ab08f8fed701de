//! The files that are sold, in the bucket `FILES`. Their bytes go from the bucket to the shopper and not
//! through the wasm (`js/files.mjs`).

use wasm_bindgen::JsCast;
use worker::Env;

use crate::failure::{Failure, PlatformFailure};
use crate::platform::environment;
use crate::platform::js::{file_of, send_file};
use crate::platform::timer::TimeLimit;
use crate::platform::wait::settled;

/// How long the bucket may take to answer.
const TIME_LIMIT_MS: u32 = 10_000;

/// What is known of a file.
pub(crate) struct StoredFile {
    /// In bytes.
    pub(crate) size: u64,
    /// Its `ETag`, as it is written in a header.
    pub(crate) etag: String,
    /// Its type, as the merchant has stored it, or nothing.
    pub(crate) content_type: String,
}

/// What the bucket knows of a file. `None` if it is not there, or if there is no bucket.
pub(crate) async fn head(env: &Env, name: &str) -> Result<Option<StoredFile>, Failure> {
    let Some(bucket) = environment::files(env) else { return Ok(None) };
    let Ok(found) = TimeLimit::of(TIME_LIMIT_MS).within(settled(file_of(&bucket, name))).await else {
        return Err(PlatformFailure::Call("the bucket FILES takes too long".into()).into());
    };
    Ok(found?.as_string().and_then(|text| read(&text)))
}

fn read(text: &str) -> Option<StoredFile> {
    let (size, rest) = text.split_once('\n')?;
    let (etag, content_type) = rest.split_once('\n')?;
    Some(StoredFile {
        size: size.parse().ok()?,
        etag: etag.to_owned(),
        content_type: content_type.to_owned(),
    })
}

/// Answers with the part of a file that an order has let out (`object/download.rs`), as a stream, or only
/// with its headers.
pub(crate) async fn send(env: &Env, told: &str, is_head: bool) -> Result<web_sys::Response, Failure> {
    let bucket = environment::files(env).filter(|_| !is_head);
    Ok(settled(send_file(bucket.as_ref(), told)).await?.unchecked_into())
}
