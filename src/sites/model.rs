//! Places and what stands in them.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::schema::{categories, departments, equipment, locations, scan_codes, shops, sites, units};
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// What a matter is about; each kind has its own intake, all share one life.
    pub enum Kind {
        /// Something is broken.
        Repair = "repair",
        /// Somebody is dissatisfied.
        Complaint = "complaint",
        /// Somebody asks.
        Inquiry = "inquiry",
        /// A merchant or owner requests something.
        Request = "request",
    }
}

text_enum! {
    /// How fast a matter must be dealt with.
    pub enum Priority {
        /// In the ordinary time.
        Normal = "normal",
        /// At once: water, power, lift, safety.
        Urgent = "urgent",
    }
}

/// A mall.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sites)]
#[diesel(treat_none_as_null = true)]
pub struct Site {
    /// Identifier.
    pub id: Id,
    /// Short name for operators.
    pub code: String,
    /// Name for everyone.
    pub name: String,
    /// IANA zone.
    pub time_zone: String,
    /// Opening time, `HH:MM`.
    pub opens: String,
    /// Closing time, `HH:MM`.
    pub closes: String,
    /// The desk's telephone.
    pub phone: Option<String>,
    /// Since when.
    pub created_at: Instant,
    /// Its opening hours, ready to count with: weeks, holidays, early closes.
    pub calendar_id: Option<Id>,
}

/// A group of staff that work is given to.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = departments)]
pub struct Department {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Short name for operators.
    pub code: String,
    /// Name for everyone.
    pub name: String,
    /// Since when.
    pub created_at: Instant,
    /// When it works, if not at the site's opening hours.
    pub calendar_id: Option<Id>,
    /// Who answers for it.
    pub lead_id: Option<Id>,
    /// Since when its tickets are held to the tightened ladder of their standard.
    pub tightened_since: Option<Instant>,
    /// Counts edits.
    pub version: i32,
}

/// What a matter can be about, in a tree of its own for each site and kind.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories)]
#[diesel(treat_none_as_null = true)]
pub struct Category {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// The category above.
    pub parent_id: Option<Id>,
    /// The kind of matter it is for.
    pub kind: Kind,
    /// Short name for operators.
    pub code: String,
    /// Name for everyone.
    pub name: String,
    /// How urgent such matters are unless somebody says otherwise.
    pub priority: Priority,
    /// Whether people may be in danger.
    pub is_safety: bool,
    /// Who usually deals with it.
    pub department_id: Option<Id>,
    /// Order in lists.
    pub position: i32,
    /// Whom of its resolved matters to ask how it was; `None` as the category above says.
    pub follow_up: Option<FollowUpChoice>,
    /// Of a hundred, if a sample is asked.
    pub follow_up_percent: Option<i32>,
    /// Since when nothing new falls under it.
    pub retired_at: Option<Instant>,
    /// Whether it is about how somebody behaved.
    pub is_conduct: bool,
    /// Counts edits.
    pub version: i32,
}

text_enum! {
    /// Whom of a category's resolved matters to ask how it was. Complaints are always followed up.
    pub enum FollowUpChoice {
        /// Nobody.
        Never = "never",
        /// Everybody.
        Always = "always",
        /// Who did not rate it before it closed.
        IfUnrated = "if_unrated",
        /// So many of a hundred, drawn by lot.
        Sample = "sample",
    }
}

/// The same with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUpRule {
    /// Nobody.
    Never,
    /// Everybody.
    Always,
    /// Who did not rate it before it closed.
    IfUnrated,
    /// So many of a hundred.
    Sample(i32),
}

impl Category {
    /// What it says itself about follow-ups.
    #[must_use]
    pub fn follow_up_rule(&self) -> Option<FollowUpRule> {
        Some(match self.follow_up? {
            FollowUpChoice::Never => FollowUpRule::Never,
            FollowUpChoice::Always => FollowUpRule::Always,
            FollowUpChoice::IfUnrated => FollowUpRule::IfUnrated,
            FollowUpChoice::Sample => FollowUpRule::Sample(self.follow_up_percent.unwrap_or(0)),
        })
    }
}

/// A place in the tree of places.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = locations)]
pub struct Location {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// The place it lies in.
    pub parent_id: Option<Id>,
    /// What it is: floor, zone, toilet, parking, …
    pub kind: String,
    /// Short name for operators.
    pub code: String,
    /// Name among its neighbours.
    pub name: String,
    /// Full name, from the outermost place inwards.
    pub path: String,
    /// Order in lists.
    pub position: i32,
}

/// A thing that can break.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = equipment)]
pub struct Equipment {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Where it stands.
    pub location_id: Id,
    /// What a report about it falls under.
    pub category_id: Id,
    /// What it is: lift, lamp, …
    pub kind: String,
    /// Short name for operators, as on its plate.
    pub code: String,
    /// Name for everyone.
    pub name: String,
}

/// A tenant's shop.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = shops)]
pub struct Shop {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Where it is.
    pub location_id: Id,
    /// Number on the plan.
    pub code: String,
    /// Name over the door.
    pub name: String,
    /// What it deals in.
    pub trade: String,
}

/// A flat or office that belongs to an owner.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = units)]
pub struct Unit {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Where it is.
    pub location_id: Id,
    /// Short name for operators.
    pub code: String,
    /// Name for everyone.
    pub name: String,
}

/// A code on a wall or thing, and what it stands for.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = scan_codes)]
#[diesel(treat_none_as_default_value = false)]
pub struct ScanCode {
    /// What the code contains: 1 to 32 characters that a mini-program code can carry.
    pub scene: String,
    /// Its site.
    pub site_id: Id,
    /// The place; for equipment and shops, where they are.
    pub location_id: Id,
    /// The thing, if it is on one.
    pub equipment_id: Option<Id>,
    /// The shop, if it is at one.
    pub shop_id: Option<Id>,
    /// Since when it no longer counts.
    pub retired_at: Option<Instant>,
    /// The station, if it is on one.
    pub station_id: Option<Id>,
    /// The thing to lend, if it is on one.
    pub rental_unit_id: Option<Id>,
}

/// What a scanned code stands for, with everything along the way.
#[derive(Debug, Clone)]
pub struct Place {
    /// The mall.
    pub site: Site,
    /// The place.
    pub location: Location,
    /// The thing, if any.
    pub equipment: Option<Equipment>,
    /// The shop, if any.
    pub shop: Option<Shop>,
    /// The station, if any.
    pub station_id: Option<Id>,
    /// The thing to lend, if any.
    pub rental_unit_id: Option<Id>,
}

/// The names of everything at a site that tickets point to: lists name some hundred things, which would be joined anew
/// for each page.
#[derive(Debug)]
pub struct Names {
    /// The site's own.
    pub site: Named,
    /// Categories, places (in full), equipment, shops and departments.
    pub things: HashMap<Id, Arc<str>>,
    /// The place that each place lies in.
    pub within: HashMap<Id, Id>,
}

impl Names {
    /// A thing with its name; one that was added a moment ago in another process may be missing.
    #[must_use]
    pub fn of(&self, id: Option<Id>) -> Option<Named> {
        let id = id?;
        self.things.get(&id).map(|name| Named { id, name: name.clone() })
    }

    /// A place and those around it, the outermost first.
    #[must_use]
    pub fn lineage(&self, location_id: Id) -> Vec<Id> {
        let mut line: Vec<Id> =
            std::iter::successors(Some(location_id), |id| self.within.get(id).copied()).take(DEEPEST).collect();
        line.reverse();
        line
    }

    /// The floor of a place, or whatever else is outermost.
    #[must_use]
    pub fn area(&self, location_id: Id) -> Option<String> {
        let outermost = self.lineage(location_id).first().copied();
        outermost.and_then(|id| self.things.get(&id)).map(ToString::to_string)
    }
}

/// A tree of places deeper than this is a ring.
const DEEPEST: usize = 16;

/// A thing by id, with the names people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Named {
    /// Identifier.
    pub id: Id,
    /// Its name.
    #[schema(value_type = String, example = "F1 中庭云朵吊灯")]
    pub name: Arc<str>,
}

impl Named {
    /// A thing by what it is called.
    #[must_use]
    pub fn new(id: Id, name: impl Into<Arc<str>>) -> Self {
        Self { id, name: name.into() }
    }
}
