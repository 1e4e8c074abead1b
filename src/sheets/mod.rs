//! The sheets of a report: its tables as CSV and XLSX, and all of it as one HTML page with pictures.
//!
//! It knows no database, no clock and no other room of the house: what is to be shown comes in as a [`table::Report`],
//! with times already in the site's zone. A picture is drawn from the rows of a table, so that the two cannot disagree.
//!
//! - [`table`]: what a report is made of.
//! - [`words`]: how a figure reads, in either language.
//! - [`csv`]: a table as CSV.
//! - [`xlsx`]: a report as a workbook, and a table of a million rows as one.
//! - [`charts`]: a table as an SVG picture.
//! - [`page`]: a report as a page for screens, phones and paper.

pub mod charts;
pub mod csv;
pub mod page;
pub mod table;
pub mod words;
pub mod xlsx;
