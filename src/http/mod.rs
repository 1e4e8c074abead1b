//! Knows HTTP and nothing of malls: reading requests ([`input`], [`auth`], [`paging`]), writing answers ([`output`],
//! [`problem`]), and what holds for all of them ([`edge`]). The routes of all features come together in [`routes`].

pub mod auth;
pub mod edge;
pub mod health;
pub mod input;
pub mod limits;
pub mod metrics;
mod objects;
pub mod openapi;
pub mod output;
pub mod paging;
pub mod problem;
pub mod server;
pub mod texts;

use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    accounts, attachments, claims, clocks, complaints, contact_views, custody, desk, device_reports, erasures,
    follow_ups, found_items, gbfs, improvements, lost_reports, matches, notices, payscore, police, rates, rental_units,
    rentals, repairs, reports, retention, scan, similar, sites, spot_checks, standards, stations, stock, surveys,
    tickets, tightenings,
};

/// Every operation of the API: this list is what is served and what the document describes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(
        scope::scope("/api/v1")
            // Tried one after the other: what is asked for most comes first.
            .configure(tickets::api::routes)
            .configure(repairs::api::routes)
            .configure(scan::api::routes)
            .configure(rentals::api::routes)
            .configure(accounts::api::routes)
            .configure(sites::api::routes)
            .configure(attachments::api::routes)
            .configure(complaints::api::routes)
            .configure(similar::api::routes)
            .configure(follow_ups::api::routes)
            .configure(surveys::api::routes)
            .configure(found_items::api::routes)
            .configure(lost_reports::api::routes)
            .configure(matches::api::routes)
            .configure(claims::api::routes)
            .configure(custody::api::routes)
            .configure(retention::api::routes)
            .configure(police::api::routes)
            .configure(erasures::api::routes)
            .configure(contact_views::api::routes)
            .configure(stations::api::routes)
            .configure(rental_units::api::routes)
            .configure(payscore::api::routes)
            .configure(device_reports::api::routes)
            .configure(stock::api::routes)
            .configure(clocks::api::routes)
            .configure(standards::api::routes)
            .configure(rates::api::routes)
            .configure(tightenings::api::routes)
            .configure(improvements::api::routes)
            .configure(spot_checks::api::routes)
            .configure(reports::api::routes)
            .configure(desk::api::routes)
            .configure(notices::api::routes),
    );
    config.configure(gbfs::api::routes);
    config.configure(desk::api::screen_routes);
    config.configure(health::routes);
}
