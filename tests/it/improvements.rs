//! A missed target is improved: once for each month, by somebody, until somebody else finds it good.

use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::improvements::{service, watch};
use yijian::rates::measures::Rate;
use yijian::rates::periods::Period;
use yijian::sites::model::Kind;
use yijian::values::Id;

use crate::both;
use crate::complaints::complain;
use crate::standards::second_mall;
use crate::support::{Backend, Client, People, TestApp};

const LIST: &str = "/api/v1/improvements";

/// So many tickets that closed, and nobody said how it was: the return of surveys is missed, and nothing else.
async fn unrated(t: &TestApp, p: &People, count: usize) {
    for _ in 0..count {
        p.ticket_at(t, "closed").await;
    }
}

async fn rated(t: &TestApp, p: &People, count: usize) {
    for _ in 0..count {
        let ticket = p.ticket_at(t, "resolved").await;
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
    }
}

/// From ten in the morning of 22 November to ten past midnight.
async fn night(t: &TestApp) {
    t.advance(SignedDuration::from_mins(14 * 60 + 10)).await;
}

/// To half past midnight of 1 December, without anybody having been there before.
async fn next_month(t: &TestApp) {
    t.app.clock.advance(SignedDuration::from_mins(206 * 60 + 30)).expect("a clock moved by hand");
    t.advance(SignedDuration::ZERO).await;
}

async fn improvements(who: &Client, query: &str) -> Vec<Value> {
    let page = who.get(&format!("{LIST}?limit=100{query}")).await;
    page.is(200).json["items"].as_array().expect("improvements").clone()
}

async fn only(who: &Client) -> Value {
    let mut found = improvements(who, "").await;
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

fn path(one: &Value) -> String {
    format!("{LIST}/{}", one["id"].as_str().expect("an id"))
}

/// How often somebody was told something of this kind.
async fn told(who: &Client, kind: &str) -> usize {
    let reply = who.get("/api/v1/notices?limit=100").await;
    reply.is(200).json["items"].as_array().expect("notices").iter().filter(|notice| notice["kind"] == kind).count()
}

async fn site(t: &TestApp) -> Id {
    t.site().await.parse().expect("an id")
}

async fn aim_at(t: &TestApp, rates: Value, few: u32, complaints: i32) {
    let path = format!("/api/v1/sites/{}/rate_targets", t.site().await);
    let targets = json!({ "rates": rates, "few": few, "complaints_per_month": complaints });
    t.staff("li").await.put(&path, json!({ "targets": targets, "reason": "试" })).await.is(200);
}

/// The rates of November without an improvement.
async fn gaps(t: &TestApp) -> Vec<(Rate, Option<Kind>)> {
    let (site, november) = (site(t).await, Period::month_of("2026-11-22".parse().expect("a day")));
    t.app.read(move |tx| service::gaps(tx, site, november)).await.expect("gaps")
}

async fn by_hand(t: &TestApp, who: &Client, more: Value) -> crate::support::Reply {
    let mut body = json!({ "site_id": t.site().await, "month": "2026-11-22", "rate": "survey_return" });
    let fields = body.as_object_mut().expect("fields");
    fields.extend(more.as_object().expect("fields").clone());
    who.post(LIST, body).await
}

both! {
    async fn a_month_that_missed_a_target_opens_one_however_often_it_is_looked(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        assert_eq!(gaps(&t).await, [(Rate::SurveyReturn, None)]);
        next_month(&t).await;
        let li = t.staff("li").await;
        let publish = json!({ "site_id": t.site().await, "kind": "monthly", "day": "2026-11-30" });
        li.post("/api/v1/reports/publish", publish).await.is(201);
        let one = only(&li).await;
        assert_eq!((&one["number"], &one["cause"], &one["status"]), (&json!("G000001"), &json!("period_end"), &json!("open")));
        assert_eq!((&one["month"], &one["rate"], &one["problem"]), (&json!("2026-11-01"), &json!("survey_return"), &json!("rate_missed")));
        assert_eq!((&one["numerator"], &one["denominator"], &one["target"]), (&json!(0), &json!(5), &json!(9500)));
        assert_eq!((&one["value"], &one["at_most"], &one["overdue"]), (&json!(0.0), &json!(false), &json!(false)));
        assert_eq!(one["due_at"], "2026-12-14T16:30:00.000Z");
        let worst = json!([{ "key": p.engineering, "name": "工程", "against": 5, "cases": 5 }]);
        assert_eq!(one["worst"]["departments"], worst);
        assert_eq!(one["worst"]["persons"][0]["key"], json!(p.wang_id));
        assert_eq!(gaps(&t).await, []);
        // Whoever answers for the worst department has it, and was told.
        assert_eq!(one["owner"]["id"], json!(t.staff_id("gao").await));
        assert_eq!(told(&t.staff("gao").await, "improvement_opened").await, 1);
        assert_eq!(told(&li, "improvement_opened").await, 0);
        // How a person does, only leads see.
        assert_eq!(only(&t.staff("mei").await).await["worst"]["persons"], json!([]));
        // The next nights, and two workers at once.
        t.hours(48).await;
        let site = site(&t).await;
        let (a, b) = join(watch::judge(&t.app, site), watch::judge(&t.app, site)).await;
        assert_eq!(a.expect("looked"), b.expect("looked"));
        only(&t.staff("li").await).await;
        assert_eq!(told(&t.staff("gao").await, "improvement_opened").await, 1);
    }

    async fn two_workers_that_look_at_once_open_one(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        t.app.clock.advance(SignedDuration::from_mins(206 * 60 + 30)).expect("a clock moved by hand");
        let site = site(&t).await;
        let (a, b) = join(watch::judge(&t.app, site), watch::judge(&t.app, site)).await;
        assert_eq!(a.expect("looked"), b.expect("looked"));
        only(&t.staff("li").await).await;
        assert_eq!(told(&t.staff("gao").await, "improvement_opened").await, 1);
    }

    async fn a_month_that_ended_while_nobody_was_there_is_looked_at(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        // 20 January: the server stood still since November.
        t.app.clock.advance(SignedDuration::from_hours(59 * 24)).expect("a clock moved by hand");
        t.advance(SignedDuration::ZERO).await;
        let one = only(&t.staff("li").await).await;
        assert_eq!((&one["month"], &one["cause"]), (&json!("2026-11-01"), &json!("period_end")));
        assert_eq!(gaps(&t).await, []);
        // Started once more, and looked at every night: still one.
        t.app.write(watch::plant_everywhere).await.expect("planted");
        t.hours(48).await;
        assert_eq!(only(&t.staff("li").await).await["id"], one["id"]);
    }

    async fn a_month_that_was_looked_at_is_left_alone(t: TestApp) {
        aim_at(&t, json!([{ "rate": "rework", "share": 500 }]), 5, 10).await;
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 4).await;
        let mended = p.ticket_at(&t, "closed").await;
        // 6 December, and a target that nobody had in November.
        t.app.clock.advance(SignedDuration::from_hours(14 * 24)).expect("a clock moved by hand");
        t.advance(SignedDuration::ZERO).await;
        aim_at(&t, json!([{ "rate": "survey_return", "share": 9500 }]), 5, 10).await;
        assert_eq!(gaps(&t).await, [], "nobody aimed at that");
        // What was mended in November is broken again.
        let again = t.shopper("xiaolin").await;
        let again = again.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "又坏了" })).await;
        let same = json!({ "earlier_id": mended.rsplit('/').next(), "confirmed": true, "reason": "同一盏灯" });
        t.staff("mei").await.post(&format!("{}/repeat", crate::support::path(&again)), same).await.is(200);
        t.hours(24).await;
        let li = t.staff("li").await;
        assert_eq!(improvements(&li, "").await, Vec::<Value>::new());
        assert_eq!(gaps(&t).await, [(Rate::Rework, None)]);
        // And its report is not published before somebody has taken it up.
        let publish = json!({ "site_id": t.site().await, "kind": "monthly", "day": "2026-11-30" });
        li.post("/api/v1/reports/publish", publish.clone()).await.refused(422, "report_gaps");
        by_hand(&t, &li, json!({ "rate": "rework" })).await.is(201);
        assert_eq!(gaps(&t).await, []);
        li.post("/api/v1/reports/publish", publish).await.is(201);
    }

    async fn one_supervisor_and_one_admin_can_bring_it_to_its_end(t: TestApp) {
        aim_at(&t, json!([]), 5, 1).await;
        let p = People::sign_in(&t).await;
        complain(&t, &p.lin, "complaint-price", "贵了").await;
        complain(&t, &p.hua, "complaint-attitude", "店员爱理不理").await;
        let made = by_hand(&t, &p.li, json!({ "rate": null })).await;
        let one = path(&made.is(201).json);
        assert_eq!(made.json["owner"]["name"], "李主管", "nobody answers for a department");
        let (plan, evidence) = (json!({ "plan": "逐件复盘" }), json!({ "evidence": "已复盘" }));
        let good = json!({ "accepted": true, "note": "属实" });
        // The other one has done all of it: neither may check, until the owner does it anew.
        p.admin.post(&format!("{one}/plan"), plan.clone()).await.is(200);
        p.admin.post(&format!("{one}/evidence"), evidence.clone()).await.is(200);
        for who in [&p.li, &p.admin] {
            who.post(&format!("{one}/verify"), good.clone()).await.refused(422, "improvement_checked_by_doer");
        }
        p.li.post(&format!("{one}/evidence"), evidence.clone()).await.is(200);
        p.admin.post(&format!("{one}/verify"), good.clone()).await.refused(422, "improvement_checked_by_doer");
        let again = p.li.post(&format!("{one}/plan"), plan).await;
        assert_eq!(again.is(200).json["status"], "planned", "what was shown was of another plan");
        p.li.post(&format!("{one}/evidence"), evidence).await.is(200);
        assert_eq!(p.admin.post(&format!("{one}/verify"), good).await.is(200).json["status"], "closed");
    }

    async fn small_numbers_trigger_nothing(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 4).await;
        assert_eq!(gaps(&t).await, []);
        by_hand(&t, &p.li, json!({})).await.refused(422, "improvement_target_not_missed");
        night(&t).await;
        assert_eq!(improvements(&t.staff("li").await, "").await, Vec::<Value>::new());
        t.app.clock.advance(SignedDuration::from_hours(8 * 24)).expect("a clock moved by hand");
        t.advance(SignedDuration::ZERO).await;
        assert_eq!(improvements(&t.staff("li").await, "").await, Vec::<Value>::new());
    }

    async fn what_is_out_of_reach_is_told_before_the_month_is_over(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        t.advance(SignedDuration::from_mins(14 * 60 + 9)).await;
        assert_eq!(improvements(&t.staff("li").await, "").await, Vec::<Value>::new());
        t.advance(SignedDuration::from_mins(1)).await;
        let one = only(&t.staff("li").await).await;
        assert_eq!((&one["cause"], &one["month"]), (&json!("early_warning"), &json!("2026-11-01")));
        // It stands for the whole month.
        t.hours(9 * 24).await;
        assert_eq!(only(&t.staff("li").await).await["id"], one["id"]);
    }

    async fn what_can_still_be_reached_is_not(t: TestApp) {
        aim_at(&t, json!([{ "rate": "survey_return", "share": 5000 }]), 5, 10).await;
        let p = People::sign_in(&t).await;
        // Four of the eight that are to be expected after 22 days may stay away.
        unrated(&t, &p, 4).await;
        rated(&t, &p, 2).await;
        assert_eq!(gaps(&t).await, [(Rate::SurveyReturn, None)]);
        night(&t).await;
        assert_eq!(improvements(&t.staff("li").await, "").await, Vec::<Value>::new());
        t.app.clock.advance(SignedDuration::from_hours(8 * 24)).expect("a clock moved by hand");
        t.advance(SignedDuration::ZERO).await;
        let one = only(&t.staff("li").await).await;
        assert_eq!((&one["cause"], &one["numerator"], &one["denominator"]), (&json!("period_end"), &json!(2), &json!(6)));
    }

    async fn too_many_complaints_are_improved_as_well(t: TestApp) {
        aim_at(&t, json!([]), 5, 1).await;
        let p = People::sign_in(&t).await;
        complain(&t, &p.lin, "complaint-price", "贵了").await;
        let complaints = json!({ "rate": null });
        by_hand(&t, &p.li, complaints.clone()).await.refused(422, "improvement_target_not_missed");
        complain(&t, &p.hua, "complaint-attitude", "店员爱理不理").await;
        night(&t).await;
        let li = t.staff("li").await;
        let one = only(&li).await;
        assert_eq!((&one["problem"], &one["rate"], &one["cause"]), (&json!("too_many_complaints"), &Value::Null, &json!("early_warning")));
        assert_eq!((&one["numerator"], &one["target"], &one["at_most"]), (&json!(2), &json!(1), &json!(true)));
        assert_eq!(one["value"], Value::Null);
        // The desk's own is a supervisor's.
        assert_eq!((&one["owner"]["name"], told(&li, "improvement_opened").await), (&json!("李主管"), 1));
        assert_eq!(one["worst"]["departments"][0]["name"], "服务台");
        let planned = li.post(&format!("{}/plan", path(&one)), json!({ "plan": "逐件复盘" })).await;
        assert_eq!(planned.is(200).json["owner"]["name"], "李主管");
        by_hand(&t, &li, complaints).await.refused(409, "improvement_exists");
        assert_eq!(gaps(&t).await, [], "no rate");
    }

    async fn somebody_plans_somebody_shows_and_somebody_else_checks(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        night(&t).await;
        let p = People::sign_in(&t).await;
        let gao = t.staff("gao").await;
        let (zhou, _) = t.hire("zhou", Role::Supervisor, None).await;
        let one = path(&only(&p.li).await);
        let (plan, evidence) = (json!({ "plan": "发短信提醒评价" }), json!({ "evidence": "短信已上线" }));
        let (good, bad) = (json!({ "accepted": true, "note": "属实" }), json!({ "accepted": false, "note": "短信没有链接" }));
        let early = gao.post(&format!("{one}/evidence"), evidence.clone()).await;
        assert_eq!(early.refused(409, "improvement_not_now").json["allowed"], json!(["plan"]));
        p.mei.post(&format!("{one}/plan"), plan.clone()).await.refused(403, "action_not_yours");
        p.wang.post(&format!("{one}/plan"), plan.clone()).await.refused(404, "improvement_not_found");
        let planned = p.li.post(&format!("{one}/plan"), plan.clone()).await;
        assert_eq!((&planned.is(200).json["status"], planned.header("etag")), (&json!("planned"), Some("\"2\"")));
        assert_eq!(planned.json["plan"]["by"]["name"], "李主管");
        assert_eq!(planned.json["owner"]["id"], json!(t.staff_id("gao").await), "still whose it was");
        p.li.post(&format!("{one}/verify"), good.clone()).await.refused(409, "improvement_not_now");
        let stale = gao.request(reqwest::Method::POST, &format!("{one}/evidence")).header("If-Match", "\"1\"").json(&evidence);
        gao.send(stale).await.refused(412, "version_stale");
        let shown = gao.post_once("one", &format!("{one}/evidence"), evidence.clone()).await;
        assert_eq!((&shown.is(200).json["status"], &shown.json["evidence"]["text"]), (&json!("evidenced"), &json!("短信已上线")));
        let again = gao.post_once("one", &format!("{one}/evidence"), evidence.clone()).await;
        assert_eq!(again.is(200).header("idempotency-replayed"), Some("true"));
        // Neither the owner, nor who planned it.
        gao.post(&format!("{one}/verify"), good.clone()).await.refused(403, "action_not_yours");
        p.mei.post(&format!("{one}/verify"), good.clone()).await.refused(403, "action_not_yours");
        p.li.post(&format!("{one}/verify"), good.clone()).await.refused(422, "improvement_checked_by_doer");
        // Not good: it goes back, with the reason and the numbers.
        let rejected = zhou.post(&format!("{one}/verify"), bad).await;
        assert_eq!((&rejected.is(200).json["status"], &rejected.json["rejections"]), (&json!("planned"), &json!(1)));
        let check = &rejected.json["check"];
        assert_eq!((&check["accepted"], &check["note"], &check["met"]), (&json!(false), &json!("短信没有链接"), &json!(false)));
        assert_eq!((&check["numerator"], &check["denominator"]), (&json!(0), &json!(5)));
        // Nor who showed what was done, lead or not.
        zhou.post(&format!("{one}/evidence"), evidence).await.is(200);
        zhou.post(&format!("{one}/verify"), good.clone()).await.refused(422, "improvement_checked_by_doer");
        rated(&t, &p, 1).await;
        let done = p.admin.post(&format!("{one}/verify"), good.clone()).await;
        assert_eq!((&done.is(200).json["status"], &done.json["check"]["accepted"]), (&json!("closed"), &json!(true)));
        assert_eq!((&done.json["check"]["numerator"], &done.json["check"]["denominator"]), (&json!(1), &json!(6)));
        assert_eq!((&done.json["numerator"], &done.json["denominator"]), (&json!(0), &json!(5)), "as it was opened");
        let over = p.li.post(&format!("{one}/plan"), plan).await;
        assert_eq!(over.refused(409, "improvement_not_now").json["allowed"], json!([]));
        // In time: nobody hears of it again.
        t.hours(15 * 24).await;
        assert_eq!(told(&t.staff("admin").await, "improvement_overdue").await, 0);
    }

    /// On PostgreSQL: on SQLite the second sees what the first did, and may plan anew.
    async fn of_two_who_plan_at_once_one_looks_again(t: TestApp) {
        if t.backend == Backend::Sqlite {
            return;
        }
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        let one = format!("{LIST}/{}", by_hand(&t, &p.li, json!({})).await.is(201).id());
        let held = t.hold("SELECT id FROM improvements FOR NO KEY UPDATE").await;
        let plans = [&p.li, &p.admin].map(|who| {
            let (who, path) = (who.clone(), format!("{one}/plan"));
            async move { who.post(&path, json!({ "plan": "发短信提醒评价" })).await }
        });
        let both = actix_web::rt::spawn(join_all(plans));
        t.locks_waited_for(2).await;
        held.undo().await;
        let mut replies = both.await.expect("answers");
        replies.sort_by_key(|reply| reply.status);
        replies[0].is(200);
        replies[1].refused(409, "improvement_changed_meanwhile");
        assert_eq!(p.li.get(&one).await.is(200).json["version"], 2);
    }

    async fn a_check_measures_the_last_thirty_days(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        let one = path(&by_hand(&t, &p.li, json!({})).await.is(201).json);
        p.li.post(&format!("{one}/plan"), json!({ "plan": "提醒" })).await.is(200);
        p.li.post(&format!("{one}/evidence"), json!({ "evidence": "已提醒" })).await.is(200);
        // 21 December: the thirtieth day back is 22 November; a day later it is not.
        t.hours(29 * 24).await;
        let p = People::sign_in(&t).await;
        rated(&t, &p, 1).await;
        let check = json!({ "accepted": false, "note": "再看" });
        let reply = p.admin.post(&format!("{one}/verify"), check.clone()).await;
        assert_eq!((&reply.is(200).json["check"]["numerator"], &reply.json["check"]["denominator"]), (&json!(1), &json!(6)));
        t.hours(24).await;
        let (li, admin) = (t.staff("li").await, t.staff("admin").await);
        li.post(&format!("{one}/evidence"), json!({ "evidence": "已提醒" })).await.is(200);
        let reply = admin.post(&format!("{one}/verify"), check).await;
        let check = &reply.is(200).json["check"];
        assert_eq!((&check["numerator"], &check["denominator"], &check["met"]), (&json!(1), &json!(1), &json!(true)));
    }

    async fn what_is_late_is_told_to_the_admin_once(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        night(&t).await;
        t.advance(SignedDuration::from_secs(14 * 24 * 3600 - 1)).await;
        assert_eq!(told(&t.staff("admin").await, "improvement_overdue").await, 0);
        t.advance(SignedDuration::from_secs(1)).await;
        let one = only(&t.staff("li").await).await;
        assert_eq!((&one["overdue"], &one["escalated_at"]), (&json!(true), &one["due_at"]));
        let id: Id = one["id"].as_str().expect("an id").parse().expect("an id");
        t.app.write(move |tx| watch::escalate(tx, id)).await.expect("nothing more");
        t.hours(48).await;
        for who in ["admin", "gao"] {
            assert_eq!(told(&t.staff(who).await, "improvement_overdue").await, 1, "{who}");
        }
        assert_eq!(told(&t.staff("li").await, "improvement_overdue").await, 0);
    }

    async fn a_lead_opens_one_by_hand_and_not_twice(t: TestApp) {
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        by_hand(&t, &p.mei, json!({})).await.refused(403, "role_lead_needed");
        by_hand(&t, &p.li, json!({ "rate": "resolution" })).await.refused(422, "improvement_target_not_missed");
        by_hand(&t, &p.li, json!({ "kind": "repair" })).await.refused(422, "improvement_target_not_missed");
        by_hand(&t, &p.li, json!({ "month": "2026-12-01" })).await.refused_field("/month", "period_future");
        let lin_id = p.lin.get("/api/v1/me").await.id();
        by_hand(&t, &p.li, json!({ "owner_id": lin_id })).await.refused(422, "improvement_owner_elsewhere");
        let made = by_hand(&t, &p.li, json!({ "owner_id": p.zhao_id })).await;
        assert_eq!((&made.is(201).json["cause"], &made.json["created_by"]["name"]), (&json!("by_hand"), &json!("李主管")));
        assert_eq!(told(&p.zhao, "improvement_opened").await, 1);
        by_hand(&t, &p.li, json!({})).await.refused(409, "improvement_exists");
        night(&t).await;
        next_month(&t).await;
        only(&t.staff("li").await).await;
        assert_eq!(told(&t.staff("zhao").await, "improvement_opened").await, 1);
    }

    async fn what_people_said_of_less_than_the_site_is_for_leads(t: TestApp) {
        aim_at(&t, json!([{ "rate": "satisfaction", "share": 9000 }]), 5, 10).await;
        let p = People::sign_in(&t).await;
        for _ in 0..5 {
            let ticket = p.ticket_at(&t, "resolved").await;
            p.lin.post(&format!("{ticket}/rate"), json!({ "score": 3 })).await.is(200);
        }
        by_hand(&t, &p.li, json!({ "rate": "satisfaction", "owner_id": p.zhao_id })).await.is(201);
        let one = only(&p.li).await;
        assert_eq!(one["worst"]["departments"], json!([{ "key": p.engineering, "name": "工程", "against": 5, "cases": 5 }]));
        for who in [&p.mei, &p.zhao] {
            let seen = only(who).await;
            assert_eq!((&seen["numerator"], &seen["denominator"]), (&json!(0), &json!(5)));
            assert_eq!(seen["worst"], json!({ "departments": [], "categories": [], "shops": [], "persons": [] }));
        }
    }

    async fn everyone_sees_what_is_theirs(t: TestApp) {
        aim_at(&t, json!([
            { "rate": "survey_return", "share": 9500 },
            { "rate": "survey_return", "kind": "repair", "share": 9500 },
            { "rate": "rework", "share": 100 },
        ]), 5, 10).await;
        let p = People::sign_in(&t).await;
        unrated(&t, &p, 5).await;
        assert_eq!(gaps(&t).await, [(Rate::SurveyReturn, None), (Rate::SurveyReturn, Some(Kind::Repair))]);
        let made = by_hand(&t, &p.li, json!({ "kind": "repair", "owner_id": p.zhao_id })).await;
        let first = made.is(201).id();
        assert_eq!(gaps(&t).await, [(Rate::SurveyReturn, None)]);
        night(&t).await;
        let p = People::sign_in(&t).await;
        let ids = |items: Vec<Value>| items.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>();
        let all = ids(improvements(&p.li, "").await);
        assert_eq!((all.len(), &all[1]), (2, &first));
        let page = p.li.get(&format!("{LIST}?limit=1")).await;
        let cursor = page.is(200).json["next_cursor"].as_str().expect("more").to_owned();
        assert_eq!(page.json["items"][0]["id"], json!(all[0]));
        let page = p.li.get(&format!("{LIST}?limit=1&cursor={cursor}")).await;
        assert_eq!((&page.is(200).json["items"][0]["id"], &page.json["has_more"]), (&json!(first), &json!(false)));
        p.li.post(&format!("{LIST}/{first}/plan"), json!({ "plan": "提醒" })).await.is(200);
        assert_eq!(ids(improvements(&p.mei, "&status=planned").await), std::slice::from_ref(&first));
        assert_eq!(ids(improvements(&p.mei, "&status=open&rate=survey_return").await), [all[0].clone()]);
        assert_eq!(ids(improvements(&p.mei, "&rate=rework").await), Vec::<String>::new());
        // Others of the mall's own people see what they answer for.
        assert_eq!(ids(improvements(&p.zhao, "").await), std::slice::from_ref(&first));
        assert_eq!(ids(improvements(&p.wang, "").await), Vec::<String>::new());
        p.wang.get(&format!("{LIST}/{first}")).await.refused(404, "improvement_not_found");
        let own = p.zhao.get(&format!("{LIST}/{first}")).await;
        assert_eq!(own.is(200).json["worst"]["persons"], json!([]), "nor how their colleagues do");
        // Another mall's do not know of it.
        let (other, sun) = second_mall(&t).await;
        sun.get(&format!("{LIST}/{first}")).await.refused(404, "improvement_not_found");
        sun.post(&format!("{LIST}/{first}/plan"), json!({ "plan": "提醒" })).await.refused(404, "improvement_not_found");
        let check = json!({ "accepted": true, "note": "好" });
        sun.post(&format!("{LIST}/{first}/verify"), check).await.refused(404, "improvement_not_found");
        by_hand(&t, &sun, json!({})).await.refused(404, "site_not_found");
        by_hand(&t, &p.li, json!({ "site_id": other })).await.refused(404, "site_not_found");
        assert_eq!(improvements(&sun, "").await, Vec::<Value>::new());
        assert_eq!(improvements(&sun, &format!("&site_id={}", t.site().await)).await, Vec::<Value>::new());
        // It is looked at every night as well.
        t.hours(24).await;
        assert_eq!(improvements(&t.staff("li").await, &format!("&site_id={}", t.site().await)).await.len(), 2);
    }
}
