//! Every ticket of a period in one workbook, row by row: however many there are, few are in memory.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::DateTime;

use super::words::Words;
use crate::app::{App, Tx};
use crate::complaints;
use crate::error::Error;
use crate::http::texts::Language;
use crate::masks::masked;
use crate::rates::periods::Period;
use crate::rates::service as rates;
use crate::sheets::table::{Cell, Column, Kind as Holds};
use crate::sheets::xlsx::{self, Failure, Progress, Sheet};
use crate::sites::service as sites;
use crate::tickets::model::Ticket;
use crate::tickets::record;
use crate::values::Id;

/// As many tickets are read at once.
const BATCH: i64 = 2_000;

pub(super) fn columns(words: Words) -> Vec<Column> {
    let say = |chinese, english| words.say(chinese, english);
    vec![
        Column::new(say("工单", "Ticket"), Holds::Text),
        Column::new(say("受理时间", "Received"), Holds::Moment),
        Column::new(say("类型", "Kind"), Holds::Text),
        Column::new(say("类别", "Category"), Holds::Text),
        Column::new(say("位置", "Place"), Holds::Text),
        Column::new(say("店铺", "Shop"), Holds::Text),
        Column::new(say("部门", "Department"), Holds::Text),
        Column::new(say("状态", "Status"), Holds::Text),
        Column::new(say("用时", "Time taken"), Holds::Duration),
        Column::new(say("评分", "Score"), Holds::Count),
        Column::new(say("内容", "Description"), Holds::Text),
        Column::new(say("结果", "Result"), Holds::Text),
    ]
}

/// A ticket as a row: nothing of who asked, and no numbers of people in what was written.
pub(super) fn row(
    ticket: &Ticket,
    words: Words,
    at: DateTime,
    name: impl Fn(Option<Id>) -> Option<String>,
) -> Vec<Cell> {
    let named = |id| name(id).map_or(Cell::Empty, Cell::Text);
    let taken = ticket.resolved_at.map(|at| at.since(ticket.received_at).as_secs().unsigned_abs());
    vec![
        Cell::Text(ticket.number()),
        Cell::Moment(at),
        Cell::Text(words.kind(ticket.kind).to_owned()),
        named(ticket.category_id),
        named(ticket.location_id),
        named(ticket.shop_id),
        named(ticket.department_id),
        Cell::Text(words.status(ticket.status).to_owned()),
        taken.map_or(Cell::Empty, Cell::Duration),
        ticket.rating_score.map_or(Cell::Empty, |score| Cell::Count(score.into())),
        Cell::Text(masked(&ticket.description)),
        ticket.result.as_deref().map_or(Cell::Empty, |result| Cell::Text(masked(result))),
    ]
}

/// Writes every ticket of a site's period to a workbook, but for what complains about one of the staff: whoever reads it may
/// be that one. `progress` is told how many rows were written.
///
/// # Errors
/// As the database; [`Error::Internal`] when it cannot be written.
pub async fn tickets(
    app: &Arc<App>,
    site_id: Id,
    period: Period,
    language: Language,
    out: impl Write + Send + 'static,
    folder: &Path,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<u64, Error> {
    let (sender, mut pages) = tokio::sync::mpsc::channel::<Result<Vec<Vec<Cell>>, Error>>(2);
    let words = Words(language);
    let (now, folder) = (app.now(), folder.to_path_buf());
    let zone = app.read(move |tx| sites::zone(tx, site_id)).await?;
    let made = now.0.to_zoned(zone).datetime();
    let writing = tokio::task::spawn_blocking(move || {
        let columns = columns(words);
        let name = words.say("工单", "Tickets");
        let sheet = Sheet {
            name,
            columns: &columns,
            language: words.of_sheets(),
            made,
            folder: &folder,
            rows_per_sheet: xlsx::ROWS_PER_SHEET,
        };
        let pages = std::iter::from_fn(|| pages.blocking_recv());
        let rows = pages.flat_map(|page| match page {
            Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        });
        let told = |at: Progress| {
            progress(at);
            Ok(())
        };
        xlsx::stream(&sheet, rows, out, told).map_err(|failure| match failure {
            Failure::Source(error) => error,
            Failure::Writing(error) => Error::internal(error),
        })
    });
    let mut after = None;
    loop {
        let page = app.read(move |tx| page(tx, site_id, period, after, words)).await;
        let (rows, last) = match page {
            Ok(page) => page,
            Err(error) => {
                drop(sender.send(Err(error)).await);
                break;
            }
        };
        if sender.send(Ok(rows)).await.is_err() || last.is_none() {
            break;
        }
        after = last;
    }
    drop(sender);
    writing.await.map_err(Error::internal)?
}

type Rows = (Vec<Vec<Cell>>, Option<Id>);

fn page(tx: &mut Tx<'_>, site_id: Id, period: Period, after: Option<Id>, words: Words) -> Result<Rows, Error> {
    let from = rates::begin_of(tx, site_id, period.from)?;
    let end = rates::begin_of(tx, site_id, period.to.saturating_add(1.day()))?;
    let tickets = record::list_received(tx, site_id, (from, end), after, BATCH)?;
    let is_full = i64::try_from(tickets.len()).is_ok_and(|count| count == BATCH);
    let last = tickets.last().map(|ticket| ticket.id).filter(|_| is_full);
    let (names, zone) = (sites::names(tx, site_id)?, sites::zone(tx, site_id)?);
    let name = |id: Option<Id>| names.of(id).map(|named| named.name.to_string());
    let ids: Vec<Id> = tickets.iter().map(|ticket| ticket.id).collect();
    let hidden = complaints::about::about_staff(tx, &ids)?;
    let is_shown = |ticket: &&Ticket| (from..end).contains(&ticket.received_at) && !hidden.contains(&ticket.id);
    let rows = tickets.iter().filter(is_shown).map(|ticket| {
        let at = ticket.received_at.0.to_zoned(zone.clone()).datetime();
        row(ticket, words, at, name)
    });
    Ok((rows.collect(), last))
}
