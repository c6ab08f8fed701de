//! Learning of refunds that were made elsewhere, for instance by hand in WeChat Pay's merchant platform.
//!
//! Something says that a payment has refunds this order did not ask for: a query with the state REFUND, a
//! refund's notification with an unknown number, a refusal because all is refunded. Then the gateway is asked for
//! all refunds of the payment, ten at a time (protocol §7.5), and each unknown one goes into the ledger.

use serde::{Deserialize, Serialize};
use wire::TransactionId;

use crate::refund::{DAY_MS, QUERY_PAUSES_MS, pause_ms};

/// So many hints with an unknown number may each prompt a question. Hints prove nothing: without a limit a
/// stranger with old messages could make the order ask for ever.
const MAX_HINTS: u32 = 16;

/// After this long without a clear answer the gateway is not asked any more. A person is told.
const END_MS: i64 = DAY_MS;

/// A list that is wanted once more while it is being asked for is asked for again after this long.
const AGAIN_AFTER_MS: i64 = 60_000;

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

    /// The same because of a mere hint. Says whether it is followed. `asked_now`: the list is being asked for. The
    /// refund hinted at may be missing in that answer, so the list is wanted once more after it.
    pub(crate) fn hint(&mut self, of: &TransactionId, now_ms: i64, asked_now: bool) -> bool {
        let wanted = self.payments.iter().filter(|wanted| wanted.of == *of).count();
        if self.hints >= MAX_HINTS || wanted > 1 {
            return false;
        }
        self.hints = self.hints.saturating_add(1);
        if asked_now && wanted == 1 {
            let due_at_ms = now_ms.saturating_add(AGAIN_AFTER_MS);
            self.payments.push(Wanted { of: of.clone(), offset: 0, tries: 0, since_ms: now_ms, due_at_ms });
        } else {
            self.want(of, now_ms);
        }
        true
    }

    /// Whether the list is wanted once more: then this answer ends the first of two wishes.
    fn is_wanted_again(&mut self, of: &TransactionId) -> bool {
        let of_it = |wanted: &Wanted| wanted.of == *of;
        let again = self.payments.iter().filter(|wanted| of_it(wanted)).count() > 1;
        if again && let Some(first) = self.payments.iter().position(of_it) {
            self.payments.remove(first);
        }
        again
    }

    /// A hint about an order of which no payment is known. Says whether it is followed.
    pub(crate) fn hint_without_payment(&mut self) -> bool {
        let followed = self.hints < MAX_HINTS;
        if followed {
            self.hints = self.hints.saturating_add(1);
        }
        followed
    }

    /// Whether there ever was a hint.
    pub(crate) fn was_hinted(&self) -> bool {
        self.hints > 0
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
        if self.is_wanted_again(of) {
            return;
        }
        let listed = u32::try_from(listed).unwrap_or(u32::MAX);
        let Some(wanted) = self.payments.iter_mut().find(|wanted| wanted.of == *of) else { return };
        wanted.offset = wanted.offset.saturating_add(listed);
        let more = listed > 0 && in_all.is_some_and(|in_all| u64::from(wanted.offset) < in_all);
        if more {
            wanted.tries = 0;
            wanted.due_at_ms = now_ms;
        } else {
            self.done(of);
        }
    }

    /// The gateway knows no refund of the payment: not visible yet, or there is none.
    pub(crate) fn none_found(&mut self, of: &TransactionId, now_ms: i64) {
        self.wait(of, now_ms, NOT_VISIBLE_TRIES);
    }

    /// No clear answer. Says whether it is given up.
    pub(crate) fn unclear(&mut self, of: &TransactionId, now_ms: i64) -> bool {
        self.wait(of, now_ms, u32::MAX)
    }

    fn wait(&mut self, of: &TransactionId, now_ms: i64, max_tries: u32) -> bool {
        if self.is_wanted_again(of) {
            return false;
        }
        let Some(wanted) = self.payments.iter_mut().find(|wanted| wanted.of == *of) else { return false };
        if wanted.tries >= max_tries || now_ms.saturating_sub(wanted.since_ms) >= END_MS {
            self.done(of);
            return true;
        }
        wanted.due_at_ms = now_ms.saturating_add(pause_ms(wanted.tries, &QUERY_PAUSES_MS));
        wanted.tries = wanted.tries.saturating_add(1);
        false
    }

    fn done(&mut self, of: &TransactionId) {
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
