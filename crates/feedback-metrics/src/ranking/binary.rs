//! Ranking metrics of scores for binary labels.

use crate::check;
use crate::error::{Error, Result};

/// The area under the ROC curve: the probability that a positive row scores higher than a negative one, with
/// ties counting one half. It is 0 to 1, 0.5 for random scores, and NaN if there is no positive or no negative row.
///
/// The area is computed as a ratio of two integers, so it is rounded only once.
///
/// # Errors
///
/// If there are no rows, the lengths differ, or a score is NaN.
///
/// # Examples
///
/// ```
/// use feedback_metrics::ranking::roc_auc;
///
/// let positive = [false, false, true, true];
/// assert_eq!(roc_auc(&positive, &[0.1, 0.4, 0.35, 0.8])?, 0.75);
/// assert_eq!(roc_auc(&positive, &[0.5; 4])?, 0.5);
/// assert!(roc_auc(&[true, true], &[0.1, 0.2])?.is_nan());
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Fawcett 2006, "An introduction to ROC analysis"; Hanley and McNeil 1982 for the rank form.
pub fn roc_auc(positive: &[bool], scores: &[f64]) -> Result<f64> {
    let thresholds = thresholds(positive, scores)?;
    Ok(roc_auc_of(&thresholds))
}

/// Average precision: Σ (recallᵢ − recallᵢ₋₁) · precisionᵢ over the distinct scores, highest first,
/// without interpolation. It is 0 to 1; random scores give about the share of positive rows. It is 0 if there is no
/// positive row.
///
/// Rows with equal scores count as one step, so their order does not matter.
///
/// # Errors
///
/// If there are no rows, the lengths differ, or a score is NaN.
///
/// # Examples
///
/// ```
/// use feedback_metrics::ranking::average_precision;
///
/// let found = average_precision(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
/// assert!((found - (0.5 * 1.0 + 0.5 * 2.0 / 3.0)).abs() < 1e-15);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// scikit-learn 1.9.1: `sklearn/metrics/_ranking.py`, `average_precision_score`.
pub fn average_precision(positive: &[bool], scores: &[f64]) -> Result<f64> {
    let thresholds = thresholds(positive, scores)?;
    Ok(average_precision_of(&thresholds))
}

/// The numbers of positive and negative rows whose score is not below a threshold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Threshold {
    true_positives: u64,
    false_positives: u64,
}

/// The cumulative counts at each distinct score, highest score first; the last entry includes every row.
pub(super) fn thresholds(positive: &[bool], scores: &[f64]) -> Result<Vec<Threshold>> {
    check::same_length("scores", scores.len(), "positive", positive.len())?;
    check::not_empty("positive", positive.len())?;
    if let Some(row) = scores.iter().position(|score| score.is_nan()) {
        return Err(Error::Value {
            what: "scores",
            row,
            column: 0,
            expected: "a number",
            found: f64::NAN,
        });
    }
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut running = Threshold {
        true_positives: 0,
        false_positives: 0,
    };
    // Compared by value, because 0 and −0 are equal scores with different bits.
    let groups = rows.chunk_by(|a, b| a.0 == b.0);
    Ok(groups
        .map(|group| {
            let n_positive = group.iter().filter(|row| row.1).count() as u64;
            running.true_positives += n_positive;
            running.false_positives += group.len() as u64 - n_positive;
            running
        })
        .collect())
}

pub(super) fn roc_auc_of(thresholds: &[Threshold]) -> f64 {
    let Some(all) = thresholds.last() else {
        return f64::NAN;
    };
    let pairs = u128::from(all.true_positives) * u128::from(all.false_positives);
    if pairs == 0 {
        return f64::NAN;
    }
    let (mut last_true, mut last_false, mut twice_area) = (0, 0, 0u128);
    for point in thresholds {
        let step = u128::from(point.false_positives - last_false);
        twice_area += step * u128::from(point.true_positives + last_true);
        (last_true, last_false) = (point.true_positives, point.false_positives);
    }
    twice_area as f64 / (2 * pairs) as f64
}

pub(super) fn average_precision_of(thresholds: &[Threshold]) -> f64 {
    let n_positive = thresholds.last().map_or(0, |all| all.true_positives);
    if n_positive == 0 {
        return 0.0;
    }
    let mut last_true = 0;
    let mut area = 0.0;
    for point in thresholds {
        let gained = (point.true_positives - last_true) as f64;
        let answered = point.true_positives + point.false_positives;
        area += gained * (point.true_positives as f64 / answered as f64);
        last_true = point.true_positives;
    }
    area / n_positive as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_one_half() {
        // Pairs (positive, negative): 0.9 beats both; 0.5 ties with one and beats the other.
        let positive = [true, true, false, false];
        let scores = [0.9, 0.5, 0.5, 0.1];
        assert_eq!(roc_auc(&positive, &scores), Ok(3.5 / 4.0));
        // At 0.5: three rows, two of them positive.
        let expected = 0.5 * 1.0 + 0.5 * (2.0 / 3.0);
        assert_eq!(average_precision(&positive, &scores), Ok(expected));
        assert_eq!(roc_auc(&[true, false], &[0.0, -0.0]), Ok(0.5));
    }

    #[test]
    fn undefined_cases() {
        assert!(roc_auc(&[false, false], &[0.1, 0.2]).expect("valid").is_nan());
        assert_eq!(average_precision(&[false, false], &[0.1, 0.2]), Ok(0.0));
        assert_eq!(average_precision(&[true, true], &[0.1, 0.2]), Ok(1.0));
        assert!(roc_auc(&[], &[]).is_err());
        assert!(roc_auc(&[true], &[0.1, 0.2]).is_err());
        let error = roc_auc(&[true, false], &[0.1, f64::NAN]).expect_err("an error");
        assert_eq!(
            error.to_string(),
            "`scores` at row 1, column 0: expected a number, found NaN"
        );
    }
}
