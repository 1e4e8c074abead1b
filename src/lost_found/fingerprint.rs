//! What is known of a thing, in bytes that are quick to compare.
//!
//! Version 1, little-endian, without gaps:
//!
//! | bytes      | what                                                                      |
//! |------------|---------------------------------------------------------------------------|
//! | 1          | version                                                                   |
//! | 2          | number of the category                                                    |
//! | 4          | bits of the colours                                                       |
//! | 8, 8       | from, until: seconds since 1970                                           |
//! | 1, 1, 1, 1 | how many places, brand pairs and words follow; 1 if the brand was stated  |
//! | 16 each    | places: hashed keys of up to 4 locations from the outermost, 0 after them |
//! | 2 each     | hashed pairs of the brand, sorted                                         |
//! | 4 each     | words, sorted                                                             |

use super::colours::Colours;
use super::words::{Word, brand_pairs, fnv1a, named_brand_pairs, words};

/// What is known of a thing, from whichever side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described<'a> {
    /// The number of its category.
    pub category: u16,
    /// Its colours. Empty if nobody says.
    pub colours: Colours,
    /// Its maker, if somebody says. Otherwise one is looked for in the words.
    pub brand: Option<&'a str>,
    /// Everything else that was written about it.
    pub words: &'a str,
    /// Where it was found, or may have been lost: for each place the keys of its locations from the outermost (a floor)
    /// inwards (a zone, a shop).
    pub places: Vec<Vec<u64>>,
    /// When it was found, or the first moment it may have been lost, in seconds since 1970.
    pub from: i64,
    /// When it was found, or the last moment it may have been lost, in seconds since 1970.
    pub until: i64,
}

/// What the bytes begin with. It changes whenever an old fingerprint can no longer be compared with a new one: also with
/// the lists of words and brands. Stored ones are then made again.
pub const VERSION: u8 = 1;

/// How many places are kept of a thing. Who names more has no idea.
pub const MAX_PLACES: usize = 12;
/// How many words are kept of a thing, the heaviest first.
pub const MAX_WORDS: usize = 160;
/// How many pairs of characters are kept of a brand.
const MAX_BRAND: usize = 24;
/// How many locations are kept of a place.
const DEPTH: usize = 4;
/// How many bytes are kept of a location's key.
pub(super) const KEY: usize = 4;
/// How many bytes are kept of a place.
pub(super) const PLACE: usize = DEPTH * KEY;

/// What is known of a thing as bytes: what the database keeps beside a report and beside an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// The fingerprint of a thing. `until` before `from` counts as `from`.
    pub fn of(thing: &Described<'_>) -> Self {
        let stated = thing.brand.map(brand_pairs).filter(|pairs| !pairs.is_empty());
        let certain = stated.is_some();
        let mut brand = stated.unwrap_or_else(|| named_brand_pairs(thing.words));
        brand.truncate(MAX_BRAND);
        let mut words = words(thing.words, thing.category);
        words.sort_by_key(|word| std::cmp::Reverse(word.weight()));
        words.truncate(MAX_WORDS);
        words.sort_unstable();
        let mut places: Vec<[u8; PLACE]> =
            thing.places.iter().filter(|keys| !keys.is_empty()).map(|keys| place(keys)).collect();
        places.sort_unstable();
        places.dedup();
        places.truncate(MAX_PLACES);
        let count = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        let mut bytes = vec![VERSION];
        bytes.extend(thing.category.to_le_bytes());
        bytes.extend(thing.colours.bits().to_le_bytes());
        bytes.extend(thing.from.to_le_bytes());
        bytes.extend(thing.until.max(thing.from).to_le_bytes());
        bytes.extend([count(places.len()), count(brand.len()), count(words.len()), u8::from(certain)]);
        bytes.extend(places.iter().flatten());
        bytes.extend(brand.iter().flat_map(|pair| pair.to_le_bytes()));
        bytes.extend(words.iter().flat_map(|word| word.0.to_le_bytes()));
        Self(bytes)
    }

    /// Its bytes, for storage. [`View::of`] reads them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its bytes, for storage.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A fingerprint read where it lies, without a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View<'a> {
    pub(super) category: u16,
    pub(super) colours: Colours,
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) brand_stated: bool,
    pub(super) places: &'a [[u8; PLACE]],
    pub(super) brand: &'a [[u8; 2]],
    pub(super) words: &'a [[u8; 4]],
}

impl<'a> View<'a> {
    /// Reads the bytes of a fingerprint. None if they are not one of this version.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let ([version], rest) = bytes.split_first_chunk()?;
        let (category, rest) = rest.split_first_chunk()?;
        let (colours, rest) = rest.split_first_chunk()?;
        let (from, rest) = rest.split_first_chunk()?;
        let (until, rest) = rest.split_first_chunk()?;
        let ([places, brand, words, stated], rest) = rest.split_first_chunk()?;
        let (places, rest) = rest.split_at_checked(usize::from(*places) * PLACE)?;
        let (brand, rest) = rest.split_at_checked(usize::from(*brand) * 2)?;
        let view = Self {
            category: u16::from_le_bytes(*category),
            colours: Colours::from_bits(u32::from_le_bytes(*colours))?,
            from: i64::from_le_bytes(*from),
            until: i64::from_le_bytes(*until),
            brand_stated: *stated == 1,
            places: places.as_chunks().0,
            brand: brand.as_chunks().0,
            words: rest.as_chunks().0,
        };
        let whole = rest.len() == usize::from(*words) * 4;
        (*version == VERSION && whole && *stated <= 1 && view.from <= view.until).then_some(view)
    }

    /// The number of the category.
    pub const fn category(&self) -> u16 {
        self.category
    }

    /// The last moment, in seconds since 1970.
    pub const fn until(&self) -> i64 {
        self.until
    }

    /// The same without maker and words.
    #[must_use]
    pub const fn bare(self) -> Self {
        Self { brand_stated: false, brand: &[], words: &[], ..self }
    }

    /// The words, sorted.
    pub(super) fn words(&self) -> impl Iterator<Item = Word> + use<'a> {
        self.words.iter().map(|word| Word(u32::from_le_bytes(*word)))
    }
}

/// The hashed keys of a place's locations, from the outermost.
fn place(keys: &[u64]) -> [u8; PLACE] {
    let mut place = [0; PLACE];
    for (slot, key) in place.as_chunks_mut::<KEY>().0.iter_mut().zip(keys) {
        // Zero ends a place.
        *slot = fnv1a(&key.to_le_bytes()).max(1).to_le_bytes();
    }
    place
}
