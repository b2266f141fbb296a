//! What an inspection found, in the form that `inspect --format json` prints.
//!
//! Rows are named by their line in the file, from 1. Lists are complete; a text output shortens them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use feedback_dataset::Dataset;
use feedback_dataset::text::TextLengths;
use serde::Serialize;

/// The health of a data file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The file.
    pub file: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Usable and unusable rows.
    pub rows: RowHealth,
    /// Classes; empty for a file without labels.
    pub labels: LabelHealth,
    /// Lengths of the texts.
    pub lengths: Option<TextLengths>,
    /// Texts that occur more than once.
    pub duplicates: DuplicateHealth,
    /// Texts that are equal after normalising, with different labels.
    pub conflicts: Vec<ConflictFinding>,
    /// For each file of `against`: texts that also occur there.
    pub leaks: Vec<LeakFinding>,
    /// Likely personal data.
    pub personal_data: PersonalHealth,
    /// Texts by guessed language: a code of ISO 639, or `unknown`.
    pub languages: BTreeMap<&'static str, usize>,
    /// Likely wrong labels, if they were looked for.
    pub label_errors: Option<LabelErrorFinding>,
    /// What changed since an older version, if one was named.
    pub diff: Option<DiffFinding>,
    /// The repaired copy, if one was requested.
    pub output: Option<FixSummary>,
}

/// Usable and unusable rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowHealth {
    /// Usable rows.
    pub usable: usize,
    /// Unusable rows.
    pub bad: usize,
    /// Unusable rows by kind of reason, such as `broken_json` or `missing_field`.
    pub bad_by_reason: BTreeMap<&'static str, usize>,
    /// Each unusable row.
    pub bad_rows: Vec<BadRowFinding>,
}

/// An unusable row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BadRowFinding {
    /// Its line.
    pub line: u64,
    /// Its first byte in the file.
    pub offset: u64,
    /// The kind of reason.
    pub reason: &'static str,
    /// The reason in words.
    pub message: String,
}

/// Classes and their sizes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelHealth {
    /// Rows with a label.
    pub labelled: usize,
    /// Rows without.
    pub unlabelled: usize,
    /// Lines whose label is not a string, such as a number.
    pub not_text: Vec<u64>,
    /// The field that labels were read from.
    pub field: String,
    /// The fields of the first row.
    pub fields: Vec<String>,
    /// Rows of each label, in the order of class ids in training.
    pub counts: serde_json::Map<String, serde_json::Value>,
    /// Size of the largest class divided by that of the smallest.
    pub imbalance: f64,
    /// 1 if all classes have the same size, 0 if one has all rows.
    pub evenness: f64,
    /// Labels that differ only in case or white space.
    pub variants: Vec<VariantFinding>,
}

/// Spellings that are most likely one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantFinding {
    /// The most frequent spelling.
    pub preferred: String,
    /// Rows of each spelling, the most frequent first.
    pub spellings: serde_json::Map<String, serde_json::Value>,
}

/// Texts that occur more than once, by three measures; each includes the one before.
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
    /// Clusters of two or more.
    pub clusters: usize,
    /// Rows in them.
    pub rows: usize,
    /// Rows beyond the first of each cluster.
    pub redundant: usize,
    /// Rows in the largest cluster.
    pub largest: usize,
}

/// Equal texts with different labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConflictFinding {
    /// The text of the first row.
    pub text: String,
    /// The lines of each label, the most frequent label first.
    pub labels: Vec<ConflictSide>,
}

/// One label of a conflict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConflictSide {
    /// The label.
    pub label: String,
    /// Its lines.
    pub lines: Vec<u64>,
}

/// Texts that also occur in another file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakFinding {
    /// The other file.
    pub file: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Its rows whose text also occurs here.
    pub exact: usize,
    /// Its further rows whose normalised text also occurs here.
    pub normalised: usize,
    /// Its further rows that are nearly the same as one here.
    pub near: usize,
    /// The lines here whose normalised text also occurs there.
    pub lines: Vec<u64>,
    /// Each of these rows.
    pub pairs: Vec<LeakPair>,
}

/// A row of another file and the first row here with its text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakPair {
    /// The line here.
    pub line: u64,
    /// The line there.
    pub other_line: u64,
    /// `exact`, `normalised` or `near`.
    pub kind: &'static str,
    /// The similarity of the two texts; 1 if they are equal.
    pub similarity: f64,
}

/// Likely personal data by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PersonalHealth {
    /// Rows with personal data of any kind.
    pub rows: usize,
    /// E-mail addresses.
    pub emails: usize,
    /// Phone numbers.
    pub phones: usize,
    /// Card numbers.
    pub cards: usize,
    /// IBANs.
    pub ibans: usize,
}

/// Likely wrong labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelErrorFinding {
    /// Where the probabilities come from, in words.
    pub source: String,
    /// Rows with a prediction.
    pub scored: usize,
    /// Labelled rows without one, because no other row has their label.
    pub not_scored: usize,
    /// Rows that confidently belong to another class, the most likely errors first.
    pub issues: Vec<LabelErrorRow>,
}

/// A likely wrong label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelErrorRow {
    /// Its line.
    pub line: u64,
    /// The label it has.
    pub given: String,
    /// The label it more likely has.
    pub suggested: String,
    /// The probability of its label; 0 is certainly wrong.
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
    /// New lines.
    pub added: Vec<u64>,
    /// Lines of the older version that are missing here.
    pub removed: Vec<u64>,
    /// Rows whose content changed.
    pub changed: Vec<ChangedRow>,
    /// Rows whose content is the same.
    pub unchanged: usize,
}

/// A row whose content changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedRow {
    /// Its line here.
    pub line: u64,
    /// Its line in the older version.
    pub other_line: u64,
    /// The fields that differ, with both values; `null` for one that is absent.
    pub fields: BTreeMap<String, FieldChange>,
}

/// The two values of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// In the older version.
    pub old: serde_json::Value,
    /// Here.
    pub new: serde_json::Value,
}

/// The repaired copy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FixSummary {
    /// The file.
    pub file: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Rows whose label was renamed by the aliases.
    pub aliased: usize,
    /// Rows whose label was changed to the most frequent spelling.
    pub merged: usize,
    /// Rows left out because an equal text has a different label.
    pub dropped_conflicts: usize,
    /// Rows left out because their text occurs in another file.
    pub dropped_leaked: usize,
    /// Rows left out because their label is likely wrong.
    pub dropped_label_errors: usize,
    /// Rows left out because another row has their text.
    pub dropped_duplicates: usize,
    /// Rows in which personal data was masked.
    pub masked: usize,
    /// Labels without a row in the copy.
    pub emptied_labels: Vec<String>,
}

/// The lines of these rows.
pub(crate) fn lines(dataset: &Dataset, rows: &[usize]) -> Vec<u64> {
    rows.iter().map(|&row| dataset.rows[row].line).collect()
}
