//! Lost reports (失物登记): what somebody misses, when and where they may have lost it, and what only they know of it.

pub mod api;
pub mod model;
mod repo;
pub mod service;
