//! One event of an order as one line of the log, and as one point of the metrics. Pure.
//!
//! The line is JSON, so that a log can be searched by order number, by event and by outcome. It has what the
//! event log of the order has, which knows no key, no token and no `openid`.

use std::borrow::Cow;

use order::{Event, What};
use serde::Serialize;

/// One line.
#[derive(Serialize)]
pub(crate) struct EventLine<'a> {
    /// The order's number.
    order: &'a str,
    /// What happened: the name of the event.
    name: &'static str,
    /// How it came out, in a word or in WeChat's own words. Empty if the name says it all.
    outcome: Cow<'a, str>,
    /// What changed the state: the notification or the call in the same step, which has no line of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    /// The time since the order was made.
    age_ms: i64,
    /// The row of the order's event log.
    event: &'a Event,
    #[serde(skip)]
    is_for_a_person: bool,
}

/// The lines of the events of one step of the order that was made then. A line costs as much as storing the
/// step does. So a notification or a call that changed the state is told in the line of that change.
pub(crate) fn lines<'a>(
    order: &'a str,
    made_at_ms: i64,
    events: &'a [Event],
) -> impl Iterator<Item = EventLine<'a>> {
    let is_cause = |event: &&Event| matches!(event.what, What::Notified { .. } | What::CallEnded { .. });
    let is_change = |event: &Event| matches!(event.what, What::StateChanged { .. });
    let changes = events.iter().any(is_change);
    let cause = events.iter().find(is_cause).and_then(|event| summary(&event.what)).map(|(name, _)| name);
    let told = events.iter().filter(move |event| !(changes && is_cause(event)));
    told.filter_map(move |event| {
        let line = line(order, made_at_ms, event)?;
        Some(EventLine { by: cause.filter(|_| is_change(event)), ..line })
    })
}

/// The line of an event. `None` for the beginning of a call, because its end has a line.
pub(crate) fn line<'a>(order: &'a str, made_at_ms: i64, event: &'a Event) -> Option<EventLine<'a>> {
    let (name, outcome) = summary(&event.what)?;
    Some(EventLine {
        order,
        name,
        outcome,
        by: None,
        age_ms: event.at_ms.saturating_sub(made_at_ms),
        event,
        is_for_a_person: matches!(
            event.what,
            What::ExceptionRaised { .. } | What::DeliveryGivenUp { .. } | What::Unreadable { .. }
        ),
    })
}

impl EventLine<'_> {
    /// Whether a person must look at the order. Such a line is a warning.
    pub(crate) fn is_for_a_person(&self) -> bool {
        self.is_for_a_person
    }

    /// The name, the outcome without details, and the age: a point of the metrics has few different texts.
    pub(crate) fn point(&self) -> (&'static str, &str, i64) {
        let word = self.outcome.split([' ', ':', '(']).next().unwrap_or_default();
        (self.name, word, self.age_ms)
    }
}

/// The name of an event, as the event log has it, and its outcome.
fn summary(what: &What) -> Option<(&'static str, Cow<'_, str>)> {
    let (name, outcome): (_, Cow<'_, str>) = match what {
        What::CallBegun { .. } => return None,
        What::Placed => ("placed", "".into()),
        What::CallEnded { result, .. } => ("call_ended", result.into()),
        What::StateChanged { to, .. } => ("state_changed", to.into()),
        What::Notified { result, .. } => ("notified", result.into()),
        What::Suspected => ("suspected", "".into()),
        What::ExceptionRaised { kind, .. } => ("exception_raised", kind.name().into()),
        What::CancelRequested => ("cancel_requested", "".into()),
        What::Unreadable { why } => ("unreadable", why.into()),
        What::ExceptionDone { .. } => ("exception_done", "".into()),
        What::QueryRequested => ("query_requested", "".into()),
        What::RefundRequested { .. } => ("refund_requested", "".into()),
        What::RefundHinted { .. } => ("refund_hinted", "".into()),
        What::RefundRetried { .. } => ("refund_retried", "".into()),
        What::RefundsWanted { .. } => ("refunds_wanted", "".into()),
        What::RefundLearned { status, .. } => ("refund_learned", status.name().into()),
        What::RefundChanged { status, .. } => ("refund_changed", status.name().into()),
        What::DeliveryGivenUp { why, .. } => {
            ("delivery_given_up", why.as_deref().unwrap_or("nobody took it").into())
        }
        What::PersonForgotten => ("person_forgotten", "".into()),
        What::Delivered { .. } => ("delivered", "".into()),
        What::DownloadsAllowed => ("downloads_allowed", "".into()),
        What::RedeliveryRequested { .. } => ("redelivery_requested", "".into()),
    };
    Some((name, outcome))
}

#[cfg(test)]
mod tests {
    use gateway::{CallName, OutRefundNo, TransactionId};
    use order::{ExceptionKind, RefundStatus, Who};

    use super::*;

    fn event(what: What) -> Event {
        Event { seq: 3, at_ms: 5_000, who: Who::Gateway, key: None, what, raw: None }
    }

    #[test]
    fn a_line_has_the_number_the_event_its_outcome_and_its_time() {
        let event = event(What::StateChanged { from: "awaiting_payment".into(), to: "paid".into() });
        let line = line("H1", 2_000, &event).unwrap();
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            r#"{"order":"H1","name":"state_changed","outcome":"paid","age_ms":3000,"event":{"seq":3,"at_ms":5000,"who":"gateway","what":{"name":"state_changed","from":"awaiting_payment","to":"paid"}}}"#
        );
        assert!(!line.is_for_a_person());
    }

    #[test]
    fn what_a_person_must_look_at_is_a_warning() {
        let raised = What::ExceptionRaised {
            kind: ExceptionKind::PaidTwice,
            transaction_id: TransactionId::new("4200000000202603010000000001").ok(),
            detail: None,
        };
        for what in [
            raised,
            What::DeliveryGivenUp { id: "H1-3".into(), why: None },
            What::Unreadable { why: "no amount".into() },
        ] {
            assert!(line("H1", 0, &event(what)).unwrap().is_for_a_person());
        }
    }

    #[test]
    fn each_name_is_the_one_of_the_event_log_and_only_the_beginning_of_a_call_has_no_line() {
        let number = || OutRefundNo::new("R1").unwrap();
        let payment = || TransactionId::new("4200000000202603010000000001").unwrap();
        for what in [
            What::Placed,
            What::CallEnded { attempt: 1, call: CallName::Query, result: "paid".into() },
            What::StateChanged { from: "placing".into(), to: "awaiting_payment".into() },
            What::Notified { transaction_id: None, result: "paid".into() },
            What::Suspected,
            What::CancelRequested,
            What::ExceptionDone { id: 1 },
            What::PersonForgotten,
            What::Delivered { line: 1, file: "guide.pdf".into() },
            What::DownloadsAllowed,
            What::QueryRequested,
            What::RefundRequested { out_refund_no: number(), amount_minor: 1 },
            What::RefundHinted { out_refund_no: number() },
            What::RefundRetried { out_refund_no: number() },
            What::RefundsWanted { transaction_id: payment() },
            What::RefundLearned { out_refund_no: number(), amount_minor: 1, status: RefundStatus::Refunded },
            What::RefundChanged { out_refund_no: number(), status: RefundStatus::Stuck, problem: None },
            What::DeliveryGivenUp { id: "1".into(), why: None },
            What::RedeliveryRequested { id: "1".into() },
        ] {
            let event = event(what);
            let json = serde_json::to_value(&event).unwrap();
            assert_eq!(json["what"]["name"], line("H1", 0, &event).unwrap().name);
        }
        assert!(line("H1", 0, &event(What::CallBegun { attempt: 1, call: CallName::Place })).is_none());
    }

    #[test]
    fn what_changed_the_state_is_told_in_the_line_of_the_change_and_what_changed_nothing_in_its_own() {
        let notified = event(What::Notified { transaction_id: None, result: "paid".into() });
        let paid = event(What::StateChanged { from: "awaiting_payment".into(), to: "paid".into() });
        let raised = event(What::ExceptionRaised {
            kind: ExceptionKind::PaidTwice,
            transaction_id: None,
            detail: None,
        });
        let told = |events: &[Event]| -> Vec<(&str, Option<&str>)> {
            lines("H1", 0, events).map(|line| (line.name, line.by)).collect()
        };
        assert_eq!(
            told(&[notified.clone(), paid.clone(), raised.clone()]),
            [("state_changed", Some("notified")), ("exception_raised", None)]
        );
        assert_eq!(told(std::slice::from_ref(&paid)), [("state_changed", None)]);
        assert_eq!(told(&[notified, raised]), [("notified", None), ("exception_raised", None)]);
    }

    #[test]
    fn a_point_has_a_word_for_the_outcome_and_not_a_strangers_sentence() {
        let event =
            event(What::CallEnded { attempt: 1, call: CallName::Query, result: "unclear: HTTP 502".into() });
        assert_eq!(line("H1", 1_000, &event).unwrap().point(), ("call_ended", "unclear", 4_000));
    }
}
