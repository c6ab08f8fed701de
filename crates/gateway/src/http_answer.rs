//! What an answer over HTTP says that nobody signed, in a few words for the log.

/// The longest foreign text that an order keeps, in characters.
const MAX_TEXT: usize = 200;

/// The beginning of a foreign text.
pub(crate) fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// A page that came in place of an answer, as one line: its words without its markup.
pub(crate) fn summary(status: u16, text: &str) -> String {
    let mut words = String::new();
    let mut in_tag = false;
    for character in text.chars() {
        match character {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                words.push(' ');
            }
            _ if in_tag => {}
            character => words.push(character),
        }
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {}", bounded(&words)) }
}

/// Whether a server that refuses with this status hints at the configuration: the certificate is missing or
/// wrong, or the address is not on the merchant's list. 408 and 429 pass with time.
pub(crate) fn hints_at_the_configuration(status: u16) -> bool {
    matches!(status, 400..500) && !matches!(status, 408 | 429)
}
