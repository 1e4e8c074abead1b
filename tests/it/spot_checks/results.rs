//! What was found: how it is put right, who sees it, and what it counts for.

use reqwest::Method;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::rates::fold;
use yijian::values::Id;

use super::{LIST, answers, check, chosen, complaint_about, draw, id, population, results, rounds, tickets, xinghe};
use crate::both;
use crate::rates::{counts, group, proven, rates};
use crate::standards::second_mall;
use crate::support::{People, told};

both! {
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
}
