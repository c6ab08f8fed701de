//! Runs a tool and keeps what it says: all of it in a log file, the last line on the board, the end in the problem
//! when it fails. The tool gets no standard input, so that none can wait for an answer.

use crate::house::{House, make_folder};
use crate::problem::{At, Outcome, Problem};
use crate::progress::{Task, plain};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Lines of a failed tool that are shown; its log file has them all.
const TAIL_LINES: usize = 24;

/// Runs the command to its end. `log` names its log file.
pub(crate) fn run(house: &House, task: &Task, log: &str, command: Command) -> Outcome {
    run_within(house, task, log, command, None)
}

/// The same for a tool that may wait for a server for ever: it is stopped after `limit`.
pub(crate) fn run_within(
    house: &House,
    task: &Task,
    log: &str,
    mut command: Command,
    limit: Option<Duration>,
) -> Outcome {
    let words = in_words(&command);
    let began = Instant::now();
    let path = house.log(log);
    let mut file = open_log(house, log, &words)?;
    let (mut child, lines) = start(&mut command)?;
    let mut tail = VecDeque::new();
    loop {
        match lines.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => {
                let _ = writeln!(file, "{line}");
                let line = plain(&line);
                if !line.is_empty() {
                    task.note(&line);
                    if tail.len() == TAIL_LINES {
                        tail.pop_front();
                    }
                    tail.push_back(line);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if limit.is_some_and(|limit| began.elapsed() > limit) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Problem::new(format!(
                "`{words}` gave no answer in {} s and was stopped",
                began.elapsed().as_secs()
            )));
        }
    }
    let status = child.wait().map_err(|error| Problem::new(format!("`{words}`: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Problem::new(format!("`{words}` {}", ending(status))).tail(tail).log(house.short(&path)))
}

/// Starts the command with both its outputs in one stream of lines, in the order in which they were written. It ends when
/// the tool, and all that it started, have closed both.
pub(crate) fn start(command: &mut Command) -> Outcome<(Child, Receiver<String>)> {
    let program = command.get_program().to_string_lossy().into_owned();
    let not_started = |error: std::io::Error| Problem::new(format!("`{program}` did not start: {error}"));
    let (reader, writer) = std::io::pipe().map_err(not_started)?;
    let other = writer.try_clone().map_err(not_started)?;
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(other).spawn();
    // The command holds the pipe open, too.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, lines) = channel();
    forward(reader, sender);
    Ok((child.map_err(not_started)?, lines))
}

fn forward(stream: impl Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while stream.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            // A progress bar redraws its line after a carriage return: the last drawing counts.
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches(['\r', '\n']);
            let shown = text.rsplit('\r').next().unwrap_or(text).to_owned();
            if lines.send(shown).is_err() {
                break;
            }
            bytes.clear();
        }
    });
}

pub(crate) fn open_log(house: &House, name: &str, words: &str) -> Outcome<File> {
    let path = house.log(name);
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut file = File::create(&path).at("making", &path)?;
    let _ = writeln!(file, "$ {words}");
    Ok(file)
}

/// The first line a program prints, such as its version; nothing when it is not there or fails.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The command as one could type it, short enough for a sentence.
pub(crate) fn in_words(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or_default();
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

pub(crate) fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with code {code}"),
        None => format!("was ended: {status}"),
    }
}
