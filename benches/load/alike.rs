//! What proposing costs: the look-ups that a new complaint pays for, to see whether it was made before, and whether others
//! made it, with a million tickets behind it. The hardest case: all of them by one person, about one category, at one
//! place, within the last month.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::app::App;
use yijian::clock::Clock;
use yijian::config::{Config, Overrides};
use yijian::error::Error;
use yijian::tickets::record::{self, Known};
use yijian::values::Id;

use crate::Fallible;
use crate::journey::Journey;
use crate::server::Server;

const TICKETS: u32 = 1_000_000;
/// As many new complaints look around.
const ROUNDS: u32 = 500;

/// Copied from the template as they are.
const TICKET: &str = "site_id, kind, channel, status, is_open, priority, severity, category_id, location_id, \
    equipment_id, shop_id, requester_id, requester_role, filed_by_id, contact_name, contact_phone_masked, description, \
    bounces, urges, followers, reopens, version, created_at, updated_at, received_at, photos, standard_version_id, due_at";

/// Spread over 25 days, in the order in which they came in.
const SQLITE: &str = "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < $n)
    INSERT INTO tickets (id, contact_phone_index, TICKET) SELECT unhex(printf('%012x',
    CAST(strftime('%s', 'now') AS INTEGER) * 1000 - ($n - s.i) * 2160) || '7000' || hex(randomblob(8))), x'00', TICKET
    FROM s CROSS JOIN (SELECT * FROM tickets LIMIT 1); ANALYZE;";
const POSTGRES: &str = "INSERT INTO tickets (id, contact_phone_index, TICKET) SELECT (lpad(to_hex(
    (extract(epoch FROM now())::bigint * 1000) - ($n - s.i)::bigint * 2160), 12, '0') || '7000'
    || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid, '\\x00'::bytea, TICKET
    FROM generate_series(1, $n) AS s(i) CROSS JOIN (SELECT * FROM tickets LIMIT 1) AS t; ANALYZE;";

/// Fills a database and looks around in it; the mean of all look-ups of one complaint together.
pub async fn measure(folder: &std::path::Path, url: Option<&str>) -> Fallible<Duration> {
    let (server, _) = Server::start(folder, url)?;
    let complaint = Journey::begin(&server).await?.complain().await?;
    server.stop()?;
    let filled = |sql: &str| sql.replace("TICKET", TICKET).replace("$n", &TICKETS.to_string());
    if let Some(url) = url {
        PgConnection::establish(url)?.batch_execute(&filled(POSTGRES))?;
    } else {
        let file = folder.join("yijian.db");
        let mut conn = SqliteConnection::establish(file.to_str().ok_or("the path is not UTF-8")?)?;
        conn.batch_execute(&format!("PRAGMA synchronous = OFF; {}", filled(SQLITE)))?;
    }
    let overrides = Overrides {
        data_dir: Some(folder.to_owned()),
        database_url: url.map(ToOwned::to_owned),
        ..Overrides::default()
    };
    let config = Config::from_env(&overrides).map_err(|error| error.to_string())?;
    let app = App::build(config, Clock::System)?;
    let id = |value: &Value| value["id"].as_str().and_then(|id| id.parse::<Id>().ok()).ok_or("no id");
    let (complaint, person) = (id(&complaint)?, id(&complaint["requester"])?);
    let took = app.read(move |tx| {
        let tickets = record::list_by_ids(tx, &[complaint])?;
        let mut ticket = tickets.get(&complaint).cloned().ok_or(Error::NotFound("ticket_not_found"))?;
        // As if it came in now.
        ticket.id = tx.new_id();
        let month = tx.now - SignedDuration::from_hours(30 * 24);
        let hours = (tx.now - SignedDuration::from_hours(2), tx.now);
        let mut took = Duration::ZERO;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let crowd = record::list_open_alike(tx, &ticket, hours)?;
            record::find_earlier_complaint(tx, &Known::Account(person), &ticket, month)?;
            let found = record::find_earlier_complaint(tx, &Known::Phone(vec![0]), &ticket, month)?;
            took += begun.elapsed();
            assert!(!crowd.is_empty() && found.is_some(), "nothing is alike");
        }
        Ok(took / ROUNDS)
    });
    Ok(took.await?)
}

/// A complaint of the template's shape.
pub fn body(scene: &str, category_id: &Value) -> Value {
    json!({ "scene": scene, "category_id": category_id, "description": "有股怪味" })
}
