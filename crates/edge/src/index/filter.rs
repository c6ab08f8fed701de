//! Which orders the list, the export and the search show. Pure.

/// Which orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only orders before this place in the sequence: placed before this time, or at this time with a smaller
    /// number.
    pub(crate) before_ms: i64,
    /// Empty: only orders before the time.
    pub(crate) before_number: String,
    /// Placed at this time or later.
    pub(crate) placed_from_ms: Option<i64>,
    /// In one of these states: `,paid,closed,`.
    pub(crate) states: Option<String>,
    /// Paid at this time or later.
    pub(crate) paid_from_ms: Option<i64>,
    /// Paid before this time.
    pub(crate) paid_before_ms: Option<i64>,
    /// With at least this amount, in the currency's smallest unit.
    pub(crate) amount_from: Option<u64>,
    /// With at most this amount.
    pub(crate) amount_to: Option<u64>,
    /// In this currency.
    pub(crate) currency: Option<String>,
    /// With this text in the description or in the shopper's words, or with this number, transaction id or
    /// reference.
    pub(crate) text: Option<String>,
    /// With this name that the merchant has given it.
    pub(crate) reference: Option<String>,
    /// `open`: something waits for a person. `any`: something was ever noticed.
    pub(crate) exceptions: Option<&'static str>,
}
