//! What rows are sliced by.

use std::collections::BTreeMap;

/// The most slices of one kind; those with the fewest rows are put together beyond it.
pub const MAX_SLICES: usize = 30;

/// One way to divide the rows, such as by source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceKeys {
    /// What the rows are divided by.
    pub name: String,
    /// For each row its place in the order of slices, and the name of its slice.
    pub keys: Vec<(usize, String)>,
}

impl SliceKeys {
    /// Slices in the order of their names.
    pub fn by_name(name: &str, keys: Vec<String>) -> Self {
        let keys = keys.into_iter().map(|key| (0, key)).collect();
        Self {
            name: name.to_owned(),
            keys,
        }
    }

    /// Whether this divides anything: with one slice there is nothing to compare.
    pub(super) fn divides(&self) -> bool {
        self.keys.iter().any(|key| *key != self.keys[0])
    }

    /// At most [`MAX_SLICES`] keys: the smallest become one, which comes last.
    pub(super) fn limited(&self) -> Vec<(usize, String)> {
        let mut counts: BTreeMap<&(usize, String), usize> = BTreeMap::new();
        self.keys
            .iter()
            .for_each(|key| *counts.entry(key).or_default() += 1);
        if counts.len() <= MAX_SLICES {
            return self.keys.clone();
        }
        let mut by_size: Vec<(&(usize, String), usize)> = counts.into_iter().collect();
        by_size.sort_by_key(|&(_, count)| std::cmp::Reverse(count)); // stable: of equal ones the first stay
        let rest: Vec<&(usize, String)> = by_size
            .split_off(MAX_SLICES - 1)
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        let kept: BTreeMap<&(usize, String), usize> = by_size.into_iter().collect();
        let other = (usize::MAX, format!("{} others", rest.len()));
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
    fn rare_slices_are_put_together() {
        let keys: Vec<String> = (0..100)
            .map(|row| format!("{:02}", if row < 50 { 0 } else { row }))
            .collect();
        let limited = SliceKeys::by_name("source", keys).limited();
        let mut names: Vec<&(usize, String)> = limited.iter().collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), MAX_SLICES);
        assert_eq!(names[0].1, "00");
        assert_eq!(names[MAX_SLICES - 1].1, "22 others");
        assert_eq!(limited.iter().filter(|key| key.1 == "22 others").count(), 22);
    }

    #[test]
    fn one_slice_divides_nothing() {
        assert!(!SliceKeys::by_name("source", vec!["a".into(); 3]).divides());
        assert!(!SliceKeys::by_name("source", vec![]).divides());
        assert!(SliceKeys::by_name("source", vec!["a".into(), "b".into()]).divides());
    }
}
