//! Bootstrap resamples of the units of both periods.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::breakdown::Totals;
use crate::rows::{Cell, Unit};
use feedback_metrics::statistics::{
    BootstrapOptions, Draws, Interval, percentile_interval, standard_deviation,
};

/// The maximum number of units that are drawn from a period. With more units, the deviations from the estimate are scaled
/// down to the size that they would have.
const MAX_DRAWS: usize = 20_000;

/// The number of units that are drawn before they are counted.
const BLOCK: usize = 4_000_000;

/// The number of resamples that are kept at a time, each with the statistics of a sample.
const MAX_KEPT: usize = 1_000_000;

/// An estimate with its interval and standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resampled {
    pub(crate) interval: Interval,
    pub(crate) standard_error: f64,
}

/// Numbers that follow from totals, as many each time.
pub(crate) type Statistics = fn(&Totals) -> Vec<f64>;

/// The units of both periods, and what is computed from each resample.
pub(crate) struct Sample {
    periods: [Kinds; 2],
    n_segments: usize,
    statistics: Statistics,
    estimates: Vec<f64>,
    /// The values of each statistic, one for each resample so far.
    values: Vec<Vec<f64>>,
}

/// The units of each period that a resample draws, by their numbers.
type Drawn = [Vec<u32>; 2];

/// Resamples the units of each period with replacement, and returns the percentile interval and the standard error of each
/// statistic of each sample.
///
/// Samples with as many units draw the same ones, so that these are drawn only once. Most samples of a search have all rows.
pub(crate) fn resample(mut samples: Vec<Sample>, options: &BootstrapOptions) -> Vec<Vec<Resampled>> {
    let mut found = Vec::with_capacity(samples.len());
    for samples in samples.chunks_mut((MAX_KEPT / options.resamples).max(1)) {
        let sizes: BTreeSet<[usize; 2]> = samples.iter().map(Sample::sizes).collect();
        for sizes in sizes {
            draw(samples, sizes, options);
        }
        found.par_extend(
            samples
                .par_iter_mut()
                .map(|sample| sample.summary(options.confidence)),
        );
    }
    found
}

/// Draws the resamples of the samples with these numbers of units.
fn draw(samples: &mut [Sample], sizes: [usize; 2], options: &BootstrapOptions) {
    let mut draws = Draws::new(sizes[0] + sizes[1], options.seed);
    let per_resample: usize = sizes.iter().map(|&size| size.min(MAX_DRAWS)).sum();
    let per_block = (BLOCK / per_resample.max(1)).max(1);
    for first in (0..options.resamples).step_by(per_block) {
        let n = per_block.min(options.resamples - first);
        let period = |size: usize, draws: &mut Draws| -> Vec<u32> {
            let n = size.min(MAX_DRAWS);
            (0..n).map(|_| draws.below(size as u64) as u32).collect()
        };
        let drawn: Vec<Drawn> = (0..n)
            .map(|_| sizes.map(|size| period(size, &mut draws)))
            .collect();
        let of_sizes = samples.par_iter_mut().filter(|sample| sample.sizes() == sizes);
        of_sizes.for_each(|sample| drawn.iter().for_each(|drawn| sample.take(drawn)));
    }
}

impl Sample {
    pub(crate) fn new(units: &[Unit], n_segments: usize, statistics: Statistics) -> Self {
        let estimates = statistics(&Totals::new(units, n_segments));
        Self {
            periods: [false, true].map(|after| Kinds::new(units.iter().filter(|unit| unit.after == after))),
            n_segments,
            statistics,
            values: vec![Vec::new(); estimates.len()],
            estimates,
        }
    }

    fn sizes(&self) -> [usize; 2] {
        [0, 1].map(|period| self.periods[period].of_units.len())
    }

    fn take(&mut self, drawn: &Drawn) {
        let mut totals = Totals::empty(self.n_segments);
        for (period, drawn) in drawn.iter().enumerate() {
            let (rows, sums) = (&mut totals.rows[period], &mut totals.sums[period]);
            self.periods[period].add(drawn, rows, sums);
        }
        let values = (self.statistics)(&totals);
        self.values
            .iter_mut()
            .zip(values)
            .for_each(|(values, value)| values.push(value));
    }

    fn summary(&mut self, confidence: f64) -> Vec<Resampled> {
        // The smaller period decides about the standard error. Of the larger one, a smaller share is drawn, so the result is at
        // most too large.
        let [before, after] = self.sizes();
        let scale = before.min(after) as f64;
        let scale = (scale.min(MAX_DRAWS as f64) / scale).sqrt();
        let summarise = |(mut values, &estimate): (Vec<f64>, &f64)| {
            values
                .iter_mut()
                .for_each(|value| *value = estimate + (*value - estimate) * scale);
            Resampled {
                standard_error: standard_deviation(&values),
                interval: percentile_interval(values, confidence),
            }
        };
        let values = std::mem::take(&mut self.values);
        values.into_iter().zip(&self.estimates).map(summarise).collect()
    }
}

/// The units of a period, where equal units have the same number. Most units are one row of a segment with the value 0 or 1, so
/// counting numbers is several times faster than adding units.
struct Kinds {
    kinds: Vec<Vec<Cell>>,
    of_units: Vec<u32>,
}

impl Kinds {
    fn new<'a>(units: impl Iterator<Item = &'a Unit>) -> Self {
        let mut numbers: BTreeMap<Vec<(usize, u64, u64)>, u32> = BTreeMap::new();
        let mut kinds = Vec::new();
        let mut key = Vec::new();
        let number = |unit: &Unit| {
            let bits = |cell: &Cell| (cell.segment, cell.rows.to_bits(), cell.sum.to_bits());
            key.clear();
            key.extend(unit.cells.iter().map(bits));
            if let Some(&number) = numbers.get(key.as_slice()) {
                return number;
            }
            let number = kinds.len() as u32;
            numbers.insert(key.clone(), number);
            kinds.push(unit.cells.clone());
            number
        };
        let of_units = units.map(number).collect();
        Self { kinds, of_units }
    }

    /// Adds the rows and sums of some units.
    fn add(&self, drawn: &[u32], rows: &mut [f64], sums: &mut [f64]) {
        let mut counts = vec![0_u32; self.kinds.len()];
        for &unit in drawn {
            counts[self.of_units[unit as usize] as usize] += 1;
        }
        for (cells, count) in self.kinds.iter().zip(counts) {
            for cell in cells {
                rows[cell.segment] += f64::from(count) * cell.rows;
                sums[cell.segment] += f64::from(count) * cell.sum;
            }
        }
    }
}
