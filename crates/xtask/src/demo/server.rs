//! A server that the demo started, together with everything it starts itself: they are one process group, and the
//! group is ended with this value, whatever happens.

use crate::house::House;
use crate::problem::{Outcome, Problem};
use crate::progress::plain;
use crate::run::{ending, in_words, open_log, start};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::Receiver;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a group may take to end by itself before it is ended.
const GRACE: Duration = Duration::from_secs(5);
const TAIL_LINES: usize = 20;

pub(super) struct Server {
    name: &'static str,
    child: Child,
    group: Option<Pid>,
    lines: Receiver<String>,
    log: File,
    log_path: PathBuf,
    tail: VecDeque<String>,
}

impl Server {
    pub(super) fn start(house: &House, name: &'static str, mut command: Command) -> Outcome<Self> {
        let log_name = format!("demo-{name}");
        let log = open_log(house, &log_name, &in_words(&command))?;
        command.process_group(0);
        let (child, lines) = start(&mut command)?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let log_path = house.short(&house.log(&log_name)).to_path_buf();
        Ok(Self { name, child, group, lines, log, log_path, tail: VecDeque::new() })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// What it has said since the last time; kept in its log.
    pub(super) fn listen(&mut self) -> Vec<String> {
        let lines: Vec<String> =
            self.lines.try_iter().map(|line| plain(&line)).filter(|line| !line.is_empty()).collect();
        for line in &lines {
            let _ = writeln!(self.log, "{line}");
            if self.tail.len() == TAIL_LINES {
                self.tail.pop_front();
            }
            self.tail.push_back(line.clone());
        }
        lines
    }

    /// An error when it has ended, with its last words.
    pub(super) fn must_be_alive(&mut self) -> Outcome {
        let Ok(None) = self.child.try_wait() else {
            let how = self.child.wait().map_or_else(|error| error.to_string(), ending);
            return Err(self.problem(&format!("the {} {how}", self.name)));
        };
        Ok(())
    }

    pub(super) fn problem(&mut self, what: &str) -> Problem {
        // Its last words may still be on their way.
        sleep(Duration::from_millis(200));
        self.listen();
        Problem::new(what).tail(self.tail.clone()).log(&self.log_path)
    }

    fn ask_to_end(&self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }

    fn is_gone(&mut self) -> bool {
        // Collecting the child first: a process that nobody collects stays in its group.
        let _ = self.child.try_wait();
        self.group.is_none_or(|group| test_kill_process_group(group).is_err())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask_to_end();
        let began = Instant::now();
        while !self.is_gone() && began.elapsed() < GRACE {
            sleep(Duration::from_millis(50));
        }
        if !self.is_gone()
            && let Some(group) = self.group
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
        self.listen();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_server_started_ends_with_it() -> Outcome {
        let house = House::open();
        let mut server = Server::start(&house, "test-group", shell("sleep 600 & echo started; wait"))?;
        let group = server.group;
        while server.listen().is_empty() {
            server.must_be_alive()?;
            std::thread::yield_now();
        }
        drop(server);
        assert!(
            group.is_some_and(|group| test_kill_process_group(group).is_err()),
            "something is left in the group"
        );
        Ok(())
    }

    #[test]
    fn a_server_that_ends_leaves_its_last_words() -> Outcome {
        let house = House::open();
        let mut server = Server::start(&house, "test-words", shell("echo no such option; exit 3"))?;
        let problem = loop {
            if let Err(problem) = server.must_be_alive() {
                break problem.to_string();
            }
        };
        assert!(problem.contains("ended with code 3") && problem.contains("no such option"), "{problem}");
        Ok(())
    }
}
