//! How grave a complaint is: what rules propose, and who decides.

use serde_json::{Value, json};

use super::{actions, category, complain, paths};
use crate::both;
use crate::standards::sound;
use crate::support::{People, timeline, told};

both! {
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
