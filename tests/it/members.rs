//! Telephone numbers, which nobody sees in full, and what the desk makes of their holders.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::{Membership, Role};
use yijian::sites::import::{self, MallFile};
use yijian::wechat::{Endpoint, Fault};

use crate::both;
use crate::support::{Backend, Client, Reply, TestApp};

const NUMBER: &str = "13812341234";
const MASKED: &str = "138****1234";

async fn bind(client: &Client, number: &str) -> Reply {
    client.post("/api/v1/me/phone", json!({ "code": format!("demo:{number}") })).await
}

/// A shopper with a telephone number.
pub async fn known(t: &TestApp, name: &str, number: &str) -> Client {
    let shopper = t.shopper(name).await;
    bind(&shopper, number).await.is(200);
    shopper
}

/// The first things of a sort at a site: `shops` or `units`.
pub async fn things(t: &TestApp, site: &str, sort: &str) -> Vec<String> {
    let map = t.anyone().get(&format!("/api/v1/sites/{site}/locations")).await;
    let places = map.is(200).json["items"].as_array().expect("places").clone();
    let things = places.iter().flat_map(|place| place[sort].as_array().cloned().unwrap_or_default());
    things.map(|thing| thing["id"].as_str().expect("an id").to_owned()).collect()
}

/// A second mall, with one shop; the staff of the first have no part in it.
pub async fn other_mall(t: &TestApp) -> (String, String) {
    let mall: MallFile = serde_json::from_value(json!({
        "code": "yinhe", "name": "银河里", "time_zone": "Asia/Shanghai", "opens": "10:00", "closes": "22:00",
        "phone": null, "departments": [], "categories": [], "equipment": [], "units": [], "scan_codes": [],
        "locations": [{ "code": "F1", "name": "一层", "kind": "floor", "parent": null }],
        "shops": [{ "code": "F1-001", "name": "面馆", "trade": "餐饮", "location": "F1" }],
    }))
    .expect("a mall");
    let site = t.app.write(move |tx| import::import(tx, &mall)).await.expect("imported").id.to_string();
    let shop = things(t, &site, "shops").await.remove(0);
    (site, shop)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Everything the database holds of people, tickets and answers, as bytes.
async fn database_bytes(t: &TestApp) -> Vec<u8> {
    if t.backend == Backend::Sqlite {
        let files = std::fs::read_dir(&t.folder).expect("a folder").flatten();
        let files = files.filter(|file| file.file_name().to_string_lossy().starts_with("yijian.db"));
        return files.flat_map(|file| std::fs::read(file.path()).expect("a file")).collect();
    }
    let rows = t.app.read(|tx| {
        use diesel::prelude::*;
        use diesel::sql_types::Text;
        let tables = ["users", "tickets", "ticket_events", "idempotency_records", "notices", "jobs"];
        let mut rows = String::new();
        for table in tables {
            // Binary columns as they are, so that plain digits in them show.
            let all = format!("coalesce((SELECT string_agg(replace(t::text, '\\x', ''), ' ') FROM {table} t), '')");
            let text: String = diesel::select(diesel::dsl::sql::<Text>(&all)).get_result(tx.conn)?;
            rows.push_str(&text);
        }
        Ok(rows)
    });
    rows.await.expect("rows").into_bytes()
}

both! {
    async fn a_bound_number_is_shown_masked(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let bound = bind(&lin, NUMBER).await;
        assert_eq!(bound.is(200).json["phone"], MASKED);
        assert_eq!(lin.get("/api/v1/me").await.json["phone"], MASKED);
        let again = lin.post("/api/v1/me/phone", json!({ "code": t.wechat.phone_code("xiaolin", "+447911123456") })).await;
        assert_eq!(again.is(200).json["phone"], "+44****3456");
        t.anyone().post("/api/v1/me/phone", json!({ "code": "demo:13812341234" })).await.refused(401, "token_missing");
    }

    async fn a_number_moves_to_whom_wechat_says_has_it_now(t: TestApp) {
        let (lin, chen) = (known(&t, "xiaolin", NUMBER).await, t.shopper("laochen").await);
        assert_eq!(bind(&chen, NUMBER).await.is(200).json["phone"], MASKED);
        assert!(lin.get("/api/v1/me").await.is(200).json.get("phone").is_none());
        let (site, shop) = (t.site().await, things(&t, &t.site().await, "shops").await.remove(0));
        let body = json!({ "site_id": site, "phone": NUMBER, "role": "merchant", "shop_id": shop });
        let member = t.staff("mei").await.post("/api/v1/memberships", body).await;
        assert_eq!(member.is(201).json["user_id"], chen.get("/api/v1/me").await.id());
    }

    async fn of_many_who_bind_a_number_at_once_one_has_it(t: TestApp) {
        let mut claimants = vec![known(&t, "xiaolin", NUMBER).await];
        for number in 0..6 {
            claimants.push(t.shopper(&format!("家人{number}")).await);
        }
        for bound in join_all(claimants.iter().map(|claimant| bind(claimant, NUMBER))).await {
            assert_eq!(bound.is(200).json["phone"], MASKED);
        }
        let me = join_all(claimants.iter().map(|claimant| claimant.get("/api/v1/me"))).await;
        assert_eq!(me.iter().filter(|me| me.json["phone"] == MASKED).count(), 1);
    }

    async fn two_who_swap_their_numbers_at_once_both_succeed(t: TestApp) {
        const OTHER: &str = "13987654321";
        let (lin, chen) = (known(&t, "xiaolin", NUMBER).await, known(&t, "laochen", OTHER).await);
        let me = lin.get("/api/v1/me").await.id();
        let (takes_other, takes_number) = if t.backend == Backend::Postgres {
            let seen = t.hold(format!("SELECT id FROM users WHERE id = '{me}' FOR UPDATE")).await;
            let chen = chen.clone();
            let first = actix_web::rt::spawn(async move { bind(&chen, NUMBER).await });
            t.locks_waited_for(1).await;
            let lin = lin.clone();
            let second = actix_web::rt::spawn(async move { bind(&lin, OTHER).await });
            t.locks_waited_for(2).await;
            seen.undo().await;
            (second.await.expect("an answer"), first.await.expect("an answer"))
        } else {
            futures_util::future::join(bind(&lin, OTHER), bind(&chen, NUMBER)).await
        };
        assert_eq!(takes_other.is(200).json["phone"], "139****4321");
        assert_eq!(takes_number.is(200).json["phone"], MASKED);
        assert_eq!(lin.get("/api/v1/me").await.json["phone"], "139****4321");
        assert_eq!(chen.get("/api/v1/me").await.json["phone"], MASKED);
    }

    async fn phone_codes_work_once_and_for_their_owner(t: TestApp) {
        let (lin, chen) = (t.shopper("xiaolin").await, t.shopper("laochen").await);
        let code = json!({ "code": t.wechat.phone_code("xiaolin", NUMBER) });
        chen.post("/api/v1/me/phone", code.clone()).await.refused(422, "wechat_code_invalid");
        lin.post("/api/v1/me/phone", json!({ "code": "never minted" })).await.refused(422, "wechat_code_invalid");
        let fresh = json!({ "code": t.wechat.phone_code("xiaolin", NUMBER) });
        lin.post("/api/v1/me/phone", fresh.clone()).await.is(200);
        lin.post("/api/v1/me/phone", fresh).await.refused(422, "wechat_code_invalid");
        t.wechat.fault(Endpoint::PhoneNumber, Fault::Garbage, 1);
        bind(&lin, "13987654321").await.refused(503, "wechat_unavailable");
        assert_eq!(lin.get("/api/v1/me").await.json["phone"], MASKED);
        bind(&t.staff("mei").await, NUMBER).await.refused(422, "account_not_from_wechat");
    }

    /// In no answer but the one for those who work on the ticket, and nowhere in the database.
    async fn numbers_are_kept_sealed(t: TestApp) {
        const CONTACT: &str = "13987654321";
        let (lin, mei) = (known(&t, "xiaolin", NUMBER).await, t.staff("mei").await);
        let mine = json!({ "scene": t.scenes().lamp, "description": "灯不亮" });
        let with = json!({ "scene": t.scenes().lift, "description": "电梯异响", "contact": { "phone": CONTACT } });
        let (filed, called) = (lin.post_once("a", "/api/v1/repairs", mine).await, lin.post_once("b", "/api/v1/repairs", with).await);
        assert_eq!(filed.is(201).json["contact"]["phone"], MASKED);
        assert_eq!(called.is(201).json["contact"]["phone"], "139****4321");
        let body = json!({
            "site_id": t.site().await, "phone": NUMBER, "role": "merchant",
            "shop_id": things(&t, &t.site().await, "shops").await[0],
        });
        let member = mei.post_once("c", "/api/v1/memberships", body).await;
        assert_eq!(member.is(201).json["phone"], MASKED);
        let ticket = format!("/api/v1/tickets/{}", called.id());
        let answers = [
            lin.get("/api/v1/me").await,
            lin.get(&ticket).await,
            mei.get(&ticket).await,
            mei.get("/api/v1/tickets").await,
            mei.get(&format!("{ticket}/timeline")).await,
            mei.get(&format!("/api/v1/memberships?site_id={}", t.site().await)).await,
            mei.get("/api/v1/notices").await,
            filed, called, member,
        ];
        for answer in &answers {
            for number in [NUMBER, CONTACT] {
                assert!(!contains(&answer.body, number), "{}", answer.json);
            }
        }
        let bytes = database_bytes(&t).await;
        // What is there in the clear is found, so that what is not found is not there.
        assert!(contains(&bytes, "电梯异响") && contains(&bytes, MASKED) && contains(&bytes, "139****4321"));
        for number in [NUMBER, CONTACT] {
            assert!(!contains(&bytes, number));
            let hex = number.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            assert!(!contains(&bytes, &hex));
        }
    }

    async fn the_desk_binds_a_merchant_by_their_number(t: TestApp) {
        let (chen, mei) = (known(&t, "laochen", NUMBER).await, t.staff("mei").await);
        let site = t.site().await;
        let (shop, unit) = (things(&t, &site, "shops").await.remove(0), things(&t, &site, "units").await.remove(0));
        let body = json!({ "site_id": site, "phone": "138 1234-1234", "role": "merchant", "shop_id": shop });
        let member = mei.post("/api/v1/memberships", body).await;
        assert_eq!((&member.is(201).json["role"], &member.json["shop_id"]), (&json!("merchant"), &json!(shop)));
        assert_eq!((&member.json["phone"], &member.json["unit_id"]), (&json!(MASKED), &Value::Null));
        let me = chen.get("/api/v1/me").await;
        assert_eq!((&me.json["role"], &me.json["sites"][0]["shop_id"]), (&json!("merchant"), &json!(shop)));

        // One is one thing at a site: an owner is no longer a merchant.
        let body = json!({ "site_id": site, "phone": NUMBER, "role": "owner", "unit_id": unit });
        let owner = mei.post("/api/v1/memberships", body).await;
        assert_eq!((&owner.is(201).json["role"], &owner.json["unit_id"]), (&json!("owner"), &json!(unit)));
        let list = mei.get(&format!("/api/v1/memberships?site_id={site}")).await;
        assert_eq!(list.is(200).json["items"], json!([owner.json]));
        let merchants = mei.get(&format!("/api/v1/memberships?site_id={site}&role=merchant")).await;
        assert_eq!(merchants.is(200).json["items"], json!([]));

        mei.delete(&format!("/api/v1/memberships/{}", member.id())).await.refused(404, "member_not_found");
        assert!(mei.delete(&format!("/api/v1/memberships/{}", owner.id())).await.is(204).body.is_empty());
        let me = chen.get("/api/v1/me").await;
        assert_eq!((&me.json["role"], &me.json["sites"]), (&json!("customer"), &json!([])));
        mei.delete(&format!("/api/v1/memberships/{}", owner.id())).await.refused(404, "member_not_found");
    }

    async fn two_colleagues_who_bind_at_once_make_one_binding(t: TestApp) {
        known(&t, "laochen", NUMBER).await;
        let (mei, site) = (t.staff("mei").await, t.site().await);
        let shop = things(&t, &site, "shops").await.remove(0);
        let body = json!({ "site_id": site, "phone": NUMBER, "role": "merchant", "shop_id": shop });
        let answers = join_all((0..6).map(|_| mei.post("/api/v1/memberships", body.clone()))).await;
        assert!(answers.iter().any(|answer| answer.status == 201));
        for lost in answers.iter().filter(|answer| answer.status != 201) {
            lost.refused(503, "database_busy");
        }
        let list = mei.get(&format!("/api/v1/memberships?site_id={site}")).await;
        assert_eq!(list.is(200).json["items"].as_array().map(Vec::len), Some(1));
    }

    async fn members_are_listed_page_by_page(t: TestApp) {
        let (mei, site) = (t.staff("mei").await, t.site().await);
        let shops = things(&t, &site, "shops").await;
        let mut bound = Vec::new();
        for (number, shop) in shops.iter().enumerate().take(5) {
            let phone = format!("1380000000{number}");
            known(&t, &format!("商户{number}"), &phone).await;
            t.app.clock.advance(SignedDuration::from_secs(1)).expect("a manual clock");
            let body = json!({ "site_id": site, "phone": phone, "role": "merchant", "shop_id": shop });
            bound.push(mei.post("/api/v1/memberships", body).await.is(201).id());
        }
        bound.reverse();
        let (mut seen, mut query) = (Vec::new(), String::new());
        let sizes = [2, 2, 1];
        for (page, size) in sizes.into_iter().enumerate() {
            let list = mei.get(&format!("/api/v1/memberships?site_id={site}&limit=2{query}")).await;
            let items = list.is(200).json["items"].as_array().expect("items").clone();
            assert_eq!((items.len(), &list.json["has_more"]), (size, &json!(page < 2)));
            seen.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
            query = list.json["next_cursor"].as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            assert_eq!(query.is_empty(), page == 2);
        }
        assert_eq!(seen, bound);
    }

    async fn only_the_desk_of_the_site_binds(t: TestApp) {
        let (chen, mei) = (known(&t, "laochen", NUMBER).await, t.staff("mei").await);
        let (site, (elsewhere, their_shop)) = (t.site().await, other_mall(&t).await);
        let shop = things(&t, &site, "shops").await.remove(0);
        let body = |site: &str, shop: &str| json!({ "site_id": site, "phone": NUMBER, "role": "merchant", "shop_id": shop });
        let here = body(&site, &shop);
        t.anyone().post("/api/v1/memberships", here.clone()).await.refused(401, "token_missing");
        chen.post("/api/v1/memberships", here.clone()).await.refused(403, "role_staff_needed");
        t.staff("wang").await.post("/api/v1/memberships", here.clone()).await.refused(404, "site_not_found");
        // A mall one does not serve looks like one that does not exist.
        let foreign = mei.post("/api/v1/memberships", body(&elsewhere, &their_shop)).await;
        let missing = mei.post("/api/v1/memberships", body("0198c0de-0000-7000-8000-000000000001", &their_shop)).await;
        assert_eq!(foreign.refused(404, "site_not_found").json["detail"], missing.refused(404, "site_not_found").json["detail"]);
        mei.post("/api/v1/memberships", body(&site, &their_shop)).await.refused(404, "shop_not_found");

        let member = t.staff("admin").await.post("/api/v1/memberships", body(&elsewhere, &their_shop)).await;
        let path = format!("/api/v1/memberships/{}", member.is(201).id());
        mei.delete(&path).await.refused(404, "member_not_found");
        chen.delete(&path).await.refused(403, "role_staff_needed");
        mei.get(&format!("/api/v1/memberships?site_id={elsewhere}")).await.refused(404, "site_not_found");
        t.staff("wang").await.get(&format!("/api/v1/memberships?site_id={site}")).await.refused(404, "site_not_found");
        chen.get(&format!("/api/v1/memberships?site_id={site}")).await.refused(403, "role_staff_needed");
        assert_eq!(mei.get(&format!("/api/v1/memberships?site_id={site}")).await.json["items"], json!([]));
        mei.get("/api/v1/memberships").await.refused_field("?site_id", "field_missing");
        mei.post("/api/v1/memberships", here).await.is(201);
    }

    async fn a_binding_must_make_sense(t: TestApp) {
        let (chen, mei, site) = (known(&t, "laochen", NUMBER).await, t.staff("mei").await, t.site().await);
        let (shop, unit) = (things(&t, &site, "shops").await.remove(0), things(&t, &site, "units").await.remove(0));
        let try_with = async |body: Value| {
            let mut whole = json!({ "site_id": site, "phone": NUMBER, "role": "merchant", "shop_id": shop });
            let fields = whole.as_object_mut().expect("an object");
            fields.extend(body.as_object().expect("an object").clone());
            mei.post("/api/v1/memberships", whole).await
        };
        try_with(json!({ "shop_id": null })).await.refused(422, "member_shop_needed");
        try_with(json!({ "unit_id": unit })).await.refused(422, "member_shop_needed");
        try_with(json!({ "role": "owner" })).await.refused(422, "member_unit_needed");
        try_with(json!({ "role": "owner", "unit_id": unit })).await.refused(422, "member_unit_needed");
        try_with(json!({ "role": "owner", "shop_id": null, "unit_id": shop })).await.refused(404, "unit_not_found");
        try_with(json!({ "shop_id": unit })).await.refused(404, "shop_not_found");
        try_with(json!({ "phone": "13900000000" })).await.refused(404, "user_not_found");
        try_with(json!({ "role": "agent" })).await.refused_field("/role", "value_unknown");
        for phone in ["", "12345", "1381234123a", "0", "+", "+0123456789", "+1234567890123456"] {
            try_with(json!({ "phone": phone })).await.refused_field("/phone", "phone_malformed");
        }
        try_with(json!({ "site_id": "一号" })).await.refused_field("/site_id", "id_malformed");

        // Staff are staff: the desk cannot make merchants of colleagues, nor end what they are.
        let (user_id, site_id) = (chen.get("/api/v1/me").await.id(), site.parse().expect("an id"));
        let membership = t.app.write(move |tx| {
            use diesel::RunQueryDsl as _;
            let membership = Membership {
                id: tx.new_id(), user_id: user_id.parse().expect("an id"), site_id, role: Role::Agent,
                department_id: None, shop_id: None, unit_id: None, created_at: tx.now,
            };
            diesel::insert_into(yijian::db::schema::memberships::table).values(&membership).execute(tx.conn)?;
            Ok(membership.id)
        });
        let membership = membership.await.expect("a colleague");
        try_with(json!({})).await.refused(422, "member_is_staff");
        mei.delete(&format!("/api/v1/memberships/{membership}")).await.refused(404, "member_not_found");
        assert_eq!(mei.get(&format!("/api/v1/memberships?site_id={site}")).await.json["items"], json!([]));
    }
}
