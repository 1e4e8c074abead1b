//! Who hears of a complaint and may look at it: not whom it is about, and whoever leads the department it falls to.

use serde_json::{Value, json};
use yijian::accounts::model::Role;

use crate::both;
use crate::complaints::{category, complain, paths};
use crate::support::{People, TestApp, told};

/// A complaint of 小林's about one of the staff.
async fn against(t: &TestApp, p: &People, code: &str, staff_id: &str) -> (String, String) {
    let body = json!({
        "scene": t.scenes().shop, "category_id": category(t, code).await, "description": "态度恶劣",
        "about_staff_id": staff_id
    });
    paths(&p.lin.post("/api/v1/complaints", body).await)
}

both! {
    async fn a_complaint_about_the_only_supervisor_goes_up_to_the_admin(t: TestApp) {
        let p = People::sign_in(&t).await;
        let li_id = t.staff_id("li").await;
        let (_, ticket) = against(&t, &p, "complaint-safety", &li_id).await;
        assert_eq!(told(&p.admin, &ticket).await, ["complaint_major"]);
        assert_eq!(told(&p.mei, &ticket).await, ["ticket_opened"]);
        assert_eq!(told(&t.staff("ma").await, &ticket).await, ["complaint_major"], "who leads the department");
        // Nor do the clocks tell on it.
        t.advance(jiff::SignedDuration::from_mins(16)).await;
        let heard = told(&t.staff("admin").await, &ticket).await;
        assert_eq!(heard, ["complaint_major", "clock_warning", "clock_warning", "clock_breached"]);
        assert_eq!(told(&t.staff("li").await, &ticket).await, [""; 0]);

        let words = json!({
            "scene": t.scenes().shop, "description": "主管骂人，我要找记者", "about_staff_id": li_id
        });
        let (_, proposed) = paths(&t.shopper("xiaolin").await.post("/api/v1/complaints", words).await);
        assert_eq!(told(&t.staff("admin").await, &proposed).await, ["grade_proposed"]);
    }

    async fn of_several_supervisors_the_others_hear_it(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (zhou, _) = t.hire("zhou", Role::Supervisor, Some("service")).await;
        let (_, ticket) = against(&t, &p, "complaint-safety", &t.staff_id("li").await).await;
        assert_eq!(told(&zhou, &ticket).await, ["ticket_opened", "complaint_major"]);
        assert_eq!(told(&p.li, &ticket).await, [""; 0]);
        assert_eq!(told(&p.admin, &ticket).await, [""; 0]);
        let (_, other) = complain(&t, &p.hua, "complaint-safety", "扶梯夹到手").await;
        assert_eq!(told(&p.li, &other).await, ["ticket_opened", "complaint_major"], "of what is not about them they do");
    }

    async fn nobody_hears_it_with_their_desk_or_their_department_either(t: TestApp) {
        let p = People::sign_in(&t).await;
        let (lan, _) = t.hire("lan", Role::Agent, Some("service")).await;
        let (_, ticket) = against(&t, &p, "complaint-attitude", &p.mei_id).await;
        assert_eq!((told(&lan, &ticket).await, told(&p.mei, &ticket).await), (vec!["ticket_opened".to_owned()], vec![]));
        // The pool hears of it without whom it is about; where they are alone, the supervisor does.
        let (_, ticket) = against(&t, &p, "complaint-attitude", &p.wang_id).await;
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.engineering })).await.is(200);
        assert_eq!((told(&p.zhao, &ticket).await, told(&p.wang, &ticket).await), (vec!["ticket_given".to_owned()], vec![]));
        let ma = t.staff("ma").await;
        let (_, ticket) = against(&t, &p, "complaint-safety", &t.staff_id("ma").await).await;
        assert_eq!(told(&p.li, &ticket).await, ["ticket_opened", "complaint_major"], "once, though a lead is left out");
        p.mei.act(&format!("{ticket}/accept")).await.is(200);
        p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.security })).await.is(200);
        assert_eq!(told(&p.li, &ticket).await.last().map(String::as_str), Some("ticket_given"));
        assert_eq!(told(&ma, &ticket).await, [""; 0]);
    }

    async fn a_lead_looks_at_what_their_department_would_usually_have(t: TestApp) {
        let p = People::sign_in(&t).await;
        let departments = p.li.get(&format!("/api/v1/sites/{}/departments", t.site().await)).await;
        for department in departments.is(200).json["items"].as_array().expect("departments") {
            let members = department["members"].as_array().expect("members");
            assert!(members.iter().any(|member| member["id"] == department["lead_id"]), "{department}");
        }
        let gao = t.staff("gao").await;
        let (complaint, ticket) = complain(&t, &p.lin, "complaint-facility", "扶梯老是停").await;
        let major = json!({ "grade": "major_group", "reason": "几十人围堵" });
        p.mei.post(&format!("{complaint}/grade"), major).await.is(200);
        assert_eq!(told(&gao, &ticket).await, ["complaint_major"]);
        for path in [&ticket, &complaint, &format!("{ticket}/timeline"), &format!("{ticket}/clocks")] {
            gao.get(path).await.is(200);
            p.wang.get(path).await.refused(404, "ticket_not_found");
        }
        // They look; what is done is for those who have it.
        gao.post(&format!("{ticket}/reply"), json!({ "text": "马上来" })).await.refused(403, "action_not_yours");
        gao.get(&format!("{ticket}/contact")).await.refused(403, "contact_not_yours");
        p.mei.post(&format!("{ticket}/assign"), json!({ "department_id": p.security })).await.is(200);
        gao.get(&ticket).await.is(200);
        let (_, other) = complain(&t, &p.lin, "complaint-parking", "收费太贵").await;
        gao.get(&other).await.refused(404, "ticket_not_found");
        let (_, own) = against(&t, &p, "complaint-facility", &t.staff_id("gao").await).await;
        gao.get(&own).await.refused(404, "ticket_not_found");
        let nobody = json!({ "calendar_id": null, "lead_id": Value::Null });
        p.li.put(&format!("/api/v1/departments/{}", p.engineering), nobody).await.is(200);
        gao.get(&ticket).await.refused(404, "ticket_not_found");
    }
}
