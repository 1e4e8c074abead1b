//! Rentals: somebody reserves, borrows, keeps, gives back or loses a thing, and what comes of it in money.

pub mod api;
pub mod audit;
pub mod borrow;
pub mod due;
pub mod fetch;
pub mod model;
pub mod money;
mod repo;
pub mod returns;
pub mod service;
pub mod suspensions;
pub mod views;
