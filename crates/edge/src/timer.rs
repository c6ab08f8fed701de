//! Timers that end with what they were for.
//!
//! A timer that still runs keeps an object awake, and an object that is awake costs money. So each is
//! cleared when its owner is dropped.

use js_sys::{Function, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortController, AbortSignal};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, after_ms: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// A running timer; dropped, it is cleared.
pub(crate) struct Timer(JsValue);

impl Timer {
    fn start(callback: &Function, after_ms: u32) -> Self {
        Self(set_timeout(callback, after_ms))
    }

    /// A promise that is kept after so long, as long as the timer lives.
    pub(crate) fn promise(after_ms: u32) -> (Promise, Self) {
        let mut timer = None;
        let promise = Promise::new(&mut |resolve, _| timer = Some(Self::start(&resolve, after_ms)));
        (promise, timer.unwrap_or(Self(JsValue::UNDEFINED)))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.0);
    }
}

/// The time limit of one `fetch`, its body included: keep it until the body is read.
pub(crate) struct TimeLimit {
    controller: AbortController,
    _timer: Timer,
}

impl TimeLimit {
    /// Starts to run now.
    pub(crate) fn of(after_ms: u32) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let abort: Function = js_sys::Reflect::get(&controller, &"abort".into())?.dyn_into()?;
        let timer = Timer::start(&abort.bind0(&controller), after_ms);
        Ok(Self { controller, _timer: timer })
    }

    /// What the `fetch` listens to.
    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}
