//! Adjusted counting: the counts that the model would produce are solved for the shares behind them.

use super::counting::count;
use super::linear::solve;
use super::rows::{Calibration, Target};
use super::shares::{Method, RawEstimate, Scope, ShareOptions, Shares};
use super::simplex::nearest_distribution;
use crate::error::{Error, Result};
use crate::statistics::bootstrap::{Draws, rows_by_group, standard_deviation};

/// The maximum number of rows that are drawn for a resample of the target rows. With more rows, the deviations are
/// scaled down to the size that they would have.
const MAX_DRAWS: usize = 10_000;

/// Shares corrected with the model's mistakes on labelled rows.
///
/// If p has the true share of each class, the model is expected to predict the shares q = M p. M has the share of each predicted
/// class among the rows of each true class, measured on the labelled rows. This is solved for p, and the result is moved to the
/// nearest probability distribution.
///
/// The interval is the unlimited solution ± z standard deviations of its bootstrap resamples, cut to 0 to 1. Each resample draws
/// the duplicate groups of the labelled rows with replacement. It also draws predictions, as many as there are target rows
/// without duplicates: in [`Scope::Rows`] with the estimated mix of classes, in [`Scope::Source`] with a mix that is drawn from
/// the estimated mix. The prediction of a row of a class is that of a random labelled row of this class. The random number
/// generator is `ChaCha8Rng`.
///
/// # Assumption
///
/// The texts of each class look the same in both sets of rows; only the mix of classes differs ("label shift"). If a class
/// is about something new, its mistakes change, and the correction is wrong. Audits reveal this
/// ([`super::combined_count`]).
///
/// # Errors
///
/// If target and labelled rows differ in the number of classes, an option is out of range, or the predictions do not
/// tell the classes apart ([`Error::IndistinctClasses`]), on the labelled rows or on a resample of them.
///
/// # References
///
/// Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities",
/// section 2.3; Forman 2008, "Quantifying counts and costs via classification"; Efron and Tibshirani 1993, "An
/// Introduction to the Bootstrap", section 12.3, for the interval.
pub fn adjusted_count(target: &Target, calibration: &Calibration, options: &ShareOptions) -> Result<Shares> {
    let estimates = adjusted_estimates(target, calibration, options)?;
    let mut shares = count(target);
    shares.method = Method::AdjustedCounting;
    shares.scope = options.scope;
    shares.n_calibration_rows = calibration.n();
    Ok(shares.with_estimates(&estimates, options.bootstrap.confidence))
}

/// The solution before it is limited to 0 to 1, with the standard deviation of its resamples.
pub(super) fn adjusted_estimates(
    target: &Target,
    calibration: &Calibration,
    options: &ShareOptions,
) -> Result<Vec<RawEstimate>> {
    options.bootstrap.check()?;
    let z = options.z()?;
    let n_classes = target.n_classes();
    if calibration.n_classes() != n_classes {
        return Err(Error::ClassCountMismatch {
            found: calibration.n_classes(),
            expected: n_classes,
        });
    }
    let rates = Calibration::rates(&calibration.confusions(), n_classes, None);
    let raw = solve(rates.clone(), target.counted()).ok_or(Error::IndistinctClasses)?;
    let mut resampler = Resampler::new(target, calibration, options, &nearest_distribution(&raw), &rates)?;
    let mut resamples = vec![Vec::with_capacity(options.bootstrap.resamples); n_classes];
    for _ in 0..options.bootstrap.resamples {
        let predicted = resampler.predicted_shares();
        let found = solve(resampler.rates(), predicted).ok_or(Error::IndistinctClasses)?;
        resamples
            .iter_mut()
            .zip(found)
            .for_each(|(class, share)| class.push(share));
    }
    let estimate = |(value, resamples): (f64, Vec<f64>)| {
        let distance = z * standard_deviation(&resamples);
        RawEstimate {
            value,
            below: distance,
            above: distance,
        }
    };
    Ok(raw.into_iter().zip(resamples).map(estimate).collect())
}

/// Draws labelled rows and the predictions of target rows.
struct Resampler<'a> {
    calibration: &'a Calibration,
    draws: Draws,
    /// The labelled rows of each duplicate group.
    rows_of_group: Vec<Vec<usize>>,
    /// The predictions of the labelled rows of each class.
    predictions_of_class: Vec<Vec<usize>>,
    /// Estimated shares, added up: the last is 1.
    cumulative: Vec<f64>,
    scope: Scope,
    n_draws: usize,
    /// The factor by which deviations of the predicted shares are scaled.
    scale: f64,
    expected: Vec<f64>,
    rates: &'a [f64],
}

impl<'a> Resampler<'a> {
    fn new(
        target: &Target,
        calibration: &'a Calibration,
        options: &ShareOptions,
        shares: &[f64],
        rates: &'a [f64],
    ) -> Result<Self> {
        let n_classes = shares.len();
        let rows_of_group = rows_by_group(&calibration.groups, calibration.n())?;
        let mut predictions_of_class = vec![Vec::new(); n_classes];
        for (&label, &prediction) in calibration.labels.iter().zip(&calibration.predictions) {
            predictions_of_class[label].push(prediction);
        }
        let effective_rows = target.effective_rows();
        let n_draws = (effective_rows.round() as usize).clamp(1, MAX_DRAWS);
        let mut sum = 0.0;
        let mut add = |share: &f64| {
            sum += share;
            sum
        };
        let expected = |row: &[f64]| row.iter().zip(shares).map(|(rate, share)| rate * share).sum();
        Ok(Self {
            calibration,
            draws: Draws::new(rows_of_group.len(), options.bootstrap.seed),
            rows_of_group,
            predictions_of_class,
            cumulative: shares.iter().map(&mut add).collect(),
            scope: options.scope,
            n_draws,
            scale: (n_draws as f64 / effective_rows).sqrt(),
            expected: rates.chunks_exact(n_classes).map(expected).collect(),
            rates,
        })
    }

    /// The rates of a resample of the labelled rows.
    fn rates(&mut self) -> Vec<f64> {
        let n_classes = self.expected.len();
        let mut counted = vec![0; n_classes * n_classes];
        let calibration = self.calibration;
        self.draws.resample(|group| {
            for &row in &self.rows_of_group[group] {
                counted[calibration.predictions[row] * n_classes + calibration.labels[row]] += 1;
            }
        });
        Calibration::rates(&counted, n_classes, Some(self.rates))
    }

    /// The shares that the model predicts on a resample of the target rows.
    fn predicted_shares(&mut self) -> Vec<f64> {
        let n_classes = self.expected.len();
        let n_draws = self.n_draws as f64;
        let mut counts = vec![0_usize; n_classes];
        for draw in 0..self.n_draws {
            let place = match self.scope {
                // Evenly spaced places give each class its share of the draws, to within one.
                Scope::Rows => (draw as f64 + 0.5) / n_draws,
                Scope::Source => self.draws.unit(),
            };
            let class = self
                .cumulative
                .partition_point(|&end| end <= place)
                .min(n_classes - 1);
            let predictions = &self.predictions_of_class[class];
            counts[predictions[self.draws.below(predictions.len() as u64)]] += 1;
        }
        let scaled =
            |(&count, &expected): (&usize, &f64)| expected + (count as f64 / n_draws - expected) * self.scale;
        counts.iter().zip(&self.expected).map(scaled).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::BootstrapOptions;

    /// A model that finds 8 of 10 rows of class 0 and 9 of 10 of class 1, on `n` rows of each.
    fn calibration(n: usize) -> Calibration {
        let labels: Vec<usize> = (0..2 * n).map(|row| row % 2).collect();
        let predictions: Vec<usize> = (0..2 * n)
            .map(|row| match row % 2 {
                0 => usize::from((row / 2) % 10 >= 8),
                _ => usize::from((row / 2) % 10 >= 1),
            })
            .collect();
        let groups: Vec<usize> = (0..2 * n).collect();
        Calibration::new(&labels, &predictions, &groups, 2).expect("valid")
    }

    fn target(n: usize, n_zero: usize) -> Target {
        let predictions: Vec<usize> = (0..n).map(|row| usize::from(row >= n_zero)).collect();
        let groups: Vec<usize> = (0..n).collect();
        Target::new(&predictions, &groups, 2).expect("valid")
    }

    #[test]
    fn two_classes_by_hand() {
        // q = 0.8 p + 0.1 (1 − p), so q = 0.31 gives p = 0.3.
        let options = ShareOptions::default();
        let found = adjusted_count(&target(1000, 310), &calibration(500), &options).expect("valid");
        assert!((found.classes[0].share - 0.3).abs() < 1e-12);
        assert!((found.classes[0].share + found.classes[1].share - 1.0).abs() < 1e-12);
        // The variance of p in these rows, by the delta method: (0.3 · 0.16 + 0.7 · 0.09) / 1000 from the target rows and
        // (0.3² · 0.16 + 0.7² · 0.09) / 500 from the labelled rows, divided by (0.8 − 0.1)².
        let variance: f64 = (0.3 * 0.16 + 0.7 * 0.09) / 1000.0 + (0.09 * 0.16 + 0.49 * 0.09) / 500.0;
        let width = 2.0 * 1.96 * variance.sqrt() / 0.7;
        let interval = found.classes[0].interval.expect("an interval");
        assert!(
            (interval.width() / width - 1.0).abs() < 0.08,
            "{} {width}",
            interval.width()
        );
        // For the source, the variance of the mix itself is added.
        let source = adjusted_count(
            &target(1000, 310),
            &calibration(500),
            &options.with_scope(Scope::Source),
        );
        let width = 2.0 * 1.96 * (variance / 0.49 + 0.3 * 0.7 / 1000.0).sqrt();
        let found = source.expect("valid").classes[0]
            .interval
            .expect("an interval")
            .width();
        assert!((found / width - 1.0).abs() < 0.08, "{found} {width}");
    }

    #[test]
    fn shares_stay_within_0_and_1() {
        let found =
            adjusted_count(&target(100, 2), &calibration(50), &ShareOptions::default()).expect("valid");
        let interval = found.classes[0].interval.expect("an interval");
        assert_eq!((found.classes[0].share, interval.low), (0.0, 0.0));
        assert!(interval.high < 0.1);
    }

    #[test]
    fn many_rows_leave_the_uncertainty_of_the_labelled_rows() {
        let bootstrap = BootstrapOptions::default().with_resamples(200);
        let options = ShareOptions::default().with_bootstrap(bootstrap);
        let found = adjusted_count(&target(1_000_000, 310_000), &calibration(500), &options).expect("valid");
        let width = 2.0 * 1.96 * ((0.09 * 0.16 + 0.49 * 0.09) / 500.0f64).sqrt() / 0.7;
        let interval = found.classes[0].interval.expect("an interval");
        assert!(
            (interval.width() / width - 1.0).abs() < 0.15,
            "{} {width}",
            interval.width()
        );
    }

    #[test]
    fn the_seed_determines_the_interval() {
        let run = |seed| {
            let bootstrap = BootstrapOptions::default().with_seed(seed).with_resamples(50);
            let options = ShareOptions::default().with_bootstrap(bootstrap);
            adjusted_count(&target(100, 31), &calibration(50), &options).expect("valid")
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn a_model_that_tells_nothing_apart_cannot_be_corrected() {
        let blind = Calibration::new(&[0, 1, 0, 1], &[0, 0, 1, 1], &[0, 1, 2, 3], 2).expect("valid");
        let error = adjusted_count(&target(10, 3), &blind, &ShareOptions::default());
        assert_eq!(error, Err(Error::IndistinctClasses));
    }
}
