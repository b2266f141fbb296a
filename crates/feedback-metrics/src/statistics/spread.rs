//! Mean and confidence interval of repeated measurements.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_2_PI;

use serde::{Deserialize, Serialize};

use crate::statistics::interval::Interval;

const CONFIDENCE: f64 = 0.95;

/// Measurements of one metric over folds or seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Number of measurements.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, with n − 1 in the denominator; 0 for a single measurement.
    pub standard_deviation: f64,
    /// The 95 % interval of the mean, by Student's t; `None` for a single measurement.
    pub interval: Option<Interval>,
}

impl Spread {
    /// Computes the spread of independent measurements, such as the scores of several seeds: mean ± t·s/√n.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_metrics::statistics::Spread;
    ///
    /// let spread = Spread::new(&[0.70, 0.74, 0.72]);
    /// assert!((spread.mean - 0.72).abs() < 1e-12);
    /// assert!((spread.standard_deviation - 0.02).abs() < 1e-12);
    /// assert!((spread.interval.unwrap().high - 0.7697).abs() < 1e-4); // 0.72 + 4.3027 · 0.02 / √3
    /// ```
    #[must_use]
    pub fn new(values: &[f64]) -> Self {
        Self::with_overlap(values, 0.0)
    }

    /// Computes the spread over `k` folds. Their training sets overlap, so the folds are not independent, and the plain interval
    /// would be too narrow. Therefore s²/k is replaced by s²·(1/k + 1/(k − 1)); the second term is the test fold's size
    /// divided by the training set's size.
    ///
    /// # References
    ///
    /// Nadeau and Bengio 2003, *Inference for the Generalization Error*, Machine Learning 52, section 4.
    #[must_use]
    pub fn from_folds(values: &[f64]) -> Self {
        Self::with_overlap(values, 1.0 / (values.len().saturating_sub(1)).max(1) as f64)
    }

    fn with_overlap(values: &[f64], overlap: f64) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n.max(1) as f64;
        if n < 2 {
            return Self {
                n,
                mean,
                standard_deviation: 0.0,
                interval: None,
            };
        }
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let variance = squares / (n - 1) as f64;
        let half = t_quantile(CONFIDENCE, n - 1) * (variance * (1.0 / n as f64 + overlap)).sqrt();
        Self {
            n,
            mean,
            standard_deviation: variance.sqrt(),
            interval: Some(Interval {
                low: mean - half,
                high: mean + half,
                confidence: CONFIDENCE,
            }),
        }
    }
}

/// Computes the spread of each metric that is present in all measurements.
pub fn spreads(
    measured: &[&BTreeMap<String, f64>],
    spread: impl Fn(&[f64]) -> Spread,
) -> BTreeMap<String, Spread> {
    let names = measured.first().into_iter().flat_map(|metrics| metrics.keys());
    let of = |name: &String| -> Option<(String, Spread)> {
        let values: Option<Vec<f64>> = measured
            .iter()
            .map(|metrics| metrics.get(name).copied())
            .collect();
        Some((name.clone(), spread(&values?)))
    };
    names.filter_map(of).collect()
}

/// Returns the t for which a Student-t variable is between −t and t with this probability.
fn t_quantile(probability: f64, degrees_of_freedom: usize) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while t_within(high, degrees_of_freedom) < probability && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if t_within(middle, degrees_of_freedom) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// Returns the probability that a Student-t variable is between −t and t (Abramowitz and Stegun 1964, formulas 26.7.3 and
/// 26.7.4).
fn t_within(t: f64, degrees_of_freedom: usize) -> f64 {
    let angle = (t / (degrees_of_freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = degrees_of_freedom % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    // Terms are cos^p with p = 1, 3, … or 0, 2, … up to the degrees of freedom minus 2.
    let mut power = usize::from(odd);
    while power + 2 <= degrees_of_freedom {
        sum += term;
        power += 2;
        term *= cosine * cosine * (power - 1) as f64 / power as f64;
    }
    if odd {
        FRAC_2_PI * (angle + sine * sum)
    } else {
        sine * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_match_scipy() {
        // scipy.stats.t.ppf(0.975, n)
        let table = [
            (1, 12.706204736174694),
            (2, 4.302652729749462),
            (3, 3.1824463052837078),
            (4, 2.7764451051977934),
            (5, 2.5705818356363146),
            (9, 2.262157162798205),
            (10, 2.228138851986274),
            (29, 2.045229642132703),
            (100, 1.9839715185235518),
        ];
        for (n, expected) in table {
            let found = t_quantile(0.95, n);
            assert!(
                (found - expected).abs() < 1e-9,
                "{n}: {found}, expected {expected}"
            );
        }
    }

    #[test]
    fn folds_have_wider_intervals_than_independent_measurements() {
        let values = [0.7, 0.74, 0.72, 0.71, 0.73];
        let (seeds, folds) = (Spread::new(&values), Spread::from_folds(&values));
        assert_eq!(
            (seeds.mean, seeds.standard_deviation),
            (folds.mean, folds.standard_deviation)
        );
        let ratio = folds.interval.unwrap().width() / seeds.interval.unwrap().width();
        assert!((ratio - ((0.2 + 0.25f64) / 0.2).sqrt()).abs() < 1e-9);
        assert_eq!(Spread::new(&[0.5]).interval, None);
    }
}
