//! Rows of calendars and standards. A version is written once and never changed.

use diesel::prelude::*;

use crate::db::schema::{
    calendar_versions, calendars, legal_years, standard_reapplications, standard_versions, standards,
};
use crate::values::{Id, Instant, Json};

/// When a site, a department or an office works.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = calendars)]
pub struct CalendarRow {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Name for everyone.
    pub name: String,
    /// The number of its newest version.
    pub version: i32,
    /// Since when.
    pub created_at: Instant,
    /// When its newest version was written.
    pub updated_at: Instant,
}

/// A calendar as it was at some time.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = calendar_versions)]
#[diesel(treat_none_as_default_value = false)]
pub struct CalendarVersion {
    /// Identifier.
    pub id: Id,
    /// The calendar.
    pub calendar_id: Id,
    /// Counts from 1.
    pub version: i32,
    /// A [`crate::sla::spec::CalendarSpec`].
    pub spec: Json,
    /// Who wrote it; `None` is Yijian itself.
    pub created_by_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

/// The public holidays of a year that were not known when Yijian was built, as a site was told of them.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = legal_years)]
#[diesel(primary_key(site_id, year))]
pub struct LegalYear {
    /// The site.
    pub site_id: Id,
    /// The year.
    pub year: i32,
    /// A [`crate::sla::holidays::YearList`].
    pub list: Json,
    /// Who told it.
    pub imported_by_id: Id,
    /// When.
    pub imported_at: Instant,
}

/// A service standard: what is promised for which matters.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = standards)]
#[diesel(treat_none_as_default_value = false)]
pub struct StandardRow {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Name for everyone.
    pub name: String,
    /// The number of its newest version.
    pub version: i32,
    /// Since when it matches nothing any more.
    pub retired_at: Option<Instant>,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A standard as it was at some time.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = standard_versions)]
#[diesel(treat_none_as_default_value = false)]
pub struct StandardVersion {
    /// Identifier.
    pub id: Id,
    /// The standard.
    pub standard_id: Id,
    /// Counts from 1.
    pub version: i32,
    /// A [`super::spec::StandardSpec`].
    pub spec: Json,
    /// Who wrote it; `None` is Yijian itself.
    pub created_by_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

/// That somebody had a version applied to open tickets.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = standard_reapplications)]
#[diesel(treat_none_as_default_value = false)]
pub struct Reapplied {
    /// Identifier.
    pub id: Id,
    /// The standard's site.
    pub site_id: Id,
    /// Which version.
    #[diesel(column_name = standard_version_id)]
    pub version_id: Id,
    /// Who.
    pub requested_by_id: Id,
    /// Why.
    pub reason: String,
    /// To how many tickets so far.
    pub changed: i32,
    /// When the last of them was done.
    pub finished_at: Option<Instant>,
    /// When it was asked for.
    pub created_at: Instant,
}
