//! The command `compare`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use feedback_bert::{DeviceChoice, ModelFolder};
use feedback_clean::Cleaning;
use feedback_compare::{CompareOptions, Gate, compare};
use feedback_dataset::leaks::leaks;
use feedback_dataset::read::{LabelRule, OnBadRow};
use feedback_inference::MultiLabelClassifier;
use feedback_multilabel::read_label_lists;
use feedback_pipeline::data::{LabelLayout, LeakPolicy};
use feedback_pipeline::evaluate::write_report;

use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::exit::UsageError;
use crate::{exit, models, multi_label, notices, output, show};

/// Compares models with each other and with baselines, all on the same rows.
///
/// Baselines are the majority class, TF-IDF with logistic regression, a frozen encoder with logistic regression,
/// and an untrained head. The best model is compared with each of the others: the difference in weighted F1
/// with its interval, and a verdict. With a gate, the exit code is 1 if the first model does not reach it.
///
/// Models that give each text any number of labels are compared with each other by micro F1, without baselines.
#[derive(Debug, Parser)]
#[command(
    name = "compare",
    version,
    after_help = "Examples:
  compare --train data/split/train.jsonl --test data/split/test.jsonl --model models/feedback_classifier
  compare --train train.jsonl --test test.jsonl --model models/tuned --encoder path/to/all-MiniLM-L6-v2
  compare --train train.jsonl --test test.jsonl --model models/new --model models/old --gate weighted_f1>=0.9
  compare --train train.jsonl --test test.jsonl --model models/new --report reports/comparison
  compare --train train.csv --test test.csv --model models/a --model models/b --format json > comparison.json"
)]
pub struct Arguments {
    /// Labelled file to train the baselines on
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TRAIN")]
    train: PathBuf,
    /// Labelled file to evaluate everything on
    #[arg(long, value_name = "FILE", env = "FEEDBACK_TEST")]
    test: PathBuf,
    /// A model folder; may be given several times, with the model to judge first
    #[arg(long, value_name = "DIR", required = true)]
    model: Vec<PathBuf>,
    /// The pretrained encoder of the frozen baseline [default: the encoder of the first model]
    #[arg(long, value_name = "DIR", env = "FEEDBACK_ENCODER")]
    encoder: Option<PathBuf>,
    /// Minimum for the lower bound of the first model's 95 % interval; SCORE is accuracy, macro_f1 or weighted_f1, X a
    /// number from 0 to 1; may be given several times
    #[arg(long, value_name = "SCORE>=X")]
    gate: Vec<Gate>,
    /// Write report.html, report.md, report.txt, report.json and tables as CSV into this folder
    #[arg(long, value_name = "DIR", env = "FEEDBACK_REPORT")]
    report: Option<PathBuf>,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// Train the baselines without the rows whose texts are in the test file
    #[arg(long, conflicts_with = "allow_leakage")]
    drop_leaked: bool,
    /// Compare even if training texts are in the test file
    #[arg(long)]
    allow_leakage: bool,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    layout: LabelLayout,
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
    let folders: Vec<PathBuf> = arguments
        .model
        .iter()
        .map(|name| models::model_folder(name))
        .collect();
    let kinds = folders.iter().map(|folder| ModelFolder::is_multi_label(folder));
    let kinds: Vec<bool> = kinds.collect::<feedback_bert::Result<_>>()?;
    if kinds.contains(&true) {
        return compare_several(&folders, kinds.contains(&false), arguments);
    }
    arguments.layout.require_unset()?;
    for file in [&arguments.train, &arguments.test] {
        arguments.read.look_at(file, LabelRule::Required)?;
    }
    let (device, choice) = arguments.device.open()?;
    output::message(format_args!("{} model(s) on {choice}", arguments.model.len()));
    let mut options = CompareOptions::new(arguments.train, arguments.test);
    options.models = folders;
    options.cleaning = arguments.cleaning;
    options.encoder = arguments.encoder.map(|name| models::model_folder(&name));
    options.gates = arguments.gate;
    options.read = arguments.read.options;
    options.on_bad_row = arguments.on_bad_row;
    options.leak_policy = match (arguments.drop_leaked, arguments.allow_leakage) {
        (true, _) => LeakPolicy::Drop,
        (_, true) => LeakPolicy::Allow,
        _ => LeakPolicy::Refuse,
    };
    let report = compare(&options, &device)?;
    notices::cleaned(report.cleaned);
    for contender in &report.contenders {
        notices::unread(&contender.unread, Some(&contender.name));
    }
    if let Some(folder) = &arguments.report {
        let inputs = [options.train.as_path(), options.test.as_path()];
        let page = write_report(folder, &report, &report.page(&options).document(), &inputs)
            .context("cannot write the report (`--report`)")?;
        output::message(format_args!("report {}", page.display()));
    }
    match arguments.format {
        OutputFormat::Json => output::print_json(&report)?,
        OutputFormat::Text => output::print(show::comparison(&report))?,
    }
    report.gates.iter().for_each(output::message);
    if report.set_aside > 0 {
        output::message(format_args!(
            "{} rows could not be used and were left out",
            report.set_aside
        ));
    }
    Ok(
        match (report.gates.iter().all(|gate| gate.passed), report.set_aside) {
            (false, _) => exit::FAILED,
            (true, 0) => exit::OK,
            (true, _) => exit::SET_ASIDE,
        },
    )
}

/// Compares models that give each text any number of labels.
fn compare_several(folders: &[PathBuf], is_mixed: bool, mut arguments: Arguments) -> anyhow::Result<u8> {
    let refusals = [
        (
            is_mixed,
            "some of the models give each text one label and others any number\nhint: compare models of the same kind",
        ),
        (
            arguments.encoder.is_some() || !arguments.gate.is_empty() || arguments.report.is_some(),
            "--encoder, --gate and --report need models that give each text one label; these give each text any number of labels\n\
             hint: leave them out; --format json has all scores",
        ),
    ];
    if let Some((_, reason)) = refusals.into_iter().find(|(applies, _)| *applies) {
        return Err(UsageError(reason.into()).into());
    }
    let (device, choice) = arguments.device.open()?;
    output::message(format_args!("{} model(s) on {choice}", folders.len()));
    arguments
        .read
        .look_at(&arguments.test, multi_label::label_rule(&arguments.layout))?;
    let read = |path: &PathBuf| {
        read_label_lists(
            path,
            &arguments.read.options,
            &arguments.layout,
            arguments.on_bad_row,
        )
    };
    let (train, test) = (read(&arguments.train)?, read(&arguments.test)?);
    multi_label::layout_notes(std::slice::from_ref(&test), test.joined, &arguments.layout);
    let leaked = leaks(&train.dataset.texts(), &test.dataset.texts()).len();
    if leaked > 0 && !arguments.allow_leakage && !arguments.drop_leaked {
        let reason = format!(
            "{leaked} test texts also occur in the training file, so the scores would be too high\n\
             hint: remove them from `{}`, or add --allow-leakage",
            arguments.test.display()
        );
        return Err(anyhow::anyhow!(reason));
    }
    let load = |(name, folder): (&PathBuf, &PathBuf)| {
        let classifier = MultiLabelClassifier::load(folder, &device)?;
        Ok((
            name.display().to_string(),
            classifier.with_cleaning(arguments.cleaning),
        ))
    };
    let models: feedback_inference::Result<Vec<_>> = arguments.model.iter().zip(folders).map(load).collect();
    let found = feedback_multilabel::compare(&models?, &test)?;
    for contender in &found.contenders {
        notices::unread(&contender.evaluation.unread, Some(&contender.name));
    }
    match arguments.format {
        OutputFormat::Json => output::print_json(&found)?,
        OutputFormat::Text => output::print(multi_label::comparison(&found, leaked))?,
    }
    notices::unused_rows(&test.unused_rows());
    Ok(exit::after_setting_aside(test.set_aside()))
}
