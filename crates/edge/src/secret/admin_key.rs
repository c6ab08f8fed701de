//! The keys of the merchant's systems (`ADMIN_KEYS`, and `ADMIN_TOKEN` as the key `admin`): which key a
//! request carries, and what that key may do. Pure.
//!
//! A key is 32 random bytes, so nobody can try keys out, and one SHA-256 of it is enough: a slow hash
//! protects only what a person could have thought of. So a short key opens nothing, whatever hash is stored.
//! The Worker hashes what came and compares it with the hash of every key, in constant time.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::rule::{self, Unfit};

/// A shorter key could be tried out.
const MIN_CHARACTERS: usize = 32;
/// Nobody makes the Worker hash more.
const MAX_CHARACTERS: usize = 256;
/// The most keys of one Worker.
const MAX_KEYS: usize = 32;
/// The longest name of a key.
const MAX_NAME: usize = 32;
/// The name of the key `ADMIN_TOKEN`.
const ADMIN: &str = "admin";

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Look at everything.
    Read,
    /// Make orders, cancel them, ask WeChat, send webhooks again, mark what is done.
    Write,
    /// Give money back.
    Refund,
}

impl Role {
    /// Every role.
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Refund];

    /// The name in `ADMIN_KEYS`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Refund => "refund",
        }
    }
}

/// One key. The key itself is not known here, only its hash.
pub(crate) struct AdminKey {
    name: String,
    roles: Vec<Role>,
    sha256: [u8; 32],
}

impl AdminKey {
    /// Its name, which the audit log and the order's history show.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it may do this.
    pub(crate) fn may(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// The keys of this Worker. Without any, nobody may use the merchant's routes.
#[derive(Default)]
pub(crate) struct AdminKeys(Vec<AdminKey>);

impl AdminKeys {
    /// Reads `ADMIN_KEYS`: entries `name:role+role:SHA-256 in hex` with commas or line ends between them.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let mut keys = Self::default();
        for entry in text.split([',', '\n']).map(str::trim).filter(|entry| !entry.is_empty()) {
            let position = keys.0.len().saturating_add(1);
            let refused =
                |why: &str| format!("the key number {position} {why}; `npx wechatpay-edge key` makes one");
            let key = key(entry).map_err(|why| refused(&why))?;
            keys.add(key).map_err(|why| refused(&why))?;
        }
        if keys.0.is_empty() { Err("it has no key".into()) } else { Ok(keys) }
    }

    /// Adds `ADMIN_TOKEN`: a random text of at least 32 characters. It may do everything.
    pub(crate) fn with_token(mut self, token: AdminToken) -> Result<Self, String> {
        let AdminToken(sha256) = token;
        self.add(AdminKey { name: ADMIN.into(), roles: Role::ALL.into(), sha256 })?;
        Ok(self)
    }

    fn add(&mut self, key: AdminKey) -> Result<(), String> {
        if self.0.len() >= MAX_KEYS {
            return Err(format!("is one too many: there may be {MAX_KEYS}"));
        }
        for other in &self.0 {
            if other.name == key.name {
                return Err(format!("has the name `{}`, which another key has", key.name));
            }
            if other.sha256 == key.sha256 {
                return Err(format!("is the same as the key `{}`", other.name));
            }
        }
        self.0.push(key);
        Ok(())
    }

    /// The names of the roles of the key with this name.
    pub(crate) fn roles_of(&self, name: &str) -> Vec<&'static str> {
        let key = self.0.iter().find(|key| key.name == name);
        key.map_or_else(Vec::new, |key| key.roles.iter().map(|role| role.name()).collect())
    }

    /// Whether there is no key at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key that this header `Authorization` carries. Every key is compared, in constant time.
    pub(crate) fn of(&self, authorization: Option<&str>) -> Option<&AdminKey> {
        let (scheme, key) = authorization?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") || !(MIN_CHARACTERS..=MAX_CHARACTERS).contains(&key.len()) {
            return None;
        }
        let sha256 = sha256(key);
        let mut found = None;
        for one in &self.0 {
            if bool::from(one.sha256.ct_eq(&sha256)) {
                found = Some(one);
            }
        }
        found
    }
}

/// `ADMIN_TOKEN`, of which only the hash is kept.
pub(crate) struct AdminToken([u8; 32]);

impl AdminToken {
    /// Takes a random text of at least 32 characters.
    pub(crate) fn new(text: &str) -> Result<Self, Unfit> {
        rule::check(text).map(|()| Self(sha256(text)))
    }
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn key(entry: &str) -> Result<AdminKey, String> {
    let mut parts = entry.splitn(3, ':').map(str::trim);
    let (Some(name), Some(roles), Some(hash)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("does not have the form name:role+role:hash".into());
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    if !(1..=MAX_NAME).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(format!("needs a name of 1 to {MAX_NAME} small letters, digits, - and _"));
    }
    let roles = roles.split('+').map(role).collect::<Option<Vec<_>>>();
    let roles = roles.ok_or("has an unknown role: there are read, write and refund, with + between them")?;
    let sha256 = hex(hash).ok_or("needs the SHA-256 of the key as 64 hex digits, and not the key itself")?;
    Ok(AdminKey { name: name.into(), roles, sha256 })
}

fn role(name: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role.name() == name.trim())
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0_usize..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at.checked_add(2)?)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a token of the tests, of 36 characters";
    const KEY: &str = "wpe_0Zl3n8pYcQxT5vJrK2dWfGhB7sLmA9uE4iXoNtPyQwR";

    fn entry(name: &str, roles: &str, key: &str) -> String {
        let hash: String = sha256(key).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}:{roles}:{hash}")
    }

    fn refused(text: &str) -> String {
        AdminKeys::new(text).err().unwrap_or_else(|| panic!("{text} is taken"))
    }

    #[test]
    fn only_the_whole_key_opens() {
        let keys = AdminKeys::default().with_token(AdminToken::new(TOKEN).unwrap()).unwrap();
        for good in [format!("Bearer {TOKEN}"), format!("bearer {TOKEN}")] {
            assert_eq!(keys.of(Some(&good)).map(AdminKey::name), Some("admin"));
        }
        let longer = format!("Bearer {TOKEN}!");
        let shorter = format!("Bearer {}", &TOKEN[..TOKEN.len() - 1]);
        for bad in [
            None,
            Some(""),
            Some("Bearer "),
            Some("Bearer a token"),
            Some(TOKEN),
            Some(&longer),
            Some(&shorter),
        ] {
            assert!(keys.of(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn each_key_has_its_name_and_its_roles_and_no_other() {
        let second = KEY.replace('0', "1");
        let text = format!("{}, {}\n", entry("till", "read+write", KEY), entry("books", "read", &second));
        let keys = AdminKeys::new(&text).unwrap();
        let till = keys.of(Some(&format!("Bearer {KEY}"))).unwrap();
        assert_eq!(till.name(), "till");
        assert!(till.may(Role::Read) && till.may(Role::Write) && !till.may(Role::Refund));
        let books = keys.of(Some(&format!("Bearer {second}"))).unwrap();
        assert_eq!((books.name(), Role::ALL.map(|role| books.may(role))), ("books", [true, false, false]));
    }

    #[test]
    fn the_stored_hash_is_no_key() {
        let text = entry("till", "read", KEY);
        let hash = text.rsplit(':').next().unwrap();
        assert!(AdminKeys::new(&text).unwrap().of(Some(&format!("Bearer {hash}"))).is_none());
    }

    #[test]
    fn a_key_that_could_be_tried_out_opens_nothing_though_its_hash_is_stored() {
        let keys = AdminKeys::new(&entry("till", "refund", "swordfish")).unwrap();
        assert!(keys.of(Some("Bearer swordfish")).is_none());
        let long = "a".repeat(257);
        let keys = AdminKeys::new(&entry("till", "refund", &long)).unwrap();
        assert!(keys.of(Some(&format!("Bearer {long}"))).is_none());
    }

    #[test]
    fn a_mistake_is_named_by_the_number_of_the_key_and_repeats_no_key() {
        let good = entry("till", "read", KEY);
        for (text, why) in [
            (String::new(), "no key"),
            (" ,\n".into(), "no key"),
            (format!("{good},{KEY}"), "number 2 does not have the form"),
            (format!("till:read:{KEY}"), "number 1 needs the SHA-256 of the key"),
            (entry("Till", "read", KEY), "number 1 needs a name"),
            (entry("", "read", KEY), "number 1 needs a name"),
            (entry("till", "read+all", KEY), "unknown role"),
            (entry("till", "", KEY), "unknown role"),
            (format!("{good},{good}"), "number 2 has the name `till`"),
            (format!("{good},{}", entry("other", "read", KEY)), "number 2 is the same as the key `till`"),
        ] {
            let refusal = refused(&text);
            assert!(refusal.contains(why) && !refusal.contains(KEY), "{text}: {refusal}");
        }
        let many: Vec<_> = (0..33).map(|n| entry(&format!("k{n}"), "read", &format!("{KEY}{n}"))).collect();
        assert!(refused(&many.join(",")).contains("number 33 is one too many"));
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused() {
        assert!(AdminToken::new("admin").is_err());
        assert!(AdminToken::new(&TOKEN[..31]).is_err());
        assert!(AdminToken::new(&TOKEN[..32]).is_ok());
    }
}
