//! `/calendars`: written once and kept in versions, each site's its own, and nothing taken that cannot be counted with.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{all, create, minutes, office, second_mall};
use crate::both;

/// The office with one thing in it changed; what does not exist yet is made.
fn office_with(at: &str, value: &Value) -> Value {
    let mut spec = office();
    let (parent, name) = at.rsplit_once('/').expect("a pointer");
    match spec.pointer_mut(parent).expect("a place in the calendar") {
        Value::Array(list) => list[name.parse::<usize>().expect("an index")] = value.clone(),
        parent => parent[name] = value.clone(),
    }
    spec
}

/// What is changed, into what, and what is wrong with that at which place.
fn faults() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let hours = |open: &str, close: &str| json!([{ "open": open, "close": close }]);
    let unsorted = json!([{ "open": "14:00", "close": "18:00" }, { "open": "09:00", "close": "12:00" }]);
    let many: Vec<Value> = (0..25).map(|_| hours("09:00", "10:00")[0].clone()).collect();
    let dates = |count: usize| -> Vec<&str> { vec!["2026-02-17"; count] };
    vec![
        ("/weekly", json!({}), "/spec/weekly", "never_open"),
        ("/weekly/mon", hours("18:00", "09:00"), "/spec/weekly/mon/0", "interval_reversed"),
        ("/weekly/mon", hours("09:00", "09:00"), "/spec/weekly/mon/0", "interval_empty"),
        ("/weekly/mon", unsorted, "/spec/weekly/mon/1", "intervals_unsorted"),
        ("/weekly/mon", json!(many), "/spec/weekly/mon", "too_many_intervals"),
        ("/weekly/sun", hours("25:00", "26:00"), "/spec/weekly/sun/0/open", "opening_out_of_range"),
        ("/weekly/sun", hours("24:00", "25:00"), "/spec/weekly/sun/0/open", "opening_out_of_range"),
        ("/weekly/sun", hours("22:00", "48:01"), "/spec/weekly/sun/0/close", "closing_out_of_range"),
        ("/weekly/sun", hours("9:00", "18:00"), "/spec/weekly/sun/0/open", "time_malformed"),
        ("/weekly/sun", hours("09:00", "17:60"), "/spec/weekly/sun/0/close", "time_malformed"),
        ("/weekly/sun", json!([{ "open": "09:00" }]), "/spec/weekly/sun/0/close", "field_missing"),
        ("/weekly/fun", hours("09:00", "18:00"), "/spec/weekly/fun", "field_unknown"),
        ("/note", json!("谁写的"), "/spec/note", "field_unknown"),
        ("/time_zone", json!("Asia/Hangzhou"), "/spec/time_zone", "time_zone_unknown"),
        ("/time_zone", json!("asia/shanghai"), "/spec/time_zone", "time_zone_unknown"),
        ("/time_zone", json!(null), "/spec/time_zone", "value_malformed"),
        ("/holidays", json!(["2026-02-16", "2026-02-30"]), "/spec/holidays/1", "date_nonexistent"),
        ("/holidays", json!(["2026-2-16"]), "/spec/holidays/0", "date_malformed"),
        ("/holidays", json!(["1969-12-31"]), "/spec/holidays/0", "date_out_of_range"),
        ("/holidays", json!(dates(2001)), "/spec/holidays", "too_many_dates"),
        ("/makeup_days", json!({ "2026-02-14": [] }), "/spec/makeup_days/2026-02-14", "makeup_day_without_hours"),
        ("/overrides", json!({ "2026-13-01": [] }), "/spec/overrides/2026-13-01", "date_nonexistent"),
        ("/overrides", json!({ "1/~": [] }), "/spec/overrides/1~1~0", "date_malformed"),
        ("/valid_through", json!("2026-06-31"), "/spec/valid_through", "date_nonexistent"),
    ]
}

both! {
    async fn a_site_has_two_hundred_calendars_and_no_more(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        for _ in all(&li, "calendars", &site).await.len()..200 {
            create(&li, "calendars", &site, "办公室", &office()).await.is(201);
        }
        create(&li, "calendars", &site, "办公室", &office()).await.refused(422, "calendars_too_many");
    }

    async fn an_edit_makes_a_version_and_leaves_the_old_one_as_it_was(t: TestApp) {
        let (li, mei, site) = (t.staff("li").await, t.staff("mei").await, t.site().await);
        let made = create(&li, "calendars", &site, "办公室", &office()).await;
        assert_eq!((&made.is(201).json["version"], made.header("etag")), (&json!(1), Some("\"1\"")));
        let path = format!("/api/v1/calendars/{}", made.id());
        assert_eq!(mei.get(&path).await.is(200).json, made.json, "all staff may read it");
        let put = |version: &'static str, body: Value| {
            li.send(li.request(Method::PUT, &path).header("If-Match", version).json(&body))
        };
        let mut later = office();
        later["holidays"] = json!(["2026-12-25"]);
        let changed = put("\"1\"", json!({ "spec": later })).await;
        assert_eq!((&changed.is(200).json["version"], changed.header("etag")), (&json!(2), Some("\"2\"")));
        assert_eq!((&changed.json["name"], &changed.json["id"]), (&json!("办公室"), &made.json["id"]));
        put("\"1\"", json!({ "spec": office() })).await.refused(412, "version_stale");
        let renamed = put("*", json!({ "spec": office(), "name": "写字楼" })).await;
        assert_eq!((&renamed.is(200).json["name"], &renamed.json["version"]), (&json!("写字楼"), &json!(3)));

        let versions = mei.get(&format!("{path}/versions")).await;
        let versions = versions.is(200).json["items"].as_array().expect("versions").clone();
        let numbers: Vec<&Value> = versions.iter().map(|version| &version["version"]).collect();
        assert_eq!(numbers, [3, 2, 1], "newest first, and none for what was refused");
        assert_eq!(versions[2]["spec"], made.json["spec"]);
        assert_eq!(versions[1]["spec"]["holidays"], json!(["2026-12-25"]));
        assert_eq!(versions[0]["created_by_id"], li.get("/api/v1/me").await.json["id"]);
        let ids: HashSet<&str> = versions.iter().map(|version| version["id"].as_str().expect("an id")).collect();
        assert_eq!(ids.len(), 3);
    }

    async fn two_edits_of_one_version_are_not_both_taken(t: TestApp) {
        let (li, admin, site) = (t.staff("li").await, t.staff("admin").await, t.site().await);
        let path = format!("/api/v1/calendars/{}", create(&li, "calendars", &site, "办公室", &office()).await.id());
        let put = |who: &crate::support::Client| {
            let request = who.request(Method::PUT, &path).header("If-Match", "1").json(&json!({ "spec": office() }));
            let who = who.clone();
            async move { who.send(request).await }
        };
        let (one, other) = futures_util::future::join(put(&li), put(&admin)).await;
        let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
        assert_eq!(won.is(200).json["version"], 2);
        lost.refused(412, "version_stale");
    }

    async fn the_list_is_told_in_pages_and_begins_with_the_opening_hours(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        // Of one millisecond no calendar is older than another.
        minutes(&t, 1).await;
        for name in ["一", "二", "三"] {
            create(&li, "calendars", &site, name, &office()).await.is(201);
        }
        let page = li.get(&format!("/api/v1/calendars?site_id={site}&limit=3")).await;
        assert_eq!(page.is(200).json["items"].as_array().map(Vec::len), Some(3));
        assert_eq!(page.json["has_more"], true);
        let hours = &page.json["items"][0];
        assert_eq!((&hours["name"], &hours["spec"]["time_zone"]), (&json!("营业时间"), &json!("Asia/Shanghai")));
        for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
            assert_eq!(hours["spec"]["weekly"][day], json!([{ "open": "10:00", "close": "22:00" }]), "{day}");
        }
        let cursor = page.json["next_cursor"].as_str().expect("a cursor");
        let rest = li.get(&format!("/api/v1/calendars?site_id={site}&limit=3&cursor={cursor}")).await;
        assert_eq!((&rest.is(200).json["items"][0]["name"], &rest.json["has_more"]), (&json!("三"), &json!(false)));
        li.get("/api/v1/calendars").await.refused_field("?site_id", "field_missing");
        li.get(&format!("/api/v1/calendars?site_id={site}&name=x")).await.refused_field("?name", "field_unknown");
        let greedy = li.get(&format!("/api/v1/calendars?site_id={site}&limit=101")).await;
        greedy.refused_field("?limit", "number_out_of_range");
    }

    async fn another_malls_calendars_are_not_there_and_agents_only_read(t: TestApp) {
        let (mei, lin, site) = (t.staff("mei").await, t.shopper("xiaolin").await, t.site().await);
        let (second, sun) = second_mall(&t).await;
        let own = all(&mei, "calendars", &site).await;
        let path = format!("/api/v1/calendars/{}", own[0]["id"].as_str().expect("an id"));
        let body = json!({ "spec": office() });
        let year = json!({ "makeup_hours": [{ "open": "09:00", "close": "18:00" }] });
        sun.get(&path).await.refused(404, "calendar_not_found");
        sun.get(&format!("{path}/versions")).await.refused(404, "calendar_not_found");
        sun.put(&path, body.clone()).await.refused(404, "calendar_not_found");
        sun.post(&format!("{path}/years/2026"), year.clone()).await.refused(404, "calendar_not_found");
        sun.get(&format!("/api/v1/calendars?site_id={site}")).await.refused(404, "site_not_found");
        create(&sun, "calendars", &site, "办公室", &office()).await.refused(404, "site_not_found");
        create(&sun, "calendars", &second, "办公室", &office()).await.is(201);

        create(&mei, "calendars", &site, "办公室", &office()).await.refused(403, "role_lead_needed");
        mei.put(&path, body.clone()).await.refused(403, "role_lead_needed");
        mei.post(&format!("{path}/years/2026"), year).await.refused(403, "role_lead_needed");
        lin.get(&path).await.refused(403, "role_staff_needed");
        lin.put(&path, body).await.refused(403, "role_lead_needed");
        assert_eq!(all(&mei, "calendars", &site).await, own, "something was written after all");
    }

    async fn a_calendar_that_cannot_be_counted_with_is_refused_where_it_is_wrong(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let before = all(&li, "calendars", &site).await;
        let path = format!("/api/v1/calendars/{}", before[0]["id"].as_str().expect("an id"));
        for (at, value, pointer, code) in faults() {
            let spec = office_with(at, &value);
            create(&li, "calendars", &site, "办公室", &spec).await.refused_field(pointer, code);
            li.put(&path, json!({ "spec": spec })).await.refused_field(pointer, code);
        }
        let mut twice = office_with("/weekly/mon/0/open", &json!("19:00"));
        twice["holidays"] = json!(["gestern"]);
        let reply = create(&li, "calendars", &site, "办公室", &twice).await;
        let errors = &reply.refused(422, "fields_invalid").json["errors"];
        assert_eq!(errors.as_array().map(Vec::len), Some(2), "all at once");
        let mut long = office();
        long["overrides"] = json!({ "x".repeat(65 * 1024): [] });
        create(&li, "calendars", &site, "办公室", &long).await.refused(413, "body_too_large");
        assert_eq!(all(&li, "calendars", &site).await, before, "something was written after all");
    }

    /// Today is 22 November 2026, ten o'clock; 30 January 2029 is 800 days later.
    async fn a_calendar_that_stays_closed_for_800_days_has_no_deadlines_to_give(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let on = |date: &str| {
            let hours = json!([{ "open": "09:00", "close": "18:00" }]);
            json!({ "time_zone": "Asia/Shanghai", "overrides": { date: hours } })
        };
        for closed in ["2029-01-31", "2026-11-21"] {
            let refused = create(&li, "calendars", &site, "展会", &on(closed)).await;
            refused.refused_field("/spec", "calendar_never_opens");
        }
        let made = create(&li, "calendars", &site, "展会", &on("2029-01-30")).await;
        made.is(201);
        let path = format!("/api/v1/calendars/{}", made.id());
        li.put(&path, json!({ "spec": on("2029-01-31") })).await.refused_field("/spec", "calendar_never_opens");
        // It has that one day: what fits into it falls due, what does not never would.
        let ask = |seconds: u32| {
            json!({ "calendar_id": made.id(), "start": "2026-11-22T02:00:00Z", "target_seconds": seconds })
        };
        let due = li.post("/api/v1/sla/preview", ask(9 * 3600)).await;
        assert_eq!(due.is(200).json["due_at"], "2029-01-30T10:00:00.000Z");
        let never = li.post("/api/v1/sla/preview", ask(9 * 3600 + 1)).await;
        never.refused_field("/calendar_id", "calendar_never_opens");
    }
}
