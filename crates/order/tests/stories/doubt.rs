//! Refunds that may or may not have been made. Their money is not paid out twice.

use gateway::{CallName, Failure};
use order::{ExceptionKind, Input, RefundOrder, RefundStatus, Rejected};
use wire::{Currency, Money, OutRefundNo, TransactionId};

use crate::attention::told;
use crate::life::{DAY, HOUR, Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{
    PAYMENT, SECOND_PAYMENT, hkd, not_understood, notification, refund_accepted, refund_is, refund_listed,
    refused,
};

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).unwrap()
}

fn ask_for(life: &mut Life, own: &str, minor: u64) -> Result<(), Rejected> {
    life.try_give(Input::RefundRequested(RefundOrder::new(number(own), hkd(minor))))
}

fn status(life: &Life, own: &str) -> RefundStatus {
    life.order.refunds().find(|refund| refund.out_refund_no == number(own)).unwrap().status
}

fn withdraw(life: &mut Life) {
    life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
}

fn retry(life: &mut Life) {
    life.give(Input::RefundRetried { out_refund_no: number("R1"), account: None });
}

/// R1 was sent, and nobody knows whether WeChat Pay has it.
fn sent_in_vain(failure: Failure) -> Life {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 8800).unwrap();
    life.fail(failure);
    life
}

fn until_asked(life: &mut Life) -> i64 {
    let from = life.elapsed();
    while life.calling() != Some(CallName::RefundQuery) {
        life.sleep_until_call();
    }
    life.elapsed() - from
}

#[test]
fn a_connection_that_broke_may_have_carried_the_refund_so_its_money_is_held() {
    for failure in [Failure::NoConnection, Failure::no_answer()] {
        let mut life = sent_in_vain(failure);
        withdraw(&mut life);
        assert_eq!(ask_for(&mut life, "R2", 1), Err(Rejected::RefundExceedsPayment { left_minor: 0 }));
        until_asked(&mut life);
        life.answer(&refund_is("R1", 8800, "SUCCESS").signed());
        assert_eq!(status(&life, "R1"), RefundStatus::Refunded);
    }
    let mut life = sent_in_vain(Failure::NoConnection);
    life.sleep_until_call();
    life.answer(&refused("USER_ACCOUNT_ABNORMAL").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Asking, "the first call may have worked");
}

#[test]
fn not_found_is_believed_only_a_minute_after_the_refund_may_have_been_made() {
    let mut life = sent_in_vain(Failure::no_answer());
    withdraw(&mut life);
    assert!(until_asked(&mut life) >= MINUTE);

    let mut life = sent_in_vain(Failure::no_answer());
    withdraw(&mut life);
    life.at(life.elapsed() + SECOND);
    retry(&mut life);
    assert_eq!(life.calling(), None, "a person who is impatient makes it no more visible");
    assert!(until_asked(&mut life) >= MINUTE - SECOND);

    let mut life = sent_in_vain(Failure::no_answer());
    life.sleep_until_call();
    life.answer(&refused("USER_ACCOUNT_ABNORMAL").signed());
    retry(&mut life);
    assert!(until_asked(&mut life) >= MINUTE);
}

#[test]
fn a_refund_withdrawn_and_asked_for_again_during_its_call_is_what_the_call_says() {
    let wanted_again = || {
        let mut life = Life::paid();
        ask_for(&mut life, "R1", 8800).unwrap();
        withdraw(&mut life);
        retry(&mut life);
        assert_eq!(life.calling(), Some(CallName::Refund), "still under way");
        life
    };
    let mut life = wanted_again();
    life.answer(&refund_accepted("R1", 8800).signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);

    let mut life = wanted_again();
    life.at(life.elapsed() + 2 * MINUTE);
    life.fail(Failure::no_answer());
    assert!(until_asked(&mut life) >= MINUTE, "counted from the end of the call");
}

#[test]
fn one_lost_answer_does_not_end_the_week_of_waiting_for_money() {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 8800).unwrap();
    let mut lost_one = false;
    let from = life.elapsed();
    while status(&life, "R1") == RefundStatus::Requested {
        if !lost_one && life.elapsed() - from > 3 * DAY {
            lost_one = true;
            life.fail(Failure::no_answer());
        } else {
            life.answer(&refused("NOTENOUGH").signed());
        }
        if status(&life, "R1") == RefundStatus::Requested {
            life.sleep_until_call();
        }
    }
    assert!(lost_one);
    let days = (life.elapsed() - from) / DAY;
    assert_eq!(days, 7, "{} h", (life.elapsed() - from) / HOUR);
    assert_eq!(status(&life, "R1"), RefundStatus::Asking, "the lost one is asked about");
}

#[test]
fn a_refund_of_one_payment_is_not_told_of_another() {
    let mut life = Life::paid();
    life.notify(&notification(SECOND_PAYMENT, T0_MS + SECOND));
    let mut back = RefundOrder::new(number("R1"), hkd(8800));
    back.of = Some(TransactionId::new(SECOND_PAYMENT).unwrap());
    life.give(Input::RefundRequested(back));
    life.answer(&refund_accepted("R1", 8800).and("transaction_id", SECOND_PAYMENT).signed());
    life.sleep_until_call();
    life.answer(&refund_is("R1", 8800, "SUCCESS").and("transaction_id", SECOND_PAYMENT).signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refunded);
    let last = told(&life).pop().unwrap();
    assert_eq!(last.transaction_id.unwrap().as_str(), SECOND_PAYMENT);
    assert_eq!(last.refunded_minor, 8800);

    ask_for(&mut life, "R2", 100).unwrap();
    life.sleep_until_call();
    life.answer(&refused("USER_ACCOUNT_ABNORMAL").signed());
    let last = told(&life).pop().unwrap();
    assert_eq!(last.transaction_id.unwrap().as_str(), PAYMENT);
    assert_eq!(last.refunded_minor, 0, "nothing of this payment went back");
}

#[test]
fn a_refund_by_hand_with_the_number_of_one_of_ours_settles_nothing_of_ours() {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 3000).unwrap();
    life.answer(&refused("NOTENOUGH").signed());
    let waits = |life: &Life| {
        life.order.exceptions().iter().any(|one| one.kind == ExceptionKind::RefundWaits && one.is_open())
    };
    assert!(waits(&life));
    life.notify(&notification(PAYMENT, T0_MS).and("trade_state", "REFUND"));
    life.give(Input::RefundNotified { out_refund_no: number("R1"), raw: None });
    until_asked(&mut life);
    life.answer(&refund_listed("R1", 1000, "SUCCESS").signed());
    assert_eq!(life.order.refunds().count(), 2);
    assert!(waits(&life), "ours still waits for money");
}

#[test]
fn a_refund_by_hand_is_told_though_somebody_closed_the_first_word_of_it() {
    let mut life = Life::watched();
    life.sleep_until_call();
    life.answer(&crate::wechat::paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    let id = life.order.exceptions()[0].id;
    life.give(Input::ExceptionDone { id });
    life.sleep_until_call();
    life.answer(&refund_listed("50000000000000000000000000001", 5000, "SUCCESS").signed());
    let open = life.order.exceptions().iter().filter(|one| one.is_open()).count();
    assert_eq!(open, 1, "{:?}", life.order.exceptions());
}

#[test]
fn a_payment_that_finds_no_room_is_named() {
    let payment = |n: usize| format!("42000023012026030199000{n:05}");
    let mut life = Life::paid();
    for n in 0..20 {
        life.notify(&notification(&payment(n), T0_MS + SECOND));
    }
    let kept: Vec<_> =
        life.order.receipts().iter().map(|receipt| receipt.transaction_id.to_string()).collect();
    let named: Vec<_> = life
        .order
        .exceptions()
        .iter()
        .filter(|one| one.kind == ExceptionKind::MoreThanKept)
        .filter_map(|one| one.transaction_id.as_ref().map(ToString::to_string))
        .collect();
    assert!(kept.contains(&PAYMENT.to_owned()));
    for n in 0..20 {
        assert_ne!(kept.contains(&payment(n)), named.contains(&payment(n)), "{n}: {kept:?} {named:?}");
    }
}

#[test]
fn a_refund_that_was_refused_is_tried_again_only_while_its_money_is_there() {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 5000).unwrap();
    life.answer(&refused("USER_ACCOUNT_ABNORMAL").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refused);
    ask_for(&mut life, "R2", 5000).unwrap();
    let again = life.try_give(Input::RefundRetried { out_refund_no: number("R1"), account: None });
    assert_eq!(again, Err(Rejected::RefundExceedsPayment { left_minor: 3800 }));
    assert_eq!(ask_for(&mut life, "R1", 5000), Err(Rejected::RefundExceedsPayment { left_minor: 3800 }));
}

#[test]
fn a_refund_of_nothing_or_in_another_currency_is_refused() {
    let mut life = Life::paid();
    assert_eq!(ask_for(&mut life, "R1", 0), Err(Rejected::RefundAmount));
    let dollars = Money::new(100, Currency::new("USD").unwrap());
    let asked = life.try_give(Input::RefundRequested(RefundOrder::new(number("R1"), dollars)));
    assert_eq!(asked, Err(Rejected::RefundAmount));
}

#[test]
fn a_list_that_shows_our_refund_with_another_amount_changes_nothing_and_a_person_sees_both() {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 3000).unwrap();
    life.answer(&refund_accepted("R1", 3000).signed());
    life.give(Input::RefundNotified { out_refund_no: number("BY-HAND"), raw: None });
    until_asked(&mut life);
    life.answer(&refund_is("R1", 2000, "SUCCESS").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
    let seen = life.order.exceptions().iter().find(|one| one.kind == ExceptionKind::AboutSomethingElse);
    assert!(seen.is_some(), "{:?}", life.order.exceptions());
    assert_eq!(life.order.refunds().count(), 1);
}

#[test]
fn a_wrong_configuration_makes_a_refund_stuck_in_an_hour_and_a_busy_gateway_in_a_day() {
    for (words, from, to) in [("签名错误", HOUR, 4 * HOUR), ("系统繁忙", DAY, 2 * DAY)] {
        let mut life = Life::paid();
        ask_for(&mut life, "R1", 3000).unwrap();
        let began = life.elapsed();
        while status(&life, "R1") == RefundStatus::Requested {
            life.answer(&not_understood(words));
            if status(&life, "R1") == RefundStatus::Requested {
                life.sleep_until_call();
            }
        }
        assert_eq!(status(&life, "R1"), RefundStatus::Stuck);
        let took = life.elapsed() - began;
        assert!((from..=to).contains(&took), "{words}: {} min", took / MINUTE);
    }
}

#[test]
fn a_stuck_refund_can_be_withdrawn() {
    let mut life = Life::paid();
    ask_for(&mut life, "R1", 8800).unwrap();
    while status(&life, "R1") != RefundStatus::Stuck {
        life.fail(Failure::no_answer());
        if status(&life, "R1") != RefundStatus::Stuck {
            life.sleep_until_call();
        }
    }
    withdraw(&mut life);
    assert_eq!(status(&life, "R1"), RefundStatus::Withdrawn);
}
