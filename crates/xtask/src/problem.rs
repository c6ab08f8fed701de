//! What went wrong, in a form a person can act on: what is missing or failed, the end of the tool's own
//! words, where the whole log is, and the command that mends it.

use std::fmt;
use std::path::Path;

pub(crate) type Outcome<T = ()> = Result<T, Problem>;

#[derive(Debug)]
pub(crate) struct Problem {
    /// What failed, and below it the words of the tool that did.
    text: String,
    remedy: Option<String>,
}

impl Problem {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { text: what.into(), remedy: None }
    }

    /// Without what mends it.
    pub(crate) fn what(self) -> String {
        self.text
    }

    /// The command, or the sentence, that mends it.
    pub(crate) fn mend(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// The last lines of the tool that failed.
    pub(crate) fn tail(mut self, lines: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        lines.into_iter().for_each(|line| self.text += &format!("\n    │ {line}"));
        self
    }

    pub(crate) fn log(mut self, path: &Path) -> Self {
        self.text += &format!("\n    the whole log: {}", path.display());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "✗ {}", self.text)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n    → {}", remedy.replace('\n', "\n      ")),
            None => Ok(()),
        }
    }
}

/// Gives an input/output error its place: `fs::read(p).at("reading", &p)`.
pub(crate) trait At<T> {
    fn at(self, doing: &str, path: &Path) -> Outcome<T>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, doing: &str, path: &Path) -> Outcome<T> {
        self.map_err(|error| Problem::new(format!("{doing} {}: {error}", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_failed_then_the_tools_words_then_what_mends_it() {
        let problem = Problem::new("Node 20.1 is too old")
            .tail(["v20.1.0"])
            .log(Path::new("target/logs/node.log"))
            .mend("install Node 22.12 or newer");
        assert_eq!(
            problem.to_string(),
            "✗ Node 20.1 is too old\n    │ v20.1.0\n    the whole log: target/logs/node.log\n    → install Node 22.12 or newer"
        );
    }
}
