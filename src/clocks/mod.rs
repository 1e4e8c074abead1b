//! The clocks that run on tickets: born with them in one transaction, driven by what happens to them, and watched.
//!
//! A clock is the fold of its events (`crate::sla::ledger`). Its row keeps what it was born with, and beside it the
//! outcome of the fold, so that nobody has to replay anything to know a deadline; `yijian sla verify` replays
//! everything and compares.

pub mod api;
pub mod apply;
pub mod audit;
pub mod model;
pub mod moves;
mod promising;
pub mod reapply;
mod repo;
mod retold;
pub mod service;
pub mod sweep;
pub mod tighten;
pub mod what_if;
