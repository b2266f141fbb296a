//! Samples of rows for training in which some rows occur more often than others.

use rand::Rng;

use crate::error::SplitError;
use crate::ids::dense_classes;
use crate::shuffle::{Seeded, Shuffle, generator};

/// Draws `n` rows with replacement, each with a probability proportional to its weight.
///
/// # Errors
///
/// [`SplitError::Weights`] if a weight is negative or not finite, or all are 0.
///
/// # Examples
///
/// ```
/// use feedback_dataset::sampling::weighted_sample;
///
/// let rows = weighted_sample(&[0.0, 3.0, 1.0], 1000, 42)?;
/// assert!(!rows.contains(&0));
/// let ones = rows.iter().filter(|&&row| row == 1).count();
/// assert!((700..800).contains(&ones));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn weighted_sample(weights: &[f64], n: usize, seed: u64) -> Result<Vec<usize>, SplitError> {
    if let Some((row, weight)) = weights
        .iter()
        .enumerate()
        .find(|(_, weight)| !(weight.is_finite() && **weight >= 0.0))
    {
        return Err(SplitError::Weights {
            reason: format!("the weight of row {row} is {weight}"),
        });
    }
    let mut sum = 0.0;
    let ends: Vec<f64> = weights
        .iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect();
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(SplitError::Weights {
            reason: format!("they add up to {sum}"),
        });
    }
    let mut rng = generator(seed);
    // Because of rounding, a draw can be beyond the last range.
    let last = weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0);
    let mut draw = || {
        let share = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        ends.partition_point(|&end| end <= share * sum).min(last)
    };
    Ok((0..n).map(|_| draw()).collect())
}

/// Returns `n` rows, balanced by class: the numbers of rows of any two classes differ by at most one.
///
/// The rows come in rounds: every round has one row of each class, in random order. Within a class, all rows are used once, in
/// random order, before any row is repeated. `labels` can be any class ids.
///
/// # Examples
///
/// ```
/// use feedback_dataset::sampling::balanced_sample;
///
/// let labels = [0, 0, 0, 0, 1, 1];
/// let rows = balanced_sample(&labels, 8, 42);
/// assert_eq!(rows.iter().filter(|&&row| labels[row] == 1).count(), 4);
/// ```
#[must_use]
pub fn balanced_sample(labels: &[usize], n: usize, seed: u64) -> Vec<usize> {
    let (classes, ids) = dense_classes(labels);
    let mut rows_of_class: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    classes
        .iter()
        .enumerate()
        .for_each(|(row, &class)| rows_of_class[class].push(row));
    let mut used: Vec<usize> = rows_of_class.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..rows_of_class.len()).collect();
    let mut rng = Seeded::new(seed);
    let mut rows = Vec::with_capacity(n);
    while rows.len() < n && !rows_of_class.is_empty() {
        rng.shuffle(&mut order);
        for &class in order.iter().take(n - rows.len()) {
            if used[class] == rows_of_class[class].len() {
                rng.shuffle(&mut rows_of_class[class]);
                used[class] = 0;
            }
            rows.push(rows_of_class[class][used[class]]);
            used[class] += 1;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_weights_are_errors() {
        for weights in [
            &[][..],
            &[0.0, 0.0],
            &[1.0, -1.0],
            &[f64::NAN],
            &[f64::INFINITY],
            &[f64::MAX, f64::MAX],
        ] {
            assert!(
                matches!(weighted_sample(weights, 3, 1), Err(SplitError::Weights { .. })),
                "{weights:?}"
            );
        }
    }

    #[test]
    fn all_rows_of_a_class_are_used_before_one_is_repeated() {
        let labels = [5, 5, 5, 9];
        let rows = balanced_sample(&labels, 12, 3);
        let of_five: Vec<usize> = rows.iter().copied().filter(|&row| labels[row] == 5).collect();
        assert_eq!((of_five.len(), rows.len()), (6, 12));
        for round in of_five.chunks(3) {
            let mut round = round.to_vec();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2]);
        }
        assert_eq!(balanced_sample(&labels, 12, 3), rows);
        assert_ne!(balanced_sample(&labels, 12, 4), rows);
        assert!(balanced_sample(&[], 12, 3).is_empty());
    }
}
