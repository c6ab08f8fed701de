//! What no story may break, whatever happens in whatever order.

use api::OrderStatus;
use proptest::prelude::*;

use super::{LASTS_MS, Page, became, waiting};
use crate::session::{Answer, Ask, Event, Http, Input, OrderFacts, State};

fn any_input() -> impl Strategy<Value = Step> {
    let status = prop::sample::select(vec![
        OrderStatus::Placing,
        OrderStatus::AwaitingPayment,
        OrderStatus::Checking,
        OrderStatus::Expired,
        OrderStatus::Cancelled,
        OrderStatus::Failed,
    ]);
    prop_oneof![
        3 => Just(Step::Tell(Input::Start)),
        1 => any::<bool>().prop_map(|online| Step::Tell(Input::Online(online))),
        1 => any::<bool>().prop_map(|visible| Step::Tell(Input::Visible(visible))),
        1 => any::<bool>().prop_map(|up| Step::Tell(Input::Live(up))),
        1 => Just(Step::Tell(Input::PaymentClaimed)),
        1 => Just(Step::Tell(Input::Cancel)),
        2 => (0..120_000_u64).prop_map(Step::Pass),
        4 => Just(Step::Wake),
        4 => (status, 0..6_u64, 0..LASTS_MS).prop_map(|(status, version, left_ms)| {
            let has_code = status == OrderStatus::AwaitingPayment;
            Step::Reply(Answer::Order(OrderFacts { status, version, has_code, left_ms, ..waiting() }))
        }),
        1 => (prop::option::of(0..600_u16), prop::option::of(any::<u64>()), any::<bool>()).prop_map(|(status, retry_after_ms, ours)| {
            let code = ours.then(|| "played".to_owned());
            Step::Reply(Answer::from_http(Http { status, retry_after_ms, order: None, code }))
        }),
        1 => (0..6_u64).prop_map(|version| Step::Tell(Input::Overheard(OrderFacts { version, ..waiting() }))),
        1 => Just(Step::Stranger),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Tell(Input),
    Pass(u64),
    Wake,
    Reply(Answer),
    /// An answer to a request nobody waits for.
    Stranger,
}

proptest! {
    /// Whatever happens in whatever order: one request at a time (asserted by `Page::tell`), no *paid*,
    /// *expired* or, once there was a code, *failed* the server did not say, a code only while it can be
    /// paid, and never a session that waits for nothing.
    #[test]
    fn no_story_breaks_the_rules(steps in prop::collection::vec(any_input(), 1..80)) {
        let mut page = Page::new();
        let (mut said_expired, mut said_failed) = (false, false);
        for step in steps {
            match step {
                Step::Tell(input) => { page.tell(input); }
                Step::Pass(ms) => page.now_ms += ms.min(page.wake_at_ms.map_or(ms, |at| at.saturating_sub(page.now_ms))),
                Step::Wake if page.wake_at_ms.is_some() => page.wake(),
                Step::Reply(answer) if page.open.is_some() => {
                    said_expired |= matches!(&answer, Answer::Order(order) if order.status == OrderStatus::Expired);
                    said_failed |= matches!(&answer, Answer::Order(order) if order.status == OrderStatus::Failed);
                    page.reply(answer);
                }
                Step::Wake | Step::Reply(_) => {}
                Step::Stranger => { page.tell(Input::Answered { ticket: 0, answer: Answer::Order(became(OrderStatus::Paid)) }); }
            }
            let state = page.session.state();
            prop_assert_ne!(state, State::Paid);
            prop_assert!(state != State::Expired || said_expired);
            let shown = page.events.contains(&Event::Ready);
            prop_assert!(state != State::Failed || said_failed || !shown || page.asked.contains(&Ask::PlaceAnew));
            prop_assert!(!page.session.code_payable(page.now_ms) || matches!(state, State::Showing | State::Checking | State::Creating));
            let waits = page.open.is_some() || page.wake_at_ms.is_some();
            prop_assert!(waits || state == State::Idle || state.is_final(), "{:?} waits for nothing", state);
            prop_assert!(!state.is_final() || page.wake_at_ms.is_none());
        }
    }
}
