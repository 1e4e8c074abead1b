//! Improvements (整改): what is done about a target that a site missed in a month. Who owns one plans, shows that it was
//! done, and somebody else checks it against the same counts.

pub mod api;
pub mod findings;
pub mod model;
mod repo;
pub mod service;
pub mod watch;
