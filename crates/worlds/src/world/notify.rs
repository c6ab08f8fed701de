//! The Worker's notify routes: parse, verify, hand to the order, and reply only after the write.

use gateway::Notification;
use order::{Input, OrphanNews, State};
use simulator::gateway::Receipt;
use wire::v2::notification::{self, NotificationError};
use wire::v2::{SignType, notify_reply, refund_notification};

use super::World;
use super::merchant::{self, NUMBER, REFUND_NOTIFY_URL};
use super::worker::Given;

impl World {
    /// Carries out every delivery that is due.
    pub fn deliver_notifications(&mut self) {
        for delivery in self.gateway.due(self.now_ms) {
            let reply = self.notified(&delivery.url, delivery.body.as_bytes());
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

    /// The notify route. `None`: the process died on it.
    fn notified(&mut self, url: &str, body: &[u8]) -> Option<String> {
        if url == REFUND_NOTIFY_URL {
            return self.refund_notified(body);
        }
        let Ok(unverified) = notification::Unverified::parse(body) else {
            return Some(notify_reply::fail("not understood"));
        };
        if unverified.out_trade_no().as_str() != NUMBER {
            // Genuine perhaps, but another number: another object's.
            return Some(notify_reply::SUCCESS.into());
        }
        let genuine = match unverified.verify(SignType::HmacSha256, &[&merchant::key()]) {
            Ok(verified) => Ok(Notification::from(verified)),
            Err(NotificationError::Malformed(why)) => Err(why.to_string()),
            Err(_) => {
                return match self.give(Input::NotificationSuspected { raw: None }) {
                    Given::Died => None,
                    Given::Done | Given::Failed | Given::Rejected(_) | Given::NoOrder => {
                        Some(notify_reply::fail("not verified"))
                    }
                };
            }
        };
        let payment = genuine.as_ref().ok().and_then(Notification::payment).cloned();
        let given = match self.has_order() {
            Err(given) => given,
            Ok(true) => {
                let input = match genuine {
                    Ok(notification) => Input::Notified { notification, raw: None },
                    Err(why) => Input::NotificationUnreadable { why, raw: None },
                };
                self.give_with(input, Some(body))
            }
            Ok(false) => {
                self.tell(|| "a genuine notification, and there is no order".into());
                self.came_after_archive |= self.worker.disk().archived;
                // Whatever the archived order was told, this one was not.
                self.hinted.clear();
                let terms = merchant::terms_of_stray(self.worker_now_ms(), payment.as_ref());
                let news = match &genuine {
                    Ok(notification) => OrphanNews::Notified(notification),
                    Err(why) => OrphanNews::Unreadable(why),
                };
                self.stray(terms, news, body)
            }
        };
        match given {
            Given::Died => None,
            Given::NoOrder | Given::Rejected(_) => Some(notify_reply::fail("no such order")),
            Given::Failed => Some(notify_reply::fail("try again later")),
            Given::Done => {
                let disk = self.worker.disk();
                let stored = disk.order.as_deref().unwrap_or_default();
                let known = match &payment {
                    Some(payment) => stored.contains(payment.transaction_id.as_str()),
                    // An unreadable one is kept as it came, at least until a person is done with it.
                    None => {
                        disk.messages.iter().any(|kept| kept == body) || stored.contains("\"unreadable\"")
                    }
                };
                assert!(known, "SUCCESS before the news was on the disk");
                Some(notify_reply::SUCCESS.into())
            }
        }
    }

    fn refund_notified(&mut self, body: &[u8]) -> Option<String> {
        let Ok(hint) = refund_notification::read(body, &[&merchant::key()]) else {
            return Some(notify_reply::fail("not understood"));
        };
        let number = hint.out_refund_no.clone();
        match self.give(Input::RefundNotified { out_refund_no: hint.out_refund_no, raw: None }) {
            Given::Died => None,
            Given::Failed => Some(notify_reply::fail("try again later")),
            Given::Done => {
                self.hinted.insert(number.to_string());
                Some(notify_reply::SUCCESS.into())
            }
            Given::Rejected(_) | Given::NoOrder => Some(notify_reply::SUCCESS.into()),
        }
    }

    /// Somebody who has kept a genuine notification sends it once more.
    pub(super) fn replay_a_notification(&mut self) {
        let all = self.gateway.notifications();
        let at = usize::try_from(self.dice.below(all.len() as u64)).unwrap_or(0);
        let Some((id, url, body)) = all
            .get(at)
            .map(|notification| (notification.id, notification.url.clone(), notification.body.clone()))
        else {
            return;
        };
        self.tell(|| format!("notification {id} comes once more"));
        self.notified(&url, body.as_bytes());
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
