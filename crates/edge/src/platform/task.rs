//! Runs the futures behind the functions that the platform calls.
//!
//! A call that ends without waiting returns its result at once, without a promise. A call that waits goes on
//! as soon as what it waits for is there. The executor of `wasm-bindgen-futures` would begin each call, and
//! go on after each wait, in a microtask of its own. Most calls here are so short that these would be a large
//! part of them.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};

use crate::platform::js::soon;
use crate::platform::wait::Wait;

/// What the platform gets: a value, or an error that is thrown.
type Outcome = Result<JsValue, JsValue>;
type Work = Pin<Box<dyn Future<Output = Outcome>>>;
/// The two functions that settle a promise.
type Settle = (Function, Function);

/// A call that has not ended.
struct Call {
    /// `None` while it runs.
    work: Option<Work>,
    /// It was woken while it ran.
    is_woken: bool,
    /// Once the platform has the promise.
    settle: Option<Settle>,
}

/// The calls by their numbers. The place of a call that has ended is used again. So a late waker of an ended
/// call may wake another one, which then looks once more and goes on waiting.
#[derive(Default)]
struct Calls(Vec<Option<Call>>);

thread_local! {
    static CALLS: RefCell<Calls> = RefCell::default();
}

/// Works until the work is done or waits. Returns the result, or a promise of it.
pub(crate) fn run(work: impl Future<Output = Outcome> + 'static) -> Outcome {
    run_boxed(Box::pin(work))
}

fn run_boxed(work: Work) -> Outcome {
    let number = CALLS.with_borrow_mut(|calls| calls.add(work));
    if let Some((outcome, _)) = go_on(number) {
        return outcome;
    }
    let mut settle = None;
    let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
    CALLS.with_borrow_mut(|calls| calls.promised(number, settle));
    Ok(promise.into())
}

/// The same for work that begins in a microtask of its own: not before the call that wants it waits or has
/// ended.
pub(crate) fn later(work: impl Future<Output = Outcome> + 'static) -> Promise {
    let begins = Wait::new();
    soon(begins.number());
    let work = run(async move {
        drop(begins.await);
        work.await
    });
    // It waits, so this is a promise.
    work.unwrap_or_else(|error| error).unchecked_into()
}

/// Lets a call work until it ends or waits. Returns its outcome when it has ended.
fn go_on(number: usize) -> Option<(Outcome, Option<Settle>)> {
    loop {
        let mut work = CALLS.with_borrow_mut(|calls| calls.begin(number))?;
        let waker = Waker::from(Arc::new(Alarm(number)));
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => {
                let settle = CALLS.with_borrow_mut(|calls| calls.end(number));
                return Some((outcome, settle));
            }
            Poll::Pending => {
                if !CALLS.with_borrow_mut(|calls| calls.wait(number, work)) {
                    return None;
                }
            }
        }
    }
}

/// Wakes the call with this number.
struct Alarm(usize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let Some((outcome, Some((resolve, reject)))) = go_on(self.0) else { return };
        let (settle, value) = match outcome {
            Ok(value) => (resolve, value),
            Err(error) => (reject, error),
        };
        // The function that settles a promise does not throw.
        drop(settle.call1(&JsValue::UNDEFINED, &value));
    }
}

impl Calls {
    /// Takes a call, which waits for its first turn.
    fn add(&mut self, work: Work) -> usize {
        let call = Some(Call { work: Some(work), is_woken: false, settle: None });
        if let Some(number) = self.0.iter().position(Option::is_none) {
            if let Some(place) = self.0.get_mut(number) {
                *place = call;
            }
            return number;
        }
        self.0.push(call);
        self.0.len().saturating_sub(1)
    }

    fn get(&mut self, number: usize) -> Option<&mut Call> {
        self.0.get_mut(number)?.as_mut()
    }

    /// The work, if the call waits. A call that runs notes that it was woken.
    fn begin(&mut self, number: usize) -> Option<Work> {
        let call = self.get(number)?;
        call.is_woken = call.work.is_none();
        call.work.take()
    }

    /// The call waits again. Says whether it was woken while it ran, and so must run once more.
    fn wait(&mut self, number: usize, work: Work) -> bool {
        self.get(number).is_some_and(|call| {
            call.work = Some(work);
            call.is_woken
        })
    }

    fn promised(&mut self, number: usize, settle: Option<Settle>) {
        if let Some(call) = self.get(number) {
            call.settle = settle;
        }
    }

    /// Empties the place of a call that has ended.
    fn end(&mut self, number: usize) -> Option<Settle> {
        self.0.get_mut(number)?.take()?.settle
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Waits until it was polled this often, and wakes itself each time.
    async fn after(mut times: u32) {
        poll_fn(|context| {
            times -= 1;
            context.waker().wake_by_ref();
            if times == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn begin(work: impl Future<Output = Outcome> + 'static) -> (usize, bool) {
        let number = CALLS.with_borrow_mut(|calls| calls.add(Box::pin(work)));
        (number, go_on(number).is_some())
    }

    #[test]
    fn a_call_that_wakes_itself_while_it_runs_is_not_forgotten() {
        let (_, has_ended) = begin(async {
            after(3).await;
            Err(JsValue::UNDEFINED)
        });
        assert!(has_ended);
    }

    #[test]
    fn a_call_that_waits_goes_on_when_it_is_woken_and_its_place_is_used_again() {
        let waker = std::rc::Rc::new(RefCell::new(None::<Waker>));
        let ran = std::rc::Rc::new(RefCell::new(0));
        let waits = |turns: u32| {
            let (waker, ran) = (waker.clone(), ran.clone());
            poll_fn(move |context| {
                *waker.borrow_mut() = Some(context.waker().clone());
                *ran.borrow_mut() += 1;
                if *ran.borrow() >= turns { Poll::Ready(Ok(JsValue::UNDEFINED)) } else { Poll::Pending }
            })
        };
        let (number, has_ended) = begin(waits(2));
        assert!(!has_ended);
        let wake = || waker.borrow_mut().take();
        wake().unwrap().wake();
        assert_eq!(*ran.borrow(), 2);
        let late = wake().unwrap();
        let (next, has_ended) = begin(waits(5));
        assert_eq!((next, has_ended), (number, false), "the place of the first call");
        late.wake();
        assert_eq!(*ran.borrow(), 4, "a late waker makes the other call look once more");
        wake().unwrap().wake();
        assert_eq!(*ran.borrow(), 5);
        assert!(CALLS.with_borrow(|calls| calls.0.iter().all(Option::is_none)));
    }
}
