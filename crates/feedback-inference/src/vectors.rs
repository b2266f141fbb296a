//! The vectors of texts, and what is computed from them.

use burn::tensor::Tensor;
use feedback_bert::{Batch, Encoding};

use crate::answers::answer;
use crate::classifier::Classifier;
use crate::error::Result;
use crate::prediction::Prediction;
use crate::unfamiliar::add_unfamiliarity;

impl Classifier {
    /// Returns whether predictions say how unfamiliar a text is: the model folder says where the vectors of training texts are.
    pub fn has_unfamiliarity(&self) -> bool {
        self.known_texts().is_some()
    }

    /// Predicts texts, and returns the vectors of [`Classifier::vectors`] with the predictions, in one pass.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`](crate::Error::EmptyText) with the position of the first text without content, [`Error::NotFinite`](crate::Error::NotFinite), or the device fails.
    pub fn predict_with_vectors<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
    ) -> Result<(Vec<Prediction>, Vec<f32>)> {
        self.both(&self.encode(texts)?)
    }

    /// Returns predictions with the answers to further questions, and the pooled vectors, which these answers need.
    pub(crate) fn both<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<(Vec<Prediction>, Vec<f32>)> {
        let model = &self.folder().model;
        let (labels, width) = (self.labels().len(), model.width());
        let both = |batch: &Batch| {
            let pooled = model.pool(batch);
            Tensor::cat(vec![model.classify(pooled.clone()), pooled], 1) // [texts, labels + width]
        };
        let outputs = self.passes().outputs(encodings, labels + width, both)?;
        let (mut logits, mut vectors) = (Vec::new(), Vec::new());
        for row in outputs.pooled().chunks_exact(labels + width) {
            logits.extend_from_slice(&row[..labels]);
            vectors.extend_from_slice(&row[labels..]);
        }
        self.add_ngrams(encodings, &mut logits);
        let mut predictions = self.predictions(&logits, encodings, &outputs)?;
        for (prediction, vector) in predictions.iter_mut().zip(vectors.chunks_exact(width.max(1))) {
            let answers = self
                .folder()
                .questions
                .iter()
                .map(|question| answer(question, vector));
            prediction.answers = answers.collect();
        }
        if let Some(known) = self.known_texts() {
            add_unfamiliarity(known, &vectors, &mut predictions)?;
        }
        Ok((predictions, vectors))
    }

    /// Returns the pooled vector of each text, which is the input of the classifier: one row per text. The vector of a text that is read
    /// in windows is the mean of theirs.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyText`](crate::Error::EmptyText) with the position of the first text without content, or the device fails.
    pub fn vectors<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<f32>> {
        self.vectors_of(&self.encode(texts)?)
    }

    /// Like [`Classifier::vectors`], for texts that this classifier has encoded.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn vectors_of<E: AsRef<Encoding>>(&self, encodings: &[E]) -> Result<Vec<f32>> {
        let model = &self.folder().model;
        let outputs = self
            .passes()
            .outputs(encodings, model.width(), |batch| model.pool(batch))?;
        Ok(outputs.pooled())
    }

    /// Returns the number of elements of the vector of a text.
    pub fn width(&self) -> usize {
        self.folder().model.width()
    }
}
