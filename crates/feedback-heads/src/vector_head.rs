//! A linear classifier on the vectors of an encoder.

use feedback_baselines::{DesignMatrix, LogisticRegression, LogisticRegressionConfig, Scaling};

use crate::error::{Error, Result};

/// The logit of a label that no training row has.
const NEVER: f32 = -1e30;

/// A linear function of the vector of a text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VectorHead {
    /// `[width, labels]`, row-major.
    pub weights: Vec<f32>,
    /// One bias per label.
    pub bias: Vec<f32>,
}

impl VectorHead {
    pub(crate) fn new(weights: Vec<f32>, bias: Vec<f32>) -> Self {
        Self { weights, bias }
    }

    /// Fits a multinomial logistic regression on labelled vectors, one after another, which `scaling` scales; `c` is the inverse
    /// strength of the penalty.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] if there is not one label for each vector, or no vector; a label is not below `n_classes`, or a vector is
    /// not finite.
    pub fn fit(
        vectors: &[f32],
        labels: &[usize],
        n_classes: usize,
        scaling: &Scaling,
        c: f64,
    ) -> Result<Self> {
        let features = scaling.scale(vectors)?;
        if labels.is_empty() || features.n_rows() != labels.len() {
            let (texts, labels) = (features.n_rows(), labels.len());
            return Err(Error::Lengths { texts, labels });
        }
        let width = features.n_columns();
        let mut config = LogisticRegressionConfig::default();
        config.c = c;
        let fitted = LogisticRegression::fit(&DesignMatrix::from(features), labels, n_classes, &config)?;
        let (head, _) = linear(&fitted, scaling, width, n_classes);
        Ok(head)
    }

    /// Returns the classifier with the sum of both logits. Both must be about the same labels and the same encoder.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a + b).collect();
        Self::new(sum(&self.weights, &other.weights), sum(&self.bias, &other.bias))
    }

    /// Returns the probabilities of the labels for a vector, in the order of the labels.
    pub fn probabilities(&self, vector: &[f32]) -> Vec<f64> {
        let mut logits: Vec<f64> = self.bias.iter().map(|&bias| f64::from(bias)).collect();
        for (&value, weights) in vector.iter().zip(self.weights.chunks_exact(logits.len().max(1))) {
            for (logit, &weight) in logits.iter_mut().zip(weights) {
                *logit += f64::from(value) * f64::from(weight);
            }
        }
        let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exponentials: Vec<f64> = logits.iter().map(|logit| (logit - highest).exp()).collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.into_iter().map(|value| value / sum).collect()
    }
}

/// Returns the part of a classifier that reads vectors, as a function of the vectors before scaling, and its weights of further
/// features, `[features, classes]`.
pub(crate) fn linear(
    classifier: &LogisticRegression,
    scaling: &Scaling,
    width: usize,
    n_classes: usize,
) -> (VectorHead, Vec<f32>) {
    let (mut weights, mut bias) = per_class(classifier, n_classes);
    let (dense, further) = weights.split_at_mut(width * n_classes);
    scaling.undo(dense, &mut bias);
    let narrow = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<f32>>();
    let bias = bias
        .iter()
        .map(|&value| if value.is_finite() { value as f32 } else { NEVER });
    (VectorHead::new(narrow(dense), bias.collect()), narrow(further))
}

/// Returns weights `[features, classes]` and intercepts `[classes]`, also for two classes, for which the classifier has one
/// vector of weights, and for classes without rows, whose intercept is −∞.
fn per_class(classifier: &LogisticRegression, n_classes: usize) -> (Vec<f64>, Vec<f64>) {
    let (weights, intercepts, classes) = (
        classifier.weights(),
        classifier.intercepts(),
        classifier.classes(),
    );
    let column = |row: &[f64], absent: f64| {
        let mut out = vec![absent; n_classes];
        match (classes, row) {
            (&[first, second], &[one]) => (out[first], out[second]) = (-one / 2.0, one / 2.0),
            _ => classes
                .iter()
                .zip(row)
                .for_each(|(&class, &value)| out[class] = value),
        }
        out
    };
    let of_features = weights.chunks_exact(intercepts.len());
    let of_features = of_features.flat_map(|row| column(row, 0.0)).collect();
    (of_features, column(intercepts, f64::NEG_INFINITY))
}
