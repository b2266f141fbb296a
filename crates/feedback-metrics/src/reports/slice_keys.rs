//! Keys that divide rows into slices.

use std::collections::BTreeMap;

/// The maximum number of slices for one way to divide the rows. If there are more, the smallest slices are merged.
pub const MAX_SLICES: usize = 30;

/// One way to divide the rows, such as by source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceKeys {
    /// The property by which the rows are divided, such as `source`.
    pub name: String,
    /// The slice of each row.
    pub keys: Vec<SliceKey>,
}

/// The slice that a row belongs to. Slices are sorted by `order`, then by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SliceKey {
    /// The position among the slices; slices with the same position are sorted by name.
    pub order: usize,
    /// The name of the slice.
    pub name: String,
}

impl SliceKey {
    /// Creates a key with a position and a name.
    pub fn new(order: usize, name: impl Into<String>) -> Self {
        Self {
            order,
            name: name.into(),
        }
    }
}

impl SliceKeys {
    /// Creates keys whose slices are sorted by name.
    pub fn by_name(name: &str, keys: Vec<String>) -> Self {
        let keys = keys.into_iter().map(|key| SliceKey::new(0, key)).collect();
        Self {
            name: name.to_owned(),
            keys,
        }
    }

    /// Returns whether there is more than one slice. A single slice has nothing to be compared with.
    pub(super) fn has_several(&self) -> bool {
        self.keys.iter().any(|key| *key != self.keys[0])
    }

    /// Returns the keys. If there are more than [`MAX_SLICES`] slices, the smallest are merged into one slice, which
    /// comes last.
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
    fn one_slice_is_not_several() {
        assert!(!SliceKeys::by_name("source", vec!["a".into(); 3]).has_several());
        assert!(!SliceKeys::by_name("source", vec![]).has_several());
        assert!(SliceKeys::by_name("source", vec!["a".into(), "b".into()]).has_several());
    }
}
