//! The custody log of a found item: every hand it went through, append-only, each entry carrying the hash of the one before.

pub mod api;
pub mod audit;
pub mod model;
mod repo;
pub mod service;
