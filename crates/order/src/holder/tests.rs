//! A holder over a disk that can fail.

use super::*;
use crate::{GatewayCall, What, Who};
use gateway::{AppId, Currency, Description, Dialect, MchId, Merchant, Money, NotifyUrl, OutTradeNo};
use gateway::{CallName, Failure};

const NOW_MS: i64 = 1_772_337_600_000;
const DAY_MS: i64 = 24 * 60 * 60_000;

/// What goes wrong with the next commit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Nothing,
    NotWritten,
    NotWrittenTwice,
    ButWritten,
}

struct Disk {
    stored: Stored,
    events: usize,
    /// Every alarm that was set.
    alarms: Vec<i64>,
    messages: Vec<Vec<u8>>,
    details: Option<String>,
    commits: usize,
    next: Breaks,
}

impl Storage for Disk {
    type Error = &'static str;

    fn load(&mut self) -> Result<Stored, Self::Error> {
        Ok(self.stored.clone())
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Self::Error> {
        let breaks = std::mem::replace(&mut self.next, Breaks::Nothing);
        if breaks == Breaks::NotWrittenTwice {
            self.next = Breaks::NotWritten;
        }
        if matches!(breaks, Breaks::NotWritten | Breaks::NotWrittenTwice) {
            return Err("not written");
        }
        self.commits += 1;
        match commit {
            Commit::Step { at_ms: _, snapshot, events, message, details, alarm_at_ms } => {
                if let Some(json) = snapshot {
                    self.stored = Stored::Order((*json).to_owned());
                }
                self.events += events.len();
                self.messages.extend(message.map(<[u8]>::to_vec));
                self.details = details.map(str::to_owned).or_else(|| self.details.take());
                self.alarms.extend(*alarm_at_ms);
            }
            Commit::Archive { at_ms: _ } => {
                self.stored = Stored::Archived;
                self.events = 0;
            }
        }
        if breaks == Breaks::ButWritten { Err("written, and failed") } else { Ok(()) }
    }
}

fn holder() -> Holder<Disk> {
    Holder::new(Disk {
        stored: Stored::Nothing,
        events: 0,
        alarms: vec![],
        messages: vec![],
        details: None,
        commits: 0,
        next: Breaks::Nothing,
    })
}

fn terms() -> Terms {
    Terms {
        out_trade_no: OutTradeNo::new("HK20260301A0001").unwrap(),
        merchant: Merchant::common(
            AppId::new("wx5c1f9e2a7d3b6048").unwrap(),
            MchId::new("1634117205").unwrap(),
        ),
        dialect: Dialect::V2(gateway::v2::Terms {
            sign_type: wire::v2::SignType::HmacSha256,
            product_id: "tea-gift-set".parse().unwrap(),
            spbill_create_ip: std::net::IpAddr::from([203, 0, 113, 10]),
        }),
        amount: Money::new(8800, Currency::HKD),
        description: Description::new("Example Tea House - gift set").unwrap(),
        notify_url: NotifyUrl::new("https://pay.example.com/notify/wechat").unwrap(),
        refund_notify_url: None,
        request_fingerprint: "c0ffee".into(),
        time_expire_at_ms: NOW_MS + Terms::DEFAULT_LIFE_MS,
        keep_ms: Terms::DEFAULT_KEEP_MS,
    }
}

fn placed() -> (Holder<Disk>, GatewayCall) {
    let mut holder = holder();
    let effects = holder.place(NOW_MS, terms(), None).unwrap();
    (holder, effects.call.unwrap())
}

fn effects_of(holder: &mut Holder<Disk>, now_ms: i64, input: Input) -> Effects {
    let Handled { result, effects } = holder.handle(now_ms, input, None).unwrap();
    assert_eq!(result, Ok(()));
    effects
}

fn give(holder: &mut Holder<Disk>, now_ms: i64, input: Input) {
    let _ = effects_of(holder, now_ms, input);
}

/// A failed order, after everybody was told. Only the archive is left.
fn settled() -> Holder<Disk> {
    let (mut holder, call) = placed();
    let failed = Input::Answered {
        attempt: call.attempt,
        outcome: call.call.failed(Failure::NotWritten("body is empty".into())),
        raw: None,
    };
    let mut now_ms = NOW_MS;
    give(&mut holder, now_ms, failed);
    for _ in 0..50 {
        now_ms += 60 * 60_000;
        let effects = effects_of(&mut holder, now_ms, Input::AlarmFired);
        let delivered = effects
            .outbox
            .into_iter()
            .map(|row| crate::Delivery { id: row.id, result: crate::DeliveryResult::Accepted })
            .collect();
        give(&mut holder, now_ms, Input::Delivered(delivered));
    }
    holder
}

#[test]
fn an_order_is_stored_with_its_event_and_its_alarm_before_its_call_is_returned() {
    let (holder, call) = placed();
    assert_eq!(call.call.name(), CallName::Place);
    let disk = holder.storage();
    assert!(matches!(disk.stored, Stored::Order(_)));
    assert_eq!((disk.commits, disk.events, disk.alarms.len()), (1, 2, 1));
}

#[test]
fn a_number_has_one_order() {
    let (mut holder, _) = placed();
    let before = holder.storage().stored.clone();
    assert!(matches!(holder.place(NOW_MS, terms(), None), Err(HolderError::NumberTaken)));
    assert_eq!(holder.storage().stored, before);
}

#[test]
fn the_first_look_after_a_restart_returns_what_follows_from_the_lost_call() {
    let (mut holder, call) = placed();
    holder.forget();
    let (held, effects) = holder.look(NOW_MS + 3_000).unwrap();
    assert!(!held.order().unwrap().awaits(call.attempt));
    assert!(!effects.events.is_empty());
    let (_, effects) = holder.look(NOW_MS + 3_000).unwrap();
    assert_eq!(effects, Effects::default(), "only the first look restarts it");
}

#[test]
fn the_next_input_also_returns_the_effects_of_a_restart() {
    let (mut holder, _) = placed();
    holder.forget();
    let effects = effects_of(&mut holder, NOW_MS + 3_000, Input::PageWatching);
    assert!(effects.events.iter().any(|event| matches!(event.what, crate::What::CallEnded { .. })));
}

#[test]
fn a_rejected_input_still_returns_the_effects_of_a_restart() {
    let (mut holder, _) = placed();
    holder.forget();
    let handled = holder.handle(NOW_MS + 3_000, Input::ExceptionDone { id: 7 }, None).unwrap();
    assert!(matches!(handled.result, Err(NotHandled::Rejected(_))));
    assert!(!handled.effects.events.is_empty());
}

#[test]
fn after_a_commit_that_was_not_written_the_order_is_what_the_storage_says() {
    let (mut holder, _) = placed();
    let before = holder.storage().stored.clone();
    holder.storage_mut().next = Breaks::NotWritten;
    let cancel = || Input::CancelRequested { by: Who::Shopper };
    assert!(matches!(holder.handle(NOW_MS, cancel(), None), Err(HolderError::Storage("not written"))));
    assert_eq!(holder.storage().stored, before);
    let (held, _) = holder.look(NOW_MS).unwrap();
    assert_eq!(held.order().unwrap().state().name(), "placing");
    give(&mut holder, NOW_MS, cancel());
}

#[test]
fn after_a_commit_that_failed_but_was_written_the_order_is_what_the_storage_says() {
    let mut holder = holder();
    holder.storage_mut().next = Breaks::ButWritten;
    assert!(matches!(holder.place(NOW_MS, terms(), None), Err(HolderError::Storage(_))));
    let (held, effects) = holder.look(NOW_MS).unwrap();
    assert_eq!(held.order().unwrap().terms(), &terms());
    assert!(!effects.events.is_empty(), "the call that was never made counts as lost");
}

#[test]
fn an_alarm_is_set_only_when_it_changed_and_again_when_it_rang() {
    let (mut holder, call) = placed();
    give(&mut holder, NOW_MS + 1, Input::PageWatching);
    assert_eq!(holder.storage().alarms.len(), 1);
    // It rang early. The platform has forgotten the alarm, and the order still waits for the same moment.
    give(&mut holder, NOW_MS + 2, Input::AlarmFired);
    let alarms = &holder.storage().alarms;
    assert_eq!((alarms.len(), alarms.first()), (2, alarms.last()));
    assert!(holder.look(NOW_MS).unwrap().0.order().unwrap().awaits(call.attempt));
}

#[test]
fn an_alarm_whose_work_failed_rings_again_and_the_next_reading_sets_the_right_one() {
    let (mut holder, _) = placed();
    holder.storage_mut().next = Breaks::NotWritten;
    let failed = holder.alarm(NOW_MS + 20_000, Input::AlarmFired).unwrap_err();
    assert!(matches!((failed.why, failed.rings_again), (HolderError::Storage(_), Ok(()))));
    assert_eq!(holder.storage().alarms.last(), Some(&(NOW_MS + 20_000 + 30_000)));
    let (held, _) = holder.look(NOW_MS + 20_000).unwrap();
    let alarm_at_ms = held.order().unwrap().alarm_at_ms();
    assert_eq!(holder.storage().alarms.last().copied(), alarm_at_ms);
}

#[test]
fn an_order_of_a_newer_version_is_never_written_over() {
    let (mut holder, _) = placed();
    let Stored::Order(json) = holder.storage().stored.clone() else { panic!("stored") };
    let ours = format!("\"v\":{}", crate::SNAPSHOT_VERSION);
    let newer = Stored::Order(json.replace(&ours, "\"v\":4000"));
    holder.storage_mut().stored = newer.clone();
    holder.forget();
    let commits = holder.storage().commits;
    let unknown =
        |error| matches!(error, HolderError::Snapshot(SnapshotError::UnknownVersion { found: 4000 }));
    assert!(unknown(holder.look(NOW_MS).map(drop).unwrap_err()));
    assert!(unknown(holder.place(NOW_MS, terms(), None).map(drop).unwrap_err()));
    assert!(unknown(holder.handle(NOW_MS, Input::AlarmFired, None).map(drop).unwrap_err()));
    assert!(unknown(
        holder.orphan(NOW_MS, terms(), OrphanNews::Unreadable("x"), b"x").map(drop).unwrap_err()
    ));
    assert_eq!(holder.storage().commits, commits);
    let failed = holder.alarm(NOW_MS, Input::AlarmFired).unwrap_err();
    assert!(unknown(failed.why) && failed.rings_again.is_ok());
    assert_eq!(
        holder.storage().alarms.last(),
        Some(&(NOW_MS + 30_000)),
        "it is tried again after a deployment"
    );
    assert_eq!(holder.storage().stored, newer, "only the alarm was set");
}

#[test]
fn an_alarm_that_cannot_be_set_again_is_reported_so_that_the_platform_repeats_it() {
    let (mut holder, _) = placed();
    holder.storage_mut().next = Breaks::NotWrittenTwice;
    let failed = holder.alarm(NOW_MS + 20_000, Input::AlarmFired).unwrap_err();
    assert!(matches!(failed.rings_again, Err(HolderError::Storage("not written"))));
}

#[test]
fn a_settled_order_is_archived_when_its_time_is_over_and_its_number_stays_used() {
    let mut holder = settled();
    let (held, _) = holder.look(NOW_MS + DAY_MS * 399).unwrap();
    assert!(held.order().is_some_and(Order::is_settled));
    assert_eq!(holder.storage().alarms.last(), Some(&(NOW_MS + Terms::DEFAULT_KEEP_MS)));
    let effects = effects_of(&mut holder, NOW_MS + Terms::DEFAULT_KEEP_MS, Input::AlarmFired);
    assert!(effects.archive);
    assert_eq!(holder.storage().stored, Stored::Archived);
    let (held, _) = holder.look(NOW_MS + Terms::DEFAULT_KEEP_MS).unwrap();
    assert_eq!(*held, Held::Archived);
    assert!(matches!(holder.place(NOW_MS, terms(), None), Err(HolderError::NumberTaken)));
}

#[test]
fn an_orphan_message_is_kept_with_the_order_it_makes() {
    let mut holder = holder();
    let news = OrphanNews::Unreadable("no total_fee");
    let effects = holder.orphan(NOW_MS, terms(), news, b"<xml/>").unwrap().unwrap();
    assert!(!effects.outbox.is_empty(), "the merchant is told");
    assert_eq!(holder.storage().messages, [b"<xml/>"]);
    assert!(matches!(holder.place(NOW_MS, terms(), None), Err(HolderError::NumberTaken)));
}

#[test]
fn only_the_later_of_two_calls_in_a_row_is_made() {
    let (_, first) = placed();
    let second = GatewayCall { attempt: first.attempt + 1, ..first.clone() };
    let with = |call: &GatewayCall| Effects { call: Some(call.clone()), ..Effects::default() };
    assert_eq!(both(with(&first), with(&second)).call, Some(second));
    assert_eq!(both(with(&first), Effects::default()).call, Some(first));
}

#[test]
fn two_handlings_in_a_row_keep_what_either_one_said() {
    let says = |flag: fn(&mut Effects) -> &mut bool| {
        for (earlier, later) in [(true, false), (false, true), (false, false)] {
            let (mut first, mut second) = (Effects::default(), Effects::default());
            *flag(&mut first) = earlier;
            *flag(&mut second) = later;
            assert_eq!(*flag(&mut both(first, second)), earlier || later);
        }
    };
    says(|effects| &mut effects.store);
    says(|effects| &mut effects.page_changed);
    says(|effects| &mut effects.keep_message);
}

#[test]
fn a_look_that_changes_nothing_durable_writes_at_most_the_alarm() {
    let mut holder = settled();
    let (stored, commits) = (holder.storage().stored.clone(), holder.storage().commits);
    holder.storage_mut().stored = Stored::Nothing;
    give(&mut holder, NOW_MS + 1, Input::PageWatching);
    assert_eq!(holder.storage().stored, Stored::Nothing, "no snapshot was written over it");
    assert!(holder.storage().commits <= commits + 1);
    holder.storage_mut().stored = stored;
}

fn details(json: &str) -> DetailsText {
    DetailsText::from_stored(json.to_owned())
}

#[test]
fn what_was_bought_is_stored_with_the_order_or_not_at_all() {
    let bought = details(r#"{"lines":[1],"shopper":{"email":"a"}}"#);
    for (next, kept) in [(Breaks::Nothing, true), (Breaks::NotWritten, false), (Breaks::ButWritten, true)] {
        let mut holder = holder();
        holder.storage_mut().next = next;
        let _ = holder.place(NOW_MS, terms(), Some(&bought));
        assert_eq!(holder.storage().details.is_some(), kept);
        assert_eq!(matches!(holder.storage().stored, Stored::Order(_)), kept);
    }
}

#[test]
fn a_person_is_forgotten_in_one_commit_with_the_event_that_says_so() {
    let mut holder = holder();
    let bought = details(r#"{"lines":[1],"shopper":{"email":"a"}}"#);
    let _ = holder.place(NOW_MS, terms(), Some(&bought)).unwrap();
    let (events, commits) = (holder.storage().events, holder.storage().commits);
    let rest = bought.without_person().unwrap();
    let Handled { result, effects } = holder.forget_person(NOW_MS + 1, &rest, None).unwrap();
    assert_eq!(result, Ok(()));
    assert!(matches!(
        effects.events.as_slice(),
        [Event { who: Who::Merchant, what: What::PersonForgotten, .. }]
    ));
    assert_eq!(holder.storage().details.as_deref(), Some(r#"{"lines":[1]}"#));
    assert_eq!((holder.storage().events, holder.storage().commits), (events + 1, commits + 1));
}
