//! Corrections that were made while a model was serving. They are added to the training rows of the next model.

use std::collections::{HashMap, HashSet};

use feedback_dataset::LabelSet;
use feedback_dataset::record::{Record, Row};
use feedback_dataset::text::fingerprint;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit::{AuditEntry, Decision};
use crate::clock::utc_now;
use crate::guard::Guard;
use crate::row_id::{RowId, RowSet};

/// The labels that a person gave to a text that the model had classified: a line of
/// `corrections.jsonl`. A single label is a string; several labels, or none, are a list.
///
/// ```json
/// {"text": "it crashes", "label": "bug", "by": "anna", "time": "2026-01-31T23:59:59Z"}
/// {"text": "it crashes, and it is slow", "label": ["bug", "speed"]}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The text.
    pub text: String,
    /// The correct labels: exactly one, unless the texts of the data have any number of labels.
    #[serde(rename = "label", with = "one_or_list")]
    pub labels: Vec<String>,
    /// The name of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When the person gave the label, in any format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// How many corrections had which effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionCounts {
    /// Corrections that were not left out. Of several with the same text, only the last one has an
    /// effect, but all of them are counted.
    pub used: usize,
    /// Corrections that were left out because their text is in validation or test.
    pub held_out: usize,
    /// Corrections that were left out because one of their labels is not a label of the data.
    pub unknown_label: usize,
    /// Corrections that were left out because they have several labels or none, but each text of
    /// the data has exactly one.
    #[serde(default)]
    pub not_one_label: usize,
}

/// How many labels each text of the data has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelsPerText {
    /// Exactly one; the field `label` of a row is this label.
    One,
    /// Any number; the field `label` of a row is the list of its labels.
    AnyNumber,
}

/// Training rows with corrections.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectedRows {
    /// The rows as JSON lines.
    pub jsonl: String,
    /// How many corrections had which effect.
    pub counts: CorrectionCounts,
    /// The decision about each correction, in the given order.
    pub audit: Vec<AuditEntry>,
}

/// Adds corrections to training rows.
///
/// A correction is left out if `guard` refuses its text, if one of its labels is not in `labels`,
/// or if `per_text` is [`LabelsPerText::One`] and the correction has several labels or none. If
/// training rows have the text of the correction, they get its labels; otherwise the text becomes a
/// new row. Of several corrections with the same text, the last one counts. Two texts count as the
/// same if their normalised forms are equal. If a correction has no name in its field `by`, the audit
/// records the argument `by` as the person's name.
///
/// # Examples
///
/// ```
/// use feedback_corrections::{Correction, CorrectionCounts, Guard, LabelsPerText, add_corrections};
/// use feedback_dataset::LabelSet;
///
/// let correction = |text: &str, label: &str| Correction {
///     text: text.into(),
///     labels: vec![label.into()],
///     by: None,
///     time: None,
/// };
/// let corrections = [correction("It crashes!", "bug"), correction("slow", "bug")];
/// let guard = Guard::new(["it crashes"], []);
/// let labels = LabelSet::new(["bug", "praise"])?;
/// let one = LabelsPerText::One;
/// let corrected = add_corrections(Vec::new(), &corrections, &labels, one, &guard, "anna");
/// assert_eq!(corrected.jsonl, "{\"text\":\"slow\",\"label\":\"bug\",\"source\":\"correction\"}\n");
/// assert_eq!(corrected.counts, CorrectionCounts { used: 1, held_out: 1, ..CorrectionCounts::default() });
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn add_corrections(
    rows: Vec<Row>,
    corrections: &[Correction],
    labels: &LabelSet,
    per_text: LabelsPerText,
    guard: &Guard,
    by: &str,
) -> CorrectedRows {
    let mut accepted = Accepted::new(&rows, per_text);
    let mut counts = CorrectionCounts::default();
    let mut audit = Vec::new();
    for correction in corrections {
        let key = fingerprint(&correction.text);
        let (decision, why) = if let Some(why) = guard.refusal(&correction.text) {
            counts.held_out += 1;
            (Decision::Refused, format!("{why}, so it must not be trained on"))
        } else if let Some(unknown) = correction.labels.iter().find(|label| labels.id(label).is_none()) {
            counts.unknown_label += 1;
            let known = labels.names().join(", ");
            let why = format!("there is no label `{unknown}`; the labels are {known}");
            (Decision::Refused, why)
        } else if per_text == LabelsPerText::One && correction.labels.len() != 1 {
            counts.not_one_label += 1;
            let n = correction.labels.len();
            let why = format!("it has {n} labels, but each text of the data has exactly one");
            (Decision::Refused, why)
        } else {
            counts.used += 1;
            accepted.add(key, correction)
        };
        let row = accepted.rows.get(&key);
        audit.push(AuditEntry {
            epoch: 0,
            id: row.map(|row| row.id.to_string()).unwrap_or_default(),
            text: correction.text.clone(),
            old: row.and_then(|row| row.labels.as_deref()).map(in_words),
            new: Some(in_words(&correction.labels)),
            by: correction.by.clone().unwrap_or_else(|| by.to_owned()),
            answered: correction.time.clone(),
            decision,
            why,
            time: utc_now(),
        });
    }
    CorrectedRows {
        jsonl: accepted.into_jsonl(rows),
        counts,
        audit,
    }
}

/// Returns labels as the audit log has them: one string, with `; ` between labels.
fn in_words(labels: &[String]) -> String {
    labels.join("; ")
}

/// The corrections that are not left out, and the training rows that they are compared with.
struct Accepted<'a> {
    per_text: LabelsPerText,
    /// For each fingerprint of a text, the first training row with this text.
    rows: HashMap<u64, TrainingRow>,
    /// For each fingerprint of a text, the last correction of this text.
    by_text: HashMap<u64, &'a Correction>,
    /// The fingerprints of the corrected texts, in the order of their first corrections.
    order: Vec<u64>,
}

struct TrainingRow {
    id: RowId,
    /// In alphabetical order; `None` if the row has no valid label.
    labels: Option<Vec<String>>,
}

impl<'a> Accepted<'a> {
    fn new(rows: &[Row], per_text: LabelsPerText) -> Self {
        let mut by_text = HashMap::new();
        for row in rows {
            by_text
                .entry(fingerprint(row.record.text()))
                .or_insert_with(|| TrainingRow {
                    id: RowId {
                        set: RowSet::Train,
                        line: row.line,
                    },
                    labels: labels_of(&row.record),
                });
        }
        Self {
            per_text,
            rows: by_text,
            by_text: HashMap::new(),
            order: Vec::new(),
        }
    }

    fn add(&mut self, key: u64, correction: &'a Correction) -> (Decision, String) {
        if self.by_text.insert(key, correction).is_none() {
            self.order.push(key);
        }
        match self.rows.get(&key) {
            None => (Decision::EntersTraining, "a classified text was corrected".into()),
            Some(row) if row.labels == Some(sorted(&correction.labels)) => {
                let why = match self.per_text {
                    LabelsPerText::One => "the row has this label already",
                    LabelsPerText::AnyNumber => "the row has these labels already",
                };
                (Decision::Confirmed, why.into())
            }
            Some(_) => (Decision::Relabelled, "a training row was mislabelled".into()),
        }
    }

    /// Returns the training rows with their new labels, followed by the new rows, as JSON lines.
    fn into_jsonl(self, rows: Vec<Row>) -> String {
        let mut lines = String::new();
        let mut replaced = HashSet::new();
        for Row { mut record, .. } in rows {
            let key = fingerprint(record.text());
            if let Some(correction) = self.by_text.get(&key) {
                record.set("label", self.value(&correction.labels));
                replaced.insert(key);
            }
            lines += &(record.to_json() + "\n");
        }
        let new = self.order.iter().filter(|key| !replaced.contains(key));
        for Correction { text, labels, .. } in new.filter_map(|key| self.by_text.get(key)) {
            let label = self.value(labels);
            let row = serde_json::json!({ "text": text, "label": label, "source": "correction" });
            lines += &format!("{row}\n");
        }
        lines
    }

    /// Returns the value of the label field of a row.
    fn value(&self, labels: &[String]) -> Value {
        match self.per_text {
            LabelsPerText::One => labels.first().cloned().into(),
            LabelsPerText::AnyNumber => labels.into(),
        }
    }
}

/// Returns the labels of a training row, in alphabetical order.
fn labels_of(record: &Record) -> Option<Vec<String>> {
    match record.get(record.label_field()) {
        Some(Value::Array(entries)) => {
            let names = entries.iter().filter_map(Value::as_str).map(str::to_owned);
            Some(sorted(&names.collect::<Vec<_>>()))
        }
        _ => record.label().map(|label| vec![label.to_owned()]),
    }
}

fn sorted(labels: &[String]) -> Vec<String> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels
}

/// Serialises a single label as a string, and several labels, or none, as a list.
mod one_or_list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a label or a list of labels")]
    enum OneOrList {
        One(String),
        List(Vec<String>),
    }

    pub(super) fn serialize<S: Serializer>(labels: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        match labels {
            [label] => label.serialize(serializer),
            labels => labels.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        Ok(match OneOrList::deserialize(deserializer)? {
            OneOrList::One(label) => vec![label],
            OneOrList::List(labels) => labels,
        })
    }
}
