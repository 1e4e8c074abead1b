//! Brings the tables up to date from the migrations compiled into the program.

use diesel::connection::SimpleConnection as _;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::DbConn;
use crate::error::Error;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that is ours: processes that start together take turns at this lock.
const ADVISORY_LOCK: i64 = 0x0059_494a_4941_4e00;

/// Applies what is missing and returns the names of what was applied.
pub(super) fn run(conn: &mut DbConn) -> Result<Vec<String>, Error> {
    match conn {
        DbConn::Sqlite(conn) => apply(conn, SQLITE),
        DbConn::Pg(conn) => {
            conn.batch_execute(&format!("SET lock_timeout = 0; SELECT pg_advisory_lock({ADVISORY_LOCK})"))?;
            let applied = apply(conn, POSTGRES);
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK}); SET lock_timeout = '5s'"))?;
            applied
        }
    }
}

fn apply<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, Error>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let applied = conn.run_pending_migrations(migrations).map_err(Error::Internal)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Whether exactly the migrations of this program have been applied: neither fewer nor, by a newer program, more.
pub(super) fn is_current(conn: &mut DbConn) -> Result<bool, Error> {
    match conn {
        DbConn::Sqlite(conn) => matches(conn, &SQLITE),
        DbConn::Pg(conn) => matches(conn, &POSTGRES),
    }
}

fn matches<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    migrations: &EmbeddedMigrations,
) -> Result<bool, Error>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = MigrationSource::<DB>::migrations(migrations).map_err(Error::Internal)?;
    let mut known: Vec<String> = known.iter().map(|m| m.name().version().to_string()).collect();
    let applied = conn.applied_migrations().map_err(Error::Internal)?;
    let mut applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    known.sort();
    applied.sort();
    Ok(known == applied)
}
