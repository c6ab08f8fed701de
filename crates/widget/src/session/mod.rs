//! The life of one payment as its page sees it: `(state, now, input) -> (state', effects)`.
//!
//! | state | the shopper sees | left by |
//! | --- | --- | --- |
//! | idle | the pay button | start |
//! | creating | a placeholder of the code | a code, a refusal, or tries that led nowhere |
//! | showing | the code and the time left | any answer, the end of the time, *I have paid*, cancel |
//! | checking | *we are checking* | an answer of the server, never the clock |
//! | paid, expired, cancelled, failed | the outcome | start or retry, which place a new order |
//!
//! Rules, each with its story in `tests/`: exactly one request in flight, the next only after the previous
//! was answered; a socket that pushes makes asking rare, and asking takes over by itself when there is none;
//! the server decides the pace; a page that is hidden, or whose device calls itself offline, slows down,
//! never stops, and asks at once on return; before there was a code, a server that does not answer, or is not
//! ours, ends the payment with its reason, and afterwards nothing does but the order itself; the outcome
//! comes from an answer of the server and from nothing else; the server's clock decides how much time is
//! left; a final state stops everything.
//!
//! `now_ms` is any monotonic clock (`performance.now()`), never the device's date.

mod answer;
mod effects;
mod input;
mod machine;
mod order_facts;
mod pace;
mod socket;
mod state;

pub use answer::{Answer, Http};
pub use effects::{Ask, Effects, Event, Request};
pub use input::Input;
pub use machine::Session;
pub use order_facts::{Fields, OrderFacts};
pub use state::{Failure, Link, State};

#[cfg(test)]
mod tests;
