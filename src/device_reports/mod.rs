//! What cabinets report by themselves: things that came back, batteries, faults. Twice, late, out of order, and by clocks that are
//! wrong.

pub mod api;
pub mod model;
mod repo;
pub mod service;
