//! Settlements of the global edition: the income of a day, settled at 10:00 (UTC+8) of the next day.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::china_time::{self, ChinaTime};
use super::super::settlement::{DAY_MS, MAX_DAYS, SETTLED_AFTER_MS, takings};
use super::super::trade::Trade;
use super::caller::Caller;
use super::problem::Problem;

const MAX_ROWS: usize = 30;

impl Gateway {
    pub(super) fn settlements_v3(
        &self,
        now_ms: i64,
        caller: &Caller,
        query: &BTreeMap<String, String>,
    ) -> Result<Value, Problem> {
        let bad = |name: &str, issue: &str| Problem::parameter("query", name, issue);
        let is_settled = match query.get("settle_state").map(String::as_str) {
            Some("SETTLED") => true,
            Some("UNSETTLE") => false,
            _ => return Err(bad("/settle_state", "not SETTLED or UNSETTLE")),
        };
        let today_ms = china_time::parse_date(&ChinaTime::at(now_ms).date()).unwrap_or(now_ms);
        let date = |name: &str, otherwise_ms: i64| match query.get(name) {
            None if is_settled => Err(bad(name, "missing")),
            None => Ok(otherwise_ms),
            Some(text) => china_time::parse_date(text).ok_or_else(|| bad(name, "not yyyyMMdd")),
        };
        let first_ms = date("settle_start_date", today_ms - 30 * DAY_MS)?;
        let last_ms = date("settle_end_date", today_ms)?;
        let number = |name: &str, otherwise: usize| match query.get(name) {
            None => Ok(otherwise),
            Some(text) => text.parse::<usize>().map_err(|_| bad(name, "not a number")),
        };
        let (offset, limit) = (number("offset", 0)?, number("limit", 10)?.min(MAX_ROWS));
        let days = (last_ms - first_ms) / DAY_MS + 1;
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(bad("settle_end_date", "not 1 to 366 days from settle_start_date"));
        }
        let trades: Vec<&Trade> = self.ledger.trades().iter().filter(|trade| caller.owns(trade)).collect();
        let all = (0..days).map(|n| takings(&trades, now_ms, first_ms + n * DAY_MS, n as usize));
        let wanted: Vec<_> = all
            .filter(|day| day.paid + day.refunded > 0)
            .filter(|day| (now_ms >= day.from_ms + SETTLED_AFTER_MS) == is_settled)
            .collect();
        let rows = wanted.iter().skip(offset).take(limit).map(|day| {
            let net = i128::from(day.paid) - i128::from(day.refunded);
            let fee = net / 100;
            let (settled, unsettled) = if is_settled { (net - fee, 0) } else { (0, net - fee) };
            let date = ChinaTime::at(day.from_ms).date_with_hyphens();
            let settled_on = ChinaTime::at(day.from_ms + DAY_MS);
            json!({
                "batch_id": format!("{}{:04}", settled_on.date(), day.number),
                "settlement_date": settled_on.date_with_hyphens(),
                "trade_start_date": date,
                "trade_end_date": date,
                "wallet_region": "CHINA_MAINLAND",
                "amount": {
                    "settled": settled as i64, "unsettle": unsettled as i64, "currency": caller.merchant.fee_type,
                    "pay": day.paid, "refund": day.refunded, "net": net as i64, "fee": fee as i64,
                },
            })
        });
        let data: Vec<Value> = rows.collect();
        Ok(json!({ "data": data, "total_count": wanted.len(), "offset": offset, "limit": limit }))
    }
}
