//! The call that an answer belongs to reads it. This covers the answers of the vectors.

use crate::question::Question;
use crate::vectors::{merchant, merchants_key, sample};
use wire::Currency;
use wire::v2::bill::{
    BadRowReason, Bill, BillColumn, BillDifference, BillErrorCode, BillTradeState, BillValueError,
};
use wire::v2::{
    Advice, BillAnswer, Call, CallError, CloseOrder, DownloadBill, ErrCode, ExchangeRate, QueryOrder, Refund,
    RefundQuery, RefundStatus, SettlementQuery, SignType, TradeState, UnifiedOrder, answer,
};

fn read<C: Question>(beginning: &str) -> Result<C::Answer, CallError> {
    read_as(&C::answered_by(&sample(beginning).body), beginning)
}

fn read_as<C: Call>(call: &C, beginning: &str) -> Result<C::Answer, CallError> {
    let sample = sample(beginning);
    let sign_type = sample.sign_type.unwrap_or(SignType::Md5);
    answer(call, &sample.body, &merchant(), sign_type, &merchants_key())
}

fn refused<C: Question>(beginning: &str, err_code: ErrCode, advice: Advice)
where
    C::Answer: std::fmt::Debug,
{
    let error = read::<C>(beginning).unwrap_err();
    assert_eq!((error.err_code(), error.advice()), (Some(&err_code), advice), "{beginning}");
}

#[test]
fn an_order_is_placed_or_refused_for_a_reason() {
    let plain = read::<UnifiedOrder>("genuine/15").unwrap();
    assert!(plain.code_url.as_str().starts_with("weixin://wxpay/bizpayurl"));
    assert!(plain.prepay_id.as_str().starts_with("wx"));
    assert_eq!(plain.unknown.iter().count(), 0);
    // This code holds `&groupid=`. That is not a reason to refuse an answer.
    let with_ampersand = read::<UnifiedOrder>("genuine/16").unwrap();
    assert!(with_ampersand.code_url.as_str().contains("&groupid="));

    for beginning in ["genuine/17", "genuine/18"] {
        let error = read::<UnifiedOrder>(beginning).unwrap_err();
        assert!(matches!(error, CallError::RefusedBeforeProcessing { .. }));
        assert_eq!(error.advice(), Advice::Operator);
    }
    refused::<UnifiedOrder>("genuine/20", ErrCode::OrderPaid, Advice::Query);
    refused::<UnifiedOrder>("genuine/21", ErrCode::OrderClosed, Advice::Refuse);
    refused::<UnifiedOrder>("genuine/22", ErrCode::OutTradeNoUsed, Advice::Query);
    refused::<UnifiedOrder>("genuine/23", ErrCode::InvalidRequest, Advice::Query);
    refused::<UnifiedOrder>("genuine/24", ErrCode::SystemError, Advice::RepeatSame);
    refused::<UnifiedOrder>("genuine/25", ErrCode::AppIdMchIdNotMatch, Advice::Operator);
    refused::<UnifiedOrder>("genuine/26", ErrCode::NoAuth, Advice::Operator);
    refused::<UnifiedOrder>("genuine/27", ErrCode::LackParams, Advice::Operator);
}

#[test]
fn a_query_returns_the_state_and_the_payment() {
    for (beginning, total) in
        [("genuine/32", "88.00 HKD"), ("genuine/33", "1980 JPY"), ("genuine/34", "100.00 CNY")]
    {
        let answer = read::<QueryOrder>(beginning).unwrap();
        assert_eq!(answer.trade_state, TradeState::Success);
        let payment = answer.payment.unwrap();
        assert_eq!(payment.out_trade_no, answer.out_trade_no);
        assert_eq!(payment.total.or_in(Currency::CNY).to_string(), total);
        assert_eq!(answer.unknown.iter().count(), 0, "{beginning}");
    }
    assert_eq!(read::<QueryOrder>("genuine/34").unwrap().payment.unwrap().coupons.len(), 2);
    for (beginning, state) in [
        ("genuine/35", TradeState::NotPay),
        ("genuine/36", TradeState::Closed),
        ("genuine/37", TradeState::UserPaying),
        ("genuine/38", TradeState::PayError),
        ("genuine/39", TradeState::Revoked),
    ] {
        let answer = read::<QueryOrder>(beginning).unwrap();
        assert_eq!((answer.trade_state, answer.payment), (state, None));
        assert!(answer.trade_state_desc.is_some());
        assert_eq!(answer.unknown.iter().count(), 0, "{beginning}");
    }
    refused::<QueryOrder>("genuine/41", ErrCode::OrderNotExist, Advice::Query);
    refused::<QueryOrder>("genuine/42", ErrCode::SystemError, Advice::RepeatSame);
}

#[test]
fn a_close_succeeds_or_says_that_the_order_was_paid() {
    let closed = read::<CloseOrder>("genuine/51").unwrap();
    assert_eq!(closed.result_msg.as_deref(), Some("OK"));
    assert_eq!(closed.unknown.iter().count(), 0);
    refused::<CloseOrder>("genuine/52", ErrCode::OrderPaid, Advice::Query);
    refused::<CloseOrder>("genuine/53", ErrCode::OrderClosed, Advice::Refuse);
    refused::<CloseOrder>("genuine/54", ErrCode::OrderNotExist, Advice::Query);
    refused::<CloseOrder>("genuine/55", ErrCode::SystemError, Advice::RepeatSame);
}

#[test]
fn a_refund_is_accepted_or_waits_or_needs_a_person() {
    let accepted = read::<Refund>("genuine/81").unwrap();
    assert_eq!(
        (accepted.refund.to_string(), accepted.total.to_string()),
        ("33.00 HKD".into(), "88.00 HKD".into())
    );
    assert_eq!(accepted.cash_refund.unwrap().to_string(), "30.36 CNY");
    assert_eq!((accepted.coupon_refund_minor, accepted.coupons.len()), (Some(0), 0));
    assert_eq!((accepted.refund_channel, accepted.unknown.iter().count()), (None, 0));
    refused::<Refund>("genuine/82", ErrCode::NotEnough, Advice::RepeatSame);
    refused::<Refund>("genuine/83", ErrCode::BizErrNeedRetry, Advice::RepeatSame);
    refused::<Refund>("genuine/84", ErrCode::TradeOverdue, Advice::Operator);
    refused::<Refund>("genuine/85", ErrCode::Error, Advice::Query);
    refused::<Refund>("genuine/86", ErrCode::SystemError, Advice::RepeatSame);
}

#[test]
fn a_refund_query_lists_the_refunds_of_an_order() {
    let answer = read::<RefundQuery>("genuine/88").unwrap();
    let refunds: Vec<_> = answer.refunds.iter().map(|refund| (refund.refund.minor, &refund.status)).collect();
    assert_eq!(refunds, [(3300, &RefundStatus::Success), (1100, &RefundStatus::Processing)]);
    let [done, under_way] = &answer.refunds[..] else { panic!("two refunds") };
    assert_eq!(done.success_time, Some("20260302100511".parse().unwrap()));
    assert_eq!((under_way.success_time, done.receiving_account.as_deref()), (None, Some("支付用户零钱")));
    assert_eq!(answer.unknown.iter().count(), 0);
    refused::<RefundQuery>("genuine/89", ErrCode::RefundNotExist, Advice::Refuse);
}

#[test]
fn the_smaller_answers_signed_or_not() {
    let rate = read::<ExchangeRate>("genuine/a1").unwrap();
    assert_eq!((rate.currency.as_str(), rate.rate.unwrap().0), ("HKD", 92_000_000));
    assert_eq!((rate.date, rate.unknown.iter().count()), (Some("20260301".parse().unwrap()), 0));

    let settled = read::<SettlementQuery>("genuine/a3").unwrap();
    let [row] = &settled.rows[..] else { panic!("one row") };
    assert_eq!((row.settled_minor, row.refunded_minor), (Some(120_000), Some(-3_300)));
    assert_eq!((row.unknown.iter().count(), settled.unknown.iter().count()), (0, 0));

    assert_eq!(read::<DownloadBill>("genuine/a5"), Ok(BillAnswer::NoBill));
}

fn bill_text(beginning: &str) -> String {
    match read::<DownloadBill>(beginning).unwrap() {
        BillAnswer::Bill(text) => text,
        other => panic!("{beginning}: {other:?}"),
    }
}

#[test]
fn a_bill_is_text_with_typed_rows_and_totals() {
    let text = bill_text("genuine/a6");
    let bill = Bill::parse(&text).unwrap();
    let [row] = bill.rows().unwrap()[..] else { panic!("one row") };
    assert_eq!(row.trade_time().unwrap().unwrap().to_string(), "20260301120345");
    assert_eq!(row.out_trade_no().unwrap().unwrap().as_str(), "HK20260301A0001");
    assert_eq!(row.order_total().unwrap().unwrap().to_string(), "88.00 HKD");
    assert_eq!(row.decimal(BillColumn::Charge).unwrap().unwrap().to_minor(2), Some(88));
    assert_eq!((row.refund_id(), row.get(BillColumn::ChargeRate)), (Ok(None), Ok(Some("1.00%"))));
    assert_eq!((row.trade_state(), row.refund_state()), (Ok(Some(BillTradeState::Success)), Ok(None)));
    assert_eq!((bill.total("订单总金额"), bill.unchecked_totals().len()), (Some("88.00"), 0));
}

#[test]
fn the_amounts_of_a_cross_border_bill_are_read() {
    let text = bill_text("genuine/ac");
    let bill = Bill::parse(&text).unwrap();
    let [row] = bill.rows().unwrap()[..] else { panic!("one row") };
    assert_eq!(row.order_total().unwrap().unwrap().to_string(), "88.00 HKD");
    assert_eq!(row.refund_asked().unwrap().unwrap().to_string(), "0.00 HKD");
    assert!(matches!(row.get(BillColumn::SettlementTotal), Err(BillValueError::NoColumn { .. })));
}

#[test]
fn a_bad_row_does_not_hide_the_day_and_is_reported() {
    let text = bill_text("genuine/ad");
    let bill = Bill::parse(&text).unwrap();
    let bodies: Vec<_> =
        bill.rows().unwrap().iter().map(|row| row.get(BillColumn::Body).unwrap().unwrap()).collect();
    assert_eq!(bodies, ["Example Tea House", "tea\nset, `best`\n`of` 2026", "cups"]);

    let text = bill_text("genuine/ae");
    let bill = Bill::parse(&text).unwrap();
    let orders: Vec<_> =
        bill.sound_rows().map(|row| row.out_trade_no().unwrap().unwrap().to_string()).collect();
    assert_eq!(orders, ["HK20260301A0001", "HK20260301A0004"]);
    let faults = bill.rows().unwrap_err();
    let bad: Vec<_> = faults.bad_rows.iter().map(|bad| (bad.line, bad.why)).collect();
    assert_eq!(
        bad,
        [(3, BadRowReason::TooFewValues { values: 19 }), (4, BadRowReason::TooManyValues { values: 21 })]
    );
    assert_eq!(faults.differences[0], BillDifference::Count { stated: 4, read: 2 });
    assert_eq!(faults.differences.len(), 4);
}

#[test]
fn a_failed_bill_keeps_its_code() {
    let BillAnswer::Refused(refusal) = read::<DownloadBill>("genuine/ab").unwrap() else { panic!("refused") };
    assert_eq!(refusal.error_code, Some(BillErrorCode::SystemTimeout));
    assert_eq!((&*refusal.return_msg, refusal.advice()), ("系统错误", Advice::RepeatSame));
}

#[cfg(feature = "gzip")]
#[test]
fn a_packed_bill_is_read_to_its_end() {
    assert_eq!(bill_text("genuine/af"), bill_text("genuine/a6"));
}

#[test]
fn a_full_page_of_refunds_with_coupons_is_read() {
    let answer = read::<RefundQuery>("genuine/8a").unwrap();
    assert_eq!((answer.refunds.len(), answer.total_refund_count), (10, Some(12)));
    assert!(answer.refunds.iter().all(|refund| refund.coupons.len() == 3));
    assert_eq!(answer.unknown.iter().count(), 0);
}

#[test]
fn another_merchants_answer_is_always_foreign() {
    let sample = sample("genuine/32");
    let other = wire::Merchant { mch_id: "1634117206".parse().unwrap(), ..merchant() };
    let query = QueryOrder::answered_by(&sample.body);
    let read = answer(&query, &sample.body, &other, SignType::Md5, &merchants_key());
    assert!(matches!(read, Err(CallError::ForeignMerchant(_))), "{read:?}");
}

fn mismatch<T: std::fmt::Debug>(read: Result<T, CallError>) -> String {
    match read {
        Err(CallError::AboutSomethingElse(difference)) => difference.field.into(),
        other => panic!("about something else, not {other:?}"),
    }
}

#[test]
fn a_genuine_answer_about_another_order_refund_or_amount_is_rejected() {
    let another: wire::OutTradeNo = "HK20260301A0009".parse().unwrap();
    // A payment, an unpaid and a closed order.
    for beginning in ["genuine/32", "genuine/35", "genuine/36"] {
        let query = QueryOrder {
            order: wire::v2::OrderRef::OutTradeNo(another.clone()),
            ..QueryOrder::answered_by(&sample(beginning).body)
        };
        assert_eq!(mismatch(read_as(&query, beginning)), "out_trade_no", "{beginning}");
    }
    let refund = Refund::answered_by(&sample("genuine/81").body);
    let another_refund = Refund { out_refund_no: "R9".parse().unwrap(), ..refund.clone() };
    assert_eq!(mismatch(read_as(&another_refund, "genuine/81")), "out_refund_no");
    let another_order = Refund { order: wire::v2::OrderRef::OutTradeNo(another.clone()), ..refund.clone() };
    assert_eq!(mismatch(read_as(&another_order, "genuine/81")), "out_trade_no");
    let another_amount = Refund { refund: wire::Money::new(1, Currency::HKD), ..refund };
    assert_eq!(mismatch(read_as(&another_amount, "genuine/81")), "refund_fee");
    let of_another = RefundQuery {
        order: wire::v2::OrderRef::OutTradeNo(another),
        ..RefundQuery::answered_by(&sample("genuine/88").body)
    };
    assert_eq!(mismatch(read_as(&of_another, "genuine/88")), "out_trade_no");
}
