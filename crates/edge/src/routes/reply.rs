//! What WeChat Pay is replied to a notification (protocol §6.2). Pure.
//!
//! SUCCESS ends the repetitions, so it is said only of a message that is stored. Everything else asks for
//! another delivery: WeChat Pay repeats a message for a day, and a reason that is mended by then loses
//! nothing.

use wire::v2::notify_reply;

/// The status by which an order's object says that it has stored a message.
const STORED: u16 = 204;

/// The reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The message is stored.
    Success,
    /// Tell it again. The reason is a text of ours.
    Again(&'static str),
}

impl Reply {
    /// More than a message may have.
    pub(crate) const TOO_LARGE: Self = Self::Again("the message is too large");
    /// Its sender went away before its end.
    pub(crate) const BROKE_OFF: Self = Self::Again("the message broke off");
    /// Nobody vouches for it.
    pub(crate) const FORGED: Self = Self::Again("the message does not verify");
    /// It is genuine, and stored, and shown to a person. A later version of this Worker may read it.
    pub(crate) const UNREADABLE: Self = Self::Again("the message cannot be read");
    /// Its order could not take it now.
    pub(crate) const NOT_STORED: Self = Self::Again("try again later");

    /// The reply to a genuine message. `stored` is the status of the answer of its order's object, `None`
    /// where there is no answer; `is_read` says whether the message can be read.
    pub(crate) fn to_genuine(stored: Option<u16>, is_read: bool) -> Self {
        match (stored, is_read) {
            (Some(STORED), true) => Self::Success,
            (Some(STORED), false) => Self::UNREADABLE,
            (Some(_) | None, _) => Self::NOT_STORED,
        }
    }

    /// The text to send.
    pub(crate) fn xml(self) -> String {
        match self {
            Self::Success => notify_reply::SUCCESS.into(),
            Self::Again(why) => notify_reply::fail(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_said_only_of_a_message_that_is_stored_and_can_be_read() {
        for stored in [None, Some(200), Some(201), Some(404), Some(409), Some(410), Some(500), Some(503)] {
            for is_read in [true, false] {
                assert_eq!(Reply::to_genuine(stored, is_read), Reply::NOT_STORED, "{stored:?}");
            }
        }
        assert_eq!(Reply::to_genuine(Some(204), true), Reply::Success);
        assert_eq!(Reply::to_genuine(Some(204), false), Reply::UNREADABLE);
    }

    #[test]
    fn whatever_is_not_success_makes_wechat_tell_it_again() {
        let all = [Reply::TOO_LARGE, Reply::BROKE_OFF, Reply::FORGED, Reply::UNREADABLE, Reply::NOT_STORED];
        for reply in all {
            assert!(!notify_reply::is_success(reply.xml().as_bytes()), "{reply:?}");
        }
        assert!(notify_reply::is_success(Reply::Success.xml().as_bytes()));
    }
}
