//! What time does to a resolved ticket: it closes by itself, and one day it is too late to open it again.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::support::{People, TestApp, timeline};

async fn minutes(t: &TestApp, minutes: i64) {
    t.advance(SignedDuration::from_mins(minutes)).await;
}

async fn status(t: &TestApp, ticket: &str) -> Value {
    t.shopper("xiaolin").await.get(ticket).await.is(200).json["status"].clone()
}

both! {
    async fn an_unanswered_ticket_closes_after_three_days(t: TestApp) {
        let ticket = People::sign_in(&t).await.ticket_at(&t, "resolved").await;
        minutes(&t, 72 * 60 - 1).await;
        assert_eq!(status(&t, &ticket).await, "resolved");
        minutes(&t, 1).await;
        let lin = t.shopper("xiaolin").await;
        let closed = lin.get(&ticket).await;
        assert_eq!(closed.json["status"], "closed");
        assert_eq!(closed.json["closed_at"], "2026-11-25T02:00:00.000Z");
        assert_eq!(closed.json["version"], 7);
        let line = timeline(&lin, &ticket).await.pop().expect("a line");
        assert_eq!((&line["action"], &line["reason"]), (&json!("close"), &json!("no_answer")));
        assert_eq!(line["actor"], Value::Null);
        // It does not close twice.
        minutes(&t, 72 * 60).await;
        let lin = t.shopper("xiaolin").await;
        assert_eq!(lin.get(&ticket).await.json["version"], 7);
        assert_eq!(lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200).json["status"], "closed");
    }

    async fn a_ticket_that_was_reopened_does_not_close(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        p.lin.post(&format!("{ticket}/reopen"), json!({ "reason": "没修好" })).await.is(200);
        minutes(&t, 100 * 60).await;
        assert_eq!(status(&t, &ticket).await, "assigned");
    }

    async fn a_ticket_that_was_resolved_anew_gets_its_own_three_days(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        p.lin.post(&format!("{ticket}/reopen"), json!({ "reason": "没修好" })).await.is(200);
        minutes(&t, 48 * 60).await;
        let result = json!({ "result": "换了新的", "lateness_reason": "parts" });
        t.staff("wang").await.post(&format!("{ticket}/resolve"), result).await.is(200);
        // The first three days end here.
        minutes(&t, 24 * 60).await;
        assert_eq!(status(&t, &ticket).await, "resolved");
        minutes(&t, 48 * 60 - 1).await;
        assert_eq!(status(&t, &ticket).await, "resolved");
        minutes(&t, 1).await;
        assert_eq!(status(&t, &ticket).await, "closed");
    }

    async fn after_a_week_it_is_too_late_to_reopen(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (in_time, late, by_desk) =
            (p.ticket_at(&t, "resolved").await, p.ticket_at(&t, "closed").await, p.ticket_at(&t, "resolved").await);
        minutes(&t, 7 * 24 * 60).await;
        let lin = t.shopper("xiaolin").await;
        let reason = json!({ "reason": "又坏了" });
        assert_eq!(lin.post(&format!("{in_time}/reopen"), reason.clone()).await.is(200).json["status"], "assigned");
        t.advance(SignedDuration::from_millis(1)).await;
        lin.post(&format!("{late}/reopen"), reason.clone()).await.refused(422, "reopen_too_late");
        t.staff("mei").await.post(&format!("{by_desk}/reopen"), reason).await.refused(422, "reopen_too_late");
        assert_eq!(lin.get(&late).await.json["reopens"], 0);
    }
}
