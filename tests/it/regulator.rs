//! Matters of the authorities: their deadline is lost neither by merging nor by an end that was none.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::ClientScope;

use crate::both;
use crate::complaints::{ask, complain, paths};
use crate::standards::sound;
use crate::support::{Client, People, Reply, TestApp, timeline, told};

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

    async fn an_authority_passes_on_what_the_desk_has_already(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-dispute", "预付卡不退").await;
        let from = |days: i32, received_at: &str| json!({
            "from_regulator": { "name": "12345", "reference": "2026-9", "working_days": days, "received_at": received_at },
            "reason": "来函转办"
        });
        let path = format!("{complaint}/regulator");
        // A letter of Friday that is typed in on Sunday: Monday to Wednesday.
        let friday = "2026-11-20T02:00:00Z";
        p.mei.post(&path, from(3, "2026-11-23T02:00:00Z")).await
            .refused_field("/from_regulator/received_at", "received_in_future");
        p.mei.post(&path, from(3, "2026-10-20T02:00:00Z")).await
            .refused_field("/from_regulator/received_at", "passed_on_too_long_ago");
        let said = p.mei.post(&path, from(3, friday)).await;
        let regulator = &said.is(200).json["complaint"]["internal"]["regulator"];
        assert_eq!((&regulator["name"], &regulator["external_due_at"]),
            (&json!("12345"), &json!("2026-11-25T16:00:00.000Z")));
        let lines = timeline(&p.li, &ticket).await;
        let line = lines.last().expect("a line");
        assert_eq!((&line["action"], &line["is_public"], &line["reason"], &line["detail"]["from"]),
            (&json!("regulator"), &json!(false), &json!("来函转办"), &Value::Null));
        assert_eq!(line["detail"]["to"]["due_at"], "2026-11-25T16:00:00.000Z");
        assert!(timeline(&p.lin, &ticket).await.iter().all(|line| line["action"] != "regulator"));
        // What was said, a lead says otherwise.
        p.mei.post(&path, from(9, friday)).await.refused(403, "regulator_needs_lead");
        p.li.post(&path, from(4, friday)).await.is(200);
        assert_eq!(due(&p.li, &complaint).await, "2026-11-26T16:00:00.000Z");
        let repair = p.file(&t).await.replace("tickets", "complaints");
        p.mei.post(&format!("{repair}/regulator"), from(3, friday)).await.refused(404, "complaint_not_found");
        // The supervisors hear of the deadline that holds.
        t.hours(3 * 24 + 13).await;
        assert_eq!(reminders(&t, &ticket).await, 0);
        t.hours(1).await;
        assert_eq!(reminders(&t, &ticket).await, 1);
        sound(&t).await;
    }

    async fn what_authorities_passed_on_is_listed_by_itself(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, plain) = complain(&t, &p.lin, "complaint-price", "贵").await;
        // A platform of a hotline passes on what it is told to.
        let hotline = t.signed_in_system("热线平台", &[ClientScope::TicketsWrite, ClientScope::TicketsRead]).await;
        let body = json!({
            "scene": t.scenes().shop, "description": "预付卡退款", "contact": { "name": "吴女士", "phone": "13600007777" },
            "from_regulator": { "name": "12345", "reference": "2026-1", "working_days": 5, "received_at": "2026-11-20T02:00:00Z" }
        });
        let filed = hotline.post("/api/v1/complaints", body).await;
        let (by_system, matter) = paths(&filed);
        assert_eq!(filed.json["complaint"]["internal"], Value::Null, "what the desk thinks is the desk's");
        assert_eq!(due(&p.li, &by_system).await, "2026-11-27T16:00:00.000Z");
        let (_, taken_in) = passed_on(&t, &p.mei, "2026-2", 3).await;
        let id = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let listed = async |who: &Client, query: &str| {
            let page = who.get(&format!("/api/v1/tickets?{query}")).await;
            let items = page.is(200).json["items"].as_array().expect("tickets").clone();
            items.iter().map(|one| one["id"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(listed(&p.mei, "from_regulator=true").await, [id(&taken_in), id(&matter)]);
        assert_eq!(listed(&p.mei, "from_regulator=true&limit=1").await, [id(&taken_in)]);
        assert_eq!(listed(&p.li, "from_regulator=false").await, [id(&plain)]);
        assert_eq!(listed(&p.li, &format!("from_regulator=true&open=true&site_id={}", t.site().await)).await.len(), 2);
        for who in [&p.lin, &hotline] {
            who.get("/api/v1/tickets?from_regulator=true").await.refused(403, "regulator_needs_staff");
        }
    }

    async fn a_provisional_deadline_is_counted_anew_when_the_year_is_known(t: TestApp) {
        t.advance(SignedDuration::from_hours(30 * 24)).await;
        let p = People::sign_in(&t).await;
        // Received on Tuesday, 22 December: of 2027 nothing but New Year's Day is known.
        let (complaint, ticket) = passed_on(&t, &p.mei, "2026-1", 10).await;
        let seen = async || p.li.get(&complaint).await.is(200).json["complaint"]["internal"]["regulator"].clone();
        assert_eq!((&seen().await["external_due_at"], &seen().await["is_provisional"]),
            (&json!("2027-01-06T16:00:00.000Z"), &json!(true)));
        let (sooner, _) = passed_on(&t, &p.mei, "2026-2", 3).await;
        let site = t.site().await;
        let spec = json!({ "time_zone": "Asia/Shanghai", "weekly": { "mon": [{ "open": "09:00", "close": "18:00" }] } });
        let office = p.li.post("/api/v1/calendars", json!({ "site_id": site, "name": "办公室", "spec": spec })).await.is(201).id();
        let year = json!({
            "holidays": ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"], "makeup_days": ["2027-01-09"],
            "makeup_hours": [{ "open": "09:00", "close": "18:00" }]
        });
        // Of the year after that nobody knows more for it.
        p.li.post(&format!("/api/v1/calendars/{office}/years/2028"), json!({ "makeup_hours": [], "holidays": ["2028-01-01"] }))
            .await.is(200);
        assert_eq!(seen().await["is_provisional"], true);
        p.li.post(&format!("/api/v1/calendars/{office}/years/2027"), year).await.is(200);
        assert_eq!((&seen().await["external_due_at"], &seen().await["is_provisional"]),
            (&json!("2027-01-07T16:00:00.000Z"), &json!(false)));
        assert_eq!(due(&p.li, &sooner).await, "2026-12-25T16:00:00.000Z", "what was final stays");
        let lines = timeline(&p.li, &ticket).await;
        let line = lines.last().expect("a line");
        assert_eq!((&line["action"], &line["actor"]), (&json!("regulator"), &Value::Null));
        assert_eq!((&line["detail"]["from"]["due_at"], &line["detail"]["to"]["due_at"]),
            (&json!("2027-01-06T16:00:00.000Z"), &json!("2027-01-07T16:00:00.000Z")));
        // What comes in now is counted with it, and the supervisors hear of the new day.
        let (later, _) = passed_on(&t, &p.mei, "2026-3", 10).await;
        assert_eq!(due(&p.li, &later).await, "2027-01-07T16:00:00.000Z");
        t.hours(14 * 24 + 14).await;
        assert_eq!(reminders(&t, &ticket).await, 0, "not a day before the old one");
        t.hours(24).await;
        assert_eq!(reminders(&t, &ticket).await, 1);
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
