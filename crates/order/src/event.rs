//! The rows of the append-only event log: who did what, when, and the hash of the raw message.
//!
//! The order says what to append and never reads its log. Nothing here is secret: no keys, no `openid`, no
//! `code_url`.

use std::fmt;

use gateway::{CallName, OutRefundNo, TransactionId};
use serde::{Deserialize, Serialize};

use crate::{ExceptionKind, RefundStatus};

/// SHA-256 of a raw message. It matches a row of the log with a stored or captured message, without the
/// message in the log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RawHash([u8; 32]);

/// One row of the event log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Counts the events of this order from 1, without gaps.
    pub seq: u64,
    /// When, by the clock of the process that holds the order.
    pub at_ms: i64,
    /// Who caused it.
    pub who: Who,
    /// The name of the merchant's key that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What happened.
    pub what: What,
    /// The raw message that said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawHash>,
}

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The page of the shopper.
    Shopper,
    /// The merchant, by its back office or its systems.
    Merchant,
    /// WeChat Pay: an answer, a verified notification, or the hint of a refund notification.
    Gateway,
    /// The sender of a message that did not verify.
    Stranger,
    /// Our own program: a timer, a delivery, the sweep or a restart.
    Clock,
}

/// What happens to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum What {
    /// The order was made.
    Placed,
    /// We began a call to the gateway.
    CallBegun {
        /// Its attempt number.
        attempt: u64,
        /// Which call.
        call: CallName,
    },
    /// The call ended, with an answer or without.
    CallEnded {
        /// Its attempt number.
        attempt: u64,
        /// Which call.
        call: CallName,
        /// The result in a few words.
        result: String,
    },
    /// The state changed.
    StateChanged {
        /// From this state.
        from: String,
        /// To this one, with its reason.
        to: String,
    },
    /// A verified payment notification came.
    Notified {
        /// The payment it told of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_id: Option<TransactionId>,
        /// What the order made of it, in a word or two.
        result: String,
    },
    /// A message came that did not verify.
    Suspected,
    /// An exception was raised.
    ExceptionRaised {
        /// Which.
        kind: ExceptionKind,
        /// About which payment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_id: Option<TransactionId>,
        /// What was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// The shopper or the merchant cancelled.
    CancelRequested,
    /// A notification came that the gateway signed and that we cannot read. We keep it.
    Unreadable {
        /// What is wrong with it.
        why: String,
    },
    /// A person marked an exception done.
    ExceptionDone {
        /// Which one.
        id: u32,
    },
    /// The merchant asked for a query.
    QueryRequested,
    /// The merchant asked for a refund.
    RefundRequested {
        /// The merchant's number of the refund.
        out_refund_no: OutRefundNo,
        /// How much, in the payment's currency.
        amount_minor: u64,
    },
    /// The gateway hinted that a refund changed.
    RefundHinted {
        /// The refund's number at the gateway.
        out_refund_no: OutRefundNo,
    },
    /// The merchant wants a refund to be tried, or asked about, now.
    RefundRetried {
        /// The merchant's number of the refund.
        out_refund_no: OutRefundNo,
    },
    /// Somebody else may have made refunds, so we ask the gateway.
    RefundsWanted {
        /// The payment.
        transaction_id: TransactionId,
    },
    /// We learned of a refund that somebody else made.
    RefundLearned {
        /// The refund's number at the gateway. Somebody else chose it.
        out_refund_no: OutRefundNo,
        /// How much, in the payment's currency.
        amount_minor: u64,
        /// How far it is.
        status: RefundStatus,
    },
    /// A refund changed.
    RefundChanged {
        /// The refund's number: the merchant's own, or the one at the gateway for a refund made elsewhere.
        out_refund_no: OutRefundNo,
        /// How far it is now.
        status: RefundStatus,
        /// What the gateway said, unless it succeeded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// A person's data was removed from what is kept beside the payment.
    PersonForgotten,
    /// The shopper's browser began to download a file of the order, for the first time. Later downloads are
    /// only counted.
    Delivered {
        /// The line of the order, counted from 1.
        line: u16,
        /// The file.
        file: String,
    },
    /// The merchant allowed more downloads.
    DownloadsAllowed,
    /// We gave a message of the outbox up: nobody accepted it, the receiver wants no more, or newer messages
    /// needed its place. We do not send it again unasked.
    DeliveryGivenUp {
        /// The message.
        id: String,
        /// What the receiver answered last, or what prevented an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The merchant wants a webhook sent again.
    RedeliveryRequested {
        /// The webhook.
        id: String,
    },
}

impl RawHash {
    /// From the 32 bytes of SHA-256.
    #[must_use]
    pub fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }
}

impl fmt::Display for RawHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RawHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawHash({self})")
    }
}

impl Serialize for RawHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RawHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let malformed = || serde::de::Error::custom("a hash is 64 hex digits");
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(malformed());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| malformed())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_stored_in_this_form() {
        let event = Event {
            seq: 3,
            at_ms: 1_772_337_600_000,
            who: Who::Gateway,
            key: None,
            what: What::Notified {
                transaction_id: Some(TransactionId::new("4200000000202603010000000001").unwrap()),
                result: "paid".into(),
            },
            raw: Some(RawHash::new([0xab; 32])),
        };
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(
            json,
            format!(
                r#"{{"seq":3,"at_ms":1772337600000,"who":"gateway","what":{{"name":"notified","transaction_id":"4200000000202603010000000001","result":"paid"}},"raw":"{}"}}"#,
                "ab".repeat(32)
            )
        );
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }

    #[test]
    fn a_hash_of_another_length_is_refused() {
        assert!(serde_json::from_str::<RawHash>(r#""abcd""#).is_err());
        assert!(serde_json::from_str::<RawHash>(&format!("\"{}\"", "é".repeat(32))).is_err());
    }
}
