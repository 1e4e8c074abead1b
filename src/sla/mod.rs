//! The standards engine: when a promise falls due, and whether it was kept.
//!
//! Pure arithmetic in whole seconds. It knows no database, no clock and no other room of the house: every instant
//! comes in as an argument, and an instant is cut down to its whole second on the way in, so that spans add up.
//!
//! - [`spec`]: a calendar as people write it, and what is wrong with it.
//! - [`calendar`]: the same calendar made ready to count with: `elapsed` and `add`.
//! - [`ledger`]: one clock on one ticket, folded from its events.
//! - [`warnings`]: when to warn that a clock runs out.
//! - [`explain`]: where each second of a clock went.
//! - [`preview`]: what would happen, for somebody who is writing a standard.
//! - [`rates`]: how many clocks were kept.
//! - [`holidays`]: China's official lists of public holidays.

pub mod calendar;
pub mod explain;
pub mod holidays;
pub mod ledger;
pub mod legal;
pub mod preview;
pub mod rates;
pub mod spec;
pub mod warnings;
