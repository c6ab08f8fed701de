//! Each secret has one purpose, so no two of them may be the same text: who learns one of them would have the
//! other, too. Pure.
//!
//! A secret may be the same as its own `…_PREVIOUS`. That is the first step of a change, between two commands
//! of the operator, and a Worker that stopped there would stop taking payments. The copy changes nothing, so
//! it is only told.

/// The beginning of a webhook's secret. It has no part in what is secret.
const WEBHOOK_PREFIX: &str = "whsec_";
/// The end of the name of a secret that was in use before.
const PREVIOUS: &str = "_PREVIOUS";

/// Names every two of these secrets that are the same text, and never the text. The first list has the
/// mistakes, the second what is no mistake, but not finished either.
pub(super) fn check(
    names: &[&'static str],
    read: &dyn Fn(&str) -> Option<String>,
) -> (Vec<String>, Vec<String>) {
    let mut mistakes = Vec::new();
    let mut unfinished = Vec::new();
    let mut before: Vec<(&str, String)> = Vec::new();
    for name in names.iter().copied() {
        let Some(text) = read(name) else { continue };
        let secret = text.strip_prefix(WEBHOOK_PREFIX).unwrap_or(&text).trim();
        for (other, _) in before.iter().filter(|(_, earlier)| earlier == secret) {
            if name.strip_suffix(PREVIOUS) == Some(*other) {
                unfinished.push(format!(
                    "{name} is the same as {other}: nothing is changed yet. Set {other} to the new one, or remove {name}."
                ));
            } else {
                mistakes.push(format!(
                    "{other} and {name} are the same: make a new one for {name}, because each secret has one purpose."
                ));
            }
        }
        before.push((name, secret.to_owned()));
    }
    (mistakes, unfinished)
}
