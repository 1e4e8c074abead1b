//! What is like what: the same trouble once more, many reports of one thing, and what the desk knows of a requester and
//! a shop. Yijian proposes; a person confirms.

pub mod api;
pub mod model;
mod repo;
pub mod service;
