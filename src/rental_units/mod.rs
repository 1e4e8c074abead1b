//! The single things that are lent: which there are, where each is, in which state, and every hand it went through.

pub mod api;
pub mod model;
pub mod record;
mod repo;
pub mod service;
