//! The closed choices among the training arguments, and the parameters of schedules.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// When something is done that may be done each epoch or every so many steps.
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
    /// Every `eval_steps`, `save_steps` updates.
    Steps,
}

/// What makes an update of gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum OptimizerName {
    /// AdamW (Loshchilov and Hutter 2019).
    #[default]
    #[serde(rename = "adamw_torch", alias = "adamw")]
    #[cfg_attr(feature = "clap", value(name = "adamw_torch", alias = "adamw"))]
    AdamW,
    /// Plain gradient descent.
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
    /// Up from 0 during warm-up, then down to 0 in a straight line.
    #[default]
    Linear,
    /// Up from 0 during warm-up, then down to 0 along half a cosine.
    Cosine,
    /// Up from 0 during warm-up, then down to `lr_end` along a power of what is left.
    Polynomial,
    /// The same throughout.
    Constant,
    /// Up from 0 during warm-up, then the same.
    ConstantWithWarmup,
    /// The same until `metric_for_best_model` no longer improves, then a part of it, and so on. No warm-up.
    #[serde(rename = "reduce_lr_on_plateau", alias = "plateau")]
    #[cfg_attr(feature = "clap", value(alias = "plateau"))]
    ReduceLrOnPlateau,
}

/// What some schedules can be told beside their name; names and defaults are Hugging Face's and PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LrSchedulerKwargs {
    /// `cosine`: waves after the warm-up; 0.5, the default, goes from the peak down to 0.
    pub num_cycles: f64,
    /// `polynomial`: the rate at the end, 0 to below `learning_rate`. Default 1e-7.
    pub lr_end: f64,
    /// `polynomial`: the power, above 0. Default 1, a straight line.
    pub power: f64,
    /// `reduce_lr_on_plateau`: what the rate is multiplied with, above 0 and below 1. Default 0.1.
    pub factor: f64,
    /// `reduce_lr_on_plateau`: evaluations without improvement that are borne. Default 10.
    pub patience: usize,
    /// `reduce_lr_on_plateau`: the part of the best value that counts as improvement, 0 or more. Default 1e-4.
    pub threshold: f64,
    /// `reduce_lr_on_plateau`: evaluations after a reduction that do not count. Default 0.
    pub cooldown: usize,
    /// `reduce_lr_on_plateau`: the lowest rate, 0 or more. Default 0.
    pub min_lr: f64,
}

impl FromStr for LrSchedulerKwargs {
    type Err = serde_json::Error;

    /// Reads a JSON object; absent keys have their defaults.
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
