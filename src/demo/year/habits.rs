//! How people go about a matter: who gets it when, who waits and who cheats, who urges, and what they think of it in the end.

use super::matter::{Act, Said, Subject};
use super::script::{Author, DAY, Draft, HOUR, MINUTE, later};
use crate::error::Error;
use crate::sites::model::Priority;
use crate::tickets::model::PauseReason;
use crate::values::Instant;

impl Author<'_> {
    /// From the desk to whoever does it. Answers with when they begin.
    pub(super) fn dispatch(&mut self, draft: &mut Draft, accepted: Instant, priority: Priority) -> Instant {
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
    pub(super) fn cheats(&mut self, draft: &mut Draft, subject: &Subject, started: Instant) -> Option<Instant> {
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
    pub(super) fn waits(&mut self, draft: &mut Draft, paused: Instant) -> Result<Instant, Error> {
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
    pub(super) fn urges(&mut self, draft: &mut Draft, from: Instant, to: Instant, permille: u64) {
        if draft.has_account && to > later(from, 120) && self.dice.chance(permille) {
            let span = to.since(from).as_secs();
            draft.add(later(from, self.dice.between(60, span - 60)), Act::Urge);
        }
    }

    /// What people think of it: with an account they rate, without one some are sent a link.
    pub(super) fn opinions(&mut self, draft: &mut Draft, solved: Instant, (rate, survey): (u64, u64), was_bad: bool) {
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
    pub(super) fn asked_why(&mut self, draft: &mut Draft, rated: Instant, score: i32) {
        if score <= 2 {
            let said = if self.dice.chance(200) { Said::Unsatisfied } else { Said::Satisfied };
            draft.add(self.cast.hours.after(rated, self.dice.soon(HOUR, 9 * HOUR)), Act::Ask(said));
        }
    }

    /// 1 to 5.
    pub(super) fn score(&mut self, was_bad: bool) -> i32 {
        let percent = self.dice.between(0, 999);
        let steps: [(i64, i32); 4] =
            if was_bad { [(430, 5), (700, 4), (840, 3), (930, 2)] } else { [(770, 5), (950, 4), (982, 3), (992, 2)] };
        steps.iter().find(|(below, _)| percent < *below).map_or(1, |(_, score)| *score)
    }
}
