//! Malls, their places, what can be reported there, and the file they come from.

use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use yijian::db::schema::scan_codes;
use yijian::error::Error;
use yijian::sites::import::{self, MallFile};
use yijian::values::Id;

use crate::both;
use crate::support::{Client, People, TestApp, path};

const NOTHING: &str = "0198c0de-0000-7000-8000-000000000001";

fn demo() -> Value {
    serde_json::from_str(include_str!("../../src/demo/mall.json")).expect("JSON")
}

async fn import(t: &TestApp, file: Value) -> Result<(), Error> {
    let file: MallFile = serde_json::from_value(file).expect("the form of a mall file");
    t.app.write(move |tx| import::import(tx, &file).map(drop)).await
}

async fn items(who: &Client, path: &str) -> Vec<Value> {
    who.get(path).await.is(200).json["items"].as_array().expect("a list").clone()
}

/// Everything a file can change, as people see it, and what the codes stand for.
async fn everything(t: &TestApp) -> (Vec<Vec<Value>>, Vec<(String, Id, Option<Id>, Option<Id>)>) {
    let admin = t.staff("admin").await;
    let mut lists = vec![items(&admin, "/api/v1/sites").await];
    for site in lists[0].clone() {
        let id = site["id"].as_str().expect("an id");
        for path in [
            format!("/api/v1/sites/{id}/locations"),
            format!("/api/v1/sites/{id}/departments"),
            format!("/api/v1/catalogue?site_id={id}"),
        ] {
            lists.push(items(&admin, &path).await);
        }
    }
    let codes = t.app.read(|tx| {
        let columns = (scan_codes::scene, scan_codes::location_id, scan_codes::equipment_id, scan_codes::shop_id);
        Ok(scan_codes::table.order(scan_codes::scene).select(columns).load(tx.conn)?)
    });
    (lists, codes.await.expect("rows"))
}

both! {
    async fn a_mall_is_there_for_everyone(t: TestApp) {
        let sites = items(&t.anyone(), "/api/v1/sites").await;
        assert_eq!(sites, [json!({
            "id": t.site().await, "code": "xinghe", "name": "星河汇购物中心", "time_zone": "Asia/Shanghai",
            "opens": "10:00", "closes": "22:00", "phone": "0571-88886666",
        })]);
    }

    async fn places_stand_in_a_tree_with_what_is_in_them(t: TestApp) {
        let (file, site) = (demo(), t.site().await);
        let places = items(&t.anyone(), &format!("/api/v1/sites/{site}/locations")).await;
        let named = |value: &Value, list: &str| value[list].as_array().expect("a list").len();
        for (list, wanted) in [("shops", 185), ("equipment", 149), ("units", 8)] {
            assert_eq!(places.iter().map(|place| named(place, list)).sum::<usize>(), wanted, "{list}");
        }
        let codes = |lines: &[Value]| lines.iter().map(|line| line["code"].clone()).collect::<Vec<_>>();
        let wanted = codes(file["locations"].as_array().expect("lines"));
        assert_eq!(codes(&places), wanted, "in the order of the file");
        let mut paths = std::collections::HashMap::new();
        for place in &places {
            let name = place["name"].as_str().expect("a name");
            let path = match place["parent_id"].as_str() {
                Some(parent) => format!("{} · {name}", paths[parent]),
                None => name.to_owned(),
            };
            assert_eq!(place["path"], path, "the outermost place first");
            paths.insert(place["id"].as_str().expect("an id"), path);
        }
        let shop = &file["shops"][0];
        let home = places.iter().find(|place| place["code"] == shop["location"]).expect("a place");
        assert!(home["shops"].as_array().expect("shops").iter().any(|s| s["name"] == shop["name"]));
        t.anyone().get(&format!("/api/v1/sites/{NOTHING}/locations")).await.refused(404, "site_not_found");
        t.anyone().get("/api/v1/sites/xinghe/locations").await.refused(404, "not_found");
    }

    async fn the_catalogue_lists_every_category_under_its_parent(t: TestApp) {
        let site = t.site().await;
        let categories = items(&t.anyone(), &format!("/api/v1/catalogue?site_id={site}")).await;
        assert_eq!(categories.len(), 62);
        for (at, category) in categories.iter().enumerate().filter(|(_, category)| !category["parent_id"].is_null()) {
            let parent = categories[..at].iter().find(|c| c["id"] == category["parent_id"]).expect("a parent before");
            assert_eq!(parent["kind"], category["kind"]);
        }
        let loose = categories.iter().find(|c| c["code"] == "lighting-loose").expect("a category");
        assert_eq!((&loose["priority"], &loose["is_safety"]), (&json!("urgent"), &json!(true)));
        assert_eq!(loose["department_id"], t.department("engineering").await);
        t.anyone().get("/api/v1/catalogue").await.refused_field("?site_id", "field_missing");
        t.anyone().get("/api/v1/catalogue?site_id=x").await.refused_field("?site_id", "id_malformed");
        t.anyone().get(&format!("/api/v1/catalogue?site_id={NOTHING}")).await.refused(404, "site_not_found");
    }

    async fn a_site_has_five_hundred_categories_and_no_more(t: TestApp) {
        let mut file = demo();
        let categories = file["categories"].as_array_mut().expect("categories");
        let first = categories[0].clone();
        for number in categories.len()..499 {
            let mut one = first.clone();
            one["code"] = json!(format!("more-{number}"));
            categories.push(one);
        }
        import(&t, file).await.expect("imported");
        let (li, path) = (t.staff("li").await, format!("/api/v1/sites/{}/categories", t.site().await));
        let add = |code: &str| json!({
            "kind": "repair", "code": code, "category": { "name": "照明", "priority": "normal", "is_safety": false }
        });
        li.post(&path, add("last")).await.is(201);
        let refused = li.post(&path, add("beyond")).await;
        let detail = &refused.refused(422, "categories_too_many").json["detail"];
        assert!(detail.as_str().is_some_and(|detail| detail.contains("500")), "how many there may be: {detail}");
        assert_eq!(items(&li, &path).await.len(), 500);
    }

    async fn a_list_that_is_known_is_not_sent_again(t: TestApp) {
        let anyone = t.anyone();
        let first = anyone.get("/api/v1/sites").await;
        let tag = first.header("etag").expect("a tag").to_owned();
        let ask = |tag: &str| anyone.request(Method::GET, "/api/v1/sites").header("If-None-Match", tag);
        let again = anyone.send(ask(&tag)).await;
        assert_eq!((again.is(304).header("etag"), again.body.len()), (Some(tag.as_str()), 0));
        let mut file = demo();
        file["name"] = json!("银河汇");
        import(&t, file).await.expect("imported");
        assert_eq!(anyone.send(ask(&tag)).await.is(200).json["items"][0]["name"], "银河汇");
    }

    async fn departments_are_for_staff(t: TestApp) {
        let p = People::sign_in(&t).await;
        let departments = format!("/api/v1/sites/{}/departments", t.site().await);
        t.anyone().get(&departments).await.refused(401, "token_missing");
        p.lin.get(&departments).await.refused(403, "role_staff_needed");
        for staff in [&p.mei, &p.wang, &p.li, &p.admin] {
            let list = items(staff, &departments).await;
            let codes: Vec<&Value> = list.iter().map(|d| &d["code"]).collect();
            assert_eq!(codes, ["service", "engineering", "cleaning", "security", "operations", "property"]);
            let members = list[1]["members"].as_array().expect("members");
            let mut names: Vec<&str> = members.iter().map(|m| m["username"].as_str().expect("a name")).collect();
            names.sort_unstable();
            assert_eq!(names, ["gao", "wang", "zhao"]);
        }
        for staff in [&p.mei, &p.admin] {
            staff.get(&format!("/api/v1/sites/{NOTHING}/departments")).await.refused(404, "site_not_found");
        }
    }

    async fn a_file_imported_again_changes_nothing(t: TestApp) {
        let before = everything(&t).await;
        import(&t, demo()).await.expect("imported");
        assert_eq!(everything(&t).await, before);
    }

    async fn what_has_a_new_name_keeps_its_id(t: TestApp) {
        let before = everything(&t).await;
        let mut file = demo();
        let old = file["shops"][0]["name"].as_str().expect("a name").to_owned();
        file["shops"][0]["name"] = json!("新雨巷咖啡");
        file["departments"][1]["name"] = json!("工程部");
        import(&t, file.clone()).await.expect("imported");
        let after = everything(&t).await;
        assert_ne!(after, before);
        let renamed = |lists: &Vec<Vec<Value>>| {
            let text = serde_json::to_string(lists).expect("JSON");
            text.replace(&format!("\"{old}\""), "\"新雨巷咖啡\"").replace("\"工程\"", "\"工程部\"")
        };
        assert_eq!(renamed(&after.0), renamed(&before.0), "the names, and nothing else");
        assert_eq!(after.1, before.1);
        // A floor's name stands in the full name of everything on it.
        file["locations"][0]["name"] = json!("地下二层");
        import(&t, file).await.expect("imported");
        let places = items(&t.anyone(), &format!("/api/v1/sites/{}/locations", t.site().await)).await;
        assert_eq!(places[5]["path"], "地下二层 · A 区 · 车位 A001–A086");
    }

    async fn a_code_can_be_put_on_something_else(t: TestApp) {
        let mut file = demo();
        let scene = file["scan_codes"][0]["scene"].as_str().expect("a scene").to_owned();
        file["scan_codes"][0] = json!({ "scene": scene, "shop": "F1-001" });
        import(&t, file).await.expect("imported");
        let scan = t.shopper("xiaolin").await.get(&format!("/api/v1/scan/{scene}")).await;
        assert_eq!((&scan.is(200).json["shop"]["name"], &scan.json["equipment"]), (&json!("桂雨巷咖啡"), &Value::Null));
    }

    async fn a_file_that_does_not_fit_leaves_no_trace(t: TestApp) {
        let before = everything(&t).await;
        let cases = [
            ("/time_zone", json!("Mars/Olympus")),
            ("/opens", json!("25:00")),
            ("/closes", json!("ten")),
            ("/categories/1/parent", json!("nowhere")),
            // A parent stands before its children.
            ("/categories/0/parent", json!("lighting-out")),
            ("/categories/0/department", json!("nobody")),
            ("/locations/1/parent", json!("nowhere")),
            ("/locations/0/parent", json!("B2-A")),
            ("/equipment/0/location", json!("nowhere")),
            ("/equipment/0/category", json!("nothing")),
            ("/shops/0/location", json!("nowhere")),
            ("/units/0/location", json!("nowhere")),
            ("/scan_codes/0/equipment", json!("NOTHING-01")),
            ("/scan_codes/0/equipment", json!(null)),
            ("/scan_codes/0", json!({ "scene": "e=1", "equipment": "LIFT-01", "shop": "F1-001" })),
            ("/scan_codes/0", json!({ "scene": "e=1", "shop": "nothing" })),
            ("/scan_codes/0", json!({ "scene": "e=1", "location": "nowhere" })),
            ("/scan_codes/0/scene", json!("")),
            ("/scan_codes/0/scene", json!("e=1 2")),
            ("/scan_codes/0/scene", json!("e=%20")),
            ("/scan_codes/0/scene", json!("灯")),
            ("/scan_codes/0/scene", json!("x".repeat(33))),
        ];
        for (at, value) in cases {
            let mut file = demo();
            // Would show if anything were written.
            file["name"] = json!("别的名字");
            file["departments"][0]["name"] = json!("别的部门");
            *file.pointer_mut(at).expect("a place in the file") = value.clone();
            let refused = import(&t, file).await;
            assert!(matches!(refused, Err(Error::Rule { code: "mall_file_invalid", .. })), "{at} {value}: {refused:?}");
        }
        assert_eq!(everything(&t).await, before);
    }

    async fn a_second_mall_is_a_world_of_its_own(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (first, ticket) = (t.site().await, p.ticket_at(&t, "accepted").await);
        let mut file = demo();
        (file["code"], file["name"]) = (json!("yinhe"), json!("银河汇"));
        for code in file["scan_codes"].as_array_mut().expect("codes") {
            let scene = format!("2{}", code["scene"].as_str().expect("a scene"));
            code["scene"] = json!(scene);
        }
        import(&t, file).await.expect("imported");
        let sites = items(&t.anyone(), "/api/v1/sites").await;
        let second = sites.iter().find(|site| site["code"] == "yinhe").expect("a second mall");
        let second = second["id"].as_str().expect("an id").to_owned();

        let departments = items(&p.admin, &format!("/api/v1/sites/{second}/departments")).await;
        let theirs = &departments[1]["id"];
        for staff in [&p.mei, &p.wang, &p.li] {
            staff.get(&format!("/api/v1/sites/{second}/departments")).await.refused(404, "site_not_found");
        }
        p.mei.get(&format!("/api/v1/memberships?site_id={second}")).await.refused(404, "site_not_found");
        let assign = p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": theirs })).await;
        assign.refused(404, "department_not_found");

        let scene = format!("2{}", t.scenes().lamp);
        let categories = items(&t.anyone(), &format!("/api/v1/catalogue?site_id={first}")).await;
        let body = json!({ "scene": scene, "description": "灯不亮", "category_id": categories[0]["id"] });
        p.lin.post("/api/v1/repairs", body).await.refused(404, "category_not_found");
        let body = json!({ "scene": scene, "description": "灯不亮", "on_behalf_of": { "channel": "phone" } });
        p.mei.post("/api/v1/repairs", body).await.refused(403, "on_behalf_not_yours");
        let filed = p.lin.post("/api/v1/repairs", json!({ "scene": scene, "description": "灯不亮" })).await;
        assert_eq!((&filed.is(201).json["site"]["name"], &filed.json["open_on_same"]), (&json!("银河汇"), &json!([])));
        let far = path(&filed);
        for staff in [&p.mei, &p.wang, &p.li] {
            staff.get(&far).await.refused(404, "ticket_not_found");
            staff.act(&format!("{far}/accept")).await.refused(404, "ticket_not_found");
        }
        assert_eq!(items(&p.mei, "/api/v1/tickets").await.len(), 1);
        assert_eq!(items(&p.mei, &format!("/api/v1/tickets?site_id={second}")).await.len(), 0);
        assert_eq!(items(&p.mei, "/api/v1/notices").await.len(), 1);
        let assign = p.admin.post(&format!("{far}/assign"), json!({ "assignee_id": p.wang_id })).await;
        assign.refused(422, "assignee_not_staff_here");
        assert_eq!(items(&p.admin, "/api/v1/tickets").await.len(), 2, "who runs it sees both");
    }
}
