//! Orphan notifications: genuine news of money under a number for which we have no order.
//!
//! Another system of the same merchant may have placed that order, or we archived it, or its object was lost.
//! The money is real in each case. So it gets an order in the state [`State::Orphan`], stored and shown as
//! *stray*. It confirms nothing and sells nothing, but the list shows it, a webhook tells of it, and its
//! payment can be refunded.

use gateway::Notification;

use crate::effect::Turn;
use crate::exception::About;
use crate::outbox::Outbox;
use crate::{Effects, ExceptionKind, Order, State, Terms, What, Who};

/// A message that came without an order.
#[derive(Clone, Copy, Debug)]
pub enum OrphanNews<'n> {
    /// A notification that verified.
    Notified(&'n Notification),
    /// A notification that the gateway signed and that we cannot read, with what is wrong with it.
    Unreadable(&'n str),
}

impl Order {
    /// Makes an order for a message whose number has none. The terms come from the message and the
    /// configuration. They are not checked, because nothing is ordered. `None` if the message is about no
    /// money: then there is nothing to keep.
    #[must_use]
    pub fn orphan(now_ms: i64, terms: Terms, news: OrphanNews<'_>) -> Option<(Self, Effects)> {
        if let OrphanNews::Notified(notification) = news
            && notification.payment().is_none()
        {
            return None;
        }
        let mut order = Self::fresh(now_ms, terms, State::Orphan { at_ms: now_ms });
        order.outbox = Outbox::numbered_after(now_ms);
        let page_before = order.page_content();
        let mut turn = Turn::new(now_ms, Who::Gateway, None);
        turn.keep_message = true;
        turn.index_changed = true;
        match news {
            OrphanNews::Notified(notification) => order.notified(&mut turn, notification),
            OrphanNews::Unreadable(why) => order.unreadable(&mut turn, why),
        }
        let effects = order.finish(turn, &page_before);
        Some((order, effects))
    }

    /// A notification came that the gateway signed and that we cannot read.
    pub(crate) fn unreadable(&mut self, turn: &mut Turn, why: &str) {
        let about = About::order().because(why);
        // Storage keeps the same message once. An unreadable answer may have raised this exception already,
        // without this message.
        turn.keep_message = true;
        // The gateway repeats its message. Raise it once.
        if self.raise(turn, ExceptionKind::Unreadable, about) {
            turn.note(What::Unreadable { why: why.into() });
            self.ask_soon(turn.now_ms);
        }
    }
}
