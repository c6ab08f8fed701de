//! Computes the amount to charge for the goods that a page names, by the prices of the shop's catalog. Pure.

use api::{Catalog, Item, Line, MAX_LINES};
use order::Details;
use wire::{Currency, Money};

use super::limits::{MAX_SKU_BYTES, Quote, is_sku, so_many, texts, times};
use crate::language;

/// The language that every name must have.
const LANGUAGE: &str = "en";

/// Why a cart has no price.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The page named no lines, or too many.
    #[error("an order has 1 to {MAX_LINES} lines; this one has {0}")]
    LineCount(usize),
    /// The page named goods that the catalog does not have.
    #[error("the catalogue has no `{0}`; reload the page, the shop may have changed")]
    UnknownSku(String),
    /// The page asked for a quantity of zero, or for more than the catalog allows.
    #[error("the quantity of `{sku}` must be 1 to {max}; {asked} were asked for")]
    Quantity {
        /// The goods.
        sku: String,
        /// How many the page asked for, in all lines of these goods together.
        asked: u64,
        /// The catalog's limit.
        max: u32,
    },
    /// The total is more than one payment can carry.
    #[error(
        "the total is more than one payment can carry ({} minor units); split the order",
        Money::MAX_MINOR
    )]
    TotalTooLarge,
    /// The merchant must correct the catalog.
    #[error("catalog.json: {0}")]
    Catalog(String),
}

/// Computes the total of these lines. The goods are named in the language that the header `Accept-Language`
/// asks for.
pub(crate) fn quote(catalog: &Catalog, lines: &[Line], accept_language: &str) -> Result<Quote, Refusal> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(Refusal::LineCount(lines.len()));
    }
    let currency = Currency::new(&catalog.currency)
        .map_err(|_| Refusal::Catalog(format!("`{}` is not a currency code", catalog.currency)))?;
    let mut total = 0_u64;
    let mut names = Vec::with_capacity(lines.len());
    let mut bought = Vec::with_capacity(lines.len());
    let mut language = LANGUAGE;
    for line in lines {
        let item = find(catalog, &line.sku)?;
        check_quantity(item, lines)?;
        total = times(item.amount_minor, line.quantity)
            .and_then(|sum| total.checked_add(sum))
            .filter(|total| *total <= Money::MAX_MINOR)
            .ok_or(Refusal::TotalTooLarge)?;
        let tags: Vec<&str> = item.name.keys().map(String::as_str).collect();
        let tag = language::choose(accept_language, &tags).unwrap_or(LANGUAGE);
        let name = item
            .name
            .get(tag)
            .ok_or_else(|| Refusal::Catalog(format!("`{}` has no name in `{LANGUAGE}`", item.sku)))?;
        names.push(so_many(name, line.quantity));
        if bought.is_empty() {
            language = tag;
        }
        bought.push(order::Line {
            sku: item.sku.clone(),
            name: name.clone(),
            quantity: line.quantity,
            unit_amount: item.amount_minor,
        });
    }
    let first = lines.first().map_or("", |line| &line.sku);
    let (description, product_id) = texts(format!("{} - {}", catalog.shop, names.join(", ")), first)
        .map_err(|refusal| Refusal::Catalog(refusal.to_string()))?;
    let details = Details { lines: bought, language: Some(language.to_owned()), ..Details::default() };
    Ok(Quote { total: Money::new(total, currency), description, product_id, details, counted: None })
}

fn find<'a>(catalog: &'a Catalog, sku: &str) -> Result<&'a Item, Refusal> {
    let item = catalog
        .items
        .iter()
        .find(|item| item.sku == sku)
        .ok_or_else(|| Refusal::UnknownSku(sku.chars().take(MAX_SKU_BYTES).collect()))?;
    if !is_sku(&item.sku) {
        return Err(Refusal::Catalog(format!("the sku `{}` must be 1 to 32 of [A-Za-z0-9_-]", item.sku)));
    }
    if item.amount_minor == 0 {
        return Err(Refusal::Catalog(format!(
            "`{}` costs nothing: `amount_minor` must be at least 1",
            item.sku
        )));
    }
    Ok(item)
}

/// The limit applies to all lines of the same goods together.
fn check_quantity(item: &Item, lines: &[Line]) -> Result<(), Refusal> {
    let same = lines.iter().filter(|line| line.sku == item.sku);
    let none = same.clone().any(|line| line.quantity == 0);
    let asked = same.fold(0_u64, |sum, line| sum.saturating_add(u64::from(line.quantity)));
    if none || asked > u64::from(item.max_quantity) {
        return Err(Refusal::Quantity { sku: item.sku.clone(), asked, max: item.max_quantity });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::limits::MAX_DESCRIPTION_BYTES;
    use super::*;

    fn quote(catalog: &Catalog, lines: &[Line]) -> Result<Quote, Refusal> {
        super::quote(catalog, lines, "")
    }

    fn catalog() -> Catalog {
        let item = |sku: &str, name: &str, amount_minor, max_quantity| Item {
            sku: sku.into(),
            name: [("en".to_owned(), name.to_owned())].into(),
            description: Default::default(),
            amount_minor,
            max_quantity,
            image: None,
        };
        Catalog {
            currency: "HKD".into(),
            shop: "Example Tea House".into(),
            fields: Default::default(),
            items: vec![
                item("tea", "Oolong", 8800, 5),
                item("pot", "茶壺", 123_456, 2),
                item("gold", "Gold", u64::MAX, 9),
                item("free", "Free", 0, 9),
            ],
        }
    }

    fn line(sku: &str, quantity: u32) -> Line {
        Line { sku: sku.into(), quantity }
    }

    #[test]
    fn the_total_is_the_catalogues_prices_times_the_quantities() {
        let quote = quote(&catalog(), &[line("tea", 2), line("pot", 1)]).unwrap();
        assert_eq!(quote.total, Money::new(141_056, Currency::HKD));
        assert_eq!(quote.description.as_str(), "Example Tea House - Oolong x 2, 茶壺");
        assert_eq!(quote.product_id.as_str(), "tea");
    }

    #[test]
    fn the_lines_are_kept_whole_in_the_shopper_s_language_and_add_up_to_the_total() {
        let mut catalog = catalog();
        catalog.items[0].name.insert("zh-HK".into(), "烏龍".into());
        let quote = super::quote(&catalog, &[line("tea", 2), line("pot", 1)], "zh-HK,en;q=0.8").unwrap();
        let of = |sku: &str, name: &str, quantity, unit_amount| order::Line {
            sku: sku.into(),
            name: name.into(),
            quantity,
            unit_amount,
        };
        assert_eq!(quote.details.lines, [of("tea", "烏龍", 2, 8800), of("pot", "茶壺", 1, 123_456)]);
        assert_eq!(quote.details.language.as_deref(), Some("zh-HK"));
        assert_eq!(quote.description.as_str(), "Example Tea House - 烏龍 x 2, 茶壺");
        let sum: u64 =
            quote.details.lines.iter().map(|line| line.unit_amount * u64::from(line.quantity)).sum();
        assert_eq!(sum, quote.total.minor);
    }

    #[test]
    fn goods_that_are_not_in_the_catalogue_are_refused() {
        assert_eq!(quote(&catalog(), &[line("x", 1)]), Err(Refusal::UnknownSku("x".into())));
    }

    #[test]
    fn an_order_without_lines_is_refused() {
        assert_eq!(quote(&catalog(), &[]), Err(Refusal::LineCount(0)));
    }

    #[test]
    fn none_or_too_many_of_the_same_goods_are_refused_even_over_several_lines() {
        for lines in [vec![line("tea", 0)], vec![line("tea", 6)], vec![line("tea", 3), line("tea", 3)]] {
            assert!(matches!(quote(&catalog(), &lines), Err(Refusal::Quantity { max: 5, .. })), "{lines:?}");
        }
    }

    #[test]
    fn a_total_beyond_what_one_payment_carries_is_refused_and_never_wraps_around() {
        for quantity in [1, 2, 9] {
            assert_eq!(quote(&catalog(), &[line("gold", quantity)]), Err(Refusal::TotalTooLarge));
        }
    }

    #[test]
    fn a_total_of_several_lines_is_bounded_too() {
        let mut catalog = catalog();
        catalog.items[0].amount_minor = Money::MAX_MINOR / 2 + 1;
        catalog.items[1].amount_minor = Money::MAX_MINOR / 2;
        assert_eq!(quote(&catalog, &[line("tea", 1), line("pot", 1)]).unwrap().total.minor, Money::MAX_MINOR);
        catalog.items[1].amount_minor += 1;
        assert_eq!(quote(&catalog, &[line("tea", 1), line("pot", 1)]), Err(Refusal::TotalTooLarge));
    }

    #[test]
    fn so_many_lines_and_no_more_make_an_order() {
        let mut catalog = catalog();
        catalog.items[0].max_quantity = 1_000;
        assert!(quote(&catalog, &vec![line("tea", 1); 50]).is_ok());
        assert_eq!(quote(&catalog, &vec![line("tea", 1); 51]), Err(Refusal::LineCount(51)));
    }

    #[test]
    fn a_catalogue_that_wechat_would_refuse_is_the_merchants_mistake() {
        let wrong: [fn(&mut Catalog); 4] = [
            |catalog| catalog.currency = "HK$".into(),
            |catalog| catalog.items[0].name = [("de".to_owned(), "Oolong".to_owned())].into(),
            |catalog| catalog.items[0].sku = "tea pot".into(),
            |catalog| catalog.items[0].sku = "t".repeat(33),
        ];
        for spoil in wrong {
            let mut catalog = catalog();
            spoil(&mut catalog);
            let sku = catalog.items[0].sku.clone();
            assert!(matches!(quote(&catalog, &[line(&sku, 1)]), Err(Refusal::Catalog(_))), "{catalog:?}");
        }
    }

    #[test]
    fn goods_without_a_price_are_the_merchants_mistake_and_are_not_given_away() {
        assert!(matches!(quote(&catalog(), &[line("free", 1)]), Err(Refusal::Catalog(_))));
    }

    #[test]
    fn a_long_list_of_goods_is_shortened_to_what_wechat_takes_without_cutting_a_character() {
        let mut catalog = catalog();
        catalog.shop = "茶".repeat(60);
        let description = quote(&catalog, &[line("tea", 1)]).unwrap().description;
        assert!(description.as_str().len() <= MAX_DESCRIPTION_BYTES);
        assert!(description.as_str().ends_with('…'));
    }
}
