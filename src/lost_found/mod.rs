//! What a thing is, and how alike a lost and a found one are: the shipped tree of categories, colours, words, fingerprints,
//! and the score. Pure: no database, no clock, no HTTP.

pub mod categories;
pub mod colours;
pub mod fingerprint;
mod lexicon;
pub mod likeness;
pub mod words;
