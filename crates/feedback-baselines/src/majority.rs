//! The simplest baseline: a classifier that never reads the text.

use crate::error::Result;
use crate::labels::count_labels;

/// Predicts the class frequencies of the training rows for every text.
///
/// The probability of class `c` is `count(c) / n`, so the prediction is always the most frequent
/// class, and the log loss on the training rows is the entropy of their labels. This is the same as scikit-learn's
/// `DummyClassifier(strategy="prior")`. A model that does not beat it has learned nothing.
///
/// # Examples
///
/// ```
/// use feedback_baselines::MajorityClass;
///
/// let majority = MajorityClass::fit(&[1, 0, 1, 1], 3)?;
/// assert_eq!(majority.class(), 1);
/// assert_eq!(majority.predict_probabilities(2), [0.25, 0.75, 0.0, 0.25, 0.75, 0.0]);
/// # Ok::<(), feedback_baselines::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MajorityClass {
    frequencies: Vec<f64>,
}

impl MajorityClass {
    /// Counts the labels, which are class ids below `n_classes`.
    ///
    /// # Errors
    ///
    /// If there are no labels, `n_classes` is 0, or a label is not below `n_classes`.
    pub fn fit(labels: &[usize], n_classes: usize) -> Result<Self> {
        let counts = count_labels(labels, n_classes)?;
        let frequencies = counts
            .iter()
            .map(|&count| count as f64 / labels.len() as f64)
            .collect();
        Ok(Self { frequencies })
    }

    /// Returns the most frequent class; ties go to the smallest id.
    pub fn class(&self) -> usize {
        let mut best = 0;
        for (class, &frequency) in self.frequencies.iter().enumerate() {
            if frequency > self.frequencies[best] {
                best = class;
            }
        }
        best
    }

    /// Returns the number of classes, including classes without a training row.
    pub fn n_classes(&self) -> usize {
        self.frequencies.len()
    }

    /// Returns the class frequencies, repeated for each row, row-major `[n_rows, n_classes]`.
    pub fn predict_probabilities(&self, n_rows: usize) -> Vec<f64> {
        self.frequencies.repeat(n_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn frequencies_by_hand() {
        let majority = MajorityClass::fit(&[2, 2, 0, 2, 3], 5).unwrap();
        assert_eq!(majority.class(), 2);
        assert_eq!(majority.n_classes(), 5);
        assert_eq!(majority.predict_probabilities(1), [0.2, 0.0, 0.6, 0.2, 0.0]);
        assert_eq!(majority.predict_probabilities(0), [0.0; 0]);
        assert_eq!(majority.predict_probabilities(3).len(), 15);
    }

    #[test]
    fn a_tie_goes_to_the_smallest_id() {
        assert_eq!(MajorityClass::fit(&[3, 1, 3, 1], 4).unwrap().class(), 1);
    }

    #[test]
    fn unusable_labels_are_refused() {
        assert_eq!(MajorityClass::fit(&[], 2), Err(Error::NoRows { what: "labels" }));
        assert_eq!(MajorityClass::fit(&[0], 0), Err(Error::NoClasses));
        let out_of_range = Error::LabelOutOfRange {
            row: 1,
            label: 2,
            n_classes: 2,
        };
        assert_eq!(MajorityClass::fit(&[0, 2], 2), Err(out_of_range));
    }
}
