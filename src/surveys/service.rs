//! Giving out links, and taking what is said by them.
//!
//! Rules:
//! - Whoever handled a ticket gives out no link to it, and who has an account rates with that.
//! - A link is for one resolved ticket, works once, and for [`WORKS_FOR`]. Whoever holds it says how it was, and learns
//!   no more than what the matter is called and what was done.
//! - A link to a ticket that was opened again, or that its requester rated, is used up.

use super::api::{SurveyLink, SurveyView};
use super::model::{REMEMBERED_FOR, Survey, WORKS_FOR};
use super::repo;
use crate::accounts::model::Staff;
use crate::app::Tx;
use crate::error::Error;
use crate::follow_ups;
use crate::http::input::Target;
use crate::sites;
use crate::tickets::closing;
use crate::tickets::commands::RateTicket;
use crate::tickets::lifecycle::{Action, Status};
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::Id;
use crate::vault;

/// Gives out a link, to be sent to whoever has no account.
///
/// # Errors
/// [`Error::Forbidden`] `action_not_yours` for staff who are not at the desk; [`Error::Conflict`] `survey_not_now`,
/// `ticket_already_rated`; [`Error::Rule`] `survey_has_account`, `follow_up_by_handler`; [`Error::NotFound`] also for
/// tickets of others.
pub fn issue(tx: &mut Tx<'_>, staff: &Staff, target: Target) -> Result<SurveyLink, Error> {
    let ticket = record::find_locked(tx, staff, target)?;
    if !staff.role_at(ticket.site_id).is_desk() {
        return Err(Error::Forbidden("action_not_yours"));
    }
    check(&ticket)?;
    if ticket.requester_id.is_some() {
        return Err(Error::rule("survey_has_account"));
    }
    if follow_ups::service::has_handled(tx, &ticket, staff.user_id)? {
        return Err(Error::rule("follow_up_by_handler"));
    }
    let token = vault::random_token()?;
    let expires_at = tx.now + WORKS_FOR;
    let row = Survey {
        token_hash: vault::sha256(&[token.as_bytes()]),
        ticket_id: ticket.id,
        episode: ticket.reopens,
        issued_by_id: staff.user_id,
        expires_at,
        used_at: None,
        created_at: tx.now,
    };
    repo::insert(tx.conn, &row)?;
    record::add_remark(tx, staff, ticket, Action::Survey, None, &[])?;
    Ok(SurveyLink { token, expires_at })
}

fn check(ticket: &Ticket) -> Result<(), Error> {
    if !matches!(ticket.status, Status::Resolved | Status::Closed) {
        return Err(Error::conflict("survey_not_now"));
    }
    if ticket.rating_score.is_some() {
        return Err(Error::conflict("ticket_already_rated"));
    }
    Ok(())
}

/// A link that still works, and its ticket.
fn load(tx: &mut Tx<'_>, token: &str) -> Result<(Survey, Ticket), Error> {
    let missing = || Error::NotFound("survey_not_found");
    let survey = repo::find(tx.conn, &vault::sha256(&[token.as_bytes()]))?.ok_or_else(missing)?;
    if survey.used_at.is_some() {
        return Err(Error::Gone("survey_used"));
    }
    if survey.expires_at <= tx.now {
        return Err(Error::Gone("survey_expired"));
    }
    let ticket = record::list_by_ids(tx, &[survey.ticket_id])?.remove(&survey.ticket_id).ok_or_else(missing)?;
    if ticket.reopens != survey.episode || ticket.rating_score.is_some() {
        return Err(Error::Gone("survey_used"));
    }
    Ok((survey, ticket))
}

/// What a link asks about.
///
/// # Errors
/// [`Error::NotFound`] `survey_not_found`; [`Error::Gone`] `survey_used`, `survey_expired`.
pub fn find(tx: &mut Tx<'_>, token: &str) -> Result<SurveyView, Error> {
    let (survey, ticket) = load(tx, token)?;
    let names = sites::service::names(tx, ticket.site_id)?;
    Ok(SurveyView {
        number: ticket.number(),
        kind: ticket.kind,
        site: names.site.clone(),
        category: names.of(ticket.category_id),
        result: ticket.result,
        resolved_at: ticket.resolved_at,
        expires_at: survey.expires_at,
    })
}

/// Somebody says by a link how it was; it works no more.
///
/// # Errors
/// As [`find`]; [`Error::Conflict`] `survey_not_now`.
pub fn answer(tx: &mut Tx<'_>, token: &str, command: RateTicket) -> Result<SurveyView, Error> {
    let view = find(tx, token)?;
    let (survey, ticket) = load(tx, token)?;
    if repo::update_used(tx.conn, &survey.token_hash, tx.now)? == 0 {
        return Err(Error::Gone("survey_used"));
    }
    closing::rate_by_survey(tx, ticket.id, command)?;
    Ok(view)
}

/// Whoever holds a link, as a caller.
#[must_use]
pub fn holder(token: &str) -> Id {
    let hash = vault::sha256(&[token.as_bytes()]);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
    Id(uuid::Uuid::from_bytes(bytes))
}

/// Forgets links that stopped working long ago.
///
/// # Errors
/// As the database.
pub fn forget_old(tx: &mut Tx<'_>) -> Result<usize, Error> {
    Ok(repo::delete_before(tx.conn, tx.now - REMEMBERED_FOR)?)
}
