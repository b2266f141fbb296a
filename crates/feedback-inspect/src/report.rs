//! What an inspection found, in the form that `inspect --format json` prints.
//!
//! Rows are named by their line in the file, from 1. Lists are whole; a text output shortens them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use feedback_dataset::TextLengths;
use serde::Serialize;

/// The health of a data file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The file.
    pub file: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows that can be used, and those that cannot.
    pub rows: RowHealth,
    /// Classes; empty for a file without labels.
    pub labels: LabelHealth,
    /// Lengths of the texts.
    pub lengths: Option<TextLengths>,
    /// Texts that stand more than once.
    pub duplicates: DuplicateHealth,
    /// Texts that are equal after normalising and labelled differently.
    pub conflicts: Vec<ConflictFinding>,
    /// For each file that was compared with: texts that stand there as well.
    pub leaks: Vec<LeakFinding>,
    /// Likely personal data.
    pub personal_data: PersonalHealth,
    /// Texts by guessed language: a code of ISO 639, or `unknown`.
    pub languages: BTreeMap<&'static str, usize>,
    /// Likely wrong labels, where they were looked for.
    pub label_errors: Option<LabelErrorFinding>,
    /// What changed since another version, where one was named.
    pub diff: Option<DiffFinding>,
    /// The file that was written, where one was asked for.
    pub output: Option<FixSummary>,
}

/// Rows that can be used, and those that cannot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowHealth {
    /// Rows that can be used.
    pub usable: usize,
    /// Rows that cannot.
    pub bad: usize,
    /// Those by the kind of reason, such as `broken_json` or `missing_field`.
    pub bad_by_reason: BTreeMap<&'static str, usize>,
    /// Each of those.
    pub bad_rows: Vec<BadRowFinding>,
}

/// A row that cannot be used.
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

/// Classes and how evenly they are filled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelHealth {
    /// Rows with a label.
    pub labelled: usize,
    /// Rows without.
    pub unlabelled: usize,
    /// Those of them whose label field holds something that is no text, such as a number, by line.
    pub not_text: Vec<u64>,
    /// The field that labels were looked for in.
    pub field: String,
    /// The fields of the first row.
    pub fields: Vec<String>,
    /// Rows of each label, in the order in which training would number them.
    pub counts: serde_json::Map<String, serde_json::Value>,
    /// Rows of the fullest class over those of the emptiest.
    pub imbalance: f64,
    /// 1 where all classes are equally full, 0 where one has everything.
    pub evenness: f64,
    /// Labels that differ only in case or white space.
    pub variants: Vec<VariantFinding>,
}

/// Spellings of what is most likely one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantFinding {
    /// The most frequent spelling.
    pub preferred: String,
    /// Rows of each spelling, the most frequent first.
    pub spellings: serde_json::Map<String, serde_json::Value>,
}

/// Texts that stand more than once, by three measures; each includes the one before.
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

/// How often texts stand more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DuplicateCounts {
    /// Clusters of two or more.
    pub clusters: usize,
    /// Rows in them.
    pub rows: usize,
    /// Rows that would go if one of each cluster stayed.
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

/// Texts that also stand in another file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakFinding {
    /// The other file.
    pub file: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Its rows whose text stands here as well.
    pub exact: usize,
    /// Its further rows whose text, normalised, stands here as well.
    pub normalised: usize,
    /// Its further rows that are nearly the same as one here.
    pub near: usize,
    /// The lines here whose text, normalised, stands there as well.
    pub lines: Vec<u64>,
    /// Each of its rows that was found.
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
    /// 1, or the similarity of texts that are nearly the same.
    pub similarity: f64,
}

/// Likely personal data by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PersonalHealth {
    /// Rows with any of it.
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
    /// Rows that were judged.
    pub scored: usize,
    /// Labelled rows that were not, since nothing could be learnt about their class without them.
    pub not_scored: usize,
    /// Rows that are confidently of another class, the likeliest errors first.
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
    /// The probability of the label it has: 0 is surely wrong.
    pub score: f64,
    /// The text.
    pub text: String,
}

/// What changed since another version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiffFinding {
    /// The other, older version.
    pub file: PathBuf,
    /// By what rows were matched: `id` or `text`.
    pub key: &'static str,
    /// Lines that are new here.
    pub added: Vec<u64>,
    /// Lines of the other version that are gone.
    pub removed: Vec<u64>,
    /// Rows with other content.
    pub changed: Vec<ChangedRow>,
    /// Rows with the same content.
    pub unchanged: usize,
}

/// A row with other content.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedRow {
    /// Its line here.
    pub line: u64,
    /// Its line in the other version.
    pub other_line: u64,
    /// The fields that differ, with both values; `null` for one that is absent.
    pub fields: BTreeMap<String, FieldChange>,
}

/// The two values of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// In the other, older version.
    pub old: serde_json::Value,
    /// Here.
    pub new: serde_json::Value,
}

/// The file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FixSummary {
    /// The file.
    pub file: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Rows whose label got another name by the file of aliases.
    pub aliased: usize,
    /// Rows whose label got the most frequent spelling.
    pub merged: usize,
    /// Rows left out because equal texts are labelled differently.
    pub dropped_conflicts: usize,
    /// Rows left out because they stand in another file.
    pub dropped_leaked: usize,
    /// Rows left out because their label is likely wrong.
    pub dropped_label_errors: usize,
    /// Rows left out because another row has their text.
    pub dropped_duplicates: usize,
    /// Rows in which personal data was masked.
    pub masked: usize,
    /// Labels that no row has any more.
    pub emptied_labels: Vec<String>,
}
