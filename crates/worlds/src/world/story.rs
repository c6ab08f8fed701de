//! What happened, in sentences, for whoever has to understand a failure.

use std::fmt::Write as _;

/// Keeps the sentences when somebody will read them, and costs nothing otherwise.
#[derive(Debug, Default)]
pub(super) struct Story {
    lines: Option<String>,
}

impl Story {
    /// One that is kept.
    #[must_use]
    pub(super) fn kept() -> Self {
        Self { lines: Some(String::new()) }
    }

    /// Whether anybody will read it.
    #[must_use]
    pub(super) fn is_kept(&self) -> bool {
        self.lines.is_some()
    }

    /// Adds a sentence at this moment, counted from the beginning of the history.
    pub(super) fn tell(&mut self, elapsed_ms: i64, sentence: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            let (seconds, ms) = (elapsed_ms.div_euclid(1000), elapsed_ms.rem_euclid(1000));
            let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
            let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
            let _ = writeln!(lines, "{days}d {hours:02}:{minutes:02}:{seconds:02}.{ms:03}  {}", sentence());
        }
    }

    /// All of it.
    #[must_use]
    pub(super) fn text(&self) -> &str {
        self.lines.as_deref().unwrap_or_default()
    }
}
