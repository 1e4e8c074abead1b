//! What stands in a database after the load: everything that was acknowledged must.

use std::path::Path;

use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};

use crate::Fallible;

/// The rows that filing repairs leaves behind.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Counts {
    #[diesel(sql_type = BigInt)]
    pub tickets: i64,
    #[diesel(sql_type = BigInt)]
    pub events: i64,
    #[diesel(sql_type = BigInt)]
    pub notices: i64,
    #[diesel(sql_type = BigInt)]
    pub records: i64,
    #[diesel(sql_type = BigInt)]
    pub clocks: i64,
}

const QUESTION: &str = "SELECT (SELECT count(*) FROM tickets) AS tickets, \
    (SELECT count(*) FROM ticket_events) AS events, (SELECT count(*) FROM notices WHERE kind = 'ticket_opened') AS notices, \
    (SELECT count(*) FROM idempotency_records) AS records, (SELECT count(*) FROM clocks) / 2 AS clocks";

pub fn sqlite(file: &Path) -> Fallible<Counts> {
    let path = file.to_str().ok_or("the database's path is not UTF-8")?;
    Ok(diesel::sql_query(QUESTION).get_result(&mut SqliteConnection::establish(path)?)?)
}

pub fn postgres(url: &str) -> Fallible<Counts> {
    Ok(diesel::sql_query(QUESTION).get_result(&mut PgConnection::establish(url)?)?)
}
