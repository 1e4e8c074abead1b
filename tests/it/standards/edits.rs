//! `/standards`: versions, retirement, and what a standard may not say.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all, create, named, office, repairs, second_mall};
use crate::both;

const NOTHING: &str = "0198c0de-0000-7000-8000-000000000001";

fn hour() -> Value {
    json!([{ "clock": "first_response", "seconds": 3600, "calendar": "open_hours" }])
}

fn sound() -> Value {
    let mut spec = repairs(&hour());
    spec["ladder"] = json!([{ "percent": 50, "tell": "assignee" }, { "percent": 100, "tell": "supervisor" }]);
    spec["pausable"] = json!(true);
    spec["pauses"] = json!([{ "reason": "weather", "longest_seconds": 60, "most": 1, "evidence": "none" }]);
    spec
}

/// What is said at a place of [`sound`], and what is wrong with it at which place.
fn faults(foreign_calendar: &str) -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let promise = |what: Value| {
        let mut promise = json!({ "clock": "resolution", "calendar": "wall_clock" });
        promise.as_object_mut().expect("a promise").extend(what.as_object().expect("fields").clone());
        json!([promise])
    };
    let ladder = |percents: &[i64]| -> Value {
        percents.iter().map(|percent| json!({ "percent": percent, "tell": "admin" })).collect()
    };
    let seconds = "/spec/promises/0/seconds";
    let days = "/spec/promises/0/working_days";
    vec![
        ("/rank", json!(0), "/spec/rank", "rank_out_of_range"),
        ("/rank", json!(1_000_001), "/spec/rank", "rank_out_of_range"),
        ("/kinds", json!(["wish"]), "/spec/kinds/0", "value_unknown"),
        ("/category_ids", json!([NOTHING]), "/spec/category_ids/0", "category_unknown"),
        ("/severities", json!(vec!["major"; 65]), "/spec/severities", "too_many_entries"),
        ("/promises", json!([]), "/spec/promises", "promises_missing"),
        ("/no_standard", json!(true), "/spec/promises", "promises_without_standard"),
        ("/promises", promise(json!({ "seconds": 0 })), seconds, "target_out_of_range"),
        ("/promises", promise(json!({ "seconds": -1 })), seconds, "target_out_of_range"),
        ("/promises", promise(json!({ "seconds": 315_360_001 })), seconds, "target_out_of_range"),
        ("/promises", promise(json!({ "seconds": 3_155_760_000_u32 })), seconds, "target_out_of_range"),
        ("/promises", promise(json!({ "seconds": 1.5 })), seconds, "value_malformed"),
        ("/promises", promise(json!({ "working_days": 0 })), days, "target_out_of_range"),
        ("/promises", promise(json!({ "working_days": 2001 })), days, "target_out_of_range"),
        ("/promises", promise(json!({})), seconds, "target_needed_once"),
        ("/promises", promise(json!({ "seconds": 1, "working_days": 1 })), seconds, "target_needed_once"),
        ("/promises", promise(json!({ "working_days": 5 })), "/spec/promises/0/calendar", "working_days_need_calendar"),
        (
            "/promises",
            promise(json!({ "seconds": 1, "calendar": NOTHING })),
            "/spec/promises/0/calendar",
            "calendar_unknown",
        ),
        (
            "/promises",
            promise(json!({ "seconds": 1, "calendar": foreign_calendar })),
            "/spec/promises/0/calendar",
            "calendar_unknown",
        ),
        (
            "/promises",
            promise(json!({ "seconds": 1, "calendar": "moon" })),
            "/spec/promises/0/calendar",
            "id_malformed",
        ),
        ("/promises", json!([hour()[0], hour()[0]]), "/spec/promises/1", "promise_never_counts"),
        ("/ladder", ladder(&[80, 50]), "/spec/ladder/1/percent", "ladder_not_rising"),
        ("/ladder", ladder(&[80, 80]), "/spec/ladder/1/percent", "ladder_not_rising"),
        ("/ladder", ladder(&[0]), "/spec/ladder/0/percent", "percent_out_of_range"),
        ("/ladder", ladder(&[10_001]), "/spec/ladder/0/percent", "percent_out_of_range"),
        ("/tightened_ladder", ladder(&[80, 50]), "/spec/tightened_ladder/1/percent", "ladder_not_rising"),
        ("/tightened_ladder", ladder(&[0]), "/spec/tightened_ladder/0/percent", "percent_out_of_range"),
        ("/tightened_ladder", ladder(&[10_001]), "/spec/tightened_ladder/0/percent", "percent_out_of_range"),
        ("/tightened_ladder", ladder(&(1..=65).collect::<Vec<_>>()), "/spec/tightened_ladder", "too_many_entries"),
        // Nobody of the ladder may be left out, or told later.
        (
            "/tightened_ladder",
            json!([{ "percent": 40, "tell": "assignee" }]),
            "/spec/tightened_ladder",
            "ladder_not_tighter",
        ),
        (
            "/tightened_ladder",
            json!([{ "percent": 40, "tell": "assignee" }, { "percent": 101, "tell": "supervisor" }]),
            "/spec/tightened_ladder",
            "ladder_not_tighter",
        ),
        ("/pauses/0/longest_seconds", json!(0), "/spec/pauses/0/longest_seconds", "target_out_of_range"),
        ("/pauses/0/most", json!(0), "/spec/pauses/0/most", "count_out_of_range"),
        ("/pauses/0/reason", json!("lunch"), "/spec/pauses/0/reason", "value_unknown"),
        ("/pauses", json!([sound()["pauses"][0], sound()["pauses"][0]]), "/spec/pauses/1/reason", "reason_twice"),
        ("/pauses/0/note", json!("x"), "/spec/pauses/0/note", "field_unknown"),
        ("/note", json!("x"), "/spec/note", "field_unknown"),
    ]
}

/// [`sound`] with something else at a place.
fn sound_with(at: &str, value: &Value) -> Value {
    let mut spec = sound();
    let (parent, name) = at.rsplit_once('/').expect("a pointer");
    spec.pointer_mut(parent).expect("a place in the standard")[name] = value.clone();
    spec
}

/// The example of `docs/STANDARDS.md` that is marked like this.
fn example(mark: &str) -> Value {
    let page = std::fs::read_to_string("docs/STANDARDS.md").expect("docs/STANDARDS.md");
    let fence = format!("```json {mark}\n");
    let rest = page.split(&fence).nth(1).expect("an example");
    serde_json::from_str(rest.split("```").next().expect("an end")).expect("JSON")
}

both! {
    async fn the_examples_of_the_documentation_can_be_written(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        create(&li, "calendars", &site, "办公室", &example("calendar")).await.is(201);
        let made = create(&li, "standards", &site, "业主报修", &example("standard")).await;
        assert_eq!(made.is(201).json["spec"]["promises"].as_array().map(Vec::len), Some(5));
    }

    async fn a_standard_lives_in_versions_until_it_is_retired(t: TestApp) {
        let (li, mei, site) = (t.staff("li").await, t.staff("mei").await, t.site().await);
        let made = create(&li, "standards", &site, "快修", &sound()).await;
        assert_eq!((&made.is(201).json["version"], made.header("etag")), (&json!(1), Some("\"1\"")));
        let path = format!("/api/v1/standards/{}", made.id());
        assert_eq!(mei.get(&path).await.is(200).json, made.json);
        let put = |version: &'static str, body: Value| {
            li.send(li.request(Method::PUT, &path).header("If-Match", version).json(&body))
        };
        let slower = sound_with("/promises/0/seconds", &json!(5400));
        let changed = put("1", json!({ "spec": slower })).await;
        assert_eq!((&changed.is(200).json["version"], &changed.json["name"]), (&json!(2), &json!("快修")));
        put("1", json!({ "spec": sound() })).await.refused(412, "version_stale");
        let retired = put("2", json!({ "spec": slower, "retired": true, "name": "旧快修" })).await;
        let told = (&retired.is(200).json["name"], &retired.json["retired_at"]);
        assert_eq!(told, (&json!("旧快修"), &json!("2026-11-22T02:00:00.000Z")));
        assert_eq!(named(&mei, "standards", &site, "旧快修").await["version"], 3, "it stays in the list");
        let versions = mei.get(&format!("{path}/versions")).await;
        let said: Vec<(&Value, &Value)> = versions.is(200).json["items"]
            .as_array()
            .expect("versions")
            .iter()
            .map(|one| (&one["version"], &one["spec"]["promises"][0]["seconds"]))
            .collect();
        assert_eq!(said, [(&json!(3), &json!(5400)), (&json!(2), &json!(5400)), (&json!(1), &json!(3600))]);
        let back = put("3", json!({ "spec": sound() })).await;
        assert_eq!(back.is(200).json["retired_at"], Value::Null, "and may come back");
        li.get(&format!("/api/v1/standards/{NOTHING}")).await.refused(404, "standard_not_found");
    }

    async fn two_that_could_match_the_same_matter_need_different_ranks(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let before = all(&li, "standards", &site).await;
        let tie = async |ranked: &Value| create(&li, "standards", &site, "快修", ranked).await;
        let with_rank = |rank: i64, more: Value| {
            let mut spec = repairs(&hour());
            spec["rank"] = json!(rank);
            spec.as_object_mut().expect("a standard").extend(more.as_object().expect("fields").clone());
            spec
        };
        let narrower = [json!({}), json!({ "severities": ["major"] }), json!({ "requester_roles": ["merchant"] })];
        for more in narrower {
            let refused = tie(&with_rank(300, more)).await;
            refused.refused_field("/spec/rank", "standards_tie");
            let detail = refused.json["errors"][0]["detail"].as_str().expect("words");
            assert!(detail.contains("报修"), "which other one: {detail}");
        }
        tie(&with_rank(300, json!({ "kinds": [] }))).await.refused_field("/spec/rank", "standards_tie");
        // Categories meet when one lies in the other.
        let catalogue = li.get(&format!("/api/v1/catalogue?site_id={site}")).await;
        let category = |code: &str| {
            let items = catalogue.json["items"].as_array().expect("categories");
            items.iter().find(|c| c["code"] == code).expect("a category")["id"].clone()
        };
        let (lighting, loose, lift) = (category("lighting"), category("lighting-loose"), category("lift"));
        let of = |rank: i64, id: &Value| with_rank(rank, json!({ "category_ids": [id] }));
        let light = create(&li, "standards", &site, "照明", &of(600, &lighting)).await;
        light.is(201);
        tie(&of(600, &loose)).await.refused_field("/spec/rank", "standards_tie");
        create(&li, "standards", &site, "电梯", &of(600, &lift)).await.is(201);
        create(&li, "standards", &site, "灯具松动", &of(601, &loose)).await.is(201);
        // What is retired is in nobody's way, and cannot come back into somebody else's.
        let path = format!("/api/v1/standards/{}", light.id());
        li.put(&path, json!({ "spec": of(600, &lighting), "retired": true })).await.is(200);
        create(&li, "standards", &site, "新照明", &of(600, &lighting)).await.is(201);
        let back = li.put(&path, json!({ "spec": of(600, &lighting) })).await;
        back.refused_field("/spec/rank", "standards_tie");
        assert!(back.json["errors"][0]["detail"].as_str().is_some_and(|said| said.contains("新照明")));
        assert_eq!(all(&li, "standards", &site).await.len(), before.len() + 4);
    }

    async fn a_standard_that_cannot_be_kept_is_refused_where_it_is_wrong(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let (second, sun) = second_mall(&t).await;
        let foreign = create(&sun, "calendars", &second, "办公室", &office()).await.id();
        let before = all(&li, "standards", &site).await;
        let path = format!("/api/v1/standards/{}", before[0]["id"].as_str().expect("an id"));
        for (at, value, pointer, code) in faults(&foreign) {
            let spec = sound_with(at, &value);
            create(&li, "standards", &site, "快修", &spec).await.refused_field(pointer, code);
            li.put(&path, json!({ "spec": spec })).await.refused_field(pointer, code);
        }
        assert_eq!(all(&li, "standards", &site).await, before, "something was written after all");
        create(&li, "standards", &site, "快修", &sound()).await.is(201);
    }

    async fn a_site_has_two_hundred_standards_and_no_more(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let ranked = |rank: usize| sound_with("/rank", &json!(rank));
        let known = all(&li, "standards", &site).await.len();
        let mut last = String::new();
        for count in known..200 {
            last = create(&li, "standards", &site, "快修", &ranked(1000 + count)).await.is(201).id();
        }
        create(&li, "standards", &site, "快修", &ranked(2000)).await.refused(422, "standards_too_many");
        // Those that are there can still be changed.
        li.put(&format!("/api/v1/standards/{last}"), json!({ "spec": ranked(2000) })).await.is(200);
    }
}
