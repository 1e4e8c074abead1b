//! Stations, and what is lent there: the types of things with their rules, where they are borrowed and given back, and how
//! many are there just now.

pub mod api;
pub mod lending;
pub mod model;
mod repo;
pub mod service;
pub mod views;
