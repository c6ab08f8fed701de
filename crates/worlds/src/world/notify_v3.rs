//! The Worker's notify route of API v3: verify, open, read, hand to the order, and reply only after the
//! write.

use gateway::{Notification, OutTradeNo, RefundNotification};
use order::Input;
use wire::v3::{Delivery, KeyRefusal, NotGenuine, Notice, NotificationError, SealedHint, notify_reply};

use super::World;
use super::notify::{Came, Said};
use super::v3::{open, verify};
use super::worker::Given;

/// What a genuine message says.
enum Says {
    Payment(Notification),
    Refund(RefundNotification),
    Unreadable(String),
}

impl World {
    pub(super) fn notified_v3(&mut self, came: &Came) -> Said {
        let headers: Vec<_> = came.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let delivery = Delivery { headers: &headers, body: came.body.as_bytes() };
        let (number, says) = match self.read_notice(&delivery) {
            Ok(read) => read,
            Err(error) if error.is_genuine() => {
                self.tell(|| format!("a genuine notification cannot be read: {error}"));
                return Some((500, notify_reply::fail("not readable")));
            }
            Err(error) => return self.suspected(&delivery, &error),
        };
        if number.as_ref().is_none_or(|number| number.as_str() != self.number) {
            // Another number: another object's.
            return Some((200, notify_reply::SUCCESS.into()));
        }
        let is_read = !matches!(says, Says::Unreadable(_));
        let given = match says {
            Says::Payment(notification) => self.handed_over(self.of, Ok(notification), delivery.body),
            Says::Unreadable(why) => self.handed_over(self.of, Err(why), delivery.body),
            Says::Refund(notification) => self.refund_reported(notification, delivery.body),
        };
        match given {
            Given::Died => None,
            Given::Failed => Some((500, notify_reply::fail("try again later"))),
            Given::Done | Given::NoOrder | Given::Rejected(_) if is_read => {
                Some((200, notify_reply::SUCCESS.into()))
            }
            // A later version may read it.
            Given::Done | Given::NoOrder | Given::Rejected(_) => {
                Some((500, notify_reply::fail("not readable")))
            }
        }
    }

    /// Verifies, opens and reads a message: the order it names, and what it says.
    fn read_notice(
        &mut self,
        delivery: &Delivery<'_>,
    ) -> Result<(Option<OutTradeNo>, Says), NotificationError> {
        let claim = self.claimed(0, |now_seconds, ring| delivery.claim(now_seconds, ring))?;
        let verdict = verify(claim.check());
        let sealed = claim.judge(verdict)?.sealed()?;
        let plaintext = open(sealed.resource());
        Ok(match sealed.opened(plaintext.as_deref(), self.of.edition()) {
            Ok(Notice::Payment(notice)) => {
                (Some(notice.out_trade_no().clone()), Says::Payment((*notice).into()))
            }
            Ok(Notice::Refund(notice)) => (notice.out_trade_no().cloned(), Says::Refund((*notice).into())),
            Err(NotificationError::Malformed(why)) => {
                let hint = SealedHint::read(delivery)?.opened(plaintext.as_deref()).ok();
                (hint.and_then(|hint| hint.out_trade_no), Says::Unreadable(why.to_string()))
            }
            Err(error) => return Err(error),
        })
    }

    /// A message that does not verify proves nothing. If only its certificate is unknown, the order inside
    /// may query the gateway.
    fn suspected(&mut self, delivery: &Delivery<'_>, error: &NotificationError) -> Said {
        self.tell(|| format!("a notification is refused: {error}"));
        let by_an_unknown_key = matches!(
            error,
            NotificationError::NotGenuine(NotGenuine::Key(KeyRefusal::Unknown) | NotGenuine::RefreshFirst)
        );
        let hint = SealedHint::read(delivery).ok().filter(|_| by_an_unknown_key);
        let number = hint.and_then(|hint| {
            let plaintext = open(hint.resource());
            hint.opened(plaintext.as_deref()).ok()?.out_trade_no
        });
        if number.is_some_and(|number| number.as_str() == self.number)
            && self.give(Input::NotificationSuspected { raw: None }) == Given::Died
        {
            return None;
        }
        Some((401, notify_reply::fail("not verified")))
    }

    fn refund_reported(&mut self, notification: RefundNotification, body: &[u8]) -> Given {
        let number = notification.out_refund_no().to_string();
        match self.has_order() {
            Err(given) => given,
            Ok(false) => Given::NoOrder,
            Ok(true) => {
                let given = self.give_with(Input::RefundReported { notification, raw: None }, Some(body));
                if given == Given::Done {
                    self.hinted.insert(number);
                }
                given
            }
        }
    }

    /// A stranger who has seen a delivery changes it: its body, its signature, or its age.
    pub(super) fn forge_v3(&mut self) {
        let Some(recorded) = self.recorded.last().cloned() else { return };
        let mut came = recorded.clone();
        let what = self.dice.below(3);
        let now = self.worker_now_ms().div_euclid(1_000).to_string();
        for (name, value) in &mut came.headers {
            match (what, *name) {
                (0, "Wechatpay-Signature") => *value = format!("{}==", "A".repeat(342)),
                (1, "Wechatpay-Timestamp") => value.clone_from(&now),
                _ => {}
            }
        }
        if what == 2 {
            came.body.push('\n');
        }
        let is_changed = came.headers != recorded.headers || came.body != recorded.body;
        let taken = self.notified_v3(&came).is_some_and(|(status, _)| status == 200);
        assert!(!taken || !is_changed, "a forgery was taken");
    }
}
