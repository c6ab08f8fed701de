//! From a call to the bytes of its answer: checks, the call itself, envelope, signature (protocol §1.3).

use wire::v2::SignType;

use super::call::Call;
use super::check::{self, Accepted, NotProcessed, Request};
use super::journal::Exchange;
use super::message::Fields;
use super::refusal::Refusal;
use super::reply::{CallRecord, Reply};
use super::switches::{Certificate, DeviceInfo, EarlyClose, ExtraFields};
use super::trade::{MIN_AGE_TO_CLOSE_MS, Progress, TradeState};
use super::{
    Gateway, bill, pages, query_order, refund, refund_query, settlement, small_calls, unified_order,
};

impl Gateway {
    /// Answers one call and keeps the exchange in the journal.
    pub fn call(&mut self, now_ms: i64, call: Call, request: &Request<'_>) -> Reply {
        let mut record = CallRecord::default();
        let reply = self.answered(now_ms, call, request, &mut record);
        self.journal.write(Exchange {
            number: 0,
            at_ms: now_ms,
            call: call.name().to_owned(),
            mch_id: record.mch_id,
            out_trade_no: record.out_trade_no,
            status: reply.status,
            verdict: record.verdict,
            faults: record.faults.into_iter().map(str::to_owned).collect(),
            signature: record.signature,
            request: readable(request.body),
            answer: readable(&reply.body),
        });
        reply
    }

    fn answered(&mut self, now_ms: i64, call: Call, request: &Request<'_>, record: &mut CallRecord) -> Reply {
        let asks_certificate = self.switches.refund_certificate == Certificate::Required;
        if asks_certificate && call.needs_certificate() && !request.client_certificate {
            // Without the certificate, TLS fails or the gateway refuses (protocol §7.2). Here the web server
            // in front of the gateway refuses, before the call is read.
            "not processed: no client certificate; a page of the web server with status 400"
                .clone_into(&mut record.verdict);
            return pages::no_certificate();
        }
        let accepted = match check::check(&self.merchants, call, request) {
            Ok(accepted) => accepted,
            Err(refused) => return not_processed(call, *refused, record),
        };
        record.mch_id = Some(accepted.merchant.mch_id.clone());
        record.out_trade_no = self.order_named(&accepted);
        record.signature = Some(accepted.signature.clone());
        if let Some(reply) = self.lost_before_effect(call, record) {
            return reply;
        }
        if let Some(return_msg) = self.not_processed_by_fault(call, record) {
            let (asked, signature) = (accepted.asked, record.signature.take());
            return not_processed(call, NotProcessed { return_msg, asked, signature }, record);
        }
        let outcome = match self.refused_by_fault(call, &accepted, record) {
            Some(refusal) => Err(refusal),
            None => self.carry_out(now_ms, call, &accepted, record),
        };
        record.verdict = match &outcome {
            Ok(_) => "SUCCESS".to_owned(),
            Err(refusal) => format!("{}: {}", refusal.err_code, refusal.err_code_des),
        };
        let hold_ms = self.held_back(now_ms, call, outcome.is_ok(), record);
        let body = match outcome {
            Ok(Success::Raw(body)) => body,
            Ok(Success::Md5Signed(fields)) => {
                let key = accepted.merchant.key.text();
                self.finished(fields, call, &accepted, true, (SignType::Md5, key), record)
            }
            Err(refusal) if call.has_its_own_shape() => failure_of_its_own(call, &refusal),
            Ok(Success::Enveloped(fields)) => self.signed(call, &accepted, Ok(fields), record),
            Err(refusal) => self.signed(call, &accepted, Err(refusal), record),
        };
        let reply = Reply { body, hold_ms, ..Reply::xml(String::new()) };
        self.lost_after_effect(reply, call, record)
    }

    /// The order that a call is about, found by any number that the call names.
    fn order_named(&self, accepted: &Accepted) -> Option<String> {
        let asked = &accepted.asked;
        if let Some(out_trade_no) = asked.get("out_trade_no") {
            return Some(out_trade_no.to_owned());
        }
        let mch_id = &accepted.merchant.mch_id;
        let by_refund =
            || asked.get("out_refund_no").and_then(|number| self.ledger.order_with_refund(mch_id, number));
        let trade_index = self.ledger.order_asked_for(mch_id, asked).or_else(by_refund)?;
        Some(self.ledger.at(trade_index).out_trade_no.clone())
    }

    fn carry_out(
        &mut self,
        now_ms: i64,
        call: Call,
        accepted: &Accepted,
        record: &mut CallRecord,
    ) -> Result<Success, Refusal> {
        // A call without an envelope fails with a text alone. It travels as a refusal, whose code only the
        // journal shows.
        let own = |result: Result<Vec<u8>, &'static str>| {
            result.map(Success::Raw).map_err(|text| Refusal::new("FAIL", text))
        };
        match call {
            Call::UnifiedOrder => unified_order::unified_order(
                &mut self.ledger,
                &mut self.ids,
                &self.switches,
                now_ms,
                accepted,
            )
            .map(Success::Enveloped),
            Call::QueryOrder => match self.answer_about_another_order(now_ms, accepted, record) {
                Some(another) => Ok(Success::Enveloped(another)),
                None => query_order::query_order(&self.ledger, now_ms, accepted).map(Success::Enveloped),
            },
            Call::CloseOrder => self.close_order(now_ms, accepted, record).map(Success::Enveloped),
            Call::Refund => self.refund(now_ms, accepted, record).map(Success::Enveloped),
            Call::RefundQuery => refund_query::query(&self.ledger, now_ms, accepted).map(Success::Enveloped),
            Call::DownloadBill => own(bill::download(&self.ledger, &self.switches, now_ms, accepted)),
            Call::ExchangeRate => self
                .exchange_rate(now_ms, accepted)
                .map(Success::Md5Signed)
                .map_err(|text| Refusal::new("FAIL", text)),
            Call::SettlementQuery => {
                own(settlement::settlement(&self.ledger, now_ms, accepted).map(String::into_bytes))
            }
            Call::Report => Ok(Success::Raw(small_calls::report())),
            Call::AuthCode => small_calls::open_id(accepted).map(Success::Enveloped),
            Call::SandboxKey => Ok(Success::Raw(small_calls::sandbox_key(accepted))),
        }
    }

    /// Close order (protocol §5): unpaid orders only, and not in the first five minutes.
    fn close_order(
        &mut self,
        now_ms: i64,
        call: &Accepted,
        record: &mut CallRecord,
    ) -> Result<Fields, Refusal> {
        self.pay_before_close(now_ms, record);
        let out_trade_no = call.asked.required("out_trade_no");
        let trade_index = self.ledger.order_numbered(&call.merchant.mch_id, out_trade_no);
        let trade = self.ledger.at_mut(trade_index.ok_or_else(Refusal::order_does_not_exist)?);
        match trade.state(now_ms) {
            TradeState::Success | TradeState::Refund => Err(Refusal::new("ORDERPAID", "order paid")),
            TradeState::Closed => Err(Refusal::new("ORDERCLOSED", "order closed")),
            TradeState::NotPay | TradeState::PayError => {
                let is_early = now_ms - trade.placed_at_ms < MIN_AGE_TO_CLOSE_MS;
                if is_early && self.switches.early_close == EarlyClose::Refused {
                    // The documents forbid it and name no code. One SDK lists this code for states that do
                    // not allow closing.
                    return Err(Refusal::new("TRADE_STATE_ERROR", "订单创建后5分钟内不能关闭"));
                }
                trade.progress = Progress::Closed;
                Ok(Fields::default().text("result_msg", "OK"))
            }
        }
    }

    fn refund(
        &mut self,
        now_ms: i64,
        accepted: &Accepted,
        record: &mut CallRecord,
    ) -> Result<Fields, Refusal> {
        let ends_at_ms = now_ms + self.switches.refund_takes_ms.0.max(0);
        let refund_outcome = self.refund_outcome(ends_at_ms, record);
        let refund = refund::accept(&mut self.ledger, &mut self.ids, now_ms, accepted, refund_outcome)?;
        if refund.is_new {
            self.notify_refund(&refund);
        }
        let trade = self.ledger.at(refund.trade_index);
        record.out_trade_no = Some(trade.out_trade_no.clone());
        Ok(refund::accepted_fields(trade, &trade.refunds[refund.refund_index]))
    }

    fn signed(
        &mut self,
        call: Call,
        accepted: &Accepted,
        outcome: Result<Fields, Refusal>,
        record: &mut CallRecord,
    ) -> Vec<u8> {
        let succeeded = outcome.is_ok();
        let fields = self.enveloped(call, accepted, outcome);
        let with = (accepted.sign_type, accepted.merchant.key.text());
        self.finished(fields, call, accepted, succeeded, with, record)
    }

    /// The bytes of an answer: faults change the fields, then the fields are signed and put in the configured
    /// order.
    fn finished(
        &mut self,
        mut fields: Fields,
        call: Call,
        accepted: &Accepted,
        succeeded: bool,
        (sign_type, key): (SignType, &str),
        record: &mut CallRecord,
    ) -> Vec<u8> {
        self.substitute_fields(&mut fields, call, accepted, succeeded, record);
        fields.sign(sign_type, key);
        self.tamper_with_signature(&mut fields, call, record);
        fields.arranged(self.switches.field_order, self.ids.random()).to_xml().into_bytes()
    }

    /// The envelope around an outcome, without its signature.
    fn enveloped(&mut self, call: Call, accepted: &Accepted, outcome: Result<Fields, Refusal>) -> Fields {
        let is_query = call == Call::QueryOrder && outcome.is_ok();
        let device_info = self.device_info(call, accepted);
        let empty = (is_query && self.switches.device_info == DeviceInfo::Empty).then_some("");
        let extra = self.switches.extra_fields == ExtraFields::Present;
        let result = match outcome {
            Ok(specific) => Fields::default().text("result_code", "SUCCESS").append(specific),
            Err(refusal) => Fields::default()
                .text("result_code", "FAIL")
                .text("err_code", refusal.err_code)
                .text("err_code_des", refusal.err_code_des),
        };
        Fields::default()
            .text("return_code", "SUCCESS")
            .text("return_msg", "OK")
            .text("appid", &accepted.merchant.appid)
            .text("mch_id", &accepted.merchant.mch_id)
            .optional("sub_appid", accepted.asked.get("sub_appid"))
            .optional("sub_mch_id", accepted.asked.get("sub_mch_id"))
            .text("nonce_str", self.ids.nonce())
            .text("sign", "")
            .optional("device_info", device_info.as_deref().or(empty))
            .append(result)
            .optional("unknown_field", extra.then_some("a field that no document names"))
    }

    /// The terminal: in a query that of the order, in any other call that of the call.
    fn device_info(&self, call: Call, accepted: &Accepted) -> Option<String> {
        if call != Call::QueryOrder {
            return accepted.asked.get("device_info").map(str::to_owned);
        }
        let trade_index = self.ledger.order_asked_for(&accepted.merchant.mch_id, &accepted.asked)?;
        self.ledger.at(trade_index).term("device_info").map(str::to_owned)
    }
}

/// What a successful call answers.
enum Success {
    /// Fields to put into the signed envelope.
    Enveloped(Fields),
    /// Fields without an envelope, to be signed with MD5.
    Md5Signed(Fields),
    /// A whole body, which has neither envelope nor signature.
    Raw(Vec<u8>),
}

/// The failure of a call without an envelope: a text, and for the bill a number as well (protocol §8.1).
fn failure_of_its_own(call: Call, refusal: &Refusal) -> Vec<u8> {
    let fields = Fields::default().text("return_code", "FAIL").text("return_msg", &refusal.err_code_des);
    let fields = if call == Call::DownloadBill {
        fields.text("error_code", bill::error_code(&refusal.err_code_des))
    } else {
        fields
    };
    fields.to_xml().into_bytes()
}

/// The answer to a call that is not processed: `return_code` FAIL, a text, no signature.
fn not_processed(call: Call, refused: NotProcessed, record: &mut CallRecord) -> Reply {
    record.mch_id = refused.asked.get("mch_id").map(str::to_owned);
    record.out_trade_no = refused.asked.get("out_trade_no").map(str::to_owned);
    record.verdict = format!("not processed: {}", refused.return_msg);
    record.signature = refused.signature;
    let fields = Fields::default().text("return_code", "FAIL").text("return_msg", refused.return_msg);
    // A failed bill also carries a number (protocol §8.1).
    let fields = if call == Call::DownloadBill { fields.text("error_code", "20001") } else { fields };
    Reply::xml(fields.to_xml())
}

/// A body as text for a developer, cut after 16,384 characters.
pub(super) fn readable(body: &[u8]) -> String {
    const MAX_KEPT_CHARS: usize = 16_384;
    String::from_utf8_lossy(body).chars().take(MAX_KEPT_CHARS).collect()
}
