//! How likely it is that a lost thing and a found one are the same.
//!
//! Each part that both sides speak of adds or takes points; a part one side is silent about does neither. (But for words:
//! they alone tell things of a kind and colour apart.) So a score says how much there is to believe that the two are one,
//! and few facts cannot make it high, however well they agree. Four points are about one bit: the odds double.
//!
//! The points were fitted to labelled corpora (a logistic regression on its parts, then rounded to what can be explained)
//! and are measured by the tests.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::categories;
use super::fingerprint::{KEY, PLACE, View};

/// How long before it may have been lost an item can have been found, in seconds: owners' clocks and memories.
pub const BEFORE: i64 = 3 * HOUR;
/// How long after the last moment it may have been lost an item can have been found, in seconds.
pub const AFTER: i64 = 14 * 24 * HOUR;
/// The score from which staff are shown an item for a report.
pub const WORTH_SHOWING: u8 = 40;
/// The score from which an owner is told that we may have it.
pub const WORTH_TELLING: u8 = 60;

/// What a score begins with: most of what is found is not what was lost.
const BASE: i32 = 29;
/// The points of words if one side has none: what nobody describes may be any of the many that look like it.
const UNDESCRIBED: i32 = -5;
const HOUR: i64 = 3600;

/// How alike each part is, 0 to 100. None if one side does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Parts {
    /// What it is.
    pub category: u8,
    /// When it was lost and found.
    pub time: u8,
    /// Where.
    pub place: Option<u8>,
    /// Its colours.
    pub colours: Option<u8>,
    /// Its maker.
    pub brand: Option<u8>,
    /// What else was said of it.
    pub words: Option<u8>,
}

/// How alike a lost thing and a found one are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likeness {
    /// All in all, 0 to 100.
    pub score: u8,
    /// Why.
    pub parts: Parts,
}

/// A part, and the points it is worth.
type Weighed = (Option<u8>, i32);

/// How alike a lost thing and a found one are. None if they cannot be the same: things nobody takes for each other, or
/// found outside the window of [`BEFORE`] and [`AFTER`].
pub fn likeness(lost: &View<'_>, found: &View<'_>) -> Option<Likeness> {
    let (category, category_points) = category(lost, found)?;
    let (time, time_points) = time(lost, found)?;
    let (place, place_points) = place(lost, found);
    let (colours, colours_points) = colours(lost, found);
    let (brand, brand_points) = brand(lost, found);
    let (words, words_points) = words(lost, found);
    let points = BASE + category_points + time_points + place_points + colours_points + brand_points + words_points;
    let score = u8::try_from(points.clamp(0, 100)).unwrap_or(0);
    Some(Likeness { score, parts: Parts { category, time, place, colours, brand, words } })
}

fn category(lost: &View<'_>, found: &View<'_>) -> Option<(u8, i32)> {
    let likeness = categories::likeness(lost.category, found.category);
    let points = match likeness {
        0 => return None,
        100 => 12,
        categories::OWN_GROUP.. => 9,
        categories::NEAR.. => 4,
        categories::ANYTHING.. => 0,
        _ => -12,
    };
    Some((likeness, points))
}

/// Things are found soon after they are lost; and the shorter the time in question, the fewer others were found in it.
fn time(lost: &View<'_>, found: &View<'_>) -> Option<(u8, i32)> {
    let early = lost.from.saturating_sub(found.until);
    let late = found.from.saturating_sub(lost.until);
    if early > BEFORE || late > AFTER {
        return None;
    }
    // Hours from the first moment it may have been lost, doubled again and again.
    let span = found.from.saturating_sub(lost.from).max(0) / HOUR;
    let doublings = i32::try_from((span + 2).ilog2()).unwrap_or(0);
    let delay = match late / HOUR {
        ..3 => 5,
        3..12 => 2,
        12..36 => -3,
        36..96 => -14,
        96.. => -20,
    };
    let early = if early > 0 { -12 } else { 0 };
    let points = 8 - 2 * doublings + delay + early;
    // From the worst to the best of these points.
    let likeness = u8::try_from((100 * (points + 28) / 39).clamp(0, 100)).unwrap_or(0);
    Some((likeness, points))
}

/// The place they have in common, the deepest of all pairs.
fn place(lost: &View<'_>, found: &View<'_>) -> Weighed {
    if lost.places.is_empty() || found.places.is_empty() {
        return (None, 0);
    }
    let pairs = lost.places.iter().flat_map(|a| found.places.iter().map(move |b| (a, b)));
    let best = pairs.map(|(a, b)| common(a, b)).max().unwrap_or((0, false));
    // Who names many places hits by chance.
    let named = i32::try_from((lost.places.len() * found.places.len()).ilog2()).unwrap_or(0);
    match best {
        (0, _) => (Some(0), -15),
        (1, false) => (Some(40), -2),
        (1, true) => (Some(70), 10 - 3 * named),
        (2, _) => (Some(100), 21 - 3 * named),
        _ => (Some(100), 24 - 3 * named),
    }
}

/// How many locations two places share from the outermost, and whether one of them is not known any deeper.
fn common(a: &[u8; PLACE], b: &[u8; PLACE]) -> (usize, bool) {
    let (a, b) = (a.as_chunks::<KEY>().0, b.as_chunks::<KEY>().0);
    let shared = a.iter().zip(b).take_while(|(a, b)| a == b && **a != [0; KEY]).count();
    let ends = |place: &[[u8; KEY]]| place.get(shared).is_none_or(|key| *key == [0; KEY]);
    (shared, ends(a) || ends(b))
}

fn colours(lost: &View<'_>, found: &View<'_>) -> Weighed {
    let likeness = lost.colours.likeness(found.colours);
    let most = if lost.colours.is_common() { 8 } else { 12 };
    let points = match likeness {
        Some(90..) => most,
        Some(60..) => 3,
        None | Some(45..) => 0,
        Some(25..) => -6,
        Some(_) => -20,
    };
    (likeness, points)
}

fn brand(lost: &View<'_>, found: &View<'_>) -> Weighed {
    let fewer = lost.brand.len().min(found.brand.len());
    if fewer == 0 {
        return (None, 0);
    }
    let shared = merge(
        lost.brand.iter().map(|pair| u16::from_le_bytes(*pair)),
        found.brand.iter().map(|pair| u16::from_le_bytes(*pair)),
    );
    let likeness = percent(shared.count(), fewer);
    // A maker that is only mentioned may be that of a part, or of what is inside.
    let stated = lost.brand_stated && found.brand_stated;
    let points = match likeness {
        75.. if stated => 8,
        75.. => 5,
        50.. => 3,
        _ if stated => -18,
        _ => -3,
    };
    (Some(likeness), points)
}

/// Words both sides use, less some of those only one of them uses: who writes much and agrees in little speaks of another
/// thing.
fn words(lost: &View<'_>, found: &View<'_>) -> Weighed {
    let all = |view: &View<'_>| view.words().map(|word| i32::from(word.weight())).sum::<i32>();
    let (ours, theirs) = (all(lost), all(found));
    if ours == 0 || theirs == 0 {
        return (None, UNDESCRIBED);
    }
    let shared: i32 = merge(lost.words(), found.words()).map(|word| i32::from(word.weight())).sum();
    let likeness = u8::try_from(200 * shared / (ours + theirs)).unwrap_or(100);
    let agreed = if shared > 2 { 4 } else { 0 };
    let points = shared + agreed - (ours + theirs - 2 * shared) / 4;
    (Some(likeness), points.clamp(-14, 36))
}

/// What two sorted lists share.
fn merge<T: Ord + Copy>(a: impl Iterator<Item = T>, b: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || {
        loop {
            let (x, y) = (*a.peek()?, *b.peek()?);
            if x <= y {
                a.next();
            }
            if y <= x {
                b.next();
            }
            if x == y {
                return Some(x);
            }
        }
    })
}

fn percent(part: usize, whole: usize) -> u8 {
    u8::try_from(part * 100 / whole.max(1)).unwrap_or(100).min(100)
}
