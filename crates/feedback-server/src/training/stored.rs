//! Training rows from the stored texts: labelled by people, or by a field of their records.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use feedback_dataset::text::comparison_key;
use feedback_store::{Store, StoredPrediction};
use serde_json::json;

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

/// A labelled text.
#[derive(Debug)]
struct Row {
    text: String,
    /// The same for texts that are equal after normalising.
    key: String,
    labels: Vec<String>,
    is_from_person: bool,
}

/// Labelled texts of the store.
#[derive(Debug)]
pub(crate) struct StoredRows {
    rows: Vec<Row>,
    /// Whether a row has a list of labels.
    several: bool,
    /// Number of texts with several labels or none, where each text must have one.
    pub(crate) not_one_label: usize,
    /// The labels whose texts were left out, each with its number of texts.
    pub(crate) left_out: Vec<(String, usize)>,
}

impl StoredRows {
    /// Reads all stored texts that have labels. `several` says that a row has a list of labels. If a person labelled a text, equal texts
    /// have the same labels.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn read(store: &dyn Store, labelled: &Labelled, several: bool) -> Result<Self> {
        let mut found = Self {
            rows: Vec::new(),
            several,
            not_one_label: 0,
            left_out: Vec::new(),
        };
        let mut after = 0;
        loop {
            let page = store.predictions_after(after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.id;
            found.rows.extend(page.into_iter().filter_map(|item| {
                Some(Row {
                    labels: labelled.labels(&item, several)?,
                    is_from_person: item.corrected.is_some(),
                    key: comparison_key(&item.prediction.text).into_owned(),
                    text: item.prediction.text,
                })
            }));
        }
        found.agree();
        if !several {
            let n = found.rows.len();
            found.rows.retain(|row| row.labels.len() == 1);
            found.not_one_label = n - found.rows.len();
        }
        Ok(found)
    }

    /// Gives equal texts the labels that a person gave to the first of them.
    fn agree(&mut self) {
        let mut given: HashMap<String, Vec<String>> = HashMap::new();
        for row in self.rows.iter().filter(|row| row.is_from_person) {
            given.entry(row.key.clone()).or_insert_with(|| row.labels.clone());
        }
        for row in self.rows.iter_mut().filter(|row| !row.is_from_person) {
            if let Some(labels) = given.get(&row.key) {
                row.labels.clone_from(labels);
            }
        }
    }

    /// Returns the labels with fewer than [`MIN_TEXTS`] different texts, each with its number of them.
    pub(crate) fn rare(&self) -> Vec<(String, usize)> {
        let mut texts: BTreeMap<&String, HashSet<&str>> = BTreeMap::new();
        for row in &self.rows {
            for label in &row.labels {
                texts.entry(label).or_default().insert(&row.key);
            }
        }
        let rare = texts.into_iter().filter(|(_, texts)| texts.len() < MIN_TEXTS);
        rare.map(|(label, texts)| (label.clone(), texts.len())).collect()
    }

    /// Leaves out the texts with rare labels, until no label is rare: a text that goes may make another label rare.
    pub(crate) fn leave_out_rare(&mut self) {
        loop {
            let rare = self.rare();
            if rare.is_empty() {
                return;
            }
            let is_rare = |label: &String| rare.iter().any(|(name, _)| name == label);
            self.rows.retain(|row| !row.labels.iter().any(is_rare));
            self.left_out.extend(rare);
        }
    }

    /// Returns the different labels.
    pub(crate) fn labels(&self) -> BTreeSet<&String> {
        self.rows.iter().flat_map(|row| &row.labels).collect()
    }

    /// Returns the number of texts.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Says what was left out; the lines begin the log of the training.
    pub(crate) fn remarks(&self) -> String {
        let mut lines = format!("{} stored texts with labels\n", self.len());
        if self.not_one_label > 0 {
            lines += &format!(
                "left out: {} texts with several labels or none\n",
                self.not_one_label
            );
        }
        for (label, n) in &self.left_out {
            lines += &format!("left out: the label `{label}`, which only {n} different texts have\n");
        }
        lines
    }

    /// Returns the rows as JSON lines.
    pub(crate) fn to_jsonl(&self) -> String {
        let line = |row: &Row| {
            let label = match self.several {
                true => json!(row.labels),
                false => json!(row.labels.first()),
            };
            format!("{}\n", json!({"text": row.text, "label": label}))
        };
        self.rows.iter().map(line).collect()
    }
}
