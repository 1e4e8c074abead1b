//! Rows of the job table.

use diesel::prelude::*;

use crate::db::schema::jobs;
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// What a job does.
    pub enum JobKind {
        /// Closes a resolved ticket that nobody said anything about; the subject is its id.
        CloseTicket = "close_ticket",
        /// Ends a pause that has lasted as long as it may; the subject is the ticket.
        EndPause = "end_pause",
        /// Gives clocks their new deadlines after a change of a calendar; the subject is its new version.
        Recalendar = "recalendar",
        /// Gives open tickets the newest version of a standard; the subject is the entry on record.
        ReapplyStandard = "reapply_standard",
        /// Tells of an authority's deadline; the subject is the ticket.
        ExternalDue = "external_due",
        /// Tells of a follow-up that was not done in time; the subject is its id.
        FollowUpDue = "follow_up_due",
        /// Compares a lost report with what was found; the subject is its id.
        MatchReport = "match_report",
        /// Compares a found item with what is missed; the subject is its id.
        MatchItem = "match_item",
        /// Takes what is gone from a page of what is compared of found items; the subject is the page.
        FileFound = "file_found",
        /// Tells that the day of a found item is near, or has come; the subject is its id.
        ItemDue = "item_due",
        /// Looks at a rental whose next moment came: a reservation runs out, a borrower is reminded; the subject is its id.
        RentalMoment = "rental_moment",
        /// Takes the service order of a rental further; the subject is the rental.
        PayscoreStep = "payscore_step",
        /// Looks whether a site keeps to its targets; the subject is the site. Comes back every night.
        JudgeRates = "judge_rates",
        /// Tells of an improvement that was not closed in time; the subject is its id.
        ImprovementDue = "improvement_due",
        /// Looks whether departments keep to the target of their resolution rate; the subject is the site. Comes back every
        /// hour.
        JudgeDepartments = "judge_departments",
        /// Holds the clocks of a department's tickets to the ladder that holds now; the subject is the department.
        Tighten = "tighten",
        /// Deletes what is past its time; comes back every hour.
        Housekeeping = "housekeeping",
    }
}

/// One job. There is at most one for each kind and subject.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = jobs)]
#[diesel(treat_none_as_default_value = false)]
pub struct Job {
    /// Identifier.
    pub id: Id,
    /// What it does.
    pub kind: JobKind,
    /// What it does it to.
    pub subject: String,
    /// When it is due.
    pub run_at: Instant,
    /// How often it was begun.
    pub attempts: i32,
    /// Until when a worker has it.
    pub leased_until: Option<Instant>,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// Since when nobody tries any more.
    pub dead_at: Option<Instant>,
    /// When it was asked for.
    pub created_at: Instant,
}
