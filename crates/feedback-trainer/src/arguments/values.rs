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

/// What the user wrote. Names, and defaults unless stated, are those of `transformers.TrainingArguments`.
///
/// `TrainingArguments::check` returns the form that the trainer takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields)]
pub struct TrainingArguments {
    /// Number of passes over the training data
    ///
    /// At least 1. Default 3.
    #[cfg_attr(feature = "clap", arg(long, visible_alias = "epochs", value_name = "N", help_heading = headings::TRAINING))]
    pub num_train_epochs: usize,
    /// End after this many updates, whatever the number of epochs
    ///
    /// Overrides `num_train_epochs`.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::TRAINING))]
    pub max_steps: Option<usize>,
    /// Texts in one forward and backward pass
    ///
    /// Default 16 (Hugging Face: 8).
    #[cfg_attr(feature = "clap", arg(long, visible_alias = "batch-size", value_name = "N", help_heading = headings::TRAINING))]
    pub per_device_train_batch_size: usize,
    /// Texts in one forward pass of an evaluation
    ///
    /// Default 32 (Hugging Face: 8).
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub per_device_eval_batch_size: usize,
    /// Passes whose mean gradient makes one update
    ///
    /// Default 1.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::TRAINING))]
    pub gradient_accumulation_steps: usize,
    /// The optimizer
    ///
    /// Default `adamw_torch`.
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "NAME", help_heading = headings::OPTIMIZER))]
    pub optim: OptimizerName,
    /// Highest learning rate
    ///
    /// Above 0. Default 5e-5.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::TRAINING))]
    pub learning_rate: f64,
    /// Factor of the learning rate from each layer to the one below it
    ///
    /// Above 0, at most 1: a layer of depth `d` (`Trainable::layer_depth`) has the learning rate × `layerwise_lr_decay`^`d`.
    /// Default 1, the same rate for all (Hugging Face has no such argument).
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub layerwise_lr_decay: f64,
    /// Weight decay on everything but biases and normalisation
    ///
    /// Decoupled, 0 or more. Default 0.01 (Hugging Face: 0), the value of Devlin et al. 2019.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub weight_decay: f64,
    /// Decay of AdamW's first moment
    ///
    /// From 0 to below 1. Default 0.9.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub adam_beta1: f64,
    /// Decay of AdamW's second moment
    ///
    /// From 0 to below 1. Default 0.999.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub adam_beta2: f64,
    /// Added to the root of AdamW's second moment
    ///
    /// Above 0. Default 1e-8.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub adam_epsilon: f64,
    /// Maximum norm of all gradients together, 0 for no limit
    ///
    /// Default 1.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::OPTIMIZER))]
    pub max_grad_norm: f64,
    /// Course of the learning rate
    ///
    /// Default `linear`.
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "NAME", help_heading = headings::SCHEDULE))]
    pub lr_scheduler_type: LrSchedulerType,
    /// Parameters of that schedule as JSON, such as '{"power": 2}'
    ///
    /// Names and defaults are those of [`LrSchedulerKwargs`].
    #[cfg_attr(feature = "clap", arg(long, value_name = "JSON", help_heading = headings::SCHEDULE))]
    pub lr_scheduler_kwargs: LrSchedulerKwargs,
    /// Fraction of the updates in which the learning rate rises
    ///
    /// From 0 to 1. Default 0.1 (Hugging Face: 0), the value of Devlin et al. 2019.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::SCHEDULE))]
    pub warmup_ratio: f64,
    /// Updates in which the learning rate rises
    ///
    /// Overrides `warmup_ratio`.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::SCHEDULE))]
    pub warmup_steps: Option<usize>,
    /// Fraction of the target that is spread evenly over all classes
    ///
    /// From 0 to below 1 (Szegedy et al. 2016). Default 0. The trainer passes it on: the loss belongs to the model.
    #[cfg_attr(feature = "clap", arg(long, visible_alias = "label-smoothing", value_name = "X", help_heading = headings::OPTIMIZER))]
    pub label_smoothing_factor: f64,
    /// When to evaluate
    ///
    /// Default `epoch` (Hugging Face: `no`). The model is always evaluated at the end.
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "WHEN", help_heading = headings::EVALUATION))]
    pub eval_strategy: IntervalStrategy,
    /// Updates between evaluations if `eval_strategy` is `steps`
    ///
    /// Default 500.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub eval_steps: usize,
    /// When to save a checkpoint
    ///
    /// Default `epoch` (Hugging Face: `steps`). Needs a folder for checkpoints.
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "WHEN", help_heading = headings::EVALUATION))]
    pub save_strategy: IntervalStrategy,
    /// Updates between checkpoints if `save_strategy` is `steps`
    ///
    /// Default 500.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub save_steps: usize,
    /// Checkpoints to keep beside the one with the best model
    ///
    /// At least 1; `None` keeps all. Default 2 (Hugging Face: all).
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub save_total_limit: Option<usize>,
    /// Whether the result is the best model, not the last
    ///
    /// Default true (Hugging Face: false).
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::EVALUATION))]
    pub load_best_model_at_end: bool,
    /// Updates between log entries
    ///
    /// Default 10 (Hugging Face: 500).
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = headings::EVALUATION))]
    pub logging_steps: usize,
    /// Whether batches are made of texts of similar length
    ///
    /// Default true (Hugging Face: false).
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::OPTIMIZER))]
    pub group_by_length: bool,
    /// The metric that decides which model is best
    ///
    /// Default `weighted_f1` (Hugging Face: `loss`). On the command line Hugging Face's prefix `eval_` is accepted.
    #[cfg_attr(feature = "clap", arg(long, value_parser = metric_name, value_name = "NAME", help_heading = headings::EVALUATION))]
    pub metric_for_best_model: String,
    /// Whether a higher value of that metric is better
    ///
    /// Default: yes, unless its name ends with `loss`.
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", help_heading = headings::EVALUATION))]
    pub greater_is_better: Option<bool>,
    /// Whether to recompute activations in the backward pass: less memory, more time
    ///
    /// The result is the same. Default false.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::OPTIMIZER))]
    pub gradient_checkpointing: bool,
    /// Whether to compute in bfloat16 (refused: this trainer computes in 32 bits)
    ///
    /// Default false.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, value_name = "BOOL", help_heading = headings::OPTIMIZER))]
    pub bf16: bool,
    /// End after this many seconds with the best model so far
    ///
    /// Above 0; training ends at the next update. Hugging Face has no such argument.
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = headings::TRAINING))]
    pub max_train_seconds: Option<f64>,
    /// Seed of everything random
    ///
    /// Default 42.
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

/// Hugging Face's names of metrics begin with `eval_`.
#[cfg(feature = "clap")]
fn metric_name(name: &str) -> Result<String, std::convert::Infallible> {
    Ok(name.strip_prefix("eval_").unwrap_or(name).to_owned())
}
