//! The bill of a day (protocol §8.1): a line for each payment and refund. Every value begins with a grave
//! accent, and amounts are in major units.
//!
//! A `SUCCESS` bill has the columns of payments, and a `REFUND` bill also has all columns of refunds. An
//! `ALL` bill has both, except the two times of a refund. In the global layout every bill has every column.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::bill_layout::{About, Column};
use super::bill_row::{Amounts, Row, RowFormat};
use super::check::Accepted;
use super::china_time;
use super::ledger::Ledger;
use super::switches::{BillEdit, BillLanguage, BillLayout, Switches};
use super::trade::{Payment, Refund, Trade};

/// Bills are ready at 10:00 (UTC+8) of the next day: 34 hours after the day begins.
const READY_AFTER_MS: i64 = 34 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// In the merchant platform a merchant can forbid programs to download bills.
pub(super) const NOT_OPEN: &str = "当前商户号账单API权限已经关闭";

/// Which kind of bill is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    All,
    Paid,
    Refunded,
}

impl Part {
    fn has(self, about: About) -> bool {
        match self {
            Part::All => about != About::RefundTime,
            Part::Paid => about == About::Trade,
            Part::Refunded => true,
        }
    }
}

/// The number that goes with the text of a failure. Wrong parameters and wrong signatures share one.
pub(super) fn error_code(return_msg: &str) -> &'static str {
    match return_msg {
        "No Bill Exist" | "Bill Creating" => "20002",
        "系统错误" => "20003",
        NOT_OPEN => "20007",
        _ => "20001",
    }
}

/// The bill as it is downloaded, plain or packed, or the `return_msg` of the failure.
pub(super) fn download(
    ledger: &Ledger,
    switches: &Switches,
    now_ms: i64,
    call: &Accepted,
) -> Result<Vec<u8>, &'static str> {
    let text = bill(ledger, switches, now_ms, call)?;
    match call.asked.get("tar_type") {
        None => Ok(text.into_bytes()),
        Some("GZIP") => packed(text.as_bytes(), switches.bill_gzip_members.0),
        Some(_) => Err("data format error"),
    }
}

/// Packed as several gzip members, one after another, as large bills are.
pub(super) fn packed(text: &[u8], members: u32) -> Result<Vec<u8>, &'static str> {
    let length = text.len().div_ceil(members.max(1) as usize).max(1);
    let mut all = Vec::new();
    for part in text.chunks(length) {
        let mut member = GzEncoder::new(all, Compression::default());
        member.write_all(part).map_err(|_| "CompressGZip Error")?;
        all = member.finish().map_err(|_| "CompressGZip Error")?;
    }
    Ok(all)
}

/// The bill as text, or the `return_msg` of the failure.
fn bill(ledger: &Ledger, switches: &Switches, now_ms: i64, call: &Accepted) -> Result<String, &'static str> {
    let from_ms = china_time::parse_date(call.asked.required("bill_date")).ok_or("data format error")?;
    let part = match call.asked.get("bill_type").unwrap_or("ALL") {
        "ALL" => Part::All,
        "SUCCESS" => Part::Paid,
        "REFUND" => Part::Refunded,
        // No refund here comes from a recharged balance.
        "RECHARGE_REFUND" => return Err("No Bill Exist"),
        _ => return Err("invalid bill_type"),
    };
    let wanted = Wanted {
        mch_id: &call.merchant.mch_id,
        sub_mch_id: call.asked.get("sub_mch_id"),
        from_ms,
        part,
        layout: switches.bill_layout,
    };
    text_of(ledger, switches, now_ms, &wanted)
}

/// Which bill is wanted.
pub(super) struct Wanted<'a> {
    pub(super) mch_id: &'a str,
    /// Without it an institution gets the trades of all its merchants.
    pub(super) sub_mch_id: Option<&'a str>,
    /// The first millisecond of the day.
    pub(super) from_ms: i64,
    pub(super) part: Part,
    pub(super) layout: BillLayout,
}

/// The bill as text, or why there is none.
pub(super) fn text_of(
    ledger: &Ledger,
    switches: &Switches,
    now_ms: i64,
    wanted: &Wanted<'_>,
) -> Result<String, &'static str> {
    let Wanted { mch_id, sub_mch_id, from_ms, part, layout } = *wanted;
    if now_ms < from_ms + DAY_MS {
        return Err("No Bill Exist");
    }
    if now_ms < from_ms + READY_AFTER_MS {
        return Err("Bill Creating");
    }
    let of_merchant = |trade: &&Trade| {
        trade.mch_id == mch_id && sub_mch_id.is_none_or(|only| trade.sub_mch_id.as_deref() == Some(only))
    };
    let mut rows: Vec<Row<'_>> = Vec::new();
    for trade in ledger.trades().iter().filter(of_merchant) {
        for payment in trade.payments() {
            if part != Part::Refunded {
                rows.push(Row::Paid(trade, payment));
            }
            if part != Part::Paid {
                // A closed refund moved no money.
                let moved = trade.counted_refunds(payment, now_ms);
                rows.extend(moved.map(|refund| Row::Refunded(trade, payment, refund)));
            }
        }
    }
    let edited = edited(&rows, &switches.bill_edits);
    rows.retain(|row| !switches.bill_edits.iter().any(|edit| edit.number == row.number()));
    rows.extend(edited.iter().map(Edited::row));
    rows.retain(|row| (from_ms..from_ms + DAY_MS).contains(&row.at_ms()));
    rows.sort_by_key(Row::at_ms);
    if rows.is_empty() { Err("No Bill Exist") } else { Ok(text(&rows, part, switches, layout, now_ms)) }
}

/// A line that says something else than the gateway's own books.
struct Edited(Trade, Payment, Option<Refund>);

impl Edited {
    fn row(&self) -> Row<'_> {
        match self {
            Edited(trade, payment, None) => Row::Paid(trade, payment),
            Edited(trade, payment, Some(refund)) => Row::Refunded(trade, payment, refund),
        }
    }
}

/// The lines that are edited, as often as the bill has them.
fn edited(rows: &[Row<'_>], edits: &[BillEdit]) -> Vec<Edited> {
    let mut edited = Vec::new();
    for edit in edits {
        for row in rows.iter().filter(|row| row.number() == edit.number) {
            for _ in 0..edit.times.0 {
                let (mut trade, mut payment, mut refund) = row.parts();
                if let Some(currency) = &edit.currency {
                    trade.fee_type.clone_from(currency);
                }
                match (&mut refund, edit.minor) {
                    (Some(refund), Some(minor)) => refund.refund_fee = minor,
                    (None, Some(minor)) => trade.total_fee = minor,
                    (_, None) => {}
                }
                match &mut refund {
                    Some(refund) => refund.accepted_at_ms += edit.later_ms,
                    None => payment.paid_at_ms += edit.later_ms,
                }
                edited.push(Edited(trade, payment, refund));
            }
        }
    }
    edited
}

fn text(rows: &[Row<'_>], part: Part, switches: &Switches, layout: BillLayout, now_ms: i64) -> String {
    let language = switches.bill_language;
    let format = RowFormat { now_ms, goods: &switches.bill_goods, is_short: layout.is_short() };
    let columns: Vec<&Column> = layout.columns().iter().filter(|(_, about, _, _)| part.has(*about)).collect();
    let joined = |values: Vec<String>| values.join(",");
    let led = |value: String| format!("`{value}");

    let header = columns.iter().map(|column| layout.name(column, language).to_owned()).collect();
    let lines = rows.iter().map(|row| {
        joined(columns.iter().map(|(content, _, _, _)| led(row.value(*content, format))).collect())
    });

    let sum = rows.iter().map(Row::amounts).fold(Amounts::default(), Amounts::and);
    let currency = rows.first().map_or("CNY", |row| row.trade().fee_type.as_str());
    let totals = layout.totals();
    let names = totals.iter().map(|(_, chinese, english)| match language {
        BillLanguage::Chinese => (*chinese).to_owned(),
        BillLanguage::English => (*english).to_owned(),
    });
    let values = totals.iter().map(|(of, _, _)| led(sum.total(*of, rows.len(), currency, format.is_short)));
    let ends = [joined(names.collect()), joined(values.collect())];
    let all: Vec<String> = [joined(header)].into_iter().chain(lines).chain(ends).collect();
    format!("{BYTE_ORDER_MARK}{}\r\n", all.join("\r\n"))
}
