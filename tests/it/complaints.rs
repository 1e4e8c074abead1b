//! Complaints from the first tap to their end, and every rule on the way.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;

use crate::both;
use crate::standards::{second_mall, sound};
use crate::support::{Client, People, Reply, TestApp, png, timeline, told};

/// A category of the demo mall.
pub async fn category(t: &TestApp, code: &str) -> String {
    let reply = t.anyone().get(&format!("/api/v1/catalogue?site_id={}", t.site().await)).await;
    let items = reply.is(200).json["items"].as_array().expect("categories").clone();
    let found = items.iter().find(|item| item["code"] == code).expect("a category of that code");
    found["id"].as_str().expect("an id").to_owned()
}

/// A complaint about the shop, and its paths as a complaint and as a ticket.
pub async fn complain(t: &TestApp, who: &Client, code: &str, description: &str) -> (String, String) {
    let body = json!({
        "scene": t.scenes().shop, "category_id": category(t, code).await, "description": description
    });
    paths(&who.post("/api/v1/complaints", body).await)
}

#[track_caller]
pub fn paths(filed: &Reply) -> (String, String) {
    let id = filed.is(201).id();
    (format!("/api/v1/complaints/{id}"), format!("/api/v1/tickets/{id}"))
}

pub fn investigation() -> Value {
    json!({
        "facts": "扶梯出口地面有水，顾客滑倒", "cause": "保洁后未放警示牌",
        "responsibility": "保洁班组", "measures": "拖地必须放警示牌"
    })
}

/// What somebody reads on a timeline, oldest first.
pub async fn actions(who: &Client, ticket: &str) -> Vec<String> {
    let lines = timeline(who, ticket).await;
    lines.iter().map(|line| line["action"].as_str().expect("an action").to_owned()).collect()
}

/// The follow-up of a ticket that is to be done.
pub async fn follow_up(who: &Client, ticket: &str) -> Value {
    let id = ticket.rsplit('/').next().expect("an id");
    let reply = who.get(&format!("/api/v1/follow_ups?ticket_id={id}&status=open")).await;
    reply.is(200).json["items"][0].clone()
}

/// Somebody asks, and hears this.
pub async fn ask(who: &Client, ticket: &str, way: &str, result: &str) -> Reply {
    let one = follow_up(who, ticket).await;
    let path = format!("/api/v1/follow_ups/{}", one["id"].as_str().expect("something to ask"));
    who.post(&format!("{path}/attempt"), json!({ "way": way, "reached": true })).await.is(200);
    who.post(&format!("{path}/complete"), json!({ "result": result, "overall": 3 })).await
}

both! {
    async fn a_fall_on_the_escalator(t: TestApp) {
        let p = People::sign_in(&t).await;
        // One tap; the rules know the words, the category says it is about safety.
        let body = json!({
            "scene": t.scenes().lift, "category_id": category(&t, "complaint-safety").await,
            "description": "我妈在扶梯出口摔倒了，腿流血"
        });
        let filed = p.lin.post("/api/v1/complaints", body).await;
        let (complaint, ticket) = paths(&filed);
        assert_eq!((&filed.json["kind"], &filed.json["severity"]), (&json!("complaint"), &json!("major")));
        assert_eq!(filed.json["complaint"]["grade"], "major_safety");
        assert_eq!(filed.json["complaint"]["internal"], Value::Null, "what the desk thinks is the desk's");
        assert!(told(&p.li, &ticket).await.contains(&"complaint_major".to_owned()), "at once");
        // Two days, by the wall clock, and no way to make it wait.
        let clocks = p.lin.get(&format!("{ticket}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        let resolution = clocks.iter().find(|clock| clock["kind"] == "resolution").expect("a promise");
        assert_eq!(resolution["target_seconds"], 48 * 3600);
        let grave = json!({ "grade": "major_safety", "reason": "老人流血" });
        p.li.post(&format!("{complaint}/grade"), grave).await.is(200);
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        p.wang.act(&format!("{ticket}/start")).await.is(200);
        p.wang.post(&format!("{ticket}/pause"), json!({ "reason": "waiting_requester" })).await
            .refused(422, "pause_major");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "已道歉", "outcome": "justified" })).await
            .refused(422, "settle_major");

        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "承担医药费，并上门看望" })).await.is(200);
        assert_eq!(told(&p.lin, &ticket).await, ["ticket_accepted", "complaint_offer"]);
        let agreed = p.lin.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await;
        assert_eq!(agreed.is(200).json["complaint"]["is_agreed"], true);
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已陪同就医并上门看望" })).await.is(200);
        // Nobody closes it without the investigation, not even by a good word.
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "investigation_missing");
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "follow_up");
        p.li.act(&format!("{ticket}/close")).await.refused(422, "investigation_missing");
        let written = p.mei.post(&format!("{complaint}/investigate"), investigation()).await;
        let mut whole = investigation();
        (whole["by_id"], whole["at"]) = (json!(p.mei_id), json!("2026-11-22T02:00:00.000Z"));
        assert_eq!(written.is(200).json["complaint"]["internal"]["investigation"], whole);
        p.li.act(&format!("{ticket}/close")).await.refused(422, "follow_up_missing");

        // The first call finds her unhappy; then only the supervisor, and only by call or visit.
        let asked = follow_up(&p.mei, &ticket).await;
        let own = format!("/api/v1/follow_ups/{}/attempt", asked["id"].as_str().expect("an id"));
        p.mei.post(&own, json!({ "way": "call", "reached": true })).await.refused(422, "follow_up_by_handler");
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        ask(&lan, &ticket, "call", "unsatisfied").await.is(200);
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "second_follow_up_missing");
        let second = follow_up(&p.li, &ticket).await;
        assert_eq!((&second["second"], &second["cause"]), (&json!(true), &json!("unsatisfied")));
        assert!(told(&p.li, &ticket).await.contains(&"follow_up_opened".to_owned()));
        let path = format!("/api/v1/follow_ups/{}/attempt", second["id"].as_str().expect("an id"));
        let visit = json!({ "way": "visit", "reached": true });
        p.mei.post(&path, visit.clone()).await.refused(403, "second_follow_up_by_lead");
        p.li.post(&path, json!({ "way": "message", "reached": true })).await
            .refused(422, "second_follow_up_call_or_visit");
        ask(&p.li, &ticket, "visit", "satisfied").await.is(200);
        // Who decides what comes of it could not have asked.
        let paid = json!({ "outcome": "justified", "compensation_fen": 86_000, "note": "保险先垫付" });
        p.li.post(&format!("{complaint}/conclude"), paid).await.is(200);
        let over = p.lin.get(&complaint).await;
        assert_eq!(over.is(200).json["status"], "closed");
        assert_eq!(over.json["complaint"]["compensation_fen"], 86_000);
        let story = [
            "open", "regrade", "accept", "assign", "start", "offer", "agree", "resolve", "investigate", "follow_up",
            "follow_up", "close", "conclude",
        ];
        assert_eq!(actions(&p.li, &ticket).await, story);
        let hers = ["open", "accept", "assign", "start", "offer", "agree", "resolve", "close"];
        assert_eq!(actions(&p.lin, &ticket).await, hers, "what the mall thinks of it is the mall's");
        sound(&t).await;
    }

    async fn a_price_dispute_answered_on_the_spot(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({
            "scene": t.scenes().shop, "category_id": category(&t, "complaint-price").await,
            "description": "收银价比标价贵 20 元",
            "on_behalf_of": { "channel": "desk", "name": "王先生", "phone": "13987654321" },
            "settled": { "result": "已退还差价 20 元", "outcome": "justified" }
        });
        let settled = p.mei.post("/api/v1/complaints", body).await;
        let (complaint, ticket) = paths(&settled);
        assert_eq!(settled.json["status"], "resolved");
        assert_eq!(settled.json["complaint"]["outcome"], "justified");
        // She handled it, so somebody else asks.
        let one = follow_up(&p.mei, &ticket).await;
        let path = format!("/api/v1/follow_ups/{}/attempt", one["id"].as_str().expect("an id"));
        let call = json!({ "way": "call", "reached": true });
        p.mei.post(&path, call).await.refused(422, "follow_up_by_handler");
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        assert_eq!(p.li.get(&complaint).await.is(200).json["status"], "closed");
        sound(&t).await;
    }

    async fn a_shoppers_complaint_is_settled_in_one_call(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        let done = p.mei
            .post(&format!("{complaint}/settle"), json!({ "result": "店长已当面道歉", "outcome": "justified" }))
            .await;
        assert_eq!((&done.is(200).json["status"], &done.json["complaint"]["outcome"]),
            (&json!("resolved"), &json!("justified")));
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "再来一次", "outcome": "justified" })).await
            .refused(409, "action_not_allowed_now");
        assert_eq!(actions(&p.mei, &ticket).await, ["open", "accept", "resolve", "conclude"]);
        assert_eq!(actions(&p.lin, &ticket).await, ["open", "accept", "resolve"]);
        // Her own word stands for the follow-up.
        let rated = p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await;
        assert_eq!(rated.is(200).json["status"], "closed");
        sound(&t).await;
    }

    async fn what_rules_propose_a_person_decides(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-quality", "奶茶喝出虫子，我要发抖音曝光").await;
        let seen = p.li.get(&complaint).await;
        let internal = &seen.is(200).json["complaint"]["internal"];
        assert_eq!(internal["proposed_grade"], "major_group");
        assert_eq!(internal["proposed_because"], json!(["group_words"]));
        assert_eq!((&seen.json["complaint"]["grade"], &internal["graded_at"]), (&json!("normal"), &Value::Null));
        assert!(told(&p.li, &ticket).await.contains(&"grade_proposed".to_owned()));

        let grade = |to: &str| json!({ "grade": to, "reason": "已有三家媒体询问" });
        p.mei.post(&format!("{complaint}/grade"), json!({ "grade": "major_group" })).await
            .refused_field("/reason", "field_missing");
        p.lin.post(&format!("{complaint}/grade"), grade("major_group")).await.refused(403, "role_staff_needed");
        let graded = p.mei.post(&format!("{complaint}/grade"), grade("major_group")).await;
        assert_eq!((&graded.is(200).json["severity"], &graded.json["complaint"]["grade"]),
            (&json!("major"), &json!("major_group")));
        assert!(told(&p.li, &ticket).await.contains(&"complaint_major".to_owned()));
        p.mei.post(&format!("{complaint}/grade"), grade("major_group")).await.refused(422, "regrade_nothing");
        p.mei.post(&format!("{complaint}/grade"), grade("major_safety")).await.is(200);
        // Only the supervisor makes it less, in either step; each decision stays on record.
        for less in ["major_group", "normal"] {
            p.mei.post(&format!("{complaint}/grade"), grade(less)).await.refused(403, "grade_needs_lead");
        }
        p.li.post(&format!("{complaint}/grade"), grade("major_group")).await.is(200);
        p.mei.post(&format!("{complaint}/grade"), grade("normal")).await.refused(403, "grade_needs_lead");
        let less = p.li.post(&format!("{complaint}/grade"), grade("normal")).await;
        assert_eq!(less.is(200).json["severity"], "normal");
        let lines = timeline(&p.li, &ticket).await;
        let decisions: Vec<_> = lines.iter().filter(|line| line["action"] == "regrade")
            .map(|line| (line["detail"]["from_grade"].clone(), line["detail"]["to_grade"].clone())).collect();
        let pair = |a: &str, b: &str| (json!(a), json!(b));
        let expected = [
            pair("normal", "major_group"), pair("major_group", "major_safety"), pair("major_safety", "major_group"),
            pair("major_group", "normal"),
        ];
        assert_eq!(decisions, expected);
        sound(&t).await;
    }

    async fn the_grade_goes_with_the_severity_of_the_ticket(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-parking", "停车场收费太贵").await;
        let major = json!({ "severity": "major", "reason": "几十人围堵" });
        p.mei.post(&format!("{ticket}/regrade"), major).await.is(200);
        assert_eq!(p.li.get(&complaint).await.json["complaint"]["grade"], "major_group");
        assert!(told(&p.li, &ticket).await.contains(&"complaint_major".to_owned()));
        assert_eq!(actions(&p.li, &ticket).await, ["open", "regrade"]);
        assert_eq!(actions(&p.lin, &ticket).await, ["open"]);
    }

    async fn what_turns_out_to_be_dangerous_is_a_matter_of_safety_from_then_on(t: TestApp) {
        let p = People::sign_in(&t).await;
        let safety = category(&t, "complaint-safety").await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-facility", "扶梯把手松了").await;
        let less = json!({ "category_id": safety, "severity": "normal", "reason": "有人差点摔下来" });
        p.mei.post(&format!("{ticket}/regrade"), less).await.refused(422, "regrade_dangerous");
        let danger = json!({ "category_id": safety, "reason": "有人差点摔下来" });
        let seen = p.mei.post(&format!("{ticket}/regrade"), danger.clone()).await;
        assert_eq!((&seen.is(200).json["severity"], &seen.json["priority"]), (&json!("major"), &json!("urgent")));
        let graded = p.li.get(&complaint).await;
        assert_eq!(graded.json["complaint"]["grade"], "major_safety");
        assert!(graded.json["complaint"]["internal"]["graded_at"].is_string(), "somebody decided that");
        for who in [&p.li, &t.staff("ma").await] {
            assert!(told(who, &ticket).await.contains(&"complaint_major".to_owned()));
        }
        let clocks = p.lin.get(&format!("{ticket}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        let resolution = clocks.iter().find(|clock| clock["kind"] == "resolution").expect("a promise");
        assert_eq!(resolution["target_seconds"], 48 * 3600);
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.act(&format!("{ticket}/start")).await.is(200);
        p.mei.post(&format!("{ticket}/pause"), json!({ "reason": "weather" })).await.refused(422, "pause_major");
        let group = json!({ "grade": "major_group", "reason": "人多" });
        p.li.post(&format!("{complaint}/grade"), group.clone()).await.refused(422, "regrade_dangerous");
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已加固" })).await.is(200);
        p.lin.act(&format!("{ticket}/close")).await.refused(422, "investigation_missing");

        // What was major for another reason is a matter of safety now.
        let (complaint, ticket) = complain(&t, &p.hua, "complaint-parking", "大家都堵在出口").await;
        p.mei.post(&format!("{complaint}/grade"), group).await.is(200);
        p.mei.post(&format!("{ticket}/regrade"), danger).await.is(200);
        assert_eq!(p.li.get(&complaint).await.json["complaint"]["grade"], "major_safety");
        sound(&t).await;
    }

    async fn what_may_get_into_the_press_is_proposed_as_major(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut body = json!({ "scene": t.scenes().shop, "description": "退款慢", "media_risk": true });
        let filed = p.mei.post("/api/v1/complaints", body.clone()).await;
        let (complaint, ticket) = paths(&filed);
        let seen = p.li.get(&complaint).await;
        let internal = &seen.is(200).json["complaint"]["internal"];
        assert_eq!((&internal["is_media_risk"], &internal["proposed_grade"], &internal["proposed_because"]),
            (&json!(true), &json!("major_group"), &json!(["media_risk"])));
        assert!(told(&p.li, &ticket).await.contains(&"grade_proposed".to_owned()));
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "已退", "outcome": "justified" })).await
            .refused(422, "grade_undecided");
        body["media_risk"] = json!(false);
        let (plain, _) = paths(&p.mei.post("/api/v1/complaints", body).await);
        assert_eq!(p.li.get(&plain).await.json["complaint"]["internal"]["proposed_grade"], Value::Null);
    }

    async fn a_department_can_be_complained_about(t: TestApp) {
        let p = People::sign_in(&t).await;
        let about = |department: &str| json!({
            "scene": t.scenes().shop, "description": "保洁堵着门", "about_department_id": department
        });
        let filed = p.lin.post("/api/v1/complaints", about(&p.cleaning)).await;
        let named = json!({ "id": p.cleaning, "name": "保洁" });
        assert_eq!(filed.is(201).json["complaint"]["about_department"], named);
        let (complaint, _) = paths(&filed);
        assert_eq!(p.li.get(&complaint).await.is(200).json["complaint"]["about_department"], named);
        let unknown = "0198c0de-0000-7000-8000-000000000001";
        p.lin.post("/api/v1/complaints", about(unknown)).await.refused(404, "department_not_found");
        let (site, sun) = second_mall(&t).await;
        let theirs = sun.get(&format!("/api/v1/sites/{site}/departments")).await;
        let theirs = theirs.is(200).json["items"][0]["id"].as_str().expect("an id").to_owned();
        p.lin.post("/api/v1/complaints", about(&theirs)).await.refused(404, "department_not_found");
    }

    async fn agreement_is_given_once_for_each_offer(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "贵了 20 元").await;
        let no = json!({ "agreed": false, "comment": "太少" });
        p.lin.post(&format!("{complaint}/agree"), no.clone()).await.refused(422, "offer_missing");
        let offer = p.mei.post(&format!("{complaint}/offer"), json!({ "text": "送停车券" })).await;
        assert_eq!(offer.is(200).json["complaint"]["offer"], "送停车券");
        // An answer of the desk is an answer.
        let clocks = p.lin.get(&format!("{ticket}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        let first = clocks.iter().find(|clock| clock["kind"] == "first_response").expect("a promise");
        assert_eq!(first["state"], "stopped");
        let said = p.lin.post(&format!("{complaint}/agree"), no).await;
        assert_eq!(said.is(200).json["complaint"]["is_agreed"], false);
        assert_eq!(told(&p.mei, &ticket).await, ["ticket_opened", "offer_answered"]);
        p.lin.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.refused(409, "offer_already_answered");
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        // The lead may say it for her, with how they heard it.
        let called = json!({ "agreed": true, "comment": "电话里说同意" });
        p.li.post(&format!("{complaint}/agree"), called).await.is(200);
        p.hua.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.refused(404, "ticket_not_found");
    }

    async fn compensation_is_approved_by_a_supervisor(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, _) = complain(&t, &p.lin, "complaint-quality", "衣服掉色").await;
        let paid = |fen: i64| json!({ "outcome": "partly_justified", "compensation_fen": fen });
        p.mei.post(&format!("{complaint}/conclude"), paid(5000)).await.refused(403, "compensation_needs_lead");
        p.li.post(&format!("{complaint}/conclude"), paid(-1)).await
            .refused_field("/compensation_fen", "number_out_of_range");
        let done = p.li.post(&format!("{complaint}/conclude"), paid(5000)).await;
        assert!(done.is(200).json["complaint"]["internal"]["approved_by_id"].is_string());
        let later = p.li.post(&format!("{complaint}/conclude"), json!({ "outcome": "justified" })).await;
        assert_eq!(later.is(200).json["complaint"]["compensation_fen"], 5000, "what was approved stays");
        // Also when it closed before anybody wrote down what came of it.
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-quality", "扣子掉了").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已换货" })).await.is(200);
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
        let late = p.mei.post(&format!("{complaint}/conclude"), json!({ "outcome": "justified" })).await;
        assert_eq!((&late.is(200).json["status"], &late.json["complaint"]["outcome"]),
            (&json!("closed"), &json!("justified")));
    }

    async fn a_matter_of_the_authorities_has_its_own_deadline(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({
            "scene": t.scenes().shop, "description": "12315 转办：预付卡退款",
            "on_behalf_of": { "channel": "phone", "name": "12315" },
            "from_regulator": { "name": "市场监管局 12315", "reference": "2026-118823", "working_days": 5 }
        });
        p.lin.post("/api/v1/complaints", json!({
            "scene": t.scenes().shop, "description": "转办",
            "from_regulator": { "name": "假的", "working_days": 1 }
        })).await.refused(403, "regulator_needs_staff");
        let filed = p.mei.post("/api/v1/complaints", body).await;
        let (_, ticket) = paths(&filed);
        let regulator = &filed.json["complaint"]["internal"]["regulator"];
        // Received on Sunday the 22nd: Monday to Friday, to the end of the 27th in Shanghai.
        assert_eq!(regulator["external_due_at"], "2026-11-27T16:00:00.000Z");
        assert_eq!(regulator["is_provisional"], false);
        assert_ne!(filed.json["due_at"], regulator["external_due_at"], "the normal clocks run beside it");
        t.advance(SignedDuration::from_hours(4 * 24 + 14)).await;
        let li = t.staff("li").await;
        assert_eq!(told(&li, &ticket).await.iter().filter(|kind| *kind == "external_due").count(), 1);
        t.advance(SignedDuration::from_hours(24)).await;
        let li = t.staff("li").await;
        assert_eq!(told(&li, &ticket).await.iter().filter(|kind| *kind == "external_due").count(), 2);
    }

    async fn what_comes_with_a_complaint_is_kept(t: TestApp) {
        let p = People::sign_in(&t).await;
        let photo = p.lin.upload(png()).await.id();
        let body = json!({
            "scene": t.scenes().shop, "description": "收据在照片里", "attachment_ids": [photo],
            "occurred_at": "2026-11-21T12:00:00Z"
        });
        let (complaint, ticket) = paths(&p.lin.post("/api/v1/complaints", body).await);
        for who in [&p.lin, &p.mei] {
            let seen = who.get(&complaint).await;
            assert_eq!(seen.is(200).json["attachments"][0]["id"], json!(photo));
            assert_eq!(seen.json["complaint"]["occurred_at"], "2026-11-21T12:00:00.000Z");
        }
        let proof = p.mei.upload(png()).await.id();
        let offer = json!({ "text": "退还差价，凭证见照片", "attachment_ids": [proof] });
        p.mei.post(&format!("{complaint}/offer"), offer).await.is(200);
        let lines = timeline(&p.lin, &ticket).await;
        let line = lines.iter().find(|line| line["action"] == "offer").expect("an offer");
        assert_eq!(line["attachments"][0]["id"], json!(proof));
    }

    async fn what_cannot_be_a_complaint_is_refused(t: TestApp) {
        let p = People::sign_in(&t).await;
        let scene = t.scenes().shop.clone();
        let post = |body: Value| p.lin.post("/api/v1/complaints", body);
        post(json!({ "description": "不满意" })).await.refused(422, "complaint_place_needed");
        let long = "很".repeat(10_000);
        post(json!({ "scene": scene, "description": long })).await.refused_field("/description", "text_too_long");
        post(json!({ "scene": scene, "description": "  \n " })).await.refused_field("/description", "text_blank");
        post(json!({ "scene": scene, "description": "坏\u{7}了" })).await
            .refused_field("/description", "text_has_control_characters");
        post(json!({ "scene": scene, "description": "不满", "occurred_at": "2030-01-01T00:00:00Z" })).await
            .refused_field("/occurred_at", "occurred_in_future");
        post(json!({ "scene": scene, "description": "不满", "occurred_at": "2020-01-01T00:00:00Z" })).await
            .refused_field("/occurred_at", "occurred_too_long_ago");
        let repair = category(&t, "lighting-out").await;
        post(json!({ "scene": scene, "description": "不满", "category_id": repair })).await
            .refused(404, "category_not_found");
        let settled = json!({ "result": "好了", "outcome": "justified" });
        post(json!({ "scene": scene, "description": "不满", "settled": settled })).await
            .refused(403, "settle_needs_staff");
        post(json!({ "scene": scene, "description": "不满", "about_staff_id": p.lin.get("/api/v1/me").await.id() })).await
            .refused(422, "complaint_about_oneself");
        let mei_about_mei = json!({ "scene": scene, "description": "不满", "about_staff_id": p.mei_id });
        p.mei.post("/api/v1/complaints", mei_about_mei).await.refused(422, "complaint_about_oneself");
        // A repair is no complaint.
        let repair = p.file(&t).await.replace("tickets", "complaints");
        p.mei.get(&repair).await.refused(404, "complaint_not_found");
        p.mei.post(&format!("{repair}/investigate"), investigation()).await.refused(404, "complaint_not_found");
        let list = p.mei.get("/api/v1/tickets?kind=complaint").await;
        assert_eq!(list.is(200).json["items"], json!([]), "nothing is half done");
    }

    async fn an_agent_cannot_get_round_the_supervisor(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-safety", "孩子被门夹到手").await;
        let parking = category(&t, "complaint-parking").await;
        let less = json!({ "severity": "normal", "category_id": parking, "reason": "没大事" });
        p.mei.post(&format!("{ticket}/regrade"), less.clone()).await.refused(403, "grade_needs_lead");
        // Called by another name, it stays what it is.
        let other = json!({ "category_id": parking, "reason": "说的是停车场的门" });
        assert_eq!(p.mei.post(&format!("{ticket}/regrade"), other).await.is(200).json["severity"], "major");
        let group = json!({ "grade": "major_group", "reason": "没人受伤" });
        p.mei.post(&format!("{complaint}/grade"), group).await.refused(403, "grade_needs_lead");
        assert_eq!(p.li.get(&complaint).await.json["complaint"]["grade"], "major_safety");
        p.mei.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.refused(403, "major_needs_lead");
        let (_, other) = complain(&t, &p.hua, "complaint-parking", "收费太贵").await;
        let id = |path: &str| path.rsplit('/').next().expect("an id").to_owned();
        let into = json!({ "into_id": id(&other), "reason": "一样" });
        p.mei.post(&format!("{ticket}/merge"), into.clone()).await.refused(422, "merge_into_lesser");
        let lamp = json!({ "into_id": id(&p.file(&t).await), "reason": "一样" });
        p.li.post(&format!("{ticket}/merge"), lamp).await.refused(422, "merge_of_other_kind");
        p.li.post(&format!("{ticket}/regrade"), less).await.is(200);
        assert_eq!(p.li.get(&complaint).await.json["complaint"]["grade"], "normal");
        p.mei.post(&format!("{ticket}/merge"), into).await.refused(422, "merge_of_other_person");

        // What the rules think is major is decided before it is settled.
        let (complaint, _) = complain(&t, &p.lin, "complaint-hygiene", "地滑，老人摔倒送医院").await;
        let settle = json!({ "result": "已道歉", "outcome": "justified" });
        p.mei.post(&format!("{complaint}/settle"), settle.clone()).await.refused(422, "grade_undecided");
        let ticket = complaint.replace("complaints", "tickets");
        p.mei.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.refused(422, "grade_undecided");
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await.refused(422, "grade_undecided");
        p.mei.act(&format!("{ticket}/start")).await.is(200);
        p.mei.post(&format!("{ticket}/pause"), json!({ "reason": "weather" })).await.refused(422, "grade_undecided");
        // Nor does it hide in another matter, where nobody would decide.
        let lift = p.file(&t).await;
        let part = json!({ "parent_id": id(&lift), "reason": "同一处" });
        p.mei.post(&format!("{ticket}/attach"), part).await.refused(422, "grade_undecided");
        let gather = json!({ "part_ids": [id(&ticket)], "reason": "同一处" });
        p.mei.post(&format!("{lift}/gather"), gather).await.refused(422, "grade_undecided");
        let normal = json!({ "grade": "normal", "reason": "只是擦破皮，本人要求不声张" });
        p.mei.post(&format!("{complaint}/grade"), normal).await.is(200);
        p.mei.post(&format!("{complaint}/settle"), settle).await.is(200);

        // Written down as one's own, it is no lighter.
        let (_, own) = complain(&t, &p.mei, "complaint-safety", "扶梯夹到鞋").await;
        p.mei.post(&format!("{own}/cancel"), json!({ "reason": "误报" })).await.refused(403, "major_needs_lead");
        let (_, own) = complain(&t, &p.mei, "complaint-hygiene", "地滑，老人摔倒送医院").await;
        p.mei.post(&format!("{own}/cancel"), json!({ "reason": "误报" })).await.refused(422, "grade_undecided");
    }

    async fn a_shop_is_where_one_is_or_what_one_complains_about(t: TestApp) {
        let p = People::sign_in(&t).await;
        let scan = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().shop)).await;
        let shop = scan.is(200).json["shop"]["id"].clone();
        let filed = p.lin.post("/api/v1/complaints", json!({ "shop_id": shop, "description": "电话打不通" })).await;
        assert_eq!(filed.is(201).json["shop"]["id"], shop);
        let lift = json!({ "scene": t.scenes().lift, "shop_id": shop, "description": "把货堆在电梯口" });
        let filed = p.lin.post("/api/v1/complaints", lift).await;
        assert_eq!((&filed.is(201).json["shop"]["id"], filed.json["equipment"]["id"].is_string()), (&shop, true));
        // The shop's own people say where they are when they scan their code, and complain about no shop of theirs.
        let chen = t.shopper("xiaochen").await;
        chen.post("/api/v1/me/phone", json!({ "code": "demo:13911112222" })).await.is(200);
        let bound = json!({ "site_id": t.site().await, "phone": "13911112222", "role": "merchant", "shop_id": shop });
        p.mei.post("/api/v1/memberships", bound).await.is(201);
        let chen = t.shopper("xiaochen").await;
        let noise = json!({ "scene": t.scenes().shop, "description": "隔壁装修太吵" });
        let filed = chen.post("/api/v1/complaints", noise).await;
        assert_eq!(filed.is(201).json["shop"], Value::Null);
        let own = json!({ "shop_id": shop, "description": "自己" });
        chen.post("/api/v1/complaints", own.clone()).await.refused(422, "complaint_about_oneself");
        let mut called = own;
        called["on_behalf_of"] = json!({ "channel": "phone", "phone": "13911112222" });
        p.mei.post("/api/v1/complaints", called).await.refused(422, "complaint_about_oneself");
    }

    async fn a_complaint_is_between_the_person_and_the_desk(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-attitude", "店员骂人").await;
        let scan = p.hua.get(&format!("/api/v1/scan/{}", t.scenes().shop)).await;
        assert_eq!(scan.is(200).json["open_tickets"], json!([]));
        p.hua.act(&format!("{ticket}/follow")).await.refused(404, "ticket_not_found");
        p.wang.act(&format!("{ticket}/follow")).await.refused(404, "ticket_not_found");
        p.mei.act(&format!("{ticket}/follow")).await.refused(422, "follow_complaint");
    }

    async fn whom_a_complaint_is_about_does_not_see_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({ "scene": t.scenes().shop, "description": "小梅态度差", "about_staff_id": p.mei_id });
        let (complaint, ticket) = paths(&p.lin.post("/api/v1/complaints", body).await);
        for path in [&complaint, &ticket, &format!("{ticket}/contact"), &format!("{ticket}/related")] {
            p.mei.get(path).await.refused(404, "ticket_not_found");
        }
        p.mei.act(&format!("{ticket}/accept")).await.refused(404, "ticket_not_found");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "无", "outcome": "not_justified" })).await
            .refused(404, "ticket_not_found");
        assert_eq!(p.mei.get("/api/v1/tickets").await.is(200).json["items"], json!([]));
        assert_eq!(p.li.get("/api/v1/tickets").await.json["items"].as_array().map(Vec::len), Some(1));
        p.li.post(&format!("{complaint}/settle"), json!({ "result": "已道歉", "outcome": "justified" })).await.is(200);
        let one = follow_up(&p.li, &ticket).await;
        let path = format!("/api/v1/follow_ups/{}/attempt", one["id"].as_str().expect("an id"));
        p.mei.post(&path, json!({ "way": "call", "reached": true })).await.refused(404, "follow_up_not_found");
        p.mei.get(path.trim_end_matches("/attempt")).await.refused(404, "follow_up_not_found");
        assert_eq!(p.mei.get("/api/v1/follow_ups").await.is(200).json["items"], json!([]));
        let (_, other) = complain(&t, &p.lin, "complaint-parking", "收费太贵").await;
        let around = p.mei.get(&format!("{other}/related")).await;
        assert_eq!((&around.is(200).json["of_requester"], &around.json["of_shop"]), (&json!([]), &json!([])));
        let against = json!({
            "scene": t.scenes().shop, "description": "小梅又骂人", "about_staff_id": p.mei_id,
            "on_behalf_of": { "channel": "phone", "name": "王先生" }
        });
        p.mei.post("/api/v1/complaints", against).await.refused(422, "complaint_about_oneself");
    }

    async fn nobody_deals_with_a_complaint_about_themselves(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({ "scene": t.scenes().lamp, "description": "师傅态度差", "about_staff_id": p.wang_id });
        let filed = p.lin.post("/api/v1/complaints", body).await;
        let (complaint, ticket) = paths(&filed);
        assert_eq!(filed.json["complaint"]["about_staff"]["name"], "王师傅");
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await
            .refused(422, "assignee_is_concerned");
        p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.engineering })).await.is(200);
        p.wang.act(&format!("{ticket}/grab")).await.refused(404, "ticket_not_found");
        p.zhao.act(&format!("{ticket}/grab")).await.is(200);
        p.zhao.post(&format!("{complaint}/offer"), json!({ "text": "已批评教育" })).await.is(200);
    }

    async fn what_has_no_deadline_says_so(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, ticket) = complain(&t, &p.lin, "complaint-safety", "扶梯夹到手").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已送医" })).await.is(200);
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["until"], &next.json["text"]), (&json!("review"), &Value::Null,
            &json!("已处理完毕，服务台还要复核一次才会结单；复核没有规定的期限。")));
    }

    async fn what_happens_next_is_said_in_words(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "贵了").await;
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["text"]),
            (&json!("answer"), &json!("客服将在 11-22 10:15 前受理。")));
        let english = p.lin.request(reqwest::Method::GET, &format!("{ticket}/next")).header("Accept-Language", "en");
        assert_eq!(p.lin.send(english).await.is(200).json["text"], "The desk will take this up by 11-22 10:15.");
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["text"], "正在处理，预计 11-23 10:00 前完成。");
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "退款", "outcome": "justified" })).await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "follow_up");
        ask(&p.li, &ticket, "call", "satisfied").await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "reopen");
        p.hua.get(&format!("{ticket}/next")).await.refused(404, "ticket_not_found");
    }

    async fn a_fall_is_found_out_though_the_person_takes_it_back(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-safety", "扶梯口摔了一跤").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        let back = json!({ "reason": "算了，不追究了" });
        let taken = p.lin.post(&format!("{ticket}/cancel"), back.clone()).await;
        assert_eq!((&taken.is(200).json["status"], &taken.json["closed_at"]), (&json!("accepted"), &Value::Null));
        assert_eq!(p.lin.get(&complaint).await.json["complaint"]["outcome"], "withdrawn");
        assert!(told(&p.mei, &ticket).await.contains(&"ticket_cancelled".to_owned()));
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["until"]), (&json!("investigate"), &taken.json["due_at"]));
        assert_eq!(next.json["text"],
            "您已撤回投诉。重大事项我们仍会查明原因，预计 11-24 10:00 前完成，不需要您再做什么。");
        p.lin.post(&format!("{ticket}/cancel"), back.clone()).await.refused(409, "complaint_taken_back_already");
        // Nobody else ends it that way either.
        p.li.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.refused(422, "investigation_missing");
        let clocks = p.lin.get(&format!("{ticket}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        assert!(clocks.iter().any(|clock| clock["kind"] == "resolution" && clock["state"] == "running"), "{clocks:?}");
        // Once it is found out, it is over, as what was withdrawn is.
        let written = p.mei.post(&format!("{complaint}/investigate"), investigation()).await;
        assert_eq!((&written.is(200).json["status"], &written.json["complaint"]["outcome"]),
            (&json!("cancelled"), &json!("withdrawn")));
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "over");
        assert!(told(&p.lin, &ticket).await.contains(&"ticket_cancelled".to_owned()));
        let lines = timeline(&p.li, &ticket).await;
        let actions: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
        assert_eq!(actions, ["open", "accept", "cancel", "investigate", "cancel"]);

        // What only looks like one waits for a decision; it is over when it was none, and found out when it was one.
        for (grade, status) in [("normal", "cancelled"), ("major_safety", "new")] {
            let (complaint, ticket) = complain(&t, &p.lin, "complaint-hygiene", "地滑，老人摔倒了").await;
            p.lin.post(&format!("{ticket}/cancel"), back.clone()).await.is(200);
            assert_eq!(p.mei.get(&ticket).await.json["status"], "new");
            let decided = json!({ "grade": grade, "reason": "已核实" });
            assert_eq!(p.mei.post(&format!("{complaint}/grade"), decided).await.is(200).json["status"], status);
        }
        // Found out before, it is over at once; and so is what is about no danger.
        let (complaint, ticket) = complain(&t, &p.hua, "complaint-safety", "扶梯夹到手").await;
        p.mei.post(&format!("{complaint}/investigate"), investigation()).await.is(200);
        assert_eq!(p.hua.post(&format!("{ticket}/cancel"), back.clone()).await.is(200).json["status"], "cancelled");
        let (_, ticket) = complain(&t, &p.hua, "complaint-price", "多收钱").await;
        assert_eq!(p.hua.post(&format!("{ticket}/cancel"), back.clone()).await.is(200).json["status"], "cancelled");
        // What many people are upset about is no more one person's to end.
        let (complaint, ticket) = complain(&t, &p.hua, "complaint-price", "大家都多收了钱").await;
        let many = json!({ "grade": "major_group", "reason": "多人反映" });
        p.mei.post(&format!("{complaint}/grade"), many).await.is(200);
        assert_eq!(p.hua.post(&format!("{ticket}/cancel"), back).await.is(200).json["status"], "new");
        p.li.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.refused(422, "investigation_missing");
        let written = p.mei.post(&format!("{complaint}/investigate"), investigation()).await;
        assert_eq!(written.is(200).json["status"], "cancelled");
        sound(&t).await;
    }

    async fn nothing_is_graded_anew_without_a_reason(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-parking", "收费太贵").await;
        for reason in [Value::Null, json!("  "), json!("因\u{7}"), json!("因".repeat(10_000))] {
            let (mut grade, mut regrade) = (json!({ "grade": "major_group" }), json!({ "severity": "major" }));
            if !reason.is_null() {
                (grade["reason"], regrade["reason"]) = (reason.clone(), reason);
            }
            for (path, body) in [(format!("{complaint}/grade"), grade), (format!("{ticket}/regrade"), regrade)] {
                let refused = p.mei.post(&path, body).await;
                assert_eq!(refused.refused(422, "fields_invalid").json["errors"][0]["pointer"], "/reason");
            }
        }
        assert_eq!(p.mei.get(&ticket).await.json["severity"], "normal");
    }

    async fn an_offer_waits_for_an_answer(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "贵了").await;
        let step = async || p.lin.get(&format!("{ticket}/next")).await.is(200).json["step"].clone();
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        assert_eq!(step().await, "work");
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["text"]),
            (&json!("agree"), &json!("我们已提出处理方案，请您确认是否同意。没有答复也会继续处理，预计 11-23 10:00 前完成。")));
        assert_eq!(next.json["until"], "2026-11-23T02:00:00.000Z");
        let english = p.lin.request(reqwest::Method::GET, &format!("{ticket}/next")).header("Accept-Language", "en");
        assert_eq!(p.lin.send(english).await.is(200).json["text"],
            "You were offered something; please say whether you agree. Work goes on without an answer and should be done by 11-23 10:00.");
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "已退还差价" })).await.is(200);
        let next = p.lin.get(&format!("{ticket}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["text"]), (&json!("agree"),
            &json!("我们已提出处理方案，请您确认是否同意。没有答复也会在 11-23 10:00 前回访您。")), "it can still be answered");
        // Once nobody asks any more, silence closes it.
        let (quiet, silent) = complain(&t, &p.hua, "complaint-price", "贵").await;
        p.mei.post(&format!("{quiet}/offer"), json!({ "text": "退还差价" })).await.is(200);
        p.mei.act(&format!("{silent}/accept")).await.is(200);
        p.mei.post(&format!("{silent}/resolve"), json!({ "result": "已退还差价" })).await.is(200);
        let asked = follow_up(&p.li, &silent).await;
        let path = format!("/api/v1/follow_ups/{}", asked["id"].as_str().expect("an id"));
        for _ in 0..3 {
            let li = t.staff("li").await;
            li.post(&format!("{path}/attempt"), json!({ "way": "call", "reached": false })).await.is(200);
            t.advance(SignedDuration::from_hours(2)).await;
        }
        t.staff("li").await.post(&format!("{path}/complete"), json!({ "result": "unreachable" })).await.is(200);
        let next = t.shopper("xiaohua").await.get(&format!("{silent}/next")).await;
        assert_eq!((&next.is(200).json["step"], &next.json["until"]), (&json!("agree"), &json!("2026-11-25T02:00:00.000Z")));
        assert_eq!(next.json["text"], "我们已提出处理方案，请您确认是否同意。如无答复，11-25 10:00 自动结单。");
        let p = People::sign_in(&t).await;
        let step = async || p.lin.get(&format!("{ticket}/next")).await.is(200).json["step"].clone();
        p.lin.post(&format!("{complaint}/agree"), json!({ "agreed": true })).await.is(200);
        assert_eq!(step().await, "follow_up");
        // Should the time pass before anybody closes it, that is said too.
        t.app.clock.advance(SignedDuration::from_hours(72)).expect("a clock moved by hand");
        let hua = t.shopper("xiaohua").await;
        let next = hua.get(&format!("{silent}/next")).await;
        assert_eq!((&next.is(200).json["is_late"], &next.json["text"]),
            (&json!(true), &json!("我们已提出处理方案，请您确认是否同意。即将结单。")));
        let english = hua.request(reqwest::Method::GET, &format!("{silent}/next")).header("Accept-Language", "en");
        assert_eq!(hua.send(english).await.is(200).json["text"],
            "You were offered something; please say whether you agree. This is about to close.");
        let p = People::sign_in(&t).await;
        // Nor is one asked for an answer that cannot be given any more.
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-price", "又贵了").await;
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "退还差价" })).await.is(200);
        p.lin.post(&format!("{ticket}/cancel"), json!({ "reason": "算了" })).await.is(200);
        assert_eq!(p.lin.get(&format!("{ticket}/next")).await.json["step"], "over");
    }
}

#[test]
fn how_grave_a_complaint_looks() {
    use yijian::complaints::grading::{Facts, GradeSign, propose};
    use yijian::complaints::model::Grade;
    let facts = |description| Facts { description, is_dangerous: false, similar: 1, is_media_risk: false };
    for (description, grade) in [
        ("店员态度不好", Grade::Normal),
        ("孩子被自动门夹到手", Grade::MajorSafety),
        ("老人滑倒送医", Grade::MajorSafety),
        ("业主群里大家都在说", Grade::MajorGroup),
        ("My mother FELL and was hurt", Grade::MajorSafety),
        ("express lane was closed", Grade::Normal),
        ("黄昏时灯太暗", Grade::Normal),
        ("吊坠掉色", Grade::Normal),
        ("烫发效果很差", Grade::Normal),
        ("抖音团购券不能用", Grade::Normal),
        ("地上有水滑了一跤", Grade::MajorSafety),
    ] {
        assert_eq!(propose(&facts(description)).grade, grade, "{description}");
    }
    let both =
        propose(&Facts {
            description: "摔倒了，记者来了", is_dangerous: false, similar: 3, is_media_risk: true
        });
    assert_eq!(both.grade, Grade::MajorSafety, "people before papers");
    let because = [GradeSign::InjuryWords, GradeSign::GroupWords, GradeSign::Similar, GradeSign::MediaRisk];
    assert_eq!(both.because, because);
    assert_eq!(propose(&Facts { similar: 2, ..facts("味道难闻") }).grade, Grade::Normal);
    assert_eq!(propose(&Facts { similar: 3, ..facts("味道难闻") }).because, [GradeSign::Similar]);
    assert_eq!(propose(&Facts { is_dangerous: true, ..facts("味道难闻") }).because, [GradeSign::Category]);
}
