//! The baseline that shows how much fine-tuning improves a model: a frozen encoder with a linear classifier.

use std::borrow::Cow;
use std::path::Path;

use burn::tensor::Device;
use feedback_baselines::{DenseMatrix, DesignMatrix, LogisticRegression, LogisticRegressionConfig};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::folder::{load_for_fine_tuning, saved_cleaning};
use feedback_bert::{Batch, Encoding};
use feedback_clean::Cleaning;
use feedback_inference::BatchLimits;

use feedback_pipeline::Result;

/// The inverse regularisation strength. Between 1 and 30, the cross-validated weighted F1 on the fixtures varies by less
/// than one percentage point (67.5 to 68.3 %). With many classes, vectors of length 1 need a larger value than
/// scikit-learn's default of 1.
const C: f64 = 10.0;
/// Maximum length of a text in tokens, as in `train`; less if the encoder has fewer positions.
const MAX_LENGTH: usize = 256;

/// An encoder that is not trained further. It turns texts into mean-pooled vectors, each scaled to length 1, on which a
/// [`LogisticRegression`] is fitted.
pub(crate) struct FrozenEncoder {
    tokenizer: feedback_bert::BertTokenizer,
    model: feedback_bert::BertForSequenceClassification,
    width: usize,
    device: Device,
    /// What the model of the folder was trained to clean.
    cleaning: Cleaning,
}

impl FrozenEncoder {
    /// Loads the encoder of a folder, without its classifier.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub(crate) fn load(folder: &Path, device: &Device) -> Result<Self> {
        let config = BertConfig::encoder_from_file(&folder.join("config.json"))?;
        let max_length = MAX_LENGTH.min(config.max_position_embeddings);
        // Labels for a random head that is not used.
        let labels = ["a", "b"].map(str::to_owned);
        let encoder = load_for_fine_tuning(folder, &labels, Pooling::Mean, max_length, 0, device)?;
        Ok(Self {
            tokenizer: encoder.tokenizer,
            model: encoder.model,
            width: encoder.config.hidden_size,
            device: device.clone(),
            cleaning: saved_cleaning(folder),
        })
    }

    /// Returns one vector of length 1 for each text.
    ///
    /// # Errors
    ///
    /// A text cannot be encoded, or the device fails.
    pub(crate) fn embed<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<DenseMatrix> {
        let clean = |text| self.cleaning.clean(text);
        let texts: Vec<Cow<'_, str>> = texts.iter().map(AsRef::as_ref).map(clean).collect();
        let encodings = self.tokenizer.encode(&texts)?;
        let lengths: Vec<usize> = encodings.iter().map(Encoding::len).collect();
        let mut vectors = vec![0.0; texts.len() * self.width];
        let limits = BatchLimits::for_device(&self.device);
        for indices in batch_by_tokens(&lengths, limits.max_texts, limits.max_tokens) {
            let batch: Vec<&Encoding> = indices.iter().map(|&index| &encodings[index]).collect();
            let batch = Batch::new(&batch, self.tokenizer.pad_token_id(), &self.device)?;
            let failed = |error: String| feedback_inference::Error::Device(error);
            let pooled = self
                .model
                .pool(&batch)
                .try_into_data()
                .map_err(|error| failed(error.to_string()))?; // [batch, hidden]
            let pooled = pooled
                .convert::<f32>()
                .try_to_vec::<f32>()
                .map_err(|error| failed(format!("{error:?}")))?;
            for (&index, row) in indices.iter().zip(pooled.chunks_exact(self.width)) {
                let target = &mut vectors[index * self.width..(index + 1) * self.width];
                scale_to_length_1(row, target);
            }
        }
        Ok(DenseMatrix::new(self.width, vectors)?)
    }

    /// Fits the linear classifier on texts and their class ids.
    ///
    /// # Errors
    ///
    /// The errors of [`Self::embed`], or an error if there are no texts or the labels do not match the texts.
    pub(crate) fn fit<S: AsRef<str> + Sync>(
        self,
        texts: &[S],
        labels: &[usize],
        n_classes: usize,
    ) -> Result<FrozenEncoderLogisticRegression> {
        if texts.is_empty() {
            return Err(feedback_baselines::Error::NoRows { what: "texts" }.into());
        }
        let features = DesignMatrix::from(self.embed(texts)?);
        let mut config = LogisticRegressionConfig::default();
        config.c = C;
        let classifier = LogisticRegression::fit(&features, labels, n_classes, &config)?;
        Ok(FrozenEncoderLogisticRegression {
            encoder: self,
            classifier,
        })
    }
}

/// A [`FrozenEncoder`] with the linear classifier that was fitted on its vectors.
pub(crate) struct FrozenEncoderLogisticRegression {
    encoder: FrozenEncoder,
    classifier: LogisticRegression,
}

impl FrozenEncoderLogisticRegression {
    /// Returns the probability of each class for each text, row-major `[texts.len(), n_classes]`.
    ///
    /// # Errors
    ///
    /// The errors of [`FrozenEncoder::embed`].
    pub(crate) fn predict_probabilities<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<f64>> {
        let features = DesignMatrix::from(self.encoder.embed(texts)?);
        Ok(self.classifier.predict_probabilities(&features)?)
    }
}

/// Writes `row`, scaled to length 1, to `target`. A zero vector stays zero.
fn scale_to_length_1(row: &[f32], target: &mut [f64]) {
    let length = row
        .iter()
        .map(|&value| f64::from(value).powi(2))
        .sum::<f64>()
        .sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    target
        .iter_mut()
        .zip(row)
        .for_each(|(target, &value)| *target = scale * f64::from(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_1() {
        let mut scaled = [0.0; 2];
        scale_to_length_1(&[3.0, -4.0], &mut scaled);
        assert!((scaled[0] - 0.6).abs() < 1e-12 && (scaled[1] + 0.8).abs() < 1e-12);
        scale_to_length_1(&[0.0, 0.0], &mut scaled);
        assert_eq!(scaled, [0.0, 0.0]);
    }
}
