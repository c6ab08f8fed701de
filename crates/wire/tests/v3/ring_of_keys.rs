//! Which key a ring chooses, and when it wants to be refreshed.

use wire::v3::{
    Certificate, Choice, FIRST_PAUSE_SECONDS, KeyRefusal, KeyRing, KeyRingError, MAX_KEYS, PlatformKey,
    PublicKey, REFRESH_PAUSE_SECONDS, Serial,
};

use crate::crypto;
use crate::samples::text;

const NOW: i64 = 1_772_337_826;
const SIX_HOURS_SECONDS: i64 = 21_600;
const DAY_SECONDS: i64 = 86_400;

fn certificate(name: &str) -> PlatformKey {
    Certificate::from_pem(&text(&format!("keys/test-only-{name}-certificate.pem"))).unwrap().into()
}

fn public_key(serial: &str, key: &str) -> PlatformKey {
    PlatformKey::public_key(serial.parse().unwrap(), crypto::public_key(key))
}

fn serial(text: &str) -> Serial {
    text.parse().unwrap()
}

fn verifies(ring: &KeyRing, key: &PlatformKey, now: i64) -> bool {
    matches!(ring.choose(key.serial(), now), Choice::Verify(chosen) if chosen == key)
}

#[test]
fn a_certificate_is_used_from_its_first_to_its_last_second() {
    let key = certificate("platform-1");
    let ring = KeyRing::fixed(vec![key.clone()]).unwrap();
    let validity = key.validity().unwrap();
    assert_eq!((validity.from, validity.until), (1_648_771_200, 1_806_451_200));
    for (now, valid) in [
        (validity.from - 1, false),
        (validity.from, true),
        (validity.until, true),
        (validity.until + 1, false),
    ] {
        assert_eq!(verifies(&ring, &key, now), valid);
        if !valid {
            assert_eq!(ring.choose(key.serial(), now), Choice::Refuse(KeyRefusal::NotValidNow));
        }
    }
    let stored = PlatformKey::stored(key.serial().clone(), key.key().clone(), validity);
    assert_eq!(stored, key);
    let forever = public_key("PUB_KEY_ID_01", "public-key");
    let ring = KeyRing::fixed(vec![forever.clone()]).unwrap();
    assert!(verifies(&ring, &forever, i64::MIN) && verifies(&ring, &forever, i64::MAX));
}

#[test]
fn an_unknown_serial_is_refused_or_causes_one_refresh_a_minute_and_never_a_default_key() {
    let unknown = serial("7777");
    let fixed = KeyRing::fixed(vec![certificate("platform-1")]).unwrap();
    assert_eq!(fixed.choose(&unknown, NOW), Choice::Refuse(KeyRefusal::Unknown));
    assert!(!fixed.is_refresh_due(NOW));

    let mut ring = KeyRing::refreshed(vec![certificate("platform-2")]).unwrap();
    assert_eq!(ring.choose(&unknown, NOW), Choice::Refresh);
    let of_a_public_key = serial("PUB_KEY_ID_01");
    assert_eq!(ring.choose(&of_a_public_key, NOW), Choice::Refuse(KeyRefusal::Unknown), "no list has it");
    ring.refresh_begins(NOW);
    for (later, choice) in [
        (0, Choice::Refuse(KeyRefusal::Unknown)),
        (REFRESH_PAUSE_SECONDS - 1, Choice::Refuse(KeyRefusal::Unknown)),
        (REFRESH_PAUSE_SECONDS, Choice::Refresh),
        // The clock was set back.
        (-1, Choice::Refresh),
    ] {
        assert_eq!(ring.choose(&unknown, NOW + later), choice, "{later}");
    }
    ring.refresh(vec![certificate("platform-1")], NOW).unwrap();
    assert_eq!(ring.choose(&unknown, NOW), Choice::Refuse(KeyRefusal::Unknown));
}

#[test]
fn a_ring_without_any_key_is_refreshed_again_soon_because_nothing_can_be_verified() {
    let mut ring = KeyRing::refreshed(vec![]).unwrap();
    ring.refresh_begins(NOW);
    for (later, due) in [(0, false), (FIRST_PAUSE_SECONDS - 1, false), (FIRST_PAUSE_SECONDS, true)] {
        assert_eq!(ring.is_refresh_due(NOW + later), due, "{later}");
        assert_eq!(ring.choose(&serial("7777"), NOW + later) == Choice::Refresh, due, "{later}");
    }
}

#[test]
fn serials_are_compared_as_they_are() {
    let key = certificate("platform-1");
    let ring = KeyRing::fixed(vec![key.clone()]).unwrap();
    let lower = serial(&key.serial().as_str().to_lowercase());
    assert_eq!(ring.choose(&lower, NOW), Choice::Refuse(KeyRefusal::Unknown));
}

#[test]
fn a_refresh_is_due_every_six_hours_and_a_failed_one_keeps_the_keys() {
    let key = certificate("platform-1");
    let mut ring = KeyRing::refreshed(vec![]).unwrap();
    assert!(ring.is_refresh_due(NOW));
    ring.refresh(vec![key.clone()], NOW).unwrap();
    for (later, due) in [(0, false), (SIX_HOURS_SECONDS - 1, false), (SIX_HOURS_SECONDS, true)] {
        assert_eq!(ring.is_refresh_due(NOW + later), due, "{later}");
    }
    let later = NOW + SIX_HOURS_SECONDS;
    ring.refresh_begins(later);
    assert!(!ring.is_refresh_due(later) && ring.is_refresh_due(later + REFRESH_PAUSE_SECONDS));
    assert!(verifies(&ring, &key, later));
}

#[test]
fn during_a_rotation_both_keys_verify_and_a_vanished_one_for_a_day() {
    let (old, new) = (certificate("platform-1"), certificate("platform-2"));
    let mut ring = KeyRing::refreshed(vec![]).unwrap();
    ring.refresh(vec![old.clone()], NOW).unwrap();
    ring.refresh(vec![old.clone(), new.clone()], NOW).unwrap();
    assert!(verifies(&ring, &old, NOW) && verifies(&ring, &new, NOW));
    assert_eq!(ring.keys().count(), 2);
    ring.refresh(vec![new.clone()], NOW).unwrap();
    for (later, kept) in [(1, true), (DAY_SECONDS - 1, true), (DAY_SECONDS, false)] {
        let mut later_ring = ring.clone();
        later_ring.refresh(vec![new.clone()], NOW + later).unwrap();
        assert_eq!(verifies(&later_ring, &old, NOW + later), kept, "{later}");
        assert!(verifies(&later_ring, &new, NOW + later));
    }
    let mut back = ring.clone();
    back.refresh(vec![old.clone(), new.clone()], NOW + 1).unwrap();
    back.refresh(vec![new.clone()], NOW + DAY_SECONDS).unwrap();
    assert!(verifies(&back, &old, NOW + DAY_SECONDS), "it was listed in between");
    let expired = certificate("platform-0");
    let mut ring = KeyRing::refreshed(vec![]).unwrap();
    ring.refresh(vec![expired], NOW).unwrap();
    ring.refresh(vec![new], NOW).unwrap();
    assert_eq!(ring.keys().count(), 1, "an expired one is not kept");
}

#[test]
fn configured_keys_stay_beside_the_list() {
    let fixed = public_key("PUB_KEY_ID_01", "public-key");
    let mut ring = KeyRing::refreshed(vec![fixed.clone()]).unwrap();
    ring.refresh(vec![certificate("platform-1")], NOW).unwrap();
    ring.refresh(vec![certificate("platform-2")], NOW + DAY_SECONDS).unwrap();
    ring.refresh(vec![certificate("platform-2")], NOW + 2 * DAY_SECONDS).unwrap();
    assert!(verifies(&ring, &fixed, NOW));
    assert_eq!(ring.keys().count(), 2);
    let mut from_fixed = KeyRing::fixed(vec![fixed]).unwrap();
    from_fixed.refresh(vec![certificate("platform-1")], NOW).unwrap();
    assert!(from_fixed.is_refresh_due(NOW + SIX_HOURS_SECONDS));
}

#[test]
fn one_serial_names_one_key_and_a_ring_is_bounded() {
    let one = public_key("PUB_KEY_ID_01", "public-key");
    let other = public_key("PUB_KEY_ID_01", "platform-1");
    let ambiguous = || Err(KeyRingError::Ambiguous { serial: serial("PUB_KEY_ID_01") });
    assert_eq!(KeyRing::fixed(vec![one.clone(), other.clone()]), ambiguous());
    assert!(KeyRing::fixed(vec![one.clone(), one.clone()]).is_ok());
    let mut ring = KeyRing::refreshed(vec![one.clone()]).unwrap();
    let before = ring.clone();
    assert_eq!(ring.refresh(vec![other], NOW), ambiguous().map(|_| ()));
    assert_eq!(ring, before);
    let key: PublicKey = crypto::public_key("public-key");
    let many = |number: usize| {
        let keys = (0..number).map(|n| PlatformKey::public_key(serial(&n.to_string()), key.clone()));
        KeyRing::fixed(keys.collect())
    };
    assert!(many(MAX_KEYS).is_ok());
    assert_eq!(many(MAX_KEYS + 1), Err(KeyRingError::TooMany));
}
