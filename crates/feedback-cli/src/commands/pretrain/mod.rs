//! The command `pretrain`.

mod encoder;
mod progress;

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches, Parser, ValueEnum};
use feedback_bert::DeviceChoice;
use feedback_dataset::read::OnBadRow;
use feedback_hub::HubOptions;
use feedback_pipeline::train::BaseModel;
use feedback_pretrain::{
    DistillationTarget, Error, MaskedLmScope, PretrainObjective, PretrainOptions, PretrainSummary,
    WITHOUT_EFFECT, pretrain,
};
use feedback_trainer::TrainingArguments;
use serde_json::Value;

use self::progress::{format_metrics, progress, show_notice};
use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::exit::{self, UsageError, WithCode};
use crate::settings::{self, value_of};
use crate::signals::Interrupt;
use crate::trackers::TrackerArgs;
use crate::{models, notices, output};

/// Trains a model on unlabelled texts, as a better start for `train`.
///
/// Without --teacher the model learns to predict masked tokens; with --teacher it is distilled from a larger model.
#[derive(Debug, Parser)]
#[command(
    name = "pretrain",
    version,
    after_help = "Examples:
  pretrain --input texts.txt --model path/to/all-MiniLM-L6-v2 --output models/adapted
  pretrain --input reviews.csv --text-field body --model models/adapted --max-steps 500 --batch-size 32
  pretrain --input texts.txt --model path/to/all-MiniLM-L6-v2 --checkpoints runs/adapting --save-steps 200
  pretrain --input texts.txt --model scratch:mini --teacher models/feedback_classifier --output models/small
  pretrain --input texts.txt --model path/to/student --teacher path/to/teacher --distil sentence_embeddings
  pretrain --recipe recipes/encoder.toml --output runs/encoder
  train --data feedback.csv --model models/adapted --pooling mean"
)]
pub struct Arguments {
    /// The texts: .txt with one text per line, .jsonl, .csv or .tsv
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "recipe",
        env = "FEEDBACK_INPUT"
    )]
    input: Option<PathBuf>,
    /// Build an encoder in stages from this recipe (TOML), which contains all other settings; the stages are written below --output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "model", "teacher", "checkpoints"])]
    recipe: Option<PathBuf>,
    /// A folder with a BERT encoder, or its name on the Hugging Face Hub; with --teacher also any architecture
    /// that `train` supports, or scratch[:tiny, :mini, :small]
    #[arg(
        long,
        value_name = "DIR or NAME",
        required_unless_present = "recipe",
        env = "FEEDBACK_MODEL"
    )]
    model: Option<String>,
    /// The branch, tag or commit of a model on the hub [default: main]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_REVISION")]
    revision: Option<String>,
    /// Model folder to write
    #[arg(
        long,
        value_name = "DIR",
        default_value = "models/pretrained",
        env = "FEEDBACK_OUTPUT"
    )]
    output: PathBuf,
    /// Save checkpoints in this folder, and resume from the newest one
    #[arg(long, value_name = "DIR", env = "FEEDBACK_CHECKPOINTS")]
    checkpoints: Option<PathBuf>,
    /// The folder of the teacher, a larger model
    #[arg(long, value_name = "DIR", env = "FEEDBACK_TEACHER")]
    teacher: Option<PathBuf>,
    /// What to learn from the teacher
    #[arg(long, value_enum, default_value = "soft_targets", requires = "teacher")]
    distil: Distil,
    /// The temperature of the soft targets
    #[arg(
        long,
        value_name = "X",
        default_value_t = 2.0,
        requires = "teacher",
        env = "FEEDBACK_TEMPERATURE"
    )]
    temperature: f64,
    /// Fraction of the tokens to mask
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.15,
        env = "FEEDBACK_MLM_PROBABILITY"
    )]
    mlm_probability: f64,
    /// Train only the masked-language-model head, not the encoder
    #[arg(long, conflicts_with = "teacher")]
    head_only: bool,
    /// Number of texts to hold out for the evaluation
    #[arg(
        long,
        value_name = "N",
        default_value_t = 512,
        env = "FEEDBACK_VALIDATION_ROWS"
    )]
    validation_rows: usize,
    #[command(flatten)]
    training: Training,
    /// Maximum length of a text in tokens; longer texts are cut
    #[arg(long, value_name = "N", default_value_t = 128, env = "FEEDBACK_MAX_LENGTH")]
    max_length: usize,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    trackers: TrackerArgs,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// The arguments of the trainer that `pretrain -h` shows; `pretrain --help` shows all.
const COMMON: [&str; 7] = [
    "num_train_epochs",
    "max_steps",
    "per_device_train_batch_size",
    "learning_rate",
    "eval_steps",
    "save_steps",
    "seed",
];

/// The arguments of the trainer, with the defaults of pretraining.
#[derive(Debug, Clone)]
struct Training(TrainingArguments);

impl Training {
    fn defaults() -> TrainingArguments {
        let paths = (PathBuf::new(), PathBuf::new());
        PretrainOptions::new(paths.0, BaseModel::standard(), paths.1).arguments
    }
}

impl Args for Training {
    fn augment_args(command: Command) -> Command {
        let defaults = serde_json::to_value(Self::defaults()).unwrap_or_default();
        let command =
            settings::add::<TrainingArguments>(command, "training", |name| value_of(name, &defaults));
        let command = WITHOUT_EFFECT.iter().fold(command, |command, name| {
            command.mut_arg(name, |argument| argument.hide(true))
        });
        let command = settings::ids::<TrainingArguments>()
            .iter()
            .fold(command, |command, name| {
                let is_common = COMMON.contains(&name.as_str());
                command.mut_arg(name, |argument| argument.hide_short_help(!is_common))
            });
        let of_checkpoints = ["save_steps", "save_strategy", "save_total_limit"];
        of_checkpoints.iter().fold(command, |command, name| {
            command.mut_arg(name, |argument| argument.requires("checkpoints"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Training {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut training = Self(Self::defaults());
        training.update_from_arg_matches(matches)?;
        Ok(training)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)?;
        settings::choose_intervals(&mut self.0, matches);
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Distil {
    /// Probabilities of the classes
    SoftTargets,
    /// Hidden states of the last layer
    HiddenStates,
    /// Means of the hidden states
    SentenceEmbeddings,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let interrupt = Interrupt::install()?;
    match execute(arguments, &interrupt) {
        Err(error) if matches!(error.downcast_ref(), Some(Error::Interrupted { .. })) => {
            Err(WithCode::new(interrupt.exit_code(), error).into())
        }
        other => other,
    }
}

fn execute(arguments: Arguments, interrupt: &Interrupt) -> anyhow::Result<u8> {
    if let Some(recipe) = &arguments.recipe {
        return encoder::build(recipe, &arguments.output, arguments.device, interrupt);
    }
    let format = arguments.format;
    let trackers = arguments.trackers.clone();
    let hub = HubOptions::from_env(arguments.revision.as_deref());
    let mut options = options(arguments)?;
    options.base = options.base.resolve(&hub, &mut models::download_bar())?;
    options.interrupt = interrupt.flag();
    let mut callbacks = progress();
    callbacks.extend(trackers.callbacks(&parameters(&options))?);
    let summary = pretrain(&options, callbacks, &mut |notice| show_notice(&notice))?;
    print(&summary, format)?;
    Ok(exit::after_setting_aside(summary.set_aside))
}

fn options(arguments: Arguments) -> anyhow::Result<PretrainOptions> {
    let (Some(input), Some(model)) = (arguments.input, arguments.model) else {
        return Err(UsageError("give --input and --model, or --recipe".into()).into());
    };
    let base = BaseModel::parse(&model)?;
    if matches!(base, BaseModel::Scratch(_)) && arguments.teacher.is_none() {
        let reason = "--model scratch needs a teacher\nhint: add --teacher FOLDER, or give --model a pretrained folder";
        return Err(UsageError(reason.into()).into());
    }
    let mut options = PretrainOptions::new(input, base, arguments.output);
    options.objective = match arguments.teacher {
        Some(teacher) => PretrainObjective::Distillation {
            teacher,
            target: match arguments.distil {
                Distil::SoftTargets => DistillationTarget::SoftTargets {
                    temperature: arguments.temperature,
                },
                Distil::HiddenStates => DistillationTarget::HiddenStates,
                Distil::SentenceEmbeddings => DistillationTarget::SentenceEmbeddings,
            },
        },
        None => PretrainObjective::MaskedLm {
            probability: arguments.mlm_probability,
            scope: if arguments.head_only {
                MaskedLmScope::HeadOnly
            } else {
                MaskedLmScope::All
            },
        },
    };
    options.read = arguments.read.options;
    options.read = notices::look_at(&options.input, &options.read)?;
    options.on_bad_row = arguments.on_bad_row;
    options.validation_rows = arguments.validation_rows;
    options.max_length = arguments.max_length;
    options.device = arguments.device;
    options.checkpoints = arguments.checkpoints;
    options.arguments = arguments.training.0;
    Ok(options)
}

/// Returns the parameters of the run, for the trackers.
fn parameters(options: &PretrainOptions) -> Vec<(String, Value)> {
    let mut all = vec![
        ("objective".to_owned(), Value::from(options.objective.name())),
        ("model".to_owned(), options.base.name().into()),
        ("max_length".to_owned(), options.max_length.into()),
    ];
    if let Ok(Value::Object(arguments)) = serde_json::to_value(&options.arguments) {
        all.extend(arguments.into_iter().filter(|(_, value)| !value.is_null()));
    }
    all
}

fn print(summary: &PretrainSummary, format: OutputFormat) -> anyhow::Result<()> {
    if format == OutputFormat::Json {
        return output::print_json(summary);
    }
    output::print(format_args!(
        "{} held-out texts\nbefore  {}\nafter   {}\n\nmodel {}\n{} steps, {:.0} seconds, ended: {}\n",
        summary.validation_rows,
        format_metrics(&summary.before),
        format_metrics(&summary.after),
        summary.model.display(),
        summary.steps,
        summary.seconds,
        summary.stopped_by
    ))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use feedback_trainer::IntervalStrategy;

    use super::*;

    #[test]
    fn arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_number_of_updates_implies_when_to_save() {
        let training = |more: &[&str]| {
            let line = [
                &[
                    "pretrain",
                    "--input",
                    "a.txt",
                    "--model",
                    "m",
                    "--checkpoints",
                    "c",
                ],
                more,
            ]
            .concat();
            options(Arguments::parse_from(line)).unwrap().arguments
        };
        let defaults = training(&[]);
        assert_eq!(
            (defaults.save_strategy, defaults.learning_rate),
            (IntervalStrategy::Epoch, 1e-4)
        );
        let found = training(&["--save-steps", "7", "--weight-decay", "0"]);
        assert_eq!(
            (found.save_strategy, found.save_steps),
            (IntervalStrategy::Steps, 7)
        );
        assert_eq!(
            (found.eval_strategy, found.weight_decay),
            (IntervalStrategy::Epoch, 0.0)
        );
        let stated = training(&["--save-steps", "7", "--save-strategy", "epoch"]);
        assert_eq!(stated.save_strategy, IntervalStrategy::Epoch);
    }

    #[test]
    fn a_teacher_selects_distillation() {
        let parse = |line: &[&str]| options(Arguments::parse_from(line));
        let words = parse(&["pretrain", "--input", "a.txt", "--model", "m", "--head-only"]).unwrap();
        assert!(matches!(
            words.objective,
            PretrainObjective::MaskedLm {
                scope: MaskedLmScope::HeadOnly,
                ..
            }
        ));
        let line = [
            "pretrain",
            "--input",
            "a.txt",
            "--model",
            "scratch",
            "--teacher",
            "t",
            "--distil",
            "hidden_states",
        ];
        let taught = parse(&line).unwrap();
        assert!(matches!(
            taught.objective,
            PretrainObjective::Distillation {
                target: DistillationTarget::HiddenStates,
                ..
            }
        ));
        assert!(parse(&["pretrain", "--input", "a.txt", "--model", "scratch"]).is_err());
    }
}
