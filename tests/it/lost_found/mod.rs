//! Lost reports and found items: how alike they are.

mod categories;
mod colours;
mod corpus;
mod fingerprint;
mod labelled;
mod likeness;
mod noise;
mod speech;
mod telling;
mod thing;
mod words;
