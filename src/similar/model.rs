//! Rows of matters that may be the same trouble once more.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::ticket_repeats;
use crate::text_enum;
use crate::values::{Id, Instant};

/// A complaint about the same within this is a re-complaint (返投诉). Ours.
pub const RE_COMPLAINT_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What breaks again within this after it was mended is rework (返修). Ours.
pub const REWORK_WITHIN: SignedDuration = SignedDuration::from_hours(15 * 24);
/// What takes longer to mend than this is not looked for. Ours.
pub const MENDED_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Reports of one thing within this are one incident, perhaps. Ours.
pub const CLUSTER_WITHIN: SignedDuration = SignedDuration::from_hours(2);
/// So many people's reports of one thing are proposed as an incident. Ours.
pub const CLUSTER_OF: usize = 3;

/// Who reported the same at the same place, around the time of a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// How many people, its own requester included.
    pub people: usize,
    /// How many of them with a report that is part of no incident.
    pub loose: usize,
    /// Whether its requester has another one of those.
    pub is_again: bool,
}

text_enum! {
    /// The two ways in which trouble comes back.
    pub enum RepeatKind {
        /// Somebody complains again (返投诉).
        ReComplaint = "re_complaint",
        /// It is broken again (返修).
        Rework = "rework",
    }
}

text_enum! {
    /// Why it may be the same trouble.
    pub enum Because {
        /// The same person, about the same category.
        SamePersonAndCategory = "same_person_and_category",
        /// The same person, about the same shop or place.
        SamePersonAndPlace = "same_person_and_place",
        /// The same thing.
        SameEquipment = "same_equipment",
        /// The same place and category.
        SamePlaceAndCategory = "same_place_and_category",
        /// Somebody said so.
        ByHand = "by_hand",
    }
}

text_enum! {
    /// What a person made of it.
    pub enum RepeatStatus {
        /// Nobody has looked at it.
        Proposed = "proposed",
        /// It is the same trouble.
        Confirmed = "confirmed",
        /// It is not.
        Rejected = "rejected",
    }
}

/// A ticket, and an earlier one of which it may be the same trouble once more.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ticket_repeats)]
#[diesel(primary_key(ticket_id, earlier_id))]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct Repeat {
    /// The ticket.
    pub ticket_id: Id,
    /// The earlier one.
    pub earlier_id: Id,
    /// Their site.
    pub site_id: Id,
    /// In which way it came back.
    pub kind: RepeatKind,
    /// Why that was thought.
    pub because: Because,
    /// What a person made of it.
    pub status: RepeatStatus,
    /// Who.
    pub decided_by_id: Option<Id>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Since when it is thought.
    pub created_at: Instant,
}
