//! Who looked at whose number in full: the number of whoever lost, found or claimed something, and a line for each look.

pub mod api;
pub mod model;
mod repo;
pub mod service;
