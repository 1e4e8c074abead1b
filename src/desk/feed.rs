//! A board as server-sent events: all of it at first and whenever it changed, a sign of life in between, and a last word
//! when it is over for good.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::Serialize;

use super::boards::{LOOK_EVERY, Seat};
use super::pass::Pass;
use super::service::{self, Look};
use crate::app::App;
use crate::error::Error;
use crate::values::Instant;

/// How long it may be quiet: proxies give up on a line that says nothing, and so does the page.
const QUIET: Duration = Duration::from_secs(15);

/// What the stream begins with: a browser that lost it comes back after so many milliseconds.
const RETRY: &str = "retry: 3000\n\n";

/// Of what a message consists. `now` sets the clock by which a page counts down.
#[derive(Serialize)]
struct Message<'a, T> {
    now: Instant,
    #[serde(flatten)]
    rest: &'a T,
}

/// A sign of life is an event, not a comment: a page cannot hear comments, and must notice when the line is dead.
#[derive(Serialize)]
struct Beat {}

#[derive(Serialize)]
struct Shown<'a> {
    board: &'a super::api::Board,
}

#[derive(Serialize)]
struct Over {
    code: &'static str,
}

/// What a screen is being told.
struct Feed {
    app: Arc<App>,
    pass: Pass,
    seat: Seat,
    shown: Option<Arc<Look>>,
    told_at: Stopwatch,
    is_over: bool,
}

/// What a screen is told, from the look on that let it in.
pub(super) fn feed(app: Arc<App>, pass: Pass, seat: Seat, look: Arc<Look>) -> impl Stream<Item = Result<Bytes, Error>> {
    let feed = Feed { app, pass, seat, shown: None, told_at: Stopwatch::now(), is_over: false };
    stream::unfold((feed, Some(look)), |(mut feed, first)| async move {
        let told = match first {
            Some(look) => RETRY.to_owned() + &feed.show(look),
            None => feed.next().await?,
        };
        Some((Ok(Bytes::from(told)), (feed, None)))
    })
}

impl Feed {
    /// Waits for something to tell; `None` when there is nothing more.
    async fn next(&mut self) -> Option<String> {
        if self.is_over {
            return None;
        }
        loop {
            tokio::select! {
                () = self.seat.closing() => return None,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if service::is_over(&self.pass, self.app.now()) {
                return Some(self.end("desk_link_expired"));
            }
            match self.app.boards.look(&self.app, self.pass.site_id).await {
                Ok(look) if look.check(&self.pass).is_err() => return Some(self.end("desk_link_invalid")),
                Ok(look) if self.shown.as_ref().is_none_or(|shown| shown.board != look.board) => {
                    return Some(self.show(look));
                }
                Ok(_) => {}
                Err(Error::Unauthenticated(code)) => return Some(self.end(code)),
                // The next look may do; and a page that hears nothing says so.
                Err(error) => {
                    tracing::warn!(%error, "cannot look at a board just now");
                    continue;
                }
            }
            if self.told_at.elapsed() >= QUIET {
                return Some(self.tell("beat", &Beat {}));
            }
        }
    }

    fn show(&mut self, look: Arc<Look>) -> String {
        let told = self.tell("board", &Shown { board: &look.board });
        self.shown = Some(look);
        told
    }

    fn end(&mut self, code: &'static str) -> String {
        self.is_over = true;
        self.tell("over", &Over { code })
    }

    fn tell(&mut self, event: &str, rest: &impl Serialize) -> String {
        self.told_at = Stopwatch::now();
        // JSON has no line breaks of its own, so that it is one line of data.
        let data = serde_json::to_string(&Message { now: self.app.now(), rest }).unwrap_or_default();
        format!("event: {event}\ndata: {data}\n\n")
    }
}
