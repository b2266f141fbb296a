//! The command `split`.

use std::path::PathBuf;

use clap::Parser;
use feedback_dataset::read::OnBadRow;
use feedback_dataset::split::{SplitOptions, SplitSize};
use feedback_pipeline::data::{
    LabelLayout, RareLabelOptions, SplitFileOptions, SplitSummary, Task, split_file,
};

use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::{exit, multi_label, notices, output};

/// Splits a file of labelled feedback into train.jsonl, validation.jsonl, test.jsonl and manifest.json.
///
/// All parts have the same class proportions, unless the rows are split by time. If a text can have several labels, each label is about
/// equally frequent in all parts. Texts that are equal after normalising stay together. The same command
/// always writes the same files.
#[derive(Debug, Parser)]
#[command(
    name = "split",
    version,
    after_help = "Examples:
  split --input feedback.csv --output-dir data/split
  split --input feedback.jsonl --output-dir data/split --test-size 500 --validation-size 0 --seed 7
  split --input tickets.csv --output-dir data/split --text-field body --label-field team --group-by customer_id
  split --input reviews.csv --output-dir data/split --group-near-duplicates
  split --input reviews.csv --output-dir data/split --split-by-time created_at --min-label-count 5
  split --input reviews.csv --output-dir data/split --task multi-label --label-separator \";\""
)]
pub struct Arguments {
    /// The file to split: text, spreadsheet or Parquet, also compressed
    #[arg(long, value_name = "FILE", env = "FEEDBACK_INPUT")]
    input: PathBuf,
    /// The folder for the new files
    #[arg(long, value_name = "DIR", env = "FEEDBACK_OUTPUT_DIR")]
    output_dir: PathBuf,
    /// Test rows: a fraction of all rows, or a count
    #[arg(long, value_name = "SIZE", default_value = "0.2", env = "FEEDBACK_TEST_SIZE")]
    test_size: SplitSize,
    /// Validation rows: a fraction of all rows, or a count
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "0.1",
        env = "FEEDBACK_VALIDATION_SIZE"
    )]
    validation_size: SplitSize,
    /// Split by the dates in this field: validation is later than training, and test is later than both
    ///
    /// Rows without a date are in training. By default, rows are drawn at random, so that each label is equally frequent in all parts.
    #[arg(long, value_name = "FIELD", env = "FEEDBACK_SPLIT_BY_TIME")]
    split_by_time: Option<String>,
    /// Keep rows with the same value in this field together
    #[arg(long, value_name = "FIELD", env = "FEEDBACK_GROUP_BY")]
    group_by: Option<String>,
    /// Also keep near-duplicates together
    #[arg(long)]
    group_near_duplicates: bool,
    /// Labels in the order of their class ids; any other label is an error
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    labels: Option<Vec<String>>,
    /// How many labels a text has
    #[arg(long, value_enum, default_value = "single-label", env = "FEEDBACK_TASK")]
    task: Task,
    #[command(flatten)]
    layout: LabelLayout,
    #[command(flatten)]
    rare: RareLabelOptions,
    /// Seed of the shuffle
    #[arg(long, default_value_t = 42, env = "FEEDBACK_SEED")]
    seed: u64,
    /// Overwrite existing files in the folder
    #[arg(long)]
    force: bool,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "fail", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// How to print the result
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
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
    let label_rule = multi_label::label_rule(&arguments.layout);
    arguments.read.look_at(&arguments.input, label_rule)?;
    let mut options = SplitFileOptions::default();
    options.split =
        SplitOptions::new(arguments.test_size, arguments.validation_size).with_seed(arguments.seed);
    options.by_time = arguments.split_by_time;
    options.group_by = arguments.group_by;
    options.group_near_duplicates = arguments.group_near_duplicates;
    options.labels = arguments.labels;
    options.rare = arguments.rare;
    options.read = arguments.read.options;
    options.on_bad_row = arguments.on_bad_row;
    options.force = arguments.force;
    let (input, folder) = (&arguments.input, &arguments.output_dir);
    let (summary, rare) = match arguments.task {
        Task::SingleLabel => {
            arguments.layout.require_unset()?;
            let summary = split_file(input, folder, &options)?;
            let labels = &summary.manifest.splits.train.labels;
            notices::joined_labels(labels.keys().map(String::as_str));
            notices::label_variants(labels.keys().map(String::as_str));
            let rare = notices::rare_line(&summary.rare);
            (summary, rare)
        }
        Task::MultiLabel => {
            let split = feedback_multilabel::split_file(input, folder, &options, &arguments.layout)?;
            multi_label::layout_notes(&split.parts, split.joined, &arguments.layout);
            multi_label::few_texts(&split.parts);
            notices::label_variants_in_cells(split.labels.names().iter().map(String::as_str));
            let rare = multi_label::rare_line(&split.rare);
            (split.summary, rare)
        }
    };
    print(&summary, rare, arguments.format)?;
    Ok(exit::after_setting_aside(summary.set_aside))
}

fn print(summary: &SplitSummary, rare: Option<String>, format: OutputFormat) -> anyhow::Result<()> {
    if format == OutputFormat::Json {
        return output::print_json(summary);
    }
    notices::unused_rows(&summary.unused_rows);
    notices::overlapping(summary.overlapping);
    let splits = &summary.manifest.splits;
    let state = if summary.unchanged { "unchanged" } else { "written" };
    let mut text = format!(
        "{}: {state}, {} train, {} validation, {} test rows\n",
        summary.output_dir.display(),
        splits.train.rows,
        splits.validation.rows,
        splits.test.rows
    );
    if summary.undated > 0 {
        text += &format!("{} rows without a date are in training\n", summary.undated);
    }
    if let Some(line) = rare {
        text += &format!("{line}\n");
    }
    output::print(text)
}
