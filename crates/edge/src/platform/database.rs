//! A database of D1: statements in one transaction, and the rows that they return as the platform gives them.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use crate::failure::{PlatformFailure, words_of};
use crate::platform::js::{Database, Rows};
use crate::platform::wait::settled;

/// A statement with its values.
pub(crate) type Statement<'s> = (&'s str, Vec<JsValue>);

/// Runs these statements in one transaction. Gives the rows of each.
///
/// # Errors
/// One of them failed, or the database does not answer. Nothing was written, or we do not know.
pub(crate) async fn batch(
    database: &Database,
    statements: &[Statement<'_>],
) -> Result<Vec<Rows>, PlatformFailure> {
    let results = match begun(database, statements) {
        Ok(promise) => settled(promise).await,
        Err(thrown) => Err(thrown),
    };
    let results = results.map_err(|thrown| PlatformFailure::Storage(words_of(&thrown)))?;
    Ok(Array::from(&results).iter().map(JsCast::unchecked_into).collect())
}

fn begun(database: &Database, statements: &[Statement<'_>]) -> Result<JsValue, JsValue> {
    let batch = Array::new();
    for (sql, values) in statements {
        let values: Array = values.iter().collect();
        batch.push(&database.prepare(sql)?.bind(&values)?);
    }
    database.batch(&batch)
}
