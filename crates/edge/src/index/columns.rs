//! What a statement of the index returns, read column by column.

use wasm_bindgen::{JsCast, JsValue};

use super::row::Row;
use crate::failure::{Failure, PlatformFailure};
use crate::platform::js::{RowOfIndex, Rows};

/// The rows of a result.
pub(super) fn rows(result: &Rows) -> Result<Vec<Row>, Failure> {
    let rows = unread(result).iter().map(row).collect::<Option<_>>();
    Ok(rows.ok_or_else(another_form)?)
}

/// The column `version` of the first row.
pub(super) fn first_version(result: &Rows) -> Result<Option<u32>, PlatformFailure> {
    let number = |row: &RowOfIndex| whole(&row.version())?.try_into().ok();
    unread(result).first().map(|row| number(row).ok_or_else(another_form)).transpose()
}

fn another_form() -> PlatformFailure {
    PlatformFailure::Storage("a row of another form".into())
}

/// The rows as the platform gives them.
fn unread(result: &Rows) -> Vec<RowOfIndex> {
    result.results().unwrap_or_default().iter().map(JsCast::unchecked_into).collect()
}

/// `None` if a column is not of its type.
fn row(row: &RowOfIndex) -> Option<Row> {
    let json = row.json();
    Some(Row {
        out_trade_no: row.out_trade_no().as_string()?,
        version: whole(&row.version())?.try_into().ok()?,
        at_ms: whole(&row.at_ms())?,
        json: if json.is_undefined() { String::new() } else { json.as_string()? },
    })
}

/// A whole number that JavaScript keeps exactly.
fn whole(value: &JsValue) -> Option<i64> {
    const MOST: f64 = 9_007_199_254_740_991.0;
    value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= MOST).map(|number| number as i64)
}
