//! The whole suite in one binary: it links once.

mod support;

mod accounts;
mod attachments;
mod dispatch;
mod journey;
mod photo;
mod repairs;
mod tickets;
mod wechat;
