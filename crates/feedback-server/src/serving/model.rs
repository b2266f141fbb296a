//! What serving asks of a model.

use feedback_inference::{Classifier, Encoding, Occlusion, Prediction};

/// Something that classifies texts. [`Classifier`] is one; tests bring their own.
pub trait Model: Send + Sync + 'static {
    /// The labels in the order of their class ids.
    fn labels(&self) -> &[String];

    /// The tokens of each text.
    ///
    /// # Errors
    ///
    /// [`feedback_inference::Error::EmptyText`] for a text without content.
    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>>;

    /// Predictions in the order of the encodings.
    ///
    /// # Errors
    ///
    /// A failure of the device.
    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>>;

    /// The text and its variants without one word each, by which its prediction is explained; `None` for a model that
    /// cannot be explained, which is the default.
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

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        Self::encode(self, texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        self.predict_encoded(encodings)
    }

    fn occlusion(&self, text: &str) -> feedback_inference::Result<Option<Occlusion>> {
        Self::occlusion(self, text).map(Some)
    }
}
