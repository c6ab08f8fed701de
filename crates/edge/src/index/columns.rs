//! What a statement of the index returns.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::row::Row;
use crate::failure::{Failure, PlatformFailure};
use crate::platform::js::Rows;

/// The rows of a result.
pub(super) fn rows(result: &Rows) -> Result<Vec<Row>, Failure> {
    Ok(read(result)?)
}

/// The column `version` of the first row.
pub(super) fn first_version(result: &Rows) -> Result<Option<u32>, PlatformFailure> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    Ok(read::<Version>(result)?.first().map(|row| row.version))
}

fn read<T: DeserializeOwned>(result: &Rows) -> Result<Vec<T>, PlatformFailure> {
    let rows = result.results().unwrap_or_default();
    let rows = rows.iter().map(serde_wasm_bindgen::from_value).collect::<Result<_, _>>();
    rows.map_err(|error| PlatformFailure::Storage(format!("a row of another form: {error}")))
}
