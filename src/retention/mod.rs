//! How long found items are kept for their owners, what is due for the police, and disposal, which takes two.

pub mod api;
pub mod disposal;
pub mod model;
mod repo;
pub mod service;
