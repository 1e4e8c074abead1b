//! `POST /standards/{id}/what_if`: what a changed standard or calendar would have made of the past.

use serde_json::{Value, json};

use super::{change_repairs, clocks, create, jobs, minutes, named, second_mall, sound};
use crate::both;
use crate::support::{Client, Reply, TestApp, path};

/// Three repairs of ten o'clock: R000001 was answered after half an hour, R000002 after an hour and a half, and
/// R000003 not at all, three hours later. Two hours were promised. Answers with their paths.
async fn three(t: &TestApp) -> [String; 3] {
    let lin = t.shopper("xiaolin").await;
    let file =
        async || path(&lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await);
    let tickets = [file().await, file().await, file().await];
    for (ticket, pass) in [(&tickets[0], 30), (&tickets[1], 60)] {
        minutes(t, pass).await;
        t.staff("mei").await.act(&format!("{ticket}/accept")).await.is(200);
    }
    minutes(t, 90).await;
    tickets
}

/// The standard for repairs with another first response.
fn within(standard: &Value, seconds: i64) -> Value {
    let mut spec = standard["spec"].clone();
    spec["promises"][1]["seconds"] = json!(seconds);
    spec
}

/// Which tickets' clocks are in a list of shifts.
fn shifted(reply: &Reply, list: &str) -> Vec<(String, String, String, String)> {
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let shifts = reply.is(200).json[list].as_array().expect("shifts").iter();
    let told = shifts.map(|shift| {
        (word(&shift["number"]), word(&shift["ticket_id"]), word(&shift["clock"]), word(&shift["breached_at"]))
    });
    told.collect()
}

fn shift(number: &str, ticket: &str, at: &str) -> (String, String, String, String) {
    let id = ticket.rsplit('/').next().expect("an id");
    (number.to_owned(), id.to_owned(), "first_response".to_owned(), at.to_owned())
}

/// The day of the story.
fn period() -> (Value, Value) {
    (json!("2026-11-22T00:00:00+08:00"), json!("2026-11-23T00:00:00+08:00"))
}

async fn try_it(li: &Client, standard: &Value, more: Value) -> Reply {
    let (from, to) = period();
    let mut body = json!({ "from": from, "to": to });
    body.as_object_mut().expect("a body").extend(more.as_object().expect("fields").clone());
    li.post(&format!("/api/v1/standards/{}/what_if", standard["id"].as_str().expect("an id")), body).await
}

both! {
    async fn a_stricter_standard_gains_breaches_and_a_milder_one_loses_them(t: TestApp) {
        let [_, second, third] = three(&t).await;
        let li = t.staff("li").await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let counts = |reply: &Reply| {
            let names = ["tickets", "clocks", "breaches_before", "breaches_after"];
            names.map(|name| reply.json[name].as_u64().expect("a count"))
        };
        let same = try_it(&li, &standard, json!({ "standard": standard["spec"] })).await;
        assert_eq!((shifted(&same, "gained"), shifted(&same, "lost")), (vec![], vec![]));
        assert_eq!(counts(&same), [3, 6, 1, 1]);
        let stricter = try_it(&li, &standard, json!({ "standard": within(&standard, 3600) })).await;
        assert_eq!(shifted(&stricter, "gained"), [shift("R000002", &second, "2026-11-22T03:00:00.000Z")]);
        assert_eq!((shifted(&stricter, "lost"), counts(&stricter)), (vec![], [3, 6, 1, 2]));
        let milder = try_it(&li, &standard, json!({ "standard": within(&standard, 4 * 3600) })).await;
        assert_eq!(shifted(&milder, "lost"), [shift("R000003", &third, "2026-11-22T04:00:00.000Z")]);
        assert_eq!((shifted(&milder, "gained"), counts(&milder)), (vec![], [3, 6, 1, 0]));
        let nothing = json!({ "rank": 300, "kinds": ["repair"], "no_standard": true });
        let none = try_it(&li, &standard, json!({ "standard": nothing })).await;
        assert_eq!(counts(&none), [3, 6, 1, 0], "what promises nothing breaks nothing");
    }

    async fn what_nothing_measured_can_be_promised_on_trial(t: TestApp) {
        change_repairs(&t, |spec| spec["promises"] = json!([spec["promises"][1]])).await;
        let [first, second, third] = three(&t).await;
        t.staff("mei").await.post(&format!("{first}/assign"), json!({ "department_id": t.department("engineering").await }))
            .await.is(200);
        t.staff("mei").await.post(&format!("{second}/resolve"), json!({ "result": "好了" })).await.is(200);
        minutes(&t, 60).await;
        let li = t.staff("li").await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let mut spec = standard["spec"].clone();
        let promise = |clock: &str, seconds: i64| json!({ "clock": clock, "seconds": seconds, "calendar": "wall_clock" });
        spec["promises"].as_array_mut().expect("promises").extend([promise("resolution", 3 * 3600), promise("dept_accept", 1800)]);
        let tried = try_it(&li, &standard, json!({ "standard": spec })).await;
        assert_eq!((&tried.is(200).json["tickets"], &tried.json["clocks"]), (&json!(3), &json!(3 + 3 + 1)));
        let late = |number: &str, ticket: &str, clock: &str, at: &str| {
            let (number, id, _, at) = shift(number, ticket, at);
            (number, id, clock.to_owned(), at)
        };
        // The second was done on time; the department has had the first for an hour.
        assert_eq!(shifted(&tried, "gained"), [
            late("R000001", &first, "resolution", "2026-11-22T05:00:00.000Z"),
            late("R000001", &first, "dept_accept", "2026-11-22T05:30:00.000Z"),
            late("R000003", &third, "resolution", "2026-11-22T05:00:00.000Z"),
        ]);
    }

    async fn waits_that_would_not_have_been_allowed_count(t: TestApp) {
        let wang = t.staff("wang").await;
        let lin = t.shopper("xiaolin").await;
        let ticket = path(&lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await);
        let wish = json!({ "assignee_id": t.staff_id("wang").await });
        t.staff("mei").await.post(&format!("{ticket}/assign"), wish).await.is(200);
        wang.act(&format!("{ticket}/start")).await.is(200);
        wang.post(&format!("{ticket}/pause"), json!({ "reason": "weather" })).await.is(200);
        minutes(&t, 300).await;
        let li = t.staff("li").await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        // Three hours, of which nothing is used, one is used after a wait of four, or five are.
        let gained = async |pauses: Value| {
            let mut spec = standard["spec"].clone();
            spec["promises"] = json!([{ "clock": "resolution", "seconds": 7200, "calendar": "wall_clock" }]);
            spec["pauses"] = pauses;
            shifted(&try_it(&li, &standard, json!({ "standard": spec })).await, "gained")
        };
        let may_wait = |reason: &str, hours: i64| json!([{
            "reason": reason, "longest_seconds": hours * 3600, "most": 1, "evidence": "none"
        }]);
        assert_eq!(gained(may_wait("weather", 72)).await, vec![]);
        assert_eq!(gained(may_wait("weather", 4)).await, vec![]);
        let late = |at: &str| {
            let (number, id, _, at) = shift("R000001", &ticket, at);
            vec![(number, id, "resolution".to_owned(), at)]
        };
        assert_eq!(gained(may_wait("weather", 2)).await, late("2026-11-22T06:00:00.000Z"));
        assert_eq!(gained(may_wait("waiting_parts", 72)).await, late("2026-11-22T04:00:00.000Z"));
    }

    async fn what_a_standard_would_match_is_tried_as_well(t: TestApp) {
        let [first, second, third] = three(&t).await;
        let (li, site) = (t.staff("li").await, t.site().await);
        let repairs = named(&li, "standards", &site, "报修").await;
        // It would no longer match any of them, and nothing else would.
        let mut narrow = repairs["spec"].clone();
        narrow["severities"] = json!(["major"]);
        let narrow = try_it(&li, &repairs, json!({ "standard": narrow })).await;
        assert_eq!(shifted(&narrow, "lost"), [shift("R000003", &third, "2026-11-22T04:00:00.000Z")]);
        // One that matched nothing would take them over.
        let other = create(&li, "standards", &site, "试用", &json!({
            "rank": 901, "kinds": ["inquiry"],
            "promises": [{ "clock": "first_response", "seconds": 60, "calendar": "wall_clock" }],
        })).await;
        let mut wide = other.is(201).json["spec"].clone();
        wide["kinds"] = json!(["repair"]);
        let wide = try_it(&li, &other.json, json!({ "standard": wide })).await;
        assert_eq!((&wide.is(200).json["tickets"], &wide.json["breaches_after"]), (&json!(3), &json!(3)));
        let at = "2026-11-22T02:01:00.000Z";
        assert_eq!(shifted(&wide, "gained"), [shift("R000001", &first, at), shift("R000002", &second, at)]);
    }

    async fn other_opening_hours_can_be_tried_too(t: TestApp) {
        let [.., third] = three(&t).await;
        let (li, site) = (t.staff("li").await, t.site().await);
        let standard = named(&li, "standards", &site, "报修").await;
        let calendar = named(&li, "calendars", &site, "营业时间").await;
        let opens = |time: &str| {
            let mut spec = calendar["spec"].clone();
            spec["weekly"]["sun"] = json!([{ "open": time, "close": "22:00" }]);
            json!({ "calendar_id": calendar["id"], "spec": spec })
        };
        // From eleven on, two hours last until one o'clock, which it is just now.
        let later = try_it(&li, &standard, json!({ "calendar": opens("11:00") })).await;
        assert_eq!(shifted(&later, "lost"), [shift("R000003", &third, "2026-11-22T04:00:00.000Z")]);
        let same = try_it(&li, &standard, json!({ "calendar": opens("10:00") })).await;
        assert_eq!((shifted(&same, "gained"), shifted(&same, "lost")), (vec![], vec![]));
        // Both at once: an hour from eleven on is over at noon, as two from ten on were.
        let both = json!({ "calendar": opens("11:00"), "standard": within(&standard, 3600) });
        let both = try_it(&li, &standard, both).await;
        assert_eq!((shifted(&both, "gained"), shifted(&both, "lost")), (vec![], vec![]));
    }

    async fn nothing_is_written(t: TestApp) {
        let tickets = three(&t).await;
        let (li, site) = (t.staff("li").await, t.site().await);
        let standard = named(&li, "standards", &site, "报修").await;
        let mut before = Vec::new();
        for ticket in &tickets {
            before.push((clocks(&li, ticket).await, li.get(ticket).await.json));
        }
        let notices = li.get("/api/v1/notices?limit=100").await.json;
        try_it(&li, &standard, json!({ "standard": within(&standard, 60) })).await.is(200);
        assert_eq!(jobs(&t).await, 0, "and nothing was asked of a job");
        for (ticket, before) in tickets.iter().zip(before) {
            assert_eq!((clocks(&li, ticket).await, li.get(ticket).await.json), before);
        }
        assert_eq!(li.get("/api/v1/notices?limit=100").await.json, notices);
        assert_eq!(named(&li, "standards", &site, "报修").await, standard);
        sound(&t).await;
    }

    async fn only_what_was_received_in_the_period_counts(t: TestApp) {
        three(&t).await;
        let li = t.staff("li").await;
        let standard = named(&li, "standards", &t.site().await, "报修").await;
        let stricter = within(&standard, 60);
        let count = async |from: &str, to: &str| {
            let body = json!({ "from": from, "to": to, "standard": stricter });
            try_it(&li, &standard, body).await.is(200).json["tickets"].clone()
        };
        assert_eq!(count("2026-11-22T02:00:00Z", "2026-11-22T02:00:01Z").await, 3, "the first moment is in it");
        assert_eq!(count("2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z").await, 0, "the last one is not");
        assert_eq!(count("2026-11-22T02:00:01Z", "2026-11-23T02:00:00Z").await, 0);
        assert_eq!(count("2026-08-22T03:00:00Z", "2026-11-22T03:00:00Z").await, 3, "92 days");
        for (from, to) in [
            ("2026-08-22T02:59:59Z", "2026-11-22T03:00:00Z"),
            ("2026-11-22T03:00:00Z", "2026-11-22T03:00:00Z"),
            ("2026-11-22T03:00:00Z", "2026-11-22T02:00:00Z"),
        ] {
            let body = json!({ "from": from, "to": to, "standard": stricter });
            try_it(&li, &standard, body).await.refused_field("/to", "period_out_of_range");
        }
        let others = named(&li, "standards", &t.site().await, "投诉").await;
        let none = try_it(&li, &others, json!({ "standard": others["spec"] })).await;
        assert_eq!(none.is(200).json["tickets"], 0, "and only those of this standard");
    }

    async fn what_could_not_be_written_cannot_be_tried(t: TestApp) {
        let (li, mei, site) = (t.staff("li").await, t.staff("mei").await, t.site().await);
        let standard = named(&li, "standards", &site, "报修").await;
        let calendar = named(&li, "calendars", &site, "营业时间").await;
        let nothing = "0198c0de-0000-7000-8000-000000000001";
        let spec = |at: &str, value: Value| {
            let mut spec = standard["spec"].clone();
            *spec.pointer_mut(at).expect("a place in the standard") = value;
            json!({ "standard": spec })
        };
        let hours = |spec: Value| json!({ "calendar": { "calendar_id": calendar["id"], "spec": spec } });
        let day = json!([{ "open": "09:00", "close": "18:00" }]);
        let cases = [
            (json!({}), "/standard", "what_if_needs_change"),
            (spec("/promises/1/seconds", json!(0)), "/standard/promises/1/seconds", "target_out_of_range"),
            (spec("/promises/1/calendar", json!(nothing)), "/standard/promises/1/calendar", "calendar_unknown"),
            (spec("/category_ids", json!([nothing])), "/standard/category_ids/0", "category_unknown"),
            (hours(json!({ "time_zone": "UTC" })), "/calendar/spec/weekly", "never_open"),
            (
                hours(json!({ "time_zone": "UTC", "overrides": { "2026-11-01": day } })),
                "/calendar/spec",
                "calendar_never_opens",
            ),
        ];
        for (body, pointer, code) in cases {
            try_it(&li, &standard, body).await.refused_field(pointer, code);
        }
        let unknown = json!({ "calendar": { "calendar_id": nothing, "spec": calendar["spec"] } });
        try_it(&li, &standard, unknown).await.refused(404, "calendar_not_found");
        let change = json!({ "standard": standard["spec"] });
        try_it(&mei, &standard, change.clone()).await.refused(403, "role_lead_needed");
        let (_, sun) = second_mall(&t).await;
        try_it(&sun, &standard, change).await.refused(404, "standard_not_found");
    }
}
