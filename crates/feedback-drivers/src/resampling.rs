//! Bootstrap resamples of the units of both periods.

use crate::breakdown::Totals;
use crate::rows::Unit;
use feedback_metrics::statistics::{
    BootstrapOptions, Draws, Interval, percentile_interval, standard_deviation,
};

/// The maximum number of units that are drawn from a period. With more units, the deviations from the estimate are scaled
/// down to the size that they would have.
const MAX_DRAWS: usize = 20_000;

/// An estimate with its interval and standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resampled {
    pub(crate) interval: Interval,
    pub(crate) standard_error: f64,
}

/// Resamples the units of each period with replacement, and returns the percentile interval and the standard error of each
/// statistic. `statistics` must return as many numbers each time.
pub(crate) fn resample(
    units: &[Unit],
    n_segments: usize,
    statistics: impl Fn(&Totals) -> Vec<f64>,
    options: &BootstrapOptions,
) -> Vec<Resampled> {
    let (after, before): (Vec<&Unit>, Vec<&Unit>) = units.iter().partition(|unit| unit.after);
    let estimates = statistics(&Totals::new(units, n_segments));
    let mut values = vec![Vec::with_capacity(options.resamples); estimates.len()];
    let mut draws = Draws::new(units.len(), options.seed);
    let n_draws = [&before, &after].map(|period| period.len().min(MAX_DRAWS));
    for _ in 0..options.resamples {
        let mut totals = Totals::empty(n_segments);
        for (period, n_draws) in [&before, &after].into_iter().zip(n_draws) {
            for _ in 0..n_draws {
                totals.add(period[draws.below(period.len() as u64)]);
            }
        }
        values
            .iter_mut()
            .zip(statistics(&totals))
            .for_each(|(values, value)| values.push(value));
    }
    // The smaller period decides about the standard error. Of the larger one, a smaller share is drawn, so the result is at
    // most too large.
    let scale = before.len().min(after.len()) as f64;
    let scale = (scale.min(MAX_DRAWS as f64) / scale).sqrt();
    let summarise = |(mut values, estimate): (Vec<f64>, f64)| {
        values
            .iter_mut()
            .for_each(|value| *value = estimate + (*value - estimate) * scale);
        Resampled {
            standard_error: standard_deviation(&values),
            interval: percentile_interval(values, options.confidence),
        }
    };
    values.into_iter().zip(estimates).map(summarise).collect()
}
