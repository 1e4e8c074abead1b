//! Photos: uploaded one at a time, cleaned of everything private, then named by other requests.
//!
//! The bytes lie in the photo store under the attachment's id; the row says who may use them. An upload that nothing
//! refers to within a day is swept away. Whoever may see a ticket gets a signed link that works for some minutes
//! without a header, because an image tag cannot send one.

pub mod api;
mod heif;
pub mod model;
pub mod photo;
mod repo;
pub mod service;
