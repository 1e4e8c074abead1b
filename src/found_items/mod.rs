//! Found items (拾物): what was handed in, what is known of it publicly and what only its owner can know, where it lies,
//! and where it stands on its way back.

pub mod api;
pub(crate) mod care;
pub mod correct;
pub mod display;
pub(crate) mod marks;
pub mod model;
pub mod record;
mod repo;
pub mod service;
pub mod views;
