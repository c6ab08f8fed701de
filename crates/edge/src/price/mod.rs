//! What a cart costs, by the shop's catalog or by an offer that the merchant has signed. No file here knows
//! an order.

mod cart;
mod catalog;
mod catalog_problems;
mod counted;
mod jws;
mod limits;
mod offer;

use api::{PlaceOrder, Problem, ProblemCode};
use worker::Env;

use crate::config::Config;
use crate::platform::clock::now_ms;
pub(crate) use catalog_problems::catalog_problems;
pub(crate) use counted::Counted;
pub(crate) use limits::Quote;

/// The price of a cart now, or what is wrong with the cart.
pub(crate) async fn of(cart: &PlaceOrder, env: &Env, config: &Config) -> Result<Quote, Problem> {
    let now_ms = now_ms();
    match cart {
        PlaceOrder::Lines(lines) => {
            let catalog = catalog::read(env, now_ms).await?;
            cart::quote(&catalog, lines).map_err(|refusal| refused(&refusal))
        }
        PlaceOrder::Offer { offer, quantity } => {
            if config.offer_keys.is_empty() {
                return Err(Problem::new(
                    ProblemCode::OffersNotAccepted,
                    "This Worker has no secret OFFER_KEY. Its operator must set it, or the page must name goods of the catalogue.",
                ));
            }
            offer::quote(&config.offer_keys, offer, *quantity, now_ms)
                .map_err(|refusal| offer_refused(&refusal))
        }
    }
}

fn refused(refusal: &cart::Refusal) -> Problem {
    let code = match refusal {
        cart::Refusal::LineCount(_) => ProblemCode::InvalidBody,
        cart::Refusal::UnknownSku(_) => ProblemCode::UnknownSku,
        cart::Refusal::Quantity { .. } | cart::Refusal::TotalTooLarge => ProblemCode::InvalidQuantity,
        cart::Refusal::Catalog(why) => {
            worker::console_error!("catalog.json cannot be used: {why}");
            return Problem::new(
                ProblemCode::Misconfigured,
                "The shop's catalogue is wrong; its operator must mend it.",
            );
        }
    };
    Problem::new(code, refusal.to_string())
}

fn offer_refused(refusal: &offer::Refusal) -> Problem {
    let code = match refusal {
        offer::Refusal::Expired(_) => ProblemCode::OfferExpired,
        offer::Refusal::Quantity { .. } | offer::Refusal::TotalTooLarge => ProblemCode::InvalidQuantity,
        offer::Refusal::Forged(_)
        | offer::Refusal::Claims(_)
        | offer::Refusal::Claim { .. }
        | offer::Refusal::NotYet(_) => ProblemCode::InvalidOffer,
    };
    Problem::new(code, refusal.to_string())
}
