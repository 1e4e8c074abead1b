//! Found items: who may hand them in, take them in, see what of them, and where they go from one state to another.

use serde_json::{Value, json};
use yijian::found_items::model::{ItemMove, ItemStatus};

use super::{claim, item_path, location, phone, take_in, told_of, umbrella};
use crate::both;
use crate::support::{Client, png};

/// The table of moves, written down a second time.
#[test]
fn an_item_moves_as_it_may_and_not_otherwise() {
    use ItemMove::{Confirm, Dispose, HandToPolice, Promise, Return, TakeBack, Withdraw};
    use ItemStatus::{Announced, Disposed, Kept, Promised, Returned, WithPolice, Withdrawn};
    let known = [
        (Announced, Confirm, Kept),
        (Announced, Withdraw, Withdrawn),
        (Kept, Promise, Promised),
        (Kept, HandToPolice, WithPolice),
        (Kept, Dispose, Disposed),
        (Promised, TakeBack, Kept),
        (Promised, Return, Returned),
    ];
    for status in ItemStatus::ALL {
        for step in ItemMove::ALL {
            let to = known.iter().find(|(from, by, _)| from == status && by == step).map(|(.., to)| *to);
            assert_eq!(status.after(*step), to, "{status:?} {step:?}");
        }
    }
}

both! {
    async fn the_public_list_shows_what_anyone_may_know(t: TestApp) {
        let mei = t.staff("mei").await;
        let (photo, private) = (mei.upload(png()).await.id(), mei.upload(png()).await.id());
        let place = location(&t, "B2-A").await;
        let body = json!({
            "location_id": place, "description": "蓝色水杯", "category": "bottle", "colours": ["blue"],
            "found_at": "2026-11-21T16:30:00Z", "attachment_ids": [photo, private],
            "take_in": { "storage_place": "B 柜", "place_note": "收费口左边第二个车位", "public_photo_ids": [photo],
                "marks": [{ "question": "杯底贴了什么？", "answers": ["小熊"] }] }
        });
        let bottle = mei.post("/api/v1/found_items", body).await;
        bottle.is(201);
        let public = async |extra: &str| {
            let site = t.site().await;
            let reply = t.anyone().get(&format!("/api/v1/found_items/public?site_id={site}{extra}")).await;
            reply.is(200).json["items"].as_array().expect("items").clone()
        };
        let shown = public("").await;
        // Half past midnight in Shanghai is another day than in Greenwich.
        assert_eq!((&shown[0]["found_on"], &shown[0]["area"]), (&json!("2026-11-22"), &json!("B2 停车场")));
        assert_eq!(shown[0]["photos"].as_array().map(Vec::len), Some(1));
        let text = shown[0].to_string();
        for secret in ["小熊", "杯底", "收费口", &private, "16:30", "B 柜", "finder", "marks"] {
            assert!(!text.contains(secret), "{secret} is public: {text}");
        }
        // Papers, cards and money: neither words nor photos.
        for (category, class, cash) in [
            ("id_card", "identity_paper", Value::Null), ("bank_card", "valuable", Value::Null), ("cash", "cash", json!(12_300)),
        ] {
            let photo = mei.upload(png()).await.id();
            let mut take = take_in(&t).await;
            (take["value_class"], take["cash_fen"]) = (json!(class), cash);
            let mut body = json!({
                "location_id": place, "description": "王小明的卡", "brand": "招商", "category": category,
                "attachment_ids": [photo], "take_in": take
            });
            body["take_in"]["public_photo_ids"] = json!([photo]);
            mei.post("/api/v1/found_items", body.clone()).await.refused(422, "photo_never_public");
            body["take_in"]["public_photo_ids"] = json!([]);
            mei.post("/api/v1/found_items", body).await.is(201);
            let newest = public("").await.remove(0);
            assert_eq!(newest["category"], category);
            assert!(newest["description"].is_null() && newest["brand"].is_null(), "{newest}");
            assert_eq!(newest["photos"], json!([]));
        }
        // It is no item: another method is told which ones there are.
        let put = mei.put("/api/v1/found_items/public", json!({})).await;
        assert_eq!(put.refused(405, "method_not_allowed").header("allow"), Some("GET, HEAD"));
        // What harms is not shown at all, nor what is promised or gone.
        let body = json!({ "location_id": place, "description": "折叠刀", "category": "knife", "take_in": { "storage_place": "铁柜" } });
        let knife = mei.post("/api/v1/found_items", body).await;
        assert_eq!(public("&category=knife").await, Vec::<Value>::new());
        t.shopper("xiaolin").await.post("/api/v1/claims", json!({ "item_id": knife.id() })).await.refused(404, "item_not_found");
        assert_eq!(public("&category=accessories").await.len(), 1);
        assert_eq!(public("&category=bottle&from=2026-11-22&until=2026-11-22").await.len(), 1);
        assert_eq!(public("&from=2026-11-23&category=bottle").await, Vec::<Value>::new());
        assert_eq!(public("&until=2026-11-21&category=bottle").await, Vec::<Value>::new());
    }

    async fn who_hands_in_sees_what_becomes_of_it_and_no_marks(t: TestApp) {
        let (hua, lin, mei) = (t.shopper("xiaohua").await, t.shopper("xiaolin").await, t.staff("mei").await);
        let body = json!({ "scene": t.scenes().lamp, "description": "一把钥匙", "category": "house_keys" });
        let found = hua.post("/api/v1/found_items", body.clone()).await;
        let path = item_path(&found);
        let mut eager = body.clone();
        eager["take_in"] = json!({ "storage_place": "我家" });
        hua.post("/api/v1/found_items", eager.clone()).await.refused(403, "take_in_by_desk");
        t.staff("wang").await.post("/api/v1/found_items", eager).await.refused(403, "take_in_by_desk");
        lin.get(&path).await.refused(404, "item_not_found");
        assert_eq!(lin.get("/api/v1/found_items").await.is(200).json["items"], json!([]));
        assert_eq!(hua.get("/api/v1/found_items").await.is(200).json["items"][0]["id"], found.json["id"]);
        let elsewhere = hua.get(&format!("/api/v1/found_items?site_id={}", found.id())).await;
        assert_eq!(elsewhere.is(200).json["items"], json!([]));
        let taken = mei.post(&format!("{path}/confirm"), json!({
            "storage_place": "A 柜", "marks": [{ "question": "钥匙扣是什么？", "answers": ["足球"] }]
        })).await;
        assert_eq!(taken.is(200).json["desk"]["marks"][0]["answers"][0], "足球");
        assert!(hua.get(&path).await.is(200).json["desk"].is_null());
        mei.post(&format!("{path}/confirm"), json!({ "storage_place": "A 柜" })).await.refused(409, "item_not_now");
        mei.post(&format!("{path}/withdraw"), json!({ "reason": "没送来" })).await.refused(409, "item_not_now");
        // What the desk photographs is not for the finder.
        let seen = async |who: &Client| who.get(&path).await.is(200).json["photos"].as_array().map(Vec::len);
        let inside = mei.upload(png()).await.id();
        let moved = json!({ "storage_place": "B 柜", "attachment_ids": [inside] });
        mei.post(&format!("{path}/store"), moved).await.is(200);
        assert_eq!((seen(&hua).await, seen(&mei).await), (Some(0), Some(1)));
        let never = hua.post("/api/v1/found_items", body).await;
        lin.post(&format!("{}/withdraw", item_path(&never)), json!({ "reason": "不" })).await.refused(404, "item_not_found");
        let gone = hua.post(&format!("{}/withdraw", item_path(&never)), json!({ "reason": "没送来" })).await;
        assert_eq!(gone.is(200).json["status"], "withdrawn");
        hua.post("/api/v1/claims", json!({ "item_id": never.id() })).await.refused(409, "item_not_claimable");
    }

    async fn two_people_answer_for_valuables_and_cash(t: TestApp) {
        let (mei, wang, mei_id) = (t.staff("mei").await, t.staff_id("wang").await, t.staff_id("mei").await);
        let place = location(&t, "B2-A").await;
        let register = async |category: &str, take: Value| {
            let body = json!({ "location_id": place, "description": "某物", "category": category, "take_in": take });
            mei.post("/api/v1/found_items", body).await
        };
        register("ring", json!({ "storage_place": "保险柜" })).await.refused(422, "two_people_needed");
        let alone = json!({ "storage_place": "保险柜", "seal_number": "S-1", "witness_id": mei_id });
        register("ring", alone).await.refused(422, "witness_not_colleague");
        let open = json!({ "storage_place": "保险柜", "witness_id": wang });
        register("ring", open).await.refused(422, "seal_needed");
        let uncounted = json!({ "storage_place": "保险柜", "seal_number": "S-1", "witness_id": wang });
        register("cash", uncounted.clone()).await.refused(422, "cash_amount_needed");
        let mut priced = uncounted.clone();
        priced["cash_fen"] = json!(100);
        register("umbrella", priced.clone()).await.refused(422, "cash_amount_not_money");
        let cash = register("cash", priced).await;
        let path = item_path(&cash);
        assert_eq!(cash.is(201).json["desk"]["cash_fen"], 100);
        // Opening the bag takes two people, a reason, and a new seal.
        let store = async |body: Value| mei.post(&format!("{path}/store"), body).await;
        store(json!({ "storage_place": "保险柜 2" })).await.is(200);
        store(json!({ "storage_place": "保险柜 2", "opened": true })).await.refused_field("/reason", "field_missing");
        let opened = json!({ "storage_place": "保险柜 2", "opened": true, "reason": "复点", "seal_number": "S-1", "witness_id": wang });
        store(opened.clone()).await.refused(422, "seal_same");
        store(json!({ "storage_place": "保险柜 2", "opened": true, "reason": "复点", "seal_number": "S-2" })).await
            .refused(422, "two_people_needed");
        let mut again = opened;
        again["seal_number"] = json!("S-2");
        store(again).await.is(200);
        let log = mei.get(&format!("{path}/custody")).await;
        let kinds: Vec<_> = log.json["items"].as_array().expect("entries").iter().map(|one| one["kind"].clone()).collect();
        assert_eq!(kinds, ["announced", "received", "sealed", "moved", "opened", "sealed"]);
        assert_eq!(log.json["items"][4]["witness_name"], "王师傅");
    }

    async fn what_is_kept_with_care_is_kept_with_less_by_a_lead_alone(t: TestApp) {
        let place = location(&t, "B2-A").await;
        let body = json!({
            "location_id": place, "description": "戒指", "category": "ring",
            "take_in": { "storage_place": "A 柜", "value_class": "ordinary" }
        });
        t.staff("mei").await.post("/api/v1/found_items", body.clone()).await.refused(403, "class_lowered_by_lead");
        t.staff("li").await.post("/api/v1/found_items", body).await.is(201);
    }

    async fn a_question_that_gives_itself_away_is_none(t: TestApp) {
        let place = location(&t, "B2-A").await;
        for (question, answer) in [("贴纸是星星吗？", "星星"), ("伞上写了什么？", "长柄"), ("写了什么？", "！！！")] {
            let body = json!({
                "location_id": place, "description": "黑色长柄雨伞", "category": "umbrella",
                "take_in": { "storage_place": "伞桶", "marks": [{ "question": question, "answers": [answer] }] }
            });
            t.staff("mei").await.post("/api/v1/found_items", body).await.refused(422, "mark_gives_itself_away");
        }
    }

    async fn times_that_cannot_be_are_refused_and_nothing_changes(t: TestApp) {
        let mei = t.staff("mei").await;
        let place = location(&t, "B2-A").await;
        for (at, code) in [("2026-11-22T02:00:01Z", "found_in_future"), ("2026-10-01T00:00:00Z", "found_too_long_ago")] {
            let body = json!({ "location_id": place, "description": "伞", "found_at": at });
            mei.post("/api/v1/found_items", body).await.refused_field("/found_at", code);
        }
        let lost = async |from: &str, until: Value| {
            let body = json!({
                "location_ids": [place], "description": "伞", "category": "umbrella", "lost_from": from, "lost_until": until
            });
            mei.post("/api/v1/lost_reports", body).await
        };
        lost("2026-11-22T03:00:00Z", Value::Null).await.refused_field("/lost_from", "lost_in_future");
        lost("2026-11-22T01:00:00Z", json!("2026-11-22T00:00:00Z")).await.refused_field("/lost_until", "lost_range_reversed");
        lost("2026-11-22T01:00:00Z", json!("2026-11-22T03:00:00Z")).await.refused_field("/lost_until", "lost_in_future");
        lost("2026-11-01T01:00:00Z", json!("2026-11-16T01:00:00Z")).await.refused_field("/lost_from", "lost_range_too_long");
        lost("2026-09-01T01:00:00Z", json!("2026-09-02T01:00:00Z")).await.refused_field("/lost_from", "lost_too_long_ago");
        let number = json!({
            "location_ids": [place], "description": "身份证 11010519491231002X", "category": "id_card", "lost_from": "2026-11-22T01:00:00Z"
        });
        mei.post("/api/v1/lost_reports", number).await.refused_field("/description", "text_has_identity_number");
        let old = |digits: &str| json!({ "location_id": place, "description": format!("号 {digits}") });
        mei.post("/api/v1/found_items", old("110105491231002")).await.refused_field("/description", "text_has_identity_number");
        mei.post("/api/v1/found_items", old("350000000101003")).await.refused_field("/description", "text_has_identity_number");
        for hidden in ["1 11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ", "110105.19491231/002X", "号11010519491231002x1"] {
            let number = json!({ "location_id": place, "description": hidden });
            mei.post("/api/v1/found_items", number).await.refused_field("/description", "text_has_identity_number");
        }
        let unknown = json!({ "location_id": place, "description": "伞", "category": "unicorn" });
        mei.post("/api/v1/found_items", unknown).await.refused_field("/category", "item_category_unknown");
        let photo = json!({ "location_id": place, "description": "伞", "attachment_ids": [t.site().await] });
        mei.post("/api/v1/found_items", photo).await.refused(422, "attachments_unusable");
        // Nor in a name.
        let mut named = json!({
            "location_ids": [place], "description": "伞", "category": "umbrella", "lost_from": "2026-11-22T01:00:00Z",
            "contact": { "name": "王 11010519491231002X" }
        });
        mei.post("/api/v1/lost_reports", named.clone()).await.refused_field("/contact/name", "text_has_identity_number");
        named.as_object_mut().expect("an object").remove("contact");
        named["on_behalf_of"] = json!({ "channel": "desk", "name": "110105491231002" });
        mei.post("/api/v1/lost_reports", named).await.refused_field("/on_behalf_of/name", "text_has_identity_number");
        let claimed = json!({ "item_id": place, "on_behalf_of": { "channel": "desk", "name": "110105491231002" } });
        mei.post("/api/v1/claims", claimed).await.refused_field("/on_behalf_of/name", "text_has_identity_number");
        assert_eq!(mei.get("/api/v1/found_items").await.json["items"], json!([]));
        assert_eq!(mei.get("/api/v1/lost_reports").await.json["items"], json!([]));
        // The number of a telephone itself, a call on a day, a parcel: no number of a citizen.
        for digits in ["350000000101002", "13812345678 2026", "202611221030001", "1101054912310021"] {
            mei.post("/api/v1/found_items", old(digits)).await.is(201);
        }
    }

    async fn what_was_written_wrong_is_corrected_and_what_is_gone_stays(t: TestApp) {
        let (mei, item) = (t.staff("mei").await, umbrella(&t).await);
        let path = item_path(&item);
        let right = json!({
            "description": "藏青色折叠伞", "category": "umbrella", "colours": ["navy"], "location_id": location(&t, "B2-B").await,
            "found_at": "2026-11-22T01:30:00Z"
        });
        let mut late = right.clone();
        late["found_at"] = json!("2026-11-22T02:30:00Z");
        mei.put(&path, late).await.refused_field("/found_at", "found_after_handed_in");
        let fixed = mei.put(&path, right.clone()).await;
        assert_eq!((&fixed.is(200).json["colours"], &fixed.json["version"]), (&json!(["navy"]), &json!(3)));
        assert_eq!(fixed.json["desk"]["marks"].as_array().map(Vec::len), Some(2));
        let stale = mei.request(reqwest::Method::PUT, &path).header("If-Match", "\"2\"").json(&right);
        mei.send(stale).await.refused(412, "version_stale");
        let police = json!({ "station": "文新派出所", "officer": "警号 1" });
        mei.post(&format!("{path}/hand_to_police"), police.clone()).await.is(200);
        mei.put(&path, right).await.refused(409, "item_over");
        mei.post(&format!("{path}/store"), json!({ "storage_place": "A" })).await.refused(409, "item_not_in_custody");
        mei.post(&format!("{path}/hand_to_police"), police).await.refused(409, "item_not_now");
    }

    async fn what_turns_out_to_be_something_else_is_kept_as_that(t: TestApp) {
        let (mei, item) = (t.staff("mei").await, umbrella(&t).await);
        let path = item_path(&item);
        let place = location(&t, "B2-A").await;
        let as_is = async |category: &str, more: Value| {
            let mut body = json!({
                "description": "某物", "category": category, "colours": [], "location_id": place, "found_at": "2026-11-22T01:30:00Z"
            });
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            mei.put(&path, body).await
        };
        as_is("ring", json!({})).await.refused(422, "two_people_needed");
        let two = json!({ "witness_id": t.staff_id("wang").await });
        as_is("ring", two.clone()).await.refused(422, "seal_needed");
        let mut sealed = two.clone();
        sealed["seal_number"] = json!("S-9");
        as_is("cash", sealed.clone()).await.refused(422, "cash_amount_needed");
        assert_eq!(as_is("ring", sealed).await.is(200).json["desk"]["value_class"], "valuable");
        // Its class was its category's: a knife goes to the police today, and the supervisor is told at once.
        as_is("knife", json!({})).await.refused(422, "two_people_needed");
        let knife = as_is("knife", two).await;
        let desk = &knife.is(200).json["desk"];
        assert_eq!((&desk["value_class"], &desk["keep_until"]), (&json!("dangerous"), &json!("2026-11-22T16:00:00.000Z")));
        let number = knife.json["number"].as_str().expect("a number");
        assert_eq!(told_of(&t.staff("li").await, number).await, ["item_for_police"]);
        let site = t.site().await;
        let public = t.anyone().get(&format!("/api/v1/found_items/public?site_id={site}")).await;
        assert_eq!(public.is(200).json["items"], json!([]));
    }

    async fn its_owner_once_known_is_told_at_once(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        lin.post("/api/v1/me/phone", json!({ "code": "demo:13812340001" })).await.is(200);
        let item = phone(&t).await;
        let number = item.json["number"].as_str().expect("a number").to_owned();
        let name = async |phone: &str| mei.post(&format!("{}/name_owner", item_path(&item)), json!({ "phone": phone })).await;
        name("13800000000").await.refused(404, "user_not_found");
        assert_eq!(name("13812340001").await.is(200).json["desk"]["owner_known"], true);
        assert_eq!(told_of(&lin, &number).await, ["item_is_yours"]);
        // She may look at it, and sees no marks; a number nobody has changes nothing.
        assert!(lin.get(&item_path(&item)).await.is(200).json["desk"].is_null());
        name("13800000000").await.refused(404, "user_not_found");
        let body = json!({
            "location_id": location(&t, "B2-A").await, "description": "伞", "category": "umbrella",
            "take_in": { "storage_place": "伞桶", "owner_phone": "13800000000" }
        });
        mei.post("/api/v1/found_items", body).await.refused(404, "user_not_found");
        let (claim, _) = claim(&lin, &item).await;
        mei.post(&format!("{claim}/approve"), json!({ "reason": "手机号相符" })).await.is(200);
        name("13812340001").await.refused(409, "item_not_now");
    }

    async fn another_malls_desk_sees_none_of_it(t: TestApp) {
        let item = phone(&t).await;
        crate::standards::second_mall(&t).await;
        let (elsewhere, _) = t.hire("qian", yijian::accounts::model::Role::Agent, None).await;
        // Hired at this mall: sees it. A technician of it does not.
        elsewhere.get(&item_path(&item)).await.is(200);
        let wang = t.staff("wang").await;
        wang.get(&item_path(&item)).await.refused(404, "item_not_found");
        wang.get(&format!("{}/custody", item_path(&item))).await.refused(404, "item_not_found");
        wang.post(&format!("{}/store", item_path(&item)), json!({ "storage_place": "我这" })).await.refused(404, "item_not_found");
    }
}
