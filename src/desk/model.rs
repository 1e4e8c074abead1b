//! What a wallboard is read from, and the pass that opens one.

use crate::http::texts::Language;
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::Severity;
use crate::values::{Id, Instant};

/// What a link stands for: somebody of the desk put the board of their site on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The site.
    pub site_id: Id,
    /// Who asked for the link; the board is there for as long as they are.
    pub user_id: Id,
    /// In which language it was asked for, which is the board's: a screen in a room has none of its own.
    pub language: Language,
    /// Until when it works.
    pub expires_at: Instant,
}

impl Pass {
    /// It as a text, to be signed.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { site_id, user_id, language, expires_at } = self;
        format!("{site_id}.{user_id}.{}.{}", language.tag(), expires_at.0.as_second())
    }

    /// Reads [`Pass::text`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (site_id, user_id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let tag = parts.next()?;
        let language = Language::ALL.into_iter().find(|language| language.tag() == tag)?;
        let expires_at = jiff::Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
        parts.next().is_none().then_some(Self { site_id, user_id, language, expires_at: expires_at.into() })
    }
}

/// An open ticket with a deadline: what a room may know of it, and so neither words nor people.
#[derive(Debug, Clone, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = crate::db::schema::tickets)]
#[allow(missing_docs, reason = "see Ticket")]
pub struct DueRow {
    pub seq: i64,
    pub kind: Kind,
    pub status: Status,
    pub severity: Severity,
    pub category_id: Option<Id>,
    pub location_id: Option<Id>,
    pub shop_id: Option<Id>,
    pub due_at: Option<Instant>,
}

/// On which side of now a deadline lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It can still be met.
    ToCome,
    /// It was missed.
    Missed,
}
