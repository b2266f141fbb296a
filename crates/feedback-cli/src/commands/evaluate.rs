//! The command `evaluate`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use feedback_bert::{DeviceChoice, Dtype, ModelFolder};
use feedback_clean::Cleaning;
use feedback_dataset::LabelSet;
use feedback_dataset::read::{LabelRule, OnBadRow};
use feedback_inference::{Classifier, MultiLabelClassifier, UnreadTexts};
use feedback_metrics::reports::LearningCurves;
use feedback_multilabel::{MultiLabelExamples, read_label_lists};
use feedback_pipeline::data::{LabelLayout, LongTextOptions, UnusedRow, clean_texts, read_labelled};
use feedback_pipeline::evaluate::{
    evaluate, evaluate_answers, evaluation_report, examples_for, leakage, leave_out_unknown_labels, score,
    write_report,
};
use serde::Serialize;

use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::exit::UsageError;
use crate::models::ModelArgs;
use crate::{exit, models, multi_label, notices, output, show};

/// Evaluates a trained model on labelled feedback.
///
/// Prints accuracy and F1 with intervals, scikit-learn's report, the confusion matrix, calibration,
/// and how many texts were in the training data. For a model that gives each text any number of
/// labels, prints multi-label scores instead.
#[derive(Debug, Parser)]
#[command(
    name = "evaluate",
    version,
    after_help = "Examples:
  evaluate --data data/split/test.jsonl
  evaluate --model models/feedback_classifier --data new.csv --text-field body --label-field team
  evaluate --model models/several_labels --data new.csv --label-separator \";\"
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
    /// Data type of the computation: f32, or int8 (faster on the CPU, with slightly different
    /// scores)
    #[arg(long, default_value = "f32", env = "FEEDBACK_DTYPE")]
    dtype: Dtype,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// Leave out rows with a label that the model does not have, and count them; without it, such a row is an error
    #[arg(long, env = "FEEDBACK_DROP_UNKNOWN_LABELS")]
    drop_unknown_labels: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    layout: LabelLayout,
    #[command(flatten)]
    long_texts: LongTextOptions,
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
    if ModelFolder::is_multi_label(&model)? {
        let classifier = MultiLabelClassifier::load(&model, &device)?.with_dtype(arguments.dtype)?;
        return evaluate_multi_label(&classifier.with_cleaning(arguments.cleaning), arguments);
    }
    arguments.layout.require_unset()?;
    let classifier = Classifier::load(&model, &device)?.with_dtype(arguments.dtype)?;
    let classifier = classifier.with_cleaning(arguments.cleaning);
    let classifier = models::with_long_texts(classifier, &arguments.long_texts)?;
    if let Some(warning) = classifier.warning() {
        output::message(format_args!("warning: {warning}"));
    }
    arguments.read.look_at(&arguments.data, LabelRule::Required)?;
    let mut dataset = read_labelled(&arguments.data, &arguments.read.options, arguments.on_bad_row)?;
    let labels = LabelSet::new(classifier.labels().to_vec())?;
    let left_out = left_out(&arguments, || leave_out_unknown_labels(&mut dataset, &labels));
    let examples = examples_for(&classifier, &model, &dataset)?;
    notices::cleaned(examples.n_cleaned(&dataset));
    let scored = score(&classifier, &examples)?;
    notices::unread(&scored.unread, None);
    let temperature = classifier.manifest().temperature;
    let seen = leakage(&classifier, &examples);
    let mut found = evaluate(&scored, &examples, classifier.labels(), temperature, seen)?;
    found.answers = evaluate_answers(&classifier, &examples, &arguments.read.options)?;
    if let Some(folder) = &arguments.report {
        // Empty: only the report of a training run has learning curves.
        let curves = LearningCurves::default();
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
    let rows = RowCounts::new(dataset.set_aside.len(), left_out, &scored.unread);
    match arguments.format {
        OutputFormat::Json => rows.print_with(&found)?,
        OutputFormat::Text => output::print(show::evaluation(&found)?)?,
    }
    notices::unused_rows(&UnusedRow::of(&dataset));
    Ok(exit::after_setting_aside(rows.unused()))
}

/// An evaluation as JSON, with what happened to the rows of the file.
#[derive(Debug, Serialize)]
struct WithRows<'a, T> {
    #[serde(flatten)]
    found: &'a T,
    /// Absent if all rows are measured as they are.
    #[serde(skip_serializing_if = "RowCounts::is_zero")]
    rows: &'a RowCounts,
}

/// What happened to rows of the file that are not measured as they are.
#[derive(Debug, Serialize)]
struct RowCounts {
    /// Rows that could not be used.
    set_aside: usize,
    /// Rows that were left out because the model does not have their label, by label.
    unknown_labels: BTreeMap<String, usize>,
    /// Rows of whose tokens the model knows none; they are measured.
    unknown_texts: usize,
    /// Rows that were cut; they are measured.
    truncated: usize,
}

impl RowCounts {
    fn new(set_aside: usize, unknown_labels: BTreeMap<String, usize>, unread: &UnreadTexts) -> Self {
        Self {
            set_aside,
            unknown_labels,
            unknown_texts: unread.unknown.len(),
            truncated: unread.truncated,
        }
    }

    /// Prints an evaluation as JSON, with these counts.
    fn print_with(&self, found: &impl Serialize) -> anyhow::Result<()> {
        output::print_json(&WithRows { found, rows: self })
    }

    fn is_zero(&self) -> bool {
        self.unused() + self.unknown_texts + self.truncated == 0
    }

    /// The rows that are not measured.
    fn unused(&self) -> usize {
        self.set_aside + self.unknown_labels.values().sum::<usize>()
    }
}

/// Leaves out rows with labels that the model does not have, if the user wants that, and says which. Returns their numbers.
fn left_out(
    arguments: &Arguments,
    leave_out: impl FnOnce() -> BTreeMap<String, usize>,
) -> BTreeMap<String, usize> {
    if !arguments.drop_unknown_labels {
        return BTreeMap::new();
    }
    let left_out = leave_out();
    notices::unknown_labels(&left_out);
    left_out
}

/// Evaluates a model that gives each text any number of labels.
fn evaluate_multi_label(classifier: &MultiLabelClassifier, mut arguments: Arguments) -> anyhow::Result<u8> {
    if arguments.long_texts != LongTextOptions::default() {
        return Err(models::no_windows().into());
    }
    if arguments.report.is_some() {
        let reason = "--report needs a model that gives each text one label; this model gives each text any number of labels\nhint: leave --report out; --format json has all scores";
        return Err(UsageError(reason.into()).into());
    }
    arguments
        .read
        .look_at(&arguments.data, multi_label::label_rule(&arguments.layout))?;
    let options = &arguments.read.options;
    let mut lists = read_label_lists(&arguments.data, options, &arguments.layout, arguments.on_bad_row)?;
    notices::cleaned(clean_texts(&mut lists.dataset, classifier.cleaning()));
    multi_label::layout_notes(std::slice::from_ref(&lists), lists.joined, &arguments.layout);
    let labels = LabelSet::new(classifier.labels().to_vec())?;
    let left_out = left_out(&arguments, || lists.leave_out_unknown_labels(&labels));
    if let Some(warning) = labels_without_column(classifier.labels(), &arguments.layout) {
        output::message(warning);
    }
    let examples = MultiLabelExamples::new(&lists, &labels)?;
    let found = feedback_multilabel::evaluate(classifier, &examples)?;
    notices::unread(&found.unread, None);
    let rows = RowCounts::new(lists.set_aside(), left_out, &found.unread);
    match arguments.format {
        OutputFormat::Json => rows.print_with(&found)?,
        OutputFormat::Text => output::print(multi_label::evaluation(&found))?,
    }
    notices::unused_rows(&lists.unused_rows());
    Ok(exit::after_setting_aside(rows.unused()))
}

/// Returns a warning if `--label-columns` lacks labels of the model: no row of the data can have
/// such a label, so each time the model predicts it, this counts as a mistake.
fn labels_without_column(labels: &[String], layout: &LabelLayout) -> Option<String> {
    let columns = &layout.label_columns;
    let missing = labels.iter().filter(|label| !columns.contains(label));
    let missing: Vec<String> = missing.map(|label| format!("`{label}`")).collect();
    (!columns.is_empty() && !missing.is_empty()).then(|| {
        format!(
            "warning: the model also predicts labels without a column in --label-columns: {}; each such prediction counts as a mistake",
            missing.join(", ")
        )
    })
}
