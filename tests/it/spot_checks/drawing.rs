//! What is drawn, by lot and by two at once.

use futures_util::future::join;
use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::rates::fold;

use super::{LIST, answers, check, draw, id, population, round, rounds, tickets};
use crate::both;
use crate::complaints::{category, complain};
use crate::support::People;

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
