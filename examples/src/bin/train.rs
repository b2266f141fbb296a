//! `cargo run --release --bin train` trains on `fixtures/feedback.jsonl`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use feedback_bert::{DeviceChoice, LoraConfig, Pooling};
use feedback_examples::cli::{self, BadRowChoice, ConfigArgs, FieldArgs, OutputFormat, UsageError};
use feedback_examples::show;
use feedback_pipeline::{
    BaseModel, DataFiles, DataOptions, LeakPolicy, TrainNotice, TrainOptions, TrainSummary, Tuning, train,
};
use feedback_trainer::callbacks::Progress;
use feedback_trainer::{Callback, CallbackResult, Control, LrSchedulerType, Metrics, Parts, TrainState};
use indicatif::ProgressBar;

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
    /// A folder with a pretrained encoder, or scratch[:tiny, :mini, :small]
    #[arg(
        long,
        value_name = "DIR or scratch:SIZE",
        default_value = "scratch:tiny",
        env = "FEEDBACK_MODEL"
    )]
    model: String,
    /// Where the model folder goes
    #[arg(long, value_name = "DIR", default_value = cli::DEFAULT_MODEL, env = "FEEDBACK_OUTPUT")]
    output: PathBuf,
    /// Where the run folder goes; runs/TIME-NAME where absent
    #[arg(long, value_name = "DIR", env = "FEEDBACK_RUN_DIR")]
    run_dir: Option<PathBuf>,
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
    /// Course of the learning rate: linear, cosine, constant, constant_with_warmup [default: linear]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_LR_SCHEDULER_TYPE")]
    lr_scheduler_type: Option<Scheduler>,
    /// Part of the updates in which the rate rises [default: 0.1]
    #[arg(long, value_name = "X", env = "FEEDBACK_WARMUP_RATIO")]
    warmup_ratio: Option<f64>,
    /// Greatest norm of the gradients, 0 for no limit [default: 1]
    #[arg(long, value_name = "X", env = "FEEDBACK_MAX_GRAD_NORM")]
    max_grad_norm: Option<f64>,
    /// Factor of the learning rate from each layer to the one below it [default: 1]
    #[arg(long, value_name = "X", env = "FEEDBACK_LAYERWISE_LR_DECAY")]
    layerwise_lr_decay: Option<f64>,
    /// Parts of the model to leave as they are, by name: embeddings,encoder.layer.0-3
    #[arg(long, value_name = "PARTS")]
    freeze: Option<Parts>,
    /// Train adapters of this rank (LoRA) and the head instead of all weights
    #[arg(long, value_name = "N", env = "FEEDBACK_LORA_RANK", conflicts_with = "freeze")]
    lora_rank: Option<usize>,
    /// The adapters count alpha / rank times [default: 16]
    #[arg(long, value_name = "X", env = "FEEDBACK_LORA_ALPHA", requires = "lora_rank")]
    lora_alpha: Option<f64>,
    /// The dense layers that get adapters [default: query,value]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', requires = "lora_rank")]
    lora_targets: Option<Vec<String>>,
    /// End after this many epochs without a better validation score
    #[arg(long, value_name = "N", env = "FEEDBACK_EARLY_STOPPING_PATIENCE")]
    early_stopping_patience: Option<usize>,
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
    /// Take training rows whose texts stand in validation or test out of training
    #[arg(long, conflicts_with = "allow_leakage")]
    drop_leaked: bool,
    /// Train although training texts stand in validation or test
    #[arg(long)]
    allow_leakage: bool,
    /// What to do about a row that cannot be used
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: BadRowChoice,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Scheduler {
    Linear,
    Cosine,
    Constant,
    ConstantWithWarmup,
}

impl From<Scheduler> for LrSchedulerType {
    fn from(scheduler: Scheduler) -> Self {
        match scheduler {
            Scheduler::Linear => Self::Linear,
            Scheduler::Cosine => Self::Cosine,
            Scheduler::Constant => Self::Constant,
            Scheduler::ConstantWithWarmup => Self::ConstantWithWarmup,
        }
    }
}

fn main() -> ExitCode {
    cli::run(|arguments: Arguments| {
        let format = arguments.format;
        let options = options(arguments)?;
        let progress = Progress::new();
        let lines = EpochLines {
            bar: progress.handle(),
            losses: (0.0, 0),
        };
        let summary = train(
            &options,
            vec![Box::new(progress), Box::new(lines)],
            &mut |notice| tell(&notice, &options),
        )?;
        print(&summary, format)?;
        Ok(if summary.set_aside > 0 {
            cli::SET_ASIDE
        } else {
            cli::OK
        })
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
    data.read = arguments.fields.read_options();
    data.on_bad_row = arguments.on_bad_row.into();
    data.seed = arguments.seed;
    data.leak_policy = match (arguments.drop_leaked, arguments.allow_leakage) {
        (true, _) => LeakPolicy::Drop,
        (_, true) => LeakPolicy::Allow,
        _ => LeakPolicy::Refuse,
    };
    let mut options = TrainOptions::new(data, BaseModel::parse(&arguments.model)?, arguments.output);
    options.run_dir = arguments.run_dir;
    options.pooling = arguments.pooling;
    options.max_length = arguments.max_length;
    options.early_stopping_patience = arguments.early_stopping_patience;
    options.device = arguments.device;
    options.tuning = Tuning {
        freeze: arguments.freeze,
        lora: arguments.lora_rank.map(|rank| {
            let default = LoraConfig::default();
            LoraConfig {
                rank,
                alpha: arguments.lora_alpha.unwrap_or(default.alpha),
                targets: arguments.lora_targets.unwrap_or(default.targets),
            }
        }),
    };
    let training = &mut options.arguments;
    training.seed = arguments.seed;
    training.max_steps = arguments.max_steps;
    set(&mut training.num_train_epochs, arguments.num_train_epochs);
    set(
        &mut training.per_device_train_batch_size,
        arguments.per_device_train_batch_size,
    );
    set(
        &mut training.gradient_accumulation_steps,
        arguments.gradient_accumulation_steps,
    );
    set(&mut training.learning_rate, arguments.learning_rate);
    set(&mut training.layerwise_lr_decay, arguments.layerwise_lr_decay);
    set(&mut training.weight_decay, arguments.weight_decay);
    set(&mut training.warmup_ratio, arguments.warmup_ratio);
    set(&mut training.max_grad_norm, arguments.max_grad_norm);
    set(
        &mut training.lr_scheduler_type,
        arguments.lr_scheduler_type.map(Into::into),
    );
    Ok(options)
}

fn set<T>(target: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *target = value;
    }
}

fn tell(notice: &TrainNotice<'_>, options: &TrainOptions) {
    match notice {
        TrainNotice::Device(choice) => cli::say(format_args!("device {choice}")),
        TrainNotice::Run(path) => cli::say(format_args!("run folder {}", path.display())),
        TrainNotice::Data(data) => {
            let test = data.test.as_ref().map_or(0, |test| test.len());
            let (train, validation) = (data.train.len(), data.validation.len());
            cli::say(format_args!(
                "{train} train, {validation} validation, {test} test rows; labels {}",
                data.labels.names().join(", ")
            ));
            if data.set_aside > 0 {
                cli::say(format_args!(
                    "{} rows could not be used and were left out",
                    data.set_aside
                ));
            }
            if data.dropped > 0 {
                cli::say(format_args!(
                    "{} training rows dropped: their texts stand in validation or test",
                    data.dropped
                ));
            }
            if data.near_leaked > 0 {
                cli::say(format_args!(
                    "{} held-out texts are nearly the same as a training text",
                    data.near_leaked
                ));
            }
            if data.leaked > 0 {
                cli::say(format_args!(
                    "warning: {} held-out texts stand in training; every score will be too good",
                    data.leaked
                ));
            }
        }
        TrainNotice::Model {
            parameters,
            trainable,
            report,
            truncated,
        } => {
            let training = &options.arguments;
            cli::say(format_args!(
                "{}: {:.1} million parameters",
                options.base.name(),
                *parameters as f64 / 1e6
            ));
            if trainable != parameters {
                cli::say(format_args!("{trainable} of {parameters} parameters are trained"));
            }
            if let BaseModel::Scratch(_) = options.base {
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
                    "{truncated} training texts are longer than {} tokens and are cut",
                    options.max_length
                ));
            }
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
        _ => {}
    }
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
    let adapter = summary.adapter.as_ref();
    let adapter = adapter.map_or(String::new(), |folder| format!("adapter {}\n", folder.display()));
    cli::emit(format_args!(
        "{measured}{warning}\nmodel {}\n{adapter}run   {}\n{:.0} seconds, ended: {}\n",
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
        assert_eq!(
            parse(&["train", "--model", "some/dir"])
                .arguments
                .num_train_epochs,
            4
        );
        assert_eq!(parse(&["train", "--epochs", "2"]).arguments.num_train_epochs, 2);
    }
}
