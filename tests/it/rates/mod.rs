//! What is counted, shown, proven, and refused.

use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::accounts::model::Role;
use yijian::rates::{audit, fold};

use crate::both;
use crate::complaints::{category, complain};
use crate::members::{known, things};
use crate::support::{Client, People, Reply, TestApp};

mod busy;
mod history;
mod seeing;
mod whose;

/// The rates of the demo mall, as a person asks for them.
pub async fn rates(t: &TestApp, who: &Client, query: &str) -> Reply {
    who.get(&format!("/api/v1/rates?site_id={}{query}", t.site().await)).await
}

/// A group of an answer by its key.
pub fn group<'a>(reply: &'a Reply, key: &str) -> &'a Value {
    let groups = reply.is(200).json["groups"].as_array().expect("groups");
    groups.iter().find(|group| group["key"] == key).unwrap_or_else(|| panic!("no group {key} in {:#}", reply.json))
}

/// A rate of a group: numerator, denominator, pending, excluded.
pub fn counts(group: &Value, rate: &str) -> [i64; 4] {
    let rates = group["rates"].as_array().expect("rates");
    let rate = rates.iter().find(|one| one["rate"] == rate).expect("a rate");
    ["numerator", "denominator", "pending", "excluded"].map(|name| rate[name].as_i64().expect("a count"))
}

fn rate<'a>(group: &'a Value, rate: &str) -> &'a Value {
    group["rates"].as_array().expect("rates").iter().find(|one| one["rate"] == rate).expect("a rate")
}

/// Everything is counted as a count of all tickets says.
pub async fn proven(t: &TestApp) {
    let audit = audit::run(&t.app).await.expect("an audit");
    assert_eq!(audit.differences, Vec::<String>::new());
}

/// Says something to the database behind the program's back.
async fn sql(t: &TestApp, text: String) {
    let said = t.app.write(move |tx| Ok(diesel::connection::SimpleConnection::batch_execute(tx.conn, &text)?));
    said.await.expect("SQL");
}

async fn put(t: &TestApp) {
    fold::run(&t.app).await.expect("marks are put into effect");
}

/// The ids of the tickets behind a part of a rate, all pages of two.
async fn behind(t: &TestApp, who: &Client, rate: &str, part: &str) -> Vec<String> {
    let site = t.site().await;
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/rates/{rate}/tickets?site_id={site}&part={part}&limit=2{cursor}");
        let page = who.get(&path).await;
        let items = page.is(200).json["items"].as_array().expect("tickets").clone();
        ids.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

fn id(path: &str) -> String {
    path.rsplit('/').next().expect("an id").to_owned()
}

both! {
    async fn what_came_before_stands_beside_each_day_and_the_mean_of_what_people_gave(t: TestApp) {
        for (score, tickets) in [(5, 1), (2, 2)] {
            let p = People::sign_in(&t).await;
            for _ in 0..tickets {
                let ticket = p.ticket_at(&t, "resolved").await;
                p.lin.post(&format!("{ticket}/rate"), json!({ "score": score })).await.is(200);
            }
            if tickets == 1 {
                t.advance(SignedDuration::from_hours(24)).await;
            }
        }
        let li = t.staff("li").await;
        let all = rates(&t, &li, "").await;
        assert_eq!(group(&all, "")["mean_score"], 3.0);
        let days = rates(&t, &li, "&group_by=day").await;
        let (first, second) = (group(&days, "2026-11-22"), group(&days, "2026-11-23"));
        assert_eq!((&first["mean_score"], &first["previous_mean_score"]), (&json!(5.0), &Value::Null));
        assert_eq!((&second["mean_score"], &second["previous_mean_score"]), (&json!(2.0), &json!(5.0)));
        assert_eq!(rate(first, "satisfaction")["previous"], Value::Null);
        assert_eq!(rate(second, "satisfaction")["previous"]["numerator"], 1);
        assert_eq!(rate(second, "excused")["unit"], "clocks");
        // Of a week that begins before what was asked for, the week before is all of it.
        let week = rates(&t, &li, "&group_by=week&from=2026-11-23").await;
        assert_eq!(rate(group(&week, "2026-11-23"), "satisfaction")["previous"]["denominator"], 1);
    }

    async fn a_group_is_asked_for_as_it_was_answered(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "resolved").await;
        let site = t.site().await;
        let behind = async |who: &Client, query: &str| {
            who.get(&format!("/api/v1/rates/urge/tickets?site_id={site}&part=denominator{query}")).await
        };
        for bad in [
            "&group_by=hour", "&key=1-00", "&group_by=hour&key=8-00", "&group_by=topic&key=lift", "&group_by=pause&key=wang",
            "&group_by=day&key=today", "&group_by=week&key=2026-11-17", "&group_by=day&key=2026-10-01",
            "&group_by=kind&key=moods", "&group_by=kind&key=complaint&kind=repair", "&group_by=severity&key=grave",
        ] {
            behind(&p.li, bad).await.refused(422, "rates_group_unknown");
        }
        let someone = t.staff_id("wang").await;
        behind(&p.li, &format!("&group_by=severity&key=ordinary&person_id={someone}")).await
            .refused(422, "rates_one_dimension");
        for by in ["person", "pause"] {
            let key = if by == "person" { someone.clone() } else { format!("{someone}/waiting_parts") };
            behind(&p.mei, &format!("&group_by={by}&key={key}")).await.refused(403, "view_not_yours");
            behind(&p.wang, &format!("&group_by={by}&key={key}")).await.is(200);
        }
    }

    async fn a_number_is_right_the_second_its_ticket_changes(t: TestApp) {
        let p = People::sign_in(&t).await;
        let solved = p.ticket_at(&t, "closed").await;
        let open = p.ticket_at(&t, "in_progress").await;
        p.ticket_at(&t, "cancelled").await;
        for is_put in [false, true] {
            if is_put {
                put(&t).await;
            }
            let reply = rates(&t, &p.li, "").await;
            let all = group(&reply, "");
            assert_eq!(all["received"], 3, "put: {is_put}");
            assert_eq!(counts(all, "resolution"), [1, 1, 1, 1]);
            assert_eq!(counts(all, "closure"), [1, 1, 1, 1]);
            assert_eq!(counts(all, "first_response"), [2, 2, 0, 1]);
            assert_eq!(counts(all, "timeliness"), [1, 1, 1, 1]);
            assert_eq!(rate(all, "resolution")["value"], 1.0);
            assert_eq!(rate(all, "resolution")["verdict"], "too_few");
            assert_eq!(behind(&t, &p.li, "resolution", "numerator").await, [id(&solved)]);
            assert_eq!(behind(&t, &p.li, "resolution", "pending").await, [id(&open)]);
            assert_eq!(behind(&t, &p.li, "resolution", "missed").await, Vec::<String>::new());
        }
        // A deadline passes, and nobody does anything.
        t.app.clock.advance(SignedDuration::from_hours(25)).expect("a clock moved by hand");
        let li = t.staff("li").await;
        for is_put in [false, true] {
            if is_put {
                put(&t).await;
            }
            let reply = rates(&t, &li, "").await;
            assert_eq!(counts(group(&reply, ""), "timeliness"), [1, 2, 0, 1], "put: {is_put}");
            assert_eq!(counts(group(&reply, ""), "resolution"), [1, 2, 0, 1]);
            assert_eq!(behind(&t, &li, "timeliness", "missed").await, [id(&open)]);
        }
        proven(&t).await;
    }

    async fn groups_add_up_and_each_ticket_is_in_its_own(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "closed").await;
        p.ticket_at(&t, "in_progress").await;
        complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        t.advance(SignedDuration::from_hours(30)).await;
        let (mei, li) = (t.staff("mei").await, t.staff("li").await);
        let file = json!({ "scene": t.scenes().shop, "description": "门坏了" });
        t.shopper("xiaohua").await.post("/api/v1/repairs", file).await.is(201);
        let reply = rates(&t, &li, "").await;
        assert_eq!(group(&reply, "")["received"], 4);
        for by in [
            "kind", "department", "shop", "category", "severity", "hour", "day", "week", "month", "quarter", "year",
        ] {
            let reply = rates(&t, &mei, &format!("&group_by={by}")).await;
            assert_eq!(reply.is(200).json["total_groups"].as_u64(), reply.json["groups"].as_array().map(|all| all.len() as u64));
            let received = reply.is(200).json["groups"].as_array().expect("groups").iter().map(|g| g["received"].as_i64());
            assert_eq!(received.map(|n| n.expect("a count")).sum::<i64>(), 4, "by {by}");
        }
        let reply = rates(&t, &li, "&group_by=kind").await;
        assert_eq!((&group(&reply, "repair")["received"], &group(&reply, "complaint")["received"]), (&json!(3), &json!(1)));
        let reply = rates(&t, &li, "&group_by=day").await;
        assert_eq!(group(&reply, "2026-11-22")["received"], 3);
        assert_eq!(group(&reply, "2026-11-23")["received"], 1);
        let reply = rates(&t, &li, "&group_by=hour").await;
        assert_eq!(group(&reply, "7-10")["received"], 3, "Sunday at ten in Shanghai");
        let reply = rates(&t, &li, "&group_by=department").await;
        assert_eq!(group(&reply, &p.engineering)["name"], "工程");
        assert_eq!(group(&reply, &p.engineering)["received"], 2);
        assert_eq!(group(&reply, "")["received"], 2, "what nobody was given lies with the desk");
        assert_eq!(group(&reply, "")["name"], "服务台");
        let english = format!("/api/v1/rates?site_id={}&group_by=department", t.site().await);
        let english = li.request(reqwest::Method::GET, &english).header("Accept-Language", "en");
        assert_eq!(group(&li.send(english).await, "")["name"], "The desk");
        // What is in no shop is a group of its own.
        let shops = rates(&t, &li, "&group_by=shop").await;
        let none = group(&shops, "");
        assert_eq!((&none["name"], &none["received"]), (&json!("无店铺"), &json!(2)));
        assert_eq!(counts(none, "urge")[1], 2);
        let site = t.site().await;
        let behind = format!("/api/v1/rates/urge/tickets?site_id={site}&part=denominator&group_by=shop&key=");
        let listed = li.get(&behind).await.is(200).json["items"].as_array().expect("tickets").clone();
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|ticket| ticket["shop"].is_null()), "{listed:#?}");
        let reply = rates(&t, &li, "&group_by=person").await;
        assert_eq!(group(&reply, &p.wang_id)["received"], 2);
        let alone = rates(&t, &li, &format!("&person_id={}&group_by=day", p.wang_id)).await;
        assert_eq!(group(&alone, "2026-11-22")["received"], 2);
        proven(&t).await;
    }

    async fn an_excuse_a_call_of_yesterday_and_a_repeat_find_their_day(t: TestApp) {
        let p = People::sign_in(&t).await;
        let late = p.ticket_at(&t, "in_progress").await;
        t.advance(SignedDuration::from_hours(26)).await;
        put(&t).await;
        let (li, mei, lin) = (t.staff("li").await, t.staff("mei").await, t.shopper("xiaolin").await);
        let day = "&from=2026-11-22&to=2026-11-22";
        let before = rates(&t, &li, day).await;
        assert_eq!(counts(group(&before, ""), "timeliness"), [0, 1, 0, 0]);
        let clocks = li.get(&format!("{late}/clocks")).await;
        let clocks = clocks.is(200).json["items"].as_array().expect("clocks").clone();
        let clock = clocks.iter().find(|clock| clock["kind"] == "resolution").expect("a clock");
        let excuse = json!({ "clock_id": clock["id"], "reason": "全区停电" });
        li.post(&format!("{late}/excuse"), excuse).await.is(200);
        let after = rates(&t, &li, day).await;
        assert_eq!(counts(group(&after, ""), "timeliness"), [0, 0, 0, 1]);
        assert_eq!(counts(group(&after, ""), "excused"), [1, 2, 0, 0]);
        // A call of last night that is written down today counts for yesterday.
        let call = json!({
            "scene": t.scenes().lamp, "description": "昨晚打来", "on_behalf_of": {
                "channel": "phone", "name": "陈女士", "phone": "13800138000",
                "received_at": "2026-11-22T15:00:00Z", "received_reason": "系统断网"
            }
        });
        let filed = mei.post("/api/v1/repairs", call).await;
        filed.is(201);
        let reply = rates(&t, &li, day).await;
        assert_eq!(group(&reply, "")["received"], 2);
        // The same lamp again: what was mended before counts as rework.
        let first = crate::support::path(&filed);
        mei.act(&format!("{first}/accept")).await.is(200);
        mei.post(&format!("{first}/resolve"), json!({ "result": "好了", "lateness_reason": "other" })).await.is(200);
        let reply = rates(&t, &li, day).await;
        assert_eq!(counts(group(&reply, ""), "rework"), [0, 1, 0, 0]);
        put(&t).await;
        let again = lin.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "又坏了" })).await;
        let decide = json!({ "earlier_id": id(&first), "confirmed": true, "reason": "同一盏灯" });
        mei.post(&format!("{}/repeat", crate::support::path(&again)), decide).await.is(200);
        let reply = rates(&t, &li, day).await;
        assert_eq!(counts(group(&reply, ""), "rework"), [1, 1, 0, 0]);
        assert_eq!(counts(group(&reply, ""), "first_time_fix"), [0, 1, 0, 0]);
        proven(&t).await;
    }

    async fn the_time_of_a_ticket_is_its_hops_and_a_late_pause_has_a_name(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.file(&t).await;
        let minutes = SignedDuration::from_mins;
        t.advance(minutes(5)).await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.cleaning })).await.is(200);
        t.advance(minutes(20)).await;
        let back = json!({ "reason": "不归保洁管" });
        t.hire("qin", Role::Technician, Some("cleaning")).await.0.post(&format!("{ticket}/return"), back).await.is(200);
        t.advance(minutes(7)).await;
        let mei = t.staff("mei").await;
        mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": p.wang_id })).await.is(200);
        t.advance(SignedDuration::from_mins(22 * 60 + 28)).await;
        let wang = t.staff("wang").await;
        wang.act(&format!("{ticket}/start")).await.is(200);
        // An hour is left of a day.
        wang.post(&format!("{ticket}/pause"), json!({ "reason": "waiting_parts" })).await.is(200);
        t.advance(minutes(30)).await;
        let wang = t.staff("wang").await;
        wang.act(&format!("{ticket}/resume")).await.is(200);
        wang.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await.is(200);
        let li = t.staff("li").await;
        let reply = rates(&t, &li, "&group_by=department").await;
        let seconds = |key: &str| group(&reply, key)["counts"]["hop_seconds"].clone();
        assert_eq!(seconds(""), json!((5 + 7) * 60));
        assert_eq!(seconds(&p.cleaning), json!(20 * 60));
        assert_eq!(seconds(&p.engineering), json!((22 * 60 + 28 + 30) * 60));
        let all = rates(&t, &li, "").await;
        let all = group(&all, "");
        assert_eq!(all["counts"]["hop_seconds"], all["counts"]["span_seconds"]);
        assert_eq!(counts(all, "paused_share"), [30 * 60, (23 * 60 + 30) * 60, 0, 0]);
        assert_eq!(counts(all, "bounce"), [1, 1, 0, 0]);
        let reply = rates(&t, &li, "&group_by=pause").await;
        let key = format!("{}/waiting_parts", p.wang_id);
        assert_eq!(group(&reply, &key)["counts"], json!({ "pauses": 1, "pauses_late": 1 }));
        assert_eq!(group(&reply, &key)["name"], "王师傅 · waiting_parts");
        proven(&t).await;
    }

    async fn shoppers_have_a_satisfaction_of_their_own(t: TestApp) {
        let p = People::sign_in(&t).await;
        let ticket = p.ticket_at(&t, "resolved").await;
        p.lin.post(&format!("{ticket}/rate"), json!({ "score": 3 })).await.is(200);
        let chen = known(&t, "laochen", "13812341234").await;
        let shop = things(&t, &t.site().await, "shops").await.remove(0);
        let merchant = json!({ "site_id": t.site().await, "phone": "13812341234", "role": "merchant", "shop_id": shop });
        p.mei.post("/api/v1/memberships", merchant).await.is(201);
        let filed = chen.post("/api/v1/repairs", json!({ "scene": t.scenes().lamp, "description": "灯不亮" })).await;
        let ticket = crate::support::path(&filed);
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/resolve"), json!({ "result": "好了" })).await.is(200);
        chen.post(&format!("{ticket}/rate"), json!({ "score": 5 })).await.is(200);
        for is_put in [false, true] {
            if is_put {
                put(&t).await;
            }
            let reply = rates(&t, &p.li, "").await;
            let all = group(&reply, "");
            assert_eq!(counts(all, "satisfaction"), [1, 2, 0, 0], "put: {is_put}");
            assert_eq!(counts(all, "customer_satisfaction"), [0, 1, 0, 0], "put: {is_put}");
            // As the service standard says: so much must be, so much is striven for.
            let target = |name: &str| rate(all, name)["target"].clone();
            assert_eq!(target("satisfaction"), json!({ "share": 9000, "at_most": false, "goal": 9500 }));
            assert_eq!(target("customer_satisfaction"), json!({ "share": 8500, "at_most": false, "goal": 9500 }));
            assert_eq!(target("rework"), json!({ "share": 500, "at_most": true, "goal": 100 }));
        }
        proven(&t).await;
    }

    async fn what_is_not_of_the_mall_is_not_counted_as_nothing(t: TestApp) {
        let li = t.staff("li").await;
        let site = t.site().await;
        let cleaning = t.department("cleaning").await;
        let (wang, attitude) = (t.staff_id("wang").await, category(&t, "complaint-attitude").await);
        let (other, _) = crate::standards::second_mall(&t).await;
        let admin = t.staff("admin").await;
        let departments = admin.get(&format!("/api/v1/sites/{other}/departments")).await;
        let theirs = departments.is(200).json["items"][0]["id"].as_str().expect("an id").to_owned();
        let their_shop = things(&t, &other, "shops").await.remove(0);
        let lin_id = t.shopper("xiaolin").await.get("/api/v1/me").await.id();
        let ask = async |query: &str| li.get(&format!("/api/v1/rates?site_id={site}{query}")).await;
        for (field, id) in [
            ("department_id", &theirs), ("shop_id", &their_shop), ("category_id", &their_shop), ("person_id", &lin_id),
            ("department_id", &site), ("shop_id", &site), ("category_id", &site), ("person_id", &site),
        ] {
            let named = format!("?{field}");
            ask(&format!("&{field}={id}")).await.refused_field(&named, "rates_filter_unknown");
            let behind = format!("/api/v1/rates/urge/tickets?site_id={site}&{field}={id}");
            li.get(&behind).await.refused_field(&named, "rates_filter_unknown");
        }
        let shop = things(&t, &site, "shops").await.remove(0);
        for (field, id) in [
            ("department_id", cleaning), ("shop_id", shop), ("person_id", wang),
            ("category_id", attitude),
        ] {
            ask(&format!("&{field}={id}")).await.is(200);
        }
    }

    async fn questions_that_make_no_sense_are_refused(t: TestApp) {
        let li = t.staff("li").await;
        rates(&t, &li, "&from=2026-11-22&to=2026-11-21").await.refused_field("?to", "period_reversed");
        rates(&t, &li, "&from=1926-11-22&to=2026-11-21").await.refused_field("?to", "period_too_long");
        rates(&t, &li, "&from=2026-11-23&to=2026-11-24").await.refused_field("?from", "period_future");
        // The running year may be asked for to its end, and nothing after it.
        rates(&t, &li, "&from=2026-01-01&to=2026-12-31").await.is(200);
        for to in ["2027-01-01", "2031-12-30"] {
            rates(&t, &li, &format!("&from=2026-11-01&to={to}")).await.refused_field("?to", "period_future");
            li.get(&format!("/api/v1/rates/urge/tickets?site_id={}&to={to}", t.site().await)).await
                .refused_field("?from", "period_future");
        }
        rates(&t, &li, "&from=2026-02-30").await.refused_field("?from", "value_malformed");
        rates(&t, &li, "&group_by=mood").await.refused_field("?group_by", "value_unknown");
        let (one, other) = (t.department("engineering").await, t.department("cleaning").await);
        rates(&t, &li, &format!("&department_id={one}&shop_id={other}")).await.refused(422, "rates_one_dimension");
        rates(&t, &li, &format!("&department_id={one}&group_by=shop")).await.refused(422, "rates_one_dimension");
        let site = t.site().await;
        li.get(&format!("/api/v1/rates/mood/tickets?site_id={site}")).await.refused(404, "rate_not_found");
        li.get(&format!("/api/v1/rates?site_id={one}")).await.refused(404, "site_not_found");
        // A period that begins before anything did is empty, not wrong.
        let empty = rates(&t, &li, "&from=2025-01-01&to=2025-12-31").await;
        assert_eq!(group(&empty, "")["received"], 0);
        assert_eq!(rate(group(&empty, ""), "resolution")["value"], Value::Null);
        assert_eq!(empty.json["previous_from"], "2024-01-01");
    }

    async fn targets_have_versions_and_judge(t: TestApp) {
        let p = People::sign_in(&t).await;
        let path = format!("/api/v1/sites/{}/rate_targets", t.site().await);
        for _ in 0..2 {
            p.ticket_at(&t, "closed").await;
        }
        let targets = |share: i32| json!({
            "targets": { "rates": [{ "rate": "resolution", "share": share }], "few": 2, "complaints_per_month": 10 },
            "reason": "按年度目标调整"
        });
        p.mei.put(&path, targets(9000)).await.refused(403, "role_lead_needed");
        let seeded = p.mei.get(&path).await;
        assert_eq!(seeded.is(200).json["version"], 0);
        let written = p.li.put(&path, targets(9000)).await;
        assert_eq!((&written.is(200).json["version"], &written.json["targets"]["few"]), (&json!(1), &json!(2)));
        let reply = rates(&t, &p.li, "").await;
        assert_eq!(rate(group(&reply, ""), "resolution")["verdict"], "met");
        assert_eq!(rate(group(&reply, ""), "timeliness")["verdict"], "no_target");
        let stale = p.li.request(reqwest::Method::PUT, &path).header("If-Match", "\"0\"").json(&targets(9500));
        p.li.send(stale).await.refused(412, "version_stale");
        let twice = json!({ "targets": { "rates": [
            { "rate": "resolution", "share": 9000 }, { "rate": "resolution", "share": 9100 }
        ], "few": 5, "complaints_per_month": 10 }, "reason": "错" });
        p.li.put(&path, twice).await.refused_field("/targets/rates", "target_twice");
        let mut high = targets(10_001);
        high["targets"]["rates"][0]["share"] = json!(10_001);
        p.li.put(&path, high).await.refused_field("/targets/rates/0/share", "number_out_of_range");
        // Two of three that are late cannot be made good this month.
        t.advance(SignedDuration::from_hours(1)).await;
        let p = People::sign_in(&t).await;
        for _ in 0..3 {
            p.ticket_at(&t, "assigned").await;
        }
        t.advance(SignedDuration::from_hours(30)).await;
        let li = t.staff("li").await;
        let reply = rates(&t, &li, "").await;
        let resolution = rate(group(&reply, ""), "resolution");
        assert_eq!((&resolution["verdict"], &resolution["out_of_reach"]), (&json!("missed"), &json!(true)));
    }

    async fn a_number_that_was_tampered_with_is_found_and_mended(t: TestApp) {
        let p = People::sign_in(&t).await;
        p.ticket_at(&t, "closed").await;
        proven(&t).await;
        t.app.write(|tx| {
            use diesel::RunQueryDsl as _;
            diesel::sql_query("UPDATE rate_rollups SET counts = '{\"received\":7}' WHERE dimension = 'shop' OR dimension = 'total'")
                .execute(tx.conn)?;
            diesel::sql_query("UPDATE rate_facts SET missed_of = 1 WHERE part = 0").execute(tx.conn)?;
            Ok(())
        }).await.expect("a change");
        let audit = audit::run(&t.app).await.expect("an audit");
        assert!(audit.differences.iter().any(|line| line.starts_with("ticket ")), "{:?}", audit.differences);
        assert!(audit.differences.iter().any(|line| line.starts_with("sum ")), "{:?}", audit.differences);
        audit::rebuild(&t.app).await.expect("counted anew");
        proven(&t).await;
        let reply = rates(&t, &p.li, "").await;
        assert_eq!(group(&reply, "")["received"], 1);
    }
}
