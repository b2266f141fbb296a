//! Checks that labels are class ids, shared by the baselines.

use super::error::BaselineError;

/// How often each class occurs, or why the labels cannot be used.
pub(super) fn count_labels(labels: &[usize], n_classes: usize) -> Result<Vec<usize>, BaselineError> {
    if n_classes == 0 {
        return Err(BaselineError::NoClasses);
    }
    if labels.is_empty() {
        return Err(BaselineError::NoRows { what: "labels" });
    }
    let mut counts = vec![0; n_classes];
    for (row, &label) in labels.iter().enumerate() {
        match counts.get_mut(label) {
            Some(count) => *count += 1,
            None => {
                return Err(BaselineError::LabelOutOfRange {
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
pub(super) fn check_length(
    labels: &[usize],
    n_rows: usize,
    reference: &'static str,
) -> Result<(), BaselineError> {
    if labels.len() == n_rows {
        return Ok(());
    }
    Err(BaselineError::LengthMismatch {
        found: labels.len(),
        expected: n_rows,
        reference,
    })
}
