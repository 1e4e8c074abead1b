//! Yijian (一键, "one tap"): the back end of a shopping mall's customer-service desk.
//!
//! `docs/ARCHITECTURE.md` is the map of the house.

pub mod accounts;
pub mod app;
pub mod attachments;
pub mod claims;
pub mod cli;
pub mod clock;
pub mod clocks;
pub mod complaints;
pub mod config;
pub mod custody;
pub mod db;
pub mod demo;
pub mod erasures;
pub mod error;
pub mod follow_ups;
pub mod found_items;
pub mod http;
pub mod idempotency;
pub mod jobs;
pub mod lost_found;
pub mod lost_reports;
pub mod matches;
pub mod notices;
pub mod police;
pub mod repairs;
pub mod retention;
pub mod scan;
pub mod serve;
pub mod similar;
pub mod sites;
pub mod sla;
pub mod standards;
pub mod surveys;
pub mod text;
pub mod tickets;
pub mod values;
pub mod vault;
pub mod wechat;
