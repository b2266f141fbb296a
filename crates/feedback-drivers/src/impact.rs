//! What a theme does to a metric.

use serde::Serialize;

use crate::breakdown::Totals;
use crate::error::{Result, same_length};
use crate::resampling::{Sample, Statistics, resample};
use crate::rows::{Metric, Rows};
use feedback_metrics::statistics::BootstrapOptions;
use feedback_metrics::statistics::Interval;

/// A metric, such as the star rating, with and without a theme.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Impact {
    /// The mean of the rows with the theme.
    pub with: f64,
    /// The mean of the rows without the theme.
    pub without: f64,
    /// `with − without`.
    pub difference: f64,
    /// The bootstrap interval of the difference.
    pub difference_interval: Interval,
    /// The mean of all rows minus the mean of the rows without the theme: how much the theme moves the overall metric. It is
    /// the share of the theme times `difference`.
    pub impact: f64,
    /// The bootstrap interval of the impact.
    pub impact_interval: Interval,
    /// The number of rows with the theme.
    pub rows_with: usize,
    /// The number of rows without the theme.
    pub rows_without: usize,
    /// The number of rows that were left out because the metric has no value.
    pub rows_without_value: usize,
}

/// Compares the rows with a theme to those without.
///
/// `with_theme` says of each row whether it has the theme, and `groups` has the duplicate group of each row. Resamples draw
/// the groups of both sets with replacement (`ChaCha8Rng`). The difference is an association: texts with the theme may
/// differ in other respects, too.
///
/// # Errors
///
/// If there are no rows, lengths differ, an option is out of range, or one of the two sets has fewer than two groups with a
/// value.
///
/// # Examples
///
/// ```
/// use feedback_drivers::theme_impact;
/// use feedback_metrics::statistics::BootstrapOptions;
///
/// let stars = [1.0, 2.0, 1.0, 2.0, 5.0, 4.0, 5.0, 4.0, 5.0, 4.0, 5.0, 4.0];
/// let crash: Vec<bool> = (0..12).map(|row| row < 4).collect();
/// let groups: Vec<usize> = (0..12).collect();
/// let found = theme_impact(&stars, &crash, &groups, &BootstrapOptions::default())?;
/// assert_eq!((found.with, found.without, found.difference), (1.5, 4.5, -3.0));
/// assert_eq!(found.impact, -1.0);
/// assert!(found.difference_interval.high < -2.0);
/// # Ok::<(), feedback_drivers::Error>(())
/// ```
pub fn theme_impact(
    values: &[f64],
    with_theme: &[bool],
    groups: &[usize],
    options: &BootstrapOptions,
) -> Result<Impact> {
    options.check()?;
    let rows = Rows::new(with_theme, groups)?;
    same_length("values", values.len(), with_theme.len())?;
    let units = rows.units(&Metric::new(values), &vec![0; values.len()])?;
    let statistics: Statistics = |totals| {
        let [without, with] = totals.means();
        let [rows_without, rows_with] = [0, 1].map(|set| totals.rows[set][0]);
        let share = rows_with / (rows_with + rows_without);
        vec![with - without, share * (with - without)]
    };
    let totals = Totals::new(&units, 1);
    let [without, with] = totals.means();
    let estimates = statistics(&totals);
    let resampled = resample(vec![Sample::new(&units, 1, statistics)], options);
    let resampled = &resampled[0];
    Ok(Impact {
        with,
        without,
        difference: estimates[0],
        difference_interval: resampled[0].interval,
        impact: estimates[1],
        impact_interval: resampled[1].interval,
        rows_with: totals.rows[1][0] as usize,
        rows_without: totals.rows[0][0] as usize,
        rows_without_value: values.iter().filter(|value| value.is_nan()).count(),
    })
}
