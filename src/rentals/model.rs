//! Rows of rentals, the states they go through, and what comes of them in money.

use diesel::prelude::*;

use crate::db::schema::{rental_entries, rental_report_photos, rental_reports, rental_suspensions, rentals};
use crate::error::Error;
use crate::rental::policy::Policy;
use crate::rental_units::model::RentalUnit;
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// Where a rental stands.
    pub enum RentalStatus {
        /// A thing is kept for somebody.
        Reserved = "reserved",
        /// A thing is kept until its borrower confirms the service order in WeChat.
        Confirming = "confirming",
        /// The borrower has it.
        Lent = "lent",
        /// It is back.
        Returned = "returned",
        /// It is gone.
        Lost = "lost",
        /// Given up before anything was handed out.
        Cancelled = "cancelled",
        /// Nobody fetched it, or confirmed, in time.
        Lapsed = "lapsed",
    }
}

impl RentalStatus {
    /// Whether a thing is kept for the borrower, or with them.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Reserved | Self::Confirming | Self::Lent)
    }
}

text_enum! {
    /// How it became known that a thing is back.
    pub enum ReturnedBy {
        /// The borrower scanned the station.
        Borrower = "borrower",
        /// Staff took it.
        Staff = "staff",
        /// A cabinet reported it.
        Device = "device",
        /// It had been given up for lost, and turned up.
        Found = "found",
    }
}

text_enum! {
    /// What can be done with a rental.
    pub enum RentalAction {
        /// Give up what is kept.
        Cancel = "cancel",
        /// Ask WeChat how the service order stands.
        Payscore = "payscore",
        /// Give it back.
        Return = "return",
        /// Keep it longer, once.
        Extend = "extend",
        /// Say that it is lost, broken, or did not come out.
        Report = "report",
        /// Decide what a loss or damage costs.
        Settle = "settle",
        /// Write down money that changed hands.
        Pay = "pay",
    }
}

text_enum! {
    /// A movement of what somebody owes or has left.
    pub enum EntryKind {
        /// What having it cost.
        Fee = "fee",
        /// For a thing that is gone.
        Replacement = "replacement",
        /// For a thing that is broken.
        Damage = "damage",
        /// What had been charged for a thing that turned up, given back.
        Refund = "refund",
        /// Money that was paid.
        Payment = "payment",
        /// Money that was paid back.
        Repayment = "repayment",
        /// A deposit left at the desk.
        DepositTaken = "deposit_taken",
        /// The same, given back.
        DepositReturned = "deposit_returned",
    }
}

text_enum! {
    /// What is wrong with a rental.
    pub enum TroubleKind {
        /// The thing is gone.
        Lost = "lost",
        /// The thing is broken.
        Damaged = "damaged",
        /// It did not come out, or cannot be opened.
        CannotOpen = "cannot_open",
    }
}

/// A rental.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rentals)]
#[diesel(treat_none_as_default_value = false)]
pub struct Rental {
    /// Identifier.
    pub id: Id,
    /// Behind the number.
    #[diesel(skip_insertion)]
    pub seq: i64,
    /// Its site.
    pub site_id: Id,
    /// The thing.
    pub unit_id: Id,
    /// What it is one of.
    pub type_id: Id,
    /// Where it stands.
    pub status: RentalStatus,
    /// Who has it, if they have an account.
    pub borrower_id: Option<Id>,
    /// Who of the staff handed it out.
    pub lent_by_id: Option<Id>,
    /// Whom to ask for, of who has no account.
    pub contact_name: Option<String>,
    /// What others may see of their number.
    pub contact_phone_masked: Option<String>,
    /// The adult who answers for a minor.
    pub adult_name: Option<String>,
    /// What others may see of their number.
    pub adult_phone_masked: Option<String>,
    /// The rules it began with.
    pub policy: Json,
    /// Where it was borrowed.
    pub from_station_id: Id,
    /// Where it was given back.
    pub to_station_id: Option<Id>,
    /// Until when it is kept for the borrower.
    pub reserved_until: Option<Instant>,
    /// When it was handed out.
    pub started_at: Option<Instant>,
    /// When it must be back.
    pub due_at: Option<Instant>,
    /// When that was put off.
    pub extended_at: Option<Instant>,
    /// When it came back.
    pub returned_at: Option<Instant>,
    /// How that became known.
    pub returned_by: Option<ReturnedBy>,
    /// What having it cost, in fen, once that is known.
    pub fee_fen: i64,
    /// What was charged, in fen.
    pub charged_fen: i64,
    /// What was paid, in fen.
    pub paid_fen: i64,
    /// What was left as a deposit and not given back yet, in fen.
    pub deposit_fen: i64,
    /// How many troubles wait for a decision.
    pub open_reports: i32,
    /// Since when nothing is open any more: no thing, no money, no decision.
    pub settled_at: Option<Instant>,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When the thing was back, gone, or not kept any more.
    pub ended_at: Option<Instant>,
}

/// A thing, and the rental it is out on, kept for, or got lost on.
pub type Held = (RentalUnit, Option<Rental>);

/// A rental with what stands on its thing.
#[derive(Debug, Clone, Queryable)]
pub struct RentalRow {
    /// The rental.
    pub rental: Rental,
    /// What stands on the thing.
    pub unit_code: String,
}

/// What keeps a person from borrowing more, or counts towards how much they may.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = rentals)]
#[allow(missing_docs, reason = "see Rental")]
pub struct Unsettled {
    pub id: Id,
    pub site_id: Id,
    pub unit_id: Id,
    pub type_id: Id,
    pub status: RentalStatus,
    pub from_station_id: Id,
    pub due_at: Option<Instant>,
    pub charged_fen: i64,
    pub paid_fen: i64,
    pub open_reports: i32,
}

/// The sealed numbers that go with a rental.
#[derive(Debug, Clone, Default, Insertable)]
#[diesel(table_name = rentals)]
#[diesel(treat_none_as_default_value = false)]
#[allow(missing_docs, reason = "see Rental")]
pub struct Numbers {
    pub contact_phone_sealed: Option<Vec<u8>>,
    pub contact_phone_index: Option<Vec<u8>>,
    pub adult_phone_sealed: Option<Vec<u8>>,
}

/// A movement of what somebody owes or has left.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rental_entries)]
#[diesel(treat_none_as_default_value = false)]
pub struct Entry {
    /// Identifier.
    pub id: Id,
    /// The rental.
    pub rental_id: Id,
    /// What it is.
    pub kind: EntryKind,
    /// How much, in fen.
    pub amount_fen: i64,
    /// What else is to say.
    pub note: Option<String>,
    /// Who wrote it; `None` is Yijian itself.
    pub actor_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

/// A trouble with a rental, and what was decided about it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rental_reports)]
#[diesel(treat_none_as_default_value = false)]
pub struct Trouble {
    /// Identifier.
    pub id: Id,
    /// The rental.
    pub rental_id: Id,
    /// What it is.
    pub kind: TroubleKind,
    /// In the words of who said so.
    pub note: Option<String>,
    /// Who said so; `None` is Yijian itself.
    pub actor_id: Option<Id>,
    /// What it would cost by the rules, in fen.
    pub proposed_fen: i64,
    /// What it costs, in fen.
    pub decided_fen: Option<i64>,
    /// Who decided.
    pub decided_by_id: Option<Id>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why.
    pub decision_reason: Option<String>,
    /// When it was said.
    pub created_at: Instant,
}

/// A photo of a trouble.
#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = rental_report_photos)]
pub struct TroublePhoto {
    /// The trouble.
    pub report_id: Id,
    /// The photo.
    pub attachment_id: Id,
}

/// That a person may not borrow at a site.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rental_suspensions)]
#[diesel(treat_none_as_default_value = false)]
pub struct Suspension {
    /// Identifier.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// The person.
    pub user_id: Id,
    /// Why.
    pub reason: String,
    /// Until when, if it ends by itself.
    pub until: Option<Instant>,
    /// Who said so.
    pub created_by_id: Id,
    /// When.
    pub created_at: Instant,
    /// When it was taken back.
    pub lifted_at: Option<Instant>,
    /// By whom.
    pub lifted_by_id: Option<Id>,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct RentalsNarrowed {
    /// Only of this person.
    pub borrower_id: Option<Id>,
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// Only at this status.
    pub status: Option<RentalStatus>,
    /// Only lent, and due before this.
    pub due_before: Option<Instant>,
    /// Only this thing's open one.
    pub unit_id: Option<Id>,
    /// Only with this number.
    pub seq: Option<i64>,
    /// Only older ones.
    pub before: Option<Id>,
}

/// The number that people read out: `B000123`.
#[must_use]
pub fn number(seq: i64) -> String {
    format!("B{seq:06}")
}

impl Rental {
    /// The rules it began with.
    ///
    /// # Errors
    /// [`Error::Internal`] if they cannot be read.
    pub fn policy(&self) -> Result<Policy, Error> {
        serde_json::from_value(self.policy.0.clone()).map_err(Error::internal)
    }

    /// Whether it should be back by now.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.status == RentalStatus::Lent && self.due_at.is_some_and(|due| due < now)
    }

    /// What is owed, in fen; less than nothing is owed to the borrower.
    #[must_use]
    pub const fn owed_fen(&self) -> i64 {
        self.charged_fen - self.paid_fen
    }

    /// Settles it if nothing is open any more, and opens it again if something is.
    pub fn settle(&mut self, now: Instant) {
        let is_done =
            self.ended_at.is_some() && self.owed_fen() == 0 && self.deposit_fen == 0 && self.open_reports == 0;
        self.settled_at = is_done.then(|| self.settled_at.unwrap_or(now));
    }
}
