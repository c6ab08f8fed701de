//! Shows what is being done, so that no wait is silent.
//!
//! On a terminal: one line that is redrawn, with a spinner, the seconds and what each running task says last. Elsewhere
//! (CI, a pipe): a plain line when a task starts and ends, and one every few seconds in between.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const REDRAW: Duration = Duration::from_millis(120);
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// What is done sooner needs no line that it began.
const WORTH_A_LINE: Duration = Duration::from_secs(1);
const SPINNER: [char; 8] = ['⠋', '⠙', '⠸', '⢰', '⣠', '⣄', '⡆', '⠇'];

/// The board on which running tasks are shown, until it is dropped.
pub(crate) struct Board {
    shared: Arc<Mutex<Shared>>,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

struct Shared {
    terminal: bool,
    began: Instant,
    last_line: Instant,
    running: Vec<Running>,
    next_id: usize,
    frame: usize,
}

struct Running {
    id: usize,
    name: String,
    began: Instant,
    note: String,
    /// Whether a line has said that it began.
    told: bool,
}

/// One running task. Dropped without a word, it just leaves the board.
pub(crate) struct Task {
    shared: Arc<Mutex<Shared>>,
    id: usize,
}

impl Board {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let shared = Arc::new(Mutex::new(Shared {
            terminal: std::io::stderr().is_terminal(),
            began: now,
            last_line: now,
            running: Vec::new(),
            next_id: 0,
            frame: 0,
        }));
        let (stop, stopped) = channel();
        let ticking = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(REDRAW) == Err(RecvTimeoutError::Timeout) {
                hold(&ticking).tick();
            }
        });
        Self { shared, ticker: Some((stop, thread)) }
    }

    pub(crate) fn start(&self, name: impl Into<String>) -> Task {
        let mut shared = hold(&self.shared);
        let id = shared.next_id;
        shared.next_id += 1;
        shared.running.push(Running {
            id,
            name: name.into(),
            began: Instant::now(),
            note: String::new(),
            told: false,
        });
        Task { shared: Arc::clone(&self.shared), id }
    }

    /// A line that stays.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        hold(&self.shared).line(line.as_ref());
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.ticker.take() {
            drop(stop);
            let _ = thread.join();
        }
        hold(&self.shared).wipe();
    }
}

impl Task {
    /// What the tool says at the moment; shown, not kept.
    pub(crate) fn note(&self, text: &str) {
        let mut shared = hold(&self.shared);
        if let Some(task) = shared.running.iter_mut().find(|task| task.id == self.id) {
            task.note = plain(text);
        }
    }

    pub(crate) fn done(self, outcome: &str) {
        self.leave("✓", outcome);
    }

    pub(crate) fn failed(self, outcome: &str) {
        self.leave("✗", outcome);
    }

    fn leave(self, mark: &str, outcome: &str) {
        let mut shared = hold(&self.shared);
        let Some(place) = shared.running.iter().position(|task| task.id == self.id) else { return };
        let task = shared.running.remove(place);
        let mut line = format!("  {mark} {}", task.name);
        if !outcome.is_empty() {
            line += ": ";
            line += outcome;
        }
        let took = task.began.elapsed();
        if took >= Duration::from_secs(1) {
            line += &format!(" ({})", seconds(took));
        }
        shared.line(&line);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        hold(&self.shared).running.retain(|task| task.id != self.id);
    }
}

impl Shared {
    fn tick(&mut self) {
        if self.running.is_empty() {
            return;
        }
        if self.terminal {
            self.frame += 1;
            let spinner = SPINNER[self.frame % SPINNER.len()];
            let tasks: Vec<String> = self.running.iter().map(Running::in_short).collect();
            let line = format!("{spinner} {}  {}", seconds(self.began.elapsed()), tasks.join("  ·  "));
            let width = rustix::termios::tcgetwinsize(std::io::stderr()).map_or(80, |size| size.ws_col);
            let shown: String = line.chars().take(usize::from(width).saturating_sub(1)).collect();
            eprint!("\r\x1b[K{shown}");
            let _ = std::io::stderr().flush();
            return;
        }
        while let Some(task) =
            self.running.iter_mut().find(|task| !task.told && task.began.elapsed() >= WORTH_A_LINE)
        {
            task.told = true;
            let line = format!("  … {}", task.name);
            self.line(&line);
        }
        if self.last_line.elapsed() >= SIGN_OF_LIFE {
            let tasks: Vec<String> = self.running.iter().map(Running::at_length).collect();
            let line = format!("    {}: {}", seconds(self.began.elapsed()), tasks.join("; "));
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        self.wipe();
        eprintln!("{line}");
        self.last_line = Instant::now();
    }

    fn wipe(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

impl Running {
    fn in_short(&self) -> String {
        match self.note.as_str() {
            "" => self.name.clone(),
            note => format!("{}: {}", self.name, clipped(note, 48)),
        }
    }

    fn at_length(&self) -> String {
        let took = seconds(self.began.elapsed());
        match self.note.as_str() {
            "" => format!("{} ({took})", self.name),
            note => format!("{} ({took}, {})", self.name, clipped(note, 72)),
        }
    }
}

fn hold(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `8 s`, `1 min 05 s`.
pub(crate) fn seconds(took: Duration) -> String {
    let whole = took.as_secs();
    if whole < 60 { format!("{whole} s") } else { format!("{} min {:02} s", whole / 60, whole % 60) }
}

fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        text.chars().take(most - 1).chain(['…']).collect()
    }
}

/// Without the colours and other control sequences of a terminal.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\x1b' {
            if rest.next_if_eq(&'[').is_some() {
                while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            }
        } else if !c.is_control() {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out_of_what_a_tool_says() {
        assert_eq!(plain("\x1b[1m\x1b[32m   Compiling\x1b[0m syn v2"), "Compiling syn v2");
    }

    #[test]
    fn a_wait_is_told_in_minutes_once_it_is_long() {
        assert_eq!(seconds(Duration::from_secs(59)), "59 s");
        assert_eq!(seconds(Duration::from_secs(65)), "1 min 05 s");
    }

    #[test]
    fn a_long_note_is_clipped_by_letters_not_bytes() {
        assert_eq!(clipped("微信支付", 3), "微信…");
    }
}
