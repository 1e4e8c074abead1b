//! Chinese text to hashed words: known words by what they mean, the rest by its pairs of characters.
//!
//! Chinese writes no spaces, and a shipped segmenter would be large and wrong about names. Pairs of neighbouring
//! characters find the same words nearly as well.

use super::categories;
use super::lexicon::{Meaning, longest};

/// A hashed word, with what it weighs when both sides say it: 24 bits of hash over 8 bits of weight.
///
/// The same word always has the same weight, so that equal numbers are equal words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(pub(super) u32);

impl Word {
    fn new(text: &str, weight: u8) -> Self {
        Self(fnv1a(text.as_bytes()) & !0xff | u32::from(weight))
    }

    /// What it weighs, 1 to 255.
    pub const fn weight(self) -> u8 {
        self.0.to_le_bytes()[0]
    }
}

/// What words weigh. Rarer ones tell more.
mod weight {
    pub const COMMON: u8 = 1;
    /// Above its two characters, which count as well.
    pub const PAIR: u8 = 1;
    pub const CHARACTER: u8 = 2;
    pub const PARTICULAR: u8 = 6;
    pub const BRAND: u8 = 4;
    pub const CATEGORY: u8 = 5;
    pub const LATIN: u8 = 14;
    pub const NUMBER: u8 = 18;
}

/// Characters of grammar, and counting words: they end a run.
const GRAMMAR: &str = "的了是在有我个一不和也就都很着被把吗呢啊吧呀哦您你他她它们这那与及或等只张把部台件条串副双顶本辆枚块袋从到给让去来过还";

/// Characters that half of all descriptions have: alone they tell nothing.
const FREQUENT: &str = "上下里面外边中前后左右内旁角底顶头身体大小新旧长短厚薄多少高低黑白灰红蓝绿黄粉紫金银色两三四五六七八九十百千万几\
                        手机包袋盒卡证物品人男女老儿童子家用装放没见找回时年月日号天点分会能可以为要想看说做出入开关";

/// Characters that say nothing by themselves: who adds them says the same, and who lists several things does not.
const FILLERS: &str = "的了是我家一只个条张把件颗枚款有在着它那这";

/// The words of a description, sorted, each once. Words for what `category` (its number) is are left out: that is
/// compared on its own.
pub fn words(text: &str, category: u16) -> Vec<Word> {
    let plain = plain(text);
    let mut words = Vec::new();
    let mut run = Vec::new();
    let mut rest = plain.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let known = longest(rest);
        if known.is_some() || !is_han(*first) || GRAMMAR.contains(*first) {
            end_run(&mut run, &mut words);
        }
        if let Some((length, meaning)) = known {
            words.extend(known_word(meaning, category));
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let same = |kind: fn(&char) -> bool| rest.iter().take_while(|c| kind(c)).count();
        let (length, weight) = match first {
            '0'..='9' => (same(char::is_ascii_digit), weight::NUMBER),
            'a'..='z' => (same(char::is_ascii_lowercase), weight::LATIN),
            _ => {
                if is_han(*first) && !GRAMMAR.contains(*first) {
                    run.push(*first);
                }
                rest = after;
                continue;
            }
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let weight = if length > 1 { weight } else { weight::CHARACTER };
        words.push(Word::new(&String::from_iter(token), weight));
        rest = after;
    }
    end_run(&mut run, &mut words);
    words.sort_unstable();
    words.dedup();
    words
}

/// The makers a text names, by the first of each one's names, in order.
fn brands(text: &str) -> Vec<&'static str> {
    let plain = plain(text);
    let mut found = Vec::new();
    let mut rest = plain.as_slice();
    while !rest.is_empty() {
        let known = longest(rest);
        if let Some((_, Meaning::Brand(name))) = known {
            found.push(name);
        }
        // A Latin word is one: what it ends with is not its start.
        let latin = rest.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        rest = rest.get(known.map_or(1, |(length, _)| length).max(latin)..).unwrap_or_default();
    }
    found
}

/// The pairs of characters of a maker's name, hashed, sorted, each once. One that is known under several names has the
/// pairs of the first; one that is not known still finds itself misspelt.
pub fn brand_pairs(brand: &str) -> Vec<u16> {
    let joined: String = brand.chars().filter(|c| c.is_alphanumeric()).collect();
    let known = Some(brands(brand)).filter(|known| !known.is_empty()).unwrap_or_else(|| brands(&joined));
    let names = if known.is_empty() {
        vec![plain(&joined).iter().collect()]
    } else {
        known.into_iter().map(str::to_owned).collect()
    };
    hashed_pairs(names.iter().map(String::as_str))
}

/// The pairs of characters of the makers a text names, as of [`brand_pairs`].
pub fn named_brand_pairs(text: &str) -> Vec<u16> {
    hashed_pairs(brands(text).into_iter())
}

fn hashed_pairs<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u16> {
    // The mark makes a pair of a single character, and lets the first one count double.
    let marked = names.map(|name| std::iter::once('^').chain(name.chars()).collect::<Vec<_>>());
    let mut hashes: Vec<u16> =
        marked.flat_map(|name| pairs(&name).collect::<Vec<_>>()).map(|pair| short(fnv1a(pair.as_bytes()))).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// FNV-1a of 32 bits. It is written here because it is stored: no library may change it.
pub(super) fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

fn short(hash: u32) -> u16 {
    let [a, b, c, d] = hash.to_le_bytes();
    u16::from_le_bytes([a ^ c, b ^ d])
}

/// Full-width forms as their plain ones, lower case, and a space for each character that is neither letter nor digit.
fn plain(text: &str) -> Vec<char> {
    let half_width = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let lower = text.chars().map(half_width).flat_map(char::to_lowercase);
    lower.map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect()
}

/// A text for comparing it as a whole: letters and digits alone, full-width forms as their plain ones, lower case.
pub fn folded(text: &str) -> String {
    plain(text).into_iter().filter(|c| *c != ' ').collect()
}

/// A text as [`folded`], without the small words that say nothing by themselves: who adds them says the same.
pub fn bare(text: &str) -> String {
    folded(text).chars().filter(|c| !FILLERS.contains(*c)).collect()
}

fn is_han(c: char) -> bool {
    c.is_alphabetic() && !c.is_ascii()
}

fn known_word(meaning: Meaning, category: u16) -> Option<Word> {
    match meaning {
        Meaning::Nothing => None,
        Meaning::Common(word) => Some(Word::new(word, weight::COMMON)),
        Meaning::Category(other) if categories::likeness(category, other) >= categories::NEAR => None,
        Meaning::Category(other) => Some(Word::new(&format!("category {other}"), weight::CATEGORY)),
        Meaning::Brand(name) => Some(Word::new(name, weight::BRAND)),
        Meaning::Particular(word) => Some(Word::new(word, weight::PARTICULAR)),
    }
}

/// Turns a run of Chinese characters into its pairs and its characters: words for the same often share one.
fn end_run(run: &mut Vec<char>, words: &mut Vec<Word>) {
    let tells = |text: &String| text.chars().any(|c| !FREQUENT.contains(c));
    words.extend(pairs(run).filter(tells).map(|pair| Word::new(&pair, weight::PAIR)));
    words.extend(run.iter().map(char::to_string).filter(tells).map(|one| Word::new(&one, weight::CHARACTER)));
    run.clear();
}

fn pairs(text: &[char]) -> impl Iterator<Item = String> {
    text.windows(2).map(String::from_iter)
}
