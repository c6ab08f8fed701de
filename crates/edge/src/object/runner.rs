//! One order on this platform: its storage, its environment, its pages.
//!
//! [`order::Holder`] is the loop around the order: read, handle, store, and only then act.
//! [`store`](super::store) stores the order, and [`effects`](super::effects) carries out what it wants. This
//! file connects them.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use api::{Download, OrderView};
use order::{
    AlarmFailed, BoughtFile, DetailsText, Effects, Handled, Held, Holder, Input, NotHandled, Order,
    OrphanNews, Rejected, Terms,
};
use serde_json::value::RawValue;
use wire::OutTradeNo;
use worker::{Env, State};

use crate::config::Config;
use crate::download_link::{self, PAGE_LIFE_MS};
use crate::failure::{Defect, Failure};
use crate::object::deliveries::Deliveries;
use crate::object::event_line;
use crate::object::live;
use crate::object::store::{KeptMessage, Store};
use crate::object::view::{self, Drawn};
use crate::platform::clock::now_ms;
use crate::platform::log;
use crate::platform::timer::EndOfPause;

/// The number and the files of an order whose files may go out, or why they may not.
type Deliverable = Result<(OutTradeNo, Vec<BoughtFile>), Rejected>;

/// One order and everything that keeps it going.
pub(crate) struct Runner {
    state: State,
    env: Env,
    holder: RefCell<Option<Holder<Store>>>,
    drawn: Drawn,
    /// What was bought and said, once it was read.
    details: RefCell<Option<Option<Rc<DetailsText>>>>,
    /// The details that the index is known to have.
    pub(super) indexed_details: RefCell<Option<Rc<DetailsText>>>,
    /// The messages that are being delivered.
    pub(super) deliveries: RefCell<Deliveries>,
    /// How many calls to WeChat Pay are under way.
    pub(super) calls: Cell<u32>,
    /// While a row of the index waits: its id and what ends the wait.
    pub(super) index_waits: RefCell<Option<(String, EndOfPause)>>,
}

impl Runner {
    pub(crate) fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            holder: RefCell::new(None),
            drawn: Drawn::default(),
            details: RefCell::default(),
            indexed_details: RefCell::default(),
            deliveries: RefCell::default(),
            calls: Cell::new(0),
            index_waits: RefCell::default(),
        }
    }

    /// The platform's side of the object.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The order as a line of the log names it, also when its storage cannot be read.
    pub(crate) fn name(&self) -> String {
        let id = self.state.id();
        format!("order {}", id.name().unwrap_or_else(|| id.to_string()))
    }

    /// The bindings and variables.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    pub(crate) fn config(&self) -> Result<Rc<Config>, Failure> {
        Ok(Config::of(&self.env)?)
    }

    /// Looks at the order; `None` when there is none.
    pub(crate) fn with_order<T>(
        self: &Rc<Self>,
        look: impl FnOnce(&Order) -> T,
    ) -> Result<Option<T>, Failure> {
        self.look(|held| held.order().map(look))
    }

    /// What the order's page may see now, with new links to the files that were bought. `None` when there is
    /// no order.
    pub(crate) fn view(self: &Rc<Self>) -> Result<Option<OrderView>, Failure> {
        let now_ms = now_ms();
        let links = self.links(&*self.config()?, now_ms, PAGE_LIFE_MS)?;
        self.with_order(|order| view::view(order, now_ms, &self.drawn, links))
    }

    /// Whether this number belonged to an order that is archived now.
    pub(crate) fn is_archived(self: &Rc<Self>) -> Result<bool, Failure> {
        self.look(|held| match held {
            Held::Archived => true,
            Held::Nothing | Held::Order(_) => false,
        })
    }

    fn look<T>(self: &Rc<Self>, look: impl FnOnce(&Held) -> T) -> Result<T, Failure> {
        let (mut look, mut seen) = (Some(look), None);
        self.look_by(&mut |held| seen = look.take().map(|look| look(held)))?;
        seen.ok_or_else(|| Defect::OrderInUse.into())
    }

    /// The same, once for all that somebody looks for: each of them would have a copy of its own otherwise.
    #[inline(never)]
    fn look_by(self: &Rc<Self>, look: &mut dyn FnMut(&Held)) -> Result<(), Failure> {
        let effects = self.hold(|holder| {
            let (held, effects) = holder.look(now_ms())?;
            look(held);
            Ok(effects)
        })?;
        self.publish(&effects);
        self.act_later(effects);
        Ok(())
    }

    /// Writes each event into the log, and counts it. An event that a person must look at is a warning.
    fn log_events(self: &Rc<Self>, effects: &Effects) {
        if effects.events.is_empty() {
            return;
        }
        let told = self.with_order(|order| {
            let number = order.terms().out_trade_no.as_str();
            for line in event_line::lines(number, order.made_at_ms(), &effects.events) {
                log::event(&line, line.is_for_a_person());
            }
            let Some(metrics) = log::Metrics::of(&self.env) else { return };
            let each = |event| event_line::line(number, order.made_at_ms(), event);
            for line in effects.events.iter().filter_map(each) {
                metrics.count(line.point());
            }
        });
        drop(told);
    }

    /// Makes the order, in the name of a key of the merchant's if there is one, and stores it, with what was
    /// bought. The caller acts on the effects.
    pub(crate) fn begin(
        self: &Rc<Self>,
        terms: Terms,
        details: Option<DetailsText>,
        key: Option<String>,
    ) -> Result<Effects, Failure> {
        let effects = self.hold(|holder| Ok(holder.place_by(now_ms(), terms, details.as_ref(), key)?))?;
        self.details.replace(Some(details.map(Rc::new)));
        self.log_events(&effects);
        Ok(effects)
    }

    /// Takes a payment, or an unreadable message, for a number without an order.
    pub(crate) fn stray(
        self: &Rc<Self>,
        terms: Terms,
        news: OrphanNews<'_>,
        message: &[u8],
    ) -> Result<(), Failure> {
        if let Some(effects) = self.hold(|holder| Ok(holder.orphan(now_ms(), terms, news, message)?))? {
            self.log_events(&effects);
            self.act_later(effects);
        }
        Ok(())
    }

    /// One step of the order: handled and stored. `None` when there is no order. The caller acts on the
    /// effects.
    pub(crate) fn step(self: &Rc<Self>, input: Input) -> Result<Option<Result<Effects, Rejected>>, Failure> {
        self.step_with(input, None)
    }

    /// The same, for an input that came with a raw message.
    pub(crate) fn step_with(
        self: &Rc<Self>,
        input: Input,
        message: Option<&[u8]>,
    ) -> Result<Option<Result<Effects, Rejected>>, Failure> {
        let handled = self.hold(|holder| Ok(holder.handle(now_ms(), input, message)?))?;
        Ok(self.shown(handled))
    }

    /// Shows what a step has done. The caller acts on the effects of an accepted input.
    fn shown(self: &Rc<Self>, Handled { result, effects }: Handled) -> Option<Result<Effects, Rejected>> {
        self.publish(&effects);
        match result {
            Ok(()) => Some(Ok(effects)),
            Err(not_handled) => {
                self.act_later(effects);
                match not_handled {
                    NotHandled::NoOrder => None,
                    NotHandled::Rejected(rejected) => Some(Err(rejected)),
                }
            }
        }
    }

    /// A page looks at the order. The page gets its answer without waiting for what follows from this.
    pub(crate) fn watch(self: &Rc<Self>) -> Result<(), Failure> {
        match self.step(Input::PageWatching)? {
            Some(Ok(effects)) => self.act_later(effects),
            Some(Err(rejected)) => worker::console_error!("{}: {rejected}", self.name()),
            None => {}
        }
        Ok(())
    }

    /// A page with an open socket watches the order, although it sends no requests.
    pub(crate) fn open_sockets_watch(self: &Rc<Self>) {
        if live::is_watched(&self.state)
            && let Err(failure) = self.watch()
        {
            worker::console_error!("{}: {failure}", self.name());
        }
    }

    /// What was bought and said, if the order keeps it.
    pub(crate) fn details(self: &Rc<Self>) -> Result<Option<Rc<DetailsText>>, Failure> {
        if let Some(known) = self.details.borrow().as_ref() {
            return Ok(known.clone());
        }
        if self.with_order(|_| ())?.is_none() {
            return Ok(None);
        }
        let read = self.hold(|holder| holder.storage().details())?.map(Rc::new);
        self.details.replace(Some(read.clone()));
        Ok(read)
    }

    /// The order's number and the files that were bought, if they may go out now. `None` when there is no
    /// order.
    pub(crate) fn deliverable(self: &Rc<Self>) -> Result<Option<Deliverable>, Failure> {
        let may =
            self.with_order(|order| order.may_deliver().map(|()| order.terms().out_trade_no.clone()))?;
        let number = match may {
            None => return Ok(None),
            Some(Err(rejected)) => return Ok(Some(Err(rejected))),
            Some(Ok(number)) => number,
        };
        let files = self.details()?.map(|details| details.files()).unwrap_or_default();
        Ok(Some(Ok((number, files))))
    }

    /// The links to the files that were bought, each good for this time; none if the files may not go out.
    pub(crate) fn links(
        self: &Rc<Self>,
        config: &Config,
        now_ms: i64,
        life_ms: i64,
    ) -> Result<Vec<Download>, Failure> {
        let Some(Ok((number, files))) = self.deliverable()? else { return Ok(Vec::new()) };
        let expires_at_ms = now_ms.saturating_add(life_ms);
        let mut links = Vec::new();
        for BoughtFile { line, name, .. } in files {
            if let Some(url) = download_link::path(&config.order_secret, &number, line, expires_at_ms) {
                links.push(Download { name, url, expires_at_ms });
            }
        }
        Ok(links)
    }

    /// Removes a person's data from what was said, if there is any. `None` when there is no order. The caller
    /// acts on the effects.
    pub(crate) fn forget_person(
        self: &Rc<Self>,
        key: Option<String>,
    ) -> Result<Option<Result<Effects, Rejected>>, Failure> {
        if self.with_order(|_| ())?.is_none() {
            return Ok(None);
        }
        let Some(rest) = self.details()?.and_then(|details| details.without_person()) else {
            return Ok(Some(Ok(Effects::default())));
        };
        self.details.replace(None);
        let handled = self.hold(|holder| Ok(holder.forget_person(now_ms(), &rest, key)?))?;
        Ok(self.shown(handled))
    }

    /// The raw messages that are kept beside the order, oldest first.
    pub(crate) fn messages(self: &Rc<Self>) -> Result<Vec<KeptMessage>, Failure> {
        if self.with_order(|_| ())?.is_none() {
            return Ok(Vec::new());
        }
        self.hold(|holder| holder.storage().messages())
    }

    /// The event log, oldest first.
    pub(crate) fn events(self: &Rc<Self>) -> Result<Vec<Box<RawValue>>, Failure> {
        if self.with_order(|_| ())?.is_none() {
            return Ok(Vec::new());
        }
        self.hold(|holder| holder.storage().events())
    }

    /// The alarm rang, or the sweep came. This waits for nothing, because the next alarm may ring meanwhile.
    ///
    /// A failed step is tried again at a new alarm ([`Holder::alarm`]). If that alarm cannot be set, this
    /// fails, and the platform repeats the alarm a few times.
    pub(crate) fn alarm(self: &Rc<Self>, input: Input) -> Result<(), Failure> {
        match self.hold(|holder| Ok(holder.alarm(now_ms(), input)))? {
            Ok(handled) => match self.shown(handled) {
                Some(Ok(effects)) => self.act_later(effects),
                Some(Err(rejected)) => {
                    worker::console_error!("{}: the alarm was rejected: {rejected}", self.name());
                }
                None => {}
            },
            Err(AlarmFailed { why, rings_again }) => {
                worker::console_error!("{}: the alarm failed and rings again: {why}", self.name());
                rings_again?;
            }
        }
        self.open_sockets_watch();
        Ok(())
    }

    /// Uses the holder. No step yields, so nothing else uses it at the same time.
    fn hold<T>(&self, work: impl FnOnce(&mut Holder<Store>) -> Result<T, Failure>) -> Result<T, Failure> {
        work(&mut *self.held()?)
    }

    /// The holder; it reads the storage with its first step.
    #[inline(never)]
    fn held(&self) -> Result<RefMut<'_, Holder<Store>>, Failure> {
        let mut holder = self.holder.try_borrow_mut().map_err(|_| Defect::OrderInUse)?;
        if holder.is_none() {
            *holder = Some(Holder::new(Store::of(&self.state)?));
        }
        RefMut::filter_map(holder, Option::as_mut).map_err(|_| Defect::OrderInUse.into())
    }

    /// Sends the new view to the pages that watch, and logs what has happened.
    fn publish(self: &Rc<Self>, effects: &Effects) {
        self.log_events(effects);
        if effects.page_changed
            && let Err(failure) = live::publish(&self.state, || self.view())
        {
            worker::console_warn!("{}: the pages could not be told: {failure}", self.name());
        }
    }
}
