//! Stories of one order: the smallest course of events that shows each promise.

mod life;
mod paying;
mod wechat;
