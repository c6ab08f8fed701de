//! What all parts of the work on the books share: the platform, the storage, and how far the work is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use books::Progress;
use worker::{Env, State};

use super::store::Store;
use crate::config::Config;
use crate::failure::Failure;
use crate::platform::clock::now_ms;

/// What all parts of the work share.
pub(super) struct Desk {
    state: State,
    pub(super) env: Env,
    store: RefCell<Option<Rc<Store>>>,
    /// Whether a slice is under way.
    pub(super) is_working: Cell<bool>,
}

impl Desk {
    pub(super) fn new(state: State, env: Env) -> Self {
        Self { state, env, store: RefCell::new(None), is_working: Cell::new(false) }
    }

    /// Changes the stored progress.
    pub(super) fn step(&self, change: impl FnOnce(&mut Progress)) -> Result<(), Failure> {
        let store = self.store()?;
        if let Some(mut progress) = store.progress()? {
            change(&mut progress);
            store.keep(&progress)?;
        }
        Ok(())
    }

    /// Whether the stored progress is still this one. A person may have begun a day again meanwhile; then
    /// what was found since is dropped.
    pub(super) fn is_current(&self, progress: &Progress) -> Result<bool, Failure> {
        Ok(self.store()?.progress()?.as_ref() == Some(progress))
    }

    /// Sets the alarm for what is due next.
    pub(super) fn arm(&self) -> Result<(), Failure> {
        let store = self.store()?;
        let work = store.progress()?.map(|progress| progress.due_at_ms);
        if let Some(due_at_ms) = work.into_iter().chain(store.next_webhook()?).min() {
            store.set_alarm(due_at_ms.max(now_ms()))?;
        }
        Ok(())
    }

    pub(super) fn store(&self) -> Result<Rc<Store>, Failure> {
        let mut kept = self.store.borrow_mut();
        if let Some(store) = kept.as_ref() {
            return Ok(Rc::clone(store));
        }
        Ok(Rc::clone(kept.insert(Rc::new(Store::of(&self.state)?))))
    }

    pub(super) fn config(&self) -> Result<Rc<Config>, Failure> {
        Ok(Config::of(&self.env)?)
    }
}
