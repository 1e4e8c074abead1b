//! What the rules propose does not get lost in an incident: somebody decides, on the part or on the whole.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::both;
use crate::complaints::complain;
use crate::standards::sound;
use crate::support::{Client, People, Reply, TestApp};

fn id(path: &str) -> &str {
    path.rsplit('/').next().expect("an id")
}

async fn attach(who: &Client, part: &str, parent: &str) -> Reply {
    who.post(&format!("{part}/attach"), json!({ "parent_id": id(parent), "reason": "同一处" })).await
}

async fn resolve(who: &Client, ticket: &str) -> Reply {
    who.post(&format!("{ticket}/resolve"), json!({ "result": "已处理" })).await
}

async fn grade(who: &Client, complaint: &str, grade: &str) -> Reply {
    who.post(&format!("{complaint}/grade"), json!({ "grade": grade, "reason": "已核实" })).await
}

/// Something that the rules see in the press.
async fn press(t: &TestApp, who: &Client) -> (String, String) {
    complain(t, who, "complaint-attitude", "我要找记者曝光你们").await
}

both! {
    async fn what_looks_grave_does_not_hide_in_another_matter(t: TestApp) {
        let p = People::sign_in(&t).await;
        let lamp = p.file(&t).await;
        let (complaint, part) = press(&t, &p.hua).await;
        p.mei.act(&format!("{part}/accept")).await.is(200);
        attach(&p.mei, &part, &lamp).await.is(200);
        p.mei.act(&format!("{part}/start")).await.is(200);
        let undecided = "grade_undecided";
        p.mei.post(&format!("{part}/pause"), json!({ "reason": "waiting_requester" })).await.refused(422, undecided);
        let settled = json!({ "result": "已道歉", "outcome": "justified" });
        p.mei.post(&format!("{complaint}/settle"), settled).await.refused(422, undecided);
        p.mei.post(&format!("{part}/cancel"), json!({ "reason": "误报" })).await.refused(422, undecided);
        resolve(&p.mei, &part).await.refused(422, undecided);
        p.mei.act(&format!("{lamp}/accept")).await.is(200);
        resolve(&p.mei, &lamp).await.refused(422, undecided);
        assert_eq!(p.mei.get(&lamp).await.json["status"], "accepted", "neither or both");
        grade(&p.mei, &complaint, "normal").await.is(200);
        resolve(&p.mei, &lamp).await.is(200);
        assert_eq!(p.mei.get(&part).await.json["status"], "resolved");
        sound(&t).await;
    }

    async fn an_incident_is_decided_with_its_parts(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (incident, first) = complain(&t, &p.lin, "complaint-attitude", "店员爱理不理").await;
        p.mei.act(&format!("{first}/accept")).await.is(200);
        // What was said of it before says nothing of what comes later.
        grade(&p.mei, &incident, "normal").await.is(200);
        t.advance(SignedDuration::from_secs(1)).await;
        let (complaint, part) = press(&t, &p.hua).await;
        attach(&p.mei, &part, &first).await.is(200);
        resolve(&p.mei, &first).await.refused(422, "grade_undecided");
        t.advance(SignedDuration::from_secs(1)).await;
        grade(&p.mei, &incident, "normal").await.is(200);
        grade(&p.mei, &incident, "normal").await.refused(422, "regrade_nothing");
        // Who leaves it is undecided again.
        p.mei.post(&format!("{part}/detach"), json!({ "reason": "不是一回事" })).await.is(200);
        p.mei.post(&format!("{part}/cancel"), json!({ "reason": "误报" })).await.refused(422, "grade_undecided");
        attach(&p.mei, &part, &first).await.is(200);
        t.advance(SignedDuration::from_secs(1)).await;
        grade(&p.mei, &incident, "major_group").await.is(200);
        resolve(&p.mei, &first).await.is(200);
        assert_eq!(p.mei.get(&part).await.json["status"], "resolved");
        assert_eq!(p.li.get(&complaint).await.json["complaint"]["internal"]["graded_at"], Value::Null);
        sound(&t).await;
    }
}
