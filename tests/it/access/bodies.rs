//! How each operation of the table is asked for, with a body that is as it should be.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::World;
use crate::support::{Client, Reply, png};

impl World {
    /// A body that is as it should be.
    pub fn body(&self, operation: &str, (id, extra): (&str, &str)) -> Value {
        match operation.trim_start_matches("POST /api/v1/").trim_start_matches("tickets/{id}/") {
            "auth/wechat" => json!({ "code": "demo:xiaolin" }),
            "auth/password" => json!({ "username": "mei", "password": self.password }),
            "oauth/token" => {
                json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": extra })
            }
            "auth/refresh" => json!({ "refresh_token": extra }),
            "PUT /api/v1/me" => json!({ "display_name": "某某", "language": "zh-CN" }),
            "me/phone" => json!({ "code": "demo:13933334444" }),
            "memberships" => self.binding(),
            "repairs" | "complaints" => json!({ "scene": self.scene, "description": "灯不亮" }),
            "assign" => json!({ "department_id": self.people.engineering }),
            "transfer" => json!({ "reason": "不归我们", "department_id": self.people.security }),
            "gather" => json!({ "part_ids": [self.loose], "reason": "同一处" }),
            "unmerge" => json!({ "reason": "不是同一处" }),
            "repeat" => json!({ "earlier_id": self.other, "confirmed": true }),
            "desk/links" => json!({ "site_id": self.site }),
            "follow_ups/{id}/attempt" => json!({ "way": "call", "reached": true }),
            "follow_ups/{id}/complete" => json!({ "result": "satisfied" }),
            "reports/links" => json!({ "site_id": self.site, "kind": "monthly" }),
            "reports/publish" => json!({ "site_id": self.site, "kind": "monthly", "day": "2026-10-01" }),
            "PUT /api/v1/sites/{id}/rate_targets" => json!({
                "targets": { "rates": [], "few": 5, "complaints_per_month": 10 }, "reason": "试"
            }),
            "improvements" => json!({ "site_id": self.site, "month": "2026-11-22", "rate": "bounce" }),
            "improvements/{id}/plan" => json!({ "plan": "发短信提醒评价" }),
            "improvements/{id}/evidence" => json!({ "evidence": "已发" }),
            "improvements/{id}/verify" => json!({ "accepted": true, "note": "属实" }),
            "sites/{id}/categories" => json!({
                "kind": "complaint", "code": "complaint-wifi",
                "category": { "name": "无线网络", "priority": "normal", "is_safety": false }
            }),
            "PUT /api/v1/categories/{id}" => {
                json!({ "category": { "name": "停车", "priority": "normal", "is_safety": false } })
            }
            "found_items" => json!({ "location_id": self.place, "description": "一双手套" }),
            "PUT /api/v1/found_items/{id}" => json!({
                "description": "伞", "category": "umbrella", "colours": [], "location_id": self.place,
                "found_at": "2026-11-22T01:30:00Z"
            }),
            "found_items/{id}/confirm" | "found_items/{id}/store" => json!({ "storage_place": "A 柜" }),
            "found_items/{id}/withdraw" | "claims/{id}/reject" => json!({ "reason": "不是" }),
            "found_items/{id}/name_owner" => json!({ "phone": "13911112222" }),
            "found_items/{id}/hand_to_police" => json!({ "station": "派出所", "officer": "警号 1" }),
            "found_items/{id}/dispose" => {
                json!({ "method": "destroyed", "legal_basis": "民法典第三百一十六条", "reason": "发霉" })
            }
            "found_items/{id}/decide_disposal" => json!({ "approve": true }),
            "lost_reports" | "PUT /api/v1/lost_reports/{id}" => json!({
                "location_ids": [self.place], "description": "一双手套", "category": "gloves", "colours": [],
                "lost_from": "2026-11-22T01:30:00Z"
            }),
            "claims" => json!({ "item_id": extra }),
            "claims/{id}/answer" => json!({ "text": "是我的" }),
            "claims/{id}/ask" => json!({ "question": "哪年买的？" }),
            "claims/{id}/approve" => json!({ "reason": "认得" }),
            "claims/{id}/hand_over" => {
                json!({ "identity_kind": "id_card", "identity_last4": "123X", "code": "123456" })
            }
            "PUT /api/v1/sites/{id}/retention" => {
                let classes = ["ordinary", "valuable", "cash", "identity_paper", "dangerous", "perishable"];
                let rules = classes.map(|class| json!({ "value_class": class, "days": 3, "day_kind": "working" }));
                json!({ "rules": rules, "reason": "按要求" })
            }
            "police_handovers" => json!({
                "site_id": self.site, "item_ids": [extra], "give": { "station": "派出所", "officer": "警号 1" }
            }),
            "merge" => json!({ "into_id": self.other, "reason": "同一盏灯" }),
            "attach" => json!({ "parent_id": self.other, "reason": "同一次停电" }),
            "return" | "reopen" | "cancel" | "detach" => json!({ "reason": "说不清" }),
            "pause" => json!({ "reason": "weather" }),
            "reply" | "note" => json!({ "text": "您好" }),
            "resolve" => json!({ "result": "好了" }),
            "rate" | "surveys/{token}" => json!({ "score": 5 }),
            "regrade" => json!({ "reason": "水越流越多", "priority": "urgent" }),
            "excuse" => json!({ "reason": "台风", "clock_id": self.site }),
            "calendars" => json!({ "site_id": self.site, "name": "办公室", "spec": open_daily() }),
            "PUT /api/v1/calendars/{id}" => json!({ "spec": open_daily() }),
            "calendars/{id}/years/{year}" => json!({ "makeup_hours": [{ "open": "09:00", "close": "18:00" }] }),
            "standards" => json!({ "site_id": self.site, "name": "贵宾", "spec": standard(900) }),
            "PUT /api/v1/standards/{id}" => json!({ "spec": standard(800) }),
            "standards/{id}/what_if" => {
                json!({ "from": "2026-11-01T00:00:00Z", "to": "2026-11-30T00:00:00Z", "standard": standard(800) })
            }
            "standards/{id}/reapply" => json!({ "dry_run": true, "reason": "试算" }),
            "PUT /api/v1/departments/{id}" => json!({ "calendar_id": null, "lead_id": null }),
            "sla/preview" => json!({
                "calendar": open_daily(), "start": "2026-11-22T02:00:00Z", "target_seconds": 3600,
            }),
            other => self.complaint_body(other, id),
        }
    }

    /// The same for complaints.
    fn complaint_body(&self, operation: &str, id: &str) -> Value {
        match operation {
            "complaints/{id}/grade" => json!({ "grade": "major_group", "reason": "很多人" }),
            "complaints/{id}/investigate" => {
                json!({ "facts": "多收", "cause": "标签旧", "responsibility": "商铺", "measures": "换标签" })
            }
            "complaints/{id}/offer" => json!({ "text": "退差价" }),
            "complaints/{id}/agree" => json!({ "agreed": true, "comment": "电话里说同意" }),
            "complaints/{id}/about" => json!({ "department_id": self.people.security, "reason": "说的是保安" }),
            "complaints/{id}/regulator" => {
                json!({ "from_regulator": { "name": "12345", "working_days": 5 }, "reason": "来函" })
            }
            "complaints/{id}/conclude" => json!({ "outcome": "justified" }),
            "complaints/{id}/settle" => json!({ "result": "退差价", "outcome": "justified" }),
            other => self.spot_check_body(other, id),
        }
    }

    /// The same for spot checks.
    fn spot_check_body(&self, operation: &str, id: &str) -> Value {
        match operation {
            "PUT /api/v1/sites/{id}/spot_checklist" => {
                json!({ "items": [{ "key": "times", "label": "时间属实", "required": true }], "reason": "试" })
            }
            "spot_checks" => self.round(id),
            "spot_checks/{id}/tickets/{ticket_id}/result" => {
                json!({ "answers": [{ "item": "times", "answer": "yes" }] })
            }
            "spot_checks/{id}/close" => json!({ "reason": "够了" }),
            lending => self.lending_body(lending),
        }
    }

    /// The same for what is lent.
    fn lending_body(&self, operation: &str) -> Value {
        match operation {
            "rental/item_types" => json!({ "site_id": self.site, "code": "raincoat", "item_type": item_type() }),
            "PUT /api/v1/rental/item_types/{id}" => json!({ "item_type": item_type() }),
            "rental/stations" => json!({ "site_id": self.site, "code": "gate-9", "station": self.station() }),
            "PUT /api/v1/rental/stations/{id}" => json!({ "station": self.station() }),
            "rental/stations/{id}/stock_takes" => json!({ "codes": [] }),
            "rental/units" => json!({
                "site_id": self.site, "item_type_id": self.lending.kind("umbrella"),
                "station_id": self.lending.station("desk"), "codes": ["X-1"]
            }),
            "rental/units/{id}/repair" | "rental/units/{id}/retire" => json!({ "reason": "坏了" }),
            "rental/units/{id}/restock" | "rentals/{id}/return" => {
                json!({ "station_id": self.lending.station("desk") })
            }
            "rentals" | "rentals/reserve" => self.lending.wish("gate-1", "umbrella"),
            "rentals/{id}/report" => json!({ "kind": "damaged" }),
            "rentals/{id}/settle" => json!({ "amount_fen": 0, "reason": "算了" }),
            "rentals/{id}/pay" => json!({ "kind": "payment", "amount_fen": 1 }),
            "rental/suspensions" => json!({
                "site_id": self.site, "user_id": self.people.wang_id, "reason": "多次逾期", "until": "2026-11-22T02:00:01Z"
            }),
            "rental/device_reports" => json!({
                "sent_at": "2026-11-22T02:00:00Z",
                "reports": [{
                    "report_id": "1", "kind": "returned", "station_id": self.lending.station("desk"), "unit": "U-0001",
                    "at": "2026-11-22T02:00:00Z"
                }]
            }),
            _ => json!({}),
        }
    }

    pub async fn ask(&self, who: &Client, operation: &str, (id, extra): &(String, String)) -> Reply {
        if operation == "POST /api/v1/attachments" {
            return who.upload(png()).await;
        }
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let mut path = path
            .replace("{id}", id)
            .replace("{token}", id)
            .replace("{ticket_id}", extra)
            .replace("{scene}", &self.scene)
            .replace("{year}", "2026")
            .replace("{rate}", "resolution")
            .replace("{kind}", "monthly")
            .replace("{site}", "xinghe");
        let of_site = [
            "catalogue",
            "memberships",
            "calendars",
            "standards",
            "found_items/public",
            "rental/item_types",
            "rental/stations",
            "rental/stock",
            "rental/suspensions",
            "rates",
            "rates/{rate}/tickets",
            "reports/{kind}",
            "spot_checks",
        ];
        if operation.strip_prefix("GET /api/v1/").is_some_and(|list| of_site.contains(&list)) {
            path = format!("{path}?site_id={}", self.site);
        } else if operation.ends_with("/content") {
            path = format!("{path}?{extra}");
        }
        let request = who.request(Method::from_bytes(method.as_bytes()).expect("a method"), &path);
        match method {
            "GET" | "DELETE" => who.send(request).await,
            _ => who.send(request.json(&self.body(operation, (id, extra)))).await,
        }
    }
}

fn item_type() -> Value {
    json!({ "kind": "umbrella", "name": "雨伞", "policy": {
        "borrowers": "anyone", "most_at_once": 1, "asks_age": false, "free_seconds": 86400, "longest_seconds": 86400,
        "extension_seconds": 86400, "remind_before_seconds": 7200, "fee": null, "replacement_fen": 5000, "lost_after_days": 7,
        "deposit": "none", "deposit_fen": 0, "returns": "any_station", "is_checked": false } })
}

fn open_daily() -> Value {
    let day = json!([{ "open": "10:00", "close": "22:00" }]);
    json!({ "time_zone": "Asia/Shanghai", "weekly": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day } })
}

fn standard(rank: i32) -> Value {
    let promise = json!({ "clock": "first_response", "seconds": 600, "calendar": "wall_clock" });
    json!({ "rank": rank, "kinds": ["inquiry"], "promises": [promise] })
}
