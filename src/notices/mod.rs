//! Notices: what somebody must be told. Written in the transaction of the change that causes them, so none is lost and
//! none tells of something that did not happen. People read theirs at `/notices`.

pub mod api;
pub mod model;
mod repo;
pub mod service;
