//! The same trouble once more, and many reports of one thing.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::complaints::{category, complain, paths};
use crate::standards::sound;
use crate::support::{Client, People, TestApp, path, timeline, told};

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

async fn related(who: &Client, ticket: &str) -> Value {
    who.get(&format!("{ticket}/related")).await.is(200).json.clone()
}

async fn stink(t: &TestApp, who: &Client) -> String {
    complain(t, who, "complaint-hygiene", "有股怪味").await.1
}

both! {
    async fn three_reports_of_one_stink_are_one_incident(t: TestApp) {
        let p = People::sign_in(&t).await;
        let chen = t.shopper("xiaochen").await;
        let (first, second) = (stink(&t, &p.lin).await, stink(&t, &p.hua).await);
        assert!(!told(&p.mei, &second).await.contains(&"incident_proposed".to_owned()), "two are two");
        let third = stink(&t, &chen).await;
        assert!(told(&p.mei, &third).await.contains(&"incident_proposed".to_owned()));
        // Three at one place are a group, too.
        let seen = p.li.get(&third.replace("tickets", "complaints")).await;
        assert_eq!(seen.is(200).json["complaint"]["internal"]["proposed_because"], json!(["similar"]));
        let around = related(&p.mei, &first).await;
        assert_eq!(around["cluster"]["is_proposed"], true);
        let others: Vec<&Value> = around["cluster"]["tickets"].as_array().expect("tickets").iter().map(|one| &one["id"]).collect();
        assert_eq!(others, [&json!(id(&second)), &json!(id(&third))]);
        let fourth = stink(&t, &p.zhao).await;
        assert!(!told(&p.mei, &fourth).await.contains(&"incident_proposed".to_owned()), "said once");
        let lonely = complain(&t, &p.lin, "complaint-noise", "吵").await.1;
        for _ in 0..3 {
            let again = complain(&t, &p.lin, "complaint-noise", "还是吵").await.1;
            assert!(!told(&p.mei, &again).await.contains(&"incident_proposed".to_owned()), "one person is no crowd");
        }
        assert_eq!(p.mei.get(&lonely).await.is(200).json["status"], "new");

        let body = json!({ "part_ids": [id(&second), id(&third)], "reason": "同一处异味" });
        p.lin.post(&format!("{first}/gather"), body.clone()).await.refused(403, "role_staff_needed");
        let wrong = json!({ "part_ids": [id(&second), id(&first)], "reason": "同一处异味" });
        p.mei.post(&format!("{first}/gather"), wrong).await.refused(422, "related_to_itself");
        assert_eq!(p.mei.get(&second).await.json["parent_id"], Value::Null, "all or none");
        p.mei.post(&format!("{first}/gather"), body).await.is(200);
        assert_eq!(related(&p.mei, &first).await["cluster"]["is_proposed"], false, "it is one now");
        p.mei.act(&format!("{first}/accept")).await.is(200);
        p.mei.post(&format!("{first}/reply"), json!({ "text": "下水道返味，正在处理" })).await.is(200);
        let done = json!({ "result": "已疏通并消杀" });
        p.mei.post(&format!("{first}/resolve"), done.clone()).await.refused(422, "grade_undecided");
        let normal = json!({ "grade": "normal", "reason": "现场查看，仅为异味" });
        p.mei.post(&format!("{}/grade", first.replace("tickets", "complaints")), normal).await.is(200);
        p.mei.post(&format!("{first}/resolve"), done).await.is(200);
        for (who, ticket) in [(&p.hua, &second), (&chen, &third)] {
            let lines = timeline(who, ticket).await;
            let actions: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
            assert_eq!(actions, ["open", "accept", "reply", "resolve"], "each with its own line");
            assert_eq!(who.get(ticket).await.json["status"], "resolved");
        }
        assert_eq!(p.mei.get(&fourth).await.json["status"], "new");
        sound(&t).await;
    }

    async fn one_person_with_many_reports_is_no_crowd(t: TestApp) {
        let p = People::sign_in(&t).await;
        let first = stink(&t, &p.lin).await;
        for _ in 0..3 {
            stink(&t, &p.lin).await;
        }
        assert_eq!(related(&p.mei, &first).await["cluster"]["is_proposed"], false, "one person");
        let second = stink(&t, &p.hua).await;
        for ticket in [&first, &second] {
            let around = related(&p.mei, ticket).await;
            assert_eq!(around["cluster"]["is_proposed"], false, "two people, five tickets");
            assert_eq!(around["cluster"]["tickets"].as_array().map(Vec::len), Some(4));
        }
        let third = stink(&t, &t.shopper("xiaochen").await).await;
        assert_eq!(related(&p.mei, &first).await["cluster"]["is_proposed"], true);
        let proposed = "incident_proposed".to_owned();
        assert!(told(&p.mei, &third).await.contains(&proposed));
        let again = stink(&t, &p.hua).await;
        assert!(!told(&p.mei, &again).await.contains(&proposed), "the same three people");
    }

    async fn reports_of_different_things_are_no_incident(t: TestApp) {
        let p = People::sign_in(&t).await;
        stink(&t, &p.lin).await;
        stink(&t, &p.hua).await;
        t.advance(SignedDuration::from_hours(3)).await;
        let late = stink(&t, &t.shopper("xiaochen").await).await;
        let mei = t.staff("mei").await;
        assert!(!told(&mei, &late).await.contains(&"incident_proposed".to_owned()), "hours apart");
        assert_eq!(related(&mei, &late).await["cluster"], json!({ "is_proposed": false, "tickets": [] }));
    }

    async fn who_complains_again_is_proposed_as_a_re_complaint(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, first) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        let (_, other) = complain(&t, &p.hua, "complaint-attitude", "店员玩手机").await;
        assert_eq!(related(&p.mei, &other).await["repeats"], json!([]), "somebody else's");
        t.advance(SignedDuration::from_hours(20 * 24)).await;
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let (_, again) = complain(&t, &lin, "complaint-attitude", "还是爱理不理").await;
        let around = related(&mei, &again).await;
        let repeat = &around["repeats"][0];
        assert_eq!((&repeat["kind"], &repeat["because"], &repeat["status"]),
            (&json!("re_complaint"), &json!("same_person_and_category"), &json!("proposed")));
        assert_eq!(repeat["earlier"]["id"], id(&first));
        assert_eq!(around["of_requester"][0]["id"], id(&first));
        assert_eq!(around["of_shop"].as_array().map(Vec::len), Some(2));
        assert_eq!(related(&mei, &first).await["times_repeated"], 0, "only what a person confirms counts");

        let decide = |earlier: &str, confirmed: bool| json!({ "earlier_id": id(earlier), "confirmed": confirmed });
        lin.post(&format!("{again}/repeat"), decide(&first, true)).await.refused(403, "role_staff_needed");
        mei.post(&format!("{first}/repeat"), decide(&again, true)).await.refused(422, "repeat_of_later");
        let confirmed = mei.post(&format!("{again}/repeat"), decide(&first, true)).await;
        assert_eq!(confirmed.is(200).json["repeats"][0]["status"], "confirmed");
        mei.post(&format!("{again}/repeat"), decide(&first, true)).await.refused(409, "repeat_decided_already");
        assert_eq!(related(&mei, &first).await["times_repeated"], 1);
        mei.post(&format!("{again}/repeat"), decide(&first, false)).await.is(200);
        assert_eq!(related(&mei, &first).await["times_repeated"], 0);
        // Nobody proposed it, somebody knows better.
        let by_hand = mei.post(&format!("{again}/repeat"), decide(&other, true)).await;
        assert_eq!(by_hand.is(200).json["repeats"].as_array().map(Vec::len), Some(2));
        let repair = path(&lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await);
        mei.post(&format!("{repair}/repeat"), decide(&first, true)).await.refused(422, "repeat_of_other_kind");

        t.advance(SignedDuration::from_hours(31 * 24)).await;
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let (_, late) = complain(&t, &lin, "complaint-attitude", "又来了").await;
        assert_eq!(related(&mei, &late).await["repeats"], json!([]), "after thirty days it is new");
    }

    async fn a_caller_is_known_by_their_number(t: TestApp) {
        let p = People::sign_in(&t).await;
        let body = json!({
            "scene": t.scenes().shop, "description": "价格不对",
            "on_behalf_of": { "channel": "phone", "name": "王先生", "phone": "13987654321" }
        });
        let (_, first) = paths(&p.mei.post("/api/v1/complaints", body.clone()).await);
        let (_, again) = paths(&p.mei.post("/api/v1/complaints", body).await);
        let around = related(&p.mei, &again).await;
        let repeat = &around["repeats"][0];
        assert_eq!((&repeat["because"], &repeat["earlier"]["id"]), (&json!("same_person_and_place"), &json!(id(&first))));
        assert_eq!(repeat["earlier"]["contact_phone"], "139****4321");
        assert!(!around.to_string().contains("13987654321"));
    }

    async fn what_was_mended_and_breaks_again_is_proposed_as_rework(t: TestApp) {
        let p = People::sign_in(&t).await;
        let open = p.file(&t).await;
        assert_eq!(related(&p.mei, &p.file(&t).await).await["repeats"], json!([]), "nothing was mended yet");
        p.mei.act(&format!("{open}/accept")).await.is(200);
        p.mei.post(&format!("{open}/resolve"), json!({ "result": "换了灯管" })).await.is(200);
        let again = p.file(&t).await;
        let repeat = &related(&p.mei, &again).await["repeats"][0];
        assert_eq!((&repeat["kind"], &repeat["because"], &repeat["earlier"]["id"]),
            (&json!("rework"), &json!("same_equipment"), &json!(id(&open))));
        p.wang.get(&format!("{again}/related")).await.refused(404, "ticket_not_found");
        p.lin.get(&format!("{again}/related")).await.refused(403, "role_staff_needed");
    }

    async fn the_same_trouble_at_a_place_within_fifteen_days_is_rework(t: TestApp) {
        let place = crate::lost_property::location(&t, "B2-A").await;
        let report = async |code: &str| {
            let body = json!({
                "location_id": place, "category_id": category(&t, code).await, "description": "地砖松了"
            });
            path(&t.shopper("xiaolin").await.post("/api/v1/repairs", body).await)
        };
        let mei = t.staff("mei").await;
        let first = report("surface-tile").await;
        mei.act(&format!("{first}/accept")).await.is(200);
        mei.post(&format!("{first}/resolve"), json!({ "result": "已重铺" })).await.is(200);
        t.advance(SignedDuration::from_hours(15 * 24)).await;
        let mei = t.staff("mei").await;
        assert_eq!(related(&mei, &report("doors-lock").await).await["repeats"], json!([]), "another trouble");
        let again = report("surface-tile").await;
        let repeats = related(&mei, &again).await["repeats"].clone();
        let repeat = &repeats[0];
        assert_eq!((&repeat["kind"], &repeat["because"], &repeat["earlier"]["id"]),
            (&json!("rework"), &json!("same_place_and_category"), &json!(id(&first))));
        let confirmed = json!({ "earlier_id": id(&first), "confirmed": true });
        mei.post(&format!("{again}/repeat"), confirmed).await.is(200);
        assert_eq!(related(&mei, &first).await["times_repeated"], 1);
        t.advance(SignedDuration::from_secs(1)).await;
        let late = report("surface-tile").await;
        assert_eq!(related(&mei, &late).await["repeats"], json!([]), "after fifteen days it is worn, not badly mended");
    }

    async fn what_was_merged_by_mistake_goes_on_by_itself(t: TestApp) {
        let p = People::sign_in(&t).await;
        let dark = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
        let stays = crate::support::path(&p.lin.post("/api/v1/repairs", dark.clone()).await);
        let twin = crate::support::path(&p.hua.post("/api/v1/repairs", dark).await);
        let into = json!({ "into_id": id(&stays), "reason": "同一盏灯" });
        p.mei.post(&format!("{twin}/merge"), into).await.is(200);
        p.lin.post(&format!("{twin}/unmerge"), json!({ "reason": "不是" })).await.refused(403, "role_staff_needed");
        p.mei.post(&format!("{stays}/unmerge"), json!({ "reason": "不是" })).await.refused(409, "action_not_allowed_now");
        t.advance(SignedDuration::from_mins(5)).await;
        let back = p.mei.post(&format!("{twin}/unmerge"), json!({ "reason": "不是同一处" })).await;
        assert_eq!((&back.is(200).json["status"], &back.json["parent_id"]), (&json!("new"), &Value::Null));
        assert_eq!(p.mei.get(&stays).await.json["followers"], 0);
        assert_eq!(told(&p.hua, &twin).await, ["ticket_merged", "ticket_unmerged"]);
        let clocks = p.mei.get(&format!("{twin}/clocks")).await;
        let states: Vec<(&str, &str)> = clocks.is(200).json["items"].as_array().expect("clocks").iter()
            .map(|clock| (clock["kind"].as_str().expect("a kind"), clock["state"].as_str().expect("a state"))).collect();
        assert_eq!(states, [("first_response", "running"), ("resolution", "running")], "they go on");
        p.mei.act(&format!("{twin}/accept")).await.is(200);
        p.mei.post(&format!("{twin}/resolve"), json!({ "result": "已清理" })).await.is(200);
        sound(&t).await;
    }

    async fn categories_are_edited_by_the_lead(t: TestApp) {
        let p = People::sign_in(&t).await;
        let site = t.site().await;
        let add = |code: &str| json!({
            "kind": "complaint", "code": code, "category": { "name": "无线网络", "priority": "normal", "is_safety": false }
        });
        let path = format!("/api/v1/sites/{site}/categories");
        p.mei.post(&path, add("complaint-wifi")).await.refused(403, "role_lead_needed");
        let added = p.li.post(&path, add("complaint-wifi")).await.is(201).id();
        p.li.post(&path, add("complaint-wifi")).await.refused(409, "category_code_taken");
        assert_eq!(category(&t, "complaint-wifi").await, added);
        let body = |extra: Value| {
            let mut category = json!({ "name": "无线网络", "priority": "normal", "is_safety": false });
            category.as_object_mut().expect("fields").extend(extra.as_object().expect("fields").clone());
            json!({ "category": category })
        };
        let one = format!("/api/v1/categories/{added}");
        p.li.put(&one, body(json!({ "parent_id": added }))).await.refused(422, "category_parent_unfit");
        let repair = category(&t, "lighting").await;
        p.li.put(&one, body(json!({ "parent_id": repair }))).await.refused(422, "category_parent_unfit");
        p.li.put(&one, body(json!({ "follow_up": "sample" }))).await
            .refused_field("/category/follow_up_percent", "follow_up_percent_unfit");
        let stale = |path: &str, body: Value| p.li.request(Method::PUT, path).header("If-Match", "\"9\"").json(&body);
        p.li.send(stale(&one, body(json!({})))).await.refused(412, "version_stale");
        let fresh = p.li.request(Method::PUT, &one).header("If-Match", "\"1\"").json(&body(json!({})));
        let saved = p.li.send(fresh).await;
        assert_eq!((&saved.is(200).json["version"], saved.header("etag")), (&json!(2), Some("\"2\"")));
        let department = format!("/api/v1/departments/{}", p.engineering);
        p.li.send(stale(&department, json!({}))).await.refused(412, "version_stale");
        assert_eq!(p.li.put(&department, json!({})).await.is(200).json["version"].as_i64().map(|version| version > 1), Some(true));
        let mut retired = body(json!({}));
        retired["retired"] = json!(true);
        p.li.put(&one, retired).await.is(200);
        let report = json!({ "scene": t.scenes().shop, "description": "连不上", "category_id": added });
        p.lin.post("/api/v1/complaints", report).await.refused(422, "category_retired");
        let all = p.mei.get(&path).await;
        let known = all.is(200).json["items"].as_array().expect("categories").iter();
        assert!(known.filter(|one| one["retired"] == true).any(|one| one["id"] == json!(added)), "it can be found again");
        // Who scans a lamp chose no category, and can report it all the same.
        let lighting = json!({ "category": { "name": "照明", "priority": "normal", "is_safety": false }, "retired": true });
        p.li.put(&format!("/api/v1/categories/{}", category(&t, "lighting").await), lighting).await.is(200);
        assert_eq!(p.lin.get(&p.file(&t).await).await.json["category"], Value::Null);
    }
}
