//! The wallboard (看板): what is open at a site, what comes due next, what is late, and how today goes; on a screen in the
//! room, kept up to date by server-sent events.

pub mod api;
pub mod boards;
mod feed;
pub mod model;
mod page;
pub mod pass;
mod repo;
pub mod service;
mod words;
