//! When people come and when people work: the mall's clock on the wall, its opening hours, its busy days.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::dice::Dice;
use crate::error::Error;
use crate::values::Instant;

const DAY: i64 = 24 * 3600;

/// By month: how busy it is, in hundredths of an ordinary one.
const SEASONS: [u64; 12] = [102, 108, 92, 90, 100, 101, 112, 115, 95, 108, 96, 106];
/// From Monday on.
const WEEKDAYS: [u64; 7] = [82, 80, 82, 88, 102, 135, 131];
/// The hour of the day, and how many come then.
const HOURS: [(i64, u64); 16] = [
    (8, 2),
    (9, 5),
    (10, 12),
    (11, 16),
    (12, 18),
    (13, 16),
    (14, 18),
    (15, 20),
    (16, 20),
    (17, 18),
    (18, 20),
    (19, 22),
    (20, 18),
    (21, 10),
    (22, 2),
    (23, 1),
];

/// The mall's clock on the wall.
pub(super) struct Hours {
    zone: TimeZone,
    opens: i64,
    closes: i64,
}

impl Hours {
    /// Hours as a site has them.
    pub(super) fn new(zone: &str, opens: &str, closes: &str) -> Result<Self, Error> {
        let seconds = |text: &str| -> Option<i64> {
            let (hour, minute) = text.split_once(':')?;
            Some(hour.parse::<i64>().ok()? * 3600 + minute.parse::<i64>().ok()? * 60)
        };
        let (Some(opens), Some(closes)) = (seconds(opens), seconds(closes)) else {
            return Err(Error::internal("opening hours are not hours"));
        };
        let zone = TimeZone::get(zone).map_err(Error::internal)?;
        Ok(Self { zone, opens, closes: if closes > opens { closes } else { DAY } })
    }

    /// When a day begins.
    pub(super) fn midnight(&self, date: Date) -> Result<Instant, Error> {
        Ok(date.to_zoned(self.zone.clone()).map_err(Error::internal)?.timestamp().into())
    }

    /// The day that a moment lies in.
    pub(super) fn date(&self, at: Instant) -> Date {
        at.0.to_zoned(self.zone.clone()).date()
    }

    /// Its month, as `2026-03`.
    pub(super) fn month(&self, at: Instant) -> String {
        month_of(self.date(at))
    }

    /// Seconds since midnight.
    pub(super) fn of_day(&self, at: Instant) -> i64 {
        let time = at.0.to_zoned(self.zone.clone()).time();
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
    }

    /// This moment if the mall is open, else when it opens next.
    pub(super) fn open_from(&self, at: Instant) -> Instant {
        let of_day = self.of_day(at);
        let wait = if of_day < self.opens {
            self.opens - of_day
        } else if of_day < self.closes {
            0
        } else {
            DAY - of_day + self.opens
        };
        at + SignedDuration::from_secs(wait)
    }

    /// So many open seconds later.
    pub(super) fn after(&self, at: Instant, mut seconds: i64) -> Instant {
        let mut at = self.open_from(at);
        loop {
            let left = self.closes - self.of_day(at);
            if seconds < left {
                return at + SignedDuration::from_secs(seconds);
            }
            seconds -= left;
            at = self.open_from(at + SignedDuration::from_secs(left));
        }
    }
}

/// The month of a day, as `2026-03`.
pub(super) fn month_of(date: Date) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}

/// How busy a day is.
pub(super) fn weight(date: Date) -> u64 {
    let nth = |list: &[u64], n: i8| usize::try_from(n).ok().and_then(|n| list.get(n)).copied().unwrap_or(100);
    let holiday = match (date.month(), date.day()) {
        (10, 1..=7) => 150,
        (5, 1..=5) => 140,
        (1, 1..=3) => 125,
        _ => 100,
    };
    nth(&SEASONS, date.month() - 1) * nth(&WEEKDAYS, date.weekday().to_monday_zero_offset()) * holiday
}

/// When somebody comes, in seconds since midnight.
pub(super) fn arrival(dice: &mut Dice) -> Result<i64, Error> {
    let hour = dice.weighed(&HOURS, |(_, weight)| *weight)?.0;
    Ok(hour * 3600 + dice.between(0, 3599))
}
