//! Rows that belong together, as one number per row.
//!
//! Groups are dense ids in the order in which they are first seen: equal ids, same group.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

use crate::error::Error;
use crate::record::Row;

/// Numbers keys in the order in which they are first seen.
pub(crate) fn number<K: Eq + Hash>(keys: impl IntoIterator<Item = K>) -> Vec<usize> {
    let keys = keys.into_iter();
    let mut ids = HashMap::with_capacity_and_hasher(keys.size_hint().0, RandomState::default());
    let next_id = |key| {
        let next = ids.len();
        *ids.entry(key).or_insert(next)
    };
    keys.map(next_id).collect()
}

/// The same for ids, which are mostly small enough to be places in a table.
pub(crate) fn number_ids(ids: &[usize]) -> Vec<usize> {
    let largest = ids.iter().copied().max().unwrap_or(0);
    if largest / 4 > ids.len() {
        return number(ids);
    }
    let mut numbers = vec![usize::MAX; largest + 1];
    let mut next = 0;
    let mut number_of = |id: usize| {
        if numbers[id] == usize::MAX {
            numbers[id] = next;
            next += 1;
        }
        numbers[id]
    };
    ids.iter().map(|&id| number_of(id)).collect()
}

/// Groups rows by the value of a field, such as a customer. A row without it, or with `null`,
/// is a group of its own.
#[must_use]
pub fn groups_by_field(rows: &[Row], field: &str) -> Vec<usize> {
    number(
        rows.iter()
            .enumerate()
            .map(|(index, row)| match row.record.get(field) {
                None | Some(serde_json::Value::Null) => Err(index),
                Some(value) => Ok(value.to_string()),
            }),
    )
}

/// Joins groupings: rows that stand together in any of them stand together in the result.
///
/// # Errors
///
/// [`Error::LengthMismatch`] where the groupings are not of the same rows.
///
/// # Examples
///
/// ```
/// use feedback_dataset::join_groups;
///
/// let duplicates = [0, 1, 1, 2, 3];
/// let customers = [0, 0, 1, 2, 3];
/// assert_eq!(join_groups(&[&duplicates, &customers])?, [0, 0, 0, 1, 2]);
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn join_groups(groupings: &[&[usize]]) -> Result<Vec<usize>, Error> {
    let rows = groupings.first().map_or(0, |groups| groups.len());
    let mut sets = DisjointSets::new(rows);
    for groups in groupings {
        if groups.len() != rows {
            return Err(Error::LengthMismatch {
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

    /// The earlier row becomes the root, so results do not depend on the order of joining.
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
    fn ids_are_numbered_as_other_keys_are() {
        for ids in [&[][..], &[7, 7, 0, 3, 7], &[usize::MAX, 1, usize::MAX]] {
            assert_eq!(number_ids(ids), number(ids));
        }
    }

    #[test]
    fn joining_is_transitive() {
        let groups = join_groups(&[&[5, 5, 6, 7, 8], &[0, 1, 1, 2, 2]]).unwrap();
        assert_eq!(groups, [0, 0, 0, 1, 1]);
        assert!(join_groups(&[]).unwrap().is_empty());
        assert!(matches!(
            join_groups(&[&[0], &[0, 1]]),
            Err(Error::LengthMismatch {
                found: 2,
                expected: 1,
                ..
            })
        ));
    }

    #[test]
    fn rows_without_the_field_stand_alone() {
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
        ];
        assert_eq!(groups_by_field(&rows, "customer"), [0, 1, 0, 2, 3, 4]);
    }
}
