//! Metrics for parts of the rows, such as by source, length or month.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::averages::{Average, AverageScores, ZeroDivision};
use crate::check;
use crate::confusion::ConfusionMatrix;
use crate::error::{Error, Result};
use crate::statistics::{Interval, wilson_interval};

/// The scores of one part of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice<K> {
    /// The key that all rows of this slice share.
    pub key: K,
    /// The number of rows.
    pub n: u64,
    /// The share of the rows predicted correctly.
    pub accuracy: f64,
    /// The Wilson interval of the accuracy, which is wide for small slices.
    pub interval: Interval,
    /// Scores averaged over the classes that occur in the slice as a label or a prediction; undefined scores
    /// count as 0. Absent classes are left out, because they would lower the scores of every small slice.
    #[serde(rename = "macro")]
    pub macro_average: AverageScores,
    /// Scores averaged over the classes, weighted by support.
    pub weighted: AverageScores,
}

/// Computes the scores of the rows of each key. Returns one slice for each key, sorted by key.
///
/// A key can be any ordered type: a label id, a source, the index of a bucket of [`Buckets`], a month such as
/// `2026-03`, a `bool`, or an `Option` if some rows have no key.
///
/// # Errors
///
/// If there are no rows, lengths differ, an id is not below `n_classes`, or `confidence` is not between 0 and
/// 1.
///
/// # Examples
///
/// ```
/// use feedback_metrics::slice_by;
///
/// let sources = ["email", "chat", "email", "chat"];
/// let slices = slice_by(&sources, &[0, 1, 1, 0], &[0, 1, 1, 1], 2, 0.95)?;
/// assert_eq!((slices[0].key, slices[0].accuracy), ("chat", 0.5));
/// assert_eq!((slices[1].key, slices[1].accuracy), ("email", 1.0));
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
pub fn slice_by<K: Ord + Clone>(
    keys: &[K],
    labels: &[usize],
    predictions: &[usize],
    n_classes: usize,
    confidence: f64,
) -> Result<Vec<Slice<K>>> {
    check::same_length("keys", keys.len(), "labels", labels.len())?;
    check::confidence(confidence)?;
    ConfusionMatrix::new(labels, predictions, n_classes)?;
    let mut rows: BTreeMap<&K, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        let (slice_labels, slice_predictions) = rows.entry(key).or_default();
        slice_labels.push(labels[row]);
        slice_predictions.push(predictions[row]);
    }
    let score = |(key, (labels, predictions)): (&K, (Vec<usize>, Vec<usize>))| {
        let matrix = ConfusionMatrix::new(&labels, &predictions, n_classes)?;
        let present = matrix.present_classes();
        let zero = ZeroDivision::Zero;
        Ok(Slice {
            key: key.clone(),
            n: matrix.n(),
            accuracy: matrix.accuracy(),
            interval: wilson_interval(matrix.n_correct(), matrix.n(), confidence)?,
            macro_average: matrix.average_over(&present, Average::Macro, zero)?,
            weighted: matrix.average(Average::Weighted, zero),
        })
    };
    rows.into_iter().map(score).collect()
}

/// Ranges of whole numbers, such as lengths.
///
/// # Examples
///
/// ```
/// use feedback_metrics::Buckets;
///
/// let lengths = Buckets::new(&[50, 200])?;
/// assert_eq!([10, 50, 199, 5_000].map(|length| lengths.index(length)), [0, 1, 1, 2]);
/// assert_eq!([0, 1, 2].map(|index| lengths.name(index)), ["0–49", "50–199", "200+"]);
/// # Ok::<(), feedback_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    edges: Vec<usize>,
}

impl Buckets {
    /// Creates buckets that begin at 0 and at each edge; the last one is unbounded.
    ///
    /// # Errors
    ///
    /// If the first edge is 0 or the edges are not strictly ascending.
    pub fn new(edges: &[usize]) -> Result<Self> {
        let mut last = 0;
        for (row, &edge) in edges.iter().enumerate() {
            if edge <= last {
                return Err(Error::Value {
                    what: "edges",
                    row,
                    column: 0,
                    expected: "a number above 0 and above the edge before it",
                    found: edge as f64,
                });
            }
            last = edge;
        }
        Ok(Self {
            edges: edges.to_vec(),
        })
    }

    /// The number of buckets: one more than the number of edges.
    pub fn n(&self) -> usize {
        self.edges.len() + 1
    }

    /// The index of the bucket that contains `value`. An edge belongs to the bucket that begins with it.
    pub fn index(&self, value: usize) -> usize {
        self.edges.partition_point(|&edge| edge <= value)
    }

    /// The range of a bucket as text, such as `50–199`. An index beyond the last bucket gives the last bucket's range.
    pub fn name(&self, index: usize) -> String {
        let index = index.min(self.edges.len());
        let low = index.checked_sub(1).map_or(0, |before| self.edges[before]);
        match self.edges.get(index) {
            Some(next) if next - 1 == low => low.to_string(),
            Some(next) => format!("{low}–{}", next - 1),
            None => format!("{low}+"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_all_rows_and_average_over_their_own_classes() {
        let labels = [0, 0, 1, 2, 2];
        let predictions = [0, 1, 1, 2, 0];
        let keys = [true, false, false, true, true];
        let slices = slice_by(&keys, &labels, &predictions, 3, 0.9).expect("valid");
        assert_eq!(slices.iter().map(|slice| slice.n).sum::<u64>(), 5);
        assert_eq!(slices[0].accuracy, 0.5);
        assert_eq!(slices[1].accuracy, 2.0 / 3.0);
        // In the first slice: class 0 has recall 0, class 1 has recall 1; class 2 does not occur.
        assert_eq!(slices[0].macro_average.recall, 0.5);
        assert_eq!(slices[0].interval.confidence, 0.9);
        let whole = slice_by(&[(); 5], &labels, &predictions, 3, 0.9).expect("valid");
        assert_eq!(whole[0].accuracy, 0.6);
    }

    #[test]
    fn bad_slices_are_refused() {
        assert!(slice_by(&[1], &[0, 1], &[0, 1], 2, 0.95).is_err());
        assert!(slice_by(&[1, 2], &[0, 1], &[0, 2], 2, 0.95).is_err());
        assert!(slice_by(&[1, 2], &[0, 1], &[0, 1], 2, 1.0).is_err());
        assert!(slice_by::<u8>(&[], &[], &[], 2, 0.95).is_err());
        assert!(Buckets::new(&[0]).is_err());
        assert!(Buckets::new(&[5, 5]).is_err());
        assert_eq!(Buckets::new(&[]).expect("valid").name(0), "0+");
        assert_eq!(Buckets::new(&[1]).expect("valid").name(0), "0");
    }
}
