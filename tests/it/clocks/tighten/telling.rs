//! Who is told of a ticket while it lasts and afterwards, and nobody twice.

use serde_json::json;

use super::{all_told, five_late, held, levels, loosen, ordinary, resolution_of, tighten, tighter};
use crate::both;
use crate::clocks::audit::differences;
use crate::clocks::{at, at_work, clocks, has, newest, sign_in, until};

both! {
    async fn while_it_lasts_the_tightened_ladder_is_told_and_not_the_ordinary_one(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        until(&t, "11-22 12:00").await;
        let ticket = at_work(&t).await;
        let resolution = resolution_of(&t, &ticket).await;
        assert_eq!(held(&resolution), tighter("11-22 12:00", (30, "assignee", "11-22 15:00")));
        let mut wanted: Vec<&str> = Vec::new();
        for (before, reached, news) in [
            ("11-22 14:59:59", "11-22 15:00", "wang resolution 30"),
            ("11-22 17:59:59", "11-22 18:00", "zhao resolution 60"),
            ("11-22 19:59:59", "11-22 20:00", "li resolution 80"),
            ("11-22 22:00", "11-22 22:00:01", "li resolution 100"),
            ("11-23 03:00", "11-23 03:00:01", "admin resolution 150"),
        ] {
            until(&t, before).await;
            assert_eq!(all_told(&t, &ticket).await, wanted, "{before}");
            until(&t, reached).await;
            wanted.push(news);
            assert_eq!(all_told(&t, &ticket).await, wanted, "{reached}");
        }
        // The breach stands at its deadline as ever, and whoever was told sooner may ask why.
        let clock = resolution_of(&t, &ticket).await;
        has(&clock, &json!({ "breached_at": at("11-22 22:00"), "ladder": "tightened", "next_warning": null }));
        assert_eq!(clock["alerts"].as_array().map(Vec::len), Some(5));
        let notices = sign_in(&t, "zhao").await.get("/api/v1/notices?limit=100").await;
        let warned = notices.is(200).json["items"].as_array().expect("notices").clone();
        let warned = warned.iter().find(|one| one["detail"]["percent"] == 60 && one["detail"]["clock"] == "resolution");
        assert_eq!(warned.expect("a warning")["detail"]["tightened_since"], at("11-22 12:00"));
        // It is nobody's business outside.
        let seen = newest(&clocks(&t, "lin", &ticket).await, "resolution");
        has(&seen, &json!({ "ladder": null, "tightened_since": null, "next_warning": null, "alerts": [] }));
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn of_levels_passed_already_only_the_highest_is_told_and_nothing_twice(t: TestApp) {
        five_late(&t).await;
        // At five o'clock 70, 45 and 15 percent of their time are over.
        let mut tickets = Vec::new();
        for local in ["11-22 10:00", "11-22 12:30", "11-22 15:30"] {
            until(&t, local).await;
            tickets.push(at_work(&t).await);
        }
        until(&t, "11-22 17:00").await;
        assert_eq!(all_told(&t, &tickets[0]).await, ["wang resolution 50"]);
        tighten(&t).await;
        assert_eq!(all_told(&t, &tickets[0]).await, ["wang resolution 50", "zhao resolution 60"]);
        assert_eq!(all_told(&t, &tickets[1]).await, ["wang resolution 30"]);
        assert_eq!(all_told(&t, &tickets[2]).await, [""; 0]);
        assert_eq!(held(&resolution_of(&t, &tickets[0]).await), tighter("11-22 17:00", (80, "supervisor", "11-22 18:00")));
        assert_eq!(held(&resolution_of(&t, &tickets[1]).await), tighter("11-22 17:00", (60, "department_lead", "11-22 18:30")));
        assert_eq!(held(&resolution_of(&t, &tickets[2]).await), tighter("11-22 17:00", (30, "assignee", "11-22 18:30")));
        // What was told says when its percent was reached, and when that mattered.
        let alert = resolution_of(&t, &tickets[1]).await["alerts"][0].clone();
        assert_eq!(alert, json!({
            "percent": 30, "tell": "assignee", "at": at("11-22 15:30"), "detected_at": at("11-22 17:00"),
        }));
        // Back and forth: the ordinary level that is passed is told, the tightened one not again.
        until(&t, "11-22 18:00").await;
        loosen(&t).await;
        assert_eq!(all_told(&t, &tickets[1]).await, ["wang resolution 30", "wang resolution 50"]);
        tighten(&t).await;
        loosen(&t).await;
        tighten(&t).await;
        assert_eq!(all_told(&t, &tickets[1]).await, ["wang resolution 30", "wang resolution 50"]);
        let told = ["wang resolution 50", "zhao resolution 60", "li resolution 80"];
        assert_eq!(all_told(&t, &tickets[0]).await, told);
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn several_levels_that_were_passed_in_silence_are_one_notice(t: TestApp) {
        let ordinary = levels(&[(90, "assignee"), (100, "supervisor")]);
        let tightened = levels(&[(20, "assignee"), (40, "supervisor"), (60, "department_lead"), (100, "supervisor")]);
        five_late(&t).await;
        let standards = format!("/api/v1/standards?site_id={}&limit=100", t.site().await);
        let li = sign_in(&t, "li").await;
        let known = li.get(&standards).await.is(200).json["items"].as_array().expect("standards").clone();
        let known = known.iter().find(|one| one["name"] == "试用").expect("ours").clone();
        let mut spec = known["spec"].clone();
        (spec["ladder"], spec["tightened_ladder"]) = (ordinary, tightened);
        let standard = format!("/api/v1/standards/{}", known["id"].as_str().expect("an id"));
        li.put(&standard, json!({ "spec": spec })).await.is(200);
        let ticket = at_work(&t).await;
        until(&t, "11-22 17:00").await;
        assert_eq!(all_told(&t, &ticket).await, [""; 0]);
        tighten(&t).await;
        assert_eq!(all_told(&t, &ticket).await, ["zhao resolution 60"]);
        assert_eq!(differences(&t).await, [""; 0]);
    }

    async fn afterwards_the_ordinary_ladder_holds_again(t: TestApp) {
        five_late(&t).await;
        until(&t, "11-22 11:30").await;
        tighten(&t).await;
        until(&t, "11-22 12:00").await;
        let ticket = at_work(&t).await;
        until(&t, "11-22 15:30").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30"]);
        loosen(&t).await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), ordinary(50, "assignee", "11-22 17:00"));
        until(&t, "11-22 19:59").await;
        assert_eq!(all_told(&t, &ticket).await, ["wang resolution 30", "wang resolution 50"]);
        until(&t, "11-22 20:00").await;
        assert_eq!(held(&resolution_of(&t, &ticket).await), ordinary(100, "supervisor", "11-22 22:00"));
        let told = all_told(&t, &ticket).await;
        assert_eq!(told, ["wang resolution 30", "wang resolution 50", "zhao resolution 80"]);
        assert_eq!(differences(&t).await, [""; 0]);
    }
}
