//! `/sites`, `/catalogue`: what everybody may know about a mall.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::categories::{self, AddCategory, UpdateCategory};
use super::model::{Category, Department, FollowUpChoice, Kind, Named, Priority, Site};
use super::service::{self, SiteMap};
use crate::accounts::api::StaffMember;
use crate::accounts::members;
use crate::accounts::model::{Lead, Staff};
use crate::app::App;
use crate::error::Error;
use crate::http::auth::Anyone;
use crate::http::input::{Command, NoFields, PathId, Query};
use crate::http::output::{self, Answer};
use crate::http::paging::Page;
use crate::http::problem::Problem;
use crate::values::{Id, Instant};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_sites)
        .service(list_locations)
        .service(list_departments)
        .service(update_department)
        .service(get_catalogue)
        .service(list_categories)
        .service(add_category)
        .service(update_category);
}

/// A mall.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteView {
    id: Id,
    #[schema(example = "xinghe")]
    code: String,
    #[schema(example = "星河汇购物中心")]
    name: String,
    /// IANA zone, for showing times.
    #[schema(example = "Asia/Shanghai")]
    time_zone: String,
    #[schema(example = "10:00")]
    opens: String,
    #[schema(example = "22:00")]
    closes: String,
    /// The desk's telephone.
    phone: Option<String>,
}

impl From<Site> for SiteView {
    fn from(site: Site) -> Self {
        let Site { id, code, name, time_zone, opens, closes, phone, .. } = site;
        Self { id, code, name, time_zone, opens, closes, phone }
    }
}

/// A place, shop, unit or piece of equipment on the site's map.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationView {
    id: Id,
    /// The place it lies in.
    parent_id: Option<Id>,
    /// What it is: `floor`, `zone`, `toilet`, …
    #[schema(example = "floor")]
    kind: String,
    #[schema(example = "F1")]
    code: String,
    name: String,
    /// Full name, from the outermost place inwards.
    path: String,
    /// The shops there.
    shops: Vec<Named>,
    /// The equipment there.
    equipment: Vec<Named>,
    /// The owners' units there.
    units: Vec<Named>,
}

/// A department and who works there.
#[derive(Debug, Serialize, ToSchema)]
pub struct DepartmentView {
    id: Id,
    #[schema(example = "engineering")]
    code: String,
    #[schema(example = "工程")]
    name: String,
    /// When it works, if not at the site's opening hours.
    calendar_id: Option<Id>,
    /// Who answers for it, and is told when its promises run out.
    lead_id: Option<Id>,
    /// Since when its tickets are held to the tightened ladder of their standard: its resolution rate is under the target.
    tightened_since: Option<Instant>,
    /// Who works there and may be given work.
    members: Vec<StaffMember>,
    /// Counts edits; the `ETag`.
    version: i32,
}

impl Answer for DepartmentView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl DepartmentView {
    pub(super) fn new(department: Department, staff: &[StaffMember]) -> Self {
        Self {
            members: staff.iter().filter(|m| m.department_id == Some(department.id)).cloned().collect(),
            id: department.id,
            code: department.code,
            name: department.name,
            calendar_id: department.calendar_id,
            lead_id: department.lead_id,
            tightened_since: department.tightened_since,
            version: department.version,
        }
    }
}

/// When a department works, and who answers for it.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"calendar_id": null, "lead_id": null}))]
pub struct UpdateDepartment {
    /// A calendar of the site; `null` for its opening hours.
    pub calendar_id: Option<Id>,
    /// One of its people; `null` for nobody.
    pub lead_id: Option<Id>,
}

/// A category of matters.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    id: Id,
    /// The category above.
    parent_id: Option<Id>,
    kind: Kind,
    #[schema(example = "lighting")]
    code: String,
    #[schema(example = "照明")]
    name: String,
    /// How urgent such matters are unless somebody says otherwise.
    priority: Priority,
    /// Whether people may be in danger.
    is_safety: bool,
    /// Whether it is about how somebody behaved.
    is_conduct: bool,
    /// Who usually deals with it.
    department_id: Option<Id>,
    /// Whom of its resolved matters to ask how it was; `null` as the category above says.
    follow_up: Option<FollowUpChoice>,
    /// Of a hundred, with `sample`.
    follow_up_percent: Option<i32>,
    /// Whether it takes nothing new any more.
    retired: bool,
    /// Counts edits; the `ETag`.
    version: i32,
}

impl Answer for CategoryView {
    fn version(&self) -> Option<i32> {
        Some(self.version)
    }
}

impl From<Category> for CategoryView {
    fn from(category: Category) -> Self {
        let (follow_up_percent, retired) = (category.follow_up_percent, category.retired_at.is_some());
        let Category { id, parent_id, kind, code, name, priority, is_safety, is_conduct, .. } = category;
        Self {
            id,
            parent_id,
            kind,
            code,
            name,
            priority,
            is_safety,
            is_conduct,
            department_id: category.department_id,
            follow_up: category.follow_up,
            follow_up_percent,
            retired,
            version: category.version,
        }
    }
}

/// Which catalogue.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetCatalogue {
    /// The site.
    site_id: Id,
}

/// List the malls
#[utoipa::path(tag = "sites", responses((status = 200, description = "All sites", body = Page<SiteView>)))]
#[get("/sites")]
async fn list_sites(req: HttpRequest, app: Data<App>, _: Query<Anyone, NoFields>) -> Result<HttpResponse, Problem> {
    let sites = app.read(service::sites).await?;
    output::catalogue(&req, &Page::whole(sites.into_iter().map(SiteView::from).collect()))
}

/// The places of a mall, with the shops and equipment in them
#[utoipa::path(tag = "sites", params(PathId),
    responses((status = 200, description = "All places, outer ones first", body = Page<LocationView>)))]
#[get("/sites/{id}/locations")]
async fn list_locations(
    req: HttpRequest,
    app: Data<App>,
    query: Query<Anyone, NoFields>,
) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let map = app.read(move |tx| service::map(tx, target.id)).await?;
    output::catalogue(&req, &Page::whole(location_views(map)))
}

fn location_views(map: SiteMap) -> Vec<LocationView> {
    let SiteMap { locations, shops, equipment, units } = map;
    let mut views: Vec<LocationView> = Vec::with_capacity(locations.len());
    let mut index = std::collections::HashMap::new();
    for location in locations {
        index.insert(location.id, views.len());
        views.push(LocationView {
            id: location.id,
            parent_id: location.parent_id,
            kind: location.kind,
            code: location.code,
            name: location.name,
            path: location.path,
            shops: Vec::new(),
            equipment: Vec::new(),
            units: Vec::new(),
        });
    }
    let mut place = |at: Id, put: &mut dyn FnMut(&mut LocationView)| {
        if let Some(view) = index.get(&at).and_then(|i| views.get_mut(*i)) {
            put(view);
        }
    };
    for shop in shops {
        place(shop.location_id, &mut |view| view.shops.push(Named::new(shop.id, &*shop.name)));
    }
    for thing in equipment {
        place(thing.location_id, &mut |view| view.equipment.push(Named::new(thing.id, &*thing.name)));
    }
    for unit in units {
        place(unit.location_id, &mut |view| view.units.push(Named::new(unit.id, &*unit.name)));
    }
    views
}

/// The departments of a mall and who works there
#[utoipa::path(tag = "sites", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "All departments", body = Page<DepartmentView>)))]
#[get("/sites/{id}/departments")]
async fn list_departments(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let items = app
        .read(move |tx| {
            if !query.actor.role_at(target.id).is_staff() {
                return Err(Error::NotFound("site_not_found"));
            }
            let site = service::site(tx, target.id)?;
            let staff = members::list_staff(tx, site.id)?;
            let departments = service::departments(tx, target.id)?.into_iter();
            Ok(departments.map(|department| DepartmentView::new(department, &staff)).collect())
        })
        .await?;
    Ok(output::json(&Page::whole(items)))
}

/// Say when a department works, and who answers for it
///
/// Promises to it that are made from now on run on its calendar.
#[utoipa::path(tag = "sites", params(PathId), request_body = UpdateDepartment, security(("bearer" = [])),
    responses((status = 200, description = "The department", body = DepartmentView)))]
#[put("/departments/{id}")]
async fn update_department(app: Data<App>, command: Command<Lead, UpdateDepartment>) -> Result<HttpResponse, Problem> {
    let answer = command.change_target(&app, service::update_department).await?;
    app.standards.forget_current();
    Ok(answer)
}

/// What can be reported at a mall: kinds and categories
#[utoipa::path(tag = "sites", params(GetCatalogue),
    responses((status = 200, description = "All categories, parents first", body = Page<CategoryView>)))]
#[get("/catalogue")]
async fn get_catalogue(
    req: HttpRequest,
    app: Data<App>,
    query: Query<Anyone, GetCatalogue>,
) -> Result<HttpResponse, Problem> {
    let categories = app.read(move |tx| service::categories(tx, query.query.site_id)).await?;
    let current = categories.into_iter().filter(|category| category.retired_at.is_none());
    output::catalogue(&req, &Page::whole(current.map(CategoryView::from).collect()))
}

/// All categories of a mall, also those that are retired
#[utoipa::path(tag = "sites", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "All categories, parents first", body = Page<CategoryView>)))]
#[get("/sites/{id}/categories")]
async fn list_categories(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| Ok(Page::whole(categories::list(tx, &query.actor, target)?))).await
}

/// Add a category of matters
///
/// An import of the mall's file that names its code changes it again.
#[utoipa::path(tag = "sites", params(PathId), request_body = AddCategory, security(("bearer" = [])),
    responses((status = 201, description = "The category", body = CategoryView)))]
#[post("/sites/{id}/categories")]
async fn add_category(app: Data<App>, command: Command<Lead, AddCategory>) -> Result<HttpResponse, Problem> {
    let target = command.target()?;
    let answer = command.create(&app, move |tx, lead, body| categories::add(tx, lead, target, body)).await?;
    app.places.forget_categories();
    Ok(answer)
}

/// Change a category of matters, or retire it
#[utoipa::path(tag = "sites", params(PathId), request_body = UpdateCategory, security(("bearer" = [])),
    responses((status = 200, description = "The category", body = CategoryView)))]
#[put("/categories/{id}")]
async fn update_category(app: Data<App>, command: Command<Lead, UpdateCategory>) -> Result<HttpResponse, Problem> {
    let answer = command.change_target(&app, categories::update).await?;
    app.places.forget_categories();
    Ok(answer)
}
