//! Texts that occur more than once.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::ids::number;
use feedback_text::comparison_key;
use feedback_text::parallel::map_items;

/// When two texts count as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DuplicateKind {
    /// If they are equal.
    Exact,
    /// If they are equal after [`normalise`](crate::text::normalise). Texts that are empty after normalising are the same only if
    /// they are equal before.
    Normalised,
}

/// Groups texts that are the same. Returns a group id for each text, without gaps, in the order in which groups are first
/// seen.
///
/// # Examples
///
/// ```
/// use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
///
/// let texts = ["It crashes", "Great!", "it crashes.", "Great!"];
/// assert_eq!(duplicate_groups(texts, DuplicateKind::Exact), [0, 1, 2, 1]);
/// assert_eq!(duplicate_groups(texts, DuplicateKind::Normalised), [0, 1, 0, 1]);
/// ```
#[must_use]
pub fn duplicate_groups<'a>(texts: impl IntoIterator<Item = &'a str>, kind: DuplicateKind) -> Vec<usize> {
    match kind {
        DuplicateKind::Exact => number(texts),
        DuplicateKind::Normalised => {
            let texts: Vec<&str> = texts.into_iter().collect();
            let keys = map_items(&texts, |text| comparison_key(text));
            number(keys.iter().map(|key| &**key))
        }
    }
}

/// How many texts occur more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateSummary {
    /// Number of texts.
    pub rows: usize,
    /// Distinct texts.
    pub distinct_exact: usize,
    /// Distinct texts after normalising.
    pub distinct_normalised: usize,
    /// Groups of two or more texts that are the same after normalising.
    pub clusters: usize,
    /// Texts in these groups.
    pub rows_in_clusters: usize,
    /// Texts in the largest of these groups; 0 without groups.
    pub largest_cluster: usize,
}

impl DuplicateSummary {
    /// Counts the duplicates among these texts.
    #[must_use]
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let exact = duplicate_groups(texts.clone(), DuplicateKind::Exact);
        let normalised = duplicate_groups(texts, DuplicateKind::Normalised);
        Self::from_groups(&exact, &normalised)
    }

    /// Creates the summary from the exact and the normalised groups, if they have already been computed.
    #[must_use]
    pub fn from_groups(exact: &[usize], normalised: &[usize]) -> Self {
        let sizes = group_sizes(normalised);
        let clusters: Vec<usize> = sizes.values().copied().filter(|&size| size > 1).collect();
        Self {
            rows: exact.len(),
            distinct_exact: group_sizes(exact).len(),
            distinct_normalised: sizes.len(),
            clusters: clusters.len(),
            rows_in_clusters: clusters.iter().sum(),
            largest_cluster: clusters.iter().copied().max().unwrap_or(0),
        }
    }
}

fn group_sizes(groups: &[usize]) -> HashMap<usize, usize> {
    let mut sizes = HashMap::new();
    for &group in groups {
        *sizes.entry(group).or_insert(0) += 1;
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_punctuation_are_compared_exactly() {
        assert_eq!(
            duplicate_groups(["!!", "??", "!!", ""], DuplicateKind::Normalised),
            [0, 1, 0, 2]
        );
    }

    #[test]
    fn the_summary_counts_by_hand() {
        let texts = ["a", "A", "a", "b", "c", "C!", "d"];
        let expected = DuplicateSummary {
            rows: 7,
            distinct_exact: 6,
            distinct_normalised: 4,
            clusters: 2,
            rows_in_clusters: 5,
            largest_cluster: 3,
        };
        assert_eq!(DuplicateSummary::from_texts(texts), expected);
        assert_eq!(DuplicateSummary::from_texts([]).largest_cluster, 0);
    }
}
