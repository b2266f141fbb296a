//! The command `evaluate`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use feedback_bert::{DeviceChoice, Dtype};
use feedback_clean::Cleaning;
use feedback_dataset::read::{LabelRule, OnBadRow};
use feedback_inference::Classifier;
use feedback_metrics::reports::LearningCurves;
use feedback_pipeline::data::read_labelled;
use feedback_pipeline::evaluate::{
    evaluate, evaluate_answers, evaluation_report, examples_for, leakage, score, write_report,
};

use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::models::ModelArgs;
use crate::{exit, models, notices, output, show};

/// Evaluates a trained model on labelled feedback.
///
/// Prints accuracy and F1 with intervals, scikit-learn's report, the confusion matrix, calibration, and how many texts
/// were in the training data.
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
pub struct Arguments {
    #[command(flatten)]
    model: ModelArgs,
    /// The labelled file: text, spreadsheet or Parquet, also compressed
    #[arg(long, value_name = "FILE", env = "FEEDBACK_DATA")]
    data: PathBuf,
    /// Write report.html, report.md, report.txt, report.json and tables as CSV into this folder
    #[arg(long, value_name = "DIR", env = "FEEDBACK_REPORT")]
    report: Option<PathBuf>,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// The numbers to compute with: f32, or int8 (faster on the CPU, with slightly different scores)
    #[arg(long, default_value = "f32", env = "FEEDBACK_DTYPE")]
    dtype: Dtype,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    cleaning: Cleaning,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    let (device, choice) = arguments.device.open()?;
    arguments.dtype.check(&device)?;
    let chosen = arguments.model.choose()?;
    if let Some(fallback) = chosen.fallback() {
        output::message(fallback);
    }
    output::message(models::used(&chosen.name, choice, arguments.dtype));
    let model = chosen.folder;
    let classifier = Classifier::load(&model, &device)?.with_dtype(arguments.dtype)?;
    let classifier = classifier.with_cleaning(arguments.cleaning);
    if let Some(warning) = classifier.warning() {
        output::message(format_args!("warning: {warning}"));
    }
    arguments.read.look_at(&arguments.data, LabelRule::Required);
    let dataset = read_labelled(&arguments.data, &arguments.read.options, arguments.on_bad_row)?;
    let examples = examples_for(&classifier, &model, &dataset)?;
    notices::cleaned(examples.n_cleaned(&dataset));
    let scored = score(&classifier, &examples)?;
    let temperature = classifier.manifest().temperature;
    let seen = leakage(&classifier, &examples);
    let mut found = evaluate(&scored, &examples, classifier.labels(), temperature, seen)?;
    found.answers = evaluate_answers(&classifier, &examples, &arguments.read.options)?;
    if let Some(folder) = &arguments.report {
        let curves = LearningCurves::default(); // the learning curves are in the report of the run
        let report = evaluation_report(
            &chosen.name,
            &classifier,
            &dataset,
            &examples,
            &scored,
            &found,
            curves,
        )?;
        let page = write_report(folder, &report, &report.document(), &[&arguments.data])
            .context("cannot write the report (`--report`)")?;
        output::message(format_args!("report {}", page.display()));
    }
    match arguments.format {
        OutputFormat::Json => output::print_json(&found)?,
        OutputFormat::Text => output::print(show::evaluation(&found)?)?,
    }
    for row in &dataset.set_aside {
        output::message(format_args!("set aside: {row}"));
    }
    Ok(exit::after_setting_aside(dataset.set_aside.len()))
}
