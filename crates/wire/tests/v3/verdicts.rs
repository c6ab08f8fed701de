//! Each message of `tests/vectors/v3` gets the verdict, the stage and the outcome that the manifest states.

use wire::v3::gateways_side;
use wire::v3::{
    Call, CallError, CloseOrder, Code, Delivery, ExpectedRefund, GenuineAnswer, Method, Notice,
    NotificationError, QueryAnswer, QueryOrder, Refund, RefundQuery, RefundRef, RefundStatus, Reply,
    SealedCertificates, Stage, Statement, TradeState, answer,
};
use wire::{Expected, TransactionId};

use crate::crypto;
use crate::samples::{Sample, samples};

/// What a receiver made of a message: the outcome, or the stage that refused it.
type Judged = Result<String, Stage>;

fn judge_request(sample: &Sample) -> Judged {
    let authorization =
        gateways_side::authorization(&sample.headers(), sample.now()).map_err(|error| error.stage())?;
    if authorization.serial != sample.account().certificate {
        return Err(Stage::Key);
    }
    let method = if sample.field("method") == "GET" { Method::Get } else { Method::Post };
    let text = gateways_side::request_text(method, sample.field("target"), &authorization, sample.body());
    let key = crypto::public_key("merchant");
    if crypto::is_valid(&key, &text, &authorization.signature) {
        assert_eq!(text, sample.field("text_to_sign").as_bytes(), "{}", sample.file());
        let own = authorization.mch_id == sample.account().merchant.mch_id;
        if own { Ok(String::new()) } else { Err(Stage::Business) }
    } else {
        Err(Stage::Signature)
    }
}

fn reply<'a>(sample: &'a Sample, headers: &'a [(&'a str, &'a str)]) -> Reply<'a> {
    Reply { status: sample.status(), headers, body: sample.body() }
}

fn judge_answer(sample: &Sample) -> Judged {
    let headers = sample.headers();
    let reply = reply(sample, &headers);
    match sample.field("call") {
        "certificates" if sample.status() == 200 => return judge_certificates(sample, &reply),
        "statement" if sample.status() == 200 => {
            let claim =
                Statement::claim(&reply, sample.now(), &sample.ring()).map_err(|error| error.stage())?;
            let verdict = crypto::verdict(claim.check());
            return claim.judge(verdict).map(|_| "statement".to_owned()).map_err(|error| error.stage());
        }
        _ => {}
    }
    let claim = reply.claim(sample.now(), &sample.ring()).map_err(|error| error.stage())?;
    let verdict = crypto::verdict(claim.check());
    let genuine = claim.judge(verdict).map_err(|error| error.stage())?;
    let order = sample.order();
    match sample.field("call") {
        "native" => outcome(&order.native(), sample, &genuine, |_| Ok("placed".into())),
        "query" => {
            let query = QueryOrder { order: order.by_number(), total: order.total };
            outcome(&query, sample, &genuine, |answer| judge_standing(sample, &answer))
        }
        "close" => {
            let close = CloseOrder { out_trade_no: order.out_trade_no };
            outcome(&close, sample, &genuine, |_| Ok("close-accepted".into()))
        }
        "refund" => {
            let (out_refund_no, refund) = sample.refund();
            let refund = Refund {
                order: order.by_number(),
                out_refund_no,
                total: order.total,
                refund,
                reason: None,
                source: None,
                notify_url: None,
            };
            outcome(&refund, sample, &genuine, |_| Ok("refund-accepted".into()))
        }
        "refund-query" => {
            let (number, refund) = sample.refund();
            let which = RefundRef::OutRefundNo(number);
            let query = RefundQuery { which, order: order.by_number(), refund: Some(refund) };
            outcome(&query, sample, &genuine, |answer| Ok(named(&answer.status)))
        }
        other => panic!("{}: the call {other}", sample.file()),
    }
}

fn outcome<C: Call>(
    call: &C,
    sample: &Sample,
    genuine: &GenuineAnswer<'_>,
    told: impl FnOnce(C::Answer) -> Judged,
) -> Judged {
    match answer(call, genuine, &sample.account()) {
        Ok(answer) => told(answer),
        Err(CallError::Refused(refusal)) => Ok(format!("refused {}", refusal.code)),
        Err(CallError::Unclear { .. }) => Ok("unknown".into()),
        Err(error) => Err(error.stage().expect("a stage")),
    }
}

fn judge_standing(sample: &Sample, answer: &QueryAnswer) -> Judged {
    let (account, order) = (sample.account(), sample.order());
    match (&answer.payment, &answer.trade_state) {
        (Some(payment), _) => {
            let expected = Expected {
                merchant: &account.merchant,
                out_trade_no: &order.out_trade_no,
                total: order.total,
                // The manifest does not record the order's `attach`.
                attach: payment.attach.as_deref(),
            };
            expected
                .check(&account.merchant, &payment.payment())
                .map(|()| "paid".into())
                .map_err(|_| Stage::Business)
        }
        (None, TradeState::Closed | TradeState::Revoked) => Ok("closed".into()),
        (None, _) => Ok("open".into()),
    }
}

fn named(status: &RefundStatus) -> String {
    match status {
        RefundStatus::Success => "refunded",
        RefundStatus::Closed => "refund-closed",
        RefundStatus::Abnormal => "refund-needs-operator",
        RefundStatus::Processing | RefundStatus::Other(_) => "refund-accepted",
    }
    .to_owned()
}

fn judge_certificates(sample: &Sample, reply: &Reply<'_>) -> Judged {
    let stage = |error: wire::v3::CertificatesError| error.stage().expect("a stage");
    let sealed = SealedCertificates::read(reply, sample.now()).map_err(stage)?;
    let key = sample.api_v3_key();
    let opened: Vec<_> = sealed.entries().map(|sealed| crypto::open(sealed, &key)).collect();
    let claim = sealed.opened(&opened, sample.now()).map_err(stage)?;
    let verdict = crypto::verdict(claim.check());
    let keys = claim.judge(verdict).map_err(|error| error.stage())?;
    let serials: Vec<_> = keys.iter().map(|key| key.serial().to_string()).collect();
    assert_eq!(serde_json::to_value(serials).unwrap(), sample.entry["expect"]["serials"]);
    Ok("certificates".into())
}

fn judge_notification(sample: &Sample) -> Judged {
    let headers = sample.headers();
    let notice = read_notice(sample, &headers).map_err(|error| error.stage())?;
    let (account, order) = (sample.account(), sample.order());
    match notice {
        Notice::Payment(notice) => {
            let expected = Expected {
                merchant: &account.merchant,
                out_trade_no: &order.out_trade_no,
                total: order.total,
                attach: notice.payment().and_then(|payment| payment.attach.as_deref()),
            };
            match notice.check(&expected) {
                Ok(Some(_)) => Ok("paid".into()),
                Ok(None) | Err(_) => Err(Stage::Business),
            }
        }
        Notice::Refund(notice) => {
            let (out_refund_no, refund) = sample.refund();
            let expected = ExpectedRefund {
                merchant: &account.merchant,
                out_trade_no: &order.out_trade_no,
                out_refund_no: &out_refund_no,
                total: order.total,
                refund,
            };
            notice.check(&expected).map(|()| named(notice.status())).map_err(|_| Stage::Business)
        }
    }
}

/// All steps from a delivery to a notice.
pub(crate) fn read_notice(sample: &Sample, headers: &[(&str, &str)]) -> Result<Notice, NotificationError> {
    let delivery = Delivery { headers, body: sample.body() };
    let claim = delivery.claim(sample.now(), &sample.ring())?;
    let verdict = crypto::verdict(claim.check());
    let sealed = claim.judge(verdict)?.sealed()?;
    let opened = crypto::open(sealed.resource(), &sample.api_v3_key());
    sealed.opened(opened.as_deref(), sample.edition())
}

#[test]
fn every_message_gets_the_verdict_the_stage_and_the_outcome_of_the_manifest() {
    let samples = samples("");
    assert!(samples.len() >= 61, "{}", samples.len());
    let mut wrong = Vec::new();
    for sample in &samples {
        let kind = sample.entry["kind"].as_str().expect("a kind");
        let judged = match kind {
            "request" => judge_request(sample),
            "answer" => judge_answer(sample),
            "notification" => judge_notification(sample),
            other => panic!("{}: {other}", sample.file()),
        };
        let (verdict, outcome) = match judged {
            Ok(outcome) => ("accept".to_owned(), outcome),
            Err(stage) => (format!("reject at {stage}"), "unknown".to_owned()),
        };
        // A rejected request has the outcome of the gateway's own answer, and a rejected notification has none.
        let told = sample.outcome().filter(|_| kind != "request");
        if verdict != sample.verdict() || told.is_some_and(|told| told != outcome) {
            wrong.push(format!(
                "{}: {verdict} and {outcome}, not {} and {told:?}",
                sample.file(),
                sample.verdict()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_kind_of_verdict_is_among_the_messages() {
    let count = |verdict: &str| samples("").iter().filter(|sample| sample.verdict() == verdict).count();
    assert!(count("accept") >= 33 && samples("").len() >= 61);
    for stage in ["headers", "window", "key", "signature", "envelope", "open", "fields", "business"] {
        assert!(count(&format!("reject at {stage}")) > 0, "{stage}");
    }
}

#[test]
fn what_the_manifest_expects_is_read_from_each_message() {
    let mut read = 0;
    for sample in samples("").iter().filter(|sample| sample.entry["expect"].is_object()) {
        let expected = |name: &str| sample.entry["expect"][name].as_str();
        let (headers, file) = (sample.headers(), sample.file());
        let payment = match (sample.entry["kind"].as_str(), sample.message["call"].as_str()) {
            (Some("notification"), _) => match read_notice(sample, &headers).unwrap() {
                Notice::Payment(notice) => {
                    assert_eq!(Some(notice.trade_state().as_str()), expected("trade_state"), "{file}");
                    notice.payment().cloned()
                }
                Notice::Refund(notice) => {
                    assert_eq!(Some(notice.status().as_str()), expected("status"), "{file}");
                    None
                }
            },
            (_, Some("query")) => {
                let claim = reply(sample, &headers).claim(sample.now(), &sample.ring()).unwrap();
                let verdict = crypto::verdict(claim.check());
                let order = sample.order();
                let query = QueryOrder { order: order.by_number(), total: order.total };
                let answer = answer(&query, &claim.judge(verdict).unwrap(), &sample.account()).unwrap();
                assert_eq!(Some(answer.trade_state.as_str()), expected("trade_state"), "{file}");
                answer.payment
            }
            _ => continue,
        };
        read += 1;
        let Some(payment) = payment else { continue };
        let transaction_id: TransactionId = expected("transaction_id").unwrap().parse().unwrap();
        assert_eq!(payment.transaction_id, transaction_id, "{file}");
        assert_eq!(Some(payment.out_trade_no.as_str()), expected("out_trade_no"), "{file}");
        assert_eq!(Some(payment.total.minor), sample.entry["expect"]["total"].as_u64(), "{file}");
        let currency = payment.total.currency.map(|currency| currency.to_string());
        assert_eq!(currency.as_deref(), expected("currency"), "{file}");
        assert_eq!(Some(&*payment.success_time.to_string()), expected("paid_at"), "{file}");
    }
    assert!(read >= 10, "{read}");
}

#[test]
fn an_unsigned_401_says_what_is_wrong_and_proves_nothing() {
    let sample = crate::samples::sample("44-");
    let headers = sample.headers();
    let reply = reply(&sample, &headers);
    let error = reply.claim(sample.now(), &sample.ring()).map(|_| ()).unwrap_err();
    assert_eq!(error.stage(), Stage::Headers);
    let hearsay = wire::v3::hearsay(wire::v3::CallName::Native, &reply).unwrap();
    assert_eq!((&hearsay.code, hearsay.numeric_code), (&Code::SignError, Some(268_443_699)));
    assert_eq!(hearsay.signed_text.unwrap().length, Some(431));
}
