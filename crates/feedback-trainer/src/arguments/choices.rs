//! Enumerations among the training arguments, and the parameters of schedules.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// When to evaluate or save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum IntervalStrategy {
    /// Never.
    No,
    /// At the end of each epoch.
    #[default]
    Epoch,
    /// After a fixed number of updates.
    Steps,
}

/// The optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum OptimizerName {
    /// AdamW (Loshchilov and Hutter 2019).
    #[default]
    #[serde(rename = "adamw_torch", alias = "adamw")]
    #[cfg_attr(feature = "clap", value(name = "adamw_torch", alias = "adamw"))]
    AdamW,
    /// Stochastic gradient descent, without momentum.
    #[serde(rename = "sgd")]
    #[cfg_attr(feature = "clap", value(name = "sgd"))]
    Sgd,
}

/// How the learning rate changes over the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum), value(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LrSchedulerType {
    /// Rises from 0 during warm-up, then falls linearly to 0.
    #[default]
    Linear,
    /// Rises from 0 during warm-up, then falls to 0 along a half cosine.
    Cosine,
    /// Rises from 0 during warm-up, then falls to `lr_end` as a power of the remaining fraction.
    Polynomial,
    /// Constant.
    Constant,
    /// Rises from 0 during warm-up, then constant.
    ConstantWithWarmup,
    /// Constant, but multiplied by `factor` each time `metric_for_best_model` stops improving. No warm-up.
    #[serde(rename = "reduce_lr_on_plateau", alias = "plateau")]
    #[cfg_attr(feature = "clap", value(alias = "plateau"))]
    ReduceLrOnPlateau,
}

/// Parameters of schedules, with the names and defaults of Transformers and PyTorch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LrSchedulerKwargs {
    /// `cosine`: number of cosine periods after the warm-up, above 0. Default 0.5: half a period, from the
    /// peak down to 0.
    pub num_cycles: f64,
    /// `polynomial`: final rate, from 0 to below `learning_rate`. Default 1e-7.
    pub lr_end: f64,
    /// `polynomial`: exponent, above 0. Default 1, linear.
    pub power: f64,
    /// `reduce_lr_on_plateau`: factor of each reduction, above 0 and below 1. Default 0.1.
    pub factor: f64,
    /// `reduce_lr_on_plateau`: evaluations without improvement to tolerate. Default 10.
    pub patience: usize,
    /// `reduce_lr_on_plateau`: minimum relative improvement that counts, 0 or more. Default 1e-4.
    pub threshold: f64,
    /// `reduce_lr_on_plateau`: evaluations to ignore after a reduction. Default 0.
    pub cooldown: usize,
    /// `reduce_lr_on_plateau`: minimum rate, 0 or more. Default 0.
    pub min_lr: f64,
}

impl FromStr for LrSchedulerKwargs {
    type Err = serde_json::Error;

    /// Parses a JSON object; missing keys get their default values.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

impl Default for LrSchedulerKwargs {
    fn default() -> Self {
        Self {
            num_cycles: 0.5,
            lr_end: 1e-7,
            power: 1.0,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            cooldown: 0,
            min_lr: 0.0,
        }
    }
}
