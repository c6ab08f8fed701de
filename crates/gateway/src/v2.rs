//! The translation for API v2: questions become its calls, and its answers and codes become terms that an
//! order understands.
//!
//! To add a call: add a variant of [`Question`] with its [`CallName`](crate::CallName), an arm of
//! `with_call!`, and a `From` that turns its answer into an [`Answer`].

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use wire::Nonce;
use wire::v2::{
    Advice, ApiKey, Call as V2Call, CallError, CloseAnswer, CloseOrder, ErrCode, OrderRef, ProductId,
    QueryAnswer, QueryOrder, RefundAnswer, RefundQuery, RefundQueryAnswer, RefundRef, RefundStatus, SignType,
    TradeState, UnifiedOrder, UnifiedOrderAnswer, VerifiedNotification, WxTime,
};

use crate::http_answer::{self, bounded};
use crate::{
    Answer, Call, Dialect, Failure, ListedRefund, Meaning, Notification, Oddity, Outcome, Paid, Place,
    Question, Refund, RefundAccount, RefundList, RefundStanding, Refusal, Trade, TransactionId, Unclear,
};

/// What only API v2 needs for an order. It is stored with the order, because the request must be repeated
/// with the same values as long as the order lives (protocol §3.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How messages of this order are signed. A later change of the configuration does not change it
    /// (protocol §2.3).
    pub sign_type: SignType,
    /// `product_id`: the merchant's id of the goods.
    pub product_id: ProductId,
    /// `spbill_create_ip`: the address of the machine that calls.
    pub spbill_create_ip: IpAddr,
}

impl Terms {
    /// The terms of a caller without an address that WeChat could know: SDKs send the loopback address.
    #[must_use]
    pub fn from_nowhere(sign_type: SignType, product_id: ProductId) -> Self {
        Self { sign_type, product_id, spbill_create_ip: std::net::Ipv4Addr::LOCALHOST.into() }
    }
}

/// Said of a call that another generation of the API must make.
const OTHER_DIALECT: &str = "the order is not of API v2";

/// A signed call. Send it by `POST` as `text/xml; charset=utf-8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path on the gateway's host.
    pub path: &'static str,
    /// Whether the gateway demands the merchant's client certificate (mutual TLS).
    pub needs_certificate: bool,
    /// The body.
    pub body: String,
}

/// Runs `$body` with `$it`: the call of API v2 that asks the question.
macro_rules! with_call {
    ($call:expr, $terms:expr, $it:ident => $body:expr) => {
        match &$call.question {
            Question::Place(place) => {
                let $it = unified_order($call, $terms, place);
                $body
            }
            Question::Query { total } => {
                let $it =
                    QueryOrder { order: OrderRef::OutTradeNo($call.out_trade_no.clone()), total: *total };
                $body
            }
            Question::Close => {
                let $it = CloseOrder { out_trade_no: $call.out_trade_no.clone() };
                $body
            }
            Question::Refund(refund) => {
                let $it = refund_call($call, refund);
                $body
            }
            Question::QueryRefund { transaction_id, payment, .. }
            | Question::ListRefunds { transaction_id, payment, .. } => {
                let (which, offset) = which_refunds(&$call.question);
                let $it = RefundQuery { order: paid($call, transaction_id), total: *payment, which, offset };
                $body
            }
        }
    };
}

impl Call {
    /// The signed request of a call of API v2. The same call gives the same request, except for the nonce and
    /// the signature.
    ///
    /// # Errors
    /// [`Failure::NotWritten`] when a value of the order's terms cannot be sent, or when the order is not of
    /// API v2.
    pub fn request(&self, key: &ApiKey, nonce: &Nonce) -> Result<Request, Failure> {
        let Dialect::V2(terms) = &self.dialect else {
            return Err(Failure::NotWritten(OTHER_DIALECT.into()));
        };
        with_call!(self, terms, it => signed(&it, self, terms, key, nonce))
    }

    /// Reads the body of an answer of API v2 with HTTP status 200.
    #[must_use]
    pub fn read(&self, body: &[u8], key: &ApiKey) -> Outcome {
        let Dialect::V2(terms) = &self.dialect else { return self.failed(Failure::unclear(OTHER_DIALECT)) };
        let result = with_call!(self, terms, it => {
            wire::v2::answer(&it, body, &self.merchant, terms.sign_type, key).map(Answer::from)
        });
        Outcome { call: self.name(), result: result.map_err(failure) }
    }
}

/// What an HTTP status other than 200 means. `text` is the beginning of the answer. Such an answer comes from
/// a proxy or from the server in front of the gateway. Nobody signed it, so the call may have taken effect
/// (protocol §1.2).
#[must_use]
pub fn not_200(status: u16, text: &str) -> Failure {
    let why = http_answer::summary(status, text);
    let misconfigured = http_answer::hints_at_the_configuration(status).then(|| why.clone().into());
    Failure::Unclear(Unclear { why: why.into(), misconfigured, oddity: None })
}

fn signed<C: V2Call>(
    it: &C,
    call: &Call,
    terms: &Terms,
    key: &ApiKey,
    nonce: &Nonce,
) -> Result<Request, Failure> {
    let body = wire::v2::request(it, &call.merchant, terms.sign_type, key, nonce)
        .map_err(|error| Failure::NotWritten(error.to_string().into()))?;
    Ok(Request { path: C::PATH, needs_certificate: C::CLIENT_CERTIFICATE, body })
}

fn unified_order(call: &Call, terms: &Terms, place: &Place) -> UnifiedOrder {
    UnifiedOrder {
        time_start: WxTime::from_epoch_ms(place.made_at_ms),
        time_expire: WxTime::from_epoch_ms(place.expires_at_ms),
        ..UnifiedOrder::new(
            call.out_trade_no.clone(),
            place.description.clone(),
            place.total,
            terms.spbill_create_ip,
            place.notify_url.clone(),
            terms.product_id.clone(),
        )
    }
}

fn refund_call(call: &Call, refund: &Refund) -> wire::v2::Refund {
    wire::v2::Refund {
        order: paid(call, &refund.transaction_id),
        out_refund_no: refund.out_refund_no.clone(),
        total: refund.payment,
        refund: refund.amount,
        refund_desc: refund.reason.clone(),
        refund_account: refund.account.map(|account| match account {
            RefundAccount::UnsettledFunds => wire::v2::RefundAccount::UnsettledFunds,
            RefundAccount::AvailableBalance => wire::v2::RefundAccount::RechargeFunds,
        }),
        notify_url: refund.notify_url.clone(),
    }
}

/// The refund that is asked about, or all of the payment's but those that were listed before.
fn which_refunds(question: &Question) -> (RefundRef, Option<u32>) {
    match question {
        Question::QueryRefund { out_refund_no, amount, .. } => {
            (RefundRef::OutRefundNo { number: out_refund_no.clone(), amount: *amount }, None)
        }
        Question::ListRefunds { offset, .. } => (RefundRef::All, (*offset > 0).then_some(*offset)),
        Question::Place(_) | Question::Query { .. } | Question::Close | Question::Refund(_) => {
            (RefundRef::All, None)
        }
    }
}

fn paid(call: &Call, transaction_id: &TransactionId) -> OrderRef {
    OrderRef::Both { out_trade_no: call.out_trade_no.clone(), transaction_id: transaction_id.clone() }
}

impl From<UnifiedOrderAnswer> for Answer {
    fn from(answer: UnifiedOrderAnswer) -> Self {
        Self::Placed(answer.code_url)
    }
}

impl From<QueryAnswer> for Answer {
    fn from(answer: QueryAnswer) -> Self {
        if let Some(report) = &answer.payment {
            let refunded = answer.trade_state == TradeState::Refund;
            return Self::Trade(Trade::Paid(Box::new(Paid { payment: report.payment(), refunded })));
        }
        Self::Trade(match answer.trade_state {
            TradeState::NotPay | TradeState::UserPaying | TradeState::Accept => Trade::Open,
            TradeState::PayError => Trade::PaymentFailed,
            TradeState::Closed | TradeState::Revoked => Trade::Closed,
            // A paid state without a payment, and an unknown state, are not clear answers.
            TradeState::Success | TradeState::Refund | TradeState::Other(_) => Trade::Unclear,
        })
    }
}

impl From<CloseAnswer> for Answer {
    fn from(_: CloseAnswer) -> Self {
        Self::Closed
    }
}

impl From<RefundAnswer> for Answer {
    fn from(answer: RefundAnswer) -> Self {
        Self::RefundAccepted(answer.refund_id)
    }
}

impl From<RefundQueryAnswer> for Answer {
    fn from(answer: RefundQueryAnswer) -> Self {
        let refunds = answer.refunds.into_iter().map(|record| ListedRefund {
            out_refund_no: record.out_refund_no,
            refund_id: record.refund_id,
            amount: record.refund,
            standing: match record.status {
                RefundStatus::Processing => RefundStanding::Processing,
                RefundStatus::Success => RefundStanding::Refunded,
                RefundStatus::Change => RefundStanding::Abnormal,
                RefundStatus::Closed => RefundStanding::Closed,
                RefundStatus::Other(status) => RefundStanding::Unknown(status),
            },
            account: record.account.map(|account| match account {
                wire::v2::RefundAccount::UnsettledFunds => RefundAccount::UnsettledFunds,
                wire::v2::RefundAccount::RechargeFunds => RefundAccount::AvailableBalance,
            }),
        });
        Self::Refunds(RefundList {
            payment: answer.total,
            refunds: refunds.collect(),
            in_all: answer.total_refund_count,
        })
    }
}

impl From<VerifiedNotification> for Notification {
    fn from(verified: VerifiedNotification) -> Self {
        let payment = verified.payment().map(wire::v2::PaymentReport::payment);
        Self::verified(verified.merchant().clone(), verified.out_trade_no().clone(), payment)
    }
}

fn failure(error: CallError) -> Failure {
    match error {
        CallError::Business { err_code, err_code_des } => match meaning(&err_code) {
            Some(meaning) => Failure::Refused(Refusal {
                meaning,
                code: err_code.as_str().into(),
                text: (!err_code_des.is_empty()).then(|| bounded(&err_code_des).into()),
            }),
            // The gateway failed or was late. The call may still have taken effect.
            None if err_code_des.is_empty() => Failure::unclear(err_code.as_str()),
            None => Failure::unclear(format!("{err_code}: {}", bounded(&err_code_des))),
        },
        // This is not signed, so it decides nothing. But a wrong key looks like this.
        CallError::RefusedBeforeProcessing { ref return_msg } => {
            let said = bounded(return_msg);
            let misconfigured = (error.advice() == Advice::Operator).then(|| said.clone().into());
            let why = CallError::RefusedBeforeProcessing { return_msg: said.into() }.to_string().into();
            Failure::Unclear(Unclear { why, misconfigured, oddity: None })
        }
        CallError::AboutSomethingElse(_) | CallError::ForeignMerchant(_) => {
            odd(&error, Oddity::AboutSomethingElse)
        }
        CallError::Malformed(_) => odd(&error, Oddity::Unreadable),
        CallError::NotUnderstood(_) | CallError::Unsigned | CallError::BadSignature(_) => {
            Failure::unclear(error.to_string())
        }
    }
}

fn odd(error: &CallError, oddity: Oddity) -> Failure {
    Failure::Unclear(Unclear { why: error.to_string().into(), misconfigured: None, oddity: Some(oddity) })
}

/// What a code of API v2 means (protocol §3.7, §4.3, §5, §7.4, §7.5). `None`: the code does not say whether
/// the call took effect.
fn meaning(code: &ErrCode) -> Option<Meaning> {
    Some(match code {
        ErrCode::SystemError | ErrCode::BizErrNeedRetry => return None,
        ErrCode::OrderPaid => Meaning::Paid,
        ErrCode::OrderClosed => Meaning::Closed,
        ErrCode::OrderNotExist => Meaning::NoSuchOrder,
        ErrCode::RefundNotExist => Meaning::NoSuchRefund,
        ErrCode::OutTradeNoUsed => Meaning::NumberTaken,
        ErrCode::InvalidRequest => Meaning::NumberTakenOrMalformed,
        ErrCode::TradeStateError => Meaning::StateForbids,
        ErrCode::Error => Meaning::SeeText,
        ErrCode::NotEnough => Meaning::NotEnough,
        ErrCode::FrequencyLimited | ErrCode::InvalidReqTooMuch | ErrCode::OrderNotReady => Meaning::NotNow,
        ErrCode::RefundFeeMismatch => Meaning::Never,
        ErrCode::NoAuth
        | ErrCode::AppIdNotExist
        | ErrCode::MchIdNotExist
        | ErrCode::AppIdMchIdNotMatch
        | ErrCode::LackParams
        | ErrCode::ParamError
        | ErrCode::InvalidTransactionId
        | ErrCode::CertError
        | ErrCode::SignError
        | ErrCode::XmlFormatError
        | ErrCode::RequirePostMethod
        | ErrCode::PostDataEmpty
        | ErrCode::NotUtf8
        | ErrCode::TradeOverdue
        | ErrCode::UserAccountAbnormal => Meaning::Operator,
        ErrCode::Other(_) => Meaning::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currency, Merchant, Money};
    use wire::v2::Message;

    fn key() -> ApiKey {
        ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
    }

    fn call(question: Question) -> Call {
        Call {
            merchant: Merchant::common("wx1".parse().unwrap(), "1".parse().unwrap()),
            out_trade_no: "A1".parse().unwrap(),
            dialect: Dialect::V2(Terms {
                sign_type: SignType::Md5,
                product_id: "tea".parse().unwrap(),
                spbill_create_ip: "203.0.113.10".parse().unwrap(),
            }),
            question,
        }
    }

    fn hkd(minor: u64) -> Money {
        Money::new(minor, Currency::HKD)
    }

    /// A signed answer with the usual envelope and these fields.
    fn answered(fields: &[(&'static str, &str)]) -> Vec<u8> {
        let mut message = Message::new();
        for (name, value) in
            [("return_code", "SUCCESS"), ("appid", "wx1"), ("mch_id", "1")].iter().chain(fields)
        {
            message.set(*name, *value).unwrap();
        }
        message.sign(SignType::Md5, &key()).to_xml().into_bytes()
    }

    fn refused(err_code: &str) -> Failure {
        let body = answered(&[("result_code", "FAIL"), ("err_code", err_code), ("err_code_des", "text")]);
        call(Question::Close).read(&body, &key()).result.unwrap_err()
    }

    #[test]
    fn an_order_is_placed_with_exactly_this_request() {
        let place = call(Question::Place(Box::new(Place {
            description: "Tea".parse().unwrap(),
            total: hkd(8800),
            notify_url: "https://pay.example.com/notify/wechat".parse().unwrap(),
            made_at_ms: 1_772_337_600_999,
            expires_at_ms: 1_772_339_400_000,
        })));
        let request = place.request(&key(), &"N0".parse().unwrap()).unwrap();
        assert_eq!(request.path, "/pay/unifiedorder");
        let flat = request.body.replace("<![CDATA[", "").replace("]]>", "");
        let unsigned = flat.split("<sign>").next().unwrap();
        assert_eq!(
            unsigned,
            "<xml><appid>wx1</appid>\n<mch_id>1</mch_id>\n<version>1.0</version>\n<trade_type>NATIVE</trade_type>\n\
            <out_trade_no>A1</out_trade_no>\n<body>Tea</body>\n<fee_type>HKD</fee_type>\n<total_fee>8800</total_fee>\n\
            <spbill_create_ip>203.0.113.10</spbill_create_ip>\n\
            <notify_url>https://pay.example.com/notify/wechat</notify_url>\n<product_id>tea</product_id>\n\
            <time_start>20260301120000</time_start>\n<time_expire>20260301123000</time_expire>\n\
            <nonce_str>N0</nonce_str>\n"
        );
    }

    #[test]
    fn a_refund_is_paid_from_the_account_that_the_merchant_named() {
        for (named, sent) in [
            (r#""unsettled_funds""#, "REFUND_SOURCE_UNSETTLED_FUNDS"),
            (r#""available_balance""#, "REFUND_SOURCE_RECHARGE_FUNDS"),
        ] {
            let account: RefundAccount = serde_json::from_str(named).unwrap();
            let refund = call(Question::Refund(Box::new(Refund {
                transaction_id: "42".parse().unwrap(),
                payment: hkd(8800),
                out_refund_no: "R1".parse().unwrap(),
                amount: hkd(3000),
                reason: None,
                account: Some(account),
                notify_url: None,
            })));
            let request = refund.request(&key(), &"N0".parse().unwrap()).unwrap();
            assert!(request.body.contains(sent), "{named}: {}", request.body);
            assert!(request.needs_certificate);
        }
    }

    #[test]
    fn every_code_has_a_meaning_or_leaves_the_outcome_unclear() {
        for code in ErrCode::KNOWN {
            let failure = refused(code.as_str());
            match code {
                ErrCode::SystemError | ErrCode::BizErrNeedRetry => {
                    assert_eq!(failure, Failure::unclear(format!("{code}: text")));
                }
                _ => assert_eq!(failure.meaning(), meaning(code), "{code}"),
            }
            assert_eq!(failure.summary(), format!("{code}: text"));
        }
        assert_eq!(refused("NEW").meaning(), Some(Meaning::Unknown));
    }

    #[test]
    fn what_a_code_means_agrees_with_the_advice_that_wire_gives_for_it() {
        for code in ErrCode::KNOWN {
            let advice = match meaning(code) {
                None | Some(Meaning::NotEnough | Meaning::NotNow) => Advice::RepeatSame,
                Some(
                    Meaning::Paid
                    | Meaning::NoSuchOrder
                    | Meaning::NumberTaken
                    | Meaning::NumberTakenOrMalformed
                    | Meaning::StateForbids
                    | Meaning::SeeText,
                ) => Advice::Query,
                Some(Meaning::Operator) => Advice::Operator,
                Some(Meaning::Closed | Meaning::NoSuchRefund | Meaning::Never | Meaning::Unknown) => {
                    Advice::Refuse
                }
            };
            assert_eq!(advice, code.advice(), "{code}");
        }
    }

    #[test]
    fn only_a_signed_answer_is_a_refusal() {
        let wrong_key = ApiKey::new("TESTONLYmd5key0123456789abcdefXX").unwrap();
        let body = answered(&[("result_code", "FAIL"), ("err_code", "ORDERPAID")]);
        let close = call(Question::Close);
        assert_eq!(close.read(&body, &key()).result.unwrap_err().meaning(), Some(Meaning::Paid));
        assert!(matches!(
            close.read(&body, &wrong_key).result,
            Err(Failure::Unclear(Unclear { oddity: None, .. }))
        ));
        let unsigned = b"<xml><return_code>FAIL</return_code><return_msg>wrong key</return_msg></xml>";
        let Err(Failure::Unclear(unclear)) = close.read(unsigned, &key()).result else { panic!("unclear") };
        assert_eq!(unclear.misconfigured.as_deref(), Some("wrong key"));
    }

    #[test]
    fn a_signed_answer_that_does_not_answer_the_question_is_an_oddity() {
        let query = call(Question::Query { total: hkd(8800) });
        let odd = |fields: &[(&'static str, &str)]| match query.read(&answered(fields), &key()).result {
            Err(Failure::Unclear(unclear)) => unclear.oddity,
            other => panic!("{other:?}"),
        };
        let about = [("result_code", "SUCCESS"), ("out_trade_no", "A2"), ("trade_state", "NOTPAY")];
        assert_eq!(odd(&about), Some(Oddity::AboutSomethingElse));
        assert_eq!(odd(&[("result_code", "SUCCESS"), ("out_trade_no", "A1")]), Some(Oddity::Unreadable));
    }

    #[test]
    fn a_status_other_than_200_is_unclear_and_a_refusing_server_hints_at_the_configuration() {
        let hint = |status, text: &str| match not_200(status, text) {
            Failure::Unclear(unclear) => (unclear.why.to_string(), unclear.misconfigured.is_some()),
            other => panic!("{other:?}"),
        };
        assert_eq!(hint(502, ""), ("HTTP 502".into(), false));
        assert_eq!(hint(429, "slow down"), ("HTTP 429: slow down".into(), false));
        assert_eq!(hint(408, ""), ("HTTP 408".into(), false));
        let page = "<html><title>400</title><body>No  certificate</body></html>";
        assert_eq!(hint(400, page), ("HTTP 400: 400 No certificate".into(), true));
        assert!(!hint(302, "x").1);
    }
}
