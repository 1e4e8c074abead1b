//! `GET /tickets`: whose tickets, and which of them.

use serde_json::{Value, json};
use yijian::accounts::model::Role;

use crate::both;
use crate::support::{Client, People, TestApp, path};

/// The numbers on all pages of a list, newest first.
async fn numbers(who: &Client, query: &str) -> Vec<String> {
    let (mut numbers, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("/api/v1/tickets?limit=2&{query}{cursor}")).await;
        let items = page.is(200).json["items"].as_array().expect("tickets");
        assert!(items.len() <= 2);
        numbers.extend(items.iter().map(|ticket| ticket["number"].as_str().expect("a number").to_owned()));
        assert_eq!(page.json["has_more"], !page.json["next_cursor"].is_null());
        let Some(next) = page.json["next_cursor"].as_str() else { return numbers };
        cursor = format!("&cursor={next}");
    }
}

/// Six tickets: 1 new, 2 in the pool of 工程, 3 with 王师傅, 4 resolved by him, 5 小华's about a shop in the pool of
/// 安保, 6 小华's grave one with a number to call.
async fn six(t: &TestApp, p: &People) -> Vec<Value> {
    p.file(t).await;
    p.pooled(t, &p.engineering).await;
    p.ticket_at(t, "in_progress").await;
    p.ticket_at(t, "resolved").await;
    let shop = path(&p.hua.post("/api/v1/repairs", json!({ "scene": t.scenes().shop, "description": "门坏了" })).await);
    p.mei.post(&format!("{shop}/assign"), json!({ "department_id": p.security })).await.is(200);
    let catalogue = t.anyone().get(&format!("/api/v1/catalogue?site_id={}", t.site().await)).await;
    let categories = catalogue.is(200).json["items"].as_array().expect("categories");
    let loose = categories.iter().find(|c| c["code"] == "lighting-loose").expect("a category")["id"].clone();
    let grave = json!({
        "scene": t.scenes().lamp, "description": "灯要掉了", "category_id": loose, "contact": { "phone": "13812341234" },
    });
    path(&p.hua.post("/api/v1/repairs", grave).await);
    let all = p.mei.get("/api/v1/tickets").await;
    let mut all = all.is(200).json["items"].as_array().expect("tickets").clone();
    all.reverse();
    all
}

fn r(numbers: &[u32]) -> Vec<String> {
    numbers.iter().map(|n| format!("R{n:06}")).collect()
}

both! {
    async fn everyone_sees_the_lists_of_their_role_only(t: TestApp) {
        let p = People::sign_in(&t).await;
        six(&t, &p).await;
        let (guard, _) = t.hire("qian", Role::Technician, Some("security")).await;
        p.wang.post("/api/v1/repairs", json!({ "scene": t.scenes().lift, "description": "异响" })).await.is(201);
        let all = r(&[7, 6, 5, 4, 3, 2, 1]);
        for desk in [&p.mei, &p.li, &p.admin] {
            assert_eq!(numbers(desk, "").await, all, "the desk sees its site");
            assert_eq!(numbers(desk, "view=site").await, all);
            assert_eq!(numbers(desk, "view=own").await, r(&[]));
            assert_eq!(numbers(desk, "view=assigned").await, r(&[]));
            desk.get("/api/v1/tickets?view=department").await.refused(403, "view_not_yours");
        }
        assert_eq!(numbers(&p.wang, "").await, r(&[4, 3, 2]), "a technician sees the department");
        assert_eq!(numbers(&p.wang, "view=department").await, r(&[4, 3, 2]));
        assert_eq!(numbers(&p.wang, "view=assigned").await, r(&[4, 3]));
        assert_eq!(numbers(&p.wang, "view=own").await, r(&[7]));
        assert_eq!(numbers(&p.zhao, "view=assigned").await, r(&[]));
        assert_eq!(numbers(&guard, "").await, r(&[5]));
        for (shopper, own) in [(&p.lin, r(&[4, 3, 2, 1])), (&p.hua, r(&[6, 5]))] {
            assert_eq!(numbers(shopper, "").await, own, "a shopper sees their own");
            assert_eq!(numbers(shopper, "view=own").await, own);
            assert_eq!(numbers(shopper, "view=assigned").await, r(&[]));
            shopper.get("/api/v1/tickets?view=department").await.refused(403, "view_not_yours");
            shopper.get("/api/v1/tickets?view=site").await.refused(403, "view_not_yours");
        }
        for technician in [&p.wang, &guard] {
            technician.get("/api/v1/tickets?view=site").await.refused(403, "view_not_yours");
        }
        t.anyone().get("/api/v1/tickets").await.refused(401, "token_missing");
    }

    async fn each_filter_keeps_what_it_names(t: TestApp) {
        let p = People::sign_in(&t).await;
        let all = six(&t, &p).await;
        let (site, shop) = (t.site().await, all[4]["shop"]["id"].as_str().expect("a shop").to_owned());
        let (engineering, wang) = (&p.engineering, &p.wang_id);
        let nothing = "0198c0de-0000-7000-8000-000000000001";
        let cases = [
            ("kind=repair".to_owned(), r(&[6, 5, 4, 3, 2, 1])),
            ("kind=complaint".to_owned(), r(&[])),
            ("status=new".to_owned(), r(&[6, 1])),
            ("status=assigned".to_owned(), r(&[5, 2])),
            ("status=in_progress".to_owned(), r(&[3])),
            ("status=resolved".to_owned(), r(&[4])),
            ("status=closed".to_owned(), r(&[])),
            ("open=true".to_owned(), r(&[6, 5, 3, 2, 1])),
            ("open=false".to_owned(), r(&[4])),
            (format!("department_id={engineering}"), r(&[4, 3, 2])),
            (format!("department_id={engineering}&open=true"), r(&[3, 2])),
            (format!("department_id={}", p.security), r(&[5])),
            (format!("assignee_id={wang}"), r(&[4, 3])),
            (format!("assignee_id={}", p.zhao_id), r(&[])),
            ("severity=major".to_owned(), r(&[6])),
            ("severity=normal".to_owned(), r(&[5, 4, 3, 2, 1])),
            (format!("site_id={site}"), r(&[6, 5, 4, 3, 2, 1])),
            (format!("site_id={nothing}"), r(&[])),
            (format!("shop_id={shop}"), r(&[5])),
            (format!("shop_id={nothing}"), r(&[])),
            ("q=R000003".to_owned(), r(&[3])),
            ("q=r000003".to_owned(), r(&[3])),
            ("q=3".to_owned(), r(&[3])),
            ("q=%20R3%20".to_owned(), r(&[3])),
            ("q=13812341234".to_owned(), r(&[6])),
            ("q=%2B86%20138-1234-1234".to_owned(), r(&[6])),
            ("q=13812341235".to_owned(), r(&[])),
            ("q=0".to_owned(), r(&[])),
            ("q=%E7%81%AF".to_owned(), r(&[])),
        ];
        for (query, wanted) in cases {
            assert_eq!(numbers(&p.mei, &query).await, wanted, "{query}");
        }
    }

    async fn a_filter_opens_no_door(t: TestApp) {
        let p = People::sign_in(&t).await;
        six(&t, &p).await;
        assert_eq!(numbers(&p.lin, "q=13812341234").await, r(&[]), "somebody else's number");
        assert_eq!(numbers(&p.lin, "q=R000006").await, r(&[]));
        assert_eq!(numbers(&p.lin, &format!("department_id={}", p.security)).await, r(&[]));
        assert_eq!(numbers(&p.wang, &format!("department_id={}", p.security)).await, r(&[]));
        assert_eq!(numbers(&p.wang, &format!("site_id={}", t.site().await)).await, r(&[4, 3, 2]));
    }

    async fn a_question_that_is_none_is_refused(t: TestApp) {
        let p = People::sign_in(&t).await;
        let cases = [
            ("view=everything", "?view", "value_unknown"),
            ("kind=x", "?kind", "value_unknown"),
            ("status=x", "?status", "value_unknown"),
            ("open=yes", "?open", "value_malformed"),
            ("severity=x", "?severity", "value_unknown"),
            ("department_id=x", "?department_id", "id_malformed"),
            ("limit=0", "?limit", "number_out_of_range"),
            ("limit=101", "?limit", "number_out_of_range"),
            ("q=", "?q", "length_out_of_range"),
            ("colour=red", "?colour", "field_unknown"),
        ];
        for (query, pointer, code) in cases {
            p.mei.get(&format!("/api/v1/tickets?{query}")).await.refused_field(pointer, code);
        }
    }

    async fn a_cursor_serves_one_person_and_one_question(t: TestApp) {
        let p = People::sign_in(&t).await;
        for _ in 0..3 {
            p.file(&t).await;
        }
        let page = p.mei.get("/api/v1/tickets?limit=1").await;
        let cursor = page.json["next_cursor"].as_str().expect("a cursor").to_owned();
        p.mei.get(&format!("/api/v1/tickets?limit=2&cursor={cursor}")).await.is(200);
        let other_question = p.mei.get(&format!("/api/v1/tickets?status=new&cursor={cursor}")).await;
        other_question.refused_field("?cursor", "cursor_mismatch");
        p.li.get(&format!("/api/v1/tickets?cursor={cursor}")).await.refused_field("?cursor", "cursor_mismatch");
        p.mei.get("/api/v1/tickets?cursor=x").await.refused_field("?cursor", "cursor_malformed");
    }
}
