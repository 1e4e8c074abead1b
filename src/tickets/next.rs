//! What happens next with a ticket, and until when, in words for whoever waits for it.

use jiff::tz::TimeZone;

use super::closing::{self, AUTO_CLOSE_AFTER};
use super::lifecycle::Status;
use super::model::{REOPEN_WITHIN, Ticket};
use super::record;
use super::views::NextView;
use crate::accounts::model::SignedIn;
use crate::app::Tx;
use crate::error::Error;
use crate::http::input::Target;
use crate::http::texts::{self, Language};
use crate::text_enum;
use crate::values::Instant;
use crate::{clocks, complaints, follow_ups, sites};

text_enum! {
    /// What happens next.
    pub enum NextStep {
        /// The desk takes it up.
        Answer = "answer",
        /// The person took it back; what happened is found out all the same.
        Investigate = "investigate",
        /// It is being seen to.
        Work = "work",
        /// It waits, and goes on by itself.
        Wait = "wait",
        /// The requester says whether they agree with what they were offered.
        Agree = "agree",
        /// Somebody asks how it was.
        FollowUp = "follow_up",
        /// The desk looks at it once more before it closes.
        Review = "review",
        /// The requester can say how it was; it closes by itself.
        Rate = "rate",
        /// It is over, and can be opened again for a while.
        Reopen = "reopen",
        /// It is over.
        Over = "over",
        /// It goes on as part of another.
        Merged = "merged",
    }
}

/// The next step of a ticket.
pub struct Next {
    step: NextStep,
    /// Which words are said of it.
    words: &'static str,
    until: Option<Instant>,
    is_late: bool,
    zone: TimeZone,
}

/// What happens next with a ticket of the caller's.
///
/// # Errors
/// [`Error::NotFound`] also for tickets of others; [`Error::Forbidden`] `ticket_only_followed`.
pub fn find(tx: &mut Tx<'_>, actor: &SignedIn, target: Target) -> Result<Next, Error> {
    let ticket = record::find_involved(tx, actor, target)?;
    let (mut step, mut until) = ours(tx, &ticket)?;
    let mut words = step.as_str();
    // Whoever works on it goes on, but this is the requester's to do; until when, is when it goes on without their word.
    if step != NextStep::Investigate && complaints::service::awaits_agreement(tx, &ticket)? {
        (words, until) = match step {
            NextStep::Work => ("agree", until),
            NextStep::FollowUp => ("agree_asked", until),
            NextStep::Rate => ("agree_closes", until),
            _ => ("agree", None),
        };
        step = NextStep::Agree;
    }
    let site = sites::service::site(tx, ticket.site_id)?;
    let zone = TimeZone::get(&site.time_zone).map_err(Error::internal)?;
    Ok(Next { step, words, is_late: until.is_some_and(|until| until <= tx.now), until, zone })
}

/// What happens next without a word of the requester's.
fn ours(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(NextStep, Option<Instant>), Error> {
    Ok(match ticket.status {
        _ if complaints::finding_out::is_taken_back(tx, ticket)? => {
            (NextStep::Investigate, clocks::service::resolution_due(tx, ticket.id)?)
        }
        Status::New => match clocks::service::first_response_due(tx, ticket.id)? {
            Some(due_at) => (NextStep::Answer, Some(due_at)),
            None => (NextStep::Work, clocks::service::resolution_due(tx, ticket.id)?),
        },
        Status::Accepted | Status::Assigned | Status::InProgress => {
            (NextStep::Work, clocks::service::resolution_due(tx, ticket.id)?)
        }
        Status::Paused => (NextStep::Wait, ticket.pause_ends_at),
        Status::Resolved => match follow_ups::service::next_due(tx, ticket.id)? {
            Some(due_at) => (NextStep::FollowUp, Some(due_at)),
            // No rule says by when a supervisor decides, or the investigation is written down.
            None if closing::is_held(tx, ticket)? => (NextStep::Review, None),
            None => (NextStep::Rate, ticket.resolved_at.map(|at| at + AUTO_CLOSE_AFTER)),
        },
        Status::Closed => match ticket.resolved_at.map(|at| at + REOPEN_WITHIN).filter(|until| *until > tx.now) {
            Some(until) => (NextStep::Reopen, Some(until)),
            None => (NextStep::Over, None),
        },
        Status::Cancelled => (NextStep::Over, None),
        Status::Merged => (NextStep::Merged, None),
    })
}

impl Next {
    /// Puts it into words, with the time as a clock on the mall's wall shows it.
    #[must_use]
    pub fn in_words(self, language: Language) -> NextView {
        let Self { step, words, until, is_late, zone } = self;
        let time = until.map(|until| until.0.to_zoned(zone).strftime("%m-%d %H:%M").to_string());
        let form = match time {
            None => "",
            Some(_) if is_late => "_late",
            Some(_) => "_until",
        };
        let text = texts::step(language, &format!("next_{words}{form}"), time.as_deref());
        NextView { step, until, is_late, text }
    }
}
