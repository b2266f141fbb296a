//! What a report is about, and how it is made.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// How the program makes reports and checks for drift. This is all that the server knows about it.
pub trait Analyst: Send + Sync + 'static {
    /// Returns a command that reads the texts and writes `insight.html`, `insight.md`, `insight.json` and `insight.xlsx` into the folder. The exit code
    /// must be 0 if it has written them. The command must end when its standard input is closed: the server was killed. What it prints to its standard error output is shown if it fails.
    ///
    /// # Errors
    ///
    /// I/O errors, for example if the program cannot find its own executable.
    fn command(&self, files: &ReportFiles<'_>) -> std::io::Result<Command>;

    /// Returns a command that checks texts for drift and prints what it found as JSON, in the form of `feedback drift --format json`.
    /// The rest is as for [`Analyst::command`].
    ///
    /// # Errors
    ///
    /// I/O errors, for example if the program cannot find its own executable.
    fn drift(&self, files: &DriftFiles<'_>) -> std::io::Result<Command>;
}

/// What the command that checks for drift needs to know.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct DriftFiles<'a> {
    /// The newest texts as JSON lines with the field `text`.
    pub texts: &'a Path,
    /// The texts before them, in the same form, if they are to be compared with these instead of the model's training.
    pub earlier: Option<&'a Path>,
    /// The folder of the serving model.
    pub model: &'a Path,
}

/// What the command needs to know.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ReportFiles<'a> {
    /// The texts as JSON lines. Besides all fields of the records, each line has the fields that are named in `fields`.
    pub texts: &'a Path,
    /// The names of the fields with a meaning.
    pub fields: &'a ReportFields,
    /// The folder of the serving model, whose vectors tell which texts are similar.
    pub model: &'a Path,
    /// The folder for the report. It exists.
    pub folder: &'a Path,
    /// The length of a period: `day`, `week`, `month` or `quarter`; `None` for the longest that fits twice into the dates.
    pub period: Option<&'a str>,
    /// The period to compare with: `previous` or `year-before`.
    pub compare: &'a str,
    /// Of texts drawn at random, how many people labelled, and how many of these the model labelled right; `None` if there are none.
    pub audits: Option<(usize, usize)>,
}

/// The names of the fields with a meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportFields {
    /// The id of the prediction.
    pub number: &'static str,
    /// The text.
    pub text: &'static str,
    /// The category.
    pub label: &'static str,
    /// The model's confidence in the category; missing if a person chose it. `None` if no text has it.
    pub confidence: Option<&'static str>,
    /// When the text was written; missing if that is unknown.
    pub date: &'static str,
    /// Whether the answer to the text was given in time, `yes` or `no`; missing if no answer is due. `None` if no text has this field.
    pub answered: Option<&'static str>,
}

/// The lengths of a period.
pub(crate) const PERIODS: [&str; 4] = ["day", "week", "month", "quarter"];
/// The periods to compare with.
pub(crate) const COMPARISONS: [&str; 2] = ["previous", "year-before"];

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReportJob {
    /// When it was asked for, in milliseconds since 1970.
    pub(crate) created_at: i64,
    /// The filter, as name and value.
    pub(crate) filter: Vec<(String, String)>,
    pub(crate) period: Option<String>,
    pub(crate) compare: String,
    /// The id of the serving model.
    pub(crate) model: String,
    /// Number of texts that match the filter.
    pub(crate) matching: u64,
    /// Number of texts in the report: the newest ones.
    pub(crate) texts: u64,
    /// Number of texts whose labels from people the report does not use.
    #[serde(default)]
    pub(crate) labels_left_out: u64,
    /// When it was due, in milliseconds since 1970; `None` if a person asked for it.
    #[serde(default)]
    pub(crate) due_at: Option<i64>,
}

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportState {
    Running,
    Done,
    Failed,
}

impl ReportState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) id: String,
    pub(crate) job: ReportJob,
    pub(crate) state: ReportState,
    /// Why it failed.
    pub(crate) message: Option<String>,
}
