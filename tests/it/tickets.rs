//! The life of a ticket over HTTP: what is refused, talking, pausing, ending, opening again.

use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::db::schema::tickets;
use yijian::tickets::lifecycle::{Status, allowed};

use crate::both;
use crate::support::{Client, People, timeline};

/// Every move that people can ask for, with a body that is as it should be.
fn moves(p: &People) -> Vec<(&'static str, Value)> {
    vec![
        ("accept", json!({})),
        ("assign", json!({ "department_id": p.engineering })),
        ("grab", json!({})),
        ("transfer", json!({ "reason": "不归我们", "department_id": p.security })),
        ("return", json!({ "reason": "要请厂家" })),
        ("start", json!({})),
        ("pause", json!({ "reason": "weather" })),
        ("resume", json!({})),
        ("reply", json!({ "text": "您好" })),
        ("note", json!({ "text": "备忘" })),
        ("resolve", json!({ "result": "好了" })),
        ("close", json!({})),
        ("reopen", json!({ "reason": "又坏了" })),
        ("cancel", json!({ "reason": "不用了" })),
        ("regrade", json!({ "priority": "urgent", "reason": "水越流越多" })),
        ("merge", json!({ "into_id": p.engineering, "reason": "同一盏灯" })),
        ("attach", json!({ "parent_id": p.engineering, "reason": "同一次停电" })),
        ("detach", json!({ "reason": "不是一回事" })),
        ("urge", json!({})),
        ("rate", json!({ "score": 5 })),
    ]
}

/// What a requester can ask for at all; the rest is for staff.
const FOR_EVERYONE: [&str; 6] = ["reply", "close", "reopen", "cancel", "urge", "rate"];
const FOR_THE_DESK: [&str; 15] = [
    "accept", "assign", "transfer", "start", "pause", "resume", "reply", "note", "resolve", "close", "reopen",
    "regrade", "merge", "attach", "detach",
];
const FOR_WHO_HAS_IT: [&str; 9] =
    ["grab", "transfer", "return", "start", "pause", "resume", "reply", "note", "resolve"];
const FOR_THE_DEPARTMENT: [&str; 5] = ["grab", "transfer", "return", "reply", "note"];

fn words(actions: &Value) -> Vec<String> {
    actions.as_array().expect("actions").iter().map(|a| a.as_str().expect("a word").to_owned()).collect()
}

both! {
    /// Whoever asks, at every status: 403 for what is never theirs, 409 with the possible moves for what is not now.
    async fn what_the_table_does_not_allow_changes_nothing(t: TestApp) {
        let p = People::sign_in(&t).await;
        for status in Status::ALL {
            let ticket = p.ticket_at(&t, status.as_str()).await;
            let before = p.lin.get(&ticket).await.is(200).json.clone();
            let with_cancel = [&FOR_THE_DESK[..], &["cancel"]].concat();
            let mut callers: Vec<(&str, &Client, &[&str])> = vec![
                ("requester", &p.lin, &FOR_EVERYONE),
                ("agent", &p.mei, &with_cancel),
                ("supervisor", &p.li, &with_cancel),
                ("admin", &p.admin, &with_cancel),
            ];
            if !before["department"].is_null() {
                callers.push(("assignee", &p.wang, &FOR_WHO_HAS_IT));
                callers.push(("colleague", &p.zhao, &FOR_THE_DEPARTMENT));
            }
            for (name, who, theirs) in callers {
                let shown = who.get(&ticket).await.is(200).json["allowed"].clone();
                for (action, body) in moves(&p) {
                    if words(&shown).iter().any(|a| a == action) {
                        continue;
                    }
                    let reply = who.post(&format!("{ticket}/{action}"), body).await;
                    let case = format!("{name}, {action}, {status:?}: {}", reply.json);
                    if name == "requester" && !FOR_EVERYONE.contains(&action) {
                        reply.refused(403, "role_staff_needed");
                    } else if !theirs.contains(&action) {
                        reply.refused(403, "action_not_yours");
                    } else if action == "grab" && *status == Status::Assigned {
                        reply.refused(409, "ticket_already_taken");
                    } else {
                        reply.refused(409, "action_not_allowed_now");
                        assert_eq!(reply.json["allowed"], shown, "{case}");
                    }
                }
            }
            let strangers: &[&Client] = if before["department"].is_null() { &[&p.hua, &p.wang] } else { &[&p.hua] };
            for stranger in strangers {
                for (action, body) in moves(&p) {
                    let reply = stranger.post(&format!("{ticket}/{action}"), body).await;
                    if reply.status == 403 {
                        reply.refused(403, "role_staff_needed");
                        assert!(!FOR_EVERYONE.contains(&action), "{action}");
                    } else {
                        reply.refused(404, "ticket_not_found");
                    }
                }
                stranger.get(&ticket).await.refused(404, "ticket_not_found");
            }
            assert_eq!(p.lin.get(&ticket).await.json, before, "{status:?}: something changed after all");
        }
    }

    /// What a person is shown as possible is what the table says for what they are.
    async fn everyone_is_shown_what_they_can_do(t: TestApp) {
        use yijian::tickets::lifecycle::Part::{Assignee, Department, Desk, Requester};
        let p = People::sign_in(&t).await;
        for status in Status::ALL {
            let ticket = p.ticket_at(&t, status.as_str()).await;
            for (who, parts) in [(&p.lin, &[Requester][..]), (&p.mei, &[Desk]), (&p.wang, &[Department, Assignee])] {
                let reply = who.get(&ticket).await;
                if reply.status == 404 {
                    assert!(matches!(status, Status::New | Status::Accepted | Status::Cancelled | Status::Merged));
                    continue;
                }
                let wanted = allowed(*status, parts).into_iter().map(|a| a.as_str().to_owned());
                // Somebody has it: there is nothing to grab. Nor is it a complaint.
                let not_here = ["grab", "investigate", "offer", "agree", "conclude", "about", "regulator"];
                let wanted: Vec<String> = wanted.filter(|a| !not_here.contains(&a.as_str())).collect();
                assert_eq!(words(&reply.json["allowed"]), wanted, "{status:?} {parts:?}");
            }
        }
    }

    async fn each_change_counts_the_version_and_keeps_the_open_flag(t: TestApp) {
        let p = People::sign_in(&t).await;
        let order = ["new", "accepted", "assigned", "in_progress", "paused", "resolved", "closed"];
        for (status, version) in order.into_iter().zip(1..).chain([("cancelled", 2), ("merged", 2)]) {
            let ticket = p.ticket_at(&t, status).await;
            let shown = p.mei.get(&ticket).await;
            assert_eq!(shown.json["version"], version, "{status}");
            assert_eq!(shown.header("etag"), Some(format!("\"{version}\"").as_str()), "{status}");
            let id: yijian::values::Id = shown.id().parse().expect("an id");
            let flag = tickets::table.find(id).select(tickets::is_open);
            let is_open = t.app.read(move |tx| Ok(flag.first::<bool>(tx.conn)?));
            let is_over = matches!(status, "resolved" | "closed" | "cancelled" | "merged");
            assert_eq!(is_open.await.expect("a row"), !is_over, "{status}");
        }
    }

    async fn of_two_saves_of_one_version_one_is_refused(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        for version in 1..=12 {
            let save = |who: &Client, text: &str| {
                let request = who.request(Method::POST, &format!("{ticket}/note")).json(&json!({ "text": text }));
                let (who, request) = (who.clone(), request.header("If-Match", format!("\"{version}\"")));
                async move { who.send(request).await }
            };
            let (one, other) = futures_util::future::join(save(&p.mei, "一"), save(&p.li, "二")).await;
            let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
            assert_eq!(won.is(200).json["version"], version + 1);
            lost.refused(412, "version_stale");
        }
        assert_eq!(timeline(&p.mei, &ticket).await.len(), 13, "one line for each save that counted");
    }

    async fn if_match_takes_a_version_with_or_without_quotes_or_a_star(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        let tags = [("+1", 400), ("7", 412), (r#""x""#, 400), (r#"W/"1""#, 400), (r#""2""#, 412), ("*", 200), (r#""2""#, 200)];
        for (tag, status) in tags {
            let request = p.mei.request(Method::POST, &format!("{ticket}/note")).json(&json!({ "text": "备忘" }));
            p.mei.send(request.header("If-Match", tag)).await.is(status);
        }
        let stranger = p.hua.request(Method::POST, &format!("{ticket}/urge")).header("If-Match", "\"9\"");
        p.hua.send(stranger).await.refused(404, "ticket_not_found");
    }

    async fn a_ticket_is_rated_once_with_one_to_five_stars(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        let rate = format!("{ticket}/rate");
        for score in [json!(0), json!(6), json!(-1)] {
            p.lin.post(&rate, json!({ "score": score })).await.refused_field("/score", "number_out_of_range");
        }
        for score in [json!(1.5), json!("5"), json!(null)] {
            p.lin.post(&rate, json!({ "score": score })).await.refused_field("/score", "value_malformed");
        }
        p.lin.post(&rate, json!({})).await.refused_field("/score", "field_missing");
        let eleven = json!({ "score": 4, "tags": vec!["快"; 11] });
        p.lin.post(&rate, eleven).await.refused_field("/tags", "length_out_of_range");
        assert_eq!(p.lin.get(&ticket).await.json["status"], "resolved");

        let rated = p.lin.post(&rate, json!({ "score": 3, "tags": ["慢"], "comment": "等了很久" })).await;
        assert_eq!((&rated.is(200).json["rating_score"], &rated.json["status"]), (&json!(3), &json!("closed")));
        p.lin.post(&rate, json!({ "score": 5 })).await.refused(409, "ticket_already_rated");
        let shown = p.lin.get(&ticket).await;
        assert_eq!((&shown.json["rating_score"], &shown.json["version"]), (&json!(3), &rated.json["version"]));
        assert_eq!(shown.json["allowed"], json!(["reopen"]));
        // What an illegal move offers instead is the same list.
        let closed = p.lin.act(&format!("{ticket}/close")).await;
        assert_eq!(closed.refused(409, "action_not_allowed_now").json["allowed"], json!(["reopen"]));
        let line = timeline(&p.lin, &ticket).await.pop().expect("a line");
        assert_eq!((&line["text"], &line["detail"]), (&json!("等了很久"), &json!({ "score": 3, "tags": ["慢"] })));
    }

    async fn how_somebody_was_rated_their_colleagues_do_not_read(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (qin, _) = t.hire("qin", Role::Technician, Some("engineering")).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        let said = json!({ "score": 2, "tags": ["慢"], "comment": "等了很久" });
        p.lin.post(&format!("{ticket}/rate"), said).await.is(200);
        // The supervisor asks once more how it was.
        let due = p.li.get("/api/v1/follow_ups?status=open").await;
        let due = format!("/api/v1/follow_ups/{}", due.is(200).json["items"][0]["id"].as_str().expect("an id"));
        p.li.post(&format!("{due}/attempt"), json!({ "way": "call", "reached": true })).await.is(200);
        p.li.post(&format!("{due}/complete"), json!({ "result": "unsatisfied", "overall": 1 })).await.is(200);
        let callers = [(&p.lin, true), (&p.wang, true), (&p.li, true), (&p.admin, true), (&p.mei, false), (&qin, false)];
        for (i, (who, sees)) in callers.into_iter().enumerate() {
            let score = if sees { json!(2) } else { Value::Null };
            let shown = who.get(&ticket).await;
            assert_eq!(shown.is(200).json["rating_score"], score, "caller {i}");
            let list = who.get(&format!("/api/v1/tickets?assignee_id={}", p.wang_id)).await;
            assert_eq!(list.is(200).json["items"][0]["rating_score"], score, "caller {i}");
            let lines = timeline(who, &ticket).await;
            let line = |action: &str| lines.iter().find(|line| line["action"] == action);
            let rated = line("rate").expect("a line");
            // What was said is what the desk works on.
            assert_eq!((&rated["text"], &rated["detail"]["score"]), (&json!("等了很久"), &score), "caller {i}");
            assert_eq!(rated["detail"]["tags"].is_array(), sees, "caller {i}");
            if let Some(asked) = line("follow_up") {
                let overall = if sees { json!(1) } else { Value::Null };
                assert_eq!((&asked["detail"]["result"], &asked["detail"]["overall"]), (&json!("unsatisfied"), &overall));
            }
        }
        for (who, overall) in [(&p.li, json!(1)), (&p.mei, Value::Null)] {
            assert_eq!(who.get(&due).await.is(200).json["overall"], overall);
            let list = who.get(&format!("/api/v1/follow_ups?ticket_id={}", p.li.get(&ticket).await.id())).await;
            let asked = list.is(200).json["items"].as_array().expect("follow-ups").clone();
            assert!(asked.iter().any(|asked| asked["result"] == "unsatisfied" && asked["overall"] == overall), "{asked:?}");
        }
        let next = p.file(&t).await;
        for (who, score) in [(&p.li, json!(2)), (&p.mei, Value::Null)] {
            let related = who.get(&format!("{next}/related")).await;
            assert_eq!(related.is(200).json["of_requester"][0]["rating_score"], score);
        }
    }

    async fn a_closed_ticket_can_still_be_rated(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "closed").await;
        let closed_at = p.lin.get(&ticket).await.json["closed_at"].clone();
        t.hours(1).await;
        let lin = t.shopper("xiaolin").await;
        let rated = lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await;
        assert_eq!((&rated.is(200).json["rating_score"], &rated.json["closed_at"]), (&json!(5), &closed_at));
    }

    async fn reopening_forgets_the_rating_and_goes_back_to_who_had_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
        let reopened = p.lin.post(&format!("{ticket}/reopen"), json!({ "reason": "又灭了" })).await;
        assert_eq!((&reopened.is(200).json["status"], &reopened.json["reopens"]), (&json!("assigned"), &json!(1)));
        assert_eq!(reopened.json["assignee"]["id"], p.wang_id);
        for gone in ["rating_score", "resolved_at", "closed_at"] {
            assert_eq!(reopened.json[gone], Value::Null, "{gone}");
        }
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "换了灯" })).await.is(200);
        assert_eq!(p.lin.post(&format!("{ticket}/rate"), json!({ "score": 3 })).await.is(200).json["rating_score"], 3);
    }

    async fn a_ticket_that_no_department_had_is_reopened_at_the_desk(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "accepted").await;
        assert_eq!(p.mei.act(&format!("{ticket}/start")).await.is(200).json["assignee"]["id"], p.mei_id);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已答复" })).await.is(200);
        let reopened = p.mei.post(&format!("{ticket}/reopen"), json!({ "reason": "没说清楚" })).await;
        assert_eq!(reopened.is(200).json["status"], "accepted");
    }

    async fn work_waits_only_with_a_reason_and_until_later(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "in_progress").await;
        let pause = format!("{ticket}/pause");
        p.wang.post(&pause, json!({ "reason": "other" })).await.refused_field("/note", "pause_note_needed");
        p.wang.post(&pause, json!({ "reason": "other", "note": " " })).await.refused_field("/note", "text_blank");
        p.wang.post(&pause, json!({ "reason": "lunch" })).await.refused_field("/reason", "value_unknown");
        p.wang.post(&pause, json!({})).await.refused_field("/reason", "field_missing");
        for past in ["2026-11-22T02:00:00Z", "2026-11-22T09:59:59+08:00"] {
            let body = json!({ "reason": "weather", "until": past });
            p.wang.post(&pause, body).await.refused_field("/until", "pause_until_past");
        }
        let body = json!({ "reason": "weather", "until": "tomorrow" });
        p.wang.post(&pause, body).await.refused_field("/until", "instant_malformed");
        assert_eq!(p.lin.get(&ticket).await.json["status"], "in_progress");

        let body = json!({ "reason": "other", "note": "等物业开门", "until": "2026-11-22T11:00:00+08:00" });
        assert_eq!(p.wang.post(&pause, body).await.is(200).json["pause_reason"], "other");
        let line = timeline(&p.lin, &ticket).await.pop().expect("a line");
        assert_eq!((&line["reason"], &line["text"]), (&json!("other"), &json!("等物业开门")));
        assert_eq!(line["detail"]["until"], "2026-11-22T03:00:00.000Z");
        // Dispatching anew ends the wait as well.
        let assigned = p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.zhao_id })).await;
        assert_eq!(assigned.is(200).json["pause_reason"], Value::Null);
    }

    async fn notes_stay_among_staff_and_replies_go_both_ways(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "assigned").await;
        p.mei.post(&format!("{ticket}/note"), json!({ "text": "客人脾气大" })).await.is(200);
        p.zhao.post(&format!("{ticket}/note"), json!({ "text": "备件在二楼" })).await.is(200);
        p.lin.post(&format!("{ticket}/reply"), json!({ "text": "什么时候来" })).await.is(200);
        p.wang.post(&format!("{ticket}/reply"), json!({ "text": "十分钟后到" })).await.is(200);
        for blank in ["", " \n"] {
            p.lin.post(&format!("{ticket}/reply"), json!({ "text": blank })).await.refused_field("/text", "text_blank");
        }
        let said = |lines: Vec<Value>, action: &str| -> Vec<(Value, Value)> {
            let lines = lines.into_iter().filter(|line| line["action"] == action);
            lines.map(|line| (line["text"].clone(), line["is_public"].clone())).collect()
        };
        let replies = [(json!("什么时候来"), json!(true)), (json!("十分钟后到"), json!(true))];
        let notes = [(json!("客人脾气大"), json!(false)), (json!("备件在二楼"), json!(false))];
        for staff in [&p.mei, &p.wang, &p.zhao, &p.li, &p.admin] {
            assert_eq!(said(timeline(staff, &ticket).await, "note"), notes);
            assert_eq!(said(timeline(staff, &ticket).await, "reply"), replies);
        }
        let read = timeline(&p.lin, &ticket).await;
        assert!(read.iter().all(|line| line["action"] != "note" && line["is_public"] == true), "{read:?}");
        assert_eq!(said(read, "reply"), replies);
        assert_eq!(p.lin.get(&ticket).await.json["version"], 7, "each word counts");
    }

    async fn a_timeline_is_read_in_pages_that_skip_nothing(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "assigned").await;
        p.mei.post(&format!("{ticket}/note"), json!({ "text": "内部" })).await.is(200);
        p.mei.post(&format!("{ticket}/reply"), json!({ "text": "您好" })).await.is(200);
        for (who, wanted) in [
            (&p.lin, vec!["open", "accept", "assign", "reply"]),
            (&p.mei, vec!["open", "accept", "assign", "note", "reply"]),
        ] {
            let (mut read, mut query) = (Vec::new(), "limit=1".to_owned());
            loop {
                let page = who.get(&format!("{ticket}/timeline?{query}")).await;
                let items = page.is(200).json["items"].as_array().expect("lines");
                read.extend(items.iter().map(|line| line["action"].as_str().expect("a word").to_owned()));
                let Some(cursor) = page.json["next_cursor"].as_str() else { break };
                query = format!("limit=1&cursor={cursor}");
            }
            assert_eq!(read, wanted);
        }
    }
}
