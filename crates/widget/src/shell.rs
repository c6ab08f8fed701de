//! What the custom element calls: the session and the painter. Each call crosses into wasm once.
//!
//! JavaScript owns the order's JSON. The session reads the facts that decide, and says which order to show.

#![allow(unreachable_pub)] // it is exported to JavaScript, not to Rust

use js_sys::{Object, Reflect};
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use qr::{Code, Pixels};

use crate::session::{self, Answer, Ask, Effects, Event, Failure, Fields, Http, Input, OrderFacts};

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// An object whose fields have names.
    type Named;
    #[wasm_bindgen(method, structural, indexing_setter)]
    fn put(this: &Named, name: &str, value: &JsValue);
}

/// The session of one element. `js/fallback.js` has a class of the same name and the same methods.
#[wasm_bindgen]
pub struct Session(session::Session);

/// What a session is told, in the words of `js/driver.js`.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Told {
    /// Pay, a new code, or *try again now*.
    Start = "start",
    /// A request was answered. The value has its `ticket` and what `js/server.js` made of the answer: the
    /// `status` (absent if nothing answered, 0 if the page may not know it), `retryAfter`, the `order` or the
    /// `problem`.
    Answered = "answered",
    /// The server pushed an order, or another tab got it. The value is its JSON.
    Overheard = "overheard",
    /// The socket is open (true), or it closed or did not open (false).
    Live = "live",
    /// The timer fired.
    Woken = "woken",
    /// The device says that it went online (true) or offline.
    Online = "online",
    /// The page was shown (true) or hidden.
    Visible = "visible",
    /// The shopper says *I have paid*.
    Claim = "claim",
    /// The shopper cancels.
    Cancel = "cancel",
}

#[wasm_bindgen]
impl Session {
    /// A session that has not begun.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: u32) -> Self {
        Self(session::Session::new(seed))
    }

    /// Tells the session what happened. Returns the state of the payment and what to do now.
    pub fn tell(&mut self, now: f64, what: Told, value: JsValue) -> JsValue {
        let yes = value.is_truthy();
        let input = match what {
            Told::Start => Input::Start,
            Told::Answered => Input::Answered {
                ticket: value.number("ticket").unwrap_or_default() as u32,
                answer: Answer::from_http(Http {
                    status: value.number("status").map(|status| status as u16),
                    retry_after_ms: value.number("retryAfter").map(|ms| ms as u64),
                    order: OrderFacts::read(&value.inner("order")),
                    code: value.inner("problem").text("code"),
                }),
            },
            Told::Overheard => OrderFacts::read(&value).map_or(Input::WokenUp, Input::Overheard),
            Told::Live => Input::Live(yes),
            Told::Woken | Told::__Invalid => Input::WokenUp,
            Told::Online => Input::Online(yes),
            Told::Visible => Input::Visible(yes),
            Told::Claim => Input::PaymentClaimed,
            Told::Cancel => Input::Cancel,
        };
        self.take(now, input)
    }
}

impl Session {
    /// The state of the payment after an input, and what to do now, by the names that `js/driver.js` reads.
    fn take(&mut self, now: f64, input: Input) -> JsValue {
        let now_ms = now as u64;
        let Effects { request, connect, wake_in_ms, event, adopted } = self.0.handle(now_ms, input);
        let step: Named = Object::new().unchecked_into();
        let put = |name, value: JsValue| step.put(name, &value);
        put("state", self.0.state().as_str().into());
        put("link", self.0.link().as_str().into());
        put("failure", self.0.failure().map(Failure::as_str).into());
        put("payable", self.0.code_payable(now_ms).into());
        put("refuted", self.0.claim_refuted().into());
        put("deadline", self.0.deadline_ms().map(|ms| ms as f64).into());
        put("adopted", adopted.into());
        put("ticket", request.map(|request| request.ticket).into());
        put("ask", request.map(|request| Ask::as_str(request.ask)).into());
        put("wake", wake_in_ms.map(|ms| ms as f64).into());
        put("event", event.map(Event::as_str).into());
        put("connect", connect.into());
        step.into()
    }
}

/// Reading a value of JavaScript, which may be anything.
trait Inner {
    /// The field, or undefined.
    fn inner(&self, name: &str) -> JsValue;
}

impl Inner for JsValue {
    fn inner(&self, name: &str) -> JsValue {
        Reflect::get(self, &name.into()).unwrap_or_default()
    }
}

impl Fields for JsValue {
    fn text(&self, name: &str) -> Option<String> {
        self.inner(name).as_string()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.inner(name).as_f64()
    }
}

/// Draws the order's code by one `putImageData`, as large as `room` device pixels allow. Returns the side of
/// the bitmap in pixels, or 0 if there is no code, the code is too long, or the canvas has no context.
#[wasm_bindgen]
pub fn paint(canvas: &HtmlCanvasElement, order: &JsValue, room: u32) -> u32 {
    let Some(code) = order.text("code_url").and_then(|text| Code::new(text.as_bytes())) else { return 0 };
    let pixels = Pixels::fit(&code, room as usize);
    let side = pixels.side as u32;
    draw(canvas, &pixels.rgba, side).map_or(0, |()| side)
}

fn draw(canvas: &HtmlCanvasElement, rgba: &[u8], side: u32) -> Option<()> {
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), side, side).ok()?;
    // Setting the size wipes and allocates, even if it is the same size.
    if canvas.width() != side {
        canvas.set_width(side);
        canvas.set_height(side);
    }
    context.put_image_data(&image, 0.0, 0.0).ok()
}
