//! A long story of many tickets, counted by Yijian and once more in plain SQL.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::join;
use yijian::rates::fold;

use super::{counts, group, proven, rates};
use crate::both;
use crate::support::{Backend, Client, People, Reply, TestApp, setting};

/// A small generator that gives the same story for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// By what the recount keeps its numbers apart.
#[derive(Clone, Copy)]
enum Apart {
    Not,
    Department,
    Shop,
}

impl Apart {
    fn query(self) -> &'static str {
        match self {
            Self::Not => "",
            Self::Department => "&group_by=department",
            Self::Shop => "&group_by=shop",
        }
    }
}

/// A number in plain SQL: what is summed, from what, of which department.
struct Question {
    name: &'static str,
    what: String,
    from: String,
    department: &'static str,
}

/// How each database says it.
struct Dialect {
    is_sqlite: bool,
    now: String,
}

impl Dialect {
    fn of(t: &TestApp) -> Self {
        let at = t.app.now().0.as_second();
        let is_sqlite = matches!(t.backend, Backend::Sqlite);
        let now = if is_sqlite { (at * 1_000_000).to_string() } else { format!("to_timestamp({at}.0)") };
        Self { is_sqlite, now }
    }

    fn hours(&self, n: i64) -> String {
        if self.is_sqlite { format!("{}", n * 3_600_000_000) } else { format!("interval '{n} hours'") }
    }

    fn seconds(&self, from: &str, to: &str) -> String {
        if self.is_sqlite {
            format!("(({to}) - ({from})) / 1000000")
        } else {
            format!("CAST(extract(epoch FROM ({to}) - ({from})) AS BIGINT)")
        }
    }

    fn earlier(&self, one: &str, other: &str) -> String {
        let least = if self.is_sqlite { "min" } else { "least" };
        format!("{least}({one}, {other})")
    }

    fn key(&self, id: &str) -> String {
        if self.is_sqlite {
            format!("COALESCE(lower(hex({id})), '')")
        } else {
            format!("COALESCE(replace(CAST({id} AS TEXT), '-', ''), '')")
        }
    }
}

const LIVE: &str = "tickets.status NOT IN ('cancelled', 'merged')";
const DONE: &str = "tickets.status IN ('resolved', 'closed')";

/// Every number in plain SQL, from the tickets and what hangs on them, as of a moment. Left out is how little time was left
/// when something was paused: that needs the calendars.
#[expect(clippy::too_many_lines, reason = "a line for each number")]
fn questions(say: &Dialect) -> Vec<Question> {
    let now = &say.now;
    let late = format!("(clocks.breached_at IS NOT NULL OR (clocks.phase = 'running' AND clocks.due_at < {now}))");
    let met = format!("clocks.phase = 'stopped' AND NOT {late}");
    let missed = format!("{late} AND NOT clocks.is_excused");
    let excused = format!("{late} AND clocks.is_excused");
    let open = format!("clocks.phase <> 'stopped' AND NOT {late}");
    let stopped = "clocks.phase = 'stopped'".to_owned();
    let of_resolution = "clocks.ticket_id = tickets.id AND clocks.kind = 'resolution' AND clocks.phase <> 'cancelled'";
    let is_late = format!(
        "(EXISTS (SELECT 1 FROM clocks WHERE {of_resolution} AND {missed}) OR (NOT EXISTS (SELECT 1 FROM clocks \
         WHERE {of_resolution}) AND tickets.received_at + {} <= {now}))",
        say.hours(48)
    );
    let newest = "WHERE f.ticket_id = tickets.id AND f.episode = tickets.reopens AND f.status = 'done' \
                  ORDER BY f.done_at DESC, f.id DESC LIMIT 1";
    let unhappy = format!("COALESCE((SELECT f.result FROM follow_ups f {newest}) = 'unsatisfied', FALSE)");
    let score = format!("COALESCE(tickets.rating_score, (SELECT f.overall FROM follow_ups f {newest}))");
    let repeat = |kind: &str| {
        format!(
            "EXISTS (SELECT 1 FROM ticket_repeats r WHERE r.earlier_id = tickets.id AND r.kind = '{kind}' \
             AND r.status = 'confirmed')"
        )
    };
    let reworked = format!("(tickets.reopens > 0 OR {})", repeat("rework"));
    let asked = format!(
        "(tickets.requester_id IS NOT NULL OR {score} IS NOT NULL OR EXISTS (SELECT 1 FROM ticket_events e WHERE \
         e.ticket_id = tickets.id AND e.action = 'survey') OR EXISTS (SELECT 1 FROM follow_ups f WHERE \
         f.ticket_id = tickets.id AND f.result <> 'unreachable'))"
    );
    let unclosed = format!(
        "((NOT {DONE} AND {is_late}) OR (tickets.status = 'resolved' AND tickets.resolved_at + {} <= {now}))",
        say.hours(7 * 24)
    );
    let mended = format!("{DONE} AND tickets.kind = 'repair'");
    let of_tickets = [
        ("counted", "TRUE".to_owned()),
        ("solved", format!("{DONE} AND NOT {unhappy}")),
        ("unsolved", format!("({unhappy} OR (NOT {DONE} AND {is_late}))")),
        ("solving", format!("NOT {DONE} AND NOT {unhappy} AND NOT {is_late}")),
        ("closed", "tickets.status = 'closed'".to_owned()),
        ("unclosed", format!("tickets.status <> 'closed' AND {unclosed}")),
        ("closing", format!("tickets.status <> 'closed' AND NOT {unclosed}")),
        ("finished", DONE.to_owned()),
        ("mended", mended.clone()),
        ("reworked", format!("{mended} AND {reworked}")),
        ("fixed_at_once", format!("{mended} AND NOT {reworked} AND tickets.bounces = 0")),
        ("complaints", "tickets.kind = 'complaint'".to_owned()),
        ("complained_again", format!("tickets.kind = 'complaint' AND {}", repeat("re_complaint"))),
        ("asked", format!("{DONE} AND {asked}")),
        ("rated", format!("{DONE} AND {score} IS NOT NULL")),
        ("satisfied", format!("{DONE} AND {score} >= 4")),
        ("rated_by_customers", format!("{DONE} AND {score} IS NOT NULL AND tickets.requester_role = 'customer'")),
        ("satisfied_customers", format!("{DONE} AND {score} >= 4 AND tickets.requester_role = 'customer'")),
        ("dispatched", "EXISTS (SELECT 1 FROM ticket_hops h WHERE h.ticket_id = tickets.id)".to_owned()),
        ("bounced", "tickets.bounces > 0".to_owned()),
        ("urged", "tickets.urges > 0".to_owned()),
    ];
    let ticket = |name, what: String, which: String| {
        let from = format!("tickets WHERE {LIVE} AND {which}");
        Question { name, what, from, department: "tickets.department_id" }
    };
    let one = || "1".to_owned();
    let mut all: Vec<Question> = of_tickets.into_iter().map(|(name, which)| ticket(name, one(), which)).collect();
    all.push(ticket("score_sum", score.clone(), format!("{DONE} AND {score} IS NOT NULL")));
    all.push(ticket("span_seconds", say.seconds("tickets.received_at", "tickets.resolved_at"), DONE.to_owned()));
    for (name, which) in [
        ("received", "TRUE"),
        ("excluded", "status IN ('cancelled', 'merged')"),
        ("excluded_repairs", "status IN ('cancelled', 'merged') AND kind = 'repair'"),
        ("excluded_complaints", "status IN ('cancelled', 'merged') AND kind = 'complaint'"),
    ] {
        let from = format!("tickets WHERE {which}");
        all.push(Question { name, what: one(), from, department: "tickets.department_id" });
    }
    let used = || "clocks.used_seconds".to_owned();
    for (name, what, kind, which) in [
        ("first_response_met", one(), "first_response", &met),
        ("first_response_late", one(), "first_response", &missed),
        ("first_response_open", one(), "first_response", &open),
        ("first_response_excused", one(), "first_response", &excused),
        ("responded", one(), "first_response", &stopped),
        ("response_seconds", used(), "first_response", &stopped),
        ("resolution_met", one(), "resolution", &met),
        ("resolution_late", one(), "resolution", &missed),
        ("resolution_open", one(), "resolution", &open),
        ("resolution_excused", one(), "resolution", &excused),
        ("timed", one(), "resolution", &stopped),
        ("solving_seconds", used(), "resolution", &stopped),
        ("accept_met", one(), "dept_accept", &met),
        ("accept_late", one(), "dept_accept", &missed),
        ("accept_open", one(), "dept_accept", &open),
        ("accept_excused", one(), "dept_accept", &excused),
        ("department_met", one(), "dept_resolve", &met),
        ("department_late", one(), "dept_resolve", &missed),
        ("department_open", one(), "dept_resolve", &open),
        ("department_excused", one(), "dept_resolve", &excused),
    ] {
        let from = format!(
            "clocks JOIN tickets ON tickets.id = clocks.ticket_id WHERE {LIVE} AND clocks.kind = '{kind}' \
             AND clocks.phase <> 'cancelled' AND {which}"
        );
        let department = if kind.starts_with("dept") { "clocks.department_id" } else { "tickets.department_id" };
        all.push(Question { name, what, from, department });
    }
    for (name, which) in [
        ("follow_ups_done", "f.status = 'done'".to_owned()),
        ("follow_ups_made", "f.status = 'done'".to_owned()),
        ("follow_ups_missed", format!("f.status = 'open' AND f.due_at <= {now} AND {DONE}")),
        ("follow_ups_open", format!("f.status = 'open' AND NOT (f.due_at <= {now} AND {DONE})")),
    ] {
        let from = format!("follow_ups f JOIN tickets ON tickets.id = f.ticket_id WHERE {LIVE} AND {which}");
        all.push(Question { name, what: one(), from, department: "tickets.department_id" });
    }
    for (name, which) in [("checked", "TRUE"), ("checked_correct", "r.is_correct")] {
        let from = format!(
            "spot_check_results r JOIN tickets ON tickets.id = r.ticket_id WHERE {LIVE} AND r.is_current AND {which}"
        );
        all.push(Question { name, what: one(), from, department: "r.department_id" });
    }
    let pauses = format!(
        "clock_events e JOIN clocks ON clocks.ticket_id = e.ticket_id AND clocks.id = e.clock_id \
         JOIN tickets ON tickets.id = e.ticket_id WHERE {LIVE} AND clocks.kind = 'resolution' AND e.kind = 'pause'"
    );
    let over = "(SELECT min(n.at) FROM clock_events n WHERE n.ticket_id = e.ticket_id AND n.clock_id = e.clock_id \
                AND n.position > e.position AND n.kind IN ('resume', 'stop', 'cancel'))";
    let waited = say.seconds("e.at", over);
    let department = "tickets.department_id";
    all.push(Question { name: "pauses", what: one(), from: pauses.clone(), department });
    let from = format!("{pauses} AND {DONE}");
    all.push(Question { name: "paused_seconds", what: waited, from, department });
    // From each hop to the next or to the end, and before the first one with the desk.
    let end = |at: &str| say.earlier(at, "tickets.resolved_at");
    let next = "COALESCE(LEAD(h.at) OVER (PARTITION BY h.ticket_id ORDER BY h.id), tickets.resolved_at)";
    let first = "COALESCE((SELECT min(h.at) FROM ticket_hops h WHERE h.ticket_id = tickets.id), tickets.resolved_at)";
    let which = "tickets.shop_id, tickets.status, tickets.id";
    let stays = format!(
        "(SELECT h.to_department_id AS department_id, {} AS lasted, {which} FROM ticket_hops h \
         JOIN tickets ON tickets.id = h.ticket_id WHERE {DONE} UNION ALL \
         SELECT NULL AS department_id, {} AS lasted, {which} FROM tickets WHERE {DONE}) tickets",
        say.seconds(&end("h.at"), &end(next)),
        say.seconds("tickets.received_at", &end(first))
    );
    let late = format!("EXISTS (SELECT 1 FROM clocks WHERE {of_resolution} AND {missed})");
    for (name, from) in [("hop_seconds", stays.clone()), ("late_hop_seconds", format!("{stays} WHERE {late}"))] {
        all.push(Question { name, what: "tickets.lasted".to_owned(), from, department });
    }
    all
}

/// The site's numbers, or those of its departments or shops, in plain SQL: by name and key.
async fn recount(t: &TestApp, apart: Apart) -> BTreeMap<(String, String), i64> {
    let say = Dialect::of(t);
    let part = |question: &Question| {
        let Question { name, what, from, department } = question;
        let key = match apart {
            Apart::Not => "''".to_owned(),
            Apart::Department => say.key(department),
            Apart::Shop => say.key("tickets.shop_id"),
        };
        format!(
            "SELECT name, key, CAST(sum(value) AS BIGINT) AS count FROM (SELECT CAST('{name}' AS TEXT) AS name, \
             {key} AS key, {what} AS value FROM {from}) one GROUP BY name, key"
        )
    };
    let parts: Vec<String> = questions(&say).iter().map(part).collect();
    let mut counted = BTreeMap::new();
    // SQLite joins no more than 500 of them.
    for some in parts.chunks(20) {
        let sql = some.join(" UNION ALL ");
        let lines = t.app.read(move |tx| Ok(diesel::sql_query(sql).load::<Line>(tx.conn)?)).await.expect("a recount");
        counted.extend(lines.into_iter().map(|line| ((line.name, line.key), line.count)));
    }
    counted
}

async fn compare(t: &TestApp, li: &Client, when: &str) {
    for apart in [Apart::Not, Apart::Department, Apart::Shop] {
        let mut counted = recount(t, apart).await;
        counted.retain(|_, count| *count != 0);
        let by = apart.query();
        let reply = rates(t, li, &format!("&from=2026-11-01{by}")).await;
        for group in reply.is(200).json["groups"].as_array().expect("groups") {
            let key = group["key"].as_str().expect("a key").replace('-', "");
            let mut shown = group["counts"].as_object().expect("counts").clone();
            // Needs the calendars.
            shown.remove("pauses_late");
            for (name, count) in shown {
                let expected = counted.remove(&(name.clone(), key.clone())).unwrap_or(0);
                assert_eq!(count.as_i64(), Some(expected), "{name}, {when}{by} of {key:?}: {group:#}");
            }
        }
        assert_eq!(counted, BTreeMap::new(), "{when}{by}: in no group");
    }
}

/// Lets somebody do something to a ticket that may or may not be possible just now.
async fn step(t: &TestApp, p: &People, dice: &mut Dice, ticket: &str) {
    let reason = json!({ "reason": "说不清" });
    let reply = match dice.roll(18) {
        0 => p.mei.act(&format!("{ticket}/accept")).await,
        1 | 2 => p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await,
        3 => p.wang.act(&format!("{ticket}/start")).await,
        4 => p.wang.post(&format!("{ticket}/pause"), json!({ "reason": "waiting_parts" })).await,
        5 => p.wang.act(&format!("{ticket}/resume")).await,
        6..=8 => {
            let done = json!({ "result": "好了", "lateness_reason": "parts" });
            let reply = p.wang.post(&format!("{ticket}/resolve"), done).await;
            if reply.status < 300 {
                reply
            } else {
                p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await
            }
        }
        9 => p.lin.post(&format!("{ticket}/rate"), json!({ "score": 1 + dice.roll(5) })).await,
        10 => p.lin.act(&format!("{ticket}/close")).await,
        11 => p.lin.post(&format!("{ticket}/reopen"), reason).await,
        12 => p.lin.act(&format!("{ticket}/urge")).await,
        13 => p.wang.post(&format!("{ticket}/return"), reason).await,
        14 => p.mei.post(&format!("{ticket}/regrade"), json!({ "reason": "更急", "priority": "urgent" })).await,
        15 | 16 => spot_check(t, p, dice, ticket).await,
        _ if dice.roll(4) == 0 => p.lin.post(&format!("{ticket}/cancel"), reason).await,
        _ => {
            let open = p.li.get(&format!("/api/v1/follow_ups?status=open&ticket_id={}", super::id(ticket))).await;
            let Some(one) = open.json["items"][0]["id"].as_str().map(ToOwned::to_owned) else { return };
            let path = format!("/api/v1/follow_ups/{one}");
            p.li.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": true })).await;
            let result = if dice.roll(3) == 0 { "unsatisfied" } else { "satisfied" };
            let said = json!({ "result": result, "overall": 1 + dice.roll(5) });
            p.li.post(&format!("{path}/complete"), said).await
        }
    };
    assert!(reply.status < 500, "{}", String::from_utf8_lossy(&reply.body));
}

/// Draws a ticket by hand, if it may be, and writes down what was found in one that was drawn; sometimes anew.
async fn spot_check(t: &TestApp, p: &People, dice: &mut Dice, ticket: &str) -> Reply {
    let (site, ticket_id) = (t.site().await, super::id(ticket));
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let drawn = json!({ "site_id": site, "from": "2026-11-22", "to": t.app.now().0.to_zoned(zone).date(), "ticket_ids": [ticket_id] });
    p.admin.post("/api/v1/spot_checks", drawn).await;
    let rounds = p.admin.get(&format!("/api/v1/spot_checks?site_id={site}&limit=100")).await;
    let rounds = rounds.is(200).json["items"].as_array().expect("rounds").clone();
    if rounds.is_empty() {
        return p.admin.get("/api/v1/me").await;
    }
    let round = &rounds[usize::try_from(dice.roll(rounds.len() as u64)).expect("an index")];
    let path = format!("/api/v1/spot_checks/{}/tickets", round["id"].as_str().expect("an id"));
    let found = p.admin.get(&path).await.json["items"][0]["ticket"]["id"].as_str().expect("a ticket").to_owned();
    let item = |item: &Value| {
        let answer = if dice.roll(12) == 0 { "no" } else { "yes" };
        json!({ "item": item["key"], "answer": answer })
    };
    let answers: Vec<Value> = round["items"].as_array().expect("items").iter().map(item).collect();
    p.admin.post(&format!("{path}/{found}/result"), json!({ "answers": answers, "reason": "复核" })).await
}

/// In these, what was done is what speaks against us.
const LESS_IS_BETTER: [&str; 7] =
    ["rework", "re_complaint", "bounce", "urge", "paused_share", "excused", "late_pauses"];

/// Behind every number of every group stand as many tickets as it says.
async fn listings_match(t: &TestApp, li: &Client) {
    let site = t.site().await;
    let mut compared = 0;
    for by in [
        "kind",
        "department",
        "person",
        "shop",
        "category",
        "severity",
        "lateness_reason",
        "hour",
        "topic",
        "pause",
        "day",
        "week",
        "month",
        "quarter",
        "year",
    ] {
        let reply = rates(t, li, &format!("&group_by={by}")).await;
        for group in reply.is(200).json["groups"].as_array().expect("groups") {
            let key = group["key"].as_str().expect("a key");
            for rate in group["rates"].as_array().expect("rates") {
                let name = rate["rate"].as_str().expect("a rate");
                let of = |part: &str| rate[part].as_i64().expect("a count");
                let against =
                    if LESS_IS_BETTER.contains(&name) { of("numerator") } else { of("denominator") - of("numerator") };
                for part in ["numerator", "denominator", "pending", "excluded", "missed"] {
                    let count = if part == "missed" { against } else { of(part) };
                    let count = u64::try_from(count).expect("no fewer than none");
                    if count == 0 {
                        continue;
                    }
                    let path = format!(
                        "/api/v1/rates/{name}/tickets?site_id={site}&part={part}&limit=100&group_by={by}&key={key}"
                    );
                    let listed = li.get(&path).await.is(200).json["items"].as_array().expect("tickets").len() as u64;
                    // Of one ticket there may be several pauses.
                    let fits = if rate["unit"] == "tickets" { listed == count } else { (1..=count).contains(&listed) };
                    assert!(fits, "{by} {key}: {name} {part} is {count}, {listed} are listed");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 1000, "only {compared} were compared");
}

both! {
    async fn many_tickets_count_as_plain_sql_counts_them(t: TestApp) {
        let mut dice = Dice(setting("RATES_SEED", 20_261_122));
        let mut tickets: Vec<String> = Vec::new();
        for round in 0..setting("RATES_ROUNDS", 6) {
            // Tokens live shorter than the time between rounds.
            let p = People::sign_in(&t).await;
            for _ in 0..5 {
                tickets.push(if dice.roll(3) == 0 {
                    crate::complaints::complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await.1
                } else {
                    p.file(&t).await
                });
            }
            for _ in 0..40 {
                let ticket = &tickets[usize::try_from(dice.roll(tickets.len() as u64)).expect("an index")];
                step(&t, &p, &mut dice, ticket).await;
            }
            compare(&t, &p.li, &format!("in round {round}")).await;
            if round % 2 == 0 {
                fold::run(&t.app).await.expect("marks are put into effect");
                compare(&t, &p.li, &format!("put, in round {round}")).await;
            }
            t.advance(SignedDuration::from_mins(i64::try_from(60 + dice.roll(2000)).expect("minutes"))).await;
            let li = t.staff("li").await;
            compare(&t, &li, &format!("later, after round {round}")).await;
        }
        proven(&t).await;
        let li = t.staff("li").await;
        compare(&t, &li, "in the end").await;
        listings_match(&t, &li).await;
        let checked = group(&rates(&t, &li, "&from=2026-11-01").await, "")["counts"]["checked"].as_i64();
        assert!(checked.is_some_and(|count| count > 0), "nothing was spot-checked");
    }

    async fn two_processes_count_each_ticket_once(t: TestApp) {
        let p = People::sign_in(&t).await;
        let other = t.second();
        for _ in 0..3 {
            for _ in 0..4 {
                p.ticket_at(&t, "resolved").await;
            }
            let (one, two) = join!(fold::run(&t.app), fold::run(&other.app));
            one.expect("counted");
            two.expect("counted");
        }
        fold::run(&t.app).await.expect("counted");
        let reply = rates(&t, &p.li, "").await;
        assert_eq!(counts(group(&reply, ""), "resolution"), [12, 12, 0, 0]);
        proven(&t).await;
    }
}
