//! Runs a tool whose own output is wanted, line by line as it comes, with a sign of life in its silences.

use crate::house::House;
use crate::problem::{Outcome, Problem};
use crate::progress::{plain, seconds};
use crate::run::{in_words, open_log, start};
use std::io::{IsTerminal, Write};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

const SILENCE: Duration = Duration::from_secs(8);

/// How the tool ended. Every line goes to standard output, to the log and, without colours, to `each`.
pub(crate) fn run_live(
    house: &House,
    name: &str,
    mut command: Command,
    mut each: impl FnMut(&str),
) -> Outcome<ExitStatus> {
    let mut log = open_log(house, &name.replace(' ', "-"), &in_words(&command))?;
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let began = Instant::now();
    let (mut child, lines) = start(&mut command)?;
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => {
                println!("{line}");
                let line = plain(&line);
                let _ = writeln!(log, "{line}");
                each(&line);
            }
            Err(RecvTimeoutError::Timeout) => println!("    … {name}, for {} now", seconds(began.elapsed())),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    child.wait().map_err(|error| Problem::new(format!("{name}: {error}")))
}
