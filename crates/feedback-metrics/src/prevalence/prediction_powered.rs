//! Prediction-powered inference: a random sample of rows is labelled, and predictions for all rows make it more precise.

use super::counting::count;
use super::rows::{Audits, Target};
use super::shares::{Method, RawEstimate, Scope, ShareOptions, Shares};
use crate::error::Result;
use crate::statistics::interval::wilson_ends;

/// Shares corrected with audited rows.
///
/// The share of a class is its share among the audited rows, plus λ times a correction from the model: the predicted share
/// among the rows that were not audited, minus the predicted share among the audited rows. λ, from 0 to 1, is chosen for
/// each class so that the variance is smallest; it is 0 for a model that knows nothing, and 1 for a perfect model. The
/// result is moved to the nearest probability distribution. Nothing is assumed about the model. The audited rows must be a
/// random sample of the target rows.
///
/// The interval is analytic and uses no random numbers. There are two strata: the rows that the model predicts as the
/// class, and the other rows. The Wilson intervals of the class's share in both strata are combined; the weight of a
/// stratum is its share of the target rows (MOVER). Duplicates count as less evidence: n rows in groups of m rows count as
/// n² / Σ m² rows. In [`Scope::Rows`], the distance to an end is multiplied by √(1 − share of the stratum that is audited).
/// The interval is also valid for rare classes, where it is wider than necessary.
///
/// # Errors
///
/// If the confidence is not between 0 and 1.
///
/// # References
///
/// Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, "Prediction-powered inference"; Angelopoulos, Duchi and Zrnic
/// 2023, "PPI++: Efficient prediction-powered inference", section 6, for λ; Zou and Donner 2008, "Construction of
/// confidence limits about effect measures: a general approach", for combining intervals; Cochran 1977, "Sampling
/// Techniques", section 5.6, for the strata.
pub fn prediction_powered(target: &Target, audits: &Audits, options: &ShareOptions) -> Result<Shares> {
    let estimates = powered_estimates(target, audits, options)?;
    let mut shares = count(target);
    shares.method = Method::PredictionPowered;
    shares.scope = options.scope;
    shares.n_audits = audits.n();
    Ok(shares.with_estimates(&estimates, options.bootstrap.confidence))
}

pub(super) fn powered_estimates(
    target: &Target,
    audits: &Audits,
    options: &ShareOptions,
) -> Result<Vec<RawEstimate>> {
    let z = options.z()?;
    let evidence = audits.effective_rows() / audits.n() as f64;
    // Counting the groups takes long, and only an interval about the source needs them.
    let effective_rows = match options.scope {
        Scope::Rows => target.n() as f64,
        Scope::Source => target.effective_rows(),
    };
    let estimate = |(class, n_predicted): (usize, usize)| {
        let counts = ClassCounts::new(class, n_predicted, target.n(), audits);
        let (below, above) = counts.distances(z, evidence, effective_rows, options.scope);
        RawEstimate {
            value: counts.value(),
            below,
            above,
        }
    };
    Ok(target.counts().into_iter().enumerate().map(estimate).collect())
}

/// The counts of one class.
struct ClassCounts {
    n_rows: f64,
    /// Target rows predicted as the class.
    predicted: f64,
    n_audits: f64,
    /// Audited rows predicted as the class, and those of them that belong to it.
    audits_predicted: f64,
    hits: f64,
    /// Audited rows of the class that are not predicted as it.
    misses: f64,
}

impl ClassCounts {
    fn new(class: usize, n_predicted: usize, n_rows: usize, audits: &Audits) -> Self {
        let (mut audits_predicted, mut hits, mut misses) = (0, 0, 0);
        for (&label, &prediction) in audits.labels.iter().zip(&audits.predictions) {
            audits_predicted += usize::from(prediction == class);
            hits += usize::from(prediction == class && label == class);
            misses += usize::from(prediction != class && label == class);
        }
        Self {
            n_rows: n_rows as f64,
            predicted: n_predicted as f64,
            n_audits: audits.n() as f64,
            audits_predicted: audits_predicted as f64,
            hits: hits as f64,
            misses: misses as f64,
        }
    }

    /// The estimate of PPI++ with the λ of the lowest variance.
    fn value(&self) -> f64 {
        let audited = (self.hits + self.misses) / self.n_audits;
        let rest = self.n_rows - self.n_audits;
        if rest == 0.0 {
            return audited;
        }
        let predicted = self.predicted / self.n_rows;
        let predicted_of_audits = self.audits_predicted / self.n_audits;
        let predicted_of_rest = (self.predicted - self.audits_predicted) / rest;
        let covariance = self.hits / self.n_audits - audited * predicted_of_audits;
        let variance = predicted * (1.0 - predicted) * self.n_rows / (self.n_rows - 1.0);
        let lambda = if variance > 0.0 {
            (covariance / ((1.0 + self.n_audits / rest) * variance)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        audited + lambda * (predicted_of_rest - predicted_of_audits)
    }

    /// The distances to the lower and the upper end of the interval. `evidence` is the number of independent rows that an
    /// audited row counts as.
    fn distances(&self, z: f64, evidence: f64, effective_rows: f64, scope: Scope) -> (f64, f64) {
        let others = [
            self.n_rows - self.predicted,
            self.n_audits - self.audits_predicted,
            self.misses,
        ];
        let (mut below, mut above) = (0.0, 0.0);
        // Without audits in a stratum, its share is taken to be that of the other one.
        let overall = (self.hits + self.misses) / self.n_audits;
        let mut shares = [overall; 2];
        for (share, [rows, audits, of_class]) in shares
            .iter_mut()
            .zip([[self.predicted, self.audits_predicted, self.hits], others])
        {
            let (low, high) = if audits > 0.0 {
                *share = of_class / audits;
                wilson_ends(*share, audits * evidence, z)
            } else {
                (0.0, 1.0)
            };
            let left = match scope {
                Scope::Rows if rows > 0.0 => (1.0 - audits / rows).max(0.0),
                _ => 1.0,
            };
            let weight = (rows / self.n_rows).powi(2) * left;
            below += weight * (*share - low).powi(2);
            above += weight * (high - *share).powi(2);
        }
        if scope == Scope::Source {
            let predicted = self.predicted / self.n_rows;
            let of_mix =
                (z * (shares[0] - shares[1])).powi(2) * predicted * (1.0 - predicted) / effective_rows;
            below += of_mix;
            above += of_mix;
        }
        (below.sqrt(), above.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(n: usize) -> Target {
        let predictions: Vec<usize> = (0..n).map(|row| usize::from(row % 4 != 0)).collect();
        let groups: Vec<usize> = (0..n).collect();
        Target::new(&predictions, &groups, 2).expect("valid")
    }

    fn estimates(
        target: &Target,
        n: usize,
        labels: impl Fn(usize) -> usize,
        options: &ShareOptions,
    ) -> Vec<RawEstimate> {
        let rows: Vec<usize> = (0..n).collect();
        let labels: Vec<usize> = rows.iter().map(|&row| labels(row)).collect();
        let audits = Audits::new(target, &rows, &labels).expect("valid");
        powered_estimates(target, &audits, options).expect("valid")
    }

    #[test]
    fn all_rows_audited_leaves_no_doubt_about_these_rows() {
        let options = ShareOptions::default();
        let found = estimates(&target(100), 100, |row| usize::from(row >= 30), &options)[0];
        assert_eq!((found.value, found.below, found.above), (0.3, 0.0, 0.0));
        let source = options.with_scope(Scope::Source);
        let found = estimates(&target(100), 100, |row| usize::from(row >= 30), &source)[0];
        // The Wilson interval of 30 of 100 is 0.22 to 0.40.
        assert!(found.below > 0.07 && found.above < 0.1, "{found:?}");
    }

    #[test]
    fn a_blind_model_changes_nothing() {
        // Labels do not depend on the prediction: λ is 0 and the interval is about that of the audits alone.
        let found = estimates(
            &target(100_000),
            200,
            |row| usize::from((row / 4) % 2 == 0),
            &ShareOptions::default(),
        )[0];
        assert!((found.value - 0.5).abs() < 1e-12);
        let (low, high) = wilson_ends(0.5, 200.0, 1.96);
        let ratio = (found.below + found.above) / (high - low);
        assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
    }

    #[test]
    fn a_good_model_narrows_the_interval() {
        // The prediction is right on 196 of 200 audited rows.
        let label = |row: usize| {
            if row % 50 == 3 {
                0
            } else {
                usize::from(!row.is_multiple_of(4))
            }
        };
        let found = estimates(&target(100_000), 200, label, &ShareOptions::default())[0];
        let (low, high) = wilson_ends(0.27, 200.0, 1.96);
        assert!(found.below + found.above < 0.6 * (high - low), "{found:?}");
    }

    #[test]
    fn duplicates_widen_the_interval() {
        let target = target(1000);
        let pairs: Vec<usize> = (0..1000).map(|row| row / 8 * 4 + row % 4).collect();
        let doubled = Target::new(
            &(0..1000).map(|row| usize::from(row % 4 != 0)).collect::<Vec<_>>(),
            &pairs,
            2,
        );
        let label = |row: usize| usize::from(row.is_multiple_of(3));
        let options = ShareOptions::default();
        let single = estimates(&target, 96, label, &options)[0];
        let doubled = estimates(&doubled.expect("valid"), 96, label, &options)[0];
        assert_eq!(single.value, doubled.value);
        let ratio = (doubled.below + doubled.above) / (single.below + single.above);
        assert!((ratio - 2.0f64.sqrt()).abs() < 0.05, "{ratio}");
    }
}
