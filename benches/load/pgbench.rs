//! What PostgreSQL itself can do: `pgbench` makes the inserts of one create, and nothing else, in one transaction; and it
//! reads one ticket by its key, and nothing that belongs to it.
//!
//! The rows are as long as those that the server has just written, and point to as many different places and people.
//! Unlike the server, `pgbench` looks nothing up, checks nothing, and builds no answer.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _};

use crate::cluster::Cluster;
use crate::wire::Figure;
use crate::{CONNECTIONS, Fallible, Times};

/// What the inserted rows point to and contain, taken from the database that the server has filled; each as SQL.
#[derive(QueryableByName)]
struct Sample {
    #[diesel(sql_type = Text)]
    site: String,
    #[diesel(sql_type = Text)]
    users: String,
    #[diesel(sql_type = Text)]
    locations: String,
    #[diesel(sql_type = Text)]
    equipment: String,
    #[diesel(sql_type = Text)]
    categories: String,
    #[diesel(sql_type = Text)]
    shops: String,
    /// The number of places.
    #[diesel(sql_type = Text)]
    places: String,
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    calendar: String,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Text)]
    answer: String,
    /// The last number of a ticket.
    #[diesel(sql_type = Text)]
    tickets: String,
}

const SAMPLE: &str = "
    WITH place AS (
        SELECT scene, c.location_id, c.equipment_id, e.category_id, c.shop_id
        FROM scan_codes c LEFT JOIN equipment e ON e.id = c.equipment_id
    ), places AS (
        SELECT count(*)::text AS count,
            'ARRAY[' || string_agg(quote_nullable(location_id), ',' ORDER BY scene) || ']::uuid[]' AS locations,
            'ARRAY[' || string_agg(quote_nullable(equipment_id), ',' ORDER BY scene) || ']::uuid[]' AS equipment,
            'ARRAY[' || string_agg(quote_nullable(category_id), ',' ORDER BY scene) || ']::uuid[]' AS categories,
            'ARRAY[' || string_agg(quote_nullable(shop_id), ',' ORDER BY scene) || ']::uuid[]' AS shops
        FROM place
    ), usual AS (
        SELECT body, body::jsonb->>'id' AS ticket FROM idempotency_records
        ORDER BY length(body) OFFSET (SELECT count(*) / 2 FROM idempotency_records) LIMIT 1
    )
    SELECT (SELECT quote_literal(id) || '::uuid' FROM sites LIMIT 1) AS site,
        (SELECT 'ARRAY[' || string_agg(quote_literal(user_id), ',') || ']::uuid[]' FROM wechat_identities) AS users,
        locations, equipment, categories, shops, places.count AS places,
        (SELECT quote_literal(standard_version_id) || '::uuid' FROM tickets LIMIT 1) AS version,
        (SELECT quote_literal(calendar_version_id) || '::uuid' FROM clocks WHERE calendar_version_id IS NOT NULL LIMIT 1)
            AS calendar,
        (SELECT description FROM tickets WHERE id::text = usual.ticket) AS description,
        (SELECT detail::text FROM notices WHERE ticket_id::text = usual.ticket) AS detail,
        usual.body AS answer,
        (SELECT max(seq)::text FROM tickets) AS tickets
    FROM places, usual";

/// What PostgreSQL does by itself.
pub struct Figures {
    /// The inserts of a create, in one transaction.
    pub create: Figure,
    /// One row of a ticket, by its key.
    pub read: Figure,
}

/// `None` where it is not installed.
pub fn run(cluster: &Cluster, url: &str, folder: &Path, times: Times) -> Fallible<Option<Figures>> {
    let program = cluster.programs.join("pgbench");
    if !program.exists() {
        return Ok(None);
    }
    let pgbench = |name: &str, script: &str| -> Fallible<Figure> {
        let file = folder.join(name);
        std::fs::write(&file, script)?;
        let run = |time: Duration| -> Fallible<String> {
            let seconds = time.as_secs_f64().ceil().to_string();
            let clients = CONNECTIONS.to_string();
            let out = Command::new(&program)
                .args(["-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", &seconds, "-f"])
                .args([&file, Path::new(url)])
                .stderr(Stdio::piped())
                .output()?;
            let text = String::from_utf8_lossy(&out.stdout).into_owned();
            if out.status.success() { Ok(text) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned().into()) }
        };
        run(times.warm_up)?;
        figure(&run(times.measured)?)
    };
    let mut conn = PgConnection::establish(url)?;
    let sample: Sample = diesel::sql_query(SAMPLE).get_result(&mut conn)?;
    // Any of the tickets that the server has filed.
    let any = format!("\\set seq random(1, {})", sample.tickets);
    let read = pgbench("read.sql", &format!("{any}\nSELECT * FROM tickets WHERE seq = :seq;\n"))?;
    // As empty as the server found it, and with nothing left to be written from its turn.
    conn.batch_execute("TRUNCATE tickets, idempotency_records CASCADE; CHECKPOINT")?;
    let create = pgbench("create.sql", &script(&sample))?;
    Ok(Some(Figures { create, read }))
}

/// `pgbench` tells the mean only, which stands in the column of the median.
fn figure(said: &str) -> Fallible<Figure> {
    let number = |label: &str| -> Fallible<f64> {
        let value = said.lines().find_map(|line| line.strip_prefix(label)?.split_whitespace().next());
        Ok(value.ok_or_else(|| format!("pgbench does not say {label}"))?.parse()?)
    };
    Ok(Figure {
        per_second: number("tps = ")?,
        mean: Some(Duration::from_secs_f64(number("latency average = ")? / 1000.0)),
        ..Figure::default()
    })
}

/// A text as SQL. `pgbench` takes `:name` for a variable even inside quotes, so colons are written by their number.
fn literal(text: &str) -> String {
    let mut sql = String::from("U&'");
    for character in text.chars() {
        match character {
            '\'' => sql.push_str("''"),
            '\\' => sql.push_str("\\\\"),
            ':' => sql.push_str("\\003A"),
            other => sql.push(other),
        }
    }
    sql.push('\'');
    sql
}

fn script(sample: &Sample) -> String {
    let Sample { site, users, locations, equipment, categories, shops, places, version, calendar, .. } = sample;
    let [description, detail, answer] = [&sample.description, &sample.detail, &sample.answer].map(|text| literal(text));
    let user = format!("({users})[:client_id + 1]");
    let mut script = format!("\\set place random(1, {places})\nBEGIN;\n");
    let statements = [
        format!(
            "INSERT INTO tickets (id, site_id, kind, channel, status, is_open, priority, severity, category_id, \
             location_id, equipment_id, shop_id, requester_id, requester_role, filed_by_id, contact_name, \
             contact_phone_sealed, contact_phone_index, contact_phone_masked, description, bounces, urges, followers, \
             reopens, version, created_at, updated_at, received_at, photos, standard_version_id, due_at) \
             VALUES (gen_random_uuid(), {site}, 'repair', 'mini_program', 'new', true, 'normal', 'normal', \
             ({categories})[:place], ({locations})[:place], ({equipment})[:place], ({shops})[:place], {user}, \
             'customer', {user}, '微信用户', NULL, NULL, NULL, {description}, 0, 0, 0, 0, 1, now(), now(), now(), 0, {version}, now()) \
             RETURNING id, seq \\gset"
        ),
        format!(
            "INSERT INTO ticket_events (id, ticket_id, at, actor_id, actor_name, actor_role, action, from_status, \
             to_status, reason, text, detail, is_public) VALUES (gen_random_uuid(), :id, now(), {user}, '微信用户', \
             'customer', 'open', NULL, 'new', NULL, {description}, NULL, true);"
        ),
        format!(
            "INSERT INTO clocks (ticket_id, id, site_id, kind, standard_version_id, started_at, born_target_seconds, \
             born_calendar_version_id, calendar_version_id, target_seconds, target_version, phase, used_seconds, since, \
             due_at, is_provisional, is_excused, reasons, episode, alerted_percent, next_at) VALUES \
             (:id, gen_random_uuid(), {site}, 'first_response', {version}, now(), 7200, {calendar}, {calendar}, 7200, 1, \
             'running', 0, now(), now(), false, false, '[]', 0, 0, now()), \
             (:id, gen_random_uuid(), {site}, 'resolution', {version}, now(), 86400, NULL, NULL, 86400, 1, 'running', 0, \
             now(), now(), false, false, '[]', 0, 0, now());"
        ),
        format!(
            "INSERT INTO notices (id, site_id, kind, recipient_id, recipient_role, department_id, ticket_id, detail, \
             created_at) VALUES (gen_random_uuid(), {site}, 'ticket_opened', NULL, 'agent', NULL, :id, {detail}, now());"
        ),
        format!(
            "INSERT INTO idempotency_records (caller_id, key, fingerprint, status, version, body, created_at) \
             VALUES ({user}, left(gen_random_uuid()::text, 16), '\\x{fingerprint}'::bytea, 201, 1, {answer}, now());",
            fingerprint = "5a".repeat(32),
        ),
    ];
    for statement in statements {
        script += &statement;
        script.push('\n');
    }
    script + "COMMIT;\n"
}
