//! Running the server: from the open socket to the last queued write.

use std::net::TcpListener;
use std::sync::Arc;

use socket2::SockRef;

use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::{AppRole, Config};
use crate::http::server::{self, Extra};
use crate::{improvements, jobs, rates, standards, tightenings};

/// So many may knock at one moment and wait to be let in; of more, each waits a second until it is heard again. Ours: three
/// hundred people in the rain, at several malls.
const MOST_KNOCKING: i32 = 1024;

/// Takes the address before anything else is touched.
///
/// # Errors
/// One line naming `LISTEN`.
pub fn bind(config: &Config) -> Result<TcpListener, StartError> {
    let listen = || {
        let listener = TcpListener::bind(config.listen)?;
        // The standard library lets 128 wait; said once more, it is as many as are said.
        SockRef::from(&listener).listen(MOST_KNOCKING)?;
        Ok(listener)
    };
    listen().map_err(|e: std::io::Error| StartError(format!("LISTEN: cannot listen on {}: {e}", config.listen)))
}

/// Brings the tables up to date and makes sure that the standing jobs exist and every site has standards. Returns the names of what was applied.
///
/// # Errors
/// One line for the operator.
pub async fn migrate(app: &Arc<App>) -> Result<Vec<String>, StartError> {
    let applied = app.db().migrate().await.map_err(StartError::from)?;
    app.write(jobs::service::plant).await.map_err(StartError::from)?;
    app.write(standards::service::plant_everywhere).await.map_err(StartError::from)?;
    app.write(improvements::watch::plant_everywhere).await.map_err(StartError::from)?;
    app.write(tightenings::watch::plant_everywhere).await.map_err(StartError::from)?;
    Ok(applied)
}

/// Serves and works until a signal says to stop; then finishes what is in flight and what is queued.
///
/// # Errors
/// One line for the operator.
pub async fn serve(app: Arc<App>, listener: TcpListener, extra: Option<Extra>) -> Result<(), StartError> {
    let address = listener.local_addr().map_err(|e| StartError(format!("LISTEN: {e}")))?;
    let server = server::start(app.clone(), listener, extra).map_err(|e| StartError(format!("LISTEN: {e}")))?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    // A hand-moved clock runs its jobs when it is moved.
    let works = app.config.role != AppRole::Api && matches!(app.clock, Clock::System);
    let worker = works.then(|| {
        let counting = actix_web::rt::spawn(rates::fold::work(app.clone(), stopped.clone()));
        (actix_web::rt::spawn(jobs::service::work(app.clone(), stopped)), counting)
    });
    tracing::info!(%address, database = %app.config.database_url, "ready");
    let (handle, app_to_close) = (server.handle(), app.clone());
    actix_web::rt::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping: requests in flight are finished");
        app_to_close.boards.close();
        handle.stop(true).await;
    });
    server.await.map_err(|e| StartError(e.to_string()))?;
    let _nobody_listens = stop.send(true);
    if let Some((worker, counting)) = worker {
        drop(worker.await);
        drop(counting.await);
    }
    app.db().finish().await;
    tracing::info!("stopped");
    Ok(())
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("no signals on this system; stop the process to stop the server");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
