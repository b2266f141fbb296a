//! What a value of a date column is, before the order of day and month is known.

use time::{Date, Month};

use crate::dates::order::DateOrder;

pub(super) const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// The characters between day, month and year of a date whose order must be known.
pub(super) const SEPARATORS: [char; 3] = ['/', '-', '.'];

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Empty,
    /// Microseconds since 1970-01-01 00:00 UTC.
    Instant(i64),
    /// Two numbers of which one is the day and one is the month.
    Ordered(Ordered),
    Unreadable,
}

/// A date in which the day or the month can come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ordered {
    pub(super) first: u64,
    pub(super) second: u64,
    pub(super) year: u64,
    /// Index in [`SEPARATORS`].
    pub(super) separator: usize,
    /// Microseconds from the beginning of the day in UTC.
    pub(super) clock: i64,
}

impl Ordered {
    /// Returns the instant if the day or the month comes first; `None` if there is no such date.
    pub(super) fn instant(&self, order: DateOrder) -> Option<i64> {
        let (day, month) = match order {
            DateOrder::DayFirst => (self.first, self.second),
            DateOrder::MonthFirst => (self.second, self.first),
        };
        instant(self.year, month, day, self.clock)
    }

    /// Returns the instant in each order; `None` where there is no such date.
    pub(super) fn instants(&self) -> [Option<i64>; 2] {
        [DateOrder::DayFirst, DateOrder::MonthFirst].map(|order| self.instant(order))
    }
}

/// Returns the microseconds since 1970 of a day plus `clock`; `None` if there is no such day.
pub(super) fn instant(year: u64, month: u64, day: u64, clock: i64) -> Option<i64> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    const JULIAN_DAY_OF_1970: i64 = 2_440_588;
    Some((i64::from(date.to_julian_day()) - JULIAN_DAY_OF_1970) * MICROS_PER_DAY + clock)
}
