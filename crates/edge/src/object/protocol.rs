//! What a route may ask of an order's object, and how it travels. Pure.
//!
//! A request travels as a method, a path, a header and a body: in a call of `OrderObject.ask`
//! (`js/entry.mjs`), or by `fetch` if it opens a socket or if the route or the object is of a version without
//! that call. Both ends, [`ObjectRequest::into_request`] and [`ObjectRequest::from_request`], are here, side
//! by side. No other file knows a path.
//!
//! **The travelling form never changes.** During a deployment an older route asks a newer object, and a newer
//! route asks an older object. So a variant may get a better name, but its path, its body and the status of
//! its answer stay the same (`Wake` travels as `/poke`). A new request gets a new path. An older object
//! answers it with a 500 ([`Misread::NoSuchRequest`] in its log), and the same request may be repeated.

use gateway::RefundAccount;
use order::DetailsText;
use serde::{Deserialize, Serialize};
use wire::v2::{Body, ProductId};
use wire::{Money, OutRefundNo, OutTradeNo};

/// What a route may ask. If there is no such order the answer is a 404 problem, unless the variant says
/// otherwise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ObjectRequest {
    /// Makes the order, unless it exists. 201 or 200 with the page's JSON; 409 problem.
    Place(Box<Place>),
    /// Finds the order that was placed with this fingerprint. Does not make one. 200 with the page's JSON;
    /// 409 problem.
    Find {
        /// [`Place::fingerprint`].
        fingerprint: String,
    },
    /// The page looks. 200 with the page's JSON, or 304.
    View {
        /// The page's `If-None-Match`.
        etag: Option<String>,
    },
    /// The page opens a socket, which gets the page's JSON on every change. 101; 429 problem.
    Live,
    /// The page without a script. 200 with HTML.
    Page {
        /// The header `Accept-Language`.
        languages: String,
    },
    /// The shopper cancels the order. 200 with the page's JSON.
    Cancel,
    /// A browser asks for a file that was bought. What the answers mean is said in `object/download.rs`.
    Download(AskedDownload),
    /// The merchant allows more downloads. 200 with everything, or a problem.
    AllowDownloads,
    /// 200 with everything, for the merchant.
    History,
    /// 200 with the webhooks that wait and those that were given up.
    Webhooks,
    /// 200 with what a bill can be compared with, in the form of `books::Known`.
    Facts,
    /// Asks WeChat Pay now. 200 with everything, or a problem.
    QueryNow,
    /// The merchant withdraws the order. 200 with everything, or a problem.
    Withdraw,
    /// Makes a refund; this is the merchant's JSON as it came. 200 with everything, or a problem.
    Refund(Vec<u8>),
    /// 200 with everything, or a problem.
    RetryRefund(RetryRefund),
    /// 200 with everything, or a problem.
    WithdrawRefund(WithdrawRefund),
    /// 200 with everything, or a problem.
    Redeliver(Redeliver),
    /// 200 with everything, or a problem.
    AttentionDone(AttentionDone),
    /// A person's data is removed. 200 with everything; 404 problem also if the order was archived.
    ForgetPerson,
    /// The order does what it would do at an alarm. 204; 404: there is no such order; 410: it was archived.
    Wake {
        /// The version of the order's row in the index. An older sweep does not give it.
        index_version: Option<u64>,
    },
    /// A message about the order did not verify. 204, also if there is no such order.
    Suspect(Vec<u8>),
    /// A refund's notification came. 204, also if there is no such order or refund.
    NotifyRefund(OutRefundNo),
    /// A message that the route has verified, as it came. 204 if it is stored.
    Notify(Vec<u8>),
    /// The same by API v3, with what was inside ([`Vouched`](crate::v3::vouched::Vouched)).
    NotifyV3(Vec<u8>),
    /// To the count of an offer: an order wants a place. 204: it has one; 409: there is none left.
    TakePlace(TakePlace),
}

/// A request in its travelling form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Travelling {
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    /// Which request it is.
    pub(crate) path: &'static str,
    /// A name and a value.
    pub(crate) header: Option<(&'static str, String)>,
    /// The body of a `POST`.
    pub(crate) body: Option<Vec<u8>>,
}

/// Why an object does not understand a request.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misread {
    /// No request has this path. It comes from another version of the Worker.
    #[error("an order object has no route {0}")]
    NoSuchRequest(String),
    /// The body does not have the form that belongs to this path.
    #[error("the body of {path} cannot be read: {why}")]
    Body {
        /// The path.
        path: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// The header with the name of the merchant's key that a request is made with. An older object ignores it.
pub(crate) const KEY_HEADER: &str = "merchant-key";

impl Travelling {
    /// The same with the name of the key, which takes the place of the header. No request of the merchant has
    /// another one.
    pub(crate) fn in_the_name_of(mut self, key: Option<&str>) -> Self {
        if let Some(key) = key {
            self.header = Some((KEY_HEADER, key.to_owned()));
        }
        self
    }
}

impl ObjectRequest {
    /// The travelling form.
    pub(crate) fn into_request(self) -> Result<Travelling, serde_json::Error> {
        let get = |path, header| Travelling { method: "GET", path, header, body: None };
        let post = |path, body| Travelling { method: "POST", path, header: None, body };
        Ok(match self {
            Self::Place(place) => post("/place", Some(serde_json::to_vec(&place)?)),
            Self::Find { fingerprint } => post("/find", Some(fingerprint.into_bytes())),
            Self::View { etag } => get("/view", etag.map(|etag| ("if-none-match", etag))),
            Self::Live => get("/live", Some(("upgrade", "websocket".to_owned()))),
            Self::Page { languages } => post("/page", Some(languages.into_bytes())),
            Self::Cancel => post("/cancel", None),
            Self::Download(asked) => post("/download", Some(asked.text().into_bytes())),
            Self::AllowDownloads => post("/downloads-allow", None),
            Self::History => get("/history", None),
            Self::Webhooks => get("/webhooks", None),
            Self::Facts => get("/facts", None),
            Self::QueryNow => post("/query", None),
            Self::Withdraw => post("/withdraw", None),
            Self::Refund(json) => post("/refund", Some(json)),
            Self::RetryRefund(retry) => post("/refund-retry", Some(serde_json::to_vec(&retry)?)),
            Self::WithdrawRefund(withdraw) => post("/refund-withdraw", Some(serde_json::to_vec(&withdraw)?)),
            Self::Redeliver(redeliver) => post("/redeliver", Some(serde_json::to_vec(&redeliver)?)),
            Self::AttentionDone(done) => post("/attention-done", Some(serde_json::to_vec(&done)?)),
            Self::ForgetPerson => post("/forget-person", None),
            Self::Wake { index_version } => {
                post("/poke", index_version.map(|version| version.to_string().into_bytes()))
            }
            Self::Suspect(message) => post("/suspect", Some(message)),
            Self::NotifyRefund(number) => post("/notify-refund", Some(number.as_str().as_bytes().to_vec())),
            Self::Notify(message) => post("/notify", Some(message)),
            Self::NotifyV3(message) => post("/notify-v3", Some(message)),
            Self::TakePlace(place) => post("/offer-take", Some(place.text().into_bytes())),
        })
    }

    /// Reads the travelling form. The path alone says which request it is, as it always did.
    /// The header of every request but [`Self::View`] is the name of a key of the merchant's.
    pub(crate) fn from_request(path: &str, etag: Option<String>, body: Vec<u8>) -> Result<Self, Misread> {
        Ok(match path {
            "/place" => Self::Place(Box::new(json("/place", &body)?)),
            "/find" => Self::Find { fingerprint: text(&body) },
            "/view" => Self::View { etag },
            "/live" => Self::Live,
            "/page" => Self::Page { languages: text(&body) },
            "/cancel" => Self::Cancel,
            "/download" => Self::Download(asked_download("/download", &body)?),
            "/downloads-allow" => Self::AllowDownloads,
            "/history" => Self::History,
            "/webhooks" => Self::Webhooks,
            "/facts" => Self::Facts,
            "/query" => Self::QueryNow,
            "/withdraw" => Self::Withdraw,
            "/refund" => Self::Refund(body),
            "/refund-retry" => Self::RetryRefund(json("/refund-retry", &body)?),
            "/refund-withdraw" => Self::WithdrawRefund(json("/refund-withdraw", &body)?),
            "/redeliver" => Self::Redeliver(json("/redeliver", &body)?),
            "/attention-done" => Self::AttentionDone(json("/attention-done", &body)?),
            "/forget-person" => Self::ForgetPerson,
            "/poke" => Self::Wake { index_version: text(&body).parse().ok() },
            "/suspect" => Self::Suspect(body),
            "/notify-refund" => Self::NotifyRefund(refund_number("/notify-refund", &body)?),
            "/notify" => Self::Notify(body),
            "/notify-v3" => Self::NotifyV3(body),
            "/offer-take" => Self::TakePlace(place("/offer-take", &body)?),
            unknown => return Err(Misread::NoSuchRequest(unknown.to_owned())),
        })
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn json<'a, T: Deserialize<'a>>(path: &'static str, body: &'a [u8]) -> Result<T, Misread> {
    crate::json::read(body).map_err(|error| Misread::Body { path, why: error.to_string() })
}

fn place(path: &'static str, body: &[u8]) -> Result<TakePlace, Misread> {
    TakePlace::read(&text(body)).ok_or_else(|| Misread::Body { path, why: "not a place".into() })
}

fn asked_download(path: &'static str, body: &[u8]) -> Result<AskedDownload, Misread> {
    AskedDownload::read(&text(body)).ok_or_else(|| Misread::Body { path, why: "not a download".into() })
}

fn refund_number(path: &'static str, body: &[u8]) -> Result<OutRefundNo, Misread> {
    OutRefundNo::new(&text(body)).map_err(|_| Misread::Body { path, why: "not a refund number".into() })
}

/// A priced cart or offer.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The order number, which is also the object's name.
    pub(crate) number: OutTradeNo,
    /// What it costs.
    pub(crate) total: Money,
    /// `body`.
    pub(crate) description: Body,
    /// `product_id`.
    pub(crate) product_id: ProductId,
    /// What was bought and said. An older route does not give it, and an older object does not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<DetailsText>,
    /// Distinguishes a repeated order request from another one under the same key.
    pub(crate) fingerprint: String,
    /// How long it can be paid. `None`: as long as the configuration says. An older object does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) life_ms: Option<i64>,
}

/// A place among the orders that an offer may make. It travels as three words: JSON would cost two kilobytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TakePlace {
    /// The number of the order.
    pub(crate) number: String,
    /// How many orders the offer may make in all.
    pub(crate) max_orders: u32,
    /// When the count may be forgotten, in seconds since 1970.
    pub(crate) forget_at_s: u32,
}

impl TakePlace {
    fn text(&self) -> String {
        format!("{} {} {}", self.max_orders, self.forget_at_s, self.number)
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let max_orders = words.next()?.parse().ok()?;
        let forget_at_s = words.next()?.parse().ok()?;
        Some(Self { number: words.next()?.to_owned(), max_orders, forget_at_s })
    }
}

/// A request for a file that was bought. It travels as four lines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AskedDownload {
    /// The line of the order, counted from 1.
    pub(crate) line: u16,
    /// Whether only the headers are asked for.
    pub(crate) is_head: bool,
    /// The header `Range`, or nothing.
    pub(crate) range: String,
    /// The header `If-Range`, or nothing.
    pub(crate) if_range: String,
}

impl AskedDownload {
    fn text(&self) -> String {
        let Self { line, is_head, range, if_range } = self;
        format!("{line}\n{}\n{range}\n{if_range}", u8::from(*is_head))
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.splitn(4, '\n');
        let line = lines.next()?.parse().ok()?;
        let is_head = lines.next()? == "1";
        Some(Self { line, is_head, range: lines.next()?.to_owned(), if_range: lines.next()?.to_owned() })
    }
}

/// Sends a webhook once more after it was given up.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redeliver {
    /// The id of the webhook.
    pub(crate) id: String,
}

/// A person has dealt with an exception.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttentionDone {
    /// The exception's number within its order.
    pub(crate) id: u32,
}

/// Tries a refund again now, or asks about it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RetryRefund {
    /// The merchant's number of it.
    pub(crate) out_refund_no: String,
    /// The account that pays it from now on, if that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refund_account: Option<RefundAccount>,
}

/// Withdraws a refund that WeChat Pay has not accepted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WithdrawRefund {
    /// The merchant's number of it.
    pub(crate) out_refund_no: String,
}

#[cfg(test)]
mod tests {
    use wire::Currency;

    use super::*;

    fn place(details: Option<DetailsText>) -> ObjectRequest {
        ObjectRequest::Place(Box::new(Place {
            number: OutTradeNo::new("HK20260301A0001").unwrap(),
            total: Money::new(8800, Currency::HKD),
            description: Body::new("Tea").unwrap(),
            product_id: ProductId::new("tea").unwrap(),
            details,
            fingerprint: "f1".into(),
            life_ms: None,
        }))
    }

    fn retry(refund_account: Option<RefundAccount>) -> ObjectRequest {
        ObjectRequest::RetryRefund(RetryRefund { out_refund_no: "R|1".into(), refund_account })
    }

    fn get(path: &'static str, header: Option<(&'static str, &str)>) -> Travelling {
        let header = header.map(|(name, value)| (name, value.to_owned()));
        Travelling { method: "GET", path, header, body: None }
    }

    fn post(path: &'static str, body: Option<&str>) -> Travelling {
        Travelling { method: "POST", path, header: None, body: body.map(|body| body.as_bytes().to_vec()) }
    }

    /// Every request and its travelling form, letter by letter. Workers of other versions send and read these
    /// during a deployment.
    fn every() -> Vec<(ObjectRequest, Travelling)> {
        use ObjectRequest as Asked;
        let placed = r#"{"number":"HK20260301A0001","total":{"minor":8800,"currency":"HKD"},"description":"Tea","product_id":"tea","fingerprint":"f1"}"#;
        let placed_with = r#"{"number":"HK20260301A0001","total":{"minor":8800,"currency":"HKD"},"description":"Tea","product_id":"tea","details":{"lines":[]},"fingerprint":"f1"}"#;
        let details = DetailsText::from_stored(r#"{"lines":[]}"#.into());
        let withdraw = WithdrawRefund { out_refund_no: "R1".into() };
        let other_account = r#"{"out_refund_no":"R|1","refund_account":"available_balance"}"#;
        vec![
            (place(None), post("/place", Some(placed))),
            (place(Some(details)), post("/place", Some(placed_with))),
            (Asked::Find { fingerprint: "f1".into() }, post("/find", Some("f1"))),
            (Asked::View { etag: None }, get("/view", None)),
            (Asked::View { etag: Some("\"7\"".into()) }, get("/view", Some(("if-none-match", "\"7\"")))),
            (Asked::Live, get("/live", Some(("upgrade", "websocket")))),
            (Asked::Page { languages: "zh-HK".into() }, post("/page", Some("zh-HK"))),
            (Asked::Cancel, post("/cancel", None)),
            (Asked::History, get("/history", None)),
            (Asked::Webhooks, get("/webhooks", None)),
            (Asked::QueryNow, post("/query", None)),
            (Asked::Withdraw, post("/withdraw", None)),
            (Asked::Refund(b"{\"a\":1".into()), post("/refund", Some("{\"a\":1"))),
            (retry(None), post("/refund-retry", Some(r#"{"out_refund_no":"R|1"}"#))),
            (retry(Some(RefundAccount::AvailableBalance)), post("/refund-retry", Some(other_account))),
            (Asked::WithdrawRefund(withdraw), post("/refund-withdraw", Some(r#"{"out_refund_no":"R1"}"#))),
            (Asked::Redeliver(Redeliver { id: "H-7".into() }), post("/redeliver", Some(r#"{"id":"H-7"}"#))),
            (Asked::AttentionDone(AttentionDone { id: 3 }), post("/attention-done", Some(r#"{"id":3}"#))),
            (Asked::Wake { index_version: Some(7) }, post("/poke", Some("7"))),
            (Asked::Wake { index_version: None }, post("/poke", None)),
            (Asked::Suspect(b"<xml>".into()), post("/suspect", Some("<xml>"))),
            (Asked::NotifyRefund(OutRefundNo::new("R1").unwrap()), post("/notify-refund", Some("R1"))),
            (Asked::Notify(b"<xml/>".into()), post("/notify", Some("<xml/>"))),
            (Asked::ForgetPerson, post("/forget-person", None)),
            (
                Asked::TakePlace(TakePlace { number: "H1".into(), max_orders: 3, forget_at_s: 5 }),
                post("/offer-take", Some("3 5 H1")),
            ),
            (Asked::Facts, get("/facts", None)),
            (
                Asked::Download(AskedDownload {
                    line: 2,
                    is_head: true,
                    range: "bytes=1-".into(),
                    if_range: "\"e\"".into(),
                }),
                post("/download", Some("2\n1\nbytes=1-\n\"e\"")),
            ),
            (Asked::AllowDownloads, post("/downloads-allow", None)),
            (Asked::NotifyV3(b"t\n".into()), post("/notify-v3", Some("t\n"))),
        ]
    }

    /// A new variant does not compile until it has a number here, and [`every`] must then have it.
    fn number_of(request: &ObjectRequest) -> usize {
        use ObjectRequest as Asked;
        match request {
            Asked::Place(_) => 0,
            Asked::Find { .. } => 1,
            Asked::View { .. } => 2,
            Asked::Live => 3,
            Asked::Page { .. } => 4,
            Asked::Cancel => 5,
            Asked::History => 6,
            Asked::Webhooks => 7,
            Asked::QueryNow => 8,
            Asked::Withdraw => 9,
            Asked::Refund(_) => 10,
            Asked::RetryRefund(_) => 11,
            Asked::WithdrawRefund(_) => 12,
            Asked::Redeliver(_) => 13,
            Asked::AttentionDone(_) => 14,
            Asked::Wake { .. } => 15,
            Asked::Suspect(_) => 16,
            Asked::NotifyRefund(_) => 17,
            Asked::Notify(_) => 18,
            Asked::ForgetPerson => 19,
            Asked::TakePlace(_) => 20,
            Asked::Facts => 21,
            Asked::Download(_) => 22,
            Asked::AllowDownloads => 23,
            Asked::NotifyV3(_) => 24,
        }
    }

    #[test]
    fn every_request_travels_in_the_form_that_workers_of_other_versions_know() {
        for (request, form) in every() {
            assert_eq!(request.into_request().unwrap(), form);
        }
    }

    #[test]
    fn every_request_comes_back_from_its_travelling_form() {
        let mut numbers = Vec::new();
        for (request, Travelling { path, header, body, .. }) in every() {
            let etag = header.filter(|(name, _)| *name == "if-none-match").map(|(_, value)| value);
            let read = ObjectRequest::from_request(path, etag, body.unwrap_or_default());
            numbers.push(number_of(&request));
            assert_eq!(read, Ok(request));
        }
        numbers.dedup();
        assert_eq!(numbers, (0..=24).collect::<Vec<_>>(), "each variant is among them");
    }

    #[test]
    fn what_another_version_asks_for_is_told_by_its_path() {
        let read = |path, body: &str| ObjectRequest::from_request(path, None, body.into());
        assert_eq!(
            read("/of-next-year", "").unwrap_err().to_string(),
            "an order object has no route /of-next-year"
        );
        let refused = read("/notify-refund", "").unwrap_err().to_string();
        assert_eq!(refused, "the body of /notify-refund cannot be read: not a refund number");
        assert!(matches!(read("/place", "{}"), Err(Misread::Body { path: "/place", .. })));
    }
}
