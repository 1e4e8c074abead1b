//! Rows of claims, and the states they go through.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::{claim_answers, claims};
use crate::text_enum;
use crate::tickets::model::Channel;
use crate::values::{Id, Instant};

/// How long a claimant waits after each wrong try: so many tries there are, all claims of theirs on the item together. Ours.
pub const WAITS: [SignedDuration; 3] =
    [SignedDuration::from_mins(10), SignedDuration::from_hours(24), SignedDuration::from_hours(24)];
/// An item that was guessed at so often, by whomever, is only given out at the desk. Ours.
pub const MOST_WRONG_ANSWERS: i32 = 10;
/// As many claims a person may have open at once. Ours.
pub const MOST_OPEN: i64 = 5;
/// As many messages a claimant may write on a claim. Ours.
pub const MOST_MESSAGES: usize = 20;
/// So many wrong codes void the right one. Ours.
pub const MOST_WRONG_CODES: i32 = 5;
/// How long a pick-up code works.
pub const CODE_TIME: SignedDuration = SignedDuration::from_mins(10);
/// What names the claimant of a claim that came to nothing is kept so long. Ours.
pub const REFUSED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Who took something away is kept so long: within two years an owner may recover it from them (Civil Code art. 312).
pub const FULFILLED_KEPT: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);

text_enum! {
    /// Where a claim stands.
    pub enum ClaimStatus {
        /// To be decided.
        Open = "open",
        /// It is theirs: they may fetch it.
        Approved = "approved",
        /// One of two people signed that it was given to them.
        Signed = "signed",
        /// They have it.
        Fulfilled = "fulfilled",
        /// It is not theirs.
        Rejected = "rejected",
        /// They do not want it any more.
        Withdrawn = "withdrawn",
        /// The item left the desk meanwhile, for the police or for somebody else.
        Lapsed = "lapsed",
    }
}

text_enum! {
    /// What moves a claim on.
    pub enum ClaimMove {
        /// The desk says it is theirs.
        Approve = "approve",
        /// The desk says it is not, or takes back that it is.
        Reject = "reject",
        /// The claimant gives up.
        Withdraw = "withdraw",
        /// The first of two people signs.
        Sign = "sign",
        /// It was given to them.
        Fulfil = "fulfil",
        /// The item left the desk.
        Lapse = "lapse",
    }
}

impl ClaimStatus {
    /// Where a move leads from here, if it may be made here.
    #[must_use]
    pub const fn after(self, step: ClaimMove) -> Option<Self> {
        match (self, step) {
            (Self::Open, ClaimMove::Approve) => Some(Self::Approved),
            (Self::Open | Self::Approved | Self::Signed, ClaimMove::Reject) => Some(Self::Rejected),
            (Self::Open | Self::Approved, ClaimMove::Withdraw) => Some(Self::Withdrawn),
            (Self::Approved, ClaimMove::Sign) => Some(Self::Signed),
            (Self::Approved | Self::Signed, ClaimMove::Fulfil) => Some(Self::Fulfilled),
            (Self::Open, ClaimMove::Lapse) => Some(Self::Lapsed),
            _ => None,
        }
    }

    /// Whether the item is promised to this claim.
    #[must_use]
    pub const fn holds_item(self) -> bool {
        matches!(self, Self::Approved | Self::Signed)
    }

    /// Whether nothing more happens to it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Fulfilled | Self::Rejected | Self::Withdrawn | Self::Lapsed)
    }
}

text_enum! {
    /// What the answers of a claimant are worth. It says nothing of any single one.
    pub enum ClaimVerdict {
        /// They fit.
        Confirmed = "confirmed",
        /// They do not.
        NotConfirmed = "not_confirmed",
        /// They are not enough to tell.
        MoreNeeded = "more_needed",
    }
}

text_enum! {
    /// How an item gets to its owner.
    pub enum HandOverWay {
        /// They fetch it.
        InPerson = "in_person",
        /// A courier brings it, and they pay for that.
        Courier = "courier",
    }
}

text_enum! {
    /// The paper by which a claimant showed who they are.
    pub enum IdentityKind {
        /// 居民身份证
        IdCard = "id_card",
        /// 护照
        Passport = "passport",
        /// 驾驶证
        DrivingLicence = "driving_licence",
        /// 港澳居民来往内地通行证, 台湾居民来往大陆通行证
        TravelPermit = "travel_permit",
        /// Another paper with a photo.
        Other = "other",
    }
}

text_enum! {
    /// What proves that the claimant has it.
    pub enum Proof {
        /// Their signature, as an image.
        Signature = "signature",
        /// The one-time code from their own phone.
        Code = "code",
    }
}

/// A claim.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = claims)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
pub struct Claim {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The site.
    pub site_id: Id,
    /// The item.
    pub item_id: Id,
    /// The report it is about, if there is one.
    pub report_id: Option<Id>,
    /// Where it stands.
    pub status: ClaimStatus,
    /// How it came in.
    pub channel: Channel,
    /// Whose it is said to be, if they have an account.
    pub claimant_id: Option<Id>,
    /// Who of the mall's own people wrote it down.
    pub filed_by_id: Option<Id>,
    /// Whom to ask for.
    pub contact_name: Option<String>,
    /// Their number, sealed.
    pub contact_phone_sealed: Option<Vec<u8>>,
    /// Their number, masked.
    pub contact_phone_masked: Option<String>,
    /// In the claimant's words.
    pub statement: Option<String>,
    /// What their answers were worth last.
    pub verdict: Option<ClaimVerdict>,
    /// How often they answered all questions.
    pub tries: i32,
    /// Before that they cannot try again.
    pub next_try_at: Option<Instant>,
    /// What the desk wants to know besides.
    pub asked: Option<String>,
    /// Who decided.
    pub decided_by_id: Option<Id>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
    /// What is kept of the pick-up code.
    pub code_hash: Option<Vec<u8>>,
    /// Until when it works.
    pub code_expires_at: Option<Instant>,
    /// How it was given to them.
    pub way: Option<HandOverWay>,
    /// By which paper they showed who they are.
    pub identity_kind: Option<IdentityKind>,
    /// Its last four characters. More is never kept.
    pub identity_last4: Option<String>,
    /// What proves that they have it.
    pub proof: Option<Proof>,
    /// The image of their signature.
    pub signature_id: Option<Id>,
    /// Who carried it.
    pub carrier: Option<String>,
    /// Their number for it.
    pub tracking_number: Option<String>,
    /// What the owner paid for that, in fen.
    pub fee_fen: Option<i64>,
    /// Where it went, sealed.
    pub address_sealed: Option<Vec<u8>>,
    /// Who gave it to them.
    pub handed_by_id: Option<Id>,
    /// What they were called then.
    pub handed_by_name: Option<String>,
    /// When.
    pub handed_at: Option<Instant>,
    /// Who stood by, for valuables and cash.
    pub witness_id: Option<Id>,
    /// What they were called then.
    pub witness_name: Option<String>,
    /// When they signed.
    pub witnessed_at: Option<Instant>,
    /// Counts changes, for `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it was over.
    pub ended_at: Option<Instant>,
    /// When what names a person was forgotten.
    pub erased_at: Option<Instant>,
    /// How often somebody came with another code than the newest.
    pub wrong_codes: i32,
}

impl Claim {
    /// What the first of two people signed did not happen.
    pub(super) fn forget_hand_over(&mut self) {
        (self.way, self.proof, self.signature_id, self.handed_at) = (None, None, None, None);
        (self.identity_kind, self.identity_last4) = (None, None);
        (self.handed_by_id, self.handed_by_name) = (None, None);
        (self.carrier, self.tracking_number, self.fee_fen, self.address_sealed) = (None, None, None, None);
    }
}

/// A claim with the number that people read out.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = claims)]
pub struct Numbered {
    /// Behind the number.
    pub seq: i64,
    /// The claim.
    #[diesel(embed)]
    pub claim: Claim,
}

/// The number that people read out: `K000123`.
#[must_use]
pub fn number(seq: i64) -> String {
    format!("K{seq:06}")
}

/// What a claimant answered once.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = claim_answers)]
pub struct AnswerRow {
    /// Identifier; sorts by time.
    pub id: Id,
    /// The claim.
    pub claim_id: Id,
    /// When.
    pub at: Instant,
    /// A sealed JSON list of [`super::answers::Said`].
    pub answers_sealed: Vec<u8>,
    /// What it was worth.
    pub verdict: ClaimVerdict,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// Only this person's.
    pub claimant_id: Option<Id>,
    /// The sites; `None` is every site.
    pub sites: Option<Vec<Id>>,
    /// Only at this status.
    pub status: Option<ClaimStatus>,
    /// Only on this item.
    pub item_id: Option<Id>,
    /// Only older ones.
    pub before: Option<Id>,
}
