//! What is counted, and which counts make which rate. Pure: no database, no time.
//!
//! A ticket counts for the day on which the desk heard of it, whenever the rest happens. What is late and still open
//! counts against; what is open and in time is in no rate and shown apart. A rate always carries its counts.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::text_enum;
use crate::values::Json;

text_enum! {
    /// Something that is counted. Tickets that were withdrawn or merged count as `received` and `excluded`, and nowhere else.
    pub enum Measure {
        /// Tickets, all of them.
        Received = "received",
        /// Those withdrawn or merged.
        Excluded = "excluded",
        /// Those of them that are repairs.
        ExcludedRepairs = "excluded_repairs",
        /// Those of them that are complaints.
        ExcludedComplaints = "excluded_complaints",
        /// Those that are in the rates.
        Counted = "counted",
        /// First answers in time.
        FirstResponseMet = "first_response_met",
        /// First answers late, given or not.
        FirstResponseLate = "first_response_late",
        /// First answers not yet given, still in time.
        FirstResponseOpen = "first_response_open",
        /// First answers late, and excused.
        FirstResponseExcused = "first_response_excused",
        /// Resolved in time.
        ResolutionMet = "resolution_met",
        /// Late, resolved or not.
        ResolutionLate = "resolution_late",
        /// Not yet resolved, still in time.
        ResolutionOpen = "resolution_open",
        /// Late, and excused.
        ResolutionExcused = "resolution_excused",
        /// Hops that a department accepted in time.
        AcceptMet = "accept_met",
        /// Hops that a department accepted late, or has not and is late.
        AcceptLate = "accept_late",
        /// Hops not yet accepted, still in time.
        AcceptOpen = "accept_open",
        /// Hops accepted late, and excused.
        AcceptExcused = "accept_excused",
        /// Hops that a department finished in time.
        DepartmentMet = "department_met",
        /// Hops that a department finished late, or has not and is late.
        DepartmentLate = "department_late",
        /// Hops not yet finished, still in time.
        DepartmentOpen = "department_open",
        /// Hops finished late, and excused.
        DepartmentExcused = "department_excused",
        /// Solved, and nobody who was asked said otherwise.
        Solved = "solved",
        /// Not solved and late, or said not to be.
        Unsolved = "unsolved",
        /// Not solved, still in time.
        Solving = "solving",
        /// Closed.
        Closed = "closed",
        /// Not closed and late.
        Unclosed = "unclosed",
        /// Not closed, still in time.
        Closing = "closing",
        /// Resolved or closed.
        Finished = "finished",
        /// Repairs that were finished.
        Mended = "mended",
        /// Those that had to be done again: reopened, or broken again within 15 days.
        Reworked = "reworked",
        /// Those finished by the first department, at the first go.
        FixedAtOnce = "fixed_at_once",
        /// Complaints.
        Complaints = "complaints",
        /// Those that came back, as a person confirmed.
        ComplainedAgain = "complained_again",
        /// Follow-ups done.
        FollowUpsDone = "follow_ups_done",
        /// Follow-ups not done by their time.
        FollowUpsMissed = "follow_ups_missed",
        /// Follow-ups to be done, still in time.
        FollowUpsOpen = "follow_ups_open",
        /// Finished tickets whose requester was asked: by notice, by link, or in person.
        Asked = "asked",
        /// Tickets whose requester said how it was.
        Rated = "rated",
        /// Those who gave 4 or 5.
        Satisfied = "satisfied",
        /// Tickets of shoppers who said how it was.
        RatedByCustomers = "rated_by_customers",
        /// Those of them who gave 4 or 5.
        SatisfiedCustomers = "satisfied_customers",
        /// The sum of what they gave, 1 to 5 each.
        ScoreSum = "score_sum",
        /// Tickets that a department was given.
        Dispatched = "dispatched",
        /// Those that were passed on or sent back.
        Bounced = "bounced",
        /// Tickets that were urged.
        Urged = "urged",
        /// Seconds that finished tickets waited.
        PausedSeconds = "paused_seconds",
        /// Seconds from hearing of them to their end, of finished tickets.
        SpanSeconds = "span_seconds",
        /// Seconds of those that lay with the desk or with one department; of all of them, [`Measure::SpanSeconds`].
        HopSeconds = "hop_seconds",
        /// The same, of finished tickets that were resolved late.
        LateHopSeconds = "late_hop_seconds",
        /// First answers given.
        Responded = "responded",
        /// Open seconds they took.
        ResponseSeconds = "response_seconds",
        /// Resolutions given.
        Timed = "timed",
        /// Open seconds they took.
        SolvingSeconds = "solving_seconds",
        /// Pauses.
        Pauses = "pauses",
        /// Pauses with at most a tenth of the target left, but not past it.
        PausesLate = "pauses_late",
        /// Follow-ups that a person made.
        FollowUpsMade = "follow_ups_made",
        /// Records that were checked.
        Checked = "checked",
        /// Those that were correct.
        CheckedCorrect = "checked_correct",
    }
}

text_enum! {
    /// A rate. What facts keep of it is its place in this list: new ones come last.
    pub enum Rate {
        /// First answered in time (首次响应及时率).
        FirstResponse = "first_response",
        /// Resolved in time (处理及时率).
        Timeliness = "timeliness",
        /// Accepted in time by a department.
        DepartmentAccept = "department_accept",
        /// Finished in time by a department.
        DepartmentTimeliness = "department_timeliness",
        /// Solved (解决率).
        Resolution = "resolution",
        /// Closed (关闭率).
        Closure = "closure",
        /// Repairs done again (返修率).
        Rework = "rework",
        /// Complained again (返投诉率).
        ReComplaint = "re_complaint",
        /// Followed up (回访率).
        FollowUp = "follow_up",
        /// Gave 4 or 5 of those who said how it was (满意度).
        Satisfaction = "satisfaction",
        /// Asked how it was, of what is finished.
        SurveyReach = "survey_reach",
        /// Said how it was, of those asked.
        SurveyReturn = "survey_return",
        /// Repairs finished at the first go.
        FirstTimeFix = "first_time_fix",
        /// Passed on or sent back, of what departments were given.
        Bounce = "bounce",
        /// Urged (催单率).
        Urge = "urge",
        /// Of the time that tickets took, how much they waited.
        PausedShare = "paused_share",
        /// Late and excused, of all clocks.
        Excused = "excused",
        /// Records correct, of those checked (工单抽查).
        RecordsCorrect = "records_correct",
        /// Pauses with at most a tenth of the target left, of all pauses.
        LatePauses = "late_pauses",
        /// Gave 4 or 5, of the shoppers alone who said how it was, without merchants and owners (顾客满意度).
        CustomerSatisfaction = "customer_satisfaction",
    }
}

text_enum! {
    /// A part of a rate, to see the tickets behind it.
    pub enum RatePart {
        /// Those that did.
        Numerator = "numerator",
        /// Of all these.
        Denominator = "denominator",
        /// Those that speak against us: what is missing in the numerator, or, where less is better, what is in it.
        Missed = "missed",
        /// Those that are still open and in time.
        Pending = "pending",
        /// Those that are in no rate: withdrawn, merged, excused; of repairs or complaints alone, where a rate is of these.
        Excluded = "excluded",
    }
}

text_enum! {
    /// What a rate counts. Of one ticket there may be several, so that fewer tickets are listed behind it than it counts.
    pub enum RateUnit {
        /// Tickets.
        Tickets = "tickets",
        /// Promises: first answers and resolutions.
        Clocks = "clocks",
        /// Times with a department.
        Stays = "stays",
        /// Follow-ups.
        FollowUps = "follow_ups",
        /// Times a ticket waited.
        Pauses = "pauses",
        /// Checked records.
        Checks = "checks",
        /// Seconds.
        Seconds = "seconds",
    }
}

/// How a rate is made of what is counted.
struct Definition {
    numerator: &'static [Measure],
    denominator: &'static [Measure],
    pending: &'static [Measure],
    excluded: &'static [Measure],
}

impl Rate {
    /// Whether less is better.
    #[must_use]
    pub const fn is_better_low(self) -> bool {
        matches!(
            self,
            Self::Rework
                | Self::ReComplaint
                | Self::Bounce
                | Self::Urge
                | Self::PausedShare
                | Self::Excused
                | Self::LatePauses
        )
    }

    /// Whether it is made of what people said, or of what was found in records: of a single ticket it says how whoever had it
    /// does.
    #[must_use]
    pub const fn is_of_words(self) -> bool {
        matches!(self, Self::Satisfaction | Self::CustomerSatisfaction | Self::RecordsCorrect)
    }

    /// What its counts are.
    #[must_use]
    pub const fn unit(self) -> RateUnit {
        match self {
            Self::Excused => RateUnit::Clocks,
            Self::DepartmentAccept | Self::DepartmentTimeliness => RateUnit::Stays,
            Self::FollowUp => RateUnit::FollowUps,
            Self::LatePauses => RateUnit::Pauses,
            Self::RecordsCorrect => RateUnit::Checks,
            Self::PausedShare => RateUnit::Seconds,
            _ => RateUnit::Tickets,
        }
    }

    /// Its place in the sets of rates that a fact carries.
    #[must_use]
    pub const fn bit(self) -> i32 {
        1 << self as i32
    }

    fn definition(self) -> Definition {
        use Measure as M;
        let (numerator, denominator, pending, excluded): (&[M], &[M], &[M], &[M]) = match self {
            Self::FirstResponse => (
                &[M::FirstResponseMet],
                &[M::FirstResponseMet, M::FirstResponseLate],
                &[M::FirstResponseOpen],
                &[M::FirstResponseExcused, M::Excluded],
            ),
            Self::Timeliness => (
                &[M::ResolutionMet],
                &[M::ResolutionMet, M::ResolutionLate],
                &[M::ResolutionOpen],
                &[M::ResolutionExcused, M::Excluded],
            ),
            Self::DepartmentAccept => {
                (&[M::AcceptMet], &[M::AcceptMet, M::AcceptLate], &[M::AcceptOpen], &[M::AcceptExcused, M::Excluded])
            }
            Self::DepartmentTimeliness => (
                &[M::DepartmentMet],
                &[M::DepartmentMet, M::DepartmentLate],
                &[M::DepartmentOpen],
                &[M::DepartmentExcused, M::Excluded],
            ),
            Self::Resolution => (&[M::Solved], &[M::Solved, M::Unsolved], &[M::Solving], &[M::Excluded]),
            Self::Closure => (&[M::Closed], &[M::Closed, M::Unclosed], &[M::Closing], &[M::Excluded]),
            Self::Rework => (&[M::Reworked], &[M::Mended], &[], &[M::ExcludedRepairs]),
            Self::ReComplaint => (&[M::ComplainedAgain], &[M::Complaints], &[], &[M::ExcludedComplaints]),
            Self::FollowUp => {
                (&[M::FollowUpsDone], &[M::FollowUpsDone, M::FollowUpsMissed], &[M::FollowUpsOpen], &[M::Excluded])
            }
            Self::Satisfaction => (&[M::Satisfied], &[M::Rated], &[], &[M::Excluded]),
            Self::CustomerSatisfaction => (&[M::SatisfiedCustomers], &[M::RatedByCustomers], &[], &[M::Excluded]),
            Self::SurveyReach => (&[M::Asked], &[M::Finished], &[], &[M::Excluded]),
            Self::SurveyReturn => (&[M::Rated], &[M::Asked], &[], &[M::Excluded]),
            Self::FirstTimeFix => (&[M::FixedAtOnce], &[M::Mended], &[], &[M::ExcludedRepairs]),
            Self::Bounce => (&[M::Bounced], &[M::Dispatched], &[], &[M::Excluded]),
            Self::Urge => (&[M::Urged], &[M::Counted], &[], &[M::Excluded]),
            Self::PausedShare => (&[M::PausedSeconds], &[M::SpanSeconds], &[], &[M::Excluded]),
            Self::Excused => (
                &[M::FirstResponseExcused, M::ResolutionExcused],
                &[
                    M::FirstResponseMet,
                    M::FirstResponseLate,
                    M::FirstResponseExcused,
                    M::ResolutionMet,
                    M::ResolutionLate,
                    M::ResolutionExcused,
                ],
                &[M::FirstResponseOpen, M::ResolutionOpen],
                &[M::Excluded],
            ),
            Self::RecordsCorrect => (&[M::CheckedCorrect], &[M::Checked], &[], &[]),
            Self::LatePauses => (&[M::PausesLate], &[M::Pauses], &[], &[]),
        };
        Definition { numerator, denominator, pending, excluded }
    }
}

/// How many there are of each measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts([i64; Measure::ALL.len()]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; Measure::ALL.len()])
    }
}

/// A rate with its counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Share {
    /// How many did.
    pub numerator: i64,
    /// Of how many.
    pub denominator: i64,
    /// Still open and in time: in no rate yet.
    pub pending: i64,
    /// Withdrawn, merged or excused: in no rate. What was withdrawn or merged is one each, a ticket, whatever else the rate
    /// counts: nothing of it is followed up or lies with a department any more.
    pub excluded: i64,
}

impl Counts {
    /// So many more.
    pub fn add(&mut self, measure: Measure, more: i64) {
        if let Some(count) = self.0.get_mut(measure as usize) {
            *count += more;
        }
    }

    /// How many.
    #[must_use]
    pub fn of(&self, measure: Measure) -> i64 {
        self.0.get(measure as usize).copied().unwrap_or(0)
    }

    /// Adds all of another, so many times: 1, or -1 to take them away.
    pub fn merge(&mut self, other: &Self, times: i64) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more * times);
    }

    /// Without what a rate is made of, and without what people gave if that is what it is about.
    #[must_use]
    pub fn without(mut self, rate: Rate) -> Self {
        let Definition { numerator, denominator, .. } = rate.definition();
        let scores: &[Measure] = if rate == Rate::Satisfaction { &[Measure::ScoreSum] } else { &[] };
        for measure in numerator.iter().chain(denominator).chain(scores) {
            if let Some(count) = self.0.get_mut(*measure as usize) {
                *count = 0;
            }
        }
        self
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }

    /// A rate, as these counts have it.
    #[must_use]
    pub fn share(&self, rate: Rate) -> Share {
        let sum = |measures: &[Measure]| measures.iter().map(|measure| self.of(*measure)).sum();
        let Definition { numerator, denominator, pending, excluded } = rate.definition();
        Share {
            numerator: sum(numerator),
            denominator: sum(denominator),
            pending: sum(pending),
            excluded: sum(excluded),
        }
    }

    /// The mean of what people gave, 1 to 5; none if nobody said.
    #[must_use]
    pub fn mean_score(&self) -> Option<f64> {
        let rated = self.of(Measure::Rated);
        #[expect(clippy::cast_precision_loss, reason = "counts of tickets lie far below 2^52")]
        (rated > 0).then(|| (self.of(Measure::ScoreSum) as f64 / rated as f64 * 100.0).round() / 100.0)
    }

    /// The rates in which these counts play a part.
    #[must_use]
    pub fn rates_of(&self, part: RatePart) -> i32 {
        let plays = |rate: &&Rate| {
            let share = self.share(**rate);
            match part {
                RatePart::Numerator => share.numerator > 0,
                RatePart::Denominator => share.denominator > 0,
                RatePart::Missed if rate.is_better_low() => share.numerator > 0,
                RatePart::Missed => share.numerator < share.denominator,
                RatePart::Pending => share.pending > 0,
                RatePart::Excluded => share.excluded > 0,
            }
        };
        Rate::ALL.iter().filter(plays).map(|rate| rate.bit()).sum()
    }

    /// What is not zero, by name.
    #[must_use]
    pub fn to_json(self) -> Json {
        let counted = Measure::ALL.iter().map(|measure| (measure, self.of(*measure))).filter(|(_, count)| *count != 0);
        Json(Value::Object(counted.map(|(measure, count)| (measure.as_str().to_owned(), count.into())).collect()))
    }

    /// Reads [`Counts::to_json`].
    #[must_use]
    pub fn from_json(json: &Json) -> Self {
        let mut counts = Self::default();
        let none = Map::new();
        for (name, count) in json.0.as_object().unwrap_or(&none) {
            if let (Ok(measure), Some(count)) = (name.parse(), count.as_i64()) {
                counts.add(measure, count);
            }
        }
        counts
    }
}
