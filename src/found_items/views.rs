//! Found items as JSON: what anyone may see, and what only the desk sees.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{FoundItem, ItemStatus, Numbered, number};
use crate::attachments::api::AttachmentView;
use crate::http::output::Answer;
use crate::lost_found::categories::{ItemCategory, ValueClass};
use crate::lost_found::colours::Colours;
use crate::retention::api::DisposalView;
use crate::sites::model::{Named, Names};
use crate::text::Discreet;
use crate::values::{Id, Instant};

/// A found item, for its finder and for the desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundItemView {
    /// Identifier.
    pub id: Id,
    /// What people read out.
    #[schema(example = "F000123")]
    number: String,
    site_id: Id,
    status: ItemStatus,
    category: ItemCategory,
    #[schema(value_type = Vec<crate::lost_found::colours::Colour>)]
    colours: Colours,
    brand: Option<String>,
    /// What anyone may know of it.
    description: String,
    found_at: Instant,
    location: Option<Named>,
    /// For whoever handed it in: what to ask by.
    #[schema(example = "F000123")]
    receipt_number: String,
    photos: Vec<AttachmentView>,
    /// What only the desk sees; `null` for everyone else.
    desk: Option<DeskFacts>,
    created_at: Instant,
    /// When it left the desk's custody.
    ended_at: Option<Instant>,
    /// Counts changes; the `ETag`.
    version: i32,
}

impl Answer for FoundItemView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }

    fn is_private(&self) -> bool {
        true
    }
}

/// What only the desk sees of an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskFacts {
    value_class: ValueClass,
    /// In fen.
    cash_fen: Option<i64>,
    /// Whether anyone may read its words: not a visitor's before the desk gave its own, nor those of papers, cards and money.
    words_are_public: bool,
    /// Where exactly it was found.
    place_note: Option<String>,
    finder_name: Option<String>,
    /// The finder's number, masked.
    finder_phone: Option<String>,
    storage_place: Option<String>,
    seal_number: Option<String>,
    /// Questions that only the owner can answer. Lists leave them out.
    marks: Vec<Mark>,
    /// Which of the photos anyone may see.
    public_photo_ids: Vec<Id>,
    /// Whether its owner is known and has an account.
    owner_known: bool,
    kept_since: Option<Instant>,
    /// Until when it is kept for its owner.
    keep_until: Option<Instant>,
    /// Whether that lies beyond the last known list of holidays.
    keep_until_is_provisional: bool,
    /// How often claimants answered wrong, all together.
    wrong_answers: i32,
    police_handover_id: Option<Id>,
    /// The newest proposal to dispose of it. Lists leave it out.
    disposal: Option<DisposalView>,
}

/// A question that only the owner can answer, and what counts as right. Kept sealed; nobody but the desk ever reads it.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "锁屏壁纸是什么？", "answers": ["小狗", "柴犬"]}))]
pub struct Mark {
    /// What the claimant is asked. It must not give the answer away.
    pub question: Discreet<100>,
    /// What counts as right: each way of saying it.
    #[validate(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub answers: Vec<Discreet<40>>,
}

/// A photo, and whether anyone may see it.
pub(super) struct Photo {
    pub(super) view: AttachmentView,
    pub(super) is_public: bool,
}

impl FoundItemView {
    pub(super) fn new(
        one: Numbered,
        names: &Names,
        photos: Vec<Photo>,
        desk: Option<(Vec<Mark>, Option<DisposalView>)>,
    ) -> Self {
        let Numbered { seq, item } = one;
        let public_photo_ids = photos.iter().filter(|one| one.is_public).map(|one| one.view.id).collect();
        let category = ItemCategory(item.kind());
        let words_are_public = item.words_are_public();
        let desk = desk.map(|(marks, disposal)| DeskFacts {
            value_class: item.value_class,
            cash_fen: item.cash_fen,
            words_are_public,
            place_note: item.place_note,
            finder_name: item.finder_name,
            finder_phone: item.finder_phone_masked,
            storage_place: item.storage_place,
            seal_number: item.seal_number,
            marks,
            public_photo_ids,
            owner_known: item.owner_id.is_some(),
            kept_since: item.kept_since,
            keep_until: item.keep_until,
            keep_until_is_provisional: item.is_keep_until_provisional,
            wrong_answers: item.wrong_answers,
            police_handover_id: item.police_handover_id,
            disposal,
        });
        Self {
            id: item.id,
            number: number(seq),
            site_id: item.site_id,
            status: item.status,
            category,
            colours: colours(item.colours),
            brand: item.brand,
            description: item.description,
            found_at: item.found_at,
            location: names.of(Some(item.location_id)),
            receipt_number: number(seq),
            photos: photos.into_iter().map(|one| one.view).collect(),
            desk,
            created_at: item.created_at,
            ended_at: item.ended_at,
            version: item.version,
        }
    }
}

/// Stored colours. Bits that are no colour say nothing.
pub(crate) fn colours(bits: i32) -> Colours {
    u32::try_from(bits).ok().and_then(Colours::from_bits).unwrap_or_default()
}

/// A found item as anyone may see it: no marks, no photo or words of papers, cards and money, no exact time or place.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicItemView {
    /// Name it to claim it.
    pub id: Id,
    /// What people read out.
    #[schema(example = "F000123")]
    number: String,
    category: ItemCategory,
    #[schema(value_type = Vec<crate::lost_found::colours::Colour>)]
    colours: Colours,
    brand: Option<String>,
    /// The desk's words; `null` for papers, cards and money, and while there are a visitor's alone.
    description: Option<String>,
    /// The day, in the site's zone.
    #[schema(value_type = String, format = Date)]
    found_on: jiff::civil::Date,
    /// The floor, or what else is outermost.
    area: Option<String>,
    photos: Vec<AttachmentView>,
}

impl PublicItemView {
    pub(super) fn new(
        one: Numbered,
        found_on: jiff::civil::Date,
        area: Option<String>,
        photos: Vec<AttachmentView>,
    ) -> Self {
        let Numbered { seq, item } = one;
        let (is_described, is_pictured) = (item.words_are_public(), item.may_be_pictured());
        Self {
            id: item.id,
            number: number(seq),
            category: ItemCategory(item.kind()),
            colours: colours(item.colours),
            brand: brand(&item, is_described),
            description: is_described.then_some(item.description),
            found_on,
            area,
            photos: if is_pictured { photos } else { Vec::new() },
        }
    }
}

fn brand(item: &FoundItem, is_described: bool) -> Option<String> {
    item.brand.clone().filter(|_| is_described)
}
