use super::*;

const GOOD: &str = r#"{"sku":"tea","name":"Tea","amount_minor":8800}"#;

/// A catalogue with these items and these other members.
fn with(items: &[&str], more: &str) -> String {
    format!(r#"{{"currency":"HKD","shop":"Example","items":[{}]{more}}}"#, items.join(","))
}

/// The faults of a catalogue, as its operator reads them.
fn faults(json: &str) -> Vec<String> {
    let found = match read(json) {
        Ok(catalog) => catalog.faults,
        Err(faults) => faults,
    };
    found.iter().map(ToString::to_string).collect()
}

fn only_fault(json: &str) -> String {
    let found = faults(json);
    assert_eq!(found.len(), 1, "{json}: {found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn the_catalogue_of_the_demo_has_no_fault() {
    let catalog = read(include_str!("../../../../../www/catalog.json")).unwrap();
    assert_eq!(catalog.faults, []);
    assert!(catalog.items.iter().all(|entry| entry.item.is_some()));
    assert_eq!(catalog.languages, ["en", "zh-CN", "zh-HK"]);
}

#[test]
fn what_may_be_left_out_has_the_value_that_sells_least() {
    let catalog = read(&with(&[GOOD], "")).unwrap();
    let item = catalog.items[0].item.as_ref().unwrap();
    assert_eq!((item.max_quantity, item.sold_out, item.ships), (1, false, true));
    assert_eq!((item.valid_from_ms, item.valid_until_ms), (None, None));
    assert_eq!((catalog.shipping, catalog.fields), (None, vec![]));
}

#[test]
fn every_field_is_read() {
    let item = r#"{"sku":"tea","name":{"de":"Tee","en":"Tea"},"description":{"de":"Gut"},"amount_minor":8800,
        "max_quantity":4294967295,"image":"img/tea.svg","sold_out":true,"ships":false,
        "valid_from":"2026-03-01T00:00:00Z","valid_until":"2026-03-01T08:00:01+08:00"}"#;
    let more = r#","$schema":"catalog.schema.json","languages":["de","en"],
        "shipping":{"name":"Versand","amount_minor":490,"free_from_minor":5000},
        "fields":{"email":{"max_length":254,"required":true},"note":{}}"#;
    let catalog = read(&with(&[item], more)).unwrap();
    assert_eq!(catalog.faults, []);
    assert_eq!(catalog.languages, ["de", "en"]);
    let tea = catalog.items[0].item.as_ref().unwrap();
    assert_eq!((tea.name.in_language("en"), tea.name.in_language("fr")), ("Tea", "Tee"));
    assert_eq!((tea.amount_minor, tea.max_quantity, tea.sold_out, tea.ships), (8800, u32::MAX, true, false));
    assert_eq!((tea.valid_from_ms, tea.valid_until_ms), (Some(1_772_323_200_000), Some(1_772_323_201_000)));
    let shipping = catalog.shipping.unwrap();
    assert_eq!((shipping.amount_minor, shipping.free_from_minor), (490, Some(5000)));
    assert_eq!(
        catalog.fields,
        [
            ("email".to_owned(), Field { max_length: 254, required: true }),
            ("note".to_owned(), Field { max_length: 200, required: false }),
        ]
    );
}

/// A mistake in an item: what stands there, and what its operator reads. The schema's test has the same list.
#[derive(serde::Deserialize)]
struct Mistake {
    item: String,
    why: String,
}

fn mistakes() -> Vec<Mistake> {
    serde_json::from_str(include_str!("../../../../../tests/vectors/catalog-mistakes.json")).unwrap()
}

#[test]
fn a_mistake_in_an_item_takes_down_that_item_alone_and_is_told_by_item_and_field() {
    for Mistake { item: bad, why } in mistakes() {
        let json = with(&[GOOD, &bad, r#"{"sku":"pot","name":"Pot","amount_minor":1}"#], "");
        let fault = only_fault(&json);
        assert!(fault.contains(&why), "{bad}: {fault}");
        let catalog = read(&json).unwrap();
        let sold: Vec<&str> = catalog
            .items
            .iter()
            .filter(|entry| entry.item.is_some())
            .map(|entry| entry.sku.as_str())
            .collect();
        assert_eq!(sold, ["tea", "pot"], "{bad}");
    }
}

#[test]
fn every_mistake_is_found_at_once() {
    let json = with(
        &[r#"{"sku":"a","name":"","amount_minor":99.5,"price":1}"#, GOOD, r#"{"sku":"b"}"#],
        r#","shiping":{}"#,
    );
    assert_eq!(faults(&json).len(), 6, "{:?}", faults(&json));
}

#[test]
fn of_two_items_with_one_sku_none_is_sold() {
    let json = with(&[GOOD, r#"{"sku":"tea","name":"Tea","amount_minor":1}"#], "");
    assert_eq!(only_fault(&json), "items[1] (tea): `sku` is there twice; none of the two is sold");
    assert_eq!(read(&json).unwrap().items, [Entry { sku: "tea".into(), item: None }]);
}

#[test]
fn a_mistake_that_concerns_every_order_takes_down_the_catalogue() {
    for (json, why) in [
        ("{", "the catalogue must be a JSON object"),
        ("[]", "the catalogue must be a JSON object"),
        ("<html>", "the catalogue must be a JSON object"),
        ("", "the catalogue must be a JSON object"),
        (r#"{"currency":"HK$","shop":"A","items":[]}"#, "`currency` must be the three upper-case letters"),
        (r#"{"shop":"A","items":[]}"#, "`currency` must be the three upper-case letters"),
        (r#"{"currency":"HKD","items":[]}"#, "`shop` is missing"),
        (r#"{"currency":"HKD","shop":"A"}"#, "`items` must be a list"),
        (r#"{"currency":"HKD","shop":"A","items":{}}"#, "`items` must be a list"),
        (&with(&[GOOD], r#","shiping":{}"#), "`shiping` is no field here; these are: $schema, currency"),
        (&with(&[GOOD], r#","currency":"USD""#), "`currency` is there twice"),
        (&with(&[GOOD], r#","shipping":{"name":"S"}"#), "shipping: `amount_minor` must be a whole number"),
        (&with(&[GOOD], r#","shipping":{"amount_minor":1}"#), "shipping: `name` is missing"),
        (
            &with(&[GOOD], r#","shipping":{"name":"S","amount_minor":1,"free_from_minor":0}"#),
            "shipping: `free_from_minor`",
        ),
        (
            &with(&[GOOD], r#","shipping":{"name":"S","amount_minor":1,"free_above":1}"#),
            "shipping: `free_above` is no field",
        ),
        (&with(&[GOOD], r#","shipping":7"#), "shipping must be an object"),
        (&with(&[GOOD], r#","fields":["email"]"#), "fields must be an object"),
        (&with(&[GOOD], r#","fields":{"E-mail":{}}"#), "fields.E-mail must have a name"),
        (&with(&[GOOD], r#","fields":{"email":{"max_length":1001}}"#), "fields.email: `max_length`"),
        (&with(&[GOOD], r#","fields":{"email":{"max":1}}"#), "fields.email: `max` is no field"),
        (&with(&[GOOD], r#","fields":{"email":true}"#), "fields.email must be an object"),
        (&with(&[GOOD], r#","languages":[]"#), "`languages` must be 1 to 32 different language tags"),
        (
            &with(&[GOOD], r#","languages":["en","en"]"#),
            "`languages` must be 1 to 32 different language tags",
        ),
        (&with(&[GOOD], r#","languages":"en""#), "`languages` must be 1 to 32 different language tags"),
    ] {
        let faults = read(json).unwrap_err();
        assert_eq!(faults.len(), 1, "{json}: {faults:?}");
        assert!(faults[0].to_string().contains(why), "{json}: {}", faults[0]);
    }
    let nine =
        (b'a'..=b'i').map(|name| format!("\"{}\":{{}}", char::from(name))).collect::<Vec<_>>().join(",");
    assert!(only_fault(&with(&[GOOD], &format!(r#","fields":{{{nine}}}"#))).contains("at most 8 fields"));
}

#[test]
fn a_language_that_is_promised_is_needed_and_one_that_is_not_is_a_mistake() {
    let named = |names: &str| {
        let item = format!(r#"{{"sku":"tea","name":{names},"amount_minor":1}}"#);
        faults(&with(&[&item], r#","languages":["zh-HK","en"]"#))
    };
    assert_eq!(named(r#"{"en":"Tea","zh-HK":"茶"}"#), [""; 0]);
    assert_eq!(named(r#""Tea""#), [""; 0], "one text is for all");
    assert_eq!(named(r#"{"en":"Tea"}"#), ["items[0] (tea): `name` has no text in `zh-HK`"]);
    assert_eq!(
        named(r#"{"en":"Tea","zh-HK":"茶","de":"Tee"}"#),
        ["items[0] (tea): `name` has a text in `de`, which is not among `languages`"]
    );
}

#[test]
fn a_catalogue_is_bounded() {
    let many = vec![r#"{"sku":"x","name":"X","amount_minor":1}"#; MAX_ITEMS + 1];
    assert!(only_fault(&with(&many, "")).contains("at most 2000 are read"));
    let long = format!("{}{}", with(&[GOOD], ""), " ".repeat(MAX_BYTES));
    assert!(only_fault(&long).contains("at most 524288 are read"));
}
