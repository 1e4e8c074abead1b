//! Telling people, and looking at what one was told.

use serde_json::json;

use super::api::NoticeView;
use super::model::Notice;
pub use super::model::NoticeKind;
use super::repo;
use crate::accounts::model::{Role, SignedIn};
use crate::app::Tx;
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
    let (recipient_id, department_id, recipient_role) = match audience {
        Audience::Person(id) => (Some(id), None, None),
        Audience::Department(id) => (None, Some(id), None),
        Audience::Role(role) => (None, None, Some(role)),
    };
    let notice = Notice {
        id: tx.new_id(),
        site_id: ticket.site_id,
        kind,
        recipient_id,
        recipient_role,
        department_id,
        ticket_id: Some(ticket.id),
        detail: Some(Json(
            json!({ "number": ticket.number(), "ticket_kind": ticket.kind, "priority": ticket.priority }),
        )),
        created_at: tx.now,
    };
    Ok(repo::insert(tx.conn, &notice)?)
}

/// What the caller was told, newest first.
///
/// # Errors
/// As the database.
pub fn list(tx: &mut Tx<'_>, actor: &SignedIn, before: Option<Id>, limit: i64) -> Result<Vec<NoticeView>, Error> {
    let notices = repo::list_for(tx.conn, actor.user_id, &actor.memberships, before, limit)?;
    Ok(notices.into_iter().map(NoticeView::from).collect())
}
