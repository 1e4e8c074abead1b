//! What will happen to a ticket and when, written down as it comes in: one script for each sort of matter.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::SignedDuration;

use super::cast::{Cast, Colleague, Team};
use super::dice::Dice;
use super::truth::Counts;
use crate::accounts::model::SignedIn;
use crate::error::Error;
use crate::sites::model::{Kind, Priority};
use crate::tickets::model::PauseReason;
use crate::values::{Id, Instant};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Something that is done to a ticket.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Open,
    Accept,
    Reply,
    /// The supervisor says how grave it is, if the rules think it graver than it stands.
    Grade,
    /// To the department, or to somebody in it.
    Assign {
        in_person: bool,
    },
    /// To a department that has nothing to do with it.
    Misroute,
    /// From there to the right one, or back to the desk.
    PassOn {
        back: bool,
    },
    Grab,
    Start,
    Pause {
        reason: PauseReason,
        until: Option<Instant>,
        near_due: bool,
    },
    Resume,
    Investigate,
    Offer,
    Agree,
    Resolve,
    Conclude,
    Urge,
    Follow,
    Cancel,
    Reopen,
    Rate(i32),
    Survey,
    Answer(i32),
    /// Somebody tries to reach the person, in vain.
    Try,
    /// Somebody asks the person how it was.
    Ask(Said),
    /// The supervisor does.
    AskAgain,
    /// The same trouble comes up again.
    Recur,
    /// The desk says that this is the same trouble as that ticket.
    Confirm(Id),
}

/// What a person says who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Satisfied,
    Unsatisfied,
    Nothing,
}

/// Where a matter is.
#[derive(Debug, Clone)]
pub(super) enum Whereabouts {
    Scene(String),
    Spot(Id),
    Shop(Id),
}

/// Who has a matter.
#[derive(Debug, Clone)]
pub(super) enum Who {
    /// With the mini-program.
    Account(SignedIn),
    /// At the telephone or at the desk.
    Caller { name: String, phone: String, channel: &'static str },
}

/// What a matter is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) category: Option<Id>,
    pub(super) at: Whereabouts,
    pub(super) says: String,
    pub(super) done: String,
    pub(super) priority: Priority,
    /// Dangerous: never waits, and is investigated.
    pub(super) is_safety: bool,
    /// About the shop that gets worse.
    pub(super) is_of_bad_shop: bool,
    pub(super) who: Who,
    /// The department that will have it; `None` is the desk.
    pub(super) team: Option<String>,
}

/// A ticket on its way.
pub(super) struct Matter {
    pub(super) subject: Subject,
    pub(super) id: Id,
    pub(super) month: String,
    pub(super) agent: Arc<Colleague>,
    /// Who asks afterwards: somebody else.
    pub(super) asker: Arc<Colleague>,
    pub(super) worker: Option<Arc<Colleague>>,
    pub(super) token: Option<String>,
    pub(super) acts: VecDeque<(Instant, Act)>,
}

/// Writes scripts.
pub(super) struct Author<'a> {
    pub(super) cast: &'a Cast,
    pub(super) dice: &'a mut Dice,
    pub(super) late_month: &'a str,
    pub(super) counts: &'a mut Counts,
}

/// One script as it is written.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
struct Draft {
    received: Instant,
    acts: Vec<(Instant, Act)>,
    has_account: bool,
    is_late_month: bool,
    is_lazy: bool,
    is_cheat: bool,
}

impl Draft {
    fn add(&mut self, at: Instant, act: Act) {
        self.acts.push((at, act));
    }
}

fn later(at: Instant, seconds: i64) -> Instant {
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

    /// From the desk to whoever does it. Answers with when they begin.
    fn dispatch(&mut self, draft: &mut Draft, accepted: Instant, priority: Priority) -> Instant {
        let cast = self.cast;
        let hours = &cast.hours;
        let mut given = later(accepted, self.dice.soon(30, 240));
        if self.dice.chance(25) {
            draft.add(given, Act::Misroute);
            let back = self.dice.chance(400);
            given = later(given, self.dice.soon(300, 2400));
            draft.add(given, Act::PassOn { back });
            if back {
                given = later(given, self.dice.soon(60, 600));
                draft.add(given, Act::Assign { in_person: true });
            }
        } else {
            let in_person = !self.dice.chance(250);
            draft.add(given, Act::Assign { in_person });
            if !in_person {
                given = later(given, self.dice.soon(60, if priority == Priority::Urgent { 240 } else { 1500 }));
                draft.add(given, Act::Grab);
            }
        }
        let begins_late = self.dice.chance(match (draft.is_lazy, draft.is_late_month) {
            (true, _) => 450,
            (false, true) => 100,
            (false, false) => 8,
        });
        let started = match (priority, begins_late) {
            (Priority::Urgent, false) => later(given, self.dice.soon(40, 300)),
            (Priority::Urgent, true) => later(given, self.dice.soon(700, 2400)),
            (Priority::Normal, false) => hours.after(given, self.dice.soon(60, 1900)),
            (Priority::Normal, true) => hours.after(given, self.dice.soon(3700, 5 * HOUR)),
        };
        draft.add(started, Act::Start);
        started
    }

    /// The one who cheats lets a clock run until little is left, then stops it for a while for nothing. Answers with when
    /// they are done.
    fn cheats(&mut self, draft: &mut Draft, subject: &Subject, started: Instant) -> Option<Instant> {
        let fits = draft.is_cheat && subject.priority == Priority::Normal && !subject.is_safety;
        // A day later it is the same time of day, and somebody must be there.
        let of_day = self.cast.hours.of_day(draft.received);
        if !fits || !(12 * HOUR..21 * HOUR + HOUR / 2).contains(&of_day) || !self.dice.chance(550) {
            return None;
        }
        let left = self.dice.between(25 * MINUTE, 130 * MINUTE);
        let paused = later(draft.received, DAY - left);
        if paused <= started {
            return None;
        }
        draft.add(paused, Act::Pause { reason: PauseReason::WaitingParts, until: None, near_due: true });
        let resumed = self.cast.hours.after(paused, self.dice.between(5 * HOUR, 24 * HOUR));
        draft.add(resumed, Act::Resume);
        Some(later(resumed, self.dice.between(3 * MINUTE, 15 * MINUTE)))
    }

    /// Work waits for a good reason. Answers with when it goes on.
    fn waits(&mut self, draft: &mut Draft, paused: Instant) -> Result<Instant, Error> {
        const REASONS: &[(PauseReason, u64, i64)] = &[
            (PauseReason::WaitingParts, 45, 30),
            (PauseReason::WaitingRequester, 20, 20),
            (PauseReason::Appointment, 15, 40),
            (PauseReason::ThirdParty, 15, 30),
            (PauseReason::Weather, 5, 10),
        ];
        let &(reason, _, longest) = self.dice.weighed(REASONS, |(_, weight, _)| *weight)?;
        let resumed = self.cast.hours.open_from(later(paused, self.dice.soon(2 * HOUR, longest * HOUR)));
        if reason == PauseReason::Appointment {
            // It goes on by itself.
            draft.add(paused, Act::Pause { reason, until: Some(resumed), near_due: false });
        } else {
            draft.add(paused, Act::Pause { reason, until: None, near_due: false });
            draft.add(resumed, Act::Resume);
        }
        Ok(later(resumed, 120))
    }

    /// Somebody asks where it stays.
    fn urges(&mut self, draft: &mut Draft, from: Instant, to: Instant, permille: u64) {
        if draft.has_account && to > later(from, 120) && self.dice.chance(permille) {
            let span = to.since(from).as_secs();
            draft.add(later(from, self.dice.between(60, span - 60)), Act::Urge);
        }
    }

    /// What people think of it: with an account they rate, without one some are sent a link.
    fn opinions(&mut self, draft: &mut Draft, solved: Instant, (rate, survey): (u64, u64), was_bad: bool) {
        let said = if draft.has_account {
            if !self.dice.chance(rate) {
                return;
            }
            let at = later(solved, self.dice.soon(3 * MINUTE, 50 * HOUR));
            let score = self.score(was_bad);
            draft.add(at, Act::Rate(score));
            (at, score)
        } else {
            if !self.dice.chance(survey) {
                return;
            }
            let sent = later(solved, self.dice.between(10 * MINUTE, HOUR));
            draft.add(sent, Act::Survey);
            if !self.dice.chance(968) {
                return;
            }
            let at = later(sent, self.dice.soon(3 * MINUTE, 40 * HOUR));
            let score = self.score(was_bad);
            draft.add(at, Act::Answer(score));
            (at, score)
        };
        let (at, score) = said;
        self.asked_why(draft, at, score);
    }

    /// Whoever rates badly is asked what was wrong.
    fn asked_why(&mut self, draft: &mut Draft, rated: Instant, score: i32) {
        if score <= 2 {
            let said = if self.dice.chance(200) { Said::Unsatisfied } else { Said::Satisfied };
            draft.add(self.cast.hours.after(rated, self.dice.soon(HOUR, 9 * HOUR)), Act::Ask(said));
        }
    }

    /// 1 to 5.
    fn score(&mut self, was_bad: bool) -> i32 {
        let percent = self.dice.between(0, 999);
        let steps: [(i64, i32); 4] =
            if was_bad { [(430, 5), (700, 4), (840, 3), (930, 2)] } else { [(770, 5), (950, 4), (982, 3), (992, 2)] };
        steps.iter().find(|(below, _)| percent < *below).map_or(1, |(_, score)| *score)
    }
}
