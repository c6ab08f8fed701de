//! Our requests are the samples', byte for byte, and their signatures too.

use wire::v3::{
    Account, Attach, BillKind, BillLinkQuery, Call, CategoryCode, Certificates, CloseOrder, Edition,
    GoodsTag, LimitPay, NativeOrder, OrderRef, QueryOrder, Refund, RefundQuery, RefundRef, RefundSource,
    RefundsOfOrder, Request, SettleState, Settlements, Statement, WriteError, draft,
};
use wire::{Currency, Merchant, Money};

use crate::crypto;
use crate::samples::{Sample, sample, samples};

/// The request that the sample's merchant makes of the call at the sample's time.
fn request<C: Call>(call: &C, sample: &Sample) -> Request {
    let timestamp = sample.field("timestamp").parse().unwrap();
    let draft = draft(call, &sample.account(), timestamp, &sample.field("nonce").parse().unwrap()).unwrap();
    assert_eq!(draft.text(), sample.field("text_to_sign"), "{}", sample.file());
    let signature = crypto::sign(&crypto::private_key("merchant"), draft.text().as_bytes());
    assert_eq!(crypto::base64(&signature), sample.message["signature"], "{}", sample.file());
    draft.signed(&signature).unwrap()
}

/// Method, target, headers and body are the sample's.
fn equals<C: Call>(call: &C, beginning: &str) {
    let sample = sample(beginning);
    same(&request(call, &sample), &sample);
}

fn same(request: &Request, sample: &Sample) {
    assert_eq!(request.method.as_str(), sample.field("method"));
    assert_eq!(request.target, sample.field("target"));
    assert_eq!(request.body.as_bytes(), sample.body());
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(headers, sample.headers(), "{}", sample.file());
}

fn notify() -> wire::NotifyUrl {
    "https://pay.example.com/wechat/v3/notify".parse().unwrap()
}

#[test]
fn every_signed_text_signs_as_the_samples_do() {
    let key = crypto::private_key("merchant");
    let mut signed = 0;
    for sample in samples("request").iter().filter(|sample| sample.verdict() == "accept") {
        let signature = crypto::sign(&key, sample.field("text_to_sign").as_bytes());
        assert_eq!(crypto::base64(&signature), sample.message["signature"], "{}", sample.file());
        signed += 1;
    }
    assert!(signed >= 10);
}

#[test]
fn native_orders_of_both_editions_and_both_modes() {
    let global = NativeOrder {
        category: Some("5499".parse().unwrap()),
        time_expire: Some("20260301123000".parse().unwrap()),
        ..NativeOrder::new(
            "HK20260301A0001".parse().unwrap(),
            "Example Tea House - 茶葉".parse().unwrap(),
            Money::new(8800, Currency::HKD),
            notify(),
        )
    };
    equals(&global, "10-");
    let institution = NativeOrder {
        category: Some("5812".parse().unwrap()),
        attach: Some("table=7;r=\"2\"".parse().unwrap()),
        limit_pay: Some(LimitPay::NoCredit),
        ..NativeOrder::new(
            "SG20260301E0005".parse().unwrap(),
            "Kopi & kaya".parse().unwrap(),
            Money::new(4550, "SGD".parse().unwrap()),
            notify(),
        )
    };
    equals(&institution, "11-");
    let mainland = NativeOrder::new(
        "CN20260301D0004".parse().unwrap(),
        "Example Tea House".parse().unwrap(),
        Money::new(10_000, Currency::CNY),
        notify(),
    );
    equals(&mainland, "18-");
}

#[test]
fn queries_closes_refunds_and_certificates() {
    let total = Money::new(8800, Currency::HKD);
    let number = || OrderRef::OutTradeNo("HK20260301A0001".parse().unwrap());
    equals(&QueryOrder { order: number(), total }, "12-");
    let by_id = OrderRef::Both {
        out_trade_no: "SG20260301E0005".parse().unwrap(),
        transaction_id: "4200002741202603010000000005".parse().unwrap(),
    };
    equals(&QueryOrder { order: by_id, total }, "13-");
    equals(&CloseOrder { out_trade_no: "HK20260301A0001".parse().unwrap() }, "14-");
    let refund = Refund {
        order: OrderRef::TransactionId("4200002741202603010000000001".parse().unwrap()),
        out_refund_no: "HK20260301A0001R1".parse().unwrap(),
        total,
        refund: Money::new(2000, Currency::HKD),
        reason: Some("one tin was dented".parse().unwrap()),
        source: None,
        notify_url: Some("https://pay.example.com/wechat/v3/refund-notify".parse().unwrap()),
    };
    equals(&refund, "15-");
    let which = RefundRef::OutRefundNo("HK20260301A0001R1".parse().unwrap());
    equals(&RefundQuery { which, order: number(), refund: None }, "16-");
    equals(&Certificates, "17-");
}

#[test]
fn a_bill_is_fetched_by_the_link_as_it_is() {
    let sample = sample("19-");
    let timestamp = sample.field("timestamp").parse().unwrap();
    let link = format!("https://{}{}", sample.field("host"), sample.field("target"));
    let file = crate::answers::bill_link(&link).file(Edition::Mainland.hosts()).unwrap();
    let draft = file.draft(&sample.account(), timestamp, &sample.field("nonce").parse().unwrap());
    let signature = crypto::sign(&crypto::private_key("merchant"), draft.text().as_bytes());
    same(&draft.signed(&signature).unwrap(), &sample);
}

/// An account of the edition, alone or under another one.
fn account(edition: Edition, under: bool) -> Account {
    let merchant = if under {
        Merchant {
            sub_appid: Some("wx3".parse().unwrap()),
            ..Merchant::under_institution("wx1".parse().unwrap(), "1".parse().unwrap(), "11".parse().unwrap())
        }
    } else {
        Merchant::common("wx1".parse().unwrap(), "1".parse().unwrap())
    };
    Account {
        edition,
        merchant,
        certificate: "1A".parse().unwrap(),
        answers_with: None,
        user_agent: "test-only/0".parse().unwrap(),
    }
}

/// Method, target and body of a call.
fn parts<C: Call>(call: &C, edition: Edition, under: bool) -> Result<String, WriteError> {
    let draft = draft(call, &account(edition, under), 7, &"N0".parse().unwrap())?;
    assert_eq!(draft.name(), C::NAME);
    let text = draft.text();
    let lines: Vec<_> = text.split('\n').collect();
    assert_eq!((lines[2], lines[3], lines[5], lines.len()), ("7", "N0", "", 6));
    Ok(format!("{} {} {}", lines[0], lines[1], lines[4]))
}

fn order() -> NativeOrder {
    NativeOrder::new(
        "A00001".parse().unwrap(),
        "tea".parse().unwrap(),
        Money::new(1, Currency::CNY),
        notify(),
    )
}

#[test]
fn an_order_with_everything_sends_everything_that_its_edition_has() {
    let everything = NativeOrder {
        time_expire: Some("20260301123000".parse().unwrap()),
        attach: Some(Attach::new("a").unwrap()),
        goods_tag: Some(GoodsTag::new("g").unwrap()),
        limit_pay: Some(LimitPay::NoCredit),
        profit_sharing: Some(true),
        ..order()
    };
    let global = NativeOrder {
        category: Some(CategoryCode::new("5499").unwrap()),
        time_start: Some("20260301120000".parse().unwrap()),
        ..everything.clone()
    };
    assert_eq!(
        parts(&global, Edition::Global, true).unwrap(),
        "POST /v3/global/transactions/native {\"sp_appid\":\"wx1\",\"sp_mchid\":\"1\",\"sub_appid\":\"wx3\",\"sub_mchid\":\"11\",\
        \"description\":\"tea\",\"attach\":\"a\",\"out_trade_no\":\"A00001\",\"goods_tag\":\"g\",\"trade_type\":\"NATIVE\",\
        \"limit_pay\":\"no_credit\",\"merchant_category_code\":\"5499\",\
        \"notify_url\":\"https://pay.example.com/wechat/v3/notify\",\"time_start\":\"2026-03-01T12:00:00+08:00\",\
        \"time_expire\":\"2026-03-01T12:30:00+08:00\",\"amount\":{\"total\":1,\"currency\":\"CNY\"},\
        \"settle_info\":{\"profit_sharing\":true}}"
    );
    let mainland = NativeOrder { support_fapiao: true, profit_sharing: Some(false), ..everything };
    assert_eq!(
        parts(&mainland, Edition::Mainland, true).unwrap(),
        "POST /v3/pay/partner/transactions/native {\"sp_appid\":\"wx1\",\"sp_mchid\":\"1\",\"sub_appid\":\"wx3\",\
        \"sub_mchid\":\"11\",\"description\":\"tea\",\"out_trade_no\":\"A00001\",\
        \"time_expire\":\"2026-03-01T12:30:00+08:00\",\"attach\":\"a\",\
        \"notify_url\":\"https://pay.example.com/wechat/v3/notify\",\"goods_tag\":\"g\",\"limit_pay\":[\"no_credit\"],\
        \"support_fapiao\":true,\"amount\":{\"total\":1,\"currency\":\"CNY\"},\"settle_info\":{\"profit_sharing\":false}}"
    );
}

#[test]
fn an_order_that_the_edition_would_refuse_is_not_written() {
    let refused = |order: NativeOrder, edition| match parts(&order, edition, false) {
        Err(WriteError::OutOfRange { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    use Edition::{Global, Mainland};
    let (mcc, hkd) = (Some(CategoryCode::new("5499").unwrap()), |minor| Money::new(minor, Currency::HKD));
    let global = || NativeOrder { category: mcc.clone(), total: hkd(1), ..order() };
    assert!(parts(&global(), Global, false).is_ok() && parts(&order(), Mainland, false).is_ok());
    assert_eq!(refused(NativeOrder { category: None, ..global() }, Global), "merchant_category_code");
    assert_eq!(refused(NativeOrder { support_fapiao: true, ..global() }, Global), "support_fapiao");
    for minor in [0, 2_147_483_648] {
        assert_eq!(refused(NativeOrder { total: hkd(minor), ..global() }, Global), "amount.total");
    }
    assert_eq!(refused(NativeOrder { total: hkd(1), ..order() }, Mainland), "amount.currency");
    let time_start = Some("20260301120000".parse().unwrap());
    for order in [NativeOrder { category: mcc.clone(), ..order() }, NativeOrder { time_start, ..order() }] {
        assert_eq!(refused(order, Mainland), "merchant_category_code and time_start");
    }
    let number = |text: &str| NativeOrder { out_trade_no: text.parse().unwrap(), ..order() };
    assert_eq!(refused(number("A0001"), Mainland), "out_trade_no");
    assert_eq!(refused(number("A0001@"), Mainland), "out_trade_no");
    let at = NativeOrder { out_trade_no: "A0001@".parse().unwrap(), ..global() };
    assert_eq!(refused(at, Global), "out_trade_no");
    let short = NativeOrder { out_trade_no: "A".parse().unwrap(), ..global() };
    assert!(parts(&short, Global, false).is_ok());
    let long = |length: usize| {
        let url = format!("https://pay.example.com/{}", "a".repeat(length - 24));
        NativeOrder { notify_url: url.parse().unwrap(), ..order() }
    };
    assert!(parts(&long(255), Mainland, false).is_ok());
    assert_eq!(refused(long(256), Mainland), "notify_url");
}

#[test]
fn the_targets_of_both_editions_and_both_modes() {
    use Edition::{Global, Mainland};
    let total = Money::new(1, Currency::CNY);
    let order = || OrderRef::OutTradeNo("A|1".parse().unwrap());
    let by_id = || OrderRef::TransactionId("42".parse().unwrap());
    let query = |order, edition, under| parts(&QueryOrder { order, total }, edition, under).unwrap();
    assert_eq!(query(order(), Global, false), "GET /v3/global/transactions/out-trade-no/A%7C1?mchid=1 ");
    assert_eq!(query(by_id(), Global, true), "GET /v3/global/transactions/id/42?sp_mchid=1&sub_mchid=11 ");
    assert_eq!(query(order(), Mainland, false), "GET /v3/pay/transactions/out-trade-no/A%7C1?mchid=1 ");
    assert_eq!(
        query(by_id(), Mainland, true),
        "GET /v3/pay/partner/transactions/id/42?sp_mchid=1&sub_mchid=11 "
    );

    let close = CloseOrder { out_trade_no: "A1".parse().unwrap() };
    assert_eq!(
        parts(&close, Mainland, false).unwrap(),
        "POST /v3/pay/transactions/out-trade-no/A1/close {\"mchid\":\"1\"}"
    );
    assert_eq!(
        parts(&close, Mainland, true).unwrap(),
        "POST /v3/pay/partner/transactions/out-trade-no/A1/close {\"sp_mchid\":\"1\",\"sub_mchid\":\"11\"}"
    );

    let refund_query =
        |which, edition, under| parts(&RefundQuery { which, order: order(), refund: None }, edition, under);
    let by_number = || RefundRef::OutRefundNo("R@1".parse().unwrap());
    let by_refund_id = || RefundRef::RefundId("50".parse().unwrap());
    assert_eq!(
        refund_query(by_number(), Global, true).unwrap(),
        "GET /v3/global/refunds/out-refund-no/R@1?sp_mchid=1&sub_mchid=11 "
    );
    assert_eq!(refund_query(by_refund_id(), Global, false).unwrap(), "GET /v3/global/refunds/id/50?mchid=1 ");
    assert_eq!(refund_query(by_number(), Mainland, false).unwrap(), "GET /v3/refund/domestic/refunds/R@1 ");
    assert_eq!(
        refund_query(by_number(), Mainland, true).unwrap(),
        "GET /v3/refund/domestic/refunds/R@1?sub_mchid=11 "
    );
    assert!(matches!(
        refund_query(by_refund_id(), Mainland, false),
        Err(WriteError::NotInThisEdition { .. })
    ));

    let all = |order, count| RefundsOfOrder { order, total, offset: 20, count };
    assert_eq!(
        parts(&all(order(), 20), Global, false).unwrap(),
        "GET /v3/global/refunds?out_trade_no=A%7C1&mchid=1&offset=20&count=20 "
    );
    assert_eq!(
        parts(&all(by_id(), 1), Global, true).unwrap(),
        "GET /v3/global/refunds?transaction_id=42&sp_mchid=1&sub_mchid=11&offset=20&count=1 "
    );
    for count in [0, 21] {
        assert!(matches!(parts(&all(order(), count), Global, false), Err(WriteError::OutOfRange { .. })));
    }
    assert!(matches!(parts(&all(order(), 1), Mainland, false), Err(WriteError::NotInThisEdition { .. })));

    assert_eq!(parts(&Certificates, Mainland, false).unwrap(), "GET /v3/certificates?algorithm_type=RSA ");
}

#[test]
fn the_targets_of_bills_and_settlements() {
    use Edition::{Global, Mainland};
    let date = "20260301".parse().unwrap();
    assert_eq!(
        parts(&Statement { date }, Global, true).unwrap(),
        "GET /v3/global/statements?date=20260301&sp_mchid=1&sub_mchid=11 "
    );
    assert!(matches!(parts(&Statement { date }, Mainland, false), Err(WriteError::NotInThisEdition { .. })));
    let link = |kind, packed, under| parts(&BillLinkQuery { date, kind, packed }, Mainland, under).unwrap();
    for (kind, expected) in [
        (BillKind::All, "GET /v3/bill/tradebill?bill_date=2026-03-01&bill_type=ALL "),
        (BillKind::Success, "GET /v3/bill/tradebill?bill_date=2026-03-01&bill_type=SUCCESS "),
        (BillKind::Refund, "GET /v3/bill/tradebill?bill_date=2026-03-01&bill_type=REFUND "),
        (BillKind::BasicFunds, "GET /v3/bill/fundflowbill?bill_date=2026-03-01&account_type=BASIC "),
        (BillKind::OperationFunds, "GET /v3/bill/fundflowbill?bill_date=2026-03-01&account_type=OPERATION "),
        (BillKind::FeesFunds, "GET /v3/bill/fundflowbill?bill_date=2026-03-01&account_type=FEES "),
    ] {
        assert_eq!(link(kind, false, false), expected);
    }
    assert_eq!(
        link(BillKind::All, true, true),
        "GET /v3/bill/tradebill?bill_date=2026-03-01&sub_mchid=11&bill_type=ALL&tar_type=GZIP "
    );
    assert_eq!(
        link(BillKind::FeesFunds, true, true),
        "GET /v3/bill/fundflowbill?bill_date=2026-03-01&account_type=FEES&tar_type=GZIP "
    );
    let other = parts(&BillLinkQuery { date, kind: BillKind::All, packed: false }, Global, false);
    assert!(matches!(other, Err(WriteError::NotInThisEdition { .. })));

    let settlements = |which, limit| Settlements { which, offset: 0, limit };
    let settled = SettleState::Settled { from: date, until: "20260302".parse().unwrap() };
    assert_eq!(
        parts(&settlements(settled, 30), Global, true).unwrap(),
        "GET /v3/global/settle/settlements?sub_mchid=11&settle_state=SETTLED&settle_start_date=20260301\
        &settle_end_date=20260302&offset=0&limit=30 "
    );
    assert_eq!(
        parts(&settlements(SettleState::Unsettled, 1), Global, false).unwrap(),
        "GET /v3/global/settle/settlements?settle_state=UNSETTLE&offset=0&limit=1 "
    );
    for limit in [0, 31] {
        let unbounded = parts(&settlements(SettleState::Unsettled, limit), Global, false);
        assert!(matches!(unbounded, Err(WriteError::OutOfRange { .. })));
    }
    let mainland = parts(&settlements(SettleState::Unsettled, 1), Mainland, false);
    assert!(matches!(mainland, Err(WriteError::NotInThisEdition { .. })));
}

#[test]
fn refunds_of_both_editions_and_what_is_not_written() {
    use Edition::{Global, Mainland};
    let refund = |total, part, source| Refund {
        order: OrderRef::OutTradeNo("A1".parse().unwrap()),
        out_refund_no: "R1".parse().unwrap(),
        total,
        refund: part,
        reason: None,
        source,
        notify_url: Some("https://pay.example.com/r".parse().unwrap()),
    };
    let (cny, hkd) = (|minor| Money::new(minor, Currency::CNY), |minor| Money::new(minor, Currency::HKD));
    assert_eq!(
        parts(&refund(hkd(2), hkd(1), Some(RefundSource::Available)), Global, true).unwrap(),
        "POST /v3/global/refunds {\"sp_appid\":\"wx1\",\"sp_mchid\":\"1\",\"sub_appid\":\"wx3\",\"sub_mchid\":\"11\",\
        \"out_trade_no\":\"A1\",\"out_refund_no\":\"R1\",\"source\":\"REFUND_SOURCE_RECHARGE_FUNDS\",\
        \"notify_url\":\"https://pay.example.com/r\",\"amount\":{\"refund\":1,\"total\":2,\"currency\":\"HKD\"}}"
    );
    assert_eq!(
        parts(&refund(cny(2), cny(2), Some(RefundSource::Unsettled)), Mainland, true).unwrap(),
        "POST /v3/refund/domestic/refunds {\"sub_mchid\":\"11\",\"out_trade_no\":\"A1\",\"out_refund_no\":\"R1\",\
        \"notify_url\":\"https://pay.example.com/r\",\"funds_account\":\"UNSETTLED\",\
        \"amount\":{\"refund\":2,\"total\":2,\"currency\":\"CNY\"}}"
    );
    assert_eq!(RefundSource::Unsettled.as_str(Global), "REFUND_SOURCE_UNSETTLED_FUNDS");
    assert_eq!(RefundSource::Available.as_str(Mainland), "AVAILABLE");
    for (total, part, edition) in [
        (hkd(1), hkd(2), Global),
        (hkd(1), hkd(0), Global),
        (hkd(0), hkd(0), Global),
        (hkd(2_147_483_648), hkd(1), Global),
        (hkd(2), cny(1), Global),
        (hkd(2), hkd(1), Mainland),
    ] {
        let refused = parts(&refund(total, part, None), edition, false);
        assert!(matches!(refused, Err(WriteError::OutOfRange { .. })), "{total} {part}");
    }
}

#[test]
fn a_signature_that_no_rsa_key_made_is_refused_and_debug_shows_none() {
    let draft = || draft(&Certificates, &account(Edition::Global, false), 7, &"N0".parse().unwrap()).unwrap();
    for bytes in [0, 255, 513] {
        assert_eq!(draft().signed(&vec![0; bytes]).unwrap_err().bytes, bytes);
    }
    let request = draft().signed(&[7; 512]).unwrap();
    assert!(request.header("authorization").unwrap().contains("signature=\"Bwc"));
    assert_eq!(request.header("Content-Type"), None);
    assert!(!format!("{request:?}").contains("Bwc"));
}

#[test]
fn in_public_key_mode_every_request_names_the_key_but_those_whose_answer_is_unsigned() {
    let account =
        Account { answers_with: Some("PUB_KEY_ID_01".parse().unwrap()), ..account(Edition::Mainland, false) };
    let named = |request: Request| request.header("Wechatpay-Serial").map(str::to_owned);
    let (nonce, number) = ("N0".parse().unwrap(), || "A00001".parse().unwrap());
    let query = QueryOrder { order: OrderRef::OutTradeNo(number()), total: Money::new(1, Currency::CNY) };
    let get = draft(&query, &account, 7, &nonce).unwrap().signed(&[7; 256]).unwrap();
    let post = draft(&CloseOrder { out_trade_no: number() }, &account, 7, &nonce).unwrap();
    for request in [get, post.signed(&[7; 256]).unwrap()] {
        assert_eq!(named(request).as_deref(), Some("PUB_KEY_ID_01"));
    }
    let link = crate::answers::bill_link("https://api.mch.weixin.qq.com/v3/billdownload/file?token=1");
    let file = link.file(Edition::Mainland.hosts()).unwrap();
    assert_eq!(named(file.draft(&account, 7, &nonce).signed(&[7; 256]).unwrap()), None);
}
