//! Questions that only the owner can answer, and what counts as right.
//!
//! Rules:
//! - They are kept sealed, and nobody but the desk reads them.
//! - What counts as right stands nowhere where anyone reads it: not in the question, the description, the maker or the
//!   colours, whichever of them comes later.

use super::model::{FoundItem, MarkRow};
use super::repo;
use super::views::{Mark, colours};
use crate::app::Tx;
use crate::error::Error;
use crate::lost_found::words;
use crate::text::Discreet;
use crate::values::Id;

/// Keeps what only the owner can know, sealed.
///
/// # Errors
/// [`Error::Rule`] `mark_gives_itself_away`.
pub(super) fn insert(tx: &mut Tx<'_>, item: &FoundItem, marks: Vec<Mark>) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(marks.len());
    for mark in marks {
        check(item, &mark)?;
        let Mark { question, answers } = mark;
        let json = serde_json::to_string(&answers).map_err(Error::internal)?;
        rows.push(MarkRow {
            id: tx.new_id(),
            item_id: item.id,
            question: question.into_string(),
            answers_sealed: tx.app.vault.seal(&json)?,
        });
    }
    Ok(repo::insert_marks(tx.conn, &rows)?)
}

/// What is public of an item changed: its marks are new, or still stand in none of it.
///
/// # Errors
/// As [`insert`].
pub(super) fn renew(tx: &mut Tx<'_>, item: &FoundItem, marks: Option<Vec<Mark>>) -> Result<(), Error> {
    if let Some(marks) = marks {
        repo::delete_marks(tx.conn, item.id)?;
        return insert(tx, item, marks);
    }
    let stored = list(tx, item.id)?;
    stored.iter().try_for_each(|(_, mark)| check(item, mark))
}

/// Refuses what the question or what is public of the item says already.
fn check(item: &FoundItem, mark: &Mark) -> Result<(), Error> {
    let brand = item.brand.as_deref().unwrap_or_default();
    let told = [&*mark.question, &item.description, brand].map(|text| (words::folded(text), words::bare(text)));
    let gives_away = |answer: &Discreet<40>| {
        let (whole, core) = (words::folded(answer), words::bare(answer));
        let is_told =
            told.iter().any(|(text, bare)| text.contains(&whole) || (!core.is_empty() && bare.contains(&core)));
        // Under another of its names it is the same maker.
        let is_maker = !brand.is_empty() && words::brand_pairs(answer) == words::brand_pairs(brand);
        let is_colour = |name: &&str| **name == whole || **name == core;
        is_told || is_maker || colours(item.colours).iter().any(|colour| colour.names().iter().any(is_colour))
    };
    if mark.answers.iter().any(gives_away) { Err(Error::rule("mark_gives_itself_away")) } else { Ok(()) }
}

/// The questions of an item with what counts as right; for the desk and for comparing, never for anyone else.
///
/// # Errors
/// As the database; [`Error::Internal`] if what was sealed cannot be opened.
pub(crate) fn list(tx: &mut Tx<'_>, item_id: Id) -> Result<Vec<(Id, Mark)>, Error> {
    let rows = repo::list_marks(tx.conn, item_id)?;
    let open = |row: MarkRow| {
        let json = tx.app.vault.unseal(&row.answers_sealed)?;
        let answers: Vec<String> = serde_json::from_str(&json).map_err(Error::internal)?;
        let answers = answers.into_iter().map(Discreet::kept).collect();
        Ok((row.id, Mark { question: Discreet::kept(row.question), answers }))
    };
    rows.into_iter().map(open).collect()
}
