//! Matters that lie on the demo's desk when it is started with `--stories`: a fall that waits for the supervisor's visit, a
//! price dispute that was settled and paid, comes back and is rated badly, a stink that is answered as one incident, a noise
//! that may be one, a lamp that is dark again and reported twice, a matter of the authorities, and a phone that was lost and
//! found. All of it is done through the services, as people would.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Scenes;
use crate::accounts::members;
use crate::accounts::model::{Actor, Membership, SignedIn, Staff};
use crate::accounts::service::contact_of;
use crate::app::Tx;
use crate::complaints::{service as complaints, steps};
use crate::error::Error;
use crate::follow_ups::asking;
use crate::follow_ups::model::FollowUpStatus;
use crate::http::input::Target;
use crate::sites;
use crate::tickets::{related, work};
use crate::values::Id;
use crate::{claims, follow_ups, found_items, lost_reports, repairs, similar, surveys};

/// Puts the matters on the desk; 小梅 takes them in.
///
/// # Errors
/// As the services.
pub fn tell(tx: &mut Tx<'_>, scenes: &Scenes) -> Result<(), Error> {
    let site_id = sites::service::place_by_scene(tx, &scenes.shop)?.site.id;
    let mei = signed_in(tx, site_id, "mei")?;
    let li = signed_in(tx, site_id, "li")?;
    let categories = sites::service::categories(tx, site_id)?;
    let cast = Cast {
        desk: staff(&mei)?,
        lead: staff(&li)?,
        admin: admin(tx, site_id)?,
        mei,
        category: categories.into_iter().map(|one| (one.code, one.id)).collect(),
    };
    fall(tx, &cast, scenes)?;
    disputes(tx, &cast, scenes)?;
    stink(tx, &cast, scenes)?;
    lamps(tx, &cast, scenes)?;
    complain(
        tx,
        &cast.mei,
        json!({
            "scene": scenes.shop, "category_id": cast.category.get("complaint-dispute"),
            "description": "12315 转办：预付卡余额不退", "on_behalf_of": caller("吴女士", "13600007777"),
            "from_regulator": { "name": "市场监督管理局 12315", "reference": "2026-118823", "working_days": 7 }
        }),
    )?;
    lose_and_find(tx, &cast.mei, scenes)
}

/// Who deals with them, and what the mall's categories are.
struct Cast {
    mei: SignedIn,
    desk: Staff,
    /// 李主管.
    lead: Staff,
    admin: SignedIn,
    category: HashMap<String, Id>,
}

/// Somebody fell: it was found out and offered, and they agreed; asked afterwards, they are not satisfied, and 李主管 has to
/// go there. The administrator says that they agree, because who says that could not ask them.
fn fall(tx: &mut Tx<'_>, cast: &Cast, scenes: &Scenes) -> Result<(), Error> {
    let Cast { desk, lead, .. } = cast;
    let fall = complain(
        tx,
        &cast.mei,
        json!({
            "scene": scenes.lift, "category_id": cast.category.get("complaint-safety"),
            "description": "老人在扶梯出口滑倒，腿部流血，家属很激动",
            "on_behalf_of": caller("陈女士", "13600001111")
        }),
    )?;
    work::accept(tx, desk, fall)?;
    let grave = json!({ "grade": "major_safety", "reason": "老人流血，家属要求赔偿" });
    complaints::grade(tx, lead, fall, read(grave)?)?;
    let found = json!({
        "facts": "扶梯出口地面有水，老人滑倒，膝盖擦伤", "cause": "保洁拖地后未放警示牌",
        "responsibility": "保洁班组", "measures": "拖地必须放警示牌，每日抽查"
    });
    steps::investigate(tx, desk, fall, read(found)?)?;
    steps::offer(tx, desk, fall, read(json!({ "text": "承担医药费，主管上门看望" }))?)?;
    let agreed = json!({ "agreed": true, "comment": "电话里说同意" });
    steps::agree(tx, &cast.admin, fall, read(agreed)?)?;
    work::resolve(tx, desk, fall, read(json!({ "result": "已陪同就医，承担医药费" }))?)?;
    ask(tx, lead, fall, json!({ "result": "unsatisfied", "overall": 2, "comment": "膝盖还疼，没有人来看望" }))
}

/// Somebody was charged too much, got it back and was content; it happened again, and they rated that badly.
fn disputes(tx: &mut Tx<'_>, cast: &Cast, scenes: &Scenes) -> Result<(), Error> {
    let overcharged = json!({
        "scene": scenes.shop, "category_id": cast.category.get("complaint-price"),
        "description": "收银价比标价贵 20 元", "on_behalf_of": caller("王先生", "13600002222"),
        "settled": { "result": "已按标价退还差价 20 元", "outcome": "justified" }
    });
    let first = complain(tx, &cast.mei, overcharged.clone())?;
    ask(tx, &cast.lead, first, json!({ "result": "satisfied", "overall": 4, "comment": "退得快" }))?;
    let paid = json!({ "outcome": "justified", "compensation_fen": 2000, "note": "差价 20 元" });
    steps::conclude(tx, &cast.lead, first, read(paid)?)?;
    let again = complain(tx, &cast.mei, overcharged)?;
    similar::service::decide(tx, &cast.desk, again, read(json!({ "earlier_id": first.id, "confirmed": true }))?)?;
    let link = surveys::service::issue(tx, &cast.lead, again)?;
    surveys::service::answer(tx, &link.token, read(json!({ "score": 2, "comment": "又多收了 20 元" }))?)?;
    Ok(())
}

/// Three people smell the same, and are answered together; three others hear the same, and nobody has looked at that yet.
fn stink(tx: &mut Tx<'_>, cast: &Cast, scenes: &Scenes) -> Result<(), Error> {
    let mut smelt = Vec::new();
    for (name, phone) in [("李女士", "13600003333"), ("赵先生", "13600004444"), ("孙女士", "13600005555")] {
        smelt.push(complain(
            tx,
            &cast.mei,
            json!({
                "scene": scenes.shop, "category_id": cast.category.get("complaint-hygiene"),
                "description": "门口有股下水道的怪味", "on_behalf_of": caller(name, phone)
            }),
        )?);
    }
    if let [incident, parts @ ..] = smelt.as_slice() {
        let part_ids: Vec<Id> = parts.iter().map(|part| part.id).collect();
        let together = json!({ "part_ids": part_ids, "reason": "同一处异味" });
        related::gather(tx, &cast.desk, *incident, read(together)?)?;
        work::accept(tx, &cast.desk, *incident)?;
        let normal = json!({ "grade": "normal", "reason": "已到现场查看，仅为异味" });
        complaints::grade(tx, &cast.lead, *incident, read(normal)?)?;
        work::reply(tx, &cast.mei, *incident, read(json!({ "text": "下水道返味，正在疏通，今天内完成" }))?)?;
    }
    for (name, phone) in [("钱女士", "13600003334"), ("冯先生", "13600004445"), ("许女士", "13600005556")] {
        complain(
            tx,
            &cast.mei,
            json!({
                "scene": scenes.lift, "category_id": cast.category.get("complaint-noise"),
                "description": "扶梯一直吱吱响，很吵", "on_behalf_of": caller(name, phone)
            }),
        )?;
    }
    Ok(())
}

/// A lamp that was mended is dark again, and two people say so.
fn lamps(tx: &mut Tx<'_>, cast: &Cast, scenes: &Scenes) -> Result<(), Error> {
    let Cast { mei, desk, .. } = cast;
    let report = |tx: &mut Tx<'_>, description: &str, who: Value| {
        let body = json!({ "scene": scenes.lamp, "description": description, "on_behalf_of": who });
        Ok::<_, Error>(target(repairs::service::report(tx, mei, read(body)?)?.ticket.id))
    };
    let lamp = report(tx, "灯不亮", caller("周先生", "13600006666"))?;
    work::accept(tx, desk, lamp)?;
    work::resolve(tx, desk, lamp, read(json!({ "result": "已更换驱动电源" }))?)?;
    let again = report(tx, "灯又不亮了", caller("周先生", "13600006666"))?;
    similar::service::decide(tx, desk, again, read(json!({ "earlier_id": lamp.id, "confirmed": true }))?)?;
    let twin = report(tx, "灯坏了", caller("郑女士", "13600006667"))?;
    related::merge(tx, desk, twin, read(json!({ "into_id": again.id, "reason": "同一盏灯" }))?)?;
    Ok(())
}

/// Somebody calls, and asks how it was.
fn ask(tx: &mut Tx<'_>, who: &Staff, ticket: Target, heard: Value) -> Result<(), Error> {
    let open = follow_ups::service::list_of_tickets(tx, &[ticket.id])?;
    let one = open.iter().find(|one| one.status == FollowUpStatus::Open);
    let one = target(one.ok_or_else(|| Error::internal("the demo has nothing to ask"))?.id);
    asking::attempt(tx, who, one, read(json!({ "way": "call", "reached": true }))?)?;
    asking::complete(tx, who, one, read(heard)?)?;
    Ok(())
}

fn caller(name: &str, phone: &str) -> Value {
    json!({ "channel": "phone", "name": name, "phone": phone })
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
    let memberships = members::staff_membership(tx, site_id, user_id)?.into_iter().collect();
    actor(tx, user_id, false, memberships)
}

/// Who serves the desk and belongs to no site.
fn admin(tx: &mut Tx<'_>, site_id: Id) -> Result<SignedIn, Error> {
    let theirs: HashSet<Id> = members::list_staff(tx, site_id)?.into_iter().map(|one| one.id).collect();
    let admin = members::desk_of(tx, site_id)?.into_iter().find(|id| !theirs.contains(id));
    let user_id = admin.ok_or_else(|| Error::internal("the demo's administrator is gone"))?;
    actor(tx, user_id, true, Vec::new())
}

fn actor(tx: &mut Tx<'_>, user_id: Id, is_admin: bool, memberships: Vec<Membership>) -> Result<SignedIn, Error> {
    let display_name = contact_of(tx, user_id)?.display_name;
    let actor = Actor { user_id, session_id: Id::NIL, display_name, is_admin, memberships, scopes: None };
    Ok(SignedIn(Arc::new(actor)))
}

fn staff(who: &SignedIn) -> Result<Staff, Error> {
    who.staff().ok_or_else(|| Error::internal("the demo's staff are none"))
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
