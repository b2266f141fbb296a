//! Bootstrap resamples of the units of both periods.

use std::collections::BTreeMap;

use crate::breakdown::Totals;
use crate::rows::{Cell, Unit};
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
    let [before, after] =
        [false, true].map(|after| Kinds::new(units.iter().filter(|unit| unit.after == after)));
    let estimates = statistics(&Totals::new(units, n_segments));
    let mut values = vec![Vec::with_capacity(options.resamples); estimates.len()];
    let mut draws = Draws::new(units.len(), options.seed);
    for _ in 0..options.resamples {
        let mut totals = Totals::empty(n_segments);
        before.draw(&mut draws, &mut totals.rows[0], &mut totals.sums[0]);
        after.draw(&mut draws, &mut totals.rows[1], &mut totals.sums[1]);
        values
            .iter_mut()
            .zip(statistics(&totals))
            .for_each(|(values, value)| values.push(value));
    }
    // The smaller period decides about the standard error. Of the larger one, a smaller share is drawn, so the result is at
    // most too large.
    let scale = before.of_units.len().min(after.of_units.len()) as f64;
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

/// The units of a period, equal ones under one number: most units are one row of a segment with the value 0 or 1, so that counting
/// their numbers is several times faster than adding units.
struct Kinds {
    kinds: Vec<Vec<Cell>>,
    of_units: Vec<u32>,
}

impl Kinds {
    fn new<'a>(units: impl Iterator<Item = &'a Unit>) -> Self {
        let mut numbers: BTreeMap<Vec<(usize, u64, u64)>, u32> = BTreeMap::new();
        let mut kinds = Vec::new();
        let number = |unit: &Unit| {
            let bits = |cell: &Cell| (cell.segment, cell.rows.to_bits(), cell.sum.to_bits());
            *numbers
                .entry(unit.cells.iter().map(bits).collect())
                .or_insert_with(|| {
                    kinds.push(unit.cells.clone());
                    kinds.len() as u32 - 1
                })
        };
        let of_units = units.map(number).collect();
        Self { kinds, of_units }
    }

    /// Draws as many units as there are, or `MAX_DRAWS`, and adds their rows and sums.
    fn draw(&self, draws: &mut Draws, rows: &mut [f64], sums: &mut [f64]) {
        let mut counts = vec![0_u32; self.kinds.len()];
        for _ in 0..self.of_units.len().min(MAX_DRAWS) {
            counts[self.of_units[draws.below(self.of_units.len() as u64)] as usize] += 1;
        }
        for (cells, count) in self.kinds.iter().zip(counts) {
            for cell in cells {
                rows[cell.segment] += f64::from(count) * cell.rows;
                sums[cell.segment] += f64::from(count) * cell.sum;
            }
        }
    }
}
