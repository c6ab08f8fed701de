//! The lowest floor: everything that the Worker asks of Cloudflare. No file here knows an order, a price or a
//! route.

pub(crate) mod clock;
pub(crate) mod crypto;
pub(crate) mod database;
pub(crate) mod environment;
pub(crate) mod fetch;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod js;
pub(crate) mod log;
pub(crate) mod percent;
pub(crate) mod post;
pub(crate) mod task;
pub(crate) mod timer;
pub(crate) mod trap;
pub(crate) mod wait;
pub(crate) mod zone;

pub(crate) mod retry_after;
mod stream;
