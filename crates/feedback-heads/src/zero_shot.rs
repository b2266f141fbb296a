//! A classifier from descriptions of the labels, without labelled texts.
//!
//! A text gets the label whose description its vector resembles most. Some labels resemble all texts more than others do, so from
//! each similarity the mean over the unlabelled texts is subtracted.

use feedback_inference::Classifier;

use crate::descriptions::{LabelDescription, check_labels};
use crate::error::{Error, Result};
use crate::vector_head::VectorHead;

/// The standard deviation of the logits. Without labelled texts it cannot be fitted; this value makes neither almost equal nor almost
/// certain probabilities.
const DEVIATION: f64 = 2.0;

/// The vectors of labels, to compare texts with.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelVectors {
    /// For each label, a unit vector.
    directions: Vec<Vec<f64>>,
}

impl LabelVectors {
    /// Computes the vectors of the descriptions and examples of labels.
    ///
    /// # Errors
    ///
    /// The errors of [`check_labels`], or the device fails.
    pub fn new(encoder: &Classifier, labels: &[LabelDescription]) -> Result<Self> {
        check_labels(labels)?;
        Ok(Self {
            directions: directions(encoder, labels)?,
        })
    }

    /// Returns the classifier for texts with these vectors, one after another. The more there are, the better it knows which
    /// similarities are unusual.
    ///
    /// # Errors
    ///
    /// [`Error::Lengths`] if there is no vector.
    pub fn head(&self, vectors: &[f32]) -> Result<VectorHead> {
        let width = self.directions.first().map_or(0, Vec::len);
        if vectors.len() < width.max(1) {
            return Err(Error::Lengths { texts: 0, labels: 0 });
        }
        let centre = mean(vectors.chunks_exact(width), width);
        Ok(head(vectors, &centre, &self.directions))
    }
}

/// Makes a classifier from the descriptions and examples of labels. `texts` are texts like those that it will classify.
///
/// # Errors
///
/// The errors of [`check_labels`]; [`Error::Lengths`] if there are no texts; a text is empty, or the device fails.
pub fn zero_shot(encoder: &Classifier, labels: &[LabelDescription], texts: &[String]) -> Result<VectorHead> {
    LabelVectors::new(encoder, labels)?.head(&encoder.vectors(texts)?)
}

/// Returns the direction of each label: the mean of the unit vectors of its sentences, as a unit vector.
fn directions(encoder: &Classifier, labels: &[LabelDescription]) -> Result<Vec<Vec<f64>>> {
    let width = encoder.width();
    labels
        .iter()
        .map(|label| {
            let sentences: Vec<String> = label
                .prompts()
                .into_iter()
                .chain(label.examples.clone())
                .collect();
            let vectors = encoder.vectors(&sentences)?;
            let units: Vec<f32> = vectors.chunks_exact(width).flat_map(unit).collect();
            Ok(unit_f64(&mean(units.chunks_exact(width), width)))
        })
        .collect()
}

/// Returns the classifier for text vectors with this centre.
fn head(vectors: &[f32], centre: &[f64], directions: &[Vec<f64>]) -> VectorHead {
    let (width, n_labels) = (centre.len(), directions.len());
    // Scores are relative to the mean label, so that their spread is that of the differences between labels.
    let mean_direction: Vec<f64> = (0..width)
        .map(|at| directions.iter().map(|direction| direction[at]).sum::<f64>() / n_labels as f64)
        .collect();
    let relative: Vec<Vec<f64>> = directions
        .iter()
        .map(|direction| {
            direction
                .iter()
                .zip(&mean_direction)
                .map(|(a, b)| a - b)
                .collect()
        })
        .collect();
    let rows = vectors.chunks_exact(width);
    let (mut squares, count) = (0.0, (rows.len() * n_labels) as f64);
    for row in rows {
        for direction in &relative {
            let terms = row.iter().zip(centre).zip(direction);
            let score: f64 = terms
                .map(|((&value, mean), weight)| (f64::from(value) - mean) * weight)
                .sum();
            squares += score * score;
        }
    }
    let deviation = (squares / count).sqrt();
    let factor = if deviation > 0.0 {
        DEVIATION / deviation
    } else {
        1.0
    };
    let weights = (0..width)
        .flat_map(|at| {
            relative
                .iter()
                .map(move |direction| (direction[at] * factor) as f32)
        })
        .collect();
    let bias = relative
        .iter()
        .map(|direction| -(direction.iter().zip(centre).map(|(a, b)| a * b).sum::<f64>() * factor) as f32)
        .collect();
    VectorHead::new(weights, bias)
}

fn mean<'a>(rows: impl ExactSizeIterator<Item = &'a [f32]>, width: usize) -> Vec<f64> {
    let count = rows.len().max(1) as f64;
    let mut sums = vec![0.0; width];
    for row in rows {
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, &value)| *sum += f64::from(value));
    }
    sums.into_iter().map(|sum| sum / count).collect()
}

fn unit(row: &[f32]) -> Vec<f32> {
    let row: Vec<f64> = row.iter().map(|&value| f64::from(value)).collect();
    unit_f64(&row).into_iter().map(|value| value as f32).collect()
}

/// Returns the vector with the length 1; a zero vector is returned unchanged.
fn unit_f64(row: &[f64]) -> Vec<f64> {
    let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
    let length = if length > 0.0 { length } else { 1.0 };
    row.iter().map(|value| value / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_get_the_label_that_they_resemble_most_compared_with_other_texts() {
        // All texts resemble the second label more, because their common part does.
        let directions = [vec![1.0, 0.0, 0.0], vec![0.6, 0.0, 0.8]];
        let vectors: [f32; 12] = [3.0, 1.0, 5.0, 2.0, 1.0, 6.0, 3.2, 0.0, 5.1, 1.8, 2.0, 5.9];
        let centre = mean(vectors.chunks_exact(3), 3);
        let head = head(&vectors, &centre, &directions);
        let logits = |row: &[f32]| -> Vec<f32> {
            (0..2)
                .map(|label| {
                    let terms = row.iter().zip(head.weights.chunks_exact(2));
                    terms.map(|(value, weights)| value * weights[label]).sum::<f32>() + head.bias[label]
                })
                .collect()
        };
        let rows: Vec<Vec<f32>> = vectors.chunks_exact(3).map(logits).collect();
        let labels: Vec<bool> = rows.iter().map(|logits| logits[1] > logits[0]).collect();
        assert_eq!(labels, [false, true, false, true]);
        let mean_of = |label: usize| rows.iter().map(|row| row[label]).sum::<f32>() / 4.0;
        assert!(mean_of(0).abs() < 1e-4 && mean_of(1).abs() < 1e-4, "{rows:?}");
        let squares: f32 = rows.iter().flatten().map(|logit| logit * logit).sum();
        assert!(((squares / 8.0).sqrt() - DEVIATION as f32).abs() < 1e-3);
    }

    #[test]
    fn equal_directions_give_equal_scores() {
        let head = head(
            &[1.0, 2.0, 3.0, 4.0],
            &[2.0, 3.0],
            &[vec![1.0, 0.0], vec![1.0, 0.0]],
        );
        assert_eq!(head.weights, [0.0; 4]);
        assert_eq!(head.bias, [0.0; 2]);
    }
}
