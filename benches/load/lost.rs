//! What it costs to compare one new lost report with a hundred thousand open items. The hardest case: each report may have
//! been lost at any time within the longest range there is, so that every item of its family is compared.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};
use yijian::app::{App, Tx};
use yijian::clock::Clock;
use yijian::config::{Config, Overrides};
use yijian::db::schema::{found_prints, lost_prints};
use yijian::error::Error;
use yijian::lost_found::categories::{self, Category};
use yijian::lost_found::colours::{Colour, Colours};
use yijian::lost_found::fingerprint::{Described, Fingerprint};
use yijian::lost_reports::model::LONGEST_RANGE;
use yijian::matches::model::{FoundPrint, LostPrint, Shown};
use yijian::matches::pages::{self, PageKey};
use yijian::matches::service;
use yijian::sites;
use yijian::values::{Id, Instant as Moment};

use crate::Fallible;
use crate::server::Server;

const ITEMS: usize = 100_000;
/// Rows in one statement.
const CHUNK: usize = 1_000;
const WORDS: [&str; 5] = [
    "黑色，有些旧，背面贴了星星贴纸",
    "在电梯口捡到，上面挂着小熊挂件",
    "蓝白条纹，里面有一张购物小票",
    "屏幕左下角碎了，壳是透明的",
    "刻着名字缩写，带一个红色的扣子",
];

/// What comparing one report costs.
pub struct Compared {
    /// The mean over reports of all kinds of things.
    pub mean: Duration,
    /// The slowest kind.
    pub slowest: Duration,
}

/// Fills a database and compares a report of each kind of thing.
pub async fn measure(folder: &std::path::Path, url: Option<&str>) -> Fallible<Compared> {
    // It makes the mall.
    let (server, _) = Server::start(folder, url)?;
    server.stop()?;
    let overrides = Overrides {
        data_dir: Some(folder.to_owned()),
        database_url: url.map(ToOwned::to_owned),
        ..Overrides::default()
    };
    let config = Config::from_env(&overrides).map_err(|error| error.to_string())?;
    let app = App::build(config, Clock::System)?;
    let (found, lost) = app.read(|tx| Ok((found(tx)?, lost(tx)?))).await?;
    let reports: Vec<Id> = lost.iter().map(|one| one.report_id).collect();
    if let Some(url) = url {
        let mut conn = PgConnection::establish(url)?;
        // The items themselves are not looked at.
        conn.batch_execute("SET session_replication_role = replica")?;
        for rows in found.chunks(CHUNK) {
            diesel::insert_into(found_prints::table).values(rows).execute(&mut conn)?;
        }
        diesel::insert_into(lost_prints::table).values(&lost).execute(&mut conn)?;
    } else {
        let file = folder.join("yijian.db");
        let mut conn = SqliteConnection::establish(file.to_str().ok_or("the path is not UTF-8")?)?;
        conn.batch_execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")?;
        for rows in found.chunks(CHUNK) {
            diesel::insert_into(found_prints::table).values(rows).execute(&mut conn)?;
        }
        diesel::insert_into(lost_prints::table).values(&lost).execute(&mut conn)?;
    }
    let key = |one: &FoundPrint| PageKey::new(one.site_id, one.category, one.found_at);
    let pages: BTreeSet<PageKey> = found.iter().map(key).collect();
    for page in pages {
        app.write(move |tx| pages::file(tx, page)).await?;
    }
    app.write(|tx| Ok(diesel::sql_query("ANALYZE").execute(tx.conn).map(drop)?)).await?;
    let (mut whole, mut slowest) = (Duration::ZERO, Duration::ZERO);
    let count = u32::try_from(reports.len())?;
    for id in reports {
        let took = app.read(move |tx| {
            // The first one warms up.
            service::likely_items(tx, id)?;
            let begun = Instant::now();
            let likely = service::likely_items(tx, id)?;
            let took = begun.elapsed();
            assert!(!likely.is_empty(), "nothing is alike");
            Ok(took)
        });
        let took = took.await?;
        (whole, slowest) = (whole + took, slowest.max(took));
    }
    Ok(Compared { mean: whole / count, slowest })
}

fn leaves() -> Vec<&'static Category> {
    categories::all().iter().filter(|category| category.parent.is_some()).collect()
}

/// The site, and the keys of each of its places.
fn places(tx: &mut Tx<'_>) -> Result<(Id, Vec<Vec<u64>>), Error> {
    let site_id = sites::service::sites(tx)?.first().map(|site| site.id).ok_or(Error::NotFound("site_not_found"))?;
    let names = sites::service::names(tx, site_id)?;
    let locations = sites::service::map(tx, site_id)?.locations;
    Ok((site_id, locations.iter().map(|place| service::keys(&names, place.id)).collect()))
}

/// Spread over all kinds, places and the longest range.
fn found(tx: &mut Tx<'_>) -> Result<Vec<FoundPrint>, Error> {
    let (site_id, places) = places(tx)?;
    let leaves = leaves();
    let step = LONGEST_RANGE / i32::try_from(ITEMS).unwrap_or(i32::MAX);
    let mut rows = Vec::with_capacity(ITEMS);
    for i in 0..ITEMS {
        let kind = leaves[i % leaves.len()];
        let found_at = tx.now - step * i32::try_from(i).unwrap_or(i32::MAX);
        let print = print(kind, i, vec![places[i % places.len()].clone()], (found_at, found_at));
        rows.push(FoundPrint::new((site_id, kind.number.into(), found_at), (tx.new_id(), Shown::Described), &print));
    }
    Ok(rows)
}

/// One of each kind.
fn lost(tx: &mut Tx<'_>) -> Result<Vec<LostPrint>, Error> {
    let (site_id, places) = places(tx)?;
    let range = (tx.now - LONGEST_RANGE, tx.now);
    let row = |(i, kind): (usize, &'static Category)| LostPrint {
        site_id,
        category: kind.number.into(),
        lost_from: range.0,
        report_id: tx.new_id(),
        print: print(kind, i, vec![places[i % places.len()].clone(), places[(i + 7) % places.len()].clone()], range)
            .into_bytes(),
    };
    Ok(leaves().into_iter().enumerate().map(row).collect())
}

fn print(kind: &Category, i: usize, places: Vec<Vec<u64>>, (from, until): (Moment, Moment)) -> Fingerprint {
    let words = format!("{}，{}", kind.zh, WORDS[i % WORDS.len()]);
    let colour = Colour::ALL[i % Colour::ALL.len()];
    let thing = Described {
        category: kind.number,
        colours: Colours::of(&[colour]),
        brand: Some("华为").filter(|_| i.is_multiple_of(3)),
        words: &words,
        places,
        from: from.0.as_second(),
        until: until.0.as_second(),
    };
    Fingerprint::of(&thing)
}
