//! Scales dense vectors so that a penalty treats them like TF-IDF rows.

use crate::error::Result;
use crate::matrix::DenseMatrix;

/// Centres vectors and divides them by the mean length of the original vectors. The results are about as long as TF-IDF rows, whose
/// length is 1.
///
/// ```
/// use feedback_baselines::Scaling;
///
/// let scaling = Scaling::fit(&[3.0, 4.0, -3.0, 4.0], 2); // two vectors of length 5 around (0, 4)
/// assert_eq!(scaling.scale(&[3.0, 4.0])?.row(0), [0.6000000000000001, 0.0]);
/// // Converts a linear function of the scaled vectors (two weights, one intercept) to one of the original vectors.
/// let (mut weights, mut intercepts) = ([10.0, 5.0], [1.0]);
/// scaling.undo(&mut weights, &mut intercepts);
/// assert_eq!((weights, intercepts), ([2.0, 1.0], [-3.0]));
/// # Ok::<(), feedback_baselines::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    centre: Vec<f64>,
    factor: f64,
}

impl Scaling {
    /// Measures the centre and the mean length of vectors of `width` elements each, stored one after another.
    pub fn fit(vectors: &[f32], width: usize) -> Self {
        let rows = vectors.chunks_exact(width.max(1));
        let count = rows.len().max(1) as f64;
        let (mut centre, mut length) = (vec![0.0; width], 0.0);
        for row in rows {
            for (sum, &value) in centre.iter_mut().zip(row) {
                *sum += f64::from(value);
            }
            let squares = row.iter().map(|&value| f64::from(value).powi(2));
            length += squares.sum::<f64>().sqrt();
        }
        centre.iter_mut().for_each(|sum| *sum /= count);
        let mean = length / count;
        Self {
            centre,
            factor: if mean > 0.0 { 1.0 / mean } else { 0.0 },
        }
    }

    /// Returns the scaled vectors.
    ///
    /// # Errors
    ///
    /// [`Error::NotFinite`](crate::Error::NotFinite) or [`Error::Ragged`](crate::Error::Ragged).
    pub fn scale(&self, vectors: &[f32]) -> Result<DenseMatrix> {
        let scaled = vectors.iter().zip(self.centre.iter().cycle());
        let scaled = scaled.map(|(&value, centre)| (f64::from(value) - centre) * self.factor);
        DenseMatrix::new(self.centre.len(), scaled.collect())
    }

    /// Turns a linear function of scaled vectors, with weights `[width, outputs]` and intercepts `[outputs]`, into the same
    /// function of the original vectors.
    pub fn undo(&self, weights: &mut [f64], intercepts: &mut [f64]) {
        for (row, centre) in weights
            .chunks_exact_mut(intercepts.len().max(1))
            .zip(&self.centre)
        {
            for (weight, intercept) in row.iter_mut().zip(intercepts.iter_mut()) {
                *weight *= self.factor;
                *intercept -= *weight * centre;
            }
        }
    }
}
