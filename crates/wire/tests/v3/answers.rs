//! What is read from genuine answers, and what makes them refused. The verdict of the cryptography is given,
//! so that bodies can be made up.

use wire::v3::{
    Account, Advice, BillKind, BillLink, BillLinkQuery, Call, CallError, CloseOrder, Edition, GenuineAnswer,
    KeyRing, Malformed, NativeOrder, OrderRef, PlatformKey, QueryOrder, Reply, SettleState, Settlements,
    Stage, TradeState, Verdict, answer,
};
use wire::{Currency, Merchant, Money};

use crate::crypto;

/// A signature of the right length, as the test's verdict says valid.
pub(crate) const SIGNATURE: &str = concat!(
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
);

pub(crate) const NOW: i64 = 1_772_337_826;

pub(crate) const HEADERS: [(&str, &str); 4] = [
    ("Wechatpay-Timestamp", "1772337826"),
    ("Wechatpay-Nonce", "N0"),
    ("Wechatpay-Serial", "PUB_KEY_ID_01"),
    ("Wechatpay-Signature", SIGNATURE),
];

/// A ring with the key of [`HEADERS`].
pub(crate) fn ring() -> KeyRing {
    let key = PlatformKey::public_key("PUB_KEY_ID_01".parse().unwrap(), crypto::public_key("public-key"));
    KeyRing::fixed(vec![key]).unwrap()
}

pub(crate) fn genuine(status: u16, body: &str) -> GenuineAnswer<'_> {
    let reply = Reply { status, headers: &HEADERS, body: body.as_bytes() };
    reply.claim(NOW, &ring()).unwrap().judge(Verdict::Valid).unwrap()
}

pub(crate) fn account(edition: Edition) -> Account {
    Account {
        edition,
        merchant: Merchant::common("wx1".parse().unwrap(), "1".parse().unwrap()),
        certificate: "1A".parse().unwrap(),
        answers_with: None,
        user_agent: "test-only/0".parse().unwrap(),
    }
}

pub(crate) fn institution() -> Account {
    let merchant =
        Merchant::under_institution("wx1".parse().unwrap(), "1".parse().unwrap(), "11".parse().unwrap());
    Account { merchant, ..account(Edition::Global) }
}

pub(crate) fn read<C: Call>(call: &C, body: &str, account: &Account) -> Result<C::Answer, CallError> {
    answer(call, &genuine(C::SUCCESS, body), account)
}

pub(crate) fn hkd(minor: u64) -> Money {
    Money::new(minor, Currency::HKD)
}

pub(crate) fn order() -> OrderRef {
    OrderRef::OutTradeNo("A1".parse().unwrap())
}

/// The stage, and the field of a malformed answer.
pub(crate) fn fault<T: std::fmt::Debug>(read: Result<T, CallError>) -> (Stage, String) {
    let error = read.unwrap_err();
    let field = match &error {
        CallError::Malformed(Malformed { field, .. }) => field.to_string(),
        CallError::ForeignMerchant(mismatch) | CallError::AboutSomethingElse(mismatch) => {
            mismatch.field.to_string()
        }
        _ => String::new(),
    };
    (error.stage().unwrap(), field)
}

/// The link of a mainland bill.
pub(crate) fn bill_link(url: &str) -> BillLink {
    let body = format!(
        "{{\"hash_type\":\"SHA1\",\"hash_value\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\",\"download_url\":\"{url}\"}}"
    );
    read(&link_query(), &body, &account(Edition::Mainland)).unwrap()
}

fn link_query() -> BillLinkQuery {
    BillLinkQuery { date: "20260301".parse().unwrap(), kind: BillKind::All, packed: false }
}

#[test]
fn an_order_is_placed_when_the_answer_has_a_code() {
    let order = NativeOrder::new(
        "A1".parse().unwrap(),
        "tea".parse().unwrap(),
        hkd(1),
        "https://pay.example.com/n".parse().unwrap(),
    );
    let read = |body: &str| read(&order, body, &account(Edition::Global));
    let placed = read(r#"{"code_url":"weixin://wxpay/bizpayurl?pr=1","new":[1.5]}"#).unwrap();
    assert_eq!(placed.code_url.as_str(), "weixin://wxpay/bizpayurl?pr=1");
    for bad in [r"{}", r#"{"code_url":"https://example.com/"}"#, r#"{"code_url":7}"#, r#"{"code_url":null}"#]
    {
        assert_eq!(fault(read(bad)), (Stage::Fields, "code_url".into()), "{bad}");
    }
    for bad in ["", "<html>", "[]", r#"{"code_url":"weixin://wxpay/1","code_url":"weixin://wxpay/2"}"#] {
        assert_eq!(fault(read(bad)).0, Stage::Json, "{bad}");
    }
}

const PAID: &str = r#"{"mchid":"1","appid":"wx1","out_trade_no":"A1","trade_type":"NATIVE","trade_state":"SUCCESS",
    "trade_state_desc":"ok","id":"42","bank_type":"OTHERS","attach":"a","success_time":"2026-03-01T12:03:45+08:00",
    "payer":{"openid":"o1"},"amount":{"total":8800,"currency":"HKD","payer_total":8096,"payer_currency":"CNY",
    "exchange_rate":{"type":"SETTLEMENT_RATE","rate":92000000}},
    "promotion_detail":[{"promotion_id":"T1","name":"spring","scope":"GLOBAL","type":"DISCOUNT","amount":500,"currency":"HKD"}]}"#;

fn query(body: &str, edition: Edition) -> Result<wire::v3::QueryAnswer, CallError> {
    read(&QueryOrder { order: order(), total: hkd(8800) }, body, &account(edition))
}

#[test]
fn every_field_of_a_payment_is_read() {
    let payment = query(PAID, Edition::Global).unwrap().payment.unwrap();
    assert_eq!((payment.transaction_id.as_str(), payment.out_trade_no.as_str()), ("42", "A1"));
    assert_eq!(payment.total.or_in(Currency::CNY), hkd(8800));
    assert_eq!(payment.payer_total, Some(Money::new(8096, Currency::CNY)));
    assert_eq!(payment.rate.unwrap().to_cny(hkd(8800)), payment.payer_total);
    assert_eq!((payment.bank_type.as_deref(), payment.attach.as_deref()), (Some("OTHERS"), Some("a")));
    assert_eq!(payment.openid.as_ref().unwrap().as_str(), "o1");
    assert_eq!(payment.sub_openid, None);
    let [promotion] = &*payment.promotions else { panic!("{:?}", payment.promotions) };
    assert_eq!((promotion.id.as_deref(), promotion.name.as_deref()), (Some("T1"), Some("spring")));
    assert_eq!((promotion.kind.as_deref(), promotion.scope.as_deref()), (Some("DISCOUNT"), Some("GLOBAL")));
    assert_eq!((promotion.amount_minor, promotion.currency), (Some(500), Some(Currency::HKD)));
    assert_eq!(payment.payment().paid_at_ms, 1_772_337_825_000);
}

#[test]
fn a_paid_order_without_a_deciding_field_is_malformed() {
    let fields = |from: &str, to: &str| {
        let changed = PAID.replacen(from, to, 1);
        assert_ne!(changed, PAID);
        fault(query(&changed, Edition::Global))
    };
    for (field, from) in [
        ("mchid", "\"mchid\":\"1\""),
        ("appid", "\"appid\":\"wx1\""),
        ("out_trade_no", "\"out_trade_no\":\"A1\""),
        ("trade_type", "\"trade_type\":\"NATIVE\""),
        ("trade_state", "\"trade_state\":\"SUCCESS\""),
        ("id", "\"id\":\"42\""),
        ("success_time", "\"success_time\":\"2026-03-01T12:03:45+08:00\""),
        ("amount.total", "\"total\":8800"),
        ("amount.currency", "\"currency\":\"HKD\""),
        ("amount", "\"amount\":"),
    ] {
        assert_eq!(fields(from, &from.replacen('"', "\"_", 1)), (Stage::Fields, field.into()));
    }
    for (field, from, to) in [
        ("amount.total", "8800", "\"8800\""),
        ("amount.total", "8800", "8800.0"),
        ("amount.total", "8800", "8.8e3"),
        ("amount.total", "8800", "-8800"),
        ("amount.total", "8800", "2147483648"),
        ("amount.currency", "HKD", "hkd"),
        ("success_time", "+08:00", ""),
        ("id", "\"42\"", "42"),
        ("attach", "\"a\"", "[]"),
        ("amount", "{\"total\"", "[{\"total\""),
    ] {
        let changed = PAID.replacen(from, to, 1).replace(
            "92000000}}",
            if to.starts_with('[') && field == "amount" { "92000000}}]" } else { "92000000}}" },
        );
        assert_eq!(fault(query(&changed, Edition::Global)), (Stage::Fields, field.into()), "{to}");
    }
}

#[test]
fn a_detail_of_a_new_form_loses_no_payment() {
    for (from, to) in [
        ("\"OTHERS\"", "7"),
        ("{\"openid\":\"o1\"}", "\"o1\""),
        ("\"payer_total\":8096", "\"payer_total\":80.96"),
        ("92000000", "\"0.92\""),
        ("{\"type\":\"SETTLEMENT_RATE\",\"rate\":92000000}", "null"),
        ("[{\"promotion_id\"", "[7,{\"promotion_id\""),
        ("\"ok\"", "[]"),
    ] {
        let changed = PAID.replacen(from, to, 1);
        assert_ne!(changed, PAID);
        assert!(query(&changed, Edition::Global).unwrap().payment.is_some(), "{to}");
    }
}

#[test]
fn a_payment_has_its_number_under_either_name() {
    for (from, to) in [
        ("\"id\":\"42\"", "\"transaction_id\":\"42\""),
        ("\"id\":\"42\"", "\"id\":\"42\",\"transaction_id\":\"42\""),
    ] {
        for edition in [Edition::Global, Edition::Mainland] {
            let payment = query(&PAID.replacen(from, to, 1), edition).unwrap().payment.unwrap();
            assert_eq!(payment.transaction_id.as_str(), "42");
        }
    }
    let two = PAID.replacen("\"id\":\"42\"", "\"id\":\"42\",\"transaction_id\":\"43\"", 1);
    assert_eq!(fault(query(&two, Edition::Global)), (Stage::Fields, "transaction_id".into()));
    let none = PAID.replacen("\"id\":\"42\",", "", 1);
    assert_eq!(fault(query(&none, Edition::Mainland)), (Stage::Fields, "transaction_id".into()));
}

#[test]
fn an_absent_currency_means_cny_in_the_mainland_alone() {
    let absent = PAID.replacen("\"currency\":\"HKD\",", "", 1).replace("\"payer_currency\":\"CNY\",", "");
    let payment = query(&absent, Edition::Mainland).unwrap().payment.unwrap();
    assert_eq!(payment.total.currency, Some(Currency::CNY));
    assert_eq!(payment.payer_total, Some(Money::new(8096, Currency::CNY)));
    assert_eq!(fault(query(&absent, Edition::Global)), (Stage::Fields, "amount.currency".into()));
}

#[test]
fn an_unpaid_order_has_no_payment_whatever_else_it_says() {
    for state in ["NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "ACCEPT", "NEW"] {
        let answer = query(&PAID.replacen("SUCCESS", state, 1), Edition::Global).unwrap();
        assert_eq!((answer.trade_state.as_str(), answer.payment), (state, None));
    }
    let refunded = query(&PAID.replacen("SUCCESS", "REFUND", 1), Edition::Global).unwrap();
    assert_eq!((refunded.trade_state, refunded.payment.is_some()), (TradeState::Refund, true));
    let bare = r#"{"mchid":"1","appid":"wx1","out_trade_no":"A1","trade_state":"NOTPAY"}"#;
    assert_eq!(query(bare, Edition::Global).unwrap().trade_state_desc, None);
}

#[test]
fn an_answer_about_another_order_or_merchant_is_refused() {
    let business = |from: &str, to: &str| fault(query(&PAID.replace(from, to), Edition::Global));
    assert_eq!(business("\"A1\"", "\"A2\""), (Stage::Business, "out_trade_no".into()));
    assert_eq!(business("\"mchid\":\"1\"", "\"mchid\":\"2\""), (Stage::Business, "mch_id".into()));
    assert_eq!(business("\"wx1\"", "\"wx2\""), (Stage::Business, "appid".into()));
    let sub = "\"sp_mchid\":\"1\",\"sub_mchid\":\"11\",\"sp_appid\":\"wx1\"";
    assert_eq!(business("\"mchid\":\"1\"", sub), (Stage::Business, "sub_mch_id".into()));
    let both = format!("{sub},\"mchid\":\"1\"");
    assert_eq!(business("\"mchid\":\"1\"", &both), (Stage::Fields, "mchid".into()));

    let unpaid = PAID.replacen("SUCCESS", "NOTPAY", 1);
    for (from, to) in [("8800", "8801"), ("\"currency\":\"HKD\"", "\"currency\":\"CNY\"")] {
        let changed = unpaid.replacen(from, to, 1);
        assert_eq!(fault(query(&changed, Edition::Global)), (Stage::Business, "amount.total".into()));
        // A payment of another amount is real money: the caller compares it with the order.
        assert!(query(&PAID.replacen(from, to, 1), Edition::Global).unwrap().payment.is_some());
    }

    let by_id = QueryOrder { order: OrderRef::TransactionId("43".parse().unwrap()), total: hkd(8800) };
    assert_eq!(
        fault(read(&by_id, PAID, &account(Edition::Global))),
        (Stage::Business, "transaction_id".into())
    );

    let institution_body = PAID.replacen("\"mchid\":\"1\"", sub, 1).replacen("\"appid\":\"wx1\",", "", 1);
    let query = QueryOrder { order: order(), total: hkd(8800) };
    assert!(read(&query, &institution_body, &institution()).is_ok());
    let other_sub = institution_body.replace("\"11\"", "\"12\"");
    assert_eq!(fault(read(&query, &other_sub, &institution())), (Stage::Business, "sub_mch_id".into()));
}

#[test]
fn a_close_is_taken_by_an_empty_204_and_by_nothing_else() {
    let close = CloseOrder { out_trade_no: "A1".parse().unwrap() };
    assert!(answer(&close, &genuine(204, ""), &account(Edition::Global)).is_ok());
    assert_eq!(
        fault(answer(&close, &genuine(204, "{}"), &account(Edition::Global))),
        (Stage::Fields, "body".into())
    );
    let error = answer(&close, &genuine(200, "{}"), &account(Edition::Global)).unwrap_err();
    assert_eq!((error.had_no_effect(), error.advice()), (false, Advice::RepeatSame));
}

#[test]
fn a_link_of_a_bill_has_a_hash_of_the_known_kind() {
    let good = r#"{"hash_type":"SHA1","hash_value":"da39a3ee5e6b4b0d3255bfef95601890afd80709","download_url":"https://a/"}"#;
    let link = |from: &str, to: &str| {
        fault(read(&link_query(), &good.replace(from, to), &account(Edition::Mainland)))
    };
    assert_eq!(link("SHA1", "MD5"), (Stage::Fields, "hash_type".into()));
    assert_eq!(link("da39", "da3"), (Stage::Fields, "hash_value".into()));
    assert_eq!(link("https://a/", ""), (Stage::Fields, "download_url".into()));
    let file = bill_link("https://api.mch.weixin.qq.com/v3/billdownload/file?token=1");
    let file = file.file(Edition::Mainland.hosts()).unwrap();
    assert_eq!((file.host(), file.read(b"").unwrap().text()), ("https://api.mch.weixin.qq.com", &b""[..]));
    assert_eq!(file.read(b"<html>").unwrap_err().stage(), Stage::Signature);
    let mut hasher = file.hash().hasher();
    hasher.update(b"x");
    assert_eq!(hasher.finish().unwrap_err().stage(), Stage::Signature);
}

#[test]
fn settlements_are_read_row_by_row() {
    let settlements = Settlements { which: SettleState::Unsettled, offset: 0, limit: 10 };
    let body = r#"{"total_count":7,"data":[{"batch_id":"B1","settlement_date":"20260302","trade_start_date":"2026-03-01",
        "trade_end_date":"soon","wallet_region":"CHINA_MAINLAND","amount":{"settled":1,"unsettle":2,"currency":"HKD","pay":3,
        "refund":-4,"net":5,"fee":6}},{}]}"#;
    let answer = read(&settlements, body, &account(Edition::Global)).unwrap();
    assert_eq!((answer.total_count, answer.rows.len()), (Some(7), 2));
    let row = &answer.rows[0];
    assert_eq!((row.batch.as_deref(), row.wallet_region.as_deref()), (Some("B1"), Some("CHINA_MAINLAND")));
    assert_eq!(row.settlement_date, Some("20260302".parse().unwrap()));
    assert_eq!(row.trade_start_date, Some("20260301".parse().unwrap()));
    assert_eq!((row.trade_end_date, row.currency), (None, Some(Currency::HKD)));
    assert_eq!((row.settled_minor, row.unsettled_minor, row.paid_minor), (Some(1), Some(2), Some(3)));
    assert_eq!((row.refunded_minor, row.net_minor, row.charge_minor), (Some(-4), Some(5), Some(6)));
    assert_eq!(fault(read(&settlements, "{}", &account(Edition::Global))), (Stage::Fields, "data".into()));
}

#[test]
fn a_body_of_more_than_64_kib_is_refused_at_size_before_anything_else() {
    let body = vec![0xFF; 65_537];
    let claim = Reply { status: 200, headers: &[], body: &body }.claim(NOW, &ring());
    assert_eq!(claim.map(|_| ()).unwrap_err().stage(), Stage::Size);
    let claim = Reply { status: 200, headers: &HEADERS, body: &body[1..] }.claim(NOW, &ring());
    assert!(claim.is_ok());
}
