//! The HTTP server: routes, edge, documentation page; until it is told to stop.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App as WebApp, HttpServer};
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::edge;
use crate::app::App;
use crate::config::AppRole;

/// How long requests in flight may take to finish after a signal to stop.
const SHUTDOWN_SECONDS: u64 = 30;

/// Threads of each worker for what keeps a processor busy: passwords, photos and workbooks. The database has its own.
const BLOCKING_THREADS: usize = 8;

/// Extra routes that a command adds (the demo's clock).
pub type Extra = fn(&mut web::ServiceConfig);

/// Starts serving on an open socket.
///
/// # Errors
/// As the operating system says.
pub fn start(app: Arc<App>, listener: TcpListener, extra: Option<Extra>) -> std::io::Result<Server> {
    let workers = app.config.http_workers;
    let answers_api = app.config.role != AppRole::Worker;
    let data = Data::from(app);
    let server = HttpServer::new(move || {
        let mut web_app = WebApp::new().app_data(data.clone()).wrap(from_fn(edge::edge));
        if let Some(extra) = extra {
            web_app = web_app.configure(extra);
        }
        let routes = if answers_api { super::routes } else { super::health::routes };
        web_app
            .into_utoipa_app()
            .configure(routes)
            .into_app()
            .service(
                // No validator: its badge is loaded from elsewhere. Not `url`: that would keep a copy of the document in
                // each worker, and health.rs serves it.
                SwaggerUi::new("/docs/{_:.*}")
                    .config(Config::new(["/openapi.json"]).try_it_out_enabled(true).validator_url("none")),
            )
            .service(web::redirect("/docs", "/docs/"))
            .default_service(web::route().to(edge::no_such_operation))
    });
    Ok(server
        .workers(workers)
        .worker_max_blocking_threads(BLOCKING_THREADS)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals()
        .listen(listener)?
        .run())
}
