//! The live view: one WebSocket for each page that watches the order. The object sleeps between messages.
//!
//! The platform keeps the sockets while the object hibernates, so an open page costs nothing until the order
//! changes. A page that cannot open a socket polls instead, so nothing depends on this file.

use api::{LIVE_PROTOCOL, OrderView, Problem, ProblemCode};
use web_sys::{Headers, ResponseInit};
use worker::{State, WebSocketPair};

use crate::failure::{Defect, Failure};
use crate::platform::http::Response;

/// How many pages may have a socket to one order. More pages than this must poll.
const MAX_SOCKETS: usize = 8;
/// The platform answers this message by [`PONG`] without waking the object.
const PING: &str = "ping";
const PONG: &str = "pong";

/// Opens a socket and sends the current view.
pub(crate) fn open(state: &State, view: &OrderView) -> Result<Response, Failure> {
    let pair = WebSocketPair::new()?;
    let server: &web_sys::WebSocket = pair.server.as_ref();
    state.as_raw().accept_websocket(server)?;
    let auto = worker::WebSocketRequestResponsePair::new(PING, PONG)?;
    state.as_raw().set_websocket_auto_response(&auto)?;
    pair.server.send_with_str(json(view)?)?;

    let headers = Headers::new()?;
    headers.set("sec-websocket-protocol", LIVE_PROTOCOL)?;
    let init = ResponseInit::new();
    init.set_status(101);
    init.set_headers(&headers);
    let client: &web_sys::WebSocket = pair.client.as_ref();
    js_sys::Reflect::set(&init, &"webSocket".into(), client)?;
    Ok(Response::Platform(web_sys::Response::new_with_opt_str_and_init(None, &init)?))
}

/// The refusal if too many pages watch already; `None` while there is room.
pub(crate) fn full(state: &State) -> Option<Problem> {
    (!has_room(count(state))).then(|| {
        Problem::new(ProblemCode::TooManyRequests, "Enough pages watch this order; ask by GET instead.")
    })
}

/// Whether one more page may watch when `watching` pages do.
fn has_room(watching: usize) -> bool {
    watching < MAX_SOCKETS
}

/// Whether a page watches right now.
pub(crate) fn is_watched(state: &State) -> bool {
    count(state) > 0
}

/// Sends the view to every page that watches. After a final view the sockets are closed, because nothing that
/// a page waits for can follow.
pub(crate) fn publish(
    state: &State,
    view: impl FnOnce() -> Result<Option<OrderView>, Failure>,
) -> Result<(), Failure> {
    let sockets = state.as_raw().get_websockets()?;
    if sockets.is_empty() {
        return Ok(());
    }
    let Some(view) = view()? else { return Ok(()) };
    let message = json(&view)?;
    for socket in sockets {
        // A socket that is just closing refuses. Its page polls.
        if socket.send_with_str(&message).is_ok() && view.status.is_final() {
            drop(socket.close_with_code_and_reason(1000, "final"));
        }
    }
    Ok(())
}

fn count(state: &State) -> usize {
    state.as_raw().get_websockets().map_or(0, |sockets| sockets.len())
}

fn json(view: &OrderView) -> Result<String, Failure> {
    Ok(serde_json::to_string(view).map_err(Defect::NotWritten)?)
}

#[cfg(test)]
mod tests {
    use super::has_room;

    #[test]
    fn eight_pages_may_watch_one_order_and_no_more() {
        assert_eq!((0..20).filter(|watching| has_room(*watching)).count(), 8);
    }
}
