//! `POST /sla/preview`: the engine as anybody may check it from outside.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{create, office, second_mall};
use crate::both;
use crate::support::{Client, Reply};

const ASK: &str = "/api/v1/sla/preview";

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| text.parse().expect("an instant"))
}

/// From Tuesday, ten o'clock, an hour of the office.
fn ask_with(fields: &Value) -> Value {
    let mut ask = json!({ "calendar": office(), "start": "2024-03-05T10:00:00+08:00", "target_seconds": 3600 });
    for (name, value) in fields.as_object().expect("fields") {
        ask[name] = value.clone();
    }
    ask.as_object_mut().expect("a question").retain(|_, value| !value.is_null());
    ask
}

/// Asks whether each worked case comes out as worked, and says how many there were.
async fn check_vectors(who: &Client) -> usize {
    let file: Value = serde_json::from_str(include_str!("../../data/sla_vectors.json")).expect("JSON");
    let vectors = file["vectors"].as_array().expect("cases");
    for vector in vectors {
        let name = &vector["name"];
        let calendar = &file["calendars"][vector["calendar"].as_str().expect("a name")];
        let mut ask = json!({ "calendar": calendar, "start": vector["start"] });
        match vector["kind"].as_str().expect("a kind") {
            "add" => ask["target_seconds"] = vector["secs"].clone(),
            "workdays" => ask["target_working_days"] = vector["n"].clone(),
            _ => {
                let events = vector["events"].as_array().expect("events").iter();
                let events = events.map(|e| json!({ "at": e["at"], "event": e["event"], "arg": e["arg"] }));
                (ask["target_seconds"], ask["events"]) = (vector["target"].clone(), events.collect());
            }
        }
        let reply = who.post(ASK, ask).await;
        let answer = &reply.is(200).json;
        if let Some(events) = vector["events"].as_array() {
            let rows = answer["events"].as_array().expect("rows");
            assert_eq!((rows.len(), &answer["segments"]), (events.len(), &Value::Null), "{name}");
            for (row, event) in rows.iter().zip(events) {
                let got = (&row["used_seconds"], &row["state"], instant(&row["due_at"]), instant(&row["breached_at"]));
                let worked = (&event["used"], &event["state"], instant(&event["due"]), instant(&event["breached_at"]));
                assert_eq!(got, worked, "{name} {}", event["at"]);
                assert_eq!((instant(&row["at"]), &row["event"]), (instant(&event["at"]), &event["event"]), "{name}");
                assert_eq!(row["changed"], true, "{name} {}", event["at"]);
            }
        } else {
            assert_eq!(instant(&answer["due_at"]), instant(&vector["due"]), "{name}");
            check_segments(answer, vector);
        }
    }
    vectors.len()
}

/// They lie end to end from the start to the deadline, and what counts of them adds up to the target.
fn check_segments(answer: &Value, vector: &Value) {
    let segments = answer["segments"].as_array().expect("segments");
    let (mut at, mut counted) = (instant(&vector["start"]).expect("a start"), 0);
    for segment in segments {
        let (from, to) = (instant(&segment["from"]).expect("a start"), instant(&segment["to"]).expect("an end"));
        assert!(from == at && to > from, "{}: a hole at {from}", vector["name"]);
        if ["open", "makeup", "override"].iter().any(|kind| segment["kind"] == *kind) {
            counted += to.duration_since(from).as_secs();
        }
        at = to;
    }
    assert_eq!(Some(at), instant(&answer["due_at"]), "{}", vector["name"]);
    assert_eq!(answer["target_seconds"], counted, "{}", vector["name"]);
}

fn rows(reply: &Reply) -> Value {
    reply.is(200).json["events"].clone()
}

both! {
    async fn what_would_take_long_is_refused(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let minute = json!([{ "open": "10:00", "close": "10:01" }]);
        let week: Value = ["mon", "tue", "wed"].iter().map(|day| ((*day).to_owned(), minute.clone())).collect::<serde_json::Map<_, _>>().into();
        let rare = json!({ "time_zone": "Asia/Shanghai", "weekly": week });
        let ask = ask_with(&json!({ "calendar": rare, "target_seconds": 500_000 }));
        lin.post(ASK, ask).await.refused_field("/target_seconds", "preview_too_long");
        let event = json!({ "at": "2024-03-05T11:00:00+08:00", "event": "calendar", "arg": office() });
        let ask = |count| ask_with(&json!({ "events": vec![event.clone(); count] }));
        lin.post(ASK, ask(10)).await.is(200);
        lin.post(ASK, ask(11)).await.refused_field("/events", "preview_calendars_too_many");
    }

    async fn every_worked_case_comes_out_as_worked(t: TestApp) {
        assert_eq!(check_vectors(&t.shopper("xiaolin").await).await, 24);
    }

    async fn a_new_calendar_counts_from_its_moment_on(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let mut longer = office();
        longer["weekly"]["tue"] = json!([{ "open": "09:00", "close": "20:00" }]);
        let events = json!([
            { "at": "2024-03-05T17:00:00+08:00", "event": "calendar", "arg": longer },
            { "at": "2024-03-05T18:30:00+08:00", "event": "target", "arg": 32_400 },
            { "at": "2024-03-05T18:40:00+08:00", "event": "resume" },
            { "at": "2024-03-05T19:00:00+08:00", "event": "cancel", "arg": null },
        ]);
        let reply = lin.post(ASK, ask_with(&json!({ "target_seconds": 9 * 3600, "events": events }))).await;
        assert_eq!(reply.is(200).json["due_at"], "2024-03-06T02:00:00.000Z", "as it was born");
        let rows = rows(&reply);
        let told = |i: usize| (rows[i]["used_seconds"].clone(), rows[i]["due_at"].clone(), rows[i]["changed"].clone());
        assert_eq!(told(0), (json!(7 * 3600), json!("2024-03-05T11:00:00.000Z"), json!(true)));
        let same = (json!(30_600), json!("2024-03-05T11:00:00.000Z"), json!(false));
        assert_eq!(told(1), same, "the same target is none");
        assert_eq!(rows[2]["changed"], false, "what does not wait cannot go on");
        assert_eq!((told(3), &rows[3]["state"]), ((json!(9 * 3600), Value::Null, json!(true)), &json!("cancelled")));
        // Nine to six on Tuesday were nine hours in the old calendar, all of them used before the clock ended.
        assert_eq!(rows[3]["breached_at"], Value::Null);
    }

    async fn events_are_taken_in_the_order_in_which_they_happen(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let at = |time: &str, event: &str, arg: Value| {
            json!({ "at": format!("2024-03-05T{time}:00+08:00"), "event": event, "arg": arg })
        };
        let events = vec![
            at("10:30", "pause", json!("parts")),
            at("10:40", "pause", json!("weather")),
            at("11:00", "resume", json!("parts")),
            at("11:30", "resume", Value::Null),
            at("11:45", "stop", Value::Null),
            at("12:00", "reopen", Value::Null),
            at("13:00", "stop", Value::Null),
        ];
        let straight = rows(&lin.post(ASK, ask_with(&json!({ "events": events }))).await);
        let states = (&straight[2]["state"], &straight[3]["state"]);
        assert_eq!(states, (&json!("paused"), &json!("running")), "both reasons have to end");
        assert_eq!(straight[6]["breached_at"], "2024-03-05T04:15:00.000Z");
        for order in [[6, 5, 4, 3, 2, 1, 0], [3, 0, 6, 2, 5, 1, 4], [1, 2, 3, 4, 5, 6, 0]] {
            let shuffled: Vec<&Value> = order.iter().map(|i| &events[*i]).collect();
            let answer = rows(&lin.post(ASK, ask_with(&json!({ "events": shuffled }))).await);
            assert_eq!(answer, straight, "{order:?}");
        }
    }

    async fn a_question_that_cannot_be_answered_is_refused_where_it_is_wrong(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let id = "0198c0de-0000-7000-8000-000000000001";
        let event = |event: &str, arg: Value| {
            json!({ "events": [{ "at": "2024-03-05T10:10:00+08:00", "event": "stop" },
                { "at": "2024-03-05T10:30:00+08:00", "event": event, "arg": arg }] })
        };
        let mut night = office();
        night["weekly"]["sat"] = json!([{ "open": "22:00", "close": "06:00" }]);
        let mut noted = office();
        noted["weekly"]["mon"][0]["note"] = json!("x");
        let in_arg = "/events/1/arg";
        let days = |days: i64| json!({ "target_seconds": null, "target_working_days": days });
        let cases = [
            (json!({ "calendar": null }), "/calendar", "calendar_needed_once"),
            (json!({ "calendar_id": id }), "/calendar", "calendar_needed_once"),
            (json!({ "target_seconds": null }), "/target_seconds", "target_needed_once"),
            (json!({ "target_working_days": 1 }), "/target_seconds", "target_needed_once"),
            (json!({ "target_seconds": 0 }), "/target_seconds", "target_out_of_range"),
            (json!({ "target_seconds": -60 }), "/target_seconds", "target_out_of_range"),
            (json!({ "target_seconds": 3_155_760_000_u32 }), "/target_seconds", "target_out_of_range"),
            (json!({ "target_seconds": "3600" }), "/target_seconds", "value_malformed"),
            (days(0), "/target_working_days", "target_out_of_range"),
            (days(36_500), "/target_working_days", "target_out_of_range"),
            (json!({ "start": "2024-03-05" }), "/start", "instant_malformed"),
            (json!({ "start": null }), "/start", "field_missing"),
            (json!({ "calendar": night }), "/calendar/weekly/sat/0", "interval_reversed"),
            (json!({ "calendar": noted }), "/calendar/weekly/mon/0/note", "field_unknown"),
            (json!({ "calendar": { "time_zone": "UTC" } }), "/calendar/weekly", "never_open"),
            (json!({ "zone": "UTC" }), "/zone", "field_unknown"),
            (event("snooze", Value::Null), "/events/1/event", "value_unknown"),
            (event("pause", json!(5)), in_arg, "value_malformed"),
            (event("resume", json!(["parts"])), in_arg, "value_malformed"),
            (event("stop", json!("now")), in_arg, "value_malformed"),
            (event("reopen", json!(true)), in_arg, "value_malformed"),
            (event("target", json!("3600")), in_arg, "value_malformed"),
            (event("target", Value::Null), in_arg, "value_malformed"),
            (event("target", json!(0)), in_arg, "target_out_of_range"),
            (event("target", json!(3_155_760_000_u32)), in_arg, "target_out_of_range"),
            (event("calendar", json!("office")), in_arg, "value_malformed"),
            (event("calendar", json!({})), "/events/1/arg/time_zone", "field_missing"),
            (event("calendar", night.clone()), "/events/1/arg/weekly/sat/0", "interval_reversed"),
            (event("calendar", noted.clone()), "/events/1/arg/weekly/mon/0/note", "field_unknown"),
            (event("calendar", json!({ "time_zone": "UTC" })), "/events/1/arg/weekly", "never_open"),
        ];
        for (fields, pointer, code) in cases {
            lin.post(ASK, ask_with(&fields)).await.refused_field(pointer, code);
        }
        let an_hour = json!([{ "open": "09:00", "close": "10:00" }]);
        let only_once = json!({ "time_zone": "UTC", "overrides": { "2024-03-06": an_hour } });
        let never = lin.post(ASK, ask_with(&json!({ "calendar": only_once, "target_seconds": 3601 }))).await;
        never.refused_field("/calendar", "calendar_never_opens");
        t.anyone().post(ASK, ask_with(&json!({}))).await.refused(401, "token_missing");
    }

    async fn a_thousand_events_are_enough(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let events = |count: usize| -> Value {
            (0..count)
                .map(|i| {
                    let event = if i % 2 == 0 { "pause" } else { "resume" };
                    json!({ "at": format!("2024-03-05T{:02}:{:02}:00Z", 2 + i / 60, i % 60), "event": event })
                })
                .collect()
        };
        // The office closes at ten o'clock of UTC: what happens after that uses nothing.
        let fits = lin.post(ASK, ask_with(&json!({ "events": events(1000) }))).await;
        assert_eq!(rows(&fits).as_array().map(Vec::len), Some(1000));
        let beyond = lin.post(ASK, ask_with(&json!({ "events": events(1001) }))).await;
        beyond.refused_field("/events", "length_out_of_range");
    }

    async fn a_stored_calendar_is_for_those_who_work_there(t: TestApp) {
        let (li, mei, lin) = (t.staff("li").await, t.staff("mei").await, t.shopper("xiaolin").await);
        let id = create(&li, "calendars", &t.site().await, "办公室", &office()).await.id();
        let ask = ask_with(&json!({ "calendar": null, "calendar_id": id, "target_seconds": 9 * 3600 }));
        let reply = mei.post(ASK, ask.clone()).await;
        assert_eq!(reply.is(200).json["due_at"], "2024-03-06T02:00:00.000Z");
        assert_eq!(reply.json["provisional"], false);
        let (_, sun) = second_mall(&t).await;
        for stranger in [&lin, &sun] {
            stranger.post(ASK, ask.clone()).await.refused(404, "calendar_not_found");
        }
    }
}
