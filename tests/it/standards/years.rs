//! The holidays of a year: the official list or one's own, and the deadlines that become final with it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{clock, create, jobs, named, office, repairs, sound};
use crate::both;
use crate::support::{Client, path};

fn hours() -> Value {
    json!([{ "open": "09:00", "close": "18:00" }])
}

/// When an hour that begins at this instant is used up.
async fn an_hour_later(who: &Client, calendar: &str, start: &str) -> Value {
    let ask = json!({ "calendar_id": calendar, "start": start, "target_seconds": 3600 });
    who.post("/api/v1/sla/preview", ask).await.is(200).json["due_at"].clone()
}

both! {
    async fn the_official_list_comes_with_the_program(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let office = create(&li, "calendars", &site, "办公室", &office()).await.id();
        let import = format!("/api/v1/calendars/{office}/years/2026");
        // The Friday before the Spring Festival, half past five: the next hour ends on the make-up Saturday.
        let friday = "2026-02-13T17:30:00+08:00";
        assert_eq!(an_hour_later(&li, &office, friday).await, "2026-02-16T01:30:00.000Z");
        let imported = li.post(&import, json!({ "makeup_hours": hours() })).await;
        let spec = &imported.is(200).json["spec"];
        assert_eq!((&imported.json["version"], &spec["valid_through"]), (&json!(2), &json!("2026-12-31")));
        assert_eq!(spec["holidays"].as_array().map(Vec::len), Some(33));
        assert_eq!(spec["makeup_days"].as_object().map(serde_json::Map::len), Some(6));
        assert_eq!(spec["makeup_days"]["2026-02-14"], hours());
        assert_eq!(an_hour_later(&li, &office, friday).await, "2026-02-14T01:30:00.000Z");
        let stale = li.request(Method::POST, &import).header("If-Match", "\"1\"");
        li.send(stale.json(&json!({ "makeup_hours": hours() }))).await.refused(412, "version_stale");
        // Once more is once more a version, with the same days.
        assert_eq!(li.post(&import, json!({ "makeup_hours": hours() })).await.is(200).json["spec"], *spec);
    }

    async fn a_list_of_ones_own_replaces_that_year_only(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let mut spec = office();
        (spec["holidays"], spec["overrides"]) = (json!(["2026-10-01", "2027-05-01"]), json!({ "2027-01-01": hours() }));
        let office = create(&li, "calendars", &site, "办公室", &spec).await.id();
        let own = json!({
            "holidays": ["2027-01-01", "2027-02-05"], "makeup_days": ["2027-01-10"], "makeup_hours": hours(),
        });
        let imported = li.post(&format!("/api/v1/calendars/{office}/years/2027"), own).await;
        let spec = &imported.is(200).json["spec"];
        assert_eq!(spec["holidays"], json!(["2026-10-01", "2027-01-01", "2027-02-05"]));
        assert_eq!(spec["makeup_days"], json!({ "2027-01-10": hours() }));
        assert_eq!(spec["valid_through"], "2027-12-31");
        assert_eq!(spec["overrides"], json!({ "2027-01-01": hours() }), "what the site decided for itself stays");
        // Other make-up days alone leave the official holidays.
        let own = json!({ "makeup_days": ["2026-03-07"], "makeup_hours": hours() });
        let imported = li.post(&format!("/api/v1/calendars/{office}/years/2026"), own).await;
        assert_eq!(imported.is(200).json["spec"]["makeup_days"], json!({ "2026-03-07": hours(), "2027-01-10": hours() }));
        assert_eq!(imported.json["spec"]["holidays"].as_array().map(Vec::len), Some(33 + 2));
    }

    /// Nobody knows of a year what they do not know of the one before.
    async fn a_year_counts_once_the_year_before_it_is_known(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let mut spec = office();
        spec["valid_through"] = json!("2026-12-31");
        let office = create(&li, "calendars", &site, "办公室", &spec).await.id();
        let known_through = async |year: i32| {
            let body = json!({ "holidays": [format!("{year}-01-01")], "makeup_hours": [] });
            let imported = li.post(&format!("/api/v1/calendars/{office}/years/{year}"), body).await;
            imported.is(200).json["spec"]["valid_through"].clone()
        };
        assert_eq!(known_through(2028).await, "2026-12-31");
        let ask = json!({ "calendar_id": office, "start": "2026-12-31T17:30:00+08:00", "target_seconds": 3600 });
        let due = li.post("/api/v1/sla/preview", ask).await;
        assert_eq!((&due.is(200).json["due_at"], &due.json["provisional"]), (&json!("2027-01-01T01:30:00.000Z"), &json!(true)));
        assert_eq!(known_through(2027).await, "2027-12-31");
        assert_eq!(known_through(2028).await, "2028-12-31");
    }

    async fn a_list_that_cannot_be_used_is_refused_where_it_is_wrong(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let made = create(&li, "calendars", &site, "办公室", &office()).await;
        let path = format!("/api/v1/calendars/{}", made.id());
        let refused = |year: &'static str, body: Value| {
            let (li, path) = (li.clone(), format!("{path}/years/{year}"));
            async move { li.post(&path, body).await }
        };
        let unknown = refused("2027", json!({ "makeup_hours": hours() })).await;
        unknown.refused_field("/holidays", "year_not_shipped");
        let unknown = refused("2027", json!({ "makeup_days": ["2027-02-14"], "makeup_hours": hours() })).await;
        unknown.refused_field("/holidays", "year_not_shipped");
        for year in ["1969", "2201", "next"] {
            refused(year, json!({ "makeup_hours": hours() })).await.refused(404, "not_found");
        }
        let working = |open: &str| json!({ "makeup_hours": [{ "open": open, "close": "18:00" }] });
        let off = |dates: &[&str]| json!({ "holidays": dates, "makeup_hours": [] });
        let mut no_makeup_day = working("9");
        no_makeup_day["holidays"] = json!([]);
        let cases = [
            (json!({ "makeup_hours": [] }), "/makeup_hours", "makeup_day_without_hours"),
            (working("25:00"), "/makeup_hours/0/open", "opening_out_of_range"),
            (working("19:00"), "/makeup_hours/0", "interval_reversed"),
            // Nothing works longer in that list, but a wrong row is never dropped.
            (no_makeup_day, "/makeup_hours/0/open", "time_malformed"),
            (off(&["2026-01-01", "2027-01-01"]), "/holidays/1", "date_of_other_year"),
            (off(&["2026-02-30"]), "/holidays/0", "date_nonexistent"),
            (json!({ "holidays": [], "makeup_days": ["20260214"], "makeup_hours": hours() }), "/makeup_days/0",
                "date_malformed"),
            (json!({ "holidays": ["2026-02-16"], "makeup_days": ["2026-02-14", "2026-02-16"], "makeup_hours": hours() }),
                "/makeup_days/1", "date_in_both_lists"),
            (off(&["2026-01-01"; 367]), "/holidays", "length_out_of_range"),
            (json!({ "holidays": [] }), "/makeup_hours", "field_missing"),
            (json!({ "days": [], "makeup_hours": [] }), "/days", "field_unknown"),
        ];
        for (body, pointer, code) in cases {
            refused("2026", body).await.refused_field(pointer, code);
        }
        assert_eq!(li.get(&path).await.json, made.json, "something was written after all");
    }

    /// What is past the last known holidays is provisional, and moves when they are known: in open seconds by what is
    /// left, in working days to the end of the same working day.
    async fn deadlines_past_the_known_holidays_become_final_with_the_next_list(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let office = create(&li, "calendars", &site, "办公室", &office()).await.id();
        let years = format!("/api/v1/calendars/{office}/years");
        li.post(&format!("{years}/2026"), json!({ "makeup_hours": hours() })).await.is(200);
        let promises = json!([
            { "clock": "first_response", "seconds": 30 * 9 * 3600, "calendar": office },
            { "clock": "resolution", "working_days": 35, "calendar": office },
        ]);
        create(&li, "standards", &site, "办公", &repairs(&promises)).await.is(201);
        let lin = t.shopper("xiaolin").await;
        let filed = lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await;
        let ticket = path(&filed);
        let due = async |li: Client| {
            let (first, last) = (clock(&li, &ticket, "first_response").await, clock(&li, &ticket, "resolution").await);
            let told = |clock: &Value| {
                (clock["due_at"].clone(), clock["provisional"].clone(), clock["calendar"]["version"].clone())
            };
            (told(&first), told(&last), li.get(&ticket).await.json["due_at"].clone())
        };
        // Of the working days after this Sunday the 30th is 1 January, and the 35th Friday, 8 January.
        let (new_year, friday) = (json!("2027-01-01T10:00:00.000Z"), json!("2027-01-08T10:00:00.000Z"));
        let before = ((new_year.clone(), json!(true), json!(2)), (friday, json!(true), json!(2)), new_year);
        assert_eq!(due(li.clone()).await, before);

        // New Year is off, and a Sunday works the morning instead: the 35th working day ends there at noon.
        let own = json!({
            "holidays": ["2027-01-01", "2027-01-02", "2027-01-03"], "makeup_days": ["2027-01-10"],
            "makeup_hours": [{ "open": "09:00", "close": "12:00" }],
        });
        li.post(&format!("{years}/2027"), own).await.is(200);
        assert_eq!(due(li.clone()).await, before, "a job does it, not the request");
        jobs(&t).await;
        let (monday, noon) = (json!("2027-01-04T10:00:00.000Z"), json!("2027-01-10T04:00:00.000Z"));
        let after = ((monday.clone(), json!(false), json!(3)), (noon, json!(false), json!(3)), monday);
        assert_eq!(due(li.clone()).await, after);
        sound(&t).await;
    }

    async fn a_mall_is_open_on_holidays_unless_its_calendar_says_otherwise(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let mall = named(&li, "calendars", &site, "营业时间").await["id"].as_str().expect("an id").to_owned();
        let new_years_eve = "2026-02-16T00:00:00+08:00";
        assert_eq!(an_hour_later(&li, &mall, new_years_eve).await, "2026-02-16T03:00:00.000Z");
        let shorter = json!([{ "open": "10:00", "close": "22:00" }]);
        li.post(&format!("/api/v1/calendars/{mall}/years/2026"), json!({ "makeup_hours": shorter })).await.is(200);
        assert_eq!(an_hour_later(&li, &mall, new_years_eve).await, "2026-02-24T03:00:00.000Z");
    }
}
