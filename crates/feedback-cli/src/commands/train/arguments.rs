//! The arguments of `train`.

use std::path::PathBuf;

use clap::Parser;
use feedback_bert::{DeviceChoice, Pooling};
use feedback_pipeline::{ClassWeights, LossKind, Sampler};
use feedback_trainer::{LrSchedulerKwargs, Parts};

use super::choices::{Interval, Optim, Scheduler};
use super::people::CorrectionArgs;
use super::studies::StudyArgs;
use crate::arguments::{self, AliasArgs, BadRowChoice, ConfigArgs, FieldArgs, OutputFormat};
use crate::trackers::TrackerArgs;

/// Fine-tunes a BERT classifier on labelled feedback and writes a model folder and a run folder.
///
/// Without any argument it trains a small model from nothing on fixtures/feedback.jsonl. A pretrained encoder
/// (--model) makes a far better classifier.
#[derive(Debug, Parser)]
#[command(
    name = "train",
    version,
    after_help = "Examples:
  train
  train --data feedback.csv --model path/to/all-MiniLM-L6-v2 --pooling mean
  train --train train.jsonl --validation dev.jsonl --test test.jsonl --model path/to/bert-base-uncased --epochs 3
  train --data feedback.csv --model path/to/bert-base-uncased --freeze embeddings,encoder.layer.0-3
  train --data feedback.csv --model path/to/bert-base-uncased --lora-rank 8 --learning-rate 1e-3
  train --resume runs/20260131T235959Z-feedback_classifier
  train --reproduce runs/20260131T235959Z-feedback_classifier
  train --data feedback.csv --model path/to/all-MiniLM-L6-v2 --corrections --unlabelled more.csv --corrected-by anna
  train --data feedback.csv --model path/to/bert-base-uncased --find-learning-rate
  train --data feedback.csv --folds 5 --run-dir runs/folds
  train --data feedback.csv --seeds 1,2,3
  train --data feedback.csv --model path/to/all-MiniLM-L6-v2 --sweep sweep.toml
  train --data feedback.jsonl --model scratch:mini --output models/mini --seed 7 --format json > summary.json"
)]
pub struct Arguments {
    /// One labelled file, split 70 / 10 / 20 into train, validation and test
    #[arg(long, value_name = "FILE", env = "FEEDBACK_DATA", conflicts_with_all = ["train", "validation", "test"])]
    pub(super) data: Option<PathBuf>,
    /// The file to train on
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TRAIN")]
    pub(super) train: Option<PathBuf>,
    /// The file that chooses the best model; a tenth of the training file where absent
    #[arg(long, value_name = "FILE", env = "FEEDBACK_VALIDATION", requires = "train")]
    pub(super) validation: Option<PathBuf>,
    /// The file that the report is about
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TEST", requires = "train")]
    pub(super) test: Option<PathBuf>,
    /// A folder with a pretrained encoder, its name on the Hugging Face Hub (in its cache; with the feature hub also
    /// downloaded), or scratch[:tiny, :mini, :small]
    #[arg(
        long,
        value_name = "DIR, HUB-ID or scratch:SIZE",
        default_value = "scratch:tiny",
        env = "FEEDBACK_MODEL"
    )]
    pub(super) model: String,
    /// Branch, tag or commit of a model of the hub [default: main]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_REVISION")]
    pub(super) revision: Option<String>,
    /// Where the model folder goes
    #[arg(long, value_name = "DIR", default_value = arguments::DEFAULT_MODEL, env = "FEEDBACK_OUTPUT")]
    pub(super) output: PathBuf,
    /// Where the run folder goes; runs/TIME-NAME where absent
    #[arg(long, value_name = "DIR", env = "FEEDBACK_RUN_DIR")]
    pub(super) run_dir: Option<PathBuf>,
    /// Take up this run where it was interrupted; all settings are those it was begun with
    #[arg(long, value_name = "RUN", conflicts_with_all = FIXED_BY_A_RUN, conflicts_with = "run_dir")]
    pub(super) resume: Option<PathBuf>,
    /// Run this finished run again in a new folder and report every difference
    #[arg(long, value_name = "RUN", conflicts_with_all = FIXED_BY_A_RUN, conflicts_with = "resume")]
    pub(super) reproduce: Option<PathBuf>,
    /// Times to go through the training data [default: 4, from scratch 30]
    #[arg(
        long,
        visible_alias = "epochs",
        value_name = "N",
        env = "FEEDBACK_NUM_TRAIN_EPOCHS"
    )]
    pub(super) num_train_epochs: Option<usize>,
    /// Updates after which to end, whatever the epochs
    #[arg(long, value_name = "N", env = "FEEDBACK_MAX_STEPS")]
    pub(super) max_steps: Option<usize>,
    /// Texts in one forward and backward pass [default: 16]
    #[arg(
        long,
        visible_alias = "batch-size",
        value_name = "N",
        env = "FEEDBACK_PER_DEVICE_TRAIN_BATCH_SIZE"
    )]
    pub(super) per_device_train_batch_size: Option<usize>,
    /// Passes that make one update [default: 1]
    #[arg(long, value_name = "N", env = "FEEDBACK_GRADIENT_ACCUMULATION_STEPS")]
    pub(super) gradient_accumulation_steps: Option<usize>,
    /// Highest learning rate [default: 1e-4, from scratch 1e-3]
    #[arg(long, value_name = "X", env = "FEEDBACK_LEARNING_RATE")]
    pub(super) learning_rate: Option<f64>,
    /// Weight decay on all but biases and normalisation [default: 0.01]
    #[arg(long, value_name = "X", env = "FEEDBACK_WEIGHT_DECAY")]
    pub(super) weight_decay: Option<f64>,
    /// Texts in one forward pass of an evaluation [default: 32]
    #[arg(long, value_name = "N", env = "FEEDBACK_PER_DEVICE_EVAL_BATCH_SIZE")]
    pub(super) per_device_eval_batch_size: Option<usize>,
    /// What makes an update of gradients [default: adamw_torch]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_OPTIM")]
    pub(super) optim: Option<Optim>,
    /// Decay of AdamW's first moment [default: 0.9]
    #[arg(long, value_name = "X", env = "FEEDBACK_ADAM_BETA1")]
    pub(super) adam_beta1: Option<f64>,
    /// Decay of AdamW's second moment [default: 0.999]
    #[arg(long, value_name = "X", env = "FEEDBACK_ADAM_BETA2")]
    pub(super) adam_beta2: Option<f64>,
    /// Added to the root of the second moment [default: 1e-8]
    #[arg(long, value_name = "X", env = "FEEDBACK_ADAM_EPSILON")]
    pub(super) adam_epsilon: Option<f64>,
    /// Course of the learning rate [default: linear]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_LR_SCHEDULER_TYPE")]
    pub(super) lr_scheduler_type: Option<Scheduler>,
    /// What that schedule can be told, as JSON, such as '{"power": 2}'
    #[arg(long, value_name = "JSON", env = "FEEDBACK_LR_SCHEDULER_KWARGS", value_parser = parse_kwargs)]
    pub(super) lr_scheduler_kwargs: Option<LrSchedulerKwargs>,
    /// Part of the updates in which the rate rises [default: 0.1]
    #[arg(long, value_name = "X", env = "FEEDBACK_WARMUP_RATIO")]
    pub(super) warmup_ratio: Option<f64>,
    /// Updates in which the rate rises, instead of a part of them
    #[arg(long, value_name = "N", env = "FEEDBACK_WARMUP_STEPS")]
    pub(super) warmup_steps: Option<usize>,
    /// Part of the target that is spread evenly over all labels [default: 0]
    #[arg(
        long,
        visible_alias = "label-smoothing",
        value_name = "X",
        env = "FEEDBACK_LABEL_SMOOTHING_FACTOR"
    )]
    pub(super) label_smoothing_factor: Option<f64>,
    /// When to evaluate: no, epoch, steps [default: epoch]
    #[arg(long, value_name = "WHEN", env = "FEEDBACK_EVAL_STRATEGY")]
    pub(super) eval_strategy: Option<Interval>,
    /// Updates between evaluations, where they go by steps [default: 500]
    #[arg(long, value_name = "N", env = "FEEDBACK_EVAL_STEPS")]
    pub(super) eval_steps: Option<usize>,
    /// When to save a checkpoint: no, epoch, steps [default: epoch]
    #[arg(long, value_name = "WHEN", env = "FEEDBACK_SAVE_STRATEGY")]
    pub(super) save_strategy: Option<Interval>,
    /// Updates between checkpoints, where they go by steps [default: 500]
    #[arg(long, value_name = "N", env = "FEEDBACK_SAVE_STEPS")]
    pub(super) save_steps: Option<usize>,
    /// Checkpoints that are kept beside the one with the best model [default: 2]
    #[arg(long, value_name = "N", env = "FEEDBACK_SAVE_TOTAL_LIMIT")]
    pub(super) save_total_limit: Option<usize>,
    /// Whether the best model comes out, not the last [default: true]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_LOAD_BEST_MODEL_AT_END")]
    pub(super) load_best_model_at_end: Option<bool>,
    /// The metric that tells which model is best [default: weighted_f1]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_METRIC_FOR_BEST_MODEL")]
    pub(super) metric_for_best_model: Option<String>,
    /// Whether more of that metric is better [default: true, unless its name ends with loss]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_GREATER_IS_BETTER")]
    pub(super) greater_is_better: Option<bool>,
    /// Updates between log entries [default: 10]
    #[arg(long, value_name = "N", env = "FEEDBACK_LOGGING_STEPS")]
    pub(super) logging_steps: Option<usize>,
    /// Whether batches are made of texts of like length [default: true]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_GROUP_BY_LENGTH")]
    pub(super) group_by_length: Option<bool>,
    /// Whether activations are computed again rather than kept: less memory, more time [default: false]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_GRADIENT_CHECKPOINTING")]
    pub(super) gradient_checkpointing: Option<bool>,
    /// Whether to compute in bfloat16; refused, as this trainer computes in 32 bits on every device [default: false]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_BF16")]
    pub(super) bf16: Option<bool>,
    /// Seconds of training after which to end with the best model so far
    #[arg(long, value_name = "X", env = "FEEDBACK_MAX_TRAIN_SECONDS")]
    pub(super) max_train_seconds: Option<f64>,
    /// Greatest norm of the gradients, 0 for no limit [default: 1]
    #[arg(long, value_name = "X", env = "FEEDBACK_MAX_GRAD_NORM")]
    pub(super) max_grad_norm: Option<f64>,
    /// Factor of the learning rate from each layer to the one below it [default: 1]
    #[arg(long, value_name = "X", env = "FEEDBACK_LAYERWISE_LR_DECAY")]
    pub(super) layerwise_lr_decay: Option<f64>,
    /// Parts of the model to leave as they are, by name: embeddings,encoder.layer.0-3
    #[arg(long, value_name = "PARTS")]
    pub(super) freeze: Option<Parts>,
    /// Train the head alone in the first epoch, and more blocks in each, until all is trained after so many epochs
    #[arg(
        long,
        value_name = "EPOCHS",
        env = "FEEDBACK_GRADUAL_UNFREEZING",
        conflicts_with = "lora_rank"
    )]
    pub(super) gradual_unfreezing: Option<usize>,
    /// Train adapters of this rank (LoRA) and the head instead of all weights
    #[arg(long, value_name = "N", env = "FEEDBACK_LORA_RANK", conflicts_with = "freeze")]
    pub(super) lora_rank: Option<usize>,
    /// The adapters count alpha / rank times [default: 16]
    #[arg(long, value_name = "X", env = "FEEDBACK_LORA_ALPHA", requires = "lora_rank")]
    pub(super) lora_alpha: Option<f64>,
    /// The dense layers that get adapters [default: query,value]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', requires = "lora_rank")]
    pub(super) lora_targets: Option<Vec<String>>,
    /// End after this many evaluations without a better validation score
    #[arg(long, value_name = "N", env = "FEEDBACK_EARLY_STOPPING_PATIENCE")]
    pub(super) early_stopping_patience: Option<usize>,
    /// How much better a score must be to count there
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.0,
        env = "FEEDBACK_EARLY_STOPPING_THRESHOLD"
    )]
    pub(super) early_stopping_threshold: f64,
    /// Epochs that are done in any case
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        env = "FEEDBACK_EARLY_STOPPING_MIN_EPOCHS"
    )]
    pub(super) early_stopping_min_epochs: usize,
    /// Updates that are left out because a loss or gradient is not finite, before the run ends
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        env = "FEEDBACK_MAX_SKIPPED_UPDATES"
    )]
    pub(super) max_skipped_updates: usize,
    /// End when the loss of an update is more than so many times the lowest before it, such as 10
    #[arg(long, value_name = "X", env = "FEEDBACK_LOSS_LIMIT")]
    pub(super) loss_limit: Option<f64>,
    /// List so many of the hardest training rows in RUN/top_losses.jsonl
    #[arg(long, value_name = "N", default_value_t = 0, env = "FEEDBACK_TOP_LOSSES")]
    pub(super) top_losses: usize,
    /// Do not train: try rising learning rates on so many updates and suggest one
    #[arg(long, value_name = "UPDATES", num_args = 0..=1, default_missing_value = "100", conflicts_with_all = ["folds", "sweep", "seeds", "corrections", "gradual_unfreezing"])]
    pub(super) find_learning_rate: Option<usize>,
    /// How classes count in the loss: none (by their rows), balanced (alike), effective (in between)
    #[arg(
        long,
        value_name = "KIND",
        default_value = "none",
        env = "FEEDBACK_CLASS_WEIGHTS"
    )]
    pub(super) class_weights: ClassWeights,
    /// The loss: cross_entropy, or focal, which counts rows less that the model is sure of
    #[arg(
        long,
        value_name = "NAME",
        default_value = "cross_entropy",
        env = "FEEDBACK_LOSS"
    )]
    pub(super) loss: LossKind,
    /// Exponent of the focal loss
    #[arg(long, value_name = "X", default_value_t = 2.0, env = "FEEDBACK_FOCAL_GAMMA")]
    pub(super) focal_gamma: f64,
    /// Which rows an epoch sees: shuffled (each once), weighted or balanced (rare classes more often)
    #[arg(
        long,
        value_name = "NAME",
        default_value = "shuffled",
        env = "FEEDBACK_SAMPLER"
    )]
    pub(super) sampler: Sampler,
    /// Greatest length of a text in tokens
    #[arg(long, value_name = "N", default_value_t = 256, env = "FEEDBACK_MAX_LENGTH")]
    pub(super) max_length: usize,
    /// How tokens become one vector: cls (Hugging Face's head) or mean
    #[arg(long, value_name = "KIND", default_value = "cls", env = "FEEDBACK_POOLING")]
    pub(super) pooling: Pooling,
    /// The labels in their order, instead of the usual order; any other label is an error
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub(super) labels: Option<Vec<String>>,
    /// Seed of everything random
    #[arg(long, default_value_t = 42, env = "FEEDBACK_SEED")]
    pub(super) seed: u64,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    pub(super) device: DeviceChoice,
    /// Take rows whose texts stand in validation or test out of training, and those that stand in test out of validation
    #[arg(long, conflicts_with = "allow_leakage")]
    pub(super) drop_leaked: bool,
    /// Train although texts stand in more than one of training, validation and test; every score will be too good
    #[arg(long)]
    pub(super) allow_leakage: bool,
    /// What to do about a row that cannot be used
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    pub(super) on_bad_row: BadRowChoice,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: OutputFormat,
    #[command(flatten)]
    pub(super) people: CorrectionArgs,
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) trackers: TrackerArgs,
    #[command(flatten)]
    pub(super) fields: FieldArgs,
    #[command(flatten)]
    pub(super) aliases: AliasArgs,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

fn parse_kwargs(text: &str) -> Result<LrSchedulerKwargs, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// What a run that is taken up or run again has settled.
const FIXED_BY_A_RUN: &[&str] = &[
    "data",
    "train",
    "validation",
    "test",
    "model",
    "output",
    "num_train_epochs",
    "max_steps",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "learning_rate",
    "weight_decay",
    "per_device_eval_batch_size",
    "optim",
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "lr_scheduler_type",
    "lr_scheduler_kwargs",
    "warmup_ratio",
    "warmup_steps",
    "label_smoothing_factor",
    "class_weights",
    "loss",
    "focal_gamma",
    "layerwise_lr_decay",
    "freeze",
    "gradual_unfreezing",
    "max_skipped_updates",
    "loss_limit",
    "top_losses",
    "find_learning_rate",
    "lora_rank",
    "lora_alpha",
    "lora_targets",
    "sampler",
    "unlabelled",
    "corrections_limit",
    "folds",
    "sweep",
    "seeds",
    "eval_strategy",
    "eval_steps",
    "save_strategy",
    "save_steps",
    "save_total_limit",
    "load_best_model_at_end",
    "metric_for_best_model",
    "greater_is_better",
    "logging_steps",
    "group_by_length",
    "gradient_checkpointing",
    "bf16",
    "max_train_seconds",
    "max_grad_norm",
    "early_stopping_patience",
    "early_stopping_threshold",
    "early_stopping_min_epochs",
    "max_length",
    "pooling",
    "labels",
    "seed",
    "device",
    "drop_leaked",
    "allow_leakage",
    "on_bad_row",
    "text_field",
    "label_field",
    "encoding",
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }
}
