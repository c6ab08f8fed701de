//! Which orders a request wants: the parameters of the list and of the export. Pure.

use api::Problem;
use order::Reference;
use wire::{Currency, OutTradeNo};

use super::moment::{self, LATEST_MS};
use super::query::{Query, whole};
use crate::index::filter::Filter;

/// The states of an order.
const STATES: [&str; 7] = ["placing", "awaiting_payment", "closing", "paid", "closed", "failed", "stray"];
/// The longest text to search for, in bytes.
const MAX_TEXT: usize = 128;

/// What a time may look like.
const WHEN: &str = "a time as in 2026-03-01T08:00:00+08:00, or milliseconds since 1970";

/// The filter that the parameters say. The list begins at the newest order, or after a cursor.
pub(crate) fn filter(query: &Query) -> Result<Filter, Problem> {
    let amount = "an amount in the currency's smallest unit: a whole number";
    let (before_ms, before_number) = before(query)?;
    Ok(Filter {
        before_ms,
        before_number,
        placed_from_ms: query.read("placed_from", WHEN, moment::read)?,
        states: query.read(
            "state",
            &format!("one or more of {}, with commas between them", STATES.join(", ")),
            states,
        )?,
        paid_from_ms: query.read("paid_from", WHEN, moment::read)?,
        paid_before_ms: query.read("paid_before", WHEN, moment::read)?,
        amount_from: query.read("amount_from", amount, amount_of)?,
        amount_to: query.read("amount_to", amount, amount_of)?,
        currency: query.read("currency", "three capital letters, as in HKD", |text| {
            Currency::new(text).ok().map(|currency| currency.as_str().to_owned())
        })?,
        text: query.read("text", &format!("1 to {MAX_TEXT} bytes"), |text| {
            (1..=MAX_TEXT).contains(&text.len()).then(|| text.to_owned())
        })?,
        reference: query.read("reference", Reference::RULE, |text| {
            Reference::new(text.to_owned()).map(|reference| reference.as_str().to_owned())
        })?,
        exceptions: query.read("exceptions", "open or any", |text| {
            ["open", "any"].into_iter().find(|known| *known == text)
        })?,
    })
}

/// The place in the sequence of orders after which the list begins: that of a cursor, or before a time.
fn before(query: &Query) -> Result<(i64, String), Problem> {
    let cursor = query.read("cursor", "that of the page before", read_cursor)?;
    let before_ms = query.read("before_ms", "a time in milliseconds since 1970", |text| {
        whole(text).filter(|at_ms| *at_ms <= LATEST_MS)
    })?;
    let placed_before = query.read("placed_before", WHEN, moment::read)?;
    let before = query.read("before", "an order number", |text| OutTradeNo::new(text).ok())?;
    if before.is_some() && before_ms.is_none() {
        return Err(query.refuse("The parameter `before` needs `before_ms`."));
    }
    let number = before.map_or_else(String::new, |number| number.as_str().to_owned());
    let places =
        [cursor, before_ms.map(|at_ms| (at_ms, number)), placed_before.map(|at_ms| (at_ms, String::new()))];
    // The one that is furthest down the list.
    Ok(places.into_iter().flatten().min().unwrap_or((LATEST_MS, String::new())))
}

/// The cursor after an order.
pub(crate) fn cursor(placed_at_ms: i64, out_trade_no: &str) -> String {
    format!("{placed_at_ms}.{out_trade_no}")
}

/// The place that a cursor names.
pub(crate) fn read_cursor(text: &str) -> Option<(i64, String)> {
    let (at_ms, number) = text.split_once('.')?;
    let at_ms = whole(at_ms).filter(|at_ms| *at_ms <= LATEST_MS)?;
    OutTradeNo::new(number).ok().map(|number| (at_ms, number.as_str().to_owned()))
}

/// The states with a comma around each.
fn states(text: &str) -> Option<String> {
    text.split(',').all(|state| STATES.contains(&state)).then(|| format!(",{text},"))
}

/// D1 takes numbers as doubles.
fn amount_of(text: &str) -> Option<u64> {
    whole(text).filter(|amount| *amount < 1 << 53)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::list::PARAMETERS;

    fn asked(pairs: &[(&str, &str)]) -> Result<Filter, String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Query::new(Some(pairs), PARAMETERS).and_then(|query| filter(&query)).map_err(|problem| problem.detail)
    }

    fn newest() -> Filter {
        Filter { before_ms: LATEST_MS, ..Filter::default() }
    }

    #[test]
    fn each_parameter_is_a_part_of_the_filter() {
        assert_eq!(asked(&[]).unwrap(), newest());
        let all = [
            ("state", "paid,closed"),
            ("placed_from", "1"),
            ("placed_before", "1970-01-01T00:00:00.009Z"),
            ("paid_from", "3"),
            ("paid_before", "4"),
            ("amount_from", "5"),
            ("amount_to", "6"),
            ("currency", "HKD"),
            ("text", "茶"),
            ("reference", "INV-7"),
            ("exceptions", "open"),
        ];
        let expected = Filter {
            before_ms: 9,
            before_number: String::new(),
            placed_from_ms: Some(1),
            states: Some(",paid,closed,".into()),
            paid_from_ms: Some(3),
            paid_before_ms: Some(4),
            amount_from: Some(5),
            amount_to: Some(6),
            currency: Some("HKD".into()),
            text: Some("茶".into()),
            reference: Some("INV-7".into()),
            exceptions: Some("open"),
        };
        assert_eq!(asked(&all).unwrap(), expected);
    }

    #[test]
    fn a_page_begins_after_its_cursor_which_the_order_before_it_gave() {
        let after = asked(&[("cursor", &cursor(5, "a|b"))]).unwrap();
        assert_eq!((after.before_ms, after.before_number.as_str()), (5, "a|b"));
        let older = asked(&[("before_ms", "5"), ("before", "H1")]).unwrap();
        assert_eq!((older.before_ms, older.before_number.as_str()), (5, "H1"));
        let both = asked(&[("cursor", "7.H1"), ("placed_before", "9")]).unwrap();
        assert_eq!((both.before_ms, both.before_number.as_str()), (7, "H1"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (pair, why) in [
            (("state", "Paid"), "`state=Paid` cannot be read: it must be one or more of placing"),
            (("state", "paid,"), "`state=paid,`"),
            (("placed_from", "yesterday"), "it must be a time as in"),
            (("before_ms", "-1"), "milliseconds since 1970"),
            (("before_ms", "99999999999999999999"), "milliseconds since 1970"),
            (("before", "H1"), "needs `before_ms`"),
            (("amount_from", "88.00"), "smallest unit"),
            (("amount_to", "9007199254740992"), "smallest unit"),
            (("currency", "hkd"), "three capital letters"),
            (("text", ""), "1 to 128 bytes"),
            (("exceptions", "all"), "open or any"),
            (("reference", ""), "1 to 64 characters"),
            (("cursor", "5"), "that of the page before"),
            (("cursor", "5. "), "that of the page before"),
            (("page", "2"), "There is no parameter `page`."),
        ] {
            let detail = asked(&[pair]).unwrap_err();
            assert!(detail.contains(why) && detail.contains(pair.0), "{pair:?}: {detail}");
        }
    }
}
