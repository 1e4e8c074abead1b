//! Reporting something broken: where, what, how urgent, for whom.

use diesel::prelude::*;
use serde_json::{Value, json};
use yijian::db::schema::scan_codes;

use crate::both;
use crate::support::{Client, People, Reply, TestApp, path, png, timeline};

const NOTHING: &str = "0198c0de-0000-7000-8000-000000000001";
/// On a toilet by the lift hall of B2, in the demo mall.
const TOILET: &str = "l=8J09MZCSHH55";
/// Two shops of one zone.
const SHOPS: [&str; 2] = ["s=KNCBRVVDC3ZT", "s=HVXSAMGSV6TG"];

async fn report(who: &Client, body: Value) -> Reply {
    who.post("/api/v1/repairs", body).await
}

/// A category of the demo mall by its code.
async fn category(t: &TestApp, code: &str) -> Value {
    let catalogue = t.anyone().get(&format!("/api/v1/catalogue?site_id={}", t.site().await)).await;
    let items = catalogue.is(200).json["items"].as_array().expect("categories");
    items.iter().find(|c| c["code"] == code).expect("a category")["id"].clone()
}

async fn location(t: &TestApp, code: &str) -> Value {
    let map = t.anyone().get(&format!("/api/v1/sites/{}/locations", t.site().await)).await;
    let items = map.is(200).json["items"].as_array().expect("places");
    items.iter().find(|l| l["code"] == code).expect("a place")["id"].clone()
}

both! {
    async fn a_code_says_where_and_what_about(t: TestApp) {
        let p = People::sign_in(&t).await;
        let lamp = report(&p.lin, json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await;
        assert_eq!((&lamp.is(201).json["category"]["name"], &lamp.json["shop"]), (&json!("照明"), &Value::Null));
        assert!(lamp.json["equipment"].is_object());
        let shop = report(&p.lin, json!({ "scene": SHOPS[0], "description": "门坏了" })).await;
        assert_eq!((&shop.is(201).json["shop"]["name"], &shop.json["equipment"]), (&json!("桂雨巷咖啡"), &Value::Null));
        assert_eq!((&shop.json["category"], &shop.json["channel"]), (&Value::Null, &json!("mini_program")));
        let toilet = report(&p.lin, json!({ "scene": TOILET, "description": "堵了" })).await;
        assert_eq!(toilet.is(201).json["location"]["name"], "B2 停车场 · 卫生间（A 区电梯厅旁）");
        assert_eq!((&toilet.json["shop"], &toilet.json["equipment"]), (&Value::Null, &Value::Null));
        for (filed, number) in [(&lamp, "R000001"), (&shop, "R000002"), (&toilet, "R000003")] {
            assert_eq!(filed.json["number"], number);
            assert_eq!((&filed.json["status"], &filed.json["requester_role"]), (&json!("new"), &json!("customer")));
            assert_eq!(filed.header("etag"), Some("\"1\""));
        }
    }

    async fn a_place_can_be_named_instead(t: TestApp) {
        let p = People::sign_in(&t).await;
        let hall = location(&t, "B2-LOBBY").await;
        let filed = report(&p.lin, json!({ "location_id": hall, "description": "地上有水" })).await;
        assert_eq!(filed.is(201).json["location"], json!({ "id": hall, "name": "B2 停车场 · 客梯厅" }));
        let both = json!({ "scene": TOILET, "location_id": hall, "description": "堵了" });
        report(&p.lin, both).await.refused(422, "place_needed_once");
        report(&p.lin, json!({ "description": "堵了" })).await.refused(422, "place_needed_once");
    }

    async fn what_does_not_exist_is_not_found(t: TestApp) {
        let p = People::sign_in(&t).await;
        let other_kind = category(&t, "complaint-price").await;
        let cases = [
            (json!({ "scene": "e=000000000000", "description": "坏了" }), "scene_not_found"),
            (json!({ "location_id": NOTHING, "description": "坏了" }), "location_not_found"),
            (json!({ "scene": TOILET, "category_id": NOTHING, "description": "坏了" }), "category_not_found"),
            (json!({ "scene": TOILET, "category_id": other_kind, "description": "坏了" }), "category_not_found"),
        ];
        for (body, code) in cases {
            report(&p.lin, body).await.refused(404, code);
        }
        assert_eq!(p.lin.get("/api/v1/tickets").await.json["items"], json!([]));
    }

    async fn a_retired_code_stands_for_nothing(t: TestApp) {
        let p = People::sign_in(&t).await;
        let retire = t.app.write(|tx| {
            let code = scan_codes::table.find(TOILET);
            Ok(diesel::update(code).set(scan_codes::retired_at.eq(Some(tx.now))).execute(tx.conn)?)
        });
        assert_eq!(retire.await.expect("retired"), 1);
        p.lin.get(&format!("/api/v1/scan/{TOILET}")).await.refused(404, "scene_not_found");
        report(&p.lin, json!({ "scene": TOILET, "description": "堵了" })).await.refused(404, "scene_not_found");
    }

    async fn the_words_are_needed_and_nothing_else_is_taken(t: TestApp) {
        let p = People::sign_in(&t).await;
        let with = |name: &str, value: Value| {
            let mut body = json!({ "scene": TOILET, "description": "堵了" });
            body[name] = value;
            body
        };
        report(&p.lin, json!({ "scene": TOILET })).await.refused_field("/description", "field_missing");
        let cases = [
            ("description", json!(""), "/description", "text_blank"),
            ("description", json!("长".repeat(2001)), "/description", "text_too_long"),
            ("description", json!("a\u{0}b"), "/description", "text_has_control_characters"),
            ("scene", json!("x".repeat(33)), "/scene", "text_too_long"),
            ("priority", json!("at once"), "/priority", "value_unknown"),
            ("colour", json!("red"), "/colour", "field_unknown"),
            ("contact", json!({ "phone": "110" }), "/contact/phone", "phone_malformed"),
            ("contact", json!({ "name": " " }), "/contact/name", "text_blank"),
            ("category_id", json!("lighting"), "/category_id", "id_malformed"),
        ];
        for (name, value, pointer, code) in cases {
            report(&p.lin, with(name, value)).await.refused_field(pointer, code);
        }
        report(&p.lin, with("description", json!("长".repeat(2000)))).await.is(201);
    }

    async fn danger_cannot_be_talked_down(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (loose, out) = (category(&t, "lighting-loose").await, category(&t, "lighting-out").await);
        let leak = category(&t, "plumbing-leak").await;
        let cases = [
            // category, what the requester says, priority, severity
            (Some(&loose), Some("normal"), "urgent", "major"),
            (Some(&loose), None, "urgent", "major"),
            (Some(&leak), None, "urgent", "normal"),
            (Some(&leak), Some("normal"), "normal", "normal"),
            (Some(&out), None, "normal", "normal"),
            (Some(&out), Some("urgent"), "urgent", "normal"),
            (None, Some("urgent"), "urgent", "normal"),
            (None, None, "normal", "normal"),
        ];
        for (category, said, priority, severity) in cases {
            let body = json!({ "scene": TOILET, "description": "坏了", "category_id": category, "priority": said });
            let filed = report(&p.lin, body).await;
            assert_eq!(filed.is(201).json["priority"], priority);
            assert_eq!(filed.json["severity"], severity);
            assert_eq!(filed.json["category"]["id"], json!(category));
        }
        // What is said goes before what the thing says.
        let body = json!({ "scene": t.scenes().lamp, "description": "坏了", "category_id": loose });
        let filed = report(&p.lin, body).await;
        assert_eq!((&filed.is(201).json["category"]["id"], &filed.json["severity"]), (&loose, &json!("major")));
    }

    async fn nine_photos_come_with_a_report_but_not_ten(t: TestApp) {
        let p = People::sign_in(&t).await;
        let mut ids = Vec::new();
        for _ in 0..10 {
            ids.push(p.lin.upload(png()).await.is(201).id());
        }
        let with = |ids: &[String]| json!({ "scene": TOILET, "description": "堵了", "attachment_ids": ids });
        report(&p.lin, with(&ids)).await.refused_field("/attachment_ids", "length_out_of_range");
        report(&p.hua, with(&ids[..1])).await.refused(422, "attachments_unusable");
        report(&p.lin, with(&[ids[0].clone(), ids[0].clone()])).await.refused(422, "attachments_unusable");
        report(&p.lin, with(&[NOTHING.to_owned()])).await.refused(422, "attachments_unusable");
        let filed = report(&p.lin, with(&ids[..9])).await;
        let shown = filed.is(201).json["attachments"].as_array().expect("photos").iter().map(|photo| &photo["id"]);
        assert_eq!(shown.collect::<Vec<_>>(), ids[..9].iter().collect::<Vec<_>>());
        // Each is used once, and a refusal uses none.
        report(&p.lin, with(&ids[8..])).await.refused(422, "attachments_unusable");
        report(&p.lin, with(&ids[9..])).await.is(201);
        let link = filed.json["attachments"][0]["url"].as_str().expect("a link");
        assert_eq!(t.anyone().get(link).await.is(200).header("content-type"), Some("image/png"));
    }

    async fn whom_to_call_is_said_or_known(t: TestApp) {
        let p = People::sign_in(&t).await;
        let file = json!({ "scene": TOILET, "description": "堵了" });
        let contact = report(&p.lin, file.clone()).await.is(201).json["contact"].clone();
        assert_eq!(contact, json!({ "name": "微信用户", "phone": null }));
        p.lin.post("/api/v1/me/phone", json!({ "code": "demo:13912345678" })).await.is(200);
        let contact = report(&p.lin, file).await.is(201).json["contact"].clone();
        assert_eq!(contact, json!({ "name": "微信用户", "phone": "139****5678" }));
        let said = json!({ "name": "林女士", "phone": "+86 138-1234-1234" });
        let body = json!({ "scene": TOILET, "description": "堵了", "contact": said });
        let contact = report(&p.lin, body).await.is(201).json["contact"].clone();
        assert_eq!(contact, json!({ "name": "林女士", "phone": "138****1234" }));
    }

    async fn staff_write_down_what_others_say(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.hua.post("/api/v1/me/phone", json!({ "code": "demo:13987654321" })).await.is(200);
        let body = |channel: &str, phone: Option<&str>| {
            let caller = json!({ "channel": channel, "name": "王先生", "phone": phone });
            json!({ "scene": TOILET, "description": "堵了", "on_behalf_of": caller })
        };
        report(&p.lin, body("phone", Some("13987654321"))).await.refused(403, "on_behalf_not_yours");
        let reply = report(&p.mei, body("mini_program", None)).await;
        reply.refused_field("/on_behalf_of/channel", "value_unknown");
        for (who, channel) in [(&p.mei, "phone"), (&p.li, "desk"), (&p.wang, "patrol"), (&p.admin, "phone")] {
            let known = report(who, body(channel, Some("139 8765 4321"))).await;
            assert_eq!(known.is(201).json["channel"], channel);
            let contact = p.hua.get(&path(&known)).await.is(200).json["contact"].clone();
            assert_eq!(contact, json!({ "name": "王先生", "phone": "139****4321" }), "the caller sees it as theirs");
            assert_eq!(p.hua.get("/api/v1/tickets").await.json["items"][0]["id"], known.id());
            let unknown = report(who, body(channel, Some("13700000000"))).await;
            p.hua.get(&path(&unknown)).await.refused(404, "ticket_not_found");
        }
        // The caller can go on with it, who wrote it down cannot speak for them.
        let filed = report(&p.wang, body("patrol", Some("13987654321"))).await;
        p.hua.act(&format!("{}/urge", path(&filed))).await.is(200);
        p.wang.act(&format!("{}/urge", path(&filed))).await.refused(404, "ticket_not_found");
        assert_eq!(p.mei.get("/api/v1/tickets?view=own").await.json["items"], json!([]));
        // On their own account it comes in at the desk.
        let own = report(&p.mei, json!({ "scene": TOILET, "description": "堵了" })).await;
        assert_eq!((&own.is(201).json["channel"], &own.json["requester_role"]), (&json!("desk"), &json!("agent")));
    }
}

both! {
    async fn the_next_one_is_shown_what_is_open_there(t: TestApp) {
        let p = People::sign_in(&t).await;
        let lamp = json!({ "scene": t.scenes().lamp, "description": "灯不亮，我很生气" });
        let first = report(&p.lin, lamp.clone()).await;
        assert_eq!(first.is(201).json["open_on_same"], json!([]));
        let shown = json!([{
            "id": first.id(), "number": "R000001", "kind": "repair", "status": "new", "followers": 0,
            "created_at": "2026-11-22T02:00:00.000Z",
        }]);
        let scan = p.hua.get(&format!("/api/v1/scan/{}", t.scenes().lamp)).await;
        assert_eq!(scan.is(200).json["open_tickets"], shown, "enough to say me too, and no more");
        assert_eq!(report(&p.hua, lamp).await.is(201).json["open_on_same"], shown);
        let scan = p.hua.get(&format!("/api/v1/scan/{}", t.scenes().lift)).await;
        assert_eq!(scan.json["open_tickets"], json!([]), "another thing");
        p.lin.post(&format!("{}/cancel", path(&first)), json!({ "reason": "亮了" })).await.is(200);
        let scan = p.hua.get(&format!("/api/v1/scan/{}", t.scenes().lamp)).await;
        assert_eq!(scan.json["open_tickets"].as_array().expect("tickets").len(), 1, "only what is still open");
    }

    async fn a_shop_is_not_shown_what_is_broken_next_door(t: TestApp) {
        let p = People::sign_in(&t).await;
        let filed = report(&p.lin, json!({ "scene": SHOPS[0], "description": "门坏了" })).await;
        let [same, other] = SHOPS.map(|scene| format!("/api/v1/scan/{scene}"));
        assert_eq!(p.hua.get(&same).await.is(200).json["open_tickets"][0]["id"], filed.id());
        assert_eq!(p.hua.get(&other).await.is(200).json["open_tickets"], json!([]));
        let next = report(&p.hua, json!({ "scene": SHOPS[1], "description": "门坏了" })).await;
        assert_eq!(next.is(201).json["open_on_same"], json!([]));
    }

    async fn me_too_is_counted_once_for_each_person(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        let follow = format!("{ticket}/follow");
        assert_eq!(p.hua.act(&follow).await.is(200).json["followers"], 1);
        let again = p.hua.act(&follow).await;
        assert_eq!((&again.is(200).json["followers"], &again.json["version"]), (&json!(1), &json!(2)));
        assert_eq!(t.shopper("xiaochen").await.act(&follow).await.is(200).json["followers"], 2);
        assert_eq!(p.mei.get(&ticket).await.json["followers"], 2);
        p.lin.act(&follow).await.refused(422, "follow_own_ticket");
        t.anyone().act(&follow).await.refused(401, "token_missing");
        p.hua.act(&format!("/api/v1/tickets/{NOTHING}/follow")).await.refused(404, "ticket_not_found");
    }

    async fn what_is_over_cannot_be_followed(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "in_progress").await;
        p.hua.act(&format!("{ticket}/follow")).await.is(200);
        p.wang.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await.is(200);
        p.hua.act(&format!("{ticket}/follow")).await.refused(409, "ticket_not_open");
        p.mei.act(&format!("{ticket}/follow")).await.refused(409, "ticket_not_open");
        // Who never knew of it does not learn that it was, by no way of asking.
        let chen = t.shopper("xiaochen").await;
        chen.act(&format!("{ticket}/follow")).await.refused(404, "ticket_not_found");
        let guess = chen.request(reqwest::Method::POST, &format!("{ticket}/follow")).header("If-Match", "\"999\"");
        chen.send(guess).await.refused(404, "ticket_not_found");
    }

    async fn who_follows_sees_where_it_stands_and_no_more(t: TestApp) {
        let p = People::sign_in(&t).await;
        let photo = p.lin.upload(png()).await.id();
        let body = json!({
            "scene": t.scenes().lamp, "description": "灯不亮，我很生气", "attachment_ids": [photo],
            "contact": { "name": "林女士", "phone": "13812341234" },
        });
        let ticket = path(&report(&p.lin, body).await);
        p.hua.act(&format!("{ticket}/follow")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        p.mei.post(&format!("{ticket}/note"), json!({ "text": "客人脾气大" })).await.is(200);
        p.lin.post(&format!("{ticket}/reply"), json!({ "text": "我在二楼等" })).await.is(200);
        let proof = p.wang.upload(png()).await.id();
        let body = json!({ "result": "已更换驱动电源", "attachment_ids": [proof] });
        p.wang.post(&format!("{ticket}/resolve"), body).await.is(200);
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 3, "comment": "太慢" })).await.is(200);

        let shown = p.hua.get(&ticket).await;
        assert_eq!((&shown.is(200).json["status"], &shown.json["followers"]), (&json!("closed"), &json!(1)));
        for hidden in ["description", "contact", "result", "rating_score"] {
            assert_eq!(shown.json[hidden], Value::Null, "{hidden}");
        }
        assert_eq!((&shown.json["attachments"], &shown.json["allowed"]), (&json!([]), &json!([])));
        let lines = timeline(&p.hua, &ticket).await;
        let did: Vec<&str> = lines.iter().map(|line| line["action"].as_str().expect("a word")).collect();
        assert_eq!(did, ["open", "assign", "reply", "resolve", "rate"]);
        for line in &lines {
            for hidden in ["text", "reason", "detail"] {
                assert_eq!(line[hidden], Value::Null, "{hidden} of {line}");
            }
            assert_eq!(line["attachments"], json!([]), "{line}");
        }
        p.hua.post(&format!("{ticket}/reopen"), json!({ "reason": "又灭了" })).await.refused(403, "action_not_yours");
        assert_eq!(p.hua.get("/api/v1/tickets").await.json["items"], json!([]), "it is not theirs");
    }
}
