//! Corrections that were made while a model was serving. They are added to the training rows of the next model.

use std::collections::{HashMap, HashSet};

use feedback_dataset::LabelSet;
use feedback_dataset::record::Row;
use feedback_dataset::text::fingerprint;
use serde::{Deserialize, Serialize};

use crate::audit::{AuditEntry, Decision};
use crate::clock::utc_now;
use crate::guard::Guard;
use crate::row_id::{RowId, RowSet};

/// A label that a person gave to a text that the model had classified: a line of `corrections.jsonl`.
///
/// ```json
/// {"text": "it crashes", "label": "bug", "by": "anna", "time": "2026-01-31T23:59:59Z"}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The text.
    pub text: String,
    /// The correct label.
    pub label: String,
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
    /// Corrections that were trained on.
    pub used: usize,
    /// Corrections that were left out because their text is in validation or test.
    pub held_out: usize,
    /// Corrections that were left out because their label is not a label of the data.
    pub unknown_label: usize,
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
/// A correction is left out if `guard` refuses its text or its label is not in `labels`. If training rows have the text of
/// the correction, they get its label; otherwise the text becomes a new row. If several corrections have the same text, the
/// last one counts. Two texts count as the same if their normalised forms are equal. In the audit, a correction without a name is
/// recorded under the name `by`.
///
/// # Examples
///
/// ```
/// use feedback_corrections::{Correction, CorrectionCounts, Guard, add_corrections};
/// use feedback_dataset::LabelSet;
///
/// let correction = |text: &str, label: &str| Correction {
///     text: text.into(),
///     label: label.into(),
///     by: None,
///     time: None,
/// };
/// let corrections = [correction("It crashes!", "bug"), correction("slow", "bug")];
/// let guard = Guard::new(["it crashes"], []);
/// let labels = LabelSet::new(["bug", "praise"])?;
/// let corrected = add_corrections(Vec::new(), &corrections, &labels, &guard, "anna");
/// assert_eq!(corrected.jsonl, "{\"text\":\"slow\",\"label\":\"bug\",\"source\":\"correction\"}\n");
/// assert_eq!(corrected.counts, CorrectionCounts { used: 1, held_out: 1, unknown_label: 0 });
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn add_corrections(
    rows: Vec<Row>,
    corrections: &[Correction],
    labels: &LabelSet,
    guard: &Guard,
    by: &str,
) -> CorrectedRows {
    let mut accepted = Accepted::new(&rows);
    let mut counts = CorrectionCounts::default();
    let mut audit = Vec::new();
    for correction in corrections {
        let key = fingerprint(&correction.text);
        let (decision, why) = if let Some(why) = guard.refusal(&correction.text) {
            counts.held_out += 1;
            (Decision::Refused, format!("{why}, so it must not be trained on"))
        } else if labels.id(&correction.label).is_none() {
            counts.unknown_label += 1;
            let known = labels.names().join(", ");
            let why = format!("there is no label `{}`; the labels are {known}", correction.label);
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
            old: row.and_then(|row| row.label.clone()),
            new: Some(correction.label.clone()),
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

/// The corrections to train on: for each text, the last correction.
struct Accepted<'a> {
    /// The first training row with each text.
    rows: HashMap<u64, TrainingRow>,
    by_text: HashMap<u64, &'a Correction>,
    /// The fingerprints of the texts, in the order of their first corrections.
    order: Vec<u64>,
}

struct TrainingRow {
    id: RowId,
    label: Option<String>,
}

impl<'a> Accepted<'a> {
    fn new(rows: &[Row]) -> Self {
        let mut by_text = HashMap::new();
        for row in rows {
            by_text
                .entry(fingerprint(row.record.text()))
                .or_insert_with(|| TrainingRow {
                    id: RowId {
                        set: RowSet::Train,
                        line: row.line,
                    },
                    label: row.record.label().map(str::to_owned),
                });
        }
        Self {
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
            None => (
                Decision::EntersTraining,
                "a classified text got the right label".into(),
            ),
            Some(row) if row.label.as_ref() == Some(&correction.label) => {
                (Decision::Confirmed, "the row has this label already".into())
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
                record.set("label", correction.label.as_str());
                replaced.insert(key);
            }
            lines += &(record.to_json() + "\n");
        }
        let new = self.order.iter().filter(|key| !replaced.contains(key));
        for Correction { text, label, .. } in new.filter_map(|key| self.by_text.get(key)) {
            let row = serde_json::json!({ "text": text, "label": label, "source": "correction" });
            lines += &format!("{row}\n");
        }
        lines
    }
}
