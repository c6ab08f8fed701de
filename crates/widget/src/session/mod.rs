//! The life of one payment as its page sees it: `(state, now, input) -> (state', effects)`.
//!
//! | state | the shopper sees | left by |
//! | --- | --- | --- |
//! | idle | the pay button | start |
//! | creating | a placeholder for the code | a code, a refusal, or too many failed tries |
//! | showing | the code and the time left | any answer, the end of the time, *I have paid*, cancel |
//! | checking | *we are checking* | an answer, or a cancel that nobody confirms; never the clock |
//! | paid, expired, cancelled, failed | the outcome | start or retry |
//!
//! Start after a final state places a new order if the server said that the last one is over; else it asks
//! for the same order again.
//!
//! The rules, each with its story in `tests/`:
//!
//! - At most one request is in flight. The next one waits for the answer to the previous one.
//! - A socket that pushes makes asking rare. If there is no socket, the page asks by itself.
//! - The server decides the pace.
//! - A page that is hidden, or whose device says that it is offline, slows down but never stops. It asks
//!   at once on return.
//! - Before there was a code, a server that does not answer or is not ours ends the payment with a reason.
//!   After that only the order ends it, or the shopper who cancels.
//! - *Paid* and *expired* come from an answer of the server and from nothing else.
//! - The server's clock decides how much time is left.
//! - A final state stops everything.
//!
//! `now_ms` is any monotonic clock (`performance.now()`), never the device's date.

mod machine;
mod order_facts;
mod pauses;
mod protocol;
mod state;

pub use machine::Session;
pub use order_facts::{Fields, OrderFacts};
pub use protocol::{Answer, Ask, Effects, Event, Http, Input, Request};
pub use state::{Failure, Link, State};

#[cfg(test)]
mod tests;
