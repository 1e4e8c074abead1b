//! Scanning: what a code on a wall or thing stands for, what can be done there, and what has been reported already.

pub mod api;
pub mod service;
