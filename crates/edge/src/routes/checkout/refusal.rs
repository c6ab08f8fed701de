//! The page for a shopper when there is no order to show: what happened, whether something was ordered, and
//! what to do.
//!
//! There are two families. Before an order exists the page says that nothing was ordered and nobody was
//! charged. Once an order may exist the page promises nothing about money and reloads by itself, because
//! somebody may have paid meanwhile.

use api::ProblemCode;

use super::admission::Stranger;
use super::route::Route;
use crate::failure::Failure;
use crate::html::document::{self, Document};
use crate::html::words::Words;
use crate::platform::http::{Answer, Response};

/// After how many seconds a page reloads after a passing failure.
const RELOAD_S: u32 = 15;
/// After how many seconds a shopper may come back when there were too many: the minute that the page
/// mentions.
const BUSY_S: &str = "60";

/// Why the requested page is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The browser has just got the cookie and did not send it back.
    NoCookies,
    /// There is no such order, or it belongs to another browser.
    NotHere,
    /// There is no such page.
    NoSuchPage,
    /// The page takes only these methods (the value of `Allow`). Somebody opened the address of a form.
    Method(&'static str),
    /// The quantity is zero or too large, or the total is more than one payment can carry.
    Quantity,
    /// A field that the shopper fills in is empty and must not be, or has a text that is not taken.
    Field,
    /// The catalog does not have these goods.
    NotForSale,
    /// The offer is genuine but has expired.
    PriceEnded,
    /// The shop's page sent something that no shopper could have typed. The status says what was wrong.
    Unreadable(u16),
    /// There are too many requests.
    Busy,
    /// The shop's operator must correct something, and nothing was ordered.
    ShopNotReady,
    /// Something failed before anything was ordered.
    NotOrdered,
    /// Something failed, and there may be an order. The same page can be requested again.
    Trouble,
}

impl Refusal {
    /// Why nothing was ordered, when pricing or placing ended with this problem.
    pub(super) fn of(code: ProblemCode) -> Self {
        match code {
            ProblemCode::InvalidBody
            | ProblemCode::BodyTooLarge
            | ProblemCode::InvalidQuery
            | ProblemCode::InvalidIdempotencyKey
            | ProblemCode::InvalidOffer
            | ProblemCode::OffersNotAccepted
            | ProblemCode::OriginNotAllowed
            | ProblemCode::KeyRequired
            | ProblemCode::RoleRequired => Self::Unreadable(code.status()),
            ProblemCode::UnknownSku
            | ProblemCode::ItemUnavailable
            | ProblemCode::SoldOut
            | ProblemCode::NotOnSale => Self::NotForSale,
            ProblemCode::InvalidQuantity => Self::Quantity,
            ProblemCode::InvalidField => Self::Field,
            ProblemCode::OfferExpired | ProblemCode::OfferUsedUp => Self::PriceEnded,
            ProblemCode::IdempotencyConflict | ProblemCode::NotPossible | ProblemCode::OrderNotFound => {
                Self::NotHere
            }
            ProblemCode::NotFound | ProblemCode::MethodNotAllowed | ProblemCode::HttpsRequired => {
                Self::NoSuchPage
            }
            ProblemCode::TooManyRequests => Self::Busy,
            ProblemCode::GatewayFailed => Self::Trouble,
            ProblemCode::Misconfigured => Self::ShopNotReady,
            ProblemCode::Internal => Self::NotOrdered,
        }
    }

    /// What a failure on the way to this page means. The first form orders nothing. All other pages are about
    /// an order that may exist and may be paid.
    pub(super) fn of_failure(route: &Route<'_>) -> Self {
        match route {
            Route::Order => Self::NotOrdered,
            Route::Start(_) | Route::Page(_) | Route::Cancel(_) => Self::Trouble,
        }
    }

    /// The same if the failure is that the Worker is misconfigured.
    pub(super) fn of_mistake(route: &Route<'_>) -> Self {
        match route {
            Route::Order => Self::ShopNotReady,
            Route::Start(_) | Route::Page(_) | Route::Cancel(_) => Self::Trouble,
        }
    }

    /// The refusal for a browser that asks for the start of an order without its cookie.
    pub(super) fn of_stranger(stranger: &Stranger) -> Self {
        match stranger {
            Stranger::KeepsNoCookies => Self::NoCookies,
            Stranger::NotTheOwner => Self::NotHere,
        }
    }

    /// What this status of an order object's answer means. `None` if the object did what it was asked.
    pub(super) fn of_object(status: u16) -> Option<Self> {
        match status {
            200 | 201 => None,
            404 | 409 => Some(Self::NotHere),
            429 => Some(Self::Busy),
            _ => Some(Self::Trouble),
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::NoCookies => 403,
            Self::NotHere | Self::NoSuchPage => 404,
            Self::Method(_) => 405,
            Self::Quantity | Self::Field | Self::NotForSale | Self::PriceEnded => 422,
            Self::Unreadable(status) => status,
            Self::Busy => 429,
            Self::ShopNotReady | Self::NotOrdered | Self::Trouble => 500,
        }
    }

    /// A headline, and a sentence or two below it.
    fn texts(self, words: &Words) -> (&'static str, Vec<&'static str>) {
        let not = words.not_ordered;
        match self {
            Self::NoCookies => (words.cookies, vec![not, words.cookies_hint]),
            Self::NotHere => (words.elsewhere, vec![words.elsewhere_hint, words.cancelled_unanswered]),
            Self::NoSuchPage | Self::Method(_) => (words.nowhere, vec![words.nowhere_hint]),
            Self::Quantity => (words.quantity, vec![not, words.quantity_hint]),
            Self::Field => (words.field, vec![not, words.field_hint]),
            Self::NotForSale => (words.goods, vec![not, words.goods_hint]),
            Self::PriceEnded => (words.price, vec![not, words.price_hint]),
            Self::Unreadable(_) => (words.form, vec![not, words.form_hint]),
            Self::Busy => (words.busy, vec![not, words.busy_hint]),
            Self::ShopNotReady => (words.failed, vec![words.failed_shop_misconfigured]),
            Self::NotOrdered => (words.trouble, vec![not, words.busy_hint]),
            Self::Trouble => (words.trouble, vec![words.trouble_hint, words.cancelled_unanswered]),
        }
    }

    fn html(self, words: &'static Words) -> Result<String, std::fmt::Error> {
        let (title, sentences) = self.texts(words);
        let reload_s = (self == Self::Trouble).then_some(RELOAD_S);
        let document = Document { words, title, class: "refused", reload_s };
        document.of_sentences(&sentences)
    }

    /// The header that belongs to the status.
    fn header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Method(allow) => Some(("allow", allow)),
            Self::Busy => Some(("retry-after", BUSY_S)),
            Self::NoCookies
            | Self::NotHere
            | Self::NoSuchPage
            | Self::Quantity
            | Self::Field
            | Self::NotForSale
            | Self::PriceEnded
            | Self::Unreadable(_)
            | Self::ShopNotReady
            | Self::NotOrdered
            | Self::Trouble => None,
        }
    }

    /// Answers with the page.
    pub(super) fn answer(self, words: &'static Words) -> Result<Response, Failure> {
        let mut answer = Answer::new(self.status());
        if let Some((name, value)) = self.header() {
            answer = answer.header(name, value);
        }
        document::answer(answer, self.html(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::words::WORDS;

    const ALL: [Refusal; 13] = [
        Refusal::NoCookies,
        Refusal::NotHere,
        Refusal::NoSuchPage,
        Refusal::Method("POST"),
        Refusal::Quantity,
        Refusal::Field,
        Refusal::NotForSale,
        Refusal::PriceEnded,
        Refusal::Unreadable(400),
        Refusal::Busy,
        Refusal::ShopNotReady,
        Refusal::NotOrdered,
        Refusal::Trouble,
    ];

    #[test]
    fn every_refusal_is_a_page_in_every_language_with_a_way_back() {
        for words in &WORDS {
            for refusal in ALL {
                let html = refusal.html(words).unwrap();
                assert!(html.starts_with(&format!("<!doctype html><html lang=\"{}\"", words.tag)), "{html}");
                assert!(html.contains("<a href=\"/\">"), "{html}");
                assert!(html.contains("<h1>"), "{html}");
                assert!(!html.contains('{'), "{html}");
            }
        }
    }

    #[test]
    fn only_a_page_whose_order_may_exist_asks_again_and_that_one_promises_nothing_about_money() {
        let words = Words::english();
        for refusal in ALL {
            let html = refusal.html(words).unwrap();
            assert_eq!(html.contains("http-equiv=\"refresh\""), refusal == Refusal::Trouble, "{html}");
            if matches!(refusal, Refusal::Trouble | Refusal::NotHere) {
                assert!(!html.contains("not charged") && html.contains("do not pay again"), "{html}");
            }
        }
    }

    #[test]
    fn nothing_ordered_and_nothing_charged_is_said_only_before_there_can_be_an_order() {
        assert_eq!(Refusal::of_failure(&Route::Order), Refusal::NotOrdered);
        assert_eq!(Refusal::of_mistake(&Route::Order), Refusal::ShopNotReady);
        for route in [Route::Start("H1"), Route::Page("H1"), Route::Cancel("H1")] {
            assert_eq!(Refusal::of_failure(&route), Refusal::Trouble, "{route:?}");
            assert_eq!(Refusal::of_mistake(&route), Refusal::Trouble, "{route:?}");
        }
    }

    #[test]
    fn what_the_order_object_answers_becomes_a_page_unless_it_did_as_asked() {
        for status in [200, 201] {
            assert_eq!(Refusal::of_object(status), None, "{status}");
        }
        for (status, refusal) in [
            (404, Refusal::NotHere),
            (409, Refusal::NotHere),
            (429, Refusal::Busy),
            (500, Refusal::Trouble),
            (503, Refusal::Trouble),
            (302, Refusal::Trouble),
        ] {
            assert_eq!(Refusal::of_object(status), Some(refusal), "{status}");
        }
    }

    #[test]
    fn each_refusal_has_the_status_and_the_header_that_machines_read() {
        let rows = ALL.map(|refusal| (refusal.status(), refusal.header()));
        assert_eq!(
            rows,
            [
                (403, None),
                (404, None),
                (404, None),
                (405, Some(("allow", "POST"))),
                (422, None),
                (422, None),
                (422, None),
                (422, None),
                (400, None),
                (429, Some(("retry-after", "60"))),
                (500, None),
                (500, None),
                (500, None),
            ]
        );
    }

    #[test]
    fn a_refusal_before_the_order_says_that_nothing_was_ordered_and_what_to_do() {
        for (code, said, to_do) in [
            (ProblemCode::InvalidBody, "The shop’s page has a mistake", "Please tell the shop."),
            (ProblemCode::OffersNotAccepted, "The shop’s page has a mistake", "Please tell the shop."),
            (ProblemCode::UnknownSku, "This item is not for sale", "choose again"),
            (ProblemCode::InvalidQuantity, "This quantity cannot be ordered", "choose another quantity"),
            (
                ProblemCode::InvalidField,
                "Something you typed is missing or too long",
                "fill in what is required",
            ),
            (ProblemCode::OfferExpired, "This price is no longer valid", "order again"),
            (ProblemCode::TooManyRequests, "Too many orders at once", "Wait a minute"),
            (ProblemCode::Misconfigured, "Payment is not possible", "You were not charged."),
            (ProblemCode::Internal, "Something went wrong", "Wait a minute"),
        ] {
            let html = Refusal::of(code).html(Words::english()).unwrap();
            for text in [said, to_do, "not charged"] {
                assert!(html.contains(text), "{code:?}: {html}");
            }
        }
    }

    #[test]
    fn an_arabic_page_runs_from_right_to_left() {
        let arabic = WORDS.iter().find(|words| words.tag == "ar").unwrap();
        assert!(Refusal::NoCookies.html(arabic).unwrap().contains("<html lang=\"ar\" dir=\"rtl\">"));
    }
}
