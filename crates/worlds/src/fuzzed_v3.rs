//! What the fuzz targets check of API v3. The verdict of the cryptography is given, so that what lies behind
//! it is reached; what it is given for is checked.

use wire::v3::gateways_side;
use wire::v3::{
    Account, Authorization, BillKind, BillLinkQuery, Call, CallError, Certificate, Certificates, CloseOrder,
    Delivery, Edition, ExpectedRefund, GenuineAnswer, Instant, KeyRing, MODULUS_BITS, MerchantKey,
    NativeOrder, Notice, OrderRef, PaymentReport, PlatformKey, PublicKey, QueryOrder, Refund, RefundQuery,
    RefundRef, RefundsOfOrder, Reply, SealedCertificates, SealedHint, SettleState, Settlements, Stage,
    Statement, Verdict, answer as answer_of,
};
use wire::{Currency, Expected, Merchant, Money};

const NOW: i64 = 1_772_337_826;
const SERIAL: &str = "PUB_KEY_ID_01";
const PUBLIC_KEY: &str = include_str!("../../../tests/vectors/v3/keys/test-only-public-key-public-key.pem");

fn ring() -> KeyRing {
    let key = PublicKey::from_pem(PUBLIC_KEY).expect("a key");
    KeyRing::fixed(vec![PlatformKey::public_key(SERIAL.parse().expect("a serial"), key)]).expect("a ring")
}

fn signature() -> String {
    format!("{}==", "A".repeat(342))
}

fn headers_of_now(signature: &str) -> [(&str, &str); 4] {
    [
        ("Wechatpay-Timestamp", "1772337826"),
        ("Wechatpay-Nonce", "N0"),
        ("Wechatpay-Serial", SERIAL),
        ("Wechatpay-Signature", signature),
    ]
}

fn account(edition: Edition) -> Account {
    Account {
        edition,
        merchant: Merchant::common("wx1".parse().expect("an appid"), "1".parse().expect("a mchid")),
        certificate: "1A".parse().expect("a serial"),
        answers_with: None,
        user_agent: "fuzzing/0".parse().expect("a name"),
    }
}

fn order() -> OrderRef {
    OrderRef::OutTradeNo("A1".parse().expect("a number"))
}

/// The answers of all calls, in both editions, from one genuine body with every status that counts.
pub fn answer(data: &[u8]) {
    let signature = signature();
    let headers = headers_of_now(&signature);
    for status in [200, 204, 400, 404, 429, 500] {
        let reply = Reply { status, headers: &headers, body: data };
        let Ok(claim) = reply.claim(NOW, &ring()) else {
            assert!(data.len() > wire::v3::MAX_BODY_BYTES);
            return;
        };
        assert!(claim.check().text().ends_with(&[data, b"\n"].concat()), "the bytes as they came");
        assert_eq!(
            claim.clone().judge(Verdict::Invalid).map(|_| ()).expect_err("invalid").stage(),
            Stage::Signature
        );
        let genuine = claim.judge(Verdict::Valid).expect("valid");
        for edition in [Edition::Global, Edition::Mainland] {
            calls(&genuine, &account(edition));
        }
    }
}

fn calls(genuine: &GenuineAnswer<'_>, account: &Account) {
    let total =
        Money::new(8800, if account.edition == Edition::Global { Currency::HKD } else { Currency::CNY });
    let number = || "A1".parse().expect("a number");
    let native = NativeOrder::new(
        number(),
        "tea".parse().expect("a description"),
        total,
        "https://pay.example.com/n".parse().expect("an address"),
    );
    read(&native, genuine, account);
    if let Some(told) = read(&QueryOrder { order: order(), total }, genuine, account) {
        assert_eq!(told.out_trade_no.as_str(), "A1", "an answer about another order is none");
        assert_eq!(told.payment.is_some(), told.trade_state.was_paid());
        if let Some(payment) = &told.payment {
            sound(payment, account.edition);
        }
    }
    read(&CloseOrder { out_trade_no: number() }, genuine, account);
    let out_refund_no = || "R1".parse().expect("a number");
    let refund = Refund {
        order: order(),
        out_refund_no: out_refund_no(),
        total,
        refund: total,
        reason: None,
        source: None,
        notify_url: None,
    };
    if let Some(taken) = read(&refund, genuine, account) {
        assert_eq!((taken.report.out_refund_no.as_str(), taken.report.refund_minor), ("R1", total.minor));
    }
    let which = RefundRef::OutRefundNo(out_refund_no());
    if let Some(told) = read(&RefundQuery { which, order: order(), refund: Some(total) }, genuine, account) {
        assert_eq!((told.report.out_refund_no.as_str(), told.report.refund_minor), ("R1", total.minor));
    }
    read(&RefundsOfOrder { order: order(), total, offset: 0, count: 20 }, genuine, account);
    let date = "20260301".parse().expect("a day");
    if let Some(link) = read(&BillLinkQuery { date, kind: BillKind::All, packed: false }, genuine, account)
        && let Ok(file) = link.file(Edition::Mainland.hosts())
    {
        assert!(Edition::Mainland.hosts().contains(&file.host()));
        let draft = file.draft(account, NOW, &"N0".parse().expect("a nonce"));
        let text = draft.text();
        assert!(text.starts_with("GET\n/v3/billdownload/file?") && text.split('\n').count() == 6);
    }
    read(&Settlements { which: SettleState::Unsettled, offset: 0, limit: 10 }, genuine, account);
    assert!(read(&Certificates, genuine, account).is_none());
    read(&Statement { date }, genuine, account);
}

fn read<C: Call>(call: &C, genuine: &GenuineAnswer<'_>, account: &Account) -> Option<C::Answer> {
    match answer_of(call, genuine, account) {
        Ok(answer) => {
            assert_eq!(genuine.status(), C::SUCCESS);
            Some(answer)
        }
        Err(error) => {
            let _: (wire::v3::Advice, String) = (error.advice(), error.to_string());
            // Only a genuine 4xx says that nothing happened.
            assert!(!error.had_no_effect() || (400..500).contains(&genuine.status()));
            assert_eq!(error.had_no_effect(), matches!(error, CallError::Refused(_)));
            None
        }
    }
}

/// What must hold for every payment.
fn sound(payment: &PaymentReport, edition: Edition) {
    assert!(payment.total.minor <= Money::MAX_MINOR);
    assert!(payment.total.currency.is_some(), "{edition:?}");
    let instant: Instant = payment.success_time.to_string().parse().expect("a time is written as it is read");
    assert_eq!(instant, payment.success_time);
}

/// Notifications: any body, and any inside of a well-formed one.
pub fn notification(data: &[u8]) {
    let signature = signature();
    let headers = headers_of_now(&signature);
    let delivery = Delivery { headers: &headers, body: data };
    if let Ok(claim) = delivery.claim(NOW, &ring()) {
        assert!(claim.clone().judge(Verdict::Invalid).is_err());
        let genuine = claim.judge(Verdict::Valid).expect("valid");
        match genuine.sealed() {
            Ok(sealed) => {
                assert!(sealed.resource().ciphertext().len() >= wire::v3::TAG_BYTES);
                assert_eq!(sealed.opened(None, Edition::Global).expect_err("sealed").stage(), Stage::Open);
            }
            Err(error) => assert!(error.is_genuine() && error.stage() <= Stage::Envelope),
        }
    }
    for (event, kind) in [
        ("TRANSACTION.SUCCESS", "transaction"),
        ("REFUND.SUCCESS", "refund"),
        ("REFUND.CLOSED", "refund"),
        ("REFUND.ABNORMAL", "refund"),
    ] {
        for edition in [Edition::Global, Edition::Mainland] {
            inside(data, event, kind, edition);
        }
    }
}

fn inside(data: &[u8], event: &str, kind: &str, edition: Edition) {
    let body = format!(
        "{{\"event_type\":\"{event}\",\"resource_type\":\"encrypt-resource\",\"resource\":{{\"original_type\":\"{kind}\",\
        \"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"gcm0039nonce\",\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}}}}"
    );
    let signature = signature();
    let headers = headers_of_now(&signature);
    let delivery = Delivery { headers: &headers, body: body.as_bytes() };
    let hint = SealedHint::read(&delivery).expect("an envelope").opened(Some(data));
    let claim = delivery.claim(NOW, &ring()).expect("fresh");
    let sealed = claim.judge(Verdict::Valid).expect("valid").sealed().expect("an envelope");
    let merchant = account(edition).merchant;
    let (number, out_refund_no) = ("A1".parse().expect("a number"), "R1".parse().expect("a number"));
    let total = Money::new(8800, Currency::HKD);
    match sealed.opened(Some(data), edition) {
        Ok(Notice::Payment(notice)) => {
            assert_eq!(hint.expect("it is JSON").out_trade_no.as_ref(), Some(notice.out_trade_no()));
            let expected = Expected { merchant: &merchant, out_trade_no: &number, total, attach: None };
            if let Ok(Some(payment)) = notice.check(&expected) {
                assert_eq!((payment.out_trade_no.as_str(), payment.total.minor), ("A1", 8800));
                assert_eq!(payment.total.currency, Some(Currency::HKD));
                assert_eq!(notice.trade_state().as_str(), "SUCCESS");
                sound(payment, edition);
            }
        }
        Ok(Notice::Refund(notice)) => {
            let expected = ExpectedRefund {
                merchant: &merchant,
                out_trade_no: &number,
                out_refund_no: &out_refund_no,
                total,
                refund: total,
            };
            if notice.check(&expected).is_ok() {
                let (_, status) = event.split_once('.').expect("two parts");
                assert_eq!((notice.out_refund_no().as_str(), notice.status().as_str()), ("R1", status));
            }
        }
        Err(error) => assert!(error.is_genuine() && error.stage() == Stage::Fields),
    }
}

/// Headers, as `name: value` lines, and a body after an empty line: of an answer, of a statement, of a list
/// of certificates, of a request.
pub fn headers(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let headers: Vec<(&str, &str)> = head.lines().filter_map(|line| line.split_once(": ")).collect();
    let reply = Reply { status: 200, headers: &headers, body: body.as_bytes() };
    let _ = reply.numeric_code();
    match reply.claim(NOW, &ring()) {
        Ok(claim) => {
            assert_eq!(claim.check().key().serial().as_str(), SERIAL);
            let lines = claim.check().text().iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(lines, 3 + body.matches('\n').count(), "no header has a line feed");
        }
        Err(error) => assert!(error.stage() <= Stage::Signature),
    }
    if let Ok(claim) = Statement::claim(&reply, NOW, &ring()) {
        assert!(Statement::signed_text(&headers).is_ok_and(|text| text.len() == 51));
        let _ = claim.judge(Verdict::Valid);
    }
    if let Ok(sealed) = SealedCertificates::read(&reply, NOW) {
        let unopened: Vec<_> = sealed.entries().map(|_| None).collect();
        assert!(sealed.opened(&unopened, NOW).is_err(), "nothing is taken that is not opened");
    }
    if let Ok(authorization) = gateways_side::authorization(&headers, NOW) {
        let again: Authorization = authorization.to_string().parse().expect("what is written is read");
        assert_eq!(again, authorization);
    }
}

/// Keys and certificates, as PEM and as DER.
pub fn keys(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (low, high) = MODULUS_BITS.into_inner();
    let fits = |key: &PublicKey| (low / 8..high / 8 + 64).contains(&key.spki().len());
    for key in [PublicKey::from_pem(&text), PublicKey::from_spki(data)].into_iter().flatten() {
        assert!(fits(&key) && PublicKey::from_spki(key.spki()) == Ok(key.clone()));
    }
    for certificate in [Certificate::from_pem(&text), Certificate::from_der(data)].into_iter().flatten() {
        assert!(certificate.not_before <= certificate.not_after && fits(&certificate.key));
        let key = PlatformKey::from(certificate.clone());
        assert!(key.is_valid_at(certificate.not_before) && key.is_valid_at(certificate.not_after));
    }
    if let Ok(key) = MerchantKey::from_pem(&text) {
        assert!(key.pkcs8().len() > low / 8);
    }
    let _ = text.parse::<Instant>();
}
