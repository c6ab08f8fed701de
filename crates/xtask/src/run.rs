//! Runs tools. All that a tool says goes into its log file in `target/logs`, and is read from there: the last
//! line as a sign of life, the end when the tool fails. A tool gets no standard input, so that none can wait
//! for an answer.

use crate::house::{House, write};
use crate::problem::{At, Outcome, Problem};
use crate::progress::{Task, seconds};
use anstream::adapter::strip_str;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Lines of a failed tool that are shown; its log file has them all.
const TAIL_LINES: usize = 24;
/// Between two looks at the log file.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a tool whose own output is shown may be silent.
const SILENCE: Duration = Duration::from_secs(8);

/// Runs the command to its end. `log` names its log file.
pub(crate) fn run(house: &House, task: &Task, log: &str, mut command: Command) -> Outcome {
    let mut tool = Running::start(house, log, &mut command)?;
    let status = tool.wait(|_, said| task.is_alive(said));
    if status.success() { Ok(()) } else { Err(tool.problem(&ended(&command, status))) }
}

/// Runs a tool whose own output is wanted, line by line as it comes, and says whether it went well.
pub(crate) fn show(house: &House, name: &str, command: Command) -> Outcome<bool> {
    show_lines(house, name, command, |_| {}).map(|status| status.success())
}

/// The same for one whose lines are read, too: `each` gets every line.
pub(crate) fn show_lines(
    house: &House,
    name: &str,
    mut command: Command,
    mut each: impl FnMut(&str),
) -> Outcome<ExitStatus> {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let mut tool = Running::start(house, &name.replace(' ', "-"), &mut command)?;
    let began = Instant::now();
    let mut last_line = began;
    Ok(tool.wait(|lines, _| {
        for line in lines {
            println!("{line}");
            each(&plain(line));
        }
        if !lines.is_empty() {
            last_line = Instant::now();
        } else if last_line.elapsed() > SILENCE {
            println!("    … {name}, for {} now", seconds(began.elapsed()));
            last_line = Instant::now();
        }
    }))
}

/// What a tool prints on its standard output.
pub(crate) fn printed(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Problem::new(ended(command, output.status)).tail(String::from_utf8_lossy(&output.stderr).lines()))
}

/// The first line a program prints, such as its version; nothing when it is not there or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    printed(command).ok().map(|text| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// A tool that was started, and what it says.
pub(crate) struct Running {
    pub(crate) child: Child,
    said: BufReader<File>,
    unfinished: Vec<u8>,
    tail: VecDeque<String>,
    log: PathBuf,
}

impl Running {
    pub(crate) fn start(house: &House, log: &str, command: &mut Command) -> Outcome<Self> {
        let path = house.log(log);
        write(&path, format!("$ {}\n", in_words(command)))?;
        let open = || OpenOptions::new().append(true).open(&path).at("opening", &path);
        command.stdin(Stdio::null()).stdout(open()?).stderr(open()?);
        let mut said = BufReader::new(File::open(&path).at("reading", &path)?);
        said.skip_until(b'\n').at("reading", &path)?;
        let child = command.spawn().map_err(|error| not_started(command, &error))?;
        let log = house.short(&path).to_path_buf();
        Ok(Self { child, said, unfinished: Vec::new(), tail: VecDeque::new(), log })
    }

    /// How it has ended, unless it still runs; and what it has said since the last look.
    pub(crate) fn look(&mut self) -> (Option<ExitStatus>, Vec<String>) {
        // In this order, so that the lines of a tool that has ended are all there.
        let status = self.child.try_wait().ok().flatten();
        let mut lines = Vec::new();
        loop {
            let read = self.said.read_until(b'\n', &mut self.unfinished).unwrap_or(0);
            let is_last = read == 0 && status.is_some() && !self.unfinished.is_empty();
            if self.unfinished.ends_with(b"\n") || is_last {
                lines.push(String::from_utf8_lossy(&self.unfinished).trim_end().to_owned());
                self.unfinished.clear();
            }
            if read == 0 {
                break;
            }
        }
        self.tail.extend(lines.iter().map(|line| plain(line)).filter(|line| !line.is_empty()));
        self.tail.drain(..self.tail.len().saturating_sub(TAIL_LINES));
        (status, lines)
    }

    /// Waits for its end. `each` is told again and again what it has said meanwhile, and its last line.
    fn wait(&mut self, mut each: impl FnMut(&[String], &str)) -> ExitStatus {
        loop {
            let (status, lines) = self.look();
            each(&lines, self.last_line());
            match status {
                Some(status) => return status,
                None => sleep(PAUSE),
            }
        }
    }

    pub(crate) fn last_line(&self) -> &str {
        self.tail.back().map_or("", String::as_str)
    }

    /// What went wrong, with the tool's last words.
    pub(crate) fn problem(&self, what: &str) -> Problem {
        Problem::new(what).tail(&self.tail).log(&self.log)
    }
}

/// Without the colours and other control sequences of a terminal.
pub(crate) fn plain(text: &str) -> String {
    strip_str(text).to_string().trim().to_owned()
}

/// The command as one could type it, in one line.
fn in_words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().replace('\n', "")).collect::<Vec<_>>().join(" ")
}

fn not_started(command: &Command, error: &std::io::Error) -> Problem {
    Problem::new(format!("`{}` did not start: {error}", command.get_program().to_string_lossy()))
}

fn ended(command: &Command, status: ExitStatus) -> String {
    format!("`{}` {}", in_words(command), ending(status))
}

pub(crate) fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with code {code}"),
        None => format!("was ended: {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out_of_what_a_tool_says() {
        assert_eq!(plain("\x1b[1m\x1b[32m   Compiling\x1b[0m syn v2"), "Compiling syn v2");
    }

    #[test]
    fn a_tool_that_fails_is_told_by_its_last_words_also_by_those_without_an_end_of_line() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one >&2; printf two; exit 3"]);
        let outcome = run(&House::open(), &Task::start("a tool"), "test-last-words", command);
        let told = outcome.map_err(|problem| problem.to_string());
        assert!(told.as_ref().is_err_and(|told| told.contains("    │ one\n    │ two\n")), "{told:?}");
        assert!(told.is_err_and(|told| told.contains("ended with code 3")));
    }
}
