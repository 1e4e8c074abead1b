//! Faults on order, and how often each endpoint was called.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::answer::Errcode;

/// An interface of WeChat that the simulator serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum Endpoint {
    /// `GET /sns/jscode2session`
    #[serde(rename = "jscode2session")]
    CodeToSession,
    /// `POST /cgi-bin/stable_token`
    #[serde(rename = "stable_token")]
    StableToken,
    /// `POST /wxa/business/getuserphonenumber`
    #[serde(rename = "getuserphonenumber")]
    PhoneNumber,
}

impl Endpoint {
    pub(super) const ALL: [Self; 3] = [Self::CodeToSession, Self::StableToken, Self::PhoneNumber];
}

/// How a call goes wrong. The first three change nothing; before any other the call has its effect, so that a code
/// is used up although the answer is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `errcode` -1: the system is busy.
    Busy,
    /// `errcode` 45009: the day's quota is used up.
    Quota,
    /// Any other `errcode`.
    Errcode(i64),
    /// The right answer, this much later.
    Timeout(Duration),
    /// A page of HTML.
    Garbage,
    /// The right answer with an empty `access_token`, if it has one.
    EmptyToken,
    /// The connection closes without an answer.
    DropConnection,
    /// The right answer, but calling itself `text/plain`.
    TextPlain,
    /// This body, word for word.
    Body(String),
}

impl Fault {
    /// The error that is answered instead of doing anything, if this is such a fault.
    pub(super) fn refusal(&self) -> Option<Errcode> {
        match self {
            Self::Busy => Some(Errcode::BUSY),
            Self::Quota => Some(Errcode::DAILY_QUOTA),
            Self::Errcode(errcode) => Some(Errcode(*errcode)),
            _ => None,
        }
    }
}

/// What is to go wrong, and what has been called.
#[derive(Default)]
pub(super) struct Ledger(Mutex<BTreeMap<Endpoint, Page>>);

#[derive(Default)]
struct Page {
    calls: u64,
    faults: VecDeque<(Fault, u32)>,
}

impl Ledger {
    pub(super) fn add(&self, endpoint: Endpoint, fault: Fault, times: u32) {
        if times > 0 {
            self.pages().entry(endpoint).or_default().faults.push_back((fault, times));
        }
    }

    pub(super) fn calls(&self, endpoint: Endpoint) -> u64 {
        self.pages().get(&endpoint).map_or(0, |page| page.calls)
    }

    /// Counts a call and says what is to go wrong with it.
    pub(super) fn enter(&self, endpoint: Endpoint) -> Option<Fault> {
        let mut pages = self.pages();
        let page = pages.entry(endpoint).or_default();
        page.calls += 1;
        let (fault, left) = page.faults.front_mut()?;
        let fault = fault.clone();
        *left -= 1;
        if *left == 0 {
            page.faults.pop_front();
        }
        Some(fault)
    }

    fn pages(&self) -> MutexGuard<'_, BTreeMap<Endpoint, Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
