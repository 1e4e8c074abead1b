//! Which calls go wrong and how, and how many there were.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::answer::{Refusal, Signing};

/// An interface of WeChat Pay that the simulator serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PayEndpoint {
    /// `POST /v3/payscore/serviceorder`
    Create,
    /// `GET /v3/payscore/serviceorder`
    Query,
    /// `POST /v3/payscore/serviceorder/{out_order_no}/cancel`
    Cancel,
    /// `POST /v3/payscore/serviceorder/{out_order_no}/complete`
    Complete,
    /// `POST /v3/payscore/serviceorder/{out_order_no}/modify`
    Modify,
    /// `POST /v3/payscore/serviceorder/{out_order_no}/sync`
    Sync,
    /// `POST /v3/refund/domestic/refunds`
    Refund,
    /// `GET /v3/refund/domestic/refunds/{out_refund_no}`
    QueryRefund,
}

impl PayEndpoint {
    pub(super) const ALL: [Self; 8] = [
        Self::Create,
        Self::Query,
        Self::Cancel,
        Self::Complete,
        Self::Modify,
        Self::Sync,
        Self::Refund,
        Self::QueryRefund,
    ];
}

/// How a call goes wrong. The first three change nothing; before any other the call has its effect, so that only the
/// answer is lost or spoilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayFault {
    /// 500 `SYSTEM_ERROR`.
    SystemError,
    /// 429 `FREQUENCY_LIMITED`.
    TooMany,
    /// Any other error.
    Error {
        /// The HTTP status.
        status: u16,
        /// The code in the body.
        code: String,
        /// The inner number at the end of the `Request-Id`.
        number: u64,
    },
    /// 500 `SYSTEM_ERROR` although the call had its effect.
    LateSystemError,
    /// The right answer, this much later.
    Timeout(Duration),
    /// The connection closes without an answer.
    DropConnection,
    /// A page of HTML with status 200.
    Garbage,
    /// The right answer without a signature.
    Unsigned,
    /// The right answer with the signature of another.
    WrongSignature,
    /// The right answer, signed by a key that nobody knows.
    OtherKey,
    /// The right answer, signed this many seconds ago.
    Old(i64),
    /// The right answer with a signature that is wrong on purpose: `WECHATPAY/SIGNTEST/…`.
    Probe,
    /// This body, word for word, rightly signed.
    Body(String),
}

impl PayFault {
    /// The error that is answered instead of doing anything, if this is such a fault.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::SystemError => Some(Refusal::system()),
            Self::TooMany => Some(Refusal::too_often()),
            Self::Error { status, code, number } => Some(Refusal::new(*status, code, *number, "refused")),
            _ => None,
        }
    }

    pub(super) fn signing(&self) -> Signing {
        match self {
            Self::Unsigned => Signing::Missing,
            Self::WrongSignature => Signing::Wrong,
            Self::OtherKey => Signing::OtherKey,
            Self::Old(seconds) => Signing::Old(*seconds),
            Self::Probe => Signing::Probe,
            _ => Signing::Right,
        }
    }
}

/// What is to go wrong, and what has been called.
#[derive(Default)]
pub(super) struct Ledger(Mutex<BTreeMap<PayEndpoint, Page>>);

#[derive(Default)]
struct Page {
    calls: u64,
    faults: VecDeque<(PayFault, u32)>,
}

impl Ledger {
    pub(super) fn add(&self, endpoint: PayEndpoint, fault: PayFault, times: u32) {
        if times > 0 {
            self.pages().entry(endpoint).or_default().faults.push_back((fault, times));
        }
    }

    pub(super) fn clear(&self) {
        self.pages().values_mut().for_each(|page| page.faults.clear());
    }

    pub(super) fn calls(&self, endpoint: PayEndpoint) -> u64 {
        self.pages().get(&endpoint).map_or(0, |page| page.calls)
    }

    /// Counts a call and says what is to go wrong with it.
    pub(super) fn enter(&self, endpoint: PayEndpoint) -> Option<PayFault> {
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

    fn pages(&self) -> MutexGuard<'_, BTreeMap<PayEndpoint, Page>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
