//! What is read from genuine answers about refunds.

use wire::v3::{
    CallError, Edition, OrderRef, Refund, RefundAnswer, RefundQuery, RefundQueryAnswer, RefundRef,
    RefundStatus, RefundsOfOrder, Stage,
};
use wire::{Currency, Money};

use crate::answers::{account, fault, hkd, institution, order, read};

const GLOBAL: &str = r#"{"id":"50","out_refund_no":"R1","transaction_id":"42","out_trade_no":"A1","channel":"ORIGINAL",
    "recv_account":"balance","fund_source":"REFUND_SOURCE_UNSETTLED_FUNDS","create_time":"2026-03-01T13:06:41+08:00",
    "amount":{"refund":2000,"currency":"HKD","payer_refund":1840,"payer_currency":"CNY"},"status":"SUCCESS",
    "success_time":"2026-03-01T13:07:30+08:00","detail":[{"promotion_id":"T1","refund_amount":5}]}"#;

const MAINLAND: &str = r#"{"refund_id":"50","out_refund_no":"R1","transaction_id":"42","out_trade_no":"A1",
    "user_received_account":"balance","funds_account":"UNSETTLED","status":"PROCESSING",
    "amount":{"total":8800,"refund":2000,"payer_refund":2000,"currency":"CNY"},"promotion_detail":[{"coupon_id":"T2"}]}"#;

fn refund(total: Money, part: u64) -> Refund {
    Refund {
        order: OrderRef::Both { out_trade_no: "A1".parse().unwrap(), transaction_id: "42".parse().unwrap() },
        out_refund_no: "R1".parse().unwrap(),
        total,
        refund: Money::new(part, total.currency),
        reason: None,
        source: None,
        notify_url: None,
    }
}

fn taken(body: &str, edition: Edition) -> Result<RefundAnswer, CallError> {
    let currency = if edition == Edition::Global { Currency::HKD } else { Currency::CNY };
    read(&refund(Money::new(8800, currency), 2000), body, &account(edition))
}

fn queried(body: &str) -> Result<RefundQueryAnswer, CallError> {
    let which = RefundRef::OutRefundNo("R1".parse().unwrap());
    read(&RefundQuery { which, order: order(), refund: Some(hkd(2000)) }, body, &account(Edition::Global))
}

#[test]
fn every_field_of_a_refund_is_read_in_both_editions() {
    let global = queried(GLOBAL).unwrap();
    assert_eq!(global.status, RefundStatus::Success);
    let report = global.report;
    assert_eq!((report.refund_id.as_str(), report.out_refund_no.as_str()), ("50", "R1"));
    assert_eq!(report.transaction_id.unwrap().as_str(), "42");
    assert_eq!((report.out_trade_no.unwrap().as_str(), report.refund_minor), ("A1", 2000));
    assert_eq!(report.payer_refund, Some(Money::new(1840, Currency::CNY)));
    assert_eq!(
        (report.channel.as_deref(), report.receiving_account.as_deref()),
        (Some("ORIGINAL"), Some("balance"))
    );
    assert_eq!(report.source.as_deref(), Some("REFUND_SOURCE_UNSETTLED_FUNDS"));
    assert_eq!(report.create_time.unwrap().to_string(), "2026-03-01T13:06:41+08:00");
    assert_eq!(report.success_time.unwrap().to_string(), "2026-03-01T13:07:30+08:00");
    assert_eq!(report.promotions[0].amount_minor, Some(5));

    let mainland = taken(MAINLAND, Edition::Mainland).unwrap();
    assert_eq!(mainland.status, Some(RefundStatus::Processing));
    let report = mainland.report;
    assert_eq!((report.refund_id.as_str(), report.receiving_account.as_deref()), ("50", Some("balance")));
    assert_eq!(report.payer_refund, Some(Money::new(2000, Currency::CNY)));
    assert_eq!(
        (report.source.as_deref(), report.promotions[0].id.as_deref()),
        (Some("UNSETTLED"), Some("T2"))
    );
}

#[test]
fn an_accepted_refund_of_the_global_edition_has_no_state() {
    let body = r#"{"id":"50","out_refund_no":"R1","create_time":"2026-03-01T13:06:41+08:00","amount":{"refund":2000,"currency":"HKD"}}"#;
    assert_eq!(taken(body, Edition::Global).unwrap().status, None);
    assert_eq!(fault(queried(body)), (Stage::Fields, "status".into()));
}

#[test]
fn an_answer_about_another_refund_is_refused() {
    for (field, from, to) in [
        ("out_refund_no", "\"R1\"", "\"R2\""),
        ("out_trade_no", "\"A1\"", "\"A2\""),
        ("transaction_id", "\"42\"", "\"43\""),
        ("amount.refund", "\"refund\":2000", "\"refund\":2001"),
        ("amount.refund", "\"currency\":\"CNY\"", "\"currency\":\"HKD\""),
        ("amount.total", "\"total\":8800", "\"total\":8801"),
        ("mchid", "{\"refund_id\"", "{\"mchid\":\"2\",\"refund_id\""),
        ("sp_mchid", "{\"refund_id\"", "{\"sp_mchid\":\"1\",\"refund_id\""),
    ] {
        let changed = MAINLAND.replacen(from, to, 1);
        assert_eq!(fault(taken(&changed, Edition::Mainland)), (Stage::Business, field.into()));
    }
    let other = GLOBAL.replacen("\"R1\"", "\"R2\"", 1);
    assert_eq!(fault(queried(&other)), (Stage::Business, "out_refund_no".into()));
    let which = RefundRef::RefundId("51".parse().unwrap());
    let by_id = RefundQuery { which, order: order(), refund: None };
    assert_eq!(fault(read(&by_id, GLOBAL, &account(Edition::Global))), (Stage::Business, "refund_id".into()));
    let same = RefundQuery { which: RefundRef::RefundId("50".parse().unwrap()), ..by_id };
    assert!(read(&same, GLOBAL, &account(Edition::Global)).is_ok());
    let named = |numbers: &str| GLOBAL.replacen('{', &format!("{{{numbers},"), 1);
    for (account, numbers, expected) in [
        (institution(), "\"sp_mchid\":\"1\",\"sub_mchid\":\"11\"", None),
        (institution(), "\"sp_mchid\":\"1\",\"sub_mchid\":\"12\"", Some("sub_mchid")),
        (institution(), "\"mchid\":\"1\"", Some("mchid")),
        (account(Edition::Global), "\"mchid\":\"1\"", None),
        (account(Edition::Global), "\"sub_mchid\":\"11\"", Some("sub_mchid")),
    ] {
        let read = read(&same, &named(numbers), &account);
        match expected {
            Some(field) => assert_eq!(fault(read), (Stage::Business, field.into())),
            None => assert!(read.is_ok(), "{numbers}"),
        }
    }
}

#[test]
fn a_refund_without_a_deciding_field_is_malformed() {
    for (field, from, to) in [
        ("id", "\"id\":\"50\"", "\"_\":\"50\""),
        ("refund_id", "\"id\":\"50\"", "\"id\":\"50\",\"refund_id\":\"51\""),
        ("out_refund_no", "\"out_refund_no\":\"R1\"", "\"_\":1"),
        ("amount", "\"amount\"", "\"_\""),
        ("amount.refund", "\"refund\":2000", "\"_\":1"),
        ("amount.refund", "\"refund\":2000", "\"refund\":\"2000\""),
        ("status", "\"SUCCESS\"", "7"),
    ] {
        let changed = GLOBAL.replacen(from, to, 1);
        assert_eq!(fault(queried(&changed)), (Stage::Fields, field.into()), "{to}");
    }
    assert_eq!(
        fault(taken(&MAINLAND.replacen("\"refund_id\":\"50\",", "", 1), Edition::Mainland)),
        (Stage::Fields, "refund_id".into())
    );
    assert_eq!(
        fault(taken(&MAINLAND.replacen("\"PROCESSING\"", "7", 1), Edition::Mainland)),
        (Stage::Fields, "status".into())
    );
}

#[test]
fn a_page_of_an_orders_refunds_is_read_and_no_refund_may_be_there_twice() {
    let all = RefundsOfOrder { order: order(), total: hkd(8800), offset: 0, count: 20 };
    let second = GLOBAL.replacen("\"R1\"", "\"R2\"", 1).replacen("SUCCESS", "ABNORMAL", 1);
    let page = |first: &str, rest: &str| {
        format!(
            "{{\"out_trade_no\":\"A1\",\"amount\":{{\"total\":8800,\"currency\":\"HKD\"}},\"total_num\":7{rest},\"data\":[{first},{second}]}}"
        )
    };
    let answer = read(&all, &page(GLOBAL, ""), &account(Edition::Global)).unwrap();
    let statuses: Vec<_> = answer.refunds.iter().map(|refund| refund.status.as_str()).collect();
    assert_eq!((answer.total_num, &*statuses), (Some(7), &["SUCCESS", "ABNORMAL"][..]));
    let twice = page(&second, "");
    assert_eq!(
        fault(read(&all, &twice, &account(Edition::Global))),
        (Stage::Fields, "data.out_refund_no".into())
    );
    for (field, from, to) in [
        ("out_trade_no", "{\"out_trade_no\":\"A1\"", "{\"out_trade_no\":\"A2\""),
        ("amount.total", "\"total\":8800", "\"total\":8801"),
    ] {
        let changed = page(GLOBAL, "").replacen(from, to, 1);
        assert_eq!(fault(read(&all, &changed, &account(Edition::Global))), (Stage::Business, field.into()));
    }
    // One refund in another currency makes the list one about something else.
    let first = GLOBAL.replacen("\"HKD\"", "\"JPY\"", 1);
    assert_ne!(first, GLOBAL);
    assert_eq!(
        fault(read(&all, &page(&first, ""), &account(Edition::Global))),
        (Stage::Business, "amount.refund".into())
    );
    let by_id = RefundsOfOrder { order: OrderRef::TransactionId("43".parse().unwrap()), ..all };
    let named = page(GLOBAL, ",\"transaction_id\":\"42\"");
    assert_eq!(
        fault(read(&by_id, &named, &account(Edition::Global))),
        (Stage::Business, "transaction_id".into())
    );
}
