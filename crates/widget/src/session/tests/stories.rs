//! Stories of one page, each the smallest that shows its rule.

use api::{FailureReason, OrderStatus};

use super::{LASTS_MS, MINUTE_MS, Page, became, waiting, waiting_still};
use crate::session::{Answer, Ask, Effects, Event, Failure, Http, Input, Link, OrderFacts, Session, State};

#[test]
fn nothing_is_asked_before_pay_is_pressed() {
    let mut page = Page::new();
    for input in
        [Input::WokenUp, Input::Online(true), Input::Visible(true), Input::PaymentClaimed, Input::Cancel]
    {
        assert_eq!(page.tell(input), Effects::default());
    }
    assert_eq!(page.session.state(), State::Idle);
}

#[test]
fn a_payment_from_the_button_to_thank_you() {
    let mut page = Page::new();
    page.tell(Input::Start);
    assert_eq!(page.session.state(), State::Creating);
    assert!(page.answer(waiting()).adopted);
    assert!(page.session.code_payable(page.now_ms));
    page.until_asked();
    page.answer(became(OrderStatus::Paid));
    assert_eq!(page.session.state(), State::Paid);
    assert_eq!(page.asked, [Ask::Place, Ask::Look]);
    assert_eq!(page.events, [Event::Ready, Event::Paid]);
    assert_eq!(page.wake_at_ms, None, "a final state stops everything");
}

#[test]
fn a_code_that_is_not_there_yet_is_awaited() {
    let mut page = Page::new();
    page.tell(Input::Start);
    page.answer(OrderFacts {
        has_code: false,
        status: OrderStatus::Placing,
        ask_again_in_ms: Some(300),
        ..waiting()
    });
    assert_eq!(page.session.state(), State::Creating);
    page.until_asked();
    page.answer(OrderFacts { version: 3, ..waiting() });
    assert_eq!((page.session.state(), page.events.as_slice()), (State::Showing, [Event::Ready].as_slice()));
}

#[test]
fn where_sockets_are_blocked_a_minute_costs_13_or_14_requests_and_2_sockets_and_half_an_hour_62_to_64_and_4()
{
    let waited = |for_ms: u64| {
        Page::costs(|mut page| {
            page.live_without_sockets(for_ms, |now_ms| Answer::Order(waiting_still(now_ms)));
            page
        })
    };
    assert_eq!(waited(MINUTE_MS), ((13, 2), (14, 2)));
    assert_eq!(waited(LASTS_MS - 1), ((62, 4), (64, 4)));
}

#[test]
fn three_minutes_of_trouble_cost_8_requests_and_the_shopper_is_told_by_the_first_within_five_seconds() {
    for trouble in
        [Answer::Silence, Answer::Later { retry_after_ms: None }, Answer::Later { retry_after_ms: Some(1) }]
    {
        let costs = Page::costs(|mut page| {
            let began_ms = page.now_ms;
            page.until_asked();
            page.reply(trouble.clone());
            assert!(page.now_ms - began_ms < 5_000);
            assert_eq!((page.session.link(), page.session.state()), (Link::Troubled, State::Showing));
            page.live_without_sockets(3 * MINUTE_MS - (page.now_ms - began_ms), |_| trouble.clone());
            page
        });
        assert_eq!(costs, ((8, 2), (8, 2)), "{trouble:?}");
    }
}

#[test]
fn retry_after_holds_back_even_an_impatient_shopper() {
    let mut page = Page::showing();
    page.until_asked();
    page.reply(Answer::Later { retry_after_ms: Some(45_000) });
    let answered_at_ms = page.now_ms;
    page.tell(Input::PaymentClaimed);
    page.tell(Input::Start);
    page.until_asked();
    assert_eq!(page.now_ms, answered_at_ms + 45_000);
}

#[test]
fn a_retry_after_of_a_day_does_not_park_the_page_for_a_day() {
    let mut page = Page::showing();
    page.until_asked();
    page.reply(Answer::Later { retry_after_ms: Some(86_400_000) });
    let answered_at_ms = page.now_ms;
    page.until_asked();
    assert_eq!(page.now_ms - answered_at_ms, 300_000);
}

#[test]
fn a_device_that_calls_itself_offline_makes_the_page_ask_at_once_and_ever_more_rarely_and_at_once_on_return()
{
    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::Online(false));
    assert_eq!(page.session.link(), Link::Offline);
    let asked = page.asked.len();
    page.live(10 * MINUTE_MS, |_| Answer::Silence);
    assert_eq!((page.session.link(), page.session.state()), (Link::Offline, State::Showing));
    let cost = page.asked.len() - asked;
    assert!((10..=14).contains(&cost), "{cost}");
    let asked = page.asked.len();
    page.tell(Input::Online(true));
    assert_eq!(page.asked.len(), asked + 1);
}

#[test]
fn an_answer_proves_a_device_wrong_that_calls_itself_offline_and_paid_is_seen() {
    let mut page = Page::new();
    page.tell(Input::Online(false));
    page.tell(Input::Start);
    assert_eq!(page.session.link(), Link::Offline);
    page.answer(waiting());
    assert_eq!((page.session.link(), page.sockets), (Link::Polling, 1));
    page.until_asked();
    assert!(page.now_ms < 6_000, "at the ordinary pace: {}", page.now_ms);
    page.tell(Input::Online(false));
    page.answer(became(OrderStatus::Paid));
    assert_eq!(page.events, [Event::Ready, Event::Paid]);
}

#[test]
fn a_hidden_page_slows_down_and_asks_at_once_when_it_is_seen_again() {
    let hidden = Page::costs(|mut page| {
        page.tell(Input::Visible(false));
        page.live_without_sockets(3 * MINUTE_MS, |now_ms| Answer::Order(waiting_still(now_ms)));
        page
    });
    assert_eq!(hidden, ((10, 2), (10, 2)));
    let mut page = Page::showing();
    page.tell(Input::Visible(false));
    page.now_ms += 1_000;
    page.tell(Input::Visible(true));
    assert!(page.open.is_some());
}

#[test]
fn the_time_is_over_only_when_the_server_says_so() {
    let mut page = Page::showing();
    page.tell(Input::Online(false));
    page.live(LASTS_MS, |_| Answer::Silence);
    assert_eq!(page.session.state(), State::Checking, "the page's clock alone expires nothing");
    assert!(!page.session.code_payable(page.now_ms));
    page.tell(Input::Online(true));
    page.until_asked();
    page.answer(became(OrderStatus::Expired));
    assert_eq!((page.session.state(), page.events.last()), (State::Expired, Some(&Event::Expired)));
}

#[test]
fn money_of_the_last_second_is_seen_by_the_last_look() {
    let mut page = Page::showing();
    page.live(LASTS_MS + 1_000, |now_ms| {
        if now_ms < LASTS_MS {
            Answer::Order(waiting_still(now_ms))
        } else {
            Answer::Order(became(OrderStatus::Paid))
        }
    });
    assert_eq!(page.session.state(), State::Paid);
}

#[test]
fn an_expired_code_is_replaced_by_a_new_order_with_a_new_key() {
    let mut page = Page::showing();
    page.until_asked();
    page.answer(became(OrderStatus::Expired));
    page.now_ms += 5_000;
    page.tell(Input::Start);
    page.answer(OrderFacts { id: "H2".into(), version: 1, ..waiting() });
    assert_eq!(page.asked, [Ask::Place, Ask::Look, Ask::PlaceAnew]);
    assert_eq!(page.events, [Event::Ready, Event::Expired, Event::Ready]);
}

#[test]
fn a_new_key_is_made_once_even_when_the_first_answer_is_lost() {
    let mut page = Page::showing();
    page.until_asked();
    page.answer(became(OrderStatus::Expired));
    page.now_ms += 5_000;
    page.tell(Input::Start);
    page.reply(Answer::Silence);
    page.until_asked();
    assert_eq!(page.asked, [Ask::Place, Ask::Look, Ask::PlaceAnew, Ask::Place]);
}

#[test]
fn an_order_left_over_from_an_earlier_visit_is_resumed_while_it_lives_and_replaced_when_it_is_over() {
    for over in [OrderStatus::Expired, OrderStatus::Cancelled] {
        let mut page = Page::new();
        page.tell(Input::Start);
        page.answer(became(over));
        page.until_asked();
        assert_eq!(page.asked, [Ask::Place, Ask::PlaceAnew]);
        assert_eq!(page.events, []);
    }
    let mut page = Page::new();
    page.tell(Input::Start);
    page.answer(became(OrderStatus::Paid));
    assert_eq!(page.events, [Event::Paid], "paid meanwhile: nobody shall pay again");
}

#[test]
fn the_word_of_the_shopper_makes_the_page_look_but_never_makes_it_say_paid() {
    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::PaymentClaimed);
    assert_eq!(page.session.state(), State::Checking);
    assert!(page.session.code_payable(page.now_ms));
    page.live(20_000, |_| Answer::Order(waiting()));
    assert_eq!(page.session.state(), State::Showing);
    assert!(page.session.claim_refuted());
    assert!(page.asked.len() < 12);
}

#[test]
fn i_have_paid_works_once_in_five_seconds() {
    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::PaymentClaimed);
    page.answer(waiting());
    page.now_ms += 1_500;
    let asked = page.asked.len();
    page.tell(Input::PaymentClaimed);
    assert_eq!(page.asked.len(), asked);
}

#[test]
fn cancelling_asks_the_server_and_paid_wins_over_it() {
    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::Cancel);
    assert_eq!((page.session.state(), page.asked.last()), (State::Checking, Some(&Ask::Cancel)));
    assert!(!page.session.code_payable(page.now_ms));
    page.answer(became(OrderStatus::Paid));
    assert_eq!(page.session.state(), State::Paid);
}

#[test]
fn cancelling_waits_for_the_look_in_flight() {
    let mut page = Page::showing();
    page.until_asked();
    page.tell(Input::Cancel);
    assert_eq!(page.asked, [Ask::Place, Ask::Look]);
    page.answer(waiting());
    page.until_asked();
    page.answer(became(OrderStatus::Cancelled));
    assert_eq!((page.session.state(), page.asked.last()), (State::Cancelled, Some(&Ask::Cancel)));
}

#[test]
fn a_shopper_can_leave_though_the_server_is_unreachable_or_cannot_cancel() {
    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::Cancel);
    page.live(MINUTE_MS, |_| Answer::Silence);
    assert_eq!(page.session.state(), State::Cancelled);

    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::Cancel);
    page.reply(Answer::Refused { status: 404 });
    assert_eq!(page.events, [Event::Ready, Event::Cancelled]);
}

#[test]
fn cancelled_before_any_code_was_shown_is_cancelled_at_once_and_a_late_answer_changes_nothing() {
    let mut page = Page::new();
    page.tell(Input::Start);
    let request = page.open.unwrap();
    page.tell(Input::Cancel);
    assert_eq!(page.session.state(), State::Cancelled);
    let effects = page.tell(Input::Answered { ticket: request.ticket, answer: Answer::Order(waiting()) });
    assert_eq!((effects, page.session.state()), (Effects::default(), State::Cancelled));
}

#[test]
fn an_answer_older_than_what_is_known_changes_nothing() {
    let mut page = Page::showing();
    page.until_asked();
    let effects =
        page.answer(OrderFacts { version: 1, status: OrderStatus::Placing, has_code: false, ..waiting() });
    assert!(!effects.adopted);
    assert_eq!(page.session.state(), State::Showing);
}

#[test]
fn two_tabs_together_ask_hardly_more_often_than_one() {
    let mut pages = [7, 0x9E37_79B9].map(|seed| {
        let mut page = Page { session: Session::new(seed), ..Page::new() };
        page.tell(Input::Start);
        page.answer(waiting());
        page
    });
    let mut asked = 0;
    while pages[0].now_ms < MINUTE_MS {
        let at_ms = pages.iter().filter_map(|page| page.wake_at_ms).min().unwrap();
        for page in &mut pages {
            page.now_ms = at_ms;
            if page.wake_at_ms.is_some_and(|wake_ms| wake_ms <= at_ms) {
                page.tell(Input::WokenUp);
            }
        }
        for answering in 0..2 {
            if pages[answering].open.is_some() {
                asked += 1;
                let still = waiting_still(at_ms);
                pages[answering].answer(still.clone());
                pages[1 - answering].tell(Input::Overheard(still));
            }
        }
    }
    assert!(asked <= 16, "{asked}");
}

#[test]
fn paid_in_one_tab_is_paid_in_the_other_and_a_strangers_order_is_nobodys_news() {
    let mut page = Page::showing();
    assert!(
        !page.tell(Input::Overheard(OrderFacts { id: "H2".into(), ..became(OrderStatus::Paid) })).adopted
    );
    assert!(page.tell(Input::Overheard(became(OrderStatus::Paid))).adopted);
    assert_eq!(
        (page.session.state(), page.events.as_slice()),
        (State::Paid, [Event::Ready, Event::Paid].as_slice())
    );
    assert!(!page.tell(Input::Overheard(waiting())).adopted, "paid is never undone");
}

#[test]
fn a_key_of_another_cart_is_replaced_once() {
    let mut page = Page::new();
    page.tell(Input::Start);
    page.reply(Answer::Refused { status: 409 });
    page.until_asked();
    page.reply(Answer::Refused { status: 409 });
    assert_eq!(page.asked, [Ask::Place, Ask::PlaceAnew]);
    assert_eq!((page.session.state(), page.session.failure()), (State::Failed, Some(Failure::Rejected)));
}

#[test]
fn an_order_the_server_no_longer_knows_is_found_again_by_its_key() {
    let mut page = Page::showing();
    page.until_asked();
    page.reply(Answer::Refused { status: 404 });
    page.until_asked();
    page.answer(waiting());
    page.until_asked();
    page.answer(waiting());
    assert_eq!(page.asked, [Ask::Place, Ask::Look, Ask::Place, Ask::Look]);
    assert_eq!((page.session.state(), page.session.link()), (State::Showing, Link::Polling));
}

#[test]
fn once_there_was_a_code_no_refusal_says_failed_for_whoever_scanned_it_may_pay() {
    for refusal in [Answer::Refused { status: 403 }, Answer::Misconfigured] {
        let mut page = Page::showing();
        page.live_without_sockets(3 * MINUTE_MS, |_| refusal.clone());
        assert_eq!((page.session.state(), page.session.link()), (State::Showing, Link::Troubled));
        assert!(page.session.code_payable(page.now_ms));
        assert!(page.asked.len() <= 12, "{:?}", page.asked);
        page.live_without_sockets(LASTS_MS, |_| refusal.clone());
        assert_eq!(page.session.state(), State::Checking);
        page.until_asked();
        page.answer(became(OrderStatus::Paid));
        assert_eq!(page.events, [Event::Ready, Event::Paid]);
    }
}

#[test]
fn before_there_was_any_code_a_refusal_is_told_at_once() {
    for (refusal, failure) in [
        (Answer::Refused { status: 422 }, Failure::Rejected),
        (Answer::Misconfigured, Failure::ShopMisconfigured),
    ] {
        let mut page = Page::new();
        page.tell(Input::Start);
        page.reply(refusal);
        assert_eq!((page.session.state(), page.session.failure()), (State::Failed, Some(failure)));
    }
}

#[test]
fn after_a_cancelling_nobody_confirmed_paying_again_finds_the_same_order() {
    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::Cancel);
    page.reply(Answer::Refused { status: 403 });
    assert_eq!(
        (page.session.state(), page.session.failure()),
        (State::Cancelled, Some(Failure::CancelUnanswered))
    );
    page.now_ms += 60_000;
    page.tell(Input::Start);
    page.tell(Input::Cancel);
    assert_eq!(page.session.failure(), Some(Failure::CancelUnanswered), "the warning stays");
    page.events.pop();
    page.asked.pop();
    page.now_ms += 60_000;
    page.tell(Input::Start);
    page.until_asked();
    page.reply(Answer::Refused { status: 403 });
    assert_eq!(page.session.state(), State::Creating, "the earlier code may be paid: that is no failure");
    page.until_asked();
    page.answer(became(OrderStatus::Paid));
    assert_eq!(page.asked, [Ask::Place, Ask::Cancel, Ask::Place, Ask::Place]);
    assert_eq!(page.events, [Event::Ready, Event::Cancelled, Event::Paid]);
}

#[test]
fn after_a_confirmed_cancelling_paying_again_is_another_order() {
    let mut page = Page::showing();
    page.now_ms += 1_000;
    page.tell(Input::Cancel);
    page.answer(became(OrderStatus::Cancelled));
    assert_eq!(page.session.failure(), None);
    page.tell(Input::Start);
    page.until_asked();
    assert_eq!(page.asked, [Ask::Place, Ask::Cancel, Ask::PlaceAnew]);
}

#[test]
fn a_failed_order_says_whose_fault_it_is() {
    for (reason, failure) in [
        (Some(FailureReason::ShopMisconfigured), Failure::ShopMisconfigured),
        (Some(FailureReason::GatewayUnreachable), Failure::GatewayUnreachable),
        (Some(FailureReason::Refused), Failure::Refused),
        (None, Failure::Refused),
    ] {
        let mut page = Page::new();
        page.tell(Input::Start);
        page.answer(OrderFacts { failure: reason, ..became(OrderStatus::Failed) });
        assert_eq!(
            (page.session.failure(), page.events.as_slice()),
            (Some(failure), [Event::Error].as_slice())
        );
    }
}

#[test]
fn before_a_code_what_is_not_our_server_is_told_after_three_tries_in_seconds_and_what_does_not_answer_after_a_minute()
 {
    let foreign = |status| Answer::Foreign { status, retry_after_ms: None };
    let later = |retry_after_ms| Answer::Later { retry_after_ms };
    for (answer, failure, tries, seconds) in [
        (foreign(200), Failure::ShopMisconfigured, 3, 5..=9),
        (foreign(0), Failure::ShopMisconfigured, 3, 5..=9),
        (foreign(302), Failure::ShopMisconfigured, 3, 5..=9),
        (foreign(404), Failure::ShopMisconfigured, 3, 5..=9),
        (foreign(502), Failure::ShopMisconfigured, 6, 60..=80),
        (foreign(429), Failure::ShopMisconfigured, 6, 60..=80),
        (later(None), Failure::Unavailable, 6, 60..=80),
        (later(Some(61_000)), Failure::Unavailable, 1, 0..=0),
        (Answer::Silence, Failure::Unavailable, 6, 60..=80),
    ] {
        for device_says_online in [true, false] {
            let mut page = Page::new();
            page.tell(Input::Online(device_says_online));
            page.tell(Input::Start);
            let began_ms = page.now_ms;
            page.until_asked();
            while page.session.state() == State::Creating {
                page.until_asked();
                page.reply(answer.clone());
            }
            let took_s = (page.now_ms - began_ms) / 1_000;
            assert_eq!((page.session.failure(), page.asked.len()), (Some(failure), tries), "{answer:?}");
            assert!(!device_says_online || seconds.contains(&took_s), "{answer:?}: {took_s} s");
            assert_eq!(page.events, [Event::Error]);
            assert!(
                page.asked.iter().all(|ask| *ask == Ask::Place),
                "what may have been placed is found again"
            );
            page.tell(Input::Start);
            page.until_asked();
            assert_eq!(page.asked.last(), Some(&Ask::Place), "so it is by the next try");
        }
    }
}

#[test]
fn once_there_was_a_code_nothing_that_answers_or_does_not_answer_ends_the_payment_but_the_order() {
    for status in [0, 200, 302, 403, 404, 502] {
        let mut page = Page::showing();
        page.live_without_sockets(3 * MINUTE_MS, |_| Answer::Foreign { status, retry_after_ms: None });
        assert_eq!((page.session.state(), page.session.link()), (State::Showing, Link::Troubled), "{status}");
        page.until_asked();
        page.answer(became(OrderStatus::Paid));
        assert_eq!(page.events, [Event::Ready, Event::Paid]);
    }
}

#[test]
fn a_shopper_who_must_wait_for_others_is_told_so_until_another_answer_comes() {
    let mut page = Page::new();
    page.tell(Input::Start);
    page.reply(Answer::TooMany { retry_after_ms: Some(10_000) });
    assert_eq!((page.session.state(), page.session.link()), (State::Creating, Link::Busy));
    let answered_at_ms = page.now_ms;
    page.until_asked();
    assert_eq!(page.now_ms, answered_at_ms + 10_000);
    page.reply(Answer::Silence);
    assert_eq!(page.session.link(), Link::Troubled);
    page.until_asked();
    page.answer(waiting());
    assert_eq!((page.session.state(), page.session.link()), (State::Showing, Link::Polling));
}

#[test]
fn http_answers_mean_what_they_should() {
    let read = |status, code: Option<&str>| {
        Answer::from_http(Http { status, retry_after_ms: Some(9), order: None, code: code.map(Into::into) })
    };
    let foreign = |status| Answer::Foreign { status, retry_after_ms: Some(9) };
    let order = Http { status: Some(201), order: Some(waiting()), ..Http::default() };
    assert_eq!(Answer::from_http(order), Answer::Order(waiting()));
    assert_eq!(read(None, None), Answer::Silence);
    assert_eq!(read(Some(200), None), foreign(200), "a captive portal says 200, too");
    assert_eq!(read(Some(0), None), foreign(0), "a redirect, or what this page may not read");
    assert_eq!(read(Some(404), None), foreign(404));
    assert_eq!(read(Some(503), None), foreign(503));
    assert_eq!(read(Some(429), Some("too_many_requests")), Answer::TooMany { retry_after_ms: Some(9) });
    assert_eq!(read(Some(503), Some("unavailable")), Answer::Later { retry_after_ms: Some(9) });
    assert_eq!(read(Some(500), Some("misconfigured")), Answer::Misconfigured);
    assert_eq!(read(Some(422), Some("unknown_sku")), Answer::Refused { status: 422 });
}
