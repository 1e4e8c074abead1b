//! Who gets a ticket, and how it is passed on.

use diesel::prelude::*;
use futures_util::future::join_all;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::db::schema::ticket_hops;
use yijian::tickets::model::Hop;
use yijian::values::Id;

use crate::both;
use crate::support::{People, TestApp, timeline, told};

const NOBODY: &str = "0198c0de-0000-7000-8000-000000000001";

/// The ways a ticket has gone, oldest first: how, whence, whither, why.
async fn hops(t: &TestApp, ticket: &str) -> Vec<(String, Option<String>, Option<String>, Option<String>)> {
    let id: Id = ticket.rsplit('/').next().expect("an id").parse().expect("an id");
    let read = t.app.read(move |tx| {
        let rows = ticket_hops::table.filter(ticket_hops::ticket_id.eq(id)).order(ticket_hops::id);
        Ok(rows.select(Hop::as_select()).load(tx.conn)?)
    });
    let text = |id: Option<Id>| id.map(|id| id.to_string());
    let row = |h: Hop| (h.kind.as_str().to_owned(), text(h.from_department_id), text(h.to_department_id), h.reason);
    read.await.expect("rows").into_iter().map(row).collect()
}

fn hop(
    kind: &str,
    from: Option<&String>,
    to: Option<&String>,
    reason: Option<&str>,
) -> (String, Option<String>, Option<String>, Option<String>) {
    (kind.to_owned(), from.cloned(), to.cloned(), reason.map(ToOwned::to_owned))
}

both! {
    async fn assigning_takes_somebody_who_can_do_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "accepted").await;
        let lin_id = p.lin.get("/api/v1/me").await.id();
        let admin_id = p.admin.get("/api/v1/me").await.id();
        let cases = [
            (json!({}), 422, "assign_to_whom"),
            (json!({ "department_id": null, "assignee_id": null }), 422, "assign_to_whom"),
            (json!({ "department_id": NOBODY }), 404, "department_not_found"),
            (json!({ "department_id": t.site().await }), 404, "department_not_found"),
            (json!({ "assignee_id": NOBODY }), 422, "assignee_not_staff_here"),
            (json!({ "assignee_id": lin_id }), 422, "assignee_not_staff_here"),
            (json!({ "assignee_id": admin_id }), 422, "assignee_not_staff_here"),
            (json!({ "department_id": p.cleaning, "assignee_id": p.wang_id }), 422, "assignee_not_in_department"),
            (json!({ "department_id": NOBODY, "assignee_id": p.wang_id }), 422, "assignee_not_in_department"),
        ];
        for (body, status, code) in cases {
            p.mei.post(&format!("{ticket}/assign"), body).await.refused(status, code);
        }
        let malformed = p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": "engineering" })).await;
        malformed.refused_field("/department_id", "id_malformed");
        let shown = p.mei.get(&ticket).await;
        assert_eq!((&shown.json["status"], &shown.json["version"]), (&json!("accepted"), &json!(2)));
        assert_eq!(hops(&t, &ticket).await, []);
    }

    async fn who_may_no_longer_sign_in_gets_no_work(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, id) = t.hire("sun", Role::Technician, Some("cleaning")).await;
        let ticket = p.file(&t).await;
        t.app.write(|tx| yijian::accounts::staff::disable(tx, "sun")).await.expect("disabled");
        let reply = p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": id })).await;
        reply.refused(422, "assignee_not_staff_here");
    }

    async fn a_person_brings_their_department_along(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        let given = p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await;
        assert_eq!(given.is(200).json["department"], json!({ "id": p.engineering, "name": "工程" }));
        assert_eq!(given.json["assignee"], json!({ "id": p.wang_id, "name": "王师傅" }));
        // To the department alone: back into its pool, and no new way.
        let pooled = p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.engineering })).await;
        assert_eq!((&pooled.is(200).json["assignee"], &pooled.json["status"]), (&Value::Null, &json!("assigned")));
        let other = p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.cleaning })).await;
        assert_eq!((&other.is(200).json["department"]["name"], &other.json["bounces"]), (&json!("保洁"), &json!(0)));
        assert_eq!(hops(&t, &ticket).await, [
            hop("assign", None, Some(&p.engineering), None),
            hop("assign", Some(&p.engineering), Some(&p.cleaning), None),
        ]);
        let line = timeline(&p.mei, &ticket).await.pop().expect("a line");
        assert_eq!(line["detail"], json!({ "from_department": "工程", "to_department": "保洁" }));
    }

    async fn of_fifty_grabs_one_wins(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.pooled(&t, &p.engineering).await;
        let path = format!("{ticket}/grab");
        let grabs = (0..50).map(|i| if i % 2 == 0 { p.wang.act(&path) } else { p.zhao.act(&path) });
        let replies = join_all(grabs).await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
        assert_eq!(won.len(), 1);
        assert_eq!(lost.len(), 49);
        for reply in &lost {
            reply.refused(409, "ticket_already_taken");
        }
        let shown = p.mei.get(&ticket).await;
        assert_eq!(shown.json["assignee"], won[0].json["assignee"]);
        assert_eq!((&shown.json["status"], &shown.json["version"]), (&json!("assigned"), &json!(4)));
        let lines = timeline(&p.mei, &ticket).await;
        assert_eq!(lines.iter().filter(|line| line["action"] == "grab").count(), 1);
    }

    async fn only_technicians_of_the_department_grab(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (guard, _) = t.hire("qian", Role::Technician, Some("security")).await;
        let path = format!("{}/grab", p.pooled(&t, &p.engineering).await);
        guard.act(&path).await.refused(404, "ticket_not_found");
        for desk in [&p.mei, &p.li, &p.admin] {
            desk.act(&path).await.refused(403, "action_not_yours");
        }
        p.lin.act(&path).await.refused(403, "role_staff_needed");
        assert_eq!(p.zhao.act(&path).await.is(200).json["assignee"]["id"], p.zhao_id);
        p.zhao.act(&path).await.refused(409, "ticket_already_taken");
        // What it once had, a department knows of but cannot take.
        let security = p.pooled(&t, &p.security).await;
        let on = json!({ "reason": "要电工", "department_id": p.engineering });
        guard.post(&format!("{security}/transfer"), on).await.is(200);
        guard.get(&security).await.is(200);
        guard.act(&format!("{security}/grab")).await.refused(403, "action_not_yours");
    }

    async fn passing_on_takes_a_reason_and_another_department(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "in_progress").await;
        let (transfer, back) = (format!("{ticket}/transfer"), format!("{ticket}/return"));
        let body = json!({ "department_id": p.security });
        p.wang.post(&transfer, body).await.refused_field("/reason", "field_missing");
        let body = json!({ "reason": " ", "department_id": p.security });
        p.wang.post(&transfer, body).await.refused_field("/reason", "text_blank");
        p.wang.post(&transfer, json!({ "reason": "不归我们" })).await.refused_field("/department_id", "field_missing");
        let to = |id: &str| json!({ "reason": "不归我们", "department_id": id });
        p.wang.post(&transfer, to(&p.engineering)).await.refused(422, "transfer_to_same_department");
        p.wang.post(&transfer, to(NOBODY)).await.refused(404, "department_not_found");
        let body = json!({ "reason": "不归我们", "department_id": p.security, "assignee_id": p.zhao_id });
        p.wang.post(&transfer, body).await.refused(422, "assignee_not_in_department");
        p.wang.post(&back, json!({})).await.refused_field("/reason", "field_missing");
        assert_eq!(p.mei.get(&ticket).await.json["version"], 4);

        let (_, guard_id) = t.hire("qian", Role::Technician, Some("security")).await;
        let body = json!({ "reason": "先封控", "department_id": p.security, "assignee_id": guard_id });
        let passed = p.wang.post(&transfer, body).await;
        assert_eq!((&passed.is(200).json["status"], &passed.json["bounces"]), (&json!("assigned"), &json!(1)));
        assert_eq!(passed.json["assignee"]["id"], guard_id);
        let line = timeline(&p.lin, &ticket).await.pop().expect("a line");
        assert_eq!(line["reason"], "先封控");
        let way = json!({
            "from_department": "工程", "to_department": "安保", "assignee": "qian", "assignee_id": guard_id
        });
        assert_eq!(line["detail"], way);
    }

    async fn each_way_from_department_to_department_is_on_record(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (guard, _) = t.hire("qian", Role::Technician, Some("security")).await;
        let ticket = p.pooled(&t, &p.engineering).await;
        let body = json!({ "reason": "先封控", "department_id": p.security });
        p.zhao.post(&format!("{ticket}/transfer"), body).await.is(200);
        let back = guard.post(&format!("{ticket}/return"), json!({ "reason": "要请厂家" })).await;
        assert_eq!((&back.is(200).json["status"], &back.json["bounces"]), (&json!("accepted"), &json!(2)));
        assert_eq!((&back.json["department"], &back.json["assignee"]), (&Value::Null, &Value::Null));
        assert_eq!(hops(&t, &ticket).await, [
            hop("assign", None, Some(&p.engineering), None),
            hop("transfer", Some(&p.engineering), Some(&p.security), Some("先封控")),
            hop("return", Some(&p.security), None, Some("要请厂家")),
        ]);
        let line = timeline(&p.lin, &ticket).await.pop().expect("a line");
        assert_eq!((&line["reason"], &line["detail"]), (&json!("要请厂家"), &json!({ "from_department": "安保" })));
    }

    async fn at_the_third_bounce_the_supervisor_is_told_once(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (guard, _) = t.hire("qian", Role::Technician, Some("security")).await;
        let ticket = p.pooled(&t, &p.engineering).await;
        let (to_security, to_engineering) = (
            json!({ "reason": "归安保", "department_id": p.security }),
            json!({ "reason": "归工程", "department_id": p.engineering }),
        );
        let bounced = |kinds: Vec<String>| kinds.into_iter().filter(|kind| kind == "ticket_bounced").count();
        let transfer = format!("{ticket}/transfer");
        for (who, body, bounces, notices) in [
            (&p.wang, &to_security, 1, 0),
            (&guard, &to_engineering, 2, 0),
            (&p.wang, &to_security, 3, 1),
            (&guard, &to_engineering, 4, 1),
        ] {
            assert_eq!(who.post(&transfer, body.clone()).await.is(200).json["bounces"], bounces);
            assert_eq!(bounced(told(&p.li, &ticket).await), notices, "after {bounces}");
        }
        for other in [&p.mei, &p.wang, &guard, &p.lin, &p.admin] {
            assert_eq!(bounced(told(other, &ticket).await), 0);
        }
        let lines = timeline(&p.mei, &ticket).await;
        let escalated: Vec<&Value> = lines.iter().filter(|line| line["action"] == "escalate").collect();
        assert_eq!(escalated.len(), 1);
        assert_eq!((&escalated[0]["is_public"], &escalated[0]["detail"]), (&json!(false), &json!({ "bounces": 3 })));
        assert!(timeline(&p.lin, &ticket).await.iter().all(|line| line["action"] != "escalate"));
    }
}
