//! Handing unclaimed things to the police, with the list that goes along.

pub mod api;
pub mod list;
pub mod model;
mod repo;
pub mod service;
