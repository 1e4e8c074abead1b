//! Who sees which numbers, and the tickets behind them.

use serde_json::{Value, json};

use super::{behind, counts, group, id, put, rates};
use crate::both;
use crate::complaints::{category, complain};
use crate::support::{Client, People};

both! {
    async fn nobody_sees_how_a_colleague_does(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "closed").await;
        let of_wang = format!("&person_id={}", p.wang_id);
        rates(&t, &p.zhao, &of_wang).await.refused(403, "view_not_yours");
        rates(&t, &p.mei, &of_wang).await.refused(403, "view_not_yours");
        rates(&t, &p.mei, "&group_by=person").await.refused(403, "view_not_yours");
        rates(&t, &p.mei, "&group_by=pause").await.refused(403, "view_not_yours");
        rates(&t, &p.wang, "").await.refused(403, "view_not_yours");
        let own = rates(&t, &p.wang, &of_wang).await;
        assert_eq!(counts(group(&own, ""), "resolution"), [1, 1, 0, 0]);
        let site = t.site().await;
        p.zhao.get(&format!("/api/v1/rates/resolution/tickets?site_id={site}{of_wang}")).await
            .refused(403, "view_not_yours");
        // What complains about oneself is not listed either, and does not end a page.
        let body = json!({
            "scene": t.scenes().shop, "description": "服务台态度差",
            "category_id": category(&t, "complaint-attitude").await, "about_staff_id": p.mei_id
        });
        let other = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await.1;
        for _ in 0..3 {
            p.lin.post("/api/v1/complaints", body.clone()).await.is(201);
        }
        for is_put in [false, true] {
            if is_put {
                put(&t).await;
            }
            assert_eq!(behind(&t, &p.mei, "re_complaint", "denominator").await, [id(&other)], "put: {is_put}");
            assert_eq!(behind(&t, &p.li, "re_complaint", "denominator").await.len(), 4);
        }
    }

    async fn the_tickets_behind_a_rate_do_not_tell_how_colleagues_do(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
        let site = t.site().await;
        let list = async |who: &Client, rate: &str, query: &str| {
            who.get(&format!("/api/v1/rates/{rate}/tickets?site_id={site}&part=denominator{query}")).await
        };
        let of_wang = format!("&person_id={}", p.wang_id);
        for rate in ["satisfaction", "customer_satisfaction", "records_correct"] {
            list(&p.mei, rate, "").await.refused(403, "view_not_yours");
            list(&p.li, rate, "").await.is(200);
            list(&p.wang, rate, &of_wang).await.is(200);
        }
        for (who, rate, query, score) in [
            (&p.li, "satisfaction", "", json!(5)),
            (&p.wang, "satisfaction", of_wang.as_str(), json!(5)),
            (&p.li, "resolution", "", json!(5)),
            (&p.mei, "resolution", "", Value::Null),
        ] {
            let reply = list(who, rate, query).await;
            assert_eq!(reply.is(200).json["items"][0]["rating_score"], score, "{rate} {query}");
        }
    }
}
