//! What a new mall promises before anybody decided anything.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{all, create, second_mall};
use crate::both;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What a standard promises: clock, priority (or any), calendar and seconds.
fn promises(standard: &Value) -> BTreeMap<(String, String), (i64, String)> {
    let word = |value: &Value| value.as_str().unwrap_or("any").to_owned();
    let list = standard["spec"]["promises"].as_array().expect("promises");
    let each = list.iter().map(|promise| {
        let kind = (word(&promise["clock"]), word(&promise["priority"]));
        (kind, (promise["seconds"].as_i64().expect("seconds"), word(&promise["calendar"])))
    });
    each.collect()
}

fn said(list: &[(&str, &str, i64, &str)]) -> BTreeMap<(String, String), (i64, String)> {
    let owned = |(clock, priority, seconds, calendar): &(&str, &str, i64, &str)| {
        (((*clock).to_owned(), (*priority).to_owned()), (*seconds, (*calendar).to_owned()))
    };
    list.iter().map(owned).collect()
}

both! {
    async fn a_new_mall_has_the_desks_figures(t: TestApp) {
        let mei = t.staff("mei").await;
        let standards = all(&mei, "standards", &t.site().await).await;
        let find = |name: &str| standards.iter().find(|s| s["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(standards.len(), 6);
        let taken_up = ("first_response", "any", 15 * MINUTE, "open_hours");
        let figures = [
            ("咨询", said(&[("first_response", "any", 3 * MINUTE, "open_hours")])),
            ("投诉", said(&[taken_up, ("resolution", "any", DAY, "wall_clock")])),
            ("重大投诉（群体、安全）", said(&[taken_up, ("resolution", "any", 2 * DAY, "wall_clock")])),
            (
                "商户诉求",
                said(&[
                    ("first_response", "urgent", 30 * MINUTE, "wall_clock"),
                    ("first_response", "normal", 2 * HOUR, "open_hours"),
                ]),
            ),
            (
                "报修",
                said(&[
                    ("first_response", "urgent", 30 * MINUTE, "wall_clock"),
                    ("first_response", "normal", 2 * HOUR, "open_hours"),
                    ("resolution", "urgent", 4 * HOUR, "wall_clock"),
                    ("resolution", "normal", DAY, "wall_clock"),
                    ("dept_accept", "urgent", 10 * MINUTE, "wall_clock"),
                    ("dept_accept", "normal", HOUR, "department"),
                    ("dept_resolve", "urgent", 4 * HOUR, "wall_clock"),
                    ("dept_resolve", "normal", DAY, "wall_clock"),
                ]),
            ),
            ("其他", said(&[("first_response", "any", DAY, "wall_clock")])),
        ];
        for (name, figures) in figures {
            assert_eq!(promises(find(name)), figures, "{name}");
        }
        for standard in &standards {
            assert_eq!((&standard["version"], &standard["retired_at"]), (&json!(1), &Value::Null));
            let percents: Vec<&Value> =
                standard["spec"]["ladder"].as_array().expect("levels").iter().map(|l| &l["percent"]).collect();
            assert!(percents.len() >= 4, "somebody is warned");
            let tightened = standard["spec"]["tightened_ladder"].as_array().expect("levels");
            assert!(tightened[0]["percent"].as_i64() < percents[0].as_i64(), "and sooner where too little is solved");
        }
        let grave = &find("重大投诉（群体、安全）")["spec"];
        assert_eq!((&grave["pausable"], &grave["severities"]), (&json!(false), &json!(["major"])));
        assert!(grave["rank"].as_i64() > find("投诉")["spec"]["rank"].as_i64(), "the grave one counts first");
        assert_eq!(find("商户诉求")["spec"]["requester_roles"], json!(["merchant"]));
        let inquiries = find("咨询")["id"].as_str().expect("an id");
        let versions = mei.get(&format!("/api/v1/standards/{inquiries}/versions")).await;
        assert_eq!(versions.is(200).json["items"][0]["created_by_id"], Value::Null, "Yijian wrote it");
    }

    async fn every_mall_has_its_own(t: TestApp) {
        let (first, (second, sun)) = (t.site().await, second_mall(&t).await);
        let (li, theirs) = (t.staff("li").await, all(&sun, "standards", &second).await);
        assert_eq!(theirs.len(), 6);
        let path = format!("/api/v1/standards/{}", theirs[0]["id"].as_str().expect("an id"));
        let spec = &theirs[0]["spec"];
        li.get(&path).await.refused(404, "standard_not_found");
        for part in ["versions", "reapplications"] {
            li.get(&format!("{path}/{part}")).await.refused(404, "standard_not_found");
        }
        li.put(&path, json!({ "spec": spec })).await.refused(404, "standard_not_found");
        let period = json!({ "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z", "standard": spec });
        li.post(&format!("{path}/what_if"), period).await.refused(404, "standard_not_found");
        let again = json!({ "dry_run": false, "reason": "试试" });
        li.post(&format!("{path}/reapply"), again).await.refused(404, "standard_not_found");
        li.get(&format!("/api/v1/standards?site_id={second}")).await.refused(404, "site_not_found");
        create(&li, "standards", &second, "报修", spec).await.refused(404, "site_not_found");
        let mei = t.staff("mei").await;
        create(&mei, "standards", &first, "报修", spec).await.refused(403, "role_lead_needed");
        assert_eq!(all(&sun, "standards", &second).await, theirs);
    }
}
