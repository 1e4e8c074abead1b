//! Accounts: who people are (WeChat or password), what they may be at which site, and the sessions they come with.
//!
//! A sign-in starts a session; a session hands out short access tokens (`tokens.rs`) and a chain of refresh tokens of
//! which only the newest is good (`service.rs`). Using an old one again ends the whole session: somebody copied it.
//! What a person may do is looked up with each request (`sessions.rs`) and given to services as a proof
//! ([`model::SignedIn`], [`model::Staff`], [`model::Lead`]).

pub mod api;
pub mod clients;
pub mod members;
pub mod model;
pub mod oauth;
mod password;
mod repo;
pub mod service;
pub mod sessions;
pub mod staff;
pub mod tokens;
