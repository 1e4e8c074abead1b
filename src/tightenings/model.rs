//! Rows of tightenings.

use diesel::prelude::*;

use crate::db::schema::tightenings;
use crate::rates::targets::RateVerdict;
use crate::values::{Id, Instant};

/// A time in which a department's resolution rate was under its target.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tightenings)]
#[diesel(treat_none_as_default_value = false)]
pub struct Tightening {
    /// Identifier.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// The department.
    pub department_id: Id,
    /// When it was found under its target.
    pub since: Instant,
    /// What was solved then, of the last thirty days.
    pub numerator: i64,
    /// Of so many.
    pub denominator: i64,
    /// What was aimed at, in ten-thousandths.
    pub target: i32,
    /// When it was found not to be any more.
    pub ended_at: Option<Instant>,
    /// What was solved then, of the last thirty days.
    pub numerator_after: Option<i64>,
    /// Of so many.
    pub denominator_after: Option<i64>,
    /// What was aimed at then, if anything was.
    pub target_after: Option<i32>,
    /// How the rate stood then: met, or nothing that triggers anything.
    pub verdict_after: Option<RateVerdict>,
}

/// Which of them.
#[derive(Debug, Clone, Copy)]
pub struct Narrowed {
    /// At this site.
    pub site_id: Id,
    /// Only of this department.
    pub department_id: Option<Id>,
    /// From before this one on.
    pub before: Option<Id>,
}
