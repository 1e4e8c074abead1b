//! Editing what can be reported at a site.
//!
//! Rules:
//! - A lead of the site edits them. A category stays what kind it is of, and keeps its code.
//! - One that is retired takes nothing new; what fell under it still does.
//! - A category lies under one of its own site and kind, and never under itself.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::api::CategoryView;
use super::model::{Category, FollowUpChoice, Kind, Priority};
use super::{repo, service};
use crate::accounts::model::{Lead, Staff};
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::text::Text;
use crate::values::Id;

/// As many categories as anybody can find their way in.
const MOST: usize = 500;

/// What a category is like.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "服务态度", "priority": "normal", "is_safety": false}))]
pub struct CategoryBody {
    /// Name for everyone.
    pub name: Text<60>,
    /// The category above.
    #[serde(default)]
    pub parent_id: Option<Id>,
    /// How urgent such matters are unless somebody says otherwise.
    pub priority: Priority,
    /// Whether people may be in danger: such matters are major from the start.
    pub is_safety: bool,
    /// Whether it is about how somebody behaved: nobody ends such a complaint alone. As it is, if left out.
    #[serde(default)]
    pub is_conduct: Option<bool>,
    /// Who usually deals with it.
    #[serde(default)]
    pub department_id: Option<Id>,
    /// Order in lists.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 0, max = 100_000))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub position: Option<i32>,
    /// Whom of its resolved matters to ask how it was; `null` as the category above says.
    #[serde(default)]
    pub follow_up: Option<FollowUpChoice>,
    /// Of a hundred; needed with `sample`, and only there.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub follow_up_percent: Option<i32>,
}

/// A new category.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "complaint", "code": "complaint-wifi",
    "category": {"name": "无线网络", "priority": "normal", "is_safety": false}
}))]
pub struct AddCategory {
    /// The kind of matter it is for.
    pub kind: Kind,
    /// Short name for operators; unique at the site.
    pub code: Text<60>,
    /// What it is like.
    #[validate(nested)]
    pub category: CategoryBody,
}

/// A category as it shall be.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "category": {"name": "服务态度", "priority": "normal", "is_safety": false, "follow_up": "always"}
}))]
pub struct UpdateCategory {
    /// What it is like.
    #[validate(nested)]
    pub category: CategoryBody,
    /// Whether it takes nothing new any more.
    #[serde(default)]
    pub retired: bool,
}

/// All categories of a site, for its staff.
///
/// # Errors
/// [`Error::NotFound`] for sites the caller does not work at.
pub fn list(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<Vec<CategoryView>, Error> {
    if !staff.role_at(target.id).is_staff() {
        return Err(Error::NotFound("site_not_found"));
    }
    Ok(service::categories(tx, target.id)?.into_iter().map(CategoryView::from).collect())
}

/// Adds a category.
///
/// # Errors
/// [`Error::NotFound`] for sites the caller does not lead, and for what the category names; [`Error::Conflict`]
/// `category_code_taken`; [`Error::Rule`] `categories_too_many`, `category_parent_unfit`; [`Error::Invalid`]
/// `follow_up_percent_unfit`.
pub fn add(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: AddCategory) -> Result<CategoryView, Error> {
    let AddCategory { kind, code, category } = command;
    if !lead.role_at(target.id).is_lead() {
        return Err(Error::NotFound("site_not_found"));
    }
    repo::lock_site(tx.conn, target.id)?;
    let known = service::categories(tx, target.id)?;
    if known.len() >= MOST {
        return Err(Error::Rule { code: "categories_too_many", params: vec![("most", MOST.to_string())] });
    }
    if known.iter().any(|one| one.code == *code) {
        return Err(Error::conflict("category_code_taken"));
    }
    let last = known.iter().map(|one| one.position).max().unwrap_or(0);
    let mut row = Category {
        id: tx.new_id(),
        site_id: target.id,
        parent_id: None,
        kind,
        code: code.into_string(),
        name: String::new(),
        priority: Priority::Normal,
        is_safety: false,
        department_id: None,
        position: last + 1,
        follow_up: None,
        follow_up_percent: None,
        retired_at: None,
        is_conduct: false,
        version: 1,
    };
    shape(tx, &mut row, &known, category)?;
    repo::insert_category(tx.conn, &row)?;
    Ok(row.into())
}

/// Changes a category.
///
/// # Errors
/// [`Error::PreconditionFailed`]; as [`add`].
pub fn update(tx: &mut Tx<'_>, lead: &Lead, target: Target, command: UpdateCategory) -> Result<CategoryView, Error> {
    let UpdateCategory { category, retired } = command;
    let missing = || Error::NotFound("category_not_found");
    let mut row = repo::find_category_anywhere(tx.conn, target.id)?.ok_or_else(missing)?;
    if !lead.role_at(row.site_id).is_lead() {
        return Err(missing());
    }
    repo::lock_site(tx.conn, row.site_id)?;
    target.check(row.version)?;
    let known = service::categories(tx, row.site_id)?;
    shape(tx, &mut row, &known, category)?;
    row.version += 1;
    row.retired_at = if retired { row.retired_at.or(Some(tx.now)) } else { None };
    repo::update_category(tx.conn, &row)?;
    Ok(row.into())
}

fn shape(tx: &mut Tx<'_>, row: &mut Category, known: &[Category], body: CategoryBody) -> Result<(), Error> {
    let CategoryBody { name, parent_id, priority, is_safety, department_id, .. } = body;
    if (body.follow_up == Some(FollowUpChoice::Sample)) != body.follow_up_percent.is_some() {
        return Err(Error::field("/category/follow_up_percent", "follow_up_percent_unfit"));
    }
    if let Some(id) = department_id {
        service::department(tx, row.site_id, id)?;
    }
    if let Some(id) = parent_id {
        let parent = known.iter().find(|one| one.id == id).ok_or(Error::NotFound("category_not_found"))?;
        let find = |id: Id| known.iter().find(|one| one.id == id);
        let mut above = std::iter::successors(Some(parent), |one| find(one.parent_id?)).take(MOST);
        if parent.kind != row.kind || above.any(|one| one.id == row.id) {
            return Err(Error::rule("category_parent_unfit"));
        }
    }
    row.name = name.into_string();
    (row.parent_id, row.department_id) = (parent_id, department_id);
    (row.priority, row.is_safety) = (priority, is_safety);
    row.is_conduct = body.is_conduct.unwrap_or(row.is_conduct);
    row.position = body.position.unwrap_or(row.position);
    (row.follow_up, row.follow_up_percent) = (body.follow_up, body.follow_up_percent);
    Ok(())
}
