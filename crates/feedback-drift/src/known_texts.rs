//! How unfamiliar a text is: its distance to the labels of the texts that a model was trained on.

use std::collections::{BTreeMap, HashSet};

use feedback_metrics::statistics::Draws;
use feedback_text::comparison_key;

use crate::compare::MIN_TEXTS;
use crate::error::{Error, Result};

/// A text is unfamiliar if its unfamiliarity is above this: of the held-out texts, 5 % are.
pub const UNFAMILIAR_ABOVE: f64 = 0.95;

/// The share of the identity matrix in the covariance matrix, which few texts do not determine. Measured in docs/benchmarks/insight.md.
const SHRINKAGE: f64 = 0.1;
/// The most texts of either kind.
const MAX_TEXTS: usize = 4_096;
/// The most distances of held-out texts that are kept.
const MAX_DISTANCES: usize = 999;
/// Chooses the texts.
const SEED: u64 = 0;

/// Where the vectors of the texts are that a model was trained on, and how far held-out texts are from them.
///
/// The distance of a text is the Mahalanobis distance of its vector to the nearest label: to the mean vector of the label's texts, in
/// units of how much texts of one label differ, direction by direction. The unfamiliarity of a text is the share of held-out texts
/// with a smaller distance, so that 0.97 means: further from all labels than 97 % of the texts that the model was checked with. If a
/// text comes from the same source as these, its unfamiliarity is above 0.95 with a probability of at most 5 %.
///
/// Neither texts nor vectors of single texts are kept, only means and the covariance matrix.
///
/// # References
///
/// Lee et al. 2018, "A simple unified framework for detecting out-of-distribution samples and adversarial attacks", equation 2.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownTexts {
    width: usize,
    /// One row of `width` per label that has texts.
    centres: Vec<f32>,
    /// The lower Cholesky factor of the covariance matrix, `[width, width]`.
    factor: Vec<f32>,
    /// The centres after [`KnownTexts::whitened`].
    white_centres: Vec<f64>,
    /// Distances of held-out texts, ascending: quantiles at equal steps.
    distances: Vec<f64>,
}

impl KnownTexts {
    /// Chooses the texts whose vectors are worth computing, ascending, from texts with their labels: of texts that are equal after
    /// normalisation the first, and of more than 4,096 a random choice with the same number for each label, as far as a label has so many.
    #[must_use]
    pub fn sample<'a>(texts: impl IntoIterator<Item = (&'a str, usize)>) -> Vec<usize> {
        let mut seen = HashSet::new();
        let mut rows: Vec<(usize, usize)> = (texts.into_iter().enumerate())
            .filter(|(_, (text, _))| seen.insert(comparison_key(text).into_owned()))
            .map(|(row, (_, label))| (row, label))
            .collect();
        if rows.len() > MAX_TEXTS {
            rows = of_each_label(rows);
        }
        rows.into_iter().map(|(row, _)| row).collect()
    }

    /// Summarises the vectors of training texts, and measures held-out texts from the same source. Both have one row of `width` numbers
    /// per text, of different texts ([`KnownTexts::sample`]); `labels` has the label of each training text. Returns `None` if there are
    /// fewer than [`MIN_TEXTS`] of either kind, because the distances of so few say nothing about others, or if all texts of each label
    /// have the same vector.
    ///
    /// # Errors
    ///
    /// [`Error::Vector`] if a vector is not finite, or there are more or fewer labels than training texts; its `row` counts the training
    /// texts first.
    pub fn new(width: usize, training: &[f32], labels: &[usize], held_out: &[f32]) -> Result<Option<Self>> {
        let rows_of = |vectors: &[f32]| vectors.len() / width.max(1);
        let n = rows_of(training);
        if n.min(rows_of(held_out)) < MIN_TEXTS {
            return Ok(None);
        }
        let all = training.chunks_exact(width).chain(held_out.chunks_exact(width));
        if let Some(row) = all
            .enumerate()
            .find_map(|(row, vector)| (!is_finite(vector)).then_some(row))
        {
            let found = width;
            return Err(Error::Vector {
                row,
                found,
                expected: width,
            });
        }
        if labels.len() != n {
            let (row, found) = (labels.len().min(n), labels.len());
            return Err(Error::Vector {
                row,
                found,
                expected: n,
            });
        }
        let centres = centres(width, training, labels);
        let Some(factor) = factor(width, training, labels, &centres) else {
            return Ok(None);
        };
        let centres: Vec<f32> = centres.values().flatten().map(|&x| x as f32).collect();
        let mut known = Self::without_distances(width, centres, factor);
        let distances = held_out.chunks_exact(width).map(|vector| known.distance(vector));
        known.distances = quantiles(distances.collect());
        Ok(Some(known))
    }

    fn without_distances(width: usize, centres: Vec<f32>, factor: Vec<f32>) -> Self {
        let mut known = Self {
            width,
            centres,
            factor,
            white_centres: Vec::new(),
            distances: Vec::new(),
        };
        known.white_centres = known
            .centres
            .chunks_exact(width)
            .flat_map(|centre| known.whitened(centre))
            .collect();
        known
    }

    /// Restores known texts from what [`KnownTexts::width`], [`KnownTexts::centres`], [`KnownTexts::factor`] and
    /// [`KnownTexts::distances`] returned.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the parts do not fit together or hold impossible numbers.
    pub fn from_parts(
        width: usize,
        centres: Vec<f32>,
        factor: Vec<f32>,
        distances: Vec<f64>,
    ) -> Result<Self> {
        let damaged = |reason: &str| Error::Damaged {
            reason: reason.to_owned(),
        };
        if width == 0 || centres.is_empty() || !centres.len().is_multiple_of(width) || !is_finite(&centres) {
            return Err(damaged("the means of the labels are not rows of finite numbers"));
        }
        let has_diagonal = || (0..width).all(|at| factor[at * width + at] > 0.0);
        if factor.len() != width * width || !is_finite(&factor) || !has_diagonal() {
            return Err(damaged(
                "the factor of the covariance matrix is not one of its size",
            ));
        }
        let in_range = |distance: &f64| distance.is_finite() && *distance >= 0.0;
        if distances.is_empty() || !distances.iter().all(in_range) || !distances.is_sorted() {
            return Err(damaged("the distances are not ascending numbers from 0"));
        }
        Ok(Self {
            distances,
            ..Self::without_distances(width, centres, factor)
        })
    }

    /// The length of a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The mean vector of each label that has texts, one row of [`KnownTexts::width`] per label.
    pub fn centres(&self) -> &[f32] {
        &self.centres
    }

    /// The lower Cholesky factor of the covariance matrix of texts of one label, `[width, width]`, row by row.
    pub fn factor(&self) -> &[f32] {
        &self.factor
    }

    /// The distances of held-out texts, ascending: all of them or, of more than 999, quantiles at equal steps.
    pub fn distances(&self) -> &[f64] {
        &self.distances
    }

    /// Returns the unfamiliarity of a text, 0 to 1, from its vector: above [`UNFAMILIAR_ABOVE`], the text is unfamiliar.
    ///
    /// # Errors
    ///
    /// [`Error::Vector`] if the vector has another length than those of the known texts, or is not finite.
    pub fn unfamiliarity(&self, vector: &[f32]) -> Result<f64> {
        if vector.len() != self.width || !is_finite(vector) {
            let (found, expected) = (vector.len(), self.width);
            return Err(Error::Vector {
                row: 0,
                found,
                expected,
            });
        }
        Ok(self.share_below(self.distance(vector)))
    }

    /// The share of held-out texts with a smaller distance, interpolated. With `n` texts, the smallest of their distances has the share
    /// 1 / (n + 1) and the largest n / (n + 1); beyond it, the share approaches 1.
    fn share_below(&self, distance: f64) -> f64 {
        let steps = self.distances.len() as f64 + 1.0;
        let below = self.distances.partition_point(|&other| other < distance);
        let lower = match below {
            0 => 0.0,
            below => self.distances[below - 1],
        };
        let part = match self.distances.get(below) {
            Some(&upper) if upper > lower => (distance - lower) / (upper - lower),
            Some(_) => 1.0,
            None => 1.0 - lower / distance,
        };
        (below as f64 + part.clamp(0.0, 1.0)) / steps
    }

    /// The distance to the nearest centre.
    fn distance(&self, vector: &[f32]) -> f64 {
        let white = self.whitened(vector);
        let squared = |centre: &[f64]| {
            centre
                .iter()
                .zip(&white)
                .map(|(x, y)| (x - y).powi(2))
                .sum::<f64>()
        };
        let centres = self.white_centres.chunks_exact(self.width);
        centres.map(squared).fold(f64::INFINITY, f64::min).sqrt()
    }

    /// Returns a vector in coordinates in which texts of one label differ by 1 in each direction: solves the triangular system of the
    /// factor.
    fn whitened(&self, vector: &[f32]) -> Vec<f64> {
        let mut white = Vec::with_capacity(self.width);
        for (row, &x) in self.factor.chunks_exact(self.width).zip(vector) {
            let n = white.len();
            let sum: f64 = row[..n]
                .iter()
                .zip(&white)
                .map(|(&a, b): (&f32, &f64)| f64::from(a) * b)
                .sum();
            white.push((f64::from(x) - sum) / f64::from(row[n]));
        }
        white
    }
}

fn is_finite(values: &[f32]) -> bool {
    values.iter().all(|x| x.is_finite())
}

/// The mean vector of each label.
fn centres(width: usize, vectors: &[f32], labels: &[usize]) -> BTreeMap<usize, Vec<f64>> {
    let mut sums: BTreeMap<usize, (f64, Vec<f64>)> = BTreeMap::new();
    for (vector, &label) in vectors.chunks_exact(width).zip(labels) {
        let (n, sum) = sums.entry(label).or_insert_with(|| (0.0, vec![0.0; width]));
        *n += 1.0;
        sum.iter_mut()
            .zip(vector)
            .for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let mean = |(label, (n, sum)): (usize, (f64, Vec<f64>))| (label, sum.iter().map(|x| x / n).collect());
    sums.into_iter().map(mean).collect()
}

/// The lower Cholesky factor of the covariance matrix of vectors around the centres of their labels; `None` if they do not differ from
/// these. The matrix is mixed with a multiple of the identity matrix, so it is positive definite.
fn factor(
    width: usize,
    vectors: &[f32],
    labels: &[usize],
    centres: &BTreeMap<usize, Vec<f64>>,
) -> Option<Vec<f32>> {
    let mut matrix = vec![vec![0.0; width]; width];
    for (vector, label) in vectors.chunks_exact(width).zip(labels) {
        let difference: Vec<f64> = vector
            .iter()
            .zip(&centres[label])
            .map(|(&x, centre)| f64::from(x) - centre)
            .collect();
        for (at, row) in matrix.iter_mut().enumerate() {
            let x = difference[at];
            row.iter_mut()
                .zip(&difference[..=at])
                .for_each(|(sum, y)| *sum += x * y);
        }
    }
    let n = labels.len() as f64;
    let variance = (0..width).map(|at| matrix[at][at]).sum::<f64>() / n / width as f64;
    if variance <= 0.0 {
        return None;
    }
    for (at, row) in matrix.iter_mut().enumerate() {
        row.iter_mut().for_each(|x| *x *= (1.0 - SHRINKAGE) / n);
        row[at] += SHRINKAGE * variance;
    }
    for i in 0..width {
        let (above, rest) = matrix.split_at_mut(i);
        let row = &mut rest[0];
        for (j, other) in above.iter().enumerate() {
            let sum: f64 = row[..j].iter().zip(other).map(|(x, y)| x * y).sum();
            row[j] = (row[j] - sum) / other[j];
        }
        let sum: f64 = row[..i].iter().map(|x| x * x).sum();
        row[i] = (row[i] - sum).sqrt();
    }
    Some(matrix.into_iter().flatten().map(|x| x as f32).collect())
}

/// Returns [`MAX_TEXTS`] of the rows with their labels, ascending.
fn of_each_label(mut rows: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut draws = Draws::new(rows.len(), SEED);
    for last in (1..rows.len()).rev() {
        rows.swap(last, draws.below(last as u64 + 1));
    }
    let mut so_far: BTreeMap<usize, usize> = BTreeMap::new();
    // The first of each label, then the second of each, and so on. The sort is stable, so that those of one round stay shuffled.
    rows.sort_by_cached_key(|&(_, label)| {
        let round = so_far.entry(label).or_default();
        *round += 1;
        *round
    });
    rows.truncate(MAX_TEXTS);
    rows.sort_unstable();
    rows
}

/// Returns the distances in ascending order; of too many, quantiles at equal steps.
fn quantiles(mut distances: Vec<f64>) -> Vec<f64> {
    distances.sort_by(f64::total_cmp);
    let n = distances.len();
    if n <= MAX_DISTANCES {
        return distances;
    }
    // The value at the share `step / (MAX_DISTANCES + 1)` is rounded up, so that a text is rather familiar.
    let place = |step: usize| (step * (n + 1)).div_ceil(MAX_DISTANCES + 1) - 1;
    (1..=MAX_DISTANCES)
        .map(|step| distances[place(step).min(n - 1)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_keeps_the_same_number_of_texts() {
        let texts: Vec<String> = (0..20_000).map(|n| format!("text {n}")).collect();
        // One label in a hundred is rare.
        let label = |n: usize| usize::from(n.is_multiple_of(100));
        let kept = KnownTexts::sample((0..texts.len()).map(|n| (texts[n].as_str(), label(n))));
        let rare = kept.iter().filter(|&&row| label(row) == 1).count();
        assert_eq!((kept.len(), rare), (MAX_TEXTS, 200));
        assert!(kept.is_sorted());
        let late = kept.iter().filter(|&&row| row >= 10_000).count();
        assert!((1_900..2_200).contains(&late), "{late} of the second half");
        assert_eq!(
            KnownTexts::sample([("It crashes!", 0), ("it  crashes", 0), ("it works", 1)]),
            [0, 2]
        );
    }

    #[test]
    fn quantiles_lose_no_more_than_their_share() {
        let many: Vec<f64> = (0..3_000).rev().map(|n| f64::from(n) / 3_000.0).collect();
        let kept = quantiles(many.clone());
        assert_eq!(kept.len(), MAX_DISTANCES);
        let lost = many.iter().filter(|&&distance| distance > kept[949]).count();
        assert!(
            (145..=150).contains(&lost),
            "{lost} of 3,000 above the quantile at 95 %"
        );
        assert_eq!(quantiles(vec![0.3, 0.1, 0.2]), [0.1, 0.2, 0.3]);
    }

    #[test]
    fn distances_and_shares_by_hand() {
        // One label at (1, 0); one unit of distance is 2 in the first direction and, without the part of the first, 1 in the second.
        let factor = vec![2.0, 0.0, 1.0, 1.0];
        let known = KnownTexts::from_parts(2, vec![1.0, 0.0], factor, vec![0.2, 0.4, 0.4]).unwrap();
        assert_eq!(known.distance(&[1.0, 0.0]), 0.0);
        assert_eq!(known.distance(&[3.0, 1.0]), 1.0); // (2, 1) is the first column of the factor
        assert_eq!(known.distance(&[1.0, -2.0]), 2.0);
        let shares = [0.0, 0.1, 0.2, 0.3, 0.4, 0.8, 1e9].map(|distance| known.share_below(distance));
        assert_eq!(
            shares.map(|share| (share * 1000.0).round() / 1000.0),
            [0.0, 0.125, 0.25, 0.375, 0.5, 0.875, 1.0]
        );
    }
}
