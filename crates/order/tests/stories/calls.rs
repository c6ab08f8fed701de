//! Each gateway call × each way it can end: what the order does next.
//!
//! The endings of each call: a refusal by each known code and by an unknown one; no connection; no answer; an
//! answer that is empty, cut off, HTML, unsigned, signed with another key, or about another merchant; an
//! unsigned FAIL; the death of the process. A good outcome and a lost one are also reported twice.

use gateway::{CallName, Failure};
use order::{Input, PageStatus, RefundOrder, RefundStatus, State};
use wire::OutRefundNo;
use wire::v2::{ApiKey, ErrCode};

use crate::life::{HOUR, Life, MINUTE};
use crate::wechat::{Wechat, closed, hkd, not_understood, ordered, refund_accepted, refused, state};

/// An order with this call in flight.
fn calling(call: CallName) -> Life {
    let mut life = match call {
        CallName::Place => Life::placing(),
        CallName::Query => Life::watched(),
        CallName::Close => {
            let mut life = Life::awaiting();
            life.at(30 * MINUTE).give(Input::AlarmFired);
            life.answer(&state("NOTPAY").signed());
            life
        }
        CallName::Refund | CallName::RefundQuery => {
            let mut life = Life::paid();
            let refund = RefundOrder::new(OutRefundNo::new("R1").unwrap(), hkd(3000));
            life.give(Input::RefundRequested(refund));
            life
        }
    };
    if call == CallName::RefundQuery {
        life.answer(&refund_accepted("R1", 3000).signed());
    }
    assert_eq!(life.sleep_until_call(), call);
    life
}

const CALLS: [CallName; 5] =
    [CallName::Place, CallName::Query, CallName::Close, CallName::Refund, CallName::RefundQuery];

/// The state of the order, as far as the tables below distinguish it.
fn standing(life: &Life) -> String {
    let refund = life.order.refunds().next().map(|refund| refund.status);
    match (life.state(), refund) {
        (_, Some(status)) => format!("refund {}", status.name()),
        (State::Placing { step, .. }, None) => format!("placing, {step:?}").to_lowercase(),
        (state, None) => state.name().into(),
    }
}

/// What a refusal with each code does to the order that made the call.
fn after_refusal(call: CallName, code: &ErrCode) -> &'static str {
    use ErrCode as E;
    match call {
        CallName::Place => match code {
            E::SystemError
            | E::BizErrNeedRetry
            | E::NotEnough
            | E::FrequencyLimited
            | E::InvalidReqTooMuch
            | E::OrderNotReady => "placing, ordering",
            E::OrderPaid | E::OrderNotExist | E::OutTradeNoUsed | E::TradeStateError | E::Error => {
                "placing, asking"
            }
            E::InvalidRequest => "placing, askingiftaken",
            _ => "failed",
        },
        // A refused query never says that an order was not paid.
        CallName::Query => "awaiting_payment",
        CallName::Close => match code {
            E::OrderClosed => "closed",
            _ => "closing",
        },
        CallName::Refund => match code {
            E::SystemError
            | E::BizErrNeedRetry
            | E::NotEnough
            | E::FrequencyLimited
            | E::InvalidReqTooMuch
            | E::OrderNotReady => "refund requested",
            E::OrderPaid
            | E::OrderNotExist
            | E::OutTradeNoUsed
            | E::InvalidRequest
            | E::TradeStateError
            | E::Error => "refund asking",
            E::Other(_) => "refund asking",
            _ => "refund refused",
        },
        // An accepted refund stays accepted.
        CallName::RefundQuery => "refund processing",
    }
}

#[test]
fn each_call_refused_by_each_code_does_what_the_tables_say() {
    let unknown = [ErrCode::new("A_CODE_OF_NEXT_YEAR")];
    for call in CALLS {
        for code in ErrCode::KNOWN.iter().chain(&unknown) {
            let mut life = calling(call);
            life.answer(&refused(code.as_str()).signed());
            assert_eq!(standing(&life), after_refusal(call, code), "{call:?} {code}");
        }
    }
}

/// A way in which a call can end.
type Ending = (&'static str, fn(&mut Life));

fn other_key() -> ApiKey {
    ApiKey::new(&"0".repeat(32)).unwrap()
}

#[test]
fn each_call_without_a_clear_answer_is_made_again_or_resolved_by_a_query() {
    let endings: [Ending; 10] = [
        ("no connection", |life| life.fail(Failure::NoConnection)),
        ("no answer", |life| life.fail(Failure::no_answer())),
        ("empty", |life| life.answer("")),
        ("HTML", |life| life.answer("<html><body>502 Bad Gateway</body></html>")),
        ("cut off", |life| life.answer(&good(life).signed()[..150])),
        ("unsigned", |life| life.answer(&good(life).unsigned())),
        ("another key", |life| life.answer(&good(life).signed_with(&other_key()))),
        ("another merchant", |life| life.answer(&good(life).and("mch_id", "1").signed())),
        ("FAIL, unsigned", |life| life.answer(&not_understood("签名错误"))),
        ("lost with its maker", |life| {
            life.call = None;
            life.give(Input::Restarted);
        }),
    ];
    for call in CALLS {
        for (name, end) in &endings {
            let mut life = calling(call);
            let before = standing(&life);
            let ended = life.now_ms;
            end(&mut life);
            assert_eq!(standing(&life), before, "{call:?} {name}: nothing is concluded");
            let next = life.sleep_until_call();
            let expected = match call {
                CallName::Close => CallName::Query,
                CallName::Place | CallName::Query | CallName::Refund | CallName::RefundQuery => call,
            };
            assert_eq!(next, expected, "{call:?} {name}");
            assert!(life.now_ms - ended <= HOUR, "{call:?} {name}: {} s", (life.now_ms - ended) / 1000);
        }
    }
}

/// A good answer to the call in flight.
fn good(life: &Life) -> Wechat {
    match life.calling().unwrap() {
        CallName::Place => ordered(),
        CallName::Query => state("NOTPAY"),
        CallName::Close => closed(),
        CallName::Refund => refund_accepted("R1", 3000),
        CallName::RefundQuery => crate::wechat::refund_is("R1", 3000, "SUCCESS"),
    }
}

#[test]
fn an_outcome_reported_twice_counts_once() {
    for call in CALLS {
        for ok in [true, false] {
            let mut life = calling(call);
            let made = life.call.clone().unwrap();
            let outcome = if ok {
                made.call.read(good(&life).signed().as_bytes(), &crate::wechat::key())
            } else {
                made.call.failed(Failure::no_answer())
            };
            life.call = None;
            life.give(Input::Answered { attempt: made.attempt, outcome: outcome.clone(), raw: None });
            let then = life.order.save().unwrap();
            life.give(Input::Answered { attempt: made.attempt, outcome, raw: None });
            assert_eq!(life.order.save().unwrap(), then, "{call:?}");
            assert!(!life.last.store && life.last.call.is_none());
        }
    }
}

#[test]
fn an_outcome_of_another_call_is_a_defect_that_changes_nothing() {
    for call in CALLS {
        for other in CALLS.into_iter().filter(|other| *other != call) {
            let mut life = calling(call);
            let attempt = life.call.as_ref().unwrap().attempt;
            let outcome = other.failed(Failure::no_answer());
            assert!(life.try_give(Input::Answered { attempt, outcome, raw: None }).is_err());
        }
    }
}

#[test]
fn each_call_answered_well_goes_on() {
    for (call, expected) in [
        (CallName::Place, "awaiting_payment"),
        (CallName::Query, "awaiting_payment"),
        (CallName::Close, "closed"),
        (CallName::Refund, "refund processing"),
        (CallName::RefundQuery, "refund refunded"),
    ] {
        let mut life = calling(call);
        let answer = good(&life).signed();
        life.answer(&answer);
        assert_eq!(standing(&life), expected);
    }
}

#[test]
fn a_call_whose_answer_was_lost_ends_as_if_the_answer_had_come() {
    // The order was closed or refunded, and nobody heard of it.
    let mut life = calling(CallName::Close);
    life.fail(Failure::no_answer());
    life.sleep_until_call();
    life.answer(&state("CLOSED").signed());
    assert!(matches!(life.state(), State::Closed { .. }));
    assert_eq!(life.status(), PageStatus::Expired);

    let mut life = calling(CallName::Refund);
    life.fail(Failure::no_answer());
    life.sleep_until_call();
    life.answer(&refund_accepted("R1", 3000).signed());
    assert_eq!(life.order.refunds().next().unwrap().status, RefundStatus::Processing);
    assert_eq!(life.order.refunds().count(), 1);
}

#[test]
fn each_call_goes_to_its_own_path_by_its_own_name_and_only_a_refund_needs_the_certificate() {
    for (call, name, path) in [
        (CallName::Place, "unified_order", "/pay/unifiedorder"),
        (CallName::Query, "query_order", "/pay/orderquery"),
        (CallName::Close, "close_order", "/pay/closeorder"),
        (CallName::Refund, "refund", "/secapi/pay/refund"),
        (CallName::RefundQuery, "refund_query", "/pay/refundquery"),
    ] {
        let life = calling(call);
        let made = &life.call.as_ref().unwrap().call;
        let request = made.request(&crate::wechat::key(), &"N0".parse().unwrap()).unwrap();
        assert_eq!((made.name().as_str(), request.path), (name, path));
        assert_eq!(request.needs_certificate, call == CallName::Refund, "{name}");
    }
}

#[test]
fn the_log_has_a_refusal_with_wechats_words_if_there_are_any() {
    for (words, told) in [("订单已关闭", "ORDERCLOSED: 订单已关闭"), ("", "ORDERCLOSED")] {
        let mut life = calling(CallName::Place);
        life.answer(&refused("ORDERCLOSED").and("err_code_des", words).signed());
        let result = life.events.iter().find_map(|event| match &event.what {
            order::What::CallEnded { result, .. } => Some(result.clone()),
            _ => None,
        });
        assert_eq!(result.as_deref(), Some(told));
    }
}

#[test]
fn the_log_has_the_words_of_an_html_page_without_its_markup() {
    let mut life = calling(CallName::Refund);
    let page =
        "<html><head><title>400 No required SSL certificate was sent</title></head><body> \n</body></html>";
    life.fail(gateway::v2::not_200(400, page));
    let problem = life.order.refunds().next().unwrap().problem.clone().unwrap();
    assert_eq!(problem, "HTTP 400: 400 No required SSL certificate was sent");
    let mut life = calling(CallName::Refund);
    life.fail(gateway::v2::not_200(502, ""));
    assert_eq!(life.order.refunds().next().unwrap().problem.as_deref(), Some("HTTP 502"));
}
