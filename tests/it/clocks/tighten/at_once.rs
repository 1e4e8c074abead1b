//! Nothing is missed: neither by a worker that is killed nor while tickets move.

use diesel::prelude::*;
use futures_util::future::{join, join_all};
use serde_json::json;
use yijian::clocks::tighten;
use yijian::db::schema::{clocks as rows, jobs};
use yijian::jobs::service as worker;
use yijian::tightenings::watch;
use yijian::values::{Id, Instant};

use super::{
    aim, engineering, five_late, heard, judged_only, loosen, resolution_of, tighten, tightened_since, tightenings,
};
use crate::both;
use crate::clocks::audit::{self, differences};
use crate::clocks::{act, at, at_work, file, secs, sign_in, until};
use crate::support::{Backend, Client};

both! {
    async fn a_worker_that_is_killed_is_followed_by_one_who_goes_on(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        // Judged, and the clocks are not seen to yet.
        let targets = format!("/api/v1/sites/{}/rate_targets", t.site().await);
        let targets_of = |share: i32| json!({
            "targets": { "rates": [{ "rate": "resolution", "share": share }], "few": 5, "complaints_per_month": 100 },
            "reason": "试",
        });
        let li = sign_in(&t, "li").await;
        li.put(&targets, targets_of(9500)).await.is(200);
        // Looked at by two at once, it begins once.
        let site: Id = t.site().await.parse().expect("an id");
        let (one, other) = join(watch::judge(&t.app, site), watch::judge(&t.app, site)).await;
        assert_eq!(one.expect("judged"), other.expect("judged"));
        assert_eq!((tightenings(&t).await.len(), heard(&t, "li").await.len()), (1, 1));
        assert_eq!(tightened_since(&t, "engineering").await, at("11-22 11:30"));
        // Two live clocks each: the ticket's, and the department's.
        assert_eq!(differences(&t).await.len(), 10);
        // What comes in meanwhile needs nobody.
        let ticket = at_work(&t).await;
        assert_eq!(resolution_of(&t, &ticket).await["ladder"], "tightened");
        assert_eq!(differences(&t).await.len(), 10);
        // Cut off in the middle.
        let id = engineering(&t).await;
        let last = t.app.write(move |tx| tighten::run_some(tx, id, None, 2)).await.expect("some");
        assert!(last.is_some());
        assert_eq!(differences(&t).await.len(), 6);
        let (one, other) = join(worker::run_due(&t.app), worker::run_due(&t.app)).await;
        assert!(one.expect("ran") + other.expect("ran") > 0);
        assert_eq!(differences(&t).await, [""; 0]);
        assert_eq!((tightenings(&t).await.len(), heard(&t, "li").await.len()), (1, 1));
        // The other way round: it is over before all were seen to.
        li.put(&targets, targets_of(0)).await.is(200);
        judged_only(&t).await;
        t.app.write(move |tx| tighten::run_some(tx, id, None, 2)).await.expect("some");
        li.put(&targets, targets_of(9500)).await.is(200);
        judged_only(&t).await;
        assert_eq!(differences(&t).await.len(), 4, "two tickets were loosened already");
        t.advance(secs(0)).await;
        assert_eq!(differences(&t).await, [""; 0]);
        assert_eq!(tightenings(&t).await.len(), 2);
    }

    async fn a_wrong_flag_is_found_and_mended(t: TestApp) {
        five_late(&t).await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        let id: Id = resolution_of(&t, &ticket).await["id"].as_str().expect("an id").parse().expect("an id");
        let before = resolution_of(&t, &ticket).await;
        for wrong in [None::<Instant>, Some(t.app.now())] {
            let (is, was) = (if wrong.is_none() { "tightened" } else { "ordinary" }, wrong);
            let tampered = t.app.write(move |tx| {
                let row = rows::table.filter(rows::id.eq(id));
                Ok(diesel::update(row).set(rows::tightened_at.eq(was)).execute(tx.conn)?)
            });
            assert_eq!(tampered.await.expect("tampered with"), 1);
            let found = differences(&t).await;
            assert!(found.len() == 1 && found[0].starts_with(&format!("clock {id}: ")), "{found:?}");
            yijian::clocks::audit::run(&t.app, true).await.expect("an audit");
            assert_eq!(differences(&t).await, [""; 0]);
            assert_eq!(resolution_of(&t, &ticket).await["ladder"], is);
            if was.is_none() {
                assert_eq!(resolution_of(&t, &ticket).await, before);
                loosen(&t).await;
            }
        }
        assert!(audit::verify(&t).await.clocks > 10);
    }

    async fn tickets_that_move_while_it_begins_or_ends_are_not_missed(t: TestApp) {
        five_late(&t).await;
        let mut tickets = Vec::new();
        for _ in 0..8 {
            let ticket = at_work(&t).await;
            act(&t, "wang", &ticket, "return", json!({ "reason": "请厂家" })).await.is(200);
            tickets.push(ticket);
        }
        until(&t, "11-22 11:30").await;
        let (engineering, cleaning) = (t.department("engineering").await, t.department("cleaning").await);
        for (round, share) in [9500, 0, 9500, 0, 9500].into_iter().enumerate() {
            let to = if round % 2 == 0 { &engineering } else { &cleaning };
            let mei = sign_in(&t, "mei").await;
            let moves = tickets.iter().map(|ticket| {
                let (action, mut body) = if round == 0 { ("assign", json!({})) } else { ("transfer", json!({ "reason": "换" })) };
                body["department_id"] = json!(to);
                let (mei, path) = (mei.clone(), format!("{ticket}/{action}"));
                async move { mei.post(&path, body).await.is(200).id() }
            });
            join(join_all(moves), aim(&t, Some(share))).await;
            t.advance(secs(0)).await;
            assert_eq!(differences(&t).await, [""; 0], "round {round}");
            let is = if share == 9500 && to == &engineering { "tightened" } else { "ordinary" };
            for ticket in &tickets {
                assert_eq!(resolution_of(&t, ticket).await["ladder"], is, "round {round}");
            }
        }
    }

    async fn a_move_that_is_not_yet_written_holds_up_who_judges(t: TestApp) {
        if t.backend == Backend::Sqlite {
            return;
        }
        five_late(&t).await;
        let ticket = file(&t).await;
        until(&t, "11-22 11:30").await;
        let targets = json!({
            "targets": { "rates": [{ "rate": "resolution", "share": 9500 }], "few": 5, "complaints_per_month": 100 },
            "reason": "试",
        });
        let li = sign_in(&t, "li").await;
        li.put(&format!("/api/v1/sites/{}/rate_targets", t.site().await), targets).await.is(200);
        let (mei, to): (Client, String) = (sign_in(&t, "mei").await, t.department("engineering").await);
        // The move has read how the department stands, and cannot write its hop.
        let held = t.hold("LOCK TABLE ticket_hops IN EXCLUSIVE MODE").await;
        let path = format!("{ticket}/assign");
        let moving = actix_web::rt::spawn(async move {
            mei.post(&path, json!({ "department_id": to })).await.is(200);
        });
        t.locks_waited_for(1).await;
        let app = t.app.clone();
        let judging = actix_web::rt::spawn(async move { worker::run_due(&app).await.expect("jobs run") });
        t.locks_waited_for(2).await;
        held.undo().await;
        moving.await.expect("moved");
        judging.await.expect("judged");
        assert_eq!(tightened_since(&t, "engineering").await, at("11-22 11:30"));
        let left = t.app.read(|tx| {
            let query = jobs::table.filter(jobs::kind.eq("tighten")).count();
            Ok(query.get_result::<i64>(tx.conn)?)
        });
        assert_eq!(left.await.expect("a count"), 0, "the clocks were seen to");
        assert_eq!(resolution_of(&t, &ticket).await["ladder"], "tightened");
        assert_eq!(differences(&t).await, [""; 0]);
    }
}
