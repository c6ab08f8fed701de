//! What the custom element calls: the session and the painter, one crossing each.
//!
//! JavaScript owns the order's JSON; the session reads what decides and says whether it is the one to show.

#![allow(unreachable_pub)] // exported to JavaScript, not to Rust

use js_sys::{Array, Reflect};
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use qr::{Code, Pixels};

use crate::session::{Answer, Ask, Effects, Event, Failure, Fields, Input, Seen, Session};

#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The session of one element.
#[wasm_bindgen]
pub struct Payment {
    session: Session,
}

#[wasm_bindgen]
impl Payment {
    /// A session that has not begun.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: u32) -> Self {
        Self { session: Session::new(seed) }
    }

    /// Pay, a new code, or *try again now*.
    pub fn start(&mut self, now: f64) -> JsValue {
        self.take(now, Input::Start)
    }

    /// The request of this ticket was answered; `order` is the order's JSON or undefined, and a
    /// status of 0 says that no answer came.
    pub fn answered(
        &mut self,
        now: f64,
        ticket: u32,
        status: u16,
        retry_after: Option<f64>,
        order: JsValue,
        code: Option<String>,
    ) -> JsValue {
        let order = Seen::read(&order);
        let answer = Answer::from_http(status, retry_after.map(|ms| ms as u64), order, code.as_deref());
        self.take(now, Input::Answered { ticket, answer })
    }

    /// The socket is open, or it is closed or could not be opened.
    pub fn live(&mut self, now: f64, up: bool) -> JsValue {
        self.take(now, Input::Live(up))
    }

    /// The server pushed the order of this JSON, or another tab was shown it.
    pub fn overheard(&mut self, now: f64, order: JsValue) -> JsValue {
        match Seen::read(&order) {
            Some(order) => self.take(now, Input::Overheard(order)),
            None => self.take(now, Input::WokenUp),
        }
    }

    /// The timer fired.
    pub fn woken(&mut self, now: f64) -> JsValue {
        self.take(now, Input::WokenUp)
    }

    /// The device went on- or offline.
    pub fn online(&mut self, now: f64, online: bool) -> JsValue {
        self.take(now, Input::Online(online))
    }

    /// The page was shown or hidden.
    pub fn visible(&mut self, now: f64, visible: bool) -> JsValue {
        self.take(now, Input::Visible(visible))
    }

    /// The shopper says the payment is made.
    pub fn claim(&mut self, now: f64) -> JsValue {
        self.take(now, Input::PaymentClaimed)
    }

    /// The shopper gives up.
    pub fn cancel(&mut self, now: f64) -> JsValue {
        self.take(now, Input::Cancel)
    }
}

impl Payment {
    /// Where the payment stands after an input, and what to do now: an array, by position, in the
    /// order in which `js/session.js` takes it apart.
    fn take(&mut self, now: f64, input: Input) -> JsValue {
        let now_ms = now as u64;
        let Effects { request, connect, wake_in_ms, event, adopted } = self.session.handle(now_ms, input);
        array([
            self.session.state().as_str().into(),
            self.session.link().as_str().into(),
            self.session.failure().map(Failure::as_str).into(),
            self.session.code_payable(now_ms).into(),
            self.session.claim_refuted().into(),
            self.session.deadline_ms().map(|ms| ms as f64).into(),
            adopted.into(),
            request.map(|request| array([request.ticket.into(), Ask::as_str(request.ask).into()])).into(),
            wake_in_ms.map(|ms| ms as f64).into(),
            event.map(Event::as_str).into(),
            connect.into(),
        ])
    }
}

fn array<const LENGTH: usize>(values: [JsValue; LENGTH]) -> JsValue {
    let array = Array::new();
    for value in &values {
        array.push(value);
    }
    array.into()
}

impl Fields for JsValue {
    fn text(&self, name: &str) -> Option<String> {
        Reflect::get(self, &name.into()).ok()?.as_string()
    }

    fn number(&self, name: &str) -> Option<f64> {
        Reflect::get(self, &name.into()).ok()?.as_f64()
    }
}

/// Draws the text as a QR code, as large as `room` device pixels allow, by one `putImageData`.
/// Returns the side of the bitmap in pixels, or 0 when the text is too long or the canvas has no
/// context.
#[wasm_bindgen]
pub fn paint(canvas: &HtmlCanvasElement, text: &str, room: u32) -> u32 {
    let Some(code) = Code::new(text.as_bytes()) else { return 0 };
    let pixels = Pixels::fit(&code, room as usize);
    let side = pixels.side as u32;
    draw(canvas, &pixels.rgba, side).map_or(0, |()| side)
}

fn draw(canvas: &HtmlCanvasElement, rgba: &[u8], side: u32) -> Option<()> {
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), side, side).ok()?;
    // Setting a size wipes and allocates, even the same one.
    if canvas.width() != side {
        canvas.set_width(side);
        canvas.set_height(side);
    }
    context.put_image_data(&image, 0.0, 0.0).ok()
}
