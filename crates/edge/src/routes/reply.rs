//! The reply to a notification of WeChat Pay (protocol §6.2). Pure.
//!
//! SUCCESS ends the repetitions. So a payment's message gets it only if the message can be read and is
//! stored. A refund's message is only a hint; it gets SUCCESS also if there is nothing to store. Every other
//! reply asks for another delivery. WeChat Pay repeats a message for a day, so nothing is lost if the reason
//! is gone by then.

use wire::v2::notify_reply;

/// The status with which an order's object says that it has stored a message.
const STORED: u16 = 204;

/// The reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// No repetition is needed.
    Success,
    /// Asks for a repetition. The reason is a text of ours.
    Again(&'static str),
}

impl Reply {
    /// The message is longer than a message may be.
    pub(crate) const TOO_LARGE: Self = Self::Again("the message is too large");
    /// The sender went away before the end of the message.
    pub(crate) const BROKE_OFF: Self = Self::Again("the message broke off");
    /// The message has no signature that verifies.
    pub(crate) const FORGED: Self = Self::Again("the message does not verify");
    /// The message cannot be read; a later version of this Worker may be able to. A payment's message is
    /// genuine, was stored and is shown to a person. A refund's message was only logged as refused.
    pub(crate) const UNREADABLE: Self = Self::Again("the message cannot be read");
    /// The message's order could not take it now.
    pub(crate) const NOT_STORED: Self = Self::Again("try again later");

    /// The reply to a genuine message, or to a refund's message that could be decrypted. `stored` is the
    /// status of its order object's answer, or `None` if there is no answer. `is_read` says whether the
    /// message can be read.
    pub(crate) fn to_genuine(stored: Option<u16>, is_read: bool) -> Self {
        match (stored, is_read) {
            (Some(STORED), true) => Self::Success,
            (Some(STORED), false) => Self::UNREADABLE,
            (Some(_) | None, _) => Self::NOT_STORED,
        }
    }

    /// The status and the text to send to API v3. There a 200 counts as received, whatever the text says.
    pub(crate) fn json(self) -> (u16, String) {
        use wire::v3::notify_reply;
        match self {
            Self::Success => (200, notify_reply::SUCCESS.into()),
            Self::NOT_STORED | Self::UNREADABLE => (500, notify_reply::fail(self.why())),
            Self::Again(why) => (400, notify_reply::fail(why)),
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Success => "",
            Self::Again(why) => why,
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
