//! Rows whose label a model does not have.

use std::collections::BTreeMap;

use feedback_dataset::{Dataset, LabelSet};

/// Removes the rows whose label the model does not have. Returns these labels with their numbers of rows.
pub fn leave_out_unknown_labels(dataset: &mut Dataset, labels: &LabelSet) -> BTreeMap<String, usize> {
    let mut left_out = BTreeMap::new();
    dataset.rows.retain(|row| match row.record.label() {
        Some(label) if labels.id(label).is_none() => {
            *left_out.entry(label.to_owned()).or_insert(0) += 1;
            false
        }
        _ => true,
    });
    left_out
}
