//! Matters that lie on the demo's desk when it is started with `--stories`: a fall, a price dispute that comes back and is
//! rated badly, a stink, a lamp that is dark again and reported twice, a matter of the authorities, and a phone that was
//! lost and found. All of it is done through the services, as people would.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Scenes;
use crate::accounts::members;
use crate::accounts::model::{Actor, SignedIn};
use crate::accounts::service::contact_of;
use crate::app::Tx;
use crate::complaints::{service as complaints, steps};
use crate::error::Error;
use crate::http::input::Target;
use crate::sites;
use crate::tickets::{related, work};
use crate::values::Id;
use crate::{claims, found_items, lost_reports, repairs, similar, surveys};

/// Puts the matters on the desk; 小梅 takes them in.
///
/// # Errors
/// As the services.
pub fn tell(tx: &mut Tx<'_>, scenes: &Scenes) -> Result<(), Error> {
    let site_id = sites::service::place_by_scene(tx, &scenes.shop)?.site.id;
    let mei = signed_in(tx, site_id, "mei")?;
    let desk = mei.staff().ok_or_else(|| Error::internal("the demo's agent is no staff"))?;
    let categories = sites::service::categories(tx, site_id)?;
    let category: HashMap<String, Id> = categories.into_iter().map(|one| (one.code, one.id)).collect();
    let caller = |name: &str, phone: &str| json!({ "channel": "phone", "name": name, "phone": phone });

    let fall = complain(
        tx,
        &mei,
        json!({
            "scene": scenes.lift, "category_id": category.get("complaint-safety"),
            "description": "老人在扶梯出口滑倒，腿部流血，家属很激动",
            "on_behalf_of": caller("陈女士", "13600001111")
        }),
    )?;
    work::accept(tx, &desk, fall)?;
    let found = json!({
        "facts": "扶梯出口地面有水，老人滑倒，膝盖擦伤", "cause": "保洁拖地后未放警示牌",
        "responsibility": "保洁班组", "measures": "拖地必须放警示牌，每日抽查"
    });
    steps::investigate(tx, &desk, fall, read(found)?)?;
    steps::offer(tx, &desk, fall, read(json!({ "text": "承担医药费，主管上门看望" }))?)?;

    let overcharged = json!({
        "scene": scenes.shop, "category_id": category.get("complaint-price"),
        "description": "收银价比标价贵 20 元", "on_behalf_of": caller("王先生", "13600002222"),
        "settled": { "result": "已按标价退还差价 20 元", "outcome": "justified" }
    });
    let first = complain(tx, &mei, overcharged.clone())?;
    let again = complain(tx, &mei, overcharged)?;
    similar::service::decide(tx, &desk, again, read(json!({ "earlier_id": first.id, "confirmed": true }))?)?;
    let li = signed_in(tx, site_id, "li")?;
    let li = li.staff().ok_or_else(|| Error::internal("the demo's supervisor is no staff"))?;
    let link = surveys::service::issue(tx, &li, again)?;
    surveys::service::answer(tx, &link.token, read(json!({ "score": 2, "comment": "又多收了 20 元" }))?)?;

    for (name, phone) in [("李女士", "13600003333"), ("赵先生", "13600004444"), ("孙女士", "13600005555")] {
        complain(
            tx,
            &mei,
            json!({
                "scene": scenes.shop, "category_id": category.get("complaint-hygiene"),
                "description": "门口有股下水道的怪味", "on_behalf_of": caller(name, phone)
            }),
        )?;
    }

    let dark =
        json!({ "scene": scenes.lamp, "description": "灯不亮", "on_behalf_of": caller("周先生", "13600006666") });
    let lamp = target(repairs::service::report(tx, &mei, read(dark)?)?.ticket.id);
    work::accept(tx, &desk, lamp)?;
    work::resolve(tx, &desk, lamp, read(json!({ "result": "已更换驱动电源" }))?)?;
    let again =
        json!({ "scene": scenes.lamp, "description": "灯又不亮了", "on_behalf_of": caller("周先生", "13600006666") });
    let again = repairs::service::report(tx, &mei, read(again)?)?.ticket.id;
    similar::service::decide(tx, &desk, target(again), read(json!({ "earlier_id": lamp.id, "confirmed": true }))?)?;
    let twin =
        json!({ "scene": scenes.lamp, "description": "灯坏了", "on_behalf_of": caller("郑女士", "13600006667") });
    let twin = target(repairs::service::report(tx, &mei, read(twin)?)?.ticket.id);
    related::merge(tx, &desk, twin, read(json!({ "into_id": again, "reason": "同一盏灯" }))?)?;

    complain(
        tx,
        &mei,
        json!({
            "scene": scenes.shop, "category_id": category.get("complaint-dispute"),
            "description": "12315 转办：预付卡余额不退", "on_behalf_of": caller("吴女士", "13600007777"),
            "from_regulator": { "name": "市场监督管理局 12315", "reference": "2026-118823", "working_days": 7 }
        }),
    )?;
    lose_and_find(tx, &mei, scenes)
}

/// A phone that is missed and may be here, with a claim to decide; and an umbrella nobody has asked for.
fn lose_and_find(tx: &mut Tx<'_>, mei: &SignedIn, scenes: &Scenes) -> Result<(), Error> {
    let place = sites::service::place_by_scene(tx, &scenes.lift)?;
    let wang = signed_in(tx, place.site.id, "wang")?.user_id;
    let an_hour_ago = tx.now - jiff::SignedDuration::from_hours(1);
    let missed = json!({
        "location_ids": [place.location.id], "category": "phone", "colours": ["black"], "brand": "华为",
        "description": "黑色华为手机，壳上有星星贴纸", "lost_from": an_hour_ago, "marks": ["锁屏是我家柴犬"],
        "on_behalf_of": { "channel": "phone", "name": "林女士", "phone": "13600008888" }
    });
    let report = lost_reports::service::report(tx, mei, read(missed)?)?.id;
    let phone = json!({
        "scene": scenes.lift, "description": "黑色手机，电梯里捡到", "category": "phone", "colours": ["black"],
        "take_in": {
            "storage_place": "保险柜 1", "seal_number": "S-20261122-01", "witness_id": wang,
            "finder": { "name": "赵先生", "phone": "13600009999" },
            "marks": [
                { "question": "锁屏壁纸是什么？", "answers": ["柴犬", "小狗"] },
                { "question": "壳上贴了什么？", "answers": ["星星贴纸", "星星"] },
            ]
        }
    });
    let phone = found_items::service::register(tx, mei, read(phone)?)?.id;
    let claim = json!({
        "item_id": phone, "lost_report_id": report, "statement": "锁屏是柴犬，壳上有星星",
        "on_behalf_of": { "channel": "desk", "name": "林女士", "phone": "13600008888" }
    });
    claims::service::claim(tx, mei, read(claim)?)?;
    let umbrella = json!({
        "scene": scenes.shop, "description": "黑色长柄雨伞", "category": "umbrella", "colours": ["black"],
        "take_in": { "storage_place": "伞桶", "marks": [{ "question": "伞柄上刻着什么？", "answers": ["李"] }] }
    });
    found_items::service::register(tx, mei, read(umbrella)?)?;
    Ok(())
}

pub(super) fn signed_in(tx: &mut Tx<'_>, site_id: Id, username: &str) -> Result<SignedIn, Error> {
    let staff = members::list_staff(tx, site_id)?.into_iter().find(|one| one.username == username);
    let user_id = staff.ok_or_else(|| Error::internal("the demo's staff is gone"))?.id;
    let display_name = contact_of(tx, user_id)?.display_name;
    let memberships = members::staff_membership(tx, site_id, user_id)?.into_iter().collect();
    Ok(SignedIn(Arc::new(Actor {
        user_id,
        session_id: Id::NIL,
        display_name,
        is_admin: false,
        memberships,
        scopes: None,
    })))
}

fn complain(tx: &mut Tx<'_>, who: &SignedIn, body: Value) -> Result<Target, Error> {
    Ok(target(complaints::file(tx, who, read(body)?)?.filed.ticket.id))
}

const fn target(id: Id) -> Target {
    Target { id, expected_version: None }
}

/// What people would send.
pub(super) fn read<T: DeserializeOwned>(body: Value) -> Result<T, Error> {
    serde_json::from_value(body).map_err(Error::internal)
}
