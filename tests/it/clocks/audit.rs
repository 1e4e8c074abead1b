//! What a row says is what its events say: proving it, finding what is not so, and mending it.

use std::process::Command;

use diesel::prelude::*;
use serde_json::json;
use yijian::clocks::audit::{self, Audit};
use yijian::db::schema::{clock_events, clocks as rows, tickets};
use yijian::values::Id;

use super::{act, at_work, clocks, file, shown, until};
use crate::both;
use crate::support::{Backend, SECRET, TestApp};

pub(super) async fn verify(t: &TestApp) -> Audit {
    audit::run(&t.app, false).await.expect("an audit")
}

/// What an audit finds wrong.
pub(super) async fn differences(t: &TestApp) -> Vec<String> {
    verify(t).await.differences
}

/// A ticket with a past, and another one.
async fn a_past(t: &TestApp) -> String {
    let ticket = at_work(t).await;
    until(t, "11-22 12:30").await;
    act(t, "wang", &ticket, "pause", json!({ "reason": "weather" })).await.is(200);
    until(t, "11-22 13:00").await;
    act(t, "mei", &ticket, "regrade", json!({ "priority": "urgent", "reason": "急" })).await.is(200);
    act(t, "wang", &ticket, "resume", json!({})).await.is(200);
    file(t).await;
    until(t, "11-22 14:00").await;
    ticket
}

both! {
    async fn rows_that_were_tampered_with_are_found_and_mended(t: TestApp) {
        let ticket = a_past(&t).await;
        let before = (shown(&t, &ticket).await, clocks(&t, "mei", &ticket).await);
        let proven = verify(&t).await;
        assert_eq!((proven.clocks, &proven.differences), (4 + 2, &Vec::new()));
        assert!(proven.events >= 8, "{}", proven.events);

        let id: Id = before.0["id"].as_str().expect("an id").parse().expect("an id");
        let clock_id: Id = before.1[1]["id"].as_str().expect("an id").parse().expect("an id");
        let tampered = t.app.write(move |tx| {
            let row = rows::table.filter(rows::id.eq(clock_id));
            diesel::update(row).set(rows::used_seconds.eq(1)).execute(tx.conn)?;
            Ok(diesel::update(tickets::table.find(id)).set(tickets::due_at.eq(Some(tx.now))).execute(tx.conn)?)
        });
        tampered.await.expect("tampered with");
        let found = differences(&t).await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with(&format!("clock {clock_id}: ")), "{found:?}");
        assert!(found[1].starts_with(&format!("ticket {id}: ")), "{found:?}");
        assert_eq!(differences(&t).await, found, "looking mends nothing");
        assert_eq!(audit::run(&t.app, true).await.expect("an audit").differences, found);
        assert_eq!(differences(&t).await, [""; 0]);
        assert_eq!((shown(&t, &ticket).await, clocks(&t, "mei", &ticket).await), before);
    }

    async fn each_part_of_a_row_is_proven(t: TestApp) {
        let ticket = a_past(&t).await;
        let clock_id: Id = clocks(&t, "mei", &ticket).await[1]["id"].as_str().expect("an id").parse().expect("an id");
        macro_rules! tamper {
            ($($change:expr),+ $(,)?) => {$(
                let tampered = t.app.write(move |tx| {
                    Ok(diesel::update(rows::table.filter(rows::id.eq(clock_id))).set($change).execute(tx.conn)?)
                });
                assert_eq!(tampered.await.expect("tampered with"), 1);
                let found = differences(&t).await;
                assert!(found.iter().any(|line| line.starts_with(&format!("clock {clock_id}: "))), stringify!($change));
                audit::run(&t.app, true).await.expect("an audit");
                assert_eq!(differences(&t).await, [""; 0], stringify!($change));
            )+};
        }
        let now = t.app.now();
        tamper!(
            rows::phase.eq("paused"),
            rows::target_seconds.eq(5),
            rows::target_version.eq(9),
            rows::since.eq(now),
            rows::due_at.eq(Some(now)),
            rows::is_provisional.eq(true),
            rows::breached_at.eq(Some(now)),
            rows::breach_cause.eq(Some("retarget")),
            rows::is_excused.eq(true),
            rows::episode.eq(3),
            rows::next_at.eq(Some(now)),
            rows::tightened_at.eq(Some(now)),
        );
        // An event that is gone is missed as well.
        let gone = t.app.write(move |tx| {
            let events = clock_events::table.filter(clock_events::clock_id.eq(clock_id));
            Ok(diesel::delete(events.filter(clock_events::kind.eq("pause"))).execute(tx.conn)?)
        });
        assert_eq!(gone.await.expect("gone"), 1);
        assert!(!differences(&t).await.is_empty());
    }

    async fn an_operator_proves_and_mends_with_the_program(t: TestApp) {
        if t.backend == Backend::Postgres {
            return;
        }
        a_past(&t).await;
        let run = |word: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
            command.current_dir(&t.folder).args(["sla", word]).env("LOG_FILTER", "error");
            command.env("DATA_DIR", &t.folder).env("SIGNING_SECRET", SECRET).env("DATA_SECRET", SECRET);
            let output = command.output().expect("it runs");
            (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let (ok, said) = run("verify");
        assert!(ok && said.contains("6 "), "{said}");
        let tampered =
            t.app.write(|tx| Ok(diesel::update(rows::table).set(rows::used_seconds.eq(1)).execute(tx.conn)?));
        assert_eq!(tampered.await.expect("tampered with"), 6);
        assert!(!run("verify").0, "it fails where something differs");
        run("rebuild");
        assert!(run("verify").0);
        assert_eq!(differences(&t).await, [""; 0]);
    }
}
