//! Rows of the outbox.

use diesel::prelude::*;

use crate::accounts::model::Role;
use crate::db::schema::notices;
use crate::text_enum;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// What a notice says.
    pub enum NoticeKind {
        /// A ticket came in.
        TicketOpened = "ticket_opened",
        /// The desk took your ticket.
        TicketAccepted = "ticket_accepted",
        /// A ticket was given to you, your department or your desk.
        TicketGiven = "ticket_given",
        /// A ticket was passed on too often.
        TicketBounced = "ticket_bounced",
        /// Somebody wrote to you on a ticket.
        TicketReplied = "ticket_replied",
        /// A ticket you asked for or follow is done.
        TicketResolved = "ticket_resolved",
        /// A ticket of yours was opened again.
        TicketReopened = "ticket_reopened",
        /// A ticket was withdrawn.
        TicketCancelled = "ticket_cancelled",
        /// A ticket you asked for or follow goes on as part of another.
        TicketMerged = "ticket_merged",
        /// A ticket you asked for was not the same as the other: it goes on by itself.
        TicketUnmerged = "ticket_unmerged",
        /// Several reports of one thing came in: perhaps an incident.
        IncidentProposed = "incident_proposed",
        /// A complaint is major.
        ComplaintMajor = "complaint_major",
        /// The rules think that a complaint is graver than it stands.
        GradeProposed = "grade_proposed",
        /// You are offered something; say whether you agree.
        ComplaintOffer = "complaint_offer",
        /// The person said whether they agree.
        OfferAnswered = "offer_answered",
        /// An authority waits for its answer.
        ExternalDue = "external_due",
        /// Somebody was not satisfied: ask them.
        FollowUpOpened = "follow_up_opened",
        /// Somebody is not satisfied even after the second follow-up: close it, or open it again.
        StaysUnsatisfied = "stays_unsatisfied",
        /// Somebody should have been asked by now.
        FollowUpOverdue = "follow_up_overdue",
        /// The requester asks where it stays.
        TicketUrged = "ticket_urged",
        /// A pause lasted as long as it may: work goes on.
        PauseEnded = "pause_ended",
        /// Somebody found something and brings it to the desk.
        ItemAnnounced = "item_announced",
        /// Something was handed in that must go to the police today.
        ItemForPolice = "item_for_police",
        /// A found item has your number on it.
        ItemIsYours = "item_is_yours",
        /// What is yours is with the police now.
        ItemWithPolice = "item_with_police",
        /// We may have what you lost.
        MaybeFound = "maybe_found",
        /// Somebody claims an item, answered, or gave up.
        ClaimChanged = "claim_changed",
        /// The desk wants to know more about your claim.
        ClaimAsked = "claim_asked",
        /// It is yours: come and fetch it.
        ClaimApproved = "claim_approved",
        /// It is not yours.
        ClaimRejected = "claim_rejected",
        /// What you claim is with the police now.
        ClaimLapsed = "claim_lapsed",
        /// You were given what was yours: the receipt.
        ItemHandedOver = "item_handed_over",
        /// What you found is with its owner.
        ItemReturned = "item_returned",
        /// The day of an item is near.
        ItemDueSoon = "item_due_soon",
        /// Nobody fetched an item in time: it is due for the police.
        ItemDue = "item_due",
        /// Somebody proposes to dispose of an item.
        DisposalProposed = "disposal_proposed",
        /// What you borrowed must be back soon.
        RentalDueSoon = "rental_due_soon",
        /// What you borrowed must be back now.
        RentalDue = "rental_due",
        /// Something borrowed is overdue.
        RentalOverdue = "rental_overdue",
        /// Something borrowed is back: what it cost.
        RentalReturned = "rental_returned",
        /// Something borrowed counts as lost.
        RentalLost = "rental_lost",
        /// Something that was given up for lost turned up.
        RentalFound = "rental_found",
        /// Something is wrong with what was borrowed.
        RentalTrouble = "rental_trouble",
        /// What a loss or damage costs was decided.
        RentalSettled = "rental_settled",
        /// A target is missed: say what shall be done about it.
        ImprovementOpened = "improvement_opened",
        /// An improvement was not closed in time.
        ImprovementOverdue = "improvement_overdue",
        /// A record that you answer for was found wrong.
        RecordWrong = "record_wrong",
        /// A department's resolution rate is under its target: its tickets are held to the tightened ladder.
        LadderTightened = "ladder_tightened",
        /// It is not any more: the ordinary ladder holds again.
        LadderLoosened = "ladder_loosened",
        /// A promise runs out.
        ClockWarning = "clock_warning",
        /// A promise was missed, or stays unkept.
        ClockBreached = "clock_breached",
    }
}

/// One thing to be told to one person, one department, or one role at a site.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = notices)]
#[diesel(treat_none_as_default_value = false)]
pub struct Notice {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site it concerns.
    pub site_id: Id,
    /// What it says.
    pub kind: NoticeKind,
    /// The person.
    pub recipient_id: Option<Id>,
    /// Everyone of this role at the site.
    pub recipient_role: Option<Role>,
    /// Everyone of this department.
    pub department_id: Option<Id>,
    /// The ticket it is about.
    pub ticket_id: Option<Id>,
    /// What else it says: the number and kind of the ticket.
    pub detail: Option<Json>,
    /// When.
    pub created_at: Instant,
}

impl Notice {
    /// Adds a fact to what it says.
    pub fn add(&mut self, name: &str, value: impl Into<serde_json::Value>) {
        let detail = self.detail.get_or_insert_with(|| Json(serde_json::json!({})));
        if let Some(detail) = detail.0.as_object_mut() {
            detail.insert(name.to_owned(), value.into());
        }
    }
}
