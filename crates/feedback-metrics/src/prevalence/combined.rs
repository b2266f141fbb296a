//! Adjusted counting and audits together.

use super::adjusted::adjusted_estimates;
use super::counting::count;
use super::prediction_powered::powered_estimates;
use super::rows::{Audits, Calibration, Target};
use super::shares::{Method, RawEstimate, Scope, ShareOptions, Shares};
use super::shrinkage::shrink;
use crate::error::Result;

/// The weighted mean of [`super::adjusted_count`] and [`super::prediction_powered`].
///
/// Adjusted counting is more precise if there are many labelled rows, but it relies on an assumption. Audits rely on no
/// assumption. For each class, the two estimates are weighted by the inverse of their variances. If they differ by more
/// than their variances explain, the variance of adjusted counting is increased, so that its weight falls. The increase is
/// max(0, H − 1) times the sum of both variances, where H is the mean over classes of (difference)² / (sum of both
/// variances). H is [`Shares::disagreement`]. The distances to the ends of the two intervals are combined with the same
/// weights (MOVER).
///
/// The estimate is then moved towards the model's share if the two differ by hardly more than chance (James and Stein); the interval
/// stays. A model that makes few mistakes needs no correction, and a noisy one would do harm.
///
/// If a model's mistakes have changed too little for the audits to show the change, the interval is too narrow. If that
/// matters, use [`super::prediction_powered`].
///
/// # Errors
///
/// Those of [`super::adjusted_count`].
///
/// # References
///
/// DerSimonian and Laird 1986, "Meta-analysis in clinical trials", for the increase of the variance by the method of
/// moments; Zou and Donner 2008, "Construction of confidence limits about effect measures: a general approach".
pub fn combined_count(
    target: &Target,
    calibration: &Calibration,
    audits: &Audits,
    options: &ShareOptions,
) -> Result<Shares> {
    let z = options.z()?;
    let (mut estimates, disagreement) = estimates(target, calibration, audits, options)?;
    // Whether the mistakes of the model are seen depends on these rows, and not on what else their source could have given.
    let of_rows = match options.scope {
        Scope::Rows => estimates.clone(),
        Scope::Source => {
            let of_rows = &options.with_scope(Scope::Rows);
            self::estimates(target, calibration, audits, of_rows)?.0
        }
    };
    shrink(&target.counted(), &mut estimates, &of_rows, z);
    let mut shares = count(target);
    shares.method = Method::Combined;
    shares.scope = options.scope;
    shares.n_calibration_rows = calibration.n();
    shares.n_audits = audits.n();
    shares.disagreement = Some(disagreement);
    Ok(shares.with_estimates(&estimates, options.bootstrap.confidence))
}

/// The estimates before they are shrunk, and how far the two methods disagree.
fn estimates(
    target: &Target,
    calibration: &Calibration,
    audits: &Audits,
    options: &ShareOptions,
) -> Result<(Vec<RawEstimate>, f64)> {
    let z = options.z()?;
    let adjusted = adjusted_estimates(target, calibration, options)?;
    let powered = powered_estimates(target, audits, options)?;
    let disagreement = disagreement(&adjusted, &powered, z);
    let extra = (disagreement - 1.0).max(0.0);
    let pairs = adjusted.iter().zip(&powered);
    let estimates = pairs.map(|(a, p)| combine(a, p, extra, z)).collect();
    Ok((estimates, disagreement))
}

/// The mean over classes of the squared difference, divided by the sum of both variances; 0 if there is no variance.
fn disagreement(adjusted: &[RawEstimate], powered: &[RawEstimate], z: f64) -> f64 {
    let squared = |(a, p): (&RawEstimate, &RawEstimate)| {
        let variance = a.variance(z) + p.variance(z);
        if variance > 0.0 {
            (a.value - p.value).powi(2) / variance
        } else {
            0.0
        }
    };
    adjusted.iter().zip(powered).map(squared).sum::<f64>() / adjusted.len() as f64
}

/// The weighted mean; the variance of `adjusted` is increased by `extra` times the sum of both variances.
fn combine(adjusted: &RawEstimate, powered: &RawEstimate, extra: f64, z: f64) -> RawEstimate {
    let variance = adjusted.variance(z);
    let increased = variance + extra * (variance + powered.variance(z));
    let total = increased + powered.variance(z);
    if total == 0.0 {
        return *powered; // both are exact
    }
    let weight = powered.variance(z) / total;
    let of_adjusted = (weight * z).powi(2) * increased;
    let distance = |of_powered: f64| (of_adjusted + ((1.0 - weight) * of_powered).powi(2)).sqrt();
    RawEstimate {
        value: weight * adjusted.value + (1.0 - weight) * powered.value,
        below: distance(powered.below),
        above: distance(powered.above),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(value: f64, distance: f64) -> RawEstimate {
        RawEstimate {
            value,
            below: distance,
            above: distance,
        }
    }

    #[test]
    fn estimates_that_agree_are_weighted_by_precision() {
        // Standard errors 0.01 and 0.02: weights 4/5 and 1/5, standard error 0.02/√5.
        let found = combine(&raw(0.20, 0.02), &raw(0.25, 0.04), 0.0, 2.0);
        assert!((found.value - 0.21).abs() < 1e-12);
        assert!((found.below - 2.0 * 0.02 / 5.0f64.sqrt()).abs() < 1e-12);
        assert_eq!(found.below, found.above);
    }

    #[test]
    fn audits_that_disagree_win() {
        // 0.2 apart with standard errors of 0.01: H = 0.04 / 0.0002 = 200.
        let (adjusted, powered) = ([raw(0.2, 0.02)], [raw(0.4, 0.02)]);
        let h = disagreement(&adjusted, &powered, 2.0);
        assert!((h - 200.0).abs() < 1e-9);
        let found = combine(&adjusted[0], &powered[0], h - 1.0, 2.0);
        assert!(found.value > 0.399 && found.below < 0.0201, "{found:?}");
    }

    #[test]
    fn exact_audits_are_kept() {
        assert_eq!(combine(&raw(0.2, 0.02), &raw(0.3, 0.0), 0.0, 2.0), raw(0.3, 0.0));
        assert_eq!(combine(&raw(0.2, 0.0), &raw(0.3, 0.0), 0.0, 2.0), raw(0.3, 0.0));
        assert_eq!(disagreement(&[raw(0.2, 0.0)], &[raw(0.3, 0.0)], 2.0), 0.0);
    }
}
