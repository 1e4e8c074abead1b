//! When reports are final: judged by what was aimed at in their time, and not while nobody takes up what was missed.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::rates::{group, rates};
use crate::support::{Client, People, Reply, TestApp};

/// November with five tickets that nobody rated: the return of surveys is missed. Nobody was there when it ended.
async fn november(t: &TestApp, hours_later: i64) -> Client {
    let p = People::sign_in(t).await;
    for _ in 0..5 {
        p.ticket_at(t, "closed").await;
    }
    t.app.clock.advance(SignedDuration::from_hours(206 + hours_later)).expect("a clock moved by hand");
    t.staff("li").await
}

async fn aim(t: &TestApp, li: &Client, share: i32) {
    let targets = json!({
        "rates": [{ "rate": "survey_return", "share": share }], "few": 5, "complaints_per_month": 10
    });
    let path = format!("/api/v1/sites/{}/rate_targets", t.site().await);
    li.put(&path, json!({ "targets": targets, "reason": "试" })).await.is(200);
}

async fn publish(t: &TestApp, li: &Client, kind: &str, day: &str) -> Reply {
    li.post("/api/v1/reports/publish", json!({ "site_id": t.site().await, "kind": kind, "day": day })).await
}

async fn improve(t: &TestApp, li: &Client) {
    let body = json!({ "site_id": t.site().await, "month": "2026-11-01", "rate": "survey_return" });
    li.post("/api/v1/improvements", body).await.is(201);
}

/// The target and the verdict of the return of surveys in a report.
async fn verdict(t: &TestApp, li: &Client, kind: &str, day: &str) -> (Value, Value) {
    let path = format!("/api/v1/reports/{kind}?site_id={}&day={day}", t.site().await);
    let report = li.get(&path).await;
    let tables = report.is(200).json["tables"].as_array().expect("tables").clone();
    let rates = tables.iter().find(|table| table["key"] == "rates").expect("a table")["rows"].clone();
    let row = rates.as_array().expect("rows").iter().find(|row| row[0] == "调查回收率").expect("a row").clone();
    (row[2].clone(), row[3].clone())
}

fn judged(reply: &Reply, key: &str) -> (Value, Value) {
    let rates = group(reply, key)["rates"].as_array().expect("rates").clone();
    let one = rates.iter().find(|one| one["rate"] == "survey_return").expect("a rate").clone();
    (one["target"]["share"].clone(), one["verdict"].clone())
}

both! {
    async fn a_month_is_judged_by_what_was_aimed_at_in_it(t: TestApp) {
        let li = november(&t, 1).await;
        let missed = (json!(9500), json!("missed"));
        // Lower targets, written when it is over, do not let it through.
        aim(&t, &li, 0).await;
        let refused = publish(&t, &li, "monthly", "2026-11-30").await;
        refused.refused(422, "report_gaps");
        assert!(refused.json["detail"].as_str().is_some_and(|detail| detail.contains("2026-11 survey_return")), "{}", refused.json);
        assert_eq!(verdict(&t, &li, "monthly", "2026-11-30").await, missed);
        improve(&t, &li).await;
        publish(&t, &li, "monthly", "2026-11-30").await.is(201);
        // Nor does anything that is aimed at afterwards change what was published.
        for share in [0, 10_000] {
            aim(&t, &li, share).await;
            assert_eq!(verdict(&t, &li, "monthly", "2026-11-30").await, missed, "{share}");
            let asked = rates(&t, &li, "&from=2026-11-01&to=2026-11-30").await;
            assert_eq!(judged(&asked, ""), missed, "{share}");
        }
        // Each group of time by its own; the running one by the newest.
        let p = People::sign_in(&t).await;
        for _ in 0..5 {
            p.ticket_at(&t, "closed").await;
        }
        aim(&t, &p.li, 0).await;
        let months = rates(&t, &p.li, "&from=2026-11-01&group_by=month").await;
        assert_eq!(judged(&months, "2026-11-01"), missed);
        assert_eq!(judged(&months, "2026-12-01"), (json!(0), json!("met")));
        assert_eq!(judged(&rates(&t, &p.li, "").await, ""), (json!(0), json!("met")));
        assert_eq!(verdict(&t, &p.li, "yearly", "2026-12-01").await, (json!(0), json!("met")), "the year runs");
    }

    async fn what_was_aimed_at_later_makes_no_gap(t: TestApp) {
        let li = t.staff("li").await;
        aim(&t, &li, 0).await;
        let li = november(&t, 1).await;
        aim(&t, &li, 9500).await;
        publish(&t, &li, "monthly", "2026-11-30").await.is(201);
        assert_eq!(verdict(&t, &li, "monthly", "2026-11-30").await, (json!(0), json!("met")));
    }

    async fn a_quarter_and_a_year_are_as_good_as_their_months(t: TestApp) {
        // 3 January.
        let li = november(&t, 33 * 24).await;
        for kind in ["quarterly", "yearly"] {
            let refused = publish(&t, &li, kind, "2026-12-31").await;
            refused.refused(422, "report_gaps");
            assert!(refused.json["detail"].as_str().is_some_and(|detail| detail.contains("2026-11 survey_return")), "{}", refused.json);
            publish(&t, &li, kind, "2027-01-01").await.refused(422, "report_not_over");
        }
        // An improvement is of a month: days and weeks may go out before there is one, and so may another month.
        for (kind, day) in [("daily", "2026-11-22"), ("weekly", "2026-11-22"), ("monthly", "2026-12-15")] {
            publish(&t, &li, kind, day).await.is(201);
        }
        improve(&t, &li).await;
        for (kind, from) in [("quarterly", "2026-10-01"), ("yearly", "2026-01-01")] {
            let published = publish(&t, &li, kind, "2026-12-31").await;
            assert_eq!((&published.is(201).json["from"], &published.json["to"]), (&json!(from), &json!("2026-12-31")));
            publish(&t, &li, kind, "2026-11-30").await.refused(409, "report_published");
        }
    }

    async fn a_quarter_and_a_year_are_reported_month_by_month(t: TestApp) {
        let li = november(&t, 33 * 24).await;
        let site = t.site().await;
        for (kind, title, from) in [("quarterly", "客服季报", "2026-10-01"), ("yearly", "客服年报", "2026-01-01")] {
            let report = li.get(&format!("/api/v1/reports/{kind}?site_id={site}&day=2026-12-31")).await;
            assert_eq!((&report.is(200).json["from"], &report.json["to"]), (&json!(from), &json!("2026-12-31")));
            let tables = report.json["tables"].as_array().expect("tables").clone();
            let rows = |key: &str| tables.iter().find(|table| table["key"] == key).expect("a table")["rows"].clone();
            // The month in which there came to be a mall, and one without a ticket.
            let trend: Vec<(Value, Value)> = rows("trend")
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| (row[0].clone(), row[4].clone()))
                .collect();
            assert_eq!(trend, [(json!("2026-11-01"), json!(5)), (json!("2026-12-01"), json!(0))], "{kind}");
            assert_eq!(rows("kinds")[0][1], 5, "{kind}");
            let page = li.get(&format!("/api/v1/reports/{kind}?site_id={site}&day=2026-12-31&format=html")).await;
            let html = String::from_utf8(page.is(200).body.clone()).expect("text");
            assert!(html.contains(title) && html.contains("王师傅"), "{kind}");
        }
    }
}
