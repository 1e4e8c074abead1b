//! Bringing lost reports and found items together: looked for whenever either side is new or changes.

pub mod api;
pub mod model;
pub mod pages;
mod repo;
pub mod service;
