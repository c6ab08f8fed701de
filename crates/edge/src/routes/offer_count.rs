//! The orders of an offer that may make only so many (`max_orders`): each takes a place before it is placed.
//!
//! A place is never given back. If placing fails, the same `Idempotency-Key` uses its place again.

use api::{Problem, ProblemCode};
use wire::OutTradeNo;
use worker::Env;

use crate::failure::Failure;
use crate::object::ask::ask_count;
use crate::object::protocol::{ObjectRequest, TakePlace};
use crate::price::Counted;

/// Takes a place for this order. Returns the problem if there is none.
pub(super) async fn take(
    counted: &Counted,
    number: &OutTradeNo,
    env: &Env,
) -> Result<Option<Problem>, Failure> {
    let place = TakePlace {
        number: number.to_string(),
        max_orders: counted.max_orders,
        forget_at_s: counted.forget_at_s,
    };
    Ok(match ask_count(env, &counted.name, ObjectRequest::TakePlace(place)).await? {
        204 => None,
        409 => Some(Problem::new(
            ProblemCode::OfferUsedUp,
            format!(
                "This offer has made all {} orders that its claim `max_orders` allows. Ask the shop for a new offer.",
                counted.max_orders
            ),
        )),
        // The log of the count says why. Nothing was placed.
        _ => Some(Problem::new(
            ProblemCode::Internal,
            "The orders of this offer could not be counted. The same request may be repeated.",
        )),
    })
}
