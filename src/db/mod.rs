//! Knows that there are two databases. Everyone else asks [`Db`] to [`read`](Db::read) or [`write`](Db::write).
//!
//! Only this module opens transactions. A write is one transaction; on `SQLite` the writer thread commits many of
//! them with one `fsync`, each in its own savepoint (see `writer.rs`).

mod columns;
mod conn;
mod migrate;
#[allow(missing_docs, reason = "column names speak; ARCHITECTURE.md describes the tables")]
pub mod schema;
pub mod sql;
mod workers;
mod writer;

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::{Connection as _, QueryResult, RunQueryDsl as _};

pub(crate) use columns::WrittenOnce;
pub(crate) use conn::is_transient;
pub use conn::{DatabaseUrl, DbConn};
use conn::{Manager, MultiBackend, Purpose};
use workers::Workers;
use writer::Writer;

use crate::error::Error;

/// Runs the same query on whichever connection it is: for what `diesel` cannot do on both at once (upserts,
/// batches), and for what every report does, because a query on [`DbConn`] itself writes its SQL anew each time. Only
/// for repositories.
macro_rules! on_both {
    ($conn:expr, $inner:ident => $query:expr) => {
        match $conn {
            $crate::db::DbConn::Sqlite($inner) => $query,
            $crate::db::DbConn::Pg($inner) => $query,
        }
    };
}
pub(crate) use on_both;

/// Inserts many rows: all at once on PostgreSQL, in tens on SQLite. Only for repositories.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        match $conn {
            $crate::db::DbConn::Sqlite(conn) => $crate::db::insert_in_tens!(conn, $table, $rows),
            $crate::db::DbConn::Pg(_) if $rows.is_empty() => Ok(()),
            $crate::db::DbConn::Pg(conn) => diesel::insert_into($table).values($rows).execute(conn).map(drop),
        }
    };
}
pub(crate) use insert_all;

/// In tens on SQLite, because a statement of one form is written and prepared once.
macro_rules! insert_in_tens {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let tens = $rows.chunks_exact(10);
        let rest = tens.remainder();
        tens.filter_map(|ten| <&[_; 10]>::try_from(ten).ok())
            .try_for_each(|ten| diesel::insert_into($table).values(ten).execute($conn).map(drop))?;
        rest.iter().try_for_each(|one| diesel::insert_into($table).values(one).execute($conn).map(drop))
    }};
}
pub(crate) use insert_in_tens;

/// As [`insert_all!`], for rows that come by the thousand: PostgreSQL gets an array for each column, in a statement that
/// is as short for many rows as for one. It takes half as long. Names every column. Only for repositories.
macro_rules! insert_columns {
    ($conn:expr, $table:ident, $rows:expr, $row:ident { $first:ident $(, $column:ident)+ $(,)? }) => {
        match $conn {
            $crate::db::DbConn::Sqlite(conn) => $crate::db::insert_in_tens!(conn, $table::table, $rows),
            $crate::db::DbConn::Pg(_) if $rows.is_empty() => Ok(()),
            $crate::db::DbConn::Pg(conn) => {
                // A column that is left out here does not compile.
                let _all = |$row { $first: _ $(, $column: _)+ }: &$row| ();
                let columns = [stringify!($first) $(, stringify!($column))+];
                let arrays: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
                diesel::sql_query(format!(
                    "INSERT INTO {} ({}) SELECT * FROM unnest({})",
                    stringify!($table),
                    columns.join(", "),
                    arrays.join(", "),
                ))
                .bind::<$crate::db::sql::Column<$table::$first>, _>($rows.iter().map(|row| &row.$first).collect::<Vec<_>>())
                $(.bind::<$crate::db::sql::Column<$table::$column>, _>(
                    $rows.iter().map(|row| &row.$column).collect::<Vec<_>>(),
                ))+
                .execute(conn)
                .map(drop)
            }
        }
    };
}
pub(crate) use insert_columns;

/// A change whose SQL is the same each time, with something to return. `diesel` has every `UPDATE` prepared anew, because
/// its columns could differ, and every query with words of its own: on PostgreSQL that is a round trip and a plan for each.
/// Only for repositories, and to be loaded: what is executed goes by reference, and is not asked.
pub(crate) struct Prepared<Q>(pub(crate) Q);

impl<DB: diesel::backend::Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> diesel::RunQueryDsl<C> for Prepared<Q> {}

/// As [`Prepared`], for a statement that is not even written out to be found among those that are prepared: it is known by
/// `Name`, a type for this one statement alone.
pub(crate) struct Known<Name, Q>(PhantomData<Name>, Q);

impl<Name, Q> Known<Name, Q> {
    pub(crate) const fn new(query: Q) -> Self {
        Self(PhantomData, query)
    }
}

impl<DB: diesel::backend::Backend, Name, Q: QueryFragment<DB>> QueryFragment<DB> for Known<Name, Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.1.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Name, Q: Query> Query for Known<Name, Q> {
    type SqlType = Q::SqlType;
}

impl<Name: 'static, Q> QueryId for Known<Name, Q> {
    type QueryId = Name;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Name, Q, C> diesel::RunQueryDsl<C> for Known<Name, Q> {}

/// Two changes in one round trip to PostgreSQL, which answers the second; it knows as `before` what the first returned. Only
/// for repositories.
pub(crate) struct Together<A, B>(pub(crate) A, pub(crate) B);

/// A change, and one more under a name of its own, as the first of [`Together`]: what the first of these returned is known.
pub(crate) struct Also<A, B>(pub(crate) A, pub(crate) &'static str, pub(crate) B);

impl<A: QueryFragment<Pg>, B: QueryFragment<Pg>> QueryFragment<Pg> for Together<A, B> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("WITH before AS (");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(") ");
        self.1.walk_ast(pass)
    }
}

impl<A: QueryFragment<Pg>, B: QueryFragment<Pg>> QueryFragment<Pg> for Also<A, B> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql("), ");
        pass.push_sql(self.1);
        pass.push_sql(" AS (");
        self.2.walk_ast(pass)
    }
}

impl<A, B: Query> Query for Together<A, B> {
    type SqlType = B::SqlType;
}

diesel::define_sql_function! {
    /// It answers nothing, and nobody reads that.
    fn pg_advisory_xact_lock(key: BigInt) -> Bool;
}

/// Makes others who ask for the same key wait until the transaction ends. On SQLite all changes wait for each other anyway.
pub(crate) fn lock_key(conn: &mut DbConn, key: i64) -> QueryResult<()> {
    match conn {
        DbConn::Sqlite(_) => Ok(()),
        DbConn::Pg(conn) => diesel::select(pg_advisory_xact_lock(key)).execute(conn).map(drop),
    }
}

/// Lets go of what `f` locked, if it comes to nothing; the transaction around it goes on. On SQLite nothing is locked, for all
/// changes wait for each other anyway. `f` changes nothing.
pub(crate) fn unlocked_if_none<T>(
    conn: &mut DbConn,
    f: impl FnOnce(&mut DbConn) -> QueryResult<Option<T>>,
) -> QueryResult<Option<T>> {
    if matches!(conn, DbConn::Sqlite(_)) {
        return f(conn);
    }
    let done = conn.transaction(|conn| f(conn)?.ok_or(diesel::result::Error::RollbackTransaction));
    if let Err(diesel::result::Error::RollbackTransaction) = done { Ok(None) } else { done.map(Some) }
}

/// The backend behind [`DbConn`], for queries that are built in steps.
pub type Backend = MultiBackend;

/// How many connections to hold.
#[derive(Debug, Clone, Copy)]
pub struct PoolSizes {
    /// Connections that read (`SQLite`), or all of them (PostgreSQL).
    pub connections: u32,
    /// Writes that may wait for the `SQLite` writer.
    pub write_queue: usize,
}

/// The database: cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    pool: r2d2::Pool<Manager>,
    /// For what takes its time; as many as half of the pooled connections, so that short reads find the other half free.
    workers: Workers,
    way: Way,
}

/// What the two databases have of their own.
enum Way {
    /// One connection writes; a short read runs on the thread that asks.
    Sqlite { writer: Writer },
    /// Short reads have threads of their own, as writes wait for locks and the disk.
    Postgres { readers: Workers },
}

/// What [`Db::gauges`] reports, for `/metrics`.
#[derive(Debug, Clone, Copy)]
pub struct Gauges {
    /// Pooled connections in use.
    pub in_use: usize,
    /// Requests waiting for one.
    pub waiting: usize,
    /// Writes waiting for the `SQLite` writer.
    pub queued_writes: usize,
}

impl Db {
    /// Opens the database; an `SQLite` file is created if it is missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be reached, with the reason in the log.
    pub fn open(url: &DatabaseUrl, sizes: PoolSizes) -> Result<Self, Error> {
        let unreachable = |error: &dyn std::fmt::Display| {
            tracing::error!(database = %url, %error, "cannot open the database");
            Error::database_busy()
        };
        let start = |threads| Workers::start(threads).map_err(|e| unreachable(&e));
        let (way, purpose) = match url {
            DatabaseUrl::Sqlite(_) => {
                let writer = Writer::start(url.clone(), sizes.write_queue).map_err(|e| unreachable(&e))?;
                (Way::Sqlite { writer }, Purpose::Read)
            }
            DatabaseUrl::Postgres(_) => {
                (Way::Postgres { readers: start(sizes.connections.div_ceil(2))? }, Purpose::Write)
            }
        };
        let pool = r2d2::Pool::builder()
            .max_size(sizes.connections)
            .min_idle(Some(1))
            .test_on_check_out(true)
            .connection_timeout(Duration::from_secs(2))
            .error_handler(Box::new(r2d2::LoggingErrorHandler))
            .build(Manager { url: url.clone(), purpose, losses: Arc::default() })
            .map_err(|e| unreachable(&e))?;
        Ok(Self(Arc::new(Inner { url: url.clone(), pool, workers: start((sizes.connections / 2).max(1))?, way })))
    }

    /// Runs `f` on a connection that is meant for reading. On `SQLite` it cannot write, and it runs on the thread that
    /// asks: a read by index takes less time than handing it to another thread and back (see
    /// `docs/adr/0009-reads-stay-on-their-thread.md`).
    ///
    /// # Errors
    /// Whatever `f` answers; [`Error::Unavailable`] when no connection came free in time.
    pub async fn read<T, F>(&self, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConn) -> Result<T, Error> + Send + 'static,
    {
        match &self.0.way {
            Way::Sqlite { .. } => on_connection(&self.0.pool, f),
            Way::Postgres { readers } => self.on_pool(readers, f).await,
        }
    }

    /// Runs `f` on a connection that is meant for reading, in one snapshot, and on a thread of its own: for what asks many
    /// questions whose answers must agree.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn study<T, F>(&self, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConn) -> Result<T, Error> + Send + 'static,
    {
        let in_snapshot = |conn: &mut DbConn| {
            conn.transaction(|conn| {
                if let DbConn::Pg(conn) = conn {
                    conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
                }
                f(conn)
            })
        };
        self.on_pool(&self.0.workers, in_snapshot).await
    }

    /// Runs `f` in a transaction that is durable when this returns `Ok`, and leaves no trace when it returns `Err`.
    ///
    /// # Errors
    /// Whatever `f` answers; [`Error::Unavailable`] when the write could not be queued or committed.
    pub async fn write<T, F>(&self, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConn) -> Result<T, Error> + Send + 'static,
    {
        match &self.0.way {
            Way::Sqlite { writer } => writer.write(f).await,
            Way::Postgres { .. } => self.on_pool(&self.0.workers, move |conn| conn.transaction(f)).await,
        }
    }

    async fn on_pool<T, F>(&self, threads: &Workers, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConn) -> Result<T, Error> + Send + 'static,
    {
        let pool = self.0.pool.clone();
        threads.run(move || on_connection(&pool, f)).await
    }

    /// Brings the tables up to date; on PostgreSQL under an advisory lock, so that several processes may start at
    /// once.
    ///
    /// # Errors
    /// [`Error::Internal`] naming the migration that failed.
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        match &self.0.way {
            Way::Sqlite { writer } => writer.migrate().await,
            Way::Postgres { .. } => self.on_pool(&self.0.workers, migrate::run).await,
        }
    }

    /// Whether the database answers and has exactly the tables this program expects.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not answer.
    pub async fn is_current(&self) -> Result<bool, Error> {
        self.read(migrate::is_current).await
    }

    /// Copies a live `SQLite` database into a new file, consistently, while others go on reading and writing.
    ///
    /// # Errors
    /// [`Error::Rule`] when the database is PostgreSQL (use `pg_dump`) or the target exists or cannot be
    /// written.
    pub async fn backup(&self, target: &Path) -> Result<(), Error> {
        let DatabaseUrl::Sqlite(_) = self.0.url else { return Err(Error::rule("backup_needs_sqlite")) };
        if target.exists() {
            return Err(Error::rule("backup_target_exists"));
        }
        let failed = |why: String| Error::Rule { code: "backup_failed", params: vec![("why", why)] };
        let path = target.to_path_buf();
        let target = target.to_str().ok_or_else(|| failed("the path is not UTF-8".to_owned()))?.to_owned();
        let url = self.0.url.clone();
        // On a connection of its own: the pool's refuse to write, even into another file.
        let copy = move || {
            // An empty file may be written into, and this one only by its owner.
            conn::create_private(&path).map_err(|error| failed(error.to_string()))?;
            let mut conn = conn::open(&url, Purpose::Write).map_err(Error::internal)?;
            let copied =
                diesel::sql_query("VACUUM INTO $1").bind::<diesel::sql_types::Text, _>(target).execute(&mut conn);
            if copied.is_err() {
                drop(std::fs::remove_file(&path));
            }
            copied.map(drop).map_err(|error| failed(error.to_string()))
        };
        tokio::task::spawn_blocking(copy).await.map_err(Error::internal)?
    }

    /// Waits until every queued write is committed; nothing can be written afterwards.
    pub async fn finish(&self) {
        if let Way::Sqlite { writer } = &self.0.way {
            writer.stop().await;
        }
    }

    /// How busy the database is just now.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        let workers = &self.0.workers;
        let (in_use, waiting) = (workers.busy(), workers.waiting());
        match &self.0.way {
            Way::Sqlite { writer } => Gauges { in_use, waiting, queued_writes: writer.queued() },
            Way::Postgres { readers } => {
                Gauges { in_use: in_use + readers.busy(), waiting: waiting + readers.waiting(), queued_writes: 0 }
            }
        }
    }
}

/// Runs `f` on a pooled connection; a panic is an error, and ends that connection.
fn on_connection<T, F>(pool: &r2d2::Pool<Manager>, f: F) -> Result<T, Error>
where
    F: FnOnce(&mut DbConn) -> Result<T, Error>,
{
    let mut slot = pool.get().map_err(|_| Error::database_busy())?;
    let outcome = catch_unwind(AssertUnwindSafe(|| f(&mut slot.conn)));
    slot.judge(&outcome);
    outcome.unwrap_or_else(|_| Err(Error::internal("a database call panicked; see the log")))
}

/// A missing row is raised as [`Error::NotFound`] where its noun is known; whatever `diesel` itself reports is
/// either the database being away or a defect.
impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        if is_transient(&error) { Self::database_busy() } else { Self::internal(error) }
    }
}
