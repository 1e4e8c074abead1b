//! What happens to a rental by time: a reservation runs out, a borrower is reminded, a thing counts as lost.
//!
//! One job for each rental goes from one moment to the next; each moment has its place in time, so it does not matter when
//! the job gets to it.

use jiff::SignedDuration;

use super::model::{Rental, RentalStatus};
use super::service::{self, tell};
use super::{money, repo, returns};
use crate::accounts::model::Role;
use crate::app::Tx;
use crate::error::Error;
use crate::notices::service::{Audience, NoticeKind};
use crate::rental::policy::Policy;
use crate::values::{Id, Instant};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Does what is due on a rental, and says when to look again. A confirmation that WeChat waits for is ended by
/// [`crate::payscore`], which asks WeChat first.
///
/// # Errors
/// As the database.
pub fn pass(tx: &mut Tx<'_>, id: Id) -> Result<Option<Instant>, Error> {
    repo::lock(tx.conn, id)?;
    let Some(row) = repo::find(tx.conn, id)? else { return Ok(None) };
    let mut rental = row.rental;
    match rental.status {
        RentalStatus::Reserved => {
            let Some(until) = rental.reserved_until.filter(|until| *until <= tx.now) else {
                return Ok(rental.reserved_until);
            };
            rental.reserved_until = Some(until);
            returns::release(tx, &mut rental, RentalStatus::Lapsed, None)?;
            Ok(None)
        }
        RentalStatus::Lent => remind(tx, &mut rental),
        _ => Ok(None),
    }
}

/// Tells the borrower before, at, and each day after the rental is due; the desk after the first day; and gives it up in the
/// end.
fn remind(tx: &mut Tx<'_>, rental: &mut Rental) -> Result<Option<Instant>, Error> {
    let policy = rental.policy()?;
    let Some(due) = rental.due_at else { return Ok(None) };
    let moments = Moments::new(&policy, due);
    // What was told by now: everything whose moment lies before the last change of the rental's next look.
    let Some(now) = moments.latest(tx.now) else { return Ok(Some(moments.first())) };
    match now {
        Moment::Soon => person(tx, rental, NoticeKind::RentalDueSoon)?,
        Moment::Due => person(tx, rental, NoticeKind::RentalDue)?,
        Moment::Overdue(days) => {
            person(tx, rental, NoticeKind::RentalOverdue)?;
            // Of who has no account it has heard already.
            if days == 1 && rental.borrower_id.is_some() {
                tell(tx, rental, NoticeKind::RentalOverdue, Audience::Role(Role::Agent))?;
            }
        }
        Moment::Lost => {
            money::give_up(tx, rental, moments.lost())?;
            return Ok(None);
        }
    }
    Ok(moments.after(tx.now))
}

fn person(tx: &mut Tx<'_>, rental: &Rental, kind: NoticeKind) -> Result<(), Error> {
    let audience = match rental.borrower_id {
        Some(id) => Audience::Person(id),
        // Who has no account is called by the desk.
        None => Audience::Role(Role::Agent),
    };
    service::tell(tx, rental, kind, audience)
}

/// The moments of a rental, by when it is due.
struct Moments {
    due: Instant,
    remind_before: SignedDuration,
    lost_after_days: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Soon,
    Due,
    Overdue(i32),
    Lost,
}

impl Moments {
    fn new(policy: &Policy, due: Instant) -> Self {
        let remind_before = SignedDuration::from_secs(policy.remind_before_seconds.into());
        Self { due, remind_before, lost_after_days: policy.lost_after_days }
    }

    fn first(&self) -> Instant {
        self.due - self.remind_before
    }

    fn lost(&self) -> Instant {
        self.due + DAY * self.lost_after_days
    }

    /// All of them, in order.
    fn all(&self) -> impl Iterator<Item = (Instant, Moment)> {
        let days = (1..self.lost_after_days).map(|days| (self.due + DAY * days, Moment::Overdue(days)));
        let first = [(self.first(), Moment::Soon), (self.due, Moment::Due)];
        first.into_iter().chain(days).chain([(self.lost(), Moment::Lost)])
    }

    /// The latest that has come. Those before it are not told any more: after a day without Yijian nobody needs to hear that
    /// a thing will be due soon.
    fn latest(&self, now: Instant) -> Option<Moment> {
        self.all().take_while(|(at, _)| *at <= now).last().map(|(_, moment)| moment)
    }

    fn after(&self, now: Instant) -> Option<Instant> {
        self.all().map(|(at, _)| at).find(|at| *at > now)
    }
}
