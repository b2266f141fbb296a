//! Numbers labels and groups without gaps.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

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

/// Like [`number`], but for numeric ids. If the ids are small enough, a lookup table is used.
pub(crate) fn number_ids(ids: &[usize]) -> Vec<usize> {
    let max = ids.iter().copied().max().unwrap_or(0);
    if max / 4 > ids.len() {
        return number(ids);
    }
    let mut numbers = vec![usize::MAX; max + 1];
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

/// Returns a class id for each row, without gaps and in the order of the labels, and the label of each class id.
pub(crate) fn dense_classes(labels: &[usize]) -> (Vec<usize>, Vec<usize>) {
    dense(labels, |class| class)
}

/// Like [`dense_classes`], with class ids of any type.
pub(crate) fn dense<T>(labels: &[usize], id: impl Fn(usize) -> T) -> (Vec<T>, Vec<usize>) {
    let max = labels.iter().copied().max().unwrap_or(0);
    if max / 4 > labels.len() {
        let mut ids = labels.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let class = |label: &usize| id(ids.partition_point(|id| id < label));
        return (labels.iter().map(class).collect(), ids);
    }
    // The labels are small enough for a lookup table.
    let mut class_of = vec![usize::MAX; max + 1];
    labels.iter().for_each(|&label| class_of[label] = 0);
    let ids: Vec<usize> = (0..class_of.len())
        .filter(|&label| class_of[label] == 0)
        .collect();
    ids.iter()
        .enumerate()
        .for_each(|(class, &label)| class_of[label] = class);
    (labels.iter().map(|&label| id(class_of[label])).collect(), ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_ids_are_numbered_like_other_keys() {
        for ids in [&[][..], &[7, 7, 0, 3, 7], &[usize::MAX, 1, usize::MAX]] {
            assert_eq!(number_ids(ids), number(ids));
        }
    }
}
