//! What a cart costs, by the shop's catalog or by an offer that the merchant has signed. No file here knows
//! an order.

mod cart;
mod catalog;
mod catalog_problems;
mod counted;
mod fields;
mod file_name;
mod jws;
mod limits;
mod offer;
mod published;
mod shown;

use api::{Goods, PlaceOrder, Problem, ProblemCode};
use worker::Env;

use crate::config::Config;
use crate::html::language;
use crate::platform::clock::now_ms;
use crate::platform::environment;
pub(crate) use catalog_problems::catalog_problems;
pub(crate) use counted::Counted;
pub(crate) use file_name::{RULE as FILE_NAME_RULE, is_file_name};
pub(crate) use limits::Quote;
pub(crate) use published::read as published;
pub(crate) use shown::{shown, skus};

/// The price of a cart now, or what is wrong with the cart. The header `Accept-Language` chooses the language
/// in which the goods are named.
pub(crate) async fn of(
    cart: &PlaceOrder,
    accept_language: &str,
    env: &Env,
    config: &Config,
) -> Result<Quote, Problem> {
    let now_ms = now_ms();
    // A site that sells by offers may have no catalogue. Then it has no fields either.
    let needs_catalog = matches!(cart.goods, Goods::Lines(_)) || !cart.fields.is_empty();
    let catalog = if needs_catalog { Some(published::read(env, config, now_ms).await?) } else { None };
    let mut quote = match (&cart.goods, &catalog) {
        (Goods::Lines(lines), Some(catalog)) => {
            cart::quote(catalog, lines, accept_language, now_ms).map_err(|refusal| refused(&refusal))?
        }
        (Goods::Lines(_), None) => return Err(published::unreadable()),
        (Goods::Offer { offer, quantity }, _) => {
            if config.offer_keys.is_empty() {
                return Err(Problem::new(
                    ProblemCode::OffersNotAccepted,
                    "This Worker has no secret OFFER_KEY. Its operator must set it, or the page must name goods of the catalogue.",
                ));
            }
            let mut quote = offer::quote(&config.offer_keys, offer, *quantity, now_ms)
                .map_err(|refusal| offer_refused(&refusal))?;
            quote.details.language = Some(language::choose(accept_language).tag.to_owned());
            quote
        }
    };
    if quote.details.lines.iter().any(|line| line.file.is_some()) {
        needs_bucket(env)?;
    }
    if let Some(catalog) = catalog {
        let words = fields::check(&catalog.fields, &cart.fields);
        quote.details.shopper =
            words.map_err(|refusal| Problem::new(ProblemCode::InvalidField, refusal.to_string()))?;
    }
    Ok(quote)
}

/// Nothing that names a file is sold while there is no bucket to deliver it from.
pub(crate) fn needs_bucket(env: &Env) -> Result<(), Problem> {
    if environment::files(env).is_none() {
        let detail = "The Worker has no bucket FILES for the file of this order. Its operator must bind one.";
        return Err(Problem::new(ProblemCode::ItemUnavailable, detail));
    }
    Ok(())
}

fn refused(refusal: &cart::Refusal) -> Problem {
    if let cart::Refusal::Catalog(_) = refusal {
        worker::console_error!("the catalogue cannot be used: {refusal}");
    }
    Problem::new(code_of(refusal), refusal.to_string())
}

fn code_of(refusal: &cart::Refusal) -> ProblemCode {
    match refusal {
        cart::Refusal::LineCount(_) => ProblemCode::InvalidBody,
        cart::Refusal::UnknownSku(_) => ProblemCode::UnknownSku,
        cart::Refusal::Unavailable(_) => ProblemCode::ItemUnavailable,
        cart::Refusal::SoldOut(_) => ProblemCode::SoldOut,
        cart::Refusal::NotYet(_) | cart::Refusal::Over(_) => ProblemCode::NotOnSale,
        cart::Refusal::Quantity { .. } | cart::Refusal::TotalTooLarge => ProblemCode::InvalidQuantity,
        cart::Refusal::Catalog(_) => ProblemCode::Misconfigured,
    }
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
