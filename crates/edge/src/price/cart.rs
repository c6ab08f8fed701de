//! Computes the amount to charge for the goods that a page names, by the prices of the shop's catalog. Pure.

use api::{Line, MAX_LINES};
use order::Details;
use wire::Money;

use super::catalog::{Catalog, Entry, Item, SHIPPING};
use super::limits::{MAX_SKU_BYTES, Quote, so_many, texts, times};
use crate::accept_language;

/// Why a cart has no price.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The page named no lines, or too many.
    #[error("an order has 1 to {MAX_LINES} lines; this one has {0}")]
    LineCount(usize),
    /// The page named goods that the catalog does not have.
    #[error("the catalogue has no `{0}`; reload the page, the shop may have changed")]
    UnknownSku(String),
    /// The catalogue has a mistake in these goods.
    #[error("`{0}` cannot be sold: the shop's catalogue has a mistake in it, which its operator must mend")]
    Unavailable(String),
    /// There are none left.
    #[error("`{0}` is sold out")]
    SoldOut(String),
    /// They are sold later.
    #[error("`{0}` is not sold yet")]
    NotYet(String),
    /// They are not sold any more.
    #[error("`{0}` is not sold any more")]
    Over(String),
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
    /// The merchant must correct the catalog: its texts do not go together.
    #[error("catalog.json: {0}")]
    Catalog(String),
}

/// Whether goods are sold now.
pub(crate) fn on_sale(entry: &Entry, now_ms: i64) -> Result<&Item, Refusal> {
    let sku = || entry.sku.clone();
    let item = entry.item.as_ref().ok_or_else(|| Refusal::Unavailable(sku()))?;
    if item.valid_until_ms.is_some_and(|until_ms| now_ms >= until_ms) {
        Err(Refusal::Over(sku()))
    } else if item.valid_from_ms.is_some_and(|from_ms| now_ms < from_ms) {
        Err(Refusal::NotYet(sku()))
    } else if item.sold_out {
        Err(Refusal::SoldOut(sku()))
    } else {
        Ok(item)
    }
}

/// Computes the total of these lines, with shipping. The goods are named in the language that the header
/// `Accept-Language` asks for.
pub(crate) fn quote(
    catalog: &Catalog,
    lines: &[Line],
    accept_language: &str,
    now_ms: i64,
) -> Result<Quote, Refusal> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(Refusal::LineCount(lines.len()));
    }
    let language = language_of(catalog, accept_language);
    let mut sums = Sums::default();
    let mut bought = Vec::with_capacity(lines.len().saturating_add(1));
    for line in lines {
        let item = find(catalog, &line.sku, now_ms)?;
        check_quantity(item, lines, line)?;
        sums.add(item.amount_minor, line.quantity, item.ships)?;
        bought.push(order::Line {
            sku: line.sku.clone(),
            name: item.name.in_language(language).to_owned(),
            quantity: line.quantity,
            unit_amount: item.amount_minor,
            file: item.file.clone(),
        });
    }
    let free = |from_minor: Option<u64>| from_minor.is_some_and(|from_minor| sums.shipped >= from_minor);
    if let Some(shipping) = catalog.shipping.as_ref().filter(|shipping| !free(shipping.free_from_minor))
        && sums.ships
    {
        sums.add(shipping.amount_minor, 1, false)?;
        bought.push(order::Line {
            sku: SHIPPING.to_owned(),
            name: shipping.name.in_language(language).to_owned(),
            quantity: 1,
            unit_amount: shipping.amount_minor,
            file: None,
        });
    }
    let names: Vec<String> = bought.iter().map(|line| so_many(&line.name, line.quantity)).collect();
    let shop = catalog.shop.in_language(language);
    let first = lines.first().map_or("", |line| &line.sku);
    let (description, product_id) = texts(format!("{shop} - {}", names.join(", ")), first)
        .map_err(|refusal| Refusal::Catalog(refusal.to_string()))?;
    let language = Some(language.to_owned()).filter(|language| !language.is_empty());
    let details = Details { lines: bought, language, ..Details::default() };
    Ok(Quote {
        total: Money::new(sums.total, catalog.currency),
        description,
        product_id,
        details,
        counted: None,
    })
}

/// The language of the catalogue that is nearest to what the page asks for. Empty if the catalogue has one
/// text for all languages.
pub(crate) fn language_of<'a>(catalog: &'a Catalog, accept_language: &str) -> &'a str {
    let tags: Vec<&str> = catalog.languages.iter().map(String::as_str).collect();
    accept_language::choose(accept_language, &tags).or(tags.first().copied()).unwrap_or_default()
}

/// What lines cost together.
#[derive(Default)]
struct Sums {
    total: u64,
    /// The part of it that is shipped.
    shipped: u64,
    /// Whether anything is shipped.
    ships: bool,
}

impl Sums {
    fn add(&mut self, amount_minor: u64, quantity: u32, ships: bool) -> Result<(), Refusal> {
        let sum = times(amount_minor, quantity).ok_or(Refusal::TotalTooLarge)?;
        let total = self.total.checked_add(sum).filter(|total| *total <= Money::MAX_MINOR);
        self.total = total.ok_or(Refusal::TotalTooLarge)?;
        if ships {
            self.ships = true;
            self.shipped = self.shipped.saturating_add(sum);
        }
        Ok(())
    }
}

fn find<'a>(catalog: &'a Catalog, sku: &str, now_ms: i64) -> Result<&'a Item, Refusal> {
    let entry = catalog.items.iter().find(|entry| entry.sku == sku);
    let entry = entry.ok_or_else(|| Refusal::UnknownSku(sku.chars().take(MAX_SKU_BYTES).collect()))?;
    on_sale(entry, now_ms)
}

/// The limit applies to all lines of the same goods together.
fn check_quantity(item: &Item, lines: &[Line], of: &Line) -> Result<(), Refusal> {
    let same = lines.iter().filter(|line| line.sku == of.sku);
    let none = same.clone().any(|line| line.quantity == 0);
    let asked = same.fold(0_u64, |sum, line| sum.saturating_add(u64::from(line.quantity)));
    if none || asked > u64::from(item.max_quantity) {
        return Err(Refusal::Quantity { sku: of.sku.clone(), asked, max: item.max_quantity });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::catalog;
    use super::super::limits::MAX_DESCRIPTION_BYTES;
    use super::*;
    use wire::Currency;

    const NOW_MS: i64 = 1_772_323_200_000;

    fn catalog_with(more: &str) -> Catalog {
        let json = format!(
            r#"{{"currency":"HKD","shop":"Example Tea House","items":[
            {{"sku":"tea","name":{{"en":"Oolong","zh-HK":"烏龍"}},"amount_minor":8800,"max_quantity":5}},
            {{"sku":"pot","name":"茶壺","amount_minor":123456,"max_quantity":2}},
            {{"sku":"pdf","name":"The tea book","amount_minor":4500,"max_quantity":99,"file":"books/tea.pdf"}},
            {{"sku":"gold","name":"Gold","amount_minor":2147483647,"max_quantity":9}},
            {{"sku":"free","name":"Free","amount_minor":0}},
            {{"sku":"gone","name":"Gone","amount_minor":100,"sold_out":true}},
            {{"sku":"spring","name":"Spring","amount_minor":100,
              "valid_from":"2026-03-01T00:00:00Z","valid_until":"2026-03-02T00:00:00Z"}}]{more}}}"#
        );
        catalog::read(&json).unwrap()
    }

    fn quote(lines: &[Line]) -> Result<Quote, Refusal> {
        super::quote(&catalog_with(""), lines, "en", NOW_MS)
    }

    fn line(sku: &str, quantity: u32) -> Line {
        Line { sku: sku.into(), quantity }
    }

    fn kept(sku: &str, name: &str, quantity: u32, unit_amount: u64) -> order::Line {
        order::Line { sku: sku.into(), name: name.into(), quantity, unit_amount, file: None }
    }

    #[test]
    fn the_total_is_the_catalogues_prices_times_the_quantities() {
        let quote = quote(&[line("tea", 2), line("pot", 1)]).unwrap();
        assert_eq!(quote.total, Money::new(141_056, Currency::HKD));
        assert_eq!(quote.description.as_str(), "Example Tea House - Oolong x 2, 茶壺");
        assert_eq!(quote.product_id.as_str(), "tea");
    }

    #[test]
    fn the_lines_are_kept_whole_in_the_shopper_s_language_and_add_up_to_the_total() {
        let lines = [line("tea", 2), line("pot", 1)];
        let quote = super::quote(&catalog_with(""), &lines, "zh-HK,en;q=0.8", NOW_MS).unwrap();
        assert_eq!(quote.details.lines, [kept("tea", "烏龍", 2, 8800), kept("pot", "茶壺", 1, 123_456)]);
        assert_eq!(quote.details.language.as_deref(), Some("zh-HK"));
        assert_eq!(quote.description.as_str(), "Example Tea House - 烏龍 x 2, 茶壺");
        let sum: u64 =
            quote.details.lines.iter().map(|line| line.unit_amount * u64::from(line.quantity)).sum();
        assert_eq!(sum, quote.total.minor);
    }

    #[test]
    fn goods_that_are_not_sold_now_are_refused_each_by_its_reason() {
        for (sku, refusal) in [
            ("x", Refusal::UnknownSku("x".into())),
            ("free", Refusal::Unavailable("free".into())),
            ("gone", Refusal::SoldOut("gone".into())),
            ("shipping", Refusal::UnknownSku("shipping".into())),
        ] {
            assert_eq!(quote(&[line("tea", 1), line(sku, 1)]), Err(refusal));
        }
        let at = |now_ms| super::quote(&catalog_with(""), &[line("spring", 1)], "", now_ms).map(drop);
        let day_ms = 24 * 60 * 60 * 1000;
        assert_eq!(at(NOW_MS - 1), Err(Refusal::NotYet("spring".into())));
        assert_eq!(at(NOW_MS), Ok(()));
        assert_eq!(at(NOW_MS + day_ms - 1), Ok(()));
        assert_eq!(at(NOW_MS + day_ms), Err(Refusal::Over("spring".into())));
    }

    #[test]
    fn shipping_is_a_line_of_its_own_that_no_page_can_leave_out() {
        let shipping = r#","shipping":{"name":{"en":"Shipping","zh-HK":"運費"},"amount_minor":3000,"free_from_minor":17600}"#;
        let quote = |lines: &[Line]| super::quote(&catalog_with(shipping), lines, "zh-HK", NOW_MS).unwrap();
        let one = quote(&[line("tea", 1)]);
        assert_eq!(one.total.minor, 11_800);
        assert_eq!(one.details.lines, [kept("tea", "烏龍", 1, 8800), kept("shipping", "運費", 1, 3000)]);
        assert_eq!(one.description.as_str(), "Example Tea House - 烏龍, 運費");
        assert_eq!(quote(&[line("tea", 2)]).total.minor, 17_600, "free from this amount on");
        assert_eq!(quote(&[line("pdf", 9)]).total.minor, 40_500, "a file is not shipped");
        assert_eq!(quote(&[line("pdf", 9), line("tea", 1)]).total.minor, 52_300, "files count not");
    }

    #[test]
    fn a_line_keeps_the_file_that_is_bought_and_a_file_is_not_shipped() {
        let lines = quote(&[line("tea", 1), line("pdf", 1)]).unwrap().details.lines;
        let files: Vec<_> = lines.iter().map(|line| line.file.as_deref()).collect();
        assert_eq!(files, [None, Some("books/tea.pdf")]);
    }

    #[test]
    fn an_order_without_lines_is_refused() {
        assert_eq!(quote(&[]), Err(Refusal::LineCount(0)));
    }

    #[test]
    fn none_or_too_many_of_the_same_goods_are_refused_even_over_several_lines() {
        for lines in [vec![line("tea", 0)], vec![line("tea", 6)], vec![line("tea", 3), line("tea", 3)]] {
            assert!(matches!(quote(&lines), Err(Refusal::Quantity { max: 5, .. })), "{lines:?}");
        }
    }

    #[test]
    fn a_total_beyond_what_one_payment_carries_is_refused_and_never_wraps_around() {
        assert_eq!(quote(&[line("gold", 1)]).unwrap().total.minor, Money::MAX_MINOR);
        for quantity in [2, 9] {
            assert_eq!(quote(&[line("gold", quantity)]), Err(Refusal::TotalTooLarge));
        }
        assert_eq!(quote(&[line("gold", 1), line("tea", 1)]), Err(Refusal::TotalTooLarge));
        let shipping = r#","shipping":{"name":"S","amount_minor":1}"#;
        let shipped = super::quote(&catalog_with(shipping), &[line("gold", 1)], "", NOW_MS);
        assert_eq!(shipped, Err(Refusal::TotalTooLarge), "shipping counts too");
    }

    #[test]
    fn so_many_lines_and_no_more_make_an_order() {
        assert!(quote(&vec![line("pdf", 1); 50]).is_ok());
        assert_eq!(quote(&vec![line("pdf", 1); 51]), Err(Refusal::LineCount(51)));
    }

    #[test]
    fn a_long_list_of_goods_is_shortened_to_what_wechat_takes_without_cutting_a_character() {
        let lines = [line("tea", 1), line("pot", 1), line("pdf", 1)];
        let mut catalog = catalog_with("");
        let shop = format!("\"{}\"", "茶".repeat(60));
        let json = format!(
            r#"{{"currency":"HKD","shop":{shop},"items":[{{"sku":"tea","name":"Oolong","amount_minor":1}}]}}"#
        );
        catalog.shop = catalog::read(&json).unwrap().shop;
        let description = super::quote(&catalog, &lines, "", NOW_MS).unwrap().description;
        assert!(description.as_str().len() <= MAX_DESCRIPTION_BYTES);
        assert!(description.as_str().ends_with('…'));
    }
}
