//! The features of texts: vectors of an encoder, and TF-IDF of token n-grams.

use burn::tensor::Device;
use feedback_baselines::{CsrMatrix, DenseMatrix, DesignMatrix};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::ngrams::NgramFeatures;
use feedback_bert::{Batch, BertForSequenceClassification, Encoding};
use feedback_inference::BatchLimits;
use rayon::prelude::*;

use crate::error::Result;

/// The mean-pooled vectors of texts, `[texts, width]`.
pub(super) struct Vectors {
    pub(super) values: Vec<f32>,
    pub(super) width: usize,
}

/// Centres vectors and divides them by their mean length, so that they are about as long as TF-IDF rows, whose length is 1.
pub(super) struct Scaling {
    pub(super) centre: Vec<f64>,
    pub(super) scale: f64,
}

/// Computes the vectors of texts; `model` must pool by the mean.
///
/// # Errors
///
/// The device fails.
pub(super) fn embed(
    model: &BertForSequenceClassification,
    encodings: &[Encoding],
    pad_token_id: u32,
    device: &Device,
) -> Result<Vectors> {
    let width = model.width();
    let lengths: Vec<usize> = encodings.iter().map(Encoding::len).collect();
    let limits = BatchLimits::for_device(device);
    let batches = batch_by_tokens(&lengths, limits.max_texts, limits.max_tokens);
    let pass = |indices: &Vec<usize>| -> Result<Vec<f32>> {
        let batch: Vec<&Encoding> = indices.iter().map(|&index| &encodings[index]).collect();
        let batch = Batch::new(&batch, pad_token_id, device)?;
        let failed = |reason: String| feedback_inference::Error::Device(reason);
        let pooled = model
            .pool(&batch)
            .try_into_data()
            .map_err(|error| failed(error.to_string()))?;
        let pooled = pooled.convert::<f32>().try_to_vec::<f32>();
        Ok(pooled.map_err(|error| failed(format!("{error:?}")))?)
    };
    let pooled: Vec<Result<Vec<f32>>> = if limits.at_once == 1 {
        batches.iter().map(pass).collect()
    } else {
        batches.par_iter().with_max_len(1).map(pass).collect()
    };
    let mut values = vec![0.0; encodings.len() * width];
    for (indices, rows) in batches.iter().zip(pooled) {
        for (&index, row) in indices.iter().zip(rows?.chunks_exact(width)) {
            values[index * width..(index + 1) * width].copy_from_slice(row);
        }
    }
    Ok(Vectors { values, width })
}

impl Vectors {
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

impl Scaling {
    /// Measures the vectors of the training texts.
    pub(super) fn fit(vectors: &Vectors) -> Self {
        let count = (vectors.values.len() / vectors.width).max(1) as f64;
        let mut centre = vec![0.0; vectors.width];
        let mut length = 0.0;
        for row in vectors.values.chunks_exact(vectors.width) {
            centre
                .iter_mut()
                .zip(row)
                .for_each(|(sum, &value)| *sum += f64::from(value));
            length += row
                .iter()
                .map(|&value| f64::from(value).powi(2))
                .sum::<f64>()
                .sqrt();
        }
        centre.iter_mut().for_each(|sum| *sum /= count);
        let mean = length / count;
        Self {
            centre,
            scale: if mean > 0.0 { 1.0 / mean } else { 0.0 },
        }
    }
}

/// Returns the features of texts, `[texts, width + terms]`.
///
/// # Errors
///
/// A vector is not finite.
pub(super) fn design(
    vectors: &Vectors,
    scaling: &Scaling,
    encodings: &[&Encoding],
    ngrams: &NgramFeatures,
) -> Result<DesignMatrix> {
    let centres = scaling.centre.iter().cycle();
    let scaled = vectors.values.iter().zip(centres);
    let scaled = scaled.map(|(&value, centre)| (f64::from(value) - centre) * scaling.scale);
    let dense = DenseMatrix::new(vectors.width, scaled.collect())?;
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
