//! The Worker's notify routes: parse, verify, hand to the order, and reply only after the write.

use gateway::Notification;
use order::{Input, OrphanNews, State};
use simulator::gateway::{Delivery, Receipt};
use wire::v2::notification::{self, NotificationError};
use wire::v2::{SignType, notify_reply, refund_notification};

use super::World;
use super::api::{Api, is_v3};
use super::merchant::{self, REFUND_NOTIFY_URL, V3_NOTIFY_URL};
use super::worker::Given;

/// How many deliveries of API v3 somebody on the way keeps.
const RECORDED: usize = 8;

/// What comes to one of the addresses.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl From<Delivery> for Came {
    fn from(delivery: Delivery) -> Self {
        let Delivery { url, headers, body, .. } = delivery;
        Self { url, headers, body }
    }
}

/// What is replied: a status and a body. `None`: the process died on it.
pub(super) type Said = Option<(u16, String)>;

impl World {
    /// Carries out every delivery that is due.
    pub fn deliver_notifications(&mut self) {
        for delivery in self.gateway.due(self.now_ms) {
            let made = self.gateway.notifications().iter().find(|made| made.id == delivery.notification);
            if made.is_some_and(|made| made.out_trade_no == self.number) {
                self.deliver(delivery);
            } else {
                self.for_the_other.push(delivery);
            }
        }
    }

    /// Carries out a delivery about the order.
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        let id = delivery.notification;
        let came = Came::from(delivery);
        if came.url == V3_NOTIFY_URL && self.recorded.len() < RECORDED {
            self.recorded.push(came.clone());
        }
        let said = self.notified(&came);
        self.tell(|| format!("notification {id} → {}", told(&said)));
        let receipt = match said {
            Some((status, body)) => Receipt::Replied { status, body: body.into_bytes(), took_ms: 100 },
            None => Receipt::Nothing { why: "the process died".into() },
        };
        self.gateway.delivered(self.now_ms, id, &receipt);
    }

    /// The notify routes.
    fn notified(&mut self, came: &Came) -> Said {
        let body = came.body.as_bytes();
        let said = match came.url.as_str() {
            V3_NOTIFY_URL => return self.notified_v3(came),
            REFUND_NOTIFY_URL => self.refund_notified(body),
            _ => self.payment_notified(body),
        };
        said.map(|xml| (200, xml))
    }

    /// The notify route of API v2.
    fn payment_notified(&mut self, body: &[u8]) -> Option<String> {
        let Ok(unverified) = notification::Unverified::parse(body) else {
            return Some(notify_reply::fail("not understood"));
        };
        if unverified.out_trade_no().as_str() != self.number {
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
        if self.placed_by != Api::V2 {
            // That key may have been changed because somebody else knows it.
            return Some(notify_reply::fail("an order of API v3"));
        }
        match self.handed_over(Api::V2, genuine, body) {
            Given::Died => None,
            Given::NoOrder | Given::Rejected(_) => Some(notify_reply::fail("no such order")),
            Given::Failed => Some(notify_reply::fail("try again later")),
            Given::Done => Some(notify_reply::SUCCESS.into()),
        }
    }

    /// Gives a genuine message about a payment to the order, or takes it in without one.
    ///
    /// # Panics
    /// When it is done, and what it says is not on the disk.
    pub(super) fn handed_over(
        &mut self,
        by: Api,
        genuine: Result<Notification, String>,
        body: &[u8],
    ) -> Given {
        let payment = genuine.as_ref().ok().and_then(Notification::payment).cloned();
        let says_nothing = genuine.as_ref().is_ok_and(|notification| notification.payment().is_none());
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
                let terms = merchant::terms_of_stray(by, self.number, self.worker_now_ms(), payment.as_ref());
                let news = match &genuine {
                    Ok(notification) => OrphanNews::Notified(notification),
                    Err(why) => OrphanNews::Unreadable(why),
                };
                self.stray(terms, news, body)
            }
        };
        if given == Given::Done {
            let disk = self.worker.disk();
            let stored = disk.order.as_deref().unwrap_or_default();
            let known = match &payment {
                Some(payment) => stored.contains(payment.transaction_id.as_str()),
                // An unreadable one is kept as it came, at least until a person is done with it.
                None => {
                    says_nothing
                        || disk.messages.iter().any(|kept| kept == body)
                        || stored.contains("\"unreadable\"")
                }
            };
            assert!(known, "SUCCESS before the news was on the disk");
        }
        given
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

    /// Somebody who has kept a genuine notification sends it once more. One of API v3 counts only for five
    /// minutes.
    pub(super) fn replay_a_notification(&mut self) {
        let all = self.gateway.notifications();
        let at = usize::try_from(self.dice.below(all.len() as u64)).unwrap_or(0);
        let Some((id, url, body)) = all
            .get(at)
            .map(|notification| (notification.id, notification.url.clone(), notification.body.clone()))
        else {
            return;
        };
        let came = Came { url, headers: vec![], body };
        let recorded = self.recorded.iter().find(|recorded| recorded.body == came.body).cloned();
        let came = recorded.unwrap_or(came);
        let said = self.notified(&came);
        self.tell(|| format!("notification {id} comes once more → {}", told(&said)));
    }

    /// A stranger posts what he likes: here a payment signed with a key he made up.
    pub fn forge(&mut self) {
        self.tell(|| "a stranger forges a notification".into());
        let state_before = self.worker.disk().state().cloned();
        match self.worker.disk().order() {
            Some(order) if is_v3(&order.terms().dialect) => self.forge_v3(),
            _ => {
                self.give(Input::NotificationSuspected { raw: None });
            }
        }
        let paid = matches!(self.worker.disk().state(), Some(State::Paid { .. }));
        assert!(!paid || matches!(state_before, Some(State::Paid { .. })), "a forgery confirmed the order");
    }
}

fn told(said: &Said) -> String {
    said.as_ref().map_or("nothing".into(), |(status, body)| {
        let body: String = body.chars().take(40).collect();
        format!("{status} {body}")
    })
}
