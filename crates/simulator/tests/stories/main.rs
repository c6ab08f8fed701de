//! What merchants and shoppers see of the gateway, told through its public interface and read back by `wire`.

mod accounts;
mod checks;
mod client;
mod closing;
mod coupons;
mod faults;
mod hostile;
mod paying;
mod placing_again;
mod refunding;
mod restart;
mod shop;
