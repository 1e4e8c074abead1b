//! The words of the year: `words.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::accounts::model::Role;
use crate::error::Error;

const WORDS: &str = include_str!("words.json");

/// What people say, do and are called.
#[derive(Deserialize)]
pub(super) struct Words {
    pub surnames: Vec<String>,
    pub titles: Vec<String>,
    /// What some add.
    pub tails: Vec<String>,
    pub repairs: Vec<Topic>,
    pub complaints: Vec<Topic>,
    pub inquiries: Vec<Line>,
    pub lost: Vec<Line>,
    pub merchant_requests: Vec<Line>,
    pub owner_requests: Vec<Line>,
    pub suggestions: Vec<Line>,
    pub answers: Vec<String>,
    pub offers: Vec<String>,
    pub praise: Vec<String>,
    pub blame: Vec<String>,
    /// Why something is passed on.
    pub wrong_door: Vec<String>,
    /// By reason: what the note of a pause says.
    pub waits: BTreeMap<String, Vec<String>>,
    /// What the note of a pause says that only stops the clock.
    pub excuse_for_waiting: Vec<String>,
    /// What people add the second time.
    pub again: Vec<String>,
    /// Who works here, besides the demo's own people.
    pub people: Vec<Person>,
}

/// What is reported under a category.
#[derive(Deserialize)]
pub(super) struct Topic {
    pub category: String,
    pub department: String,
    /// Of so many others, how many are about this.
    pub weight: u64,
    /// The kind of places it happens at; anywhere if there is none.
    #[serde(default)]
    pub place: Option<String>,
    pub says: Vec<String>,
    pub done: Vec<String>,
}

/// A question and its answer.
#[derive(Deserialize)]
pub(super) struct Line {
    pub says: String,
    pub done: String,
}

/// A colleague.
#[derive(Deserialize)]
pub(super) struct Person {
    pub username: String,
    pub name: String,
    pub role: Role,
    pub department: String,
}

impl Words {
    pub(super) fn read() -> Result<Self, Error> {
        serde_json::from_str(WORDS).map_err(Error::internal)
    }
}
