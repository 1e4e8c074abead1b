//! A department's part of a promise.

use serde_json::{Value, json};

use super::{act, at, at_work, clocks, department_works, file, has, newest, sign_in, standard, until};
use crate::both;
use crate::support::{People, TestApp};

/// A calendar of afternoons.
async fn afternoons(t: &TestApp) -> String {
    let day = json!([{ "open": "14:00", "close": "18:00" }]);
    let mut weekly = json!({});
    for name in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
        weekly[name] = day.clone();
    }
    let spec = json!({ "time_zone": "Asia/Shanghai", "weekly": weekly });
    let body = json!({ "site_id": t.site().await, "name": "保洁班", "spec": spec });
    sign_in(t, "li").await.post("/api/v1/calendars", body).await.is(201).id()
}

fn of_requester(clocks: &[Value]) -> Vec<&Value> {
    clocks.iter().filter(|clock| clock["department_id"].is_null()).collect()
}

both! {
    async fn case_24_what_a_department_is_newly_promised_starts_for_what_it_has(t: TestApp) {
        let p = People::sign_in(&t).await;
        let spec = |with_department: bool| {
            let mut promises = vec![json!({ "clock": "resolution", "seconds": 86_400, "calendar": "wall_clock" })];
            if with_department {
                promises.push(json!({ "clock": "dept_accept", "seconds": 1800, "calendar": "wall_clock" }));
                promises.push(json!({ "clock": "dept_resolve", "seconds": 7200, "calendar": "wall_clock" }));
            }
            json!({ "rank": 900, "kinds": ["repair"], "promises": promises })
        };
        let id = standard(&t, spec(false)).await;
        let (pooled, at_work, at_desk) = (p.pooled(&t, &p.engineering).await, at_work(&t).await, file(&t).await);
        let path = format!("/api/v1/standards/{id}");
        p.li.put(&path, json!({ "spec": spec(true) })).await.is(200);
        until(&t, "11-22 11:00").await;
        let li = sign_in(&t, "li").await;
        let ask = |dry_run: bool| json!({ "dry_run": dry_run, "reason": "部门也要守时" });
        let dry = li.post(&format!("{path}/reapply"), ask(true)).await;
        assert_eq!(dry.is(200).json["changes"].as_array().map(Vec::len), Some(3));
        li.post(&format!("{path}/reapply"), ask(false)).await.is(200);
        until(&t, "11-22 11:10").await;
        let kinds = async |ticket: &str| -> Vec<(Value, Value, Value)> {
            let all = clocks(&t, "mei", ticket).await;
            let of_departments = all.iter().filter(|clock| !clock["department_id"].is_null());
            of_departments.map(|clock| (clock["kind"].clone(), clock["state"].clone(), clock["due_at"].clone())).collect()
        };
        let running = |kind: &str, due: &str| (json!(kind), json!("running"), at(due));
        let accept = running("dept_accept", "11-22 11:40");
        assert_eq!(kinds(&pooled).await, [accept, running("dept_resolve", "11-22 13:10")]);
        assert_eq!(kinds(&at_work).await, [running("dept_resolve", "11-22 13:10")], "it was taken up before");
        assert_eq!(kinds(&at_desk).await, []);
    }

    async fn case_26_the_old_departments_clocks_stop_and_the_new_ones_start_on_its_own_calendar(t: TestApp) {
        let p = People::sign_in(&t).await;
        let calendar = afternoons(&t).await;
        department_works(&t, &p.cleaning, Some(&calendar), None).await;
        let ticket = p.pooled(&t, &p.engineering).await;
        let there = clocks(&t, "mei", &ticket).await;
        has(&newest(&there, "dept_accept"), &json!({
            "department_id": p.engineering, "started_at": at("11-22 10:00"), "due_at": at("11-22 11:00"),
        }));
        until(&t, "11-22 10:30").await;
        let before = clocks(&t, "mei", &ticket).await;
        let body = json!({ "reason": "先清理", "department_id": p.cleaning });
        act(&t, "wang", &ticket, "transfer", body).await.is(200);
        let after = clocks(&t, "mei", &ticket).await;
        assert_eq!(of_requester(&after), of_requester(&before), "what the requester was promised");
        assert_eq!(after.len(), before.len() + 2);
        for old in after.iter().filter(|clock| clock["department_id"] == p.engineering) {
            has(old, &json!({ "state": "stopped", "used_seconds": 1800, "verdict": "met", "due_at": null }));
        }
        let accept = newest(&after, "dept_accept");
        has(&accept, &json!({
            "department_id": p.cleaning, "started_at": at("11-22 10:30"), "used_seconds": 0, "state": "running",
            "due_at": at("11-22 15:00"), "calendar": { "id": calendar, "version": 1 },
        }));
        has(&newest(&after, "dept_resolve"), &json!({
            "department_id": p.cleaning, "started_at": at("11-22 10:30"), "due_at": at("11-23 10:30"), "calendar": null,
        }));
        until(&t, "11-22 14:20").await;
        assert_eq!(newest(&clocks(&t, "mei", &ticket).await, "dept_accept")["used_seconds"], 1200);
    }

    async fn case_26_back_at_the_desk_no_departments_clock_runs(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 12:30").await;
        let before = clocks(&t, "mei", &ticket).await;
        act(&t, "wang", &ticket, "return", json!({ "reason": "要请厂家" })).await.is(200);
        let after = clocks(&t, "mei", &ticket).await;
        assert_eq!(after.len(), before.len());
        assert_eq!(of_requester(&after), of_requester(&before));
        has(&newest(&after, "dept_resolve"), &json!({ "state": "stopped", "used_seconds": 9000, "verdict": "met" }));
        // And the department that had it once gets clocks of its own when it has it again.
        until(&t, "11-22 13:00").await;
        let wang = t.staff_id("wang").await;
        act(&t, "mei", &ticket, "assign", json!({ "assignee_id": wang })).await.is(200);
        let again = clocks(&t, "mei", &ticket).await;
        assert_eq!(again.len(), after.len() + 2);
        let fresh = json!({ "state": "running", "used_seconds": 0, "started_at": at("11-22 13:00") });
        has(&newest(&again, "dept_accept"), &fresh);
        has(&newest(&again, "dept_resolve"), &fresh);
    }

    async fn case_26_a_wait_ends_with_the_department_it_was_for(t: TestApp) {
        let ticket = at_work(&t).await;
        until(&t, "11-22 11:00").await;
        act(&t, "wang", &ticket, "pause", json!({ "reason": "waiting_parts" })).await.is(200);
        until(&t, "11-22 12:00").await;
        let security = t.department("security").await;
        let body = json!({ "reason": "先封控", "department_id": security });
        act(&t, "wang", &ticket, "transfer", body).await.is(200);
        let after = clocks(&t, "mei", &ticket).await;
        has(&newest(&after, "resolution"), &json!({
            "state": "running", "used_seconds": 3600, "due_at": at("11-23 11:00"),
        }));
        let old = after.iter().find(|clock| clock["kind"] == "dept_resolve").expect("a clock");
        has(old, &json!({ "state": "stopped", "used_seconds": 3600 }));
    }

    async fn case_26_a_department_accepts_by_grabbing_or_beginning(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (grabbed, begun) = (p.pooled(&t, &p.engineering).await, p.pooled(&t, &p.engineering).await);
        until(&t, "11-22 10:10").await;
        act(&t, "zhao", &grabbed, "grab", json!({})).await.is(200);
        // To be given it is not to have taken it.
        act(&t, "mei", &begun, "assign", json!({ "assignee_id": p.wang_id })).await.is(200);
        assert_eq!(newest(&clocks(&t, "mei", &begun).await, "dept_accept")["state"], "running");
        until(&t, "11-22 10:20").await;
        act(&t, "wang", &begun, "start", json!({})).await.is(200);
        for (ticket, used) in [(&grabbed, 600), (&begun, 1200)] {
            let accept = newest(&clocks(&t, "mei", ticket).await, "dept_accept");
            has(&accept, &json!({ "state": "stopped", "used_seconds": used, "verdict": "met" }));
        }
    }

    async fn case_27_within_a_department_it_makes_no_difference_who_has_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.pooled(&t, &p.engineering).await;
        until(&t, "11-22 10:30").await;
        let before = clocks(&t, "mei", &ticket).await;
        for body in [
            json!({ "assignee_id": p.wang_id }),
            json!({ "assignee_id": p.zhao_id }),
            json!({ "department_id": p.engineering }),
            json!({ "department_id": p.engineering, "assignee_id": p.wang_id }),
        ] {
            act(&t, "mei", &ticket, "assign", body).await.is(200);
            assert_eq!(clocks(&t, "mei", &ticket).await, before);
        }
    }

    async fn a_department_is_led_by_one_of_its_own_and_works_by_a_calendar_of_its_site(t: TestApp) {
        let p = People::sign_in(&t).await;
        let path = format!("/api/v1/departments/{}", p.cleaning);
        let none = json!({ "calendar_id": null, "lead_id": null });
        for who in [&p.mei, &p.wang] {
            who.put(&path, none.clone()).await.refused(403, "role_lead_needed");
        }
        let stranger = json!({ "calendar_id": null, "lead_id": p.wang_id });
        p.li.put(&path, stranger).await.refused(422, "assignee_not_in_department");
        let nobody = "0198c0de-0000-7000-8000-000000000009";
        let unknown = json!({ "calendar_id": nobody, "lead_id": null });
        p.li.put(&path, unknown).await.refused(404, "calendar_not_found");
        p.li.put(&format!("/api/v1/departments/{nobody}"), none).await.refused(404, "department_not_found");
        // Without a calendar of its own it works while the mall is open.
        let ticket = file(&t).await;
        act(&t, "mei", &ticket, "assign", json!({ "department_id": p.cleaning })).await.is(200);
        assert_eq!(newest(&clocks(&t, "mei", &ticket).await, "dept_accept")["due_at"], at("11-22 11:00"));
    }
}
