//! Many clocks: what watching a million of them costs while nothing is due, and how soon a wave of ten thousand
//! deadlines is recorded and told.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};

use crate::Fallible;
use crate::journey::Journey;
use crate::server::{Server, processor_time};

/// Tickets, and the clocks on each: those that one has once a department has it.
const TICKETS: u32 = 250_000;
const CLOCKS_EACH: u32 = 4;
/// Deadlines that pass in the same second.
const WAVE: i64 = 10_000;
/// For how long it is watched doing nothing.
const QUIET: Duration = Duration::from_secs(10);
/// When the wave comes: late enough for it to be written.
const AHEAD: i64 = 4;
/// Nobody waits longer for it.
const PATIENCE: Duration = Duration::from_mins(2);

/// What watching costs.
pub struct Sweep {
    /// Of one core, while nothing is due and the tickets, which all came at once, are still being counted for the rates.
    pub counting_percent: f64,
    /// Of one core, while nothing is due and no ticket is waiting to be counted.
    pub idle_percent: f64,
    /// From the deadline to the record of the last breach.
    pub recorded_after: Duration,
}

/// The two ways of writing the same.
struct Dialect {
    /// The n-th id: in the order in which they were made, as all of ours are.
    nth_id: fn(&str) -> String,
    series: fn(u32) -> String,
    /// An instant so many seconds from now.
    from_now: fn(i64) -> String,
    /// Microseconds from `$due` to the last record.
    late: &'static str,
}

const SQLITE: Dialect = Dialect {
    nth_id: |n| format!("unhex(printf('%016x', {n}) || hex(randomblob(8)))"),
    series: |n| {
        format!("(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {n}) SELECT i FROM s)")
    },
    from_now: |seconds| format!("(CAST(strftime('%s', 'now') AS INTEGER) + {seconds}) * 1000000"),
    late: "max(recorded_at) - max(at)",
};

const POSTGRES: Dialect = Dialect {
    nth_id: |n| format!("(lpad(to_hex({n}), 16, '0') || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid"),
    series: |n| format!("(SELECT i FROM generate_series(1, {n}) i)"),
    from_now: |seconds| format!("date_trunc('second', now()) + interval '{seconds} seconds'"),
    late: "(extract(epoch FROM max(recorded_at) - max(at)) * 1000000)::bigint",
};

/// Copied from the template as they are.
const TICKET: &str = "site_id, kind, channel, status, is_open, priority, severity, category_id, location_id, \
    equipment_id, shop_id, requester_id, requester_role, filed_by_id, contact_name, contact_phone_masked, description, \
    bounces, urges, followers, reopens, version, created_at, updated_at, received_at, photos, standard_version_id, due_at";
const CLOCK: &str = "site_id, standard_version_id, started_at, born_target_seconds, target_seconds, target_version, \
    phase, used_seconds, since, is_provisional, is_excused, reasons, episode";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Fills a database and watches the server watch it.
pub async fn measure(folder: &std::path::Path, url: Option<&str>) -> Fallible<Sweep> {
    let (server, _) = Server::start(folder, url)?;
    Journey::begin(&server).await?.file_one().await?;
    server.stop()?;
    if let Some(url) = url {
        return watch(&mut PgConnection::establish(url)?, &POSTGRES, || Server::start(folder, Some(url)));
    }
    let file = folder.join("yijian.db");
    let mut conn = SqliteConnection::establish(file.to_str().ok_or("the path is not UTF-8")?)?;
    conn.batch_execute("PRAGMA busy_timeout = 60000; PRAGMA synchronous = OFF;")?;
    watch(&mut conn, &SQLITE, || Server::start(folder, None))
}

/// What both connections can do.
trait Database: SimpleConnection {
    fn count(&mut self, sql: &str) -> Fallible<i64>;
}

impl Database for SqliteConnection {
    fn count(&mut self, sql: &str) -> Fallible<i64> {
        Ok(diesel::sql_query(sql).get_result::<Count>(self)?.count)
    }
}

impl Database for PgConnection {
    fn count(&mut self, sql: &str) -> Fallible<i64> {
        Ok(diesel::sql_query(sql).get_result::<Count>(self)?.count)
    }
}

fn watch(
    conn: &mut impl Database,
    dialect: &Dialect,
    start: impl Fn() -> Fallible<(Server, Duration)>,
) -> Fallible<Sweep> {
    let Dialect { nth_id, series, from_now, late } = dialect;
    let id = nth_id("many.i");
    let (tickets, each, far) = (series(TICKETS), series(CLOCKS_EACH), from_now(30 * 86_400));
    conn.batch_execute(&format!(
        "INSERT INTO tickets (id, {TICKET}) SELECT {id}, {TICKET} FROM tickets CROSS JOIN {tickets} AS many;
         INSERT INTO clocks (ticket_id, id, kind, due_at, alerted_percent, next_at, {CLOCK})
         SELECT t.id, {id}, CASE WHEN many.i = 1 THEN 'resolution' ELSE 'dept_resolve' END, {far}, 80, {far}, {columns}
         FROM tickets t CROSS JOIN {each} AS many CROSS JOIN (SELECT * FROM clocks LIMIT 1) AS c;
         ANALYZE;",
        columns = CLOCK.split(", ").map(|column| format!("c.{column}")).collect::<Vec<_>>().join(", "),
    ))?;
    let (server, _) = start()?;
    let counting_percent = use_of(&server)?;
    server.stop()?;
    // As it is where tickets come one after the other: each was counted soon after it came.
    conn.batch_execute("DELETE FROM rate_changes;")?;
    let (server, _) = start()?;
    let idle_percent = use_of(&server)?;
    // What stops on its deadline is in time: nobody looks before the second is over.
    let (due, look) = (from_now(AHEAD), from_now(AHEAD + 1));
    conn.batch_execute(&format!(
        "UPDATE clocks SET due_at = {due}, next_at = {look} WHERE kind = 'resolution' AND ticket_id IN \
         (SELECT id FROM tickets WHERE seq > 1 ORDER BY seq LIMIT {WAVE});"
    ))?;
    let begun = std::time::Instant::now();
    let breaches = "SELECT count(*) AS count FROM clock_events WHERE kind = 'breach'";
    while conn.count(breaches)? < WAVE {
        if begun.elapsed() > PATIENCE {
            return Err(format!("only {} of {WAVE} breaches were recorded", conn.count(breaches)?).into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let micros = conn.count(&format!("SELECT {late} AS count FROM clock_events WHERE kind = 'breach'"))?;
    server.stop()?;
    Ok(Sweep { counting_percent, idle_percent, recorded_after: Duration::from_micros(u64::try_from(micros)?) })
}

/// What a server uses of one core that nobody asks anything.
fn use_of(server: &Server) -> Fallible<f64> {
    // What the start itself costs is not what watching costs.
    std::thread::sleep(Duration::from_secs(3));
    let before = processor_time(server.id()).ok_or("the system does not tell processor times")?;
    std::thread::sleep(QUIET);
    let used = processor_time(server.id()).ok_or("the server is gone")?.saturating_sub(before);
    Ok(used.as_secs_f64() / QUIET.as_secs_f64() * 100.0)
}
