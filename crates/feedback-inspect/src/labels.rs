//! The labels of a file and the sizes of its classes.

use feedback_dataset::labels::{ClassBalance, LabelVariants, listed_labels, several_labels};
use feedback_dataset::record::Row;
use feedback_dataset::{Dataset, LabelSet};
use serde_json::{Map, Value};

use crate::error::Result;
use crate::findings::{LabelHealth, SeveralLabelsFinding, VariantFinding};

/// The rows of a file that have a label.
pub(crate) struct Labelled {
    /// The indices of these rows.
    pub(crate) rows: Vec<usize>,
    /// The label set; `None` if no row has a label.
    pub(crate) labels: Option<LabelSet>,
}

impl Labelled {
    pub(crate) fn new(dataset: &Dataset) -> Result<Self> {
        let rows: Vec<usize> = (0..dataset.len())
            .filter(|&row| dataset.rows[row].record.label().is_some())
            .collect();
        let names = rows.iter().filter_map(|&row| dataset.rows[row].record.label());
        let labels = match rows.is_empty() {
            true => None,
            false => Some(LabelSet::from_training_labels(names)?),
        };
        Ok(Self { rows, labels })
    }

    /// Returns the class id of each labelled row.
    pub(crate) fn classes(&self, dataset: &Dataset, labels: &LabelSet) -> Vec<usize> {
        let labels_of_rows = self.rows.iter().map(|&row| dataset.rows[row].record.label());
        labels_of_rows.filter_map(|label| labels.id(label?)).collect()
    }

    /// Describes the classes of a file; `field` is the field that the labels were read from.
    pub(crate) fn health(&self, dataset: &Dataset, variants: &[LabelVariants], field: &str) -> LabelHealth {
        let (names, balance) = match &self.labels {
            Some(labels) => {
                let classes = self.classes(dataset, labels);
                (labels.names(), ClassBalance::from_labels(&classes, labels.len()))
            }
            None => (&[][..], ClassBalance::from_labels(&[], 0)),
        };
        let is_not_text =
            |row: &&Row| row.record.label().is_none() && row.record.get(field).is_some_and(is_not_text);
        let fields = |row: &Row| row.record.fields().keys().cloned().collect();
        let not_text: Vec<u64> = dataset
            .rows
            .iter()
            .filter(is_not_text)
            .map(|row| row.line)
            .collect();
        LabelHealth {
            labelled: self.rows.len(),
            unlabelled: dataset.len() - self.rows.len() - not_text.len(),
            not_text,
            field: field.to_owned(),
            fields: dataset.rows.first().map(fields).unwrap_or_default(),
            counts: counts(names.iter().zip(&balance.counts)),
            imbalance: balance.imbalance,
            evenness: balance.evenness,
            variants: variants.iter().map(variant).collect(),
            several: several(dataset),
        }
    }
}

fn is_not_text(value: &Value) -> bool {
    match value {
        Value::Array(labels) => !labels.is_empty(),
        Value::String(_) => listed_labels(value).is_some_and(|labels| is_not_text(&labels)),
        value => value.is_object(),
    }
}

fn several(dataset: &Dataset) -> Option<SeveralLabelsFinding> {
    let found = several_labels(dataset.rows.iter().filter_map(|row| row.record.label()))?;
    Some(SeveralLabelsFinding {
        separator: found.separator,
        rows: found.cells.iter().map(|(_, rows)| rows).sum(),
        cells: counts(found.cells.iter().map(|(cell, rows)| (cell, rows))),
    })
}

fn variant(variants: &LabelVariants) -> VariantFinding {
    VariantFinding {
        preferred: variants.preferred().to_owned(),
        spellings: counts(variants.spellings.iter().map(|(name, rows)| (name, rows))),
    }
}

fn counts<'a>(counts: impl Iterator<Item = (&'a String, &'a usize)>) -> Map<String, Value> {
    counts
        .map(|(name, count)| (name.clone(), Value::from(*count)))
        .collect()
}
