//! Binary cross-entropy for samples that may have several labels, or none.

use burn::tensor::{Tensor, activation::log_sigmoid};

use crate::error::Result;
use crate::losses::class_weights::check_weights;

/// The loss of a multi-label classifier: an independent binary decision for each label.
///
/// Let z be the logits, y the targets (1 if the sample has the label, else 0) and v the weights of positive targets.
/// The loss of a sample is the mean over the L labels
///
/// ```text
/// −1/L · Σ_l [ v_l · y_l · ln σ(z_l) + (1 − y_l) · ln σ(−z_l) ]
/// ```
///
/// The mean over the samples is then PyTorch's `BCEWithLogitsLoss(pos_weight=v)`, which is the loss of Transformers'
/// `problem_type = "multi_label_classification"`.
///
/// # Examples
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use feedback_trainer::losses::MultiLabelLoss;
///
/// let device = Device::flex();
/// let logits = Tensor::<2>::from_floats([[0.0, 0.0, 0.0]], &device);
/// let targets = Tensor::<2>::from_floats([[1.0, 0.0, 1.0]], &device);
/// let sum: f32 = MultiLabelLoss::new().sum(logits, targets).into_scalar();
/// assert!((sum - 2.0_f32.ln()).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MultiLabelLoss {
    positive_weights: Option<Vec<f64>>,
}

impl MultiLabelLoss {
    /// Creates a loss without weights.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a loss with a weight for the positive targets of each label, in the order of the label ids.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`](crate::Error::Argument) if a weight is negative or not finite, or if all weights are 0.
    pub fn with_positive_weights(weights: Vec<f64>) -> Result<Self> {
        check_weights("positive_weights", &weights)?;
        Ok(Self {
            positive_weights: Some(weights),
        })
    }

    /// Returns the sum of the samples' losses.
    ///
    /// # Shapes
    ///
    /// - `logits`, `targets`: `[samples, labels]`, output: `[1]`
    ///
    /// # Panics
    ///
    /// Burn panics if the number of weights differs from the number of labels in the logits.
    pub fn sum(&self, logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        let [_, labels] = logits.dims();
        let absent = targets.clone().neg() + 1.0; // [samples, labels]
        let present = match &self.positive_weights {
            Some(weights) => {
                let weights: Vec<f32> = weights.iter().map(|&weight| weight as f32).collect();
                targets * Tensor::<1>::from_floats(weights.as_slice(), &logits.device()).unsqueeze::<2>()
            }
            None => targets,
        };
        let log_likelihood = present * log_sigmoid(logits.clone()) + absent * log_sigmoid(logits.neg());
        log_likelihood.sum().neg() / labels as f64
    }
}
