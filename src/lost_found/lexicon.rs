//! Words that mean the same, words that mean little, and the makers people name.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::categories;

/// What a known word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing that tells one thing from another.
    Nothing,
    /// Something half of all descriptions say.
    Common(&'static str),
    /// A kind of thing, by the number of its category.
    Category(u16),
    /// A maker, by the first of its names.
    Brand(&'static str),
    /// A particular, by the first of the words that mean it.
    Particular(&'static str),
}

/// A word, and what it means.
type Known = (Vec<char>, Meaning);

#[derive(Default, Deserialize)]
struct Lists {
    stop: Vec<String>,
    common: Vec<String>,
    alike: Vec<Vec<String>>,
}

/// The shipped lists. Unreadable text would leave one empty; the tests see to it that none is.
static LISTS: LazyLock<Lists> = LazyLock::new(|| serde_json::from_str(include_str!("words.json")).unwrap_or_default());
static BRANDS: LazyLock<Vec<Vec<String>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("brands.json")).unwrap_or_default());

/// The known words with what they mean, longest first, under the character they begin with.
static WORDS: LazyLock<HashMap<char, Vec<Known>>> = LazyLock::new(|| {
    let mut meanings: HashMap<String, Meaning> = HashMap::new();
    // A word in several lists means what the last of them says; a word of several categories, the first of these.
    for category in categories::all() {
        for word in &category.words {
            meanings.entry(word.to_lowercase()).or_insert(Meaning::Category(category.number));
        }
    }
    for names in BRANDS.iter() {
        for name in names {
            meanings.insert(name.clone(), Meaning::Brand(names.first().map_or("", String::as_str)));
        }
    }
    for words in &LISTS.alike {
        for word in words {
            meanings.insert(word.clone(), Meaning::Particular(words.first().map_or("", String::as_str)));
        }
    }
    meanings.extend(LISTS.common.iter().map(|word| (word.clone(), Meaning::Common(word))));
    meanings.extend(LISTS.stop.iter().map(|word| (word.clone(), Meaning::Nothing)));
    let mut words: HashMap<char, Vec<Known>> = HashMap::new();
    for (word, meaning) in meanings {
        let chars: Vec<char> = word.chars().collect();
        if let Some(first) = chars.first() {
            words.entry(*first).or_default().push((chars, meaning));
        }
    }
    for same_start in words.values_mut() {
        same_start.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    }
    words
});

/// The longest known word a plain text begins with, its length in characters and its meaning.
///
/// A Latin word is found only as a whole: `hp` is not at the start of `hpv`.
pub(super) fn longest(text: &[char]) -> Option<(usize, Meaning)> {
    let words = WORDS.get(text.first()?)?;
    let fits = |word: &[char]| {
        let latin = |c: Option<&char>| c.is_some_and(char::is_ascii_alphabetic);
        text.starts_with(word) && !(latin(word.last()) && latin(text.get(word.len())))
    };
    words.iter().find(|(word, _)| fits(word)).map(|(word, meaning)| (word.len(), *meaning))
}
