//! A phone lost in the car park, from both reports to the signed hand-over.

use serde_json::json;

use super::{answer, item_path, location, marks, settle, signature, told_of, umbrella};
use crate::both;
use crate::support::{People, png};

both! {
    async fn a_phone_lost_in_the_car_park_comes_home(t: TestApp) {
        let p = People::sign_in(&t).await;
        t.advance(jiff::SignedDuration::from_hours(3)).await;
        let (lin, mei, wang, hua) =
            (t.shopper("xiaolin").await, t.staff("mei").await, t.staff("wang").await, t.shopper("xiaohua").await);
        // 小林 misses it.
        let report = lin.post("/api/v1/lost_reports", json!({
            "location_ids": [location(&t, "B2-A").await, location(&t, "B2-B").await], "category": "phone",
            "colours": ["black"], "brand": "华为", "description": "黑色华为手机，停车后找不到了，壳上有星星贴纸",
            "lost_from": "2026-11-22T02:30:00Z", "lost_until": "2026-11-22T03:30:00Z", "marks": ["锁屏是我家柴犬"]
        })).await;
        let number = report.is(201).json["number"].as_str().expect("a number").to_owned();
        assert!(number.starts_with('L'), "{number}");
        let report_path = format!("/api/v1/lost_reports/{}", report.id());
        settle(&t).await;
        assert_eq!(lin.get(&format!("{report_path}/matches")).await.is(200).json["items"], json!([]));
        // 小华 finds it, scans the wall, and brings it to the desk.
        let photo = hua.upload(png()).await.id();
        let found = hua.post("/api/v1/found_items", json!({
            "location_id": location(&t, "B2-A").await, "description": "捡到一部黑色手机", "category": "phone",
            "found_at": "2026-11-22T03:20:00Z", "attachment_ids": [photo]
        })).await;
        assert_eq!(found.is(201).json["status"], "announced");
        assert!(found.json["desk"].is_null(), "{}", found.json);
        let receipt = found.json["receipt_number"].as_str().expect("a receipt").to_owned();
        assert_eq!(told_of(&mei, &receipt).await, ["item_announced"]);
        // 小梅 takes it in, says in her own words what anyone may know, 王师傅 stands by, it goes into a sealed bag.
        let item = item_path(&found);
        let taken = mei.post(&format!("{item}/confirm"), json!({
            "description": "黑色手机", "storage_place": "保险柜 1", "seal_number": "S-1", "witness_id": p.wang_id, "marks": marks()
        })).await;
        assert_eq!(taken.is(200).json["status"], "kept");
        // Ten working days after Sunday the 22nd.
        assert_eq!(taken.json["desk"]["keep_until"], "2026-12-04T16:00:00.000Z");
        settle(&t).await;
        // 小林 learns that we may have it, and no more.
        assert_eq!(told_of(&lin, &number).await, ["maybe_found"]);
        let maybe = lin.get(&format!("{report_path}/matches")).await;
        let best = &maybe.is(200).json["items"][0];
        assert_eq!(best["item"]["id"].as_str(), Some(found.id().as_str()), "{}", maybe.json);
        assert!(best["score"].is_null() && best["parts"].is_null(), "{best}");
        let for_desk = mei.get(&format!("{report_path}/matches")).await;
        assert!(for_desk.is(200).json["items"][0]["score"].as_i64().is_some_and(|score| score >= 60), "{}", for_desk.json);
        let who = mei.get(&format!("{item}/matches")).await;
        assert_eq!(who.is(200).json["items"][0]["report"]["number"], number);
        // The claim, and what only the owner knows.
        let made = lin.post("/api/v1/claims", json!({ "item_id": found.id(), "lost_report_id": report.id() })).await;
        let path = format!("/api/v1/claims/{}", made.is(201).id());
        let ids: Vec<String> = made.json["questions"].as_array().expect("questions").iter()
            .map(|one| one["mark_id"].as_str().expect("an id").to_owned()).collect();
        let said = answer(&lin, &path, &ids, ["我家的柴犬", "星星贴纸"]).await;
        assert_eq!(said.is(200).json["verdict"], "confirmed");
        assert_eq!(mei.act(&format!("{path}/approve")).await.is(200).json["status"], "approved");
        let claim_number = made.json["number"].as_str().expect("a number");
        assert_eq!(told_of(&lin, claim_number).await, ["claim_approved"]);
        // At the desk: the paper, the code from her phone, and two people.
        let code = lin.act(&format!("{path}/pick_up_code")).await;
        let code = code.is(200).json["code"].as_str().expect("a code").to_owned();
        let hand_over = json!({ "identity_kind": "id_card", "identity_last4": "123X", "code": code });
        let signed = mei.post(&format!("{path}/hand_over"), hand_over).await;
        assert_eq!(signed.is(200).json["status"], "signed");
        mei.act(&format!("{path}/witness")).await.refused(422, "second_person_needed");
        wang.act(&format!("{path}/witness")).await.refused(404, "claim_not_found");
        let li = t.staff("li").await;
        let done = li.act(&format!("{path}/witness")).await;
        assert_eq!(done.is(200).json["status"], "fulfilled");
        let receipt_of_owner = lin.get(&path).await.is(200).json["hand_over"].clone();
        assert_eq!((&receipt_of_owner["identity_last4"], &receipt_of_owner["proof"]), (&json!("123X"), &json!("code")));
        assert_eq!((&receipt_of_owner["by_name"], &receipt_of_owner["witness_name"]), (&json!("小梅"), &json!("李主管")));
        // Everything it touched knows.
        assert_eq!(mei.get(&item).await.is(200).json["status"], "returned");
        assert_eq!(lin.get(&report_path).await.is(200).json["status"], "returned");
        assert_eq!(told_of(&hua, &receipt).await, ["item_returned"]);
        assert_eq!(hua.get(&item).await.is(200).json["status"], "returned");
        let log = mei.get(&format!("{item}/custody")).await;
        let kinds: Vec<&str> =
            log.is(200).json["items"].as_array().expect("entries").iter().filter_map(|one| one["kind"].as_str()).collect();
        assert_eq!(kinds, ["announced", "received", "sealed", "promised", "signed", "handed_over"]);
        assert_eq!(log.json["is_whole"], true);
        // Nothing is left to claim.
        hua.post("/api/v1/claims", json!({ "item_id": found.id() })).await.refused(409, "item_not_claimable");
    }

    async fn a_caller_without_an_account_is_heard_at_the_desk(t: TestApp) {
        let mei = t.staff("mei").await;
        let item = umbrella(&t).await;
        let made = mei.post("/api/v1/claims", json!({
            "item_id": item.id(), "on_behalf_of": { "channel": "desk", "name": "李先生" }, "statement": "伞柄刻了李字"
        })).await;
        let path = format!("/api/v1/claims/{}", made.is(201).id());
        mei.post(&format!("{path}/answer"), json!({ "text": "是他的" })).await.refused(403, "claim_not_yours");
        mei.post(&format!("{path}/approve"), json!({})).await.refused(422, "claim_reason_needed");
        mei.post(&format!("{path}/approve"), json!({ "reason": "说出了刻字" })).await.is(200);
        mei.post(&format!("{path}/hand_over"), json!({ "identity_kind": "id_card", "identity_last4": "0001" })).await
            .refused(422, "hand_over_proof_needed");
        let done = mei.post(&format!("{path}/hand_over"), signature(&mei).await).await;
        assert_eq!(done.is(200).json["status"], "fulfilled");
        t.shopper("xiaohua").await.get(&path).await.refused(404, "claim_not_found");
    }
}
