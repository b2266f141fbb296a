//! How balanced the classes are, and weights that compensate for imbalance.

/// How balanced the classes are.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassBalance {
    /// Rows of each class.
    pub counts: Vec<usize>,
    /// Rows of the largest class divided by rows of the smallest non-empty class; 1 if all non-empty classes have the same
    /// size, or if there are no rows.
    pub imbalance: f64,
    /// Shannon entropy of the class shares, divided by its maximum. It is 1 if all classes have the same size or if there
    /// is only one class; it is 0 if one of several classes has all rows, or if there are no rows.
    pub evenness: f64,
}

impl ClassBalance {
    /// Counts the classes `0..n_classes`; other labels are not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use feedback_dataset::labels::ClassBalance;
    ///
    /// let balance = ClassBalance::from_labels(&[0, 0, 0, 1], 3);
    /// assert_eq!(balance.counts, [3, 1, 0]);
    /// assert_eq!(balance.imbalance, 3.0);
    /// ```
    #[must_use]
    pub fn from_labels(labels: &[usize], n_classes: usize) -> Self {
        let counts = class_counts(labels, n_classes);
        let max = counts.iter().copied().max().unwrap_or(0);
        let min = counts.iter().copied().filter(|&count| count > 0).min();
        let imbalance = min.map_or(1.0, |min| max as f64 / min as f64);
        let evenness = evenness(&counts);
        Self {
            counts,
            imbalance,
            evenness,
        }
    }
}

/// How classes are weighted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClassWeighting {
    /// `rows / (classes × rows of the class)`, as with `balanced` in scikit-learn. Classes without rows are not counted in
    /// `classes`.
    Balanced,
    /// `(1 − β) / (1 − β^rows of the class)`, scaled so that the weights of the classes with rows
    /// have a mean of 1 (Cui et al., 2019, equation 2).
    EffectiveNumber {
        /// At least 0 and below 1. 0 gives equal weights; values close to 1 give weights in nearly the same proportions as
        /// [`Balanced`](ClassWeighting::Balanced). The paper uses 0.9 to 0.9999.
        beta: f64,
    },
}

/// Returns the weight of each class; 0 for a class without rows.
///
/// # Examples
///
/// ```
/// use feedback_dataset::labels::{ClassWeighting, class_weights};
///
/// assert_eq!(class_weights(&[0, 0, 0, 1], 3, ClassWeighting::Balanced), [4.0 / 6.0, 2.0, 0.0]);
/// ```
///
/// # References
///
/// Cui, Jia, Lin, Song and Belongie, *Class-Balanced Loss Based on Effective Number of Samples*, 2019.
#[must_use]
pub fn class_weights(labels: &[usize], n_classes: usize, weighting: ClassWeighting) -> Vec<f64> {
    let counts = class_counts(labels, n_classes);
    let rows: usize = counts.iter().sum();
    let present = counts.iter().filter(|&&count| count > 0).count();
    let weigh = |count: usize| match (count, weighting) {
        (0, _) => 0.0,
        (_, ClassWeighting::Balanced) => rows as f64 / (present as f64 * count as f64),
        (_, ClassWeighting::EffectiveNumber { beta }) => (1.0 - beta) / (1.0 - beta.powf(count as f64)),
    };
    let weights: Vec<f64> = counts.into_iter().map(weigh).collect();
    match weighting {
        ClassWeighting::Balanced => weights,
        ClassWeighting::EffectiveNumber { .. } => {
            let sum: f64 = weights.iter().sum();
            weights
                .into_iter()
                .map(|weight| {
                    if sum > 0.0 {
                        weight * present as f64 / sum
                    } else {
                        0.0
                    }
                })
                .collect()
        }
    }
}

fn class_counts(labels: &[usize], n_classes: usize) -> Vec<usize> {
    let mut counts = vec![0; n_classes];
    labels
        .iter()
        .filter(|&&label| label < n_classes)
        .for_each(|&label| counts[label] += 1);
    counts
}

fn evenness(counts: &[usize]) -> f64 {
    let rows: usize = counts.iter().sum();
    if rows == 0 {
        return 0.0;
    }
    if counts.len() == 1 {
        return 1.0;
    }
    let shares = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| count as f64 / rows as f64);
    let entropy: f64 = -shares.map(|share| share * share.ln()).sum::<f64>();
    // If one class has all rows, the entropy is −0.
    (entropy / (counts.len() as f64).ln()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenness_ranges_from_0_to_1() {
        assert!((ClassBalance::from_labels(&[0, 1, 2, 0, 1, 2], 3).evenness - 1.0).abs() < 1e-12);
        assert_eq!(ClassBalance::from_labels(&[1, 1], 3).evenness, 0.0);
        assert_eq!(ClassBalance::from_labels(&[0, 0], 1).evenness, 1.0);
        let empty = ClassBalance::from_labels(&[], 2);
        assert_eq!((empty.imbalance, empty.evenness), (1.0, 0.0));
    }

    #[test]
    fn effective_numbers_by_hand() {
        // β = 0.5: 0.5 / (1 − 0.5) = 1 for one row, 0.5 / (1 − 0.25) = 2/3 for two; scaled to mean 1.
        let weights = class_weights(&[0, 1, 1], 3, ClassWeighting::EffectiveNumber { beta: 0.5 });
        assert!((weights[0] - 1.2).abs() < 1e-12 && (weights[1] - 0.8).abs() < 1e-12);
        assert_eq!(weights[2], 0.0);
        assert_eq!(
            class_weights(&[0, 1, 1], 2, ClassWeighting::EffectiveNumber { beta: 0.0 }),
            [1.0, 1.0]
        );
        assert_eq!(
            class_weights(&[], 2, ClassWeighting::EffectiveNumber { beta: 0.9 }),
            [0.0, 0.0]
        );
    }
}
