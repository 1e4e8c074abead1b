//! Which standard and which calendar count for a ticket, and from when on.

use serde_json::{Value, json};
use yijian::sites::import::{self, MallFile};

use super::{all, change_repairs, clock, clocks, create, jobs, named, office, second_mall, sound};
use crate::both;
use crate::support::{Client, People, TestApp, path};

/// What 小林 reports about the lamp.
async fn file(t: &TestApp) -> crate::support::Reply {
    let lin = t.shopper("xiaolin").await;
    lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await
}

/// What `yijian site import` does, in a process of its own: this one notices within seconds, or when it is told.
async fn import_mall(t: &TestApp, mall: &Value) {
    let mall: MallFile = serde_json::from_value(mall.clone()).expect("a mall file");
    t.app.write(move |tx| import::import(tx, &mall).map(drop)).await.expect("imported");
    t.app.standards.forget_current();
}

/// When a clock of a ticket falls due.
async fn due(who: &Client, ticket: &str, kind: &str) -> Value {
    clock(who, ticket, kind).await["due_at"].clone()
}

both! {
    async fn no_ticket_without_a_promise_unless_nothing_is_promised_on_purpose(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        for standard in all(&li, "standards", &site).await {
            let id = standard["id"].as_str().expect("an id");
            let body = json!({ "spec": standard["spec"], "retired": true });
            li.put(&format!("/api/v1/standards/{id}"), body).await.is(200);
        }
        file(&t).await.refused(422, "standard_missing");
        let mei = t.staff("mei").await;
        assert_eq!(mei.get("/api/v1/tickets").await.json["items"], json!([]), "nothing was kept");
        assert_eq!(mei.get("/api/v1/notices").await.json["items"], json!([]), "nobody was told");

        let nothing = json!({ "rank": 1, "no_standard": true });
        create(&li, "standards", &site, "不设标准", &nothing).await.is(201);
        let filed = file(&t).await;
        assert_eq!(filed.is(201).json["due_at"], Value::Null);
        let ticket = path(&filed);
        assert_eq!(clocks(&mei, &ticket).await, json!([]));
        // It lives like any other, also through what would start, stop and pause clocks.
        let p = People::sign_in(&t).await;
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        p.wang.act(&format!("{ticket}/start")).await.is(200);
        p.wang.post(&format!("{ticket}/pause"), json!({ "reason": "weather" })).await.is(200);
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await.is(200);
        assert_eq!(clocks(&p.mei, &ticket).await, json!([]));
    }

    async fn an_edit_counts_for_what_comes_in_from_then_on(t: TestApp) {
        let li = t.staff("li").await;
        let old = path(&file(&t).await);
        let before = clocks(&li, &old).await;
        assert_eq!(due(&li, &old, "first_response").await, "2026-11-22T04:00:00.000Z");
        change_repairs(&t, |spec| spec["promises"][1]["seconds"] = json!(1800)).await;
        jobs(&t).await;
        let new = path(&file(&t).await);
        let clock = clock(&li, &new, "first_response").await;
        let told = (&clock["target_seconds"], &clock["standard"]["version"], &clock["due_at"]);
        assert_eq!(told, (&json!(1800), &json!(2), &json!("2026-11-22T02:30:00.000Z")));
        assert_eq!(clocks(&li, &old).await, before, "an open ticket keeps what it was promised");
        assert_eq!(before[0]["standard"]["version"], 1);
        // Also for clocks that are started later: they are of the version that the ticket has.
        change_repairs(&t, |spec| spec["promises"][5]["seconds"] = json!(60)).await;
        let p = People::sign_in(&t).await;
        for (ticket, target, version) in [(&old, 3600, 1), (&new, 3600, 2), (&path(&file(&t).await), 60, 3)] {
            p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.engineering })).await.is(200);
            let accept = super::clock(&li, ticket, "dept_accept").await;
            assert_eq!((&accept["target_seconds"], &accept["standard"]["version"]), (&json!(target), &json!(version)));
        }
        sound(&t).await;
    }

    async fn the_highest_rank_that_matches_counts(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let catalogue = li.get(&format!("/api/v1/catalogue?site_id={site}")).await;
        let items = catalogue.json["items"].as_array().expect("categories").clone();
        let lighting = items.iter().find(|c| c["code"] == "lighting").expect("a category")["id"].clone();
        let of = |rank: i64, seconds: i64, more: Value| {
            let promise = json!({ "clock": "first_response", "seconds": seconds, "calendar": "wall_clock" });
            let mut spec = json!({ "rank": rank, "kinds": ["repair"], "promises": [promise] });
            spec.as_object_mut().expect("a standard").extend(more.as_object().expect("fields").clone());
            spec
        };
        create(&li, "standards", &site, "商户报修", &of(900, 60, json!({ "requester_roles": ["merchant"] }))).await.is(201);
        create(&li, "standards", &site, "照明", &of(800, 120, json!({ "category_ids": [lighting] }))).await.is(201);
        create(&li, "standards", &site, "报修二", &of(299, 180, json!({}))).await.is(201);
        let target = async |ticket: String| clock(&li, &ticket, "first_response").await["target_seconds"].clone();
        assert_eq!(target(path(&file(&t).await)).await, 120, "of the category, or what lies above it");
        let below = items.iter().find(|c| c["code"] == "lighting-flicker").expect("a category")["id"].clone();
        let lin = t.shopper("xiaolin").await;
        let body = json!({ "scene": t.scenes().lamp, "description": "忽明忽暗", "category_id": below });
        assert_eq!(target(path(&lin.post("/api/v1/repairs", body).await)).await, 120);
        let other = lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lift, "description": "异响" })).await;
        assert_eq!(target(path(&other)).await, 7200, "no merchant, no lamp: the shipped one, not the lowest");
    }

    async fn new_opening_hours_move_the_calendar_and_open_deadlines(t: TestApp) {
        let (li, site) = (t.staff("li").await, t.site().await);
        let calendar = named(&li, "calendars", &site, "营业时间").await["id"].as_str().expect("an id").to_owned();
        let path_of = format!("/api/v1/calendars/{calendar}");
        let mut spec = li.get(&path_of).await.json["spec"].clone();
        spec["holidays"] = json!(["2027-01-01"]);
        li.put(&path_of, json!({ "spec": spec })).await.is(200);
        let ticket = path(&file(&t).await);
        assert_eq!(due(&li, &ticket, "first_response").await, "2026-11-22T04:00:00.000Z");

        let mut mall: Value = serde_json::from_str(include_str!("../../../src/demo/mall.json")).expect("JSON");
        (mall["opens"], mall["closes"]) = (json!("11:00"), json!("01:00"));
        import_mall(&t, &mall).await;
        let moved = li.get(&path_of).await;
        assert_eq!(moved.is(200).json["spec"]["weekly"]["sun"], json!([{ "open": "11:00", "close": "25:00" }]));
        assert_eq!((&moved.json["version"], &moved.json["spec"]["holidays"]), (&json!(3), &json!(["2027-01-01"])));
        jobs(&t).await;
        // Opening an hour later gives an hour more, to old and new alike; the wall clock minds no hours.
        for ticket in [ticket, path(&file(&t).await)] {
            assert_eq!(due(&li, &ticket, "first_response").await, "2026-11-22T05:00:00.000Z");
            assert_eq!(due(&li, &ticket, "resolution").await, "2026-11-23T02:00:00.000Z");
        }
        mall["name"] = json!("星河");
        import_mall(&t, &mall).await;
        assert_eq!(li.get(&path_of).await.json["version"], 3, "the same hours are no new version");
        sound(&t).await;
    }

    async fn a_departments_clocks_run_on_its_own_calendar(t: TestApp) {
        let p = People::sign_in(&t).await;
        let site = t.site().await;
        let office_id = create(&p.li, "calendars", &site, "办公室", &office()).await.id();
        let (second, sun) = second_mall(&t).await;
        let foreign = create(&sun, "calendars", &second, "办公室", &office()).await.id();
        let department = format!("/api/v1/departments/{}", p.engineering);
        let body = |calendar: &str| json!({ "calendar_id": calendar, "lead_id": null });
        p.li.put(&department, body(&foreign)).await.refused(404, "calendar_not_found");
        sun.put(&department, body(&foreign)).await.is(404);
        p.li.put(&department, body(&office_id)).await.is(200);
        let give = async |ticket: &str, department: &str| {
            p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": department })).await.is(200);
        };
        let (with_office, without) = (p.file(&t).await, p.file(&t).await);
        give(&with_office, &p.engineering).await;
        give(&without, &p.cleaning).await;
        // It is Sunday, ten o'clock: the mall is open, the office is not.
        assert_eq!(due(&p.li, &with_office, "dept_accept").await, "2026-11-23T02:00:00.000Z");
        assert_eq!(due(&p.li, &without, "dept_accept").await, "2026-11-22T03:00:00.000Z");
        let of_office = clock(&p.li, &with_office, "dept_accept").await;
        assert_eq!(of_office["calendar"]["id"], json!(office_id));
        assert_eq!(of_office["department_id"], json!(p.engineering));
        assert_eq!(due(&p.li, &with_office, "first_response").await, "2026-11-22T04:00:00.000Z", "not the requester's");
        // Without it the department keeps the mall's hours again, for what it is given from then on.
        p.li.put(&department, json!({ "calendar_id": null, "lead_id": null })).await.is(200);
        let later = p.file(&t).await;
        give(&later, &p.engineering).await;
        assert_eq!(due(&p.li, &later, "dept_accept").await, "2026-11-22T03:00:00.000Z");
        assert_eq!(due(&p.li, &with_office, "dept_accept").await, "2026-11-23T02:00:00.000Z");
        sound(&t).await;
    }
}
