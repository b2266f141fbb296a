//! The settings for imbalanced classes: class weights, other losses, other sampling.

use std::str::FromStr;

use feedback_dataset::labels::{ClassWeighting, class_weights};
use feedback_dataset::sampling::{balanced_sample, weighted_sample};
use feedback_trainer::losses::ClassificationLoss;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// β of the effective number of samples (Cui et al. 2019), from the middle of the range in that paper. With this value,
/// the weight of a class no longer decreases beyond about a thousand rows.
const EFFECTIVE_NUMBER_BETA: f64 = 0.999;

/// How classes are weighted in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClassWeights {
    /// All rows have the same weight.
    #[default]
    None,
    /// All classes have the same total weight: scikit-learn's `class_weight="balanced"`.
    Balanced,
    /// Weights between `None` and `Balanced`, by the effective number of samples with β = 0.999.
    Effective,
}

/// The shape of the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossKind {
    /// Cross-entropy.
    #[default]
    CrossEntropy,
    /// The focal loss, which gives less weight to rows that the model predicts confidently.
    Focal,
}

/// Which rows an epoch uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sampler {
    /// Each row once, in random order.
    #[default]
    Shuffled,
    /// Rows drawn with replacement, rare classes more often, so that all classes are equally frequent on average.
    Weighted,
    /// Classes take turns, so that they are equally frequent; every row of a class is used before one repeats.
    Balanced,
}

/// How imbalanced classes are handled; by default not at all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Rare classes")
)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ImbalanceOptions {
    /// Class weights in the loss: none, balanced (all classes count equally) or effective (in between)
    ///
    /// Default `none`: all rows count equally. `balanced` as in scikit-learn; `effective` by the effective number of
    /// samples with β = 0.999 (Cui et al. 2019).
    #[cfg_attr(feature = "clap", arg(long, value_name = "KIND"))]
    pub class_weights: ClassWeights,
    /// Loss: cross_entropy, or focal (less weight for rows that the model predicts confidently)
    ///
    /// Default `cross_entropy`. Focal loss: Lin et al. 2017.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    pub loss: LossKind,
    /// Exponent of the focal loss; 0 equals cross-entropy
    ///
    /// 0 or more. Default 2, as in Lin et al. 2017.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X"))]
    pub focal_gamma: f64,
    /// Rows of an epoch: shuffled (each once), weighted or balanced (rare classes more often)
    ///
    /// Default `shuffled`. `weighted` draws rows with replacement; `balanced` lets the classes take turns.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    pub sampler: Sampler,
}

impl Default for ImbalanceOptions {
    fn default() -> Self {
        Self {
            class_weights: ClassWeights::None,
            loss: LossKind::CrossEntropy,
            focal_gamma: 2.0,
            sampler: Sampler::Shuffled,
        }
    }
}

impl ImbalanceOptions {
    /// Returns the loss for training rows with these class ids. `label_smoothing` is the share of each target that is
    /// spread over all classes.
    ///
    /// # Errors
    ///
    /// The exponent or the smoothing is out of range.
    pub fn loss(
        &self,
        labels: &[usize],
        n_classes: usize,
        label_smoothing: f64,
    ) -> Result<ClassificationLoss> {
        let loss = self.unweighted(label_smoothing)?;
        let weighting = match self.class_weights {
            ClassWeights::None => return Ok(loss),
            ClassWeights::Balanced => ClassWeighting::Balanced,
            ClassWeights::Effective => ClassWeighting::EffectiveNumber {
                beta: EFFECTIVE_NUMBER_BETA,
            },
        };
        Ok(loss.with_class_weights(class_weights(labels, n_classes, weighting))?)
    }

    /// Returns the loss without class weights; fails if a setting is invalid.
    pub(crate) fn unweighted(&self, label_smoothing: f64) -> Result<ClassificationLoss> {
        let loss = match self.loss {
            LossKind::CrossEntropy => ClassificationLoss::cross_entropy(),
            LossKind::Focal => ClassificationLoss::focal(self.focal_gamma)?,
        };
        Ok(loss.with_label_smoothing(label_smoothing)?)
    }
}

impl Sampler {
    /// Returns the rows of an epoch, or `None` to use all rows in the trainer's order. The same seed and epoch always give
    /// the same rows.
    pub(crate) fn order(self, labels: &[usize], seed: u64, epoch: usize) -> Option<Vec<usize>> {
        // Spreads the seeds of consecutive epochs far apart, as in SplitMix64.
        let seed = seed.wrapping_add((epoch as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        match self {
            Self::Shuffled => None,
            Self::Balanced => Some(balanced_sample(labels, labels.len(), seed)),
            Self::Weighted => {
                let n_classes = labels.iter().max().map_or(0, |last| last + 1);
                let of_class = class_weights(labels, n_classes, ClassWeighting::Balanced);
                let weights: Vec<f64> = labels.iter().map(|&label| of_class[label]).collect();
                // Fails only if there are no rows to order.
                weighted_sample(&weights, labels.len(), seed).ok()
            }
        }
    }
}

/// Implements `FromStr` for a type whose values have these names; the error lists the names.
macro_rules! from_names {
    ($type:ty, $setting:literal, $($name:literal => $value:expr),+) => {
        impl FromStr for $type {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self> {
                match name {
                    $($name => Ok($value),)+
                    _ => Err(Error::Choice {
                        setting: $setting,
                        found: name.to_owned(),
                        expected: &[$($name),+],
                    }),
                }
            }
        }
    };
}

from_names!(ClassWeights, "class_weights", "none" => Self::None, "balanced" => Self::Balanced, "effective" => Self::Effective);
from_names!(LossKind, "loss", "cross_entropy" => Self::CrossEntropy, "focal" => Self::Focal);
from_names!(Sampler, "sampler", "shuffled" => Self::Shuffled, "weighted" => Self::Weighted, "balanced" => Self::Balanced);

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [usize; 6] = [0, 0, 0, 0, 1, 2];

    #[test]
    fn balanced_weights_give_all_classes_the_same_total() {
        let options = ImbalanceOptions {
            class_weights: ClassWeights::Balanced,
            ..Default::default()
        };
        let loss = options.loss(&LABELS, 3, 0.0).unwrap();
        assert_eq!([0, 1, 2].map(|label| loss.weight(label)), [0.5, 2.0, 2.0]);
        let plain = ImbalanceOptions::default().loss(&LABELS, 3, 0.1).unwrap();
        assert_eq!(plain.weight(0), 1.0);
        assert!(ImbalanceOptions::default().loss(&LABELS, 3, 1.0).is_err());
    }

    #[test]
    fn effective_weights_are_between_none_and_balanced() {
        let labels: Vec<usize> = (0..2000).map(|row| usize::from(row % 20 == 0)).collect();
        let ratio = |class_weights| {
            let options = ImbalanceOptions {
                class_weights,
                ..Default::default()
            };
            let loss = options.loss(&labels, 2, 0.0).unwrap();
            loss.weight(1) / loss.weight(0)
        };
        assert!((ratio(ClassWeights::Balanced) - 19.0).abs() < 1e-9);
        let effective = ratio(ClassWeights::Effective);
        assert!(effective > 5.0 && effective < 19.0, "{effective}");
    }

    #[test]
    fn samplers_balance_classes_and_differ_between_epochs() {
        assert_eq!(Sampler::Shuffled.order(&LABELS, 1, 0), None);
        let labels: Vec<usize> = (0..3000).map(|row| usize::from(row % 10 == 0)).collect();
        for sampler in [Sampler::Weighted, Sampler::Balanced] {
            let order = sampler.order(&labels, 1, 0).unwrap();
            assert_eq!(order.len(), labels.len());
            let rare = order.iter().filter(|&&row| labels[row] == 1).count();
            assert!((1350..1650).contains(&rare), "{sampler:?}: {rare}");
            assert_eq!(sampler.order(&labels, 1, 0).unwrap(), order);
            assert_ne!(sampler.order(&labels, 1, 1).unwrap(), order);
        }
        assert_eq!(Sampler::Weighted.order(&[], 1, 0), None);
    }

    #[test]
    fn the_error_for_an_unknown_name_lists_the_valid_names() {
        let message = "even".parse::<Sampler>().unwrap_err().to_string();
        assert!(
            message.contains("`even`") && message.contains("weighted"),
            "{message}"
        );
    }
}
