//! Until when things are kept, who is told, and what becomes of them after that.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::sla::legal::{self, Period};

use super::{claim, item_path, location, take_in, told_of, umbrella};
use crate::both;
use crate::support::{Client, Reply, TestApp, png};

/// Civil Code art. 201-203: the first day is not counted, and a last day that is none moves on.
#[test]
fn days_are_counted_as_the_law_counts_them() {
    let end = |from: &str, period| {
        let due = legal::end("Asia/Shanghai", from.parse().expect("an instant"), period, &[]).expect("a day");
        (due.at.to_string(), due.provisional)
    };
    for (from, period, at) in [
        // Wednesday, 30 September 2026, and the holidays after it: the first working day is Thursday, 8 October.
        ("2026-09-30T02:00:00Z", Period::WorkingDays(1), "2026-10-08T16:00:00Z"),
        ("2026-09-30T02:00:00Z", Period::CalendarDays(3), "2026-10-08T16:00:00Z"),
        // A Sunday.
        ("2026-11-22T02:00:00Z", Period::WorkingDays(10), "2026-12-04T16:00:00Z"),
        ("2026-11-22T02:00:00Z", Period::CalendarDays(0), "2026-11-22T16:00:00Z"),
        ("2026-11-22T02:00:00Z", Period::CalendarDays(1), "2026-11-23T16:00:00Z"),
        // Six days later is a Saturday.
        ("2026-11-22T02:00:00Z", Period::CalendarDays(6), "2026-11-30T16:00:00Z"),
        // Just before midnight in Shanghai it is still that day.
        ("2026-11-22T15:59:59Z", Period::CalendarDays(0), "2026-11-22T16:00:00Z"),
    ] {
        assert_eq!(end(from, period), (at.to_owned(), false), "{from} {period:?}");
    }
    // The list of 2027 is not known yet; that New Year's Day is a holiday is.
    let (at, provisional) = end("2026-12-25T02:00:00Z", Period::WorkingDays(10));
    assert_eq!((at.as_str(), provisional), ("2027-01-11T16:00:00Z", true));
}

async fn kept(t: &TestApp, category: &str, class: &str) -> Reply {
    let mut take = take_in(t).await;
    take["value_class"] = json!(class);
    if class == "cash" {
        take["cash_fen"] = json!(10_000);
    }
    let body = json!({ "location_id": location(t, "B2-A").await, "description": "某物", "category": category, "take_in": take });
    let made = t.staff("mei").await.post("/api/v1/found_items", body).await;
    made.is(201);
    made
}

fn number(item: &Reply) -> &str {
    item.json["number"].as_str().expect("a number")
}

fn rules(days: i32) -> Value {
    let classes = ["ordinary", "valuable", "cash", "identity_paper", "dangerous", "perishable"];
    let rules = classes.map(|class| json!({ "value_class": class, "days": days, "day_kind": "calendar" }));
    json!({ "rules": rules, "reason": "按派出所要求" })
}

async fn propose(who: &Client, item: &str, photos: &[String]) -> Reply {
    let body = json!({
        "method": "destroyed", "legal_basis": "民法典第三百一十六条", "reason": "已变质", "attachment_ids": photos
    });
    who.post(&format!("{item}/dispose"), body).await
}

both! {
    async fn each_class_has_its_day(t: TestApp) {
        for (category, class, until) in [
            ("umbrella", "ordinary", "2026-12-04T16:00:00.000Z"),
            ("ring", "valuable", "2026-12-04T16:00:00.000Z"),
            ("cash", "cash", "2026-12-04T16:00:00.000Z"),
            ("id_card", "identity_paper", "2026-11-22T16:00:00.000Z"),
            ("knife", "dangerous", "2026-11-22T16:00:00.000Z"),
            ("fresh_food", "perishable", "2026-11-23T16:00:00.000Z"),
        ] {
            let item = kept(&t, category, class).await;
            assert_eq!(item.json["desk"]["keep_until"], until, "{class}");
            // What must go today is told to the supervisor at once.
            let told = told_of(&t.staff("li").await, number(&item)).await;
            let urgent = matches!(class, "identity_paper" | "dangerous");
            assert_eq!(told, if urgent { vec!["item_for_police"] } else { vec![] }, "{class}");
        }
    }

    async fn the_desk_is_told_the_day_before_and_the_supervisor_on_the_day(t: TestApp) {
        let item = kept(&t, "umbrella", "ordinary").await;
        // The end of Friday, 4 December; a day before that.
        t.advance(SignedDuration::from_hours(11 * 24 + 14) - SignedDuration::from_secs(1)).await;
        assert_eq!(told_of(&t.staff("mei").await, number(&item)).await, Vec::<String>::new());
        t.advance(SignedDuration::from_secs(1)).await;
        assert_eq!(told_of(&t.staff("mei").await, number(&item)).await, ["item_due_soon"]);
        t.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1)).await;
        let due = t.staff("mei").await.get("/api/v1/found_items?due=true").await;
        assert_eq!(due.json["items"], json!([]));
        t.advance(SignedDuration::from_secs(1)).await;
        assert_eq!(told_of(&t.staff("li").await, number(&item)).await, ["item_due_soon", "item_due"]);
        let due = t.staff("mei").await.get("/api/v1/found_items?due=true").await;
        assert_eq!(due.json["items"][0]["number"], number(&item));
        // What has to go at once is due at once.
        let paper = kept(&t, "id_card", "identity_paper").await;
        let due = t.staff("mei").await.get("/api/v1/found_items?due=true").await;
        assert_eq!(due.json["items"][0]["number"], number(&paper));
    }

    async fn a_site_says_how_long_and_each_change_is_a_version(t: TestApp) {
        let (li, mei) = (t.staff("li").await, t.staff("mei").await);
        let path = format!("/api/v1/sites/{}/retention", t.site().await);
        assert_eq!(mei.get(&path).await.is(200).json["version"], 0);
        mei.put(&path, rules(3)).await.refused(403, "role_lead_needed");
        let before = kept(&t, "umbrella", "ordinary").await;
        assert_eq!(li.put(&path, rules(3)).await.is(200).json["version"], 1);
        let stale = li.request(reqwest::Method::PUT, &path).header("If-Match", "\"0\"").json(&rules(4));
        li.send(stale).await.refused(412, "version_stale");
        let after = kept(&t, "umbrella", "ordinary").await;
        assert_eq!(after.json["desk"]["keep_until"], "2026-11-25T16:00:00.000Z");
        // What is kept keeps the day it was given.
        assert_eq!(mei.get(&item_path(&before)).await.json["desk"]["keep_until"], "2026-12-04T16:00:00.000Z");
        let mut missing = rules(3);
        missing["rules"].as_array_mut().expect("rules").pop();
        li.put(&path, missing).await.refused_field("/rules", "retention_class_missing");
        let mut twice = rules(3);
        twice["rules"][1]["value_class"] = json!("ordinary");
        li.put(&path, twice).await.refused_field("/rules/0/value_class", "retention_class_twice");
        let mut none = rules(0);
        none["rules"][0]["day_kind"] = json!("working");
        li.put(&path, none).await.refused_field("/rules/0/days", "retention_no_working_day");
        let (li_again, body) = (&li, rules(5));
        let writes = (0..4).map(|_| li_again.put(&path, body.clone()));
        let statuses: Vec<u16> = futures_util::future::join_all(writes).await.iter().map(|reply| reply.status).collect();
        assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
        li.put(&path, rules(367)).await.refused_field("/rules/0/days", "number_out_of_range");
    }

    async fn disposal_takes_its_day_two_leads_and_a_law(t: TestApp) {
        let item = kept(&t, "fresh_food", "perishable").await;
        let path = item_path(&item);
        let li = t.staff("li").await;
        t.staff("mei").await.post(&format!("{path}/dispose"), json!({})).await.refused(403, "role_lead_needed");
        let photo = li.upload(png()).await.id();
        propose(&li, &item_path(&umbrella(&t).await), &[]).await.refused(422, "disposal_too_early");
        // What spoils does not wait for its day.
        let admin = t.staff("admin").await;
        propose(&li, &path, &[]).await.refused(422, "disposal_photo_needed");
        let hua = t.shopper("xiaohua").await;
        let (claimed, _) = claim(&hua, &item).await;
        propose(&li, &path, std::slice::from_ref(&photo)).await.refused(422, "claims_undecided");
        hua.act(&format!("{claimed}/withdraw")).await.is(200);
        let decide = async |who: &Client, body: Value| who.post(&format!("{path}/decide_disposal"), body).await;
        decide(&admin, json!({ "approve": true })).await.refused(409, "disposal_not_proposed");
        assert_eq!(propose(&li, &path, std::slice::from_ref(&photo)).await.is(200).json["status"], "kept");
        propose(&admin, &path, &[]).await.refused(409, "disposal_proposed_already");
        decide(&li, json!({ "approve": true })).await.refused(422, "second_approval_by_first");
        decide(&admin, json!({ "approve": false })).await.refused_field("/reason", "field_missing");
        let refused = decide(&admin, json!({ "approve": false, "reason": "还能吃" })).await;
        assert_eq!((&refused.is(200).json["status"], &refused.json["desk"]["disposal"]["status"]), (&json!("kept"), &json!("refused")));
        let photo = li.upload(png()).await.id();
        propose(&li, &path, &[photo]).await.is(200);
        // What goes elsewhere meanwhile is not disposed of.
        let other = umbrella(&t).await;
        t.advance(SignedDuration::from_hours(17 * 24)).await;
        let (li, admin) = (t.staff("li").await, t.staff("admin").await);
        propose(&li, &item_path(&other), &[]).await.is(200);
        let given = json!({ "station": "派出所", "officer": "警号 1" });
        let gone = li.post(&format!("{}/hand_to_police", item_path(&other)), given).await;
        assert_eq!(gone.is(200).json["desk"]["disposal"]["status"], "withdrawn");
        admin.post(&format!("{}/decide_disposal", item_path(&other)), json!({ "approve": true })).await
            .refused(409, "disposal_not_proposed");
        let decide = async |who: &Client, body: Value| who.post(&format!("{path}/decide_disposal"), body).await;
        let done = decide(&admin, json!({ "approve": true })).await;
        assert_eq!(done.is(200).json["status"], "disposed");
        decide(&admin, json!({ "approve": true })).await.refused(409, "disposal_not_proposed");
        let log = admin.get(&format!("{path}/custody")).await;
        assert_eq!(log.json["is_whole"], true);
        assert_eq!(log.json["items"].as_array().expect("entries").last().expect("one")["kind"], "disposed");
    }

    /// Between the two approvals it may have turned out to be something else, or be claimed.
    async fn the_second_approval_asks_what_the_first_asked(t: TestApp) {
        let items = [umbrella(&t).await, umbrella(&t).await, umbrella(&t).await].map(|item| item_path(&item));
        t.advance(SignedDuration::from_hours(17 * 24)).await;
        let (mei, li, admin) = (t.staff("mei").await, t.staff("li").await, t.staff("admin").await);
        for path in &items {
            propose(&li, path, &[]).await.is(200);
        }
        let place = location(&t, "B2-A").await;
        for (path, category) in [(&items[0], "id_card"), (&items[1], "fresh_food")] {
            let body = json!({
                "description": "某物", "category": category, "colours": [], "location_id": place,
                "found_at": "2026-11-22T01:30:00Z"
            });
            mei.put(path, body).await.is(200);
        }
        let id = items[2].rsplit('/').next().expect("an id");
        t.shopper("xiaohua").await.post("/api/v1/claims", json!({ "item_id": id })).await.is(201);
        for (path, code) in [(&items[0], "disposal_by_police"), (&items[1], "disposal_photo_needed"), (&items[2], "claims_undecided")] {
            admin.post(&format!("{path}/decide_disposal"), json!({ "approve": true })).await.refused(422, code);
            let shown = admin.get(path).await;
            assert_eq!((&shown.json["status"], &shown.json["desk"]["disposal"]["status"]), (&json!("kept"), &json!("proposed")));
        }
        let refused = json!({ "approve": false, "reason": "有人认领" });
        admin.post(&format!("{}/decide_disposal", items[2]), refused).await.is(200);
    }

    async fn what_belongs_to_the_police_is_not_disposed_of(t: TestApp) {
        let li = t.staff("li").await;
        let mut items = Vec::new();
        for (category, class) in [("cash", "cash"), ("id_card", "identity_paper"), ("knife", "dangerous")] {
            items.push(item_path(&kept(&t, category, class).await));
        }
        for path in &items {
            propose(&li, path, &[]).await.refused(422, "disposal_by_police");
        }
        let (second, _) = t.hire("zhou", Role::Supervisor, None).await;
        second.post(&format!("{}/decide_disposal", items[0]), json!({ "approve": true })).await
            .refused(409, "disposal_not_proposed");
        // Promised things wait for their owners.
        let item = umbrella(&t).await;
        let (claim, _) = claim(&t.shopper("xiaolin").await, &item).await;
        li.post(&format!("{claim}/approve"), json!({ "reason": "认得" })).await.is(200);
        propose(&li, &item_path(&item), &[]).await.refused(409, "item_not_now");
    }
}
