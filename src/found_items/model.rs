//! Rows of found items, and the states they go through.

use diesel::prelude::*;

use crate::db::schema::{found_items, found_marks, found_photos};
use crate::lost_found::categories::{self, Category, ValueClass};
use crate::text_enum;
use crate::values::{Id, Instant};

/// So many questions must be answered right: one mark alone would be guessed.
pub const FEWEST_MARKS: usize = 2;

text_enum! {
    /// Where an item stands.
    pub enum ItemStatus {
        /// Somebody says they found it; it has not reached the desk.
        Announced = "announced",
        /// In the desk's custody.
        Kept = "kept",
        /// A claim was approved: it waits for its owner.
        Promised = "promised",
        /// With its owner.
        Returned = "returned",
        /// With the police.
        WithPolice = "with_police",
        /// Disposed of otherwise, with two approvals.
        Disposed = "disposed",
        /// It never came, or was no lost thing.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What moves an item from one state to another.
    pub enum ItemMove {
        /// The desk takes it.
        Confirm = "confirm",
        /// The desk gives up waiting for it.
        Withdraw = "withdraw",
        /// A claim is approved.
        Promise = "promise",
        /// The approval is taken back.
        TakeBack = "take_back",
        /// It is given to its owner.
        Return = "return",
        /// It is given to the police.
        HandToPolice = "hand_to_police",
        /// It is disposed of.
        Dispose = "dispose",
    }
}

impl ItemStatus {
    /// Where a move leads from here, if it may be made here.
    #[must_use]
    pub const fn after(self, step: ItemMove) -> Option<Self> {
        match (self, step) {
            (Self::Announced, ItemMove::Confirm) | (Self::Promised, ItemMove::TakeBack) => Some(Self::Kept),
            (Self::Announced, ItemMove::Withdraw) => Some(Self::Withdrawn),
            (Self::Kept, ItemMove::Promise) => Some(Self::Promised),
            (Self::Promised, ItemMove::Return) => Some(Self::Returned),
            (Self::Kept, ItemMove::HandToPolice) => Some(Self::WithPolice),
            (Self::Kept, ItemMove::Dispose) => Some(Self::Disposed),
            _ => None,
        }
    }

    /// Whether the desk answers for it.
    #[must_use]
    pub const fn is_in_custody(self) -> bool {
        matches!(self, Self::Kept | Self::Promised)
    }

    /// Whether nothing more happens to it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Returned | Self::WithPolice | Self::Disposed | Self::Withdrawn)
    }
}

/// A found item.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = found_items)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct FoundItem {
    /// Identifier; sorts by time.
    pub id: Id,
    /// Its site.
    pub site_id: Id,
    /// Where it stands.
    pub status: ItemStatus,
    /// The number of its category in the shipped tree.
    pub category: i32,
    /// Its colours, a bit each.
    pub colours: i32,
    /// Its brand.
    pub brand: Option<String>,
    /// What anyone may know of it.
    pub description: String,
    /// How it is to be kept.
    pub value_class: ValueClass,
    /// How much money it is, in fen.
    pub cash_fen: Option<i64>,
    /// When it was found.
    pub found_at: Instant,
    /// Where.
    pub location_id: Id,
    /// Where exactly; never public.
    pub place_note: Option<String>,
    /// Who found it, if they have an account.
    pub finder_id: Option<Id>,
    /// Whom to thank.
    pub finder_name: Option<String>,
    /// Their number, masked.
    pub finder_phone_masked: Option<String>,
    /// Who of the mall's own people wrote it down.
    pub registered_by_id: Option<Id>,
    /// Where it lies.
    pub storage_place: Option<String>,
    /// On its bag.
    pub seal_number: Option<String>,
    /// Whose it is, if that is known and they have an account.
    pub owner_id: Option<Id>,
    /// Since when it is in custody.
    pub kept_since: Option<Instant>,
    /// Until when it is kept for its owner.
    pub keep_until: Option<Instant>,
    /// Whether that lies beyond the last known list of holidays.
    pub is_keep_until_provisional: bool,
    /// With what it went to the police.
    pub police_handover_id: Option<Id>,
    /// How often claimants answered wrong, all together.
    pub wrong_answers: i32,
    /// How many photos it has.
    pub photos: i32,
    /// How many entries its custody log has.
    pub custody_entries: i32,
    /// The hash of the last of them.
    pub custody_head: Vec<u8>,
    /// A keyed hash over that and what the row says of the item: [`crate::custody::service::seal_of`].
    pub custody_seal: Vec<u8>,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// Since when it is known.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it left custody.
    pub ended_at: Option<Instant>,
    /// When who found it, and whose it was, was forgotten.
    pub forgotten_at: Option<Instant>,
    /// Whether its words are the desk's own: a visitor's are public once the desk says so.
    pub words_by_desk: bool,
}

/// An item with the number that people read out.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = found_items)]
pub struct Numbered {
    /// Behind the number.
    pub seq: i64,
    /// The item.
    #[diesel(embed)]
    pub item: FoundItem,
}

/// The number that people read out: `F000123`.
#[must_use]
pub fn number(seq: i64) -> String {
    format!("F{seq:06}")
}

impl FoundItem {
    /// What sort of thing it is.
    #[must_use]
    pub fn kind(&self) -> &'static Category {
        categories::stored(self.category)
    }

    /// Whether two people must answer for it.
    #[must_use]
    pub const fn needs_two_people(&self) -> bool {
        matches!(self.value_class, ValueClass::Valuable | ValueClass::Cash)
    }

    /// Whether its words are shown to anyone: those of the desk, where there may be any.
    #[must_use]
    pub fn words_are_public(&self) -> bool {
        self.words_by_desk && self.may_be_described()
    }

    /// Whether words of it may be shown to anyone: not of papers, cards and money.
    #[must_use]
    pub fn may_be_described(&self) -> bool {
        let kind = self.kind();
        let group = kind.parent.as_deref().unwrap_or(&kind.code);
        !matches!(self.value_class, ValueClass::Cash | ValueClass::IdentityPaper)
            && !["papers", "cards", "money"].contains(&group)
    }

    /// Whether a photo of it may be shown to anyone: not of what may not be described, nor where a photo shows a person's
    /// data, is enough for a copy, or tells what an owner proves it by (`public_photo` of its category).
    #[must_use]
    pub fn may_be_pictured(&self) -> bool {
        self.may_be_described() && self.kind().public_photo
    }
}

/// A question that only the owner can answer.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = found_marks)]
pub struct MarkRow {
    /// Identifier.
    pub id: Id,
    /// The item.
    pub item_id: Id,
    /// What is asked.
    pub question: String,
    /// A sealed JSON list of what counts as right.
    pub answers_sealed: Vec<u8>,
}

/// A photo of an item.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = found_photos)]
pub struct PhotoRow {
    /// The item.
    pub item_id: Id,
    /// The photo.
    pub attachment_id: Id,
    /// Whether anyone may see it.
    pub is_public: bool,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// Only handed in by this person.
    pub finder_id: Option<Id>,
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// Only at this status.
    pub status: Option<ItemStatus>,
    /// Only of this class.
    pub value_class: Option<ValueClass>,
    /// Only of other classes.
    pub not_class: Option<ValueClass>,
    /// Only of these categories.
    pub categories: Option<Vec<i32>>,
    /// Only in custody, past this time or to go at once.
    pub due_by: Option<Instant>,
    /// Only with this number.
    pub seq: Option<i64>,
    /// Only found in this span.
    pub found: (Option<Instant>, Option<Instant>),
    /// Only older ones.
    pub before: Option<Id>,
}
