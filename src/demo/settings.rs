//! What a demo keeps about itself in the `settings` table.

use diesel::prelude::*;

use crate::app::Tx;
use crate::db::schema::{settings, tickets, users};
use crate::error::Error;
use crate::values::Instant;

const IS_DEMO: &str = "demo";
const CLOCK: &str = "demo_clock";

/// What kind of database this is.
pub(super) enum State {
    /// Nobody has used it yet.
    Empty,
    /// A demo's; with the time at which a moved clock was left.
    Demo(Option<Instant>),
    /// Somebody works with it.
    Foreign,
}

pub(super) fn state(tx: &mut Tx<'_>) -> Result<State, Error> {
    let find = |tx: &mut Tx<'_>, key: &str| {
        settings::table.find(key.to_owned()).select(settings::value).first::<String>(tx.conn).optional()
    };
    if find(tx, IS_DEMO)?.is_some() {
        let clock = find(tx, CLOCK)?.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        return Ok(State::Demo(clock.map(Instant)));
    }
    let people: i64 = users::table.count().get_result(tx.conn)?;
    Ok(if people == 0 { State::Empty } else { State::Foreign })
}

pub(super) fn count_tickets(tx: &mut Tx<'_>) -> Result<i64, Error> {
    Ok(tickets::table.count().get_result(tx.conn)?)
}

pub(super) fn mark(tx: &mut Tx<'_>) -> Result<(), Error> {
    put(tx, IS_DEMO, "yes")
}

pub(super) fn keep_clock(tx: &mut Tx<'_>, now: Instant) -> Result<(), Error> {
    put(tx, CLOCK, &now.0.to_string())
}

fn put(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), Error> {
    let changed = diesel::update(settings::table.find(key)).set(settings::value.eq(value)).execute(tx.conn)?;
    if changed == 0 {
        diesel::insert_into(settings::table)
            .values((settings::key.eq(key), settings::value.eq(value)))
            .execute(tx.conn)?;
    }
    Ok(())
}
