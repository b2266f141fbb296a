//! The differences between two versions of a data set, row by row.

use std::collections::{HashMap, HashSet};

use feedback_dataset::record::{Record, Row};
use feedback_dataset::text::comparison_key;

/// How rows of two versions are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffKey {
    /// By the field `id`.
    Id,
    /// By the normalised text; rows with the same text are matched in their order.
    Text,
}

/// A row that is in both versions, but with different content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its index in the old version.
    pub old: usize,
    /// Its index in the new version.
    pub new: usize,
    /// The names of the fields that differ: first the fields of the old version, then fields that only the new version has.
    pub fields: Vec<String>,
}

/// The differences between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// How rows were matched.
    pub key: DiffKey,
    /// Indices of rows of the new version that have no match in the old version.
    pub added: Vec<usize>,
    /// Indices of rows of the old version that have no match in the new version.
    pub removed: Vec<usize>,
    /// Rows with different content, in the order of the new version.
    pub changed: Vec<Change>,
    /// Number of rows with the same content, at any position.
    pub unchanged: usize,
}

impl Diff {
    /// True if both versions have the same rows, in any order.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Compares two versions of a data set.
///
/// Rows are matched by `id` if every row has one and no `id` is repeated within a version, otherwise by
/// normalised text. The order of rows and fields does not matter.
///
/// # Examples
///
/// ```
/// use feedback_inspect::diff::{DiffKey, diff};
/// use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, collect};
///
/// let read = |text: &'static str| {
///     let reader = Reader::from_reader(text.as_bytes(), "data", Format::Csv, &ReadOptions::default());
///     collect(reader, OnBadRow::Fail)
/// };
/// let old = read("id,text,label\n1,It crashes,bug\n2,Nice,praise\n3,How?,question\n")?;
/// let new = read("id,text,label\n4,Slow,complaint\n2,Nice,other\n1,It crashes,bug\n")?;
/// let diff = diff(&old.rows, &new.rows);
/// assert_eq!((diff.key, diff.unchanged), (DiffKey::Id, 1));
/// assert_eq!((diff.added, diff.removed), (vec![0], vec![2]));
/// assert_eq!((diff.changed[0].new, &diff.changed[0].fields[..]), (1, &["label".to_string()][..]));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
#[must_use]
pub fn diff(old: &[Row], new: &[Row]) -> Diff {
    let (key, old_keys, new_keys) = match (unique_ids(old), unique_ids(new)) {
        (Some(old), Some(new)) => (DiffKey::Id, old, new),
        _ => (DiffKey::Text, text_keys(old), text_keys(new)),
    };
    let places: HashMap<&(String, usize), usize> = old_keys.iter().zip(0..).collect();
    let mut diff = Diff {
        key,
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
        unchanged: 0,
    };
    let mut matched = vec![false; old.len()];
    for (index, key) in new_keys.iter().enumerate() {
        let Some(&place) = places.get(key) else {
            diff.added.push(index);
            continue;
        };
        matched[place] = true;
        let fields = differing_fields(&old[place].record, &new[index].record);
        if fields.is_empty() {
            diff.unchanged += 1;
        } else {
            diff.changed.push(Change {
                old: place,
                new: index,
                fields,
            });
        }
    }
    diff.removed = (0..old.len()).filter(|&row| !matched[row]).collect();
    diff
}

/// A key, and the number of earlier rows with the same key.
type Key = (String, usize);

fn unique_ids(rows: &[Row]) -> Option<Vec<Key>> {
    let ids: Vec<Key> = rows
        .iter()
        .map(|row| Some((row.record.id()?.into_owned(), 0)))
        .collect::<Option<_>>()?;
    let distinct: HashSet<&Key> = ids.iter().collect();
    (distinct.len() == ids.len()).then_some(ids)
}

fn text_keys(rows: &[Row]) -> Vec<Key> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let key = |row: &Row| {
        let text = comparison_key(row.record.text()).into_owned();
        let count = seen.entry(text.clone()).or_insert(0);
        *count += 1;
        (text, *count - 1)
    };
    rows.iter().map(key).collect()
}

fn differing_fields(old: &Record, new: &Record) -> Vec<String> {
    let changed = old.fields().keys().filter(|name| !old.same_field(new, name));
    let added = new.fields().keys().filter(|name| old.get(name).is_none());
    changed.chain(added).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(records: &[&[(&str, &str)]]) -> Vec<Row> {
        let row = |fields: &&[(&str, &str)]| {
            let mut record = Record::from_text("");
            fields.iter().for_each(|(name, value)| record.set(*name, *value));
            Row {
                record,
                line: 1,
                offset: 0,
            }
        };
        records.iter().map(row).collect()
    }

    #[test]
    fn without_ids_rows_are_matched_by_text() {
        let old = rows(&[
            &[("text", "Same"), ("label", "a")],
            &[("text", "Gone")],
            &[("text", "Twice")],
            &[("text", "Twice")],
        ]);
        let new = rows(&[
            &[("text", "twice")],
            &[("text", "same!"), ("label", "b"), ("note", "x")],
            &[("text", "New")],
        ]);
        let diff = diff(&old, &new);
        assert_eq!(diff.key, DiffKey::Text);
        assert_eq!(
            (diff.added, diff.removed, diff.unchanged),
            (vec![2], vec![1, 3], 0)
        );
        let fields: Vec<_> = diff
            .changed
            .iter()
            .map(|change| (change.old, change.new, change.fields.join(" ")))
            .collect();
        assert_eq!(
            fields,
            [(2, 0, "text".to_string()), (0, 1, "text label note".to_string())]
        );
    }

    #[test]
    fn repeated_ids_are_not_used() {
        let old = rows(&[&[("id", "1"), ("text", "a")], &[("id", "1"), ("text", "b")]]);
        assert_eq!(diff(&old, &old).key, DiffKey::Text);
        assert!(diff(&old, &old).is_empty());
        assert_eq!(diff(&old[..1], &old[1..]).key, DiffKey::Id);
    }
}
