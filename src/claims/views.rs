//! Claims as JSON: what the claimant sees, and what only the desk sees.

use serde::Serialize;
use utoipa::ToSchema;

use super::answers::Said;
use super::model::{Claim, ClaimStatus, ClaimVerdict, HandOverWay, IdentityKind, Numbered, Proof, WAITS, number};
use crate::http::output::Answer;
use crate::text::Discreet;
use crate::tickets::model::Channel;
use crate::values::{Id, Instant};

/// A claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimView {
    pub(super) id: Id,
    /// What people read out.
    #[schema(example = "K000123")]
    number: String,
    site_id: Id,
    item_id: Id,
    /// The item's number.
    #[schema(example = "F000123")]
    item_number: String,
    lost_report_id: Option<Id>,
    status: ClaimStatus,
    /// What the answers were worth, all together.
    verdict: Option<ClaimVerdict>,
    /// What only the owner can answer; while that helps. Lists leave it out.
    questions: Vec<Question>,
    /// How often all questions were answered in this claim.
    tries: i32,
    /// How often they can be, all claims on the item together.
    most_tries: usize,
    /// Before that they cannot be answered again.
    next_try_at: Option<Instant>,
    /// What the desk wants to know besides.
    asked: Option<String>,
    /// Why it was decided so; of a lapsed claim, the police station that has the item, if one has it.
    reason: Option<String>,
    decided_at: Option<Instant>,
    /// The receipt.
    hand_over: Option<HandOverView>,
    /// What only the desk sees; `null` for the claimant. Lists leave it out.
    desk: Option<DeskClaim>,
    created_at: Instant,
    ended_at: Option<Instant>,
    /// Counts changes; the `ETag`.
    version: i32,
}

impl Answer for ClaimView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }

    fn is_private(&self) -> bool {
        true
    }
}

/// Something that only the owner can answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Question {
    /// Name it in `answers`.
    mark_id: Id,
    question: Discreet<100>,
}

/// How an item was given to its owner.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandOverView {
    at: Instant,
    way: HandOverWay,
    /// Who gave it.
    by_name: Option<String>,
    /// Who stood by; of valuables and cash, whose word is still missing if `null`.
    witness_name: Option<String>,
    identity_kind: Option<IdentityKind>,
    identity_last4: Option<String>,
    proof: Option<Proof>,
    carrier: Option<String>,
    tracking_number: Option<String>,
    /// What the owner paid the courier, in fen.
    fee_fen: Option<i64>,
}

/// What only the desk sees of a claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskClaim {
    channel: Channel,
    /// Whether the claimant is who handed it in.
    by_finder: bool,
    contact_name: Option<String>,
    /// The number to call, masked.
    contact_phone: Option<String>,
    statement: Option<String>,
    /// What was answered, oldest first.
    answers: Vec<AnsweredView>,
    decided_by_id: Option<Id>,
    /// The image of the claimant's signature.
    signature_id: Option<Id>,
}

/// Whom to call about a claim, in full, and where a courier brought the thing. Each look is written down.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimContact {
    /// Whom to ask for.
    pub name: Option<String>,
    /// The number in full.
    #[schema(example = "+8613812341234")]
    pub phone: Option<String>,
    /// The courier's address.
    #[schema(example = "杭州市西湖区文三路 1 号")]
    pub address: Option<String>,
}

impl Answer for ClaimContact {}

/// What a claimant answered once.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnsweredView {
    at: Instant,
    verdict: ClaimVerdict,
    answers: Vec<SaidView>,
}

/// One of those answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaidView {
    /// What was asked; `null` for free words.
    question: Option<String>,
    text: String,
    /// Whether it was right; `null` if it was not compared.
    right: Option<bool>,
}

impl DeskClaim {
    pub(super) fn new(claim: &Claim, answers: Vec<(Instant, ClaimVerdict, Vec<Said>)>, by_finder: bool) -> Self {
        let said = |one: Said| SaidView { question: one.question, text: one.text, right: one.is_right };
        let answered = |(at, verdict, answers): (_, _, Vec<Said>)| AnsweredView {
            at,
            verdict,
            answers: answers.into_iter().map(said).collect(),
        };
        Self {
            channel: claim.channel,
            by_finder,
            contact_name: claim.contact_name.clone(),
            contact_phone: claim.contact_phone_masked.clone(),
            statement: claim.statement.clone(),
            answers: answers.into_iter().map(answered).collect(),
            decided_by_id: claim.decided_by_id,
            signature_id: claim.signature_id,
        }
    }
}

impl ClaimView {
    pub(super) fn new(
        one: Numbered,
        item_number: String,
        questions: Vec<(Id, Discreet<100>)>,
        desk: Option<DeskClaim>,
    ) -> Self {
        let Numbered { seq, claim } = one;
        let hand_over = claim.handed_at.zip(claim.way).map(|(at, way)| HandOverView {
            at,
            way,
            by_name: claim.handed_by_name,
            witness_name: claim.witness_name,
            identity_kind: claim.identity_kind,
            identity_last4: claim.identity_last4,
            proof: claim.proof,
            carrier: claim.carrier,
            tracking_number: claim.tracking_number,
            fee_fen: claim.fee_fen,
        });
        Self {
            id: claim.id,
            number: number(seq),
            site_id: claim.site_id,
            item_id: claim.item_id,
            item_number,
            lost_report_id: claim.report_id,
            status: claim.status,
            verdict: claim.verdict,
            questions: questions.into_iter().map(|(mark_id, question)| Question { mark_id, question }).collect(),
            tries: claim.tries,
            most_tries: WAITS.len(),
            next_try_at: claim.next_try_at,
            asked: claim.asked,
            reason: claim.reason,
            decided_at: claim.decided_at,
            hand_over,
            desk,
            created_at: claim.created_at,
            ended_at: claim.ended_at,
            version: claim.version,
        }
    }
}
