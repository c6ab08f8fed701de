//! Placing the order: one request, repeated unchanged until its outcome is known.

use gateway::{CallName, Failure, Question};
use order::{FailureCause, Input, Order, PageStatus, State, TermsError, WebhookKind, Who};
use wire::Nonce;

use crate::life::{HOUR, Life, MINUTE, SECOND, T0_MS, terms};
use crate::wechat::{PAYMENT, closed, hkd, key, not_understood, ordered, ordered_with, paid, refused, state};

/// The body of the call in flight, with a fixed nonce.
fn body(life: &Life) -> String {
    life.call.as_ref().unwrap().call.request(&key(), &Nonce::new("N0").unwrap()).unwrap().body
}

#[test]
fn the_request_carries_these_fields_and_no_others() {
    let expected = [
        ("appid", "wx5c1f9e2a7d3b6048"),
        ("body", "Example Tea House - gift set"),
        ("fee_type", "HKD"),
        ("mch_id", "1634117205"),
        ("nonce_str", "N0"),
        ("notify_url", "https://pay.example.com/notify/wechat"),
        ("out_trade_no", "HK20260301A0001"),
        ("product_id", "tea-gift-set"),
        ("sign_type", "HMAC-SHA256"),
        ("spbill_create_ip", "203.0.113.10"),
        ("time_expire", "20260301123000"),
        ("time_start", "20260301120000"),
        ("total_fee", "8800"),
        ("trade_type", "NATIVE"),
        ("version", "1.0"),
    ];
    let body = body(&Life::placing());
    let fields = wire::v2::Fields::parse(body.as_bytes()).unwrap();
    let mut sent: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
    sent.sort_unstable();
    assert_eq!(sent, expected);
}

/// A way in which a call can end.
type Ending = (&'static str, fn(&mut Life));

#[test]
fn an_unclear_outcome_repeats_the_request_byte_for_byte() {
    let unclear: [Ending; 8] = [
        ("time-out", |life| life.fail(Failure::no_answer())),
        ("no connection", |life| life.fail(Failure::NoConnection)),
        ("SYSTEMERROR", |life| life.answer(&refused("SYSTEMERROR").signed())),
        ("HTML", |life| life.answer("<html><body>502 Bad Gateway</body></html>")),
        ("truncated", |life| life.answer(&ordered().signed()[..200])),
        ("unsigned", |life| life.answer(&ordered().unsigned())),
        ("without a code", |life| life.answer(&ordered().but_no("code_url").signed())),
        ("FAIL without a signature", |life| life.answer(&not_understood("签名错误"))),
    ];
    for (name, end) in unclear {
        let mut life = Life::placing();
        let first = body(&life);
        life.at(2 * SECOND);
        end(&mut life);
        assert_eq!(life.status(), PageStatus::Placing, "{name}");
        assert_eq!(life.sleep_until_call(), CallName::Place, "{name}");
        assert_eq!(body(&life), first, "{name}");
        life.answer(&ordered().signed());
        assert_eq!(life.status(), PageStatus::AwaitingPayment, "{name}");
    }
}

#[test]
fn done_but_the_answer_was_lost_is_repeated_and_the_newest_code_is_shown() {
    let mut life = Life::placing();
    life.fail(Failure::no_answer());
    life.sleep_until_call();
    life.answer(&ordered_with("weixin://wxpay/bizpayurl?pr=second").signed());
    let code_url = life.order.view(life.now_ms).code_url.unwrap();
    assert_eq!(code_url.as_str(), "weixin://wxpay/bizpayurl?pr=second");
}

#[test]
fn the_answer_of_an_earlier_attempt_is_ignored() {
    let mut life = Life::placing();
    let first = life.call.clone().unwrap();
    life.fail(Failure::no_answer());
    life.sleep_until_call();
    let outcome =
        first.call.read(ordered_with("weixin://wxpay/bizpayurl?pr=first").signed().as_bytes(), &key());
    life.give(Input::Answered { attempt: first.attempt, outcome, raw: None });
    assert_eq!(life.status(), PageStatus::Placing);
    life.answer(&ordered_with("weixin://wxpay/bizpayurl?pr=second").signed());
    assert!(life.order.view(life.now_ms).code_url.unwrap().as_str().ends_with("second"));
}

#[test]
fn a_process_that_died_with_the_call_in_flight_repeats_it_after_the_deadline() {
    let mut life = Life::placing();
    let first = body(&life);
    life.call = None;
    assert_eq!(life.sleep_until_call(), CallName::Place);
    assert_eq!(life.elapsed(), 21 * SECOND);
    assert_eq!(body(&life), first);
}

#[test]
fn a_process_that_knows_it_was_restarted_need_not_wait_for_the_deadline() {
    let mut life = Life::placing();
    life.call = None;
    life.at(3 * SECOND).give(Input::Restarted);
    life.sleep_until_call();
    assert_eq!(life.elapsed(), 4 * SECOND);
}

#[test]
fn without_a_connection_the_next_host_is_tried_at_once_and_kept() {
    let mut life = Life::placing();
    life.fail(Failure::NoConnection);
    let second = life.call.as_ref().unwrap();
    assert_eq!((second.host_index, life.elapsed()), (1, 0));
    life.answer(&ordered().signed());
    life.sleep_until_call();
    assert_eq!(life.call.as_ref().unwrap().host_index, 1, "what works is kept");
}

#[test]
fn an_answer_however_bad_does_not_change_the_host() {
    let mut life = Life::placing();
    life.answer("<html>502</html>");
    life.sleep_until_call();
    assert_eq!(life.call.as_ref().unwrap().host_index, 0);
}

#[test]
fn after_seven_tries_with_growing_pauses_the_page_is_told_and_the_gateway_cleaned_up() {
    let mut life = Life::placing();
    for _ in 0..7 {
        assert_eq!(life.sleep_until_call(), CallName::Place);
        life.fail(Failure::no_answer());
    }
    assert_eq!(life.called_at(CallName::Place), [0, 1, 3, 7, 15, 30, 60].map(|seconds| seconds * SECOND));
    assert_eq!(life.status(), PageStatus::Failed);
    assert_eq!(life.order.view(life.now_ms).failure, Some(FailureCause::Unreachable));
    // It may exist at the gateway, so it is closed there at the earliest moment.
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), 60 * SECOND + 5 * MINUTE + 5 * SECOND);
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.calling(), Some(CallName::Close));
    life.answer(&closed().signed());
    assert!(matches!(life.state(), State::Closed { .. }));
}

#[test]
fn a_failed_placing_that_left_nothing_at_the_gateway_is_closed_by_the_query_alone() {
    let mut life = Life::placing();
    for _ in 0..7 {
        life.sleep_until_call();
        life.fail(Failure::no_answer());
    }
    life.sleep_until_call();
    life.answer(&refused("ORDERNOTEXIST").signed());
    assert!(matches!(life.state(), State::Closed { .. }));
    assert_eq!(life.webhooks(), [WebhookKind::OrderFailed, WebhookKind::OrderClosed]);
}

#[test]
fn a_wrong_key_is_called_a_misconfiguration_in_the_end() {
    let mut life = Life::placing();
    for _ in 0..7 {
        life.sleep_until_call();
        life.answer(&not_understood("签名错误"));
    }
    let failure = life.order.view(life.now_ms).failure;
    assert_eq!(failure, Some(FailureCause::Misconfigured { code: "签名错误".into(), text: None }));
}

#[test]
fn orderpaid_on_ordering_means_ask_and_the_query_pays_the_order() {
    let mut life = Life::placing();
    life.answer(&refused("ORDERPAID").signed());
    assert_eq!(life.calling(), Some(CallName::Query));
    life.answer(&paid(PAYMENT, T0_MS).signed());
    assert_eq!(life.status(), PageStatus::Paid);
}

#[test]
fn a_number_that_does_not_exist_yet_is_asked_about_again_after_half_a_minute() {
    let mut life = Life::placing();
    life.answer(&refused("ORDERPAID").signed());
    life.answer(&refused("ORDERNOTEXIST").signed());
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), 30 * SECOND);
    life.answer(&refused("ORDERNOTEXIST").signed());
    assert_eq!(life.status(), PageStatus::Failed);
    assert!(matches!(life.state(), State::Failed { .. }));
    assert_eq!(life.webhooks(), [WebhookKind::OrderFailed]);
    // The gateway said *paid* once, so it is asked once more within the hour.
    assert_eq!(life.sleep_until_call(), CallName::Query);
    life.answer(&paid(PAYMENT, T0_MS).signed());
    assert_eq!(life.status(), PageStatus::Paid);
}

#[test]
fn a_malformed_parameter_fails_at_once_when_nothing_is_there() {
    let mut life = Life::placing();
    life.answer(&refused("INVALID_REQUEST").signed());
    life.answer(&refused("ORDERNOTEXIST").signed());
    assert_eq!(life.elapsed(), 0);
    assert_eq!(
        life.order.view(life.now_ms).failure,
        Some(FailureCause::Refused { code: "INVALID_REQUEST".into(), text: Some("text for humans".into()) })
    );
}

#[test]
fn a_number_in_use_for_an_unpaid_order_without_our_code_is_closed() {
    let mut life = Life::placing();
    life.answer(&refused("OUT_TRADE_NO_USED").signed());
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.status(), PageStatus::Failed);
    assert_eq!(life.sleep_until_call(), CallName::Query);
    life.answer(&state("NOTPAY").signed());
    life.answer(&closed().signed());
    assert!(matches!(life.state(), State::Closed { .. }));
}

#[test]
fn a_number_in_use_for_an_order_of_another_amount_never_becomes_paid() {
    let mut life = Life::placing();
    life.answer(&refused("OUT_TRADE_NO_USED").signed());
    life.answer(&paid(PAYMENT, T0_MS).and("total_fee", 1).signed());
    assert_eq!(life.order.view(life.now_ms).failure, Some(FailureCause::UnexpectedTrade));
    assert_eq!(life.order.payment(), None);
}

#[test]
fn a_number_that_was_closed_fails_the_order() {
    let mut life = Life::placing();
    life.answer(&refused("ORDERCLOSED").signed());
    assert!(matches!(life.state(), State::Failed { .. }));
    assert_eq!(life.calling(), None);
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn an_unreachable_gateway_is_asked_a_bounded_number_of_times_what_it_holds() {
    let mut life = Life::placing();
    life.answer(&refused("ORDERPAID").signed());
    let mut asked = 0;
    while life.status() == PageStatus::Placing {
        assert_eq!(life.sleep_until_call(), CallName::Query);
        life.fail(Failure::no_answer());
        asked += 1;
    }
    assert_eq!(asked, 7);
    assert!(life.elapsed() < 6 * MINUTE);
}

#[test]
fn an_order_given_up_while_it_is_placed_is_closed_five_minutes_after_the_gateway_had_it() {
    let mut life = Life::placing();
    life.at(SECOND).give(Input::CancelRequested { by: Who::Shopper });
    assert_eq!(life.status(), PageStatus::Cancelled);
    life.at(2 * SECOND).answer(&ordered().signed());
    assert_eq!(life.status(), PageStatus::Cancelled);
    assert_eq!(life.order.view(life.now_ms).code_url, None);
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert_eq!(life.elapsed(), 2 * SECOND + 5 * MINUTE + 5 * SECOND);
    life.answer(&state("NOTPAY").signed());
    life.answer(&closed().signed());
    assert!(matches!(life.state(), State::Closed { .. }));
}

#[test]
fn a_request_that_cannot_be_written_fails_the_order_and_is_not_sent_again() {
    let mut life = Life::placing();
    let mut call = life.call.clone().unwrap().call;
    let Question::Place(order) = &mut call.question else { panic!() };
    order.total = hkd(0);
    let failure = call.request(&key(), &Nonce::new("N0").unwrap()).unwrap_err();
    assert!(matches!(failure, Failure::NotWritten(_)));
    life.fail(failure);
    assert!(matches!(life.order.view(life.now_ms).failure, Some(FailureCause::Misconfigured { .. })));
    assert_eq!(life.calling(), None);
}

#[test]
fn terms_the_gateway_would_refuse_make_no_order() {
    for (minor, life_ms, error) in [
        (0, HOUR, Some(TermsError::Amount)),
        (1, HOUR, None),
        (0x7fff_ffff, HOUR, None),
        (0x8000_0000, HOUR, Some(TermsError::Amount)),
        (8800, 6 * MINUTE - 1, Some(TermsError::Expiry)),
        (8800, 6 * MINUTE, None),
        (8800, 115 * MINUTE, None),
        (8800, 115 * MINUTE + 1, Some(TermsError::Expiry)),
        (8800, i64::MAX, Some(TermsError::Expiry)),
    ] {
        let mut terms = terms();
        terms.amount = hkd(minor);
        terms.time_expire_at_ms = T0_MS.saturating_add(life_ms);
        assert_eq!(Order::place(T0_MS, terms).err(), error, "{minor} {life_ms}");
    }
}

#[test]
fn an_order_remembers_when_it_was_made_and_on_what() {
    let life = Life::awaiting();
    assert_eq!(life.order.made_at_ms(), crate::life::T0_MS);
    assert_eq!(life.order.terms(), &crate::life::terms());
}
