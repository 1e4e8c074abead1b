//! What is promised: calendars and service standards, site by site, each kept in versions that never change.
//!
//! A clock keeps the versions it was born with; see `crate::clocks`. The arithmetic is in `crate::sla`.

pub mod api;
pub mod calendars;
mod defaults;
pub mod memory;
pub mod model;
pub mod preview;
mod repo;
pub mod service;
pub mod spec;
pub mod versions;
