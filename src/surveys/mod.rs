//! Surveys: a link that works once, for people without an account to say how it was.

pub mod api;
pub mod model;
mod repo;
pub mod service;
