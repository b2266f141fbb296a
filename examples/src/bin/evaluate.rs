//! `cargo run --release --bin evaluate -- --model models/feedback_classifier --data data/split/test.jsonl`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use feedback_bert::DeviceChoice;
use feedback_examples::cli::{self, AliasArgs, BadRowChoice, ConfigArgs, FieldArgs, OutputFormat};
use feedback_examples::show;
use feedback_inference::Classifier;
use feedback_metrics::reports::LearningCurves;
use feedback_pipeline::{
    evaluate, evaluation_report, examples_for, leakage, read_labelled, score, write_report,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures a trained model on labelled feedback.
///
/// Prints accuracy and F1 with intervals, scikit-learn's report, the confusion matrix, calibration, and how many of the
/// texts the model has seen in training.
#[derive(Debug, Parser)]
#[command(
    name = "evaluate",
    version,
    after_help = "Examples:
  evaluate --data data/split/test.jsonl
  evaluate --model models/feedback_classifier --data new.csv --text-field body --label-field team
  evaluate --data data/split/test.jsonl --report reports/test
  evaluate --data data/split/test.jsonl --format json > test.json"
)]
struct Arguments {
    /// The model folder
    #[arg(long, value_name = "DIR", default_value = cli::DEFAULT_MODEL, env = "FEEDBACK_MODEL")]
    model: PathBuf,
    /// The labelled file: .jsonl, .csv or .tsv
    #[arg(long, value_name = "FILE", env = "FEEDBACK_DATA")]
    data: PathBuf,
    /// Write report.html, report.md, report.txt, report.json and tables as CSV into this folder
    #[arg(long, value_name = "DIR", env = "FEEDBACK_REPORT")]
    report: Option<PathBuf>,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// What to do about a row that cannot be used
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: BadRowChoice,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    fields: FieldArgs,
    #[command(flatten)]
    aliases: AliasArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

fn main() -> ExitCode {
    cli::run(|arguments: Arguments| {
        let (device, choice) = arguments.device.open()?;
        cli::say(format_args!("model {} on {choice}", arguments.model.display()));
        let model = cli::model_folder(&arguments.model);
        let classifier = Classifier::load(&model, &device)?;
        let dataset = read_labelled(
            &arguments.data,
            &arguments.aliases.add_to(arguments.fields.read_options())?,
            arguments.on_bad_row.into(),
        )?;
        let examples = examples_for(&classifier, &model, &dataset)?;
        let scored = score(&classifier, &examples)?;
        let temperature = classifier.manifest().temperature;
        let seen = leakage(&classifier, &examples);
        let found = evaluate(&scored, &examples, classifier.labels(), temperature, seen)?;
        if let Some(folder) = &arguments.report {
            let curves = LearningCurves::default(); // those of the training run stand in its own report
            let report = evaluation_report(
                &arguments.model,
                &classifier,
                &dataset,
                &examples,
                &scored,
                &found,
                curves,
            )?;
            let page = write_report(folder, &report, &report.document())?;
            cli::say(format_args!("report {}", page.display()));
        }
        match arguments.format {
            OutputFormat::Json => cli::emit_json(&found)?,
            OutputFormat::Text => cli::emit(show::evaluation(&found)?)?,
        }
        for row in &dataset.set_aside {
            cli::say(format_args!("set aside: {row}"));
        }
        Ok(if dataset.set_aside.is_empty() {
            cli::OK
        } else {
            cli::SET_ASIDE
        })
    })
}
