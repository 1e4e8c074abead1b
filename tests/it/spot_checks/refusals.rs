//! What is refused, and to whom.

use serde_json::{Value, json};
use yijian::accounts::model::{ClientScope, Membership, Role};
use yijian::values::Id;

use super::{LIST, answers, check, chosen, draw, id, population, tickets, xinghe};
use crate::both;
use crate::standards::second_mall;
use crate::support::People;

both! {
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
}
