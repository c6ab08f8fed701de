//! Reads a body that comes in pieces, and stops at a limit.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use crate::platform::wait::settled;

/// Where reading ended.
pub(crate) enum End {
    /// At the end of the body.
    Body,
    /// At the limit, before the end of the body.
    Limit,
}

/// Reads a body into `bytes`, at most `max` of them. A missing body counts as read. After a failure `bytes`
/// has what came before it.
pub(crate) async fn read(
    body: Option<ReadableStream>,
    max: usize,
    bytes: &mut Vec<u8>,
) -> Result<End, JsValue> {
    let Some(body) = body else { return Ok(End::Body) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let piece = settled(reader.read()).await?;
        if js_sys::Reflect::get(&piece, &"done".into())?.is_truthy() {
            return Ok(End::Body);
        }
        let piece: Uint8Array = js_sys::Reflect::get(&piece, &"value".into())?.unchecked_into();
        let room = max.saturating_sub(bytes.len());
        let length = usize::try_from(piece.length()).unwrap_or(usize::MAX);
        if length > room {
            let fits = u32::try_from(room).unwrap_or(u32::MAX);
            bytes.extend(piece.subarray(0, fits).to_vec());
            // The rest is not wanted. Nobody waits until the other side knows that.
            drop(reader.cancel());
            return Ok(End::Limit);
        }
        bytes.extend(piece.to_vec());
    }
}

/// Gives each piece of a body to `take`, and keeps none. At most `max` bytes are taken.
pub(crate) async fn each(
    body: Option<ReadableStream>,
    max: usize,
    take: &mut dyn FnMut(Vec<u8>) -> Result<(), JsValue>,
) -> Result<End, JsValue> {
    let Some(body) = body else { return Ok(End::Body) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut left = max;
    loop {
        let piece = settled(reader.read()).await?;
        if js_sys::Reflect::get(&piece, &"done".into())?.is_truthy() {
            return Ok(End::Body);
        }
        let piece: Uint8Array = js_sys::Reflect::get(&piece, &"value".into())?.unchecked_into();
        let length = usize::try_from(piece.length()).unwrap_or(usize::MAX);
        let Some(rest) = left.checked_sub(length) else {
            drop(reader.cancel());
            return Ok(End::Limit);
        };
        left = rest;
        take(piece.to_vec())?;
    }
}
