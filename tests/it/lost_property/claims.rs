//! Who gets it: what answers are worth, who decides, and that one thing has one owner.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use yijian::claims::model::{ClaimMove, ClaimStatus};

use super::{answer, claim, item_path, location, phone, signature, take_in, umbrella};
use crate::both;
use crate::support::{Backend, Client};

/// The table of moves, written down a second time.
#[test]
fn a_claim_moves_as_it_may_and_not_otherwise() {
    use ClaimMove::{Approve, Fulfil, Lapse, Reject, Sign, Withdraw};
    use ClaimStatus::{Approved, Fulfilled, Lapsed, Open, Rejected, Signed, Withdrawn};
    let known = [
        (Open, Approve, Approved),
        (Open, Reject, Rejected),
        (Open, Withdraw, Withdrawn),
        (Open, Lapse, Lapsed),
        (Approved, Reject, Rejected),
        (Approved, Withdraw, Withdrawn),
        (Approved, Sign, Signed),
        (Approved, Fulfil, Fulfilled),
        (Signed, Reject, Rejected),
        (Signed, Fulfil, Fulfilled),
    ];
    for status in ClaimStatus::ALL {
        for step in ClaimMove::ALL {
            let to = known.iter().find(|(from, by, _)| from == status && by == step).map(|(.., to)| *to);
            assert_eq!(status.after(*step), to, "{status:?} {step:?}");
        }
    }
}

async fn verdict(who: &Client, claim: &str, ids: &[String], texts: [&str; 2]) -> Value {
    answer(who, claim, ids, texts).await.is(200).json["verdict"].clone()
}

both! {
    async fn answers_are_judged_all_together_and_in_any_spelling(t: TestApp) {
        let item = phone(&t).await;
        for (name, texts, expected) in [
            ("xiaolin", ["柴犬", "星星"], "confirmed"),
            ("xiaohua", ["一只小狗。", "星 星 贴 纸"], "confirmed"),
            ("xiaoding", ["柴犬", "月亮"], "not_confirmed"),
            ("xiaowu", ["小猫", "星星"], "not_confirmed"),
            // Whoever names everything names nothing.
            ("xiaozhou", ["小狗小猫小鸟", "星星"], "not_confirmed"),
        ] {
            let who = t.shopper(name).await;
            let (path, ids) = claim(&who, &item).await;
            assert_eq!(verdict(&who, &path, &ids, texts).await, expected, "{texts:?}");
        }
        // Half of the answers is too few to say anything, and costs nothing.
        let who = t.shopper("xiaozhao").await;
        let (path, ids) = claim(&who, &item).await;
        for text in ["柴犬", "小猫"] {
            let half = who.post(&format!("{path}/answer"), json!({ "answers": [{ "mark_id": ids[0], "text": text }] })).await;
            assert_eq!((&half.is(200).json["verdict"], &half.json["tries"]), (&json!("more_needed"), &json!(0)));
        }
        let foreign = json!({ "answers": [{ "mark_id": item.id(), "text": "柴犬" }] });
        who.post(&format!("{path}/answer"), foreign).await.refused_field("/answers/0/mark_id", "claim_question_unknown");
        let twice = json!({ "answers": [{ "mark_id": ids[0], "text": "柴犬" }, { "mark_id": ids[0], "text": "小狗" }] });
        who.post(&format!("{path}/answer"), twice).await.refused_field("/answers/0/mark_id", "claim_question_unknown");
        who.post(&format!("{path}/answer"), json!({})).await.refused_field("/answers", "field_missing");
    }

    /// A thousand guesses, and among them both right answers, each next to a wrong one, and at last both together: nobody
    /// learns which answer was right, and nothing is compared once the tries are used up.
    async fn an_attacker_with_a_thousand_guesses_gains_no_mark(t: TestApp) {
        let item = phone(&t).await;
        let (path, ids) = claim(&t.shopper("xiaohua").await, &item).await;
        let (mut shapes, mut compared) = (std::collections::BTreeSet::new(), 0);
        let mut attacker = t.shopper("xiaohua").await;
        for guess in 0..1_000 {
            // Ever so patient: an hour after every five.
            if guess % 5 == 0 {
                t.advance(SignedDuration::from_hours(1)).await;
                attacker = t.shopper("xiaohua").await;
            }
            // Each tenth guess has the first mark right, each seventh the second, and some have both.
            let first = if guess % 10 == 0 { "柴犬".to_owned() } else { format!("猜{guess}") };
            let second = if guess % 7 == 3 { "星星贴纸".to_owned() } else { format!("贴{guess}") };
            let reply = answer(&attacker, &path, &ids, [&first, &second]).await;
            if reply.status == 200 {
                compared += 1;
                assert_eq!(reply.json["verdict"], "not_confirmed", "guess {guess}");
            }
            let mut shape = reply.json.clone();
            for moving in ["version", "tries", "next_try_at", "request_id"] {
                shape[moving] = Value::Null;
            }
            shapes.insert(shape.to_string());
        }
        assert_eq!(compared, 3, "so many guesses were compared");
        // Not confirmed, too soon, used up: three answers, whatever was guessed.
        assert_eq!(shapes.len(), 3, "{shapes:#?}");
    }

    async fn many_attackers_find_the_desk_closed_and_the_owner_is_heard_there(t: TestApp) {
        let item = phone(&t).await;
        for n in 0..10 {
            let who = t.shopper(&format!("thief{n}")).await;
            let (path, ids) = claim(&who, &item).await;
            assert_eq!(verdict(&who, &path, &ids, ["柴犬", &format!("贴{n}")]).await, "not_confirmed");
        }
        let owner = t.shopper("xiaolin").await;
        let (path, ids) = claim(&owner, &item).await;
        answer(&owner, &path, &ids, ["柴犬", "星星贴纸"]).await.refused(422, "claim_at_desk_only");
        let mei = t.staff("mei").await;
        assert_eq!(mei.get(&item_path(&item)).await.is(200).json["desk"]["wrong_answers"], 10);
        mei.post(&format!("{path}/approve"), json!({ "reason": "当面解锁" })).await.is(200);
    }

    async fn tries_are_few_and_the_waits_between_them_grow(t: TestApp) {
        let item = phone(&t).await;
        let wrong = ["小猫", "月亮"];
        let (path, ids) = claim(&t.shopper("xiaohua").await, &item).await;
        for minutes in [10, 24 * 60, 24 * 60] {
            let hua = t.shopper("xiaohua").await;
            assert_eq!(verdict(&hua, &path, &ids, wrong).await, "not_confirmed");
            t.advance(SignedDuration::from_mins(minutes - 1)).await;
            let hua = t.shopper("xiaohua").await;
            let early = answer(&hua, &path, &ids, ["柴犬", "星星贴纸"]).await;
            if hua.get(&path).await.json["tries"] == 3 {
                early.refused(422, "claim_tries_used_up");
            } else {
                early.refused(429, "claim_try_later");
                assert_eq!(early.header("retry-after"), Some("61"));
            }
            t.advance(SignedDuration::from_mins(1)).await;
        }
        // Giving up and claiming again helps neither against that nor against the waits.
        let hua = t.shopper("xiaohua").await;
        hua.act(&format!("{path}/withdraw")).await.is(200);
        let (again, ids) = claim(&hua, &item).await;
        answer(&hua, &again, &ids, ["柴犬", "星星贴纸"]).await.refused(422, "claim_tries_used_up");
        let impatient = t.shopper("xiaoding").await;
        let (path, ids) = claim(&impatient, &item).await;
        assert_eq!(verdict(&impatient, &path, &ids, wrong).await, "not_confirmed");
        impatient.act(&format!("{path}/withdraw")).await.is(200);
        let (path, ids) = claim(&impatient, &item).await;
        answer(&impatient, &path, &ids, ["柴犬", "星星贴纸"]).await.refused(429, "claim_try_later");
        // Nor is a confirmed claim a place to find out which answers mattered.
        let lin = t.shopper("xiaolin").await;
        let (own, ids) = claim(&lin, &item).await;
        assert_eq!(verdict(&lin, &own, &ids, ["柴犬", "星星贴纸"]).await, "confirmed");
        answer(&lin, &own, &ids, ["柴犬", "月亮"]).await.refused(409, "claim_confirmed_already");
        assert_eq!(lin.get(&own).await.json["questions"], json!([]));
    }

    async fn an_item_with_one_mark_is_never_confirmed_by_an_answer(t: TestApp) {
        let mei = t.staff("mei").await;
        let body = json!({
            "location_id": location(&t, "B2-A").await, "description": "灰色围巾", "category": "scarf",
            "take_in": { "storage_place": "A 柜", "marks": [{ "question": "绣了什么？", "answers": ["花"] }] }
        });
        let item = mei.post("/api/v1/found_items", body).await;
        item.is(201);
        let lin = t.shopper("xiaolin").await;
        let (path, ids) = claim(&lin, &item).await;
        let said = lin.post(&format!("{path}/answer"), json!({ "answers": [{ "mark_id": ids[0], "text": "花" }] })).await;
        assert_eq!(said.is(200).json["verdict"], "more_needed");
    }

    async fn a_hundred_approvals_of_two_claims_end_with_one_owner(t: TestApp) {
        let item = umbrella(&t).await;
        let (lin, hua, mei) = (t.shopper("xiaolin").await, t.shopper("xiaohua").await, t.staff("mei").await);
        let paths = [claim(&lin, &item).await.0, claim(&hua, &item).await.0];
        // Both are kept until they are decided.
        for path in &paths {
            assert_eq!(mei.get(path).await.is(200).json["status"], "open");
        }
        let body = json!({ "reason": "像是他的" });
        let approve = async |n: usize| mei.post(&format!("{}/approve", paths[n % 2]), body.clone()).await;
        let replies = join_all((0..100).map(approve)).await;
        let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(won.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        for lost in replies.iter().filter(|reply| reply.status != 200) {
            let code = lost.json["code"].as_str().unwrap_or_default();
            let known = ["claim_not_now", "item_not_claimable", "claim_changed_meanwhile", "item_changed_meanwhile"];
            assert!(known.contains(&code) || lost.status == 503, "{}", lost.json);
        }
        let mut standing = Vec::new();
        for path in &paths {
            standing.push(mei.get(path).await.json["status"].as_str().expect("a status").to_owned());
        }
        standing.sort();
        assert_eq!(standing, ["approved", "open"]);
        assert_eq!(mei.get(&item_path(&item)).await.json["status"], "promised");
        // The other is heard once the first was taken back.
        let winner = won[0].id();
        let loser = paths.iter().find(|path| !path.ends_with(&winner)).expect("a loser");
        mei.post(&format!("{loser}/approve"), body.clone()).await.refused(409, "item_not_claimable");
        mei.post(&format!("/api/v1/claims/{winner}/reject"), json!({ "reason": "认错了" })).await.is(200);
        assert_eq!(mei.post(&format!("{loser}/approve"), body).await.is(200).json["status"], "approved");
    }

    async fn nobody_decides_about_their_own_and_the_refused_come_to_the_desk(t: TestApp) {
        let item = umbrella(&t).await;
        let (mei, li, hua) = (t.staff("mei").await, t.staff("li").await, t.shopper("xiaohua").await);
        let (own, _) = claim(&mei, &item).await;
        assert!(mei.get(&own).await.json["desk"].is_null(), "her own claim is no desk matter of hers");
        for action in ["approve", "reject"] {
            mei.post(&format!("{own}/{action}"), json!({ "reason": "是我的" })).await.refused(422, "claim_own");
        }
        li.post(&format!("{own}/approve"), json!({ "reason": "认得" })).await.is(200);
        mei.post(&format!("{own}/hand_over"), signature(&mei).await).await.refused(422, "claim_own");
        li.post(&format!("{own}/reject"), json!({ "reason": "认错了" })).await.is(200);
        let (path, _) = claim(&hua, &item).await;
        hua.post("/api/v1/claims", json!({ "item_id": item.id() })).await.refused(409, "claim_exists");
        mei.post(&format!("{path}/ask"), json!({ "question": "伞是哪年买的？" })).await.is(200);
        let asked = hua.get(&path).await;
        assert_eq!((&asked.json["asked"], &asked.json["verdict"]), (&json!("伞是哪年买的？"), &json!("more_needed")));
        hua.post(&format!("{path}/answer"), json!({ "text": "去年" })).await.is(200);
        let shown = mei.get(&path).await;
        assert_eq!(shown.json["desk"]["answers"][0]["answers"][0]["text"], "去年");
        mei.post(&format!("{path}/reject"), json!({ "reason": "说不出特征" })).await.is(200);
        assert_eq!(hua.get(&path).await.json["reason"], "说不出特征");
        hua.post("/api/v1/claims", json!({ "item_id": item.id() })).await.refused(422, "claim_rejected_before");
        hua.post(&format!("{path}/answer"), json!({ "text": "还是我的" })).await.refused(409, "claim_not_open");
    }

    async fn nobody_claims_everything(t: TestApp) {
        let hua = t.shopper("xiaohua").await;
        let mut items = Vec::new();
        for _ in 0..8 {
            items.push(umbrella(&t).await.id());
        }
        let hua = &hua;
        let replies = join_all(items.iter().map(|id| async move {
            hua.post("/api/v1/claims", json!({ "item_id": id })).await
        })).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 5);
        for refused in replies.iter().filter(|reply| reply.status != 201) {
            refused.refused(422, "claims_too_many");
        }
    }

    async fn who_could_read_the_marks_proves_nothing_by_them(t: TestApp) {
        let (item, mei) = (phone(&t).await, t.staff("mei").await);
        let (path, ids) = claim(&mei, &item).await;
        assert_eq!(verdict(&mei, &path, &ids, ["柴犬", "星星贴纸"]).await, "more_needed");
        t.staff("li").await.post(&format!("{path}/approve"), json!({})).await.refused(422, "claim_reason_needed");
    }

    /// One answer is one guess, however many words it has.
    async fn a_list_of_guesses_is_no_answer(t: TestApp) {
        let body = json!({
            "location_id": location(&t, "B2-A").await, "description": "雨伞一把", "category": "umbrella",
            "take_in": { "storage_place": "伞桶", "marks": [
                { "question": "伞套是什么颜色？", "answers": ["红"] }, { "question": "贴了几号？", "answers": ["37"] },
            ] }
        });
        let item = t.staff("mei").await.post("/api/v1/found_items", body).await;
        for (name, texts, expected) in [
            ("a", ["蓝红黑白绿", "37"], "not_confirmed"),
            ("b", ["红", "013756"], "not_confirmed"),
            ("c", ["红，蓝", "37"], "not_confirmed"),
            ("d", ["是红的", "３７"], "confirmed"),
        ] {
            let who = t.shopper(name).await;
            let (path, ids) = claim(&who, &item).await;
            assert_eq!(verdict(&who, &path, &ids, texts).await, expected, "{texts:?}");
        }
    }

    async fn it_is_handed_to_whom_it_was_approved_for_and_once(t: TestApp) {
        let item = umbrella(&t).await;
        let (lin, hua, mei) = (t.shopper("xiaolin").await, t.shopper("xiaohua").await, t.staff("mei").await);
        let (path, _) = claim(&lin, &item).await;
        let (others, _) = claim(&hua, &item).await;
        let give = async |path: &str, body: Value| mei.post(&format!("{path}/hand_over"), body).await;
        give(&path, signature(&mei).await).await.refused(409, "claim_not_approved");
        lin.act(&format!("{path}/pick_up_code")).await.refused(409, "claim_not_approved");
        mei.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
        give(&others, signature(&mei).await).await.refused(409, "claim_not_approved");
        // The code is on the owner's phone alone.
        hua.act(&format!("{path}/pick_up_code")).await.refused(404, "claim_not_found");
        mei.act(&format!("{path}/pick_up_code")).await.refused(403, "claim_not_yours");
        let by_code = |code: &str| json!({ "identity_kind": "id_card", "identity_last4": "123X", "code": code });
        give(&path, by_code("123456")).await.refused(422, "pick_up_code_missing");
        let code = lin.act(&format!("{path}/pick_up_code")).await.json["code"].as_str().expect("a code").to_owned();
        let wrong = if code == "123456" { "654321" } else { "123456" };
        give(&path, by_code(wrong)).await.refused(422, "pick_up_code_wrong");
        t.advance(SignedDuration::from_mins(10)).await;
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        mei.post(&format!("{path}/hand_over"), by_code(&code)).await.refused(422, "pick_up_code_expired");
        let code = lin.act(&format!("{path}/pick_up_code")).await.json["code"].as_str().expect("a code").to_owned();
        // A whole number of a paper is not taken.
        let whole = json!({ "identity_kind": "id_card", "identity_last4": "33010619900101123X", "code": code });
        mei.post(&format!("{path}/hand_over"), whole).await.refused_field("/identity_last4", "characters_malformed");
        let done = mei.post(&format!("{path}/hand_over"), by_code(&code)).await;
        assert_eq!(done.is(200).json["status"], "fulfilled");
        mei.post(&format!("{path}/hand_over"), by_code(&code)).await.refused(409, "claim_not_approved");
        mei.post(&format!("{path}/reject"), json!({ "reason": "反悔" })).await.refused(409, "claim_not_now");
        // Who claimed it besides is told, and may claim something else.
        assert_eq!(t.shopper("xiaohua").await.get(&others).await.json["status"], "lapsed");
        mei.post(&format!("{others}/approve"), json!({ "reason": "也像" })).await.refused(409, "claim_not_now");
    }

    async fn what_was_signed_and_taken_back_did_not_happen(t: TestApp) {
        let (lin, mei, li) = (t.shopper("xiaolin").await, t.staff("mei").await, t.staff("li").await);
        let item = phone(&t).await;
        let (path, _) = claim(&lin, &item).await;
        mei.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
        mei.act(&format!("{path}/witness")).await.refused(409, "claim_not_signed");
        let proof = signature(&mei).await;
        mei.post(&format!("{path}/hand_over"), proof.clone()).await.is(200);
        mei.post(&format!("{path}/hand_over"), signature(&mei).await).await.refused(409, "claim_not_approved");
        let back = li.post(&format!("{path}/reject"), json!({ "reason": "证件不符" })).await;
        assert!(back.is(200).json["hand_over"].is_null(), "{}", back.json);
        li.act(&format!("{path}/witness")).await.refused(409, "claim_not_signed");
        assert_eq!(mei.get(&item_path(&item)).await.json["status"], "kept");
        // Nor is the picture of the signature kept.
        t.advance(SignedDuration::from_hours(26)).await;
        let image = format!("/api/v1/attachments/{}", proof["signature_id"].as_str().expect("an id"));
        t.staff("mei").await.get(&image).await.refused(404, "attachment_not_found");
    }

    async fn nobody_is_the_second_person_for_what_they_get(t: TestApp) {
        let (mei, li) = (t.staff("mei").await, t.staff("li").await);
        let (path, _) = claim(&li, &phone(&t).await).await;
        mei.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
        mei.post(&format!("{path}/hand_over"), signature(&mei).await).await.is(200);
        li.act(&format!("{path}/witness")).await.refused(422, "claim_own");
        assert_eq!(mei.get(&path).await.json["status"], "signed");
    }

    async fn a_claimant_does_not_write_for_ever(t: TestApp) {
        let lin = t.shopper("xiaolin").await;
        let (path, _) = claim(&lin, &umbrella(&t).await).await;
        for n in 0..20 {
            lin.post(&format!("{path}/answer"), json!({ "text": format!("第 {n} 句") })).await.is(200);
        }
        lin.post(&format!("{path}/answer"), json!({ "text": "还有一句" })).await.refused(422, "claim_messages_too_many");
    }

    /// A hand-over ends the report that its claim names: it is the claimant's own.
    async fn a_claim_is_about_a_report_of_its_own_claimant(t: TestApp) {
        let (lin, hua, mei) = (t.shopper("xiaolin").await, t.shopper("xiaohua").await, t.staff("mei").await);
        lin.post("/api/v1/me/phone", json!({ "code": "demo:13812340001" })).await.is(200);
        let (item, place) = (umbrella(&t).await.id(), location(&t, "B2-A").await);
        let missed = async |who: &Client, caller: Value| {
            let mut body = json!({
                "location_ids": [place], "category": "umbrella", "description": "黑伞", "lost_from": "2026-11-22T01:00:00Z"
            });
            if !caller.is_null() {
                body["on_behalf_of"] = caller;
            }
            who.post("/api/v1/lost_reports", body).await.is(201).id()
        };
        let claim_for = async |report: &str, phone: Value| {
            let caller = json!({ "channel": "desk", "name": "某人", "phone": phone });
            mei.post("/api/v1/claims", json!({ "item_id": item, "lost_report_id": report, "on_behalf_of": caller })).await
        };
        let (of_hua, of_lin) = (missed(&hua, Value::Null).await, missed(&lin, Value::Null).await);
        let called = missed(&mei, json!({ "channel": "phone", "phone": "13800000001" })).await;
        let nameless = missed(&mei, json!({ "channel": "phone" })).await;
        claim_for(&of_hua, json!("13812340001")).await.refused(404, "lost_report_not_found");
        claim_for(&called, json!("13812340001")).await.refused(404, "lost_report_not_found");
        claim_for(&called, json!("13800000002")).await.refused(404, "lost_report_not_found");
        claim_for(&nameless, Value::Null).await.refused(404, "lost_report_not_found");
        mei.post("/api/v1/claims", json!({ "item_id": item, "lost_report_id": of_hua })).await
            .refused(404, "lost_report_not_found");
        claim_for(&called, json!("13800000001")).await.is(201);
        hua.act(&format!("/api/v1/lost_reports/{of_hua}/withdraw")).await.is(200);
        hua.post("/api/v1/claims", json!({ "item_id": item, "lost_report_id": of_hua })).await
            .refused(409, "lost_report_not_open");
        let made = claim_for(&of_lin, json!("13812340001")).await;
        let path = format!("/api/v1/claims/{}", made.is(201).id());
        mei.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
        mei.post(&format!("{path}/hand_over"), signature(&mei).await).await.is(200);
        assert_eq!(lin.get(&format!("/api/v1/lost_reports/{of_lin}")).await.json["status"], "returned");
        assert_eq!(mei.get(&format!("/api/v1/lost_reports/{called}")).await.json["status"], "open");
    }

    /// On PostgreSQL: on SQLite all changes wait for each other.
    async fn a_hand_over_waits_for_whoever_is_changing_the_report(t: TestApp) {
        if t.backend == Backend::Sqlite {
            return;
        }
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let item = umbrella(&t).await.id();
        let report = lin.post("/api/v1/lost_reports", json!({
            "location_ids": [location(&t, "B2-A").await], "category": "umbrella", "description": "黑伞",
            "lost_from": "2026-11-22T01:00:00Z"
        })).await.is(201).id();
        let made = lin.post("/api/v1/claims", json!({ "item_id": item, "lost_report_id": report })).await;
        let path = format!("/api/v1/claims/{}", made.is(201).id());
        mei.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
        let proof = signature(&mei).await;
        let held = t.hold(format!("UPDATE lost_reports SET version = version + 1 WHERE id = '{report}'")).await;
        let (desk, give, with) = (mei.clone(), format!("{path}/hand_over"), proof);
        let giving = actix_web::rt::spawn(async move { desk.post(&give, with).await });
        t.locks_waited_for(1).await;
        held.commit().await;
        giving.await.expect("an answer").is(200);
        assert_eq!(lin.get(&format!("/api/v1/lost_reports/{report}")).await.is(200).json["status"], "returned");
    }

    async fn the_desk_sees_that_a_finder_claims_what_they_found(t: TestApp) {
        let (hua, mei) = (t.shopper("xiaohua").await, t.staff("mei").await);
        let found = hua.post("/api/v1/found_items", json!({ "scene": t.scenes().lamp, "description": "手套" })).await;
        mei.post(&format!("{}/confirm", item_path(&found)), json!({ "storage_place": "A 柜" })).await.is(200);
        let (path, _) = claim(&hua, &found).await;
        assert_eq!(mei.get(&path).await.json["desk"]["by_finder"], true);
        let (other, _) = claim(&t.shopper("xiaolin").await, &found).await;
        assert_eq!(mei.get(&other).await.json["desk"]["by_finder"], false);
    }

    async fn a_courier_takes_what_may_be_sent_at_the_owners_cost(t: TestApp) {
        let (lin, mei) = (t.shopper("xiaolin").await, t.staff("mei").await);
        let order = json!({ "carrier": "顺丰速运", "tracking_number": "SF1", "address": "杭州市文三路 1 号", "fee_fen": 2300 });
        let approved = async |item: &crate::support::Reply| {
            let (path, _) = claim(&lin, item).await;
            mei.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
            let code = lin.act(&format!("{path}/pick_up_code")).await.json["code"].as_str().expect("a code").to_owned();
            (path, json!({ "identity_kind": "id_card", "identity_last4": "123X", "code": code, "courier": order }))
        };
        let (path, body) = approved(&umbrella(&t).await).await;
        let mut signed = signature(&mei).await;
        signed["courier"] = order.clone();
        mei.post(&format!("{path}/hand_over"), signed).await.refused(422, "courier_code_needed");
        let sent = mei.post(&format!("{path}/hand_over"), body).await;
        assert_eq!((&sent.is(200).json["hand_over"]["way"], &sent.json["hand_over"]["fee_fen"]), (&json!("courier"), &json!(2300)));
        assert!(!sent.json.to_string().contains("文三路"), "{}", sent.json);
        assert_eq!(mei.get(&format!("{path}/contact")).await.is(200).json["address"], "杭州市文三路 1 号");
        for (category, class) in [("lighter", "ordinary"), ("umbrella", "perishable"), ("passport", "identity_paper")] {
            let body = json!({
                "location_id": location(&t, "B2-A").await, "description": "某物", "category": category,
                "take_in": { "storage_place": "A 柜", "value_class": class }
            });
            let item = t.staff("li").await.post("/api/v1/found_items", body).await;
            let (path, body) = approved(&item).await;
            mei.post(&format!("{path}/hand_over"), body).await.refused(422, "may_not_ship");
            assert_eq!(mei.get(&path).await.json["status"], "approved", "{category}");
        }
        // Nor what has money in it, is money, or harms, though an umbrella may be sent.
        lin.post("/api/v1/me/phone", json!({ "code": "demo:13812340001" })).await.is(200);
        for (class, cash) in [("valuable", json!(100)), ("cash", json!(100)), ("dangerous", Value::Null)] {
            let mut take = take_in(&t).await;
            (take["value_class"], take["cash_fen"]) = (json!(class), cash);
            let body = json!({
                "location_id": location(&t, "B2-A").await, "description": "某物", "category": "umbrella", "take_in": take
            });
            let item = mei.post("/api/v1/found_items", body).await;
            let made = mei.post("/api/v1/claims", json!({
                "item_id": item.is(201).id(), "on_behalf_of": { "channel": "desk", "phone": "13812340001" }
            })).await;
            let path = format!("/api/v1/claims/{}", made.is(201).id());
            mei.post(&format!("{path}/approve"), json!({ "reason": "认得" })).await.is(200);
            let code = lin.act(&format!("{path}/pick_up_code")).await.json["code"].as_str().expect("a code").to_owned();
            let body = json!({ "identity_kind": "id_card", "identity_last4": "123X", "code": code, "courier": order });
            mei.post(&format!("{path}/hand_over"), body).await.refused(422, "may_not_ship");
        }
    }
}
