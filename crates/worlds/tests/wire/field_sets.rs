//! Made-up sets of fields, as difficult as the protocol allows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// The names and values of one message, without `sign`.
pub(crate) type FieldSet = BTreeMap<String, String>;

/// Pieces of values: letters, Chinese, emoji, XML's own characters, the end of a CDATA section, blanks.
const PIECES: [&str; 24] = [
    "a",
    "Z",
    "0",
    "42",
    "茶",
    "抹茶 <特級>",
    "😀",
    "½",
    "é",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "&amp;",
    "<![CDATA[",
    "]]>",
    "]",
    "=",
    "%20",
    "+",
    " ",
    "\t",
    "\n",
];

/// A value without a carriage return: most writers send one bare, and every reader turns it into a line feed.
pub(crate) fn value() -> impl Strategy<Value = String> {
    let nasty =
        prop::collection::vec(prop::sample::select(&PIECES[..]), 1..8).prop_map(|pieces| pieces.concat());
    let plain = "[0-9A-Za-z_-]{1,24}".prop_map(String::from);
    let blanks_at_the_ends = "[ \t\n]{1,2}[a-z]{1,8}[ \t\n]{0,2}".prop_map(String::from);
    let anything = any::<String>().prop_filter("a character XML admits", |text| {
        !text.is_empty()
            && text.chars().all(|c| matches!(c, ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..))
    });
    prop_oneof![4 => nasty, 2 => plain, 1 => blanks_at_the_ends, 1 => anything]
        .prop_filter("would be refused: it holds `&name=`", |value| !holds_a_field(value))
}

/// A field name other than `key`, `sign` and `sign_type`.
pub(crate) fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "attach",
        "body",
        "detail",
        "device_info",
        "coupon_fee_0",
        "coupon_fee_10",
        "coupon_fee_2",
        "fee_type",
        "Remark",
        "remark",
        "re_openid",
        "RE_OPENID",
    ]);
    prop_oneof![known.prop_map(String::from), "[A-Za-z_][A-Za-z0-9_]{0,20}".prop_map(String::from)]
        .prop_filter("reserved", |name| !matches!(&**name, "key" | "sign" | "sign_type"))
        // xml2js and JavaScript reserve these names.
        .prop_filter("a JavaScript object's own", |name| {
            name != "_" && !name.starts_with("__") && name != "constructor"
        })
}

/// Between one and twelve fields.
pub(crate) fn field_set() -> impl Strategy<Value = FieldSet> {
    prop::collection::btree_map(name(), value(), 1..12)
}

/// The same `count` sets in every run, each with the fields that SDKs require in a notification. In two of
/// three sets, values have no blanks at their ends, because two of the SDKs cannot read those. Blanks inside
/// values remain.
pub(crate) fn notifications(count: usize) -> Vec<FieldSet> {
    let mut runner = TestRunner::deterministic();
    let strategy = field_set();
    let made_up = std::iter::repeat_with(|| strategy.new_tree(&mut runner).expect("a field set").current());
    made_up
        .zip([true, false, false].into_iter().cycle())
        .map(|(mut fields, blank_ends)| {
            if !blank_ends {
                for value in fields.values_mut() {
                    *value = format!("x{}", value.trim_matches(is_blank_anywhere));
                }
            }
            for (name, value) in [
                ("appid", "wx5c1f9e2a7d3b6048"),
                ("mch_id", "1634117205"),
                ("nonce_str", "ibuaiVcKdpRxkhJA"),
                ("return_code", "SUCCESS"),
                ("result_code", "SUCCESS"),
                ("total_fee", "8800"),
            ] {
                fields.insert(name.to_owned(), value.to_owned());
            }
            fields
        })
        .take(count)
        .collect()
}

/// A blank in any of the languages involved.
fn is_blank_anywhere(character: char) -> bool {
    character.is_whitespace() || character == '\u{FEFF}'
}

/// An independent version of the crate's check: `&`, at least one letter, digit, `_`, `-` or `.`, then `=`.
pub(crate) fn holds_a_field(value: &str) -> bool {
    value.match_indices('&').any(|(at, _)| {
        let after = &value[at + 1..];
        let end =
            after.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c)).unwrap_or(after.len());
        end > 0 && after[end..].starts_with('=')
    })
}
