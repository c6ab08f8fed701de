//! One variable: read, and parsed or told as a mistake. Pure.

/// A variable that must be there. `what` says what to set it to.
pub(super) fn required<T, E: std::fmt::Display>(
    read: &dyn Fn(&str) -> Option<String>,
    name: &str,
    what: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
    mistakes: &mut Vec<String>,
) -> Option<T> {
    if read(name).is_none() {
        mistakes.push(format!("{name} is missing: set it to {what}."));
    }
    optional(read, name, parse, mistakes)
}

/// A variable that may be left out.
pub(super) fn optional<T, E: std::fmt::Display>(
    read: &dyn Fn(&str) -> Option<String>,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
    mistakes: &mut Vec<String>,
) -> Option<T> {
    match parse(&read(name)?) {
        Ok(value) => Some(value),
        Err(refusal) => {
            mistakes.push(mistake(name, &refusal));
            None
        }
    }
}

#[inline(never)]
fn mistake(name: &str, refusal: &dyn std::fmt::Display) -> String {
    format!("{name}: {refusal}.")
}
