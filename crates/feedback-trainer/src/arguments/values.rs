//! Training arguments as the user writes them.

use serde::{Deserialize, Serialize};

use super::choices::{IntervalStrategy, LrSchedulerKwargs, LrSchedulerType, OptimizerName};

/// Headings of `--help`.
#[cfg(feature = "clap")]
mod headings {
    pub(super) const TRAINING: &str = "Training";
    pub(super) const OPTIMIZER: &str = "Optimizer";
    pub(super) const SCHEDULE: &str = "Learning rate schedule";
    pub(super) const EVALUATION: &str = "Evaluation and checkpoints";
}

/// Training arguments as written by the user, with the names and, unless stated otherwise, the defaults of
/// `transformers.TrainingArguments`.
///
/// `TrainingArguments::check` validates them and returns the `CheckedArguments` that the trainer
/// requires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TrainingArguments {
    /// Number of passes over the training data
    ///
    /// 1 or more. Hugging Face: 3.
    #[cfg_attr(feature = "clap", arg(long, visible_alias = "epochs", value_name = "N", help_heading = headings::TRAINING))]
    pub num_train_epochs: usize,
    /// Maximum number of updates; overrides the number of epochs
    ///
    /// 1 or more. By default `num_train_epochs` decides.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::TRAINING))]
    pub max_steps: Option<usize>,
    /// Number of texts in one forward and backward pass
    ///
    /// 1 or more. Default 16 (Hugging Face: 8).
    #[cfg_attr(feature = "clap", arg(long, visible_alias = "batch-size", value_name = "N", help_heading = headings::TRAINING))]
    pub per_device_train_batch_size: usize,
    /// Number of texts in one forward pass of an evaluation
    ///
    /// 1 or more; affects only speed and memory. Default 32 (Hugging Face: 8).
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub per_device_eval_batch_size: usize,
    /// Number of forward and backward passes to accumulate for one update
    ///
    /// 1 or more; the update uses the mean gradient of all passes. Default 1, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::TRAINING))]
    pub gradient_accumulation_steps: usize,
    /// Optimizer
    ///
    /// Default `adamw_torch`: AdamW, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "NAME", help_heading = headings::OPTIMIZER))]
    pub optim: OptimizerName,
    /// Peak learning rate, reached at the end of the warm-up
    ///
    /// Above 0. Hugging Face: 5e-5.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::TRAINING))]
    pub learning_rate: f64,
    /// Factor by which the learning rate decreases from each layer to the one below it
    ///
    /// Above 0, at most 1. The parameters of a layer at depth `d` below the head use the learning rate ×
    /// `layerwise_lr_decay`^`d`. Default 1, the same rate for all layers. Hugging Face has no such argument.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub layerwise_lr_decay: f64,
    /// Weight decay of all parameters except biases and normalisation
    ///
    /// 0 or more; decoupled from the gradient with AdamW. Default 0.01 (Hugging Face: 0), as in Devlin et al. 2019.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub weight_decay: f64,
    /// Decay rate of AdamW's first moment (beta 1)
    ///
    /// From 0 to below 1. Default 0.9, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub adam_beta1: f64,
    /// Decay rate of AdamW's second moment (beta 2)
    ///
    /// From 0 to below 1. Default 0.999, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub adam_beta2: f64,
    /// Term added to AdamW's denominator for numerical stability (epsilon)
    ///
    /// Above 0. Default 1e-8, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub adam_epsilon: f64,
    /// Maximum global norm of the gradients, for clipping; 0 for no limit
    ///
    /// 0 or more. Default 1, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub max_grad_norm: f64,
    /// Learning rate schedule
    ///
    /// Default `linear`, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "NAME", help_heading = headings::SCHEDULE))]
    pub lr_scheduler_type: LrSchedulerType,
    /// Parameters of the schedule as JSON, such as '{"power": 2}'
    ///
    /// Keys: `num_cycles` for `cosine`; `lr_end` and `power` for `polynomial`; `factor`, `patience`, `threshold`,
    /// `cooldown` and `min_lr` for `reduce_lr_on_plateau`. Defaults as in Transformers and PyTorch.
    #[cfg_attr(feature = "clap", arg(long, value_name = "JSON", help_heading = headings::SCHEDULE))]
    pub lr_scheduler_kwargs: LrSchedulerKwargs,
    /// Fraction of the updates used for warm-up
    ///
    /// From 0 to 1. During warm-up the learning rate rises from 0. Default 0.1 (Hugging Face: 0), as in Devlin et
    /// al. 2019.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::SCHEDULE))]
    pub warmup_ratio: f64,
    /// Number of updates used for warm-up; overrides the fraction
    ///
    /// 0 or more. By default `warmup_ratio` decides.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::SCHEDULE))]
    pub warmup_steps: Option<usize>,
    /// Fraction of each target to spread evenly over all classes (label smoothing)
    ///
    /// From 0 to below 1 (Szegedy et al. 2016). Default 0, as in Hugging Face. The loss function of the model applies it, not the
    /// trainer.
    #[cfg_attr(feature = "clap", arg(long, visible_alias = "label-smoothing", value_name = "X", help_heading = headings::OPTIMIZER))]
    pub label_smoothing_factor: f64,
    /// When to evaluate
    ///
    /// The model is always evaluated at the end as well. Default `epoch` (Hugging Face: `no`).
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "WHEN", help_heading = headings::EVALUATION))]
    pub eval_strategy: IntervalStrategy,
    /// Number of updates between evaluations if `eval_strategy` is `steps`
    ///
    /// 1 or more. On the command line, it sets `eval_strategy` to `steps`. Default 500 (Hugging Face: the value of `logging_steps`).
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub eval_steps: usize,
    /// When to save a checkpoint
    ///
    /// Requires a folder for checkpoints, such as a run folder. Default `epoch` (Hugging Face: `steps`).
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "WHEN", help_heading = headings::EVALUATION))]
    pub save_strategy: IntervalStrategy,
    /// Number of updates between checkpoints if `save_strategy` is `steps`
    ///
    /// 1 or more. On the command line, it sets `save_strategy` to `steps`. Default 500, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub save_steps: usize,
    /// Number of checkpoints to keep, besides the one with the best model
    ///
    /// 1 or more. Default 2 (Hugging Face: all).
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub save_total_limit: Option<usize>,
    /// Whether to keep the best model instead of the last one
    ///
    /// Default true (Hugging Face: false).
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::EVALUATION))]
    pub load_best_model_at_end: bool,
    /// Number of updates between log entries
    ///
    /// 1 or more. Default 10 (Hugging Face: 500).
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub logging_steps: usize,
    /// Whether to log the first update too, whatever `logging_steps` is
    ///
    /// Default false.
    // Omitted when false, so that settings files from earlier versions are unchanged when rewritten.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::EVALUATION))]
    pub logging_first_step: bool,
    /// Whether to batch texts of similar length together, to compute less padding
    ///
    /// Default true (Hugging Face: false).
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::OPTIMIZER))]
    pub group_by_length: bool,
    /// Metric that selects the best model
    ///
    /// On the command line, Hugging Face's prefix `eval_` is accepted. Default `weighted_f1` (Hugging Face:
    /// `loss`).
    #[cfg_attr(feature = "clap", arg(long, value_parser = metric_name, value_name = "NAME", help_heading = headings::EVALUATION))]
    pub metric_for_best_model: String,
    /// Whether a higher value of `metric_for_best_model` is better
    ///
    /// By default true, unless the name ends with `loss`, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", help_heading = headings::EVALUATION))]
    pub greater_is_better: Option<bool>,
    /// Whether to recompute activations in the backward pass: less memory, but slower
    ///
    /// The result is the same. Default false, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::OPTIMIZER))]
    pub gradient_checkpointing: bool,
    /// Whether to compute in bfloat16; true is refused, since this trainer computes in 32 bits
    ///
    /// Default false, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::OPTIMIZER))]
    pub bf16: bool,
    /// Maximum training time in seconds
    ///
    /// Above 0. When the time is up, training ends after the current update and keeps the best model so far. No
    /// limit by default. Hugging Face has no such argument.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::TRAINING))]
    pub max_train_seconds: Option<f64>,
    /// Seed of all random numbers
    ///
    /// Default 42, as in Hugging Face.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::TRAINING))]
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
            logging_first_step: false,
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

/// Removes the prefix `eval_` of Hugging Face's metric names.
#[cfg(feature = "clap")]
fn metric_name(name: &str) -> Result<String, std::convert::Infallible> {
    Ok(name.strip_prefix("eval_").unwrap_or(name).to_owned())
}
