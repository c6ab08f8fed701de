//! Errors of the HTTP interface: RFC 9457 `application/problem+json` with a stable `code`.

use serde::{Deserialize, Serialize};

/// The body of every error answer.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Always `about:blank`: the meaning is in `code` (RFC 9457 §4.2.1).
    #[serde(rename = "type")]
    pub kind: String,
    /// The short, human-readable name of the code.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// What a program branches on.
    pub code: ProblemCode,
    /// What was wrong with this request, and what to do.
    pub detail: String,
}

/// The problem codes. A code keeps its name and its meaning.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The body is not the JSON that this route takes.
    InvalidBody,
    /// The body is longer than this route reads.
    BodyTooLarge,
    /// A query parameter or a part of the path is unknown or malformed.
    InvalidQuery,
    /// The `Idempotency-Key` header is missing or malformed.
    InvalidIdempotencyKey,
    /// The key was used before with another body.
    IdempotencyConflict,
    /// The catalogue has no such goods.
    UnknownSku,
    /// The shop's catalogue has a mistake in these goods.
    ItemUnavailable,
    /// There are none of these goods left.
    SoldOut,
    /// These goods are sold later, or not any more.
    NotOnSale,
    /// The quantity is 0 or above the limit of the catalogue or the offer, or the total is more than one
    /// payment can have.
    InvalidQuantity,
    /// The shop's catalogue does not allow this field of the shopper's, or not this text in it, or a required
    /// one is missing.
    InvalidField,
    /// The merchant of this shop did not sign the offer, or the offer says something that cannot be sold.
    InvalidOffer,
    /// The offer is genuine but expired. Load the page again, or build the site again.
    OfferExpired,
    /// The offer is genuine and has made all of the orders that it may make.
    OfferUsedUp,
    /// This shop sells from its catalogue only.
    OffersNotAccepted,
    /// This shop takes no orders from pages of this origin.
    OriginNotAllowed,
    /// The request carries no key of this Worker.
    KeyRequired,
    /// The key may not do this.
    RoleRequired,
    /// The order is in a state that does not allow this.
    NotPossible,
    /// There is no order with this number, or the token belongs to another order. One code for both, so that
    /// nobody can find out which numbers exist.
    OrderNotFound,
    /// No such route.
    NotFound,
    /// This route does not take this method.
    MethodNotAllowed,
    /// The request came by plain http, and only https is served.
    HttpsRequired,
    /// Too many requests; `Retry-After` says when to come back.
    TooManyRequests,
    /// WeChat Pay did not answer, or refused.
    GatewayFailed,
    /// The shop must fix the Worker's configuration.
    Misconfigured,
    /// Something failed in the Worker. Repeat the request with the same key.
    Internal,
}

impl ProblemCode {
    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidBody | Self::InvalidQuery | Self::InvalidIdempotencyKey => 400,
            Self::UnknownSku
            | Self::ItemUnavailable
            | Self::SoldOut
            | Self::NotOnSale
            | Self::InvalidQuantity
            | Self::InvalidField
            | Self::InvalidOffer
            | Self::OfferExpired
            | Self::OfferUsedUp
            | Self::OffersNotAccepted => 422,
            Self::KeyRequired => 401,
            Self::OriginNotAllowed | Self::RoleRequired => 403,
            Self::BodyTooLarge => 413,
            Self::IdempotencyConflict | Self::NotPossible => 409,
            Self::OrderNotFound | Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::HttpsRequired => 403,
            Self::TooManyRequests => 429,
            Self::GatewayFailed => 502,
            Self::Misconfigured | Self::Internal => 500,
        }
    }

    /// The human-readable name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::InvalidBody => "The body cannot be read",
            Self::BodyTooLarge => "The body is too large",
            Self::InvalidQuery => "The query cannot be read",
            Self::InvalidIdempotencyKey => "The Idempotency-Key header is missing or malformed",
            Self::IdempotencyConflict => "The key belongs to another order",
            Self::UnknownSku => "No such goods",
            Self::ItemUnavailable => "These goods cannot be sold",
            Self::SoldOut => "Sold out",
            Self::NotOnSale => "Not on sale now",
            Self::InvalidQuantity => "The quantity is not allowed",
            Self::InvalidField => "The field is not allowed",
            Self::InvalidOffer => "The offer is not valid",
            Self::OfferExpired => "The offer has expired",
            Self::OfferUsedUp => "The offer is used up",
            Self::OffersNotAccepted => "This shop takes no offers",
            Self::OriginNotAllowed => "This site may not order here",
            Self::KeyRequired => "A key is needed",
            Self::RoleRequired => "The key may not do this",
            Self::NotPossible => "The order does not allow it",
            Self::OrderNotFound => "No such order",
            Self::NotFound => "No such route",
            Self::MethodNotAllowed => "The method is not allowed here",
            Self::HttpsRequired => "https only",
            Self::TooManyRequests => "Too many requests",
            Self::GatewayFailed => "WeChat Pay gave no answer",
            Self::Misconfigured => "The shop is misconfigured",
            Self::Internal => "Something failed here",
        }
    }
}

impl Problem {
    /// The problem with this code. `detail` says what was wrong with this request, and what to do.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".into(),
            title: code.title().into(),
            status: code.status(),
            code,
            detail: detail.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_http_status() {
        for (code, status) in [
            (ProblemCode::InvalidBody, 400),
            (ProblemCode::InvalidQuery, 400),
            (ProblemCode::InvalidIdempotencyKey, 400),
            (ProblemCode::KeyRequired, 401),
            (ProblemCode::OriginNotAllowed, 403),
            (ProblemCode::RoleRequired, 403),
            (ProblemCode::HttpsRequired, 403),
            (ProblemCode::OrderNotFound, 404),
            (ProblemCode::NotFound, 404),
            (ProblemCode::MethodNotAllowed, 405),
            (ProblemCode::IdempotencyConflict, 409),
            (ProblemCode::NotPossible, 409),
            (ProblemCode::BodyTooLarge, 413),
            (ProblemCode::UnknownSku, 422),
            (ProblemCode::ItemUnavailable, 422),
            (ProblemCode::SoldOut, 422),
            (ProblemCode::NotOnSale, 422),
            (ProblemCode::InvalidQuantity, 422),
            (ProblemCode::InvalidField, 422),
            (ProblemCode::InvalidOffer, 422),
            (ProblemCode::OfferExpired, 422),
            (ProblemCode::OfferUsedUp, 422),
            (ProblemCode::OffersNotAccepted, 422),
            (ProblemCode::TooManyRequests, 429),
            (ProblemCode::GatewayFailed, 502),
            (ProblemCode::Misconfigured, 500),
            (ProblemCode::Internal, 500),
        ] {
            assert_eq!(Problem::new(code, "").status, status, "{code:?}");
        }
    }

    #[test]
    fn the_json_of_a_problem_keeps_its_form() {
        assert_eq!(
            serde_json::to_string(&Problem::new(ProblemCode::UnknownSku, "The catalogue has no `x`."))
                .unwrap(),
            r#"{"type":"about:blank","title":"No such goods","status":422,"code":"unknown_sku","detail":"The catalogue has no `x`."}"#
        );
    }
}
