//! How unfamiliar a text is: its distance to the nearest texts that a model was trained on.

use std::collections::{BTreeMap, HashSet};

use feedback_metrics::statistics::Draws;
use feedback_text::comparison_key;

use crate::compare::MIN_TEXTS;
use crate::error::{Error, Result};

/// A text is unfamiliar if its unfamiliarity is above this: of the held-out texts, 5 % are.
pub const UNFAMILIAR_ABOVE: f64 = 0.95;

/// The neighbours whose mean similarity counts. Measured on `clinc150` (docs/benchmarks.md): one neighbour is less reliable, and ten
/// are too many for a label with few texts.
const NEIGHBOURS: usize = 3;
/// The most texts whose vectors are kept.
const MAX_TEXTS: usize = 4_096;
/// The most distances of held-out texts that are kept.
const MAX_DISTANCES: usize = 999;
/// The largest distance: that of opposite vectors.
const MAX_DISTANCE: f64 = 2.0;
/// Chooses the texts that are kept.
const SEED: u64 = 0;

/// Texts that a model was trained on, as vectors, and how far held-out texts are from them.
///
/// The distance of a text is 1 minus the mean cosine similarity to its three nearest known texts. Its unfamiliarity is the share of
/// held-out texts with a smaller distance, so that 0.97 means: further from the known texts than 97 % of the texts that the model was
/// checked with. If a text comes from the same source as these, its unfamiliarity is above 0.95 with a probability of at most 5 %.
///
/// The vectors are kept as 8-bit integers, the texts are not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownTexts {
    width: usize,
    /// One row of `width` per text.
    rows: Vec<i8>,
    /// The length of each row.
    lengths: Vec<f64>,
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

    /// Keeps the vectors of training texts, and measures held-out texts from the same source. Both have one row of `width` numbers per
    /// text, of different texts ([`KnownTexts::sample`]). Returns `None` if there are fewer than [`MIN_TEXTS`] of either kind: the
    /// distances of so few say nothing about others.
    ///
    /// # Errors
    ///
    /// [`Error::Vector`] if a vector is zero or not finite; its `row` counts the training texts first.
    pub fn new(width: usize, training: &[f32], held_out: &[f32]) -> Result<Option<Self>> {
        let rows_of = |vectors: &[f32]| vectors.len() / width.max(1);
        if rows_of(training).min(rows_of(held_out)) < MIN_TEXTS {
            return Ok(None);
        }
        let mut known = Self {
            width,
            rows: Vec::with_capacity(training.len()),
            lengths: Vec::with_capacity(rows_of(training)),
            distances: Vec::new(),
        };
        for (row, vector) in training.chunks_exact(width).enumerate() {
            let (integers, length) = known.quantized(row, vector)?;
            known.rows.extend(integers);
            known.lengths.push(length);
        }
        let held_out = held_out.chunks_exact(width).enumerate();
        let distances = held_out.map(|(row, vector)| known.distance(rows_of(training) + row, vector));
        known.distances = quantiles(distances.collect::<Result<_>>()?);
        Ok(Some(known))
    }

    /// Restores known texts from what [`KnownTexts::width`], [`KnownTexts::rows`] and [`KnownTexts::distances`] returned.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the parts do not fit together or hold impossible numbers.
    pub fn from_parts(width: usize, rows: Vec<i8>, distances: Vec<f64>) -> Result<Self> {
        let damaged = |reason: &str| Error::Damaged {
            reason: reason.to_owned(),
        };
        if width == 0 || rows.is_empty() || !rows.len().is_multiple_of(width) {
            return Err(damaged("the vectors of the known texts have no common length"));
        }
        let lengths: Vec<f64> = rows.chunks_exact(width).map(length).collect();
        if lengths.contains(&0.0) {
            return Err(damaged("a vector of the known texts is zero"));
        }
        let in_range = |distance: &f64| (0.0..=MAX_DISTANCE).contains(distance);
        if distances.is_empty() || !distances.iter().all(in_range) || !distances.is_sorted() {
            return Err(damaged("the distances are not ascending numbers from 0 to 2"));
        }
        Ok(Self {
            width,
            rows,
            lengths,
            distances,
        })
    }

    /// The number of texts whose vectors are kept.
    pub fn n_texts(&self) -> usize {
        self.lengths.len()
    }

    /// The length of a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The vectors as integers, one row of [`KnownTexts::width`] per text. A row's own length has no meaning.
    pub fn rows(&self) -> &[i8] {
        &self.rows
    }

    /// The distances of held-out texts, ascending: all of them or, of more than 999, quantiles at equal steps.
    pub fn distances(&self) -> &[f64] {
        &self.distances
    }

    /// Returns the unfamiliarity of a text, 0 to 1, from its vector: above [`UNFAMILIAR_ABOVE`], the text is unfamiliar.
    ///
    /// # Errors
    ///
    /// [`Error::Vector`] if the vector has another length than those of the known texts, or is zero or not finite.
    pub fn unfamiliarity(&self, vector: &[f32]) -> Result<f64> {
        Ok(self.share_below(self.distance(0, vector)?))
    }

    /// The share of held-out texts with a smaller distance, interpolated. With `n` texts, the smallest of their distances has the share
    /// 1 / (n + 1) and the largest n / (n + 1).
    fn share_below(&self, distance: f64) -> f64 {
        let steps = self.distances.len() as f64 + 1.0;
        let below = self.distances.partition_point(|&other| other < distance);
        let lower = match below {
            0 => 0.0,
            below => self.distances[below - 1],
        };
        let upper = self.distances.get(below).copied().unwrap_or(MAX_DISTANCE);
        let part = match upper > lower {
            true => ((distance - lower) / (upper - lower)).clamp(0.0, 1.0),
            false => 1.0,
        };
        (below as f64 + part) / steps
    }

    fn distance(&self, row: usize, vector: &[f32]) -> Result<f64> {
        let (vector, length) = self.quantized(row, vector)?;
        let mut nearest = [-1.0_f64; NEIGHBOURS];
        for (other, other_length) in self.rows.chunks_exact(self.width).zip(&self.lengths) {
            let similarity = f64::from(product(&vector, other)) / (length * other_length);
            if similarity > nearest[NEIGHBOURS - 1] {
                nearest[NEIGHBOURS - 1] = similarity;
                nearest.sort_by(|a, b| b.total_cmp(a));
            }
        }
        let mean = nearest.iter().sum::<f64>() / NEIGHBOURS as f64;
        Ok((1.0 - mean).clamp(0.0, MAX_DISTANCE))
    }

    /// Returns a vector as integers from -127 to 127, and their length. Sums of products of integers have no order, so that distances are
    /// the same on every machine.
    fn quantized(&self, row: usize, vector: &[f32]) -> Result<(Vec<i8>, f64)> {
        let largest = vector.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        let is_finite = vector.iter().all(|x| x.is_finite());
        if vector.len() != self.width || !is_finite || largest == 0.0 {
            return Err(Error::Vector {
                row,
                found: vector.len(),
                expected: self.width,
            });
        }
        let scale = 127.0 / f64::from(largest);
        let integer = |x: &f32| (f64::from(*x) * scale).round() as i8;
        let integers: Vec<i8> = vector.iter().map(integer).collect();
        let length = length(&integers);
        Ok((integers, length))
    }
}

fn length(row: &[i8]) -> f64 {
    f64::from(product(row, row)).sqrt()
}

fn product(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum()
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
    fn a_share_is_interpolated_between_the_distances() {
        let known = KnownTexts::from_parts(1, vec![1], vec![0.2, 0.4, 0.4]).unwrap();
        let shares = [0.0, 0.1, 0.2, 0.3, 0.4, 1.2, 2.0].map(|distance| known.share_below(distance));
        assert_eq!(
            shares.map(|share| (share * 1000.0).round() / 1000.0),
            [0.0, 0.125, 0.25, 0.375, 0.5, 0.875, 1.0]
        );
    }
}
