//! Deposits by WeChat `PayScore`: a service order for each rental that needs one, from the moment its borrower has to confirm
//! until it is paid. WeChat's own answer to a query always decides; a notification only says that it is time to ask.

pub mod api;
pub mod model;
mod repo;
pub mod service;
