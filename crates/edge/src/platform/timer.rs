//! Timers that end together with their purpose.
//!
//! A running timer keeps an object awake, and an object that is awake costs money. So each timer is cleared
//! when its owner is dropped.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use wasm_bindgen::JsValue;

use crate::platform::js::{clear_timeout, ring, soon};
use crate::platform::wait::Wait;

/// A running timer. It ends after its time. Dropping it clears it.
pub(crate) struct Timer {
    wait: Wait,
    timer: JsValue,
    has_rung: bool,
}

impl Timer {
    /// A timer that starts now.
    pub(crate) fn of(after_ms: u32) -> Self {
        let wait = Wait::new();
        let timer = ring(wait.number(), after_ms);
        Self { wait, timer, has_rung: false }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.has_rung |= Pin::new(&mut self.wait).poll(context).is_ready();
        if self.has_rung { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
        self.wait.nobody_calls();
    }
}

/// Dropping it ends a [`pause`].
pub(crate) struct EndOfPause(u32);

impl Drop for EndOfPause {
    fn drop(&mut self) {
        soon(self.0);
    }
}

/// A wait that ends after a time, or earlier when its [`EndOfPause`] is dropped.
pub(crate) fn pause(after_ms: u32) -> (impl Future<Output = ()>, EndOfPause) {
    let early = Wait::new();
    let end = EndOfPause(early.number());
    let over = async move {
        let limit = TimeLimit::of(after_ms);
        drop(limit.within(early).await);
    };
    (over, end)
}

/// A time limit over several steps of one piece of work.
pub(crate) struct TimeLimit(RefCell<Timer>);

/// The time was over before the work was done.
pub(crate) struct TooLate;

impl TimeLimit {
    /// A limit that starts now.
    pub(crate) fn of(after_ms: u32) -> Self {
        Self(RefCell::new(Timer::of(after_ms)))
    }

    /// Works until the work is done or the time is over. Work that takes too long is dropped where it waits.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, TooLate> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            Pin::new(&mut *self.0.borrow_mut()).poll(context).map(|()| Err(TooLate))
        })
        .await
    }
}

/// Works on all of these at once. The results are in the order of the work.
pub(crate) async fn together<T>(works: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut under_way: Vec<_> = works.into_iter().map(|work| (Some(Box::pin(work)), None)).collect();
    poll_fn(|context| {
        let mut left = false;
        for (work, result) in &mut under_way {
            let Some(waiting) = work else { continue };
            match waiting.as_mut().poll(context) {
                Poll::Ready(done) => (*work, *result) = (None, Some(done)),
                Poll::Pending => left = true,
            }
        }
        if left { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    under_way.into_iter().filter_map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    /// Ready when it has been polled this often.
    fn after(mut asked: u32, name: &str) -> impl Future<Output = String> {
        let name = name.to_owned();
        poll_fn(move |_| {
            asked -= 1;
            if asked == 0 { Poll::Ready(name.clone()) } else { Poll::Pending }
        })
    }

    #[test]
    fn what_is_worked_on_together_is_done_in_the_time_of_the_slowest_and_keeps_its_order() {
        let mut all = pin!(together([after(3, "slow"), after(1, "quick"), after(2, "other")]));
        let mut context = Context::from_waker(Waker::noop());
        assert!(all.as_mut().poll(&mut context).is_pending());
        assert!(all.as_mut().poll(&mut context).is_pending());
        let Poll::Ready(done) = all.as_mut().poll(&mut context) else { panic!("the slowest is ready now") };
        assert_eq!(done, ["slow", "quick", "other"]);
    }

    #[test]
    fn no_work_is_done_at_once() {
        let mut none = pin!(together(Vec::<std::future::Ready<()>>::new()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(none.as_mut().poll(&mut context).is_ready());
    }
}
