//! What others are told: once each, with a stable id, over any number of deliveries.

use gateway::CallName;
use order::{DeliveryResult, ExceptionKind, Input, Message, OutboxRow, RawHash, WebhookKind, What, Who};

use crate::life::{DAY, HOUR, Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{NUMBER, PAYMENT, notification, ordered, state};

fn webhooks(life: &Life) -> Vec<&OutboxRow> {
    life.rows.iter().filter(|row| matches!(row.message, Message::Webhook(_))).collect()
}

fn no() -> DeliveryResult {
    DeliveryResult::Refused { why: "the receiver answered 500".into(), retry_after_ms: None }
}

fn refuse(life: &mut Life, id: &str) {
    life.deliver(&[id.to_owned()], no());
}

/// A paid order whose webhook is being delivered for the first time.
fn telling() -> (Life, String) {
    let life = Life::paid();
    let id = webhooks(&life)[0].id.clone();
    (life, id)
}

#[test]
fn a_message_is_written_together_with_the_change_it_tells_of() {
    let mut life = Life::awaiting();
    life.notify(&notification(PAYMENT, T0_MS));
    assert!(life.last.store);
    let Message::Webhook(webhook) = &webhooks(&life)[0].message else { panic!() };
    assert_eq!(webhook.kind, WebhookKind::OrderPaid);
    assert_eq!(webhook.state, "paid");
    assert_eq!(webhook.transaction_id.as_ref().unwrap().as_str(), PAYMENT);
}

#[test]
fn a_webhook_keeps_its_id_and_content_over_all_deliveries() {
    let (mut life, id) = telling();
    assert!(id.starts_with(&format!("{NUMBER}-")));
    for _ in 0..5 {
        refuse(&mut life, &id);
        while life.last.outbox.iter().all(|row| row.id != id) {
            life.sleep();
        }
    }
    let deliveries = webhooks(&life);
    assert_eq!(deliveries.len(), 6);
    assert!(deliveries.iter().all(|row| row.id == id && row.message == deliveries[0].message));
    assert_eq!(deliveries.iter().map(|row| row.tries).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn an_accepted_webhook_is_never_handed_out_again_however_often_that_is_said() {
    let (mut life, id) = telling();
    life.settle();
    refuse(&mut life, &id);
    assert!(life.order.is_settled());
    life.sleep();
    assert!(life.last.outbox.iter().all(|row| row.id != id));
}

#[test]
fn a_delivery_whose_maker_died_is_made_again_with_the_same_id() {
    let (mut life, id) = telling();
    life.sleep();
    assert_eq!(life.elapsed(), MINUTE);
    assert!(life.last.outbox.iter().any(|row| row.id == id && row.tries == 2));
}

#[test]
fn a_webhook_nobody_takes_is_sent_less_and_less_often_and_given_up_after_three_days() {
    let (mut life, id) = telling();
    let mut sent_at_ms = vec![life.now_ms];
    while life.order.given_up().is_empty() {
        let rows: Vec<String> = life.last.outbox.iter().map(|row| row.id.clone()).collect();
        let (refused, accepted): (Vec<String>, Vec<String>) = rows.into_iter().partition(|row| *row == id);
        life.deliver(&refused, no());
        life.deliver(&accepted, DeliveryResult::Accepted);
        if life.last.outbox.is_empty() && life.order.given_up().is_empty() {
            life.sleep();
            if life.last.outbox.iter().any(|row| row.id == id) {
                sent_at_ms.push(life.now_ms);
            }
        }
    }
    let pauses: Vec<i64> = sent_at_ms.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let hours = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR, 24 * HOUR];
    let expected =
        [&[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE][..], &hours[..]].concat();
    assert_eq!(pauses, expected);
    let told = life.events.iter().find_map(|event| match &event.what {
        What::DeliveryGivenUp { id: given, why } if *given == id => why.clone(),
        _ => None,
    });
    assert_eq!(told.as_deref(), Some("the receiver answered 500"));
    life.settle();
    assert!(life.order.is_settled());
}

#[test]
fn a_webhook_whose_deliveries_are_never_reported_is_given_up_too() {
    let mut life = Life::paid();
    for _ in 0..60 {
        // The index accepts its rows. Every process that delivers the webhook dies.
        let rows = life.last.outbox.iter().filter(|row| matches!(row.message, Message::Index(_)));
        let ids: Vec<String> = rows.map(|row| row.id.clone()).collect();
        if ids.is_empty() {
            life.sleep()
        } else {
            life.deliver(&ids, DeliveryResult::Accepted)
        }
        if life.exceptions() == [ExceptionKind::WebhookUndelivered] {
            assert!((3 * DAY..6 * DAY).contains(&life.elapsed()), "{}", life.elapsed());
            assert_eq!(life.order.given_up().len(), 1);
            return;
        }
    }
    panic!("nobody is told: {:?}", life.order);
}

#[test]
fn only_the_newest_row_of_the_index_waits_and_it_waits_for_ever() {
    let mut life = Life::paid();
    let index = |life: &Life| -> Vec<OutboxRow> {
        life.last.outbox.iter().filter(|row| matches!(row.message, Message::Index(_))).cloned().collect()
    };
    life.at(5 * MINUTE).give(Input::AlarmFired);
    let waiting = index(&life);
    assert_eq!(waiting.len(), 1);
    let Message::Index(row) = &waiting[0].message else { panic!() };
    assert_eq!((row.state.as_str(), row.settled), ("paid", false));
    for _ in 0..40 {
        let ids: Vec<String> = life.last.outbox.iter().map(|row| row.id.clone()).collect();
        life.deliver(&ids, no());
        let before = life.now_ms;
        life.sleep();
        assert!(life.now_ms - before <= HOUR);
    }
    assert_eq!(index(&life)[0].id, waiting[0].id, "the index catches up when it is back");
}

#[test]
fn versions_of_the_index_only_grow() {
    let mut life = Life::awaiting();
    life.at(SECOND).notify(&notification(PAYMENT, T0_MS));
    let versions: Vec<u64> = life
        .rows
        .iter()
        .filter_map(|row| match &row.message {
            Message::Index(row) => Some(row.version),
            Message::Webhook(_) => None,
        })
        .collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    assert!(versions.len() >= 2);
}

#[test]
fn events_are_numbered_without_gaps() {
    let mut life = Life::paid();
    life.at(MINUTE).give(Input::QueryRequested);
    let seqs: Vec<u64> = life.events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=u64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
}

#[test]
fn an_event_names_who_caused_it_and_the_hash_of_the_message_that_said_so() {
    let mut life = Life::awaiting();
    let raw = Some(RawHash::new([7; 32]));
    let notification = notification(PAYMENT, T0_MS).verified();
    life.give(Input::Notified { notification, raw });
    let told: Vec<_> = life.last.events.iter().map(|event| (event.who, event.raw)).collect();
    assert_eq!(told, [(Who::Gateway, raw), (Who::Gateway, raw)]);
    life.give(Input::NotificationSuspected { raw });
    assert_eq!(life.events.last().map(|event| (event.who, event.raw)), Some((Who::Stranger, raw)));
}

#[test]
fn a_webhook_that_still_waits_may_be_asked_for_and_is_sent_by_itself() {
    let (mut life, id) = telling();
    refuse(&mut life, &id);
    let webhooks_before = webhooks(&life).len();
    life.give(Input::RedeliveryRequested { id: id.clone() });
    assert_eq!(webhooks(&life).len(), webhooks_before, "its pause is kept");
    life.deliver_all();
    assert_eq!(life.try_give(Input::RedeliveryRequested { id }), Err(order::Rejected::NoSuchWebhook));
}

#[test]
fn the_row_of_an_index_that_is_down_is_tried_again_after_5_10_20_seconds_and_at_most_an_hour() {
    let mut life = Life::paid();
    let index_id = |life: &Life| {
        let mut rows = life.last.outbox.iter().filter(|row| matches!(row.message, Message::Index(_)));
        rows.next().map(|row| row.id.clone())
    };
    let webhook_ids: Vec<String> = webhooks(&life).iter().map(|row| row.id.clone()).collect();
    life.deliver(&webhook_ids, DeliveryResult::Accepted);
    let mut pauses = vec![];
    while pauses.len() < 12 {
        let Some(id) = index_id(&life) else {
            life.sleep();
            continue;
        };
        let began_ms = life.now_ms;
        life.deliver(std::slice::from_ref(&id), no());
        while index_id(&life).is_none() {
            life.sleep();
        }
        pauses.push((life.now_ms - began_ms) / SECOND);
    }
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
}

#[test]
fn a_row_of_the_index_is_never_given_up_whatever_it_is_answered() {
    let mut life = Life::paid();
    let is_index = |row: &&OutboxRow| matches!(row.message, Message::Index(_));
    let row = life.rows.iter().rfind(is_index).unwrap().clone();
    life.deliver(std::slice::from_ref(&row.id), DeliveryResult::Gone);
    assert!(life.order.given_up().iter().all(|given_up| given_up.id != row.id));
    life.rows.clear();
    for _ in 0..50 {
        if life.rows.iter().any(|again| again.id == row.id) {
            return;
        }
        life.at(life.elapsed() + crate::life::HOUR).give(Input::AlarmFired);
    }
    panic!("it is not sent again");
}

#[test]
fn a_receiver_that_asks_for_a_day_s_pause_each_time_is_given_up_after_twelve() {
    let (mut life, id) = telling();
    while life.order.given_up().is_empty() {
        let ids: Vec<String> = life.last.outbox.iter().map(|row| row.id.clone()).collect();
        let (asking, accepting): (Vec<String>, Vec<String>) = ids.into_iter().partition(|row| *row == id);
        let busy = DeliveryResult::Refused { why: "HTTP 503".into(), retry_after_ms: Some(DAY) };
        life.deliver(&asking, busy);
        life.deliver(&accepting, DeliveryResult::Accepted);
        if life.last.outbox.is_empty() && life.order.given_up().is_empty() {
            life.sleep();
        }
    }
    assert_eq!(life.elapsed() / DAY, 12);
}

/// A payment whose shopper takes most of a minute. The page is open or not.
fn paid_within_a_minute(a_page_looks: bool) -> Life {
    let mut life = Life::placing();
    life.keeps_memory = true;
    life.at(SECOND).answer(&ordered().signed());
    for second in (4..55).step_by(3) {
        if life.alarm_at_ms.is_some_and(|at_ms| at_ms <= T0_MS + second * SECOND) {
            life.at(second * SECOND).give(Input::AlarmFired);
        }
        if a_page_looks {
            life.at(second * SECOND).give(Input::PageWatching);
        }
        if life.call.is_some() {
            life.answer(&state("NOTPAY").signed());
        }
        life.deliver_all();
    }
    life.at(55 * SECOND).notify(&notification(PAYMENT, T0_MS + 54 * SECOND));
    life.settle();
    life.sleep();
    assert!((DAY..DAY + MINUTE).contains(&life.elapsed()), "a day later its row is written once more");
    life.settle();
    assert!(life.order.is_settled());
    life
}

#[test]
fn a_payment_within_a_minute_costs_four_rows_of_the_index_six_events_and_two_for_each_query() {
    for a_page_looks in [false, true] {
        let life = paid_within_a_minute(a_page_looks);
        let index = life.rows.iter().filter(|row| matches!(row.message, Message::Index(_)));
        let rows: std::collections::BTreeSet<&String> = index.map(|row| &row.id).collect();
        assert_eq!(rows.len(), 4, "{rows:?}");
        let queries = life.called_at(CallName::Query).len();
        assert_eq!(queries, if a_page_looks { 4 } else { 0 });
        assert_eq!(life.events.len(), 6 + 2 * queries, "{:#?}", life.events);
    }
}
