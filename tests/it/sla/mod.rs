//! The standards engine against worked cases, against each rule by name, and against a naive one that walks through
//! time minute by minute.

mod vectors;
