//! Checks that labels are class ids, shared by the baselines.

use crate::error::{Error, Result};

/// How often each class occurs, or why the labels cannot be used.
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

/// Refuses labels that are not one for each row of `reference`.
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
