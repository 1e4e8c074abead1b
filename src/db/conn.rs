//! One connection type over two databases, and the pool manager that opens it.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::result::{ConnectionError, DatabaseErrorKind, Error as DieselError};
use diesel::{Connection as _, PgConnection, SqliteConnection};

use crate::error::Error;

/// A connection to whichever database `DATABASE_URL` names.
#[derive(diesel::MultiConnection)]
pub enum DbConn {
    /// The embedded default.
    Sqlite(SqliteConnection),
    /// For more than one machine.
    Pg(PgConnection),
}

/// Where the data lives. Parsing refuses what it does not know: `diesel`'s own guess would turn a typo in the
/// scheme into a new, empty `SQLite` file.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:<path>` (also `sqlite://<path>`).
    Sqlite(PathBuf),
    /// `postgres://…` or `postgresql://…`, passed on to libpq.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some(":memory:") => Err("':memory:' gives every connection its own database; name a file".to_owned()),
            Some("") | None => {
                Err("write sqlite:<path of a file> or postgres://user:password@host/database".to_owned())
            }
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

impl DatabaseUrl {
    /// Whether it names a file that is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Sqlite(path) if !path.exists())
    }
}

/// Shown without user or password.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let place = url.rsplit_once('@').map_or_else(|| url.split_once("//").map_or("", |p| p.1), |p| p.1);
                write!(f, "postgres://{}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// What a connection will be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `SQLite` connections of this purpose refuse to write.
    Read,
    /// May change data.
    Write,
}

/// Opens a connection with everything set that Yijian relies on.
pub(super) fn open(url: &DatabaseUrl, purpose: Purpose) -> Result<DbConn, ConnectionError> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path, purpose).map(DbConn::Sqlite),
        DatabaseUrl::Postgres(url) => open_postgres(url).map(DbConn::Pg),
    }
}

/// `synchronous=FULL`: an acknowledged write survives a power cut. The larger WAL (24 MiB) spares the writer a
/// checkpoint every few groups, its larger cache (16 MiB instead of 2) reading back the pages it has just written, and
/// `temp_store` keeps in memory what a savepoint may have to undo, which would be written to a file otherwise. With a WAL
/// that is larger still, the checkpoint is a pause that shows.
fn open_sqlite(path: &Path, purpose: Purpose) -> Result<SqliteConnection, ConnectionError> {
    if purpose == Purpose::Write {
        create_private(path).map_err(|error| ConnectionError::BadConnection(error.to_string()))?;
    }
    let path = path.to_str().ok_or_else(|| ConnectionError::BadConnection("the path is not UTF-8".to_owned()))?;
    let mut conn = SqliteConnection::establish(path)?;
    let pragmas = match purpose {
        Purpose::Read => "PRAGMA busy_timeout=5000; PRAGMA query_only=ON;",
        Purpose::Write => {
            "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; \
             PRAGMA wal_autocheckpoint=6000; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY;"
        }
    };
    conn.batch_execute(pragmas).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Makes the file, if there is none, for the eyes of its owner only; what SQLite lays beside it gets the same mode.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

/// `lock_timeout` turns a wait behind another request's row into a clear refusal before the phone gives up. Our queries
/// are short, join in the order in which they are written, and have an index each that is in order. Without
/// `join_collapse_limit`, PostgreSQL tries all orders for every page of a list (10 ms for a page that then takes 0.3 ms);
/// with `enable_sort`, it sorts all open tickets for each page as long as it has not counted them. Machine code and
/// parallel workers never pay.
fn open_postgres(url: &str) -> Result<PgConnection, ConnectionError> {
    let mut conn = PgConnection::establish(url)?;
    conn.batch_execute(
        "SET TIME ZONE 'UTC'; SET lock_timeout = '5s'; SET statement_timeout = '30s'; \
         SET idle_in_transaction_session_timeout = '30s'; SET join_collapse_limit = 1; SET enable_sort = off; \
         SET jit = off; SET max_parallel_workers_per_gather = 0;",
    )
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// A pooled connection that remembers when its server went away.
pub(super) struct Slot {
    pub(super) conn: DbConn,
    broken: bool,
    /// How often a server had gone away when this was opened.
    opened_after: u64,
    losses: Arc<AtomicU64>,
}

impl Slot {
    /// Looks at the outcome of some work and retires the connection after a panic (it may sit in an open
    /// transaction) and when the server is gone.
    pub(super) fn judge<T>(&mut self, outcome: &std::thread::Result<Result<T, Error>>) {
        self.broken |= match outcome {
            Ok(Err(Error::Unavailable { .. } | Error::Internal(_))) => {
                let is_gone = self.conn.batch_execute("SELECT 1").is_err();
                // All that were opened before went with it: nobody need find that out one by one.
                self.losses.fetch_add(u64::from(is_gone), Ordering::Relaxed);
                is_gone
            }
            Ok(_) => false,
            Err(_) => true,
        };
    }
}

/// Opens and checks pooled connections for `r2d2`.
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) purpose: Purpose,
    /// How often a server went away.
    pub(super) losses: Arc<AtomicU64>,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Slot;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Slot, ConnectionError> {
        let (losses, opened_after) = (self.losses.clone(), self.losses.load(Ordering::Relaxed));
        Ok(Slot { conn: open(&self.url, self.purpose)?, broken: false, opened_after, losses })
    }

    /// Asks nobody: a round trip before each request would cost more than a retired connection now and then.
    fn is_valid(&self, slot: &mut Slot) -> Result<(), ConnectionError> {
        if slot.opened_after == self.losses.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(ConnectionError::BadConnection("its server went away".to_owned()))
    }

    fn has_broken(&self, slot: &mut Slot) -> bool {
        slot.broken
    }
}

/// Whether an error says that the database cannot be reached or is too busy just now, as opposed to a defect.
pub(crate) fn is_transient(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction,
            _,
        )
        | DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(_, info) => {
            let message = info.message();
            // libpq and SQLite give these no kind of their own.
            [
                "lock timeout",
                "database is locked",
                "disk is full",
                "terminating connection",
                "server closed",
                "deadlock detected",
                "no connection to the server",
                "the database system is",
            ]
            .iter()
            .any(|known| message.contains(known))
        }
        _ => false,
    }
}
