//! Which tickets a round is about.
//!
//! Rules:
//! - Only finished tickets: an open one has no record yet. What was withdrawn or merged has none either.
//! - By lot, each ticket of the period is as likely as any other, and none comes twice. The period's facts are walked
//!   once, by their index and never past it; of what was walked, no more is kept than is asked for.
//! - A ticket is in at most one open round: by lot it is passed over, by hand it is refused.
//! - A lead draws nothing that complains about themselves; not even that there is such a thing can be seen.

use std::collections::HashSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::api::DrawSpotCheck;
use super::model::LONGEST_DAYS;
use super::repo;
use crate::accounts::members;
use crate::accounts::model::Lead;
use crate::app::Tx;
use crate::complaints;
use crate::error::{Error, FieldError};
use crate::rates::fold;
use crate::rates::measures::{Rate, RatePart};
use crate::rates::model::{Behind, Dimension};
use crate::rates::periods::Period;
use crate::rates::service as rates;
use crate::sites::service as sites;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::Id;
use crate::vault;

/// So many tickets are walked at once.
const PAGE: i64 = 5_000;

/// What was drawn.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The tickets.
    pub ticket_ids: Vec<Id>,
    /// Of how many.
    pub population: u32,
}

/// Draws by lot, outside of any writing; what is chosen by hand is looked at when it is written.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`, `category_not_found`, `department_not_found`; [`Error::Forbidden`]
/// `action_not_yours`; [`Error::Rule`] `spot_check_random_or_targeted`, `spot_check_person_elsewhere`;
/// [`Error::Invalid`] for the period; [`Error::Unavailable`] `rates_counting`.
pub fn draw(tx: &mut Tx<'_>, lead: &Lead, ask: &DrawSpotCheck) -> Result<Drawn, Error> {
    check_site(tx, lead, ask.site_id)?;
    let period = period_of(tx, ask)?;
    match (ask.size, &ask.ticket_ids) {
        (Some(size), None) => by_lot(tx, lead, ask, period, usize::try_from(size).unwrap_or(0)),
        (None, Some(ids)) if !ask.is_narrowed() => {
            Ok(Drawn { population: u32::try_from(ids.len()).unwrap_or(u32::MAX), ticket_ids: ids.clone() })
        }
        _ => Err(Error::rule("spot_check_random_or_targeted")),
    }
}

/// Whoever leads a site draws there.
///
/// # Errors
/// [`Error::NotFound`] `site_not_found`; [`Error::Forbidden`] `action_not_yours`.
pub(super) fn check_site(tx: &mut Tx<'_>, lead: &Lead, site_id: Id) -> Result<(), Error> {
    let role = lead.role_at(site_id);
    if !role.is_staff() || sites::site(tx, site_id).is_err() {
        return Err(Error::NotFound("site_not_found"));
    }
    if role.is_lead() { Ok(()) } else { Err(Error::Forbidden("action_not_yours")) }
}

/// The period, which is over or running, and not too long.
///
/// # Errors
/// [`Error::Invalid`] `period_reversed`, `spot_check_period_future`, `spot_check_period_too_long`.
pub(super) fn period_of(tx: &mut Tx<'_>, ask: &DrawSpotCheck) -> Result<Period, Error> {
    let period = Period { from: ask.from, to: ask.to };
    if period.to < period.from {
        return Err(Error::field("/to", "period_reversed"));
    }
    if period.to > rates::today(tx, ask.site_id)? {
        return Err(Error::field("/to", "spot_check_period_future"));
    }
    if period.days() > LONGEST_DAYS {
        let params = vec![("most", LONGEST_DAYS.to_string())];
        let field = FieldError { pointer: "/from".to_owned(), code: "spot_check_period_too_long", params };
        return Err(Error::Invalid(vec![field]));
    }
    Ok(period)
}

/// Every ticket with the same chance, whatever the order they come in: of the first so many all are kept, and each
/// further one takes a place with the chance that it has a right to (Vitter's algorithm R).
fn by_lot(tx: &mut Tx<'_>, lead: &Lead, ask: &DrawSpotCheck, period: Period, size: usize) -> Result<Drawn, Error> {
    let zone = sites::zone(tx, ask.site_id)?;
    let taken: HashSet<Id> = repo::list_taken(tx.conn, ask.site_id)?.into_iter().collect();
    let pending = fold::pending(tx, ask.site_id)?;
    // Its denominator is what is finished.
    let (rate, part) = (Rate::SurveyReach, RatePart::Denominator);
    let mut left = Behind {
        site_id: ask.site_id,
        rate,
        part,
        from: midnight(&zone, period.from)?,
        end: midnight(&zone, period.to.saturating_add(1.day()))?,
        ticket_kind: ask.kind,
        of: narrowed_to(tx, ask)?,
        not_about: Some(lead.user_id),
    };
    let mut drawn = Drawn { ticket_ids: Vec::with_capacity(size), population: 0 };
    loop {
        let places = rates::places_behind(tx, &pending, &left, PAGE)?;
        for (_, id) in places.iter().filter(|(_, id)| !taken.contains(id)) {
            drawn.population += 1;
            if drawn.ticket_ids.len() < size {
                drawn.ticket_ids.push(*id);
            } else if let Some(place) = drawn.ticket_ids.get_mut(vault::random_below(drawn.population)?) {
                *place = *id;
            }
        }
        match places.last() {
            Some((last, _)) if i64::try_from(places.len()).is_ok_and(|count| count == PAGE) => left.end = *last,
            _ => return Ok(drawn),
        }
    }
}

fn midnight(zone: &TimeZone, day: Date) -> Result<Id, Error> {
    let at = day.to_zoned(zone.clone()).map_err(|_| Error::field("/from", "value_malformed"))?;
    Ok(Id::first_of(at.timestamp().into()))
}

/// What the lot is narrowed to, of what there is at the site.
fn narrowed_to(tx: &mut Tx<'_>, ask: &DrawSpotCheck) -> Result<Vec<(Dimension, String)>, Error> {
    let names = sites::names(tx, ask.site_id)?;
    if ask.category_id.is_some_and(|id| names.of(Some(id)).is_none()) {
        return Err(Error::NotFound("category_not_found"));
    }
    if let Some(id) = ask.department_id {
        sites::department(tx, ask.site_id, id)?;
    }
    if let Some(id) = ask.person_id
        && !members::list_staff(tx, ask.site_id)?.iter().any(|member| member.id == id)
    {
        return Err(Error::rule("spot_check_person_elsewhere"));
    }
    let given = [
        (Dimension::Category, ask.category_id),
        (Dimension::Department, ask.department_id),
        (Dimension::Person, ask.person_id),
    ];
    Ok(given.into_iter().filter_map(|(dimension, id)| Some((dimension, id?.to_string()))).collect())
}

/// Whether each ticket that was chosen by hand may be looked at; says of all what is wrong with them.
///
/// # Errors
/// [`Error::Invalid`] `spot_check_ticket_twice`, `spot_check_ticket_unknown`, `spot_check_ticket_left`,
/// `spot_check_ticket_unfinished`, `spot_check_ticket_out_of_period`, `spot_check_ticket_taken`.
pub(super) fn check_chosen(
    tx: &mut Tx<'_>,
    lead: &Lead,
    (site_id, period): (Id, Period),
    ids: &[Id],
) -> Result<(), Error> {
    let tickets = record::list_by_ids(tx, ids)?;
    let about = complaints::service::about(tx, ids, lead.user_id)?;
    let taken: HashSet<Id> = repo::list_taken(tx.conn, site_id)?.into_iter().collect();
    let zone = sites::zone(tx, site_id)?;
    let is_known = |ticket: &&Ticket| ticket.site_id == site_id && !about.contains(&ticket.id);
    let mut seen = HashSet::new();
    let mut wrong = Vec::new();
    for (i, id) in ids.iter().enumerate() {
        let code = match tickets.get(id).filter(is_known) {
            _ if !seen.insert(*id) => "spot_check_ticket_twice",
            None => "spot_check_ticket_unknown",
            Some(ticket) => match ticket.status {
                Status::Cancelled | Status::Merged => "spot_check_ticket_left",
                Status::Resolved | Status::Closed => {
                    let day = ticket.received_at.0.to_zoned(zone.clone()).date();
                    if !(period.from..=period.to).contains(&day) {
                        "spot_check_ticket_out_of_period"
                    } else if taken.contains(id) {
                        "spot_check_ticket_taken"
                    } else {
                        continue;
                    }
                }
                _ => "spot_check_ticket_unfinished",
            },
        };
        wrong.push(FieldError { pointer: format!("/ticket_ids/{i}"), code, params: Vec::new() });
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}
