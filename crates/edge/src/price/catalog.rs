//! The catalogue: what the shop sells, at which price, and what it asks of a shopper. Pure: a text in, the
//! catalogue and every mistake in it out. `docs/catalog.md` describes each field, and
//! `www/catalog.schema.json` says the same to an editor.
//!
//! A mistake in one item takes down that item alone. A mistake in what concerns every order (currency, shop,
//! languages, shipping, fields, an unknown name at the top) takes down the whole catalogue, because an order
//! would have a wrong price or a wrong text.

mod fault;
mod members;
mod moment;
mod names;

use serde::Serialize;
use serde_json::value::RawValue;
use wire::{Currency, Money};

use super::file_name::{self, is_file_name};
use super::limits::is_sku;
pub(crate) use fault::Fault;
use fault::Faults;
use members::{Members, of, text};
pub(crate) use names::Names;

/// The most bytes that a catalogue may have.
pub(crate) const MAX_BYTES: usize = 512 * 1024;
/// The most items. Each order looks its goods up among them.
const MAX_ITEMS: usize = 2_000;
/// The most languages.
const MAX_LANGUAGES: usize = 32;
/// The most fields for a shopper's words.
const MAX_FIELDS: usize = api::MAX_FIELDS;
/// The most characters of a field. All texts together have their own limit (`fields.rs`).
const MAX_FIELD_LENGTH: u64 = 1_000;
/// How long a field may be if the catalogue does not say.
const DEFAULT_FIELD_LENGTH: u16 = 200;
/// The language whose name is required if the catalogue names no languages.
const DEFAULT_LANGUAGE: &str = "en";
/// The sku of the line that the Worker adds. No item may have it.
pub(crate) const SHIPPING: &str = "shipping";

/// A catalogue that can be sold from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Catalog {
    /// The currency of every price.
    pub(crate) currency: Currency,
    /// The shop: the first part of what WeChat shows the shopper.
    pub(crate) shop: Names,
    /// The languages in which goods are named, as BCP 47 tags. The first is for shoppers of all other
    /// languages.
    pub(crate) languages: Vec<String>,
    /// The goods that are there, with or without a mistake.
    pub(crate) items: Vec<Entry>,
    /// What it costs to ship an order.
    pub(crate) shipping: Option<Shipping>,
    /// What a shopper may say, by name.
    pub(crate) fields: Vec<(String, Field)>,
    /// What is wrong with items. They are not sold.
    pub(crate) faults: Vec<Fault>,
}

impl Catalog {
    /// The files that its items name, each once.
    pub(crate) fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = Vec::new();
        for file in self.items.iter().filter_map(|entry| entry.item.as_ref()?.file.as_deref()) {
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }
}

/// One sku of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The merchant's id of the goods: 1 to 32 characters of `[A-Za-z0-9_-]`.
    pub(crate) sku: String,
    /// The goods. `None` if there is a mistake, or if two items have this sku.
    pub(crate) item: Option<Item>,
}

/// Goods that can be sold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// What they are called.
    pub(crate) name: Names,
    /// The price of one, in the currency's smallest unit: 1 to [`Money::MAX_MINOR`].
    pub(crate) amount_minor: u64,
    /// The largest quantity in one order, at least 1.
    pub(crate) max_quantity: u32,
    /// There are none left.
    pub(crate) sold_out: bool,
    /// Sold from this moment on.
    pub(crate) valid_from_ms: Option<i64>,
    /// Sold until just before this moment.
    pub(crate) valid_until_ms: Option<i64>,
    /// Whether they are shipped. A file to download is not.
    pub(crate) ships: bool,
    /// The file that the shopper gets.
    pub(crate) file: Option<String>,
}

/// What it costs to ship an order: a line that the Worker adds, and that no page can leave out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shipping {
    /// What the line is called.
    pub(crate) name: Names,
    /// The price, at least 1.
    pub(crate) amount_minor: u64,
    /// From this total of the shipped goods on, shipping costs nothing.
    pub(crate) free_from_minor: Option<u64>,
}

/// A field that a shopper may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Field {
    /// The most characters.
    pub(crate) max_length: u16,
    /// Whether an order without it is refused.
    pub(crate) required: bool,
}

const CURRENCY_RULE: &str = "the three upper-case letters of a currency, as in \"HKD\"";
const AMOUNT_RULE: &str = "a whole number of the currency's smallest unit, 1 to 2147483647, without quotation marks: 9950 is HK$99.50";
const SKU_RULE: &str = "a text of 1 to 32 characters of [A-Za-z0-9_-]";
const MAX_QUANTITY_RULE: &str =
    "a whole number from 1 to 4294967295, or be left out (1). To sell none, say \"sold_out\": true";
const TRUTH_RULE: &str = "true or false";
const MOMENT_RULE: &str = "a moment as in \"2026-03-01T09:00:00+08:00\"";
const ITEM_FIELDS: [&str; 11] = [
    "sku",
    "name",
    "description",
    "amount_minor",
    "max_quantity",
    "image",
    "sold_out",
    "valid_from",
    "valid_until",
    "ships",
    "file",
];

/// Reads a catalogue.
///
/// # Errors
/// If nothing can be sold: every fault that was found, those of items too.
pub(crate) fn read(json: &str) -> Result<Catalog, Vec<Fault>> {
    let mut found = Vec::new();
    let read = whole(json, &mut found);
    let (mut of_all, of_items): (Vec<Fault>, Vec<Fault>) =
        found.into_iter().partition(|fault| !fault.place.starts_with("items["));
    match read {
        Some(catalog) if of_all.is_empty() => Ok(Catalog { faults: of_items, ..catalog }),
        _ => {
            of_all.extend(of_items);
            Err(of_all)
        }
    }
}

fn whole(json: &str, found: &mut Vec<Fault>) -> Option<Catalog> {
    let mut faults = Faults { place: "", found };
    if json.len() > MAX_BYTES {
        faults.add("", format!("has {} bytes; at most {MAX_BYTES} are read", json.len()));
        return None;
    }
    let members = match Members::read(json) {
        Ok(members) => members,
        Err(why) => {
            faults.add("", format!("must be a JSON object: {why}"));
            return None;
        }
    };
    members
        .unknown(&["$schema", "currency", "shop", "languages", "items", "shipping", "fields"], &mut faults);
    let currency = members.get("currency").and_then(text).and_then(|code| Currency::new(&code).ok());
    let currency = faults.take("currency", currency, CURRENCY_RULE);
    let declared = match members.get("languages") {
        None => None,
        Some(json) => Some(languages(json, &mut faults)?),
    };
    let names = names::Reader { languages: declared.as_deref(), default: DEFAULT_LANGUAGE };
    let shop = names.required("shop", members.get("shop"), &mut faults);
    let shipping = members.get("shipping").map(|json| shipping(json, &names, faults.found));
    let fields = members.get("fields").map_or_else(|| Some(Vec::new()), |json| fields(json, faults.found));
    let items = items(members.get("items"), &names, faults.found);
    let shipping = match shipping {
        Some(shipping) => Some(shipping?),
        None => None,
    };
    let items = items?;
    let languages = declared.unwrap_or_else(|| spoken(&items));
    Some(Catalog {
        currency: currency?,
        shop: shop?,
        languages,
        items,
        shipping,
        fields: fields?,
        faults: Vec::new(),
    })
}

/// The languages in which any item has a name, the default language first.
fn spoken(items: &[Entry]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for tag in items.iter().filter_map(|entry| entry.item.as_ref()).flat_map(|item| item.name.tags()) {
        if !all.iter().any(|known| known == tag) && all.len() < MAX_LANGUAGES {
            all.push(tag.to_owned());
        }
    }
    if let Some(at) = all.iter().position(|tag| tag == DEFAULT_LANGUAGE) {
        all.swap(0, at);
    }
    all
}

fn languages(json: &RawValue, faults: &mut Faults<'_>) -> Option<Vec<String>> {
    let tags: Option<Vec<String>> = of(json);
    let good = tags.filter(|tags| {
        (1..=MAX_LANGUAGES).contains(&tags.len())
            && tags
                .iter()
                .enumerate()
                .all(|(at, tag)| names::is_tag(tag) && tags.iter().position(|other| other == tag) == Some(at))
    });
    faults.take(
        "languages",
        good,
        "1 to 32 different language tags, the first for everybody else: [\"en\", \"zh-HK\"]",
    )
}

fn items(json: Option<&RawValue>, names: &names::Reader<'_>, found: &mut Vec<Fault>) -> Option<Vec<Entry>> {
    let list: Option<Vec<&RawValue>> = json.and_then(of);
    let list =
        Faults { place: "", found: &mut *found }.take("items", list, "a list of what is sold: [ … ]")?;
    if list.len() > MAX_ITEMS {
        let why = format!("has {} entries; at most {MAX_ITEMS} are read", list.len());
        Faults { place: "", found }.add("items", why);
        return None;
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(list.len());
    for (at, json) in list.into_iter().enumerate() {
        let Some((sku, item)) = item(at, json, names, found) else { continue };
        let place = format!("items[{at}] ({sku})");
        let mut faults = Faults { place: &place, found: &mut *found };
        if sku == SHIPPING {
            faults
                .add("sku", "is the name of the line that the Worker adds; give the item another one".into());
            continue;
        }
        match entries.iter_mut().find(|entry| entry.sku == sku) {
            Some(earlier) => {
                earlier.item = None;
                faults.add("sku", "is there twice; none of the two is sold".into());
            }
            None => entries.push(Entry { sku, item }),
        }
    }
    Some(entries)
}

/// An item with its sku. `None` if it has no sku that an order could name.
fn item(
    at: usize,
    json: &RawValue,
    names: &names::Reader<'_>,
    found: &mut Vec<Fault>,
) -> Option<(String, Option<Item>)> {
    let before = found.len();
    let members = Members::read(json.get());
    let sku = members.as_ref().ok().and_then(|members| members.get("sku")).and_then(text);
    let sku = sku.filter(|sku| is_sku(sku));
    let place = match &sku {
        Some(sku) => format!("items[{at}] ({sku})"),
        None => format!("items[{at}]"),
    };
    let mut faults = Faults { place: &place, found };
    let members = match members {
        Ok(members) => members,
        Err(why) => {
            faults.add("", format!("must be an object: {why}"));
            return None;
        }
    };
    let sku = faults.take("sku", sku, SKU_RULE);
    members.unknown(&ITEM_FIELDS, &mut faults);
    let name = names.required("name", members.get("name"), &mut faults);
    names.optional("description", members.get("description"), &mut faults);
    let amount_minor = amount("amount_minor", members.get("amount_minor"), &mut faults);
    let max_quantity = match members.get("max_quantity") {
        None => Some(1),
        Some(json) => {
            let most = of::<u64>(json).and_then(|most| u32::try_from(most).ok()).filter(|most| *most > 0);
            faults.take("max_quantity", most, MAX_QUANTITY_RULE)
        }
    };
    if let Some(json) = members.get("image") {
        faults.take("image", text(json), "the address of a picture, relative to the catalogue");
    }
    let sold_out = truth("sold_out", members.get("sold_out"), false, &mut faults);
    let file = match members.get("file") {
        None => None,
        Some(json) => faults.take("file", text(json).filter(|name| is_file_name(name)), file_name::RULE),
    };
    let ships = truth("ships", members.get("ships"), file.is_none(), &mut faults);
    let valid_from_ms = moment_of("valid_from", members.get("valid_from"), &mut faults);
    let valid_until_ms = moment_of("valid_until", members.get("valid_until"), &mut faults);
    if let (Some(from_ms), Some(until_ms)) = (valid_from_ms, valid_until_ms)
        && until_ms <= from_ms
    {
        faults.add("valid_until", "must be later than `valid_from`".into());
    }
    let is_good = found.len() == before;
    let item = match (name, amount_minor, max_quantity) {
        (Some(name), Some(amount_minor), Some(max_quantity)) if is_good => Some(Item {
            name,
            amount_minor,
            max_quantity,
            sold_out,
            valid_from_ms,
            valid_until_ms,
            ships,
            file,
        }),
        _ => None,
    };
    Some((sku?, item))
}

fn shipping(json: &RawValue, names: &names::Reader<'_>, found: &mut Vec<Fault>) -> Option<Shipping> {
    let mut faults = Faults { place: "shipping", found };
    let members = match Members::read(json.get()) {
        Ok(members) => members,
        Err(why) => {
            faults.add("", format!("must be an object: {why}"));
            return None;
        }
    };
    members.unknown(&["name", "amount_minor", "free_from_minor"], &mut faults);
    let name = names.required("name", members.get("name"), &mut faults);
    let amount_minor = amount("amount_minor", members.get("amount_minor"), &mut faults);
    let free_from_minor = match members.get("free_from_minor") {
        None => None,
        json => Some(amount("free_from_minor", json, &mut faults)?),
    };
    Some(Shipping { name: name?, amount_minor: amount_minor?, free_from_minor })
}

fn fields(json: &RawValue, found: &mut Vec<Fault>) -> Option<Vec<(String, Field)>> {
    let mut all = Faults { place: "fields", found: &mut *found };
    let members = match Members::read(json.get()) {
        Ok(members) if members.len() <= MAX_FIELDS => members,
        Ok(_) => {
            all.add("", format!("must be at most {MAX_FIELDS} fields"));
            return None;
        }
        Err(why) => {
            all.add("", format!("must be an object, as in {{\"email\": {{\"max_length\": 254}}}}: {why}"));
            return None;
        }
    };
    let mut fields = Vec::new();
    for (name, json) in members.iter() {
        let place = format!("fields.{}", name.chars().take(40).collect::<String>());
        let mut faults = Faults { place: &place, found: &mut *found };
        if !is_field_name(name) {
            faults.add(
                "",
                "must have a name of 1 to 32 characters of [a-z0-9_] that begins with a letter".into(),
            );
        }
        let members = match Members::read(json.get()) {
            Ok(members) => members,
            Err(why) => {
                faults.add("", format!("must be an object: {why}"));
                continue;
            }
        };
        members.unknown(&["max_length", "required"], &mut faults);
        let max_length = match members.get("max_length") {
            None => Some(DEFAULT_FIELD_LENGTH),
            Some(json) => of::<u64>(json)
                .filter(|length| (1..=MAX_FIELD_LENGTH).contains(length))
                .and_then(|length| u16::try_from(length).ok()),
        };
        let max_length = faults.take("max_length", max_length, "a whole number of characters from 1 to 1000");
        let required = truth("required", members.get("required"), false, &mut faults);
        if let Some(max_length) = max_length {
            fields.push((name.to_owned(), Field { max_length, required }));
        }
    }
    Some(fields)
}

fn is_field_name(name: &str) -> bool {
    name.len() <= 32
        && name.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn amount(field: &str, json: Option<&RawValue>, faults: &mut Faults<'_>) -> Option<u64> {
    let amount = json.and_then(of::<u64>).filter(|amount| (1..=Money::MAX_MINOR).contains(amount));
    faults.take(field, amount, AMOUNT_RULE)
}

fn truth(field: &str, json: Option<&RawValue>, unless_set: bool, faults: &mut Faults<'_>) -> bool {
    match json.map(RawValue::get) {
        None => unless_set,
        Some("true") => true,
        Some("false") => false,
        Some(_) => {
            faults.must_be(field, TRUTH_RULE);
            unless_set
        }
    }
}

fn moment_of(field: &str, json: Option<&RawValue>, faults: &mut Faults<'_>) -> Option<i64> {
    let json = json?;
    faults.take(field, text(json).and_then(|text| moment::read(&text)), MOMENT_RULE)
}

#[cfg(test)]
mod tests;
