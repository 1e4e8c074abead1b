//! Whose word counts on a complaint: who withdraws, cancels, merges, agrees and concludes, and for whom.

use serde_json::{Value, json};
use yijian::accounts::model::{ClientScope, Role};

use crate::both;
use crate::complaints::{category, complain, paths};
use crate::standards::sound;
use crate::support::{Client, People, Reply, TestApp, timeline, told};

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

async fn merge(who: &Client, ticket: &str, into: &str) -> Reply {
    who.post(&format!("{ticket}/merge"), json!({ "into_id": id(into), "reason": "同一件事" })).await
}

async fn agree(who: &Client, complaint: &str, agreed: bool, comment: Option<&str>) -> Reply {
    who.post(&format!("{complaint}/agree"), json!({ "agreed": agreed, "comment": comment })).await
}

/// Somebody without an account called, and the desk wrote it down.
async fn called(t: &TestApp, desk: &Client, phone: Option<&str>) -> (String, String) {
    let body = json!({
        "scene": t.scenes().shop, "category_id": category(t, "complaint-price").await, "description": "多收了钱",
        "on_behalf_of": { "channel": "phone", "name": "吴女士", "phone": phone }
    });
    paths(&desk.post("/api/v1/complaints", body).await)
}

both! {
    async fn what_somebody_takes_back_is_withdrawn(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        p.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "不投诉了" })).await.is(200);
        let over = p.li.get(&complaint).await;
        assert_eq!((&over.is(200).json["complaint"]["outcome"], &over.json["complaint"]["concluded_at"]),
            (&json!("withdrawn"), &over.json["closed_at"]));
        // What a lead cancels nobody took back.
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "测试").await;
        p.li.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.is(200);
        assert_eq!(p.li.get(&complaint).await.json["complaint"]["outcome"], Value::Null);
    }

    async fn an_agent_does_not_end_somebody_elses_complaint(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-quality", "掉色").await;
        let why = json!({ "reason": "无理取闹" });
        p.mei.post(&format!("{ticket}/cancel"), why.clone()).await.refused(403, "complaint_needs_lead");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "已换", "outcome": "justified" })).await.is(200);
        p.lin.post(&format!("{ticket}/reopen"), json!({ "reason": "没解决" })).await.is(200);
        p.mei.post(&format!("{ticket}/cancel"), why.clone()).await.refused(403, "complaint_needs_lead");
        assert_eq!(p.lin.get(&ticket).await.is(200).json["status"], "accepted");
        p.li.post(&format!("{ticket}/cancel"), why.clone()).await.is(200);
        let (_, called) = called(&t, &p.mei, None).await;
        p.mei.post(&format!("{called}/cancel"), why.clone()).await.refused(403, "complaint_needs_lead");
        // What she wrote down of her own accord is hers.
        let (_, own) = complain(&t, &p.mei, "complaint-noise", "巡查发现太吵").await;
        p.mei.post(&format!("{own}/cancel"), why).await.is(200);
    }

    async fn complaints_of_two_people_stay_two(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, hers) = complain(&t, &p.lin, "complaint-attitude", "骂人").await;
        let (_, others) = complain(&t, &p.hua, "complaint-attitude", "骂人").await;
        for who in [&p.mei, &p.li] {
            merge(who, &others, &hers).await.refused(422, "merge_of_other_person");
        }
        let (_, again) = complain(&t, &p.lin, "complaint-attitude", "又点了一次").await;
        merge(&p.mei, &again, &hers).await.is(200);
        // Who has no account is known by the number.
        let (_, first) = called(&t, &p.mei, Some("13600007777")).await;
        let (_, twin) = called(&t, &p.mei, Some("13600007777")).await;
        let (_, stranger) = called(&t, &p.mei, Some("13600008888")).await;
        let (_, nobody) = called(&t, &p.mei, None).await;
        let (_, somebody) = called(&t, &p.mei, None).await;
        for (ticket, into) in [(&stranger, &first), (&nobody, &first), (&nobody, &somebody), (&hers, &first), (&first, &hers)] {
            merge(&p.mei, ticket, into).await.refused(422, "merge_of_other_person");
        }
        merge(&p.mei, &twin, &first).await.is(200);
        // Gathered, each keeps what is theirs.
        let body = json!({ "part_ids": [id(&others)], "reason": "同一个人" });
        p.mei.post(&format!("{hers}/gather"), body).await.is(200);
        p.mei.act(&format!("{hers}/accept")).await.is(200);
        p.mei.post(&format!("{hers}/resolve"), json!({ "result": "已批评" })).await.is(200);
        assert_eq!(p.hua.get(&others).await.is(200).json["result"], "已批评");
        p.hua.post(&format!("{others}/rate"), json!({ "score": 5 })).await.is(200);
        sound(&t).await;
    }

    async fn whoever_found_it_answers_everybody_who_complained(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, incident) = complain(&t, &p.mei, "complaint-facility", "巡查发现扶梯异响").await;
        let (_, part) = complain(&t, &p.lin, "complaint-facility", "扶梯响").await;
        let body = json!({ "part_ids": [id(&part)], "reason": "同一处" });
        p.mei.post(&format!("{incident}/gather"), body).await.is(200);
        p.mei.post(&format!("{incident}/reply"), json!({ "text": "正在维修" })).await.is(200);
        let lines = timeline(&p.lin, &part).await;
        let answer = lines.last().expect("a line");
        assert_eq!((&answer["action"], &answer["text"]), (&json!("reply"), &json!("正在维修")));
        assert_eq!(told(&p.lin, &part).await, ["ticket_replied"]);
        for ticket in [&incident, &part] {
            let clocks = p.mei.get(&format!("{ticket}/clocks")).await;
            let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
            let first = clocks.iter().find(|clock| clock["kind"] == "first_response").expect("a promise");
            assert_eq!(first["state"], "stopped");
        }
        // Who only asked, and is of the staff, still asks.
        let (_, own) = complain(&t, &p.zhao, "complaint-facility", "扶梯一直响").await;
        p.zhao.post(&format!("{own}/reply"), json!({ "text": "今天还响" })).await.is(200);
        let clocks = p.mei.get(&format!("{own}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        assert!(clocks.iter().all(|clock| clock["state"] == "running"), "nobody has answered him");
        sound(&t).await;
    }

    async fn the_person_agrees_or_somebody_who_made_no_offer_does_for_them(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (complaint, _) = complain(&t, &p.lin, "complaint-price", "贵了").await;
        let offer = json!({ "text": "送券" });
        p.mei.post(&format!("{complaint}/offer"), offer.clone()).await.is(200);
        agree(&p.mei, &complaint, true, Some("电话里说好")).await.refused(422, "agree_by_offerer");
        agree(&lan, &complaint, true, Some("电话里说好")).await.refused(403, "agree_needs_lead");
        agree(&p.li, &complaint, true, None).await.refused_field("/comment", "agree_note_needed");
        agree(&p.li, &complaint, true, Some("电话里说好")).await.is(200);
        agree(&p.li, &complaint, false, Some("又说不好")).await.refused(409, "offer_already_answered");
        // Her own word replaces it, and stands.
        let said = agree(&p.lin, &complaint, false, Some("我没同意")).await;
        assert_eq!(said.is(200).json["complaint"]["is_agreed"], false);
        agree(&p.lin, &complaint, true, None).await.refused(409, "offer_already_answered");
        agree(&p.li, &complaint, true, Some("电话里说好")).await.refused(409, "offer_already_answered");
        // A new offer, a new answer; who makes it does not answer it, lead or not.
        p.li.post(&format!("{complaint}/offer"), json!({ "text": "退差价" })).await.is(200);
        agree(&p.li, &complaint, true, Some("电话里说好")).await.refused(422, "agree_by_offerer");
        agree(&p.admin, &complaint, true, Some("电话里说好")).await.is(200);
        agree(&p.lin, &complaint, true, None).await.is(200);
        // Who has no account is heard on the telephone.
        let (called, _) = called(&t, &p.mei, Some("13600007777")).await;
        p.mei.post(&format!("{called}/offer"), offer).await.is(200);
        agree(&p.mei, &called, true, None).await.refused(422, "agree_by_offerer");
        agree(&lan, &called, true, None).await.is(200);
        agree(&lan, &called, false, None).await.refused(409, "offer_already_answered");
    }

    async fn what_a_lead_concluded_an_agent_does_not_change(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-quality", "掉色").await;
        let conclude = |outcome: &str, fen: Option<i32>| json!({ "outcome": outcome, "compensation_fen": fen });
        let path = format!("{complaint}/conclude");
        p.mei.post(&path, conclude("not_justified", None)).await.is(200);
        p.li.post(&path, conclude("justified", Some(500))).await.is(200);
        p.mei.post(&path, conclude("not_justified", None)).await.refused(403, "conclude_needs_lead");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "无", "outcome": "not_justified" })).await
            .refused(403, "conclude_needs_lead");
        assert_eq!(p.lin.get(&ticket).await.is(200).json["status"], "new", "nothing is half done");
        let kept = p.li.post(&path, conclude("partly_justified", None)).await;
        assert_eq!(kept.is(200).json["complaint"]["compensation_fen"], 500, "what was approved stays");
        let back = p.li.post(&path, conclude("not_justified", Some(0))).await;
        assert_eq!((&back.is(200).json["complaint"]["compensation_fen"], &back.json["complaint"]["internal"]["approved_by_id"]),
            (&Value::Null, &Value::Null));
    }

    async fn a_system_sees_what_became_of_a_complaint_it_filed(t: TestApp) {
        let p = People::sign_in(&t).await;
        let both = [ClientScope::TicketsWrite, ClientScope::TicketsRead];
        let hotline = t.signed_in_system("热线平台", &both).await;
        let body = json!({ "scene": t.scenes().shop, "description": "多收了钱", "contact": { "phone": "13811112222" } });
        let (complaint, _) = paths(&hotline.post("/api/v1/complaints", body).await);
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退差价" })).await.is(200);
        let seen = hotline.get(&complaint).await;
        assert_eq!((&seen.is(200).json["complaint"]["offer"], &seen.json["complaint"]["internal"]),
            (&json!("退差价"), &Value::Null));
        t.signed_in_system("别家", &both).await.get(&complaint).await.refused(404, "ticket_not_found");
        t.signed_in_system("只写", &[ClientScope::TicketsWrite]).await.get(&complaint).await.refused(403, "scope_needed");
    }

    async fn numbers_in_peoples_words_are_masked_where_others_read_them(t: TestApp) {
        let p = People::sign_in(&t).await;
        complain(&t, &p.lin, "complaint-price", "多收钱，打我电话 13812345678").await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-noise", "太吵").await;
        let around = p.mei.get(&format!("{ticket}/related")).await;
        for list in ["of_requester", "of_shop"] {
            assert_eq!(around.is(200).json[list][0]["description"], "多收钱，打我电话 138******78", "{list}");
        }
    }

    async fn what_intake_does_not_know_is_named(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut body = json!({ "scene": t.scenes().shop, "description": "骂人", "about_staff_id": p.lin.get("/api/v1/me").await.id() });
        p.hua.post("/api/v1/complaints", body.clone()).await.refused(404, "about_staff_not_found");
        body["about_staff_id"] = json!("0198c0de-0000-7000-8000-000000000001");
        p.hua.post("/api/v1/complaints", body.clone()).await.refused(404, "about_staff_not_found");
        body["about_staff_id"] = Value::Null;
        (body["contact"], body["on_behalf_of"]) = (json!({ "name": "吴" }), json!({ "channel": "phone" }));
        p.mei.post("/api/v1/complaints", body).await.refused(422, "contact_given_twice");
    }
}
