//! `/found_items` and `/item_categories`.

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::ItemStatus;
use super::views::{FoundItemView, Mark, PublicItemView};
use super::{correct, display, service};
use crate::accounts::model::{SignedIn, Staff};
use crate::app::App;
use crate::http::auth::Anyone;
use crate::http::edge;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output;
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::lost_found::categories::{self, ItemCategory, ValueClass};
use crate::lost_found::colours::Colours;
use crate::text::{Discreet, Phone};
use crate::tickets::commands::GiveReason;
use crate::tickets::views::FullContact;
use crate::values::{Id, Instant};

/// Registers this feature's operations. `public` stands before `{id}`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_item_categories)
        .service(register_found_item)
        .service(list_found_items)
        .service(list_public_items)
        // With another method it is no item either.
        .route("/found_items/public", web::route().to(edge::no_such_operation))
        .service(get_found_item)
        .service(get_finder_contact)
        .service(correct_found_item)
        .service(confirm_found_item)
        .service(store_found_item)
        .service(withdraw_found_item)
        .service(name_owner);
}

/// Something that was found.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scene": "e=7K2M9QXR4TBW", "description": "黑色手机一部", "category": "phone"}))]
pub struct RegisterItem {
    /// The code scanned at the place; this or `location_id`.
    #[serde(default)]
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128)]
    pub scene: Option<String>,
    /// Where it was found.
    #[serde(default)]
    pub location_id: Option<Id>,
    /// What it is. Of a visitor's words nobody but the desk reads any; the desk's own are public: nothing in them that only
    /// its owner can know.
    pub description: Discreet<500>,
    /// What it is; `other` if nobody says.
    #[serde(default)]
    pub category: Option<ItemCategory>,
    /// Its colours.
    #[serde(default)]
    #[schema(value_type = Vec<crate::lost_found::colours::Colour>)]
    pub colours: Colours,
    /// Its maker.
    #[serde(default)]
    pub brand: Option<Discreet<40>>,
    /// When it was found, if not just now.
    #[serde(default)]
    pub found_at: Option<Instant>,
    /// Photos.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
    /// By the desk: it is here, and this is how it is kept. Without it the desk waits for the item.
    #[serde(default)]
    #[validate(nested)]
    pub take_in: Option<TakeIn>,
}

/// How the desk takes an item into custody.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"description": "黑色手机，带透明壳", "storage_place": "服务台 A 柜 3 层",
    "marks": [{"question": "锁屏壁纸是什么？", "answers": ["小狗", "柴犬"]}, {"question": "手机壳背面贴了什么？", "answers": ["星星贴纸"]}]}))]
pub struct TakeIn {
    /// What anyone may know of it, in the desk's words. Who handed it in may have written more than that: until the desk
    /// gives its own words, here or by a correction, nobody else reads any.
    #[serde(default)]
    pub description: Option<Discreet<500>>,
    /// Where it lies from now on.
    pub storage_place: Discreet<100>,
    /// How it is to be kept; what its category says if left out.
    #[serde(default)]
    pub value_class: Option<ValueClass>,
    /// How much money it is or has in it, in fen; needed for cash.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 1_000_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub cash_fen: Option<i32>,
    /// On its bag; needed for valuables and cash.
    #[serde(default)]
    pub seal_number: Option<Discreet<40>>,
    /// The colleague who stands by; needed for valuables and cash.
    #[serde(default)]
    pub witness_id: Option<Id>,
    /// Where exactly it was found; never public.
    #[serde(default)]
    pub place_note: Option<Discreet<200>>,
    /// Questions that only the owner can answer. An item with fewer than two is given out at the desk only.
    #[serde(default)]
    #[validate(length(max = 6), nested)]
    #[schema(max_items = 6)]
    pub marks: Vec<Mark>,
    /// Photos of it that anyone may see; never of papers, cards, money, and what else has no `public_photo`.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub public_photo_ids: Vec<Id>,
    /// Who found it, if they are not known by their account.
    #[serde(default)]
    #[validate(nested)]
    pub finder: Option<Finder>,
    /// The owner's number, if the item says whose it is and they have an account: they are told at once.
    #[serde(default)]
    pub owner_phone: Option<Phone>,
}

/// Whom to thank.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "赵女士", "phone": "13812340000"}))]
pub struct Finder {
    /// Their name.
    #[serde(default)]
    pub name: Option<Discreet<40>>,
    /// Their number; an account bound to it sees what becomes of the item.
    #[serde(default)]
    pub phone: Option<Phone>,
}

/// What is known of an item, corrected: all of it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"description": "黑色手机，带透明壳", "category": "phone", "colours": ["black"],
    "location_id": "0198c0de-0000-7000-8000-000000000001", "found_at": "2026-11-22T02:30:00.000Z"}))]
pub struct CorrectItem {
    /// What anyone may know of it.
    pub description: Discreet<500>,
    /// What it is.
    pub category: ItemCategory,
    /// How it is to be kept, if that changes; what was kept as its category says goes with the category.
    #[serde(default)]
    pub value_class: Option<ValueClass>,
    /// How much money it is or has in it, in fen; left out, that stays. Another sum takes a colleague.
    #[serde(default, deserialize_with = "crate::text::maybe_whole_number")]
    #[validate(range(min = 1, max = 1_000_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub cash_fen: Option<i32>,
    /// The seal on its bag; needed when it becomes a valuable or cash. Another seal of these takes a colleague.
    #[serde(default)]
    pub seal_number: Option<Discreet<40>>,
    /// The colleague who stands by; needed when it becomes a valuable or cash or was one, and when their sum or seal changes.
    #[serde(default)]
    pub witness_id: Option<Id>,
    /// Its colours.
    #[schema(value_type = Vec<crate::lost_found::colours::Colour>)]
    pub colours: Colours,
    /// Its maker.
    #[serde(default)]
    pub brand: Option<Discreet<40>>,
    /// Where it was found.
    pub location_id: Id,
    /// Where exactly.
    #[serde(default)]
    pub place_note: Option<Discreet<200>>,
    /// When it was found.
    pub found_at: Instant,
    /// New questions in place of the old ones; left out, those stay.
    #[serde(default)]
    #[validate(length(max = 6), nested)]
    #[schema(max_items = 6)]
    pub marks: Option<Vec<Mark>>,
    /// More photos.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
    /// The photos that anyone may see from now on, and no others; left out, that stays.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub public_photo_ids: Option<Vec<Id>>,
}

/// An item is put somewhere else, sealed, or its bag opened.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"storage_place": "保险柜 2", "seal_number": "S-20261122-07"}))]
pub struct StoreItem {
    /// Where it lies from now on.
    pub storage_place: Discreet<100>,
    /// The seal on its bag from now on, if that changes.
    #[serde(default)]
    pub seal_number: Option<Discreet<40>>,
    /// Whether the bag was opened for it; needs a reason, and for valuables and cash a colleague and a new seal.
    #[serde(default)]
    pub opened: bool,
    /// Why.
    #[serde(default)]
    pub reason: Option<Discreet<500>>,
    /// The colleague who stands by.
    #[serde(default)]
    pub witness_id: Option<Id>,
    /// Photos of its condition.
    #[serde(default)]
    #[validate(length(max = 9))]
    #[schema(max_items = 9)]
    pub attachment_ids: Vec<Id>,
}

/// Whose an item is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "13812341234"}))]
pub struct NameOwner {
    /// Their number.
    pub phone: Phone,
}

/// Which items to list.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListItems {
    /// Only at this site.
    pub site_id: Option<Id>,
    /// Only at this status.
    #[param(inline)]
    pub status: Option<ItemStatus>,
    /// Only of this class.
    #[param(inline)]
    pub value_class: Option<ValueClass>,
    /// Only of this category, or of those in this group.
    #[param(inline)]
    pub category: Option<ItemCategory>,
    /// Only what its owner did not fetch in time: due for the police.
    pub due: Option<bool>,
    /// A number, as `F000123`.
    #[validate(length(min = 1, max = 20))]
    #[param(min_length = 1, max_length = 20)]
    pub q: Option<String>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which items anyone may see.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPublicItems {
    /// At this site.
    pub site_id: Id,
    /// Only of this category, or of those in this group.
    #[param(inline)]
    pub category: Option<ItemCategory>,
    /// Only found on this day or later.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Only found on this day or earlier.
    #[param(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// How many at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A kind of thing that people lose.
#[derive(Debug, Serialize, ToSchema)]
struct ItemCategoryView {
    /// Name it as `category`.
    code: &'static str,
    /// The group it is in.
    parent: Option<&'static str>,
    zh: &'static str,
    en: &'static str,
    /// How it is kept, if nobody says otherwise.
    value_class: ValueClass,
    /// Whether a courier may take it.
    may_ship: bool,
    /// Whether its photo may be shown to anyone.
    public_photo: bool,
}

/// The kinds of things that people lose
#[utoipa::path(tag = "lost-and-found",
    responses((status = 200, description = "Groups before what is in them", body = Page<ItemCategoryView>),
        (status = 304, description = "As you know them")))]
#[get("/item_categories")]
async fn list_item_categories(req: HttpRequest, _query: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    let view = |one: &'static categories::Category| ItemCategoryView {
        code: &one.code,
        parent: one.parent.as_deref(),
        zh: &one.zh,
        en: &one.en,
        value_class: one.value_class,
        may_ship: one.may_ship,
        public_photo: one.public_photo,
    };
    output::catalogue(&req, &Page::whole(categories::all().iter().map(view).collect()))
}

/// Register something that was found
///
/// By anyone: the desk then waits for it (`announced`). By the desk with `take_in`: it is in custody at once.
#[utoipa::path(tag = "lost-and-found", security(("bearer" = [])),
    request_body = RegisterItem, responses((status = 201, description = "The item", body = FoundItemView)))]
#[post("/found_items")]
async fn register_found_item(
    app: Data<App>,
    command: Command<SignedIn, RegisterItem>,
) -> Result<HttpResponse, Problem> {
    command.create(&app, service::register).await
}

/// List found items, newest first
///
/// The desk sees its sites', everyone else what they handed in.
#[utoipa::path(tag = "lost-and-found", params(ListItems), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<FoundItemView>)))]
#[get("/found_items")]
async fn list_found_items(app: Data<App>, query: Query<SignedIn, ListItems>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "found_items", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| display::list(tx, &actor, &query, before, fetch), |row| row.id)
        .await
}

/// What was found, as anyone may see it
///
/// The notice that the law asks for (Civil Code art. 315). No marks, no exact place or time, no photos or words of papers,
/// cards and money.
#[utoipa::path(tag = "lost-and-found", params(ListPublicItems),
    responses((status = 200, description = "A page, newest first", body = Page<PublicItemView>)))]
#[get("/found_items/public")]
async fn list_public_items(app: Data<App>, query: Query<Anyone, ListPublicItems>) -> Result<HttpResponse, Problem> {
    let Query { query, .. } = query;
    let paging = Paging::new(&app.vault, "public_items", Id::NIL, &query, query.limit, query.cursor.as_deref())?;
    output::page(&app, paging, move |tx, before, fetch| display::list_public(tx, &query, before, fetch), |row| row.id)
        .await
}

/// A found item
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The item", body = FoundItemView)))]
#[get("/found_items/{id}")]
async fn get_found_item(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| display::find(tx, &query.actor, target)).await
}

/// Whom to call about who found an item, in full
///
/// Each look is written down (`GET /sites/{id}/contact_views`).
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "Whom to call", body = FullContact)))]
#[get("/found_items/{id}/contact")]
async fn get_finder_contact(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    Ok(output::json(&app.write(move |tx| display::contact(tx, &query.actor, target)).await?))
}

/// Correct what is known of an item
///
/// What was kept with care is kept with less by a supervisor's word alone. Its words are the desk's from then on.
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = CorrectItem, responses((status = 200, description = "The item", body = FoundItemView)))]
#[put("/found_items/{id}")]
async fn correct_found_item(app: Data<App>, command: Command<Staff, CorrectItem>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, correct::correct).await
}

/// Take an announced item into custody
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = TakeIn, responses((status = 200, description = "The item", body = FoundItemView)))]
#[post("/found_items/{id}/confirm")]
async fn confirm_found_item(app: Data<App>, command: Command<Staff, TakeIn>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::confirm).await
}

/// Put an item somewhere else, seal it, or open its bag
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = StoreItem, responses((status = 200, description = "The item", body = FoundItemView)))]
#[post("/found_items/{id}/store")]
async fn store_found_item(app: Data<App>, command: Command<Staff, StoreItem>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::store).await
}

/// Give up an announced item: the desk waits no longer, or its finder does not bring it
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The item", body = FoundItemView)))]
#[post("/found_items/{id}/withdraw")]
async fn withdraw_found_item(app: Data<App>, command: Command<SignedIn, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::withdraw).await
}

/// Say whose an item is
///
/// Who has an account with this number is told at once (Civil Code art. 314).
#[utoipa::path(tag = "lost-and-found", params(PathId), security(("bearer" = [])),
    request_body = NameOwner, responses((status = 200, description = "The item", body = FoundItemView)))]
#[post("/found_items/{id}/name_owner")]
async fn name_owner(app: Data<App>, command: Command<Staff, NameOwner>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, service::name_owner).await
}
