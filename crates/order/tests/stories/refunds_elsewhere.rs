//! Money that somebody else refunded, for instance by hand in WeChat Pay's merchant platform.

use gateway::{CallName, Question};
use order::{
    ExceptionKind, Input, Message, PageStatus, RefundOrder, RefundStatus, Rejected, Webhook, WebhookKind,
    What,
};
use wire::OutRefundNo;

use crate::life::{DAY, Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{
    NUMBER, PAYMENT, SECOND_PAYMENT, at_gateway, hkd, notification, paid, refund_accepted, refund_is,
    refund_listed, refused,
};

/// The number that the merchant platform gave the refund.
const BY_HAND: &str = "50000000000000000000000000001";

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).unwrap()
}

fn webhooks(life: &Life) -> Vec<Webhook> {
    let mut rows: Vec<_> = life.rows.iter().collect();
    rows.dedup_by_key(|row| row.id.clone());
    rows.iter()
        .filter_map(|row| match &row.message {
            Message::Webhook(webhook) => Some((**webhook).clone()),
            Message::Index(_) => None,
        })
        .collect()
}

/// An order whose first news is a query that says REFUND.
fn refunded_before_we_knew() -> Life {
    let mut life = Life::awaiting();
    life.sleep_until_call();
    life.answer(&paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    life
}

#[test]
fn a_payment_that_went_back_is_told_before_it_is_told_as_paid_and_learned_in_full() {
    let mut life = refunded_before_we_knew();
    assert_eq!(life.status(), PageStatus::Paid, "it was paid");
    let told = webhooks(&life);
    assert_eq!(
        told.iter().map(|webhook| webhook.kind).collect::<Vec<_>>(),
        [WebhookKind::OrderException, WebhookKind::OrderPaid]
    );
    assert_eq!(told[0].exception, Some(ExceptionKind::RefundedElsewhere));
    assert!(told[0].sequence < told[1].sequence);
    assert!(told[1].refunded_elsewhere, "whoever reads only order.paid is warned, too");

    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    let Question::ListRefunds { transaction_id, payment, offset: 0 } = life.question() else { panic!() };
    assert_eq!((transaction_id.as_str(), *payment), (PAYMENT, hkd(8800)));
    life.answer(&refund_listed(BY_HAND, 5000, "SUCCESS").signed());

    let refund = life.order.refunds().next().unwrap();
    assert!(refund.made_elsewhere);
    assert_eq!((refund.amount, refund.status), (hkd(5000), RefundStatus::Refunded));
    let told = webhooks(&life).pop().unwrap();
    assert_eq!((told.kind, told.refunded_minor), (WebhookKind::RefundUpdated, 5000));
    assert!(told.refund.unwrap().made_elsewhere);
    let exception = &life.order.exceptions()[0];
    assert_eq!(exception.out_refund_no, Some(number(BY_HAND)), "the one exception now says which");
    assert_eq!(life.exceptions().len(), 1);
}

#[test]
fn money_refunded_elsewhere_cannot_be_refunded_again() {
    let mut life = refunded_before_we_knew();
    life.sleep_until_call();
    life.answer(&refund_listed(BY_HAND, 5000, "PROCESSING").signed());
    let ask = |life: &mut Life, minor| {
        life.try_give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(minor))))
    };
    assert_eq!(ask(&mut life, 3801), Err(Rejected::RefundExceedsPayment { left_minor: 3800 }));
    ask(&mut life, 3800).unwrap();
}

#[test]
fn a_refund_by_hand_that_is_under_way_is_asked_about_to_its_end() {
    let mut life = refunded_before_we_knew();
    life.sleep_until_call();
    life.answer(&refund_listed(BY_HAND, 5000, "PROCESSING").signed());
    assert_eq!(life.order.refunds().next().unwrap().status, RefundStatus::Processing);
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    let Question::QueryRefund { out_refund_no, amount, .. } = life.question() else { panic!() };
    assert_eq!((out_refund_no, *amount), (&number(BY_HAND), hkd(5000)));
    life.answer(&refund_listed(BY_HAND, 5000, "SUCCESS").signed());
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn a_refund_notification_leads_to_the_list_and_only_the_list_is_believed() {
    let mut life = Life::paid();
    life.settle();
    life.at(DAY).give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    assert_eq!(life.order.refunds().count(), 0);
    assert_eq!(life.calling(), Some(CallName::RefundQuery));
    life.answer(&refund_listed(BY_HAND, 8800, "SUCCESS").signed());
    assert_eq!(life.order.refunds().count(), 1);
    assert_eq!(life.exceptions(), [ExceptionKind::RefundedElsewhere]);
    // Repeating it for ever costs nothing.
    life.settle();
    life.give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    assert!(!life.last.store && life.last.call.is_none());
}

#[test]
fn hints_of_refunds_that_nobody_made_are_followed_only_so_often() {
    let mut life = Life::paid();
    for hint in 0..40 {
        life.at(hint * 2 * DAY);
        life.give(Input::RefundNotified { out_refund_no: number(&format!("FORGED{hint}")), raw: None });
        while life.call.is_some() || !life.order.is_settled() {
            if life.call.is_some() {
                life.answer(&refused("REFUNDNOTEXIST").signed());
            } else {
                life.deliver_all();
                life.sleep();
            }
        }
    }
    let followed = life.events.iter().filter(|event| matches!(event.what, What::RefundHinted { .. })).count();
    assert_eq!(followed, 16);
    // Each is asked about a few times, because a refund may not be visible at once.
    assert_eq!(life.called_at(CallName::RefundQuery).len(), 16 * 5);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn hints_about_an_order_without_a_payment_have_wechat_asked_only_so_often() {
    let mut life = Life::awaiting();
    life.at(31 * MINUTE).give(Input::AlarmFired);
    while !life.order.is_settled() {
        if life.call.is_some() {
            life.answer(&crate::wechat::state("CLOSED").signed());
        }
        life.settle();
        if !life.order.is_settled() {
            life.sleep();
        }
    }
    let before = life.called_at(CallName::Query).len();
    for hint in 0..100 {
        life.at(DAY + hint * MINUTE);
        life.give(Input::RefundNotified { out_refund_no: number("FORGED"), raw: None });
        if life.call.is_some() {
            life.answer(&crate::wechat::state("CLOSED").signed());
        }
    }
    let asked = life.called_at(CallName::Query).len() - before;
    assert!((1..=16).contains(&asked), "{asked}");
}

#[test]
fn many_refunds_are_learned_page_by_page() {
    let mut life = refunded_before_we_knew();
    life.sleep_until_call();
    let page = |first: usize, count: usize| {
        let mut page = refund_listed(&format!("H{first}"), 100, "SUCCESS")
            .and("refund_count", count)
            .and("total_refund_count", 12);
        for n in 1..count {
            page = page
                .and(&format!("out_refund_no_{n}"), format!("H{}", first + n))
                .and(&format!("refund_id_{n}"), format!("5030000001{n}"))
                .and(&format!("refund_fee_{n}"), 100)
                .and(&format!("refund_status_{n}"), "SUCCESS");
        }
        page
    };
    life.answer(&page(0, 10).signed());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    assert!(matches!(life.question(), Question::ListRefunds { offset: 10, .. }));
    life.answer(&page(10, 2).signed());
    assert_eq!(life.order.refunds().count(), 12);
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn a_refund_of_ours_explains_the_state_refund() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(3000))));
    life.answer(&refund_accepted("R1", 3000).signed());
    life.sleep_until_call();
    life.answer(&refund_is("R1", 3000, "SUCCESS").signed());
    life.at(DAY).give(Input::QueryRequested);
    life.answer(&paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    assert_eq!(life.exceptions(), []);
    // There may be others. The list tells.
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    life.answer(&refund_is("R1", 3000, "SUCCESS").signed());
    assert_eq!((life.exceptions(), life.order.refunds().count()), (vec![], 1));
}

#[test]
fn a_refusal_because_all_is_refunded_leads_to_the_refund_made_elsewhere() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(8800))));
    life.answer(&refused("ERROR").and("err_code_des", "订单已全额退款").signed());
    let refund = life.order.refunds().next().unwrap();
    assert_eq!(refund.problem.as_deref(), Some("ERROR: 订单已全额退款"));
    let mut learned = false;
    while !life.order.is_settled() {
        life.sleep_until_call();
        if let Question::ListRefunds { .. } = life.question() {
            learned = true;
            life.answer(&refund_listed(BY_HAND, 8800, "SUCCESS").signed());
        } else {
            life.answer(&refused("REFUNDNOTEXIST").signed());
        }
        life.settle();
    }
    assert!(learned);
    let statuses: Vec<_> =
        life.order.refunds().map(|refund| (refund.out_refund_no.as_str(), refund.status)).collect();
    assert_eq!(statuses, [("R1", RefundStatus::Refused), (BY_HAND, RefundStatus::Refunded)]);
}

#[test]
fn a_refund_query_about_another_order_makes_nothing_refunded_and_a_person_sees_it() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(3000))));
    life.answer(&refund_accepted("R1", 3000).signed());
    life.sleep_until_call();
    let elsewhere = refund_is("R1", 500, "SUCCESS")
        .and("out_trade_no", "HK20260201Z0009")
        .and("transaction_id", "4200002301202602018800000099")
        .and("total_fee", 500);
    life.answer(&elsewhere.signed());
    assert_eq!(life.order.refunds().next().unwrap().status, RefundStatus::Processing);
    let exception = &life.order.exceptions()[0];
    assert_eq!(exception.kind, ExceptionKind::AboutSomethingElse);
    let detail = exception.detail.as_deref().unwrap();
    assert!(detail.contains(NUMBER) && detail.contains("HK20260201Z0009"), "both sides: {detail}");
}

#[test]
fn the_same_merchants_number_for_two_orders_is_two_numbers_at_wechat() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(3000))));
    let Question::Refund(request) = life.question() else { panic!() };
    assert_eq!(request.out_refund_no, number(&at_gateway("R1")));
    assert_ne!(at_gateway("R1"), "R1");
    assert_eq!(life.order.refunds().next().unwrap().out_refund_no, number("R1"), "the merchant's own stays");
}

#[test]
fn a_second_payment_that_went_back_by_hand_is_learned_too() {
    let mut life = Life::paid();
    life.notify(&notification("4200002301202603018800000002", T0_MS + SECOND));
    life.settle();
    life.at(DAY).give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    let mut asked = Vec::new();
    while let Some(call) = life.call.clone() {
        let Question::ListRefunds { transaction_id, .. } = &call.call.question else { panic!() };
        let of = transaction_id.to_string();
        let answer = if of == PAYMENT {
            refused("REFUNDNOTEXIST")
        } else {
            refund_listed(BY_HAND, 8800, "SUCCESS").and("transaction_id", &of)
        };
        asked.push(of);
        life.answer(&answer.signed());
        if life.order.refunds().count() == 0 {
            life.sleep_until_call();
        }
    }
    assert_eq!(life.order.refunds().next().unwrap().transaction_id.as_str(), "4200002301202603018800000002");
    assert!(asked.len() >= 2);
}

#[test]
fn a_refund_that_was_hinted_at_before_its_payment_is_known_is_learned_when_the_payment_comes() {
    let mut life = Life::awaiting();
    life.at(2 * SECOND).give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    assert_eq!(life.calling(), Some(CallName::Query));
    life.fail(gateway::Failure::no_answer());
    // The news of the payment says nothing of the refund, and no query follows it.
    life.notify(&notification(PAYMENT, T0_MS));
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    life.answer(&refund_listed(BY_HAND, 8800, "SUCCESS").signed());
    assert_eq!(life.order.refunds().count(), 1);
    assert_eq!(life.exceptions(), [ExceptionKind::RefundedElsewhere]);
}

#[test]
fn a_refund_of_ours_that_was_withdrawn_too_late_is_not_called_one_made_elsewhere() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(3000))));
    life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
    life.fail(gateway::Failure::no_answer());
    life.give(Input::QueryRequested);
    while life.calling() != Some(CallName::Query) {
        assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
        life.answer(&refused("REFUNDNOTEXIST").signed());
        life.deliver_all();
    }
    life.answer(&paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    assert_eq!(life.exceptions(), []);
}

#[test]
fn a_hint_that_came_before_the_second_payment_is_followed_for_the_second_payment_too() {
    let mut life = Life::paid();
    life.settle();
    life.at(DAY).give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    life.answer(&refused("REFUNDNOTEXIST").signed());
    life.notify(&notification(SECOND_PAYMENT, T0_MS));
    let asks_for_the_second = |life: &Life| matches!(life.question(), Question::ListRefunds { transaction_id, .. } if transaction_id.as_str() == SECOND_PAYMENT);
    for _ in 0..4 {
        assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
        if asks_for_the_second(&life) {
            return;
        }
        life.answer(&refused("REFUNDNOTEXIST").signed());
    }
    panic!("the refunds of the second payment are not asked for");
}

#[test]
fn refunds_that_the_gateway_hinted_at_and_does_not_list_for_a_day_are_left_to_a_person() {
    let mut life = Life::paid();
    life.settle();
    life.at(DAY).give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    // We replied that we know of it, so it must not be forgotten in silence.
    for _ in 0..20 {
        if life.call.is_none() {
            break;
        }
        life.fail(gateway::Failure::no_answer());
        while life.call.is_none() && !life.order.is_settled() {
            life.deliver_all();
            if !life.order.is_settled() {
                life.sleep();
            }
        }
    }
    let open = |life: &Life| life.order.exceptions().iter().filter(|known| known.is_open()).count();
    assert_eq!(life.exceptions(), [ExceptionKind::RefundStuck]);
    assert_eq!(open(&life), 1);
    // A person asks for a query, and now the gateway answers.
    life.give(Input::QueryRequested);
    life.answer(&paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    life.answer(&refund_listed(BY_HAND, 8800, "SUCCESS").signed());
    assert_eq!(life.exceptions(), [ExceptionKind::RefundStuck, ExceptionKind::RefundedElsewhere]);
    assert_eq!(open(&life), 1, "what was stuck is known");
}

#[test]
fn a_refund_made_while_the_list_is_on_its_way_is_learned_by_asking_again() {
    let mut life = Life::paid();
    life.settle();
    let second = "50000000000000000000000000002";
    life.at(DAY).give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    assert_eq!(life.calling(), Some(CallName::RefundQuery));
    // The gateway has written its answer. Before it arrives, another refund is made and announced.
    life.give(Input::RefundNotified { out_refund_no: number(second), raw: None });
    life.answer(&refund_listed(BY_HAND, 1000, "SUCCESS").signed());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    life.answer(&refund_listed(second, 2000, "SUCCESS").signed());
    assert_eq!(life.order.refunds().count(), 2);
    life.settle();
    assert!(life.order.is_settled());
}

/// Ten refunds of the list. The first one has this number.
fn ten_refunds(first: usize) -> crate::wechat::Wechat {
    let mut page = refund_listed(&format!("H{first}"), 100, "SUCCESS").and("refund_count", 10);
    for n in 1..10 {
        page = page
            .and(&format!("out_refund_no_{n}"), format!("H{}", first + n))
            .and(&format!("refund_id_{n}"), format!("5030000001{n}"))
            .and(&format!("refund_fee_{n}"), 100)
            .and(&format!("refund_status_{n}"), "SUCCESS");
    }
    page
}

#[test]
fn a_full_page_that_names_no_count_is_followed_by_the_next_one() {
    let mut life = refunded_before_we_knew();
    life.sleep_until_call();
    life.answer(&ten_refunds(0).signed());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    let asked = life.question();
    assert!(
        matches!(asked, Question::ListRefunds { offset: 10, .. }),
        "an eleventh refund would be money that is counted twice: {asked:?}"
    );
    let asked = life.called_at(CallName::RefundQuery).len();
    life.answer(&refused("REFUNDNOTEXIST").signed());
    life.settle();
    assert!(life.order.is_settled(), "there is no other page, and that is no reason to ask again");
    assert_eq!(life.called_at(CallName::RefundQuery).len(), asked);
    assert_eq!(life.order.refunds().count(), 10);
}

#[test]
fn hints_that_were_right_do_not_use_up_those_that_are_followed() {
    let mut life = Life::paid();
    for refund in 0..30 {
        life.settle();
        life.at(DAY + refund * MINUTE);
        life.give(Input::RefundNotified { out_refund_no: number(&format!("H{refund}")), raw: None });
        assert_eq!(life.calling(), Some(CallName::RefundQuery), "the notification of refund {refund}");
        life.answer(&refund_listed(&format!("H{refund}"), 100, "SUCCESS").signed());
    }
    assert_eq!(life.order.refunds().count(), 30);
}

#[test]
fn a_list_that_names_one_refund_twice_moves_nothing_and_is_shown() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(3000))));
    life.answer(&refund_accepted("R1", 3000).signed());
    life.sleep_until_call();
    let twice = refund_is("R1", 3000, "REFUNDCLOSE")
        .and("refund_count", 2)
        .and("out_refund_no_1", at_gateway("R1").as_str())
        .and("refund_id_1", "50300000019")
        .and("refund_fee_1", 3000)
        .and("refund_status_1", "SUCCESS");
    life.answer(&twice.signed());
    let refund = life.order.refunds().next().unwrap();
    assert_eq!(refund.status, RefundStatus::Processing, "closed or done: nobody knows");
    assert_eq!(life.exceptions(), [ExceptionKind::Unreadable]);
}

#[test]
fn an_answer_that_lists_no_refund_is_no_proof_that_none_was_made() {
    let mut life = Life::paid();
    life.give(Input::RefundRequested(RefundOrder::new(number("R1"), hkd(3000))));
    life.fail(gateway::Failure::no_answer());
    life.sleep_until_call();
    life.answer(&refused("PARAM_ERROR").signed());
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    let mut empty = refund_is("R1", 3000, "SUCCESS");
    for field in ["out_refund_no_0", "refund_id_0", "refund_fee_0", "refund_status_0", "refund_count"] {
        empty = empty.but_no(field);
    }
    life.answer(&empty.signed());
    let refund = life.order.refunds().next().unwrap();
    assert_eq!(refund.status, RefundStatus::Asking, "only REFUNDNOTEXIST says that no money moved");
}

#[test]
fn refunds_of_a_payment_that_found_no_room_are_not_asked_about_for_ever() {
    let mut life = Life::awaiting();
    let payment = |n: usize| format!("42000023012026030188000001{n:02}");
    for n in 0..16 {
        life.notify(&notification(&payment(n), T0_MS).and("total_fee", 1));
    }
    life.fail(gateway::Failure::no_answer());
    life.give(Input::RefundNotified { out_refund_no: number(BY_HAND), raw: None });
    life.notify(&notification(PAYMENT, T0_MS));
    assert_eq!(life.status(), PageStatus::Paid);
    for _ in 0..200 {
        life.settle();
        if life.order.is_settled() {
            return;
        }
        match life.call {
            Some(_) => life.answer(&refused("REFUNDNOTEXIST").signed()),
            None => life.sleep(),
        }
    }
    panic!("it never comes to rest");
}
