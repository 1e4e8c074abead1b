//! How much of what there is: by type and station, what is to be brought and collected, what is lost, and counting by hand.

pub mod api;
pub mod model;
mod repo;
pub mod service;
