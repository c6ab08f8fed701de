//! What the reconciliation asks of the index: which orders were paid on a day, and which had refunds.
//!
//! The index may be behind. Whoever finds a difference by it asks the order.

use wasm_bindgen::JsValue;

use super::sharded::Index;
use super::{Place, Shard, day_number, rows, values};
use crate::failure::Failure;

/// How much earlier than its payment an order may have been placed. The longest offer has two hours; a late
/// payment has more.
const PLACED_BEFORE_MS: i64 = 24 * 3_600_000;
/// How many orders one statement gives.
const PAGE: u32 = 2_000;

/// One text for a page of orders: a row of its own for each would cost most of the time. `books::Ours` reads
/// it.
const PAID: &str = "SELECT '' AS out_trade_no, 0 AS version, 0 AS at_ms, coalesce(group_concat(line, char(10)), '') AS json FROM (\
        SELECT out_trade_no || char(9) || transaction_id || char(9) || amount_minor || char(9) || currency \
            || char(9) || paid_at_ms || char(9) || placed_at_ms AS line FROM orders \
        WHERE (placed_at_ms, out_trade_no) > (?1, ?2) AND placed_at_ms < ?4 \
            AND paid_at_ms >= ?3 AND paid_at_ms < ?4 AND state = 'paid' \
        ORDER BY placed_at_ms, out_trade_no LIMIT ?5)";
const REFUNDED: &str = "SELECT '' AS out_trade_no, 0 AS version, 0 AS at_ms, \
        coalesce(group_concat(out_trade_no, char(10)), '') AS json FROM (\
        SELECT DISTINCT out_trade_no FROM refund_days WHERE day BETWEEN ?1 AND ?2 LIMIT 20000)";

impl Shard {
    /// A page of the orders that were paid between these moments, one a line as `books::Ours` reads them,
    /// after this place. Empty when there are no more.
    pub(crate) async fn paid(&self, after: &Place, from_ms: i64, to_ms: i64) -> Result<String, Failure> {
        let after_ms = after.at_ms.max(from_ms.saturating_sub(PLACED_BEFORE_MS));
        let number = after.number.as_str();
        let values = values([after_ms.into(), number.into(), from_ms.into(), to_ms.into(), PAGE.into()]);
        self.lines(PAID, &values).await
    }

    /// The text of the only row.
    async fn lines(&self, sql: &str, with: &[JsValue]) -> Result<String, Failure> {
        Ok(rows(&self.result(sql, with).await?)?.into_iter().next().map(|row| row.json).unwrap_or_default())
    }
}

impl Index {
    /// The orders that had news of a refund on this UTC+8 day, the day before or the day after, one a line.
    /// All databases must answer: a day is compared as a whole.
    pub(crate) async fn refunded_around(&self, start_ms: i64) -> Result<String, Failure> {
        let day = day_number(start_ms);
        let days = values([day.saturating_sub(1).into(), day.saturating_add(1).into()]);
        let mut all = String::new();
        for shard in self.shards() {
            all.push_str(&shard.lines(REFUNDED, &days).await?);
            all.push('\n');
        }
        Ok(all)
    }
}
