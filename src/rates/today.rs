//! How a site does today, as it aims at it.

use std::collections::BTreeMap;

use super::measures::{Counts, Rate, Share};
use super::periods::Period;
use super::service::{sums, today};
use super::targets::{RateVerdict, Target, Targets};
use super::{aims, fold};
use crate::app::Tx;
use crate::error::Error;
use crate::sites::model::Kind;
use crate::values::Id;

/// A rate against its target.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// Which.
    pub rate: Rate,
    /// Only of tickets of this kind.
    pub kind: Option<Kind>,
    /// Its counts.
    pub share: Share,
    /// What it shall be.
    pub target: Option<Target>,
    /// How it stands.
    pub verdict: RateVerdict,
}

/// Some rates of today, in one snapshot. A rate for which the site aims at nothing for all tickets together comes once for
/// each kind for which it does.
///
/// # Errors
/// [`Error::Unavailable`] `rates_counting`.
pub fn of_site(tx: &mut Tx<'_>, site_id: Id, rates: &[Rate]) -> Result<Vec<Judged>, Error> {
    let day = today(tx, site_id)?;
    let targets = aims::newest(tx, site_id)?;
    let change = fold::pending(tx, site_id)?.change();
    let sums = sums(tx, &change, site_id, None, None, Period { from: day, to: day })?;
    let (mut all, mut by_kind) = (Counts::default(), BTreeMap::<Kind, Counts>::new());
    for ((_, kind), counts) in sums {
        all.merge(&counts, 1);
        by_kind.entry(kind).or_default().merge(&counts, 1);
    }
    let judge = |rate: Rate, kind: Option<Kind>| {
        let counts = kind.map_or(all, |kind| by_kind.get(&kind).copied().unwrap_or_default());
        let share = counts.share(rate);
        Judged { rate, kind, share, target: targets.of(rate, kind), verdict: targets.judge(rate, kind, share) }
    };
    let judged = rates.iter().flat_map(|rate| kinds(&targets, *rate).into_iter().map(|kind| judge(*rate, kind)));
    Ok(judged.collect())
}

/// For which kinds a rate is shown.
fn kinds(targets: &Targets, rate: Rate) -> Vec<Option<Kind>> {
    let own = Kind::ALL.iter().map(|kind| Some(*kind)).filter(|kind| targets.of(rate, *kind).is_some());
    let own: Vec<_> = own.collect();
    if targets.of(rate, None).is_some() || own.is_empty() { vec![None] } else { own }
}
