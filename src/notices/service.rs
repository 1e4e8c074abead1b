//! Telling people, and looking at what one was told.

use serde_json::json;

use super::api::NoticeView;
pub use super::model::{Notice, NoticeKind};
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
    let notice = notice(tx, ticket, kind, audience);
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
#[must_use]
pub fn notice(tx: &Tx<'_>, ticket: &Ticket, kind: NoticeKind, audience: Audience) -> Notice {
    let facts = json!({ "number": ticket.number(), "ticket_kind": ticket.kind, "priority": ticket.priority });
    Notice { ticket_id: Some(ticket.id), detail: Some(Json(facts)), ..about_site(tx, ticket.site_id, kind, audience) }
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
