//! What a page may show before anything is ordered: prices, what is sold out, what is asked of a shopper.
//! Pure.

use api::Problem;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::cart::{Refusal, language_of, on_sale};
use super::catalog::{Catalog, Entry, Field};

/// The catalogue for a page, in one language.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    currency: &'a str,
    /// How many digits of an amount are behind the point.
    decimals: u8,
    /// The language of the names, unless each has one text for all languages.
    #[serde(skip_serializing_if = "str::is_empty")]
    language: &'a str,
    items: Vec<ShownItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<ShownShipping<'a>>,
    #[serde(serialize_with = "by_name")]
    fields: &'a [(String, Field)],
}

#[derive(Serialize)]
struct ShownItem<'a> {
    sku: &'a str,
    /// `on_sale`, `sold_out`, `not_yet`, `over`, or `unavailable` because of a mistake in the catalogue.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_quantity: Option<u32>,
}

#[derive(Serialize)]
struct ShownShipping<'a> {
    name: &'a str,
    amount_minor: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_from_minor: Option<u64>,
}

/// The items with one of these skus, or all of them if there is none.
pub(crate) fn shown<'a>(
    catalog: &'a Catalog,
    skus: &[String],
    accept_language: &str,
    now_ms: i64,
) -> Shown<'a> {
    let language = language_of(catalog, accept_language);
    let asked = |entry: &&Entry| skus.is_empty() || skus.contains(&entry.sku);
    let item = |entry: &'a Entry| ShownItem {
        sku: &entry.sku,
        state: match on_sale(entry, now_ms) {
            Ok(_) => "on_sale",
            Err(Refusal::SoldOut(_)) => "sold_out",
            Err(Refusal::NotYet(_)) => "not_yet",
            Err(Refusal::Over(_)) => "over",
            Err(_) => "unavailable",
        },
        name: entry.item.as_ref().map(|item| item.name.in_language(language)),
        amount_minor: entry.item.as_ref().map(|item| item.amount_minor),
        max_quantity: entry.item.as_ref().map(|item| item.max_quantity),
    };
    Shown {
        currency: catalog.currency.as_str(),
        decimals: catalog.currency.decimals().digits,
        language,
        items: catalog.items.iter().filter(asked).map(item).collect(),
        shipping: catalog.shipping.as_ref().map(|shipping| ShownShipping {
            name: shipping.name.in_language(language),
            amount_minor: shipping.amount_minor,
            free_from_minor: shipping.free_from_minor,
        }),
        fields: &catalog.fields,
    }
}

fn by_name<S: Serializer>(fields: &&[(String, Field)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(fields.len()))?;
    for (name, field) in fields.iter() {
        map.serialize_entry(name, field)?;
    }
    map.end()
}

/// The skus that a page asks about: `?sku=tea&sku=pot`.
pub(crate) fn skus(query: Vec<(String, String)>) -> Result<Vec<String>, Problem> {
    let other = query.iter().find(|(name, _)| name != "sku");
    if let Some((name, _)) = other {
        let detail =
            format!("There is no parameter `{name}`. Send `sku`, once for each of the goods, or nothing.");
        return Err(Problem::new(api::ProblemCode::InvalidQuery, detail));
    }
    Ok(query.into_iter().map(|(_, sku)| sku).collect())
}

#[cfg(test)]
mod tests {
    use super::super::catalog::read;
    use super::*;

    #[test]
    fn a_page_can_show_prices_and_what_is_sold_out_before_anything_is_ordered() {
        let catalog = read(
            r#"{"currency":"JPY","shop":"Tea","fields":{"email":{"required":true}},
            "shipping":{"name":"送料","amount_minor":500},"items":[
            {"sku":"tea","name":{"en":"Oolong","ja":"烏龍"},"amount_minor":880,"max_quantity":5},
            {"sku":"gone","name":"Gone","amount_minor":100,"sold_out":true},
            {"sku":"old","name":"Old","amount_minor":100,"valid_until":"2026-01-01T00:00:00Z"},
            {"sku":"new","name":"New","amount_minor":100,"valid_from":"2027-01-01T00:00:00Z"},
            {"sku":"bad","name":"Bad","amount_minor":99.5}]}"#,
        )
        .unwrap();
        let at = 1_772_323_200_000;
        let shown = serde_json::to_string(&shown(&catalog, &[], "ja", at)).unwrap();
        assert_eq!(
            shown,
            concat!(
                r#"{"currency":"JPY","decimals":0,"language":"ja","items":["#,
                r#"{"sku":"tea","state":"on_sale","name":"烏龍","amount_minor":880,"max_quantity":5},"#,
                r#"{"sku":"gone","state":"sold_out","name":"Gone","amount_minor":100,"max_quantity":1},"#,
                r#"{"sku":"old","state":"over","name":"Old","amount_minor":100,"max_quantity":1},"#,
                r#"{"sku":"new","state":"not_yet","name":"New","amount_minor":100,"max_quantity":1},"#,
                r#"{"sku":"bad","state":"unavailable"}],"#,
                r#""shipping":{"name":"送料","amount_minor":500},"#,
                r#""fields":{"email":{"max_length":200,"required":true}}}"#
            )
        );
    }

    #[test]
    fn a_page_asks_for_what_it_shows() {
        let of = |pairs: &[(&str, &str)]| {
            skus(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        assert_eq!(of(&[]), Ok(vec![]));
        assert_eq!(of(&[("sku", "a"), ("sku", "b")]), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert!(of(&[("skus", "a")]).unwrap_err().detail.contains("no parameter `skus`"));
    }
}
