//! Periods, counted back from the last date.

use time::{Date, Duration, Month};

use crate::options::{Comparison, PeriodLength};

/// The lengths from which the default is chosen, the longest first.
const LENGTHS: [PeriodLength; 4] = [
    PeriodLength::Quarter,
    PeriodLength::Month,
    PeriodLength::Week,
    PeriodLength::Day,
];

/// Days from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) first: Date,
    pub(crate) last: Date,
}

impl Window {
    pub(crate) fn contains(&self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    fn days(&self) -> i64 {
        (self.last - self.first).whole_days() + 1
    }
}

/// The earlier period and the last period; `None` if their days cannot be represented.
pub(crate) fn windows(last: Date, length: PeriodLength, compare: Comparison) -> Option<[Window; 2]> {
    let window = |last: Date| {
        let first = back(last, length, 1)?.next_day()?;
        Some(Window { first, last })
    };
    let before = match (compare, length) {
        (Comparison::Previous, _) => back(last, length, 1)?,
        (Comparison::YearBefore, PeriodLength::Day | PeriodLength::Week) => {
            last.checked_sub(Duration::days(364))?
        }
        (Comparison::YearBefore, _) => months_back(last, 12)?,
    };
    Some([window(before)?, window(last)?])
}

/// The longest period that fits twice between the first and the last date; `None` if all dates are the same.
pub(crate) fn default_length(first: Date, last: Date) -> Option<PeriodLength> {
    LENGTHS.into_iter().find(|&length| {
        windows(last, length, Comparison::Previous).is_some_and(|[before, _]| {
            let missing = (first - before.first).whole_days();
            missing <= before.days() / 10
        })
    })
}

/// The last day of the period that ends `n` periods before the one that ends at `last`.
fn back(last: Date, length: PeriodLength, n: i32) -> Option<Date> {
    match length {
        PeriodLength::Day => last.checked_sub(Duration::days(i64::from(n))),
        PeriodLength::Week => last.checked_sub(Duration::days(7 * i64::from(n))),
        PeriodLength::Month => months_back(last, n),
        PeriodLength::Quarter => months_back(last, 3 * n),
    }
}

/// The same day `n` months earlier. For the last day of a month, this is the last day of the earlier month.
fn months_back(day: Date, n: i32) -> Option<Date> {
    let months = day.year() * 12 + i32::from(u8::from(day.month())) - 1 - n;
    let year = months.div_euclid(12);
    let month = Month::try_from(months.rem_euclid(12) as u8 + 1).ok()?;
    let last = last_of_month(year, month)?;
    if last_of_month(day.year(), day.month())? == day {
        return Some(last);
    }
    Date::from_calendar_date(year, month, day.day().min(last.day())).ok()
}

fn last_of_month(year: i32, month: Month) -> Option<Date> {
    let days = [31, 30, 29, 28].into_iter();
    days.filter_map(|day| Date::from_calendar_date(year, month, day).ok())
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days::iso;

    fn date(text: &str) -> Date {
        let part = |range: std::ops::Range<usize>| text[range].parse::<u16>().expect("a number");
        let month = Month::try_from(part(5..7) as u8).expect("a month");
        Date::from_calendar_date(i32::from(part(0..4)), month, part(8..10) as u8).expect("a date")
    }

    fn found(last: &str, length: PeriodLength, compare: Comparison) -> [String; 4] {
        let [before, after] = windows(date(last), length, compare).expect("valid");
        [before.first, before.last, after.first, after.last].map(iso)
    }

    #[test]
    fn periods_count_back_from_the_last_date() {
        use Comparison::{Previous, YearBefore};
        use PeriodLength::{Day, Month, Quarter, Week};
        for (last, length, compare, expected) in [
            (
                "2025-04-17",
                Month,
                Previous,
                ["2025-02-18", "2025-03-17", "2025-03-18", "2025-04-17"],
            ),
            (
                "2025-04-30",
                Month,
                Previous,
                ["2025-03-01", "2025-03-31", "2025-04-01", "2025-04-30"],
            ),
            (
                "2025-03-30",
                Month,
                Previous,
                ["2025-02-01", "2025-02-28", "2025-03-01", "2025-03-30"],
            ),
            (
                "2025-06-30",
                Quarter,
                Previous,
                ["2025-01-01", "2025-03-31", "2025-04-01", "2025-06-30"],
            ),
            (
                "2025-01-05",
                Week,
                Previous,
                ["2024-12-23", "2024-12-29", "2024-12-30", "2025-01-05"],
            ),
            (
                "2024-03-01",
                Day,
                Previous,
                ["2024-02-29", "2024-02-29", "2024-03-01", "2024-03-01"],
            ),
            (
                "2024-02-29",
                Month,
                YearBefore,
                ["2023-02-01", "2023-02-28", "2024-02-01", "2024-02-29"],
            ),
            (
                "2025-01-05",
                Week,
                YearBefore,
                ["2024-01-01", "2024-01-07", "2024-12-30", "2025-01-05"],
            ),
        ] {
            assert_eq!(
                found(last, length, compare),
                expected,
                "{last} {length:?} {compare:?}"
            );
        }
    }

    #[test]
    fn the_default_is_the_longest_period_that_fits_twice() {
        use PeriodLength::{Day, Month, Quarter, Week};
        for (first, last, expected) in [
            ("2025-01-01", "2025-06-30", Some(Quarter)),
            ("2025-01-09", "2025-06-30", Some(Quarter)),
            ("2025-01-20", "2025-06-30", Some(Month)),
            ("2025-03-01", "2025-04-30", Some(Month)),
            ("2025-04-01", "2025-04-20", Some(Week)),
            ("2025-04-01", "2025-04-10", Some(Day)),
            ("2025-04-01", "2025-04-02", Some(Day)),
            ("2025-04-01", "2025-04-01", None),
        ] {
            assert_eq!(
                default_length(date(first), date(last)),
                expected,
                "{first} {last}"
            );
        }
    }

    #[test]
    fn the_first_day_of_all_has_no_period_before_it() {
        assert!(windows(Date::MIN, PeriodLength::Month, Comparison::Previous).is_none());
    }
}
