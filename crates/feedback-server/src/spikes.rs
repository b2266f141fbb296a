//! Spikes: categories that occur unusually often on a day.
//!
//! A day's count of a category is compared with the category's counts on up to 28 earlier days. The measure is the modified
//! z-score of Iglewicz and Hoaglin (*How to Detect and Handle Outliers*, ASQC, 1993): the distance from the median, in units of
//! 1.4826 times the median absolute deviation (MAD). If the counts are normally distributed, this unit equals their standard
//! deviation. An earlier spike or a quiet holiday hardly changes the median and the MAD. The limit is 3.5, as Iglewicz and
//! Hoaglin recommend.
//!
//! Counts are integers and often small, so the MAD may be 0. Therefore the unit is at least 1, and at least the square root of
//! the median. This is the standard deviation of a Poisson distribution with the median as its mean.

use std::collections::BTreeMap;

use feedback_store::DayCount;

/// The maximum number of days that a day is compared with.
pub(crate) const DAYS: i64 = 28;
/// The minimum number of days to compare with.
const MIN_DAYS: i64 = 7;
/// The minimum modified z-score of a spike.
const LIMIT: f64 = 3.5;
/// The standard deviation of a normal distribution, divided by its MAD.
const MAD_TO_DEVIATION: f64 = 1.4826;

/// A category that occurred unusually often on one day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spike {
    /// The category.
    pub(crate) label: String,
    /// Number of texts of the category on that day.
    pub(crate) count: u64,
    /// Median of the counts of the days before.
    pub(crate) median: f64,
    /// Median absolute deviation of the counts of the days before.
    pub(crate) mad: f64,
    /// The modified z-score.
    pub(crate) score: f64,
}

/// Returns the categories that spike on `day`, highest score first. A count below `min_count` is never a spike.
///
/// A text with several labels counts once under each. The texts without labels are no category.
///
/// `days` must contain the counts of that day and of the [`DAYS`] days before it; other days are ignored. The past starts on the
/// first day with a text: earlier days are unknown, and later days without a text count as 0.
pub(crate) fn spikes(days: &[DayCount], day: i64, min_count: u64) -> Vec<Spike> {
    let past = day - DAYS..day;
    let known = days.iter().map(|one| one.day).filter(|one| past.contains(one));
    let Some(first) = known.min().filter(|first| day - first >= MIN_DAYS) else {
        return Vec::new();
    };
    let mut counts: BTreeMap<&str, BTreeMap<i64, u64>> = BTreeMap::new();
    for one in days.iter().filter(|one| (first..=day).contains(&one.day)) {
        for label in &one.labels {
            *counts.entry(label).or_default().entry(one.day).or_default() += one.count;
        }
    }
    let on = |counts: &BTreeMap<i64, u64>, day| counts.get(&day).copied().unwrap_or(0);
    let mut found: Vec<Spike> = counts
        .into_iter()
        .filter(|(_, counts)| on(counts, day) >= min_count.max(1))
        .map(|(label, counts)| {
            let past = (first..day).map(|day| on(&counts, day) as f64).collect();
            compared(label, on(&counts, day), past)
        })
        .filter(|spike| spike.score >= LIMIT)
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}

fn compared(label: &str, count: u64, past: Vec<f64>) -> Spike {
    let middle = median(past.clone());
    let mad = median(past.into_iter().map(|one| (one - middle).abs()).collect());
    let unit = (MAD_TO_DEVIATION * mad).max(middle.sqrt()).max(1.0);
    Spike {
        label: label.to_owned(),
        count,
        median: middle,
        mad,
        score: (count as f64 - middle) / unit,
    }
}

/// Returns the median; 0 if there are no values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.as_slice() {
        [] => 0.0,
        values if values.len() % 2 == 1 => values[half],
        values => (values[half - 1] + values[half]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: i64 = 100;

    /// Returns counts of consecutive days, the last of which is `TODAY`.
    fn days(label: &str, counts: &[u64]) -> Vec<DayCount> {
        let first = TODAY + 1 - counts.len() as i64;
        (first..)
            .zip(counts)
            .filter(|(_, count)| **count > 0)
            .map(|(day, count)| DayCount {
                day,
                labels: vec![label.into()],
                source: "api".into(),
                count: *count,
                confidence: 0.0,
            })
            .collect()
    }

    fn past_and(counts: [u64; 7], today: u64) -> Vec<DayCount> {
        let mut all = counts.repeat(4);
        all.push(today);
        days("bug", &all)
    }

    /// Computed by hand: 1 2 3 4 5 6 7, four times, have the median 4 and the MAD 2. The unit is 1.4826 · 2 = 2.9652, so the limit
    /// is 4 + 3.5 · 2.9652 = 14.4.
    #[test]
    fn the_limit_matches_a_computation_by_hand() {
        let counts = [3, 1, 7, 5, 2, 6, 4];
        assert_eq!(spikes(&past_and(counts, 14), TODAY, 1), []);
        let found = spikes(&past_and(counts, 15), TODAY, 1);
        assert_eq!((found[0].count, found[0].median, found[0].mad), (15, 4.0, 2.0));
        assert!((found[0].score - 11.0 / 2.9652).abs() < 1e-12);
        assert_eq!(
            spikes(&past_and(counts, 15), TODAY, 16),
            [],
            "below the minimum count"
        );
    }

    /// Computed by hand: if the count is 9 every day, the MAD is 0, so the unit is √9 = 3 and the limit is 9 + 3.5 · 3 = 19.5.
    #[test]
    fn if_the_mad_is_0_the_square_root_of_the_median_is_the_unit() {
        assert_eq!(spikes(&past_and([9; 7], 19), TODAY, 1), []);
        assert_eq!(spikes(&past_and([9; 7], 20), TODAY, 1).len(), 1);
        assert_eq!(spikes(&past_and([0, 0, 0, 0, 0, 0, 1], 3), TODAY, 1), []);
        assert_eq!(spikes(&past_and([0, 0, 0, 0, 0, 0, 1], 4), TODAY, 1).len(), 1);
    }

    #[test]
    fn an_earlier_spike_does_not_hide_a_new_one() {
        let mut counts = vec![5; 28];
        counts[20] = 500;
        counts.push(40);
        assert_eq!(spikes(&days("bug", &counts), TODAY, 1).len(), 1);
    }

    #[test]
    fn seven_known_days_are_required() {
        assert_eq!(spikes(&[], TODAY, 1), []);
        assert_eq!(spikes(&days("bug", &[500]), TODAY, 1), []);
        assert_eq!(spikes(&days("bug", &[5, 5, 5, 5, 5, 5, 500]), TODAY, 1), []);
        assert_eq!(
            spikes(&days("bug", &[5, 5, 5, 5, 5, 5, 5, 500]), TODAY, 1).len(),
            1
        );
        // Days before the past and after `TODAY` are ignored.
        let mut far = days("bug", &[0; 29]);
        far.extend(past_and([9; 7], 10));
        for (day, count) in [(TODAY - 29, 9000), (TODAY + 1, 9000)] {
            far.push(DayCount {
                day,
                count,
                ..far[0].clone()
            });
        }
        assert_eq!(spikes(&far, TODAY, 1), []);
    }

    /// A new category may spike too. The counts of all sources are added up, and the highest score comes first.
    #[test]
    fn categories_are_separate_and_sources_are_added_up() {
        let mut all = past_and([9; 7], 40);
        let mut new = days("billing", &[6]);
        new.push(DayCount {
            source: "mail".into(),
            ..new[0].clone()
        });
        all.extend(new);
        let found = spikes(&all, TODAY, 10);
        let names: Vec<_> = found
            .iter()
            .map(|one| (one.label.as_str(), one.count, one.median))
            .collect();
        assert_eq!(names, [("billing", 12, 0.0), ("bug", 40, 9.0)]);
    }
}
