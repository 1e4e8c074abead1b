//! `/tickets`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::commands::{
    AssignTicket, AttachTicket, GatherTickets, GiveReason, ListTickets, MergeTicket, PauseTicket, RateTicket,
    RegradeTicket, ResolveTicket, SayOnTicket, TransferTicket,
};
use super::views::{EventView, FullContact, NextView, TicketView};
use super::{closing, dispatch, next, pauses, regrade, related, service, work};
use crate::accounts::model::{SignedIn, Staff};
use crate::app::App;
use crate::http::input::{Command, Empty, NoFields, PathId, Query};
use crate::http::output;
use crate::http::paging::{Page, Paging};
use crate::http::problem::Problem;
use crate::http::texts::Language;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_tickets)
        .service(get_ticket)
        .service(get_timeline)
        .service(get_contact)
        .service(accept_ticket)
        .service(assign_ticket)
        .service(grab_ticket)
        .service(transfer_ticket)
        .service(return_ticket)
        .service(start_ticket)
        .service(pause_ticket)
        .service(resume_ticket)
        .service(reply_ticket)
        .service(note_ticket)
        .service(resolve_ticket)
        .service(close_ticket)
        .service(reopen_ticket)
        .service(cancel_ticket)
        .service(regrade_ticket)
        .service(merge_ticket)
        .service(attach_ticket)
        .service(detach_ticket)
        .service(gather_tickets)
        .service(unmerge_ticket)
        .service(next_of_ticket)
        .service(urge_ticket)
        .service(rate_ticket)
        .service(follow_ticket);
}

/// Which part of a timeline.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListTimeline {
    /// How many lines at most.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List tickets, newest first
#[utoipa::path(tag = "tickets", params(ListTickets), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<TicketView>)))]
#[get("/tickets")]
async fn list_tickets(app: Data<App>, query: Query<SignedIn, ListTickets>) -> Result<HttpResponse, Problem> {
    let Query { actor, query, .. } = query;
    let paging = Paging::new(&app.vault, "tickets", actor.user_id, &query, query.limit, query.cursor.as_deref())?;
    output::page(
        &app,
        paging,
        move |tx, before, fetch| service::list(tx, &actor, &query, before, fetch),
        |ticket| ticket.id,
    )
    .await
}

/// A ticket
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The ticket as the caller may see it", body = TicketView)))]
#[get("/tickets/{id}")]
async fn get_ticket(app: Data<App>, query: Query<SignedIn, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    output::read(&app, move |tx| service::find(tx, &query.actor, target)).await
}

/// Everything that happened to a ticket, oldest first
#[utoipa::path(tag = "tickets", params(PathId, ListTimeline),
    security(("bearer" = [])),
    responses((status = 200, description = "A page", body = Page<EventView>)))]
#[get("/tickets/{id}/timeline")]
async fn get_timeline(app: Data<App>, query: Query<SignedIn, ListTimeline>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let Query { actor, query, .. } = query;
    let limit = Some(query.limit.unwrap_or(100));
    let paging = Paging::new(&app.vault, "timeline", actor.user_id, &target.id, limit, query.cursor.as_deref())?;
    output::page(
        &app,
        paging,
        move |tx, after, fetch| service::timeline(tx, &actor, target, after, fetch),
        |line| line.id,
    )
    .await
}

/// The requester's telephone number in full
///
/// Only for staff who work on the ticket; each look is written on the timeline.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "Whom to call", body = FullContact)))]
#[get("/tickets/{id}/contact")]
async fn get_contact(app: Data<App>, query: Query<Staff, NoFields>) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    Ok(output::json(&app.write(move |tx| service::contact(tx, &query.actor, target)).await?))
}

/// Take a new ticket at the desk
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/accept")]
async fn accept_ticket(app: Data<App>, command: Command<Staff, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, staff, target, Empty {}| work::accept(tx, staff, target)).await
}

/// Give a ticket to a department or person
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = AssignTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/assign")]
async fn assign_ticket(app: Data<App>, command: Command<Staff, AssignTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, dispatch::assign).await
}

/// Take a ticket from my department's pool
///
/// Of several people who grab at once exactly one gets it.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/grab")]
async fn grab_ticket(app: Data<App>, command: Command<Staff, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, staff, target, Empty {}| dispatch::grab(tx, staff, target)).await
}

/// Pass a ticket on to another department
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = TransferTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/transfer")]
async fn transfer_ticket(app: Data<App>, command: Command<Staff, TransferTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, dispatch::transfer).await
}

/// Give a ticket back to the desk
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/return")]
async fn return_ticket(app: Data<App>, command: Command<Staff, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, dispatch::give_back).await
}

/// Begin work
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/start")]
async fn start_ticket(app: Data<App>, command: Command<Staff, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, staff, target, Empty {}| work::start(tx, staff, target)).await
}

/// Let work wait, with a reason
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = PauseTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/pause")]
async fn pause_ticket(app: Data<App>, command: Command<Staff, PauseTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, pauses::pause).await
}

/// Go on with work
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/resume")]
async fn resume_ticket(app: Data<App>, command: Command<Staff, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, staff, target, Empty {}| pauses::resume(tx, staff, target)).await
}

/// Write to the other side
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = SayOnTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/reply")]
async fn reply_ticket(app: Data<App>, command: Command<SignedIn, SayOnTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, work::reply).await
}

/// Write a note among staff
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = SayOnTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/note")]
async fn note_ticket(app: Data<App>, command: Command<Staff, SayOnTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, work::note).await
}

/// Say that it is done, and what was done
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = ResolveTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/resolve")]
async fn resolve_ticket(app: Data<App>, command: Command<Staff, ResolveTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, work::resolve).await
}

/// Close a resolved ticket
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/close")]
async fn close_ticket(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, actor, target, Empty {}| closing::close(tx, actor, target)).await
}

/// Open a resolved or closed ticket again
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/reopen")]
async fn reopen_ticket(app: Data<App>, command: Command<SignedIn, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, actor, target, body| closing::reopen(tx, actor, target, body)).await
}

/// Withdraw a ticket
///
/// Not while the supervisor's follow-up is due. The parts of an incident go on by themselves.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/cancel")]
async fn cancel_ticket(app: Data<App>, command: Command<SignedIn, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, work::cancel).await
}

/// Change how fast, how grave, or what about
///
/// The promises change with it; what was used of them stays used.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = RegradeTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/regrade")]
async fn regrade_ticket(app: Data<App>, command: Command<Staff, RegradeTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, regrade::regrade).await
}

/// Say that a ticket is the same as another, which stays
///
/// Its promises end with it; who asked for it follows the other one.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = MergeTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/merge")]
async fn merge_ticket(app: Data<App>, command: Command<Staff, MergeTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, related::merge).await
}

/// Make a ticket part of an incident
///
/// What is answered on the incident is answered on its parts, and they are resolved with it.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = AttachTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/attach")]
async fn attach_ticket(app: Data<App>, command: Command<Staff, AttachTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, related::attach).await
}

/// Say that a ticket is no part of its incident
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/detach")]
async fn detach_ticket(app: Data<App>, command: Command<Staff, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, related::detach).await
}

/// Make a ticket an incident, with others as its parts
///
/// As `attach` for each of them, all or none.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = GatherTickets, responses((status = 200, description = "The incident", body = TicketView)))]
#[post("/tickets/{id}/gather")]
async fn gather_tickets(app: Data<App>, command: Command<Staff, GatherTickets>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, related::gather).await
}

/// Say that a merged ticket was not the same after all
///
/// It goes on where it stood, with new promises from now on.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = GiveReason, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/unmerge")]
async fn unmerge_ticket(app: Data<App>, command: Command<Staff, GiveReason>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, related::unmerge).await
}

/// What happens next, and until when, in words
///
/// In the language of `Accept-Language`, with times in the mall's own zone.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    responses((status = 200, description = "The next step", body = NextView)))]
#[get("/tickets/{id}/next")]
async fn next_of_ticket(
    req: HttpRequest,
    app: Data<App>,
    query: Query<SignedIn, NoFields>,
) -> Result<HttpResponse, Problem> {
    let target = query.target()?;
    let language = Language::from_headers(req.headers());
    output::read(&app, move |tx| Ok(next::find(tx, &query.actor, target)?.in_words(language))).await
}

/// Ask where it stays (催单)
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/urge")]
async fn urge_ticket(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, actor, target, Empty {}| work::urge(tx, actor, target)).await
}

/// Say how it was
///
/// The ticket closes. After 1 or 2 it stays as it is until somebody has asked what was wrong.
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = RateTicket, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/rate")]
async fn rate_ticket(app: Data<App>, command: Command<SignedIn, RateTicket>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, closing::rate).await
}

/// Say "me too" instead of reporting it again
#[utoipa::path(tag = "tickets", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The ticket", body = TicketView)))]
#[post("/tickets/{id}/follow")]
async fn follow_ticket(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    command.change_target(&app, |tx, actor, target, Empty {}| service::follow(tx, actor, target)).await
}
