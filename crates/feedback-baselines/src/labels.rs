//! Checks that labels are class ids, shared by the baselines.

use crate::error::{Error, Result};

/// Counts how often each class occurs; returns an error if there are no labels or a label is not a class id.
pub(crate) fn count_labels(labels: &[usize], n_classes: usize) -> Result<Vec<usize>> {
    if n_classes == 0 {
        return Err(Error::NoClasses);
    }
    if labels.is_empty() {
        return Err(Error::NoRows { what: "labels" });
    }
    let mut counts = vec![0; n_classes];
    for (row, &label) in labels.iter().enumerate() {
        match counts.get_mut(label) {
            Some(count) => *count += 1,
            None => {
                return Err(Error::LabelOutOfRange {
                    row,
                    label,
                    n_classes,
                });
            }
        }
    }
    Ok(counts)
}

/// Returns an error unless there is exactly one label for each row of `reference`.
pub(crate) fn check_length(labels: &[usize], n_rows: usize, reference: &'static str) -> Result<()> {
    if labels.len() == n_rows {
        return Ok(());
    }
    Err(Error::LengthMismatch {
        found: labels.len(),
        expected: n_rows,
        reference,
    })
}
