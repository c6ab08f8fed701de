//! What messages that do not verify may cost this isolate, of both generations of the API together.

use std::cell::RefCell;

use crate::platform::clock::now_ms;
use crate::platform::http::Response;
use crate::routes::forgery_limits::{ForgeryLimits, HELD_MS};

thread_local! {
    pub(crate) static LIMITS: RefCell<ForgeryLimits> = const { RefCell::new(ForgeryLimits::new()) };
}

/// The answer to a message that does not verify, held back while there is a flood of them.
pub(crate) fn perhaps_later(answer: Response) -> Response {
    if LIMITS.with_borrow_mut(|limits| limits.holds_back(now_ms())) {
        answer.held_back(HELD_MS)
    } else {
        answer
    }
}
