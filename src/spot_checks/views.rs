//! Checklists, rounds and results as people see them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::checklist;
use super::model::{CheckedItem, Checklist, ChecklistItem, RecordResult, SpotCheck, SpotCheckMethod, SpotCheckStatus};
use super::service::{self, Found};
use crate::error::Error;
use crate::http::output::Answer;
use crate::similar::api::TicketSummary;
use crate::sites::model::{Kind, Named, Names};
use crate::tickets::model::Ticket;
use crate::values::{Id, Instant};

/// What a site looks at in a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotChecklistView {
    /// Counts versions; 0 is the checklist as Yijian comes with it. The `ETag`.
    version: i32,
    items: Vec<ChecklistItem>,
    /// Every version that was written, newest first.
    versions: Vec<SpotChecklistVersion>,
}

impl Answer for SpotChecklistView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// A version of what a site looks at in a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotChecklistVersion {
    version: i32,
    items: Vec<ChecklistItem>,
    reason: String,
    created_by_id: Id,
    created_at: Instant,
}

impl SpotChecklistView {
    pub(super) fn new(rows: Vec<Checklist>) -> Result<Self, Error> {
        let version = |row: Checklist| {
            let items = checklist::read(&row.items)?;
            let Checklist { version, reason, created_by_id, created_at, .. } = row;
            Ok(SpotChecklistVersion { version, items, reason, created_by_id, created_at })
        };
        let versions = rows.into_iter().map(version).collect::<Result<Vec<_>, Error>>()?;
        let newest = versions.first();
        Ok(Self {
            version: newest.map_or(0, |newest| newest.version),
            items: newest.map_or_else(checklist::defaults, |newest| Ok(newest.items.clone()))?,
            versions,
        })
    }
}

/// A round of spot checks.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotCheckView {
    id: Id,
    site_id: Id,
    method: SpotCheckMethod,
    status: SpotCheckStatus,
    /// The first day, by the site's calendar, on which the desk heard of its tickets.
    #[schema(format = Date)]
    from: String,
    /// The last day.
    #[schema(format = Date)]
    to: String,
    /// How many tickets were asked for.
    size: i32,
    /// How many there were to draw from.
    population: i32,
    /// Whether there were no more than asked for, so that all were taken.
    is_all: bool,
    /// Only of this kind.
    kind: Option<Kind>,
    /// Only of this category.
    category: Option<Named>,
    /// Only of this department.
    department: Option<Named>,
    /// Only what this person answered for.
    person: Option<Named>,
    /// The version of the checklist with which it was drawn; 0 is the one that Yijian comes with.
    checklist_version: i32,
    /// What each record is held against.
    items: Vec<ChecklistItem>,
    /// What it is for.
    note: Option<String>,
    /// How many tickets it has that the reader may know of.
    sampled: i64,
    /// How many of them have a result.
    checked: i64,
    /// How many of these are correct.
    correct: i64,
    /// The correct ones by the checked ones, to four decimals; none over none.
    value: Option<f64>,
    created_by: Named,
    created_at: Instant,
    /// Why it was ended early.
    close_reason: Option<String>,
    /// By whom.
    closed_by: Option<Named>,
    /// When it was over, either way.
    ended_at: Option<Instant>,
    /// Counts changes; the `ETag`.
    version: i32,
}

impl Answer for SpotCheckView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

fn named(id: Id, people: &HashMap<Id, String>) -> Named {
    Named::new(id, people.get(&id).cloned().unwrap_or_default())
}

impl SpotCheckView {
    pub(super) const fn id(&self) -> Id {
        self.id
    }

    pub(super) fn new(
        round: SpotCheck,
        items: Vec<ChecklistItem>,
        found: Found,
        names: &Names,
        people: &HashMap<Id, String>,
    ) -> Self {
        // What the reader may not know of was never asked for.
        let hidden = i64::from(round.size.min(round.population)) - found.sampled;
        let hidden = i32::try_from(hidden).unwrap_or(0);
        Self {
            id: round.id,
            site_id: round.site_id,
            method: round.method,
            status: round.status,
            from: round.from_day,
            to: round.to_day,
            size: round.size - hidden,
            population: round.population - hidden,
            is_all: round.population <= round.size,
            kind: round.ticket_kind,
            category: names.of(round.category_id),
            department: names.of(round.department_id),
            person: round.person_id.map(|id| named(id, people)),
            checklist_version: round.checklist_version,
            items,
            note: round.note,
            sampled: found.sampled,
            checked: found.checked,
            correct: found.correct,
            value: service::share(found),
            created_by: named(round.created_by_id, people),
            created_at: round.created_at,
            close_reason: round.close_reason,
            closed_by: round.closed_by_id.map(|id| named(id, people)),
            ended_at: round.ended_at,
            version: round.version,
        }
    }
}

/// A ticket of a round, and what was found in its record.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpotCheckTicketView {
    ticket: TicketSummary,
    /// Who answers for the record; once it was checked, who did then.
    person: Option<Named>,
    /// What was found, and stands.
    result: Option<RecordResultView>,
}

impl Answer for SpotCheckTicketView {}

impl SpotCheckTicketView {
    pub(super) fn new(
        ticket: TicketSummary,
        person: Option<Id>,
        result: Option<RecordResultView>,
        people: &HashMap<Id, String>,
    ) -> Self {
        Self { ticket, person: person.map(|id| named(id, people)), result }
    }
}

/// What was found in a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordResultView {
    id: Id,
    /// Whether no answer is `no`.
    correct: bool,
    /// In the order of the checklist.
    answers: Vec<CheckedItem>,
    note: Option<String>,
    /// Why it takes the place of the one before.
    reason: Option<String>,
    checked_by: Named,
    checked_at: Instant,
}

impl RecordResultView {
    pub(super) fn new(result: RecordResult, people: &HashMap<Id, String>) -> Result<Self, Error> {
        Ok(Self {
            id: result.id,
            correct: result.is_correct,
            answers: serde_json::from_value(result.answers.0).map_err(Error::internal)?,
            note: result.note,
            reason: result.reason,
            checked_by: named(result.checked_by_id, people),
            checked_at: result.checked_at,
        })
    }
}

/// What was found in a record that a person answered for.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnResultView {
    #[serde(flatten)]
    result: RecordResultView,
    spot_check_id: Id,
    site_id: Id,
    ticket_id: Id,
    /// The ticket's number, as people read it out.
    #[schema(example = "R000123")]
    number: String,
    kind: Kind,
    person: Option<Named>,
}

impl OwnResultView {
    pub(super) const fn id(&self) -> Id {
        self.result.id
    }

    pub(super) fn new(ticket: &Ticket, result: RecordResult, people: &HashMap<Id, String>) -> Result<Self, Error> {
        Ok(Self {
            spot_check_id: result.spot_check_id,
            site_id: result.site_id,
            ticket_id: ticket.id,
            number: ticket.number(),
            kind: ticket.kind,
            person: result.person_id.map(|id| named(id, people)),
            result: RecordResultView::new(result, people)?,
        })
    }
}
