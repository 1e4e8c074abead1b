//! What is lent as a GBFS 3.0 feed (General Bikeshare Feed Specification), so that maps and other programs can
//! read it. A thing to lend is a vehicle there, whose form is `other`.

pub mod api;
pub mod model;
pub mod service;
