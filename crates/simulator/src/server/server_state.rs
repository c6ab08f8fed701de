//! What the parts of the server share: the gateway behind a lock, the clock, and the files.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use simulator::gateway::{Gateway, Switches};
use tokio::sync::Notify;

use super::clock::Clock;
use super::http_client::HttpClient;

pub(crate) struct ServerState {
    gateway: Mutex<Gateway>,
    pub(crate) clock: Clock,
    /// Notified when a delivery may have become due.
    wake: Notify,
    /// Set when the state file lacks a change.
    is_unsaved: AtomicBool,
    /// The switches the program was started with, to go back to.
    pub(crate) configured: Switches,
    state_file: Option<PathBuf>,
    log: Option<Mutex<File>>,
    /// Sends messages to merchants.
    pub(crate) http: HttpClient,
}

impl ServerState {
    pub(crate) fn new(
        mut gateway: Gateway,
        configured: Switches,
        http: HttpClient,
        state_file: Option<PathBuf>,
        log_file: Option<PathBuf>,
    ) -> Result<ServerState, String> {
        let clock = Clock::default();
        if let Some(path) = state_file.as_ref().filter(|path| path.exists()) {
            let saved =
                std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            gateway
                .load(clock.now_ms(), &saved)
                .map_err(|problem| format!("{}: {problem}", path.display()))?;
        }
        let open = |path: PathBuf| {
            let opened = OpenOptions::new().create(true).append(true).open(&path);
            opened.map(Mutex::new).map_err(|error| format!("{}: {error}", path.display()))
        };
        let log = log_file.map(open).transpose()?;
        let server = ServerState {
            gateway: Mutex::new(gateway),
            clock,
            wake: Notify::new(),
            is_unsaved: AtomicBool::new(false),
            configured,
            state_file,
            log,
            http,
        };
        // Better to learn now that the file cannot be written than after an hour of orders.
        server.write_state()?;
        Ok(server)
    }

    /// Locks the gateway until the guard is dropped. A holder of the guard must not await anything.
    pub(crate) fn gateway(&self) -> MutexGuard<'_, Gateway> {
        // A panic under the lock is a defect of one request. The ledger is still worth showing.
        self.gateway.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that orders or deliveries changed. The delivery task looks again, and the state will be saved.
    pub(crate) fn changed(&self) {
        self.is_unsaved.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Waits until something changes.
    pub(crate) async fn change(&self) {
        self.wake.notified().await;
    }

    /// Appends a line to the log, if there is one.
    pub(crate) fn log(&self, kind: &str, what: &impl Serialize) {
        let Some(log) = &self.log else { return };
        let line = serde_json::json!({ "kind": kind, "at_ms": self.clock.now_ms(), kind: what });
        let mut file = log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "{line}") {
            eprintln!("the log cannot be written: {error}");
        }
    }

    /// Saves the state if it changed. It is written to a file beside the state file, which is then renamed.
    /// So a crash of the program leaves the old state or the new one, never half of one.
    pub(crate) fn save(&self) {
        if !self.is_unsaved.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Err(problem) = self.write_state() {
            eprintln!("{problem}");
        }
    }

    fn write_state(&self) -> Result<(), String> {
        let Some(path) = &self.state_file else { return Ok(()) };
        let saved = self.gateway().save();
        let written = saved.map_err(std::io::Error::other).and_then(|state| {
            let beside = path.with_extension("new");
            std::fs::write(&beside, state)?;
            std::fs::rename(&beside, path)
        });
        written.map_err(|error| format!("the state cannot be written to {}: {error}", path.display()))
    }
}

/// Saves the state about a second after each change, until the task is aborted.
pub(crate) async fn save_regularly(server: Arc<ServerState>) {
    const PAUSE: Duration = Duration::from_secs(1);
    loop {
        tokio::time::sleep(PAUSE).await;
        server.save();
    }
}
