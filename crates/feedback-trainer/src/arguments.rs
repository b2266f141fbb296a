//! Training arguments with Hugging Face's names: as the user wrote them, and as checked.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// When something is done that may be done each epoch or every so many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[non_exhaustive]
pub enum OptimizerName {
    /// AdamW (Loshchilov and Hutter 2019).
    #[default]
    #[serde(rename = "adamw_torch", alias = "adamw")]
    AdamW,
    /// Plain gradient descent.
    #[serde(rename = "sgd")]
    Sgd,
}

/// How the learning rate changes over the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// What the user wrote. Names, and defaults unless stated, are those of `transformers.TrainingArguments`.
///
/// [`TrainingArguments::check`] gives the form that the trainer takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingArguments {
    /// Times that the training data is gone through, 1 or more. Default 3.
    pub num_train_epochs: usize,
    /// Updates after which training ends, if set; overrides `num_train_epochs`.
    pub max_steps: Option<usize>,
    /// Samples in one forward and backward pass. Default 16 (Hugging Face: 8).
    pub per_device_train_batch_size: usize,
    /// Samples in one forward pass of an evaluation. Default 32 (Hugging Face: 8).
    pub per_device_eval_batch_size: usize,
    /// Passes whose gradients make one update. Default 1.
    pub gradient_accumulation_steps: usize,
    /// The optimizer. Default `adamw_torch`.
    pub optim: OptimizerName,
    /// Highest learning rate, above 0. Default 5e-5.
    pub learning_rate: f64,
    /// Factor from each layer to the one below it, above 0 to 1: a layer of [depth](crate::Trainable::layer_depth) `d` has
    /// the learning rate × `layerwise_lr_decay`^`d`. Default 1, the same rate for all (Hugging Face has no such argument).
    pub layerwise_lr_decay: f64,
    /// Decoupled weight decay on everything but biases and normalisation, 0 or more. Default 0.01
    /// (Hugging Face: 0), the value of Devlin et al. 2019.
    pub weight_decay: f64,
    /// Decay of AdamW's first moment, 0 to below 1. Default 0.9.
    pub adam_beta1: f64,
    /// Decay of AdamW's second moment, 0 to below 1. Default 0.999.
    pub adam_beta2: f64,
    /// Added to the root of the second moment, above 0. Default 1e-8.
    pub adam_epsilon: f64,
    /// Greatest norm of all gradients together; 0 leaves them as they are. Default 1.
    pub max_grad_norm: f64,
    /// Course of the learning rate. Default `linear`.
    pub lr_scheduler_type: LrSchedulerType,
    /// What that schedule can be told beside its name.
    pub lr_scheduler_kwargs: LrSchedulerKwargs,
    /// Part of all updates spent on warm-up, 0 to 1. Default 0.1 (Hugging Face: 0), the value of Devlin et al. 2019.
    pub warmup_ratio: f64,
    /// Updates spent on warm-up, if set; overrides `warmup_ratio`.
    pub warmup_steps: Option<usize>,
    /// Part of the target that is spread evenly over all classes, 0 to below 1 (Szegedy et al. 2016). Default 0. The
    /// trainer hands it on: the loss belongs to the model.
    pub label_smoothing_factor: f64,
    /// When to evaluate. Default `epoch` (Hugging Face: `no`). Whatever it says, the model is evaluated at the end.
    pub eval_strategy: IntervalStrategy,
    /// Updates between evaluations where `eval_strategy` is `steps`. Default 500.
    pub eval_steps: usize,
    /// When to save a checkpoint, where the trainer has a folder for them. Default `epoch` (Hugging Face: `steps`).
    pub save_strategy: IntervalStrategy,
    /// Updates between checkpoints where `save_strategy` is `steps`. Default 500.
    pub save_steps: usize,
    /// Checkpoints that are kept, 1 or more, if limited; the one with the best model is kept beside them. Default 2
    /// (Hugging Face: all).
    pub save_total_limit: Option<usize>,
    /// Whether the best model is what comes out, not the last. Default true (Hugging Face: false).
    pub load_best_model_at_end: bool,
    /// Updates between log entries. Default 10 (Hugging Face: 500).
    pub logging_steps: usize,
    /// Whether batches are made of samples of like length. Default true (Hugging Face: false).
    pub group_by_length: bool,
    /// The metric that tells which model is best. Default `weighted_f1` (Hugging Face: `loss`).
    pub metric_for_best_model: String,
    /// Whether more of that metric is better. `None` (the default, as Hugging Face's) means that it is, unless the metric's
    /// name ends with `loss`; see [`TrainingArguments::is_greater_better`].
    pub greater_is_better: Option<bool>,
    /// Whether activations are computed again in the backward pass where that is cheap, instead of kept: less memory,
    /// more time, the same result. Default false.
    pub gradient_checkpointing: bool,
    /// Whether to compute in bfloat16. Default false; refused, as the trainer computes in 32 bits.
    pub bf16: bool,
    /// Seconds after which training ends at the next step boundary, if set; above 0. No such name in Hugging Face's.
    pub max_train_seconds: Option<f64>,
    /// Seed of everything random. Default 42.
    pub seed: u64,
}

impl Default for TrainingArguments {
    fn default() -> Self {
        Self {
            num_train_epochs: 3,
            max_steps: None,
            per_device_train_batch_size: 16,
            per_device_eval_batch_size: 32,
            gradient_accumulation_steps: 1,
            optim: OptimizerName::AdamW,
            learning_rate: 5e-5,
            layerwise_lr_decay: 1.0,
            weight_decay: 0.01,
            adam_beta1: 0.9,
            adam_beta2: 0.999,
            adam_epsilon: 1e-8,
            max_grad_norm: 1.0,
            lr_scheduler_type: LrSchedulerType::Linear,
            lr_scheduler_kwargs: LrSchedulerKwargs::default(),
            warmup_ratio: 0.1,
            warmup_steps: None,
            label_smoothing_factor: 0.0,
            eval_strategy: IntervalStrategy::Epoch,
            eval_steps: 500,
            save_strategy: IntervalStrategy::Epoch,
            save_steps: 500,
            save_total_limit: Some(2),
            load_best_model_at_end: true,
            logging_steps: 10,
            group_by_length: true,
            metric_for_best_model: "weighted_f1".into(),
            greater_is_better: None,
            gradient_checkpointing: false,
            bf16: false,
            max_train_seconds: None,
            seed: 42,
        }
    }
}

/// Arguments that have been checked; the only way to one is [`TrainingArguments::check`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CheckedArguments(TrainingArguments);

impl std::ops::Deref for CheckedArguments {
    type Target = TrainingArguments;

    fn deref(&self) -> &TrainingArguments {
        &self.0
    }
}

impl TrainingArguments {
    /// Checks each value against its range.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] naming the first that is outside.
    pub fn check(self) -> Result<CheckedArguments> {
        self.check_counts()?;
        self.check_numbers()?;
        if self.bf16 {
            return Err(Error::Argument {
                argument: "bf16",
                expected: "`false`: the trainer computes in 32 bits on every device".to_owned(),
                found: "`true`".to_owned(),
            });
        }
        Ok(CheckedArguments(self))
    }

    /// Whether more of `metric_for_best_model` is better: what `greater_is_better` says, else what the metric's name says.
    pub fn is_greater_better(&self) -> bool {
        let by_name = || !self.metric_for_best_model.ends_with("loss");
        self.greater_is_better.unwrap_or_else(by_name)
    }

    fn check_counts(&self) -> Result<()> {
        let counts = [
            ("num_train_epochs", Some(self.num_train_epochs)),
            ("max_steps", self.max_steps),
            (
                "per_device_train_batch_size",
                Some(self.per_device_train_batch_size),
            ),
            (
                "per_device_eval_batch_size",
                Some(self.per_device_eval_batch_size),
            ),
            (
                "gradient_accumulation_steps",
                Some(self.gradient_accumulation_steps),
            ),
            ("eval_steps", Some(self.eval_steps)),
            ("save_steps", Some(self.save_steps)),
            ("save_total_limit", self.save_total_limit),
            ("logging_steps", Some(self.logging_steps)),
        ];
        for (argument, value) in counts {
            let most = u32::MAX as usize; // more is a slip of the keyboard, and products must not overflow
            if value.is_some_and(|value| value == 0 || value > most) {
                let found = value.unwrap_or_default() as f64;
                return Err(outside(argument, "a whole number from 1 to 4294967295", found));
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<()> {
        for (argument, value, range, expected) in self.number_ranges() {
            if !range.contains(&value) || (value == 0.0 && expected.starts_with("above 0")) {
                return Err(outside(argument, &format!("a number {expected}"), value));
            }
        }
        Ok(())
    }

    /// Each argument that is a number, with its value, its range, and the range in words.
    fn number_ranges(&self) -> [(&'static str, f64, Range<f64>, &'static str); 16] {
        let kwargs = &self.lr_scheduler_kwargs;
        let polynomial = self.lr_scheduler_type == LrSchedulerType::Polynomial;
        let highest_end = if polynomial {
            self.learning_rate
        } else {
            f64::INFINITY
        };
        let any = 0.0..f64::INFINITY;
        let (above, or_more) = ("above 0", "0 or more");
        let below_1 = "from 0 to below 1";
        let budget = self.max_train_seconds.unwrap_or(1.0);
        [
            ("learning_rate", self.learning_rate, any.clone(), above),
            (
                "layerwise_lr_decay",
                self.layerwise_lr_decay,
                0.0..1.0 + f64::EPSILON,
                "above 0, to 1",
            ),
            ("weight_decay", self.weight_decay, any.clone(), or_more),
            ("adam_beta1", self.adam_beta1, 0.0..1.0, below_1),
            ("adam_beta2", self.adam_beta2, 0.0..1.0, below_1),
            ("adam_epsilon", self.adam_epsilon, any.clone(), above),
            (
                "max_grad_norm",
                self.max_grad_norm,
                any.clone(),
                "0 (off) or more",
            ),
            (
                "warmup_ratio",
                self.warmup_ratio,
                0.0..1.0 + f64::EPSILON,
                "from 0 to 1",
            ),
            (
                "label_smoothing_factor",
                self.label_smoothing_factor,
                0.0..1.0,
                below_1,
            ),
            ("max_train_seconds", budget, any.clone(), above),
            ("num_cycles", kwargs.num_cycles, any.clone(), above),
            (
                "lr_end",
                kwargs.lr_end,
                0.0..highest_end,
                "from 0 to below `learning_rate`",
            ),
            ("power", kwargs.power, any.clone(), above),
            ("factor", kwargs.factor, 0.0..1.0, "above 0 and below 1"),
            ("threshold", kwargs.threshold, any.clone(), or_more),
            ("min_lr", kwargs.min_lr, any, or_more),
        ]
    }
}

fn outside(argument: &'static str, expected: &str, found: f64) -> Error {
    Error::Argument {
        argument,
        expected: expected.to_owned(),
        found: format!("`{found}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_pass() {
        TrainingArguments::default().check().unwrap();
    }

    #[test]
    fn each_value_out_of_range_is_named() {
        let good = TrainingArguments::default;
        let cases = [
            (
                "learning_rate",
                TrainingArguments {
                    learning_rate: 0.0,
                    ..good()
                },
            ),
            (
                "learning_rate",
                TrainingArguments {
                    learning_rate: f64::NAN,
                    ..good()
                },
            ),
            (
                "adam_beta2",
                TrainingArguments {
                    adam_beta2: 1.0,
                    ..good()
                },
            ),
            (
                "warmup_ratio",
                TrainingArguments {
                    warmup_ratio: 1.5,
                    ..good()
                },
            ),
            (
                "max_steps",
                TrainingArguments {
                    max_steps: Some(0),
                    ..good()
                },
            ),
            (
                "num_train_epochs",
                TrainingArguments {
                    num_train_epochs: 0,
                    ..good()
                },
            ),
        ];
        for (name, arguments) in cases {
            let message = arguments.check().unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = serde_json::from_str::<TrainingArguments>(r#"{"learning_rat": 1e-4}"#).unwrap_err();
        assert!(error.to_string().contains("learning_rat"));
    }
}
