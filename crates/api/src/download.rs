//! A file that was bought, for its shopper.

use serde::{Deserialize, Serialize};

/// A file of a paid order.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// The goods, in the order's language.
    pub name: String,
    /// Where the file is: a path of the Worker. In a webhook it is a whole address. Whoever has it can
    /// download the file.
    pub url: String,
    /// The link is good until this moment, by the server's clock. The next look at the order has a new one.
    pub expires_at_ms: i64,
}
