//! What the clocks of a time zone show. The platform has the zones' rules; wasm has none.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

use crate::platform::js::Moment;

/// The language that writes a time in the sequence year, month, day, hour, minute, second.
const YEAR_FIRST: &str = "sv-SE";

/// The numbers that clocks in this zone show at this moment: year, month, day, hour, minute, second. `None`
/// if there is no such zone.
pub(crate) fn clock(zone: &str, ms: i64) -> Option<[i64; 6]> {
    let options = Object::new();
    let settings = [
        ("timeZone", zone),
        ("year", "numeric"),
        ("month", "2-digit"),
        ("day", "2-digit"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("second", "2-digit"),
        ("hourCycle", "h23"),
    ];
    for (name, value) in settings {
        Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let text = Moment::new(ms as f64).to_locale_string(YEAR_FIRST, &JsValue::from(options)).ok()?;
    let mut parts = text.split(|character: char| !character.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut numbers = [0; 6];
    for number in &mut numbers {
        *number = parts.next()?.parse().ok()?;
    }
    Some(numbers)
}
