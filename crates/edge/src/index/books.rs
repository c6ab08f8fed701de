//! What the reconciliation asks of the index: which orders were paid on a day, and which had refunds.
//!
//! The index may be behind. Whoever finds a difference by it asks the order.

use order::IndexRow;
use wasm_bindgen::JsValue;

use super::sharded::Index;
use super::{Place, Shard, rows, values};
use crate::failure::Failure;
use crate::platform::clock::now_ms;

/// How much earlier than its payment an order may have been placed. The longest offer has two hours; a late
/// payment has more.
const PLACED_BEFORE_MS: i64 = 24 * 3_600_000;
/// How many orders one statement gives.
const PAGE: u32 = 2_000;
const DAY_MS: i64 = 24 * 3_600_000;
const UTC8_MS: i64 = 8 * 3_600_000;

/// One text for a page of orders: a row of its own for each would cost most of the time. `books::Ours` reads it.
const PAID: &str = "SELECT '' AS out_trade_no, 0 AS version, 0 AS at_ms, coalesce(group_concat(line, char(10)), '') AS json FROM (\
        SELECT out_trade_no || char(9) || transaction_id || char(9) || amount_minor || char(9) || currency \
            || char(9) || paid_at_ms || char(9) || placed_at_ms AS line FROM orders \
        WHERE (placed_at_ms, out_trade_no) > (?1, ?2) AND placed_at_ms < ?4 \
            AND paid_at_ms >= ?3 AND paid_at_ms < ?4 AND state = 'paid' \
        ORDER BY placed_at_ms, out_trade_no LIMIT ?5)";
const REFUNDED: &str = "SELECT '' AS out_trade_no, 0 AS version, 0 AS at_ms, \
        coalesce(group_concat(out_trade_no, char(10)), '') AS json FROM (\
        SELECT DISTINCT out_trade_no FROM refund_days WHERE day BETWEEN ?1 AND ?2 LIMIT 20000)";
const REFUND_DAY: &str = "INSERT OR IGNORE INTO refund_days (day, out_trade_no) VALUES (?1, ?2)";

/// The statement that remembers that this order has news of a refund today. Most orders never have any.
pub(super) fn refund_day(row: &IndexRow) -> Result<Option<(&'static str, Vec<JsValue>)>, Failure> {
    if row.refunded_minor == 0 && row.refunding_minor == 0 {
        return Ok(None);
    }
    Ok(Some((REFUND_DAY, values(&(day_number(now_ms()), &row.out_trade_no))?)))
}

/// The number of the UTC+8 day, counted from 1970.
fn day_number(at_ms: i64) -> i64 {
    at_ms.saturating_add(UTC8_MS).div_euclid(DAY_MS)
}

impl Shard {
    /// A page of the orders that were paid between these moments, one a line as `books::Ours` reads them, after
    /// this place. Empty when there are no more.
    pub(crate) async fn paid(&self, after: &Place, from_ms: i64, to_ms: i64) -> Result<String, Failure> {
        let after_ms = after.at_ms.max(from_ms.saturating_sub(PLACED_BEFORE_MS));
        self.lines(PAID, &values(&(after_ms, &after.number, from_ms, to_ms, PAGE))?).await
    }

    /// The text of the only row.
    async fn lines(&self, sql: &str, with: &[JsValue]) -> Result<String, Failure> {
        Ok(rows(&self.result(sql, with).await?)?.into_iter().next().map(|row| row.json).unwrap_or_default())
    }
}

impl Index {
    /// The orders that had news of a refund on this UTC+8 day, the day before or the day after, one a line. All
    /// databases must answer: a day is compared as a whole.
    pub(crate) async fn refunded_around(&self, start_ms: i64) -> Result<String, Failure> {
        let day = day_number(start_ms);
        let mut all = String::new();
        for shard in self.shards() {
            all.push_str(
                &shard.lines(REFUNDED, &values(&(day.saturating_sub(1), day.saturating_add(1)))?).await?,
            );
            all.push('\n');
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_utc_8() {
        // 2026-03-01 00:00:00 UTC+8.
        let start_ms = 1_772_294_400_000;
        assert_eq!(day_number(start_ms), day_number(start_ms + DAY_MS - 1));
        assert_eq!(day_number(start_ms - 1) + 1, day_number(start_ms));
    }
}
