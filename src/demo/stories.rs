//! Matters that lie on the demo's desk when it is started with `--stories`: a fall, a price dispute, a stink, a lamp that is
//! dark again, and a matter of the authorities. All of it is done through the services, as people would.

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
use crate::repairs;
use crate::sites;
use crate::tickets::work;
use crate::values::Id;

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

    complain(
        tx,
        &mei,
        json!({
            "scene": scenes.shop, "category_id": category.get("complaint-price"),
            "description": "收银价比标价贵 20 元", "on_behalf_of": caller("王先生", "13600002222"),
            "settled": { "result": "已按标价退还差价 20 元", "outcome": "justified" }
        }),
    )?;

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
    repairs::service::report(tx, &mei, read(again)?)?;

    complain(
        tx,
        &mei,
        json!({
            "scene": scenes.shop, "category_id": category.get("complaint-dispute"),
            "description": "12315 转办：预付卡余额不退", "on_behalf_of": caller("吴女士", "13600007777"),
            "from_regulator": { "name": "市场监督管理局 12315", "reference": "2026-118823", "working_days": 7 }
        }),
    )?;
    Ok(())
}

fn signed_in(tx: &mut Tx<'_>, site_id: Id, username: &str) -> Result<SignedIn, Error> {
    let staff = members::list_staff(tx, site_id)?.into_iter().find(|one| one.username == username);
    let user_id = staff.ok_or_else(|| Error::internal("the demo's staff is gone"))?.id;
    let display_name = contact_of(tx, user_id)?.display_name;
    let memberships = members::staff_membership(tx, site_id, user_id)?.into_iter().collect();
    Ok(SignedIn(Arc::new(Actor { user_id, session_id: Id::NIL, display_name, is_admin: false, memberships })))
}

fn complain(tx: &mut Tx<'_>, who: &SignedIn, body: Value) -> Result<Target, Error> {
    Ok(target(complaints::file(tx, who, read(body)?)?.filed.ticket.id))
}

const fn target(id: Id) -> Target {
    Target { id, expected_version: None }
}

/// What people would send.
fn read<T: DeserializeOwned>(body: Value) -> Result<T, Error> {
    serde_json::from_value(body).map_err(Error::internal)
}
