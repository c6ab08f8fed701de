//! The net under everything else: WeChat Pay's bill of a day, compared with our own orders.
//!
//! 1. [`Ours`] has what our index knows of the day: which orders were paid, by which payment, how much.
//! 2. A [`Pass`] over the bill compares each row with it. What agrees is counted. What does not is a
//!    [`Doubt`], and so is each refund, and each payment of ours that the bill lacks.
//! 3. [`judge`] looks at a doubt together with what the order itself knows ([`Known`]). The index may be
//!    behind; the order is the truth. It says that all is well, that somebody must be asked first ([`Ask`]),
//!    or that this is a [`Difference`].
//!
//! A pass is bounded: it gives a limited number of doubts and says where to go on ([`Cursor`]). Everything
//! here may be repeated and gives the same result. The caller stores, asks and waits; [`Progress`] says what
//! is next.
//!
//! The day is a day of UTC+8, by WeChat's time of the payment. WeChat's clock and the bill may put a payment
//! of midnight into two different days, so a payment that a bill lacks within [`MIDNIGHT_MS`] of the day's
//! end is looked for in the bill of the next day. Sources disagree whether a refund is in the bill of the day
//! when it was accepted, or of the day when it ended. Both are right here.
//!
//! `protocol §8.1` in comments means section 8.1 of `docs/protocol/`, the protocol reference.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unimplemented,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::disallowed_macros
    )
)]

mod day;
mod difference;
mod doubt;
mod fields;
mod json;
mod judge;
mod known;
mod ours;
mod pass;
mod progress;
mod report;
mod totals;

pub use day::{DAY_MS, MIDNIGHT_MS, before, bill_is_due_ms, dashed, day_of, end_ms, next};
pub use difference::{Difference, Kind, MAX_DIFFERENCES};
pub use doubt::{Doubt, Side};
pub use judge::{Ask, Context, LOOKS, Verdict, judge, pause_ms};
pub use known::Known;
pub use ours::{Ours, TooMany};
pub use pass::{Cursor, MAX_DOUBTS, Pass, Passed};
pub use progress::{GIVE_UP_AFTER_MS, Progress, Stage};
pub use report::{Head, Status, fails_as_before, webhook};
pub use totals::{OfCurrency, Totals};
