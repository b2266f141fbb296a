//! The command `inspect`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use feedback_clean::Cleaning;
use feedback_dataset::read::{LabelRule, OnBadRow};
use feedback_inspect::{DropDuplicates, Fix, FixOptions, InspectOptions, LabelErrors, inspect};

use crate::arguments::{ConfigArgs, OutputFormat, ReadArgs};
use crate::exit::{self, UsageError};
use crate::{health, output};

/// Checks a data file, and writes a cleaned copy on request.
///
/// Shows bad rows by reason, classes, lengths, duplicates, equal texts with different labels, likely personal data
/// and languages, and previews cleaning; on request also leaks between files, likely label errors and changes since another version. The
/// file itself is never changed. Unusable rows are counted, and the exit code is then 3.
#[derive(Debug, Parser)]
#[command(
    name = "inspect",
    version,
    after_help = "Examples:
  inspect feedback.csv --text-field body --label-field team
  inspect data/split/train.jsonl --against data/split/validation.jsonl --against data/split/test.jsonl
  inspect feedback.jsonl --label-errors --examples 20
  inspect feedback.jsonl --probabilities out_of_fold.jsonl --format json > health.json
  inspect feedback_v2.jsonl --diff feedback_v1.jsonl
  inspect feedback.csv --output clean.jsonl --label-aliases aliases.json --merge-labels --drop-conflicts --drop-duplicates --mask-personal-data
  inspect train.jsonl --against test.jsonl --output train_clean.jsonl --drop-leaked"
)]
pub struct Arguments {
    /// The file to inspect: a table, JSON, a spreadsheet, Parquet, Arrow, or a text file with one text per line
    #[arg(value_name = "FILE", env = "FEEDBACK_INPUT")]
    input: PathBuf,
    /// Another file that must not share texts with FILE; may be given several times
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// An older version of the file, to show what changed
    #[arg(long, value_name = "FILE")]
    diff: Option<PathBuf>,
    /// Look for wrong labels with TF-IDF and logistic regression; each fold is checked by a model fitted on the other folds
    #[arg(long)]
    label_errors: bool,
    /// Look for wrong labels with the out-of-fold probabilities in this file: JSONL with the `scores` of each usable row, in
    /// order
    #[arg(long, value_name = "FILE", conflicts_with = "label_errors")]
    probabilities: Option<PathBuf>,
    /// Number of folds for --label-errors
    #[arg(long, value_name = "N", default_value_t = 5, env = "FEEDBACK_FOLDS")]
    folds: usize,
    /// Seed of the folds
    #[arg(long, default_value_t = 42, env = "FEEDBACK_SEED")]
    seed: u64,
    /// Write the probabilities of --label-errors to this file, in the format that --probabilities reads
    #[arg(long, value_name = "FILE", requires = "label_errors")]
    write_probabilities: Option<PathBuf>,
    /// Maximum rows to show for each finding; the JSON output contains all rows
    #[arg(long, value_name = "N", default_value_t = 5, env = "FEEDBACK_EXAMPLES")]
    examples: usize,
    /// What to do with an unusable row
    #[arg(long, value_enum, default_value = "set-aside", env = "FEEDBACK_ON_BAD_ROW")]
    on_bad_row: OnBadRow,
    /// The field with the date of a row; without it, the field is found
    #[arg(long, value_name = "NAME", env = "FEEDBACK_DATE_FIELD")]
    date_field: Option<String>,
    /// How to print the findings
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    #[command(flatten)]
    fixes: FixArgs,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A cleaned copy")]
struct FixArgs {
    /// Write the usable rows, cleaned, to this new file: .jsonl, .csv or .tsv
    #[arg(long, value_name = "FILE", env = "FEEDBACK_OUTPUT")]
    output: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
    /// Give labels that are probably the same (case, white space, Unicode form, numbers) their most frequent spelling
    #[arg(long, requires = "output")]
    merge_labels: bool,
    /// Leave out all rows of equal texts that have different labels
    #[arg(long, requires = "output")]
    drop_conflicts: bool,
    /// Leave out rows whose text is in a file given by --against
    #[arg(long, requires_all = ["output", "against"])]
    drop_leaked: bool,
    /// Leave out rows whose label is likely wrong; needs --label-errors or --probabilities
    #[arg(long, requires = "output")]
    drop_label_errors: bool,
    /// Leave out duplicates: keep only the first row of each text
    #[arg(long, value_enum, value_name = "KIND", requires = "output", num_args = 0..=1, default_missing_value = "normalised")]
    drop_duplicates: Option<DuplicateChoice>,
    #[command(flatten)]
    cleaning: Cleaning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DuplicateChoice {
    /// Equal texts
    Exact,
    /// Equal up to case, accents, punctuation and white space
    Normalised,
    /// Nearly equal
    Near,
}

impl From<DuplicateChoice> for DropDuplicates {
    fn from(choice: DuplicateChoice) -> Self {
        match choice {
            DuplicateChoice::Exact => Self::Exact,
            DuplicateChoice::Normalised => Self::Normalised,
            DuplicateChoice::Near => Self::Near,
        }
    }
}

impl FixArgs {
    fn options(self) -> Option<FixOptions> {
        let duplicates = self.drop_duplicates.map(|kind| Fix::DropDuplicates(kind.into()));
        let switches = [
            (self.merge_labels, Fix::MergeLabels),
            (self.drop_conflicts, Fix::DropConflicts),
            (self.drop_leaked, Fix::DropLeaked),
            (self.drop_label_errors, Fix::DropLabelErrors),
        ];
        let fixes = switches.into_iter().filter(|(on, _)| *on).map(|(_, fix)| fix);
        let clean = (!self.cleaning.is_off()).then_some(Fix::Clean(self.cleaning));
        let fixes = fixes.chain(duplicates).chain(clean).collect();
        Some(FixOptions::new(self.output?, fixes))
    }
}

impl Arguments {
    fn options(self) -> anyhow::Result<InspectOptions> {
        let label_errors = match self.probabilities {
            Some(path) => LabelErrors::Probabilities(path),
            None if self.label_errors => LabelErrors::Baseline {
                folds: self.folds,
                seed: self.seed,
            },
            None => LabelErrors::Skip,
        };
        if self.fixes.drop_label_errors && label_errors == LabelErrors::Skip {
            let reason = "--drop-label-errors needs a search for label errors\nhint: add --label-errors or --probabilities";
            return Err(UsageError(reason.into()).into());
        }
        if !self.fixes.cleaning.is_off() && self.fixes.output.is_none() {
            let reason = "cleaning needs a file to write to: the inspection previews all steps without switches\nhint: add --output";
            return Err(UsageError(reason.into()).into());
        }
        let mut options = InspectOptions::new(self.read.options);
        options.aliases = self.read.aliases_file;
        options.on_bad_row = self.on_bad_row;
        options.date_field = self.date_field;
        options.against = self.against;
        options.diff = self.diff;
        options.label_errors = label_errors;
        options.write_probabilities = self.write_probabilities;
        options.force = self.fixes.force;
        options.fix = self.fixes.options();
        Ok(options)
    }
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    // Finds the label, too; rows without one are no bad rows.
    arguments.read.look_at(&arguments.input, LabelRule::Required)?;
    arguments.read.options.label_rule = LabelRule::Optional;
    let (input, format, examples) = (arguments.input.clone(), arguments.format, arguments.examples);
    let found = inspect(&input, &arguments.options()?)?;
    match format {
        OutputFormat::Json => output::print_json(&found)?,
        OutputFormat::Text => output::print(health::inspection(&found, examples))?,
    }
    Ok(exit::after_setting_aside(found.rows.bad))
}
