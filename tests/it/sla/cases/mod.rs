//! The rules of a clock, one test each, by the number they have in the standard's description.
//!
//! Rules about who may do what, and about several clocks at once, are the business of whoever uses the engine.

mod changing;
mod ending;
mod pausing;
mod telling;

use yijian::sla::ledger::{Breach, Cause};

use crate::sla::at;

const HOUR: i64 = 3600;

fn late(text: &str) -> Breach {
    Breach { at: at(text), cause: Cause::Deadline }
}
