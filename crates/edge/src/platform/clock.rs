//! The one clock.

/// The time in milliseconds since 1970. The platform's clock does not advance while code runs.
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}
