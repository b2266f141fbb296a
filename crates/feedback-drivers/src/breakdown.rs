//! The change of a mean, broken down by segment.

use serde::Serialize;

use crate::rows::Unit;
use crate::segments::Segment;
use feedback_metrics::statistics::{Interval, mix_and_rate_effects};

/// The change of one metric, broken down by the segments of one field.
///
/// The mean of a period is Σ w m over the segments, where w is a segment's share of the rows and m its mean. With w̄ and m̄,
/// the averages of both periods, and M, the average of the two means of all rows:
///
/// - rate effect: w̄ (m after − m before)
/// - mix effect: (m̄ − M) (w after − w before)
///
/// These effects add up to the change. A segment that occurs in one period only has no change of its mean: its m̄ is its
/// mean in that period, and its contribution is its mix effect.
///
/// # References
///
/// Kitagawa 1955, "Components of a difference between two rates"; M, which does not change the sum, follows the centred
/// form in Das Gupta 1993, "Standardization and decomposition of rates".
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Breakdown {
    /// The position of the metric.
    pub metric: usize,
    /// The position of the field.
    pub field: usize,
    /// The mean in the first period.
    pub before: f64,
    /// The mean in the second period.
    pub after: f64,
    /// `after − before`.
    pub change: f64,
    /// The bootstrap interval of the change.
    pub interval: Interval,
    /// The number of rows with a value in the first period.
    pub rows_before: usize,
    /// The number of rows with a value in the second period.
    pub rows_after: usize,
    /// The number of rows that were left out because the metric has no value.
    pub rows_without_value: usize,
    /// The number of small segments that were merged.
    pub merged_segments: usize,
    /// The contribution of each segment, in order of their numbers, the merged ones last.
    pub contributions: Vec<Contribution>,
}

/// What one segment contributes to a change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Contribution {
    /// The segment.
    pub segment: Segment,
    /// Its rows in the first period.
    pub rows_before: usize,
    /// Its rows in the second period.
    pub rows_after: usize,
    /// The mean of its rows in the first period; `None` if there are none.
    pub mean_before: Option<f64>,
    /// The mean of its rows in the second period; `None` if there are none.
    pub mean_after: Option<f64>,
    /// The part that comes from a change of the segment's size.
    pub mix: Effect,
    /// The part that comes from a change of the mean within the segment.
    pub rate: Effect,
}

/// A part of a change, in units of the metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Effect {
    /// The effect; the effects of all segments add up to the change.
    pub value: f64,
    /// The bootstrap interval of the effect. It does not account for the number of effects; `significant` does.
    pub interval: Interval,
    /// The two-sided p-value, 0 to 1. For a rate effect, it tests whether the means of the two periods differ. For a mix
    /// effect, it is the larger of two p-values: one tests whether the segment's share of the rows differs, the other
    /// whether the segment's mean differs from the mean of all rows.
    pub p_value: f64,
    /// Benjamini and Hochberg's adjusted p-value, over all effects of the search.
    pub adjusted_p_value: f64,
    /// Whether `adjusted_p_value` is at most the false discovery rate.
    pub significant: bool,
}

/// Rows and sums by segment, of both periods.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Totals {
    pub(crate) rows: [Vec<f64>; 2],
    pub(crate) sums: [Vec<f64>; 2],
}

impl Totals {
    pub(crate) fn empty(n_segments: usize) -> Self {
        Self {
            rows: [vec![0.0; n_segments], vec![0.0; n_segments]],
            sums: [vec![0.0; n_segments], vec![0.0; n_segments]],
        }
    }

    pub(crate) fn new(units: &[Unit], n_segments: usize) -> Self {
        let mut totals = Self::empty(n_segments);
        units.iter().for_each(|unit| totals.add(unit));
        totals
    }

    pub(crate) fn add(&mut self, unit: &Unit) {
        let period = usize::from(unit.after);
        for cell in &unit.cells {
            self.rows[period][cell.segment] += cell.rows;
            self.sums[period][cell.segment] += cell.sum;
        }
    }

    /// The means of the two periods.
    pub(crate) fn means(&self) -> [f64; 2] {
        [0, 1].map(|period| {
            let total = |values: &[f64]| values.iter().sum::<f64>();
            total(&self.sums[period]) / total(&self.rows[period])
        })
    }

    /// The mean of a segment in each period; `None` without rows.
    pub(crate) fn segment_means(&self, segment: usize) -> [Option<f64>; 2] {
        [0, 1].map(|period| {
            let rows = self.rows[period][segment];
            (rows > 0.0).then(|| self.sums[period][segment] / rows)
        })
    }

    /// The mix effect and the rate effect of each segment.
    pub(crate) fn effects(&self) -> Vec<[f64; 2]> {
        let [rows_before, rows_after] = &self.rows;
        let [sums_before, sums_after] = &self.sums;
        mix_and_rate_effects([rows_before, rows_after], [sums_before, sums_after])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(rows: [[f64; 2]; 2], means: [[f64; 2]; 2]) -> Totals {
        let sums = [0, 1].map(|period| [0, 1].map(|segment| rows[period][segment] * means[period][segment]));
        Totals {
            rows: rows.map(Vec::from),
            sums: sums.map(Vec::from),
        }
    }

    #[test]
    fn by_hand() {
        // Shares 0.5, 0.5 → 0.75, 0.25; means 4, 2 → 4, 1. Before 3, after 3.25, centre 3.125.
        let found = totals([[50.0, 50.0], [75.0, 25.0]], [[4.0, 2.0], [4.0, 1.0]]).effects();
        assert_eq!(found, [[0.25 * 0.875, 0.0], [-0.25 * (1.5 - 3.125), -0.375]]);
        assert_eq!(found.iter().flatten().sum::<f64>(), 0.25);
    }

    #[test]
    fn simpsons_paradox() {
        // Both segments improve, from 90 to 93 % and from 30 to 36 %, but the worse one grows from 25 to 75 % of the rows: the
        // mean falls from 75 % to 50.25 %.
        let totals = totals([[750.0, 250.0], [250.0, 750.0]], [[0.90, 0.30], [0.93, 0.36]]);
        let [before, after] = totals.means();
        assert!((before - 0.75).abs() < 1e-12 && (after - 0.5025).abs() < 1e-12);
        let found = totals.effects();
        let rate: f64 = found.iter().map(|[_, rate]| rate).sum();
        let mix: f64 = found.iter().map(|[mix, _]| mix).sum();
        // 0.5 · 0.03 + 0.5 · 0.06, and −0.5 · (0.915 − 0.33).
        assert!((rate - 0.045).abs() < 1e-12 && (mix + 0.2925).abs() < 1e-12);
        assert!(found.iter().all(|[mix, rate]| *mix < 0.0 && *rate > 0.0));
        assert!((rate + mix - (after - before)).abs() < 1e-12);
    }

    #[test]
    fn a_new_segment_is_mix() {
        let found = totals([[100.0, 0.0], [50.0, 50.0]], [[4.0, 0.0], [4.0, 1.0]]).effects();
        assert_eq!(found.iter().map(|[_, rate]| rate).sum::<f64>(), 0.0);
        assert_eq!(found.iter().flatten().sum::<f64>(), -1.5);
    }
}
