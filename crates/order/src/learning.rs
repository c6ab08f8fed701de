//! Learning of refunds that were made elsewhere, for instance by hand in WeChat Pay's merchant platform.
//!
//! Something says that a payment has refunds this order did not ask for: a query with the state REFUND, a
//! refund's notification with an unknown number, a refusal because all is refunded. Then the gateway is asked for
//! all refunds of the payment, ten at a time (protocol §7.5), and each unknown one goes into the ledger.

use serde::{Deserialize, Serialize};
use wire::TransactionId;

use crate::refund::{DAY_MS, QUERY_PAUSES_MS, pause_ms};

/// So many hints with an unknown number may each prompt a question that leads to nothing new. Hints prove nothing:
/// without a limit a stranger with old messages could make the order ask for ever.
const MAX_HINTS: u32 = 16;

/// After this long without a clear answer the gateway is not asked any more. The exception that a person
/// sees was raised before.
const END_MS: i64 = DAY_MS;

/// The gateway lists so many refunds at a time (protocol §7.5).
const PAGE: usize = 10;

/// How often *no refund* is believed to mean *not visible yet*.
const NOT_VISIBLE_TRIES: u32 = 4;

/// What is to be learned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Learning {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    payments: Vec<Wanted>,
    #[serde(default)]
    hints: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    of: TransactionId,
    /// How many refunds of it the gateway has listed already.
    offset: u32,
    tries: u32,
    since_ms: i64,
    due_at_ms: i64,
}

impl Learning {
    /// Whether nothing was ever to be learned.
    pub(crate) fn is_idle(&self) -> bool {
        *self == Self::default()
    }

    /// The refunds of this payment are to be learned, from the first one on.
    pub(crate) fn want(&mut self, of: &TransactionId, now_ms: i64) {
        self.payments.retain(|wanted| wanted.of != *of);
        self.payments.push(Wanted {
            of: of.clone(),
            offset: 0,
            tries: 0,
            since_ms: now_ms,
            due_at_ms: now_ms,
        });
    }

    /// The same because of a mere hint. Says whether it is followed.
    pub(crate) fn hint(&mut self, of: &TransactionId, now_ms: i64) -> bool {
        if self.hints >= MAX_HINTS || self.payments.iter().any(|wanted| wanted.of == *of) {
            return false;
        }
        self.hints = self.hints.saturating_add(1);
        self.want(of, now_ms);
        true
    }

    /// A hint about an order of which no payment is known. Says whether it is followed.
    pub(crate) fn hint_without_payment(&mut self) -> bool {
        let followed = self.hints < MAX_HINTS;
        if followed {
            self.hints = self.hints.saturating_add(1);
        }
        followed
    }

    /// The first thing to ask, and when: `(when, payment, offset)`.
    pub(crate) fn next(&self) -> Option<(i64, &TransactionId, u32)> {
        self.payments
            .iter()
            .min_by_key(|wanted| wanted.due_at_ms)
            .map(|wanted| (wanted.due_at_ms, &wanted.of, wanted.offset))
    }

    /// The gateway listed so many refunds of all that the payment has.
    pub(crate) fn listed(&mut self, of: &TransactionId, now_ms: i64, listed: usize, in_all: Option<u64>) {
        let full = listed >= PAGE;
        let listed = u32::try_from(listed).unwrap_or(u32::MAX);
        let Some(wanted) = self.payments.iter_mut().find(|wanted| wanted.of == *of) else { return };
        wanted.offset = wanted.offset.saturating_add(listed);
        // Where the count is left out, a full page may have another one behind it.
        let more = listed > 0 && in_all.map_or(full, |in_all| u64::from(wanted.offset) < in_all);
        if more {
            wanted.tries = 0;
            wanted.due_at_ms = now_ms;
        } else {
            self.done(of);
        }
    }

    /// The gateway knows no refund of the payment: not visible yet, or there is none. Behind those that it has
    /// listed there is none.
    pub(crate) fn none_found(&mut self, of: &TransactionId, now_ms: i64) {
        if self.payments.iter().any(|wanted| wanted.of == *of && wanted.offset > 0) {
            self.done(of);
        } else {
            self.wait(of, now_ms, NOT_VISIBLE_TRIES);
        }
    }

    /// Something was learned, so a hint may have been right. It does not count against those that are followed.
    pub(crate) fn hint_was_right(&mut self) {
        self.hints = self.hints.saturating_sub(1);
    }

    /// No clear answer.
    pub(crate) fn unclear(&mut self, of: &TransactionId, now_ms: i64) {
        self.wait(of, now_ms, u32::MAX);
    }

    fn wait(&mut self, of: &TransactionId, now_ms: i64, max_tries: u32) {
        let Some(wanted) = self.payments.iter_mut().find(|wanted| wanted.of == *of) else { return };
        if wanted.tries >= max_tries || now_ms.saturating_sub(wanted.since_ms) >= END_MS {
            self.done(of);
            return;
        }
        wanted.due_at_ms = now_ms.saturating_add(pause_ms(wanted.tries, &QUERY_PAUSES_MS));
        wanted.tries = wanted.tries.saturating_add(1);
    }

    /// Nothing more is to be learned of this payment.
    pub(crate) fn done(&mut self, of: &TransactionId) {
        self.payments.retain(|wanted| wanted.of != *of);
    }

    /// Moments that a clock running ahead has noted must not stop the questions for as long.
    pub(crate) fn keep_within_reach(&mut self, now_ms: i64) {
        for wanted in &mut self.payments {
            wanted.since_ms = wanted.since_ms.min(now_ms);
            wanted.due_at_ms = wanted.due_at_ms.min(now_ms.saturating_add(DAY_MS));
        }
    }
}
