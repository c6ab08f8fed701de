//! The global bill: signed over its hash, hashed over its text.

use wire::v3::{
    CallError, DayBill, DayBillAnswer, Edition, GenuineBill, HeaderError, NotGenuine, Reply, Stage,
    Statement, answer, draft,
};

use crate::crypto;
use crate::samples::sample;

/// What is read of the sample with other headers or another text.
fn read<'a>(headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Result<GenuineBill<'a>, NotGenuine> {
    let sample = sample("48-");
    let reply = Reply { status: 200, headers, body };
    let claim = Statement::claim(&reply, sample.now(), &sample.ring())?;
    let verdict = crypto::verdict(claim.check());
    claim.judge(verdict)
}

const HASH: &str = "Wechatpay-Statement-Sha1";

#[test]
fn a_statement_whose_text_or_hash_was_changed_is_refused() {
    let sample = sample("48-");
    let headers = sample.headers();
    assert_eq!(read(&headers, sample.body()).unwrap().text(), sample.body());
    let changed = sample.field("body").replace("1634117205", "1634117206");
    assert_eq!(read(&headers, changed.as_bytes()), Err(NotGenuine::Hash));
    assert_eq!(NotGenuine::Hash.stage(), Stage::Signature);
    let with_hash = |hash: &'static str| -> Vec<(&str, &str)> {
        headers.iter().map(|(name, value)| (*name, if *name == HASH { hash } else { *value })).collect()
    };
    let other = with_hash("da39a3ee5e6b4b0d3255bfef95601890afd80709");
    assert_eq!(read(&other, b""), Err(NotGenuine::Signature), "the hash is signed");
    let form = NotGenuine::Headers(HeaderError::Form { name: HASH });
    assert_eq!(read(&with_hash("da39"), sample.body()), Err(form));
    let without: Vec<_> = headers.iter().copied().filter(|(name, _)| *name != HASH).collect();
    let missing = NotGenuine::Headers(HeaderError::Missing { name: HASH });
    assert_eq!(read(&without, sample.body()), Err(missing));
    let upper = with_hash("BB518FD6264F6A00A8131609049028AB199F0062");
    assert_eq!(read(&upper, sample.body()), Err(NotGenuine::Signature), "it is verified as it is written");
}

#[test]
fn the_hash_of_a_statement_that_comes_in_pieces_is_proven_before_its_text() {
    let sample = sample("48-");
    let headers = sample.headers();
    let account = crate::answers::account(wire::v3::Edition::Global);
    let text = Statement::signed_text(&headers).unwrap();
    let reply = Reply { status: 200, headers: &headers, body: text.as_bytes() };
    let claim = reply.claim(sample.now(), &sample.ring()).unwrap();
    let verdict = crypto::verdict(claim.check());
    let call = Statement { date: "20260301".parse().unwrap() };
    let hash = answer(&call, &claim.judge(verdict).unwrap(), &account).unwrap();
    let mut hasher = hash.hasher();
    for piece in sample.body().chunks(7) {
        hasher.update(piece);
    }
    assert_eq!(hasher.finish(), Ok(()));
    assert_eq!(hash.check(&sample.body()[1..]), Err(NotGenuine::Hash));
    let form = NotGenuine::Headers(HeaderError::Form { name: HASH });
    assert_eq!(Statement::signed_text(&[(HASH, "da39")]), Err(form));
    let missing = NotGenuine::Headers(HeaderError::Missing { name: HASH });
    assert_eq!(Statement::signed_text(&[]), Err(missing));
}

#[test]
fn the_bill_of_a_day_is_asked_for_and_proven_as_the_edition_wants_it() {
    let day = DayBill { date: "20260301".parse().unwrap() };
    let asks = |edition| {
        let nonce = "N0".parse().unwrap();
        draft(&day, &crate::answers::account(edition), 1_772_337_826, &nonce).unwrap().text()
    };
    assert!(asks(Edition::Global).starts_with("GET\n/v3/global/statements?date=20260301&"));
    let mainland = "GET\n/v3/bill/tradebill?bill_date=2026-03-01&bill_type=ALL\n";
    assert!(asks(Edition::Mainland).starts_with(mainland));
    let read = |edition, body| {
        answer(&day, &crate::answers::genuine(200, body), &crate::answers::account(edition)).ok()
    };
    let text = r#"{"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}"#;
    let link = r#"{"hash_type":"SHA1","hash_value":"da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=t"}"#;
    let Some(DayBillAnswer::Text(hash)) = read(Edition::Global, text) else { panic!() };
    assert_eq!(hash.check(b""), Ok(()));
    let Some(DayBillAnswer::Link(found)) = read(Edition::Mainland, link) else { panic!() };
    assert_eq!(found.file(Edition::Mainland.hosts()).unwrap().hash(), hash);
    assert_eq!((read(Edition::Global, link), read(Edition::Mainland, text)), (None, None));
}

#[test]
fn a_bill_may_be_longer_than_a_message() {
    let sample = sample("48-");
    let headers = sample.headers();
    let long = vec![b' '; wire::v3::MAX_BODY_BYTES + 1];
    assert_eq!(read(&headers, &long), Err(NotGenuine::Hash));
    let too_long = vec![b' '; wire::v2::bill::MAX_BILL_BYTES + 1];
    assert_eq!(read(&headers, &too_long).unwrap_err().stage(), Stage::Size);
}

#[test]
fn an_ordinary_answer_in_the_place_of_a_bill_is_none() {
    let date = "20260301".parse().unwrap();
    let account = crate::answers::account(wire::v3::Edition::Global);
    for body in ["{}", r#"{"sha1":"da39"}"#, r#"{"hash":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}"#] {
        let error = answer(&Statement { date }, &crate::answers::genuine(200, body), &account).unwrap_err();
        assert!(matches!(error, CallError::Malformed(_)), "{body}: {error}");
    }
    let body = r#"{"code":"NO_STATEMENT_EXIST"}"#;
    let error = answer(&Statement { date }, &crate::answers::genuine(404, body), &account).unwrap_err();
    assert!(error.had_no_effect());
}
