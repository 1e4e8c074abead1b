//! Numbers are masked, and whoever sees one in full is written down.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{item_path, location};
use crate::both;
use crate::support::{Client, TestApp};

/// Who missed something, who found it and who claims it, each known by a number alone: the paths of the three.
async fn three(t: &TestApp, mei: &Client) -> [String; 3] {
    let place = location(t, "B2-A").await;
    let report = mei.post("/api/v1/lost_reports", json!({
        "location_ids": [&place], "category": "umbrella", "description": "黑色长柄雨伞", "lost_from": "2026-11-22T01:00:00Z",
        "on_behalf_of": { "channel": "phone", "name": "王女士", "phone": "13912340001" }
    }));
    let report = report.await;
    let item = mei.post(
        "/api/v1/found_items",
        json!({
            "location_id": &place, "description": "黑色长柄雨伞", "category": "umbrella",
            "take_in": { "storage_place": "伞桶", "finder": { "name": "陈先生", "phone": "13912340002" } }
        }),
    );
    let item = item.await;
    let claim = mei.post("/api/v1/claims", json!({
        "item_id": item.is(201).id(), "on_behalf_of": { "channel": "phone", "name": "赵女士", "phone": "13912340003" }
    }));
    let claim = claim.await;
    [
        format!("/api/v1/lost_reports/{}", report.is(201).id()),
        item_path(&item),
        format!("/api/v1/claims/{}", claim.is(201).id()),
    ]
}

async fn log(t: &TestApp) -> Vec<Value> {
    let log = t.staff("li").await.get(&format!("/api/v1/sites/{}/contact_views", t.site().await)).await;
    log.is(200).json["items"].as_array().expect("looks").clone()
}

both! {
    async fn a_number_is_shown_in_full_to_the_desk_alone_and_each_look_is_written_down(t: TestApp) {
        let mei = t.staff("mei").await;
        let [report, item, claim] = three(&t, &mei).await;
        for path in [&report, &item, &claim] {
            let seen = mei.get(path).await.is(200).json.to_string();
            assert!(!seen.contains("1391234") && seen.contains("139****000"), "{path}: {seen}");
        }
        assert_eq!(log(&t).await, [Value::Null; 0], "who sees it masked is not written down");
        for (path, whom) in [
            (&report, json!({ "name": "王女士", "phone": "+8613912340001" })),
            (&item, json!({ "name": "陈先生", "phone": "+8613912340002" })),
            (&claim, json!({ "name": "赵女士", "phone": "+8613912340003", "address": null })),
        ] {
            assert_eq!(mei.get(&format!("{path}/contact")).await.is(200).json, whom);
        }
        mei.get(&format!("{report}/contact")).await.is(200);
        let looks = log(&t).await;
        let said: Vec<_> = looks.iter().map(|look| (look["subject"].as_str(), look["number"].as_str())).collect();
        let expected = [("lost_report", "L000001"), ("claim", "K000001"), ("finder", "F000001"), ("lost_report", "L000001")];
        assert_eq!(said, expected.map(|(subject, number)| (Some(subject), Some(number))));
        assert!(looks.iter().all(|look| look["viewer_name"] == "小梅" && look["at"].is_string()), "{looks:?}");
        assert!(looks.iter().all(|look| !look.to_string().contains("1391234")), "{looks:?}");
    }

    async fn who_is_not_at_the_desk_sees_none_and_leaves_no_line(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        for path in three(&t, &mei).await {
            lin.get(&format!("{path}/contact")).await.refused(403, "role_staff_needed");
            assert_eq!(t.staff("wang").await.get(&format!("{path}/contact")).await.status, 404);
        }
        // What a technician misses is theirs to see, and the number is masked for them as well.
        let wang = t.staff("wang").await;
        let body = json!({
            "location_ids": [location(&t, "B2-A").await], "category": "keys", "description": "一串钥匙", "lost_from": "2026-11-22T01:00:00Z"
        });
        let own = wang.post("/api/v1/lost_reports", body).await;
        wang.get(&format!("/api/v1/lost_reports/{}/contact", own.is(201).id())).await.refused(403, "role_desk_needed");
        assert_eq!(log(&t).await, [Value::Null; 0]);
        mei.get(&format!("/api/v1/sites/{}/contact_views", t.site().await)).await.refused(403, "role_lead_needed");
    }

    async fn what_is_forgotten_is_shown_to_nobody_and_the_log_of_looks_lasts_three_years(t: TestApp) {
        let mei = t.staff("mei").await;
        let [report, ..] = three(&t, &mei).await;
        mei.get(&format!("{report}/contact")).await.is(200);
        mei.act(&format!("{report}/withdraw")).await.is(200);
        t.advance(SignedDuration::from_hours(91 * 24)).await;
        let seen = t.staff("mei").await.get(&format!("{report}/contact")).await;
        assert_eq!(seen.is(200).json, json!({ "name": null, "phone": null }));
        assert_eq!(log(&t).await.len(), 2);
        t.advance(SignedDuration::from_hours(1006 * 24)).await;
        assert_eq!(log(&t).await.len(), 2);
        t.advance(SignedDuration::from_hours(2 * 24)).await;
        assert_eq!(log(&t).await.len(), 1);
    }
}
