//! Tickets: what every matter has in common from the first tap to the last word, whatever its kind.
//!
//! Intake belongs to the kinds (`repairs/`); they call [`service::open`]. What may happen to a ticket, and who may do
//! it, is one table ([`lifecycle`]). Every change is written together with its line on the timeline and with the
//! notices it causes.

pub mod api;
pub(crate) mod closing;
pub mod commands;
pub mod dispatch;
pub mod intake;
pub mod lifecycle;
pub mod model;
pub mod next;
pub mod pauses;
pub mod record;
pub mod regrade;
pub mod related;
mod repo;
pub mod service;
pub(crate) mod step;
pub mod views;
pub mod work;
