//! Cross-entropy, focal loss, class weights and label smoothing for single-label classification.

use burn::tensor::{Int, Tensor, activation::log_softmax};

use crate::error::{Error, Result};
use crate::losses::class_weights::check_weights;

/// Minimum of 1 − p in the focal factor: the gradient of a power below 1 is infinite at 0, and rounding can make p
/// slightly larger than 1.
const MIN_DISTANCE: f64 = 1e-7;

/// The loss of a classifier that assigns one class to each sample.
///
/// Let p be the softmax of the logits, y the class of a sample, w the class weights, γ the focal exponent, ε the smoothing and C
/// the number of classes. The cost of a class is cost_c = −w_c · (1 − p_c)^γ · ln p_c, and the loss of the sample is
///
/// ```text
/// (1 − ε) · cost_y + ε / C · Σ_c cost_c
/// ```
///
/// With γ = 0 this is PyTorch's `CrossEntropyLoss(weight=w, label_smoothing=ε)`; with ε = 0 it is the focal loss of
/// Lin et al. 2017, equation 5, with w for their α. With both above 0, smoothing applies to the focal costs.
///
/// The mean loss of an update is the sum of the samples' losses divided by the sum of their weights w_y ([`weight`](Self::weight)).
/// This is PyTorch's `reduction="mean"`, but over *all* passes of the update.
///
/// # Examples
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use feedback_trainer::losses::ClassificationLoss;
///
/// # fn main() -> feedback_trainer::Result<()> {
/// let device = Device::flex();
/// let logits = Tensor::<2>::from_floats([[0.0, 0.0], [0.0, 0.0]], &device);
/// let labels = Tensor::<1, Int>::from_ints([0, 1], &device);
/// let loss = ClassificationLoss::cross_entropy().with_class_weights(vec![1.0, 3.0])?;
/// let sum: f32 = loss.sum(logits, labels).into_scalar();
/// assert!((sum - 4.0 * 2.0_f32.ln()).abs() < 1e-6);
/// assert_eq!(loss.weight(0) + loss.weight(1), 4.0); // so the mean is ln 2
/// # Ok(())
/// # }
/// ```
///
/// # References
///
/// Lin, Goyal, Girshick, He and Dollár, *Focal Loss for Dense Object Detection*, 2017. Szegedy et al., *Rethinking the
/// Inception Architecture for Computer Vision*, 2016, section 7, for label smoothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassificationLoss {
    gamma: f64,
    label_smoothing: f64,
    class_weights: Option<Vec<f64>>,
}

impl ClassificationLoss {
    /// Plain cross-entropy, −ln p_y.
    pub fn cross_entropy() -> Self {
        Self::default()
    }

    /// The focal loss with the exponent `gamma`, which is 0 (cross-entropy) or more; in the paper 2 was best.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if `gamma` is negative or not finite.
    pub fn focal(gamma: f64) -> Result<Self> {
        if !(gamma.is_finite() && gamma >= 0.0) {
            return Err(Error::argument("focal_gamma", "a number of 0 or more", gamma));
        }
        Ok(Self {
            gamma,
            ..Self::default()
        })
    }

    /// Adds label smoothing: this fraction of each target is spread evenly over all classes.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] unless `label_smoothing` is from 0 to below 1.
    pub fn with_label_smoothing(self, label_smoothing: f64) -> Result<Self> {
        if !(0.0..1.0).contains(&label_smoothing) {
            return Err(Error::argument(
                "label_smoothing_factor",
                "a number from 0 to below 1",
                label_smoothing,
            ));
        }
        Ok(Self {
            label_smoothing,
            ..self
        })
    }

    /// Adds a weight for each class, in the order of the class ids.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if a weight is negative or not finite, or if all weights are 0.
    pub fn with_class_weights(self, weights: Vec<f64>) -> Result<Self> {
        check_weights("class_weights", &weights)?;
        Ok(Self {
            class_weights: Some(weights),
            ..self
        })
    }

    /// Returns the weight of a sample of this class in the mean loss: 1 without class weights, 0 if the class weights do not
    /// include this class.
    pub fn weight(&self, label: usize) -> f64 {
        match &self.class_weights {
            Some(weights) => weights.get(label).copied().unwrap_or(0.0),
            None => 1.0,
        }
    }

    /// Returns the class weights, if any.
    pub fn class_weights(&self) -> Option<&[f64]> {
        self.class_weights.as_deref()
    }

    /// Returns the sum of the samples' losses.
    ///
    /// # Shapes
    ///
    /// - `logits`: `[samples, classes]`, `labels`: `[samples]`, output: `[1]`
    ///
    /// # Panics
    ///
    /// Burn panics if the number of class weights differs from the number of classes in the logits.
    pub fn sum(&self, logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
        self.per_sample(logits, labels).sum()
    }

    /// Returns the loss of each sample.
    ///
    /// # Shapes
    ///
    /// - `logits`: `[samples, classes]`, `labels`: `[samples]`, output: `[samples]`
    ///
    /// # Panics
    ///
    /// See [`sum`](Self::sum).
    pub fn per_sample(&self, logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
        let [samples, classes] = logits.dims();
        let costs = self.costs(logits); // [samples, classes]
        let target = costs.clone().gather(1, labels.reshape([samples, 1])); // [samples, 1]
        let target = target.reshape([samples]);
        if self.label_smoothing == 0.0 {
            return target;
        }
        let all = costs.sum_dim(1).reshape([samples]);
        target * (1.0 - self.label_smoothing) + all * (self.label_smoothing / classes as f64)
    }

    /// Returns the cost of each class if it were the target, `[samples, classes]`.
    fn costs(&self, logits: Tensor<2>) -> Tensor<2> {
        let device = logits.device();
        let log_probabilities = log_softmax(logits, 1); // [samples, classes]
        let mut costs = log_probabilities.clone().neg();
        if self.gamma > 0.0 {
            let distance = (log_probabilities.exp().neg() + 1.0).clamp_min(MIN_DISTANCE);
            costs = costs * distance.powf_scalar(self.gamma);
        }
        if let Some(weights) = &self.class_weights {
            let weights: Vec<f32> = weights.iter().map(|&weight| weight as f32).collect();
            costs = costs * Tensor::<1>::from_floats(weights.as_slice(), &device).unsqueeze::<2>(); // [1, classes]
        }
        costs
    }
}

/// Cross-entropy of class ids, summed over the samples: −Σ log softmax(logits)\[label\].
///
/// # Shapes
///
/// - `logits`: `[samples, classes]`, `labels`: `[samples]`, output: `[1]`
pub fn cross_entropy_sum(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    ClassificationLoss::cross_entropy().sum(logits, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_settings_are_refused() {
        assert!(ClassificationLoss::focal(-1.0).is_err());
        assert!(ClassificationLoss::focal(f64::NAN).is_err());
        let plain = ClassificationLoss::cross_entropy;
        assert!(plain().with_label_smoothing(1.0).is_err());
        for weights in [vec![], vec![0.0, 0.0], vec![1.0, -1.0], vec![f64::NAN]] {
            let message = plain().with_class_weights(weights).unwrap_err().to_string();
            assert!(message.contains("class_weights"), "{message}");
        }
    }

    #[test]
    fn a_class_without_a_weight_has_weight_0() {
        let loss = ClassificationLoss::cross_entropy()
            .with_class_weights(vec![0.5, 0.0])
            .unwrap();
        assert_eq!([0, 1, 2].map(|label| loss.weight(label)), [0.5, 0.0, 0.0]);
        assert_eq!(ClassificationLoss::cross_entropy().weight(7), 1.0);
    }
}
