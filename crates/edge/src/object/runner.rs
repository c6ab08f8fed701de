//! The loop around one order: input → step → stored → effects → results as inputs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Promise;
use order::{Effects, Failure, GatewayCall, Input, Order, Outcome, RawHash, Rejected, Terms};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use wire::Nonce;
use worker::{Env, State};

use crate::config::Config;
use crate::http::PlatformFailure;
use crate::object::delivery;
use crate::object::gateway::{self, Line, NoAnswer};
use crate::object::live;
use crate::object::store::{Step, Store, Stored};
use crate::platform;
use crate::timer::Timer;

/// When the alarm could not do its work, it tries again after this long.
const AFTER_FAILURE_MS: i64 = 30_000;

/// The time in milliseconds since 1970. The platform's clock stands still while code runs.
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// What an object holds.
enum Held {
    Nothing,
    Order(Box<Order>),
    Archived,
}

impl Held {
    fn order(&self) -> Option<&Order> {
        match self {
            Self::Order(order) => Some(order),
            Self::Nothing | Self::Archived => None,
        }
    }
}

/// One order and everything that keeps it going.
pub(crate) struct Runner {
    state: State,
    env: Env,
    store: Store,
    /// What is known of the storage; nothing yet, before the first event.
    held: RefCell<Option<Held>>,
    /// When the alarm is set for, as far as this instance knows.
    alarm_at_ms: Cell<Option<i64>>,
}

impl Runner {
    pub(crate) fn new(state: State, env: Env) -> Self {
        let store = Store::new(state.storage().sql());
        Self { state, env, store, held: RefCell::new(None), alarm_at_ms: Cell::new(None) }
    }

    /// The platform's side of the object.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn config(&self) -> Result<Rc<Config>, PlatformFailure> {
        Config::of(&self.env).map_err(|mistakes| PlatformFailure(mistakes.to_string()))
    }

    /// Forgets what is in memory; the next event reads the storage again.
    pub(crate) fn forget(&self) {
        if let Ok(mut held) = self.held.try_borrow_mut() {
            *held = None;
        }
    }

    /// Looks at the order; `None` when there is none.
    pub(crate) fn with_order<T>(
        self: &Rc<Self>,
        look: impl FnOnce(&Order) -> T,
    ) -> Result<Option<T>, PlatformFailure> {
        self.wake()?;
        let held = self.held.try_borrow().map_err(|_| busy())?;
        Ok(held.as_ref().and_then(Held::order).map(look))
    }

    /// Whether this number belonged to an order of long ago.
    pub(crate) fn is_archived(self: &Rc<Self>) -> Result<bool, PlatformFailure> {
        self.wake()?;
        let held = self.held.try_borrow().map_err(|_| busy())?;
        Ok(matches!(*held, Some(Held::Archived)))
    }

    /// Reads the storage, once. A call that was in flight when the object last stopped is lost: the order
    /// learns it here and repeats or resolves it.
    fn wake(self: &Rc<Self>) -> Result<(), PlatformFailure> {
        if self.held.try_borrow().map_err(|_| busy())?.is_some() {
            return Ok(());
        }
        let held = match self.store.load()? {
            Stored::Nothing => Held::Nothing,
            Stored::Archived => Held::Archived,
            Stored::Order(json) => {
                let order = Order::load(&json)
                    .map_err(|error| PlatformFailure(format!("the stored order: {error}")))?;
                Held::Order(Box::new(order))
            }
        };
        let found = held.order().is_some();
        *self.held.try_borrow_mut().map_err(|_| busy())? = Some(held);
        if found && let Some(Ok(effects)) = self.step(Input::Restarted)? {
            self.act_later(effects);
        }
        Ok(())
    }

    /// Makes the order and stores it before anything is sent.
    pub(crate) fn begin(self: &Rc<Self>, terms: Terms) -> Result<Effects, PlatformFailure> {
        let (order, effects) =
            Order::place(now_ms(), terms).map_err(|error| PlatformFailure(error.to_string()))?;
        self.write(&order, &effects)?;
        *self.held.try_borrow_mut().map_err(|_| busy())? = Some(Held::Order(Box::new(order)));
        Ok(effects)
    }

    /// One step of the order: handled and stored. `None` when there is no order.
    pub(crate) fn step(
        self: &Rc<Self>,
        input: Input,
    ) -> Result<Option<Result<Effects, Rejected>>, PlatformFailure> {
        self.wake()?;
        let mut slot = self.held.try_borrow_mut().map_err(|_| busy())?;
        let Some(Held::Order(order)) = slot.as_mut() else { return Ok(None) };
        let effects = match order.handle(now_ms(), input) {
            Ok(effects) => effects,
            Err(rejected) => return Ok(Some(Err(rejected))),
        };
        if let Err(failure) = self.write(order, &effects) {
            // The order in memory is ahead of the storage: it must not be believed any more.
            *slot = None;
            return Err(failure);
        }
        drop(slot);
        if effects.page_changed
            && let Err(failure) = live::publish(self)
        {
            worker::console_warn!("order object: the pages could not be told: {failure}");
        }
        Ok(Some(Ok(effects)))
    }

    /// A page looks at the order; what follows from it is done while the page has its answer already.
    pub(crate) fn watch(self: &Rc<Self>) -> Result<(), PlatformFailure> {
        match self.step(Input::PageWatching)? {
            Some(Ok(effects)) => self.act_later(effects),
            Some(Err(rejected)) => worker::console_error!("order object: {rejected}"),
            None => {}
        }
        Ok(())
    }

    /// The event log, oldest first.
    pub(crate) fn events(self: &Rc<Self>) -> Result<Vec<Box<RawValue>>, PlatformFailure> {
        if self.with_order(|_| ())?.is_none() {
            return Ok(Vec::new());
        }
        let raw = |json| RawValue::from_string(json).map_err(|error| PlatformFailure(error.to_string()));
        self.store.events()?.into_iter().map(raw).collect()
    }

    /// Keeps a genuine message that belongs to no order.
    pub(crate) fn keep_stray(&self, hash: &str, message: &[u8]) -> Result<(), PlatformFailure> {
        self.store.keep_stray(now_ms(), hash, &String::from_utf8_lossy(message))
    }

    /// The alarm. Whatever fails, it is set again.
    pub(crate) async fn alarm(self: &Rc<Self>) {
        self.alarm_at_ms.set(None);
        // An open socket is a page that looks on, though it asks for nothing.
        if live::is_watched(&self.state)
            && let Err(failure) = self.watch()
        {
            worker::console_error!("order object: {failure}");
        }
        match self.step(Input::AlarmFired) {
            Ok(None) => {}
            Ok(Some(Ok(effects))) => self.act(effects).await,
            Ok(Some(Err(rejected))) => {
                worker::console_error!("order object: the alarm was rejected: {rejected}")
            }
            Err(failure) => {
                worker::console_error!("order object: the alarm failed: {failure}");
                self.forget();
                if let Err(failure) = self.set_alarm(Some(now_ms().saturating_add(AFTER_FAILURE_MS))) {
                    worker::console_error!("order object: the alarm could not be set again: {failure}");
                }
            }
        }
        if let Err(failure) = self.archive_if_due() {
            worker::console_error!("order object: it could not be archived: {failure}");
        }
    }

    /// Acts on the effects, but answers after `patience_ms` at the latest; the rest goes on.
    pub(crate) async fn act_with_patience(
        self: &Rc<Self>,
        effects: Effects,
        patience_ms: u32,
    ) -> Result<(), PlatformFailure> {
        let work = self.promise(effects);
        let (patience, _timer) = Timer::promise(patience_ms);
        JsFuture::from(Promise::race(&js_sys::Array::of2(&work, &patience))).await?;
        Ok(())
    }

    /// Acts on the effects while the caller goes on.
    pub(crate) fn act_later(self: &Rc<Self>, effects: Effects) {
        if effects.call.is_some() || !effects.outbox.is_empty() {
            let work = self.promise(effects);
            if let Err(error) = self.state.as_raw().wait_until(&work) {
                worker::console_warn!("order object: {}", PlatformFailure::from(error));
            }
        }
    }

    fn promise(self: &Rc<Self>, effects: Effects) -> Promise {
        let this = Rc::clone(self);
        future_to_promise(async move {
            this.act(effects).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Acts on the effects and on what follows from them, until nothing is left to do now.
    async fn act(self: &Rc<Self>, effects: Effects) {
        let mut waiting = VecDeque::from([effects]);
        while let Some(Effects { call, outbox, .. }) = waiting.pop_front() {
            if let Some(call) = call {
                let attempt = call.attempt;
                let (outcome, raw) = self.call(&call).await;
                waiting.extend(self.feed(Input::Answered { attempt, outcome, raw }));
            }
            if !outbox.is_empty() {
                match self.config() {
                    Ok(config) => {
                        let delivered = delivery::deliver(outbox, &self.env, &config).await;
                        waiting.extend(self.feed(delivered));
                    }
                    // The rows are due again by themselves.
                    Err(failure) => worker::console_error!("order object: {failure}"),
                }
            }
        }
    }

    /// Hands a result back to the order.
    fn feed(self: &Rc<Self>, input: Input) -> Option<Effects> {
        match self.step(input) {
            Ok(Some(Ok(effects))) => Some(effects),
            Ok(Some(Err(rejected))) => {
                worker::console_error!("order object: a result was rejected: {rejected}");
                None
            }
            Ok(None) => None,
            // The alarm that stands in the storage resolves it.
            Err(failure) => {
                worker::console_error!("order object: a result could not be stored: {failure}");
                self.forget();
                None
            }
        }
    }

    /// One call to the gateway: signed now, with a nonce of its own.
    async fn call(&self, call: &GatewayCall) -> (Outcome, Option<RawHash>) {
        let config = match self.config() {
            Ok(config) => config,
            Err(failure) => {
                worker::console_error!("order object: {failure}");
                return (call.failed(Failure::NoConnection), None);
            }
        };
        let Some(nonce) = nonce() else { return (call.failed(Failure::NoConnection), None) };
        let xml = match call.write(&config.api_key, &nonce) {
            Ok(xml) => xml,
            Err(error) => return (call.failed(Failure::NotWritten(error)), None),
        };
        let hosts = config.gateways.len().max(1);
        let index = usize::try_from(call.host_index).unwrap_or(0).checked_rem(hosts).unwrap_or(0);
        let Some(host) = config.gateways.get(index) else {
            return (call.failed(Failure::NoConnection), None);
        };
        let line = match platform::certificate(&self.env) {
            Some(certificate) if call.needs_certificate() => Line::Certificate(certificate),
            // The simulator takes refunds without one. WeChat answers that the certificate is missing.
            _ => Line::Plain,
        };
        match gateway::post(&line, host, call.path(), &xml).await {
            Ok(body) => {
                let raw = RawHash::new(Sha256::digest(&body).into());
                (call.read(&body, &config.api_key), Some(raw))
            }
            Err(NoAnswer::NoConnection) => (call.failed(Failure::NoConnection), None),
            Err(NoAnswer::Unknown(why)) => {
                worker::console_warn!("order object: {} gave {why}", call.path());
                (call.failed(Failure::Unknown), None)
            }
        }
    }

    /// Writes what the order has become. Does not yield.
    fn write(&self, order: &Order, effects: &Effects) -> Result<(), PlatformFailure> {
        if effects.store {
            let snapshot = order.save().map_err(|error| PlatformFailure(error.to_string()))?;
            self.store.save(&Step { snapshot: &snapshot, events: &effects.events })?;
        }
        let archive_at_ms = || Some(order.made_at_ms().saturating_add(self.keep_ms()));
        self.set_alarm(effects.alarm_at_ms.or_else(archive_at_ms))
    }

    /// How long an order's object keeps everything.
    fn keep_ms(&self) -> i64 {
        let days = self.config().map_or(u32::MAX, |config| config.keep_days);
        i64::from(days).saturating_mul(24 * 60 * 60_000)
    }

    /// Archives an order that is at rest and whose time is over.
    fn archive_if_due(self: &Rc<Self>) -> Result<(), PlatformFailure> {
        let due = |order: &Order| {
            order.is_at_rest() && order.made_at_ms().saturating_add(self.keep_ms()) <= now_ms()
        };
        if self.with_order(due)? == Some(true) {
            self.store.archive(now_ms())?;
            self.forget();
        }
        Ok(())
    }

    /// Sets the alarm, unless it is set so already. The call is made at once, in the same stretch as the
    /// writes; its confirmation is not waited for, the platform's gate does that.
    fn set_alarm(&self, at_ms: Option<i64>) -> Result<(), PlatformFailure> {
        if let Some(at_ms) = at_ms.filter(|_| at_ms != self.alarm_at_ms.get()) {
            let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
            drop(self.state.as_raw().storage()?.set_alarm(date, JsValue::NULL.into())?);
            self.alarm_at_ms.set(Some(at_ms));
        }
        Ok(())
    }
}

/// A new nonce: 32 letters and digits of the platform's secure randomness.
fn nonce() -> Option<Nonce> {
    Nonce::new(&platform::random_uuid().ok()?.replace('-', "")).ok()
}

/// The order is in use further up the stack: a defect, since no step yields.
fn busy() -> PlatformFailure {
    PlatformFailure("the order is in use".into())
}
