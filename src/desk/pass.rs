//! The pass that opens a wallboard.

use crate::http::texts::Language;
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
