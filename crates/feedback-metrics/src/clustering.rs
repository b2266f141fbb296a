//! Agreement of clusters with labels: adjusted Rand index, homogeneity, completeness and V-measure.
//!
//! Labels and clusters are any numbers; only equality counts. With [`outliers_alone`], each row without a cluster gets
//! its own cluster, so that leaving rows out does not look like agreement.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::check;
use crate::error::Result;
use crate::sum::pairwise_sum;

/// How well clusters agree with labels, in 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VMeasure {
    /// 1 if every cluster has rows of one label only.
    pub homogeneity: f64,
    /// 1 if all rows of a label are in one cluster.
    pub completeness: f64,
    /// The harmonic mean of the two; 0 if both are 0.
    pub v_measure: f64,
}

/// The adjusted Rand index: the share of pairs of rows on which labels and clusters agree, corrected for chance.
///
/// 1 if both are the same partition, about 0 for random clusters, negative if they agree less than by chance. It is 1 if
/// both put every row alone, or all rows together. Pairs are counted in integers.
///
/// # Errors
///
/// If there are no rows, or the two lists differ in length.
///
/// # Examples
///
/// ```
/// use feedback_metrics::clustering::adjusted_rand_index;
///
/// assert_eq!(adjusted_rand_index(&[0, 0, 1, 1], &[7, 7, 3, 3])?, 1.0);
/// // Of the 6 pairs, 1 is together in both, and 1 only in the labels.
/// assert_eq!(adjusted_rand_index(&[0, 0, 1, 1], &[0, 0, 1, 2])?, 4.0 / 7.0);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Hubert and Arabie 1985, "Comparing partitions"; `adjusted_rand_score` of scikit-learn.
pub fn adjusted_rand_index(labels: &[usize], clusters: &[usize]) -> Result<f64> {
    let counts = Contingency::new(labels, clusters)?;
    // Ordered pairs, as in scikit-learn: every count is even, and the factor cancels.
    let pairs = |counts: &mut dyn Iterator<Item = u64>| -> u128 {
        counts
            .map(|count| u128::from(count) * u128::from(count - 1))
            .sum()
    };
    let together = pairs(&mut counts.cells.values().copied());
    let in_labels = pairs(&mut counts.labels.values().copied());
    let in_clusters = pairs(&mut counts.clusters.values().copied());
    let n = u128::from(counts.n);
    let only_labels = (in_labels - together) as f64;
    let only_clusters = (in_clusters - together) as f64;
    let apart = (n * (n - 1) + together - in_labels - in_clusters) as f64;
    let together = together as f64;
    if only_labels == 0.0 && only_clusters == 0.0 {
        return Ok(1.0);
    }
    let agreement = together * apart - only_labels * only_clusters;
    let chance = (together + only_labels) * (only_labels + apart)
        + (together + only_clusters) * (only_clusters + apart);
    Ok(2.0 * agreement / chance)
}

/// Homogeneity, completeness and their harmonic mean.
///
/// Homogeneity is 1 − H(label | cluster) / H(label), completeness 1 − H(cluster | label) / H(cluster); each is 1 if its
/// denominator is 0.
///
/// # Errors
///
/// If there are no rows, or the two lists differ in length.
///
/// # Examples
///
/// ```
/// use feedback_metrics::clustering::v_measure;
///
/// let scores = v_measure(&[0, 0, 1, 1], &[0, 0, 1, 2])?;
/// assert_eq!(scores.homogeneity, 1.0);
/// assert!((scores.completeness - 2.0 / 3.0).abs() < 1e-12);
/// assert!((scores.v_measure - 0.8).abs() < 1e-12);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
///
/// # References
///
/// Rosenberg and Hirschberg 2007, "V-Measure: A conditional entropy-based external cluster evaluation measure";
/// `homogeneity_completeness_v_measure` of scikit-learn.
pub fn v_measure(labels: &[usize], clusters: &[usize]) -> Result<VMeasure> {
    let counts = Contingency::new(labels, clusters)?;
    let information = counts.mutual_information();
    let share = |entropy: f64| {
        if entropy == 0.0 {
            1.0
        } else {
            information / entropy
        }
    };
    let homogeneity = share(counts.entropy(&counts.labels));
    let completeness = share(counts.entropy(&counts.clusters));
    let sum = homogeneity + completeness;
    Ok(VMeasure {
        homogeneity,
        completeness,
        v_measure: if sum == 0.0 {
            0.0
        } else {
            2.0 * homogeneity * completeness / sum
        },
    })
}

/// Gives each row without a cluster a separate cluster. The new numbers follow the largest number.
///
/// # Examples
///
/// ```
/// use feedback_metrics::clustering::outliers_alone;
///
/// assert_eq!(outliers_alone(&[Some(1), None, Some(0), None]), [1, 2, 0, 3]);
/// ```
#[must_use]
pub fn outliers_alone(clusters: &[Option<usize>]) -> Vec<usize> {
    let mut next = clusters.iter().flatten().max().map_or(0, |largest| largest + 1);
    let number = |cluster: &Option<usize>| {
        cluster.unwrap_or_else(|| {
            next += 1;
            next - 1
        })
    };
    clusters.iter().map(number).collect()
}

/// How many rows have each label, each cluster, and each pair of the two. Only pairs that occur are kept.
struct Contingency {
    n: u64,
    labels: BTreeMap<usize, u64>,
    clusters: BTreeMap<usize, u64>,
    cells: BTreeMap<(usize, usize), u64>,
}

impl Contingency {
    fn new(labels: &[usize], clusters: &[usize]) -> Result<Self> {
        check::same_length("clusters", clusters.len(), "labels", labels.len())?;
        check::not_empty("labels", labels.len())?;
        Ok(Self {
            n: labels.len() as u64,
            labels: count(labels.iter().copied()),
            clusters: count(clusters.iter().copied()),
            cells: count(labels.iter().copied().zip(clusters.iter().copied())),
        })
    }

    fn entropy(&self, counts: &BTreeMap<usize, u64>) -> f64 {
        let n = self.n as f64;
        let terms: Vec<f64> = counts
            .values()
            .map(|&count| count as f64 / n * (n / count as f64).ln())
            .collect();
        pairwise_sum(&terms)
    }

    fn mutual_information(&self) -> f64 {
        let n = self.n as f64;
        let term = |(&(label, cluster), &count): (&(usize, usize), &u64)| {
            let expected = self.labels[&label] as f64 * self.clusters[&cluster] as f64;
            count as f64 / n * (n * count as f64 / expected).ln()
        };
        // Rounding could give a sum just below 0.
        pairwise_sum(&self.cells.iter().map(term).collect::<Vec<f64>>()).max(0.0)
    }
}

fn count<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, u64> {
    let mut counts = BTreeMap::new();
    for item in items {
        match counts.entry(item) {
            Entry::Occupied(mut entry) => *entry.get_mut() += 1,
            Entry::Vacant(entry) => drop(entry.insert(1)),
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn labels_and_clusters_are_not_interchangeable_in_the_v_measure() {
        let (labels, clusters) = ([0, 0, 0, 1, 1, 2], [5, 5, 9, 9, 9, 9]);
        let there = v_measure(&labels, &clusters).expect("valid");
        let back = v_measure(&clusters, &labels).expect("valid");
        assert!(there.homogeneity < there.completeness);
        assert_eq!(there.homogeneity, back.completeness);
        assert_eq!(there.v_measure, back.v_measure);
        let index = |a, b| adjusted_rand_index(a, b).expect("valid");
        assert_eq!(index(&labels, &clusters), index(&clusters, &labels));
    }

    #[test]
    fn the_edges() {
        let empty = Error::Empty { what: "labels" };
        assert_eq!(adjusted_rand_index(&[], &[]), Err(empty.clone()));
        assert_eq!(v_measure(&[], &[]), Err(empty));
        assert!(matches!(
            adjusted_rand_index(&[0], &[0, 1]),
            Err(Error::LengthMismatch {
                found: 2,
                expected: 1,
                ..
            })
        ));
        // Each alone in both, all together in both, and one against the other.
        let (alone, together) = ([0, 1, 2, 3], [0; 4]);
        assert_eq!(adjusted_rand_index(&alone, &alone), Ok(1.0));
        assert_eq!(adjusted_rand_index(&together, &together), Ok(1.0));
        assert_eq!(adjusted_rand_index(&alone, &together), Ok(0.0));
        let scores = v_measure(&together, &together).expect("valid");
        assert_eq!((scores.homogeneity, scores.completeness), (1.0, 1.0));
        let scores = v_measure(&alone, &together).expect("valid");
        assert_eq!(
            (scores.homogeneity, scores.completeness, scores.v_measure),
            (0.0, 1.0, 0.0)
        );
        assert_eq!(outliers_alone(&[None, None]), [0, 1]);
    }
}
