//! Figures of themes: first and last date, and the trend.

use super::document::{Figures, Trend};
use crate::clock::DAY_MS;

/// The lengths of a period in days; the longest of which the dates cover two is used.
const PERIODS: [i64; 3] = [30, 7, 1];

/// The last period and the one before, in the dates of all texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Periods {
    days: i64,
    /// The end of the last period: the newest date.
    end: i64,
}

impl Periods {
    /// Returns `None` if the dates cover less than two days.
    pub(super) fn of(dates: impl Iterator<Item = i64> + Clone) -> Option<Self> {
        let (first, end) = (dates.clone().min()?, dates.max()?);
        let fits = |days: &i64| end - first >= 2 * days * DAY_MS - DAY_MS;
        let days = PERIODS.into_iter().find(fits)?;
        Some(Self { days, end })
    }

    /// 0 for the last period, 1 for the one before.
    fn place(self, at: i64) -> Option<usize> {
        let place = (self.end - at).div_euclid(self.days * DAY_MS);
        usize::try_from(place).ok().filter(|place| *place < 2)
    }

    /// Number of dates in the last period and in the one before.
    pub(super) fn count(self, dates: impl Iterator<Item = i64>) -> [u64; 2] {
        let mut counts = [0; 2];
        for place in dates.filter_map(|at| self.place(at)) {
            counts[place] += 1;
        }
        counts
    }
}

/// Returns the figures of a theme. `of` counts all texts of its group in each period.
pub(super) fn figures(
    dates: impl Iterator<Item = i64> + Clone,
    periods: Option<Periods>,
    of: [u64; 2],
) -> Figures {
    let trend = periods.map(|periods| Trend {
        days: periods.days,
        end: periods.end,
        texts: periods.count(dates.clone()),
        of,
    });
    Figures {
        first: dates.clone().min(),
        last: dates.max(),
        trend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_period_of_which_there_are_two_is_used() {
        let of = |days: i64| Periods::of((0..=days).map(|day| day * DAY_MS));
        assert_eq!(of(0), None);
        assert_eq!(of(1).map(|periods| periods.days), Some(1));
        assert_eq!(of(12).map(|periods| periods.days), Some(1));
        assert_eq!(of(13).map(|periods| periods.days), Some(7));
        assert_eq!(of(59).map(|periods| periods.days), Some(30));
        assert_eq!(Periods::of(std::iter::empty()), None);
    }

    #[test]
    fn texts_are_counted_in_both_periods() {
        let dates = || (0..14).map(|day| day * DAY_MS);
        let periods = Periods::of(dates());
        let of = periods.unwrap().count(dates());
        assert_eq!(of, [7, 7]);
        let found = figures([3, 12, 13].map(|day| day * DAY_MS).into_iter(), periods, of);
        assert_eq!((found.first, found.last), (Some(3 * DAY_MS), Some(13 * DAY_MS)));
        assert_eq!(found.trend.unwrap().texts, [2, 1]);
    }
}
