//! The arithmetic of lending: what a site's rules for a type of thing say, what a rental costs, and what is near. Pure: no
//! database, no clock, no other room of the house.

pub mod fees;
pub mod near;
pub mod policy;
