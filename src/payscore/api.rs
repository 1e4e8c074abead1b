//! `/rentals/{id}/payscore`, and what WeChat Pay posts to us.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::service;
use crate::accounts::model::SignedIn;
use crate::app::App;
use crate::error::Error;
use crate::http::input::{self, Command, Empty, PathId, Target};
use crate::http::problem::Problem;
use crate::rentals;
use crate::rentals::views::RentalView;
use crate::wechat::{NotificationHeaders, NotificationKind};

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(ask_payscore).service(receive_notification);
}

/// Open the service order of a rental, or ask WeChat how it stands
///
/// Answers with `payscore_package` for `wx.openBusinessView` while the borrower has to confirm, and with status `lent` once
/// they have. Call it again when the mini-program is shown again.
#[utoipa::path(tag = "rental", params(PathId), security(("bearer" = [])),
    request_body = Option<Empty>, responses((status = 200, description = "The rental", body = RentalView)))]
#[post("/rentals/{id}/payscore")]
async fn ask_payscore(app: Data<App>, command: Command<SignedIn, Empty>) -> Result<HttpResponse, Problem> {
    let target = command.target()?;
    service::ask(&app, command.actor.clone(), target).await?;
    // The version was looked at before WeChat was asked.
    let target = Target { expected_version: None, ..target };
    command.change(&app, move |tx, actor, Empty {}| rentals::service::find(tx, actor, target)).await
}

/// What WeChat Pay tells us
///
/// Signed and sealed by WeChat. It only says that it is time to ask WeChat.
#[utoipa::path(tag = "rental",
    request_body(content = String, content_type = "application/json", description = "As WeChat Pay API v3 describes it"),
    responses((status = 204, description = "Understood")))]
#[post("/wechat/pay/notifications")]
async fn receive_notification(app: Data<App>, req: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let pay = service::client(&app)?;
    let header = |name: &str| req.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let headers = NotificationHeaders {
        timestamp: header("Wechatpay-Timestamp"),
        nonce: header("Wechatpay-Nonce"),
        signature: header("Wechatpay-Signature"),
        serial: header("Wechatpay-Serial"),
    };
    let body = input::read_bytes(payload.into_inner()).await?;
    let told = pay.read_notification(headers, &body);
    let told = told.map_err(|_| Error::rule("notification_not_wechats"))?;
    if let (NotificationKind::Confirmed | NotificationKind::Paid, Some(number)) = (told.kind, told.out_order_no) {
        app.into_inner().write(move |tx| service::hint(tx, &number)).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
