//! Waits for something of JavaScript: for a promise ([`settled`]) or a timer (`platform/timer.rs`).
//!
//! `js/waits.mjs` listens, and calls [`heard`] with the number of the wait. `JsFuture` would make two
//! functions of JavaScript out of Rust's for each promise, which costs more than most of the waits here.

#![expect(unreachable_pub, reason = "JavaScript gets what is public")]

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::platform::js::hear;

/// What was heard: the value of a promise, or its error.
type Heard = Result<JsValue, JsValue>;

/// One wait, by its number.
enum Place {
    /// Nothing is heard yet.
    Waiting(Option<Waker>),
    /// What was heard.
    Heard(Heard),
    /// Nobody waits any more. What comes is dropped.
    Abandoned,
    /// No wait has this number.
    Free,
}

thread_local! {
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// A wait. It ends with what is heard. It may be dropped before that.
pub(crate) struct Wait {
    number: u32,
    is_over: bool,
}

/// Waits for this promise.
pub(crate) fn settled(promise: impl AsRef<JsValue>) -> Wait {
    let wait = Wait::new();
    hear(promise.as_ref(), wait.number);
    wait
}

impl Wait {
    /// A wait whose number somebody will call [`heard`] with.
    pub(crate) fn new() -> Self {
        let number = PLACES.with_borrow_mut(|places| {
            let waiting = Place::Waiting(None);
            let free = places.iter_mut().position(|place| matches!(place, Place::Free));
            match free.and_then(|at| places.get_mut(at).map(|place| (at, place))) {
                Some((at, place)) => {
                    *place = waiting;
                    at
                }
                None => {
                    places.push(waiting);
                    places.len().saturating_sub(1)
                }
            }
        });
        Self { number: u32::try_from(number).unwrap_or(u32::MAX), is_over: false }
    }

    /// The number by which [`heard`] ends it.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Ends it. Nobody will call [`heard`] with its number.
    pub(crate) fn nobody_calls(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            drop(swap(self.number, Place::Free));
        }
    }
}

impl Future for Wait {
    type Output = Heard;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Heard> {
        if self.is_over {
            return Poll::Pending;
        }
        let waiting = Place::Waiting(Some(context.waker().clone()));
        match swap(self.number, waiting) {
            Place::Heard(heard) => {
                self.is_over = true;
                drop(swap(self.number, Place::Free));
                Poll::Ready(heard)
            }
            Place::Waiting(_) | Place::Abandoned | Place::Free => Poll::Pending,
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if !self.is_over
            && let Place::Heard(_) = swap(self.number, Place::Abandoned)
        {
            drop(swap(self.number, Place::Free));
        }
    }
}

/// JavaScript says that what the wait with this number is about has come.
#[wasm_bindgen]
pub fn heard(number: u32, is_good: bool, value: JsValue) {
    let heard = if is_good { Ok(value) } else { Err(value) };
    match swap(number, Place::Heard(heard)) {
        Place::Waiting(Some(waker)) => waker.wake(),
        Place::Waiting(None) => {}
        Place::Heard(_) | Place::Abandoned | Place::Free => drop(swap(number, Place::Free)),
    }
}

/// Puts this into the place with this number. Returns what was there.
fn swap(number: u32, new: Place) -> Place {
    PLACES.with_borrow_mut(|places| {
        let place = usize::try_from(number).ok().and_then(|at| places.get_mut(at));
        place.map_or(Place::Free, |place| std::mem::replace(place, new))
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    fn poll(wait: &mut Wait) -> Poll<bool> {
        pin!(wait).poll(&mut Context::from_waker(Waker::noop())).map(|heard| heard.is_ok())
    }

    fn in_use() -> usize {
        PLACES.with_borrow(|places| places.iter().filter(|place| !matches!(place, Place::Free)).count())
    }

    #[test]
    fn what_is_heard_before_or_after_somebody_looks_ends_the_wait() {
        for looks_before in [true, false] {
            for is_good in [true, false] {
                let mut wait = Wait::new();
                if looks_before {
                    assert_eq!(poll(&mut wait), Poll::Pending);
                }
                heard(wait.number(), is_good, JsValue::UNDEFINED);
                assert_eq!(poll(&mut wait), Poll::Ready(is_good));
            }
        }
        assert_eq!(in_use(), 0);
    }

    #[test]
    fn the_number_of_a_wait_that_was_given_up_is_no_others_before_it_was_heard() {
        let given_up = Wait::new();
        let number = given_up.number();
        drop(given_up);
        assert_ne!(Wait::new().number(), number);
        heard(number, true, JsValue::UNDEFINED);
        let mut next = Wait::new();
        assert_eq!((next.number(), poll(&mut next)), (number, Poll::Pending));
        next.nobody_calls();
        drop(next);
        let mut other = Wait::new();
        assert_eq!(other.number(), number);
        other.nobody_calls();
    }
}
