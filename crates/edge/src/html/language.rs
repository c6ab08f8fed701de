//! The words of a page in the language that its browser asks for ([`crate::accept_language`]).

use super::words::{WORDS, Words};
use crate::accept_language;

/// The words for this `Accept-Language`. English if none of the languages exists.
pub(crate) fn choose(accept_language: &str) -> &'static Words {
    let tags = WORDS.each_ref().map(|words| words.tag);
    let tag = accept_language::choose(accept_language, &tags);
    WORDS.iter().find(|words| Some(words.tag) == tag).unwrap_or_else(|| Words::english())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::accept_language::NEAREST;

    fn assert_all(rows: &[(&str, &str)]) {
        for (header, tag) in rows {
            assert_eq!(choose(header).tag, *tag, "{header}");
        }
    }

    #[test]
    fn chinese_is_written_as_its_script_and_its_region_write_it() {
        assert_all(&[
            ("zh", "zh-CN"),
            ("zh-CN", "zh-CN"),
            ("zh-SG", "zh-CN"),
            ("zh-Hans", "zh-CN"),
            ("zh-Hans-HK", "zh-CN"),
            ("zh-Hant", "zh-TW"),
            ("zh-TW", "zh-TW"),
            ("zh-Hant-TW", "zh-TW"),
            ("zh-HK", "zh-HK"),
            ("zh-MO", "zh-HK"),
            ("zh-Hant-HK", "zh-HK"),
            ("zh-hant-mo", "zh-HK"),
            ("zh-Hant-HK-x-home", "zh-HK"),
        ]);
    }

    #[test]
    fn the_highest_weight_wins_and_among_equals_the_first() {
        assert_all(&[
            ("zh;q=0.1,en;q=0.9", "en"),
            ("en;q=0.1,zh-HK;q=0.9", "zh-HK"),
            ("fr;q=0.5, de;q=0.5", "fr"),
            ("de;q=0.999,ja;q=1.000", "ja"),
            ("zh-CN,zh;q=0.9", "zh-CN"),
            ("nl, zh-HK;q=0.9, en;q=0.8", "zh-HK"),
            ("en-GB", "en"),
            ("pt-BR", "pt"),
            ("in", "id"),
            ("ko ; Q=0.2 , th ; q=0.3", "th"),
        ]);
    }

    #[test]
    fn a_weight_of_nothing_excludes_and_a_star_is_everything_else() {
        assert_all(&[
            ("zh;q=0, zh-HK", "zh-HK"),
            ("zh-CN;q=0, zh, de;q=0.1", "de"),
            ("fr;q=0", "en"),
            ("*", "en"),
            ("*;q=0.5, ru;q=0.1", "en"),
            ("ja, *;q=0.1", "ja"),
            ("*, en;q=0", "ar"),
            ("en;q=0", "en"),
            ("*;q=0", "en"),
            ("th, *;q=0", "th"),
        ]);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        let long = format!("{},fr", "x,".repeat(10_000));
        assert_all(&[
            ("", "en"),
            (",,;;,", "en"),
            ("-", "en"),
            ("zh_TW.UTF-8", "zh-TW"),
            ("x-klingon, fr", "fr"),
            ("fr;q=much", "fr"),
            ("fr;q=0.0001", "fr"),
            ("fr;q=9, de", "fr"),
            ("fr;q=-1", "fr"),
            ("é, 中文, de;level=1;q=0.3", "de"),
            (&long, "en"),
        ]);
    }

    /// The element's script, without its line breaks.
    fn script() -> String {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../widget/js/texts.js");
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_page_and_the_element_have_the_same_table() {
        let script = script();
        let table = script.split_once("const NEAREST = {").unwrap().1.split_once('}').unwrap().0;
        let unquoted = |text: &str| text.trim().trim_matches('\'').to_owned();
        let theirs: BTreeMap<String, String> = table
            .split(',')
            .filter_map(|pair| pair.split_once(':'))
            .map(|(name, tag)| (unquoted(name), unquoted(tag)))
            .collect();
        let ours = NEAREST.iter().map(|(name, tag)| ((*name).to_owned(), (*tag).to_owned())).collect();
        assert_eq!(theirs, ours);
    }

    #[test]
    fn every_language_answers_to_its_own_name() {
        let tags: BTreeSet<&str> = WORDS.iter().map(|words| words.tag).collect();
        assert_eq!(tags.len(), WORDS.len());
        for tag in tags {
            assert_eq!(choose(tag).tag, tag);
        }
    }
}
