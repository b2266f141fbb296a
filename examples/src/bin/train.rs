//! `cargo run --release --bin train` trains on `fixtures/feedback.jsonl`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::{Parser, ValueEnum};
use feedback_bert::{DeviceChoice, LoraConfig, Pooling};
use feedback_examples::cli::{
    self, AliasArgs, BadRowChoice, ConfigArgs, FieldArgs, OutputFormat, UsageError,
};
use feedback_examples::people::{CorrectionArgs, Questions};
use feedback_examples::signals::Interrupt;
use feedback_examples::studies::StudyArgs;
use feedback_examples::trackers::TrackerArgs;
use feedback_examples::{notices, show};
use feedback_hub::HubOptions;
use feedback_pipeline::{
    BaseModel, ClassWeights, DataFiles, DataOptions, Error, ImbalanceOptions, LeakPolicy, LossKind,
    NanGuardOptions, Reproduction, Sampler, TrainNotice, TrainOptions, TrainSummary, Tuning,
    find_learning_rate, recipe_of_run, reproduce, resume, train,
};
use feedback_trainer::callbacks::Progress;
use feedback_trainer::{
    BoxError, Callback, CallbackResult, Control, IntervalStrategy, LearningRatePoint, LearningRateRange,
    LrSchedulerKwargs, LrSchedulerType, Metrics, OptimizerName, Parts, TrainState,
};
use indicatif::ProgressBar;
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trained on when no data are named.
const DEFAULT_DATA: &str = "fixtures/feedback.jsonl";

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
struct Arguments {
    /// One labelled file, split 70 / 10 / 20 into train, validation and test
    #[arg(long, value_name = "FILE", env = "FEEDBACK_DATA", conflicts_with_all = ["train", "validation", "test"])]
    data: Option<PathBuf>,
    /// The file to train on
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TRAIN")]
    train: Option<PathBuf>,
    /// The file that chooses the best model; a tenth of the training file where absent
    #[arg(long, value_name = "FILE", env = "FEEDBACK_VALIDATION", requires = "train")]
    validation: Option<PathBuf>,
    /// The file that the report is about
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TEST", requires = "train")]
    test: Option<PathBuf>,
    /// A folder with a pretrained encoder, its name on the Hugging Face Hub (in its cache; with the feature hub also
    /// downloaded), or scratch[:tiny, :mini, :small]
    #[arg(
        long,
        value_name = "DIR, HUB-ID or scratch:SIZE",
        default_value = "scratch:tiny",
        env = "FEEDBACK_MODEL"
    )]
    model: String,
    /// Branch, tag or commit of a model of the hub [default: main]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_REVISION")]
    revision: Option<String>,
    /// Where the model folder goes
    #[arg(long, value_name = "DIR", default_value = cli::DEFAULT_MODEL, env = "FEEDBACK_OUTPUT")]
    output: PathBuf,
    /// Where the run folder goes; runs/TIME-NAME where absent
    #[arg(long, value_name = "DIR", env = "FEEDBACK_RUN_DIR")]
    run_dir: Option<PathBuf>,
    /// Take up this run where it was interrupted; all settings are those it was begun with
    #[arg(long, value_name = "RUN", conflicts_with_all = FIXED_BY_A_RUN, conflicts_with = "run_dir")]
    resume: Option<PathBuf>,
    /// Run this finished run again in a new folder and report every difference
    #[arg(long, value_name = "RUN", conflicts_with_all = FIXED_BY_A_RUN, conflicts_with = "resume")]
    reproduce: Option<PathBuf>,
    /// Times to go through the training data [default: 4, from scratch 30]
    #[arg(
        long,
        visible_alias = "epochs",
        value_name = "N",
        env = "FEEDBACK_NUM_TRAIN_EPOCHS"
    )]
    num_train_epochs: Option<usize>,
    /// Updates after which to end, whatever the epochs
    #[arg(long, value_name = "N", env = "FEEDBACK_MAX_STEPS")]
    max_steps: Option<usize>,
    /// Texts in one forward and backward pass [default: 16]
    #[arg(
        long,
        visible_alias = "batch-size",
        value_name = "N",
        env = "FEEDBACK_PER_DEVICE_TRAIN_BATCH_SIZE"
    )]
    per_device_train_batch_size: Option<usize>,
    /// Passes that make one update [default: 1]
    #[arg(long, value_name = "N", env = "FEEDBACK_GRADIENT_ACCUMULATION_STEPS")]
    gradient_accumulation_steps: Option<usize>,
    /// Highest learning rate [default: 1e-4, from scratch 1e-3]
    #[arg(long, value_name = "X", env = "FEEDBACK_LEARNING_RATE")]
    learning_rate: Option<f64>,
    /// Weight decay on all but biases and normalisation [default: 0.01]
    #[arg(long, value_name = "X", env = "FEEDBACK_WEIGHT_DECAY")]
    weight_decay: Option<f64>,
    /// Texts in one forward pass of an evaluation [default: 32]
    #[arg(long, value_name = "N", env = "FEEDBACK_PER_DEVICE_EVAL_BATCH_SIZE")]
    per_device_eval_batch_size: Option<usize>,
    /// What makes an update of gradients [default: adamw_torch]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_OPTIM")]
    optim: Option<Optim>,
    /// Decay of AdamW's first moment [default: 0.9]
    #[arg(long, value_name = "X", env = "FEEDBACK_ADAM_BETA1")]
    adam_beta1: Option<f64>,
    /// Decay of AdamW's second moment [default: 0.999]
    #[arg(long, value_name = "X", env = "FEEDBACK_ADAM_BETA2")]
    adam_beta2: Option<f64>,
    /// Added to the root of the second moment [default: 1e-8]
    #[arg(long, value_name = "X", env = "FEEDBACK_ADAM_EPSILON")]
    adam_epsilon: Option<f64>,
    /// Course of the learning rate [default: linear]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_LR_SCHEDULER_TYPE")]
    lr_scheduler_type: Option<Scheduler>,
    /// What that schedule can be told, as JSON, such as '{"power": 2}'
    #[arg(long, value_name = "JSON", env = "FEEDBACK_LR_SCHEDULER_KWARGS", value_parser = parse_kwargs)]
    lr_scheduler_kwargs: Option<LrSchedulerKwargs>,
    /// Part of the updates in which the rate rises [default: 0.1]
    #[arg(long, value_name = "X", env = "FEEDBACK_WARMUP_RATIO")]
    warmup_ratio: Option<f64>,
    /// Updates in which the rate rises, instead of a part of them
    #[arg(long, value_name = "N", env = "FEEDBACK_WARMUP_STEPS")]
    warmup_steps: Option<usize>,
    /// Part of the target that is spread evenly over all labels [default: 0]
    #[arg(
        long,
        visible_alias = "label-smoothing",
        value_name = "X",
        env = "FEEDBACK_LABEL_SMOOTHING_FACTOR"
    )]
    label_smoothing_factor: Option<f64>,
    /// When to evaluate: no, epoch, steps [default: epoch]
    #[arg(long, value_name = "WHEN", env = "FEEDBACK_EVAL_STRATEGY")]
    eval_strategy: Option<Interval>,
    /// Updates between evaluations, where they go by steps [default: 500]
    #[arg(long, value_name = "N", env = "FEEDBACK_EVAL_STEPS")]
    eval_steps: Option<usize>,
    /// When to save a checkpoint: no, epoch, steps [default: epoch]
    #[arg(long, value_name = "WHEN", env = "FEEDBACK_SAVE_STRATEGY")]
    save_strategy: Option<Interval>,
    /// Updates between checkpoints, where they go by steps [default: 500]
    #[arg(long, value_name = "N", env = "FEEDBACK_SAVE_STEPS")]
    save_steps: Option<usize>,
    /// Checkpoints that are kept beside the one with the best model [default: 2]
    #[arg(long, value_name = "N", env = "FEEDBACK_SAVE_TOTAL_LIMIT")]
    save_total_limit: Option<usize>,
    /// Whether the best model comes out, not the last [default: true]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_LOAD_BEST_MODEL_AT_END")]
    load_best_model_at_end: Option<bool>,
    /// The metric that tells which model is best [default: weighted_f1]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_METRIC_FOR_BEST_MODEL")]
    metric_for_best_model: Option<String>,
    /// Whether more of that metric is better [default: true, unless its name ends with loss]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_GREATER_IS_BETTER")]
    greater_is_better: Option<bool>,
    /// Updates between log entries [default: 10]
    #[arg(long, value_name = "N", env = "FEEDBACK_LOGGING_STEPS")]
    logging_steps: Option<usize>,
    /// Whether batches are made of texts of like length [default: true]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_GROUP_BY_LENGTH")]
    group_by_length: Option<bool>,
    /// Whether activations are computed again rather than kept: less memory, more time [default: false]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_GRADIENT_CHECKPOINTING")]
    gradient_checkpointing: Option<bool>,
    /// Whether to compute in bfloat16; refused, as this trainer computes in 32 bits on every device [default: false]
    #[arg(long, value_name = "BOOL", env = "FEEDBACK_BF16")]
    bf16: Option<bool>,
    /// Seconds of training after which to end with the best model so far
    #[arg(long, value_name = "X", env = "FEEDBACK_MAX_TRAIN_SECONDS")]
    max_train_seconds: Option<f64>,
    /// Greatest norm of the gradients, 0 for no limit [default: 1]
    #[arg(long, value_name = "X", env = "FEEDBACK_MAX_GRAD_NORM")]
    max_grad_norm: Option<f64>,
    /// Factor of the learning rate from each layer to the one below it [default: 1]
    #[arg(long, value_name = "X", env = "FEEDBACK_LAYERWISE_LR_DECAY")]
    layerwise_lr_decay: Option<f64>,
    /// Parts of the model to leave as they are, by name: embeddings,encoder.layer.0-3
    #[arg(long, value_name = "PARTS")]
    freeze: Option<Parts>,
    /// Train the head alone in the first epoch, and more blocks in each, until all is trained after so many epochs
    #[arg(
        long,
        value_name = "EPOCHS",
        env = "FEEDBACK_GRADUAL_UNFREEZING",
        conflicts_with = "lora_rank"
    )]
    gradual_unfreezing: Option<usize>,
    /// Train adapters of this rank (LoRA) and the head instead of all weights
    #[arg(long, value_name = "N", env = "FEEDBACK_LORA_RANK", conflicts_with = "freeze")]
    lora_rank: Option<usize>,
    /// The adapters count alpha / rank times [default: 16]
    #[arg(long, value_name = "X", env = "FEEDBACK_LORA_ALPHA", requires = "lora_rank")]
    lora_alpha: Option<f64>,
    /// The dense layers that get adapters [default: query,value]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', requires = "lora_rank")]
    lora_targets: Option<Vec<String>>,
    /// End after this many evaluations without a better validation score
    #[arg(long, value_name = "N", env = "FEEDBACK_EARLY_STOPPING_PATIENCE")]
    early_stopping_patience: Option<usize>,
    /// How much better a score must be to count there
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.0,
        env = "FEEDBACK_EARLY_STOPPING_THRESHOLD"
    )]
    early_stopping_threshold: f64,
    /// Epochs that are done in any case
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        env = "FEEDBACK_EARLY_STOPPING_MIN_EPOCHS"
    )]
    early_stopping_min_epochs: usize,
    /// Updates that are left out because a loss or gradient is not finite, before the run ends
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        env = "FEEDBACK_MAX_SKIPPED_UPDATES"
    )]
    max_skipped_updates: usize,
    /// End when the loss of an update is more than so many times the lowest before it, such as 10
    #[arg(long, value_name = "X", env = "FEEDBACK_LOSS_LIMIT")]
    loss_limit: Option<f64>,
    /// List so many of the hardest training rows in RUN/top_losses.jsonl
    #[arg(long, value_name = "N", default_value_t = 0, env = "FEEDBACK_TOP_LOSSES")]
    top_losses: usize,
    /// Do not train: try rising learning rates on so many updates and suggest one
    #[arg(long, value_name = "UPDATES", num_args = 0..=1, default_missing_value = "100", conflicts_with_all = ["folds", "sweep", "seeds", "corrections", "gradual_unfreezing"])]
    find_learning_rate: Option<usize>,
    /// How classes count in the loss: none (by their rows), balanced (alike), effective (in between)
    #[arg(
        long,
        value_name = "KIND",
        default_value = "none",
        env = "FEEDBACK_CLASS_WEIGHTS"
    )]
    class_weights: ClassWeights,
    /// The loss: cross_entropy, or focal, which counts rows less that the model is sure of
    #[arg(
        long,
        value_name = "NAME",
        default_value = "cross_entropy",
        env = "FEEDBACK_LOSS"
    )]
    loss: LossKind,
    /// Exponent of the focal loss
    #[arg(long, value_name = "X", default_value_t = 2.0, env = "FEEDBACK_FOCAL_GAMMA")]
    focal_gamma: f64,
    /// Which rows an epoch sees: shuffled (each once), weighted or balanced (rare classes more often)
    #[arg(
        long,
        value_name = "NAME",
        default_value = "shuffled",
        env = "FEEDBACK_SAMPLER"
    )]
    sampler: Sampler,
    /// Greatest length of a text in tokens
    #[arg(long, value_name = "N", default_value_t = 256, env = "FEEDBACK_MAX_LENGTH")]
    max_length: usize,
    /// How tokens become one vector: cls (Hugging Face's head) or mean
    #[arg(long, value_name = "KIND", default_value = "cls", env = "FEEDBACK_POOLING")]
    pooling: Pooling,
    /// The labels in their order, instead of the usual order; any other label is an error
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    labels: Option<Vec<String>>,
    /// Seed of everything random
    #[arg(long, default_value_t = 42, env = "FEEDBACK_SEED")]
    seed: u64,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// Take rows whose texts stand in validation or test out of training, and those that stand in test out of validation
    #[arg(long, conflicts_with = "allow_leakage")]
    drop_leaked: bool,
    /// Train although texts stand in more than one of training, validation and test; every score will be too good
    #[arg(long)]
    allow_leakage: bool,
    /// What to do about a row that cannot be used
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: BadRowChoice,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    people: CorrectionArgs,
    #[command(flatten)]
    study: StudyArgs,
    #[command(flatten)]
    trackers: TrackerArgs,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    aliases: AliasArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Scheduler {
    Linear,
    Cosine,
    Polynomial,
    Constant,
    ConstantWithWarmup,
    #[value(alias = "plateau")]
    ReduceLrOnPlateau,
}

impl From<Scheduler> for LrSchedulerType {
    fn from(scheduler: Scheduler) -> Self {
        match scheduler {
            Scheduler::Linear => Self::Linear,
            Scheduler::Cosine => Self::Cosine,
            Scheduler::Polynomial => Self::Polynomial,
            Scheduler::Constant => Self::Constant,
            Scheduler::ConstantWithWarmup => Self::ConstantWithWarmup,
            Scheduler::ReduceLrOnPlateau => Self::ReduceLrOnPlateau,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Interval {
    No,
    Epoch,
    Steps,
}

impl From<Interval> for IntervalStrategy {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::No => Self::No,
            Interval::Epoch => Self::Epoch,
            Interval::Steps => Self::Steps,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Optim {
    #[value(name = "adamw_torch", alias = "adamw")]
    AdamW,
    #[value(name = "sgd")]
    Sgd,
}

impl From<Optim> for OptimizerName {
    fn from(optim: Optim) -> Self {
        match optim {
            Optim::AdamW => Self::AdamW,
            Optim::Sgd => Self::Sgd,
        }
    }
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

fn main() -> ExitCode {
    cli::run(|arguments: Arguments| {
        let interrupt = Interrupt::install()?;
        match execute(arguments, &interrupt) {
            Err(error) if is_interruption(&error) => {
                cli::print_error(&error, None);
                Ok(interrupt.exit_code())
            }
            other => other,
        }
    })
}

fn is_interruption(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(Error::Interrupted { .. } | Error::StudyInterrupted { .. })
    )
}

fn execute(arguments: Arguments, interrupt: &Interrupt) -> anyhow::Result<u8> {
    let format = arguments.format;
    let people = arguments.people.clone();
    let progress = Progress::new();
    let mut lines = EpochLines {
        bar: progress.handle(),
        losses: (0.0, 0),
    };
    let mut callbacks: Vec<Box<dyn Callback>> = if people.at_terminal() {
        lines.bar = ProgressBar::hidden(); // a bar would be drawn over the questions
        vec![Box::new(lines)]
    } else {
        vec![Box::new(progress), Box::new(lines)]
    };
    let trackers = arguments.trackers.clone();
    let flag = interrupt.flag();
    if let Some(run) = &arguments.reproduce {
        let run_dir = arguments.run_dir.as_deref();
        callbacks.extend(trackers.callbacks(&recipe_of_run(run)?)?);
        let reproduction = reproduce(run, run_dir, flag, callbacks, &mut |notice| tell(&notice, None))?;
        print_reproduction(&reproduction, format)?;
        return Ok(if reproduction.differences.is_empty() {
            cli::OK
        } else {
            cli::FAILED
        });
    }
    let mut questions = Questions::new(&people)?;
    let summary = if let Some(run) = &arguments.resume {
        callbacks.extend(trackers.callbacks(&recipe_of_run(run)?)?);
        resume(run, flag, callbacks, &mut |notice| {
            tell(&notice, None);
            questions.hear(&notice);
        })?
    } else {
        let study = arguments.study.clone();
        let rates = arguments.find_learning_rate;
        let mut options = options(arguments)?;
        options.interrupt = flag;
        if let Some(steps) = rates {
            let code = print_learning_rates(&options, steps, format)?;
            let interrupted = options.interrupt.load(Ordering::Relaxed);
            return Ok(if interrupted { interrupt.exit_code() } else { code });
        }
        if study.wants_one() && trackers.any() {
            cli::say(
                "note: TensorBoard, MLflow and the table follow a single training, not the many of a study",
            );
        }
        if let Some(code) = study.run(&options, format)? {
            return Ok(code);
        }
        callbacks.extend(trackers.callbacks(&options.recipe())?);
        train(&options, callbacks, &mut |notice| {
            tell(&notice, Some(&options));
            questions.hear(&notice);
        })?
    };
    print(&summary, format)?;
    Ok(if summary.set_aside > 0 {
        cli::SET_ASIDE
    } else {
        cli::OK
    })
}

fn options(arguments: Arguments) -> anyhow::Result<TrainOptions> {
    let files = match (arguments.data, arguments.train) {
        (Some(data), None) => DataFiles::Single(data),
        (None, Some(train)) => DataFiles::Separate {
            train,
            validation: arguments.validation,
            test: arguments.test,
        },
        (None, None) => DataFiles::Single(DEFAULT_DATA.into()),
        (Some(_), Some(_)) => return Err(UsageError("give --data or --train, not both".into()).into()),
    };
    let mut data = DataOptions::new(files);
    data.labels = arguments.labels;
    data.read = arguments.aliases.add_to(arguments.fields.read_options())?;
    data.on_bad_row = arguments.on_bad_row.into();
    data.seed = arguments.seed;
    data.leak_policy = match (arguments.drop_leaked, arguments.allow_leakage) {
        (true, _) => LeakPolicy::Drop,
        (_, true) => LeakPolicy::Allow,
        _ => LeakPolicy::Refuse,
    };
    let hub = HubOptions::from_env(arguments.revision.as_deref());
    let base = BaseModel::parse(&arguments.model)?.resolve(&hub, &mut cli::download_bar())?;
    let mut options = TrainOptions::new(data, base, arguments.output);
    options.run_dir = arguments.run_dir;
    options.pooling = arguments.pooling;
    options.max_length = arguments.max_length;
    options.early_stopping_patience = arguments.early_stopping_patience;
    options.early_stopping_threshold = arguments.early_stopping_threshold;
    options.early_stopping_min_epochs = arguments.early_stopping_min_epochs;
    options.nan_guard = NanGuardOptions {
        max_skipped_updates: arguments.max_skipped_updates,
        loss_limit: arguments.loss_limit,
    };
    options.top_losses = arguments.top_losses;
    options.device = arguments.device;
    options.corrections = arguments
        .people
        .options(&arguments.fields, arguments.on_bad_row.into())?;
    options.imbalance = ImbalanceOptions {
        class_weights: arguments.class_weights,
        loss: arguments.loss,
        focal_gamma: arguments.focal_gamma,
        sampler: arguments.sampler,
    };
    options.tuning = Tuning {
        freeze: arguments.freeze,
        gradual_unfreezing: arguments.gradual_unfreezing,
        lora: arguments.lora_rank.map(|rank| {
            let mut lora = LoraConfig::default();
            lora.rank = rank;
            lora.alpha = arguments.lora_alpha.unwrap_or(lora.alpha);
            lora.targets = arguments.lora_targets.unwrap_or(lora.targets);
            lora
        }),
    };
    let training = &mut options.arguments;
    training.seed = arguments.seed;
    training.max_steps = arguments.max_steps;
    training.warmup_steps = arguments.warmup_steps;
    training.max_train_seconds = arguments.max_train_seconds;
    if arguments.save_total_limit.is_some() {
        training.save_total_limit = arguments.save_total_limit;
    }
    macro_rules! given {
        ($($name:ident),*) => { $(set(&mut training.$name, arguments.$name);)* };
    }
    given!(
        num_train_epochs,
        per_device_train_batch_size,
        per_device_eval_batch_size,
        gradient_accumulation_steps,
        learning_rate,
        layerwise_lr_decay,
        weight_decay,
        adam_beta1,
        adam_beta2,
        adam_epsilon,
        max_grad_norm,
        lr_scheduler_kwargs,
        warmup_ratio,
        label_smoothing_factor,
        eval_steps,
        save_steps,
        load_best_model_at_end,
        logging_steps,
        group_by_length,
        gradient_checkpointing,
        bf16
    );
    // Hugging Face's names of metrics begin with `eval_`.
    let metric = arguments.metric_for_best_model.as_deref();
    let metric = metric.map(|name| name.strip_prefix("eval_").unwrap_or(name).to_owned());
    set(&mut training.metric_for_best_model, metric);
    training.greater_is_better = arguments.greater_is_better.or(training.greater_is_better);
    macro_rules! converted {
        ($($name:ident),*) => { $(set(&mut training.$name, arguments.$name.map(Into::into));)* };
    }
    converted!(optim, lr_scheduler_type, eval_strategy, save_strategy);
    Ok(options)
}

fn set<T>(target: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *target = value;
    }
}

/// Shows a notice; `options` are there where this call gave them.
fn tell(notice: &TrainNotice<'_>, options: Option<&TrainOptions>) {
    match notice {
        TrainNotice::Device(choice) => cli::say(format_args!("device {choice}")),
        TrainNotice::Run(path) => cli::say(format_args!("run folder {}", path.display())),
        TrainNotice::Damaged(damaged) => notices::damaged(damaged),
        TrainNotice::Resumed(Some(step)) => cli::say(format_args!("going on after step {step}")),
        TrainNotice::Resumed(None) => cli::say("no whole checkpoint: beginning again"),
        TrainNotice::Data(data) => {
            let test = data.test.as_ref().map_or(0, |test| test.len());
            let (train, validation) = (data.train.len(), data.validation.len());
            cli::say(format_args!(
                "{train} train, {validation} validation, {test} test rows; labels {}",
                data.labels.names().join(", ")
            ));
            cli::say_label_variants(data.labels.names().iter().map(String::as_str));
            notices::data_troubles(data);
        }
        TrainNotice::Model {
            parameters,
            trainable,
            report,
            truncated,
        } => {
            let name = options.map_or("model".to_owned(), |options| options.base.name());
            cli::say(format_args!(
                "{name}: {:.1} million parameters",
                *parameters as f64 / 1e6
            ));
            if trainable != parameters {
                cli::say(format_args!("{trainable} of {parameters} parameters are trained"));
            }
            if let Some(BaseModel::Scratch(_)) = options.map(|options| &options.base) {
                cli::say(format_args!(
                    "this model learns from scratch, which takes far more data than this; \
                     --model DIR starts from a pretrained encoder"
                ));
            }
            if !report.initialised.is_empty() {
                cli::say(format_args!("drawn anew: {}", report.initialised.join(", ")));
            }
            if !report.ignored.is_empty() {
                cli::say(format_args!("not used: {}", report.ignored.join(", ")));
            }
            if *truncated > 0 {
                cli::say(format_args!(
                    "{truncated} training texts are longer than `max_length` and are cut"
                ));
            }
            if let Some(options) = options {
                tell_settings(options);
            }
        }
        _ => {}
    }
}

fn tell_settings(options: &TrainOptions) {
    let training = &options.arguments;
    cli::say(format_args!(
        "{} epochs, batch size {} × {}, learning rate {:e}, {} pooling, seed {}",
        training.num_train_epochs,
        training.per_device_train_batch_size,
        training.gradient_accumulation_steps,
        training.learning_rate,
        options.pooling,
        training.seed
    ));
}

/// A line for each evaluation, above the progress bar.
struct EpochLines {
    bar: ProgressBar,
    /// Losses and their number since the line before.
    losses: (f64, usize),
}

impl Callback for EpochLines {
    fn name(&self) -> &str {
        "epoch_lines"
    }

    fn state(&self) -> Option<Value> {
        Some(json!([self.losses.0, self.losses.1]))
    }

    fn load_state(&mut self, state: Value) -> Result<(), BoxError> {
        self.losses = serde_json::from_value(state)?;
        Ok(())
    }

    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        self.losses.0 += state.loss;
        self.losses.1 += 1;
        Ok(Control::CONTINUE)
    }

    fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        let (sum, count) = std::mem::take(&mut self.losses);
        let figure = |name: &str| metrics.get(name).copied().unwrap_or(f64::NAN);
        let best = if state.best_step == Some(state.global_step) {
            "  best so far"
        } else {
            ""
        };
        self.bar.suspend(|| {
            cli::say(format_args!(
                "epoch {:>5.2}  train loss {:.4}  validation loss {:.4}  accuracy {}  weighted F1 {}{best}",
                state.epoch,
                sum / count as f64,
                figure("loss"),
                show::percent(figure("accuracy")),
                show::percent(figure("weighted_f1")),
            ));
        });
        Ok(Control::CONTINUE)
    }
}

/// A line for each update: its rate, its loss, and the loss smoothed.
fn print_learning_rates(options: &TrainOptions, steps: usize, format: OutputFormat) -> anyhow::Result<u8> {
    let range = LearningRateRange {
        steps,
        ..LearningRateRange::default()
    };
    let curve = find_learning_rate(options, &range)?;
    if format == OutputFormat::Json {
        let point = |point: &LearningRatePoint| json!({"learning_rate": point.learning_rate, "loss": point.loss, "smoothed": point.smoothed});
        let points: Vec<Value> = curve.points.iter().map(point).collect();
        cli::emit_json(&json!({"suggestion": curve.suggestion, "points": points}))?;
        return Ok(cli::OK);
    }
    let mut text = format!("{:>13}  {:>9}  {:>9}\n", "learning rate", "loss", "smoothed");
    for point in &curve.points {
        text += &format!(
            "{:>13.2e}  {:>9.4}  {:>9.4}\n",
            point.learning_rate, point.loss, point.smoothed
        );
    }
    match curve.suggestion {
        Some(rate) => text += &format!("\nthe loss falls fastest at --learning-rate {rate:.1e}\n"),
        None if options.interrupt.load(Ordering::Relaxed) => text += "\ninterrupted before the loss fell\n",
        None => text += "\nthe loss never falls: more updates, or a larger batch, may show where it does\n",
    }
    cli::emit(format_args!("{text}"))?;
    Ok(cli::OK)
}

fn print_reproduction(reproduction: &Reproduction, format: OutputFormat) -> anyhow::Result<()> {
    if format == OutputFormat::Json {
        return cli::emit_json(reproduction);
    }
    let (run, differences) = (&reproduction.again.run, &reproduction.differences);
    if differences.is_empty() {
        return cli::emit(format_args!(
            "the run repeats: weights, report and log are the same\nrun   {}\n",
            run.display()
        ));
    }
    cli::emit(format_args!(
        "{} differences\n  {}\nrun   {}\n",
        differences.len(),
        differences.join("\n  "),
        run.display()
    ))
}

fn print(summary: &TrainSummary, format: OutputFormat) -> anyhow::Result<()> {
    if format == OutputFormat::Json {
        return cli::emit_json(summary);
    }
    let measured = match &summary.test {
        Some(test) => format!("\ntest set\n{}", show::evaluation(test)?),
        None => "no test set: nothing measured beyond validation\n".to_owned(),
    };
    let warning = match summary.stopped_by.as_str() {
        "loss_not_finite" => {
            "\nwarning: the loss or a gradient was no longer finite; this is the best model from before that\n"
        }
        _ => "",
    };
    let corrected = summary
        .corrections
        .as_ref()
        .map(show::corrections)
        .unwrap_or_default();
    let adapter = summary.adapter.as_ref();
    let adapter = adapter.map_or(String::new(), |folder| format!("adapter {}\n", folder.display()));
    cli::emit(format_args!(
        "{measured}{warning}{corrected}\nmodel {}\n{adapter}run   {}\n{:.0} seconds, ended: {}\n",
        summary.model.display(),
        summary.run.display(),
        summary.seconds,
        summary.stopped_by
    ))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;

    #[test]
    fn arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn flags_override_what_suits_the_base_model() {
        let parse = |line: &[&str]| {
            let matches = Arguments::command().get_matches_from(line);
            options(Arguments::from_arg_matches(&matches).unwrap()).unwrap()
        };
        assert_eq!(parse(&["train"]).arguments.num_train_epochs, 30);
        assert_eq!(parse(&["train", "--model", "."]).arguments.num_train_epochs, 4);
        assert_eq!(parse(&["train", "--epochs", "2"]).arguments.num_train_epochs, 2);
    }
}
