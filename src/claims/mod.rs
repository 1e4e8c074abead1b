//! Claims: somebody says that a found item is theirs, answers what only its owner can know, and is given it.

pub mod answers;
pub mod api;
pub(crate) mod forget;
pub mod hand_over;
pub mod model;
mod repo;
pub mod service;
pub mod views;
