//! Follow-ups (回访): somebody who did not handle a matter asks the person afterwards how it was. Who is not satisfied is
//! asked again by the supervisor, by call or visit, and until then the ticket does not close.

pub mod api;
pub mod asking;
pub mod model;
mod repo;
pub mod service;
