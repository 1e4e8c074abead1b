//! Matters of the authorities: their deadline is lost neither by merging nor by an end that was none.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::complaints::{ask, paths};
use crate::standards::sound;
use crate::support::{Client, People, Reply, TestApp, told};

/// What an authority passed on, to be answered within so many working days.
async fn passed_on(t: &TestApp, who: &Client, reference: &str, days: i32) -> (String, String) {
    let body = json!({
        "scene": t.scenes().shop, "description": "12345 转办：预付卡退款",
        "on_behalf_of": { "channel": "phone", "name": "吴女士", "phone": "13600007777" },
        "from_regulator": { "name": "12345", "reference": reference, "working_days": days }
    });
    paths(&who.post("/api/v1/complaints", body).await)
}

async fn merge(who: &Client, ticket: &str, into: &str) -> Reply {
    let into = into.rsplit('/').next();
    who.post(&format!("{ticket}/merge"), json!({ "into_id": into, "reason": "同一件事" })).await
}

async fn due(who: &Client, complaint: &str) -> Value {
    who.get(complaint).await.is(200).json["complaint"]["internal"]["regulator"]["external_due_at"].clone()
}

async fn reminders(t: &TestApp, ticket: &str) -> usize {
    told(&t.staff("li").await, ticket).await.iter().filter(|kind| *kind == "external_due").count()
}

both! {
    async fn a_deadline_is_not_lost_by_merging(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, matter) = passed_on(&t, &p.mei, "2026-1", 3).await;
        let plain = json!({
            "scene": t.scenes().shop, "description": "预付卡不退",
            "on_behalf_of": { "channel": "phone", "name": "吴女士", "phone": "13600007777" }
        });
        let (_, plain) = paths(&p.mei.post("/api/v1/complaints", plain).await);
        let (_, other) = passed_on(&t, &p.mei, "2026-2", 5).await;
        for who in [&p.mei, &p.li] {
            merge(who, &matter, &plain).await.refused(422, "merge_of_regulator");
            merge(who, &matter, &other).await.refused(422, "merge_of_regulator");
        }
        assert_eq!(p.mei.get(&matter).await.json["status"], "new", "nothing is half done");
        // The same matter, written down twice: the earlier deadline stays, and is watched.
        let (again, twin) = passed_on(&t, &p.mei, "2026-1", 5).await;
        assert_eq!(due(&p.li, &again).await, "2026-11-27T16:00:00.000Z");
        merge(&p.mei, &matter, &twin).await.is(200);
        assert_eq!(due(&p.li, &again).await, "2026-11-25T16:00:00.000Z");
        t.hours(2 * 24 + 14).await;
        assert_eq!((reminders(&t, &twin).await, reminders(&t, &matter).await), (1, 0));
        t.hours(24).await;
        assert_eq!((reminders(&t, &twin).await, reminders(&t, &matter).await), (2, 0));
        // It was not the same: its own deadline has come.
        t.staff("mei").await.post(&format!("{matter}/unmerge"), json!({ "reason": "不是一件事" })).await.is(200);
        t.advance(SignedDuration::from_secs(1)).await;
        assert_eq!(reminders(&t, &matter).await, 1);
        sound(&t).await;
    }

    async fn what_is_opened_again_is_watched_again(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = passed_on(&t, &p.mei, "2026-1", 3).await;
        let settled = json!({ "result": "已退款", "outcome": "justified" });
        p.mei.post(&format!("{complaint}/settle"), settled).await.is(200);
        assert_eq!(ask(&p.li, &ticket, "call", "satisfied").await.is(200).json["status"], "done");
        // Twelve hours before the deadline of the 25th: the day before has passed while it was closed.
        t.hours(3 * 24 + 2).await;
        assert_eq!(reminders(&t, &ticket).await, 0);
        t.staff("li").await.post(&format!("{ticket}/reopen"), json!({ "reason": "监管退回" })).await.is(200);
        t.advance(SignedDuration::from_secs(1)).await;
        assert_eq!(reminders(&t, &ticket).await, 1, "at once");
        t.hours(12).await;
        assert_eq!(reminders(&t, &ticket).await, 2, "and when it has come");
        t.hours(48).await;
        assert_eq!(reminders(&t, &ticket).await, 2);
        sound(&t).await;
    }

    async fn nobody_hears_of_what_has_not_happened_yet(t: TestApp) {
        let p = People::sign_in(&t).await;
        let called = |occurred_at: &str| json!({
            "scene": t.scenes().shop, "description": "昨晚吵", "occurred_at": occurred_at,
            "on_behalf_of": {
                "channel": "phone", "name": "吴女士", "received_at": "2026-11-22T01:00:00Z", "received_reason": "系统故障"
            }
        });
        let late = p.mei.post("/api/v1/complaints", called("2026-11-22T01:30:00Z")).await;
        late.refused_field("/occurred_at", "occurred_after_receipt");
        p.mei.post("/api/v1/complaints", called("2026-11-22T01:00:00Z")).await.is(201);
    }
}
