//! The demo's year: what is hidden in it is there to be found, and it comes out the same for the same seed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use diesel::prelude::*;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::Value;
use yijian::clocks;
use yijian::db::schema::clocks::dsl as b;
use yijian::db::schema::ticket_events::dsl as c;
use yijian::db::schema::tickets::dsl as a;
use yijian::demo::year::{self, Plan, Truth};
use yijian::sites::model::Kind;
use yijian::standards::spec::ClockKind;
use yijian::tickets::lifecycle::{Action, Status};
use yijian::values::{Id, Instant};

use crate::both;
use crate::support::{TestApp, postgres_database};

/// A year from the day after that of the tests.
async fn generate(t: &TestApp, tickets: u64, seed: u64) -> Truth {
    let first_day = "2026-11-23".parse().expect("a day");
    year::generate(&t.app, Plan { first_day, tickets, seed }).await.expect("a year")
}

type TicketRow = (Id, Kind, Status, Option<Id>, Option<Id>, Instant, Option<Instant>);
type ClockRow = (Id, ClockKind, Instant, i32, Option<Instant>);
type PauseRow = (Id, Option<Id>, Instant);

/// What a report would read.
struct Rows {
    tickets: Vec<TicketRow>,
    clocks: Vec<ClockRow>,
    pauses: Vec<PauseRow>,
    until: Instant,
}

impl Rows {
    async fn read(t: &TestApp) -> Self {
        let until = t.app.now();
        let read = t.app.read(move |tx| {
            let columns = (a::id, a::kind, a::status, a::shop_id, a::department_id, a::received_at, a::resolved_at);
            let tickets = a::tickets.select(columns).load(tx.conn)?;
            let columns = (b::ticket_id, b::kind, b::started_at, b::born_target_seconds, b::breached_at);
            let clocks = b::clocks.filter(b::phase.ne("cancelled")).select(columns).load(tx.conn)?;
            let pauses = c::ticket_events.filter(c::action.eq(Action::Pause)).order(c::id);
            let pauses = pauses.select((c::ticket_id, c::actor_id, c::at)).load(tx.conn)?;
            Ok(Self { tickets, clocks, pauses, until })
        });
        read.await.expect("rows")
    }

    fn days_before_the_end(&self, at: Instant) -> i64 {
        self.until.since(at).as_hours() / 24
    }
}

fn month(at: Instant) -> String {
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    at.0.to_zoned(zone).strftime("%Y-%m").to_string()
}

fn percent(part: u32, whole: u32) -> f64 {
    f64::from(part) * 100.0 / f64::from(whole.max(1))
}

/// Adds one to the second number, and to the first if it counts.
fn tally<K: Ord>(counts: &mut BTreeMap<K, (u32, u32)>, key: K, hit: bool) {
    let entry = counts.entry(key).or_default();
    *entry = (entry.0 + u32::from(hit), entry.1 + 1);
}

fn check_counts(rows: &Rows, truth: &Truth) {
    let mut months: BTreeMap<String, [u64; 5]> = BTreeMap::new();
    for (_, kind, _, shop, _, at, _) in &rows.tickets {
        let counts = months.entry(month(*at)).or_default();
        counts[match kind {
            Kind::Repair => 0,
            Kind::Complaint => 1,
            Kind::Inquiry => 2,
            Kind::Request => 3,
        }] += 1;
        counts[4] += u64::from(*kind == Kind::Complaint && *shop == Some(truth.planted.shop.id));
    }
    let known = truth.months.iter();
    let known =
        known.map(|(month, c)| (month.clone(), [c.repairs, c.complaints, c.inquiries, c.requests, c.shop_complaints]));
    assert_eq!(months, known.collect());
    assert_eq!(u64::try_from(rows.tickets.len()), Ok(truth.tickets));
    assert!(months.len() == 13 || months.len() == 12, "{months:?}");
}

/// The shop with the most complaints of late, and many times as many as it used to have.
fn check_shop(rows: &Rows, truth: &Truth) {
    let mut shops: BTreeMap<Id, (u32, u32)> = BTreeMap::new();
    for (_, kind, _, shop, _, at, _) in &rows.tickets {
        if let (Kind::Complaint, Some(shop)) = (kind, shop) {
            tally(&mut shops, *shop, rows.days_before_the_end(*at) < 90);
        }
    }
    let worst = shops.iter().max_by_key(|(_, (of_late, _))| *of_late).expect("complaints about shops");
    let (of_late, all) = *worst.1;
    assert_eq!(*worst.0, truth.planted.shop.id, "{shops:?}");
    assert!(of_late > 3 * (all - of_late) / 3, "{of_late} of {all} in a quarter");
}

/// The department that leaves most unsolved, below the target.
fn check_department(rows: &Rows, truth: &Truth) {
    let mut departments: BTreeMap<Id, (u32, u32)> = BTreeMap::new();
    for (_, _, status, _, department, at, resolved_at) in &rows.tickets {
        if let Some(department) = department
            && *status != Status::Cancelled
            && rows.days_before_the_end(*at) > 14
        {
            tally(&mut departments, *department, resolved_at.is_some());
        }
    }
    for (department, (solved, all)) in &departments {
        let rate = percent(*solved, *all);
        assert_eq!(rate < 95.0, *department == truth.planted.department.id, "{solved} of {all}");
    }
    assert!(departments.contains_key(&truth.planted.department.id));
}

/// Who waits mostly when little is left.
fn check_person(rows: &Rows, truth: &Truth) {
    let resolutions = rows.clocks.iter().filter(|(_, kind, ..)| *kind == ClockKind::Resolution);
    let targets: BTreeMap<Id, (Instant, i64)> =
        resolutions.map(|(ticket, _, from, target, _)| (*ticket, (*from, i64::from(*target)))).collect();
    let mut people: BTreeMap<Option<Id>, (u32, u32)> = BTreeMap::new();
    for (ticket, actor, at) in &rows.pauses {
        let (from, target) = targets[ticket];
        let left = target - at.since(from).as_secs();
        tally(&mut people, *actor, left * 10 <= target);
    }
    let (near, all) = people.remove(&Some(truth.planted.person.id)).expect("they pause");
    assert!(near >= 3 && near * 2 > all, "{near} of {all}");
    assert!(people.values().all(|(near, all)| *near * 10 <= *all), "{people:?}");
}

/// The month in which most promises were missed, below the target.
fn check_month(rows: &Rows, truth: &Truth) {
    let mut months: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (_, kind, from, _, breached_at) in &rows.clocks {
        if matches!(kind, ClockKind::FirstResponse | ClockKind::Resolution) {
            tally(&mut months, month(*from), breached_at.is_none());
        }
    }
    let planted = months[&truth.planted.month];
    let rate = |(met, all): (u32, u32)| percent(met, all);
    assert!(rate(planted) < 95.0, "{planted:?}");
    let others = months.iter().filter(|(month, _)| **month != truth.planted.month);
    assert!(others.clone().all(|(_, counts)| rate(*counts) > rate(planted) + 2.0), "{months:?}");
    let (met, all) = others.fold((0, 0), |(met, all), (_, one)| (met + one.0, all + one.1));
    assert!(percent(met, all) > 98.0, "{met} of {all}");
}

/// The same, as the supervisor sees it.
async fn reports_find(t: &TestApp, truth: &Truth) {
    crate::rates::proven(t).await;
    let li = t.staff("li").await;
    let year = format!("&from={}", truth.first_day);
    let worst = |groups: &[Value], rate: &str, lowest: bool| {
        let value = |group: &Value| {
            let [numerator, denominator, ..] = crate::rates::counts(group, rate);
            (denominator >= 20).then(|| (numerator * 10_000 / denominator, group["key"].clone()))
        };
        let values = groups.iter().filter_map(value);
        let worst =
            if lowest { values.min_by_key(|(share, _)| *share) } else { values.max_by_key(|(share, _)| *share) };
        worst.expect("a group of some size")
    };
    let by = |group: &'static str| {
        let year = year.clone();
        let li = li.clone();
        async move {
            let reply = crate::rates::rates(t, &li, &format!("{year}&group_by={group}")).await;
            reply.is(200).json["groups"].as_array().expect("groups").clone()
        }
    };
    let (share, month) = worst(&by("month").await, "first_response", true);
    assert_eq!(month, format!("{}-01", truth.planted.month), "{share}");
    let (share, department) = worst(&by("department").await, "resolution", true);
    assert_eq!(department, truth.planted.department.id.to_string());
    assert!(share < 9_500, "{share}");
    let mut people: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for group in by("pause").await {
        let count = |name: &str| group["counts"][name].as_u64().unwrap_or(0);
        let key = group["key"].as_str().expect("a key");
        let one = people.entry(key.split('/').next().expect("a person").to_owned()).or_default();
        *one = (one.0 + count("pauses_late"), one.1 + count("pauses"));
    }
    let cheat = people.iter().max_by_key(|(_, (late, all))| late * 1000 / all.max(&1)).expect("pauses");
    assert_eq!(*cheat.0, truth.planted.person.id.to_string(), "{people:?}");
    in_a_report(t, truth).await;
    let last: Vec<Value> = by("month").await;
    let last = last.iter().rfind(|month| month["received"].as_i64() > Some(50)).expect("a month")["key"].clone();
    let report = li
        .get(&format!("/api/v1/reports/monthly?site_id={}&day={}", t.site().await, last.as_str().expect("a day")))
        .await;
    let tables = report.is(200).json["tables"].as_array().expect("tables").clone();
    let shops = tables.iter().find(|table| table["key"] == "shops").expect("a table");
    assert_eq!(shops["rows"][0][0], truth.planted.shop.name, "{shops:#}");
    assert_eq!(shops["rows"][0][4], "worse", "{shops:#}");
}

/// The same, as the rows of the year's report say it.
async fn in_a_report(t: &TestApp, truth: &Truth) {
    let li = t.staff("li").await;
    let site = t.site().await;
    let tables = |day: String| {
        let (li, path) = (li.clone(), format!("/api/v1/reports/yearly?site_id={site}&day={day}"));
        async move { li.get(&path).await.is(200).json["tables"].as_array().expect("tables").clone() }
    };
    let rows = |tables: &[Value], key: &str| {
        let table = tables.iter().find(|table| table["key"] == key).expect("a table");
        table["rows"].as_array().expect("rows").clone()
    };
    let of_its_year = tables(format!("{}-01", truth.planted.month)).await;
    let answered = |row: &Value| {
        let [met, all] = [0, 1].map(|place| row[1][place].as_i64().expect("a count"));
        (all >= 20).then(|| (met * 10_000 / all, row[0].clone()))
    };
    let worst = rows(&of_its_year, "trend").iter().filter_map(answered).min_by_key(|(share, _)| *share);
    assert_eq!(worst.expect("a month").1, format!("{}-01", truth.planted.month));
    // Most of it lies in the calendar year in which it ends.
    let last = jiff::ToSpan::days(364);
    let last = truth.first_day.parse::<jiff::civil::Date>().expect("a day").saturating_add(last);
    let of_last_year = tables(last.to_string()).await;
    let department = &rows(&of_last_year, "departments")[0];
    assert_eq!((&department[0], &department[3]), (&truth.planted.department.name.clone().into(), &"missed".into()));
    let pauses = &rows(&of_last_year, "pauses")[0];
    assert_eq!(pauses[0], truth.planted.person.name, "{pauses}");
    assert!(pauses[3].as_i64() >= Some(3), "{pauses}");
}

both! {
    async fn a_recount_finds_every_problem_that_was_hidden_in_the_year(t: TestApp) {
        let truth = generate(&t, 1500, 1).await;
        assert!(truth.tickets >= 1500);
        let rows = Rows::read(&t).await;
        check_counts(&rows, &truth);
        check_shop(&rows, &truth);
        check_department(&rows, &truth);
        check_person(&rows, &truth);
        check_month(&rows, &truth);
        let over: Vec<&TicketRow> =
            rows.tickets.iter().filter(|row| row.2 != Status::Cancelled && rows.days_before_the_end(row.5) > 14).collect();
        let solved = over.iter().filter(|row| row.6.is_some()).count();
        assert!(solved * 100 > over.len() * 97, "{solved} of {}", over.len());
        let waiting = over.iter().filter(|row| row.2 == Status::Resolved).count();
        assert!(waiting * 100 < over.len(), "{waiting} of {} did not close", over.len());
        let audit = clocks::audit::run(&t.app, false).await.expect("an audit");
        assert!(audit.clocks > 1500 && audit.differences.is_empty(), "{:?}", audit.differences);
        reports_find(&t, &truth).await;
    }

    async fn the_same_seed_makes_the_same_year(t: TestApp) {
        let strip = |truth: Truth| (truth.tickets, truth.planted.shop.code, truth.planted.person.code, truth.planted.month, truth.months);
        let first = generate(&t, 100, 5).await;
        let again = TestApp::start(t.backend).await;
        assert_eq!(strip(first), strip(generate(&again, 100, 5).await));
        let events = |app: std::sync::Arc<yijian::app::App>| async move {
            let count = app.read(|tx| Ok(c::ticket_events.count().get_result::<i64>(tx.conn)?));
            count.await.expect("a count")
        };
        assert_eq!(events(t.app.clone()).await, events(again.app.clone()).await);
        assert_eq!(t.advance(SignedDuration::ZERO).await, 0, "everything that came due has been done");
    }
}

fn yijian(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
    command.args(arguments).arg("--data-dir").arg(folder).env("LOG_FILTER", "error");
    command.output().expect("it runs")
}

fn make_and_refuse(database: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let year = || yijian(folder.path(), &[&["demo", "--year", "--tickets", "60", "--seed", "3"], database].concat());
    let made = year();
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(made.status.success(), "{said}");
    let json = std::fs::read(folder.path().join("demo-year.json")).expect("the truth");
    let truth: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert!(truth["seed"] == 3 && truth["tickets"].as_u64() >= Some(60), "{truth}");
    let json = std::fs::read(folder.path().join("demo-credentials.json")).expect("credentials");
    assert!(String::from_utf8_lossy(&json).contains("qian"), "colleagues can sign in");
    let refused = year();
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("tickets already"), "{said}");
}

#[test]
fn a_database_with_tickets_is_refused_on_sqlite() {
    make_and_refuse(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    assert!(yijian(folder.path(), &["staff", "create", "boss", "--role", "admin"]).status.success());
    let refused = yijian(folder.path(), &["demo", "--year", "--tickets", "60"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not a demo's"));
}

#[test]
fn a_database_with_tickets_is_refused_on_postgres() {
    let Some(server) = postgres_database() else { return };
    let database = server.create(None);
    make_and_refuse(&["--database-url", &database.url]);
}
