//! What must happen later, happens: once, again after a failure, and not for ever.

use diesel::prelude::*;
use futures_util::future::join;
use jiff::SignedDuration;
use serde_json::json;
use yijian::db::schema::jobs;
use yijian::jobs::model::{Job, JobKind};
use yijian::jobs::service;
use yijian::values::Instant;

use crate::both;
use crate::support::{People, TestApp, png};

async fn enqueue(t: &TestApp, subject: &str, at: Instant) {
    let subject = subject.to_owned();
    let asked = t.app.write(move |tx| service::enqueue(tx, JobKind::CloseTicket, &subject, at));
    asked.await.expect("asked for");
}

async fn rows(t: &TestApp, kind: JobKind) -> Vec<Job> {
    let read =
        t.app.read(move |tx| Ok(jobs::table.filter(jobs::kind.eq(kind)).select(Job::as_select()).load(tx.conn)?));
    read.await.expect("rows")
}

async fn only(t: &TestApp, kind: JobKind) -> Job {
    let mut rows = rows(t, kind).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// A measurement without labels.
async fn metric(t: &TestApp, name: &str) -> String {
    let text = String::from_utf8(t.anyone().get("/metrics").await.is(200).body.clone()).expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.expect("a measurement").to_owned()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

both! {
    async fn a_job_that_fails_comes_back_later_and_later_and_is_dead_after_eight_attempts(t: TestApp) {
        enqueue(&t, "no id", t.app.now()).await;
        let mut pause = 5;
        for attempt in 1..=8 {
            assert_eq!(metric(&t, "yijian_jobs_dead").await, "0");
            assert_eq!(t.advance(seconds(0)).await, 1, "attempt {attempt}");
            let job = only(&t, JobKind::CloseTicket).await;
            assert_eq!((job.attempts, job.leased_until), (attempt, None));
            assert!(job.last_error.is_some_and(|error| error.contains("id_malformed")));
            assert_eq!(job.dead_at, (attempt == 8).then(|| t.app.now()));
            let waits = job.run_at.since(t.app.now());
            assert!(waits >= seconds(pause) && waits * 4 <= seconds(pause) * 5 + seconds(pause), "{attempt}: {waits}");
            t.app.clock.advance(waits - seconds(1)).expect("a clock moved by hand");
            assert_eq!(t.advance(seconds(0)).await, 0, "not before its time");
            t.app.clock.advance(seconds(1)).expect("a clock moved by hand");
            pause *= 2;
        }
        assert_eq!(metric(&t, "yijian_jobs_dead").await, "1");
        assert_eq!(metric(&t, "yijian_jobs_waiting").await, "3", "housekeeping, and looking at the rates, and at departments");
        assert_eq!(t.advance(seconds(60)).await, 0, "nobody tries any more");
        assert_eq!(only(&t, JobKind::CloseTicket).await.attempts, 8);
        // Asked for anew, it lives again.
        enqueue(&t, "no id", t.app.now()).await;
        assert_eq!(metric(&t, "yijian_jobs_dead").await, "0");
        assert_eq!(t.advance(seconds(0)).await, 1);
        assert_eq!(only(&t, JobKind::CloseTicket).await.attempts, 1);
    }

    async fn one_failure_holds_up_nobody_else(t: TestApp) {
        let ticket = People::sign_in(&t).await.ticket_at(&t, "resolved").await;
        enqueue(&t, "no id", t.app.now()).await;
        t.hours(72).await;
        assert_eq!(t.shopper("xiaolin").await.get(&ticket).await.json["status"], "closed");
        assert_eq!(only(&t, JobKind::CloseTicket).await.subject, "no id");
    }

    async fn a_lease_that_ran_out_is_taken_again(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        t.app.clock.advance(SignedDuration::from_hours(72)).expect("a clock moved by hand");
        let lin = t.shopper("xiaolin").await;
        // A worker took it, and died.
        let taken = t.app.write(|tx| {
            let until = tx.now + seconds(120);
            let jobs = jobs::table.filter(jobs::kind.eq(JobKind::CloseTicket));
            let taken = (jobs::leased_until.eq(Some(until)), jobs::attempts.eq(1));
            Ok(diesel::update(jobs).set(taken).execute(tx.conn)?)
        });
        assert_eq!(taken.await.expect("taken"), 1);
        t.advance(seconds(120)).await;
        assert_eq!(lin.get(&ticket).await.json["status"], "resolved", "another worker has it");
        assert_eq!(only(&t, JobKind::CloseTicket).await.attempts, 1);
        assert_eq!(t.advance(seconds(1)).await, 1);
        assert_eq!(lin.get(&ticket).await.json["status"], "closed");
        assert_eq!(rows(&t, JobKind::CloseTicket).await.len(), 0, "done");
    }

    async fn two_workers_do_each_job_once(t: TestApp) {
        for number in 0..60 {
            enqueue(&t, &format!("0198c0de-0000-7000-8000-0000000000{number:02}"), t.app.now()).await;
        }
        let (one, other) = join(service::run_due(&t.app), service::run_due(&t.app)).await;
        assert_eq!(one.expect("ran") + other.expect("ran"), 60);
        assert_eq!(rows(&t, JobKind::CloseTicket).await.len(), 0);
    }

    async fn a_job_asked_for_twice_is_one_at_the_later_time(t: TestApp) {
        let (soon, later) = (t.app.now() + seconds(10), t.app.now() + seconds(20));
        enqueue(&t, "0198c0de-0000-7000-8000-000000000001", soon).await;
        enqueue(&t, "0198c0de-0000-7000-8000-000000000001", later).await;
        assert_eq!(only(&t, JobKind::CloseTicket).await.run_at, later);
        assert_eq!(t.advance(seconds(10)).await, 0);
        assert_eq!(t.advance(seconds(10)).await, 1);
    }

    async fn housekeeping_comes_back_every_hour(t: TestApp) {
        let hour = SignedDuration::from_hours(1);
        let first = only(&t, JobKind::Housekeeping).await;
        assert_eq!(first.run_at, t.app.now() + hour);
        assert_eq!(t.advance(hour - seconds(1)).await, 0);
        for _ in 0..3 {
            assert_eq!(t.advance(seconds(1)).await, 2, "and somebody looks at departments");
            let next = only(&t, JobKind::Housekeeping).await;
            assert_eq!((next.id, next.run_at, next.attempts), (first.id, t.app.now() + hour, 0));
            assert_eq!(t.advance(hour - seconds(1)).await, 0);
        }
        // Hours that nobody was there for are not made up.
        assert_eq!(t.hours(5).await, 2);
        assert_eq!(metric(&t, "yijian_jobs_waiting").await, "3");
        assert_eq!(metric(&t, "yijian_jobs_dead").await, "0");
    }

    async fn housekeeping_deletes_what_is_past_its_time_and_nothing_else(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let unused = lin.upload(png()).await.id();
        let used = lin.upload(png()).await.id();
        let body = json!({ "scene": t.scenes().lamp, "description": "灯不亮", "attachment_ids": [used] });
        lin.post_once("one", "/api/v1/repairs", body.clone()).await.is(201);
        t.advance(SignedDuration::from_hours(24) - seconds(1)).await;
        let lin = t.shopper("xiaolin").await;
        lin.get(&format!("/api/v1/attachments/{unused}")).await.is(200);
        let again = lin.post_once("one", "/api/v1/repairs", body.clone()).await;
        assert_eq!(again.is(201).header("idempotency-replayed"), Some("true"), "kept for a day");
        t.hours(1).await;
        let lin = t.shopper("xiaolin").await;
        lin.get(&format!("/api/v1/attachments/{unused}")).await.refused(404, "attachment_not_found");
        lin.get(&format!("/api/v1/attachments/{used}")).await.is(200);
        lin.post_once("one", "/api/v1/repairs", body).await.refused(422, "attachments_unusable");
    }
}
