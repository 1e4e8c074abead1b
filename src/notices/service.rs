//! Telling people, and looking at what one was told.
//!
//! Rules:
//! - Nobody is told of a complaint about themselves, neither by name nor with their role or department. If nobody else
//!   would hear it, it goes one step up: to the supervisors, and to the admin at last.

use serde_json::json;

use super::api::NoticeView;
pub use super::model::{Notice, NoticeKind};
use super::repo;
use crate::accounts::members;
use crate::accounts::model::{Role, SignedIn};
use crate::app::Tx;
use crate::complaints;
use crate::error::Error;
use crate::tickets::model::Ticket;
use crate::values::{Id, Json};

/// Who is told.
#[derive(Debug, Clone, Copy)]
pub enum Audience {
    /// One person.
    Person(Id),
    /// Everyone in a department.
    Department(Id),
    /// Everyone of a role at the ticket's site.
    Role(Role),
}

/// Tells somebody something about a ticket.
///
/// # Errors
/// As the database.
pub fn tell(tx: &mut Tx<'_>, ticket: &Ticket, kind: NoticeKind, audience: Audience) -> Result<(), Error> {
    let notice = notice(tx, ticket, kind, audience)?;
    Ok(repo::insert(tx.conn, &notice)?)
}

/// Tells many things at once.
///
/// # Errors
/// As the database.
pub fn tell_all(tx: &mut Tx<'_>, notices: &[Notice]) -> Result<(), Error> {
    Ok(repo::insert_all(tx.conn, notices)?)
}

/// Something about a ticket that is to be told, and can be told more of.
///
/// # Errors
/// As the database.
pub fn notice(tx: &mut Tx<'_>, ticket: &Ticket, kind: NoticeKind, audience: Audience) -> Result<Notice, Error> {
    let audience = unconcerned(tx, ticket, audience)?;
    let facts = json!({ "number": ticket.number(), "ticket_kind": ticket.kind, "priority": ticket.priority });
    let notice = about_site(tx, ticket.site_id, kind, audience);
    Ok(Notice { ticket_id: Some(ticket.id), detail: Some(Json(facts)), ..notice })
}

/// Who hears of a ticket, given that whom it complains about does not. Of several, they alone are left out when the
/// notices are read.
fn unconcerned(tx: &mut Tx<'_>, ticket: &Ticket, audience: Audience) -> Result<Audience, Error> {
    let Some(concerned) = complaints::service::whom(tx, ticket)? else { return Ok(audience) };
    if let Audience::Person(id) = audience
        && id != concerned
    {
        return Ok(audience);
    }
    let mut others = members::list_staff(tx, ticket.site_id)?;
    others.retain(|member| member.id != concerned);
    let hears = |audience: Audience| {
        others.iter().any(|member| match audience {
            Audience::Person(id) => member.id == id,
            Audience::Department(id) => member.department_id == Some(id),
            Audience::Role(Role::Agent) => matches!(member.role, Role::Agent | Role::Supervisor),
            Audience::Role(role) => member.role == role,
        })
    };
    let steps_up = [audience, Audience::Role(Role::Supervisor)];
    Ok(steps_up.into_iter().find(|audience| hears(*audience)).unwrap_or(Audience::Role(Role::Admin)))
}

/// Something that is to be told to somebody at a site, and can be told more of.
#[must_use]
pub fn about_site(tx: &Tx<'_>, site_id: Id, kind: NoticeKind, audience: Audience) -> Notice {
    let (recipient_id, department_id, recipient_role) = match audience {
        Audience::Person(id) => (Some(id), None, None),
        Audience::Department(id) => (None, Some(id), None),
        Audience::Role(role) => (None, None, Some(role)),
    };
    Notice {
        id: tx.new_id(),
        site_id,
        kind,
        recipient_id,
        recipient_role,
        department_id,
        ticket_id: None,
        detail: None,
        created_at: tx.now,
    }
}

/// What the caller was told, newest first.
///
/// # Errors
/// As the database.
pub fn list(tx: &mut Tx<'_>, actor: &SignedIn, before: Option<Id>, limit: i64) -> Result<Vec<NoticeView>, Error> {
    let notices = repo::list_for(tx.conn, actor, before, limit)?;
    Ok(notices.into_iter().map(NoticeView::from).collect())
}
