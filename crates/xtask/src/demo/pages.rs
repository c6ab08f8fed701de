//! The shop's pages with prices in another currency: a copy, in which the catalogue alone is another one.

use crate::prelude::*;
use serde_json::Value;

const CATALOGUE: &str = "catalog.json";

/// The currency of the catalogue, in which the simulated merchant settles.
pub(super) fn currency(house: &House) -> Outcome<String> {
    catalogue(house)?["currency"].as_str().map(str::to_owned).ok_or_else(|| {
        Problem::new("www/catalog.json names no currency").mend("add \"currency\": \"HKD\" to it")
    })
}

/// Makes the copy. The amounts stay as they are.
pub(super) fn in_currency(house: &House, currency: &str) -> Outcome<PathBuf> {
    let mut catalogue = catalogue(house)?;
    catalogue["currency"] = currency.into();
    let folder = house.target().join("demo-pages");
    clear(&folder)?;
    copy_below(&house.at("www"), &folder)?;
    write(&folder.join(CATALOGUE), catalogue.to_string())?;
    Ok(folder)
}

fn catalogue(house: &House) -> Outcome<Value> {
    Ok(serde_json::from_str(&read(&house.at("www").join(CATALOGUE))?).unwrap_or_default())
}
