//! What a site looks at in a record, and whether answers fit it.
//!
//! Rules:
//! - Each edit is a new version, with its reason; a round keeps the one it was drawn with.
//! - Answers name items of that version, each at most once, and all that are required.
//! - A record is correct when no answer is `no`.

use std::collections::HashSet;

use super::api::{CheckRecord, SetSpotChecklist};
use super::model::{CheckedItem, Checklist, ChecklistItem, SpotCheckAnswer};
use super::repo;
use super::views::SpotChecklistView;
use crate::accounts::model::{Lead, Staff};
use crate::app::Tx;
use crate::error::{Error, FieldError};
use crate::http::input::Target;
use crate::sites::service as sites;
use crate::text::Text;
use crate::values::{Id, Json};

/// What Yijian comes with: what the service standard says of records. Ours.
const DEFAULTS: [(&str, &str, bool); 9] = [
    ("requester_and_place", "报修人或投诉人、联系方式、地点登记完整", true),
    ("category", "类别选择正确", true),
    ("severity", "紧急与严重程度判定正确", true),
    ("times", "受理、到场、完成等时间属实", true),
    ("pauses", "暂停有正当理由并有凭据", false),
    ("result", "处理结果写明，有照片或凭据", true),
    ("follow_up", "已回访并如实记录", false),
    ("wording", "用语礼貌规范", true),
    ("privacy", "公开答复中没有他人隐私", true),
];

/// The items of version 0.
///
/// # Errors
/// [`Error::Internal`] if one of them breaks the rules of texts.
pub(super) fn defaults() -> Result<Vec<ChecklistItem>, Error> {
    let item = |(key, label, required): (&str, &str, bool)| {
        Ok(ChecklistItem { key: text(key)?, label: text(label)?, required })
    };
    DEFAULTS.into_iter().map(item).collect()
}

fn text<const MAX: usize>(words: &str) -> Result<Text<MAX>, Error> {
    Text::new(words.to_owned()).map_err(Error::internal)
}

/// Reads stored items.
///
/// # Errors
/// [`Error::Internal`] if they are none.
pub(super) fn read(items: &Json) -> Result<Vec<ChecklistItem>, Error> {
    serde_json::from_value(items.0.clone()).map_err(Error::internal)
}

/// The version that holds at a site, with its items.
///
/// # Errors
/// As the database.
pub(super) fn current(tx: &mut Tx<'_>, site_id: Id) -> Result<(i32, Json), Error> {
    match repo::find_checklist(tx.conn, site_id)? {
        Some(row) => Ok((row.version, row.items)),
        None => Ok((0, Json(serde_json::to_value(defaults()?).map_err(Error::internal)?))),
    }
}

/// What a site looks at, with every version of it: whoever works there may know by what they are judged.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found` for whoever does not.
pub fn show(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<SpotChecklistView, Error> {
    if !staff.role_at(target.id).is_staff() || sites::site(tx, target.id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    SpotChecklistView::new(repo::list_checklists(tx.conn, target.id)?)
}

/// A lead writes a new version. Rounds that were drawn before keep theirs.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`; [`Error::Forbidden`] `action_not_yours`; [`Error::Invalid`]
/// `spot_check_item_twice`; [`Error::PreconditionFailed`].
pub fn set(
    tx: &mut Tx<'_>,
    lead: &Lead,
    target: Target,
    command: SetSpotChecklist,
) -> Result<SpotChecklistView, Error> {
    sites::lock_led(tx, lead, target.id)?;
    let mut known = HashSet::new();
    if let Some(i) = command.items.iter().position(|item| !known.insert(&*item.key)) {
        return Err(Error::field(&format!("/items/{i}/key"), "spot_check_item_twice"));
    }
    let newest = repo::find_checklist(tx.conn, target.id)?.map_or(0, |row| row.version);
    target.check(newest)?;
    let row = Checklist {
        site_id: target.id,
        version: newest + 1,
        items: Json(serde_json::to_value(&command.items).map_err(Error::internal)?),
        reason: command.reason.into_string(),
        created_by_id: lead.user_id,
        created_at: tx.now,
    };
    repo::insert_checklist(tx.conn, &row)?;
    SpotChecklistView::new(repo::list_checklists(tx.conn, target.id)?)
}

/// Answers, in the order of the items they are about.
///
/// # Errors
/// [`Error::Invalid`] `spot_check_item_unknown`, `spot_check_item_answered_twice`, `spot_check_item_missing`.
pub(super) fn answers(items: &[ChecklistItem], command: &CheckRecord) -> Result<Vec<CheckedItem>, Error> {
    let mut wrong = Vec::new();
    let mut known = HashSet::new();
    for (i, given) in command.answers.iter().enumerate() {
        let pointer = format!("/answers/{i}/item");
        if !items.iter().any(|item| item.key == given.item) {
            wrong.push(FieldError { pointer, code: "spot_check_item_unknown", params: Vec::new() });
        } else if !known.insert(&*given.item) {
            wrong.push(FieldError { pointer, code: "spot_check_item_answered_twice", params: Vec::new() });
        }
    }
    for item in items.iter().filter(|item| item.required && !known.contains(&*item.key)) {
        let params = vec![("item", item.key.to_string())];
        wrong.push(FieldError { pointer: "/answers".to_owned(), code: "spot_check_item_missing", params });
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let answered = items.iter().filter_map(|item| {
        let given = command.answers.iter().find(|given| given.item == item.key)?;
        Some(CheckedItem {
            item: item.key.to_string(),
            label: item.label.to_string(),
            answer: given.answer,
            note: given.note.as_ref().map(|note| note.to_string()),
        })
    });
    Ok(answered.collect())
}

/// Whether nothing was wrong.
pub(super) fn is_correct(answers: &[CheckedItem]) -> bool {
    answers.iter().all(|one| one.answer != SpotCheckAnswer::No)
}
