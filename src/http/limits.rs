//! Who may ask how often, per process.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

use actix_web::http::header::{self, HeaderName};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::Problem;
use crate::error::Error;
use crate::values::Id;

/// The two limits. A limit of 0 is no limit.
pub struct Limits {
    callers: Option<Limit<Id>>,
    sign_ins: Option<Limit<IpAddr>>,
}

struct Limit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    per_minute: NonZeroU32,
}

impl Limits {
    /// Both limits are in requests a minute; a caller who was quiet may use a minute's worth at once.
    #[must_use]
    pub fn new(callers_per_minute: u32, sign_ins_per_minute: u32) -> Self {
        Self { callers: Limit::new(callers_per_minute), sign_ins: Limit::new(sign_ins_per_minute) }
    }

    /// Counts one request of a person.
    ///
    /// # Errors
    /// 429 with `Retry-After`.
    pub fn check_caller(&self, user_id: Id) -> Result<(), Problem> {
        self.callers.as_ref().map_or(Ok(()), |limit| limit.check(&user_id))
    }

    /// Counts one attempt to sign in from an address.
    ///
    /// # Errors
    /// 429 with `Retry-After`.
    pub fn check_sign_in(&self, address: IpAddr) -> Result<(), Problem> {
        self.sign_ins.as_ref().map_or(Ok(()), |limit| limit.check(&address))
    }

    /// Drops callers who have been quiet long enough to have their whole allowance again.
    pub fn forget_quiet(&self) {
        if let Some(limit) = &self.callers {
            limit.limiter.retain_recent();
        }
        if let Some(limit) = &self.sign_ins {
            limit.limiter.retain_recent();
        }
    }
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(per_minute: u32) -> Option<Self> {
        let per_minute = NonZeroU32::new(per_minute)?;
        Some(Self { limiter: RateLimiter::keyed(Quota::per_minute(per_minute)), per_minute })
    }

    /// The headers follow draft-ietf-httpapi-ratelimit-headers.
    fn check(&self, key: &K) -> Result<(), Problem> {
        self.limiter.check_key(key).map_err(|denied| {
            let wait = denied.wait_time_from(DefaultClock::default().now());
            // Rounded up, and never "at once".
            let wait = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
            let error = Error::TooManyRequests { code: "rate_limited", retry_after_seconds: wait };
            Problem::from(error)
                .with_header(
                    HeaderName::from_static("ratelimit-policy"),
                    format!("\"rate_limited\";q={};w=60", self.per_minute),
                )
                .with_header(header::CACHE_CONTROL, "no-store")
        })
    }
}
