//! The sentences of the checkout without a script, in the sixteen languages of the element.
//!
//! A language is one file of `crates/widget/lang`. Sentences that the element says, too, come from its
//! section `element`, so that both use the same words. The others come from its section `checkout`.
//! `build.rs` writes the table.

/// The sentences of one language. `{amount}` in a text is replaced by the amount.
pub(crate) struct Words {
    /// The BCP 47 tag of the language. Its file has the same name.
    pub(crate) tag: &'static str,

    // An order, in the words of the element.
    pub(crate) creating: &'static str,
    pub(crate) scan: &'static str,
    pub(crate) how: &'static str,
    pub(crate) code: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) checking: &'static str,
    pub(crate) checking_hint: &'static str,
    pub(crate) paid: &'static str,
    pub(crate) paid_hint: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) cancelled: &'static str,
    /// What to do after paying for an order that is over. It promises nothing about money.
    pub(crate) cancelled_unanswered: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) failed_shop_misconfigured: &'static str,
    pub(crate) failed_refused: &'static str,
    pub(crate) failed_gateway_unreachable: &'static str,
    pub(crate) notice_paid_late: &'static str,
    pub(crate) notice_paid_twice: &'static str,
    pub(crate) notice_under_review: &'static str,
    /// The link to a file that was bought. `{name}` is replaced by the goods.
    pub(crate) download: &'static str,

    // What can go wrong before there is an order: a headline, and what to do.
    pub(crate) cookies: &'static str,
    pub(crate) cookies_hint: &'static str,
    pub(crate) elsewhere: &'static str,
    pub(crate) elsewhere_hint: &'static str,
    pub(crate) nowhere: &'static str,
    pub(crate) nowhere_hint: &'static str,
    pub(crate) quantity: &'static str,
    pub(crate) quantity_hint: &'static str,
    pub(crate) goods: &'static str,
    pub(crate) goods_hint: &'static str,
    pub(crate) price: &'static str,
    pub(crate) price_hint: &'static str,
    pub(crate) field: &'static str,
    pub(crate) field_hint: &'static str,
    pub(crate) form: &'static str,
    pub(crate) form_hint: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) busy_hint: &'static str,
    pub(crate) trouble: &'static str,
    pub(crate) trouble_hint: &'static str,
    // Why a file that was bought does not come: a headline, and what to do.
    pub(crate) file: &'static str,
    pub(crate) file_link: &'static str,
    pub(crate) file_used_up: &'static str,
    pub(crate) file_refunded: &'static str,
    pub(crate) file_missing: &'static str,
    /// No order was made and no money moved. A page says this only where both are certain.
    pub(crate) not_ordered: &'static str,
    /// The link to the site's start.
    pub(crate) home: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));

impl Words {
    /// The language if none of the requested ones exists.
    pub(crate) fn english() -> &'static Self {
        let [english, ..] = &WORDS;
        english
    }

    /// Whether the language is written from right to left. The list is that of `crates/widget/js/view.js`:
    /// `tests/widget/names.test.mjs` compares them, and both with the letters of each language.
    pub(crate) fn is_right_to_left(&self) -> bool {
        matches!(self.tag, "ar" | "fa" | "he" | "ur")
    }

    /// A text with the amount in its place. In right-to-left text the amount keeps its own direction.
    pub(crate) fn fill(&self, text: &str, amount: &str) -> String {
        if self.is_right_to_left() {
            text.replace("{amount}", &format!("\u{2066}{amount}\u{2069}"))
        } else {
            text.replace("{amount}", amount)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_sixteen_languages_of_the_element_and_english_by_default() {
        assert_eq!(WORDS.len(), 16);
        assert_eq!(Words::english().tag, "en");
        for tag in ["zh-CN", "zh-HK", "zh-TW", "ar", "th"] {
            assert!(WORDS.iter().any(|words| words.tag == tag), "{tag}");
        }
    }

    #[test]
    fn no_language_shows_a_place_that_nothing_fills() {
        for words in &WORDS {
            for text in [words.code, words.paid_hint] {
                assert!(text.contains("{amount}"), "{}: {text}", words.tag);
                assert!(!words.fill(text, "HKD 88.00").contains('{'), "{}: {text}", words.tag);
            }
            assert!(words.download.contains("{name}"), "{}: {}", words.tag, words.download);
            for text in [
                words.creating,
                words.scan,
                words.how,
                words.cancel,
                words.checking,
                words.checking_hint,
                words.paid,
                words.expired,
                words.cancelled,
                words.cancelled_unanswered,
                words.failed,
                words.failed_shop_misconfigured,
                words.failed_refused,
                words.failed_gateway_unreachable,
                words.notice_paid_late,
                words.notice_paid_twice,
                words.notice_under_review,
                words.cookies,
                words.cookies_hint,
                words.elsewhere,
                words.elsewhere_hint,
                words.nowhere,
                words.nowhere_hint,
                words.quantity,
                words.quantity_hint,
                words.goods,
                words.goods_hint,
                words.price,
                words.price_hint,
                words.field,
                words.field_hint,
                words.form,
                words.form_hint,
                words.busy,
                words.busy_hint,
                words.trouble,
                words.trouble_hint,
                words.file,
                words.file_link,
                words.file_used_up,
                words.file_refunded,
                words.file_missing,
                words.not_ordered,
                words.home,
            ] {
                assert!(!text.trim().is_empty() && text.trim() == text, "{}: {text:?}", words.tag);
                assert!(!text.contains('{'), "{}: {text}", words.tag);
            }
        }
    }
}
