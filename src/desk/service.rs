//! Giving out links to the wallboard, and reading what it shows.
//!
//! Rules:
//! - A link is for the board of one site and for [`WORKS_FOR`]; it opens nothing else, and nothing at all once its giver
//!   serves that desk no more.
//! - A board hangs where anybody may stand: it names no shopper and repeats nobody's words. What complains about one of the
//!   staff is counted, but has no line.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::api::{AskDeskLink, Board, Deadline, DeskLink, StatusCount, TodaysRate};
use super::model::{DueRow, Side};
use super::pass::Pass;
use super::repo;
use crate::accounts::members;
use crate::accounts::model::Staff;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::texts::Language;
use crate::rates;
use crate::rates::measures::Rate;
use crate::sites::model::Names;
use crate::sites::service as sites;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::{Severity, latest_missed, number};
use crate::values::{Id, Instant};

/// A shift.
const WORKS_FOR: SignedDuration = SignedDuration::from_hours(12);

/// As many lines as a screen in a room can show so that one reads them from afar: most of them for what can still be
/// done in time.
const NEXT: i64 = 7;
const MISSED: i64 = 4;

/// What a room is told of today, in this order.
const SHOWN: [Rate; 4] = [Rate::FirstResponse, Rate::Timeliness, Rate::Resolution, Rate::Satisfaction];

/// Sets links to the board apart from everything else that is signed.
const PURPOSE: &str = "desk";

/// Gives out a link to the board of a site, in a language.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found` for whoever does not serve there; [`Error::Forbidden`] `view_not_yours` for staff who
/// are not at the desk.
pub fn link(tx: &mut Tx<'_>, staff: &Staff, command: &AskDeskLink, language: Language) -> Result<DeskLink, Error> {
    let role = staff.role_at(command.site_id);
    if !role.is_staff() || sites::site(tx, command.site_id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    if !role.is_desk() {
        return Err(Error::Forbidden("view_not_yours"));
    }
    let (site_id, user_id, expires_at) = (command.site_id, staff.user_id, tx.now + WORKS_FOR);
    let pass = Pass { site_id, user_id, language, expires_at };
    let text = pass.text();
    let signature = tx.app.vault.sign_link(&format!("{PURPOSE} {text}"));
    Ok(DeskLink { url: format!("/desk?token={text}.{signature}"), expires_at: pass.expires_at })
}

/// What a link's token stands for.
///
/// # Errors
/// [`Error::Unauthenticated`] `desk_link_invalid`, `desk_link_expired`.
pub fn open(app: &App, token: &str) -> Result<Pass, Error> {
    let invalid = || Error::Unauthenticated("desk_link_invalid");
    let (text, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
    if !app.vault.link_is_ours(&format!("{PURPOSE} {text}"), signature) {
        return Err(invalid());
    }
    let pass = Pass::parse(text).ok_or_else(invalid)?;
    if is_over(&pass, app.now()) { Err(Error::Unauthenticated("desk_link_expired")) } else { Ok(pass) }
}

/// Whether a pass has run out.
pub(super) fn is_over(pass: &Pass, now: Instant) -> bool {
    pass.expires_at <= now
}

/// What was seen at a site: its board, and who may look at it.
#[derive(Debug)]
pub struct Look {
    /// The board.
    pub board: Board,
    /// Who serves the desk.
    desk: HashSet<Id>,
}

impl Look {
    /// Whether somebody may look at the board.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] `desk_link_invalid` if they may not.
    pub fn check(&self, pass: &Pass) -> Result<(), Error> {
        let may = self.desk.contains(&pass.user_id);
        if may { Ok(()) } else { Err(Error::Unauthenticated("desk_link_invalid")) }
    }
}

/// Looks at a site, in one snapshot.
///
/// # Errors
/// [`Error::Unauthenticated`] `desk_link_invalid` if it is no more.
pub fn look(tx: &mut Tx<'_>, site_id: Id) -> Result<Look, Error> {
    let site = sites::site(tx, site_id).map_err(|_| Error::Unauthenticated("desk_link_invalid"))?;
    let names = sites::names(tx, site_id)?;
    let last = latest_missed(tx.now);
    let counts = repo::count_open(tx.conn, site_id)?;
    let count = |status: Status| counts.iter().find(|(known, _)| *known == status).map_or(0, |(_, count)| *count);
    let open = Status::ALL.iter().filter(|status| status.is_open());
    let rates = match rates::today::of_site(tx, site_id, &SHOWN) {
        Ok(rates) => Some(rates.into_iter().map(TodaysRate::from).collect()),
        // So many tickets were just imported that they are still being counted: the rest of the board goes on.
        Err(Error::Unavailable { .. }) => None,
        Err(error) => return Err(error),
    };
    let mut lines = |side, limit| -> Result<Vec<Deadline>, Error> {
        let rows = repo::list_due(tx.conn, site_id, side, last, limit)?;
        Ok(rows.iter().filter_map(|row| deadline(row, &names)).collect())
    };
    let (deadlines, breaches) = (lines(Side::ToCome, NEXT)?, lines(Side::Missed, MISSED)?);
    let board = Board {
        site: site.name,
        time_zone: site.time_zone,
        day: rates::service::today(tx, site_id)?.to_string(),
        open: counts.iter().map(|(_, count)| count).sum(),
        by_status: open.map(|status| StatusCount { status: *status, count: count(*status) }).collect(),
        late: repo::count_late(tx.conn, site_id, last)?,
        follow_ups_late: repo::count_follow_ups_late(tx.conn, site_id, tx.now)?,
        deadlines,
        breaches,
        rates,
    };
    Ok(Look { board, desk: members::desk_of(tx, site_id)? })
}

fn deadline(row: &DueRow, names: &Names) -> Option<Deadline> {
    let due_at = row.due_at?;
    let place = [row.shop_id, row.location_id].into_iter().find_map(|id| names.of(id));
    Some(Deadline {
        number: number(row.kind, row.seq),
        kind: row.kind,
        status: row.status,
        is_major: row.severity == Severity::Major,
        category: names.of(row.category_id).map(|known| known.name.to_string()),
        place: place.map(|known| known.name.to_string()),
        due_at,
    })
}
