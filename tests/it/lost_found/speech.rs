//! How owners and staff speak of lost things: the particulars of each kind, each in several people's words.

use std::sync::LazyLock;

use serde::Deserialize;

type Words<'a> = Vec<&'a str>;

#[derive(Deserialize)]
pub struct Speech<'a> {
    /// How reports begin and end. The empty ones are of the terse.
    #[serde(borrow)]
    pub report: Vec<(&'a str, &'a str)>,
    /// How the desk's entries begin and end.
    #[serde(borrow)]
    pub entry: Vec<(&'a str, &'a str)>,
    /// What owners add that is of no use.
    #[serde(borrow)]
    pub empty_words: Words<'a>,
    #[serde(borrow)]
    pub surnames: Words<'a>,
    #[serde(borrow)]
    pub provinces: Words<'a>,
    /// What a slipped finger writes.
    #[serde(borrow)]
    pub slips: Words<'a>,
    /// The particulars anything may have.
    #[serde(borrow)]
    pub any: Vec<Words<'a>>,
    #[serde(borrow)]
    pub kinds: Vec<Kind<'a>>,
}

/// A kind of thing people lose.
#[derive(Deserialize)]
pub struct Kind<'a> {
    /// Its category.
    pub code: &'a str,
    /// How often it is lost, among all.
    pub often: u64,
    /// What it is called.
    #[serde(borrow)]
    pub names: Words<'a>,
    /// Its makers, each with the names people write. Empty: nobody speaks of one.
    #[serde(borrow)]
    pub brands: Vec<Words<'a>>,
    /// What some of them have, each in several people's words. In braces: the thing's own letters, number, surname,
    /// province and year of birth.
    #[serde(borrow)]
    pub particulars: Vec<Words<'a>>,
}

pub static SPEECH: LazyLock<Speech<'static>> =
    LazyLock::new(|| serde_json::from_str(include_str!("speech.json")).unwrap());
