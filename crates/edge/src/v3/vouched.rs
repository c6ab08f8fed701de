//! A genuine notification of API v3 on its way from the route that has verified and opened it to the object
//! of its order. Pure.
//!
//! To verify it costs more than most that is done with it, and the object may be in an isolate that has no
//! certificate of WeChat Pay yet, or be a moment too late for the time of the message. So the object does not
//! repeat it. It believes the route, which proves that it has done it: by a mark, keyed with `ORDER_SECRET`,
//! over the body and over what was inside. Only [`Vouched::write`] makes a mark, and only of a notice that
//! was verified.
//!
//! A stranger who wants to forge the mark needs that secret, and a way to call an object. No request gives
//! him either. An object of another `ORDER_SECRET` than the route's does not believe the mark; WeChat Pay
//! then tells it again.

use sha2::{Digest, Sha256};
use wire::v3::notification::GenuineNotification;
use wire::v3::{Edition, NotificationError, Verdict};

use crate::number_and_token::OrderSecrets;
use crate::v3::genuine::GenuineNotice;

/// No other keyed hash of `ORDER_SECRET` is for this purpose.
const PURPOSE: &[u8] = b"genuine notification";
const MARK_BYTES: usize = 32;
const LENGTH_BYTES: usize = 4;

/// What travels.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Vouched<'a> {
    mark: &'a [u8; MARK_BYTES],
    /// What was inside the seal.
    plaintext: &'a [u8],
    /// As it came.
    pub(crate) body: &'a [u8],
    /// The SHA-256 of the body.
    pub(crate) body_hash: [u8; 32],
}

impl<'a> Vouched<'a> {
    /// The travelling form of a notice with the body that it came in: the mark, how long the inside is (four
    /// bytes, the highest first), the inside, and the body. `None` only for an inside of four gigabytes.
    pub(crate) fn write(notice: &GenuineNotice, body: &[u8], secrets: &OrderSecrets) -> Option<Vec<u8>> {
        let plaintext = notice.plaintext();
        let length = u32::try_from(plaintext.len()).ok()?.to_be_bytes();
        let mark = secrets.mark(PURPOSE, &marked(plaintext, &Sha256::digest(body).into()));
        Some([&mark[..], &length, plaintext, body].concat())
    }

    /// Reads the travelling form. It is not believed yet.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (mark, rest) = bytes.split_first_chunk::<MARK_BYTES>()?;
        let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (plaintext, body) = rest.split_at_checked(length)?;
        Some(Self { mark, plaintext, body, body_hash: Sha256::digest(body).into() })
    }

    /// The notice, if a route with our secret, or with the one before it, has verified and opened it.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub(crate) fn genuine(
        &self,
        secrets: &OrderSecrets,
        edition: Edition,
    ) -> Result<GenuineNotice, NotificationError> {
        let sealed = GenuineNotification::handed_over(self.body, self.verdict(secrets))?.sealed()?;
        GenuineNotice::read(sealed, Some(self.plaintext.to_vec()), self.body, edition)
    }

    fn verdict(&self, secrets: &OrderSecrets) -> Verdict {
        Verdict::of(secrets.is_marked(PURPOSE, &marked(self.plaintext, &self.body_hash), self.mark))
    }
}

/// The marked text. The hash has a length of its own, so no other pair has the same text.
fn marked(plaintext: &[u8], body_hash: &[u8; 32]) -> Vec<u8> {
    [body_hash, plaintext].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::OrderSecret;

    const BODY: &[u8] = b"{\"resource\":{}}";
    const INSIDE: &[u8] = b"{\"out_trade_no\":\"G1\"}";

    fn secrets(current: &str, previous: Option<&str>) -> OrderSecrets {
        let secret = |text: &str| OrderSecret::new(text).unwrap();
        OrderSecrets::new(secret(current), previous.map(secret))
    }

    const OURS: &str = "the order secret of the tests, 32";
    const NEXT: &str = "the secret that came after it....";

    fn travelling() -> Vec<u8> {
        let notice = GenuineNotice::of_tests(INSIDE);
        Vouched::write(&notice, BODY, &secrets(OURS, None)).unwrap()
    }

    #[test]
    fn what_a_route_has_verified_is_believed_by_an_object_of_the_same_secret_and_of_the_next() {
        let bytes = travelling();
        let vouched = Vouched::read(&bytes).unwrap();
        assert_eq!((vouched.plaintext, vouched.body), (INSIDE, BODY));
        assert_eq!(vouched.verdict(&secrets(OURS, None)), Verdict::Valid);
        assert_eq!(vouched.verdict(&secrets(NEXT, Some(OURS))), Verdict::Valid);
        assert_eq!(vouched.verdict(&secrets(NEXT, None)), Verdict::Invalid);
    }

    #[test]
    fn no_byte_of_what_a_route_has_verified_can_be_changed_added_or_left_out() {
        let bytes = travelling();
        let is_believed = |bytes: &[u8]| {
            Vouched::read(bytes).is_some_and(|read| read.verdict(&secrets(OURS, None)) == Verdict::Valid)
        };
        assert!(is_believed(&bytes));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(!is_believed(&changed), "byte {at}");
            assert!(!is_believed(&bytes[..at]), "{at} bytes");
        }
        assert!(!is_believed(&[&bytes, &b" "[..]].concat()));
        // The end of the inside does not move.
        let moved = INSIDE.len() as u32 + 1;
        assert!(!is_believed(&[&bytes[..32], &moved.to_be_bytes(), &bytes[36..]].concat()));
    }

    #[test]
    fn a_text_that_the_worker_marks_for_others_is_no_mark_of_a_notification() {
        let ours = secrets(OURS, None);
        let text = marked(INSIDE, &Sha256::digest(BODY).into());
        let other = ours.mark(b"proof of self", &text);
        let forged = [&other[..], &(INSIDE.len() as u32).to_be_bytes(), INSIDE, BODY].concat();
        assert_eq!(Vouched::read(&forged).unwrap().verdict(&ours), Verdict::Invalid);
    }
}
