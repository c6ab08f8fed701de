//! Stories of the socket: what it saves, and what happens without it.

use api::OrderStatus;

use super::{LASTS_MS, MINUTE_MS, Page, became, waiting, waiting_still};
use crate::session::{Answer, Ask, Event, Input, Link, OrderFacts, State};

/// Shows a code, and the server pushes.
fn live() -> Page {
    let mut page = Page::showing();
    assert_eq!(page.sockets, 1);
    page.tell(Input::Live(true));
    page.tell(Input::Overheard(waiting()));
    assert_eq!(page.session.link(), Link::Live);
    page
}

#[test]
fn what_the_server_pushes_is_shown_at_once_and_without_asking() {
    let mut page = live();
    page.now_ms += 20_000;
    assert!(page.tell(Input::Overheard(became(OrderStatus::Paid))).adopted);
    assert_eq!(page.session.state(), State::Paid);
    assert_eq!((page.asked, page.sockets), (vec![Ask::Place], 1));
    assert_eq!(page.events, [Event::Ready, Event::Paid]);
}

#[test]
fn a_code_that_is_not_there_yet_is_pushed() {
    let mut page = Page::new();
    page.tell(Input::Start);
    page.answer(OrderFacts { has_code: false, status: OrderStatus::Placing, version: 1, ..waiting() });
    page.tell(Input::Live(true));
    page.now_ms += 400;
    page.tell(Input::Overheard(waiting()));
    assert_eq!((page.session.state(), page.asked.as_slice()), (State::Showing, [Ask::Place].as_slice()));
}

#[test]
fn while_the_server_pushes_a_minute_costs_2_requests_with_the_socket_and_half_an_hour_7() {
    let waited = |for_ms: u64| {
        Page::costs(|mut page| {
            page.tell(Input::Live(true));
            page.tell(Input::Overheard(waiting()));
            page.live(for_ms, |now_ms| Answer::Order(waiting_still(now_ms)));
            page
        })
    };
    assert_eq!(waited(MINUTE_MS), ((1, 1), (1, 1)));
    assert_eq!(waited(LASTS_MS - 1), ((6, 1), (6, 1)));
}

#[test]
fn at_the_end_of_the_time_the_server_is_asked_though_it_pushes() {
    let mut page = live();
    page.live(LASTS_MS + 1_000, |now_ms| {
        let still = waiting_still(now_ms);
        if still.left_ms > 0 { Answer::Order(still) } else { Answer::Order(became(OrderStatus::Expired)) }
    });
    assert_eq!(page.session.state(), State::Expired);
}

#[test]
fn where_sockets_are_blocked_the_page_asks_and_tries_again_more_and_more_rarely() {
    let mut page = Page::showing();
    page.tell(Input::Live(false));
    assert_eq!(page.session.link(), Link::Polling, "no word of it to the shopper");
    page.live_without_sockets(LASTS_MS - MINUTE_MS, |_| Answer::Order(waiting()));
    assert!((3..=5).contains(&page.sockets), "{}", page.sockets);
}

#[test]
fn while_a_socket_is_on_its_way_the_page_asks() {
    let mut page = Page::showing();
    page.until_asked();
    assert!(page.now_ms < 6_000);
}

#[test]
fn a_socket_that_breaks_is_asked_for_what_it_missed_and_opened_again() {
    let mut page = live();
    page.now_ms += 20_000;
    page.tell(Input::Live(false));
    assert_eq!((page.asked.len(), page.session.link()), (2, Link::Polling));
    page.answer(waiting());
    page.wake();
    assert_eq!((page.sockets, page.asked.len()), (2, 2));
    page.tell(Input::Live(true));
    assert_eq!(page.session.link(), Link::Live);
}

#[test]
fn where_the_device_calls_itself_offline_the_socket_stays_and_on_return_there_is_a_new_one() {
    let mut page = live();
    page.now_ms += 20_000;
    page.tell(Input::Online(false));
    assert_eq!((page.session.link(), page.sockets), (Link::Offline, 1));
    page.reply(Answer::Silence);
    page.now_ms += 1_000;
    page.tell(Input::Overheard(waiting()));
    assert_eq!(page.session.link(), Link::Live, "what is pushed proves the device wrong");
    page.tell(Input::Online(true));
    assert_eq!(page.sockets, 2);
}

#[test]
fn another_order_has_a_socket_of_its_own() {
    let mut page = live();
    page.now_ms += 20_000;
    page.tell(Input::Overheard(became(OrderStatus::Expired)));
    page.now_ms += 5_000;
    page.tell(Input::Start);
    assert_eq!(page.sockets, 1, "not before there is an order");
    page.answer(OrderFacts { id: "H2".into(), version: 1, ..waiting() });
    assert_eq!(page.sockets, 2);
}

#[test]
fn the_word_of_the_shopper_is_asked_after_even_when_live() {
    let mut page = live();
    page.now_ms += 20_000;
    page.tell(Input::PaymentClaimed);
    assert_eq!((page.session.state(), page.asked.len()), (State::Checking, 2));
    page.live(20_000, |_| Answer::Order(waiting()));
    assert!(page.session.claim_refuted());
    assert!(page.asked.len() <= 5, "{}", page.asked.len());
}
