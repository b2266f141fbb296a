//! The texts of both profiles together, and how far apart two parts of them are.

use crate::clusters::clusters;
use crate::profile::{Profile, Row};
use crate::sketch::Sketch;

/// The number of statistics.
pub(crate) const N_STATISTICS: usize = 6;

/// The rows of both profiles: those of the reference first.
pub(crate) struct Pooled<'a> {
    rows: Vec<&'a Row>,
    n_labels: usize,
    clusters: Vec<u32>,
    confidence: Ranking,
    tokens: Ranking,
    unknown: Ranking,
    n_reference: usize,
}

impl<'a> Pooled<'a> {
    pub(crate) fn new(reference: &'a Profile, current: &'a Profile, n_clusters: usize, seed: u64) -> Self {
        let rows: Vec<&Row> = reference.rows.iter().chain(&current.rows).collect();
        let sketches: Vec<&Sketch> = rows.iter().map(|row| &row.sketch).collect();
        let ranking = |value: fn(&Row) -> u32| Ranking::new(rows.iter().map(|row| value(row)).collect());
        Self {
            clusters: clusters(&sketches, n_clusters, seed),
            confidence: ranking(|row| row.confidence),
            tokens: ranking(|row| row.tokens),
            unknown: ranking(|row| row.unknown),
            n_labels: reference.labels.len(),
            n_reference: reference.rows.len(),
            rows,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn n_current(&self) -> usize {
        self.rows.len() - self.n_reference
    }

    /// Whether each row belongs to the current profile.
    pub(crate) fn is_current(&self) -> Vec<bool> {
        (0..self.len()).map(|row| row >= self.n_reference).collect()
    }

    /// The cluster of each row.
    pub(crate) fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// How far the rows of a part are from the others: labels, confidence, length, unknown tokens, meaning, clusters. Only
    /// the order of the values over parts of the same size has a meaning.
    pub(crate) fn statistics(&self, in_part: &[bool]) -> [f64; N_STATISTICS] {
        let label = |row: usize| self.rows[row].label as usize;
        let cluster = |row: usize| self.clusters[row] as usize;
        let n_clusters = self.clusters.iter().max().map_or(0, |last| *last as usize + 1);
        [
            self.composition(in_part, self.n_labels, label),
            self.confidence.distance(in_part),
            self.tokens.distance(in_part),
            self.unknown.distance(in_part),
            self.distance_of_means(in_part),
            self.composition(in_part, n_clusters, cluster),
        ]
    }

    /// Σ (count − expected count)² / expected count over classes; for parts of the same size, Pearson's χ² up to a factor.
    fn composition(&self, in_part: &[bool], n_classes: usize, class: impl Fn(usize) -> usize) -> f64 {
        let mut counts = vec![[0u32; 2]; n_classes];
        let mut n_part = 0u32;
        for (row, &inside) in in_part.iter().enumerate() {
            counts[class(row)][usize::from(inside)] += 1;
            n_part += u32::from(inside);
        }
        let share = f64::from(n_part) / self.len() as f64;
        let terms = counts.iter().filter(|count| count[0] + count[1] > 0);
        let term = |count: &[u32; 2]| {
            let expected = share * f64::from(count[0] + count[1]);
            (f64::from(count[1]) - expected).powi(2) / expected
        };
        terms.map(term).sum()
    }

    /// The squared distance between the mean sketches of the part and of the other rows, in squared units of vectors of
    /// length 1.
    pub(crate) fn distance_of_means(&self, in_part: &[bool]) -> f64 {
        let mut sums = [[0i64; 2]; Sketch::WIDTH];
        for (row, &inside) in self.rows.iter().zip(in_part) {
            for (sum, &number) in sums.iter_mut().zip(&row.sketch.0) {
                sum[usize::from(inside)] += i64::from(number);
            }
        }
        let n_part = in_part.iter().filter(|&&inside| inside).count() as f64;
        let n_others = self.len() as f64 - n_part;
        let distance: f64 = sums
            .iter()
            .map(|sum| (sum[1] as f64 / n_part - sum[0] as f64 / n_others).powi(2))
            .sum();
        distance / Sketch::SCALE.powi(2) / Sketch::WIDTH as f64
    }
}

/// Rows in the order of a number.
struct Ranking {
    order: Vec<u32>,
    /// Whether the row at each place is the last one with its value.
    ends: Vec<bool>,
}

impl Ranking {
    fn new(values: Vec<u32>) -> Self {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by_key(|&row| values[row as usize]);
        let value = |place: usize| order.get(place).map(|&row| values[row as usize]);
        let ends = (0..order.len())
            .map(|place| value(place) != value(place + 1))
            .collect();
        Self { order, ends }
    }

    /// Cramér and von Mises' distance between the distributions of two parts, with ties: the mean over all rows of the
    /// squared difference of the two distribution functions.
    ///
    /// Reference: Anderson 1962, "On the distribution of the two-sample Cramér–von Mises criterion".
    fn distance(&self, in_part: &[bool]) -> f64 {
        let n = self.order.len() as f64;
        let n_part = in_part.iter().filter(|&&inside| inside).count() as f64;
        let (mut inside, mut seen, mut block, mut sum) = (0.0, 0.0, 0.0, 0.0);
        for (&row, &is_end) in self.order.iter().zip(&self.ends) {
            inside += f64::from(u8::from(in_part[row as usize]));
            seen += 1.0;
            block += 1.0;
            if is_end {
                let difference: f64 = inside / n_part - (seen - inside) / (n - n_part);
                sum += block * difference * difference;
                block = 0.0;
            }
        }
        sum / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_of_distributions_by_hand() {
        // Values 1, 2, 2, 3; the part has the two larger ones: differences after 1, 2 and 3 are ½, ½ and 0.
        let ranking = Ranking::new(vec![1, 2, 2, 3]);
        let found = ranking.distance(&[false, false, true, true]);
        assert!((found - 3.0 * 0.25 / 4.0).abs() < 1e-12, "{found}");
        // The order of equal values does not matter.
        assert_eq!(found, ranking.distance(&[false, true, false, true]));
    }
}
