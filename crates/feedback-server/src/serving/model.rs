//! The interface that a model must implement to be served.

use feedback_inference::{Classifier, Encoding, MultiLabelClassifier, Occlusion};

use super::prediction::Prediction;

/// A model that classifies texts. [`Classifier`] and [`MultiLabelClassifier`] implement it; tests use their own implementations.
pub trait Model: Send + Sync + 'static {
    /// Returns the labels in the order of their class ids.
    fn labels(&self) -> &[String];

    /// Returns whether the model gives each text any number of labels; false by default.
    fn is_multi_label(&self) -> bool {
        false
    }

    /// Returns the tokens of each text.
    ///
    /// # Errors
    ///
    /// [`feedback_inference::Error::EmptyText`] for a text without content.
    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>>;

    /// Returns the predictions, in the order of the encodings.
    ///
    /// # Errors
    ///
    /// A failure of the device.
    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>>;

    /// Returns the vectors of texts that this model has encoded, row by row, all of the same width; `None` if it has no vectors, which is
    /// the default. Similar texts and themes are found by them.
    ///
    /// # Errors
    ///
    /// A failure of the device.
    fn vectors_of(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Option<Vec<f32>>> {
        let _ = encodings;
        Ok(None)
    }

    /// Returns whether predictions say how unfamiliar a text is; false by default.
    fn has_unfamiliarity(&self) -> bool {
        false
    }

    /// Returns the further questions that the model answers, such as the sentiment, and the labels of each; none by default.
    fn questions(&self) -> Vec<(String, Vec<String>)> {
        Vec::new()
    }

    /// Returns a warning if the model scored lower on its test rows than a simple baseline; `None` by default.
    fn warning(&self) -> Option<String> {
        None
    }

    /// Returns the encodings needed to explain the prediction for a text: the text, and for each word a variant without it. `None`
    /// if the model cannot be explained, which is the default.
    ///
    /// # Errors
    ///
    /// [`feedback_inference::Error::EmptyText`] for a text without content.
    fn occlusion(&self, text: &str) -> feedback_inference::Result<Option<Occlusion>> {
        let _ = text;
        Ok(None)
    }
}

impl Model for Classifier {
    fn labels(&self) -> &[String] {
        Self::labels(self)
    }

    fn has_unfamiliarity(&self) -> bool {
        Self::has_unfamiliarity(self)
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        Self::encode(self, texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        Ok(self
            .predict_encoded(encodings)?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    fn vectors_of(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Option<Vec<f32>>> {
        Self::vectors_of(self, encodings).map(Some)
    }

    fn questions(&self) -> Vec<(String, Vec<String>)> {
        let labels = |name: &str| self.labels_of(name).unwrap_or_default().to_vec();
        Self::questions(self)
            .map(|name| (name.to_owned(), labels(name)))
            .collect()
    }

    fn warning(&self) -> Option<String> {
        Self::warning(self)
    }

    fn occlusion(&self, text: &str) -> feedback_inference::Result<Option<Occlusion>> {
        Self::occlusion(self, text).map(Some)
    }
}

impl Model for MultiLabelClassifier {
    fn labels(&self) -> &[String] {
        Self::labels(self)
    }

    fn is_multi_label(&self) -> bool {
        true
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        Self::encode(self, texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        Ok(self
            .predict_encoded(encodings)?
            .into_iter()
            .map(Into::into)
            .collect())
    }

    fn vectors_of(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Option<Vec<f32>>> {
        Self::vectors_of(self, encodings).map(Some)
    }

    fn occlusion(&self, text: &str) -> feedback_inference::Result<Option<Occlusion>> {
        Self::occlusion(self, text).map(Some)
    }
}
