//! Records are drawn, held against a checklist by somebody who had no part in them, and counted.

use futures_util::future::join;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use yijian::accounts::model::{ClientScope, Membership, Role};
use yijian::rates::fold;
use yijian::values::Id;

use crate::both;
use crate::complaints::{category, complain, paths};
use crate::rates::{counts, group, proven, rates};
use crate::standards::second_mall;
use crate::support::{Client, People, Reply, TestApp, told};

const LIST: &str = "/api/v1/spot_checks";
const REQUIRED: [&str; 7] = ["requester_and_place", "category", "severity", "times", "result", "wording", "privacy"];

/// The mall of all stories, also where there is a second one.
async fn xinghe(t: &TestApp) -> String {
    let sites = t.anyone().get("/api/v1/sites").await;
    let sites = sites.is(200).json["items"].as_array().expect("sites").clone();
    let own = sites.iter().find(|site| site["code"] == "xinghe").expect("the mall");
    own["id"].as_str().expect("an id").to_owned()
}

fn id(path: &str) -> String {
    path.rsplit('/').next().expect("an id").to_owned()
}

/// A round of the day on which all tests begin.
async fn draw(t: &TestApp, who: &Client, more: Value) -> Reply {
    who.post(LIST, round(t, more).await).await
}

async fn round(t: &TestApp, more: Value) -> Value {
    let mut body = json!({ "site_id": xinghe(t).await, "from": "2026-11-22", "to": "2026-11-22" });
    body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
    body
}

/// A round of these tickets.
async fn chosen(t: &TestApp, who: &Client, tickets: &[&String]) -> String {
    let ids: Vec<String> = tickets.iter().map(|ticket| id(ticket)).collect();
    let drawn = draw(t, who, json!({ "ticket_ids": ids })).await;
    format!("{LIST}/{}", drawn.is(201).id())
}

/// How many tickets a lot would be drawn from. The round is closed again.
async fn population(t: &TestApp, who: &Client, more: Value) -> i64 {
    let mut ask = json!({ "size": 1 });
    ask.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
    let drawn = draw(t, who, ask).await;
    if drawn.status == 422 {
        drawn.refused(422, "spot_check_nothing_to_draw");
        return 0;
    }
    let path = format!("{LIST}/{}/close", drawn.is(201).id());
    who.post(&path, json!({ "reason": "只数一数" })).await.is(200);
    drawn.json["population"].as_i64().expect("a number")
}

/// What is required is as it should be, but for these.
fn answers(wrong: &[&str]) -> Value {
    let answer = |item: &str| json!({ "item": item, "answer": if wrong.contains(&item) { "no" } else { "yes" } });
    Value::Array(REQUIRED.into_iter().map(answer).collect())
}

async fn check(who: &Client, round: &str, ticket: &str, wrong: &[&str]) -> Reply {
    who.post(&format!("{round}/tickets/{}/result", id(ticket)), json!({ "answers": answers(wrong) })).await
}

/// The tickets of a round, all pages of two.
async fn tickets(who: &Client, round: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{round}/tickets?limit=2{cursor}")).await;
        found.extend(page.is(200).json["items"].as_array().expect("tickets").clone());
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// The rounds of the site, newest first.
async fn rounds(t: &TestApp, who: &Client, query: &str) -> Vec<Value> {
    let page = who.get(&format!("{LIST}?site_id={}&limit=100{query}", xinghe(t).await)).await;
    page.is(200).json["items"].as_array().expect("rounds").clone()
}

async fn results(who: &Client, query: &str) -> Vec<Value> {
    let page = who.get(&format!("{LIST}/results?limit=100{query}")).await;
    page.is(200).json["items"].as_array().expect("results").clone()
}

/// A complaint of 小林's about a member of staff that 王师傅 dealt with.
async fn complaint_about(t: &TestApp, p: &People, staff_id: &str) -> String {
    let body = json!({
        "scene": t.scenes().shop, "category_id": category(t, "complaint-attitude").await, "description": "态度恶劣",
        "about_staff_id": staff_id
    });
    let (_, ticket) = paths(&p.lin.post("/api/v1/complaints", body).await);
    p.admin.act(&format!("{ticket}/accept")).await.is(200);
    p.admin.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
    p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已道歉" })).await.is(200);
    ticket
}

both! {
    async fn a_lot_is_drawn_and_checked_until_it_is_done(t: TestApp) {
        let p = People::sign_in(&t).await;
        for _ in 0..3 {
            p.ticket_at(&t, "closed").await;
        }
        for status in ["in_progress", "cancelled", "merged"] {
            p.ticket_at(&t, status).await;
        }
        let drawn = draw(&t, &p.li, json!({ "size": 2, "note": "十一月抽查" })).await;
        let one = &drawn.is(201).json;
        assert_eq!((&one["method"], &one["status"], &one["note"]), (&json!("random"), &json!("open"), &json!("十一月抽查")));
        assert_eq!((&one["population"], &one["sampled"], &one["is_all"]), (&json!(3), &json!(2), &json!(false)));
        assert_eq!((&one["checked"], &one["correct"], &one["value"]), (&json!(0), &json!(0), &Value::Null));
        assert_eq!((&one["checklist_version"], one["items"].as_array().expect("items").len()), (&json!(0), 9));
        assert_eq!((&one["from"], &one["to"]), (&json!("2026-11-22"), &json!("2026-11-22")));
        assert_eq!((&one["created_by"]["name"], drawn.header("etag")), (&json!("李主管"), Some("\"1\"")));
        let path = format!("{LIST}/{}", drawn.id());
        let found = tickets(&p.li, &path).await;
        assert_eq!(found.len(), 2);
        assert_ne!(found[0]["ticket"]["id"], found[1]["ticket"]["id"]);
        assert_eq!((&found[0]["person"]["id"], &found[0]["result"]), (&json!(p.wang_id), &Value::Null));
        assert_eq!(found[0]["ticket"]["status"], "closed");
        // Of what is left there is less than asked for: all of it is taken, and the answer says so.
        let rest = draw(&t, &p.li, json!({ "size": 5 })).await;
        assert_eq!((&rest.is(201).json["population"], &rest.json["sampled"]), (&json!(1), &json!(1)));
        assert_eq!(rest.json["is_all"], true);
        draw(&t, &p.li, json!({ "size": 5 })).await.refused(422, "spot_check_nothing_to_draw");
        // One is correct, one is not.
        let ticket = |i: usize| found[i]["ticket"]["id"].as_str().expect("an id").to_owned();
        let right = check(&p.li, &path, &ticket(0), &[]).await;
        assert_eq!((&right.is(200).json["result"]["correct"], &right.json["person"]["name"]), (&json!(true), &json!("王师傅")));
        assert_eq!(right.json["result"]["checked_by"]["name"], "李主管");
        assert_eq!(p.li.get(&path).await.is(200).json["status"], "open");
        let wrong = check(&p.li, &path, &ticket(1), &["times"]).await;
        assert_eq!(wrong.is(200).json["result"]["correct"], false);
        let no = wrong.json["result"]["answers"].as_array().expect("answers").iter().find(|one| one["item"] == "times");
        assert_eq!(no.expect("an answer"), &json!({
            "item": "times", "label": "受理、到场、完成等时间属实", "answer": "no", "note": null
        }));
        let done = p.li.get(&path).await.is(200).json.clone();
        assert_eq!((&done["status"], &done["checked"], &done["correct"]), (&json!("done"), &json!(2), &json!(1)));
        assert_eq!((&done["value"], &done["ended_at"], &done["version"]), (&json!(0.5), &json!("2026-11-22T02:00:00.000Z"), &json!(3)));
        let open: Vec<Value> = rounds(&t, &p.li, "&status=open").await.iter().map(|one| one["id"].clone()).collect();
        assert_eq!(open, [rest.json["id"].clone()]);
        let all: Vec<Value> = rounds(&t, &p.admin, "").await.iter().map(|one| one["id"].clone()).collect();
        assert_eq!(all, [rest.json["id"].clone(), one["id"].clone()], "newest first");
        assert_eq!(rounds(&t, &p.li, "&status=done").await.len(), 1);
        // What a round is done with may be drawn again.
        assert_eq!(population(&t, &p.li, json!({})).await, 2);
        p.li.post(&format!("{path}/close"), json!({ "reason": "够了" })).await.refused(409, "spot_check_not_open");
    }

    async fn asked_for_twice_it_is_drawn_once(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "resolved").await;
        let body = round(&t, json!({ "size": 3 })).await;
        let first = p.li.post_once("lot", LIST, body.clone()).await.is(201).id();
        let again = p.li.post_once("lot", LIST, body).await;
        assert_eq!((again.is(201).id(), again.header("idempotency-replayed")), (first.clone(), Some("true")));
        let ticket = tickets(&p.li, &format!("{LIST}/{first}")).await[0]["ticket"]["id"].clone();
        let path = format!("{LIST}/{first}/tickets/{}/result", ticket.as_str().expect("an id"));
        let body = json!({ "answers": answers(&[]) });
        p.li.post_once("result", &path, body.clone()).await.is(200);
        assert_eq!(p.li.post_once("result", &path, body).await.is(200).header("idempotency-replayed"), Some("true"));
    }

    async fn every_ticket_is_as_likely_as_any_other(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut times = std::collections::HashMap::new();
        for i in 0..4 {
            times.insert(id(&p.ticket_at(&t, "resolved").await), 0);
            if i == 1 {
                // Two are counted already, two are only marked.
                fold::run(&t.app).await.expect("marks are put into effect");
            }
        }
        // Left alone by so many draws, each ticket is once in ten million.
        for _ in 0..60 {
            let drawn = draw(&t, &p.li, json!({ "size": 2 })).await.is(201).id();
            let found = tickets(&p.li, &format!("{LIST}/{drawn}")).await;
            assert_eq!(found.len(), 2);
            for one in found {
                *times.get_mut(one["ticket"]["id"].as_str().expect("an id")).expect("one of the four") += 1;
            }
            p.li.post(&format!("{LIST}/{drawn}/close"), json!({ "reason": "再抽" })).await.is(200);
        }
        assert_eq!(times.values().sum::<i32>(), 120);
        assert!(times.values().all(|count| *count >= 10), "{times:?}");
    }

    async fn a_lot_is_of_its_period_and_of_what_was_asked_for(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "closed").await;
        p.ticket_at(&t, "resolved").await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-price", "贵了").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "退差价" })).await.is(200);
        let price = category(&t, "complaint-price").await;
        for is_put in [false, true] {
            if is_put {
                fold::run(&t.app).await.expect("marks are put into effect");
            }
            for (narrowed, expected) in [
                (json!({}), 3),
                (json!({ "kind": "repair" }), 2),
                (json!({ "kind": "complaint" }), 1),
                (json!({ "category_id": price }), 1),
                (json!({ "category_id": price, "kind": "repair" }), 0),
                (json!({ "department_id": p.engineering }), 2),
                (json!({ "department_id": p.cleaning }), 0),
                (json!({ "department_id": p.engineering, "category_id": price }), 0),
                (json!({ "person_id": p.wang_id }), 2),
                (json!({ "person_id": p.wang_id, "department_id": p.engineering, "kind": "repair" }), 2),
                (json!({ "person_id": p.zhao_id }), 0),
                // Who had nobody's work given to them, and brought it to its end.
                (json!({ "person_id": p.mei_id }), 1),
                (json!({ "from": "2026-10-01", "to": "2026-11-22" }), 3),
                (json!({ "from": "2026-10-01", "to": "2026-11-21" }), 0),
            ] {
                assert_eq!(population(&t, &p.li, narrowed.clone()).await, expected, "{narrowed}, put: {is_put}");
            }
        }
        // Half past midnight in Shanghai, and still the day before in London.
        t.advance(SignedDuration::from_mins(14 * 60 + 30)).await;
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "resolved").await;
        assert_eq!(population(&t, &p.li, json!({})).await, 3);
        assert_eq!(population(&t, &p.li, json!({ "to": "2026-11-23" })).await, 4);
        assert_eq!(population(&t, &p.li, json!({ "from": "2026-11-23", "to": "2026-11-23" })).await, 1);
        let drawn = draw(&t, &p.li, json!({ "size": 9, "kind": "repair", "person_id": p.wang_id, "category_id": null })).await;
        let one = &drawn.is(201).json;
        assert_eq!((&one["kind"], &one["person"]["name"], &one["category"]), (&json!("repair"), &json!("王师傅"), &Value::Null));
    }

    async fn what_makes_no_sense_is_refused(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (yinhe, sun) = second_mall(&t).await;
        let closed = id(&p.ticket_at(&t, "closed").await);
        let size = |more: Value| {
            let mut body = json!({ "size": 1 });
            body.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
            body
        };
        for (more, field, code) in [
            (json!({ "from": "2026-11-22", "to": "2026-11-21" }), "/to", "period_reversed"),
            (json!({ "to": "2026-11-23" }), "/to", "spot_check_period_future"),
            (json!({ "from": "2126-11-22", "to": "2126-11-22" }), "/to", "spot_check_period_future"),
            (json!({ "from": "1926-11-22" }), "/from", "spot_check_period_too_long"),
            (json!({ "from": "2026-08-22" }), "/from", "spot_check_period_too_long"),
            (json!({ "from": "-009999-01-01", "to": "-009999-01-02" }), "/from", "value_malformed"),
            (json!({ "from": "2026-13-01" }), "/from", "value_malformed"),
            (json!({ "size": 0 }), "/size", "number_out_of_range"),
            (json!({ "size": 201 }), "/size", "number_out_of_range"),
            (json!({ "size": 1.5 }), "/size", "value_malformed"),
            (json!({ "kind": "mood" }), "/kind", "value_unknown"),
            (json!({ "everything": true }), "/everything", "field_unknown"),
        ] {
            draw(&t, &p.li, size(more)).await.refused_field(field, code);
        }
        // Ninety-two days are not too many.
        assert_eq!(population(&t, &p.li, json!({ "from": "2026-08-23" })).await, 1);
        draw(&t, &p.li, size(json!({ "category_id": yinhe }))).await.refused(404, "category_not_found");
        draw(&t, &p.li, size(json!({ "department_id": yinhe }))).await.refused(404, "department_not_found");
        draw(&t, &p.li, size(json!({ "person_id": yinhe }))).await.refused(422, "spot_check_person_elsewhere");
        draw(&t, &p.li, size(json!({ "site_id": closed }))).await.refused(404, "site_not_found");
        draw(&t, &p.li, size(json!({ "site_id": yinhe }))).await.refused(404, "site_not_found");
        draw(&t, &sun, size(json!({}))).await.refused(404, "site_not_found");
        for both in [json!({}), size(json!({ "ticket_ids": [closed] })), json!({ "ticket_ids": [closed], "kind": "repair" })] {
            draw(&t, &p.li, both).await.refused(422, "spot_check_random_or_targeted");
        }

        // By hand, each ticket is looked at by itself.
        let places = t.anyone().get(&format!("/api/v1/sites/{yinhe}/locations")).await;
        let place = &places.is(200).json["items"][0]["id"];
        let elsewhere = p.lin.post("/api/v1/repairs", json!({ "location_id": place, "description": "灯不亮" })).await.is(201).id();
        let (open, gone, merged) = (p.ticket_at(&t, "in_progress").await, p.ticket_at(&t, "cancelled").await, p.ticket_at(&t, "merged").await);
        let ids = json!({ "ticket_ids": [closed, xinghe(&t).await, elsewhere, id(&open), id(&gone), id(&merged), closed] });
        let refused = draw(&t, &p.li, ids).await;
        let errors = refused.is(422).json["errors"].as_array().expect("errors").clone();
        let errors: Vec<_> = errors.iter().map(|one| (one["pointer"].as_str().unwrap_or(""), one["code"].as_str().unwrap_or(""))).collect();
        assert_eq!(errors, [
            ("/ticket_ids/1", "spot_check_ticket_unknown"),
            ("/ticket_ids/2", "spot_check_ticket_unknown"),
            ("/ticket_ids/3", "spot_check_ticket_unfinished"),
            ("/ticket_ids/4", "spot_check_ticket_left"),
            ("/ticket_ids/5", "spot_check_ticket_left"),
            ("/ticket_ids/6", "spot_check_ticket_twice"),
        ]);
        let early = json!({ "ticket_ids": [closed], "from": "2026-11-20", "to": "2026-11-21" });
        draw(&t, &p.li, early).await.refused_field("/ticket_ids/0", "spot_check_ticket_out_of_period");
        draw(&t, &p.li, json!({ "ticket_ids": [] })).await.refused_field("/ticket_ids", "length_out_of_range");
        let many = json!({ "ticket_ids": vec![closed.clone(); 201] });
        draw(&t, &p.li, many).await.refused_field("/ticket_ids", "length_out_of_range");
        let drawn = draw(&t, &p.li, json!({ "ticket_ids": [closed] })).await;
        assert_eq!((&drawn.is(201).json["method"], &drawn.json["sampled"]), (&json!("targeted"), &json!(1)));
        draw(&t, &p.admin, json!({ "ticket_ids": [closed] })).await.refused_field("/ticket_ids/0", "spot_check_ticket_taken");

        // Answers that fit no checklist.
        let result = format!("{LIST}/{}/tickets/{closed}/result", drawn.id());
        let mut odd = answers(&[]);
        let given = odd.as_array_mut().expect("answers");
        given.remove(3);
        given.push(json!({ "item": "mood", "answer": "yes" }));
        given.push(json!({ "item": "category", "answer": "no" }));
        let refused = p.li.post(&result, json!({ "answers": odd })).await;
        let errors = refused.is(422).json["errors"].as_array().expect("errors").clone();
        let codes: Vec<_> = errors.iter().map(|one| (one["pointer"].as_str().unwrap_or(""), one["code"].as_str().unwrap_or(""))).collect();
        assert_eq!(codes, [
            ("/answers/6/item", "spot_check_item_unknown"),
            ("/answers/7/item", "spot_check_item_answered_twice"),
            ("/answers", "spot_check_item_missing"),
        ]);
        assert!(errors[2]["detail"].as_str().expect("words").contains("times"), "{errors:?}");
        p.li.post(&result, json!({ "answers": [] })).await.refused_field("/answers", "length_out_of_range");
        let maybe = json!({ "answers": [{ "item": "times", "answer": "maybe" }] });
        p.li.post(&result, maybe).await.refused_field("/answers/0/answer", "value_unknown");
        // What does not concern a record speaks for nothing, and what need not be answered may be left out or said.
        let mut fitting = answers(&[]);
        fitting[0]["answer"] = json!("not_applicable");
        fitting.as_array_mut().expect("answers").push(json!({ "item": "pauses", "answer": "not_applicable", "note": "没有暂停" }));
        let checked = p.li.post(&result, json!({ "answers": fitting, "note": "很好" })).await;
        assert_eq!((&checked.is(200).json["result"]["correct"], &checked.json["result"]["note"]), (&json!(true), &json!("很好")));
        let items: Vec<_> = checked.json["result"]["answers"].as_array().expect("answers").iter().map(|one| one["item"].clone()).collect();
        assert_eq!(items[4], "pauses", "in the order of the checklist");

        // What is not there, and what is not theirs.
        let path = format!("{LIST}/{}", drawn.id());
        for (who, path) in [(&sun, path.as_str()), (&p.li, &format!("{LIST}/{yinhe}"))] {
            who.get(path).await.refused(404, "spot_check_not_found");
            who.get(&format!("{path}/tickets")).await.refused(404, "spot_check_not_found");
            who.get(&format!("{path}/tickets/{closed}/results")).await.refused(404, "spot_check_not_found");
            check(who, path, &closed, &[]).await.refused(404, "spot_check_not_found");
            who.post(&format!("{path}/close"), json!({ "reason": "够了" })).await.refused(404, "spot_check_not_found");
        }
        check(&p.li, &path, &open, &[]).await.refused(404, "spot_check_ticket_not_found");
        check(&p.li, &path, "x", &[]).await.refused(404, "spot_check_ticket_not_found");
        p.li.get(&format!("{path}/tickets/{}/results", id(&open))).await.refused(404, "spot_check_ticket_not_found");
        p.li.get(&format!("{LIST}?site_id={yinhe}")).await.refused(404, "site_not_found");
        p.li.get(LIST).await.refused_field("?site_id", "field_missing");
    }

    async fn only_leads_draw_and_check(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "closed").await;
        let path = chosen(&t, &p.li, &[&ticket]).await;
        let system = t.signed_in_system("热线", &[ClientScope::TicketsWrite, ClientScope::TicketsRead]).await;
        // 高工 leads a department, and no site.
        for who in [&p.lin, &p.wang, &t.staff("gao").await, &p.mei, &system] {
            assert_eq!(draw(&t, who, json!({ "size": 1 })).await.status, 403);
            assert_eq!(check(who, &path, &ticket, &[]).await.status, 403);
            for read in [&path, &format!("{path}/tickets"), &format!("{path}/tickets/{}/results", id(&ticket))] {
                assert_eq!(who.get(read).await.status, 403);
            }
        }
        draw(&t, &p.mei, json!({ "size": 1 })).await.refused(403, "role_lead_needed");
        check(&p.mei, &path, &ticket, &[]).await.refused(403, "role_lead_needed");
        assert_eq!(tickets(&p.li, &path).await[0]["result"], Value::Null);
        // Who leads another mall leads nothing here, where she serves at the desk.
        let (_, sun) = second_mall(&t).await;
        let site: Id = xinghe(&t).await.parse().expect("an id");
        t.app
            .write(move |tx| {
                use diesel::prelude::*;
                use yijian::db::schema::{memberships, users};
                let of_sun = users::table.filter(users::username.eq(Some("sun"))).select(users::id);
                let row = Membership {
                    id: tx.new_id(),
                    user_id: of_sun.first::<Id>(tx.conn)?,
                    site_id: site,
                    role: Role::Agent,
                    department_id: None,
                    shop_id: None,
                    unit_id: None,
                    created_at: tx.now,
                };
                Ok(diesel::insert_into(memberships::table).values(&row).execute(tx.conn)?)
            })
            .await
            .expect("a membership");
        draw(&t, &sun, json!({ "size": 1 })).await.refused(403, "action_not_yours");
        sun.get(&format!("{LIST}?site_id={site}")).await.refused(403, "action_not_yours");
        sun.get(&path).await.refused(404, "spot_check_not_found");
        let checklist = json!({ "items": [{ "key": "times", "label": "时间", "required": true }], "reason": "试" });
        let path = format!("/api/v1/sites/{site}/spot_checklist");
        sun.put(&path, checklist).await.refused(403, "action_not_yours");
        sun.get(&path).await.is(200);
    }

    async fn nobody_checks_their_own_work(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (zhou, zhou_id) = t.hire("zhou", Role::Supervisor, Some("engineering")).await;
        let done = json!({ "result": "好了" });
        // 李主管 dealt with it herself: nobody has it, and she ended it.
        let ended = p.file(&t).await;
        p.mei.act(&format!("{ended}/accept")).await.is(200);
        p.li.post(&format!("{ended}/resolve"), done.clone()).await.is(200);
        // She wrote it down.
        let body = json!({
            "scene": t.scenes().lamp, "description": "灯不亮", "on_behalf_of": { "channel": "phone", "name": "王先生" }
        });
        let filed = crate::support::path(&p.li.post("/api/v1/repairs", body).await);
        p.mei.act(&format!("{filed}/accept")).await.is(200);
        p.mei.post(&format!("{filed}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        p.wang.post(&format!("{filed}/resolve"), done.clone()).await.is(200);
        // She answered the requester.
        let replied = p.ticket_at(&t, "in_progress").await;
        p.li.post(&format!("{replied}/reply"), json!({ "text": "师傅马上到" })).await.is(200);
        p.wang.post(&format!("{replied}/resolve"), done.clone()).await.is(200);
        // 周 had it once, and has it.
        let [had, has] = [p.ticket_at(&t, "assigned").await, p.ticket_at(&t, "assigned").await];
        for ticket in [&had, &has] {
            p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": zhou_id })).await.is(200);
        }
        p.mei.post(&format!("{had}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        for ticket in [&had, &has] {
            p.mei.post(&format!("{ticket}/resolve"), done.clone()).await.is(200);
        }
        let path = chosen(&t, &p.li, &[&ended, &filed, &replied, &had, &has]).await;
        for (who, own) in [(&p.li, &ended), (&p.li, &filed), (&p.li, &replied), (&zhou, &had), (&zhou, &has)] {
            check(who, &path, own, &[]).await.refused(422, "spot_check_own_work");
        }
        for (who, other) in [(&zhou, &ended), (&p.admin, &filed), (&zhou, &replied), (&p.li, &had), (&p.li, &has)] {
            check(who, &path, other, &[]).await.is(200);
        }
        let of: Vec<Value> = tickets(&p.admin, &path).await.iter().map(|one| one["person"]["name"].clone()).collect();
        assert_eq!(of, ["李主管", "王师傅", "王师傅", "王师傅", "zhou"]);
        // Nor what was found before.
        p.lin.post(&format!("{has}/reopen"), json!({ "reason": "又坏了" })).await.is(200);
        let anew = json!({ "answers": answers(&[]), "reason": "看错了" });
        zhou.post(&format!("{path}/tickets/{}/result", id(&has)), anew).await.refused(422, "spot_check_own_work");
    }

    async fn a_result_is_corrected_with_a_reason_and_stays_readable(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (ticket, other) = (p.ticket_at(&t, "closed").await, p.ticket_at(&t, "closed").await);
        let path = chosen(&t, &p.li, &[&ticket, &other]).await;
        let result = format!("{path}/tickets/{}/result", id(&ticket));
        check(&p.li, &path, &ticket, &["times", "result"]).await.is(200);
        check(&p.li, &path, &ticket, &[]).await.refused(422, "spot_check_reason_needed");
        assert_eq!(p.li.get(&path).await.json["correct"], 0);
        let corrected = p.admin.post(&result, json!({ "answers": answers(&[]), "reason": "照片在另一张工单" })).await;
        assert_eq!((&corrected.is(200).json["result"]["correct"], &corrected.json["result"]["reason"]), (&json!(true), &json!("照片在另一张工单")));
        let now = p.li.get(&path).await.json.clone();
        assert_eq!((&now["checked"], &now["correct"], &now["status"]), (&json!(1), &json!(1), &json!("open")));
        let history = p.li.get(&format!("{path}/tickets/{}/results", id(&ticket))).await;
        let history = history.is(200).json["items"].as_array().expect("results").clone();
        let seen: Vec<_> = history.iter().map(|one| (one["correct"].clone(), one["reason"].clone())).collect();
        assert_eq!(seen, [(json!(true), json!("照片在另一张工单")), (json!(false), Value::Null)]);
        assert_eq!(results(&p.wang, "").await.len(), 1, "only what stands");
        // After the end, nothing new is found, and what was found can be put right.
        let stale = p.li.request(Method::POST, &format!("{path}/close")).header("If-Match", "\"1\"").json(&json!({ "reason": "够了" }));
        p.li.send(stale).await.refused(412, "version_stale");
        let closed = p.li.post(&format!("{path}/close"), json!({ "reason": "人手不足" })).await;
        assert_eq!((&closed.is(200).json["status"], &closed.json["close_reason"]), (&json!("closed"), &json!("人手不足")));
        assert_eq!(closed.json["closed_by"]["name"], "李主管");
        check(&p.li, &path, &other, &[]).await.refused(409, "spot_check_not_open");
        p.li.post(&format!("{path}/close"), json!({ "reason": "够了" })).await.refused(409, "spot_check_not_open");
        let again = json!({ "answers": answers(&["wording"]), "reason": "复核" });
        p.li.post(&result, again).await.is(200);
        assert_eq!(p.li.get(&path).await.json["correct"], 0);
        // Both may be drawn again, and each round's finding counts.
        assert_eq!(population(&t, &p.li, json!({})).await, 2);
        let next = chosen(&t, &p.li, &[&ticket]).await;
        check(&p.li, &next, &ticket, &[]).await.is(200);
        assert_eq!(counts(group(&rates(&t, &p.li, "").await, ""), "records_correct"), [1, 2, 0, 0]);
        proven(&t).await;
    }

    async fn whom_a_complaint_is_about_does_not_see_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let li_id = t.staff_id("li").await;
        let about = complaint_about(&t, &p, &li_id).await;
        draw(&t, &p.li, json!({ "size": 5 })).await.refused(422, "spot_check_nothing_to_draw");
        fold::run(&t.app).await.expect("marks are put into effect");
        draw(&t, &p.li, json!({ "size": 5 })).await.refused(422, "spot_check_nothing_to_draw");
        draw(&t, &p.li, json!({ "ticket_ids": [id(&about)] })).await.refused_field("/ticket_ids/0", "spot_check_ticket_unknown");
        let (zhou, _) = t.hire("zhou", Role::Supervisor, None).await;
        let other = p.ticket_at(&t, "closed").await;
        let drawn = draw(&t, &zhou, json!({ "size": 5 })).await;
        let path = format!("{LIST}/{}", drawn.is(201).id());
        assert_eq!((&drawn.json["population"], &drawn.json["sampled"]), (&json!(2), &json!(2)));
        check(&zhou, &path, &about, &["times"]).await.is(200);
        assert_eq!(tickets(&zhou, &path).await.len(), 2);
        // To her, it was never there.
        let seen = p.li.get(&path).await.is(200).json.clone();
        assert_eq!((&seen["population"], &seen["size"], &seen["sampled"]), (&json!(1), &json!(4), &json!(1)));
        assert_eq!((&seen["checked"], &seen["correct"]), (&json!(0), &json!(0)));
        let listed = rounds(&t, &p.li, "").await;
        assert_eq!((&listed[0]["sampled"], &listed[0]["checked"]), (&json!(1), &json!(0)));
        let found = tickets(&p.li, &path).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["ticket"]["id"], id(&other));
        check(&p.li, &path, &about, &[]).await.refused(404, "spot_check_ticket_not_found");
        p.li.get(&format!("{path}/tickets/{}/results", id(&about))).await.refused(404, "spot_check_ticket_not_found");
        assert_eq!(results(&p.li, &format!("&person_id={}", p.wang_id)).await, Vec::<Value>::new());
        assert_eq!(results(&zhou, &format!("&person_id={}", p.wang_id)).await.len(), 1);

        // Nor does somebody learn of one against them from what was found in it, though they answered for it.
        let own = complaint_about(&t, &p, &p.zhao_id).await;
        t.app.write({
            let (ticket, zhao): (Id, Id) =
                (id(&own).parse().expect("an id"), p.zhao_id.parse().expect("an id"));
            move |tx| {
                use diesel::prelude::*;
                use yijian::db::schema::tickets::dsl;
                Ok(diesel::update(dsl::tickets.find(ticket)).set(dsl::assignee_id.eq(Some(zhao))).execute(tx.conn)?)
            }
        }).await.expect("an assignee");
        let path = chosen(&t, &zhou, &[&own]).await;
        check(&zhou, &path, &own, &["times"]).await.is(200);
        assert_eq!(results(&p.zhao, "").await, Vec::<Value>::new());
        assert_eq!(told(&p.zhao, &own).await, [""; 0]);
        assert!(!told(&zhou, &own).await.contains(&"record_wrong".to_owned()), "it is nobody else's either");
        assert_eq!(results(&zhou, &format!("&person_id={}", p.zhao_id)).await.len(), 1);
    }

    async fn a_person_sees_and_hears_what_was_found_and_colleagues_do_not(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, sun) = second_mall(&t).await;
        let (right, wrong) = (p.ticket_at(&t, "closed").await, p.ticket_at(&t, "closed").await);
        let path = chosen(&t, &p.li, &[&right, &wrong]).await;
        check(&p.li, &path, &right, &[]).await.is(200);
        check(&p.li, &path, &wrong, &["times"]).await.is(200);
        let own = results(&p.wang, "").await;
        assert_eq!(own.len(), 2);
        assert_eq!((&own[0]["ticket_id"], &own[0]["correct"], &own[0]["person"]["name"]), (&json!(id(&wrong)), &json!(false), &json!("王师傅")));
        assert_eq!((&own[0]["number"], &own[0]["kind"]), (&json!("R000002"), &json!("repair")));
        assert_eq!(own[0]["answers"][3]["answer"], "no");
        assert_eq!(results(&p.wang, "&correct=false").await.len(), 1);
        assert_eq!(results(&p.wang, &format!("&person_id={}", p.wang_id)).await, own);
        assert_eq!(results(&p.wang, &format!("&site_id={}", xinghe(&t).await)).await, own);
        let page = p.wang.get(&format!("{LIST}/results?limit=1")).await;
        let next = page.is(200).json["next_cursor"].as_str().expect("a cursor").to_owned();
        assert_eq!(p.wang.get(&format!("{LIST}/results?limit=1&cursor={next}")).await.is(200).json["items"][0], own[1]);
        // The leads see them as well, and nobody else.
        let of_wang = format!("&person_id={}", p.wang_id);
        assert_eq!(results(&p.li, &of_wang).await, own);
        assert_eq!(results(&p.admin, &of_wang).await, own);
        for who in [&p.zhao, &p.mei, &t.staff("gao").await] {
            who.get(&format!("{LIST}/results?{of_wang}")).await.refused(403, "view_not_yours");
            assert_eq!(results(who, "").await, Vec::<Value>::new());
        }
        assert_eq!(results(&sun, &of_wang).await, Vec::<Value>::new());
        let at_site = format!("{LIST}/results?site_id={}{of_wang}", xinghe(&t).await);
        sun.get(&at_site).await.refused(403, "view_not_yours");
        p.lin.get(&format!("{LIST}/results")).await.refused(403, "role_staff_needed");
        // Told of what is wrong, once.
        let wrong_ones = |kinds: Vec<String>| kinds.iter().filter(|kind| *kind == "record_wrong").count();
        assert_eq!(wrong_ones(told(&p.wang, &wrong).await), 1);
        assert_eq!(wrong_ones(told(&p.wang, &right).await), 0);
        let still = json!({ "answers": answers(&["times", "result"]), "reason": "还缺照片" });
        p.li.post(&format!("{path}/tickets/{}/result", id(&wrong)), still).await.is(200);
        assert_eq!(wrong_ones(told(&p.wang, &wrong).await), 1);
        assert_eq!(wrong_ones(told(&p.zhao, &wrong).await), 0);
    }

    async fn a_result_counts_the_second_it_is_written(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (right, wrong) = (p.ticket_at(&t, "closed").await, p.ticket_at(&t, "resolved").await);
        let path = chosen(&t, &p.li, &[&right, &wrong]).await;
        fold::run(&t.app).await.expect("marks are put into effect");
        assert_eq!(counts(group(&rates(&t, &p.li, "").await, ""), "records_correct"), [0, 0, 0, 0]);
        check(&p.li, &path, &right, &[]).await.is(200);
        check(&p.li, &path, &wrong, &["times"]).await.is(200);
        let missed = format!("/api/v1/rates/records_correct/tickets?site_id={}&part=missed", xinghe(&t).await);
        for is_put in [false, true] {
            if is_put {
                fold::run(&t.app).await.expect("marks are put into effect");
            }
            let of = async |query: &str, key: &str| counts(group(&rates(&t, &p.li, query).await, key), "records_correct");
            assert_eq!(of("", "").await, [1, 2, 0, 0], "put: {is_put}");
            assert_eq!(of("&group_by=person", &p.wang_id).await, [1, 2, 0, 0]);
            assert_eq!(of("&group_by=department", &p.engineering).await, [1, 2, 0, 0]);
            assert_eq!(of("&group_by=kind", "repair").await, [1, 2, 0, 0]);
            let behind = p.li.get(&missed).await;
            assert_eq!(behind.is(200).json["items"].as_array().expect("tickets").len(), 1);
            assert_eq!(behind.json["items"][0]["id"], id(&wrong));
        }
        proven(&t).await;
        let report = p.li.get(&format!("/api/v1/reports/monthly?site_id={}", xinghe(&t).await)).await;
        let tables = report.is(200).json["tables"].as_array().expect("tables");
        let people = tables.iter().find(|table| table["key"] == "people").expect("a table");
        let place = people["columns"].as_array().expect("columns").iter().position(|column| *column == "记录正确率");
        let rows = people["rows"].as_array().expect("rows");
        let wang = rows.iter().find(|row| row[0] == "王师傅").expect("a row");
        assert_eq!(wang[place.expect("a column")], json!([1, 2]));
        // Put right, it no longer speaks against anybody.
        let again = json!({ "answers": answers(&[]), "reason": "看错了" });
        p.li.post(&format!("{path}/tickets/{}/result", id(&wrong)), again).await.is(200);
        assert_eq!(counts(group(&rates(&t, &p.li, "").await, ""), "records_correct"), [2, 2, 0, 0]);
        assert_eq!(p.li.get(&missed).await.is(200).json["items"], json!([]));
        // What was found stays with whoever answered for it then.
        p.lin.post(&format!("{wrong}/reopen"), json!({ "reason": "又坏了" })).await.is(200);
        p.mei.post(&format!("{wrong}/assign"), json!({ "department_id": p.cleaning })).await.is(200);
        let by = rates(&t, &p.li, "&group_by=department").await;
        assert_eq!(counts(group(&by, &p.engineering), "records_correct"), [2, 2, 0, 0]);
        // What is withdrawn after all counts in no rate.
        p.mei.post(&format!("{wrong}/cancel"), json!({ "reason": "不修了" })).await.is(200);
        assert_eq!(counts(group(&rates(&t, &p.li, "").await, ""), "records_correct"), [1, 1, 0, 0]);
        proven(&t).await;
    }

    async fn the_checklist_has_versions_and_a_round_keeps_its_own(t: TestApp) {
        let p = People::sign_in(&t).await;
        let path = format!("/api/v1/sites/{}/spot_checklist", xinghe(&t).await);
        let seeded = p.wang.get(&path).await;
        assert_eq!((&seeded.is(200).json["version"], &seeded.json["versions"]), (&json!(0), &json!([])));
        let keys: Vec<&str> = seeded.json["items"].as_array().expect("items").iter()
            .filter(|item| item["required"] == true).map(|item| item["key"].as_str().expect("a key")).collect();
        assert_eq!(keys, REQUIRED);
        p.lin.get(&path).await.refused(403, "role_staff_needed");
        let ticket = p.ticket_at(&t, "closed").await;
        let old = chosen(&t, &p.li, &[&ticket]).await;
        let item = |key: &str, label: &str| json!({ "key": key, "label": label, "required": true });
        let two = json!({ "items": [item("times", "时间属实"), item("photos", "前后照片")], "reason": "简化" });
        p.mei.put(&path, two.clone()).await.refused(403, "role_lead_needed");
        let written = p.li.put(&path, two.clone()).await;
        assert_eq!((&written.is(200).json["version"], written.header("etag")), (&json!(1), Some("\"1\"")));
        assert_eq!((&written.json["versions"][0]["reason"], written.json["items"].as_array().map(Vec::len)), (&json!("简化"), Some(2)));
        let stale = p.li.request(Method::PUT, &path).header("If-Match", "\"0\"").json(&two);
        p.li.send(stale).await.refused(412, "version_stale");
        let put = async |items: Value| p.li.put(&path, json!({ "items": items, "reason": "试" })).await;
        put(json!([item("times", "一"), item("photos", "二"), item("times", "三")])).await.refused_field("/items/2/key", "spot_check_item_twice");
        put(json!([])).await.refused_field("/items", "length_out_of_range");
        let many: Vec<Value> = (0..51).map(|i| item(&format!("item_{i}"), "项")).collect();
        put(json!(many)).await.refused_field("/items", "length_out_of_range");
        put(json!([item(&"k".repeat(41), "一")])).await.refused_field("/items/0/key", "text_too_long");
        put(json!([item("times", &"字".repeat(201))])).await.refused_field("/items/0/label", "text_too_long");
        p.li.put(&path, json!({ "items": [item("times", "一")] })).await.refused_field("/reason", "field_missing");
        let (_, sun) = second_mall(&t).await;
        sun.put(&path, two).await.refused(404, "site_not_found");
        sun.get(&path).await.refused(404, "site_not_found");
        // A round is held against what it was drawn with.
        assert_eq!(p.li.get(&old).await.json["checklist_version"], 0);
        check(&p.li, &old, &ticket, &[]).await.is(200);
        let new = chosen(&t, &p.li, &[&ticket]).await;
        assert_eq!(p.li.get(&new).await.json["checklist_version"], 1);
        check(&p.li, &new, &ticket, &[]).await.refused_field("/answers/0/item", "spot_check_item_unknown");
        let fitting = json!({ "answers": [{ "item": "photos", "answer": "yes" }, { "item": "times", "answer": "yes" }] });
        p.li.post(&format!("{new}/tickets/{}/result", id(&ticket)), fitting).await.is(200);
    }

    async fn two_leads_who_draw_at_once_draw_no_ticket_twice(t: TestApp) {
        let p = People::sign_in(&t).await;
        for _ in 0..3 {
            p.ticket_at(&t, "resolved").await;
        }
        let (one, two) = join(draw(&t, &p.li, json!({ "size": 3 })), draw(&t, &p.admin, json!({ "size": 3 }))).await;
        let mut seen = std::collections::BTreeSet::new();
        for reply in [&one, &two] {
            match reply.status {
                201 => {
                    for found in tickets(&p.admin, &format!("{LIST}/{}", reply.id())).await {
                        assert!(seen.insert(found["ticket"]["id"].to_string()), "twice: {found}");
                    }
                }
                409 => {
                    reply.refused(409, "spot_check_drawn_meanwhile");
                }
                _ => {
                    reply.refused(422, "spot_check_nothing_to_draw");
                }
            }
        }
        assert_eq!(seen.len(), 3);
    }
}
