//! Training rows from the stored texts: labelled by people, or by a field of their records.

use std::collections::BTreeMap;

use feedback_store::{Store, StoredPrediction};
use serde_json::{Value, json};

use crate::error::Result;

/// A label needs so many texts: the rows are split into three parts, and each part has rows of each label.
pub(crate) const MIN_TEXTS: usize = 5;
/// A training needs so many texts for each label on average: a tenth of the rows are test rows, and each label must be among them.
pub(crate) const TEXTS_PER_LABEL: usize = 10;
/// Number of texts that are read at a time.
const PAGE: usize = 500;

/// Where the labels of stored texts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Labelled {
    /// People gave them.
    ByPeople,
    /// They are the values of this field or, where people corrected the label, the labels of people.
    ByField(String),
}

impl Labelled {
    /// Returns the labels of a text; `None` if it has none of this kind.
    fn labels(&self, item: &StoredPrediction, several: bool) -> Option<Vec<String>> {
        if let Some(given) = &item.corrected {
            return Some(given.clone());
        }
        match self {
            Self::ByPeople => None,
            Self::ByField(name) => {
                let mut fields = item.prediction.fields.iter();
                let (_, value) = fields.find(|(field, value)| field == name && !value.trim().is_empty())?;
                Some(match several {
                    true => joined(value.trim()),
                    false => vec![value.trim().to_owned()],
                })
            }
        }
    }
}

/// The labels in a value: those of a JSON list, or of a list such as `bug; slow`.
fn joined(value: &str) -> Vec<String> {
    let names: Vec<String> = match serde_json::from_str(value) {
        Ok(names) => names,
        Err(_) => value.split(';').map(str::to_owned).collect(),
    };
    let mut labels: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    labels.retain(|label| !label.is_empty());
    labels.sort();
    labels.dedup();
    labels
}

/// Labelled rows as JSON lines.
#[derive(Debug, Default)]
pub(crate) struct StoredRows {
    lines: Vec<(Vec<String>, String)>,
}

impl StoredRows {
    /// Reads all stored texts that have labels. `several` says that a row has a list of labels.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn read(store: &dyn Store, labelled: &Labelled, several: bool) -> Result<Self> {
        let (mut rows, mut after) = (Self::default(), 0);
        loop {
            let page = store.predictions_after(after, PAGE)?;
            let Some(last) = page.last() else { return Ok(rows) };
            after = last.id;
            for item in page {
                let Some(labels) = labelled.labels(&item, several) else {
                    continue;
                };
                let label = match (several, labels.as_slice()) {
                    (true, _) => json!(labels),
                    (false, [only]) => Value::from(only.as_str()),
                    (false, _) => continue, // of a model that gave a text any number of labels
                };
                let line = json!({"text": item.prediction.text, "label": label}).to_string();
                rows.lines.push((labels, line));
            }
        }
    }

    /// Returns the labels with fewer than [`MIN_TEXTS`] texts, each with its number of texts.
    pub(crate) fn rare(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for label in self.lines.iter().flat_map(|(labels, _)| labels) {
            *counts.entry(label).or_default() += 1;
        }
        let rare = counts.into_iter().filter(|(_, n)| *n < MIN_TEXTS);
        rare.map(|(label, n)| (label.clone(), n)).collect()
    }

    /// Leaves out the texts with one of these labels.
    pub(crate) fn leave_out(&mut self, rare: &[(String, usize)]) {
        let is_rare = |label: &String| rare.iter().any(|(name, _)| name == label);
        self.lines.retain(|(labels, _)| !labels.iter().any(is_rare));
    }

    /// Returns the number of different labels.
    pub(crate) fn n_labels(&self) -> usize {
        let labels = self.lines.iter().flat_map(|(labels, _)| labels);
        labels.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Returns the number of texts.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns the rows as a file.
    pub(crate) fn to_jsonl(&self) -> String {
        self.lines.iter().map(|(_, line)| format!("{line}\n")).collect()
    }
}
