//! The browser module of wechatpay-edge: what `<wechat-pay>` decides and draws.
//!
//! The pure part, tested on the host, is [`session`]: the life of one payment as its page sees it. It knows
//! no clock, no randomness and no DOM; the pixels of the code come from the crate `qr`. On wasm32 a thin
//! `shell` hands them to the custom element in `js/`, which owns everything the browser owns: elements,
//! styles, texts, timers and `fetch`.
//!
//! What must never happen here: a page that says *paid* by its own judgement, *expired* or
//! *failed* without a last look at the server, or a `code_url` that leaves the page.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod session;

#[cfg(target_arch = "wasm32")]
mod shell;
