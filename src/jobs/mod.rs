//! Jobs: what must happen later, or outside a request.
//!
//! A job is a row written in the transaction that causes it. A worker claims due jobs by a lease, runs each outside
//! any transaction, and deletes it when it is done; a failed one comes back after a growing pause and is dead after
//! [`service::MOST_ATTEMPTS`]. A worker that dies leaves its lease to run out, so a job may run twice: each is
//! idempotent.

pub mod model;
mod repo;
pub mod service;
