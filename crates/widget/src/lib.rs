//! The browser module of wechatpay-edge: what `<wechat-pay>` decides and draws.
//!
//! [`session`] is pure and tested on the host: the life of one payment as its page sees it. It has no clock,
//! no randomness and no DOM. The crate `qr` makes the pixels of the code. On wasm32 a thin `shell` gives both
//! to the custom element in `js/`, which owns what the browser owns: elements, styles, texts, timers and
//! `fetch`.
//!
//! Three things must never happen: the page says *paid* by its own judgement; it says *expired*, or *failed*
//! after it showed a code, without an answer of the server; a `code_url` goes to a third party.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod session;

#[cfg(target_arch = "wasm32")]
mod shell;
