//! Complaints: a person who is upset, someone it is about, a grade, an answer, and an end that the person agrees with or
//! a supervisor has seen to.
//!
//! A complaint is a ticket (`tickets/`) with a row of its own beside it. What is particular to it are the steps in
//! between: how grave it is ([`grading`] proposes, a person decides), what was found out, what was offered and whether
//! the person agrees, and what came of it.

pub mod about;
pub mod api;
pub mod deciding;
pub mod finding_out;
pub mod grading;
pub mod model;
pub mod regulator;
mod repo;
pub mod service;
pub mod steps;
pub mod views;
