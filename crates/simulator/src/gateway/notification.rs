//! The notifications: when each is delivered, and which reply counts as received (protocol §6, §11.3).

use serde::{Deserialize, Serialize};

use super::trade::Generation;

/// The pause before each repeated delivery, in seconds: 15 repeats, 16 deliveries, 24 h 4 min (protocol
/// §6.3).
const PAUSES_S: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];
/// A reply that takes longer counts as no reply.
pub const REPLY_LIMIT_MS: u32 = 5000;
/// How much of a reply is kept for a developer to look at.
const MAX_KEPT_REPLY_CHARS: usize = 500;

/// One notification and its deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The notification's number, counted from 1.
    pub id: u64,
    /// The API in whose form it comes.
    #[serde(default)]
    pub generation: Generation,
    /// What it is about.
    pub kind: Kind,
    /// The merchant number of the order.
    pub mch_id: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The address it is sent to, known when the notification is made.
    pub url: String,
    /// The value of the `Request-ID` header, the same in every delivery.
    pub request_id: String,
    /// The XML, or the JSON of API v3, the same in every delivery.
    pub body: String,
    /// When the next delivery is due, in milliseconds since 1970; `None` while none is waiting.
    pub due_at_ms: Option<i64>,
    /// Whether it waits, is under way, was received or was given up.
    pub standing: Standing,
    /// Every finished delivery, oldest first.
    pub deliveries: Vec<Delivered>,
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An order was paid.
    Payment,
    /// A refund ended.
    Refund,
}

/// How far a notification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The next delivery has a due time.
    Waiting,
    /// A delivery is under way; its receipt is not known yet.
    Sent,
    /// The merchant replied SUCCESS in time.
    Received,
    /// Sixteen deliveries failed, and no other follows.
    GivenUp,
}

/// One finished delivery and its reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// When its receipt came, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why it counts as received or not, for a developer.
    pub verdict: String,
    /// The first 500 characters of the reply.
    pub reply: String,
}

/// A delivery for the caller of the gateway to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The number of the notification.
    pub notification: u64,
    /// The address to `POST` to.
    pub url: String,
    /// The value of the `Request-ID` header.
    pub request_id: String,
    /// `text/xml`, or `application/json` in API v3.
    pub content_type: &'static str,
    /// The signature of API v3: headers, made anew for each delivery. API v2 has none.
    pub headers: Vec<(&'static str, String)>,
    /// The XML or the JSON.
    pub body: String,
}

/// What came back from one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// A whole reply.
    Replied {
        /// The HTTP status.
        status: u16,
        /// The body as it came.
        body: Vec<u8>,
        /// The time from sending to the last byte of the reply, in milliseconds.
        took_ms: u32,
    },
    /// No connection, no whole reply in time, or a switch or fault that lost the delivery.
    Nothing {
        /// The reason, for a developer.
        why: String,
    },
}

/// All notifications of the gateway, in the order in which they were made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Outbox {
    notifications: Vec<Notification>,
}

pub(super) struct NewNotification {
    pub(super) generation: Generation,
    pub(super) kind: Kind,
    pub(super) mch_id: String,
    pub(super) out_trade_no: String,
    pub(super) url: String,
    pub(super) request_id: String,
    pub(super) body: String,
    pub(super) due_at_ms: i64,
}

impl Outbox {
    pub(super) fn add(&mut self, new: NewNotification) -> u64 {
        let id = self.notifications.len() as u64 + 1;
        self.notifications.push(Notification {
            id,
            generation: new.generation,
            kind: new.kind,
            mch_id: new.mch_id,
            out_trade_no: new.out_trade_no,
            url: new.url,
            request_id: new.request_id,
            body: new.body,
            due_at_ms: Some(new.due_at_ms),
            standing: Standing::Waiting,
            deliveries: Vec::new(),
        });
        id
    }

    pub(super) fn all(&self) -> &[Notification] {
        &self.notifications
    }

    pub(super) fn next_due_at_ms(&self) -> Option<i64> {
        self.notifications.iter().filter_map(|notification| notification.due_at_ms).min()
    }

    /// Hands out every delivery that is due. Each counts as under way until its receipt comes.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let due = self
            .notifications
            .iter_mut()
            .filter(|notification| notification.due_at_ms.is_some_and(|due| due <= now_ms));
        due.map(|notification| {
            notification.due_at_ms = None;
            notification.standing = Standing::Sent;
            Delivery {
                notification: notification.id,
                url: notification.url.clone(),
                request_id: notification.request_id.clone(),
                content_type: if notification.generation == Generation::V2 {
                    "text/xml"
                } else {
                    "application/json"
                },
                headers: Vec::new(),
                body: notification.body.clone(),
            }
        })
        .collect()
    }

    pub(super) fn find(&mut self, id: u64) -> Option<&mut Notification> {
        self.notifications.iter_mut().find(|notification| notification.id == id)
    }

    /// After a restart: a delivery that was under way when the program stopped is due again.
    pub(super) fn resume(&mut self, now_ms: i64) {
        for notification in
            self.notifications.iter_mut().filter(|notification| notification.standing == Standing::Sent)
        {
            notification.standing = Standing::Waiting;
            notification.due_at_ms = Some(now_ms);
        }
    }
}

impl Notification {
    pub(super) fn record(&mut self, now_ms: i64, receipt: &Receipt, speed: u32) {
        let (received, verdict) = judge(receipt, self.generation);
        let reply = match receipt {
            Receipt::Replied { body, .. } => {
                String::from_utf8_lossy(body).chars().take(MAX_KEPT_REPLY_CHARS).collect()
            }
            Receipt::Nothing { .. } => String::new(),
        };
        self.deliveries.push(Delivered { at_ms: now_ms, verdict, reply });
        let pause_s = PAUSES_S.get(self.deliveries.len() - 1);
        match (received, pause_s) {
            (true, _) => self.standing = Standing::Received,
            (false, Some(pause_s)) => {
                self.standing = Standing::Waiting;
                self.due_at_ms = Some(now_ms + pause_s * 1000 / i64::from(speed.max(1)));
            }
            (false, None) => self.standing = Standing::GivenUp,
        }
    }
}

/// A delivery is received only by a reply with status 200, within five seconds, in XML whose `return_code` is
/// exactly SUCCESS. In API v3 the status 200 or 204 alone decides.
fn judge(receipt: &Receipt, generation: Generation) -> (bool, String) {
    match receipt {
        Receipt::Nothing { why } => (false, why.clone()),
        Receipt::Replied { took_ms, .. } if *took_ms > REPLY_LIMIT_MS => {
            (false, format!("replied after {took_ms} ms; the limit is {REPLY_LIMIT_MS} ms"))
        }
        Receipt::Replied { status: 200 | 204, took_ms, .. } if generation != Generation::V2 => {
            (true, format!("received in {took_ms} ms"))
        }
        Receipt::Replied { status, .. } if *status != 200 => {
            (false, format!("status {status} instead of 200"))
        }
        Receipt::Replied { body, took_ms, .. } => match wire::v2::Fields::parse(body) {
            Err(error) => (false, format!("the reply is not the XML expected: {error}")),
            Ok(fields) => match fields.get("return_code") {
                Some("SUCCESS") => (true, format!("received in {took_ms} ms")),
                Some(other) => (false, format!("return_code {other:?} asks for another delivery")),
                None => (false, "the reply has no return_code".to_owned()),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        let mut outbox = Outbox::default();
        let text = String::new;
        outbox.add(NewNotification {
            generation: Generation::V2,
            kind: Kind::Payment,
            mch_id: text(),
            out_trade_no: text(),
            url: text(),
            request_id: text(),
            body: text(),
            due_at_ms: 0,
        });
        outbox
    }

    fn replied(status: u16, body: &str, took_ms: u32) -> Receipt {
        Receipt::Replied { status, body: body.as_bytes().to_vec(), took_ms }
    }

    const SUCCESS: &str =
        "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";

    #[test]
    fn a_merchant_who_never_replies_gets_sixteen_deliveries_in_24_hours_and_4_minutes() {
        let mut outbox = outbox();
        let (mut now_ms, mut deliveries) = (0, 0);
        while let Some(due_at_ms) = outbox.next_due_at_ms() {
            now_ms = due_at_ms;
            for delivery in outbox.take_due(now_ms) {
                deliveries += 1;
                let nothing = Receipt::Nothing { why: "no connection".to_owned() };
                outbox.find(delivery.notification).unwrap().record(now_ms, &nothing, 1);
            }
        }
        assert_eq!((deliveries, now_ms), (16, (24 * 60 + 4) * 60_000));
        assert_eq!(outbox.all()[0].standing, Standing::GivenUp);
    }

    #[test]
    fn the_pauses_between_deliveries_are_those_of_the_readme() {
        let mut outbox = outbox();
        let (mut last_ms, mut pauses) = (0, Vec::new());
        while let Some(due_at_ms) = outbox.next_due_at_ms() {
            pauses.push((due_at_ms - last_ms) / 1000);
            last_ms = due_at_ms;
            for delivery in outbox.take_due(due_at_ms) {
                let nothing = Receipt::Nothing { why: "no connection".to_owned() };
                outbox.find(delivery.notification).unwrap().record(due_at_ms, &nothing, 1);
            }
        }
        let readme = include_str!("../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, ladder) = readme.split_once("Notifications are repeated after ").unwrap();
        let (ladder, _) = ladder.split_once(" until the reply").unwrap();
        // A number without a unit has the unit of the next number that has one.
        let mut unit = 0;
        let mut said: Vec<i64> = ladder
            .rsplit(", ")
            .map(|step| {
                let (number, name) = step.split_once(' ').unwrap_or((step, ""));
                unit = match name {
                    "s" => 1,
                    "min" => 60,
                    "h" => 3600,
                    _ => unit,
                };
                number.parse::<i64>().unwrap() * unit
            })
            .collect();
        said.push(0);
        said.reverse();
        assert_eq!(pauses, said);
    }

    #[test]
    fn only_success_in_xml_with_status_200_within_five_seconds_ends_the_deliveries() {
        let plain = "<xml><return_code>SUCCESS</return_code></xml>";
        assert!(judge(&replied(200, SUCCESS, 5000), Generation::V2).0);
        assert!(judge(&replied(200, plain, 1), Generation::V2).0);
        for refused in [
            replied(200, SUCCESS, 5001),
            replied(201, SUCCESS, 1),
            replied(302, SUCCESS, 1),
            replied(200, "success", 1),
            replied(200, "", 1),
            replied(200, r#"{"return_code":"SUCCESS"}"#, 1),
            replied(200, "<xml><return_code>FAIL</return_code></xml>", 1),
            replied(200, "<xml><return_code>success</return_code></xml>", 1),
        ] {
            assert!(!judge(&refused, Generation::V2).0, "{refused:?}");
        }
    }

    #[test]
    fn in_api_v3_the_status_alone_decides_whether_a_notification_was_received() {
        let v3 =
            |status, took_ms| judge(&replied(status, r#"{"code":"FAIL"}"#, took_ms), Generation::V3Global).0;
        assert!(v3(200, 5000) && v3(204, 1));
        assert!(!v3(200, 5001) && !v3(201, 1) && !v3(302, 1) && !v3(500, 1));
    }

    #[test]
    fn a_delivery_under_way_is_not_handed_out_twice_and_is_due_again_after_a_restart() {
        let mut outbox = outbox();
        assert_eq!(outbox.take_due(0).len(), 1);
        assert_eq!(outbox.take_due(1_000_000).len(), 0);
        outbox.resume(5);
        assert_eq!(outbox.take_due(5).len(), 1);
    }
}
