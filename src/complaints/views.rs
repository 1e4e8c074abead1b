//! A complaint as people see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Complaint, Grade, Outcome};
use crate::http::output::Answer;
use crate::sites::model::{Named, Names};
use crate::tickets::views::{OpenTicket, TicketView};
use crate::values::{Id, Instant, Json};

/// A complaint: its ticket, and what it has beyond that.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintView {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: TicketView,
    /// What a complaint has beyond its ticket.
    pub complaint: ComplaintDetails,
}

impl Answer for ComplaintView {
    fn version(&self) -> Option<i32> {
        self.ticket.version()
    }
}

/// A complaint that was just filed, and what was open at the same place before: perhaps one of these says it already.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiledComplaint {
    /// The complaint.
    #[serde(flatten)]
    pub filed: ComplaintView,
    /// Tickets that were open there already.
    pub open_on_same: Vec<OpenTicket>,
}

impl Answer for FiledComplaint {
    fn version(&self) -> Option<i32> {
        self.filed.version()
    }
}

/// What a complaint has beyond its ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintDetails {
    /// How grave it is.
    pub grade: Grade,
    /// When it happened, as the person says.
    pub occurred_at: Option<Instant>,
    /// The department complained about.
    pub about_department: Option<Named>,
    /// The member of staff complained about.
    pub about_staff: Option<Named>,
    /// What the person was last offered.
    pub offer: Option<String>,
    /// When.
    pub offered_at: Option<Instant>,
    /// Whether they agree with it; `null` until they say.
    pub is_agreed: Option<bool>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// What they were paid, in fen.
    pub compensation_fen: Option<i64>,
    /// When the outcome was written down.
    pub concluded_at: Option<Instant>,
    /// What only staff see; `null` for everyone else.
    pub internal: Option<InternalDetails>,
}

/// What only staff see of a complaint.
#[derive(Debug, Serialize, ToSchema)]
pub struct InternalDetails {
    /// How grave the rules think it is, if graver than its grade was when it came in.
    pub proposed_grade: Option<Grade>,
    /// Why: `category`, `injury_words`, `group_words`, `similar`, `media_risk`.
    #[schema(value_type = Option<Vec<super::grading::GradeSign>>)]
    pub proposed_because: Option<Json>,
    /// When somebody decided on the grade; `null` while nobody has.
    pub graded_at: Option<Instant>,
    /// Who decided.
    pub graded_by_id: Option<Id>,
    /// Whether it may get into the press or onto social media.
    pub is_media_risk: bool,
    /// What was found out.
    pub investigation: Option<InvestigationView>,
    /// Who approved the compensation.
    pub approved_by_id: Option<Id>,
    /// The authority that passed it on.
    pub regulator: Option<RegulatorView>,
}

/// What was found out.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvestigationView {
    /// What happened.
    pub facts: Option<String>,
    /// Why.
    pub cause: Option<String>,
    /// Who answers for it.
    pub responsibility: Option<String>,
    /// What is done so that it does not happen again.
    pub measures: Option<String>,
    /// By whom.
    pub by_id: Option<Id>,
    /// When.
    pub at: Instant,
}

/// The authority that passed a complaint on, and its deadline.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegulatorView {
    /// What it is called.
    pub name: String,
    /// Its number there.
    pub reference: Option<String>,
    /// When it must have its answer.
    pub external_due_at: Option<Instant>,
    /// Whether that lies in a year whose holidays are not known yet.
    pub is_provisional: bool,
}

impl ComplaintDetails {
    pub(super) fn new(row: Complaint, names: &Names, staff_name: Option<Named>, is_staff: bool) -> Self {
        let internal = is_staff.then(|| InternalDetails {
            proposed_grade: row.proposed_grade,
            proposed_because: row.proposed_because,
            graded_at: row.graded_at,
            graded_by_id: row.graded_by_id,
            is_media_risk: row.is_media_risk,
            investigation: row.investigated_at.map(|at| InvestigationView {
                facts: row.facts,
                cause: row.cause,
                responsibility: row.responsibility,
                measures: row.measures,
                by_id: row.investigated_by_id,
                at,
            }),
            approved_by_id: row.approved_by_id,
            regulator: row.regulator_name.map(|name| RegulatorView {
                name,
                reference: row.regulator_reference,
                external_due_at: row.external_due_at,
                is_provisional: row.is_external_due_provisional,
            }),
        });
        Self {
            grade: row.grade,
            occurred_at: row.occurred_at,
            about_department: names.of(row.about_department_id),
            about_staff: staff_name,
            offer: row.offer,
            offered_at: row.offered_at,
            is_agreed: row.is_agreed,
            outcome: row.outcome,
            compensation_fen: row.compensation_fen,
            concluded_at: row.concluded_at,
            internal,
        }
    }
}
