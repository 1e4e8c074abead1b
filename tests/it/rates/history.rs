//! A long story of many tickets, counted by Yijian and once more in plain SQL.

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
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The site's numbers in plain SQL, from the tickets and what hangs on them, as of a moment.
async fn recount(t: &TestApp) -> Vec<(String, i64)> {
    let micros = t.app.now().0.as_second() * 1_000_000;
    let now = match t.backend {
        Backend::Sqlite => micros.to_string(),
        Backend::Postgres => format!("to_timestamp({}.0)", t.app.now().0.as_second()),
    };
    let hours = |n: i64| match t.backend {
        Backend::Sqlite => format!("{}", n * 3_600_000_000),
        Backend::Postgres => format!("interval '{n} hours'"),
    };
    let live = "tickets.status NOT IN ('cancelled', 'merged')";
    let late = format!("(clocks.breached_at IS NOT NULL OR (clocks.phase = 'running' AND clocks.due_at < {now}))");
    let clock = |kind: &str, which: String| {
        format!(
            "SELECT count(*) FROM clocks JOIN tickets ON tickets.id = clocks.ticket_id WHERE {live} \
             AND clocks.kind = '{kind}' AND clocks.phase <> 'cancelled' AND {which}"
        )
    };
    let met = format!("clocks.phase = 'stopped' AND NOT {late}");
    let missed = format!("{late} AND NOT clocks.is_excused");
    let open = format!("clocks.phase <> 'stopped' AND NOT {late}");
    let done = "tickets.status IN ('resolved', 'closed')";
    let ticket = |which: String| format!("SELECT count(*) FROM tickets WHERE {live} AND {which}");
    let is_late = format!(
        "EXISTS (SELECT 1 FROM clocks WHERE clocks.ticket_id = tickets.id AND clocks.kind = 'resolution' \
         AND clocks.phase <> 'cancelled' AND {missed}) OR (NOT EXISTS (SELECT 1 FROM clocks WHERE \
         clocks.ticket_id = tickets.id AND clocks.kind = 'resolution' AND clocks.phase <> 'cancelled') \
         AND tickets.received_at + {} <= {now})",
        hours(48)
    );
    let unhappy = "(SELECT f.result FROM follow_ups f WHERE f.ticket_id = tickets.id AND f.episode = tickets.reopens \
                   AND f.status = 'done' ORDER BY f.done_at DESC, f.id DESC LIMIT 1) = 'unsatisfied'";
    let repeat = |kind: &str| {
        format!(
            "EXISTS (SELECT 1 FROM ticket_repeats r WHERE r.earlier_id = tickets.id AND r.kind = '{kind}' \
             AND r.status = 'confirmed')"
        )
    };
    let score = "COALESCE(tickets.rating_score, (SELECT f.overall FROM follow_ups f WHERE f.ticket_id = tickets.id \
                 AND f.episode = tickets.reopens AND f.status = 'done' ORDER BY f.done_at DESC, f.id DESC LIMIT 1))";
    let checked = |which: &str| {
        format!(
            "SELECT count(*) FROM spot_check_results JOIN tickets ON tickets.id = spot_check_results.ticket_id \
             WHERE {live} AND spot_check_results.is_current AND {which}"
        )
    };
    let questions = [
        ("received", "SELECT count(*) FROM tickets".to_owned()),
        ("excluded", "SELECT count(*) FROM tickets WHERE status IN ('cancelled', 'merged')".to_owned()),
        ("resolution_met", clock("resolution", met.clone())),
        ("resolution_late", clock("resolution", missed.clone())),
        ("resolution_open", clock("resolution", open.clone())),
        ("first_response_met", clock("first_response", met.clone())),
        ("first_response_late", clock("first_response", missed.clone())),
        ("department_met", clock("dept_resolve", met)),
        ("department_late", clock("dept_resolve", missed)),
        ("solved", ticket(format!("{done} AND COALESCE({unhappy}, FALSE) = FALSE"))),
        ("unsolved", ticket(format!("(COALESCE({unhappy}, FALSE) OR (NOT {done} AND ({is_late})))"))),
        ("closed", ticket("tickets.status = 'closed'".to_owned())),
        ("mended", ticket(format!("{done} AND tickets.kind = 'repair'"))),
        (
            "reworked",
            ticket(format!("{done} AND tickets.kind = 'repair' AND (tickets.reopens > 0 OR {})", repeat("rework"))),
        ),
        ("complaints", ticket("tickets.kind = 'complaint'".to_owned())),
        ("complained_again", ticket(format!("tickets.kind = 'complaint' AND {}", repeat("re_complaint")))),
        (
            "follow_ups_done",
            format!(
                "SELECT count(*) FROM follow_ups JOIN tickets ON tickets.id = follow_ups.ticket_id WHERE {live} \
             AND follow_ups.status = 'done'"
            ),
        ),
        (
            "follow_ups_missed",
            format!(
                "SELECT count(*) FROM follow_ups JOIN tickets ON tickets.id = follow_ups.ticket_id WHERE {live} \
             AND follow_ups.status = 'open' AND follow_ups.due_at <= {now}"
            ),
        ),
        ("rated", ticket(format!("{done} AND {score} IS NOT NULL"))),
        ("satisfied_customers", ticket(format!("{done} AND {score} >= 4 AND tickets.requester_role = 'customer'"))),
        ("satisfied", ticket(format!("{done} AND {score} >= 4"))),
        ("dispatched", ticket("EXISTS (SELECT 1 FROM ticket_hops h WHERE h.ticket_id = tickets.id)".to_owned())),
        ("bounced", ticket("tickets.bounces > 0".to_owned())),
        ("urged", ticket("tickets.urges > 0".to_owned())),
        ("checked", checked("TRUE")),
        ("checked_correct", checked("spot_check_results.is_correct")),
    ];
    let parts: Vec<String> = questions
        .iter()
        .map(|(name, sql)| format!("SELECT CAST('{name}' AS TEXT) AS name, ({sql}) AS count"))
        .collect();
    let sql = parts.join(" UNION ALL ");
    let lines = t.app.read(move |tx| Ok(diesel::sql_query(sql).load::<Line>(tx.conn)?)).await.expect("a recount");
    lines.into_iter().map(|line| (line.name, line.count)).collect()
}

async fn compare(t: &TestApp, li: &Client, when: &str) {
    let reply = rates(t, li, "&from=2026-11-01").await;
    let all = group(&reply, "");
    for (name, count) in recount(t).await {
        assert_eq!(all["counts"][&name].as_i64().unwrap_or(0), count, "{name}, {when}: {:#}", all["counts"]);
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
        "year",
    ] {
        let reply = rates(t, li, &format!("&group_by={by}")).await;
        for group in reply.is(200).json["groups"].as_array().expect("groups") {
            let key = group["key"].as_str().expect("a key");
            for rate in group["rates"].as_array().expect("rates") {
                let name = rate["rate"].as_str().expect("a rate");
                if !["resolution", "timeliness", "urge", "satisfaction", "late_pauses"].contains(&name) {
                    continue;
                }
                for part in ["numerator", "denominator"] {
                    let count = rate[part].as_u64().expect("a count");
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
    assert!(compared > 100, "only {compared} were compared");
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
