//! Rentals as JSON.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    Entry, EntryKind, Rental, RentalAction, RentalRow, RentalStatus, ReturnedBy, Trouble, TroubleKind, number,
};
use super::money::can_still_be_damaged;
use crate::attachments::api::AttachmentView;
use crate::error::Error;
use crate::http::output::Answer;
use crate::rental::fees;
use crate::rental::policy::{Deposit, Policy};
use crate::sites::model::Named;
use crate::stations::lending::Lending;
use crate::values::{Id, Instant};

/// A thing that is lent, by what stands on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitRef {
    /// Identifier.
    id: Id,
    /// What stands on it.
    #[schema(example = "U-0001")]
    code: String,
}

/// A movement of what somebody owes or has left.
#[derive(Debug, Serialize, ToSchema)]
pub struct RentalEntryView {
    kind: EntryKind,
    /// How much, in fen.
    amount_fen: i64,
    note: Option<String>,
    at: Instant,
}

/// A trouble with a rental, and what was decided about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TroubleView {
    id: Id,
    kind: TroubleKind,
    /// In the words of who said so; `null` if Yijian did.
    note: Option<String>,
    /// What it would cost by the rules, in fen.
    proposed_fen: i64,
    /// What it costs, in fen, once that is decided.
    decided_fen: Option<i64>,
    decided_at: Option<Instant>,
    /// Why.
    decision_reason: Option<String>,
    photos: Vec<AttachmentView>,
    created_at: Instant,
}

/// Who has a thing, for the desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct BorrowerView {
    /// Their account, if they have one.
    id: Option<Id>,
    name: Option<String>,
    /// Their number, masked. Lists leave it out for those who have an account.
    phone: Option<String>,
    /// The adult who answers for a minor.
    adult_name: Option<String>,
    /// Their number, masked.
    adult_phone: Option<String>,
}

/// A rental.
#[derive(Debug, Serialize, ToSchema)]
pub struct RentalView {
    /// Identifier.
    id: Id,
    /// What people read out.
    #[schema(example = "B000123")]
    number: String,
    site: Named,
    status: RentalStatus,
    /// The thing.
    unit: UnitRef,
    item_type: Named,
    /// Where it was borrowed.
    from_station: Named,
    /// Where it was given back.
    to_station: Option<Named>,
    /// Until when it is kept for the borrower.
    reserved_until: Option<Instant>,
    /// When it was handed out.
    started_at: Option<Instant>,
    /// Until when it costs nothing.
    free_until: Option<Instant>,
    /// When it must be back.
    due_at: Option<Instant>,
    is_overdue: bool,
    extended_at: Option<Instant>,
    returned_at: Option<Instant>,
    returned_by: Option<ReturnedBy>,
    /// What having it cost, in fen; while it is out, what it would cost if it came back now.
    fee_fen: i64,
    /// What was charged so far, in fen.
    charged_fen: i64,
    /// What was paid so far, in fen.
    paid_fen: i64,
    /// What is still to be paid, in fen; less than nothing is to be paid back.
    owed_fen: i64,
    /// What was left as a deposit and not given back yet, in fen.
    deposit_fen: i64,
    deposit: Deposit,
    /// For `wx.openBusinessView`, while the borrower has to confirm in WeChat.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    payscore_package: Option<String>,
    /// How many troubles wait for a decision.
    open_reports: i32,
    /// Since when nothing is open any more.
    settled_at: Option<Instant>,
    /// The rules it began with.
    policy: Policy,
    /// Who has it; for the desk only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    borrower: Option<BorrowerView>,
    /// Its ledger; its own page only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    entries: Option<Vec<RentalEntryView>>,
    /// What was wrong with it; its own page only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reports: Option<Vec<TroubleView>>,
    /// What can be done now.
    allowed: Vec<RentalAction>,
    created_at: Instant,
    ended_at: Option<Instant>,
    version: i32,
}

impl Answer for RentalView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

/// What only the page of a rental itself shows.
pub(super) struct Details {
    pub(super) entries: Vec<Entry>,
    pub(super) troubles: Vec<Trouble>,
    pub(super) photos: Vec<(Id, AttachmentView)>,
    pub(super) borrower_phone: Option<String>,
}

impl RentalView {
    /// Identifier.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    pub(super) fn new(
        row: RentalRow,
        lending: &Lending,
        // For a desk, with what borrowers are called.
        desk: Option<&HashMap<Id, String>>,
        now: Instant,
        payscore_package: Option<String>,
        details: Option<Details>,
    ) -> Result<Self, Error> {
        let RentalRow { rental, unit_code } = row;
        let policy = rental.policy()?;
        let fee_fen = match rental.started_at {
            Some(at) if rental.status == RentalStatus::Lent => fees::fee(&policy, &lending.zone, at.0, now.0),
            _ => rental.fee_fen,
        };
        let free = jiff::SignedDuration::from_secs(policy.free_seconds.into());
        let station = |id: Id| lending.station(id).map(crate::stations::lending::StationEntry::named);
        let (mut entries, mut reports, mut phone) = (None, None, rental.contact_phone_masked.clone());
        if let Some(details) = details {
            phone = details.borrower_phone;
            entries = Some(details.entries.into_iter().map(RentalEntryView::from).collect());
            let mut photos = details.photos;
            let view = |trouble: Trouble| {
                let (mine, others): (Vec<_>, Vec<_>) =
                    std::mem::take(&mut photos).into_iter().partition(|(id, _)| *id == trouble.id);
                photos = others;
                TroubleView::new(trouble, mine.into_iter().map(|(_, photo)| photo).collect())
            };
            reports = Some(details.troubles.into_iter().map(view).collect());
        }
        let borrower = desk.map(|names| BorrowerView {
            id: rental.borrower_id,
            name: rental.borrower_id.and_then(|id| names.get(&id).cloned()).or_else(|| rental.contact_name.clone()),
            phone,
            adult_name: rental.adult_name.clone(),
            adult_phone: rental.adult_phone_masked.clone(),
        });
        Ok(Self {
            id: rental.id,
            number: number(rental.seq),
            site: lending.site.clone(),
            status: rental.status,
            unit: UnitRef { id: rental.unit_id, code: unit_code },
            item_type: lending.kind(rental.type_id)?.named(),
            from_station: station(rental.from_station_id)?,
            to_station: rental.to_station_id.map(station).transpose()?,
            reserved_until: rental.reserved_until,
            started_at: rental.started_at,
            free_until: rental.started_at.map(|at| at + free),
            due_at: rental.due_at,
            is_overdue: rental.is_overdue(now),
            extended_at: rental.extended_at,
            returned_at: rental.returned_at,
            returned_by: rental.returned_by,
            fee_fen,
            charged_fen: rental.charged_fen,
            paid_fen: rental.paid_fen,
            owed_fen: rental.owed_fen(),
            deposit_fen: rental.deposit_fen,
            deposit: policy.deposit,
            payscore_package,
            open_reports: rental.open_reports,
            settled_at: rental.settled_at,
            allowed: allowed(&rental, &policy, desk.is_some(), now),
            policy,
            borrower,
            entries,
            reports,
            created_at: rental.created_at,
            ended_at: rental.ended_at,
            version: rental.version,
        })
    }
}

impl From<Entry> for RentalEntryView {
    fn from(entry: Entry) -> Self {
        let Entry { kind, amount_fen, note, created_at, .. } = entry;
        Self { kind, amount_fen, note, at: created_at }
    }
}

impl TroubleView {
    fn new(trouble: Trouble, photos: Vec<AttachmentView>) -> Self {
        Self {
            id: trouble.id,
            kind: trouble.kind,
            note: trouble.note,
            proposed_fen: trouble.proposed_fen,
            decided_fen: trouble.decided_fen,
            decided_at: trouble.decided_at,
            decision_reason: trouble.decision_reason,
            photos,
            created_at: trouble.created_at,
        }
    }
}

/// What the borrower, or the desk, can do with a rental now.
pub(super) fn allowed(rental: &Rental, policy: &Policy, is_desk: bool, now: Instant) -> Vec<RentalAction> {
    let mut actions = match rental.status {
        RentalStatus::Reserved => vec![RentalAction::Cancel],
        RentalStatus::Confirming => vec![RentalAction::Cancel, RentalAction::Payscore],
        RentalStatus::Lent => vec![RentalAction::Return, RentalAction::Report],
        _ => Vec::new(),
    };
    let can_extend = policy.extension_seconds > 0;
    if rental.status == RentalStatus::Lent && can_extend && rental.extended_at.is_none() && !rental.is_overdue(now) {
        actions.push(RentalAction::Extend);
    }
    if is_desk && !rental.status.is_open() && rental.open_reports > 0 {
        actions.push(RentalAction::Settle);
    }
    if is_desk && rental.status == RentalStatus::Returned && can_still_be_damaged(rental, now) {
        actions.push(RentalAction::Report);
    }
    if is_desk && (rental.owed_fen() != 0 || (rental.deposit_fen > 0 && !rental.status.is_open())) {
        actions.push(RentalAction::Pay);
    }
    actions
}
