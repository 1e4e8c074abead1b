//! Tightened ladders: while a department's resolution rate is under its target, its tickets are told of sooner.
//!
//! What that means for a clock is in `crate::clocks`, and which levels there are says its standard.

pub mod api;
pub mod model;
mod repo;
pub mod service;
pub mod watch;
