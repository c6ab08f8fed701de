//! The one rule for every secret, WeChat's key included: what a text must be so that nobody can guess it.
//! Pure.
//!
//! A refusal says what to do. It never repeats any of the text.

/// With fewer random characters, guessing could succeed.
const MIN_CHARACTERS: usize = 32;
/// Of 32 random characters, even of digits alone, hardly one in ten million has so few different ones.
const MIN_DIFFERENT: usize = 6;

/// What is wrong with a text that must be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    /// It can be tried out.
    #[error("it must have at least 32 characters; make one with `openssl rand -hex 32`")]
    Short,
    /// The other side's copy would hardly have the same blanks, and every signature would differ.
    #[error("it must not begin or end with white space; store it again without")]
    Blanks,
    /// A line end was copied along, or the text is binary.
    #[error("it must not contain a line end or another control character; store it again without")]
    ControlCharacter,
    /// One of the first texts that somebody would try.
    #[error(
        "it is easy to guess: one text again and again, or characters in a row; make one with `openssl rand -hex 32`"
    )]
    Guessable,
}

/// Whether a text may be a secret.
pub(crate) fn check(text: &str) -> Result<(), Unfit> {
    if text.len() < MIN_CHARACTERS {
        return Err(Unfit::Short);
    }
    if text.chars().any(char::is_control) {
        return Err(Unfit::ControlCharacter);
    }
    if text.trim() != text {
        return Err(Unfit::Blanks);
    }
    if is_guessable(text.as_bytes()) { Err(Unfit::Guessable) } else { Ok(()) }
}

/// Whether it has few different characters, repeats a shorter text, or mostly counts up or down.
fn is_guessable(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in text {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    let different = seen.into_iter().filter(|seen| *seen).count();
    // A text repeats its first `period` characters if it equals itself that many characters later.
    let repeats = |period: usize| text.iter().zip(text.iter().skip(period)).all(|(one, later)| one == later);
    let in_a_row =
        text.iter().zip(text.iter().skip(1)).filter(|(one, next)| one.abs_diff(**next) == 1).count();
    different < MIN_DIFFERENT
        || (1..=text.len() / 2).any(repeats)
        || in_a_row.saturating_mul(3) > text.len().saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openssl_makes_is_taken() {
        for text in [
            "5f8b1c1f0d6a4e0b9c3d2e7f60718293",
            "83619250748261937502846193750284",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "a sentence that only this shop knows",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_can_be_tried_out_is_refused() {
        assert_eq!(check("5f8b1c1f0d6a4e0b9c3d2e7f6071829"), Err(Unfit::Short));
        for text in [
            "a".repeat(32),
            "ab".repeat(20),
            "0123456789abcdef".repeat(2),
            "changeme, please".repeat(3),
            "abcabcdabcabcdabcabcdabcabcdabcabc".into(),
            "abcdefghijklmnopqrstuvwxyz0123456789".into(),
            "zyxwvutsrqponmlkjihgfedcba9876543210".into(),
        ] {
            assert_eq!(check(&text), Err(Unfit::Guessable), "{text}");
        }
    }

    #[test]
    fn a_text_that_was_copied_with_its_line_end_or_blanks_is_refused() {
        const GOOD: &str = "5f8b1c1f0d6a4e0b9c3d2e7f60718293";
        for text in
            [format!("{GOOD}\n"), format!("{GOOD}\r\n{GOOD}"), format!("{GOOD}\0"), format!("\t{GOOD}")]
        {
            assert_eq!(check(&text), Err(Unfit::ControlCharacter), "{text:?}");
        }
        for text in [format!(" {GOOD}"), format!("{GOOD} "), format!("{GOOD}\u{3000}")] {
            assert_eq!(check(&text), Err(Unfit::Blanks), "{text:?}");
        }
    }
}
