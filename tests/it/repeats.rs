//! The same trouble once more, however it was reported and whatever came in between.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::complaints::{category, complain, paths};
use crate::support::{Client, People, path};

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

async fn repeats(who: &Client, ticket: &str) -> Value {
    who.get(&format!("{ticket}/related")).await.is(200).json["repeats"].clone()
}

/// A repair, as it is reported.
async fn report(who: &Client, body: Value) -> String {
    path(&who.post("/api/v1/repairs", body).await)
}

async fn mend(who: &Client, ticket: &str) {
    who.act(&format!("{ticket}/accept")).await.is(200);
    who.post(&format!("{ticket}/resolve"), json!({ "result": "已修好" })).await.is(200);
}

both! {
    async fn the_same_place_and_category_is_the_same_by_code_and_by_place(t: TestApp) {
        let p = People::sign_in(&t).await;
        let place = p.lin.get(&format!("/api/v1/scan/{}", t.scenes().lamp)).await.is(200).json["location"]["id"].clone();
        let expected = |earlier: &str| (json!("rework"), json!("same_place_and_category"), json!(id(earlier)));
        for (category_code, by_code_first) in [("doors-glass", true), ("doors-lock", false)] {
            let category = category(&t, category_code).await;
            let by_code = json!({ "scene": t.scenes().lamp, "category_id": category, "description": "坏了" });
            let by_place = json!({ "location_id": place, "category_id": category, "description": "坏了" });
            let (first, again) = if by_code_first { (by_code, by_place) } else { (by_place, by_code) };
            let first = report(&p.lin, first).await;
            mend(&p.mei, &first).await;
            let again = report(&p.hua, again).await;
            let repeat = repeats(&p.mei, &again).await[0].clone();
            assert_eq!((repeat["kind"].clone(), repeat["because"].clone(), repeat["earlier"]["id"].clone()), expected(&first));
            // Open, it is not mended: it hides nothing either.
            let third = report(&p.lin, json!({ "location_id": place, "category_id": category, "description": "坏了" })).await;
            assert_eq!(repeats(&p.mei, &third).await[0]["earlier"]["id"], json!(id(&first)));
        }
    }

    async fn the_same_thing_is_the_same_in_another_category(t: TestApp) {
        let p = People::sign_in(&t).await;
        let lamp = async |code: &str| {
            let category = category(&t, code).await;
            report(&p.lin, json!({ "scene": t.scenes().lamp, "category_id": category, "description": "坏了" })).await
        };
        let thing = lamp("lighting-out").await;
        mend(&p.mei, &thing).await;
        let again = lamp("doors-lock").await;
        let repeat = repeats(&p.mei, &again).await[0].clone();
        assert_eq!((&repeat["because"], &repeat["earlier"]["id"]), (&json!("same_equipment"), &json!(id(&thing))));
    }

    async fn a_thing_that_breaks_after_fifteen_days_is_worn(t: TestApp) {
        let p = People::sign_in(&t).await;
        let lamp = p.file(&t).await;
        mend(&p.mei, &lamp).await;
        t.advance(SignedDuration::from_hours(15 * 24)).await;
        let again = People::sign_in(&t).await.file(&t).await;
        assert_eq!(repeats(&t.staff("mei").await, &again).await[0]["because"], "same_equipment");
        t.advance(SignedDuration::from_secs(1)).await;
        let late = People::sign_in(&t).await.file(&t).await;
        let mei = t.staff("mei").await;
        assert_eq!(repeats(&mei, &late).await, json!([]));
        // Nor does anybody call it badly mended then.
        let rework = json!({ "earlier_id": id(&lamp), "confirmed": true });
        let refused = mei.post(&format!("{late}/repeat"), rework).await;
        refused.refused(422, "repeat_too_late");
        assert!(refused.json["detail"].as_str().is_some_and(|detail| detail.contains("15")));
    }

    async fn who_called_and_who_has_the_app_is_one_by_their_number(t: TestApp) {
        let p = People::sign_in(&t).await;
        for (code, number, called_first) in
            [("complaint-price", "13987654321", true), ("complaint-quality", "13987654322", false)]
        {
            let category = category(&t, code).await;
            let call = json!({
                "scene": t.scenes().shop, "category_id": category, "description": "又来了",
                "on_behalf_of": { "channel": "phone", "name": "王先生", "phone": number }
            });
            let app = json!({
                "scene": t.scenes().shop, "category_id": category, "description": "又来了",
                "contact": { "phone": number }
            });
            let call = async || paths(&p.mei.post("/api/v1/complaints", call.clone()).await).1;
            let app = async || paths(&p.lin.post("/api/v1/complaints", app.clone()).await).1;
            let (first, again) = if called_first { (call().await, app().await) } else { (app().await, call().await) };
            let repeat = repeats(&p.mei, &again).await[0].clone();
            assert_eq!((&repeat["because"], &repeat["earlier"]["id"]),
                (&json!("same_person_and_category"), &json!(id(&first))), "{code}");
        }
    }

    async fn twenty_other_matters_hide_no_re_complaint(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, first) = complain(&t, &p.lin, "complaint-price", "多收钱").await;
        for _ in 0..21 {
            p.file(&t).await;
        }
        let (_, again) = complain(&t, &p.lin, "complaint-price", "又多收钱").await;
        let repeat = repeats(&p.mei, &again).await[0].clone();
        assert_eq!((&repeat["kind"], &repeat["earlier"]["id"]), (&json!("re_complaint"), &json!(id(&first))));
        // Nor do twenty calls of a number.
        let call = |kind: &str| json!({
            "scene": t.scenes().lamp, "description": kind,
            "on_behalf_of": { "channel": "phone", "name": "王先生", "phone": "13987654321" }
        });
        let (_, first) = paths(&p.mei.post("/api/v1/complaints", call("吵")).await);
        for _ in 0..21 {
            report(&p.mei, call("灯不亮")).await;
        }
        let (_, again) = paths(&p.mei.post("/api/v1/complaints", call("还是吵")).await);
        assert_eq!(repeats(&p.mei, &again).await[0]["earlier"]["id"], json!(id(&first)));
    }

    async fn what_is_said_to_be_the_same_must_have_something_of_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (_, hers) = complain(&t, &p.lin, "complaint-price", "多收钱").await;
        let lift = json!({
            "scene": t.scenes().lift, "category_id": category(&t, "complaint-noise").await, "description": "扶梯吵"
        });
        let (_, elsewhere) = paths(&p.hua.post("/api/v1/complaints", lift).await);
        let decide = |earlier: &str, confirmed: bool| json!({ "earlier_id": id(earlier), "confirmed": confirmed });
        let not_alike = "repeat_not_alike";
        p.mei.post(&format!("{elsewhere}/repeat"), decide(&hers, true)).await.refused(422, not_alike);
        // That it is not, can always be said.
        p.mei.post(&format!("{elsewhere}/repeat"), decide(&hers, false)).await.is(200);
        let (_, withdrawn) = complain(&t, &p.hua, "complaint-noise", "吵").await;
        p.hua.post(&format!("{withdrawn}/cancel"), json!({ "reason": "算了" })).await.is(200);
        let (_, same_shop) = complain(&t, &p.hua, "complaint-quality", "掉色").await;
        p.mei.post(&format!("{same_shop}/repeat"), decide(&withdrawn, true)).await.refused(422, not_alike);
        p.mei.post(&format!("{same_shop}/repeat"), decide(&hers, true)).await.is(200);
        t.advance(SignedDuration::from_hours(30 * 24 + 1)).await;
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let (_, late) = complain(&t, &lin, "complaint-price", "又多收钱").await;
        let refused = mei.post(&format!("{late}/repeat"), decide(&hers, true)).await;
        refused.refused(422, "repeat_too_late");
        assert!(refused.json["detail"].as_str().is_some_and(|detail| detail.contains("30")));
    }
}
