//! Tickets about the same: one merged into another, and the parts of an incident.

use serde_json::{Value, json};

use crate::both;
use crate::complaints::complain;
use crate::standards::{second_mall, sound};
use crate::support::{Client, People, Reply, TestApp, path, timeline};

fn id(ticket: &str) -> &str {
    ticket.rsplit('/').next().expect("an id")
}

/// 小华's report of the same lamp.
async fn same(t: &TestApp, p: &People) -> String {
    path(&p.hua.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯还是不亮" })).await)
}

async fn merge(who: &Client, ticket: &str, into: &str) -> Reply {
    who.post(&format!("{ticket}/merge"), json!({ "into_id": id(into), "reason": "同一盏灯" })).await
}

async fn attach(who: &Client, ticket: &str, parent: &str) -> Reply {
    who.post(&format!("{ticket}/attach"), json!({ "parent_id": id(parent), "reason": "同一次停电" })).await
}

async fn states(who: &Client, ticket: &str) -> Vec<(Value, Value, Value)> {
    let reply = who.get(&format!("{ticket}/clocks")).await;
    let clocks = reply.is(200).json["items"].as_array().expect("clocks").clone();
    clocks.into_iter().map(|c| (c["kind"].clone(), c["state"].clone(), c["verdict"].clone())).collect()
}

async fn kinds_told(who: &Client) -> Vec<Value> {
    let reply = who.get("/api/v1/notices").await;
    reply.is(200).json["items"].as_array().expect("notices").iter().map(|notice| notice["kind"].clone()).collect()
}

/// What a line of a timeline says.
fn line<'a>(lines: &'a [Value], action: &str) -> &'a Value {
    lines.iter().find(|line| line["action"] == action).unwrap_or_else(|| panic!("no {action} in {lines:?}"))
}

both! {
    async fn case_28_what_is_merged_is_over_and_who_asked_follows_the_other(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (stays, twin) = (p.file(&t).await, same(&t, &p).await);
        let merged = merge(&p.mei, &twin, &stays).await;
        merged.is(200);
        assert_eq!((&merged.json["status"], &merged.json["due_at"]), (&json!("merged"), &Value::Null));
        assert_eq!((&merged.json["parent_id"], merged.json["allowed"].clone()), (&json!(id(&stays)), json!(["note", "unmerge"])));
        for (kind, state, verdict) in states(&p.mei, &twin).await {
            assert_eq!((state, verdict), (json!("cancelled"), json!("excluded")), "{kind}");
        }
        for (kind, state, _) in states(&p.mei, &stays).await {
            assert_eq!(state, "running", "{kind} of the one that stays");
        }
        // She sees where hers went, and where that one stands; not what others said on it.
        assert_eq!(p.hua.get(&twin).await.is(200).json["parent_id"], id(&stays));
        let shown = p.hua.get(&stays).await;
        assert_eq!((&shown.is(200).json["followers"], &shown.json["description"]), (&json!(1), &Value::Null));
        assert_eq!(kinds_told(&p.hua).await, ["ticket_merged"]);
        let lines = timeline(&p.hua, &twin).await;
        let public = line(&lines, "merge");
        assert_eq!((&public["detail"], &public["reason"]), (&json!({ "into": "R000001" }), &json!("同一盏灯")));
        let lines = timeline(&p.mei, &stays).await;
        let internal = line(&lines, "merge");
        assert_eq!((&internal["detail"], &internal["is_public"]), (&json!({ "from": "R000002" }), &json!(false)));
        assert!(timeline(&p.lin, &stays).await.iter().all(|line| line["action"] != "merge"));
        // And she hears when it is done.
        p.mei.post(&format!("{stays}/accept"), json!({})).await.is(200);
        p.mei.post(&format!("{stays}/resolve"), json!({ "result": "换了灯" })).await.is(200);
        assert_eq!(kinds_told(&p.hua).await, ["ticket_resolved", "ticket_merged"]);
        sound(&t).await;
    }

    async fn what_cannot_be_one_is_refused(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (stays, twin) = (p.file(&t).await, same(&t, &p).await);
        merge(&p.mei, &twin, &twin).await.refused(422, "related_to_itself");
        let nothing = json!({ "into_id": "0198c0de-0000-7000-8000-000000000001", "reason": "同一盏灯" });
        p.mei.post(&format!("{twin}/merge"), nothing).await.refused(404, "ticket_not_found");
        p.mei.post(&format!("{twin}/merge"), json!({ "into_id": id(&stays) })).await
            .refused_field("/reason", "field_missing");
        merge(&p.wang, &twin, &stays).await.refused(404, "ticket_not_found");
        merge(&p.hua, &twin, &stays).await.refused(403, "role_staff_needed");
        let over = p.ticket_at(&t, "resolved").await;
        merge(&p.mei, &twin, &over).await.refused(409, "related_is_over");
        merge(&p.mei, &over, &stays).await.refused(409, "action_not_allowed_now");
        let (_, sun) = second_mall(&t).await;
        merge(&sun, &twin, &stays).await.refused(404, "ticket_not_found");
        assert_eq!(p.mei.get(&twin).await.json["status"], "new");
        assert_eq!(p.mei.get(&stays).await.json["version"], 1, "nothing is half done");
    }

    async fn case_29_the_parts_of_an_incident_are_answered_and_resolved_with_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (incident, part) = (p.file(&t).await, same(&t, &p).await);
        let at_work = p.ticket_at(&t, "paused").await;
        for ticket in [&part, &at_work] {
            let attached = attach(&p.mei, ticket, &incident).await;
            assert_eq!(attached.is(200).json["parent_id"], id(&incident));
        }
        let parts = p.mei.get(&format!("/api/v1/tickets?parent_id={}", id(&incident))).await;
        assert_eq!(parts.is(200).json["items"].as_array().map(Vec::len), Some(2));
        assert!(timeline(&p.hua, &part).await.iter().all(|line| line["action"] != "attach"), "a matter of the desk");

        p.mei.post(&format!("{incident}/reply"), json!({ "text": "配电故障，正在抢修" })).await.is(200);
        let lines = timeline(&p.hua, &part).await;
        let answer = line(&lines, "reply");
        assert_eq!((&answer["text"], &answer["actor"]["name"]), (&json!("配电故障，正在抢修"), &json!("小梅")));
        assert_eq!(answer["detail"], json!({ "incident": "R000001" }));
        assert_eq!(states(&p.mei, &part).await[0], (json!("first_response"), json!("stopped"), json!("met")));
        // What its requester writes is said to the desk, not to the others.
        p.lin.post(&format!("{incident}/reply"), json!({ "text": "好的" })).await.is(200);
        assert_eq!(timeline(&p.hua, &part).await.iter().filter(|line| line["action"] == "reply").count(), 1);

        t.advance(jiff::SignedDuration::from_mins(5)).await;
        p.mei.post(&format!("{incident}/accept"), json!({})).await.is(200);
        let done = p.mei.post(&format!("{incident}/resolve"), json!({ "result": "已恢复供电" })).await;
        let resolved_at = &done.is(200).json["resolved_at"];
        for ticket in [&part, &at_work] {
            let shown = p.mei.get(ticket).await;
            assert_eq!((&shown.json["status"], &shown.json["result"]), (&json!("resolved"), &json!("已恢复供电")));
            assert_eq!(&shown.json["resolved_at"], resolved_at, "at the same instant");
            let lines = timeline(&p.mei, ticket).await;
            assert_eq!(line(&lines, "resolve")["detail"], json!({ "incident": "R000001" }), "each has its line");
            for (kind, state, verdict) in states(&p.mei, ticket).await {
                assert_ne!((&state, &verdict), (&json!("running"), &json!("late")), "{kind}");
            }
        }
        assert_eq!(kinds_told(&p.hua).await, ["ticket_resolved", "ticket_accepted", "ticket_replied"]);
        // They are tickets of their own: one goes on, the others stay done.
        p.hua.post(&format!("{part}/reopen"), json!({ "reason": "还是没电" })).await.is(200);
        assert_eq!(p.mei.get(&incident).await.json["status"], "resolved");
        sound(&t).await;
    }

    async fn the_parts_that_are_new_are_accepted_with_their_incident(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (incident, part, at_work) = (p.file(&t).await, same(&t, &p).await, p.ticket_at(&t, "in_progress").await);
        let late = same(&t, &p).await;
        for ticket in [&part, &at_work] {
            attach(&p.mei, ticket, &incident).await.is(200);
        }
        let before = timeline(&p.mei, &at_work).await.len();
        t.advance(jiff::SignedDuration::from_mins(5)).await;
        p.mei.act(&format!("{incident}/accept")).await.is(200);
        let shown = p.mei.get(&part).await;
        assert_eq!((&shown.json["status"], &shown.json["accepted_at"]),
            (&json!("accepted"), &p.mei.get(&incident).await.json["accepted_at"]), "at the same instant");
        assert_eq!(states(&p.mei, &part).await[0], (json!("first_response"), json!("stopped"), json!("met")));
        assert_eq!(kinds_told(&p.hua).await, ["ticket_accepted"]);
        let lines = timeline(&p.hua, &part).await;
        let taken = line(&lines, "accept");
        assert_eq!((&taken["actor"]["name"], &taken["detail"]), (&json!("小梅"), &json!({ "incident": "R000001" })));
        assert_eq!(timeline(&p.mei, &at_work).await.len(), before, "what is at work stays so");
        // What becomes a part later has heard nothing: its own promise runs until it is answered.
        attach(&p.mei, &late, &incident).await.is(200);
        assert_eq!(states(&p.mei, &late).await[0].1, "running");
        p.mei.post(&format!("{incident}/reply"), json!({ "text": "正在抢修" })).await.is(200);
        assert_eq!(states(&p.mei, &late).await[0], (json!("first_response"), json!("stopped"), json!("met")));
        sound(&t).await;
    }

    async fn a_part_that_is_late_asks_for_the_reason_too(t: TestApp) {
        let p = People::sign_in(&t).await;
        let old = same(&t, &p).await;
        t.advance(jiff::SignedDuration::from_hours(25)).await;
        let p = People::sign_in(&t).await;
        let incident = p.file(&t).await;
        attach(&p.mei, &old, &incident).await.is(200);
        p.mei.post(&format!("{incident}/accept"), json!({})).await.is(200);
        let plain = json!({ "result": "已恢复供电" });
        let refused = p.mei.post(&format!("{incident}/resolve"), plain).await;
        refused.refused_field("/lateness_reason", "lateness_reason_needed");
        assert_eq!(p.mei.get(&incident).await.json["status"], "accepted", "neither or both");
        let why = json!({ "result": "已恢复供电", "lateness_reason": "parts" });
        p.mei.post(&format!("{incident}/resolve"), why).await.is(200);
        assert_eq!(p.mei.get(&old).await.json["lateness_reason"], "parts");
        assert_eq!(p.mei.get(&incident).await.json["lateness_reason"], Value::Null, "it was not late itself");
    }

    async fn what_is_offered_on_an_incident_is_offered_to_each_who_complained(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (incident, first) = complain(&t, &p.lin, "complaint-hygiene", "有股怪味").await;
        let (complaint, part) = complain(&t, &p.hua, "complaint-hygiene", "怪味").await;
        let lamp = p.file(&t).await;
        for ticket in [&part, &lamp] {
            attach(&p.mei, ticket, &first).await.is(200);
        }
        p.mei.post(&format!("{incident}/offer"), json!({ "text": "每人一张停车券" })).await.is(200);
        assert_eq!(kinds_told(&p.hua).await, ["complaint_offer"]);
        let seen = p.hua.get(&complaint).await;
        let theirs = &seen.is(200).json["complaint"];
        assert_eq!((&theirs["offer"], &theirs["is_agreed"]), (&json!("每人一张停车券"), &Value::Null));
        assert!(theirs["offered_at"].is_string());
        assert_eq!(states(&p.mei, &part).await[0], (json!("first_response"), json!("stopped"), json!("met")));
        let lines = timeline(&p.hua, &part).await;
        let offer = line(&lines, "offer");
        assert_eq!((&offer["text"], &offer["detail"]), (&json!("每人一张停车券"), &json!({ "incident": "C000001" })));
        assert!(timeline(&p.lin, &lamp).await.iter().all(|line| line["action"] != "offer"), "it is no complaint");
        // Each answers for themselves, and anew when there is more.
        let agreed = p.hua.post(&format!("{complaint}/agree"), json!({ "agreed": false })).await;
        assert_eq!(agreed.is(200).json["complaint"]["is_agreed"], false);
        assert_eq!(p.lin.get(&incident).await.json["complaint"]["is_agreed"], Value::Null);
        p.mei.post(&format!("{incident}/offer"), json!({ "text": "每人两张" })).await.is(200);
        p.hua.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.is(200);
        sound(&t).await;
    }

    async fn the_parts_of_an_incident_that_is_withdrawn_go_on_by_themselves(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (incident, part, done) = (p.file(&t).await, same(&t, &p).await, same(&t, &p).await);
        for ticket in [&part, &done] {
            attach(&p.mei, ticket, &incident).await.is(200);
        }
        p.hua.post(&format!("{done}/cancel"), json!({ "reason": "好了" })).await.is(200);
        p.lin.post(&format!("{incident}/cancel"), json!({ "reason": "报错了" })).await.is(200);
        let apart = p.mei.get(&part).await;
        assert_eq!((&apart.json["status"], &apart.json["parent_id"]), (&json!("new"), &Value::Null));
        for (kind, state, _) in states(&p.mei, &part).await {
            assert_eq!(state, "running", "{kind}: it is promised what it was");
        }
        let lines = timeline(&p.mei, &part).await;
        let apart = line(&lines, "detach");
        assert_eq!((&apart["reason"], &apart["detail"]), (&json!("报错了"), &json!({ "incident": "R000001" })));
        assert!(timeline(&p.hua, &part).await.iter().all(|line| line["action"] != "detach"), "a matter of the desk");
        assert_eq!(p.mei.get(&done).await.json["parent_id"], id(&incident), "what was over stays as it was");
        // It can be part of what there is instead.
        let other = p.file(&t).await;
        attach(&p.mei, &part, &other).await.is(200);
        p.mei.post(&format!("{other}/cancel"), json!({ "reason": "误报" })).await.is(200);
        assert_eq!(p.mei.get(&part).await.json["parent_id"], Value::Null);
        sound(&t).await;
    }

    async fn an_incident_has_so_many_parts(t: TestApp) {
        let p = People::sign_in(&t).await;
        let incident = p.file(&t).await;
        let mut parts = Vec::new();
        for _ in 0..201 {
            parts.push(same(&t, &p).await);
        }
        let last = parts.pop().expect("a part");
        for some in parts.chunks(50) {
            let ids: Vec<&str> = some.iter().map(|part| id(part)).collect();
            let body = json!({ "part_ids": ids, "reason": "同一次停电" });
            p.mei.post(&format!("{incident}/gather"), body).await.is(200);
        }
        attach(&p.mei, &last, &incident).await.refused(422, "parts_too_many");
        let body = json!({ "part_ids": [id(&last)], "reason": "同一次停电" });
        p.mei.post(&format!("{incident}/gather"), body.clone()).await.refused(422, "parts_too_many");
        // Only what is open counts.
        p.hua.post(&format!("{}/cancel", parts[0]), json!({ "reason": "好了" })).await.is(200);
        p.mei.post(&format!("{incident}/gather"), body).await.is(200);
    }

    async fn tickets_of_two_malls_have_nothing_to_do_with_each_other(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (site, sun) = second_mall(&t).await;
        let places = sun.get(&format!("/api/v1/sites/{site}/locations")).await;
        let place = &places.is(200).json["items"][0]["id"];
        let (here, there) = (p.file(&t).await, json!({ "location_id": place, "description": "灯不亮" }));
        let there = path(&p.lin.post("/api/v1/repairs", there).await);
        merge(&p.admin, &there, &here).await.refused(422, "related_elsewhere");
        attach(&p.admin, &there, &here).await.refused(422, "related_elsewhere");
        let body = json!({ "part_ids": [id(&there)], "reason": "同一次停电" });
        p.admin.post(&format!("{here}/gather"), body).await.refused(422, "related_elsewhere");
        let repeat = json!({ "earlier_id": id(&here), "confirmed": true });
        p.admin.post(&format!("{there}/repeat"), repeat).await.refused(422, "related_elsewhere");
    }

    async fn of_two_who_tie_two_tickets_to_each_other_one_is_first(t: TestApp) {
        let p = People::sign_in(&t).await;
        for round in 0..12 {
            let (one, other) = (p.file(&t).await, same(&t, &p).await);
            let (there, back) = match round % 3 {
                0 => tokio::join!(merge(&p.mei, &one, &other), merge(&p.li, &other, &one)),
                1 => tokio::join!(attach(&p.mei, &one, &other), attach(&p.li, &other, &one)),
                _ => tokio::join!(attach(&p.mei, &one, &other), merge(&p.li, &other, &one)),
            };
            let mut answers = [there.status, back.status];
            answers.sort_unstable();
            assert_eq!(answers[0], 200, "round {round}: {there:?} {back:?}");
            assert!([409, 422].contains(&answers[1]), "round {round}: {there:?} {back:?}");
        }
        sound(&t).await;
    }

    async fn incidents_are_one_level_deep(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (incident, part, third) = (p.file(&t).await, same(&t, &p).await, p.file(&t).await);
        attach(&p.mei, &part, &incident).await.is(200);
        attach(&p.mei, &part, &incident).await.refused(409, "ticket_attached_already");
        attach(&p.mei, &third, &part).await.refused(422, "parent_is_part");
        attach(&p.mei, &incident, &third).await.refused(422, "ticket_has_parts");
        merge(&p.mei, &incident, &third).await.refused(422, "ticket_has_parts");
        p.mei.post(&format!("{third}/detach"), json!({ "reason": "不是" })).await.refused(409, "ticket_not_attached");
        let apart = p.mei.post(&format!("{part}/detach"), json!({ "reason": "不是一回事" })).await;
        assert_eq!(apart.is(200).json["parent_id"], Value::Null);
        p.mei.post(&format!("{incident}/accept"), json!({})).await.is(200);
        p.mei.post(&format!("{incident}/resolve"), json!({ "result": "好了" })).await.is(200);
        assert_eq!(p.mei.get(&part).await.json["status"], "new");
    }
}
