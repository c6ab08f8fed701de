//! The orders that a filter lets through, as the list and the export show them: one statement of one
//! database.

use order::DetailsText;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::filter::Filter;
use super::{Index, json, truth};
use crate::failure::Failure;

/// An order is paid within two hours of being placed, because no code lives longer. A clock that was wrong
/// moves that by less than this. So the index by the time of placing is enough to find what was paid in a
/// day, and paying writes no row of another index.
const PAID_AFTER_PLACING_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

/// A value that is null lets every order through.
const SEARCH: &str = "SELECT orders.out_trade_no, orders.version, state, reason, \
        is_final = 1 AND lost.at_ms IS NULL AS settled, description, \
        amount_minor, currency, refunded_minor, coalesce(refunding_minor, 0) AS refunding_minor, placed_at_ms, \
        paid_at_ms, transaction_id, exceptions, attention_since_ms, lost.at_ms AS lost_at_ms, \
        details.json AS details \
    FROM orders LEFT JOIN open_matters ON open_matters.out_trade_no = orders.out_trade_no \
        LEFT JOIN details ON details.out_trade_no = orders.out_trade_no \
        LEFT JOIN lost ON lost.out_trade_no = orders.out_trade_no AND lost.version = orders.version \
    WHERE (placed_at_ms, orders.out_trade_no) < (?1, ?2) AND placed_at_ms >= ?3 \
        AND (?4 IS NULL OR instr(?4, ',' || state || ',')) \
        AND (?5 IS NULL OR paid_at_ms >= ?5) AND (?6 IS NULL OR paid_at_ms < ?6) \
        AND (?7 IS NULL OR amount_minor >= ?7) AND (?8 IS NULL OR amount_minor <= ?8) \
        AND (?9 IS NULL OR currency = ?9) \
        AND (?10 IS NULL OR instr(lower(description), lower(?10)) \
            OR orders.out_trade_no = ?10 OR transaction_id = ?10) \
        AND CASE ?11 WHEN 'open' THEN attention_since_ms IS NOT NULL WHEN 'any' THEN exceptions <> '[]' ELSE 1 END \
        AND (?12 IS NULL OR orders.out_trade_no IN (SELECT out_trade_no FROM details WHERE reference = ?12)) \
    ORDER BY placed_at_ms DESC, orders.out_trade_no DESC LIMIT ?13";

const SUMS: &str = "SELECT currency, count(*) AS orders, sum(amount_minor) AS paid_minor, \
        sum(refunded_minor) AS refunded_minor, sum(coalesce(refunding_minor, 0)) AS refunding_minor \
    FROM orders LEFT JOIN open_matters ON open_matters.out_trade_no = orders.out_trade_no \
    WHERE placed_at_ms >= ?1 - ?3 AND placed_at_ms < ?2 + ?3 AND paid_at_ms >= ?1 AND paid_at_ms < ?2 \
    GROUP BY currency ORDER BY currency";

/// Orders whose webhooks may wait or have been given up: everything else that they do is over, or something
/// about them waits for a person.
const UNDELIVERED: &str = "SELECT out_trade_no, placed_at_ms FROM (\
        SELECT out_trade_no, placed_at_ms FROM orders \
            WHERE is_final = 0 AND state IN ('paid', 'closed', 'failed', 'stray') \
        UNION SELECT orders.out_trade_no, placed_at_ms \
            FROM open_matters JOIN orders ON orders.out_trade_no = open_matters.out_trade_no \
            WHERE attention_since_ms IS NOT NULL \
                AND (is_final = 0 OR instr(attention, '\"webhook_undelivered\"'))) \
    WHERE (placed_at_ms, out_trade_no) < (?1, ?2) ORDER BY placed_at_ms DESC, out_trade_no DESC LIMIT ?3";

/// An order, and when it was placed.
#[derive(Deserialize)]
pub(crate) struct Candidate {
    pub(crate) out_trade_no: String,
    pub(crate) placed_at_ms: i64,
}

/// A row as the list shows it.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[derive(Serialize, Deserialize)]
pub(crate) struct ListedOrder {
    pub(crate) out_trade_no: String,
    version: u64,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    #[serde(deserialize_with = "truth")]
    settled: bool,
    pub(crate) description: String,
    pub(crate) amount_minor: u64,
    pub(crate) currency: String,
    pub(crate) refunded_minor: u64,
    pub(crate) refunding_minor: u64,
    pub(crate) placed_at_ms: i64,
    pub(crate) paid_at_ms: Option<i64>,
    pub(crate) transaction_id: Option<String>,
    /// Kinds of exceptions as a JSON array.
    #[serde(serialize_with = "raw")]
    #[cfg_attr(test, schema(value_type = Vec<String>))]
    pub(crate) exceptions: String,
    attention_since_ms: Option<i64>,
    pub(crate) lost_at_ms: Option<i64>,
    /// What was bought and said: [`DetailsText`]. It is added to the row.
    #[serde(skip_serializing)]
    #[cfg_attr(test, schema(ignore))]
    details: Option<String>,
}

impl ListedOrder {
    /// The row as JSON, with what was bought and said.
    pub(crate) fn json(&self) -> Result<String, Failure> {
        let details = self.details.clone().map(DetailsText::from_stored);
        Ok(DetailsText::added_to(json(self)?, details.as_ref()))
    }
}

/// What came in one currency.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[derive(Serialize, Deserialize)]
pub(crate) struct Sum {
    currency: String,
    orders: u64,
    paid_minor: u64,
    refunded_minor: u64,
    refunding_minor: u64,
}

impl Index {
    /// At most `limit` orders that the filter lets through, the newest first: by the time of placing, and by
    /// number within one millisecond.
    pub(crate) async fn search(&self, filter: &Filter, limit: u32) -> Result<Vec<ListedOrder>, Failure> {
        let Filter {
            before_ms,
            before_number,
            states,
            paid_from_ms,
            paid_before_ms,
            amount_from,
            amount_to,
            ..
        } = filter;
        let Filter { currency, text, exceptions, reference, .. } = filter;
        let paid_from = paid_from_ms.unwrap_or(0).saturating_sub(PAID_AFTER_PLACING_MS);
        let placed_from = filter.placed_from_ms.unwrap_or(0).max(paid_from);
        let values = (
            before_ms,
            before_number,
            placed_from,
            states,
            paid_from_ms,
            paid_before_ms,
            amount_from,
            amount_to,
            currency,
            text,
            exceptions,
            reference,
            limit,
        );
        self.rows(SEARCH, &values).await
    }

    /// Orders before this place whose webhooks may not have been accepted, the newest first.
    pub(crate) async fn undelivered(
        &self,
        before_ms: i64,
        before_number: &str,
        limit: u32,
    ) -> Result<Vec<Candidate>, Failure> {
        self.rows(UNDELIVERED, &(before_ms, before_number, limit)).await
    }

    /// What was paid from this moment to that, by currency.
    pub(crate) async fn sums(&self, from_ms: i64, to_ms: i64) -> Result<Vec<Sum>, Failure> {
        self.rows(SUMS, &(from_ms, to_ms, PAID_AFTER_PLACING_MS)).await
    }
}

/// JSON as it is.
fn raw<S: serde::Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let array = if json.starts_with('[') { json } else { "[]" };
    RawValue::from_string(array.to_owned()).map_err(serde::ser::Error::custom)?.serialize(serializer)
}
