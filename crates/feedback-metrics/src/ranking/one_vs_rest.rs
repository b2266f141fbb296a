//! Binary ranking metrics of each class against all others.

use serde::{Deserialize, Serialize};

use super::binary::{Threshold, average_precision_of, roc_auc_of, thresholds};
use crate::check;
use crate::error::Result;
use crate::probabilities::Probabilities;
use crate::sum::{mean, pairwise_sum};

/// A ranking metric of each class, and its averages over the classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneVsRest {
    /// The metric of each class, in class order.
    pub per_class: Vec<f64>,
    /// The plain mean over the classes; NaN if the metric of any class is NaN.
    pub macro_average: f64,
    /// The mean weighted by support, so classes without rows do not contribute; NaN if the metric of a class that
    /// has rows is NaN.
    pub weighted_average: f64,
}

/// ROC-AUC of each class against all others (`multi_class="ovr"`), from its column of probabilities.
///
/// If a class has no rows or all rows, its metric and the macro average are NaN, as in scikit-learn. For two
/// classes, both columns give the same area if the sum of each row is exactly 1.
///
/// # Errors
///
/// If there is not one label for each row, or a label is not below the number of classes.
pub fn roc_auc_one_vs_rest(probabilities: &Probabilities, labels: &[usize]) -> Result<OneVsRest> {
    one_vs_rest(probabilities, labels, roc_auc_of)
}

/// Average precision of each class against all others, from its column of probabilities.
///
/// The metric of a class without rows is 0, as in scikit-learn with an indicator table.
///
/// # Errors
///
/// If there is not one label for each row, or a label is not below the number of classes.
pub fn average_precision_one_vs_rest(probabilities: &Probabilities, labels: &[usize]) -> Result<OneVsRest> {
    one_vs_rest(probabilities, labels, average_precision_of)
}

fn one_vs_rest(
    probabilities: &Probabilities,
    labels: &[usize],
    metric: fn(&[Threshold]) -> f64,
) -> Result<OneVsRest> {
    check::labels_of_table(labels, probabilities.n(), probabilities.n_classes())?;
    let mut per_class = Vec::with_capacity(probabilities.n_classes());
    let mut supports = Vec::with_capacity(probabilities.n_classes());
    for class in 0..probabilities.n_classes() {
        let positive: Vec<bool> = labels.iter().map(|&label| label == class).collect();
        supports.push(positive.iter().filter(|positive| **positive).count() as f64);
        per_class.push(metric(&thresholds(&positive, &probabilities.column(class))?));
    }
    Ok(OneVsRest {
        macro_average: mean(&per_class),
        weighted_average: weighted(&per_class, &supports),
        per_class,
    })
}

fn weighted(scores: &[f64], supports: &[f64]) -> f64 {
    let product = |(score, support): (&f64, &f64)| {
        if *support == 0.0 { 0.0 } else { score * support }
    };
    let products: Vec<f64> = scores.iter().zip(supports).map(product).collect();
    pairwise_sum(&products) / pairwise_sum(supports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_with_an_absent_class() {
        let values = vec![0.8, 0.2, 0.0, 0.3, 0.7, 0.0, 0.6, 0.4, 0.0];
        let probabilities = Probabilities::new(values, 3).expect("valid");
        let labels = [0, 1, 1];
        let auc = roc_auc_one_vs_rest(&probabilities, &labels).expect("valid");
        assert_eq!(auc.per_class[..2], [1.0, 1.0]);
        assert!(auc.per_class[2].is_nan() && auc.macro_average.is_nan());
        assert_eq!(auc.weighted_average, 1.0);
        let precision = average_precision_one_vs_rest(&probabilities, &labels).expect("valid");
        assert_eq!(precision.per_class, [1.0, 1.0, 0.0]);
        assert_eq!(precision.macro_average, 2.0 / 3.0);
        assert_eq!(precision.weighted_average, 1.0);
    }

    #[test]
    fn roc_auc_is_undefined_if_all_rows_have_one_class() {
        let probabilities = Probabilities::new(vec![0.8, 0.2], 2).expect("valid");
        let auc = roc_auc_one_vs_rest(&probabilities, &[0]).expect("valid");
        assert!(auc.weighted_average.is_nan());
    }
}
