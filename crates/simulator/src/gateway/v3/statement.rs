//! Bills: in the global edition the whole text with its SHA-1 in a header, in the mainland edition a link
//! that is good for five minutes, with the SHA-1 of the plain file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::bill::{self, Part, Wanted};
use super::super::china_time;
use super::super::fault::FaultName;
use super::super::reply::CallRecord;
use super::super::switches::BillLayout;
use super::caller::Caller;
use super::crypto;
use super::problem::Problem;
use super::route::Route;

const LINK_LIFE_MS: i64 = 5 * 60_000;

/// The files behind links that were handed out, by their tokens, with the moment when each link ends.
pub(super) type Waiting = BTreeMap<String, (i64, String, Vec<u8>)>;

impl Gateway {
    /// The text of the global statement.
    pub(super) fn statement_v3(
        &mut self,
        now_ms: i64,
        caller: &Caller,
        query: &BTreeMap<String, String>,
        record: &mut CallRecord,
    ) -> Result<String, Problem> {
        let date = query.get("date").and_then(|date| china_time::parse_date(date));
        let from_ms = date.ok_or_else(|| Problem::parameter("query", "/date", "not yyyyMMdd"))?;
        self.bill_v3(now_ms, caller, from_ms, Part::All, BillLayout::Global, record)
    }

    /// The link to a mainland bill.
    pub(super) fn trade_bill_v3(
        &mut self,
        now_ms: i64,
        caller: &Caller,
        query: &BTreeMap<String, String>,
        origin: &str,
        record: &mut CallRecord,
    ) -> Result<Value, Problem> {
        let bad = |name: &str, issue: &str| Problem::parameter("query", name, issue);
        let date = query.get("bill_date").filter(|date| date.len() == 10);
        let date = date.and_then(|date| china_time::parse_date(&date.replace('-', "")));
        let from_ms = date.ok_or_else(|| bad("/bill_date", "not yyyy-MM-dd"))?;
        let part = match query.get("bill_type").map(String::as_str) {
            None | Some("ALL") => Part::All,
            Some("SUCCESS") => Part::Paid,
            Some("REFUND") => Part::Refunded,
            Some(_) => return Err(bad("/bill_type", "not ALL, SUCCESS or REFUND")),
        };
        let is_packed = match query.get("tar_type").map(String::as_str) {
            None => false,
            Some("GZIP") => true,
            Some(_) => return Err(bad("/tar_type", "not GZIP")),
        };
        let layout = self.switches.bill_layout;
        let text = self.bill_v3(now_ms, caller, from_ms, part, layout, record)?;
        let hash = crypto::sha1(text.as_bytes());
        let file = if is_packed {
            bill::packed(text.as_bytes(), self.switches.bill_gzip_members.0).map_err(Problem::invalid)?
        } else {
            text.into_bytes()
        };
        let token = self.ids.nonce_of(40);
        self.v3.bills.retain(|_, (until_ms, _, _)| *until_ms > now_ms);
        self.v3.bills.insert(token.clone(), (now_ms + LINK_LIFE_MS, caller.merchant.mch_id.clone(), file));
        let packed = if is_packed { "&tartype=gzip" } else { "" };
        // The token ends in an escape: who signs a link decoded is found out.
        let link = format!("{origin}/v3/billdownload/file?token={token}%3D{packed}");
        Ok(json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": link }))
    }

    /// The file behind a link.
    pub(super) fn bill_file_v3(
        &self,
        now_ms: i64,
        mch_id: &str,
        query: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>, Problem> {
        let token = query.get("token").and_then(|token| token.strip_suffix('='));
        let token = token
            .ok_or_else(|| Problem::parameter("query", "/token", "missing, or not as the link gave it"))?;
        let waiting = self.v3.bills.get(token).filter(|(until_ms, of, _)| *until_ms > now_ms && of == mch_id);
        let (_, _, file) = waiting.ok_or_else(|| Problem::no_auth("账单下载链接已失效"))?;
        Ok(file.clone())
    }

    fn bill_v3(
        &mut self,
        now_ms: i64,
        caller: &Caller,
        from_ms: i64,
        part: Part,
        layout: BillLayout,
        record: &mut CallRecord,
    ) -> Result<String, Problem> {
        if self.strikes(FaultName::BillClosed, super::super::call::Call::DownloadBill, record).is_some() {
            return Err(Problem::no_auth(bill::NOT_OPEN));
        }
        let wanted = Wanted {
            mch_id: &caller.merchant.mch_id,
            sub_mch_id: caller.sub_mch_id.as_deref(),
            from_ms,
            part,
            layout,
        };
        bill::text_of(&self.ledger, &self.switches, now_ms, &wanted).map_err(|text| match text {
            "Bill Creating" => Problem::new(400, "STATEMENT_CREATING", "账单生成中"),
            _ => Problem::new(400, "NO_STATEMENT_EXIST", "账单文件不存在"),
        })
    }

    /// No bill of fund flows is made here.
    pub(super) fn fund_flow_bill_v3() -> Problem {
        Problem::new(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    }
}

/// The text whose signature goes with a statement.
pub(super) fn signed_hash(hash: &str) -> String {
    format!("{{\"sha1\":\"{hash}\"}}")
}

/// Whether a route answers with a file that is not signed.
pub(super) fn is_unsigned(route: &Route) -> bool {
    route.operation == super::route::Operation::BillFile
}
