//! Sites: a mall's places, equipment, shops, units, departments and categories, and the codes that stand for them.
//!
//! All of it comes from one file (`import.rs`), which an operator may import again after changing it; the demo mall
//! is such a file. Nothing is deleted by an import: tickets point to it.

pub mod api;
pub mod categories;
pub mod import;
pub mod memory;
pub mod model;
mod repo;
pub mod service;
