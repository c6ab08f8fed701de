//! Money that has no order: a genuine notification for a number under which there is none here.
//!
//! Another system of the same merchant may have placed it, or the order was archived, or its object was lost.
//! It is money all the same. So it gets an order of its own kind, in the state *stray*: it confirms nothing
//! and sells nothing, but the list shows it, a webhook tells of it, and its payment can be refunded.

use gateway::Notification;

use crate::effect::Turn;
use crate::exception::About;
use crate::outbox::Outbox;
use crate::{Effects, ExceptionKind, Order, State, Terms, What, Who};

/// What came without an order.
#[derive(Clone, Copy, Debug)]
pub enum OrphanNews<'n> {
    /// A notification that verified.
    Notified(&'n Notification),
    /// A notification that the gateway signed and that cannot be read: what is wrong with it.
    Unreadable(&'n str),
}

impl Order {
    /// Takes in what came for a number without an order. The terms are what the message and the configuration
    /// say; they are not checked, since nothing is ordered. `None` when the message is about no money: there
    /// is nothing to keep.
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

    /// A notification came that the gateway signed and that cannot be read.
    pub(crate) fn unreadable(&mut self, turn: &mut Turn, why: &str) {
        let about = About::order().because(why);
        // The same message is kept once. An answer that could not be read may have raised the exception
        // already.
        turn.keep_message = true;
        // The gateway repeats a message; it is told once.
        if self.raise(turn, ExceptionKind::Unreadable, about) {
            turn.note(What::Unreadable { why: why.into() });
            self.ask_soon(turn.now_ms);
        }
    }
}
