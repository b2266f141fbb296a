//! Texts that say what a training text says, in other words.

use crate::error::{Error, Result};

/// From this similarity on, two texts say the same in other words. On feedback of all kinds, pairs above it differ only in their words
/// (“Wrong number, caller was looking for the dentist next door” and “Wrong number, lady was trying to reach a dentist”: 0.78), and
/// pairs below 0.65 share only the topic (docs/guide.md, Leaks).
pub const ALIKE_FROM: f64 = 0.7;

/// The training text that is most like a text.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Alike {
    /// The text, counted from 0.
    pub row: usize,
    /// The training text, counted from 0; of equally similar ones, the first.
    pub training_row: usize,
    /// The similarity, −1 to 1: the cosine of the angle between the vectors, seen from the mean of the training vectors. In many
    /// encoders, all vectors point in about the same direction; without this mean, every text would be like every other.
    pub similarity: f64,
}

/// Returns the texts that are as similar to a training text as [`ALIKE_FROM`] or more, most similar first. Both lists of vectors have
/// `width` numbers per text.
///
/// The time grows with the product of both numbers of texts.
///
/// # Errors
///
/// [`Error::Vector`] if there are not `width` numbers for each text.
///
/// # Examples
///
/// ```
/// use feedback_drift::alike;
///
/// let training = [1.0, 0.0, 0.0, 1.0, -1.0, -1.0];
/// let others = [-2.0, -2.1, 1.0, 0.9, 0.1, 3.0];
/// let found = alike(&training, &others, 2)?;
/// let pairs: Vec<(usize, usize)> = found.iter().map(|one| (one.row, one.training_row)).collect();
/// assert_eq!(pairs, [(0, 2), (2, 1), (1, 0)]);
/// # Ok::<(), feedback_drift::Error>(())
/// ```
pub fn alike(training: &[f32], others: &[f32], width: usize) -> Result<Vec<Alike>> {
    for vectors in [training, others] {
        if width == 0 || vectors.len() % width != 0 {
            return Err(Error::Vector {
                row: vectors.len() / width.max(1),
                found: vectors.len() % width.max(1),
                expected: width,
            });
        }
    }
    let mean = mean(training, width);
    let (training, others) = (
        directions(training, &mean, width),
        directions(others, &mean, width),
    );
    let nearest = |(row, vector): (usize, &[f32])| {
        let mut best: Option<Alike> = None;
        for (training_row, other) in training.chunks_exact(width).enumerate() {
            let similarity = f64::from(dot(vector, other));
            if best.is_none_or(|best| similarity > best.similarity) {
                best = Some(Alike {
                    row,
                    training_row,
                    similarity,
                });
            }
        }
        best.filter(|best| best.similarity >= ALIKE_FROM)
    };
    let mut found: Vec<Alike> = others
        .chunks_exact(width)
        .enumerate()
        .filter_map(nearest)
        .collect();
    found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.row.cmp(&b.row)));
    Ok(found)
}

fn mean(vectors: &[f32], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    for vector in vectors.chunks_exact(width) {
        for (sum, value) in sums.iter_mut().zip(vector) {
            *sum += f64::from(*value);
        }
    }
    let n = (vectors.len() / width).max(1) as f64;
    sums.into_iter().map(|sum| sum / n).collect()
}

/// Returns the vectors from `mean` at length 1; a vector that is the mean has no direction and stays zero, so it is like no other.
fn directions(vectors: &[f32], mean: &[f64], width: usize) -> Vec<f32> {
    let mut found = Vec::with_capacity(vectors.len());
    for vector in vectors.chunks_exact(width) {
        let moved = || {
            vector
                .iter()
                .zip(mean)
                .map(|(value, mean)| f64::from(*value) - mean)
        };
        let length = moved().map(|value| value * value).sum::<f64>().sqrt();
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        found.extend(moved().map(|value| (value * scale) as f32));
    }
    found
}

/// Sums in 16 lanes, so that the compiler can use vector instructions; the order of the additions is always the same.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<16>();
    let (b_blocks, b_rest) = b.as_chunks::<16>();
    let mut lanes = [0.0_f32; 16];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..16 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarities_are_seen_from_the_mean() {
        // All vectors point nearly the same way, but the second text differs from both training texts.
        let training = [10.0, 10.0, 1.0, 10.0, 10.0, -1.0];
        let others = [10.0, 10.0, 2.0, 10.0, 11.0, 0.0];
        let found = alike(&training, &others, 3).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].row, found[0].training_row), (0, 0));
        assert!((found[0].similarity - 1.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn nothing_is_like_a_text_without_direction() {
        assert!(alike(&[1.0, 1.0], &[1.0, 1.0, 5.0, 5.0], 2).unwrap().is_empty());
        assert!(alike(&[], &[1.0, 2.0], 2).unwrap().is_empty());
        assert!(alike(&[1.0, 2.0], &[], 2).unwrap().is_empty());
        assert!(alike(&[1.0], &[], 2).is_err() && alike(&[], &[], 0).is_err());
    }

    #[test]
    fn the_product_agrees_with_a_plain_sum() {
        let a: Vec<f32> = (0..37).map(|n| (n as f32 * 0.37).sin()).collect();
        let b: Vec<f32> = (0..37).map(|n| (n as f32 * 0.11).cos()).collect();
        let plain: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        assert!((f64::from(dot(&a, &b)) - plain).abs() < 1e-5);
    }
}
