//! The orders that a filter lets through, as the list and the export show them, and their sums: one statement
//! for each database, and the lists of all databases as one.

use super::filter::Filter;
use super::placement::Sequence;
use super::sharded::{Index, Merged};
use super::{Row, values};
use crate::failure::{Defect, Failure, PlatformFailure};

/// An order is paid within two hours of being placed, because no code lives longer. A clock that was wrong
/// moves that by less than this. So the index by the time of placing is enough to find what was paid in a
/// day, and paying writes no row of another index.
const PAID_AFTER_PLACING_MS: i64 = 3 * 24 * 60 * 60 * 1_000;
/// How many orders are read at once to sum them up.
const PAGE: u32 = 1_000;

/// Finds orders. The database writes `$json` of each. A value that is null lets every order through.
macro_rules! search {
    ($json:literal) => {
        concat!(
            "SELECT orders.out_trade_no, orders.version, placed_at_ms AS at_ms, ",
            $json,
            " AS json \
    FROM orders LEFT JOIN open_matters ON open_matters.out_trade_no = orders.out_trade_no \
        LEFT JOIN details ON details.out_trade_no = orders.out_trade_no \
        LEFT JOIN downloads ON downloads.out_trade_no = orders.out_trade_no \
        LEFT JOIN lost ON lost.out_trade_no = orders.out_trade_no AND lost.version = orders.version \
    WHERE (placed_at_ms, orders.out_trade_no) < (?1, ?2) AND placed_at_ms >= ?3 \
        AND (?4 IS NULL OR instr(?4, ',' || state || ',')) \
        AND (?5 IS NULL OR paid_at_ms >= ?5) AND (?6 IS NULL OR paid_at_ms < ?6) \
        AND (?7 IS NULL OR amount_minor >= ?7) AND (?8 IS NULL OR amount_minor <= ?8) \
        AND (?9 IS NULL OR currency = ?9) \
        AND (?10 IS NULL OR instr(lower(description), lower(?10)) \
            OR orders.out_trade_no = ?10 OR transaction_id = ?10 OR details.reference = ?10 \
            OR EXISTS (SELECT 1 FROM json_each(details.json, '$.shopper') WHERE instr(lower(value), lower(?10)))) \
        AND CASE ?11 WHEN 'open' THEN attention_since_ms IS NOT NULL WHEN 'any' THEN exceptions <> '[]' ELSE 1 END \
        AND (?12 IS NULL OR orders.out_trade_no IN (SELECT out_trade_no FROM details WHERE reference = ?12)) \
    ORDER BY placed_at_ms DESC, orders.out_trade_no DESC LIMIT ?13"
        )
    };
}

/// An object with all that the list shows.
const LISTED: &str = search!(
    "json_patch(json_object(\
        'out_trade_no', orders.out_trade_no, 'version', orders.version, 'state', state, 'reason', reason, \
        'settled', json(iif(is_final = 1 AND lost.at_ms IS NULL, 'true', 'false')), 'description', description, \
        'amount_minor', amount_minor, 'currency', currency, 'refunded_minor', refunded_minor, \
        'refunding_minor', coalesce(refunding_minor, 0), 'placed_at_ms', placed_at_ms, 'paid_at_ms', paid_at_ms, \
        'transaction_id', transaction_id, 'exceptions', json(exceptions), \
        'attention_since_ms', attention_since_ms, 'lost_at_ms', lost.at_ms, 'downloads', downloads.times), \
        coalesce(details.json, '{\"lines\":[]}'))"
);

/// An array of the texts that [`Cells`] names.
const CELLS: &str = search!(
    "json_array(state, coalesce(reason, ''), description, currency, coalesce(transaction_id, ''), \
        replace(trim(exceptions, '[]\"'), '\",\"', ' '), amount_minor || '', refunded_minor || '', \
        coalesce(refunding_minor, 0) || '', coalesce(paid_at_ms, '') || '', coalesce(lost.at_ms, '') || '', \
        coalesce(downloads.times, 0) || '')"
);

/// A row for each part and currency, which stands in the place of the number. `?4` has when each part
/// starts.
const SUMS: &str = "SELECT currency AS out_trade_no, 0 AS version, \
    (SELECT max(value) FROM json_each(?4) WHERE value <= paid_at_ms) AS at_ms, json_object(\
        'currency', currency, 'orders', count(*), 'paid_minor', sum(amount_minor), \
        'refunded_minor', sum(refunded_minor), 'refunding_minor', sum(coalesce(refunding_minor, 0))) AS json \
    FROM orders LEFT JOIN open_matters ON open_matters.out_trade_no = orders.out_trade_no \
    WHERE placed_at_ms >= ?1 - ?3 AND placed_at_ms < ?2 + ?3 AND paid_at_ms >= ?1 AND paid_at_ms < ?2 \
    GROUP BY at_ms, currency ORDER BY at_ms, currency";

/// Orders whose webhooks may wait or have been given up: everything else that they do is over, or something
/// about them waits for a person.
const UNDELIVERED: &str = "SELECT out_trade_no, version, at_ms FROM (\
        SELECT out_trade_no, version, placed_at_ms AS at_ms FROM orders \
            WHERE is_final = 0 AND state IN ('paid', 'closed', 'failed', 'stray') \
        UNION SELECT orders.out_trade_no, version, placed_at_ms AS at_ms \
            FROM open_matters JOIN orders ON orders.out_trade_no = open_matters.out_trade_no \
            WHERE attention_since_ms IS NOT NULL \
                AND (is_final = 0 OR instr(attention, '\"webhook_undelivered\"'))) \
    WHERE (at_ms, out_trade_no) < (?1, ?2) ORDER BY at_ms DESC, out_trade_no DESC LIMIT ?3";

/// What the database writes of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The order as the list shows it: a JSON object.
    Listed,
    /// Its [`Cells`].
    Cells,
}

/// Texts about an order, for a file that is no JSON: state, reason, description, currency, transaction id,
/// exceptions, amount, refunded, refunding, the times of payment and of its loss, downloads. What is missing
/// is empty.
pub(crate) type Cells = [String; 12];

/// Reads a row of the form [`Form::Cells`].
pub(crate) fn cells(row: &Row) -> Result<Cells, Failure> {
    let cells: Vec<String> = serde_json::from_str(&row.json).map_err(Defect::NotWritten)?;
    Ok(cells.try_into().map_err(|_| PlatformFailure::Storage("a row of another form".into()))?)
}

impl Index {
    /// At most `limit` orders that the filter lets through, the newest first: by the time of placing, and by
    /// number within one millisecond.
    pub(crate) async fn search(&self, filter: &Filter, form: Form, limit: u32) -> Result<Merged, Failure> {
        let sql = if form == Form::Listed { LISTED } else { CELLS };
        let Filter { before_ms, before_number, states, paid_from_ms, paid_before_ms, amount_from, .. } =
            filter;
        let Filter { amount_to, currency, text, exceptions, reference, .. } = filter;
        let paid_from = paid_from_ms.unwrap_or(0).saturating_sub(PAID_AFTER_PLACING_MS);
        let placed_from = filter.placed_from_ms.unwrap_or(0).max(paid_from);
        let values = values([
            (*before_ms).into(),
            before_number.as_str().into(),
            placed_from.into(),
            states.as_deref().into(),
            (*paid_from_ms).into(),
            (*paid_before_ms).into(),
            (*amount_from).into(),
            (*amount_to).into(),
            currency.as_deref().into(),
            text.as_deref().into(),
            (*exceptions).into(),
            reference.as_deref().into(),
            limit.into(),
        ]);
        self.merged(sql, &values, Sequence::NewestFirst, limit).await
    }

    /// The same from all databases: it fails if one of them does not answer.
    pub(crate) async fn search_all(
        &self,
        filter: &Filter,
        form: Form,
        limit: u32,
    ) -> Result<Vec<Row>, Failure> {
        let Merged { rows, missing } = self.search(filter, form, limit).await?;
        match missing.first() {
            None => Ok(rows),
            Some(name) => Err(PlatformFailure::Storage(format!("the index {name} does not answer")).into()),
        }
    }

    /// Orders before this place whose webhooks may not have been accepted, the newest first.
    pub(crate) async fn undelivered(
        &self,
        before_ms: i64,
        before_number: &str,
        limit: u32,
    ) -> Result<Merged, Failure> {
        let values = values([before_ms.into(), before_number.into(), limit.into()]);
        self.merged(UNDELIVERED, &values, Sequence::NewestFirst, limit).await
    }

    /// What was paid from the first of these moments, at which the parts start, until the end: for each part
    /// with a payment its start, and JSON for each currency. An order that is in two databases counts once.
    pub(crate) async fn sums(&self, starts: &[i64], to_ms: i64) -> Result<Vec<(i64, String)>, Failure> {
        let from_ms = starts.first().copied().unwrap_or(to_ms);
        if self.shards().len() == 1 {
            let starts: Vec<_> = starts.iter().map(i64::to_string).collect();
            let starts = format!("[{}]", starts.join(","));
            let values =
                values([from_ms.into(), to_ms.into(), PAID_AFTER_PLACING_MS.into(), starts.as_str().into()]);
            let sums = self.merged(SUMS, &values, Sequence::OldestFirst, PAGE).await?;
            return Ok(sums.rows.into_iter().map(|row| (row.at_ms, row.json)).collect());
        }
        let mut filter = Filter {
            before_ms: to_ms.saturating_add(PAID_AFTER_PLACING_MS),
            paid_from_ms: Some(from_ms),
            paid_before_ms: Some(to_ms),
            ..Filter::default()
        };
        let mut sums: Vec<((i64, String), [u64; 4])> = Vec::new();
        loop {
            let rows = self.search_all(&filter, Form::Cells, PAGE).await?;
            for row in &rows {
                let [.., currency, _, _, amount, refunded, refunding, paid_at, _, _] = cells(row)?;
                let paid_at_ms: i64 = paid_at.parse().unwrap_or(from_ms);
                let start = starts.iter().rev().find(|start| **start <= paid_at_ms);
                let part = (start.copied().unwrap_or(from_ms), currency);
                let place = sums.iter().position(|(other, _)| *other >= part).unwrap_or(sums.len());
                if sums.get(place).is_none_or(|(other, _)| *other != part) {
                    sums.insert(place, (part, [0; 4]));
                }
                let Some((_, sum)) = sums.get_mut(place) else { continue };
                let more = [amount, refunded, refunding].map(|text| text.parse().unwrap_or(0));
                for (part, more) in sum.iter_mut().zip([1].into_iter().chain(more)) {
                    *part = part.saturating_add(more);
                }
            }
            match rows.last().filter(|_| u32::try_from(rows.len()).is_ok_and(|rows| rows >= PAGE)) {
                Some(last) => {
                    (filter.before_ms, filter.before_number) = (last.at_ms, last.out_trade_no.clone())
                }
                None => break,
            }
        }
        let json = sums.into_iter().map(|((start, currency), [orders, paid, refunded, refunding])| {
            let json = format!(
                r#"{{"currency":"{currency}","orders":{orders},"paid_minor":{paid},"refunded_minor":{refunded},"refunding_minor":{refunding}}}"#
            );
            (start, json)
        });
        Ok(json.collect())
    }
}
