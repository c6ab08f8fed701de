//! A page for the tests: the machine, a clock that the test moves, and what happened.

use api::OrderStatus;

use order::{Pace, PageStatus};

use super::{Answer, Ask, Effects, Event, Input, OrderFacts, Request, Session, State};

mod laws;
mod live;
mod stories;

const MINUTE_MS: u64 = 60_000;
const LASTS_MS: u64 = 30 * MINUTE_MS;
/// The page's clock when the code comes.
const BEGAN_MS: u64 = 1_000;

/// A page, its clock and what it did.
struct Page {
    session: Session,
    now_ms: u64,
    open: Option<Request>,
    wake_at_ms: Option<u64>,
    asked: Vec<Ask>,
    /// How many sockets were opened or tried.
    sockets: usize,
    events: Vec<Event>,
}

impl Page {
    fn new() -> Self {
        let session = Session::new(7);
        Self {
            session,
            now_ms: BEGAN_MS,
            open: None,
            wake_at_ms: None,
            asked: vec![],
            sockets: 0,
            events: vec![],
        }
    }

    fn showing() -> Self {
        Self::showing_with(7)
    }

    /// With pauses that are spread in another way.
    fn showing_with(seed: u32) -> Self {
        let mut page = Self { session: Session::new(seed), ..Self::new() };
        page.tell(Input::Start);
        page.answer(waiting());
        assert_eq!(page.session.state(), State::Showing);
        page
    }

    fn tell(&mut self, input: Input) -> Effects {
        let effects = self.session.handle(self.now_ms, input);
        self.wake_at_ms = effects.wake_in_ms.map(|in_ms| self.now_ms + in_ms);
        if let Some(request) = effects.request {
            assert!(self.open.is_none(), "two requests in flight");
            self.open = Some(request);
            self.asked.push(request.ask);
        }
        self.sockets += usize::from(effects.connect);
        self.events.extend(effects.event);
        if self.session.state().is_final() {
            self.open = None; // the shell aborts it
        }
        effects
    }

    /// How many requests and sockets it costs to live so with a code: the least and the most, over pages that
    /// spread their pauses in all ways.
    fn costs(live: impl Fn(Self) -> Self) -> ((usize, usize), (usize, usize)) {
        let pages = (0..200_u32).map(|page| live(Self::showing_with(page.wrapping_mul(0x9E37_79B1))));
        let costs: Vec<(usize, usize)> = pages.map(|page| (page.asked.len(), page.sockets)).collect();
        (*costs.iter().min().unwrap(), *costs.iter().max().unwrap())
    }

    fn reply(&mut self, answer: Answer) -> Effects {
        let request = self.open.take().expect("a request in flight");
        self.tell(Input::Answered { ticket: request.ticket, answer })
    }

    fn answer(&mut self, order: OrderFacts) -> Effects {
        self.reply(Answer::Order(order))
    }

    fn wake(&mut self) {
        self.now_ms = self.wake_at_ms.take().expect("an armed timer");
        self.tell(Input::WokenUp);
    }

    /// Sleeps until the next request goes out.
    fn until_asked(&mut self) {
        while self.open.is_none() {
            self.wake();
        }
    }

    /// Lives on for this long; every request gets this answer at once.
    fn live(&mut self, for_ms: u64, answer: impl Fn(u64) -> Answer) {
        self.live_with(for_ms, None, answer);
    }

    /// The same where every socket is refused.
    fn live_without_sockets(&mut self, for_ms: u64, answer: impl Fn(u64) -> Answer) {
        self.live_with(for_ms, Some(false), answer);
    }

    fn live_with(&mut self, for_ms: u64, socket: Option<bool>, answer: impl Fn(u64) -> Answer) {
        let end_ms = self.now_ms + for_ms;
        let mut decided = 0;
        loop {
            if let Some(up) = socket.filter(|_| decided < self.sockets) {
                decided = self.sockets;
                self.tell(Input::Live(up));
            } else if self.open.is_some() {
                self.reply(answer(self.now_ms));
            } else if self.wake_at_ms.is_some_and(|at_ms| at_ms <= end_ms) {
                self.wake();
            } else {
                self.now_ms = end_ms;
                return;
            }
        }
    }
}

/// The waiting order as the server shows it when there is a code.
fn waiting() -> OrderFacts {
    waiting_still(BEGAN_MS)
}

/// The waiting order as the server shows it at this time of the page, with the pace that the server wants
/// then.
fn waiting_still(now_ms: u64) -> OrderFacts {
    let age_ms = now_ms - BEGAN_MS;
    let left_ms = LASTS_MS.saturating_sub(age_ms);
    let pace = Pace::of(PageStatus::AwaitingPayment, age_ms as i64, left_ms as i64);
    OrderFacts {
        id: "H1".into(),
        status: OrderStatus::AwaitingPayment,
        version: 2,
        has_code: true,
        left_ms,
        ask_again_in_ms: Some(pace.asking_ms.into()),
        ask_again_when_live_in_ms: Some(pace.live_ms.into()),
        failure: None,
    }
}

/// It has another status now; while it waits for a verdict, the server is asked as often as it wants.
fn became(status: OrderStatus) -> OrderFacts {
    let wish_ms = (status == OrderStatus::Checking).then_some(2_000);
    let (ask_again_in_ms, ask_again_when_live_in_ms) = (wish_ms, wish_ms);
    OrderFacts {
        status,
        version: 3,
        has_code: false,
        ask_again_in_ms,
        ask_again_when_live_in_ms,
        ..waiting()
    }
}
