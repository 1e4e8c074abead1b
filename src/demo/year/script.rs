//! What will happen to a ticket and when, written down as it comes in: one script for each sort of matter.

use jiff::SignedDuration;

use super::cast::{Cast, Team};
use super::dice::Dice;
use super::matter::{Act, Matter, Said, Subject, Who};
use super::truth::Counts;
use crate::error::Error;
use crate::sites::model::{Kind, Priority};
use crate::values::{Id, Instant};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// Writes scripts.
pub(super) struct Author<'a> {
    pub(super) cast: &'a Cast,
    pub(super) dice: &'a mut Dice,
    pub(super) late_month: &'a str,
    pub(super) counts: &'a mut Counts,
}

/// One script as it is written.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
pub(super) struct Draft {
    pub(super) received: Instant,
    pub(super) acts: Vec<(Instant, Act)>,
    pub(super) has_account: bool,
    pub(super) is_late_month: bool,
    pub(super) is_lazy: bool,
    pub(super) is_cheat: bool,
}

impl Draft {
    pub(super) fn add(&mut self, at: Instant, act: Act) {
        self.acts.push((at, act));
    }
}

pub(super) fn later(at: Instant, seconds: i64) -> Instant {
    at + SignedDuration::from_secs(seconds)
}

impl Author<'_> {
    /// Everything that will happen to a matter that comes in now.
    pub(super) fn write(&mut self, subject: Subject, received: Instant, repeats: Option<Id>) -> Result<Matter, Error> {
        let agent = self.dice.pick(&self.cast.agents)?.clone();
        let others: Vec<_> = self.cast.agents.iter().filter(|one| one.username != agent.username).cloned().collect();
        let asker = self.dice.pick(&others)?.clone();
        let team = subject.team.as_deref().map(|code| self.cast.team(code)).transpose()?;
        let worker = team.map(|team| self.dice.pick(&team.workers).cloned()).transpose()?;
        let month = self.cast.hours.month(received);
        let mut draft = Draft {
            received,
            acts: vec![(received, Act::Open)],
            has_account: matches!(subject.who, Who::Account(_)),
            is_late_month: month == self.late_month,
            is_lazy: team.is_some_and(|team: &Team| team.is_lazy),
            is_cheat: worker.as_ref().is_some_and(|worker| worker.is_cheat),
        };
        self.count(&subject, &draft);
        match subject.kind {
            Kind::Inquiry => self.inquiry(&mut draft),
            Kind::Request => self.request(&mut draft, &subject),
            Kind::Repair => self.repair(&mut draft, &subject)?,
            Kind::Complaint => self.complaint(&mut draft, &subject)?,
        }
        if let Some(earlier) = repeats {
            // The desk looks at it a little later.
            draft.add(later(received, 15 * MINUTE), Act::Confirm(earlier));
        }
        draft.acts.sort_by_key(|(at, _)| *at);
        Ok(Matter { subject, id: Id::NIL, month, agent, asker, worker, token: None, acts: draft.acts.into() })
    }

    fn count(&mut self, subject: &Subject, draft: &Draft) {
        let counts = &mut *self.counts;
        counts.tickets += 1;
        match subject.kind {
            Kind::Repair => counts.repairs += 1,
            Kind::Complaint => counts.complaints += 1,
            Kind::Inquiry => counts.inquiries += 1,
            Kind::Request => counts.requests += 1,
        }
        counts.shop_complaints += u64::from(subject.is_of_bad_shop);
        counts.department_tickets += u64::from(draft.is_lazy);
    }

    /// Whether an answer comes late.
    fn answers_late(&mut self, draft: &Draft) -> bool {
        let is_late = self.dice.chance(if draft.is_late_month { 110 } else { 7 });
        self.counts.answered_late += u64::from(is_late);
        is_late
    }

    /// Whether something is solved late that has to be in time.
    fn solves_late(&mut self, draft: &Draft) -> bool {
        let permille = match (draft.is_late_month, draft.is_lazy) {
            (true, _) => 120,
            (false, true) => 60,
            (false, false) => 3,
        };
        let is_late = self.dice.chance(permille);
        self.counts.solved_late += u64::from(is_late);
        is_late
    }

    /// Whether nobody will ever solve it.
    fn leaves(&mut self, draft: &Draft, permille: u64) -> bool {
        let is_left = self.dice.chance(if draft.is_lazy { 140 } else { permille });
        self.counts.unsolved += u64::from(is_left);
        self.counts.department_unsolved += u64::from(is_left && draft.is_lazy);
        is_left
    }

    fn inquiry(&mut self, draft: &mut Draft) {
        let seconds = if self.answers_late(draft) { self.dice.soon(190, 1600) } else { self.dice.soon(4, 165) };
        let answered = self.cast.hours.after(draft.received, seconds);
        draft.add(answered, Act::Accept);
        if self.dice.chance(3) {
            return draft.add(later(answered, 60), Act::Cancel);
        }
        if self.leaves(draft, 2) {
            return;
        }
        let mut at = answered;
        if draft.has_account {
            draft.add(at, Act::Reply);
            at = later(at, self.dice.soon(10, 15 * MINUTE));
        }
        draft.add(at, Act::Resolve);
        self.opinions(draft, at, (300, 120), false);
    }

    fn request(&mut self, draft: &mut Draft, subject: &Subject) {
        let cast = self.cast;
        let hours = &cast.hours;
        let late = self.answers_late(draft);
        let accepted = match (subject.priority, subject.team.is_some(), late) {
            (Priority::Urgent, _, true) => later(draft.received, self.dice.between(1900, 5000)),
            (Priority::Urgent, _, false) => later(draft.received, self.dice.soon(60, 1600)),
            (Priority::Normal, true, true) => hours.after(draft.received, self.dice.soon(7400, 14_000)),
            (Priority::Normal, true, false) => hours.after(draft.received, self.dice.soon(120, 6300)),
            // Suggestions have a day.
            (Priority::Normal, false, true) => later(draft.received, self.dice.between(25 * HOUR, 40 * HOUR)),
            (Priority::Normal, false, false) => hours.after(draft.received, self.dice.soon(300, 5 * HOUR)),
        };
        draft.add(accepted, Act::Accept);
        if subject.team.is_none() {
            draft.add(later(accepted, 30), Act::Reply);
            let solved = hours.after(accepted, self.dice.soon(HOUR, 20 * HOUR));
            if !self.leaves(draft, 10) {
                draft.add(solved, Act::Resolve);
                self.opinions(draft, solved, (350, 250), false);
            }
            return;
        }
        let started = self.dispatch(draft, accepted, subject.priority);
        if self.dice.chance(6) && draft.has_account {
            draft.acts.retain(|(at, _)| *at <= accepted);
            draft.add(later(accepted, 20), Act::Cancel);
            return;
        }
        if self.leaves(draft, 5) {
            self.urges(draft, started, later(started, 6 * DAY), 400);
            return;
        }
        let work = if draft.is_lazy { self.dice.soon(20 * HOUR, 100 * HOUR) } else { self.dice.soon(HOUR, 16 * HOUR) };
        let solved = hours.after(started, work);
        self.urges(draft, started, solved, if draft.is_lazy { 200 } else { 10 });
        draft.add(solved, Act::Resolve);
        self.opinions(draft, solved, (450, 0), draft.is_lazy);
    }

    fn repair(&mut self, draft: &mut Draft, subject: &Subject) -> Result<(), Error> {
        let cast = self.cast;
        let hours = &cast.hours;
        let is_urgent = subject.priority == Priority::Urgent;
        let accepted = match (is_urgent, self.answers_late(draft)) {
            (true, true) => later(draft.received, self.dice.between(1900, 5000)),
            (true, false) => later(draft.received, self.dice.soon(50, 1500)),
            (false, true) => hours.after(draft.received, self.dice.soon(7300, 14_000)),
            (false, false) => hours.after(draft.received, self.dice.soon(60, 5000)),
        };
        draft.add(accepted, Act::Accept);
        if self.dice.chance(10) {
            draft.add(later(accepted, 20), Act::Follow);
        }
        if self.dice.chance(12) {
            draft.add(later(accepted, 60), Act::Cancel);
            return Ok(());
        }
        let started = self.dispatch(draft, accepted, subject.priority);
        if self.leaves(draft, 4) {
            self.urges(draft, started, later(started, 4 * DAY), 500);
            return Ok(());
        }
        let cheated = self.cheats(draft, subject, started);
        let is_late = cheated.is_none() && self.solves_late(draft);
        let solved = if let Some(cheated) = cheated {
            cheated
        } else if is_urgent {
            let late = later(draft.received, self.dice.soon(15_000, 9 * HOUR));
            if is_late { late.max(later(started, 600)) } else { later(started, self.dice.soon(600, 2 * HOUR)) }
        } else if is_late {
            let late = later(draft.received, DAY + self.dice.soon(HOUR / 2, 30 * HOUR));
            hours.open_from(late).max(later(started, 600))
        } else if self.dice.chance(45) && !subject.is_safety {
            let paused = hours.after(started, self.dice.soon(600, HOUR));
            let resumed = self.waits(draft, paused)?;
            hours.after(resumed, self.dice.soon(900, 9000))
        } else {
            hours.after(started, self.dice.soon(20 * MINUTE, 5 * HOUR))
        };
        self.urges(draft, started, solved, if is_late { 450 } else { 8 });
        draft.add(solved, Act::Resolve);
        if draft.has_account && self.dice.chance(6) {
            let reopened = hours.after(solved, self.dice.soon(HOUR, 20 * HOUR));
            draft.add(reopened, Act::Reopen);
            let again = hours.after(reopened, self.dice.soon(HOUR, 4 * HOUR));
            draft.add(again, Act::Resolve);
            self.opinions(draft, again, (500, 0), true);
            return Ok(());
        }
        if self.dice.chance(8) {
            draft.add(later(solved, self.dice.between(DAY, 9 * DAY)), Act::Recur);
        }
        self.opinions(draft, solved, (550, 300), is_late || draft.is_lazy);
        Ok(())
    }

    fn complaint(&mut self, draft: &mut Draft, subject: &Subject) -> Result<(), Error> {
        let cast = self.cast;
        let hours = &cast.hours;
        let answer = if self.answers_late(draft) { self.dice.soon(950, 5000) } else { self.dice.soon(30, 800) };
        let accepted = hours.after(draft.received, answer);
        draft.add(accepted, Act::Accept);
        draft.add(later(accepted, self.dice.between(40, 200)), Act::Grade);
        if draft.has_account && !subject.is_safety && self.dice.chance(8) {
            draft.add(later(accepted, 240), Act::Cancel);
            return Ok(());
        }
        let taken = later(accepted, 300);
        let started = if subject.team.is_some() && !subject.is_safety {
            self.dispatch(draft, taken, Priority::Normal)
        } else {
            draft.add(taken, Act::Start);
            taken
        };
        let mut at = hours.after(started, self.dice.soon(10 * MINUTE, HOUR));
        if subject.is_safety {
            draft.add(at, Act::Investigate);
            at = later(at, self.dice.soon(10 * MINUTE, HOUR));
        }
        if subject.is_safety || self.dice.chance(350) {
            draft.add(at, Act::Offer);
            at = later(at, 5 * MINUTE);
            if draft.has_account {
                draft.add(at, Act::Agree);
            }
        }
        if self.leaves(draft, 3) {
            self.urges(draft, started, later(started, 3 * DAY), 600);
            return Ok(());
        }
        let is_late = self.solves_late(draft);
        let solved = if is_late {
            let target = if subject.is_safety { 2 * DAY } else { DAY };
            hours.open_from(later(draft.received, target + self.dice.soon(HOUR / 2, 22 * HOUR))).max(later(at, 600))
        } else if !subject.is_safety && self.dice.chance(25) {
            let resumed = self.waits(draft, later(at, 300))?;
            hours.after(resumed, self.dice.soon(900, 9000))
        } else {
            hours.after(at, self.dice.soon(20 * MINUTE, 5 * HOUR))
        };
        self.urges(draft, started, solved, if is_late { 500 } else { 25 });
        draft.add(solved, Act::Resolve);
        draft.add(later(solved, self.dice.between(60, 600)), Act::Conclude);
        let asked = hours.after(solved, self.dice.soon(20 * MINUTE, 7 * HOUR));
        let asked = if self.dice.chance(12) { later(asked, 26 * HOUR) } else { asked };
        let odds = if is_late || draft.is_lazy { 120 } else { 28 };
        let mut in_vain = None;
        let said = if self.dice.chance(15) {
            draft.add(asked, Act::Try);
            let again = hours.after(asked, 3 * HOUR);
            draft.add(again, Act::Try);
            in_vain = Some(again);
            Said::Nothing
        } else if self.dice.chance(odds) {
            Said::Unsatisfied
        } else {
            Said::Satisfied
        };
        // Tries lie hours apart, or they do not count.
        let asked = in_vain.map_or(asked, |tried| hours.after(tried, 3 * HOUR));
        draft.add(asked, Act::Ask(said));
        if draft.has_account && said == Said::Satisfied && self.dice.chance(350) {
            let score = self.score(is_late || draft.is_lazy);
            let rated = later(asked, self.dice.soon(300, 20 * HOUR));
            draft.add(rated, Act::Rate(score));
            self.asked_why(draft, rated, score);
        }
        if self.dice.chance(5) {
            draft.add(later(solved, self.dice.between(DAY, 9 * DAY)), Act::Recur);
        }
        Ok(())
    }
}
