//! Rates (解决率, 及时率, 满意度, …): what each ticket counts for, the sums of it kept with the writes, what a site aims at,
//! and the tickets behind every number.

pub(crate) mod aims;
pub mod api;
pub mod audit;
mod facts;
pub mod fold;
pub(crate) mod groups;
pub mod measures;
pub mod model;
pub mod periods;
mod repo;
pub mod service;
pub mod targets;
pub mod today;
