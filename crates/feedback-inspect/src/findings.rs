//! The findings of an inspection, in the form that `inspect --format json` prints.
//!
//! Rows are identified by their line in the file, from 1. Lists are complete; programs that print them as text can shorten
//! them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use feedback_clean::Step;
use feedback_dataset::Dataset;
use feedback_dataset::dates::FoundOrder;
use feedback_dataset::text::TextLengths;
use serde::Serialize;

use crate::mapping::MappingFinding;

/// The health of a data file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The file.
    pub file: PathBuf,
    /// SHA-256 of the bytes of the file.
    pub sha256: String,
    /// What its fields are taken for, and its first rows.
    pub mapping: MappingFinding,
    /// Usable and unusable rows.
    pub rows: RowHealth,
    /// Classes; empty for a file without labels.
    pub labels: LabelHealth,
    /// Lengths of the texts.
    pub lengths: Option<TextLengths>,
    /// Lines whose text is a word for nothing, such as `NaN`, `None` or `N/A`. The rows are usable.
    pub texts_for_nothing: Vec<u64>,
    /// The dates of the rows; `None` if no row has the date field.
    pub dates: Option<DateHealth>,
    /// Texts that occur more than once.
    pub duplicates: DuplicateHealth,
    /// Texts that are equal after normalising but have different labels.
    pub conflicts: Vec<ConflictFinding>,
    /// For each file of `against`: texts that also occur in this file.
    pub leaks: Vec<LeakFinding>,
    /// Likely personal data.
    pub personal_data: PersonalHealth,
    /// What cleaning would change, by step; steps that would change nothing are left out.
    pub cleaning: Vec<CleaningFinding>,
    /// Number of texts by guessed language: an ISO 639 code, or `unknown`.
    pub languages: BTreeMap<&'static str, usize>,
    /// Likely wrong labels, if the options requested a search for them.
    pub label_errors: Option<LabelErrorFinding>,
    /// What changed since an older version, if the options name one.
    pub diff: Option<DiffFinding>,
    /// The repaired copy, if one was requested.
    pub output: Option<FixSummary>,
}

/// Usable and unusable rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowHealth {
    /// Number of usable rows.
    pub usable: usize,
    /// Number of unusable rows.
    pub bad: usize,
    /// Number of unusable rows by kind of reason, such as `broken_json` or `missing_field`.
    pub bad_by_reason: BTreeMap<&'static str, usize>,
    /// All unusable rows.
    pub bad_rows: Vec<BadRowFinding>,
}

/// An unusable row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BadRowFinding {
    /// Its line.
    pub line: u64,
    /// Offset of its first byte in the file.
    pub offset: u64,
    /// The kind of reason.
    pub reason: &'static str,
    /// The reason in words.
    pub message: String,
}

/// What one step of cleaning would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CleaningFinding {
    /// The step.
    pub step: Step,
    /// Number of rows that it would change.
    pub rows: usize,
    /// The first three of them.
    pub examples: Vec<CleaningExample>,
}

/// A text that cleaning would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleaningExample {
    /// Its line.
    pub line: u64,
    /// The text.
    pub before: String,
    /// The text after cleaning.
    pub after: String,
}

/// Classes and their sizes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelHealth {
    /// Number of rows with a label.
    pub labelled: usize,
    /// Number of rows without a label.
    pub unlabelled: usize,
    /// Lines whose label is an object or a list of several labels, also as text: `["bug", "praise"]`. They are not in the other two
    /// numbers.
    pub not_text: Vec<u64>,
    /// The field that labels were read from.
    pub field: String,
    /// The fields of the first row.
    pub fields: Vec<String>,
    /// Number of rows of each label, in the order of the class ids in training.
    pub counts: serde_json::Map<String, serde_json::Value>,
    /// Size of the largest class divided by the size of the smallest class.
    pub imbalance: f64,
    /// Evenness of the class sizes, from 0 to 1: 1 if all classes have the same size.
    pub evenness: f64,
    /// Labels that differ only in case, white space, zero-width characters or the Unicode form, or that are the same number.
    pub variants: Vec<VariantFinding>,
    /// Labels that look like several labels in one cell, such as `bug; praise`.
    pub several: Option<SeveralLabelsFinding>,
}

/// Labels that look like several labels in one cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeveralLabelsFinding {
    /// What separates the labels; `json` for a list in JSON.
    pub separator: &'static str,
    /// Number of rows with such a label.
    pub rows: usize,
    /// Number of rows of each of these labels.
    pub cells: serde_json::Map<String, serde_json::Value>,
}

/// The dates of the rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DateHealth {
    /// The field that the dates were read from.
    pub field: String,
    /// What is known about the order of day and month.
    pub order: FoundOrder,
    /// Number of rows whose date was read.
    pub read: usize,
    /// Number of rows without a date.
    pub empty: usize,
    /// Lines whose date is another one if the month comes first, and the order is not known.
    pub ambiguous: Vec<u64>,
    /// Lines whose value is not a date in a known form.
    pub unreadable: Vec<u64>,
    /// Lines whose date is before 1970 or more than a day ahead. It must be a mistake, and the server takes such a text as one without
    /// a date.
    pub outside: Vec<u64>,
}

/// Different spellings that probably mean the same label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantFinding {
    /// The most frequent spelling.
    pub preferred: String,
    /// Number of rows of each spelling, the most frequent spelling first.
    pub spellings: serde_json::Map<String, serde_json::Value>,
}

/// Texts that occur more than once, for three kinds of duplicates; each kind includes the previous one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DuplicateHealth {
    /// Texts that are equal.
    pub exact: DuplicateCounts,
    /// Texts that are equal after normalising.
    pub normalised: DuplicateCounts,
    /// Texts that are nearly the same.
    pub near: DuplicateCounts,
    /// The lines of each cluster of near duplicates, the largest first.
    pub clusters: Vec<Vec<u64>>,
}

/// How many texts occur more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DuplicateCounts {
    /// Number of clusters, each with two or more rows.
    pub clusters: usize,
    /// Number of rows in these clusters.
    pub rows: usize,
    /// Number of rows in these clusters, not counting the first row of each cluster.
    pub redundant: usize,
    /// Number of rows in the largest cluster.
    pub largest: usize,
}

/// Equal texts with different labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConflictFinding {
    /// The text of the first row.
    pub text: String,
    /// The labels with their lines, the most frequent label first.
    pub labels: Vec<ConflictSide>,
}

/// One label of a conflict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConflictSide {
    /// The label.
    pub label: String,
    /// The lines of the rows with this label.
    pub lines: Vec<u64>,
}

/// Texts that also occur in another file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakFinding {
    /// The other file.
    pub file: PathBuf,
    /// Number of its rows.
    pub rows: usize,
    /// Number of its rows whose text also occurs in the inspected file.
    pub exact: usize,
    /// Number of its other rows whose normalised text also occurs in the inspected file.
    pub normalised: usize,
    /// Number of its other rows whose text is nearly the same as a text in the inspected file.
    pub near: usize,
    /// Lines of the inspected file whose normalised text also occurs in the other file.
    pub lines: Vec<u64>,
    /// The rows counted by `exact`, `normalised` and `near`, each with the matching row of the inspected file.
    pub pairs: Vec<LeakPair>,
}

/// A row of another file, and a row of the inspected file: the first row with the same text, or the row with the most similar
/// text if the texts are only nearly the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakPair {
    /// The line in the inspected file.
    pub line: u64,
    /// The line in the other file.
    pub other_line: u64,
    /// `exact`, `normalised` or `near`.
    pub kind: &'static str,
    /// The similarity of the two texts; 1 if they are equal.
    pub similarity: f64,
}

/// Likely personal data by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PersonalHealth {
    /// Number of rows with personal data of any kind.
    pub rows: usize,
    /// Number of e-mail addresses.
    pub emails: usize,
    /// Number of phone numbers.
    pub phones: usize,
    /// Number of card numbers.
    pub cards: usize,
    /// Number of IBANs.
    pub ibans: usize,
}

/// Likely wrong labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelErrorFinding {
    /// A description of where the probabilities come from.
    pub source: String,
    /// Number of labelled rows with a prediction.
    pub scored: usize,
    /// Number of labelled rows without a prediction: their label does not occur in the other folds, or the file of probabilities
    /// has `null` for them.
    pub not_scored: usize,
    /// Rows that confidently belong to a class other than their label, the most likely errors first.
    pub issues: Vec<LabelErrorRow>,
}

/// A likely wrong label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelErrorRow {
    /// Its line.
    pub line: u64,
    /// Its label in the file.
    pub given: String,
    /// The label that is more likely correct.
    pub suggested: String,
    /// The probability of its label in the file; the lower it is, the more likely the label is wrong.
    pub score: f64,
    /// The text.
    pub text: String,
}

/// What changed since an older version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiffFinding {
    /// The older version.
    pub file: PathBuf,
    /// How rows were matched: by `id` or by `text`.
    pub key: &'static str,
    /// Lines of the inspected file that are not in the older version.
    pub added: Vec<u64>,
    /// Lines of the older version that are not in the inspected file.
    pub removed: Vec<u64>,
    /// Rows whose content changed.
    pub changed: Vec<ChangedRow>,
    /// Number of rows whose content is the same.
    pub unchanged: usize,
}

/// A row whose content changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedRow {
    /// Its line in the inspected file.
    pub line: u64,
    /// Its line in the older version.
    pub other_line: u64,
    /// The fields that differ, with both values; a missing field has the value `null`.
    pub fields: BTreeMap<String, FieldChange>,
}

/// The two values of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// The value in the older version.
    pub old: serde_json::Value,
    /// The value in the inspected file.
    pub new: serde_json::Value,
}

/// A summary of the repaired copy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FixSummary {
    /// The path of the copy.
    pub file: PathBuf,
    /// Number of rows in the copy.
    pub rows: usize,
    /// Number of rows whose label was replaced because it is an alias.
    pub aliased: usize,
    /// Number of rows whose label was replaced by its most frequent spelling.
    pub merged: usize,
    /// Number of rows left out because an equal text has a different label.
    pub dropped_conflicts: usize,
    /// Number of rows left out because their text occurs in another file.
    pub dropped_leaked: usize,
    /// Number of rows left out because their label is likely wrong.
    pub dropped_label_errors: usize,
    /// Number of rows left out because they are duplicates of an earlier row.
    pub dropped_duplicates: usize,
    /// Number of rows whose text was cleaned.
    pub cleaned: usize,
    /// Labels of the input that no row of the copy has.
    pub emptied_labels: Vec<String>,
}

/// Returns the lines of these rows.
pub(crate) fn lines(dataset: &Dataset, rows: &[usize]) -> Vec<u64> {
    rows.iter().map(|&row| dataset.rows[row].line).collect()
}
