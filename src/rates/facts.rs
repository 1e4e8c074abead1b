//! What a ticket counts for at a moment: from its row, its clocks, its hops and what people said of it. Pure.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::measures::{Counts, Measure, RatePart};
use super::model::{Fact, FactKind};
use crate::accounts::model::Role;
use crate::clocks::model::{ClockRow, Pause, PhaseWord};
use crate::follow_ups::model::{FollowUp, FollowUpResult, FollowUpStatus};
use crate::similar::model::RepeatKind;
use crate::sites::model::Kind;
use crate::sla::rates::Standing;
use crate::spot_checks::model::RecordResult;
use crate::standards::spec::ClockKind;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::{Hop, REOPEN_WITHIN, Ticket};
use crate::values::{Id, Instant};

/// What has no promise of its own is late after this: the longest that the service standard knows.
const AT_THE_LATEST: SignedDuration = SignedDuration::from_hours(48);
/// Who gives this or more is satisfied (top two of five).
const SATISFIED_FROM: i32 = 4;
/// Pauses with at most this part of the target left, but something, are shown apart: what is late already is not saved by
/// waiting.
const LATE_PAUSE_PART: i64 = 10;

const PAUSES_FROM: i32 = 1_000;
const FOLLOW_UPS_FROM: i32 = 2_000;
const CHECKS_FROM: i32 = 3_000;
const ANSWER: i32 = 4_000;

/// Everything that a ticket's facts are made of.
pub struct Subject<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// Its clocks.
    pub clocks: &'a [ClockRow],
    /// Its hops, as they happened.
    pub hops: &'a [Hop],
    /// Its follow-ups, as they arose.
    pub follow_ups: &'a [FollowUp],
    /// The ways in which its trouble came back, as people confirmed.
    pub came_back: &'a [RepeatKind],
    /// What spot checks found in its records, and stands.
    pub checks: &'a [RecordResult],
    /// When it waited.
    pub pauses: &'a [Pause],
    /// Whether a link to rate it was given out.
    pub is_link_sent: bool,
    /// Who brought it to its end, as its clocks know.
    pub ended_by: Option<Id>,
    /// Who gave its first answer, as its clock knows.
    pub answered_by: Option<Id>,
    /// The site's zone.
    pub zone: &'a TimeZone,
    /// The moment.
    pub now: Instant,
}

impl Subject<'_> {
    /// What it counts for, the ticket itself first.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![self.of_ticket()];
        if !self.is_excluded() {
            facts.extend(self.of_hops());
            facts.extend(self.of_pauses());
            facts.extend(self.of_follow_ups());
            facts.extend(self.of_checks());
            facts.extend(self.of_answer());
        }
        facts.retain(|fact| {
            fact.kind == FactKind::Ticket || fact.counts.0.as_object().is_some_and(|map| !map.is_empty())
        });
        facts
    }

    fn is_excluded(&self) -> bool {
        matches!(self.ticket.status, Status::Cancelled | Status::Merged)
    }

    const fn is_finished(&self) -> bool {
        matches!(self.ticket.status, Status::Resolved | Status::Closed)
    }

    fn fact(&self, part: i32, kind: FactKind, counts: &Counts) -> Fact {
        let ticket = self.ticket;
        let at = ticket.received_at.0.to_zoned(self.zone.clone());
        let monday_is_zero = i32::from(at.weekday().to_monday_zero_offset());
        Fact {
            ticket_id: ticket.id,
            part,
            kind,
            place: place(ticket.received_at, ticket.id),
            site_id: ticket.site_id,
            day: at.date().to_string(),
            hour: monday_is_zero * 24 + i32::from(at.hour()),
            ticket_kind: ticket.kind,
            category_id: ticket.category_id,
            severity: ticket.severity,
            department_id: ticket.department_id,
            person_id: None,
            shop_id: ticket.shop_id,
            location_id: ticket.location_id,
            reason: None,
            numerator_of: counts.rates_of(RatePart::Numerator),
            denominator_of: counts.rates_of(RatePart::Denominator),
            pending_of: counts.rates_of(RatePart::Pending),
            missed_of: counts.rates_of(RatePart::Missed),
            excluded_of: counts.rates_of(RatePart::Excluded),
            counts: counts.to_json(),
            changes_at: None,
        }
    }

    fn of_ticket(&self) -> Fact {
        let mut counts = Counts::default();
        counts.add(Measure::Received, 1);
        if self.is_excluded() {
            counts.add(Measure::Excluded, 1);
            counts.add(Measure::ExcludedRepairs, (self.ticket.kind == Kind::Repair).into());
            counts.add(Measure::ExcludedComplaints, (self.ticket.kind == Kind::Complaint).into());
        } else {
            counts.add(Measure::Counted, 1);
            if self.answerer() == self.person() {
                self.count_answer(&mut counts);
            }
            self.count_resolution(&mut counts);
            self.count_end(&mut counts);
            self.count_words(&mut counts);
            self.count_way(&mut counts);
        }
        let mut fact = self.fact(0, FactKind::Ticket, &counts);
        fact.person_id = self.person();
        fact.reason = self.lateness();
        fact.changes_at = self.changes_at();
        fact
    }

    fn clock(&self, kind: ClockKind) -> Option<&ClockRow> {
        self.clocks.iter().rfind(|clock| clock.kind == kind && clock.phase != PhaseWord::Cancelled)
    }

    /// Whose it is: whoever has it, else who brought it to its end.
    fn person(&self) -> Option<Id> {
        self.ticket.assignee_id.or(self.ended_by)
    }

    /// Whose its first answer is: not of whoever was given the ticket afterwards. While there is none, it is theirs to give.
    fn answerer(&self) -> Option<Id> {
        self.answered_by.or_else(|| self.person())
    }

    fn lateness(&self) -> Option<String> {
        self.ticket.lateness_reason.map(|reason| reason.as_str().to_owned())
    }

    /// The first promise to the requester. A department's are its hops'.
    fn count_answer(&self, counts: &mut Counts) {
        let Some(clock) = self.clock(ClockKind::FirstResponse) else { return };
        count_clock(counts, clock, self.now);
        if clock.phase == PhaseWord::Stopped {
            counts.add(Measure::Responded, 1);
            counts.add(Measure::ResponseSeconds, clock.used_seconds.into());
        }
    }

    /// Its first answer by somebody else counts for them, and for all else as the ticket.
    fn of_answer(&self) -> Option<Fact> {
        if self.answerer() == self.person() {
            return None;
        }
        let mut counts = Counts::default();
        self.count_answer(&mut counts);
        let mut fact = self.fact(ANSWER, FactKind::Answer, &counts);
        (fact.person_id, fact.reason) = (self.answerer(), self.lateness());
        Some(fact)
    }

    /// The other promise to the requester.
    fn count_resolution(&self, counts: &mut Counts) {
        if let Some(clock) = self.clock(ClockKind::Resolution) {
            count_clock(counts, clock, self.now);
            if clock.phase == PhaseWord::Stopped {
                counts.add(Measure::Timed, 1);
                counts.add(Measure::SolvingSeconds, clock.used_seconds.into());
            }
        }
    }

    /// Whether it should be done by now: as promised, and where nothing was, by the longest the service standard knows.
    fn is_late(&self) -> bool {
        self.clock(ClockKind::Resolution).map_or_else(
            || self.now >= self.ticket.received_at + AT_THE_LATEST,
            |clock| matches!(clock.standing(self.now), Standing::Late | Standing::OpenLate),
        )
    }

    fn last_answer(&self) -> Option<&FollowUp> {
        let of_now = self.follow_ups.iter().filter(|one| one.episode == self.ticket.reopens);
        of_now.filter(|one| one.status == FollowUpStatus::Done).max_by_key(|one| (one.done_at, one.id))
    }

    fn count_end(&self, counts: &mut Counts) {
        let ticket = self.ticket;
        let is_refused = self.last_answer().is_some_and(|one| one.result == Some(FollowUpResult::Unsatisfied));
        let is_open_late = !self.is_finished() && self.is_late();
        let solved = match (self.is_finished(), is_refused || is_open_late) {
            (true, false) => Measure::Solved,
            (_, true) => Measure::Unsolved,
            (false, false) => Measure::Solving,
        };
        counts.add(solved, 1);
        let waits_long = ticket.resolved_at.is_some_and(|at| self.is_finished() && self.now >= at + REOPEN_WITHIN);
        let closed = match ticket.status {
            Status::Closed => Measure::Closed,
            _ if is_open_late || waits_long => Measure::Unclosed,
            _ => Measure::Closing,
        };
        counts.add(closed, 1);
        if ticket.kind == Kind::Complaint {
            counts.add(Measure::Complaints, 1);
            counts.add(Measure::ComplainedAgain, self.came_back.contains(&RepeatKind::ReComplaint).into());
        }
        if !self.is_finished() {
            return;
        }
        counts.add(Measure::Finished, 1);
        if ticket.kind == Kind::Repair {
            let is_reworked = ticket.reopens > 0 || self.came_back.contains(&RepeatKind::Rework);
            counts.add(Measure::Mended, 1);
            counts.add(Measure::Reworked, is_reworked.into());
            counts.add(Measure::FixedAtOnce, (!is_reworked && ticket.bounces == 0).into());
        }
        if let Some(resolved_at) = ticket.resolved_at {
            counts.add(Measure::SpanSeconds, seconds(ticket.received_at, resolved_at));
            let paused = self.pauses.iter().map(|pause| seconds(pause.at, pause.ended_at.unwrap_or(resolved_at)));
            counts.add(Measure::PausedSeconds, paused.sum());
        }
    }

    /// What its requester was asked, and said.
    fn count_words(&self, counts: &mut Counts) {
        let reached = |one: &FollowUp| one.result.is_some_and(|result| result != FollowUpResult::Unreachable);
        let score = self.ticket.rating_score.or_else(|| self.last_answer().and_then(|one| one.overall));
        let is_asked = self.ticket.requester_id.is_some() || self.is_link_sent || self.follow_ups.iter().any(reached);
        if self.is_finished() {
            counts.add(Measure::Asked, (is_asked || score.is_some()).into());
            if let Some(score) = score {
                counts.add(Measure::Rated, 1);
                counts.add(Measure::Satisfied, (score >= SATISFIED_FROM).into());
                counts.add(Measure::ScoreSum, score.into());
                let is_customer = self.ticket.requester_role == Role::Customer;
                counts.add(Measure::RatedByCustomers, is_customer.into());
                counts.add(Measure::SatisfiedCustomers, (is_customer && score >= SATISFIED_FROM).into());
            }
        }
    }

    fn count_way(&self, counts: &mut Counts) {
        counts.add(Measure::Dispatched, (!self.hops.is_empty()).into());
        counts.add(Measure::Bounced, (!self.hops.is_empty() && self.ticket.bounces > 0).into());
        counts.add(Measure::Urged, (self.ticket.urges > 0).into());
    }

    /// When it counts differently by itself: a deadline is late a second after it, as the ledger has it.
    fn changes_at(&self) -> Option<Instant> {
        if self.is_excluded() {
            return None;
        }
        let deadlines = self.clocks.iter().filter(|clock| clock.phase == PhaseWord::Running);
        let deadlines = deadlines.filter_map(|clock| Some(clock.due_at? + SignedDuration::from_secs(1)));
        // Nobody can ask about what is being done again.
        let can_be_done = |one: &&FollowUp| one.status == FollowUpStatus::Open && self.is_finished();
        let follow_ups = self.follow_ups.iter().filter(can_be_done).map(|one| one.due_at);
        let unpromised = (!self.is_finished() && self.clock(ClockKind::Resolution).is_none())
            .then(|| self.ticket.received_at + AT_THE_LATEST);
        let unclosed = self.ticket.resolved_at.filter(|_| self.ticket.status == Status::Resolved);
        let unclosed = unclosed.map(|at| at + REOPEN_WITHIN);
        deadlines.chain(follow_ups).chain(unpromised).chain(unclosed).filter(|at| *at > self.now).min()
    }

    /// Its time with the desk, then with each department. Of a finished ticket, they add up to the whole.
    fn of_hops(&self) -> Vec<Fact> {
        let ticket = self.ticket;
        let desk = (None, ticket.received_at, None);
        let hops = self.hops.iter().map(|hop| (hop.to_department_id, hop.at, Some(hop.id)));
        let stays: Vec<_> = std::iter::once(desk).chain(hops).collect();
        let end = ticket.resolved_at.filter(|_| self.is_finished());
        let is_late = self.clock(ClockKind::Resolution).is_some_and(|clock| clock.standing(self.now) == Standing::Late);
        let mut by_hop: HashMap<Id, Counts> = HashMap::new();
        for clock in self.clocks.iter().filter(|clock| clock.phase != PhaseWord::Cancelled) {
            if let Some(hop_id) = clock.hop_id {
                count_clock(by_hop.entry(hop_id).or_default(), clock, self.now);
            }
        }
        let ends = stays.iter().skip(1).map(|(_, at, _)| Some(*at)).chain([None]);
        let numbered = stays.iter().zip(ends).zip(1..PAUSES_FROM);
        let of_stay = numbered.map(|((&(department_id, from, hop_id), next), part)| {
            let mut counts = hop_id.and_then(|id| by_hop.remove(&id)).unwrap_or_default();
            if let Some(end) = end {
                // A hop after the end (of a ticket that came back) adds nothing; before it, the last one lasts until then.
                let lasted = seconds(from.min(end), next.unwrap_or(end).min(end));
                counts.add(Measure::HopSeconds, lasted);
                counts.add(Measure::LateHopSeconds, if is_late { lasted } else { 0 });
            }
            let mut fact = self.fact(part, FactKind::Hop, &counts);
            fact.department_id = department_id;
            fact
        });
        of_stay.collect()
    }

    fn of_pauses(&self) -> Vec<Fact> {
        let numbered = self.pauses.iter().zip(PAUSES_FROM..FOLLOW_UPS_FROM);
        let of_pause = numbered.map(|(pause, part)| {
            let mut counts = Counts::default();
            counts.add(Measure::Pauses, 1);
            let (left, target) = (pause.remaining_seconds, pause.target_seconds);
            counts.add(Measure::PausesLate, (left > 0 && left * LATE_PAUSE_PART <= target).into());
            let mut fact = self.fact(part, FactKind::Pause, &counts);
            fact.person_id = pause.by_id;
            fact.reason = Some(pause.reason.clone());
            fact
        });
        of_pause.collect()
    }

    /// One that was made counts for who made it; the others are the desk's, and nobody's alone.
    fn of_follow_ups(&self) -> Vec<Fact> {
        let asked = self.follow_ups.iter().filter(|one| one.status != FollowUpStatus::Withdrawn);
        let of_follow_up = asked.zip(FOLLOW_UPS_FROM..CHECKS_FROM).map(|(one, part)| {
            let mut counts = Counts::default();
            match one.status {
                FollowUpStatus::Done => {
                    counts.add(Measure::FollowUpsDone, 1);
                    counts.add(Measure::FollowUpsMade, 1);
                }
                _ if one.due_at <= self.now && self.is_finished() => counts.add(Measure::FollowUpsMissed, 1),
                _ => counts.add(Measure::FollowUpsOpen, 1),
            }
            let mut fact = self.fact(part, FactKind::FollowUp, &counts);
            (fact.person_id, fact.reason) = (one.done_by_id, self.lateness());
            fact
        });
        of_follow_up.collect()
    }

    /// Whoever answered for the record when it was checked, answers for what was found.
    fn of_checks(&self) -> Vec<Fact> {
        let of_check = self.checks.iter().zip(CHECKS_FROM..ANSWER).map(|(one, part)| {
            let mut counts = Counts::default();
            counts.add(Measure::Checked, 1);
            counts.add(Measure::CheckedCorrect, one.is_correct.into());
            let mut fact = self.fact(part, FactKind::Check, &counts);
            (fact.person_id, fact.department_id) = (one.person_id, one.department_id);
            fact
        });
        of_check.collect()
    }
}

fn count_clock(counts: &mut Counts, clock: &ClockRow, now: Instant) {
    use Measure as M;
    let [met, late, open, excused] = match clock.kind {
        ClockKind::FirstResponse => {
            [M::FirstResponseMet, M::FirstResponseLate, M::FirstResponseOpen, M::FirstResponseExcused]
        }
        ClockKind::Resolution => [M::ResolutionMet, M::ResolutionLate, M::ResolutionOpen, M::ResolutionExcused],
        ClockKind::DeptAccept => [M::AcceptMet, M::AcceptLate, M::AcceptOpen, M::AcceptExcused],
        ClockKind::DeptResolve => [M::DepartmentMet, M::DepartmentLate, M::DepartmentOpen, M::DepartmentExcused],
    };
    let measure = match clock.standing(now) {
        Standing::Met => met,
        Standing::Late | Standing::OpenLate => late,
        Standing::OpenInTime => open,
        Standing::Excused => excused,
        Standing::Excluded => return,
    };
    counts.add(measure, 1);
}

fn seconds(from: Instant, to: Instant) -> i64 {
    to.0.as_second().saturating_sub(from.0.as_second()).max(0)
}

/// An id of the moment at which the desk heard of a ticket: what it began with, its own bits behind.
#[must_use]
pub fn place(received_at: Instant, ticket_id: Id) -> Id {
    let own = ticket_id.0.as_u128() & ((1 << 80) - 1);
    Id(uuid::Uuid::from_u128(Id::first_of(received_at.max(Instant(Timestamp::UNIX_EPOCH))).0.as_u128() | own))
}
