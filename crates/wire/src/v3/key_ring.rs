//! The keys that verify WeChat Pay's messages, by serial (protocol §9.2).
//!
//! A [`KeyRing`] answers: verify with this key, refresh first, or refuse. It never falls back to a default
//! key. It does not refresh by itself: the caller gets the certificates with [`Certificates`] and tells the
//! ring what came.
//!
//! [`Certificates`]: crate::v3::Certificates

use thiserror::Error;

use crate::v3::{PlatformKey, Serial};

/// How long after the last refresh the next one is due. The documents say less than twelve hours.
pub const REFRESH_EVERY_SECONDS: i64 = 6 * 3_600;
/// How long after the last try an unknown serial causes another. Strangers choose serials, so it is bounded.
pub const REFRESH_PAUSE_SECONDS: i64 = 60;
/// The same while there is no key at all, because the first try failed. Nothing can be verified then, so
/// every order waits for it.
pub const FIRST_PAUSE_SECONDS: i64 = 5;
/// How long a certificate that is no longer listed may still be used, while it is valid.
pub const KEPT_UNLISTED_SECONDS: i64 = 24 * 3_600;
/// How many keys a ring holds at most. A rotation has two.
pub const MAX_KEYS: usize = 16;

/// The keys of one merchant number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    /// From the configuration: they stay.
    fixed: Vec<PlatformKey>,
    /// From WeChat Pay's list.
    listed: Vec<Listed>,
    /// Whether there is a list to be refreshed.
    has_list: bool,
    refreshed_at: Option<i64>,
    tried_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    key: PlatformKey,
    /// When a list came that did not have it.
    missing_since: Option<i64>,
}

impl Listed {
    /// Whether it has been missing for so long that it must go.
    fn is_gone(&self, now_seconds: i64) -> bool {
        self.missing_since.is_some_and(|since| is_past(Some(since), KEPT_UNLISTED_SECONDS, now_seconds))
    }
}

/// What to do about a message that names a serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'r> {
    /// Verify it with this key.
    Verify(&'r PlatformKey),
    /// Refresh the certificates once, then ask again.
    Refresh,
    /// Refuse it.
    Refuse(KeyRefusal),
}

/// Why no key verifies a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyRefusal {
    /// Nobody knows the serial. If it is a certificate of WeChat Pay, a later refresh brings it.
    #[error("the serial of the message is unknown")]
    Unknown,
    /// The certificate has expired, or is not valid yet.
    #[error("the certificate of the message is not valid now")]
    NotValidNow,
}

/// Why keys cannot be in one ring.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyRingError {
    /// One serial for two keys.
    #[error("two different keys have the serial {serial}")]
    Ambiguous {
        /// The serial.
        serial: Serial,
    },
    /// More than [`MAX_KEYS`].
    #[error("a key ring holds at most {MAX_KEYS} keys")]
    TooMany,
}

impl KeyRing {
    /// A ring of the keys that are configured, for a merchant whose certificates are not downloaded: in
    /// public key mode there is no list.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn fixed(keys: Vec<PlatformKey>) -> Result<Self, KeyRingError> {
        sound(&keys.iter().collect::<Vec<_>>())?;
        Ok(Self { fixed: keys, listed: Vec::new(), has_list: false, refreshed_at: None, tried_at: None })
    }

    /// A ring whose certificates come from WeChat Pay's list, beside the keys that are configured. It has no
    /// list yet, so a refresh is due.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn refreshed(keys: Vec<PlatformKey>) -> Result<Self, KeyRingError> {
        Ok(Self { has_list: true, ..Self::fixed(keys)? })
    }

    /// What to do about a message that names this serial.
    #[must_use]
    pub fn choose(&self, serial: &Serial, now_seconds: i64) -> Choice<'_> {
        match self.keys().find(|key| key.serial() == serial) {
            Some(key) if key.is_valid_at(now_seconds) => Choice::Verify(key),
            Some(_) => Choice::Refuse(KeyRefusal::NotValidNow),
            // The list has certificates only.
            None if self.may_refresh(now_seconds) && !serial.is_of_a_public_key() => Choice::Refresh,
            None => Choice::Refuse(KeyRefusal::Unknown),
        }
    }

    /// Whether the regular refresh is due.
    #[must_use]
    pub fn is_refresh_due(&self, now_seconds: i64) -> bool {
        self.may_refresh(now_seconds) && is_past(self.refreshed_at, REFRESH_EVERY_SECONDS, now_seconds)
    }

    fn may_refresh(&self, now_seconds: i64) -> bool {
        let is_empty = self.keys().next().is_none();
        let pause = if is_empty { FIRST_PAUSE_SECONDS } else { REFRESH_PAUSE_SECONDS };
        self.has_list && is_past(self.tried_at, pause, now_seconds)
    }

    /// Notes that a refresh begins. If it fails, the keys stay as they are.
    pub fn refresh_begins(&mut self, now_seconds: i64) {
        self.tried_at = Some(now_seconds);
    }

    /// Takes a list of certificates that has been verified. Certificates that it lacks are kept for a day:
    /// messages that they signed may be under way. Expired ones go.
    ///
    /// # Errors
    /// [`KeyRingError`]; the ring stays as it was.
    pub fn refresh(&mut self, list: Vec<PlatformKey>, now_seconds: i64) -> Result<(), KeyRingError> {
        let mut unlisted = Vec::new();
        for old in &self.listed {
            let is_listed = list.iter().any(|new| new.serial() == old.key.serial());
            if !is_listed && old.key.is_valid_at(now_seconds) && !old.is_gone(now_seconds) {
                let missing_since = Some(old.missing_since.unwrap_or(now_seconds));
                unlisted.push(Listed { key: old.key.clone(), missing_since });
            }
        }
        let mut keys: Vec<&PlatformKey> = self.fixed.iter().chain(&list).collect();
        keys.extend(unlisted.iter().map(|old| &old.key));
        sound(&keys)?;
        let mut listed = Vec::new();
        for key in list {
            listed.push(Listed { key, missing_since: None });
        }
        listed.append(&mut unlisted);
        self.listed = listed;
        self.refreshed_at = Some(now_seconds);
        self.tried_at = Some(now_seconds);
        self.has_list = true;
        Ok(())
    }

    /// All keys, valid or not.
    pub fn keys(&self) -> impl Iterator<Item = &PlatformKey> {
        self.fixed.iter().chain(self.listed.iter().map(|listed| &listed.key))
    }
}

/// Whether so much time has gone by since. A clock that was set back counts as gone by.
fn is_past(since: Option<i64>, seconds: i64, now_seconds: i64) -> bool {
    since.is_none_or(|since| !(0..seconds).contains(&now_seconds.saturating_sub(since)))
}

/// Whether the keys can be in one ring.
#[inline(never)]
fn sound(keys: &[&PlatformKey]) -> Result<(), KeyRingError> {
    if keys.len() > MAX_KEYS {
        return Err(KeyRingError::TooMany);
    }
    for key in keys {
        if keys.iter().any(|other| other.serial() == key.serial() && other.key() != key.key()) {
            return Err(KeyRingError::Ambiguous { serial: key.serial().clone() });
        }
    }
    Ok(())
}
