//! The deletion log: what was forgotten of whom, when and why; kept three years itself.

pub mod api;
pub mod model;
mod repo;
pub mod service;
