//! What a complaint has beyond its ticket.

use diesel::prelude::*;

use crate::db::schema::complaints;
use crate::text_enum;
use crate::tickets::model::Severity;
use crate::values::{Id, Instant, Json};

text_enum! {
    /// How grave a complaint is.
    pub enum Grade {
        /// The ordinary case.
        Normal = "normal",
        /// Many people, or spreading.
        MajorGroup = "major_group",
        /// Somebody was hurt, or could have been.
        MajorSafety = "major_safety",
    }
}

impl Grade {
    /// What it means for the ticket.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Normal => Severity::Normal,
            Self::MajorGroup | Self::MajorSafety => Severity::Major,
        }
    }
}

text_enum! {
    /// What came of a complaint.
    pub enum Outcome {
        /// They were right.
        Justified = "justified",
        /// They were right in part.
        PartlyJustified = "partly_justified",
        /// They were not right.
        NotJustified = "not_justified",
        /// They took it back.
        Withdrawn = "withdrawn",
    }
}

/// The row beside the ticket.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = complaints)]
#[diesel(primary_key(ticket_id))]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct Complaint {
    /// Its ticket.
    pub ticket_id: Id,
    /// Its site.
    pub site_id: Id,
    /// How grave it is.
    pub grade: Grade,
    /// How grave the rules thought it was when it came in, if graver than that.
    pub proposed_grade: Option<Grade>,
    /// Why they thought so: a list of words ([`super::grading::GradeSign`]).
    pub proposed_because: Option<Json>,
    /// Who decided on the grade; `None` while nobody has.
    pub graded_by_id: Option<Id>,
    /// When.
    pub graded_at: Option<Instant>,
    /// When it happened, as the person says.
    pub occurred_at: Option<Instant>,
    /// The department complained about.
    pub about_department_id: Option<Id>,
    /// The member of staff complained about.
    pub about_staff_id: Option<Id>,
    /// Whether it may get into the press or onto social media.
    pub is_media_risk: bool,
    /// What happened, as found out.
    pub facts: Option<String>,
    /// Why it happened.
    pub cause: Option<String>,
    /// Who answers for it.
    pub responsibility: Option<String>,
    /// What is done so that it does not happen again.
    pub measures: Option<String>,
    /// Who found out.
    pub investigated_by_id: Option<Id>,
    /// When.
    pub investigated_at: Option<Instant>,
    /// What the person was last offered.
    pub offer: Option<String>,
    /// When.
    pub offered_at: Option<Instant>,
    /// Whether they agree with it; `None` until they say.
    pub is_agreed: Option<bool>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// What they were paid, in fen.
    pub compensation_fen: Option<i64>,
    /// Who approved that.
    pub approved_by_id: Option<Id>,
    /// When the outcome was written down.
    pub concluded_at: Option<Instant>,
    /// The authority that passed it on, if one did.
    pub regulator_name: Option<String>,
    /// Its number there.
    pub regulator_reference: Option<String>,
    /// When the authority must have its answer.
    pub external_due_at: Option<Instant>,
    /// Whether that lies in a year whose holidays are not known yet.
    pub is_external_due_provisional: bool,
    /// When the authority's matter came.
    pub regulator_received_at: Option<Instant>,
    /// How many legal working days it gives.
    pub regulator_working_days: Option<i32>,
}
