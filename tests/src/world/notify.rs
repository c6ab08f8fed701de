//! The Worker's notify routes: parse, verify, hand to the order, and reply only after the write.

use order::{Input, State};
use simulator::gateway::{Delivery, Receipt};
use wire::{SignType, notification, notify_reply, refund_notification};

use super::World;
use super::merchant::{self, NUMBER, REFUND_NOTIFY_URL};
use super::worker::Given;

impl World {
    /// Carries out every delivery that is due.
    pub fn deliver_notifications(&mut self) {
        for delivery in self.gateway.due(self.now_ms) {
            let reply = self.notified(&delivery);
            self.tell(|| {
                let reply =
                    reply.as_deref().map_or("nothing", |text| &text[text.len().min(27)..text.len().min(34)]);
                format!("notification {} → {reply}", delivery.notification)
            });
            let receipt = match reply {
                Some(body) => Receipt::Replied { status: 200, body: body.into_bytes(), took_ms: 100 },
                None => Receipt::Nothing { why: "the process died".into() },
            };
            self.gateway.delivered(self.now_ms, delivery.notification, &receipt);
        }
    }

    fn notified(&mut self, delivery: &Delivery) -> Option<String> {
        if delivery.url == REFUND_NOTIFY_URL {
            return self.refund_notified(delivery.body.as_bytes());
        }
        let Ok(unverified) = notification::Unverified::parse(delivery.body.as_bytes()) else {
            return Some(notify_reply::fail("not understood"));
        };
        if unverified.out_trade_no().as_str() != NUMBER {
            // Genuine perhaps, but no order of ours: kept elsewhere, and repeating cures nothing.
            return Some(notify_reply::SUCCESS.into());
        }
        let Ok(verified) = unverified.verify(SignType::HmacSha256, &[&merchant::key()]) else {
            return match self.give(Input::NotificationSuspected { raw: None }) {
                Given::Died => None,
                Given::Done | Given::Failed | Given::Rejected(_) | Given::NoOrder => {
                    Some(notify_reply::fail("not verified"))
                }
            };
        };
        let payment = verified.payment().map(|payment| payment.transaction_id.clone());
        let message = Some(delivery.body.as_bytes());
        match self.give_with(Input::Notified { notification: verified, raw: None }, message) {
            Given::Died => None,
            Given::NoOrder | Given::Rejected(_) => Some(notify_reply::fail("no such order")),
            Given::Failed => Some(notify_reply::fail("try again later")),
            Given::Done => {
                let on_disk = self.worker.disk().order.as_deref().unwrap_or_default();
                let known = payment.is_none_or(|id| on_disk.contains(id.as_str()));
                assert!(known, "SUCCESS before the payment was on the disk");
                Some(notify_reply::SUCCESS.into())
            }
        }
    }

    fn refund_notified(&mut self, body: &[u8]) -> Option<String> {
        let Ok(hint) = refund_notification::read(body, &[&merchant::key()]) else {
            return Some(notify_reply::fail("not understood"));
        };
        match self.give(Input::RefundNotified { out_refund_no: hint.out_refund_no, raw: None }) {
            Given::Died => None,
            Given::Failed => Some(notify_reply::fail("try again later")),
            Given::Done | Given::Rejected(_) | Given::NoOrder => Some(notify_reply::SUCCESS.into()),
        }
    }

    /// A stranger posts what he likes: here a payment signed with a key he made up.
    pub fn forge(&mut self) {
        self.tell(|| "a stranger forges a notification".into());
        let state_before = self.worker.disk().state().cloned();
        self.give(Input::NotificationSuspected { raw: None });
        let paid = matches!(self.worker.disk().state(), Some(State::Paid { .. }));
        assert!(!paid || matches!(state_before, Some(State::Paid { .. })), "a forgery confirmed the order");
    }
}
