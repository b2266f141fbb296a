//! Equal texts with different labels.

use std::collections::BTreeMap;

use crate::error::LabelError;

/// Rows of one group, such as duplicates of one text, that have different labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The rows, ascending.
    pub rows: Vec<usize>,
    /// The labels of these rows: pairs (class id, number of rows), the most frequent label first, then by class id.
    pub labels: Vec<(usize, usize)>,
}

/// Returns the groups whose rows have different labels, in the order of their first row.
///
/// # Errors
///
/// [`LabelError::LengthMismatch`] if `groups` and `labels` differ in length.
///
/// # Examples
///
/// ```
/// use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
/// use feedback_dataset::labels::conflicting_labels;
///
/// let groups = duplicate_groups(["It crashes", "Nice", "it crashes!", "It crashes."], DuplicateKind::Normalised);
/// let conflicts = conflicting_labels(&groups, &[0, 1, 2, 0])?;
/// assert_eq!(conflicts.len(), 1);
/// assert_eq!(conflicts[0].rows, [0, 2, 3]);
/// assert_eq!(conflicts[0].labels, [(0, 2), (2, 1)]);
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn conflicting_labels(groups: &[usize], labels: &[usize]) -> Result<Vec<Conflict>, LabelError> {
    if labels.len() != groups.len() {
        return Err(LabelError::LengthMismatch {
            what: "labels",
            found: labels.len(),
            expected: groups.len(),
        });
    }
    let mut rows_of_group: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, &group) in groups.iter().enumerate() {
        rows_of_group.entry(group).or_default().push(row);
    }
    let conflict = |rows: Vec<usize>| {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        rows.iter()
            .for_each(|&row| *counts.entry(labels[row]).or_insert(0) += 1);
        let mut labels: Vec<(usize, usize)> = counts.into_iter().collect();
        labels.sort_by_key(|&(label, count)| (std::cmp::Reverse(count), label));
        (labels.len() > 1).then_some(Conflict { rows, labels })
    };
    let mut conflicts: Vec<Conflict> = rows_of_group.into_values().filter_map(conflict).collect();
    conflicts.sort_by_key(|conflict| conflict.rows[0]);
    Ok(conflicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_with_one_label_are_not_conflicts() {
        assert!(
            conflicting_labels(&[0, 0, 1, 2], &[5, 5, 1, 1])
                .unwrap()
                .is_empty()
        );
        assert!(matches!(
            conflicting_labels(&[0], &[]),
            Err(LabelError::LengthMismatch { .. })
        ));
    }

    #[test]
    fn conflicts_come_in_the_order_of_their_first_row() {
        let conflicts = conflicting_labels(&[9, 3, 3, 9, 9], &[2, 1, 0, 1, 1]).unwrap();
        assert_eq!(
            conflicts[0],
            Conflict {
                rows: vec![0, 3, 4],
                labels: vec![(1, 2), (2, 1)]
            }
        );
        assert_eq!(
            conflicts[1],
            Conflict {
                rows: vec![1, 2],
                labels: vec![(0, 1), (1, 1)]
            }
        );
    }
}
