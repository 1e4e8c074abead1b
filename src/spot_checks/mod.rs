//! Spot checks (工单抽查): a lead draws finished tickets of a period, at random or by hand, and holds each record against
//! the site's checklist. What they find is the rate of records that are correct.

pub mod api;
pub mod checklist;
pub mod draw;
pub mod model;
mod repo;
pub mod service;
pub mod views;
