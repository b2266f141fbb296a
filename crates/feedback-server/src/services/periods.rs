//! Periods by name, such as the last 30 days, and the units of charts over time. All days are in UTC.

use time::{Date, Month, OffsetDateTime};

use feedback_store::DayCount;

use crate::clock::{DAY_MS, now_ms};

/// The names of periods in addresses, and for people. They are relative to today, so a saved view with one moves on with the days.
pub(crate) const PERIODS: [(&str, &str); 7] = [
    ("7d", "last 7 days"),
    ("30d", "last 30 days"),
    ("90d", "last 90 days"),
    ("month", "this month"),
    ("last-month", "last month"),
    ("year", "this year"),
    ("last-year", "last year"),
];

/// Returns the start of a period and the end, which is not in it, in milliseconds since 1970; `None` for an unknown name.
pub(crate) fn range(name: &str, now: i64) -> Option<(i64, i64)> {
    let today = now.div_euclid(DAY_MS);
    let days = |n: i64| Some((today + 1 - n, today + 1));
    let month = first_of_month(today);
    let year = first_of_year(today);
    let (from, to) = match name {
        "7d" => days(7),
        "30d" => days(30),
        "90d" => days(90),
        "month" => Some((month, today + 1)),
        "last-month" => Some((first_of_month(month - 1), month)),
        "year" => Some((year, today + 1)),
        "last-year" => Some((first_of_year(year - 1), year)),
        _ => None,
    }?;
    Some((from * DAY_MS, to * DAY_MS))
}

/// Removes the days after tomorrow, and returns the number of texts on them. Earlier versions stored dates in the future; the charts end at
/// the newest day, so such a date would leave them almost empty.
pub(crate) fn take_future(days: &mut Vec<DayCount>) -> u64 {
    let last = now_ms().div_euclid(DAY_MS) + 1;
    let ahead = days.iter().filter(|day| day.day > last);
    let n = ahead.map(|day| day.count).sum();
    days.retain(|day| day.day <= last);
    n
}

/// The unit of a chart over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    Day,
    /// From Monday to Sunday, as ISO 8601 has them.
    Week,
    Month,
}

impl TimeUnit {
    /// Returns the unit that gives a readable number of periods for a span from `first` to `last`, in days since 1970.
    pub(crate) fn for_span(first: i64, last: i64) -> Self {
        match last - first + 1 {
            ..=31 => Self::Day,
            32..=250 => Self::Week,
            _ => Self::Month,
        }
    }

    /// Returns the name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Returns the first day of the period that a day is in.
    pub(crate) fn start(self, day: i64) -> i64 {
        match self {
            Self::Day => day,
            Self::Week => day - (day + 3).rem_euclid(7), // 1970-01-01 was a Thursday
            Self::Month => first_of_month(day),
        }
    }

    /// Returns the first day of the period after the one that begins with `start`.
    pub(crate) fn next(self, start: i64) -> i64 {
        match self {
            Self::Day => start + 1,
            Self::Week => start + 7,
            Self::Month => first_of_month(start + 31),
        }
    }
}

fn date(day: i64) -> Option<Date> {
    let time = OffsetDateTime::from_unix_timestamp(day.checked_mul(86_400)?).ok()?;
    Some(time.date())
}

fn first_of_month(day: i64) -> i64 {
    date(day).map_or(day, |date| day + 1 - i64::from(date.day()))
}

fn first_of_year(day: i64) -> i64 {
    let first = date(day).and_then(|date| Date::from_calendar_date(date.year(), Month::January, 1).ok());
    first.map_or(day, |first| {
        first.midnight().assume_utc().unix_timestamp() / 86_400
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{parse, rfc3339};

    fn day(text: &str) -> i64 {
        parse(text).unwrap() / DAY_MS
    }

    #[test]
    fn periods_begin_and_end_at_midnight() {
        let now = parse("2025-03-05T17:00:00Z").unwrap();
        let days = |name: &str| {
            let (from, to) = range(name, now).unwrap();
            [from, to].map(|time| rfc3339(time)[..10].to_owned())
        };
        assert_eq!(days("7d"), ["2025-02-27", "2025-03-06"]);
        assert_eq!(days("30d"), ["2025-02-04", "2025-03-06"]);
        assert_eq!(days("90d"), ["2024-12-06", "2025-03-06"]);
        assert_eq!(days("month"), ["2025-03-01", "2025-03-06"]);
        assert_eq!(days("last-month"), ["2025-02-01", "2025-03-01"]);
        assert_eq!(days("year"), ["2025-01-01", "2025-03-06"]);
        assert_eq!(days("last-year"), ["2024-01-01", "2025-01-01"]);
        assert_eq!(range("week", now), None);
        assert!(PERIODS.iter().all(|(name, _)| range(name, now).is_some()));
    }

    #[test]
    fn weeks_begin_on_mondays_and_months_on_their_first_days() {
        let sunday = day("2025-03-09");
        assert_eq!(TimeUnit::Week.start(sunday), day("2025-03-03"));
        assert_eq!(TimeUnit::Week.start(sunday + 1), sunday + 1);
        assert_eq!(TimeUnit::Month.start(day("2024-02-29")), day("2024-02-01"));
        assert_eq!(TimeUnit::Month.next(day("2024-02-01")), day("2024-03-01"));
        assert_eq!(TimeUnit::Month.next(day("2024-12-01")), day("2025-01-01"));
        let unit = |days: i64| TimeUnit::for_span(1000, 1000 + days - 1);
        assert_eq!(
            [unit(1), unit(31), unit(32), unit(250), unit(251)].map(TimeUnit::name),
            ["day", "day", "week", "week", "month"]
        );
    }
}
