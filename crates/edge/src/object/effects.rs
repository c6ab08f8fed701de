//! Carries out the effects of an order: calls to WeChat Pay, and deliveries. Neither waits for the other.
//!
//! The calls run one after another: each outcome goes back to the order, which may want the next call. The
//! messages of the outbox go to the merchant and to the index, a few at a time.
//!
//! No part of a payment waits for a delivery: not the answer to a page, not the next call, not the alarm. And
//! a slow call delays no message. Everything here may die at any point. The order knows what was begun: after
//! a restart the outcome of a lost call counts as unknown, and a message that was not accepted is sent again.

use std::rc::Rc;

use api::Download;
use js_sys::Promise;
use order::{Delivery, DeliveryResult, Effects, GatewayCall, Input, Message, OutboxRow, WebhookKind};
use wasm_bindgen::JsValue;

use crate::config::Config;
use crate::download_link::WEBHOOK_LIFE_MS;
use crate::failure::Failure;
use crate::object::deliveries::{INDEX_WAITS_MS, Next};
use crate::object::delivery;
use crate::object::gateway_call;
use crate::object::runner::Runner;
use crate::platform::clock::now_ms;
use crate::platform::task;
use crate::platform::timer::{TimeLimit, pause};
use crate::platform::wait::settled;

impl Runner {
    /// Starts the work and does not wait for it. It goes on without its promise.
    pub(crate) fn act_later(self: &Rc<Self>, effects: Effects) {
        drop(self.act(effects));
    }

    /// Starts the work and waits for its calls, for at most `patience_ms`. Work that is left goes on.
    pub(crate) async fn act_with_patience(self: &Rc<Self>, effects: Effects, patience_ms: u32) {
        if let Some(calls) = self.act(effects) {
            drop(TimeLimit::of(patience_ms).within(settled(&calls)).await);
        }
    }

    /// Starts the calls and the deliveries. Returns the promise of the calls, if there is a call.
    fn act(self: &Rc<Self>, effects: Effects) -> Option<Promise> {
        let Some(call) = effects.call else {
            self.deliver(effects.outbox);
            return None;
        };
        self.calls.set(self.calls.get().saturating_add(1));
        self.deliver(effects.outbox);
        let this = Rc::clone(self);
        Some(self.keep_alive(async move {
            this.make_calls(call).await;
            this.calls.set(this.calls.get().saturating_sub(1));
            this.deliver(Vec::new());
        }))
    }

    /// Makes a call, and the calls that follow from its outcome.
    async fn make_calls(self: &Rc<Self>, first: GatewayCall) {
        let mut next = Some(first);
        while let Some(call) = next.take() {
            let attempt = call.attempt;
            // The order may have given the call up since the step that wanted it.
            match self.with_order(|order| order.awaits(attempt)) {
                Ok(Some(true)) => {}
                Ok(Some(false) | None) => return,
                Err(failure) => return worker::console_error!("{}: {failure}", self.name()),
            }
            let (outcome, body) = gateway_call::make(&call, self.env()).await;
            self.open_sockets_watch();
            let raw = body.as_deref().map(gateway_call::hash);
            if let Some(effects) = self.feed(Input::Answered { attempt, outcome, raw }, body.as_deref()) {
                self.deliver(effects.outbox);
                next = effects.call;
            }
        }
    }

    /// Delivers messages, a few at a time ([`Deliveries`](super::deliveries::Deliveries)).
    fn deliver(self: &Rc<Self>, rows: Vec<OutboxRow>) {
        self.deliveries.borrow_mut().take(rows);
        let waits = loop {
            let next = self.deliveries.borrow_mut().next(self.calls.get() > 0);
            match next {
                Next::Deliver(row) => {
                    let this = Rc::clone(self);
                    drop(self.keep_alive(async move { this.deliver_one(&row).await }));
                }
                Next::IndexWaits { id } => break Some(id),
                Next::Nothing => break None,
            }
        };
        self.let_index_wait(waits);
    }

    /// Lets the row of the index with this id wait, or ends the wait of one that waits no longer.
    fn let_index_wait(self: &Rc<Self>, waits: Option<String>) {
        let waited = self.index_waits.take();
        let Some(id) = waits else { return };
        // A newer row goes on with the wait of the one whose place it took.
        if let Some((_, end)) = waited {
            self.index_waits.replace(Some((id, end)));
            return;
        }
        let (over, end) = pause(INDEX_WAITS_MS);
        self.index_waits.replace(Some((id, end)));
        let this = Rc::clone(self);
        drop(self.keep_alive(async move {
            over.await;
            let waited = this.index_waits.take();
            if let Some((id, _)) = waited {
                this.deliveries.borrow_mut().waits_no_longer(id);
                this.deliver(Vec::new());
            }
        }));
    }

    async fn deliver_one(self: Rc<Self>, row: &OutboxRow) {
        let delivery = match self.config() {
            Ok(config) => self.deliver_now(row, &config).await,
            // The order gives the row out again after its pause.
            Err(failure) => {
                worker::console_error!("{}: {failure}", self.name());
                None
            }
        };
        self.deliveries.borrow_mut().over(&row.id);
        let effects =
            delivery.and_then(|delivery: Delivery| self.feed(Input::Delivered(vec![delivery]), None));
        // This also starts the rows that waited for this one.
        self.act_later(effects.unwrap_or_default());
    }

    /// Delivers the row with the order's details. The index gets them with the first row of this object's
    /// time in memory, and after they have changed. `None`: they cannot be read now.
    async fn deliver_now(self: &Rc<Self>, row: &OutboxRow, config: &Config) -> Option<Delivery> {
        let details = match self.details() {
            Ok(details) => details,
            Err(failure) => {
                worker::console_error!("{}: {failure}", self.name());
                return None;
            }
        };
        let to_index = matches!(row.message, Message::Index(_));
        let given = details.filter(|details| {
            let known = self.indexed_details.borrow();
            !(to_index && known.as_ref().is_some_and(|known| Rc::ptr_eq(known, details)))
        });
        let downloads = self.downloads_told(row, config);
        let delivery = delivery::deliver(row, given.as_deref(), &downloads, self.env(), config).await;
        if to_index && given.is_some() && delivery.result == DeliveryResult::Accepted {
            self.indexed_details.replace(given);
        }
        Some(delivery)
    }

    /// The links to what was bought, whole addresses, for a webhook that tells of a payment. They are made
    /// when it is sent, so one that is sent again later has links that are good.
    fn downloads_told(self: &Rc<Self>, row: &OutboxRow, config: &Config) -> Vec<Download> {
        if !matches!(&row.message, Message::Webhook(webhook) if webhook.kind == WebhookKind::OrderPaid) {
            return Vec::new();
        }
        let mut links = self.links(config, now_ms(), WEBHOOK_LIFE_MS).unwrap_or_else(|failure| {
            worker::console_error!("{}: {failure}", self.name());
            Vec::new()
        });
        for link in &mut links {
            link.url.insert_str(0, config.base_url());
        }
        links
    }

    /// Gives a result back to the order.
    fn feed(self: &Rc<Self>, input: Input, message: Option<&[u8]>) -> Option<Effects> {
        match self.step_with(input, message) {
            Ok(Some(Ok(effects))) => Some(effects),
            Ok(Some(Err(rejected))) => {
                worker::console_error!("{}: a result was rejected: {rejected}", self.name());
                None
            }
            Ok(None) => None,
            // The stored alarm rings, and the order does it again.
            Err(failure) => {
                worker::console_error!("{}: a result could not be stored: {failure}", self.name());
                None
            }
        }
    }

    /// Runs work that must go on after the request that began it has ended. It begins when the request has
    /// been answered, or waits for something else.
    fn keep_alive(&self, work: impl Future<Output = ()> + 'static) -> Promise {
        let promise = task::later(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        });
        if let Err(error) = self.state().as_raw().wait_until(&promise) {
            worker::console_warn!("{}: {}", self.name(), Failure::from(error));
        }
        promise
    }
}
