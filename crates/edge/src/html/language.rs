//! Which language a browser asks for: `Accept-Language` (RFC 9110 §12.5.4) by lookup (RFC 4647 §3.4).
//!
//! A range is shortened at its end until it names a language that exists: `zh-Hant-HK` → `zh-Hant` → `zh`.
//! For Chinese, script and region decide, by the same table as in the element (`crates/widget/js/texts.js`),
//! so that both use the same language in the same browser. No header is an error: a part that cannot be read
//! is ignored.

use super::words::{WORDS, Words};

/// Ranges that use the words of another tag. It is the same table as `NEAREST` of the element.
const NEAREST: [(&str, &str); 7] = [
    ("zh", "zh-CN"),
    ("zh-sg", "zh-CN"),
    ("zh-hant", "zh-TW"),
    ("zh-hant-hk", "zh-HK"),
    ("zh-hant-mo", "zh-HK"),
    ("zh-mo", "zh-HK"),
    ("in", "id"),
];
/// How many ranges of a header are read. Browsers send about ten at most.
const MAX_RANGES: usize = 32;
/// Weights are in thousandths.
const FULL_WEIGHT: u16 = 1000;

/// One item of the header.
struct Range<'a> {
    /// `zh-Hant-HK`, or `*` for everything.
    tag: &'a str,
    /// 0 to [`FULL_WEIGHT`]. 0 excludes.
    weight: u16,
}

/// The words for this `Accept-Language`: the language with the highest weight, the first among equals.
/// English if none of the languages exists.
pub(crate) fn choose(accept_language: &str) -> &'static Words {
    let ranges: Vec<Range<'_>> = accept_language.split(',').take(MAX_RANGES).filter_map(range).collect();
    let wanted = ranges.iter().filter(|range| range.weight > 0).filter_map(|range| {
        let candidates =
            if range.tag == "*" { WORDS.as_slice() } else { std::slice::from_ref(nearest(range.tag)?) };
        let words = candidates.iter().find(|words| !excludes(&ranges, range, words))?;
        Some((range.weight, words))
    });
    let best = wanted.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or_else(Words::english, |(_, words)| words)
}

/// An unreadable weight counts as the full weight, because the language was named.
fn range(item: &str) -> Option<Range<'_>> {
    let mut parts = item.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let weight = parts
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .and_then(thousandths)
        .unwrap_or(FULL_WEIGHT);
    Some(Range { tag, weight })
}

/// `0.8` → 800: RFC 9110 §12.4.2 has at most three digits after the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let whole: u16 = whole.parse().ok()?;
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    Some(whole.saturating_mul(FULL_WEIGHT).saturating_add(decimals).min(FULL_WEIGHT))
}

/// Whether a range of weight 0 forbids these words. It does not if the range that found them is more
/// specific: `zh;q=0, zh-HK` wants only the Chinese of Hong Kong.
fn excludes(ranges: &[Range<'_>], by: &Range<'_>, words: &Words) -> bool {
    let asked = if by.tag == "*" { 0 } else { by.tag.len() };
    ranges.iter().any(|range| range.weight == 0 && range.tag.len() >= asked && covers(range.tag, words.tag))
}

/// Whether a tag begins with this range, subtag by subtag (RFC 4647 §3.3.1).
fn covers(range: &str, tag: &str) -> bool {
    tag.split_at_checked(range.len()).is_some_and(|(start, rest)| {
        start.eq_ignore_ascii_case(range) && (rest.is_empty() || rest.starts_with('-'))
    })
}

/// The words nearest to a range, if there are any.
fn nearest(range: &str) -> Option<&'static Words> {
    let range = range.replace(['_', '.'], "-");
    let mut name = range.as_str();
    loop {
        let known =
            NEAREST.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map_or(name, |(_, tag)| tag);
        if let Some(words) = WORDS.iter().find(|words| words.tag.eq_ignore_ascii_case(known)) {
            return Some(words);
        }
        (name, _) = name.rsplit_once('-')?;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

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
