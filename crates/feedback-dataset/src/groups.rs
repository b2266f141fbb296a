//! Groups of rows that belong together, given as one group id per row.
//!
//! Group ids have no gaps and are numbered in the order in which groups are first seen.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::error::SplitError;
use crate::ids::number;
use crate::record::Row;
use feedback_text::has_visible_character;

/// Groups rows by the value of a field, such as a customer. A number or a boolean and its text, such as `2` and `"2"`, are the same
/// value. A row without the field, with `null` or with an empty text is a separate group.
#[must_use]
pub fn groups_by_field(rows: &[Row], field: &str) -> Vec<usize> {
    number(rows.iter().enumerate().map(|(index, row)| {
        let value = row.record.cell(field);
        match has_visible_character(&value) {
            true => Ok(value),
            false => Err(index),
        }
    }))
}

/// Joins groupings: rows that are in one group in any of the groupings are in one group in the result. Returns the group id of
/// each row.
///
/// # Errors
///
/// [`SplitError::LengthMismatch`] if the groupings differ in length.
///
/// # Examples
///
/// ```
/// use feedback_dataset::groups::join_groups;
///
/// let duplicates = [0, 1, 1, 2, 3];
/// let customers = [0, 0, 1, 2, 3];
/// assert_eq!(join_groups(&[&duplicates, &customers])?, [0, 0, 0, 1, 2]);
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn join_groups(groupings: &[&[usize]]) -> Result<Vec<usize>, SplitError> {
    let rows = groupings.first().map_or(0, |groups| groups.len());
    let mut sets = DisjointSets::new(rows);
    for groups in groupings {
        if groups.len() != rows {
            return Err(SplitError::LengthMismatch {
                what: "a grouping",
                found: groups.len(),
                expected: rows,
            });
        }
        let mut first_row = HashMap::with_hasher(RandomState::default());
        for (row, &group) in groups.iter().enumerate() {
            sets.join(*first_row.entry(group).or_insert(row), row);
        }
    }
    Ok(sets.groups())
}

/// Union-find over rows.
pub(crate) struct DisjointSets {
    parents: Vec<usize>,
}

impl DisjointSets {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            parents: (0..rows).collect(),
        }
    }

    pub(crate) fn find(&mut self, row: usize) -> usize {
        let mut row = row;
        while self.parents[row] != row {
            self.parents[row] = self.parents[self.parents[row]];
            row = self.parents[row];
        }
        row
    }

    /// Joins the sets of two rows. The earlier root becomes the root of both, so results do not depend on the order of joining.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.parents[a.max(b)] = a.min(b);
    }

    pub(crate) fn groups(&mut self) -> Vec<usize> {
        let roots: Vec<usize> = (0..self.parents.len()).map(|row| self.find(row)).collect();
        number(roots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    #[test]
    fn joining_is_transitive() {
        let groups = join_groups(&[&[5, 5, 6, 7, 8], &[0, 1, 1, 2, 2]]).unwrap();
        assert_eq!(groups, [0, 0, 0, 1, 1]);
        assert!(join_groups(&[]).unwrap().is_empty());
        assert!(matches!(
            join_groups(&[&[0], &[0, 1]]),
            Err(SplitError::LengthMismatch {
                found: 2,
                expected: 1,
                ..
            })
        ));
    }

    #[test]
    fn rows_without_the_field_are_separate_groups() {
        let row = |customer: Option<serde_json::Value>| {
            let mut record = Record::from_text("a");
            if let Some(customer) = customer {
                record.set("customer", customer);
            }
            Row {
                record,
                line: 1,
                offset: 0,
            }
        };
        let rows = [
            row(Some(7.into())),
            row(None),
            row(Some(7.into())),
            row(None),
            row(Some("7".into())),
            row(Some(serde_json::Value::Null)),
            row(Some("".into())),
            row(Some(" ".into())),
            row(Some("8".into())),
        ];
        assert_eq!(groups_by_field(&rows, "customer"), [0, 1, 0, 2, 0, 3, 4, 5, 6]);
    }
}
