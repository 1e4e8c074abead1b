//! What people ask of a ticket: the bodies of its actions.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::lifecycle::Status;
use super::model::{LatenessReason, PauseReason, Severity};
use crate::sites::model::{Kind, Priority};
use crate::text::Text;
use crate::text_enum;
use crate::values::{Id, Instant};

/// To whom a ticket goes; at least one of the two.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"department_id": "0198c0de-0000-7000-8000-000000000001"}))]
pub struct AssignTicket {
    /// The department; without an assignee it goes into the department's pool.
    #[serde(default)]
    pub department_id: Option<Id>,
    /// The person; without a department it goes to theirs.
    #[serde(default)]
    pub assignee_id: Option<Id>,
}

/// To which department a ticket goes on, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "需要保洁先清理", "department_id": "0198c0de-0000-7000-8000-000000000001"}))]
pub struct TransferTicket {
    /// Why.
    pub reason: Text<500>,
    /// The other department.
    pub department_id: Id,
    /// A person there.
    #[serde(default)]
    pub assignee_id: Option<Id>,
}

/// Why: for going back to the desk, withdrawing, and opening again.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "灯又灭了"}))]
pub struct GiveReason {
    /// Why.
    pub reason: Text<500>,
}

/// What work waits for.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "waiting_parts", "note": "等 LED 驱动电源，明天上午到"}))]
pub struct PauseTicket {
    /// What for.
    pub reason: PauseReason,
    /// In words; needed for `other`.
    #[serde(default)]
    pub note: Option<Text<500>>,
    /// Photos.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
    /// When work goes on by itself; in the future, and no later than the standard lets work wait.
    #[serde(default)]
    pub until: Option<Instant>,
}

/// What was done.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "已更换驱动电源，灯亮了"}))]
pub struct ResolveTicket {
    /// In words, for the requester.
    pub result: Text<2000>,
    /// Why it was late; needed when it was.
    #[serde(default)]
    pub lateness_reason: Option<LatenessReason>,
    /// Photos.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
}

/// Which ticket stays, and why the two are one.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"into_id": "0198c0de-0000-7000-8000-000000000001", "reason": "同一盏灯"}))]
pub struct MergeTicket {
    /// The one that stays.
    pub into_id: Id,
    /// Why.
    pub reason: Text<500>,
}

/// Which tickets are about the same as this one, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"part_ids": ["0198c0de-0000-7000-8000-000000000001"], "reason": "同一处异味"}))]
pub struct GatherTickets {
    /// They become its parts.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub part_ids: Vec<Id>,
    /// Why.
    pub reason: Text<500>,
}

/// Which incident a ticket is part of, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"parent_id": "0198c0de-0000-7000-8000-000000000001", "reason": "同一次停水"}))]
pub struct AttachTicket {
    /// The incident.
    pub parent_id: Id,
    /// Why.
    pub reason: Text<500>,
}

/// How fast, how grave, what about; at least one of the three.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"priority": "urgent", "reason": "水越流越多"}))]
pub struct RegradeTicket {
    /// How fast.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// How grave.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// What about.
    #[serde(default)]
    pub category_id: Option<Id>,
    /// Why.
    pub reason: Text<500>,
}

/// Something said.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "师傅十分钟后到"}))]
pub struct SayOnTicket {
    /// The words.
    pub text: Text<2000>,
    /// Photos.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
}

/// How it was.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"score": 5, "tags": ["快", "态度好"], "comment": "谢谢"}))]
pub struct RateTicket {
    /// 1 (bad) to 5 (good).
    #[serde(deserialize_with = "crate::text::whole_number")]
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub score: i32,
    /// In single words.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[schema(max_items = 10)]
    pub tags: Vec<Text<20>>,
    /// In words.
    #[serde(default)]
    pub comment: Option<Text<1000>>,
    /// With 1 or 2: whether it shall be done again; who asks afterwards decides.
    #[serde(default)]
    pub reopen_wanted: bool,
}

text_enum! {
    /// Whose tickets to list.
    pub enum View {
        /// What I asked for.
        Own = "own",
        /// What was given to me.
        Assigned = "assigned",
        /// What my department has.
        Department = "department",
        /// What my desk looks after.
        Site = "site",
    }
}

/// Which tickets to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTickets {
    /// Whose. By default the desk sees its site, a technician the department, everyone else their own.
    #[param(inline)]
    pub view: Option<View>,
    /// Only this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<Status>,
    /// Only where something is (or nothing is) left to be done.
    pub open: Option<bool>,
    /// Only this department's.
    pub department_id: Option<Id>,
    /// Only this person's.
    pub assignee_id: Option<Id>,
    /// Only where a deadline has passed.
    pub overdue: Option<bool>,
    /// Only so grave.
    #[param(inline)]
    pub severity: Option<Severity>,
    /// Only what an authority passed on, or only what none did; for staff.
    pub from_regulator: Option<bool>,
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only about this shop.
    pub shop_id: Option<Id>,
    /// Only what is part of this incident, or was merged into this ticket.
    pub parent_id: Option<Id>,
    /// A ticket number (`R000123`), or the contact's telephone number.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    pub q: Option<String>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
