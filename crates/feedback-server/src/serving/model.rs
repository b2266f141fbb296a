//! What serving asks of a model.

use feedback_inference::{Classifier, Encoding, Prediction};

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
}
