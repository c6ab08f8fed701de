//! The stories of API v3: what merchants see of the front end that speaks it.

mod bills;
mod faults;
mod keys;
mod notifications;
mod orders;
mod refunds;
mod samples;
mod shop;
mod signatures;
