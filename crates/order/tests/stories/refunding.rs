//! Refunds: each has its own number and is repeated until its outcome is known. Together they never exceed
//! the payment.

use gateway::{CallName, Failure, Question};
use order::{Input, Message, RefundOrder, RefundStatus, Rejected, WebhookKind};
use wire::{Currency, Money, OutRefundNo, TransactionId};

use crate::life::{DAY, HOUR, Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{
    PAYMENT, SECOND_PAYMENT, at_gateway, hkd, not_understood, notification, refund_accepted, refund_is,
    refused,
};

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).unwrap()
}

fn ask_for(life: &mut Life, no: &str, minor: u64) -> Result<(), Rejected> {
    life.try_give(Input::RefundRequested(RefundOrder::new(number(no), hkd(minor))))
}

fn status(life: &Life, no: &str) -> RefundStatus {
    life.order.refunds().find(|refund| refund.out_refund_no == number(no)).unwrap().status
}

/// A paid order with one refund. Its call is in flight.
fn refunding() -> Life {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 3000).unwrap();
    assert_eq!(life.calling(), Some(CallName::Refund));
    life
}

/// The same, accepted.
fn processing() -> Life {
    let mut life = refunding();
    life.answer(&refund_accepted("R1", 3000).signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
    life
}

#[test]
fn a_refund_is_written_down_sent_accepted_and_found_done() {
    let mut life = refunding();
    let Question::Refund(request) = life.question() else { panic!() };
    assert_eq!((request.amount, request.payment), (hkd(3000), hkd(8800)));
    life.answer(&refund_accepted("R1", 3000).signed());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    assert_eq!(life.elapsed(), MINUTE);
    life.answer(&refund_is("R1", 3000, "PROCESSING").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
    life.sleep_until_call();
    life.answer(&refund_is("R1", 3000, "SUCCESS").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refunded);
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid, WebhookKind::RefundUpdated]);
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn a_refund_of_unknown_outcome_is_repeated_with_its_number_until_it_is_known() {
    let mut life = refunding();
    for _ in 0..5 {
        life.fail(Failure::no_answer());
        assert_eq!(life.sleep_until_call(), CallName::Refund);
        let Question::Refund(request) = life.question() else { panic!() };
        assert_eq!(request.out_refund_no, number(&at_gateway("R1")));
    }
    assert_eq!(
        life.called_at(CallName::Refund),
        [0, MINUTE, 3 * MINUTE, 8 * MINUTE, 23 * MINUTE, 83 * MINUTE]
    );
    life.answer(&refund_accepted("R1", 3000).signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
}

#[test]
fn a_process_that_died_with_the_refund_in_flight_repeats_it_with_its_number() {
    let mut life = refunding();
    life.call = None;
    assert_eq!(life.sleep_until_call(), CallName::Refund);
    let Question::Refund(request) = life.question() else { panic!() };
    assert_eq!(request.out_refund_no, number(&at_gateway("R1")));
}

#[test]
fn refunds_together_never_exceed_the_payment() {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 8000).unwrap();
    assert_eq!(ask_for(&mut life, "R2", 801), Err(Rejected::RefundExceedsPayment { left_minor: 800 }));
    ask_for(&mut life, "R2", 800).unwrap();
    assert_eq!(ask_for(&mut life, "R3", 1), Err(Rejected::RefundExceedsPayment { left_minor: 0 }));
    assert_eq!(ask_for(&mut life, "R3", u64::MAX), Err(Rejected::RefundExceedsPayment { left_minor: 0 }));
}

#[test]
fn a_refund_asked_for_twice_is_one_refund() {
    let mut life = refunding();
    ask_for(&mut life, "R1", 3000).unwrap();
    assert_eq!(life.order.refunds().count(), 1);
    assert_eq!(ask_for(&mut life, "R1", 3001), Err(Rejected::RefundNumberTaken));
}

#[test]
fn refunds_go_one_after_the_other_a_minute_apart() {
    let mut life = refunding();
    ask_for(&mut life, "R2", 1000).unwrap();
    ask_for(&mut life, "R3", 1000).unwrap();
    life.at(SECOND).answer(&refund_accepted("R1", 3000).signed());
    while life.called_at(CallName::Refund).len() < 3 {
        match life.sleep_until_call() {
            CallName::Refund => {
                let no = if life.called_at(CallName::Refund).len() == 2 { "R2" } else { "R3" };
                life.answer(&refund_accepted(no, 1000).signed());
            }
            CallName::RefundQuery => life.fail(Failure::no_answer()),
            CallName::Place | CallName::Query | CallName::Close => panic!(),
        }
    }
    assert_eq!(life.called_at(CallName::Refund), [0, MINUTE, 2 * MINUTE]);
}

#[test]
fn a_refund_waits_for_the_one_before_it_to_be_known() {
    let mut life = refunding();
    ask_for(&mut life, "R2", 1000).unwrap();
    for _ in 0..4 {
        life.fail(Failure::no_answer());
        life.sleep_until_call();
        let Question::Refund(request) = life.question() else { panic!() };
        assert_eq!(request.out_refund_no, number(&at_gateway("R1")));
    }
}

#[test]
fn notenough_repeats_the_same_number_for_days_and_then_gives_up_without_money_moved() {
    let mut life = refunding();
    while life.calling() == Some(CallName::Refund) {
        life.answer(&refused("NOTENOUGH").signed());
        if status(&life, "R1") == RefundStatus::Requested {
            life.sleep_until_call();
        }
    }
    let sent = life.called_at(CallName::Refund);
    assert_eq!(sent[1] - sent[0], HOUR);
    assert_eq!(sent.last().unwrap() - sent[sent.len() - 2], 6 * HOUR);
    assert!((48..=75).contains(&sent.len()), "{}", sent.len());
    assert!(life.elapsed() >= 7 * DAY);
    assert_eq!(status(&life, "R1"), RefundStatus::Refused);
    // Asking again with the number tries again. In the meantime it holds no money of the payment.
    ask_for(&mut life, "R2", 8800).unwrap();
    assert_eq!(ask_for(&mut life, "R1", 3000), Err(Rejected::RefundExceedsPayment { left_minor: 0 }));
}

#[test]
fn a_refused_refund_may_be_asked_for_again_with_its_number() {
    let mut life = refunding();
    life.answer(&refused("USER_ACCOUNT_ABNORMAL").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refused);
    let refund = life.order.refunds().next().unwrap();
    assert_eq!(refund.problem.as_deref(), Some("USER_ACCOUNT_ABNORMAL: text for humans"));
    life.at(MINUTE);
    ask_for(&mut life, "R1", 3000).unwrap();
    assert_eq!(life.calling(), Some(CallName::Refund));
    assert_eq!(life.order.refunds().count(), 1);
}

#[test]
fn a_refusal_after_an_unknown_outcome_is_asked_about_before_it_is_believed() {
    for (found, expected) in [
        (refund_is("R1", 3000, "SUCCESS").signed(), RefundStatus::Refunded),
        (refused("REFUNDNOTEXIST").signed(), RefundStatus::Refused),
    ] {
        let mut life = refunding();
        life.fail(Failure::no_answer());
        life.sleep_until_call();
        life.answer(&refused("TRADE_OVERDUE").signed());
        assert_eq!(status(&life, "R1"), RefundStatus::Asking);
        assert!(ask_for(&mut life, "R2", 8800).is_err(), "its money is still held");
        assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
        life.answer(&found);
        assert_eq!(status(&life, "R1"), expected);
    }
}

#[test]
fn a_refusal_that_may_mean_done_already_is_asked_about() {
    for code in ["ERROR", "A_CODE_OF_NEXT_YEAR"] {
        let mut life = refunding();
        life.answer(&refused(code).signed());
        assert_eq!(status(&life, "R1"), RefundStatus::Asking, "{code}");
        assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    }
}

#[test]
fn a_refusal_without_a_signature_decides_nothing() {
    let mut life = refunding();
    life.answer(&not_understood("证书错误"));
    assert_eq!(status(&life, "R1"), RefundStatus::Requested);
    assert_eq!(life.sleep_until_call(), CallName::Refund);
}

#[test]
fn the_end_of_a_refund_is_what_the_query_says() {
    for (said, expected) in [
        ("SUCCESS", RefundStatus::Refunded),
        ("CHANGE", RefundStatus::Abnormal),
        ("REFUNDCLOSE", RefundStatus::Closed),
        ("PROCESSING", RefundStatus::Processing),
        ("A_STATUS_OF_NEXT_YEAR", RefundStatus::Processing),
    ] {
        let mut life = processing();
        life.sleep_until_call();
        life.answer(&refund_is("R1", 3000, said).signed());
        assert_eq!(status(&life, "R1"), expected, "{said}");
        assert!(life.alarm_at_ms.is_some(), "the webhook, or the next query");
    }
}

#[test]
fn the_money_of_a_closed_refund_is_free_again() {
    let mut life = processing();
    assert!(ask_for(&mut life, "R2", 8800).is_err());
    life.sleep_until_call();
    life.answer(&refund_is("R1", 3000, "REFUNDCLOSE").signed());
    ask_for(&mut life, "R2", 8800).unwrap();
}

#[test]
fn a_refund_notification_is_a_hint_and_only_the_query_decides() {
    let mut life = processing();
    life.at(20 * SECOND).give(Input::RefundNotified { out_refund_no: number(&at_gateway("R1")), raw: None });
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
    assert_eq!(life.calling(), Some(CallName::RefundQuery));
    life.answer(&refund_is("R1", 3000, "SUCCESS").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refunded);
    life.settle();
    // Repeating it for ever costs nothing.
    life.give(Input::RefundNotified { out_refund_no: number(&at_gateway("R1")), raw: None });
    assert!(!life.last.store && life.last.call.is_none());
}

#[test]
fn hints_do_not_make_us_ask_more_than_once_in_ten_seconds() {
    let mut life = processing();
    for second in 0..60 {
        life.at(second * SECOND)
            .give(Input::RefundNotified { out_refund_no: number(&at_gateway("R1")), raw: None });
        if life.call.is_some() {
            life.answer(&refund_is("R1", 3000, "PROCESSING").signed());
        }
    }
    assert!(life.called_at(CallName::RefundQuery).len() <= 6, "{:?}", life.called_at(CallName::RefundQuery));
}

#[test]
fn an_accepted_refund_is_asked_about_less_and_less_often_and_never_forgotten() {
    let mut life = processing();
    for _ in 0..8 {
        life.sleep_until_call();
        life.answer(&refund_is("R1", 3000, "PROCESSING").signed());
    }
    let asked = life.called_at(CallName::RefundQuery);
    assert_eq!(asked.last().unwrap() - asked[asked.len() - 2], DAY);
}

#[test]
fn an_accepted_refund_that_is_not_visible_yet_is_asked_about_again() {
    let mut life = processing();
    life.sleep_until_call();
    life.answer(&refused("REFUNDNOTEXIST").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
}

#[test]
fn only_what_was_paid_can_be_refunded_and_in_its_currency() {
    let mut life = Life::awaiting();
    assert_eq!(ask_for(&mut life, "R1", 1), Err(Rejected::NothingToRefund));
    let mut life = Life::paid();
    let yen = Money::new(100, Currency::new("JPY").unwrap());
    let asked = life.try_give(Input::RefundRequested(RefundOrder::new(number("R1"), yen)));
    assert_eq!(asked, Err(Rejected::RefundAmount));
    assert_eq!(ask_for(&mut life, "R1", 0), Err(Rejected::RefundAmount));
    let mut other = RefundOrder::new(number("R1"), hkd(1));
    other.of = Some(TransactionId::new("1").unwrap());
    assert_eq!(life.try_give(Input::RefundRequested(other)), Err(Rejected::NothingToRefund));
}

#[test]
fn a_second_payment_is_refunded_by_its_own_number_and_counted_by_itself() {
    let mut life = Life::paid();
    life.notify(&notification(SECOND_PAYMENT, T0_MS + SECOND));
    ask_for(&mut life, "R1", 8800).unwrap();
    let mut second = RefundOrder::new(number("R2"), hkd(8800));
    second.of = Some(TransactionId::new(SECOND_PAYMENT).unwrap());
    life.give(Input::RefundRequested(second));
    life.answer(&refund_accepted("R1", 8800).signed());
    if life.sleep_until_call() == CallName::RefundQuery {
        life.answer(&refund_is("R1", 8800, "SUCCESS").signed());
        life.sleep_until_call();
    }
    let Question::Refund(request) = life.question() else { panic!("{:?}", life.question()) };
    assert_eq!(request.transaction_id.as_str(), SECOND_PAYMENT);
}

#[test]
fn a_payment_of_a_wrong_amount_can_be_given_back_though_the_order_was_never_paid() {
    let mut life = Life::awaiting();
    life.notify(&notification(PAYMENT, T0_MS).and("total_fee", 1));
    let mut back = RefundOrder::new(number("R1"), hkd(1));
    back.of = Some(TransactionId::new(PAYMENT).unwrap());
    life.give(Input::RefundRequested(back));
    assert_eq!(life.order.refunds().next().unwrap().payment, hkd(1));
}

#[test]
fn more_than_fifty_refunds_are_refused() {
    let mut life = Life::paid();
    for n in 0..50 {
        ask_for(&mut life, &format!("R{n}"), 1).unwrap();
    }
    assert_eq!(ask_for(&mut life, "R50", 1), Err(Rejected::TooManyRefunds(50)));
    ask_for(&mut life, "R7", 1).unwrap();
}

#[test]
fn the_index_shows_what_is_refunded() {
    let life = processing();
    let shown = |life: &Life| {
        life.rows.iter().rev().find_map(|row| match &row.message {
            Message::Index(row) => Some((row.refunded_minor, row.refunding_minor)),
            Message::Webhook(_) => None,
        })
    };
    assert_eq!(shown(&life), Some((0, 3000)), "asked for is not given back");
    let mut life = life;
    life.sleep_until_call();
    life.answer(&refund_is("R1", 3000, "SUCCESS").signed());
    assert_eq!(shown(&life), Some((3000, 0)));
}

#[test]
fn a_refund_that_is_withdrawn_while_its_call_is_lost_is_looked_up() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(OutRefundNo::new("R1").unwrap(), hkd(3000))));
    assert_eq!(life.calling(), Some(CallName::Refund));
    life.try_give(Input::RefundWithdrawn { out_refund_no: OutRefundNo::new("R1").unwrap() }).unwrap();
    // The gateway has accepted it, and the answer is lost. The money moved.
    life.fail(Failure::no_answer());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    life.answer(&refund_is("R1", 3000, "SUCCESS").signed());
    assert_eq!(life.order.refunds().next().unwrap().status, RefundStatus::Refunded);
}

#[test]
fn a_refund_the_gateway_has_shown_cannot_be_withdrawn_even_if_no_answer_accepted_it() {
    let mut life = refunding();
    life.fail(Failure::no_answer());
    assert_eq!(life.sleep_until_call(), CallName::Refund);
    life.answer(&refused("ERROR").signed());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    while status(&life, "R1") != RefundStatus::Stuck {
        life.answer(&refund_is("R1", 3000, "PROCESSING").signed());
        for _ in 0..200 {
            if life.calling().is_some() || status(&life, "R1") == RefundStatus::Stuck {
                break;
            }
            life.deliver_all();
            life.sleep();
        }
    }
    // If the money counted as free, it could be paid out a second time.
    let withdrawn = life.try_give(Input::RefundWithdrawn { out_refund_no: number("R1") });
    assert_eq!(withdrawn, Err(Rejected::RefundIsOver { status: "stuck" }));
}

#[test]
fn a_refund_under_way_for_days_is_not_stuck_because_of_one_answer_that_is_lost() {
    let mut life = refunding();
    life.answer(&refund_accepted("R1", 3000).signed());
    while life.elapsed() < 5 * DAY {
        assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
        life.answer(&refund_is("R1", 3000, "PROCESSING").signed());
    }
    life.sleep_until_call();
    life.fail(Failure::no_answer());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
    // It becomes stuck after three days without a clear answer.
    while status(&life, "R1") == RefundStatus::Processing {
        life.sleep_until_call();
        life.fail(Failure::no_answer());
    }
    let days = life.elapsed() / DAY;
    assert!((8..=10).contains(&days), "{days} days");
}

#[test]
fn an_abnormal_refund_that_is_asked_about_in_vain_is_still_in_the_list_of_attention() {
    let mut life = refunding();
    life.answer(&refund_accepted("R1", 3000).signed());
    life.sleep_until_call();
    life.answer(&refund_is("R1", 3000, "CHANGE").signed());
    life.settle();
    life.at(9 * DAY).give(Input::RefundRetried { out_refund_no: number("R1"), account: None });
    life.fail(Failure::no_answer());
    assert_eq!(status(&life, "R1"), RefundStatus::Abnormal);
    assert!(life.order.exceptions()[0].is_open());
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn a_withdrawn_refund_in_doubt_is_asked_about_by_its_own_number_and_at_last_left_to_a_person() {
    let mut life = refunding();
    life.fail(Failure::no_answer());
    life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
    while status(&life, "R1") == RefundStatus::Withdrawn {
        assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
        assert!(matches!(life.question(), Question::QueryRefund { .. }), "{:?}", life.question());
        life.fail(Failure::no_answer());
    }
    assert_eq!(status(&life, "R1"), RefundStatus::Stuck);
    assert!(life.elapsed() >= DAY);
}
