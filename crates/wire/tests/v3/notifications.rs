//! What is read from genuine notifications, and what makes them refused.

use wire::v3::{
    ApiV3Key, Delivery, Edition, ExpectedRefund, Notice, NotificationError, PaymentNotice, RefundNotice,
    SealedHint, SealedNotice, Stage, TradeState, Verdict,
};
use wire::{Currency, Expected, Merchant, Mismatch, Money};

use crate::answers::{HEADERS, NOW, account, hkd, institution, ring};
use crate::crypto;
use crate::samples::sample;

fn key() -> ApiV3Key {
    ApiV3Key::new("TESTONLYapiv3key0123456789abcdHK").unwrap()
}

/// A body with this inside.
fn body(event: &str, kind: &str, inside: &str) -> String {
    let ciphertext = crypto::seal(inside, b"gcm0039nonce", kind, &key());
    format!(
        "{{\"id\":\"EV-1\",\"event_type\":\"{event}\",\"resource_type\":\"encrypt-resource\",\"resource\":{{\
        \"original_type\":\"{kind}\",\"algorithm\":\"AEAD_AES_256_GCM\",\"ciphertext\":\"{ciphertext}\",\
        \"associated_data\":\"{kind}\",\"nonce\":\"gcm0039nonce\"}}}}"
    )
}

fn sealed(body: &str) -> Result<SealedNotice, NotificationError> {
    let delivery = Delivery { headers: &HEADERS, body: body.as_bytes() };
    delivery.claim(NOW, &ring())?.judge(Verdict::Valid)?.sealed()
}

fn read(body: &str, edition: Edition) -> Result<Notice, NotificationError> {
    let sealed = sealed(body)?;
    let opened = crypto::open(sealed.resource(), &key());
    sealed.opened(opened.as_deref(), edition)
}

fn payment(inside: &str) -> Result<PaymentNotice, NotificationError> {
    match read(&body("TRANSACTION.SUCCESS", "transaction", inside), Edition::Global)? {
        Notice::Payment(notice) => Ok(*notice),
        Notice::Refund(notice) => panic!("{notice:?}"),
    }
}

fn refund(event: &str, inside: &str) -> Result<RefundNotice, NotificationError> {
    match read(&body(event, "refund", inside), Edition::Global)? {
        Notice::Refund(notice) => Ok(*notice),
        Notice::Payment(notice) => panic!("{notice:?}"),
    }
}

const PAID: &str = r#"{"mchid":"1","appid":"wx1","out_trade_no":"A1","trade_type":"NATIVE","trade_state":"SUCCESS",
    "id":"42","attach":"a","success_time":"2026-03-01T12:03:45+08:00","amount":{"total":8800,"currency":"HKD"}}"#;

#[test]
fn a_payment_is_compared_with_what_the_order_expects() {
    let notice = payment(PAID).unwrap();
    assert_eq!(notice.out_trade_no().as_str(), "A1");
    assert_eq!(notice.merchant(), &account(Edition::Global).merchant);
    let (merchant, number) = (account(Edition::Global).merchant, "A1".parse().unwrap());
    let expected =
        Expected { merchant: &merchant, out_trade_no: &number, total: hkd(8800), attach: Some("a") };
    assert_eq!(notice.check(&expected), Ok(notice.payment()));
    let (other_number, other_merchant) =
        ("A2".parse().unwrap(), Merchant { mch_id: "2".parse().unwrap(), ..merchant.clone() });
    for (expected, mismatch) in [
        (Expected { merchant: &other_merchant, ..expected }, Mismatch::Merchant),
        (
            Expected { out_trade_no: &other_number, ..expected },
            Mismatch::OrderNumber { claimed: "A1".into() },
        ),
        (Expected { total: hkd(1), ..expected }, Mismatch::Amount { claimed: hkd(8800) }),
        (
            Expected { total: Money::new(8800, Currency::CNY), ..expected },
            Mismatch::Currency { claimed: hkd(8800) },
        ),
        (Expected { attach: None, ..expected }, Mismatch::Attach),
    ] {
        assert_eq!(notice.check(&expected), Err(mismatch));
    }
    let jsapi = payment(&PAID.replace("NATIVE", "JSAPI")).unwrap();
    assert_eq!(jsapi.check(&expected), Err(Mismatch::TradeType { claimed: "JSAPI".into() }));
}

#[test]
fn only_success_is_a_payment_and_the_query_decides_about_any_other_state() {
    for state in ["REFUND", "NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "ACCEPT", "NEW"] {
        let notice = payment(&PAID.replace("SUCCESS", state)).unwrap();
        assert_eq!((notice.trade_state(), notice.payment()), (&TradeState::new(state), None));
        let (merchant, number) = (account(Edition::Global).merchant, "A1".parse().unwrap());
        let expected =
            Expected { merchant: &merchant, out_trade_no: &number, total: hkd(8800), attach: Some("a") };
        assert_eq!(notice.check(&expected), Ok(None));
    }
}

#[test]
fn an_institutions_payment_names_both_parties() {
    let inside = PAID
        .replace("\"mchid\":\"1\"", "\"sp_mchid\":\"1\",\"sub_mchid\":\"11\",\"sub_appid\":\"wx3\"")
        .replace("\"appid\":\"wx1\"", "\"sp_appid\":\"wx1\"");
    let inside = inside.replace("\"sub_sp_appid\"", "\"sub_appid\"");
    let notice = payment(&inside).unwrap();
    assert!(institution().merchant.is_named_by(notice.merchant()));
    assert_eq!(notice.merchant().sub_appid.as_ref().unwrap().as_str(), "wx3");
    let without = payment(&inside.replace("\"sub_mchid\":\"11\",", "")).unwrap_err();
    assert_eq!((without.stage(), without.is_genuine()), (Stage::Fields, true));
}

#[test]
fn an_envelope_of_another_form_is_named_and_the_message_is_kept() {
    let good = body("TRANSACTION.SUCCESS", "transaction", PAID);
    assert_eq!(sealed(&good).unwrap().id(), Some("EV-1"));
    for (from, to) in [
        ("TRANSACTION.SUCCESS", "REFUND.SUCCESS"),
        ("TRANSACTION.SUCCESS", "SECURITY_ECHO.SUCCESS"),
        ("\"TRANSACTION.SUCCESS\"", "null"),
        ("encrypt-resource", "plain"),
        ("\"resource_type\"", "\"_\""),
        ("\"resource\":", "\"_\":"),
        ("\"original_type\":\"transaction\"", "\"original_type\":\"refund\""),
        ("\"original_type\"", "\"_\""),
        ("AEAD_AES_256_GCM", "AEAD_AES_128_GCM"),
        ("gcm0039nonce", "gcm0039nonce0000"),
        ("\"ciphertext\":\"", "\"ciphertext\":\"!"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        let error = sealed(&bad).unwrap_err();
        assert_eq!((error.stage(), error.is_genuine()), (Stage::Envelope, true), "{to}: {error}");
    }
    for bad in
        [good.replacen("\"id\"", "\"event_type\"", 1), format!("{good}{good}"), "[]".into(), String::new()]
    {
        let error = sealed(&bad).unwrap_err();
        assert_eq!((error.stage(), error.is_genuine()), (Stage::Json, true), "{error}");
    }
}

#[test]
fn what_does_not_open_or_holds_no_message_is_named_and_kept() {
    let good = body("TRANSACTION.SUCCESS", "transaction", PAID);
    let other_data =
        good.replace("\"associated_data\":\"transaction\"", "\"associated_data\":\"transactiom\"");
    let error = read(&other_data, Edition::Global).unwrap_err();
    assert_eq!((error, true), (NotificationError::NotOpened, NotificationError::NotOpened.is_genuine()));
    for inside in ["", "[]", "{", "{\"a\":1,\"a\":1}", &format!("\u{FEFF}{PAID}")] {
        let error = payment(inside).unwrap_err();
        assert_eq!((error.stage(), error.is_genuine()), (Stage::Fields, true), "{inside}");
    }
    for (from, to) in [("8800", "\"8800\""), ("\"id\":\"42\",", ""), ("\"trade_state\":\"SUCCESS\",", "")] {
        let error = payment(&PAID.replacen(from, to, 1)).unwrap_err();
        assert_eq!((error.stage(), error.is_genuine()), (Stage::Fields, true));
    }
}

#[test]
fn a_message_that_nobody_signed_is_not_genuine() {
    let good = body("TRANSACTION.SUCCESS", "transaction", PAID);
    let delivery = |headers| Delivery { headers, body: good.as_bytes() };
    let claim = delivery(&HEADERS).claim(NOW, &ring()).unwrap();
    let text = format!("1772337826\nN0\n{good}\n");
    assert_eq!(claim.check().text(), text.as_bytes());
    assert_eq!(claim.check().key().serial().as_str(), "PUB_KEY_ID_01");
    assert_eq!(crypto::verdict(claim.check()), Verdict::Invalid);
    let error = NotificationError::from(claim.judge(Verdict::Invalid).unwrap_err());
    assert_eq!((error.stage(), error.is_genuine()), (Stage::Signature, false));
    let error = delivery(&HEADERS[..3]).claim(NOW, &ring()).map(|_| ()).unwrap_err();
    assert_eq!(error.stage(), Stage::Headers);
}

const REFUNDED: &str = r#"{"mchid":"1","refund_id":"50","out_refund_no":"R1","transaction_id":"42","out_trade_no":"A1",
    "refund_status":"SUCCESS","success_time":"2026-03-01T13:07:30+08:00","amount":{"total":8800,"refund":2000}}"#;

#[test]
fn a_refund_is_compared_with_what_is_expected() {
    let (merchant, order, number) =
        (account(Edition::Global).merchant, "A1".parse().unwrap(), "R1".parse().unwrap());
    let expected = ExpectedRefund {
        merchant: &merchant,
        out_trade_no: &order,
        out_refund_no: &number,
        total: hkd(8800),
        refund: hkd(2000),
    };
    let notice = refund("REFUND.SUCCESS", REFUNDED).unwrap();
    assert_eq!(notice.check(&expected), Ok(()));
    assert!(notice.is_consistent());
    assert_eq!(notice.out_refund_no().as_str(), "R1");
    assert_eq!(notice.out_trade_no().unwrap().as_str(), "A1");
    assert_eq!(notice.transaction_id().unwrap().as_str(), "42");
    assert_eq!(notice.refund_id().unwrap().as_str(), "50");
    assert_eq!(notice.amounts(), (Some(2000), Some(8800), None));
    assert_eq!(notice.success_time().unwrap().to_string(), "2026-03-01T13:07:30+08:00");
    let named = REFUNDED.replacen("\"total\":8800", "\"total\":8800,\"currency\":\"HKD\"", 1);
    assert_eq!(refund("REFUND.SUCCESS", &named).unwrap().amounts().2, Some(Currency::HKD));
    for (field, from, to) in [
        ("mchid", "\"mchid\":\"1\"", "\"mchid\":\"2\""),
        ("sub_mchid", "\"mchid\":\"1\"", "\"sp_mchid\":\"1\",\"sub_mchid\":\"11\""),
        ("out_refund_no", "\"R1\"", "\"R2\""),
        ("out_trade_no", "\"A1\"", "\"A2\""),
        ("amount.refund", "\"refund\":2000", "\"refund\":2001"),
        ("amount.total", "\"total\":8800", "\"total\":8801"),
        ("amount.refund", "\"total\":8800", "\"total\":8800,\"currency\":\"CNY\""),
        ("refund_status", "\"SUCCESS\"", "\"CLOSED\""),
    ] {
        let changed = refund("REFUND.SUCCESS", &REFUNDED.replacen(from, to, 1)).unwrap();
        assert_eq!(&*changed.check(&expected).unwrap_err().field, field);
    }
    for (event, status) in
        [("REFUND.CLOSED", "CLOSED"), ("REFUND.CLOSED", "REFUNDCLOSE"), ("REFUND.ABNORMAL", "ABNORMAL")]
    {
        let notice = refund(event, &REFUNDED.replace("SUCCESS", status)).unwrap();
        assert_eq!(notice.check(&expected), Ok(()), "{event}");
        assert!(
            refund("REFUND.SUCCESS", &REFUNDED.replace("SUCCESS", status)).unwrap().check(&expected).is_err()
        );
    }
}

#[test]
fn a_refund_notice_needs_only_its_merchant_its_number_and_its_state() {
    let bare = r#"{"mchid":"1","out_refund_no":"R1","refund_status":"SUCCESS"}"#;
    let (merchant, order, number) =
        (account(Edition::Global).merchant, "A1".parse().unwrap(), "R1".parse().unwrap());
    let expected = ExpectedRefund {
        merchant: &merchant,
        out_trade_no: &order,
        out_refund_no: &number,
        total: hkd(8800),
        refund: hkd(2000),
    };
    let notice = refund("REFUND.SUCCESS", bare).unwrap();
    assert_eq!(notice.check(&expected), Ok(()));
    assert_eq!((notice.out_trade_no(), notice.transaction_id(), notice.refund_id()), (None, None, None));
    for field in ["mchid", "out_refund_no", "refund_status"] {
        let error = refund("REFUND.SUCCESS", &bare.replace(field, "_")).unwrap_err();
        assert_eq!(error.stage(), Stage::Fields, "{field}");
    }
    for bad in [
        r#","amount":7"#,
        r#","amount":{"refund":"1"}"#,
        r#","amount":{"currency":"hkd"}"#,
        r#","sp_mchid":"1""#,
    ] {
        let bad = bare.replace("\"}", &format!("\"{bad}}}"));
        assert_eq!(refund("REFUND.SUCCESS", &bad).unwrap_err().stage(), Stage::Fields, "{bad}");
    }
}

#[test]
fn an_unverified_message_that_opens_gives_only_the_numbers_to_query() {
    let body = body("TRANSACTION.SUCCESS", "transaction", PAID);
    let hint = |key: &ApiV3Key| {
        let sealed = SealedHint::read(&Delivery { headers: &[], body: body.as_bytes() }).unwrap();
        let opened = crypto::open(sealed.resource(), key);
        sealed.opened(opened.as_deref())
    };
    assert_eq!(hint(&key()).unwrap().out_trade_no.unwrap().as_str(), "A1");
    assert_eq!(hint(&key()).unwrap().out_refund_no, None);
    let other = ApiV3Key::new("TESTONLYapiv3key0123456789abcdCN").unwrap();
    assert_eq!(hint(&other), Err(NotificationError::NotOpened));
    let longest = format!("{}{}", " ".repeat(65_536 - body.len()), body);
    assert!(SealedHint::read(&Delivery { headers: &[], body: longest.as_bytes() }).is_ok());
    let long = vec![b' '; wire::v3::MAX_BODY_BYTES + 1];
    let error = SealedHint::read(&Delivery { headers: &[], body: &long }).unwrap_err();
    assert_eq!((error.stage(), error.is_genuine()), (Stage::Size, false));
}

#[test]
fn the_plaintext_of_each_sample_is_what_opens() {
    for beginning in ["70-", "71-", "72-", "74-", "75-", "76-"] {
        let sample = sample(beginning);
        let headers = sample.headers();
        let delivery = Delivery { headers: &headers, body: sample.body() };
        let claim = delivery.claim(sample.now(), &sample.ring()).unwrap();
        let verdict = crypto::verdict(claim.check());
        let sealed = claim.judge(verdict).unwrap().sealed().unwrap();
        let opened = crypto::open(sealed.resource(), &sample.api_v3_key()).unwrap();
        assert_eq!(opened, sample.field("plaintext").as_bytes(), "{beginning}");
    }
}
