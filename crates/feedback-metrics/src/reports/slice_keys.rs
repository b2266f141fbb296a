//! What rows are sliced by.

use std::collections::BTreeMap;

/// The maximum number of slices of one kind; the smallest ones are merged to stay within it.
pub const MAX_SLICES: usize = 30;

/// One way to divide the rows, such as by source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceKeys {
    /// What the rows are divided by.
    pub name: String,
    /// The slice of each row.
    pub keys: Vec<SliceKey>,
}

/// The slice that a row belongs to. Slices are sorted by `order`, then by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SliceKey {
    /// The position among the slices; slices with equal positions are sorted by name.
    pub order: usize,
    /// The name of the slice.
    pub name: String,
}

impl SliceKey {
    /// A slice with a position and a name.
    pub fn new(order: usize, name: impl Into<String>) -> Self {
        Self {
            order,
            name: name.into(),
        }
    }
}

impl SliceKeys {
    /// Slices sorted by name.
    pub fn by_name(name: &str, keys: Vec<String>) -> Self {
        let keys = keys.into_iter().map(|key| SliceKey::new(0, key)).collect();
        Self {
            name: name.to_owned(),
            keys,
        }
    }

    /// Whether there is more than one slice, and so something to compare.
    pub(super) fn has_several(&self) -> bool {
        self.keys.iter().any(|key| *key != self.keys[0])
    }

    /// The keys, with the smallest slices merged into a last one if there are more than [`MAX_SLICES`].
    pub(super) fn limited(&self) -> Vec<SliceKey> {
        let mut counts: BTreeMap<&SliceKey, usize> = BTreeMap::new();
        self.keys
            .iter()
            .for_each(|key| *counts.entry(key).or_default() += 1);
        if counts.len() <= MAX_SLICES {
            return self.keys.clone();
        }
        let mut by_size: Vec<(&SliceKey, usize)> = counts.into_iter().collect();
        by_size.sort_by_key(|&(_, count)| std::cmp::Reverse(count)); // stable, so ties keep their order
        let rest = by_size.split_off(MAX_SLICES - 1);
        let kept: BTreeMap<&SliceKey, usize> = by_size.into_iter().collect();
        let other = SliceKey::new(usize::MAX, format!("{} others", rest.len()));
        let limited = self
            .keys
            .iter()
            .map(|key| if kept.contains_key(key) { key } else { &other });
        limited.cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_slices_are_merged() {
        let keys: Vec<String> = (0..100)
            .map(|row| format!("{:02}", if row < 50 { 0 } else { row }))
            .collect();
        let limited = SliceKeys::by_name("source", keys).limited();
        let mut slices: Vec<&SliceKey> = limited.iter().collect();
        slices.sort();
        slices.dedup();
        assert_eq!(slices.len(), MAX_SLICES);
        assert_eq!(slices[0].name, "00");
        assert_eq!(slices[MAX_SLICES - 1].name, "22 others");
        assert_eq!(limited.iter().filter(|key| key.name == "22 others").count(), 22);
    }

    #[test]
    fn one_slice_is_nothing_to_compare() {
        assert!(!SliceKeys::by_name("source", vec!["a".into(); 3]).has_several());
        assert!(!SliceKeys::by_name("source", vec![]).has_several());
        assert!(SliceKeys::by_name("source", vec!["a".into(), "b".into()]).has_several());
    }
}
