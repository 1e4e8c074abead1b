//! The whole suite in one binary: it links once.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on shall say so at the spot; tests read their own environment"
)]

mod support;

mod about;
mod access;
mod accounts;
mod architecture;
mod asking;
mod attachments;
mod bodies;
mod cli;
mod clients;
mod clocks;
mod closing;
mod complaints;
mod concerned;
mod contact;
mod crash;
mod crowds;
mod database;
mod deciding;
mod demo_year;
mod desk;
mod dispatch;
mod finding_out;
mod follow_ups;
mod http;
mod idempotency;
mod improvements;
mod jobs;
mod journey;
mod lifecycle;
mod lists;
mod lost_found;
mod lost_property;
mod masks;
mod members;
mod next;
mod notices;
mod numbers;
mod openapi;
mod paging;
mod pay;
mod photo;
mod publishing;
mod rates;
mod readme;
mod regulator;
mod related;
mod rental;
mod repairs;
mod repeats;
mod reports;
mod schema;
mod screens;
mod sessions;
mod sheets;
mod similar;
mod sites;
mod sla;
mod spot_checks;
mod standards;
mod surveys;
mod texts;
mod tickets;
mod tokens;
mod wechat;
mod whose_word;
