//! Reports (日报, 周报, 月报, 季报, 年报): the rates of a period against their targets, where they come from, and what got
//! worse, as JSON, CSV, a workbook, or a page with pictures.

pub mod api;
mod cells;
pub mod export;
pub mod model;
mod repo;
pub mod service;
mod tables;
mod trends;
mod whose;
mod words;
mod worse;
