//! Scores of a confusion matrix that correct for class imbalance or for chance agreement.

use serde::{Deserialize, Serialize};

use crate::averages::ZeroDivision;
use crate::confusion::ConfusionMatrix;
use crate::sum::{mean, pairwise_sum};

/// How much a disagreement between two classes counts in Cohen's kappa.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KappaWeights {
    /// Every disagreement counts 1; for unordered classes.
    Unweighted,
    /// Classes i and j count |i − j|; for ordered classes.
    Linear,
    /// Classes i and j count (i − j)²; for ordered classes, with more weight on large differences.
    Quadratic,
}

impl KappaWeights {
    fn weight(self, i: usize, j: usize) -> f64 {
        let distance = i.abs_diff(j) as f64;
        match self {
            KappaWeights::Unweighted => f64::from(i != j),
            KappaWeights::Linear => distance,
            KappaWeights::Quadratic => distance * distance,
        }
    }
}

impl ConfusionMatrix {
    /// The mean recall of the classes that have rows, 0 to 1; NaN without rows.
    ///
    /// Classes without rows are left out, as in scikit-learn's `balanced_accuracy_score`. Macro-averaged recall
    /// counts them as `zero_division` instead.
    pub fn balanced_accuracy(&self) -> f64 {
        mean(&self.recalls_of_present())
    }

    /// Balanced accuracy rescaled so that chance is 0 and perfect is 1 (`adjusted=True`).
    ///
    /// The score is (b − 1/K) / (1 − 1/K), where b is the balanced accuracy and K the number of classes that have
    /// rows. If K is 1, the score is, as in scikit-learn, NaN if all rows are right and negative infinity
    /// otherwise.
    pub fn balanced_accuracy_adjusted(&self) -> f64 {
        let chance = 1.0 / self.recalls_of_present().len() as f64;
        (self.balanced_accuracy() - chance) / (1.0 - chance)
    }

    /// Matthews' correlation coefficient for any number of classes (R_K), −1 to 1.
    ///
    /// The coefficient is (c·n − Σ tₖpₖ) / √((n² − Σ pₖ²)(n² − Σ tₖ²)). Here n is the number of rows, c the number
    /// of correct rows, tₖ the number of rows of class k, and pₖ the number of predictions of class k. As in
    /// scikit-learn, it is 0 if all labels or all predictions are of one class, or if there are no rows.
    ///
    /// # References
    ///
    /// Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation
    /// coefficient", equation 8.
    pub fn matthews_corrcoef(&self) -> f64 {
        let square = |count: u64| u128::from(count) * u128::from(count);
        let n_squared = square(self.n());
        let (mut both, mut true_squared, mut predicted_squared) = (0, 0, 0);
        for class in self.label_counts() {
            both += u128::from(class.support) * u128::from(class.predicted);
            true_squared += square(class.support);
            predicted_squared += square(class.predicted);
        }
        let right = u128::from(self.n_correct()) * u128::from(self.n());
        // Computed in integers, so that neither cancellation nor the order of addition changes the result.
        let covariance = if right >= both {
            (right - both) as f64
        } else {
            -((both - right) as f64)
        };
        let spread_true = (n_squared - true_squared) as f64;
        let spread_predicted = (n_squared - predicted_squared) as f64;
        if spread_true == 0.0 || spread_predicted == 0.0 {
            return 0.0;
        }
        covariance / (spread_predicted * spread_true).sqrt()
    }

    /// Cohen's kappa: 1 − Σ w·observed / Σ w·expected. It is 1 for perfect agreement and 0 for chance agreement.
    ///
    /// With linear and quadratic weights, the class ids are positions on a scale; absent classes keep their
    /// positions. Kappa is NaN if all labels and predictions are of the same class, or if there are no rows:
    /// the expected disagreement is then 0.
    ///
    /// # References
    ///
    /// Cohen 1960, "A coefficient of agreement for nominal scales"; Cohen 1968 for the weights.
    pub fn cohen_kappa(&self, weights: KappaWeights) -> f64 {
        let counts = self.label_counts();
        let n = self.n() as f64;
        let mut observed = Vec::new();
        let mut expected = Vec::new();
        for (i, row) in counts.iter().enumerate() {
            for (j, column) in counts.iter().enumerate() {
                let weight = weights.weight(i, j);
                observed.push(weight * self.count(i, j) as f64);
                expected.push(weight * (row.support as f64 * column.predicted as f64) / n);
            }
        }
        let expected = pairwise_sum(&expected);
        if expected == 0.0 || expected.is_nan() {
            return f64::NAN;
        }
        1.0 - pairwise_sum(&observed) / expected
    }

    fn recalls_of_present(&self) -> Vec<f64> {
        let counts = self.label_counts();
        let present = counts.iter().filter(|class| class.support > 0);
        present.map(|class| class.recall(ZeroDivision::Zero)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[Vec<u64>]) -> ConfusionMatrix {
        ConfusionMatrix::from_counts(rows).expect("a square table")
    }

    #[test]
    fn two_classes_by_hand() {
        // TN 20, FP 5, FN 10, TP 15.
        let matrix = matrix(&[vec![20, 5], vec![10, 15]]);
        assert_eq!(matrix.balanced_accuracy(), (0.8 + 0.6) / 2.0);
        assert!((matrix.balanced_accuracy_adjusted() - 0.4).abs() < 1e-15);
        // (TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))
        let expected = (15.0 * 20.0 - 5.0 * 10.0) / (20.0f64 * 25.0 * 25.0 * 30.0).sqrt();
        assert!((matrix.matthews_corrcoef() - expected).abs() < 1e-15);
        // Observed agreement 0.7, expected (25·30 + 25·20) / 2500 = 0.5.
        let kappa = matrix.cohen_kappa(KappaWeights::Unweighted);
        assert!((kappa - 0.4).abs() < 1e-15);
    }

    #[test]
    fn weighted_kappa_penalizes_distant_classes_more() {
        let near = matrix(&[vec![4, 1, 0], vec![0, 5, 0], vec![0, 0, 5]]);
        let far = matrix(&[vec![4, 0, 1], vec![0, 5, 0], vec![0, 0, 5]]);
        let kappa = |m: &ConfusionMatrix, w| m.cohen_kappa(w);
        // By hand: rows 5, 5, 5; columns 4, 6, 5. Σ|i−j|·row·column / 15 = 5·(6 + 2·5 + 4 + 5 + 2·4 + 6)/15 = 13.
        assert!((kappa(&near, KappaWeights::Linear) - (1.0 - 1.0 / 13.0)).abs() < 1e-15);
        assert!(kappa(&near, KappaWeights::Quadratic) > kappa(&far, KappaWeights::Quadratic));
    }

    #[test]
    fn undefined_cases() {
        let one_class = matrix(&[vec![3, 0], vec![0, 0]]);
        assert_eq!(one_class.matthews_corrcoef(), 0.0);
        assert!(one_class.cohen_kappa(KappaWeights::Unweighted).is_nan());
        assert_eq!(one_class.balanced_accuracy(), 1.0);
        assert!(one_class.balanced_accuracy_adjusted().is_nan());
        let missed = matrix(&[vec![2, 1], vec![0, 0]]);
        assert_eq!(missed.balanced_accuracy_adjusted(), f64::NEG_INFINITY);
        let empty = ConfusionMatrix::empty(2).expect("valid");
        assert!(empty.balanced_accuracy().is_nan());
        assert!(empty.cohen_kappa(KappaWeights::Linear).is_nan());
        assert_eq!(empty.matthews_corrcoef(), 0.0);
    }
}
