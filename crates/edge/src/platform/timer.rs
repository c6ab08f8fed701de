//! Timers that end together with their purpose.
//!
//! A running timer keeps an object awake, and an object that is awake costs money. So each timer is cleared
//! when its owner is dropped.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::platform::js::{clear_timeout, set_timeout};

/// A running timer. Dropping it clears it, and settles its promise: what waits for a promise that never
/// settles is never freed.
pub(crate) struct Timer {
    timer: JsValue,
    settle: Function,
}

impl Timer {
    fn start(settle: &Function, after_ms: u32) -> Self {
        Self { timer: set_timeout(settle, after_ms), settle: settle.clone() }
    }

    /// A promise that resolves after this time, or when the timer is dropped.
    pub(crate) fn promise(after_ms: u32) -> (Promise, Self) {
        let mut timer = None;
        let promise = Promise::new(&mut |resolve, _| timer = Some(Self::start(&resolve, after_ms)));
        (promise, timer.unwrap_or_else(|| Self { timer: JsValue::UNDEFINED, settle: Function::default() }))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
        drop(self.settle.call0(&JsValue::UNDEFINED));
    }
}

/// A time limit over several steps of one piece of work.
pub(crate) struct TimeLimit {
    over: Promise,
    _timer: Timer,
}

/// The time was over before the work was done.
pub(crate) struct TooLate;

impl TimeLimit {
    /// A limit that starts now.
    pub(crate) fn of(after_ms: u32) -> Self {
        let (over, timer) = Timer::promise(after_ms);
        Self { over, _timer: timer }
    }

    /// Works until the work is done or the time is over. Work that takes too long is dropped where it waits.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, TooLate> {
        let mut work = pin!(work);
        let mut over = pin!(JsFuture::from(self.over.clone()));
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            over.as_mut().poll(context).map(|_| Err(TooLate))
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
