//! Stations and types as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::lending::{Lending, StationEntry, TypeEntry};
use super::model::{LendingKind, StationKind};
use crate::http::output::Answer;
use crate::rental::policy::Policy;
use crate::rental_units::model::{Count, UnitStatus};
use crate::sites::model::Named;
use crate::values::{Id, Instant};

/// A type of thing that is lent.
#[derive(Debug, Serialize, ToSchema)]
pub struct RentalTypeView {
    /// Identifier.
    id: Id,
    site_id: Id,
    /// Short name for operators.
    code: String,
    kind: LendingKind,
    /// Name for everyone.
    name: String,
    /// The rules it is lent by.
    policy: Policy,
    /// Since when nothing of it is lent any more.
    retired_at: Option<Instant>,
    version: i32,
}

impl Answer for RentalTypeView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl RentalTypeView {
    /// Identifier.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    pub(super) fn new(one: &TypeEntry) -> Self {
        Self {
            id: one.row.id,
            site_id: one.row.site_id,
            code: one.row.code.clone(),
            kind: one.row.kind,
            name: one.row.name.clone(),
            policy: (*one.policy).clone(),
            retired_at: one.row.retired_at,
            version: one.row.version,
        }
    }
}

/// What there is of one type at a station.
#[derive(Debug, Serialize, ToSchema)]
pub struct StationStock {
    /// The type.
    item_type: Named,
    kind: LendingKind,
    /// How many can be borrowed now.
    available: i64,
    /// How many are kept for somebody who reserved.
    reserved: i64,
    /// How many wait to be looked at.
    to_check: i64,
    /// Whether one of this type can be given back here now.
    can_return: bool,
    /// With fewer to lend, more are to be brought.
    restock_below: Option<i32>,
    /// With more to lend, some are to be taken away.
    collect_above: Option<i32>,
}

/// A station as it is just now.
#[derive(Debug, Serialize, ToSchema)]
pub struct StationView {
    /// Identifier.
    id: Id,
    site: Named,
    /// Short name for operators.
    code: String,
    kind: StationKind,
    /// Name for everyone.
    name: String,
    /// The code to scan; its own page only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "s=7K2M9QXR4TBW")]
    scene: Option<String>,
    /// Where it stands.
    location: Named,
    /// Degrees north (WGS 84).
    latitude: Option<f64>,
    /// Degrees east (WGS 84).
    longitude: Option<f64>,
    /// Whether it is open.
    is_open: bool,
    /// When it opens next, if it is closed.
    opens_at: Option<Instant>,
    /// When it is open, if not always; desks follow their site if they have no hours of their own.
    calendar_id: Option<Id>,
    /// How many things it holds, if that is limited.
    slots: Option<i32>,
    /// How many more it can take; `null` is as many as come.
    free_slots: Option<i64>,
    /// What there is.
    stock: Vec<StationStock>,
    /// Steps on the tree of places from where one asked, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    steps: Option<i64>,
    /// Since when it is no more.
    retired_at: Option<Instant>,
    version: i32,
}

impl Answer for StationView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl StationView {
    /// Identifier.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    pub(super) fn with_scene(self, scene: Option<String>) -> Self {
        Self { scene, ..self }
    }

    pub(super) fn new(
        one: &StationEntry,
        lending: &Lending,
        counts: &[Count],
        now: Instant,
        steps: Option<usize>,
    ) -> Self {
        let row = &one.row;
        let free_slots = one.free_slots(counts);
        let has_room = free_slots != Some(0);
        let is_there = row.retired_at.is_none();
        let count = |type_id: Id, status: UnitStatus| {
            let here = counts.iter().filter(|c| c.station_id == Some(row.id) && c.type_id == type_id);
            here.filter(|c| c.status == status).map(|c| c.units).sum()
        };
        let known = one.takes.iter().filter_map(|taken| Some((taken, lending.kind(taken.type_id).ok()?)));
        let stock = known.map(|(taken, kind)| StationStock {
            item_type: kind.named(),
            kind: kind.row.kind,
            available: count(taken.type_id, UnitStatus::Available),
            reserved: count(taken.type_id, UnitStatus::Reserved),
            to_check: count(taken.type_id, UnitStatus::ReturnedToCheck),
            can_return: is_there && has_room && one.takes_back(now),
            restock_below: taken.restock_below,
            collect_above: taken.collect_above,
        });
        Self {
            id: row.id,
            site: lending.site.clone(),
            code: row.code.clone(),
            kind: row.kind,
            name: row.name.clone(),
            scene: None,
            location: one.location.clone(),
            latitude: row.latitude_e6.map(degrees),
            longitude: row.longitude_e6.map(degrees),
            is_open: one.is_open(now),
            opens_at: one.opens_at(now),
            calendar_id: row.calendar_id,
            slots: row.slots,
            free_slots,
            stock: stock.collect(),
            steps: steps.and_then(|steps| i64::try_from(steps).ok()),
            retired_at: row.retired_at,
            version: row.version,
        }
    }
}

/// Millionths of a degree as degrees.
#[must_use]
pub fn degrees(e6: i32) -> f64 {
    f64::from(e6) / 1e6
}
