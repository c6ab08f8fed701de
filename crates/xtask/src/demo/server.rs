//! A server that the demo started, together with everything it starts itself: they are one process group, and
//! the group is ended with this value, whatever happens.

use crate::house::House;
use crate::problem::{Outcome, Problem};
use crate::run::{Running, ending, plain};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a group may take to end by itself before it is ended.
const GRACE: Duration = Duration::from_secs(5);

pub(super) struct Server {
    name: &'static str,
    running: Running,
    group: Option<Pid>,
}

impl Server {
    pub(super) fn start(house: &House, name: &'static str, mut command: Command) -> Outcome<Self> {
        let running = Running::start(house, &format!("demo-{name}"), command.process_group(0))?;
        let group = i32::try_from(running.child.id()).ok().and_then(Pid::from_raw);
        Ok(Self { name, running, group })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn last_line(&self) -> &str {
        self.running.last_line()
    }

    /// What it has said since the last time; an error with its last words when it has ended.
    pub(super) fn must_be_alive(&mut self) -> Outcome<Vec<String>> {
        let (status, lines) = self.running.look();
        match status {
            Some(status) => Err(self.problem(&format!("the {} {}", self.name, ending(status)))),
            None => Ok(lines.iter().map(|line| plain(line)).filter(|line| !line.is_empty()).collect()),
        }
    }

    pub(super) fn problem(&self, what: &str) -> Problem {
        self.running.problem(what)
    }

    fn ask_to_end(&self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::TERM);
        }
    }

    fn is_gone(&mut self) -> bool {
        // Collecting the child first: a process that nobody collects stays in its group.
        let _ = self.running.child.try_wait();
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
        let _ = self.running.child.wait();
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
        while server.must_be_alive()?.is_empty() {
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
