//! What it costs to ask for rates: of a year of ten thousand tickets, and of one of many more. And what it costs to write
//! all tickets of a year to a workbook.
//!
//! One ticket goes from report to rating; then the database multiplies what it counts for over a year, by departments,
//! people, shops and categories, and adds up the sums. Of the tickets themselves a million at most are there: a
//! rate does not look at them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};
use serde_json::Value;
use yijian::rates::measures::Measure;

use crate::Fallible;
use crate::journey::Journey;
use crate::server::Server;

/// The year that is compared with.
const FEW: u32 = 10_000;
/// A workbook takes as many tickets as this on a sheet, and a bar is set for it.
const MOST_TICKETS: u32 = 1_000_000;
/// 1 January 2025 at the mall, in milliseconds.
const BEGIN: i64 = 1_735_660_800_000;
const YEAR: i64 = 365 * 86_400_000;
/// Each question is asked so often; the one in the middle counts.
const TIMES: usize = 51;
/// How long the counting of one ticket may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What people ask, behind the site. The month is the last: its tickets are there, however many the year has.
const QUESTIONS: [(&str, &str); 7] = [
    ("the rates of a month", "rates?from=2025-12-01&to=2025-12-31"),
    ("by department", "rates?from=2025-12-01&to=2025-12-31&group_by=department"),
    ("by person", "rates?from=2025-12-01&to=2025-12-31&group_by=person"),
    ("by shop", "rates?from=2025-12-01&to=2025-12-31&group_by=shop"),
    ("day by day", "rates?from=2025-12-01&to=2025-12-31&group_by=day"),
    ("of a year", "rates?from=2025-01-01&to=2025-12-31"),
    ("20 tickets behind one", "rates/resolution/tickets?from=2025-12-01&to=2025-12-31&part=numerator&limit=20"),
];

/// What asking costs.
pub struct Asked {
    pub tickets: u32,
    /// Each question: the middle time with few tickets, and with many.
    pub questions: Vec<(&'static str, Duration, Duration)>,
    /// The workbook of the year.
    pub workbook: Workbook,
}

/// A workbook with every ticket of a year.
pub struct Workbook {
    pub rows: u32,
    pub took: Duration,
    /// The most memory that the process had, in bytes.
    pub memory: Option<u64>,
}

/// Fills two databases and asks both.
pub async fn measure(tickets: u32, urls: Option<[&str; 2]>) -> Fallible<Asked> {
    let (few, many) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let [url_few, url_many] = urls.map_or([None, None], |urls| urls.map(Some));
    fill(few.path(), url_few, FEW).await?;
    fill(many.path(), url_many, tickets).await?;
    let questions = ask([(few.path(), url_few), (many.path(), url_many)]).await?;
    let workbook = write(many.path(), url_many, tickets.min(MOST_TICKETS))?;
    Ok(Asked { tickets, questions, workbook })
}

/// The two ways of writing the same.
struct Dialect {
    /// An id of that millisecond.
    id_at: fn(&str) -> String,
    /// An instant of that millisecond.
    instant: fn(&str) -> String,
    /// The milliseconds of an instant.
    millis: fn(&str) -> String,
    /// The day and the hour of the week at the mall.
    day: fn(&str) -> String,
    hour: fn(&str) -> String,
    /// An id as it reads.
    text: fn(&str) -> String,
    series: fn(u32, u32) -> String,
    /// A document of a text.
    document: fn(&str) -> String,
    /// Nobody marks or checks what is written from here on.
    unwatched: &'static str,
}

const SQLITE: Dialect = Dialect {
    id_at: |ms| format!("unhex(printf('%012x7000', {ms}) || hex(randomblob(8)))"),
    instant: |ms| format!("{ms} * 1000"),
    millis: |at| format!("{at} / 1000"),
    day: |ms| format!("strftime('%Y-%m-%d', {ms} / 1000 + 28800, 'unixepoch')"),
    hour: |ms| format!("(({ms} / 3600000 + 8) / 24 + 3) % 7 * 24 + ({ms} / 3600000 + 8) % 24"),
    text: |id| {
        let part = |from: u8, length: u8| format!("substr(lower(hex({id})), {from}, {length})");
        [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ")
    },
    series: |from, to| {
        format!("(WITH RECURSIVE s(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM s WHERE i < {to}) SELECT i FROM s)")
    },
    document: str::to_owned,
    unwatched: "PRAGMA busy_timeout = 60000; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
        PRAGMA cache_size = -262144; DROP TRIGGER rates_new_ticket;",
};

const POSTGRES: Dialect = Dialect {
    id_at: |ms| {
        format!("(lpad(to_hex({ms}), 12, '0') || '7000' || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid")
    },
    instant: |ms| format!("to_timestamp({ms} / 1000.0)"),
    millis: |at| format!("(extract(epoch FROM {at}) * 1000)::bigint"),
    day: |ms| format!("to_char(to_timestamp({ms} / 1000) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"),
    hour: |ms| format!("((({ms} / 3600000 + 8) / 24 + 3) % 7 * 24 + ({ms} / 3600000 + 8) % 24)::int"),
    text: |id| format!("{id}::text"),
    series: |from, to| format!("(SELECT i FROM generate_series({from}::bigint, {to}) i)"),
    document: |text| format!("({text})::jsonb"),
    unwatched: "SET session_replication_role = replica; SET synchronous_commit = off;",
};

/// Copied from the template as they are.
const TICKET: &str = "site_id, kind, channel, status, is_open, priority, severity, equipment_id, requester_id, \
    requester_role, filed_by_id, contact_name, contact_phone_masked, description, result, rating_score, bounces, urges, \
    followers, reopens, version, photos, standard_version_id";
const FACT: &str = "site_id, ticket_kind, severity, reason, numerator_of, denominator_of, pending_of, missed_of, \
    excluded_of, counts, changes_at";

/// So many mixtures of category, department, person and shop there are: a prime, so that none goes with an hour.
const MIXTURES: u32 = 997;

/// Makes a mall whose year had so many tickets.
async fn fill(folder: &Path, url: Option<&str>, tickets: u32) -> Fallible<()> {
    let (server, _) = Server::start(folder, url)?;
    Journey::begin(&server).await?.live_one(&server).await?;
    let template = "SELECT CAST(counts AS TEXT) AS counts, (SELECT count(*) FROM rate_changes) AS waiting FROM rate_facts WHERE part = 0";
    let begun = Instant::now();
    let counts: Value = loop {
        let row = if let Some(url) = url {
            diesel::sql_query(template).load::<Template>(&mut PgConnection::establish(url)?)?
        } else {
            diesel::sql_query(template).load::<Template>(&mut open(folder)?)?
        };
        match row.first().filter(|row| row.waiting == 0 && row.counts.contains("\"satisfied\"")) {
            Some(row) => break serde_json::from_str(&row.counts)?,
            None if begun.elapsed() > PATIENCE => return Err("the ticket is not counted".into()),
            None => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    server.stop()?;
    let multiply = |dialect: &Dialect| multiplied(dialect, &counts, tickets);
    if let Some(url) = url {
        let mut conn = PgConnection::establish(url)?;
        multiply(&POSTGRES).iter().try_for_each(|sql| conn.batch_execute(sql))?;
    } else {
        let mut conn = open(folder)?;
        multiply(&SQLITE).iter().try_for_each(|sql| conn.batch_execute(sql))?;
    }
    Ok(())
}

fn open(folder: &Path) -> Fallible<SqliteConnection> {
    let file = folder.join("yijian.db");
    let mut conn = SqliteConnection::establish(file.to_str().ok_or("the path is not UTF-8")?)?;
    conn.batch_execute("PRAGMA busy_timeout = 60000")?;
    Ok(conn)
}

#[derive(QueryableByName)]
struct Template {
    #[diesel(sql_type = Text)]
    counts: String,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

/// The statements that make many of one ticket: rows, facts, and sums of the facts.
fn multiplied(dialect: &Dialect, counts: &Value, tickets: u32) -> Vec<String> {
    let Dialect { id_at, instant, millis, day, hour, text, series, document, unwatched } = dialect;
    let at = format!("({BEGIN} + i * {})", YEAR / i64::from(tickets));
    let columns = |names: &str, of: &str| {
        names.split(", ").map(|name| format!("{of}.{}", name.trim())).collect::<Vec<_>>().join(", ")
    };
    // The last of them, as a desk has the newest at hand.
    let kept = series(tickets.saturating_sub(MOST_TICKETS), tickets - 1);
    let moment = instant("y.ms");
    let mut statements = vec![
        (*unwatched).to_owned(),
        mixtures(&series(0, MIXTURES - 1)),
        "CREATE INDEX mix_n ON mix (n)".to_owned(),
        "CREATE TEMPORARY TABLE one_ticket AS SELECT * FROM tickets".to_owned(),
        "CREATE TEMPORARY TABLE one_fact AS SELECT * FROM rate_facts WHERE part = 0".to_owned(),
        "DELETE FROM rate_rollups".to_owned(),
        format!(
            "INSERT INTO tickets (id, category_id, department_id, assignee_id, shop_id, location_id, created_at, \
             updated_at, received_at, accepted_at, resolved_at, closed_at, {TICKET}) \
             SELECT {id}, m.category_id, m.department_id, m.person_id, m.shop_id, m.location_id, {moment}, {moment}, \
             {moment}, {moment}, {moment}, {moment}, {copied} \
             FROM (SELECT i, {at} AS ms FROM {kept} AS s) AS y \
             JOIN mix m ON m.n = y.i % {MIXTURES} CROSS JOIN one_ticket t",
            id = id_at("y.ms"),
            copied = columns(TICKET, "t"),
        ),
        format!(
            "INSERT INTO rate_facts (ticket_id, part, kind, place, day, hour, category_id, department_id, person_id, \
             shop_id, location_id, {FACT}) SELECT t.id, 0, 'ticket', t.id, {day}, {hour}, t.category_id, \
             t.department_id, t.assignee_id, t.shop_id, t.location_id, {copied} \
             FROM (SELECT tickets.*, {ms} AS ms FROM tickets WHERE id NOT IN (SELECT id FROM one_ticket)) AS t CROSS JOIN one_fact f",
            day = day("t.ms"),
            hour = hour("t.ms"),
            ms = millis("received_at"),
            copied = columns(FACT, "f"),
        ),
    ];
    let older = tickets.saturating_sub(MOST_TICKETS);
    if older > 0 {
        statements.push(format!(
            "INSERT INTO rate_facts (ticket_id, part, kind, place, day, hour, category_id, department_id, person_id, \
             shop_id, location_id, {FACT}) SELECT {id}, 0, 'ticket', {id}, {day}, {hour}, m.category_id, \
             m.department_id, m.person_id, m.shop_id, m.location_id, {copied} \
             FROM (SELECT i, {at} AS ms FROM {years} AS s) AS y \
             JOIN mix m ON m.n = y.i % {MIXTURES} CROSS JOIN one_fact f",
            id = id_at("y.ms"),
            day = day("y.ms"),
            hour = hour("y.ms"),
            years = series(0, older - 1),
            copied = columns(FACT, "f"),
        ));
    }
    statements.push(
        "CREATE TEMPORARY TABLE heap AS SELECT site_id, ticket_kind, day, severity, category_id, department_id, \
         person_id, shop_id, location_id, count(*) AS n FROM rate_facts WHERE ticket_id NOT IN (SELECT id FROM one_ticket) \
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
            .to_owned(),
    );
    let measures =
        Measure::ALL.iter().filter_map(|measure| Some((measure.as_str(), counts[measure.as_str()].as_i64()?)));
    let pairs: Vec<String> =
        measures.map(|(name, count)| format!("\"{name}\":' || ({count} * sum(h.n)) || '")).collect();
    let sums = document(&format!("'{{{}}}'", pairs.join(",")));
    let topic = format!("{} || '/' || {}", text("h.category_id"), text("h.location_id"));
    let keys = [
        ("total", "''".to_owned()),
        ("department", text("h.department_id")),
        ("person", text("h.person_id")),
        ("shop", text("h.shop_id")),
        ("category", text("h.category_id")),
        ("severity", "h.severity".to_owned()),
        ("topic", topic),
    ];
    for (dimension, key) in keys {
        for (grain, first_day) in [("day", "h.day"), ("month", "substr(h.day, 1, 7) || '-01'")] {
            statements.push(format!(
                "INSERT INTO rate_rollups (site_id, grain, dimension, first_day, key, ticket_kind, counts) \
                 SELECT h.site_id, '{grain}', '{dimension}', {first_day}, {key}, h.ticket_kind, {sums} FROM heap h \
                 GROUP BY 1, 4, 5, 6"
            ));
        }
    }
    statements.push("ANALYZE".to_owned());
    statements
}

/// Everybody and everything gets their turn.
fn mixtures(series: &str) -> String {
    let numbered = |name: &str, from: &str| {
        format!(
            "{name} AS (SELECT x.*, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS c FROM {from} AS x)"
        )
    };
    format!(
        "CREATE TEMPORARY TABLE mix AS WITH {}, {}, {}, {} SELECT s.i AS n, c.id AS category_id, d.id AS department_id, \
         p.id AS person_id, o.id AS shop_id, o.location_id FROM {series} AS s JOIN c ON c.n = s.i % c.c \
         JOIN d ON d.n = s.i / 3 % d.c JOIN p ON p.n = s.i / 7 % p.c JOIN o ON o.n = s.i / 11 % o.c",
        numbered("c", "(SELECT id FROM categories WHERE kind = 'repair')"),
        numbered("d", "(SELECT id FROM departments)"),
        numbered("p", "(SELECT user_id AS id FROM memberships WHERE department_id IS NOT NULL)"),
        numbered("o", "(SELECT id, location_id FROM shops)"),
    )
}

/// The middle time of each question, asked of the one and the other by turns: what else the machine does slows both.
async fn ask(malls: [(&Path, Option<&str>); 2]) -> Fallible<Vec<(&'static str, Duration, Duration)>> {
    let mut open = Vec::new();
    for (folder, url) in malls {
        open.push(Mall::open(folder, url).await?);
    }
    let mut middle = Vec::new();
    for (name, question) in QUESTIONS {
        let mut took = [Vec::with_capacity(TIMES), Vec::with_capacity(TIMES)];
        for _ in 0..TIMES {
            for (mall, took) in open.iter().zip(&mut took) {
                took.push(mall.ask(question).await.map_err(|error| format!("{name}: {error}"))?);
            }
        }
        let [few, many] = took.map(|mut took| {
            took.sort_unstable();
            took[TIMES / 2]
        });
        middle.push((name, few, many));
    }
    open.into_iter().try_for_each(|mall| mall.server.stop())?;
    Ok(middle)
}

/// A mall whose supervisor asks.
struct Mall {
    server: Server,
    http: reqwest::Client,
    site: String,
    lead: String,
}

impl Mall {
    async fn open(folder: &Path, url: Option<&str>) -> Fallible<Self> {
        let (server, _) = Server::start(folder, url)?;
        let lead = Journey::staff(&server, "li").await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let sites = http.get(format!("http://{}/api/v1/sites", server.address)).send().await?;
        let sites: Value = sites.json().await?;
        let site = sites["items"][0]["id"].as_str().ok_or("no site")?.to_owned();
        Ok(Self { server, http, site, lead })
    }

    async fn ask(&self, question: &str) -> Fallible<Duration> {
        let begun = Instant::now();
        let url = format!("http://{}/api/v1/{question}&site_id={}", self.server.address, self.site);
        let answer: Value = self.http.get(url).bearer_auth(&self.lead).send().await?.error_for_status()?.json().await?;
        let took = begun.elapsed();
        let groups = answer["groups"].as_array().or_else(|| answer["items"].as_array()).map_or(0, Vec::len);
        if groups == 0 || answer["groups"][0]["received"].as_i64() == Some(0) {
            return Err("nothing was counted".into());
        }
        Ok(took)
    }
}

/// Writes every ticket of the year to a workbook, by the command that an operator uses.
fn write(folder: &Path, url: Option<&str>, rows: u32) -> Fallible<Workbook> {
    let out = folder.join("year.xlsx");
    let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
    command.env_clear().env("LOG_FILTER", "warn").env("DATA_DIR", folder).current_dir(folder);
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    command.args(["report", "--site", "xinghe", "--kind", "yearly", "--day", "2025-06-01", "--tickets", "--out"]);
    command.arg(&out).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let mut process = command.spawn()?;
    let status = format!("/proc/{}/status", process.id());
    let mut memory = None;
    let exit = loop {
        let peak = std::fs::read_to_string(&status).ok().and_then(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        });
        memory = peak.map(|kilobytes| kilobytes * 1024).or(memory);
        if let Some(exit) = process.try_wait()? {
            break exit;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let took = begun.elapsed();
    if !exit.success() || std::fs::metadata(&out)?.len() < u64::from(rows) * 20 {
        return Err("the workbook was not written".into());
    }
    Ok(Workbook { rows, took, memory })
}
