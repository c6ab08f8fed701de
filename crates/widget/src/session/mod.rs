//! The life of one payment as its page sees it: `(state, now, input) -> (state', effects)`.
//!
//! | state | the shopper sees | left by |
//! | --- | --- | --- |
//! | idle | the pay button | start |
//! | creating | a placeholder of the code | an answer that carries a code, or a refusal |
//! | showing | the code and the time left | any answer, the end of the time, *I have paid*, cancel |
//! | checking | *we are checking* | an answer of the server, never the clock |
//! | paid, expired, cancelled, failed | the outcome | start or retry, which place a new order |
//!
//! Rules, each with its story in `tests/`: exactly one request in flight, the next only
//! after the previous was answered; a socket that pushes makes asking rare, and asking takes over by itself
//! when there is none; an offline page stops asking and a hidden one slows down, and
//! both ask at once on return; the outcome comes from an answer of the server and from nothing
//! else; the server's clock decides how much time is left; a final state stops everything.
//!
//! `now_ms` is any monotonic clock (`performance.now()`), never the device's date.

mod answer;
mod effects;
mod input;
mod machine;
mod pace;
mod seen;
mod socket;
mod state;

pub use answer::Answer;
pub use effects::{Ask, Effects, Event, Request};
pub use input::Input;
pub use machine::Session;
pub use seen::{Fields, Seen};
pub use state::{Failure, Link, State};

#[cfg(test)]
mod tests;
