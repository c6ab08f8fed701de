//! Shows what is being done, so that no wait is silent: a line when a task begins, a line when it ends, and
//! for a long one every few seconds how long it has taken and what its tool said last.

use std::cell::Cell;
use std::time::{Duration, Instant};

const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// Letters of a tool's line that a sign of life has room for.
const MOST_OF_A_LINE: usize = 72;

pub(crate) struct Task {
    name: String,
    began: Instant,
    last_line: Cell<Instant>,
}

impl Task {
    pub(crate) fn start(name: impl Into<String>) -> Self {
        let (name, began) = (name.into(), Instant::now());
        eprintln!("  … {name}");
        Self { name, began, last_line: Cell::new(began) }
    }

    /// To be called often while the task goes on. `said` is what its tool has said last.
    pub(crate) fn is_alive(&self, said: &str) {
        if self.last_line.get().elapsed() >= SIGN_OF_LIFE {
            self.note(said);
        }
    }

    /// A line on what is done at the moment.
    pub(crate) fn note(&self, text: &str) {
        let text: String = text.chars().take(MOST_OF_A_LINE).collect();
        let colon = if text.is_empty() { "" } else { ": " };
        eprintln!("    {}, {}{colon}{text}", self.name, seconds(self.began.elapsed()));
        self.last_line.set(Instant::now());
    }

    pub(crate) fn done(self, outcome: &str) {
        self.end("✓", outcome);
    }

    pub(crate) fn failed(self, outcome: &str) {
        self.end("✗", outcome);
    }

    fn end(self, mark: &str, outcome: &str) {
        let took = self.began.elapsed();
        let outcome = if outcome.is_empty() { String::new() } else { format!(": {outcome}") };
        let took = if took.as_secs() > 0 { format!(" ({})", seconds(took)) } else { String::new() };
        eprintln!("  {mark} {}{outcome}{took}", self.name);
    }
}

/// `8 s`, `1 min 05 s`.
pub(crate) fn seconds(took: Duration) -> String {
    let whole = took.as_secs();
    if whole < 60 { format!("{whole} s") } else { format!("{} min {:02} s", whole / 60, whole % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_minutes_once_it_is_long() {
        assert_eq!(seconds(Duration::from_secs(59)), "59 s");
        assert_eq!(seconds(Duration::from_secs(65)), "1 min 05 s");
    }
}
