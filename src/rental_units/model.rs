//! Rows of single things, their states, and the lines of their history.

use diesel::prelude::*;

use crate::db::schema::{rental_events, rental_units};
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// Where a thing stands.
    pub enum UnitStatus {
        /// At a station, to be borrowed.
        Available = "available",
        /// At a station, kept for somebody.
        Reserved = "reserved",
        /// With a borrower.
        Lent = "lent",
        /// Back at a station; somebody looks at it first.
        ReturnedToCheck = "returned_to_check",
        /// Being mended, at a station or away.
        InRepair = "in_repair",
        /// Nobody knows where it is.
        Lost = "lost",
        /// Not lent any more.
        Retired = "retired",
    }
}

text_enum! {
    /// What moves a thing from one state to another.
    pub enum UnitMove {
        /// Kept for somebody.
        Reserve = "reserve",
        /// Not kept any more.
        Release = "release",
        /// Handed out.
        Lend = "lend",
        /// Given back, fit to be lent again.
        Return = "return",
        /// Given back, or turned up, to be looked at.
        ReturnToCheck = "return_to_check",
        /// Broken.
        Repair = "repair",
        /// Looked at, mended or brought: fit to be lent.
        Restock = "restock",
        /// Gone.
        Lose = "lose",
        /// Taken out of use.
        Retire = "retire",
        /// Carried to another station, as it is.
        Move = "move",
        /// Not moved at all: somebody looked up how to reach who has it.
        ViewContact = "view_contact",
    }
}

impl UnitStatus {
    /// Where a move leads from here, if it may be made here.
    #[must_use]
    pub const fn after(self, step: UnitMove) -> Option<Self> {
        use UnitMove as M;
        match (self, step) {
            (Self::Available, M::Reserve) => Some(Self::Reserved),
            (Self::Reserved, M::Release)
            | (Self::Lent, M::Return)
            | (Self::Available | Self::ReturnedToCheck | Self::InRepair | Self::Lost | Self::Retired, M::Restock) => {
                Some(Self::Available)
            }
            (Self::Available | Self::Reserved, M::Lend) => Some(Self::Lent),
            (Self::Available | Self::Lent | Self::InRepair | Self::Lost, M::ReturnToCheck) => {
                Some(Self::ReturnedToCheck)
            }
            (Self::Available | Self::ReturnedToCheck | Self::InRepair, M::Repair) => Some(Self::InRepair),
            (Self::Lent | Self::Available | Self::ReturnedToCheck | Self::InRepair, M::Lose) => Some(Self::Lost),
            (Self::Available | Self::ReturnedToCheck | Self::InRepair | Self::Lost, M::Retire) => Some(Self::Retired),
            (status @ (Self::Available | Self::ReturnedToCheck | Self::InRepair), M::Move) => Some(status),
            _ => None,
        }
    }

    /// Whether it lies in a slot, if it is at a station at all.
    #[must_use]
    pub const fn takes_a_slot(self) -> bool {
        !matches!(self, Self::Lent | Self::Lost | Self::Retired)
    }

    /// Whether it is still to come back into use.
    #[must_use]
    pub const fn is_about(self) -> bool {
        !matches!(self, Self::Lost | Self::Retired)
    }
}

/// A single thing.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rental_units)]
#[diesel(treat_none_as_default_value = false)]
pub struct RentalUnit {
    /// Identifier.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// What it is one of.
    pub type_id: Id,
    /// What stands on it.
    pub code: String,
    /// Where it stands.
    pub status: UnitStatus,
    /// The station it is at, while it is at one.
    pub station_id: Option<Id>,
    /// How full its battery was when a device last said.
    pub battery_percent: Option<i32>,
    /// When that was.
    pub battery_at: Option<Instant>,
    /// What a device says is wrong with it.
    pub fault: Option<String>,
    /// When a device last said whether anything is.
    pub fault_at: Option<Instant>,
    /// Since when it stands as and where it does.
    pub placed_at: Instant,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl RentalUnit {
    /// Whether it can be borrowed at a station.
    #[must_use]
    pub fn is_free_at(&self, station_id: Id) -> bool {
        self.status == UnitStatus::Available && self.station_id == Some(station_id)
    }
}

/// What changes of a single thing.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = rental_units)]
#[diesel(treat_none_as_null = true)]
pub struct UnitChange {
    status: UnitStatus,
    station_id: Option<Id>,
    battery_percent: Option<i32>,
    battery_at: Option<Instant>,
    fault: Option<String>,
    fault_at: Option<Instant>,
    placed_at: Instant,
    version: i32,
    updated_at: Instant,
}

impl From<&RentalUnit> for UnitChange {
    fn from(unit: &RentalUnit) -> Self {
        Self {
            status: unit.status,
            station_id: unit.station_id,
            battery_percent: unit.battery_percent,
            battery_at: unit.battery_at,
            fault: unit.fault.clone(),
            fault_at: unit.fault_at,
            placed_at: unit.placed_at,
            version: unit.version,
            updated_at: unit.updated_at,
        }
    }
}

/// A line of a thing's history.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rental_events)]
#[diesel(treat_none_as_default_value = false)]
pub struct UnitEvent {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The thing.
    pub unit_id: Id,
    /// The rental it belongs to.
    pub rental_id: Option<Id>,
    /// What happened.
    pub action: UnitMove,
    /// Where.
    pub station_id: Option<Id>,
    /// Who did it; `None` is Yijian itself.
    pub actor_id: Option<Id>,
    /// Why.
    pub reason: Option<String>,
    /// When a device says it was, put right by how much its clock is wrong.
    pub device_at: Option<Instant>,
    /// When it was written down.
    pub at: Instant,
}

/// So many things of a type stand at a place in a state.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Count {
    /// The station, while they are at one.
    pub station_id: Option<Id>,
    /// The type.
    pub type_id: Id,
    /// The state.
    pub status: UnitStatus,
    /// How many.
    pub units: i64,
}

/// Where things of a type stand at a station.
#[derive(Debug, Clone, Copy)]
pub struct Shelf {
    /// The station's site.
    pub site_id: Id,
    /// The station.
    pub station_id: Id,
    /// The type.
    pub type_id: Id,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct UnitsNarrowed {
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// Only of this type.
    pub type_id: Option<Id>,
    /// Only at this station.
    pub station_id: Option<Id>,
    /// Only in this state.
    pub status: Option<UnitStatus>,
    /// Only with this on it.
    pub code: Option<String>,
    /// Only later ones.
    pub after: Option<Id>,
}
