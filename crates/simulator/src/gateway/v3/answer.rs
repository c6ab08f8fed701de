//! From a call of API v3 to the bytes of its answer.
//!
//! The checks, in this order: path and method; `User-Agent`, `Accept` and `Content-Type`; the signature; the
//! key that the answer is wanted under; the form of the body; the numbers of merchant and app; the values;
//! the state of the order. A call whose signature did not verify is answered without a signature, every other
//! one with it.

use serde_json::Value;

use super::super::Gateway;
use super::super::fault::FaultName;
use super::super::journal::Exchange;
use super::super::refund::RECHARGE_FUNDS;
use super::super::reply::{CallRecord, Reply};
use super::authorization::{self, Authorized};
use super::caller::{Caller, Names};
use super::document::Document;
use super::keyring::PUBLIC_KEY_ID;
use super::problem::Problem;
use super::request::RequestV3;
use super::route::{Number, Operation, RefundNumber, Route};
use super::signed::Flaw;
use super::{crypto, refund, statement};
use crate::gateway::switches::PlatformKey;

const JSON: &str = "application/json; charset=utf-8";
/// More than any call needs.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The faults of an answer's signature.
const FLAWS: [(FaultName, Flaw); 12] = [
    (FaultName::Unsigned, Flaw::Unsigned),
    (FaultName::WronglySigned, Flaw::WronglySigned),
    (FaultName::BodyChanged, Flaw::BodyChanged),
    (FaultName::Stale, Flaw::Stale),
    (FaultName::Early, Flaw::Early),
    (FaultName::UnknownSerial, Flaw::UnknownSerial),
    (FaultName::MerchantKey, Flaw::MerchantKey),
    (FaultName::Stranger, Flaw::Stranger),
    (FaultName::ExpiredCertificate, Flaw::ExpiredCertificate),
    (FaultName::Probe, Flaw::Probe),
    (FaultName::HeaderMissing, Flaw::HeaderMissing),
    (FaultName::SignatureType, Flaw::SignatureType),
];

/// What a call answers when it succeeds.
enum Success {
    Json(Value),
    /// Status 204.
    Empty,
    /// A bill whose hash is signed instead of its text.
    Statement(String),
    /// A file that nobody signs.
    File(Vec<u8>),
}

impl Gateway {
    /// Answers one call of API v3 and keeps the exchange in the journal.
    pub fn call_v3(&mut self, now_ms: i64, request: &RequestV3<'_>) -> Reply {
        let mut record = CallRecord::default();
        let route = Route::of(request.method, request.path());
        let name = route.as_ref().map_or("v3", Route::name);
        let reply = match &route {
            Some(route) => self.answered_v3(now_ms, route, request, &mut record),
            None => {
                let problem = Problem::new(404, "NOT_FOUND", "no call of API v3 has this method and path");
                self.refused_unsigned(&problem, &mut record)
            }
        };
        let shown = [format!("{} {}\n", request.method, request.target).as_bytes(), request.body].concat();
        self.journal.write(Exchange {
            number: 0,
            at_ms: now_ms,
            call: name.to_owned(),
            mch_id: record.mch_id,
            out_trade_no: record.out_trade_no,
            status: reply.status,
            verdict: record.verdict,
            faults: record.faults.into_iter().map(str::to_owned).collect(),
            signature: record.signature,
            request: super::super::answer::readable(&shown),
            answer: super::super::answer::readable(&reply.body),
        });
        reply
    }

    fn answered_v3(
        &mut self,
        now_ms: i64,
        route: &Route,
        request: &RequestV3<'_>,
        record: &mut CallRecord,
    ) -> Reply {
        let authorized = authorization::check(&self.merchants, now_ms, request);
        let about_headers = headers_fault(request);
        let (authorized, about_headers) = match (authorized, about_headers) {
            (Ok(authorized), about_headers) => (authorized, about_headers),
            (Err(refused), about_headers) => {
                record.mch_id = refused.mch_id;
                record.signature = refused.report;
                return self.refused_unsigned(&about_headers.unwrap_or(refused.problem), record);
            }
        };
        let Authorized { merchant, report } = authorized;
        record.mch_id = Some(merchant.mch_id.clone());
        record.signature = Some(report);
        let asked = Asked::read(request, about_headers);
        record.out_trade_no = self.order_named_v3(&merchant.mch_id, route, &asked);
        let call = route.call();
        if let Some(reply) = self.lost_before_effect(call, record) {
            return reply;
        }
        if self.strikes(FaultName::RefusedSignature, call, record).is_some() {
            return self.refused_unsigned(&Problem::new(401, "SIGN_ERROR", "错误的签名，验签失败"), record);
        }
        let wanted = request.header("Wechatpay-Serial").filter(|serial| !serial.is_empty());
        let is_known = wanted.is_none_or(|serial| self.may_sign_under(now_ms, serial));
        let serial = self.serial_of_answer(now_ms, wanted.filter(|_| is_known));
        let is_recharged = asked.document.as_ref().is_ok_and(|document| {
            document
                .as_ref()
                .is_some_and(|document| refund::account(route.edition, document) == Ok(RECHARGE_FUNDS))
        });
        let outcome = if !is_known {
            Err(Problem::parameter("header", "Wechatpay-Serial", "平台证书序列号Wechatpay-Serial错误"))
        } else if let Some(problem) = self.refused_by_fault_v3(route, is_recharged, record) {
            Err(problem)
        } else {
            let done = self.carry_out_v3(now_ms, route, &merchant, &asked, request, record);
            match self.limited_after_effect(route, record) {
                Some(problem) => Err(problem),
                None => done,
            }
        };
        record.verdict = match &outcome {
            Ok(_) => "SUCCESS".to_owned(),
            Err(problem) => format!("{}: {}", problem.code, problem.message),
        };
        let hold_ms = self.held_back(now_ms, call, outcome.is_ok(), record);
        let mut reply = self.reply_v3(now_ms, route, &merchant.mch_id, &serial, outcome, record);
        reply.hold_ms = hold_ms;
        self.lost_after_effect(reply, call, record)
    }

    fn may_sign_under(&mut self, now_ms: i64, serial: &str) -> bool {
        let mode = self.switches.v3_platform_key;
        let has = self.keyring(now_ms).has(serial);
        match mode {
            PlatformKey::Both => has,
            PlatformKey::Certificate => has && serial != PUBLIC_KEY_ID,
            PlatformKey::PublicKey => serial == PUBLIC_KEY_ID,
        }
    }

    /// The order that a call is about, for faults of one order and for the list of calls.
    fn order_named_v3(&self, mch_id: &str, route: &Route, asked: &Asked) -> Option<String> {
        let by_transaction = |id: &str| self.ledger.order_with_transaction(mch_id, id);
        let index = match &route.operation {
            Operation::Query(Number::Order(number)) | Operation::Close(Number::Order(number)) => {
                return Some(number.clone());
            }
            Operation::Query(Number::Transaction(id)) | Operation::Close(Number::Transaction(id)) => {
                by_transaction(id)
            }
            Operation::RefundQuery(RefundNumber::Merchants(number)) => {
                self.ledger.order_with_refund(mch_id, number)
            }
            _ => {
                let document = asked.document.as_ref().ok()?.as_ref()?;
                if let Some(number) = document.get("/out_trade_no").and_then(Value::as_str) {
                    return Some(number.to_owned());
                }
                by_transaction(document.get("/transaction_id")?.as_str()?)
            }
        };
        index.map(|index| self.ledger.at(index).out_trade_no.clone())
    }

    fn carry_out_v3(
        &mut self,
        now_ms: i64,
        route: &Route,
        merchant: &std::sync::Arc<super::super::Merchant>,
        asked: &Asked,
        request: &RequestV3<'_>,
        record: &mut CallRecord,
    ) -> Result<Success, Problem> {
        let edition = route.edition;
        let query = asked.query.as_ref().map_err(Clone::clone)?;
        let document = asked.document.as_ref().map_err(Clone::clone)?;
        let body = || document.as_ref().ok_or_else(|| Problem::parameter("body", "/", "missing"));
        let caller = |merchants: &[_], numbers: &dyn super::caller::Numbers, names| {
            Caller::of(merchants, merchant, route, numbers, names)
        };
        match &route.operation {
            Operation::Native => {
                let body = body()?;
                let caller = caller(&self.merchants, body, Names::MerchantAndApp)?;
                self.place_v3(now_ms, edition, &caller, body).map(Success::Json)
            }
            Operation::Query(number) => {
                let caller = caller(&self.merchants, query, Names::Merchant)?;
                match self.another_order_v3(now_ms, edition, &caller, number, record) {
                    Some(another) => Ok(Success::Json(another)),
                    None => self.query_v3(now_ms, edition, &caller, number).map(Success::Json),
                }
            }
            Operation::Close(number) => {
                let caller = caller(&self.merchants, body()?, Names::Merchant)?;
                self.close_v3(now_ms, edition, &caller, number, record).map(|()| Success::Empty)
            }
            Operation::Refund => {
                let body = body()?;
                let names = match edition {
                    super::Edition::Global => Names::MerchantAndApp,
                    super::Edition::Mainland => Names::SubMerchant,
                };
                let caller = caller(&self.merchants, body, names)?;
                self.refund_v3(now_ms, edition, &caller, body, record).map(Success::Json)
            }
            Operation::RefundQuery(number) => {
                let names = match edition {
                    super::Edition::Global => Names::Merchant,
                    super::Edition::Mainland => Names::SubMerchant,
                };
                let caller = caller(&self.merchants, query, names)?;
                self.refund_query_v3(now_ms, edition, &caller, number).map(Success::Json)
            }
            Operation::Refunds => {
                let caller = caller(&self.merchants, query, Names::Merchant)?;
                self.refunds_v3(now_ms, &caller, query).map(Success::Json)
            }
            Operation::Certificates => {
                // Nothing but the signature names the merchant.
                caller(&self.merchants, query, Names::Nobody)?;
                self.certificates_v3(now_ms, merchant, query).map(Success::Json)
            }
            Operation::Statement => {
                let caller = caller(&self.merchants, query, Names::MaybeSubMerchant)?;
                self.statement_v3(now_ms, &caller, query, record).map(Success::Statement)
            }
            Operation::TradeBill => {
                let caller = caller(&self.merchants, query, Names::MaybeSubMerchant)?;
                self.trade_bill_v3(now_ms, &caller, query, request.origin, record).map(Success::Json)
            }
            Operation::FundFlowBill => Err(Gateway::fund_flow_bill_v3()),
            Operation::BillFile => self.bill_file_v3(now_ms, &merchant.mch_id, query).map(Success::File),
            Operation::Settlements => {
                let caller = caller(&self.merchants, query, Names::MaybeSubMerchant)?;
                self.settlements_v3(now_ms, &caller, query).map(Success::Json)
            }
        }
    }

    /// The bytes and headers of an answer, signed.
    fn reply_v3(
        &mut self,
        now_ms: i64,
        route: &Route,
        mch_id: &str,
        serial: &str,
        outcome: Result<Success, Problem>,
        record: &mut CallRecord,
    ) -> Reply {
        let call = route.call();
        let (mut hash, mut number) = (None, 0);
        let (status, content_type, bytes) = match outcome {
            Ok(Success::Json(mut answer)) => {
                self.substitute_v3(&mut answer, call, record);
                (200, JSON, self.written_v3(&answer).into_bytes())
            }
            Ok(Success::Empty) => (204, "", Vec::new()),
            Ok(Success::Statement(text)) => {
                hash = Some(crypto::sha1(text.as_bytes()));
                (200, "text/plain", text.into_bytes())
            }
            Ok(Success::File(bytes)) => (200, "application/octet-stream", bytes),
            Err(problem) => {
                number = problem.number;
                (problem.status, JSON, self.problem_body(&problem).into_bytes())
            }
        };
        let request_id = self.request_id_v3(number);
        let is_file = status == 200 && statement::is_unsigned(route);
        let flaw = FLAWS
            .into_iter()
            .find(|(name, _)| !is_file && self.strikes(*name, call, record).is_some())
            .map(|(_, flaw)| flaw);
        let signed = match &hash {
            Some(hash) => statement::signed_hash(hash).into_bytes(),
            None => bytes.clone(),
        };
        let mut headers =
            if is_file { Vec::new() } else { self.signed_v3(now_ms, mch_id, serial, &signed, flaw) };
        headers.push(("Request-ID", request_id));
        headers.extend(hash.map(|hash| ("Wechatpay-Statement-Sha1", hash)));
        let body = match (flaw, String::from_utf8(bytes)) {
            (Some(flaw), Ok(text)) => flaw.body_sent(text).into_bytes(),
            (None, Ok(text)) => text.into_bytes(),
            (_, Err(bytes)) => bytes.into_bytes(),
        };
        Reply { status, content_type, headers, body, ..Reply::xml(String::new()) }
    }

    fn refused_unsigned(&mut self, problem: &Problem, record: &mut CallRecord) -> Reply {
        record.verdict = format!("not processed: {}: {}", problem.code, problem.message);
        let headers = vec![("Request-ID", self.request_id_v3(problem.number))];
        let body = self.problem_body(problem);
        Reply { status: problem.status, content_type: JSON, headers, ..Reply::xml(body) }
    }

    fn problem_body(&self, problem: &Problem) -> String {
        problem.body(self.switches.v3_error_codes).to_string()
    }

    fn request_id_v3(&mut self, number: u32) -> String {
        format!("08{}-{number}", self.ids.request_id())
    }
}

/// The parts of a call, each read or refused.
struct Asked {
    query: Result<std::collections::BTreeMap<String, String>, Problem>,
    /// `None` for a call without a body.
    document: Result<Option<Document>, Problem>,
}

impl Asked {
    fn read(request: &RequestV3<'_>, about_headers: Option<Problem>) -> Asked {
        let bad_query = || Problem::parameter("query", "/", "a parameter cannot be decoded");
        let document = match about_headers {
            Some(problem) => Err(problem),
            None if request.body.len() > MAX_BODY_BYTES => Err(Problem::parameter("body", "/", "too long")),
            None if request.body.is_empty() => Ok(None),
            None => Document::read(request.body).map(Some),
        };
        Asked { query: request.query().ok_or_else(bad_query), document }
    }
}

/// The headers that every call needs.
fn headers_fault(request: &RequestV3<'_>) -> Option<Problem> {
    let has = |name: &str| request.header(name).is_some_and(|value| !value.is_empty());
    if !has("User-Agent") {
        return Some(Problem::parameter("header", "User-Agent", "Http头缺少Accept或User-Agent"));
    }
    let accept = request.header("Accept").unwrap_or_default();
    if !["application/json", "*/*", "text/plain", "application/*"].iter().any(|kind| accept.contains(kind)) {
        return Some(Problem::parameter("header", "Accept", "Http头缺少Accept或User-Agent"));
    }
    let content_type = request.header("Content-Type").unwrap_or_default();
    if !request.body.is_empty() && !content_type.to_ascii_lowercase().starts_with("application/json") {
        return Some(Problem::parameter("header", "Content-Type", "not application/json"));
    }
    None
}
