//! What a shopper reads when there is no order to show: what happened, whether something was ordered, what to do.
//!
//! Two families. Before an order exists the page says that nothing was ordered and nobody was charged. Once one may
//! exist it promises nothing about money, and asks again by itself, since somebody may have paid meanwhile.

use api::Code;
use std::fmt::Write as _;
use web_sys::Response;

use super::document::{self, Document, Escaped};
use super::words::Words;
use crate::http::{Answer, PlatformFailure};

/// When a page that met a passing failure asks again.
const RELOAD_S: u32 = 15;
/// When a shopper who was one too many may come back: the minute that the page speaks of.
const BUSY_S: &str = "60";

/// Why a page is not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The browser did not bring back the cookie that it was just given.
    NoCookies,
    /// No such order, or none of this browser.
    NotHere,
    /// No such page.
    NoSuchPage,
    /// The page takes these methods, as `Allow` names them: somebody opened the address of a form.
    Method(&'static str),
    /// None or too many, or more money than one payment carries.
    Quantity,
    /// The catalogue does not have it.
    NotForSale,
    /// The offer was genuine and is over.
    PriceEnded,
    /// The shop's page sent what no shopper could have typed. Its status says what was wrong with it.
    Unreadable(u16),
    /// One too many.
    Busy,
    /// The shop's operator has to mend something, and nothing was ordered.
    ShopNotReady,
    /// Something failed before anything was ordered.
    NotOrdered,
    /// Something failed and there may be an order. The same page can be asked for again.
    Trouble,
}

impl Refusal {
    /// Why nothing was ordered, when pricing or placing ended with this problem.
    pub(super) fn of(code: Code) -> Self {
        match code {
            Code::InvalidBody
            | Code::BodyTooLarge
            | Code::InvalidQuery
            | Code::InvalidIdempotencyKey
            | Code::InvalidOffer
            | Code::OffersNotAccepted => Self::Unreadable(code.status()),
            Code::UnknownSku => Self::NotForSale,
            Code::InvalidQuantity => Self::Quantity,
            Code::OfferExpired => Self::PriceEnded,
            Code::IdempotencyConflict | Code::NotPossible | Code::OrderNotFound => Self::NotHere,
            Code::NotFound | Code::MethodNotAllowed => Self::NoSuchPage,
            Code::TooManyRequests => Self::Busy,
            Code::Misconfigured => Self::ShopNotReady,
            Code::Internal => Self::NotOrdered,
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::NoCookies => 403,
            Self::NotHere | Self::NoSuchPage => 404,
            Self::Method(_) => 405,
            Self::Quantity | Self::NotForSale | Self::PriceEnded => 422,
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
        document.html(|html| {
            write!(html, "<h1>{}</h1>", Escaped(title))?;
            for sentence in sentences {
                write!(html, "<p>{}</p>", Escaped(sentence))?;
            }
            document.way_home(html)
        })
    }

    /// Answers with the page.
    pub(super) fn answer(self, words: &'static Words) -> Result<Response, PlatformFailure> {
        let mut answer = Answer::new(self.status())?;
        match self {
            Self::Method(allow) => answer = answer.header("allow", allow)?,
            Self::Busy => answer = answer.header("retry-after", BUSY_S)?,
            Self::NoCookies
            | Self::NotHere
            | Self::NoSuchPage
            | Self::Quantity
            | Self::NotForSale
            | Self::PriceEnded
            | Self::Unreadable(_)
            | Self::ShopNotReady
            | Self::NotOrdered
            | Self::Trouble => {}
        }
        document::answer(answer, self.html(words))
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::WORDS;
    use super::*;

    const ALL: [Refusal; 12] = [
        Refusal::NoCookies,
        Refusal::NotHere,
        Refusal::NoSuchPage,
        Refusal::Method("POST"),
        Refusal::Quantity,
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
    fn an_arabic_page_runs_from_right_to_left() {
        let arabic = WORDS.iter().find(|words| words.tag == "ar").unwrap();
        assert!(Refusal::NoCookies.html(arabic).unwrap().contains("<html lang=\"ar\" dir=\"rtl\">"));
    }
}
