//! Orders of rows for training that draw some rows more often than others.

use rand::Rng;

use crate::error::Error;
use crate::shuffle::{Seeded, Shuffle, generator};

/// Draws `n` rows with replacement, each with a probability proportional to its weight.
///
/// # Errors
///
/// [`Error::Weights`] where a weight is negative or not finite, or all are 0.
///
/// # Examples
///
/// ```
/// use feedback_dataset::weighted_sample;
///
/// let rows = weighted_sample(&[0.0, 3.0, 1.0], 1000, 42)?;
/// assert!(!rows.contains(&0));
/// let ones = rows.iter().filter(|&&row| row == 1).count();
/// assert!((700..800).contains(&ones));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn weighted_sample(weights: &[f64], n: usize, seed: u64) -> Result<Vec<usize>, Error> {
    if let Some((row, weight)) = weights
        .iter()
        .enumerate()
        .find(|(_, weight)| !(weight.is_finite() && **weight >= 0.0))
    {
        return Err(Error::Weights {
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
        return Err(Error::Weights {
            reason: format!("they add up to {sum}"),
        });
    }
    let mut rng = generator(seed);
    // The last row with a weight, should rounding take a draw to the very end.
    let last = weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0);
    let mut draw = || {
        let share = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        ends.partition_point(|&end| end <= share * sum).min(last)
    };
    Ok((0..n).map(|_| draw()).collect())
}

/// An order of `n` rows in which all classes come equally often, to within one.
///
/// Classes take turns, in a new random order each round; within a class every row comes once, in
/// random order, before one comes again. `labels` may be any class ids.
///
/// # Examples
///
/// ```
/// use feedback_dataset::balanced_sample;
///
/// let labels = [0, 0, 0, 0, 1, 1];
/// let rows = balanced_sample(&labels, 8, 42);
/// assert_eq!(rows.iter().filter(|&&row| labels[row] == 1).count(), 4);
/// ```
#[must_use]
pub fn balanced_sample(labels: &[usize], n: usize, seed: u64) -> Vec<usize> {
    let (classes, ids) = crate::split::dense_classes(labels);
    let mut decks: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    classes
        .iter()
        .enumerate()
        .for_each(|(row, &class)| decks[class].push(row));
    let mut dealt: Vec<usize> = decks.iter().map(Vec::len).collect();
    let mut turns: Vec<usize> = (0..decks.len()).collect();
    let mut rng = Seeded::new(seed);
    let mut rows = Vec::with_capacity(n);
    while rows.len() < n && !decks.is_empty() {
        rng.shuffle(&mut turns);
        for &class in turns.iter().take(n - rows.len()) {
            if dealt[class] == decks[class].len() {
                rng.shuffle(&mut decks[class]);
                dealt[class] = 0;
            }
            rows.push(decks[class][dealt[class]]);
            dealt[class] += 1;
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
                matches!(weighted_sample(weights, 3, 1), Err(Error::Weights { .. })),
                "{weights:?}"
            );
        }
    }

    #[test]
    fn every_row_of_a_class_comes_before_one_comes_again() {
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
