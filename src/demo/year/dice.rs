//! Chance that comes out the same for the same seed. Only the demo's year lives by it: nothing secret hangs on it, and what is
//! secret in that year (passwords, links) still comes from the vault.

use crate::error::Error;

/// Sebastiano Vigna's `SplitMix64`.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of a range, its ends included, each as likely as the others.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = u64::try_from(to.saturating_sub(from)).unwrap_or(0) + 1;
        from + i64::try_from(self.next() % span).unwrap_or(0)
    }

    /// As [`Dice::between`], rather early than late: how long people take.
    pub(super) fn soon(&mut self, from: i64, to: i64) -> i64 {
        self.between(from, to).min(self.between(from, to))
    }

    /// Whether something happens that happens in so many of a thousand cases.
    pub(super) const fn chance(&mut self, permille: u64) -> bool {
        self.next() % 1000 < permille
    }

    /// One of several, each as likely as the others.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> Result<&'a T, Error> {
        self.weighed(of, |_| 1)
    }

    /// One of several, as likely as it weighs.
    pub(super) fn weighed<'a, T>(&mut self, of: &'a [T], weight: impl Fn(&T) -> u64) -> Result<&'a T, Error> {
        let total: u64 = of.iter().map(&weight).sum();
        let mut left = self.next() % total.max(1);
        for one in of {
            match left.checked_sub(weight(one)) {
                Some(rest) => left = rest,
                None => return Ok(one),
            }
        }
        Err(Error::internal("nothing to choose from"))
    }
}
