//! The browser module of wechatpay-edge: what `<wechat-pay>` decides and draws.
//!
//! Two pure parts, tested on the host: [`session`], the life of one payment as its page sees it,
//! and [`qr`], from a `code_url` to the pixels of its QR code. They know no clock, no randomness
//! and no DOM. On wasm32 a thin `shell` hands them to the custom element in `js/`, which owns
//! everything the browser owns: elements, styles, texts, timers and `fetch`.
//!
//! What must never happen here: a page that says *paid* by its own judgement, *expired* or
//! *failed* without a last look at the server, or a `code_url` that leaves the page.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod qr;
pub mod session;

#[cfg(target_arch = "wasm32")]
mod shell;
