//! What a person must look at. It is raised once and shown until it is done, and it never proves a payment.

use gateway::{CallName, Failure, Question, RefundAccount, Unclear};
use order::{
    DeliveryResult, ExceptionKind, Input, Message, Notice, Order, OrphanNews, OutboxRow, PageStatus,
    RefundOrder, RefundStatus, Rejected, State, WebhookKind,
};
use wire::{OutRefundNo, TransactionId};

use crate::life::{DAY, HOUR, Life, MINUTE, SECOND, T0_MS, terms};
use crate::wechat::{
    PAYMENT, SECOND_PAYMENT, closed, hkd, not_understood, notification, ordered, paid, refund_accepted,
    refund_is, refused, state,
};

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).unwrap()
}

fn open(life: &Life) -> Vec<ExceptionKind> {
    let open = life.order.exceptions().iter().filter(|exception| exception.is_open());
    open.map(|exception| exception.kind).collect()
}

/// What the newest row of the index shows a person.
fn inbox(life: &Life) -> Vec<ExceptionKind> {
    let newest = life.rows.iter().rev().find_map(|row| match &row.message {
        Message::Index(row) => Some(row),
        Message::Webhook(_) => None,
    });
    newest.unwrap().attention.iter().map(|exception| exception.kind).collect()
}

fn refund(life: &mut Life, no: &str, minor: u64) {
    life.give(Input::RefundRequested(RefundOrder::new(number(no), hkd(minor))));
}

fn status(life: &Life, no: &str) -> RefundStatus {
    life.order.refunds().find(|refund| refund.out_refund_no == number(no)).unwrap().status
}

#[test]
fn an_exception_is_in_the_inbox_until_a_person_marks_it_done() {
    let mut life = Life::paid();
    life.notify(&notification(SECOND_PAYMENT, T0_MS + SECOND));
    assert_eq!(inbox(&life), [ExceptionKind::PaidTwice]);
    let id = life.order.exceptions()[0].id;
    assert_eq!(life.try_give(Input::ExceptionDone { id: id + 1 }), Err(Rejected::NoSuchException));
    life.at(HOUR).give(Input::ExceptionDone { id });
    assert_eq!(inbox(&life), []);
    assert_eq!(life.order.exceptions()[0].done_at_ms, Some(life.now_ms), "the history keeps it");
    life.settle();
    let told = (life.events.len(), life.webhooks().len(), life.order.exceptions()[0].done_at_ms);
    life.at(2 * HOUR).give(Input::ExceptionDone { id });
    let again = (life.events.len(), life.webhooks().len(), life.order.exceptions()[0].done_at_ms);
    assert_eq!(again, told, "done twice is done once; only the inbox hears it again");
    assert_eq!(inbox(&life), []);
    // The same payment does not open it again.
    life.notify(&notification(SECOND_PAYMENT, T0_MS + SECOND));
    assert_eq!(open(&life), []);
}

#[test]
fn no_answer_about_another_order_is_paid_closed_or_refunded_whatever_it_says() {
    let another = "HK20260301A0002";
    for trade_state in ["SUCCESS", "REFUND", "CLOSED", "REVOKED", "PAYERROR", "NOTPAY"] {
        let mut life = Life::watched();
        life.sleep_until_call();
        life.answer(
            &paid(PAYMENT, T0_MS).and("trade_state", trade_state).and("out_trade_no", another).signed(),
        );
        assert_eq!(life.status(), PageStatus::AwaitingPayment, "{trade_state}");
        assert_eq!(open(&life), [ExceptionKind::AboutSomethingElse], "{trade_state}");
        assert!(life.last.keep_message, "the message is kept for the person");
    }
    // A code for another order is not shown.
    let mut life = Life::placing();
    life.answer(&ordered().and("out_trade_no", another).signed());
    assert_eq!(life.status(), PageStatus::Placing);
    assert_eq!(open(&life), [ExceptionKind::AboutSomethingElse]);
    // A close of another order closes nothing.
    let mut life = Life::awaiting();
    life.at(30 * MINUTE).give(Input::AlarmFired);
    life.answer(&state("NOTPAY").signed());
    assert_eq!(life.calling(), Some(CallName::Close));
    life.answer(&closed().and("out_trade_no", another).signed());
    assert!(matches!(life.state(), State::Closing { .. }));
    // A refund of another order is not this refund.
    let mut life = Life::paid();
    refund(&mut life, "R1", 3000);
    life.answer(&refund_accepted("R1", 3000).and("out_trade_no", another).signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Requested);
    assert_eq!(life.sleep_until_call(), CallName::Refund);
}

#[test]
fn a_signed_but_unreadable_answer_is_kept_and_shown_once() {
    let mut life = Life::watched();
    for _ in 0..3 {
        life.sleep_until_call();
        life.answer(&paid(PAYMENT, T0_MS).but_no("transaction_id").signed());
    }
    assert_eq!(life.status(), PageStatus::AwaitingPayment);
    assert_eq!(open(&life), [ExceptionKind::Unreadable]);
    assert!(life.order.exceptions()[0].detail.as_deref().unwrap().contains("transaction_id"));
}

#[test]
fn a_signed_but_unreadable_notification_is_kept_and_wechat_is_asked() {
    let mut life = Life::awaiting();
    life.at(2 * SECOND);
    life.give(Input::NotificationUnreadable { why: "the field `time_end` is missing".into(), raw: None });
    assert!(life.last.keep_message && life.last.store);
    assert_eq!(open(&life), [ExceptionKind::Unreadable]);
    assert_eq!(life.calling(), Some(CallName::Query));
    life.answer(&paid(PAYMENT, T0_MS).signed());
    assert_eq!(life.status(), PageStatus::Paid);
    // WeChat repeats its message. We tell it once.
    life.settle();
    life.give(Input::NotificationUnreadable { why: "the field `time_end` is missing".into(), raw: None });
    assert!(!life.last.store);
}

#[test]
fn an_unreadable_notification_is_kept_even_after_an_unreadable_answer() {
    let mut life = Life::watched();
    life.sleep_until_call();
    life.answer(&paid(PAYMENT, T0_MS).but_no("transaction_id").signed());
    assert_eq!(open(&life), [ExceptionKind::Unreadable]);
    life.give(Input::NotificationUnreadable { why: "the field `time_end` is missing".into(), raw: None });
    assert!(life.last.keep_message, "it is another message, and the only copy of it");
    assert_eq!(open(&life), [ExceptionKind::Unreadable]);
}

#[test]
fn late_money_for_an_archived_order_is_told_as_news_with_new_ids() {
    let mut life = Life::paid();
    life.settle();
    let used: Vec<String> = life.rows.iter().map(|row| row.id.clone()).collect();
    let version = |row: &OutboxRow| match &row.message {
        Message::Index(row) => row.version,
        Message::Webhook(webhook) => webhook.sequence,
    };
    let highest = life.rows.iter().map(version).max().unwrap();

    let late_ms = T0_MS + 500 * DAY;
    let news = notification(SECOND_PAYMENT, late_ms).verified();
    let (order, effects) = Order::orphan(late_ms, terms(), OrphanNews::Notified(&news)).unwrap();
    let orphan = Life::of(order, effects);
    assert_eq!(inbox(&orphan), [ExceptionKind::UnknownOrder]);
    for row in &orphan.rows {
        assert!(!used.contains(&row.id), "{}: a receiver that knows the id would drop it", row.id);
        assert!(version(row) > highest, "the index would drop it for its older row");
    }
}

#[test]
fn money_without_an_order_is_shown_told_and_can_be_refunded() {
    let news = notification(PAYMENT, T0_MS).verified();
    let (order, effects) = Order::orphan(T0_MS, terms(), OrphanNews::Notified(&news)).unwrap();
    assert!(effects.keep_message && effects.store);
    let mut life = Life::of(order, effects);
    assert_eq!(inbox(&life), [ExceptionKind::UnknownOrder]);
    assert_eq!(life.webhooks(), [WebhookKind::OrderException]);
    assert_eq!(life.order.payment(), None, "it confirms nothing");
    let notices = life.order.view(life.now_ms).notices;
    assert_eq!(notices, [Notice::UnderReview], "a page that still has its token says that money came");

    // The same message again and a query change nothing.
    life.notify(&notification(PAYMENT, T0_MS));
    life.at(MINUTE).give(Input::QueryRequested);
    life.answer(&paid(PAYMENT, T0_MS).signed());
    assert_eq!((life.state().name(), life.webhooks().len()), ("stray", 1));

    let mut back = RefundOrder::new(number("R1"), hkd(8800));
    back.of = Some(TransactionId::new(PAYMENT).unwrap());
    life.give(Input::RefundRequested(back));
    assert_eq!(life.calling(), Some(CallName::Refund));
    life.answer(&refund_accepted("R1", 8800).signed());
    life.sleep_until_call();
    life.answer(&refund_is("R1", 8800, "SUCCESS").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refunded);
}

#[test]
fn an_orphan_never_uses_the_numbers_of_the_archived_order() {
    let mut before = Life::paid();
    before.settle();
    let news = notification(SECOND_PAYMENT, T0_MS).verified();
    let (order, effects) = Order::orphan(T0_MS + 402 * DAY, terms(), OrphanNews::Notified(&news)).unwrap();
    let orphan = Life::of(order, effects);
    let newest = |life: &Life| {
        let versions = life.rows.iter().map(|row| match &row.message {
            Message::Index(row) => row.version,
            Message::Webhook(webhook) => webhook.sequence,
        });
        (versions.clone().min().unwrap(), versions.max().unwrap())
    };
    // The index keeps the higher version, and the merchant knows a webhook by its id.
    assert!(newest(&orphan).0 > newest(&before).1);
    assert!(before.rows.iter().all(|old| orphan.rows.iter().all(|new| new.id != old.id)));
}

#[test]
fn a_message_about_no_money_makes_no_orphan_order() {
    let news = notification(PAYMENT, T0_MS).and("result_code", "FAIL").verified();
    assert!(Order::orphan(T0_MS, terms(), OrphanNews::Notified(&news)).is_none());
    assert!(Order::orphan(T0_MS, terms(), OrphanNews::Unreadable("no total_fee")).is_some());
}

#[test]
fn mismatched_money_of_ours_can_be_refunded_and_money_of_others_cannot() {
    for (message, refundable) in [
        (notification(PAYMENT, T0_MS).and("total_fee", 1), true),
        (notification(PAYMENT, T0_MS).and("fee_type", "JPY"), true),
        (notification(PAYMENT, T0_MS).and("trade_type", "JSAPI"), true),
        (notification(PAYMENT, T0_MS).and("attach", "cart"), true),
        (notification(PAYMENT, T0_MS).and("mch_id", "1"), false),
    ] {
        let mut life = Life::awaiting();
        life.notify(&message);
        assert_eq!(life.order.receipts().len(), usize::from(refundable), "{:?}", life.exceptions());
        assert_eq!(open(&life).len(), 1);
    }
}

#[test]
fn a_refund_without_a_clear_answer_is_stuck_after_a_day_and_lets_others_go_on() {
    let mut life = Life::paid();
    refund(&mut life, "R1", 3000);
    refund(&mut life, "R2", 1000);
    while status(&life, "R1") != RefundStatus::Stuck {
        life.fail(Failure::no_answer());
        if status(&life, "R1") != RefundStatus::Stuck {
            life.sleep_until_call();
        }
    }
    assert!((DAY..2 * DAY).contains(&life.elapsed()), "{} h", life.elapsed() / HOUR);
    assert_eq!(open(&life), [ExceptionKind::RefundStuck]);
    assert_eq!(life.webhooks().iter().filter(|kind| **kind == WebhookKind::RefundUpdated).count(), 1);
    assert!(
        life.try_give(Input::RefundRequested(RefundOrder::new(number("R3"), hkd(5000)))).is_err(),
        "held"
    );
    life.sleep_until_call();
    let Question::Refund(request) = life.question() else { panic!() };
    assert!(request.out_refund_no.as_str().ends_with("-R2"));
}

#[test]
fn a_refund_that_the_server_in_front_refuses_is_stuck_within_hours_and_says_why() {
    let page = "<html><head><title>400 No required SSL certificate was sent</title></head></html>";
    for refusal in [
        gateway::v2::not_200(400, page),
        // Unsigned: it decides nothing, and repeating the call does not help.
        Failure::Unclear(Unclear {
            why: "签名错误".into(),
            misconfigured: Some("签名错误".into()),
            oddity: None,
        }),
    ] {
        let mut life = Life::paid();
        refund(&mut life, "R1", 3000);
        while status(&life, "R1") == RefundStatus::Requested {
            life.fail(refusal.clone());
            if status(&life, "R1") == RefundStatus::Requested {
                life.sleep_until_call();
            }
        }
        assert_eq!(status(&life, "R1"), RefundStatus::Stuck);
        assert!(life.elapsed() <= 3 * HOUR, "{} min", life.elapsed() / MINUTE);
        let detail = life.order.exceptions()[0].detail.clone().unwrap();
        assert!(detail.contains("SSL certificate") || detail.contains("签名错误"), "{detail}");
    }
}

#[test]
fn an_accepted_refund_that_is_never_found_or_never_ends_is_stuck_in_the_end() {
    for (answer, from, to) in [
        (refused("REFUNDNOTEXIST").signed(), 3 * DAY, 5 * DAY),
        (not_understood("系统繁忙"), 3 * DAY, 5 * DAY),
        (refund_is("R1", 3000, "PROCESSING").signed(), 30 * DAY, 32 * DAY),
    ] {
        let mut life = Life::paid();
        refund(&mut life, "R1", 3000);
        life.answer(&refund_accepted("R1", 3000).signed());
        while status(&life, "R1") == RefundStatus::Processing {
            life.sleep_until_call();
            life.answer(&answer);
        }
        assert_eq!(status(&life, "R1"), RefundStatus::Stuck);
        assert!((from..=to).contains(&life.elapsed()), "{} h", life.elapsed() / HOUR);
    }
}

#[test]
fn a_person_can_have_a_stuck_refund_asked_about_again_and_what_is_found_counts() {
    let mut life = Life::paid();
    refund(&mut life, "R1", 3000);
    while status(&life, "R1") != RefundStatus::Stuck {
        life.fail(Failure::no_answer());
        if status(&life, "R1") != RefundStatus::Stuck {
            life.sleep_until_call();
        }
    }
    life.settle();
    assert!(life.order.is_settled(), "nothing runs by itself");
    life.at(life.elapsed() + HOUR);
    life.give(Input::RefundRetried { out_refund_no: number("R1"), account: None });
    assert_eq!(open(&life), []);
    assert_eq!(life.calling(), Some(CallName::RefundQuery), "it may have been done");
    life.answer(&refused("REFUNDNOTEXIST").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refused);
}

#[test]
fn a_withdrawn_refund_frees_its_money_and_is_asked_about_if_it_may_have_been_made() {
    let mut life = Life::paid();
    refund(&mut life, "R1", 8800);
    life.fail(Failure::no_answer());
    life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
    assert_eq!(status(&life, "R1"), RefundStatus::Withdrawn);
    life.settle();
    assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
    life.answer(&refund_is("R1", 8800, "SUCCESS").signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Refunded, "the money went: that is what counts");

    let mut life = Life::paid();
    refund(&mut life, "R1", 8800);
    life.answer(&refused("NOTENOUGH").signed());
    life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
    life.settle();
    assert!(life.order.is_settled(), "a refusal moved no money: nothing to ask");
    refund(&mut life, "R2", 8800);
    let accepted = life.try_give(Input::RefundWithdrawn { out_refund_no: number("R3") });
    assert_eq!(accepted, Err(Rejected::NoSuchRefund));
}

#[test]
fn a_refund_withdrawn_during_its_call_is_asked_about_if_the_outcome_is_unknown() {
    for restarted in [false, true] {
        let mut life = Life::paid();
        refund(&mut life, "R1", 8800);
        life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
        if restarted {
            life.call = None;
            life.give(Input::Restarted);
        } else {
            life.fail(Failure::no_answer());
        }
        life.settle();
        assert_eq!(life.sleep_until_call(), CallName::RefundQuery);
        life.answer(&refund_is("R1", 8800, "SUCCESS").signed());
        assert_eq!(status(&life, "R1"), RefundStatus::Refunded, "the money went: that is what counts");
    }
}

#[test]
fn a_refund_accepted_during_its_withdrawal_happens() {
    let mut life = Life::paid();
    refund(&mut life, "R1", 8800);
    life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
    life.answer(&refund_accepted("R1", 8800).signed());
    assert_eq!(status(&life, "R1"), RefundStatus::Processing);
    let given = life.try_give(Input::RefundWithdrawn { out_refund_no: number("R1") });
    assert_eq!(given, Err(Rejected::RefundIsOver { status: "processing" }));
}

#[test]
fn a_refund_that_waits_for_money_is_told_at_once_and_can_be_tried_now_from_another_account() {
    let mut life = Life::paid();
    refund(&mut life, "R1", 3000);
    life.answer(&refused("NOTENOUGH").and("err_code_des", "基本账户余额不足，请充值后重新发起").signed());
    assert_eq!(open(&life), [ExceptionKind::RefundWaits]);
    assert!(life.order.exceptions()[0].detail.as_deref().unwrap().contains("请充值"));
    assert!(life.webhooks().contains(&WebhookKind::RefundUpdated));
    let told = life.webhooks().len();
    life.sleep_until_call();
    life.answer(&refused("NOTENOUGH").signed());
    assert_eq!(life.webhooks().len(), told, "told once, not every hour");

    life.now_ms += MINUTE;
    let account = Some(RefundAccount::AvailableBalance);
    life.give(Input::RefundRetried { out_refund_no: number("R1"), account });
    let Question::Refund(request) = life.question() else { panic!() };
    assert_eq!(request.account, account);
    life.answer(&refund_accepted("R1", 3000).signed());
    assert_eq!(open(&life), [], "what it waited for has happened");
}

#[test]
fn a_refund_the_payers_account_does_not_take_is_left_to_a_person() {
    let mut life = Life::paid();
    refund(&mut life, "R1", 3000);
    life.answer(&refund_accepted("R1", 3000).signed());
    life.sleep_until_call();
    life.answer(&refund_is("R1", 3000, "CHANGE").signed());
    assert_eq!(open(&life), [ExceptionKind::RefundAbnormal]);
    life.give(Input::RefundRetried { out_refund_no: number("R1"), account: None });
    life.sleep_until_call();
    life.answer(&refund_is("R1", 3000, "SUCCESS").signed());
    assert_eq!(open(&life), []);
}

#[test]
fn a_refund_that_waits_for_a_busy_order_is_refused_after_a_day_and_no_money_is_held() {
    let mut life = Life::paid();
    refund(&mut life, "R1", 3000);
    while status(&life, "R1") == RefundStatus::Requested {
        life.answer(&refused("ORDER_NOT_READY").signed());
        if status(&life, "R1") == RefundStatus::Requested {
            life.sleep_until_call();
        }
    }
    assert_eq!(status(&life, "R1"), RefundStatus::Refused);
    assert!((DAY..2 * DAY).contains(&life.elapsed()));
}

#[test]
fn a_merchant_whose_every_call_is_refused_hears_it_within_minutes_in_wechats_words() {
    let mut life = Life::placing();
    while life.webhooks().is_empty() {
        life.answer(&not_understood("商户号该产品权限未开通，请前往商户平台>产品中心检查后重试"));
        if life.webhooks().is_empty() {
            life.sleep_until_call();
        }
    }
    assert_eq!(life.webhooks(), [WebhookKind::OrderFailed]);
    assert!(life.elapsed() <= 5 * MINUTE, "{} s", life.elapsed() / SECOND);
    let problem = life.rows.iter().find_map(|row| match &row.message {
        Message::Webhook(webhook) => webhook.problem.clone(),
        Message::Index(_) => None,
    });
    assert!(problem.unwrap().contains("权限未开通"));
}

#[test]
fn a_merchant_whose_every_call_is_refused_by_a_page_of_html_hears_what_it_says() {
    let mut life = Life::placing();
    while life.webhooks().is_empty() {
        let text = "<html><h1>403 Forbidden</h1>your address is not allowed</html>";
        life.fail(gateway::v2::not_200(403, text));
        if life.webhooks().is_empty() {
            life.sleep_until_call();
        }
    }
    assert_eq!(life.webhooks(), [WebhookKind::OrderFailed]);
    assert!(life.elapsed() <= 5 * MINUTE, "{} s", life.elapsed() / SECOND);
    let told = life.rows.iter().find_map(|row| match &row.message {
        Message::Webhook(webhook) => webhook.problem.clone(),
        Message::Index(_) => None,
    });
    assert_eq!(told.as_deref(), Some("HTTP 403: 403 Forbidden your address is not allowed"));
}

#[test]
fn a_webhook_that_was_given_up_is_in_the_inbox_and_can_be_sent_again_with_its_id() {
    let mut life = Life::paid();
    let id = life.rows.iter().find(|row| matches!(row.message, Message::Webhook(_))).unwrap().id.clone();
    life.deliver(std::slice::from_ref(&id), DeliveryResult::Gone);
    assert_eq!(open(&life), [ExceptionKind::WebhookUndelivered]);
    assert_eq!(life.order.exceptions()[0].webhook_id.as_ref(), Some(&id));
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid], "no webhook about a webhook");
    life.settle();
    assert!(life.order.is_settled());

    let unknown = life.try_give(Input::RedeliveryRequested { id: "HK1-99".into() });
    assert_eq!(unknown, Err(Rejected::NoSuchWebhook));
    life.at(DAY).give(Input::RedeliveryRequested { id: id.clone() });
    assert_eq!(open(&life), []);
    assert!(life.last.outbox.iter().any(|row| row.id == id && row.tries == 1));
    // It fails again and is shown again.
    life.deliver(std::slice::from_ref(&id), DeliveryResult::Gone);
    assert_eq!(open(&life), [ExceptionKind::WebhookUndelivered]);
}

#[test]
fn a_receiver_that_asks_to_be_left_alone_is_left_alone_for_a_day_at_most() {
    for (asked_ms, waited_ms) in [(HOUR, HOUR), (30 * DAY, DAY), (1, 5 * SECOND)] {
        let mut life = Life::paid();
        let id = life.rows.iter().find(|row| matches!(row.message, Message::Webhook(_))).unwrap().id.clone();
        let busy = DeliveryResult::Refused { why: "503".into(), retry_after_ms: Some(asked_ms) };
        life.deliver(std::slice::from_ref(&id), busy);
        let began = life.now_ms;
        while life.last.outbox.iter().all(|row| row.id != id) {
            let others: Vec<String> =
                life.last.outbox.iter().map(|row| row.id.clone()).filter(|other| *other != id).collect();
            life.deliver(&others, DeliveryResult::Accepted);
            life.sleep();
        }
        assert_eq!(life.now_ms - began, waited_ms);
    }
}

#[test]
fn a_done_exception_is_raised_again_only_if_it_can_happen_again() {
    let mut life = Life::awaiting();
    let mismatch = notification(PAYMENT, T0_MS).and("total_fee", 1);
    life.notify(&mismatch);
    let id = life.order.exceptions()[0].id;
    life.give(Input::ExceptionDone { id });
    life.notify(&mismatch);
    assert_eq!((open(&life), life.order.exceptions().len()), (vec![], 1), "the same payment is no news");

    let mut life = Life::awaiting();
    let unreadable = || Input::NotificationUnreadable { why: "time_end".into(), raw: None };
    life.give(unreadable());
    let id = life.order.exceptions()[0].id;
    life.give(Input::ExceptionDone { id });
    life.give(unreadable());
    assert_eq!(open(&life), [ExceptionKind::Unreadable], "another message may be another matter");
}

#[test]
fn a_refund_withdrawn_in_doubt_holds_its_money_until_wechat_says_it_was_not_made() {
    let in_doubt = || {
        let mut life = Life::paid();
        refund(&mut life, "R1", 8800);
        life.fail(Failure::no_answer());
        life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
        life
    };
    let being_sent = || {
        let mut life = Life::paid();
        refund(&mut life, "R1", 8800);
        life.give(Input::RefundWithdrawn { out_refund_no: number("R1") });
        life.answer(&refused("TRADE_OVERDUE").signed());
        life
    };
    for mut life in [in_doubt(), being_sent()] {
        let second =
            |life: &mut Life| life.try_give(Input::RefundRequested(RefundOrder::new(number("R2"), hkd(1))));
        assert_eq!(second(&mut life), Err(Rejected::RefundExceedsPayment { left_minor: 0 }));
        while life.calling() != Some(CallName::RefundQuery) {
            life.deliver_all();
            life.sleep_until_call();
        }
        life.answer(&refused("REFUNDNOTEXIST").signed());
        assert_eq!(second(&mut life), Ok(()));
    }
}

/// The webhooks written so far, each id once.
pub(crate) fn told(life: &Life) -> Vec<order::Webhook> {
    let mut seen = vec![];
    let mut webhooks = vec![];
    for row in &life.rows {
        if let Message::Webhook(webhook) = &row.message
            && !seen.contains(&&row.id)
        {
            seen.push(&row.id);
            webhooks.push((**webhook).clone());
        }
    }
    webhooks
}

#[test]
fn a_webhook_names_the_payment_and_the_refund_that_it_is_about_and_what_was_seen() {
    let mut life = Life::paid();
    life.notify(&notification(SECOND_PAYMENT, T0_MS + SECOND));
    let twice = told(&life).pop().unwrap();
    assert_eq!(twice.transaction_id.unwrap().as_str(), SECOND_PAYMENT, "the one to refund, not the first");

    let mut back = RefundOrder::new(number("BACK"), hkd(8800));
    back.of = Some(TransactionId::new(SECOND_PAYMENT).unwrap());
    life.give(Input::RefundRequested(back));
    life.answer(&refused("USER_ACCOUNT_ABNORMAL").signed());
    let refunded = told(&life).pop().unwrap();
    assert_eq!(refunded.transaction_id.unwrap().as_str(), SECOND_PAYMENT);
    let refund = refunded.refund.unwrap();
    assert_eq!((refund.out_refund_no, refund.made_elsewhere), (number("BACK"), false));
    assert_eq!(refund.problem.as_deref(), Some("USER_ACCOUNT_ABNORMAL: text for humans"));

    life.give(Input::NotificationUnreadable { why: "no time_end".into(), raw: None });
    assert_eq!(told(&life).pop().unwrap().detail.as_deref(), Some("no time_end"));
}

#[test]
fn too_many_exceptions_are_reported_and_done_ones_make_room() {
    let mismatch =
        |n: usize| notification(&format!("42000023012026030188000{n:05}"), T0_MS).and("mch_id", "1");
    let mut life = Life::awaiting();
    for n in 0..40 {
        life.notify(&mismatch(n));
    }
    let kinds = life.exceptions();
    assert_eq!(kinds.len(), 32);
    assert_eq!(kinds.iter().filter(|kind| **kind == ExceptionKind::MoreThanKept).count(), 1);
    assert_eq!(kinds.last(), Some(&ExceptionKind::MoreThanKept));

    let first = life.order.exceptions()[0].id;
    life.give(Input::ExceptionDone { id: first });
    let more = life.order.exceptions().last().unwrap().id;
    life.give(Input::ExceptionDone { id: more });
    life.notify(&mismatch(77));
    let newest = life.order.exceptions().last().unwrap();
    assert_eq!(newest.kind, ExceptionKind::UnexpectedTrade, "there is room again");
    let mut ids: Vec<u32> = life.order.exceptions().iter().map(|exception| exception.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), life.order.exceptions().len(), "no id is used twice");
    assert!(life.order.exceptions().iter().all(|exception| exception.id != first), "what is done went first");
}

#[test]
fn a_webhook_says_why_an_order_ended() {
    let reasons = |life: &Life| {
        told(life).into_iter().filter_map(|webhook| webhook.reason).collect::<std::collections::BTreeSet<_>>()
    };
    let mut cancelled = Life::awaiting();
    cancelled.give(Input::CancelRequested { by: order::Who::Shopper });
    while !matches!(cancelled.state(), State::Closed { .. }) {
        match cancelled.sleep_until_call() {
            CallName::Close => cancelled.answer(&closed().signed()),
            _ => cancelled.answer(&state("CLOSED").signed()),
        }
    }
    assert_eq!(reasons(&cancelled), ["cancelled".to_owned()].into());

    let mut nobody_paid = Life::awaiting();
    while !matches!(nobody_paid.state(), State::Closed { .. }) {
        match nobody_paid.sleep_until_call() {
            CallName::Close => nobody_paid.answer(&closed().signed()),
            _ => nobody_paid.answer(&state("NOTPAY").signed()),
        }
    }
    assert_eq!(reasons(&nobody_paid), ["expired".to_owned()].into());

    let mut never_placed = Life::placing();
    while !matches!(never_placed.state(), State::Closed { .. }) {
        match never_placed.sleep_until_call() {
            CallName::Place => never_placed.fail(Failure::no_answer()),
            _ => never_placed.answer(&refused("ORDERNOTEXIST").signed()),
        }
    }
    let closed_for = told(&never_placed).into_iter().filter(|one| one.kind == WebhookKind::OrderClosed);
    assert_eq!(closed_for.filter_map(|one| one.reason).collect::<Vec<_>>(), ["failed"]);

    let mut refused_by_wechat = Life::placing();
    refused_by_wechat.answer(&refused("TRADE_ERROR").signed());
    assert_eq!(reasons(&refused_by_wechat), ["refused".to_owned()].into());

    let mut misconfigured = Life::placing();
    misconfigured.answer(&refused("NOAUTH").signed());
    assert_eq!(reasons(&misconfigured), ["misconfigured".to_owned()].into());
}
