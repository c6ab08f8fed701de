//! The configuration of this isolate. The first request reads it from the environment, and it is kept.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

use crate::config::{Config, Mistakes, NO_SUCH_ZONE, TIME_ZONE};
use crate::failure::{Failure, Misconfiguration};
use crate::platform::environment;
use crate::platform::zone;

thread_local! {
    static CONFIG: OnceCell<Result<Rc<Config>, Mistakes>> = const { OnceCell::new() };
}

impl Config {
    /// The configuration of this isolate. It cannot change while the isolate lives.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, Mistakes> {
        CONFIG.with(|cell| {
            cell.get_or_init(|| {
                let config = Self::read(&|name| environment::text(env, name))?;
                if config.time_zone != TIME_ZONE && zone::clock(&config.time_zone, 0).is_none() {
                    return Err(Mistakes(vec![format!("SHOP_TIME_ZONE: {NO_SUCH_ZONE}.")]));
                }
                for sentence in &config.unfinished {
                    worker::console_warn!("the configuration: {sentence}");
                }
                Ok(Rc::new(config))
            })
            .clone()
        })
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Misconfigured(Box::new(Misconfiguration(mistakes.to_string())))
    }
}
