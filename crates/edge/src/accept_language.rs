//! Which language a browser asks for: `Accept-Language` (RFC 9110 §12.5.4) by lookup (RFC 4647 §3.4). Pure.
//!
//! A range is shortened at its end until it names a language that exists: `zh-Hant-HK` → `zh-Hant` → `zh`.
//! For Chinese, script and region decide, by the same table as in the element (`crates/widget/js/texts.js`),
//! so that both use the same language in the same browser. No header is an error: a part that cannot be read
//! is ignored.

/// Ranges that use the words of another tag. It is the same table as `NEAREST` of the element.
pub(crate) const NEAREST: [(&str, &str); 7] = [
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

/// The tag for this `Accept-Language`: the language with the highest weight, the first among equals. `None`
/// if none of the languages exists.
pub(crate) fn choose<'t>(accept_language: &str, tags: &[&'t str]) -> Option<&'t str> {
    let ranges: Vec<Range<'_>> = accept_language.split(',').take(MAX_RANGES).filter_map(range).collect();
    let wanted = ranges.iter().filter(|range| range.weight > 0).filter_map(|range| {
        let nearest = [nearest(range.tag, tags).unwrap_or_default()];
        let candidates = if range.tag == "*" { tags } else { nearest.as_slice() };
        let allowed = |tag: &&&'t str| !tag.is_empty() && !excludes(&ranges, range, tag);
        Some((range.weight, *candidates.iter().find(allowed)?))
    });
    wanted.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, tag)| tag)
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

/// Whether a range of weight 0 forbids this tag. It does not if the range that found them is more
/// specific: `zh;q=0, zh-HK` wants only the Chinese of Hong Kong.
fn excludes(ranges: &[Range<'_>], by: &Range<'_>, tag: &str) -> bool {
    let asked = if by.tag == "*" { 0 } else { by.tag.len() };
    ranges.iter().any(|range| range.weight == 0 && range.tag.len() >= asked && covers(range.tag, tag))
}

/// Whether a tag begins with this range, subtag by subtag (RFC 4647 §3.3.1).
fn covers(range: &str, tag: &str) -> bool {
    tag.split_at_checked(range.len()).is_some_and(|(start, rest)| {
        start.eq_ignore_ascii_case(range) && (rest.is_empty() || rest.starts_with('-'))
    })
}

/// The tag nearest to a range, if there is any. A language that exists only for another region is nearer than
/// another language.
pub(crate) fn nearest<'t>(range: &str, tags: &[&'t str]) -> Option<&'t str> {
    let range = range.replace(['_', '.'], "-");
    let mut name = range.as_str();
    loop {
        let alias = NEAREST.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, tag)| *tag);
        let is = |known: &str| tags.iter().copied().find(|tag| tag.eq_ignore_ascii_case(known));
        if let Some(tag) = is(name).or_else(|| is(alias?)) {
            return Some(tag);
        }
        let Some((shorter, _)) = name.rsplit_once('-') else { break };
        name = shorter;
    }
    tags.iter().copied().find(|tag| covers(name, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_of_another_region_is_nearer_than_another_language() {
        for (header, tags, chosen) in [
            ("zh-HK", vec!["en", "zh-TW"], Some("zh-TW")),
            ("zh-HK,zh;q=0.9", vec!["en", "zh-Hant"], Some("zh-Hant")),
            ("pt", vec!["en", "pt-BR"], Some("pt-BR")),
            ("de", vec!["en", "fr"], None),
            ("zh", vec!["zh-TW", "zh"], Some("zh")),
            ("*", vec!["fr", "en"], Some("fr")),
            ("fr;q=0", vec!["fr"], None),
            ("", vec!["fr"], None),
            ("fr", vec![], None),
        ] {
            assert_eq!(choose(header, &tags), chosen, "{header} of {tags:?}");
        }
    }
}
