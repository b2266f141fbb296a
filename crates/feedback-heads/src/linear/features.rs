//! The features of texts: vectors of an encoder, and TF-IDF of token n-grams.

use feedback_baselines::{CsrMatrix, DesignMatrix, Scaling};
use feedback_bert::Encoding;
use feedback_bert::ngrams::NgramFeatures;
use feedback_inference::Classifier;

use crate::error::Result;

/// The mean-pooled vectors of texts, `[texts, width]`.
pub(super) struct Vectors {
    pub(super) values: Vec<f32>,
    pub(super) width: usize,
}

impl Vectors {
    /// Returns the vectors of all texts.
    pub(super) fn of(encoder: &Classifier, encodings: &[Encoding]) -> Result<Self> {
        Ok(Self {
            values: encoder.vectors_of(encodings)?,
            width: encoder.width(),
        })
    }

    /// Returns the vectors of some texts.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let values = rows
            .iter()
            .flat_map(|&row| &self.values[row * self.width..(row + 1) * self.width]);
        Self {
            values: values.copied().collect(),
            width: self.width,
        }
    }
}

/// Returns the features of texts: their vectors and, with `ngrams`, their n-grams, `[texts, width + terms]`.
///
/// # Errors
///
/// A vector is not finite.
pub(super) fn design(
    vectors: &Vectors,
    scaling: &Scaling,
    encodings: &[&Encoding],
    ngrams: Option<&NgramFeatures>,
) -> Result<DesignMatrix> {
    let dense = scaling.scale(&vectors.values)?;
    let Some(ngrams) = ngrams else {
        return Ok(dense.into());
    };
    let terms = encodings.iter().map(|encoding| ngrams.of(encoding));
    let terms: Vec<Vec<(usize, f64)>> = terms
        .map(|row| {
            row.into_iter()
                .map(|(term, value)| (term, f64::from(value)))
                .collect()
        })
        .collect();
    let sparse = CsrMatrix::from_rows(ngrams.len(), &terms)?;
    Ok(DesignMatrix::joined(dense, sparse)?)
}
