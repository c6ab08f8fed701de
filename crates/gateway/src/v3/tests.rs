//! What an order asks in API v3 and what it is told, without cryptography: the verdict is given.

use wire::v3::notification::Delivery;
use wire::v3::{Code, KeyRefusal, KeyRing, PlatformKey, PublicKey, Verdict};

use super::*;
use crate::{Currency, Meaning, Merchant, Notification, Oddity, RefundNotification, Unclear};

const NOW: i64 = 1_772_337_600;
const SERIAL: &str = "PUB_KEY_ID_0116980023152026030100000000000042";
const PUBLIC_KEY: &str =
    include_str!("../../../../tests/vectors/v3/keys/test-only-public-key-public-key.pem");

fn ring() -> KeyRing {
    let key = PublicKey::from_pem(PUBLIC_KEY).unwrap();
    KeyRing::fixed(vec![PlatformKey::public_key(SERIAL.parse().unwrap(), key)]).unwrap()
}

fn headers() -> Vec<(&'static str, String)> {
    vec![
        ("Wechatpay-Timestamp", NOW.to_string()),
        ("Wechatpay-Nonce", "N0".into()),
        ("Wechatpay-Serial", SERIAL.into()),
        ("Wechatpay-Signature", format!("{}=", "A".repeat(343))),
    ]
}

fn caller() -> Caller {
    Caller {
        certificate: "1A2B".parse().unwrap(),
        answers_with: Some(SERIAL.parse().unwrap()),
        user_agent: "wechatpay-edge/0".parse().unwrap(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Global,
    Institution,
    Mainland,
    Partner,
}
use Who::{Global, Institution, Mainland, Partner};
const ALL: [Who; 4] = [Global, Institution, Mainland, Partner];

impl Who {
    fn edition(self) -> Edition {
        match self {
            Global | Institution => Edition::Global,
            Mainland | Partner => Edition::Mainland,
        }
    }

    fn merchant(self) -> Merchant {
        let (appid, mch_id) = ("wx1".parse().unwrap(), "1".parse().unwrap());
        match self {
            Global | Mainland => Merchant::common(appid, mch_id),
            Institution | Partner => Merchant::under_institution(appid, mch_id, "11".parse().unwrap()),
        }
    }

    fn currency(self) -> Currency {
        if self.edition() == Edition::Global { Currency::HKD } else { Currency::CNY }
    }

    fn money(self, minor: u64) -> Money {
        Money::new(minor, self.currency())
    }

    fn call(self, question: Question) -> Call {
        let category = (self.edition() == Edition::Global).then(|| "5499".parse().unwrap());
        Call {
            merchant: self.merchant(),
            out_trade_no: "A00001".parse().unwrap(),
            dialect: Dialect::V3(Terms { edition: self.edition(), category }),
            question,
        }
    }

    /// The members that name the merchant in an answer.
    fn named(self) -> &'static str {
        match self {
            Global | Mainland => r#""appid":"wx1","mchid":"1""#,
            Institution | Partner => r#""sp_appid":"wx1","sp_mchid":"1","sub_mchid":"11""#,
        }
    }

    fn place(self, description: &str) -> Question {
        Question::Place(Box::new(Place {
            description: description.parse().unwrap(),
            total: self.money(8800),
            notify_url: "https://pay.example.com/notify/wechat/v3".parse().unwrap(),
            made_at_ms: 1_772_337_600_999,
            expires_at_ms: 1_772_339_400_000,
        }))
    }

    fn query(self) -> Question {
        Question::Query { total: self.money(8800) }
    }

    fn refund(self) -> Question {
        Question::Refund(Box::new(Refund {
            transaction_id: "42".parse().unwrap(),
            payment: self.money(8800),
            out_refund_no: "R1".parse().unwrap(),
            amount: self.money(3000),
            reason: Some("broken".parse().unwrap()),
            account: Some(RefundAccount::AvailableBalance),
            notify_url: None,
        }))
    }

    fn refund_query(self) -> Question {
        Question::QueryRefund {
            transaction_id: "42".parse().unwrap(),
            payment: self.money(8800),
            out_refund_no: "R1".parse().unwrap(),
            amount: self.money(3000),
        }
    }

    fn list(self) -> Question {
        Question::ListRefunds { transaction_id: "42".parse().unwrap(), payment: self.money(8800), offset: 10 }
    }

    fn questions(self) -> Vec<Question> {
        vec![
            self.place("Tea"),
            self.query(),
            Question::Close,
            self.refund(),
            self.refund_query(),
            self.list(),
        ]
    }

    /// How the call ends when the gateway answers so, signed.
    fn told(self, question: Question, status: u16, body: &str) -> Result<Answer, Failure> {
        self.answered(question, status, body, Verdict::Valid)
    }

    fn answered(
        self,
        question: Question,
        status: u16,
        body: &str,
        verdict: Verdict,
    ) -> Result<Answer, Failure> {
        let headers = headers();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.received(question, &Reply { status, headers: &headers, body: body.as_bytes() }, verdict)
    }

    fn received(self, question: Question, reply: &Reply<'_>, verdict: Verdict) -> Result<Answer, Failure> {
        let call = self.call(question);
        let caller = caller();
        let exchange = call.in_v3(&caller).unwrap();
        let outcome = match reply.claim(NOW + 1, &ring()).and_then(|claim| claim.judge(verdict)) {
            Ok(genuine) => exchange.read(&genuine),
            Err(why) => exchange.unproven(reply, why),
        };
        assert_eq!(outcome.call, call.name());
        outcome.result
    }

    /// How the gateway reports a payment of this amount.
    fn payment(self, state: &str, minor: u64) -> String {
        let (named, currency) = (self.named(), self.currency());
        format!(
            r#"{{{named},"out_trade_no":"A00001","id":"42","trade_type":"NATIVE","trade_state":"{state}",
            "success_time":"2026-03-01T12:00:30+08:00","amount":{{"total":{minor},"currency":"{currency}"}}}}"#
        )
    }

    fn refunded(self, status: &str) -> String {
        format!(
            r#"{{"id":"50","out_refund_no":"R1","transaction_id":"42","out_trade_no":"A00001",{status}
            "fund_source":"REFUND_SOURCE_RECHARGE_FUNDS","amount":{{"refund":3000,"total":8800,"currency":"{}"}}}}"#,
            self.currency()
        )
    }
}

fn unclear(result: Result<Answer, Failure>) -> Unclear {
    match result {
        Err(Failure::Unclear(unclear)) => unclear,
        other => panic!("{other:?}"),
    }
}

fn target_and_body(who: Who, question: Question) -> (String, String) {
    let call = who.call(question);
    let draft = call.in_v3(&caller()).unwrap().draft(NOW, &"N0".parse().unwrap()).unwrap();
    let text = draft.text();
    let request = draft.signed(&[0; 256]).unwrap();
    assert!(text.contains(&request.target) && text.contains(&request.body));
    assert_eq!(request.header("User-Agent"), Some("wechatpay-edge/0"));
    assert_eq!(request.header("Wechatpay-Serial"), Some(SERIAL));
    (format!("{} {}", request.method.as_str(), request.target), request.body)
}

#[test]
fn each_question_is_asked_where_its_edition_takes_it() {
    let targets = |who: Who| {
        let questions = who.questions().into_iter();
        let asked = questions.filter(|question| {
            who.edition() == Edition::Global || !matches!(question, Question::ListRefunds { .. })
        });
        asked.map(|question| target_and_body(who, question).0).collect::<Vec<_>>()
    };
    assert_eq!(
        targets(Global),
        [
            "POST /v3/global/transactions/native",
            "GET /v3/global/transactions/out-trade-no/A00001?mchid=1",
            "POST /v3/global/transactions/out-trade-no/A00001/close",
            "POST /v3/global/refunds",
            "GET /v3/global/refunds/out-refund-no/R1?mchid=1",
            "GET /v3/global/refunds?transaction_id=42&mchid=1&offset=10&count=10",
        ]
    );
    assert!(targets(Institution).iter().any(|target| target.ends_with("?sp_mchid=1&sub_mchid=11")));
    assert_eq!(
        targets(Mainland),
        [
            "POST /v3/pay/transactions/native",
            "GET /v3/pay/transactions/out-trade-no/A00001?mchid=1",
            "POST /v3/pay/transactions/out-trade-no/A00001/close",
            "POST /v3/refund/domestic/refunds",
            "GET /v3/refund/domestic/refunds/R1",
        ]
    );
    assert!(targets(Partner).iter().any(|target| target.starts_with("POST /v3/pay/partner/transactions")));
}

#[test]
fn an_order_is_placed_with_exactly_this_body() {
    assert_eq!(
        target_and_body(Global, Global.place("Tea")).1,
        r#"{"mchid":"1","appid":"wx1","description":"Tea","out_trade_no":"A00001","trade_type":"NATIVE","merchant_category_code":"5499","notify_url":"https://pay.example.com/notify/wechat/v3","time_start":"2026-03-01T12:00:00+08:00","time_expire":"2026-03-01T12:30:00+08:00","amount":{"total":8800,"currency":"HKD"}}"#
    );
    assert_eq!(
        target_and_body(Partner, Partner.place("Tea")).1,
        r#"{"sp_appid":"wx1","sp_mchid":"1","sub_mchid":"11","description":"Tea","out_trade_no":"A00001","time_expire":"2026-03-01T12:30:00+08:00","notify_url":"https://pay.example.com/notify/wechat/v3","amount":{"total":8800,"currency":"CNY"}}"#
    );
}

#[test]
fn a_refund_is_paid_from_the_account_that_the_merchant_named() {
    for (who, account) in
        [(Global, r#""source":"REFUND_SOURCE_RECHARGE_FUNDS""#), (Mainland, r#""funds_account":"AVAILABLE""#)]
    {
        let body = target_and_body(who, who.refund()).1;
        assert!(body.contains(account) && body.contains(r#""reason":"broken""#), "{body}");
    }
}

#[test]
fn emoji_are_left_out_of_what_the_payer_reads_and_the_order_is_placed() {
    let described = |text: &str| {
        let body = target_and_body(Global, Global.place(text)).1;
        let (_, rest) = body.split_once(r#""description":""#).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(described("Tea 🍵 & 茶𠮷葉"), "Tea  & 茶葉");
    assert_eq!(described(" Tea "), " Tea ", "what API v3 takes stays as it is");
    assert_eq!(described("🍵 🍵"), "A00001", "the order's number, where nothing is left");
    let with_reason = |reason: &str| {
        let Question::Refund(mut refund) = Global.refund() else { panic!("a refund") };
        refund.reason = Some(reason.parse().unwrap());
        target_and_body(Global, Question::Refund(refund)).1
    };
    assert!(with_reason("broken 🍵").contains(r#""reason":"broken ""#));
    assert!(!with_reason("🍵").contains("reason"));
}

#[test]
fn what_api_v3_does_not_take_is_not_sent() {
    let not_written = |who: Who, question| {
        let call = who.call(question);
        match call.in_v3(&caller()).unwrap().draft(NOW, &"N0".parse().unwrap()) {
            Err(Failure::NotWritten(why)) => why.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert!(not_written(Mainland, Global.place("Tea")).contains("CNY"));
    assert!(not_written(Mainland, Mainland.list()).contains("query each refund by its number"));
    let mut call = Global.call(Global.place("Tea"));
    call.dialect = Dialect::V3(Terms { edition: Edition::Global, category: None });
    let drafted = call.in_v3(&caller()).unwrap().draft(NOW, &"N0".parse().unwrap());
    assert!(matches!(drafted, Err(Failure::NotWritten(_))));
}

#[test]
fn a_call_of_one_generation_is_not_made_in_the_other() {
    let key = wire::v2::ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap();
    let call = Global.call(Global.query());
    assert!(matches!(call.request(&key, &"N0".parse().unwrap()), Err(Failure::NotWritten(_))));
    assert!(matches!(call.read(b"<xml/>", &key).result, Err(Failure::Unclear(_))));
    let v2 = crate::v2::Terms {
        sign_type: wire::v2::SignType::Md5,
        product_id: "tea".parse().unwrap(),
        spbill_create_ip: "203.0.113.10".parse().unwrap(),
    };
    assert!(Call { dialect: Dialect::V2(v2), ..call }.in_v3(&caller()).is_none());
}

#[test]
fn an_order_gets_its_code() {
    for who in ALL {
        let url = "weixin://wxpay/bizpayurl?pr=p1";
        let told = who.told(who.place("Tea"), 200, &format!(r#"{{"code_url":"{url}"}}"#));
        assert_eq!(told, Ok(Answer::Placed(url.parse().unwrap())));
        let odd = unclear(who.told(who.place("Tea"), 200, r#"{"code_url":"https://example.com"}"#));
        assert_eq!(odd.oddity, Some(Oddity::Unreadable));
    }
}

#[test]
fn a_query_tells_how_the_order_stands() {
    for who in ALL {
        let told = |state: &str| {
            let body = format!(r#"{{{},"out_trade_no":"A00001","trade_state":"{state}"}}"#, who.named());
            who.told(who.query(), 200, &body)
        };
        for (state, trade) in [
            ("NOTPAY", Trade::Open),
            ("USERPAYING", Trade::Open),
            ("ACCEPT", Trade::Open),
            ("PAYERROR", Trade::Open),
            ("CLOSED", Trade::Closed),
            ("REVOKED", Trade::Closed),
            ("SOMETHING_NEW", Trade::Unclear),
        ] {
            assert_eq!(told(state), Ok(Answer::Trade(trade)), "{state}");
        }
        for (state, refunded) in [("SUCCESS", false), ("REFUND", true)] {
            let Ok(Answer::Trade(Trade::Paid(paid))) = who.told(who.query(), 200, &who.payment(state, 8800))
            else {
                panic!("paid")
            };
            assert_eq!(paid.refunded, refunded);
            assert_eq!(paid.payment.transaction_id.as_str(), "42");
            assert_eq!(paid.payment.total.or_in(Currency::new("USD").unwrap()), who.money(8800));
        }
        // A payment of another amount is real money: the order compares it.
        let other = who.told(who.query(), 200, &who.payment("SUCCESS", 1));
        assert!(matches!(other, Ok(Answer::Trade(Trade::Paid(_)))));
        // A paid state without a payment.
        assert_eq!(unclear(told("SUCCESS")).oddity, Some(Oddity::Unreadable));
    }
}

#[test]
fn an_answer_about_something_else_is_an_oddity_and_no_answer() {
    for who in ALL {
        let open = |named: &str, number: &str, total: u64| {
            let currency = who.currency();
            format!(
                r#"{{{named},"out_trade_no":"{number}","trade_state":"NOTPAY","amount":{{"total":{total},"currency":"{currency}"}}}}"#
            )
        };
        let query = |body: String| who.told(who.query(), 200, &body);
        assert_eq!(query(open(who.named(), "A00001", 8800)), Ok(Answer::Trade(Trade::Open)));
        let foreign = who.named().replace(r#""wx1""#, r#""wx2""#);
        for body in [
            open(who.named(), "A00002", 8800),
            open(who.named(), "A00001", 1),
            open(&foreign, "A00001", 8800),
        ] {
            assert_eq!(unclear(query(body)).oddity, Some(Oddity::AboutSomethingElse));
        }
        let good = who.refunded(r#""status":"PROCESSING","#);
        for (asked, from, to) in [
            (who.refund(), r#""R1""#, r#""R2""#),
            (who.refund(), "3000", "3001"),
            (who.refund(), r#""42""#, r#""43""#),
            (who.refund_query(), r#""R1""#, r#""R2""#),
            (who.refund_query(), "3000", "3001"),
            (who.refund_query(), r#""A00001""#, r#""A00002""#),
        ] {
            assert!(who.told(asked.clone(), 200, &good).is_ok());
            let told = who.told(asked, 200, &good.replace(from, to));
            assert_eq!(unclear(told).oddity, Some(Oddity::AboutSomethingElse), "{from} {to}");
        }
    }
}

#[test]
fn a_close_is_taken_and_proves_nothing_more() {
    for who in ALL {
        assert_eq!(who.told(Question::Close, 204, ""), Ok(Answer::CloseTaken));
        let odd = unclear(who.told(Question::Close, 204, "{}"));
        assert_eq!(odd.oddity, Some(Oddity::Unreadable));
        assert_eq!(unclear(who.told(Question::Close, 200, "{}")).oddity, None);
    }
}

#[test]
fn a_refund_is_accepted_and_its_state_is_told_by_a_query() {
    for who in ALL {
        for status in ["", r#""status":"SUCCESS","#, r#""status":"CLOSED","#] {
            let told = who.told(who.refund(), 200, &who.refunded(status));
            assert_eq!(told, Ok(Answer::RefundAccepted("50".parse().unwrap())));
        }
        for (status, standing) in [
            ("PROCESSING", RefundStanding::Processing),
            ("SUCCESS", RefundStanding::Refunded),
            ("ABNORMAL", RefundStanding::Abnormal),
            ("CLOSED", RefundStanding::Closed),
            ("REFUNDCLOSE", RefundStanding::Closed),
            ("NEW", RefundStanding::Unknown("NEW".into())),
        ] {
            let body = who.refunded(&format!(r#""status":"{status}","#));
            let Ok(Answer::Refunds(list)) = who.told(who.refund_query(), 200, &body) else { panic!("list") };
            assert_eq!(list.payment, who.money(8800));
            let [record] = list.refunds.as_slice() else { panic!("one") };
            assert_eq!((record.amount, &record.standing), (who.money(3000), &standing));
            assert_eq!(record.account, Some(RefundAccount::AvailableBalance));
        }
        let missing = unclear(who.told(who.refund_query(), 200, &who.refunded("")));
        assert_eq!(missing.oddity, Some(Oddity::Unreadable));
    }
}

#[test]
fn the_account_that_paid_a_refund_is_read_by_the_names_of_both_editions() {
    for (names, account) in [
        (["REFUND_SOURCE_UNSETTLED_FUNDS", "UNSETTLED"], RefundAccount::UnsettledFunds),
        (["REFUND_SOURCE_RECHARGE_FUNDS", "AVAILABLE"], RefundAccount::AvailableBalance),
    ] {
        for name in names {
            let told =
                Global.refunded(r#""status":"SUCCESS","#).replace("REFUND_SOURCE_RECHARGE_FUNDS", name);
            let Ok(Answer::Refunds(list)) = Global.told(Global.refund_query(), 200, &told) else {
                panic!("list")
            };
            assert_eq!(list.refunds.first().unwrap().account, Some(account), "{name}");
        }
    }
}

#[test]
fn the_global_edition_lists_the_refunds_of_a_payment() {
    let one = Global.refunded(r#""status":"SUCCESS","#);
    let other = one.replace(r#""R1""#, r#""R2""#).replace("REFUND_SOURCE_RECHARGE_FUNDS", "OTHER");
    let body = format!(r#"{{"data":[{one},{other}],"total_num":12,"amount":{{"total":8800}}}}"#);
    let Ok(Answer::Refunds(list)) = Global.told(Global.list(), 200, &body) else { panic!("list") };
    assert_eq!((list.refunds.len(), list.in_all, list.payment), (2, Some(12), Global.money(8800)));
    assert_eq!(list.refunds.last().unwrap().account, None);
}

#[test]
fn every_code_has_a_meaning_or_leaves_the_outcome_unclear() {
    let names = [
        CallName::Native,
        CallName::Query,
        CallName::Close,
        CallName::Refund,
        CallName::RefundQuery,
        CallName::RefundsOfOrder,
    ];
    for who in ALL {
        for (question, name) in who.questions().into_iter().zip(names) {
            for code in Code::KNOWN {
                let body = format!(r#"{{"code":"{code}","message":"text"}}"#);
                let failure = who.told(question.clone(), 400, &body).unwrap_err();
                assert_eq!(failure.meaning(), refusals::meaning(code, name, 400), "{name:?} {code}");
                assert_eq!(failure.summary(), format!("{code}: text"));
                let is_hint =
                    matches!(&failure, Failure::Unclear(unclear) if unclear.misconfigured.is_some());
                assert_eq!(is_hint, *code == Code::SignError, "{code}");
                // The same with a status that leaves the outcome open.
                let failure = who.told(question.clone(), 500, &body).unwrap_err();
                assert_eq!(failure.meaning(), None, "{code}");
            }
        }
    }
}

#[test]
fn what_a_code_means_agrees_with_the_advice_that_wire_gives_for_it() {
    use wire::v3::Advice;
    for code in Code::KNOWN {
        let advice = match refusals::meaning(code, CallName::Native, 400) {
            None => match code {
                Code::SystemError | Code::ServiceUnavailable | Code::BizErrNeedRetry => Advice::RepeatSame,
                Code::SignError => Advice::Operator,
                _ => Advice::Query,
            },
            Some(Meaning::NotEnough | Meaning::NotNow) => Advice::RepeatSame,
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
        assert_eq!(advice, code.advice(CallName::Native, 400), "{code}");
    }
}

#[test]
fn the_status_decides_about_an_unknown_code_and_about_a_429_to_a_refund() {
    let told = |question, status| {
        Global.told(question, status, r#"{"code":"NEW","message":""}"#).unwrap_err().meaning()
    };
    assert_eq!(told(Global.query(), 400), Some(Meaning::Unknown));
    assert_eq!(told(Global.query(), 403), Some(Meaning::Operator));
    assert_eq!(told(Global.query(), 429), Some(Meaning::NotNow));
    // It may have been accepted.
    assert_eq!(told(Global.refund(), 429), None);
    for status in [202, 302, 500, 502, 503] {
        assert_eq!(told(Global.close_or_query(status), status), None, "{status}");
    }
}

impl Who {
    fn close_or_query(self, status: u16) -> Question {
        if status.is_multiple_of(2) { Question::Close } else { self.query() }
    }
}

#[test]
fn a_refund_that_finds_nothing_is_repeated() {
    let body = r#"{"code":"RESOURCE_NOT_EXISTS","message":"m"}"#;
    for who in ALL {
        let meaning = |question| who.told(question, 404, body).unwrap_err().meaning();
        assert_eq!(meaning(who.refund()), Some(Meaning::NotNow));
        assert_eq!(meaning(who.refund_query()), Some(Meaning::NoSuchRefund));
        assert_eq!(meaning(who.query()), Some(Meaning::Unknown));
    }
}

#[test]
fn a_refusal_without_a_code_is_none() {
    for body in ["", "{}", "<html>", r#"{"message":"x"}"#] {
        assert_eq!(unclear(Global.told(Global.query(), 404, body)).misconfigured, None, "{body}");
    }
}

#[test]
fn only_a_signed_answer_is_an_answer_or_a_refusal() {
    for who in ALL {
        for question in who.questions() {
            let bodies = [
                (200, r#"{"code_url":"weixin://wxpay/bizpayurl?pr=p1"}"#.to_owned()),
                (200, who.payment("SUCCESS", 8800)),
                (200, who.refunded(r#""status":"SUCCESS","#)),
                (204, String::new()),
                (400, r#"{"code":"ORDERPAID","message":"paid"}"#.to_owned()),
                (404, r#"{"code":"ORDER_NOT_EXIST","message":"none"}"#.to_owned()),
            ];
            for (status, body) in bodies {
                let badly = who.answered(question.clone(), status, &body, Verdict::Invalid);
                let badly = unclear(badly);
                assert_eq!(badly.oddity, None);
                assert_eq!(badly.misconfigured.is_some(), status >= 400, "{status}");
                let unsigned = Reply { status, headers: &[], body: body.as_bytes() };
                let unsigned = unclear(who.received(question.clone(), &unsigned, Verdict::Valid));
                assert_eq!(unsigned.oddity, None);
                assert!(unsigned.why.contains("missing"), "{}", unsigned.why);
            }
        }
    }
}

#[test]
fn an_unsigned_answer_says_what_it_claims_in_one_line() {
    let why = |status, body: &str| {
        let reply = Reply { status, headers: &[], body: body.as_bytes() };
        let unclear = unclear(Global.received(Question::Close, &reply, Verdict::Valid));
        assert_eq!(unclear.misconfigured.is_some(), status == 401);
        unclear.why.to_string()
    };
    let missing = "the header Wechatpay-Timestamp is missing";
    assert_eq!(why(502, "<html><h1>Bad  Gateway</h1></html>"), format!("HTTP 502: Bad Gateway, {missing}"));
    assert_eq!(why(502, ""), format!("HTTP 502, {missing}"));
    assert_eq!(why(204, ""), format!("HTTP 204: {missing}"));
    let sign_error = r#"{"code":"SIGN_ERROR","message":"wrong serial"}"#;
    assert_eq!(why(401, sign_error), format!("HTTP 401: SIGNERROR: wrong serial, {missing}"));
    assert!(why(502, &"x".repeat(100_000)).len() < 300);
}

#[test]
fn a_key_that_we_do_not_have_and_a_clock_that_is_wrong_hint_at_the_configuration() {
    let unproven = |why| {
        let call = Global.call(Global.query());
        let reply = Reply { status: 200, headers: &[], body: b"{}" };
        unclear(call.in_v3(&caller()).unwrap().unproven(&reply, why).result).misconfigured.is_some()
    };
    assert!(unproven(NotGenuine::Key(KeyRefusal::Unknown)));
    assert!(unproven(NotGenuine::RefreshFirst));
    assert!(unproven(NotGenuine::Window { seconds_old: 300 }));
    // The gateway's probes have wrong signatures, too.
    assert!(!unproven(NotGenuine::Signature) && !unproven(NotGenuine::SignatureForm));
}

fn notice(event: &str, kind: &str, inside: &str, edition: Edition) -> wire::v3::Notice {
    let body = format!(
        r#"{{"id":"e1","event_type":"{event}","resource_type":"encrypt-resource","resource":{{
        "original_type":"{kind}","algorithm":"AEAD_AES_256_GCM","nonce":"gcm0039nonce",
        "ciphertext":"AAECAwQFBgcICQoLDA0ODw=="}}}}"#
    );
    let headers = headers();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let claim = Delivery { headers: &headers, body: body.as_bytes() }.claim(NOW, &ring()).unwrap();
    let genuine = claim.judge(Verdict::Valid).unwrap();
    genuine.sealed().unwrap().opened(Some(inside.as_bytes()), edition).unwrap()
}

fn refund_notice(who: Who, event: &str, inside: &str) -> RefundNotification {
    match notice(event, "refund", inside, who.edition()) {
        wire::v3::Notice::Refund(notice) => (*notice).into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_notification_of_a_payment_names_merchant_order_and_payment() {
    for who in ALL {
        for (state, paid) in [("SUCCESS", true), ("REFUND", false), ("CLOSED", false)] {
            let inside = who.payment(state, 8800);
            let wire::v3::Notice::Payment(notice) =
                notice("TRANSACTION.SUCCESS", "transaction", &inside, who.edition())
            else {
                panic!("payment")
            };
            let notification = Notification::from(*notice);
            assert_eq!(notification.merchant(), &who.merchant());
            assert_eq!(notification.out_trade_no().as_str(), "A00001");
            assert_eq!(notification.payment().is_some(), paid, "{state}");
        }
    }
}

#[test]
fn a_notification_of_a_refund_is_a_record_if_it_says_everything() {
    for who in ALL {
        let number = who.named().replace(r#""appid":"wx1","#, "").replace(r#""sp_appid":"wx1","#, "");
        let inside = who.refunded(r#""refund_status":"SUCCESS","#).replacen('{', &format!("{{{number},"), 1);
        let notification = refund_notice(who, "REFUND.SUCCESS", &inside);
        let number = "A00001".parse().unwrap();
        assert!(notification.is_about(&who.merchant(), &number));
        assert!(!notification.is_about(&who.merchant(), &"A00002".parse().unwrap()));
        let other = Merchant { mch_id: "2".parse().unwrap(), ..who.merchant() };
        assert!(!notification.is_about(&other, &number));
        let other = Merchant { sub_mch_id: Some("12".parse().unwrap()), ..who.merchant() };
        assert!(!notification.is_about(&other, &number));
        assert_eq!(notification.out_refund_no().as_str(), "R1");
        assert_eq!(notification.out_trade_no(), Some(&number));
        let record = notification.record().unwrap();
        assert_eq!(record.transaction_id.as_str(), "42");
        let (payment, refund) = notification.listed(Currency::new("USD").unwrap()).unwrap();
        assert_eq!((payment, refund.amount), (who.money(8800), who.money(3000)));
        assert_eq!(refund.standing, RefundStanding::Refunded);
        // Its envelope says another thing, or a part that is compared is missing.
        assert_eq!(refund_notice(who, "REFUND.CLOSED", &inside).record(), None);
        for part in [r#""id":"50","#, r#""transaction_id":"42","#, r#""refund":3000,"#, r#""total":8800,"#] {
            let shorter = inside.replace(part, "");
            assert_ne!(shorter, inside);
            let notification = refund_notice(who, "REFUND.SUCCESS", &shorter);
            assert_eq!(notification.record(), None, "{part}");
            assert_eq!(notification.out_refund_no().as_str(), "R1");
        }
    }
}

#[test]
fn a_refund_whose_notification_names_no_order_is_of_the_order_in_front_of_its_number() {
    let notice = |number: &str| {
        let inside = format!(
            r#"{{"mchid":"1","out_refund_no":"{number}","refund_id":"50","transaction_id":"42",
            "refund_status":"SUCCESS","amount":{{"refund":3000,"total":8800,"currency":"HKD"}}}}"#
        );
        refund_notice(Global, "REFUND.SUCCESS", &inside)
    };
    let number = "A00001".parse().unwrap();
    let own = notice("A00001-R1");
    assert_eq!(own.out_trade_no(), Some(&number));
    assert!(own.is_about(&Global.merchant(), &number));
    assert!(!notice("A00002-R1").is_about(&Global.merchant(), &number));
    assert_eq!(notice("R1").out_trade_no(), None);
    assert_eq!(notice("-R1").out_trade_no(), None);
}

#[test]
fn a_refund_whose_notification_names_no_currency_is_in_that_of_its_payment() {
    let inside = r#"{"mchid":"1","out_refund_no":"R1","refund_id":"50","transaction_id":"42","out_trade_no":"A00001",
        "refund_status":"ABNORMAL","amount":{"refund":3000,"total":8800}}"#;
    let notification = refund_notice(Mainland, "REFUND.ABNORMAL", inside);
    let (payment, refund) = notification.listed(Currency::CNY).unwrap();
    assert_eq!((payment, refund.amount), (Mainland.money(8800), Mainland.money(3000)));
    assert_eq!(refund.standing, RefundStanding::Abnormal);
}

#[test]
fn a_code_is_known_in_both_spellings() {
    for spelling in ["ORDER_PAID", "ORDERPAID", "order_paid"] {
        let body = format!(r#"{{"code":"{spelling}","message":"m"}}"#);
        assert_eq!(
            Global.told(Question::Close, 400, &body).unwrap_err().meaning(),
            Some(Meaning::Paid),
            "{spelling}"
        );
    }
}
