//! Repairs: the one-tap report of something broken. Scan, one line, done: place, thing, category and site come from
//! the code. What happens then is the life of every ticket (`tickets/`).

pub mod api;
pub mod service;
