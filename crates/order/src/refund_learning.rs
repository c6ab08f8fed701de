//! Learning of refunds made elsewhere, for instance by hand in WeChat Pay's merchant platform.
//!
//! Three things say that a payment may have refunds this order did not ask for: a query with the state
//! REFUND, a refund notification with an unknown number, a refusal because all is refunded. Then we ask the
//! gateway for all refunds of the payment, ten at a time (protocol §7.5), and add each unknown one to the
//! ledger.

use gateway::TransactionId;
use serde::{Deserialize, Serialize};

use crate::refund::{DAY_MS, QUERY_PAUSES_MS, pause_ms};

/// How many hints with an unknown number may prompt a question that finds nothing new. Hints prove nothing:
/// without a limit, a stranger with old messages could make the order ask for ever.
const MAX_HINTS: u32 = 16;

/// After this long without a clear answer we stop asking, and a person is told.
const END_MS: i64 = DAY_MS;

/// If a list is wanted once more while we ask for it, we ask again after this long.
const AGAIN_AFTER_MS: i64 = 60_000;

/// How many refunds the gateway lists at a time (protocol §7.5).
const PAGE: usize = 10;

/// How often *no refund* is taken to mean *not visible yet*.
const NOT_VISIBLE_TRIES: u32 = 4;

/// What the order must learn.
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
    /// How many refunds of it the gateway has listed so far.
    offset: u32,
    tries: u32,
    since_ms: i64,
    due_at_ms: i64,
}

impl Learning {
    /// Whether there never was anything to learn.
    pub(crate) fn is_idle(&self) -> bool {
        *self == Self::default()
    }

    /// Asks for the refunds of this payment, beginning with the first one.
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

    /// The same because of a mere hint. True if we follow it. `asked_now`: the list is being asked for at
    /// this moment. That answer may miss the refund of this hint, so we ask once more after it.
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

    /// Whether the list is wanted once more. If so, this answer completes the first of the two requests.
    fn is_wanted_again(&mut self, of: &TransactionId) -> bool {
        let of_it = |wanted: &Wanted| wanted.of == *of;
        let again = self.payments.iter().filter(|wanted| of_it(wanted)).count() > 1;
        if again && let Some(first) = self.payments.iter().position(of_it) {
            self.payments.remove(first);
        }
        again
    }

    /// A hint about an order without a known payment. True if we follow it.
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

    /// The gateway listed this many refunds, of all that the payment has.
    pub(crate) fn listed(&mut self, of: &TransactionId, now_ms: i64, listed: usize, in_all: Option<u64>) {
        if self.is_wanted_again(of) {
            return;
        }
        let full = listed >= PAGE;
        let listed = u32::try_from(listed).unwrap_or(u32::MAX);
        let Some(wanted) = self.payments.iter_mut().find(|wanted| wanted.of == *of) else { return };
        wanted.offset = wanted.offset.saturating_add(listed);
        // Without a total, a full page may be followed by another one.
        let more = listed > 0 && in_all.map_or(full, |in_all| u64::from(wanted.offset) < in_all);
        if more {
            wanted.tries = 0;
            wanted.due_at_ms = now_ms;
        } else {
            self.done(of);
        }
    }

    /// The gateway knows no refund of the payment: not visible yet, or it has none. After some have been
    /// listed, it means that no more follow.
    pub(crate) fn none_found(&mut self, of: &TransactionId, now_ms: i64) {
        if self.payments.iter().any(|wanted| wanted.of == *of && wanted.offset > 0) {
            self.done(of);
        } else {
            self.wait(of, now_ms, NOT_VISIBLE_TRIES);
        }
    }

    /// We learned something, so a hint may have been right. It does not count towards the limit.
    pub(crate) fn hint_was_right(&mut self) {
        self.hints = self.hints.saturating_sub(1);
    }

    /// No clear answer. True if we give up.
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

    /// There is nothing more to learn about this payment.
    pub(crate) fn done(&mut self, of: &TransactionId) {
        self.payments.retain(|wanted| wanted.of != *of);
    }

    /// Moments noted by a clock that ran ahead must not delay the questions after it is put right.
    pub(crate) fn keep_within_reach(&mut self, now_ms: i64) {
        for wanted in &mut self.payments {
            wanted.since_ms = wanted.since_ms.min(now_ms);
            wanted.due_at_ms = wanted.due_at_ms.min(now_ms.saturating_add(DAY_MS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_772_337_600_000;

    fn payment(number: &str) -> TransactionId {
        TransactionId::new(number).unwrap()
    }

    fn wanting(now_ms: i64) -> Learning {
        let mut learning = Learning::default();
        learning.want(&payment("42"), now_ms);
        learning
    }

    /// When the next question is due, and from which refund on.
    fn next(learning: &Learning) -> Option<(i64, u32)> {
        learning.next().map(|(due_at_ms, _, offset)| (due_at_ms, offset))
    }

    #[test]
    fn the_list_is_asked_for_page_by_page_until_all_are_listed() {
        let mut learning = wanting(NOW_MS);
        assert_eq!(next(&learning), Some((NOW_MS, 0)));
        learning.listed(&payment("42"), NOW_MS + 1, 10, Some(12));
        assert_eq!(next(&learning), Some((NOW_MS + 1, 10)));
        learning.listed(&payment("42"), NOW_MS + 2, 2, Some(12));
        assert_eq!(next(&learning), None);
    }

    #[test]
    fn an_empty_page_or_one_that_is_not_full_is_the_last() {
        for (listed, in_all) in [(0, Some(12)), (0, None), (9, None), (12, Some(12)), (13, Some(12))] {
            let mut learning = wanting(NOW_MS);
            learning.listed(&payment("42"), NOW_MS, listed, in_all);
            assert_eq!(next(&learning), None, "{listed} of {in_all:?}");
        }
    }

    #[test]
    fn an_unclear_answer_is_asked_for_again_ever_more_rarely_for_a_day() {
        let mut learning = wanting(NOW_MS);
        let (mut now_ms, mut pauses) = (NOW_MS, vec![]);
        while !learning.unclear(&payment("42"), now_ms) {
            let (due_at_ms, _) = next(&learning).unwrap();
            pauses.push(due_at_ms - now_ms);
            now_ms = due_at_ms;
        }
        assert_eq!(pauses, QUERY_PAUSES_MS);
        assert!(now_ms - NOW_MS >= END_MS);
        assert_eq!(next(&learning), None);
        assert!(!learning.unclear(&payment("42"), now_ms), "it is given up once");
    }

    #[test]
    fn no_refund_is_believed_after_a_few_looks() {
        let mut learning = wanting(NOW_MS);
        let mut looks = 0;
        while let Some((due_at_ms, _)) = next(&learning) {
            learning.none_found(&payment("42"), due_at_ms);
            looks += 1;
        }
        assert_eq!(looks, 5);
    }

    #[test]
    fn each_payment_is_asked_about_separately_and_the_first_due_comes_first() {
        let mut learning = wanting(NOW_MS);
        learning.want(&payment("43"), NOW_MS - 1);
        assert_eq!(learning.next().unwrap().1, &payment("43"));
        learning.none_found(&payment("43"), NOW_MS);
        assert_eq!(learning.next().unwrap().1, &payment("42"));
        learning.listed(&payment("42"), NOW_MS, 0, None);
        assert_eq!(learning.next().unwrap().1, &payment("43"));
        // When asked for again, it begins at the first refund.
        learning.want(&payment("43"), NOW_MS + 7);
        assert_eq!(next(&learning), Some((NOW_MS + 7, 0)));
    }

    #[test]
    fn hints_are_followed_sixteen_times_in_all() {
        let mut learning = Learning::default();
        assert!(learning.is_idle() && !learning.was_hinted());
        assert!(learning.hint(&payment("42"), NOW_MS, false) && learning.was_hinted());
        for _ in 0..14 {
            assert!(learning.hint_without_payment());
        }
        assert!(learning.hint(&payment("43"), NOW_MS, false));
        assert!(!learning.hint(&payment("44"), NOW_MS, false) && !learning.hint_without_payment());
    }

    #[test]
    fn a_hint_during_the_list_query_asks_for_the_list_once_more() {
        let mut learning = wanting(NOW_MS);
        assert!(learning.hint(&payment("42"), NOW_MS, true));
        assert!(!learning.hint(&payment("42"), NOW_MS, true), "once more is enough");
        learning.listed(&payment("42"), NOW_MS + 1, 1, Some(1));
        assert_eq!(next(&learning), Some((NOW_MS + AGAIN_AFTER_MS, 0)));
        learning.listed(&payment("42"), NOW_MS + AGAIN_AFTER_MS, 2, Some(2));
        assert_eq!(next(&learning), None);
    }

    #[test]
    fn a_clock_that_ran_ahead_stops_no_question_for_longer_than_a_day() {
        let mut learning = wanting(NOW_MS + 30 * DAY_MS);
        learning.keep_within_reach(NOW_MS);
        assert_eq!(next(&learning), Some((NOW_MS + DAY_MS, 0)));
        assert!(!learning.unclear(&payment("42"), NOW_MS + DAY_MS - 1), "the day is counted from now");
    }
}
