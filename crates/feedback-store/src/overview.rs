//! What the dashboard's figures mean, in any store.

use super::LabelCount;

/// Below this a prediction is doubtful where its model has no threshold of its own.
pub(super) const DOUBTFUL_BELOW: f64 = 0.5;

/// Sums the counts of each name, most frequent first.
pub(super) fn most_frequent<'a>(counts: impl Iterator<Item = (&'a String, u64)>) -> Vec<LabelCount> {
    let mut sums: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for (label, count) in counts {
        *sums.entry(label).or_default() += count;
    }
    let mut sums: Vec<LabelCount> = sums
        .into_iter()
        .map(|(label, count)| LabelCount {
            label: label.to_owned(),
            count,
        })
        .collect();
    sums.sort_by_key(|one| std::cmp::Reverse(one.count)); // stable: equal counts stay in order of name
    sums
}
