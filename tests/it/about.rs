//! Whom a complaint is about: said once it is there, and kept from it by every way there is.

use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use jiff::civil::date;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::http::texts::Language;
use yijian::rates::periods::Period;
use yijian::reports::export;

use crate::both;
use crate::complaints::{ask, category, complain, paths};
use crate::standards::{named, second_mall, sound};
use crate::support::{Client, People, Reply, TestApp, timeline, told};

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

/// Somebody's complaint about one of the staff, and its paths as a complaint and as a ticket.
async fn against(t: &TestApp, who: &Client, staff_id: &str, words: &str) -> (String, String) {
    let body = json!({
        "scene": t.scenes().shop, "category_id": category(t, "complaint-attitude").await, "description": words,
        "about_staff_id": staff_id
    });
    paths(&who.post("/api/v1/complaints", body).await)
}

/// The desk gathers one ticket under another.
async fn gather(who: &Client, incident: &str, part: &str) -> Reply {
    who.post(&format!("{incident}/gather"), json!({ "part_ids": [id(part)], "reason": "同一处" })).await
}

async fn about(who: &Client, complaint: &str, mut said: Value) -> Reply {
    said["reason"] = json!("问过顾客，说的是此人");
    who.post(&format!("{complaint}/about"), said).await
}

/// The shop that a ticket is about.
async fn shop_of(who: &Client, ticket: &str) -> Value {
    who.get(ticket).await.is(200).json["shop"]["id"].clone()
}

/// A report of the site, and the same as what a link opens.
async fn report(t: &TestApp, who: &Client, kind: &str, table: &str) -> (Value, Vec<String>) {
    let site = t.site().await;
    let reply = who.get(&format!("/api/v1/reports/{kind}?site_id={site}")).await;
    let mut files = Vec::new();
    for format in ["csv", "html"] {
        let link = json!({ "site_id": site, "kind": kind, "format": format, "table": table });
        let link = who.post("/api/v1/reports/links", link).await;
        let file = t.anyone().get(link.is(201).json["url"].as_str().expect("a link")).await;
        files.push(String::from_utf8(file.is(200).body.clone()).expect("text"));
    }
    (reply.is(200).json.clone(), files)
}

both! {
    async fn reports_count_what_is_about_staff_and_do_not_list_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let li_id = t.staff_id("li").await;
        let (complaint, ticket) = against(&t, &p.lin, &li_id, "李主管当众骂我").await;
        let (other, other_ticket) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        for (complaint, ticket, words) in [(&complaint, &ticket, "还是李主管"), (&other, &other_ticket, "还是那个店员")] {
            p.mei.post(&format!("{complaint}/settle"), json!({ "result": "已道歉", "outcome": "justified" })).await.is(200);
            p.lin.post(&format!("{ticket}/rate"), json!({ "score": 1, "comment": words })).await.is(200);
        }
        // Whoever reads it, also the admin: a link knows nobody.
        for who in [&p.li, &p.admin] {
            for (kind, table, known) in [("daily", "tickets", "店员爱理不理"), ("monthly", "low_scores", "还是那个店员")] {
                let (json, files) = report(&t, who, kind, table).await;
                for text in files.into_iter().chain([json.to_string()]) {
                    assert!(text.contains(known), "{kind}: {text}");
                    assert!(!text.contains("李主管当众") && !text.contains("还是李主管"), "{kind}: {text}");
                }
                let kinds = json["tables"].as_array().expect("tables").iter().find(|table| table["key"] == "kinds");
                let rows = kinds.expect("kinds")["rows"].as_array().expect("rows").clone();
                assert_eq!(rows.iter().find(|row| row[0] == "投诉").expect("complaints")[1], 2, "both count");
            }
        }
        let site: yijian::values::Id = t.site().await.parse().expect("an id");
        let path = t.folder.join("tickets.xlsx");
        let file = std::fs::File::create(&path).expect("a file");
        let period = Period { from: date(2026, 1, 1), to: date(2026, 12, 31) };
        let rows = export::tickets(&t.app, site, period, Language::Chinese, file, &t.folder, |_| {}).await.expect("a workbook");
        assert_eq!(rows, 1);
        let mut book: Xlsx<_> = calamine::open_workbook(Path::new(&path)).expect("a workbook");
        let tickets = book.worksheet_range_at(0).expect("a sheet").expect("rows");
        assert_eq!(tickets.rows().nth(1).expect("a row")[10], Data::String("店员爱理不理".into()));
        // What is behind a rate leaves it out for them alone.
        let behind = format!("/api/v1/rates/satisfaction/tickets?site_id={site}");
        let count = async |who: &Client| who.get(&behind).await.is(200).json["items"].as_array().map(Vec::len);
        assert_eq!((count(&p.li).await, count(&p.admin).await), (Some(1), Some(2)));
    }

    async fn an_incident_is_no_way_to_what_is_about_oneself(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (incident, part) = (p.file(&t).await, against(&t, &p.hua, &p.wang_id, "师傅骂人").await.1);
        gather(&p.mei, &incident, &part).await.is(200);
        p.mei.act(&format!("{incident}/accept")).await.is(200);
        let to_wang = json!({ "assignee_id": p.wang_id });
        p.mei.post(&format!("{incident}/assign"), to_wang.clone()).await.refused(422, "assignee_is_concerned");
        p.mei.post(&format!("{incident}/assign"), json!({ "department_id": p.engineering })).await.is(200);
        // He is not told why.
        p.wang.act(&format!("{incident}/grab")).await.refused(403, "action_not_yours");
        p.wang.post(&format!("{incident}/reply"), json!({ "text": "没事" })).await.is(200);
        let lines = timeline(&p.hua, &part).await;
        let named: Vec<&Value> = lines.iter().map(|line| &line["actor"]["name"]).collect();
        assert_eq!(named, ["微信用户", "小梅"], "nothing of his is written there");
        p.zhao.act(&format!("{incident}/grab")).await.is(200);
        p.zhao.post(&format!("{incident}/reply"), json!({ "text": "马上来" })).await.is(200);
        let lines = timeline(&p.hua, &part).await;
        let answer = lines.last().expect("a line");
        assert_eq!((&answer["action"], &answer["actor"]["name"]), (&json!("reply"), &json!("赵师傅")));

        // Nor does it become part of what he has.
        let his = p.ticket_at(&t, "assigned").await;
        let (_, second) = against(&t, &p.hua, &p.wang_id, "师傅又骂人").await;
        gather(&p.mei, &his, &second).await.refused(422, "assignee_is_concerned");
        let attach = json!({ "parent_id": id(&his), "reason": "同一处" });
        p.mei.post(&format!("{second}/attach"), attach).await.refused(422, "assignee_is_concerned");
        sound(&t).await;
    }

    async fn who_moves_an_incident_leaves_out_what_is_about_them(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (complaint, incident) = complain(&t, &p.lin, "complaint-facility", "扶梯响").await;
        let (_, part) = against(&t, &p.hua, &p.mei_id, "小梅骂人").await;
        let (_, plain) = complain(&t, &p.hua, "complaint-facility", "扶梯太响").await;
        for one in [&part, &plain] {
            gather(&p.li, &incident, one).await.is(200);
        }
        p.mei.act(&format!("{incident}/accept")).await.is(200);
        p.mei.act(&format!("{incident}/start")).await.refused(403, "action_not_yours");
        p.mei.post(&format!("{complaint}/offer"), json!({ "text": "送券" })).await.is(200);
        p.mei.post(&format!("{incident}/reply"), json!({ "text": "在修" })).await.is(200);
        p.mei.post(&format!("{incident}/resolve"), json!({ "result": "修好了" })).await.is(200);
        let seen = p.li.get(&part).await;
        assert_eq!((&seen.is(200).json["status"], &seen.json["result"], &seen.json["parent_id"]),
            (&json!("new"), &Value::Null, &Value::Null), "it goes on by itself");
        assert_eq!(p.li.get(&plain).await.json["status"], "resolved", "the others are done");
        assert!(timeline(&p.li, &part).await.iter().all(|line| line["actor"]["name"] != "小梅"));
        assert_eq!(p.lin.get(&incident).await.json["status"], "resolved");
        // Who withdraws an incident leaves no line there either.
        let li_id = t.staff_id("li").await;
        let incident = p.file(&t).await;
        let (_, part) = against(&t, &p.hua, &li_id, "李主管骂人").await;
        gather(&p.mei, &incident, &part).await.is(200);
        p.li.post(&format!("{incident}/cancel"), json!({ "reason": "误报" })).await.is(200);
        let lines = timeline(&p.mei, &part).await;
        let apart = lines.iter().find(|line| line["action"] == "detach").expect("it is set free");
        assert_eq!((&apart["actor"], &apart["reason"]), (&Value::Null, &Value::Null));
        assert_eq!(p.mei.get(&part).await.json["parent_id"], Value::Null);
        sound(&t).await;
    }

    async fn the_desk_says_who_is_meant_and_they_lose_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-attitude", "小梅当面骂我").await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.mei_id })).await.is(200);
        p.mei.act(&format!("{ticket}/start")).await.is(200);
        p.mei.post(&format!("{ticket}/pause"), json!({ "reason": "waiting_requester" })).await.is(200);

        let her = json!({ "staff_username": "mei" });
        about(&p.mei, &complaint, her.clone()).await.refused(422, "about_named_by_oneself");
        about(&lan, &complaint, json!({ "staff_username": "mie" })).await.refused(404, "about_staff_not_found");
        let two = json!({ "staff_username": "mei", "staff_id": p.wang_id });
        about(&lan, &complaint, two).await.refused(404, "about_staff_not_found");
        let (_, sun) = second_mall(&t).await;
        let sun_id = sun.get("/api/v1/me").await.id();
        about(&lan, &complaint, json!({ "staff_id": sun_id })).await.refused(404, "about_staff_not_found");
        lan.post(&format!("{complaint}/about"), her.clone()).await.refused_field("/reason", "field_missing");
        about(&lan, &p.file(&t).await.replace("tickets", "complaints"), her.clone()).await
            .refused(404, "complaint_not_found");
        let shop = shop_of(&lan, &ticket).await;
        let mut said = her.clone();
        said["shop_id"] = json!(shop);
        let named = about(&lan, &complaint, said.clone()).await;
        assert_eq!((&named.is(200).json["complaint"]["about_staff"]["name"], &named.json["assignee"], &named.json["status"]),
            (&json!("小梅"), &Value::Null, &json!("assigned")));
        assert_eq!(named.json["pause_reason"], Value::Null, "work does not wait for her");
        about(&lan, &complaint, said.clone()).await.refused(422, "about_unchanged");

        // As if it had been said from the start.
        for path in [&complaint, &ticket, &format!("{ticket}/timeline"), &format!("{ticket}/clocks")] {
            p.mei.get(path).await.refused(404, "ticket_not_found");
        }
        p.mei.post(&format!("{complaint}/settle"), json!({ "result": "无", "outcome": "not_justified" })).await
            .refused(404, "ticket_not_found");
        assert_eq!(told(&p.mei, &ticket).await, [""; 0]);
        assert_eq!(told(&lan, &ticket).await.last().map(String::as_str), Some("ticket_given"));
        let listed = p.mei.get("/api/v1/tickets?kind=complaint").await;
        assert_eq!(listed.is(200).json["items"], json!([]));
        let lines = timeline(&p.li, &ticket).await;
        let line = lines.last().expect("a line");
        assert_eq!((&line["action"], &line["is_public"], &line["reason"]),
            (&json!("about"), &json!(false), &json!("问过顾客，说的是此人")));
        assert_eq!(line["detail"], json!({ "staff": { "from": null, "to": "小梅" } }));
        assert!(timeline(&p.lin, &ticket).await.iter().all(|line| line["action"] != "about"));
        // A name is taken away by a lead.
        let nobody = json!({ "shop_id": shop });
        about(&lan, &complaint, nobody.clone()).await.refused(403, "about_needs_lead");
        about(&lan, &complaint, json!({ "staff_id": p.wang_id })).await.refused(403, "about_needs_lead");
        about(&p.li, &complaint, nobody).await.is(200);
        p.mei.get(&ticket).await.is(200);
        sound(&t).await;
    }

    async fn what_is_said_later_counts_for_shop_department_and_who_hears_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let place = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().lamp)).await;
        let body = json!({ "location_id": place.is(200).json["location"]["id"], "description": "那家店卖假货，保安还推人" });
        let (complaint, ticket) = paths(&p.lin.post("/api/v1/complaints", body).await);
        let shop = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().shop)).await;
        let shop = shop.is(200).json["shop"]["id"].clone();
        let said = json!({ "shop_id": shop, "department_id": p.security });
        let named = about(&p.mei, &complaint, said).await;
        assert_eq!((&named.is(200).json["shop"]["id"], &named.json["complaint"]["about_department"]["name"]),
            (&shop, &json!("安保")));
        let of_shop = p.mei.get(&format!("/api/v1/tickets?shop_id={}", shop.as_str().expect("an id"))).await;
        assert_eq!(of_shop.is(200).json["items"][0]["id"], id(&ticket));
        let elsewhere = json!({ "shop_id": "0198c0de-0000-7000-8000-000000000001" });
        about(&p.mei, &complaint, elsewhere).await.refused(404, "shop_not_found");
        let elsewhere = json!({ "department_id": "0198c0de-0000-7000-8000-000000000001" });
        about(&p.mei, &complaint, elsewhere).await.refused(404, "department_not_found");
        // The department itself has it only if a lead decides so.
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        let to = json!({ "department_id": p.security });
        p.mei.post(&format!("{ticket}/assign"), to.clone()).await.refused(403, "department_is_concerned");
        p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.cleaning })).await.is(200);
        let mut passed_on = to.clone();
        passed_on["reason"] = json!("归他们管");
        p.mei.post(&format!("{ticket}/transfer"), passed_on).await.refused(403, "department_is_concerned");
        p.li.post(&format!("{ticket}/assign"), to).await.is(200);

        // Nobody complains about themselves; what only they heard goes up.
        let (own, _) = complain(&t, &p.zhao, "complaint-attitude", "师傅骂人").await;
        about(&p.mei, &own, json!({ "staff_id": p.zhao_id })).await.refused(422, "complaint_about_oneself");
        let (grave, grave_ticket) = complain(&t, &p.hua, "complaint-safety", "主管推倒我").await;
        assert_eq!(told(&p.admin, &grave_ticket).await, [""; 0]);
        about(&p.admin, &grave, json!({ "staff_username": "li" })).await.is(200);
        assert_eq!(told(&p.admin, &grave_ticket).await, ["complaint_major"]);
        assert_eq!(told(&p.li, &grave_ticket).await, [""; 0]);

        // What is part of an incident that they have is so no longer.
        let his = p.ticket_at(&t, "assigned").await;
        let (part, part_ticket) = complain(&t, &p.hua, "complaint-facility", "师傅弄坏了门").await;
        gather(&p.mei, &his, &part_ticket).await.is(200);
        let apart = about(&p.mei, &part, json!({ "staff_id": p.wang_id })).await;
        assert_eq!(apart.is(200).json["parent_id"], Value::Null);
        sound(&t).await;
    }

    async fn nothing_else_tells_them_that_it_is_there(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, ticket) = against(&t, &p.lin, &p.mei_id, "小梅骂人").await;
        p.mei.act(&format!("{ticket}/follow")).await.refused(404, "ticket_not_found");
        let stale = p.mei.request(reqwest::Method::POST, &format!("{ticket}/follow"));
        p.mei.send(stale.header("If-Match", "\"9\"").json(&json!({}))).await.refused(404, "ticket_not_found");

        let site = t.site().await;
        let (_, about_li) = against(&t, &p.lin, &t.staff_id("li").await, "李主管骂人").await;
        let (_, plain) = complain(&t, &p.hua, "complaint-attitude", "店员爱理不理").await;
        let standard = named(&p.li, "standards", &site, "投诉").await;
        let path = format!("/api/v1/standards/{}", standard["id"].as_str().expect("an id"));
        let mut spec = standard["spec"].clone();
        spec["promises"][1]["seconds"] = json!(43_200);
        p.li.put(&path, json!({ "spec": spec })).await.is(200);
        let dry = json!({ "dry_run": true, "reason": "缩短" });
        let names = async |who: &Client| {
            let told = who.post(&format!("{path}/reapply"), dry.clone()).await;
            assert_eq!(told.is(200).json["tickets"], 3, "it is counted");
            let changes = told.json["changes"].as_array().expect("changes").clone();
            changes.iter().map(|change| change["ticket_id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
        };
        let (lis, admins) = (names(&p.li).await, names(&p.admin).await);
        assert!(lis.iter().any(|one| one == id(&plain)) && !lis.iter().any(|one| one == id(&about_li)));
        assert!(admins.iter().any(|one| one == id(&about_li)));

        // What is merged away takes no name with it.
        let (kept, kept_ticket) = complain(&t, &p.lin, "complaint-attitude", "又骂我").await;
        let into = json!({ "into_id": id(&kept_ticket), "reason": "同一件事" });
        p.li.post(&format!("{ticket}/merge"), into.clone()).await.refused(422, "merge_loses_about");
        let shop = shop_of(&p.li, &kept_ticket).await;
        about(&p.li, &kept, json!({ "staff_username": "mei", "shop_id": shop })).await.is(200);
        p.li.post(&format!("{ticket}/merge"), into).await.is(200);
        p.mei.get(&kept_ticket).await.refused(404, "ticket_not_found");
        // Asking afterwards is as before.
        p.admin.post(&format!("{kept}/settle"), json!({ "result": "已道歉", "outcome": "justified" })).await.is(200);
        ask(&p.li, &kept_ticket, "call", "satisfied").await.is(200);
    }

    async fn nobody_ends_alone_what_may_be_about_themselves(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, lan_id) = t.hire("lan", Role::Agent, Some("service")).await;
        let unsaid = "about_unsaid";
        let settled = json!({ "result": "已道歉", "outcome": "not_justified" });
        // At a place and not in a shop: about whom, nobody has said.
        let attitude = category(&t, "complaint-attitude").await;
        let rude = async |category_id: Value, words: &str| {
            let place = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().lamp)).await.json["location"]["id"].clone();
            let body = json!({ "location_id": place, "category_id": category_id, "description": words });
            paths(&p.lin.post("/api/v1/complaints", body).await)
        };
        let harmless = json!({ "category_id": category(&t, "complaint-price").await, "reason": "是价格问题" });
        for category_id in [json!(attitude), Value::Null] {
            let (complaint, ticket) = rude(category_id, "前台那个人当面骂我").await;
            p.mei.post(&format!("{ticket}/regrade"), harmless.clone()).await.refused(422, unsaid);
            p.mei.post(&format!("{complaint}/settle"), settled.clone()).await.refused(422, unsaid);
            p.mei.act(&format!("{ticket}/accept")).await.is(200);
            let done = json!({ "result": "已道歉" });
            p.mei.post(&format!("{ticket}/resolve"), done.clone()).await.refused(422, unsaid);
            p.mei.post(&format!("{complaint}/conclude"), json!({ "outcome": "not_justified" })).await.refused(422, unsaid);
            p.li.post(&format!("{ticket}/cancel"), json!({ "reason": "误报" })).await.refused(422, unsaid);
            // One's own word is no second one.
            about(&p.mei, &complaint, json!({ "staff_id": p.wang_id })).await.is(200);
            p.mei.post(&format!("{ticket}/resolve"), done.clone()).await.refused(422, unsaid);
            about(&p.mei, &complaint, json!({ "staff_id": p.wang_id })).await.refused(422, "about_unchanged");
            let confirmed = about(&lan, &complaint, json!({ "staff_id": p.wang_id })).await;
            assert_eq!(confirmed.is(200).json["complaint"]["about_staff"]["name"], "王师傅");
            p.mei.post(&format!("{ticket}/resolve"), done).await.is(200);
            p.mei.post(&format!("{complaint}/conclude"), json!({ "outcome": "justified" })).await.is(200);
        }
        // Nor does it go on as something else, or within something else.
        let (complaint, ticket) = rude(json!(attitude), "前台那个人又骂我").await;
        p.mei.post(&format!("{ticket}/regrade"), harmless.clone()).await.refused(422, unsaid);
        let (_, twin) = complain(&t, &p.lin, "complaint-price", "多收钱").await;
        let into = json!({ "into_id": id(&twin), "reason": "同一件事" });
        p.mei.post(&format!("{ticket}/merge"), into).await.refused(422, unsaid);
        let lamp = p.file(&t).await;
        gather(&p.mei, &lamp, &ticket).await.is(200);
        p.mei.act(&format!("{lamp}/accept")).await.is(200);
        p.mei.post(&format!("{lamp}/resolve"), json!({ "result": "好了" })).await.refused(422, unsaid);
        assert_eq!(p.mei.get(&lamp).await.json["status"], "accepted", "neither or both");
        // That nobody in particular is meant is said as well.
        about(&lan, &complaint, json!({})).await.is(200);
        p.mei.post(&format!("{lamp}/resolve"), json!({ "result": "好了" })).await.is(200);

        // In a shop it is about the shop, unless the words name whoever would end it.
        let (complaint, _) = complain(&t, &p.hua, "complaint-attitude", "店员爱理不理").await;
        p.mei.post(&format!("{complaint}/settle"), settled.clone()).await.is(200);
        let (complaint, ticket) = complain(&t, &p.hua, "complaint-price", "前台小梅多收我钱").await;
        p.mei.post(&format!("{complaint}/settle"), settled.clone()).await.refused(422, unsaid);
        about(&lan, &complaint, json!({ "staff_username": "mei" })).await.is(200);
        p.mei.get(&ticket).await.refused(404, "ticket_not_found");
        lan.post(&format!("{complaint}/settle"), settled.clone()).await.is(200);
        // What the person said when they complained is somebody else's word.
        let (complaint, _) = against(&t, &p.hua, &lan_id, "那个阿兰骂我").await;
        p.mei.post(&format!("{complaint}/settle"), settled.clone()).await.is(200);
        // Which categories are about behaviour, a site says.
        let parking = category(&t, "complaint-parking").await;
        let (complaint, _) = rude(json!(parking), "收费员骂我").await;
        let mut like = json!({ "name": "停车", "priority": "normal", "is_safety": false, "is_conduct": true });
        let path = format!("/api/v1/categories/{parking}");
        p.li.put(&path, json!({ "category": like })).await.is(200);
        like.as_object_mut().expect("an object").remove("is_conduct");
        assert_eq!(p.li.put(&path, json!({ "category": like })).await.is(200).json["is_conduct"], true, "as it is");
        p.mei.post(&format!("{complaint}/settle"), settled).await.refused(422, unsaid);
        sound(&t).await;
    }
}
