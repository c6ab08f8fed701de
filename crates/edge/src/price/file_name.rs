//! The name of a file that is sold. Pure.

use super::limits::is_shown;

/// The most bytes of a name. It becomes a part of a header.
const MAX_BYTES: usize = 200;
/// What such a name must be.
pub(crate) const RULE: &str = "the name of a file in the bucket FILES, as in \"guide.pdf\" or \"books/guide.pdf\": at most 200 bytes, with no part that is empty, `.` or `..`, and without backslashes and control characters";

/// Whether a text can name a file ([`RULE`]).
pub(crate) fn is_file_name(text: &str) -> bool {
    text.len() <= MAX_BYTES
        && is_shown(text)
        && !text.contains('\\')
        && text.split('/').all(|part| !matches!(part.trim(), "" | "." | "..") && part.trim() == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_name_that_leads_nowhere_else() {
        for good in ["guide.pdf", "books/2026/guide.pdf", "茶書.pdf", "a b.pdf", "..a", ".hidden", "a"] {
            assert!(is_file_name(good), "{good}");
        }
        let long = "a".repeat(201);
        for bad in [
            "",
            " ",
            "/guide.pdf",
            "guide.pdf/",
            "books//guide.pdf",
            ".",
            "..",
            "../guide.pdf",
            "books/../guide.pdf",
            "books/./guide.pdf",
            "books/ /guide.pdf",
            " guide.pdf",
            "books\\guide.pdf",
            "a\nb",
            "a\u{0}b",
            "a\u{202E}fdp.exe",
            &long,
        ] {
            assert!(!is_file_name(bad), "{bad:?}");
        }
    }
}
