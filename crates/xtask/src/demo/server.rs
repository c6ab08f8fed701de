//! A server that the demo started, together with everything it starts itself: they are one process group, and
//! the group is ended with this value, whatever happens.

use crate::prelude::*;
use crate::run::{Running, ending, plain};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a group may take to end by itself before it is ended.
const GRACE: Duration = Duration::from_secs(5);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of an answer, what is looked at.
const MOST: u64 = 16 * 1024;

pub(super) struct Server {
    pub(super) name: &'static str,
    port: u16,
    running: Running,
}

impl Server {
    pub(super) fn start(house: &House, name: &'static str, port: u16, mut command: Command) -> Outcome<Self> {
        let running = Running::start(house, &format!("demo-{name}"), command.process_group(0))?;
        Ok(Self { name, port, running })
    }

    pub(super) fn last_line(&self) -> &str {
        self.running.last_line()
    }

    /// What it has said since the last time; an error with its last words when it has ended.
    pub(super) fn must_be_alive(&mut self) -> Outcome<Vec<String>> {
        let (status, lines) = self.running.look();
        match status {
            Some(status) => Err(self.problem(&ending(status))),
            None => Ok(lines.iter().map(|line| plain(line)).filter(|line| !line.is_empty()).collect()),
        }
    }

    pub(super) fn problem(&self, what: &str) -> Problem {
        self.running.problem(&format!("the {} {what}", self.name))
    }

    /// Its answer at `/healthz`.
    pub(super) fn health(&self) -> Option<String> {
        self.get("/healthz")
    }

    /// Its answer to `GET`, head and body; nothing when nobody listens, or none comes back in time.
    pub(super) fn get(&self, path: &str) -> Option<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(self.running.child.id().try_into().ok()?)
    }

    fn tell(&self, signal: Signal) {
        let _ = self.group().map(|group| kill_process_group(group, signal));
    }

    /// Whether nothing of the group is left.
    fn is_gone(&mut self) -> bool {
        // Collecting the child first: a process that nobody collects stays in its group.
        let _ = self.running.child.try_wait();
        self.group().is_none_or(|group| test_kill_process_group(group).is_err())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tell(Signal::TERM);
        let began = Instant::now();
        while !self.is_gone() && began.elapsed() < GRACE {
            sleep(Duration::from_millis(50));
        }
        if !self.is_gone() {
            self.tell(Signal::KILL);
        }
        let _ = self.running.child.wait();
    }
}
