//! `cargo run --release --bin compare -- --train data/split/train.jsonl --test data/split/test.jsonl --model models/feedback_classifier`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use feedback_bert::DeviceChoice;
use feedback_examples::cli::{self, BadRowChoice, ConfigArgs, FieldArgs, OutputFormat};
use feedback_examples::show;
use feedback_pipeline::{CompareOptions, LeakPolicy, compare};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compares models with each other and with honest baselines, all on the same rows.
///
/// Baselines are the majority class, TF-IDF with logistic regression, and a head that was never trained. The best model
/// is compared with each of the others: difference in weighted F1 with its interval, and a verdict in words.
#[derive(Debug, Parser)]
#[command(
    name = "compare",
    version,
    after_help = "Examples:
  compare --train data/split/train.jsonl --test data/split/test.jsonl --model models/feedback_classifier
  compare --train train.csv --test test.csv --model models/a --model models/b --format json > comparison.json"
)]
struct Arguments {
    /// The file that baselines learn from
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TRAIN")]
    train: PathBuf,
    /// The file that everything is scored on
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TEST")]
    test: PathBuf,
    /// A model folder; may be given more than once
    #[arg(long, value_name = "DIR", required = true)]
    model: Vec<PathBuf>,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// Take training rows whose texts stand in the test file out of what baselines learn from
    #[arg(long, conflicts_with = "allow_leakage")]
    drop_leaked: bool,
    /// Compare although training texts stand in the test file
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

fn main() -> ExitCode {
    cli::run(|arguments: Arguments| {
        let (device, choice) = arguments.device.open()?;
        cli::say(format_args!("{} model(s) on {choice}", arguments.model.len()));
        let options = CompareOptions {
            train: arguments.train,
            test: arguments.test,
            models: arguments.model,
            read: arguments.fields.read_options(),
            on_bad_row: arguments.on_bad_row.into(),
            leak_policy: match (arguments.drop_leaked, arguments.allow_leakage) {
                (true, _) => LeakPolicy::Drop,
                (_, true) => LeakPolicy::Allow,
                _ => LeakPolicy::Refuse,
            },
        };
        let report = compare(&options, &device)?;
        match arguments.format {
            OutputFormat::Json => cli::emit_json(&report)?,
            OutputFormat::Text => cli::emit(show::comparison(&report))?,
        }
        if report.set_aside == 0 {
            return Ok(cli::OK);
        }
        cli::say(format_args!(
            "{} rows could not be used and were left out",
            report.set_aside
        ));
        Ok(cli::SET_ASIDE)
    })
}
