//! One order under test, with a clock that the test moves.
//!
//! The order is saved and loaded before every input, so that no test passes because of something that was
//! only in memory. After every input we check that the order has an alarm.

use gateway::{CallName, Dialect, Failure, Question};
use order::{
    Delivery, DeliveryResult, Effects, Event, ExceptionKind, GatewayCall, Input, Message, Order, OutboxRow,
    PageStatus, Rejected, State, Terms, WebhookKind, What,
};
use wire::v2::{Body, ProductId, SignType};
use wire::{AppId, MchId, Merchant, Nonce, NotifyUrl, OutTradeNo};

use crate::wechat::{APPID, MCH_ID, NUMBER, Wechat, hkd, key, ordered};

/// 2026-03-01 12:00:00 in Hong Kong.
pub(crate) const T0_MS: i64 = 1_772_337_600_000;
pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) fn merchant() -> Merchant {
    Merchant::common(AppId::new(APPID).unwrap(), MchId::new(MCH_ID).unwrap())
}

fn dialect() -> Dialect {
    Dialect::V2(gateway::v2::Terms {
        sign_type: SignType::HmacSha256,
        product_id: ProductId::new("tea-gift-set").unwrap(),
        spbill_create_ip: "203.0.113.10".parse().unwrap(),
    })
}

pub(crate) fn terms() -> Terms {
    Terms {
        out_trade_no: OutTradeNo::new(NUMBER).unwrap(),
        merchant: merchant(),
        dialect: dialect(),
        amount: hkd(8800),
        description: Body::new("Example Tea House - gift set").unwrap(),
        notify_url: NotifyUrl::new("https://pay.example.com/notify/wechat").unwrap(),
        refund_notify_url: None,
        request_fingerprint: "c0ffee".into(),
        time_expire_at_ms: T0_MS + 30 * MINUTE,
        keep_ms: Terms::DEFAULT_KEEP_MS,
    }
}

pub(crate) struct Life {
    pub(crate) order: Order,
    pub(crate) now_ms: i64,
    /// The call in flight.
    pub(crate) call: Option<GatewayCall>,
    /// Every call made.
    pub(crate) calls: Vec<(i64, GatewayCall)>,
    pub(crate) events: Vec<Event>,
    /// Every row handed out.
    pub(crate) rows: Vec<OutboxRow>,
    pub(crate) alarm_at_ms: Option<i64>,
    /// Whether the order stays in memory between inputs, instead of being saved and loaded.
    pub(crate) keeps_memory: bool,
    /// The effects of the last input.
    pub(crate) last: Effects,
}

impl Life {
    /// An order whose unified order is in flight.
    pub(crate) fn placing() -> Self {
        Self::placing_on(terms())
    }

    pub(crate) fn placing_on(terms: Terms) -> Self {
        let (order, effects) = Order::place(T0_MS, terms).unwrap();
        Self::of(order, effects)
    }

    /// A newly made order.
    pub(crate) fn of(order: Order, effects: Effects) -> Self {
        let mut life = Self {
            order,
            now_ms: T0_MS,
            call: None,
            calls: Vec::new(),
            events: Vec::new(),
            rows: Vec::new(),
            alarm_at_ms: None,
            keeps_memory: false,
            last: Effects::default(),
        };
        life.take(effects);
        life
    }

    /// An order that can be paid from [`T0_MS`] on.
    pub(crate) fn awaiting() -> Self {
        let mut life = Self::placing();
        life.answer(&ordered().signed());
        assert_eq!(life.status(), PageStatus::AwaitingPayment);
        life
    }

    /// An order that can be paid, and whose page has just shown the code.
    pub(crate) fn watched() -> Self {
        let mut life = Self::awaiting();
        life.give(Input::PageWatching);
        life
    }

    /// An order paid a second after it was placed.
    pub(crate) fn paid() -> Self {
        let mut life = Self::awaiting();
        life.notify(&crate::wechat::notification(crate::wechat::PAYMENT, T0_MS));
        assert_eq!(life.status(), PageStatus::Paid);
        life
    }

    pub(crate) fn try_give(&mut self, input: Input) -> Result<(), Rejected> {
        let mut loaded = if self.keeps_memory {
            self.order.clone()
        } else {
            Order::load(&self.order.save().unwrap()).unwrap()
        };
        let before = loaded.clone();
        let result = loaded.handle(self.now_ms, input);
        match result {
            Ok(effects) => {
                self.order = loaded;
                self.take(effects);
                Ok(())
            }
            Err(rejected) => {
                assert_eq!(
                    loaded.save().unwrap(),
                    before.save().unwrap(),
                    "a rejected input changes nothing"
                );
                Err(rejected)
            }
        }
    }

    pub(crate) fn give(&mut self, input: Input) {
        self.try_give(input).unwrap();
    }

    fn take(&mut self, effects: Effects) {
        self.events.extend(effects.events.iter().cloned());
        if effects.call.is_some() {
            assert!(self.call.is_none() || self.call_is_over(), "two calls in flight");
            self.call = effects.call.clone();
            self.calls.push((self.now_ms, effects.call.clone().unwrap()));
        } else if self.call_is_over() {
            self.call = None;
        }
        assert!(effects.alarm_at_ms.is_some() || self.order.state().is_final(), "no alarm: {:?}", self.order);
        assert_eq!(effects.alarm_at_ms, self.order.alarm_at_ms());
        self.alarm_at_ms = effects.alarm_at_ms;
        self.rows.extend(effects.outbox.iter().cloned());
        self.last = effects;
    }

    /// Whether our call is no longer in flight for the order.
    fn call_is_over(&self) -> bool {
        let Some(call) = &self.call else { return true };
        self.events
            .iter()
            .any(|event| matches!(&event.what, What::CallEnded { attempt, .. } if *attempt == call.attempt))
    }

    /// The gateway answers the call in flight with this body.
    pub(crate) fn answer(&mut self, body: &str) {
        let call = self.call.take().expect("a call in flight");
        // Also check that the call can be written.
        call.call.request(&key(), &Nonce::new("5K8264ILTKCH16CQ").unwrap()).unwrap();
        let outcome = call.call.read(body.as_bytes(), &key());
        self.give(Input::Answered { attempt: call.attempt, outcome, raw: None });
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        let call = self.call.take().expect("a call in flight");
        self.give(Input::Answered { attempt: call.attempt, outcome: call.call.failed(failure), raw: None });
    }

    pub(crate) fn notify(&mut self, message: &Wechat) {
        self.give(Input::Notified { notification: message.verified(), raw: None });
    }

    /// Sets the clock. Nothing rings.
    pub(crate) fn at(&mut self, ms_after_placing: i64) -> &mut Self {
        self.now_ms = T0_MS + ms_after_placing;
        self
    }

    /// Sleeps until the alarm rings.
    pub(crate) fn sleep(&mut self) {
        let alarm_at_ms = self.alarm_at_ms.expect("an alarm");
        assert!(alarm_at_ms >= self.now_ms, "the alarm is in the past: {:?}", self.order);
        self.now_ms = alarm_at_ms;
        self.give(Input::AlarmFired);
    }

    /// Sleeps through alarms until one makes a call.
    pub(crate) fn sleep_until_call(&mut self) -> CallName {
        for _ in 0..200 {
            if let Some(call) = &self.call {
                return call.call.name();
            }
            self.deliver_all();
            self.sleep();
        }
        panic!("no call comes: {:?}", self.order);
    }

    /// The merchant's systems and the index accept everything.
    pub(crate) fn deliver_all(&mut self) {
        let ids: Vec<String> = self.rows.iter().map(|row| row.id.clone()).collect();
        self.deliver(&ids, DeliveryResult::Accepted);
    }

    /// The deliveries of these rows end like this.
    pub(crate) fn deliver(&mut self, ids: &[String], result: DeliveryResult) {
        let deliveries = ids.iter().map(|id| Delivery { id: id.clone(), result: result.clone() }).collect();
        self.give(Input::Delivered(deliveries));
    }

    /// Delivers everything, and what follows from it, until nothing waits.
    pub(crate) fn settle(&mut self) {
        for _ in 0..5 {
            self.deliver_all();
        }
    }

    pub(crate) fn status(&self) -> PageStatus {
        self.order.view(self.now_ms).status
    }

    pub(crate) fn state(&self) -> &State {
        self.order.state()
    }

    /// Milliseconds since the order was placed.
    pub(crate) fn elapsed(&self) -> i64 {
        self.now_ms - T0_MS
    }

    pub(crate) fn calling(&self) -> Option<CallName> {
        self.call.as_ref().map(|call| call.call.name())
    }

    pub(crate) fn question(&self) -> &Question {
        &self.call.as_ref().expect("a call in flight").call.question
    }

    pub(crate) fn exceptions(&self) -> Vec<ExceptionKind> {
        self.order.exceptions().iter().map(|exception| exception.kind).collect()
    }

    /// The kinds of webhooks written so far, each id once.
    pub(crate) fn webhooks(&self) -> Vec<WebhookKind> {
        let mut seen = Vec::new();
        let mut kinds = Vec::new();
        for row in &self.rows {
            if let Message::Webhook(webhook) = &row.message
                && !seen.contains(&row.id)
            {
                seen.push(row.id.clone());
                kinds.push(webhook.kind);
            }
        }
        kinds
    }

    /// When the calls of this name were begun, after placing.
    pub(crate) fn called_at(&self, name: CallName) -> Vec<i64> {
        self.calls
            .iter()
            .filter(|(_, call)| call.call.name() == name)
            .map(|(at_ms, _)| at_ms - T0_MS)
            .collect()
    }
}
