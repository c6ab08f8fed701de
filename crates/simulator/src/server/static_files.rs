//! The files of the phone and of the live view, which are compiled into the program.

use axum::http::{HeaderName, header};

/// Allows nothing from other origins. Camera pictures are blobs.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

pub(crate) type StaticFile = ([(HeaderName, &'static str); 3], &'static str);

/// A page, or a part of one.
fn static_file(content_type: &'static str, text: &'static str) -> StaticFile {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}

pub(crate) async fn phone_html() -> StaticFile {
    static_file("text/html; charset=utf-8", include_str!("../../page/phone.html"))
}

pub(crate) async fn phone_css() -> StaticFile {
    static_file("text/css; charset=utf-8", include_str!("../../page/phone.css"))
}

pub(crate) async fn phone_script() -> StaticFile {
    static_file("text/javascript; charset=utf-8", include_str!("../../page/phone.js"))
}

pub(crate) async fn phone_texts() -> StaticFile {
    static_file("text/javascript; charset=utf-8", include_str!("../../page/texts.js"))
}

pub(crate) async fn live_html() -> StaticFile {
    static_file("text/html; charset=utf-8", include_str!("../../page/live.html"))
}

pub(crate) async fn live_css() -> StaticFile {
    static_file("text/css; charset=utf-8", include_str!("../../page/live.css"))
}

pub(crate) async fn live_script() -> StaticFile {
    static_file("text/javascript; charset=utf-8", include_str!("../../page/live.js"))
}
