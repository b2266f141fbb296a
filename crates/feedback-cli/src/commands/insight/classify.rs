//! Categories and vectors of the texts.

use feedback_inference::{Classifier, Prediction};
use feedback_report::{Label, LabelSource};

use super::rows::Rows;

/// The texts with what the model found.
pub(super) struct Classified {
    /// The categories in the file.
    stated: Vec<Option<String>>,
    /// The model's confidence in the categories in the file.
    confidences: Vec<Option<f64>>,
    /// The model's categories; empty if the file states all of them.
    predicted: Vec<Prediction>,
    /// One row for each text.
    pub(super) vectors: Vec<f32>,
}

impl Classified {
    /// Computes the vectors, and the categories where the file states none for any text. A file that states some is not completed, since
    /// the model may know other categories than the file.
    ///
    /// # Errors
    ///
    /// The model fails.
    pub(super) fn new(classifier: &Classifier, rows: &Rows) -> feedback_inference::Result<Self> {
        let (texts, stated) = (rows.texts(), rows.labels());
        let (predicted, vectors) = if stated.iter().any(Option::is_some) {
            (Vec::new(), classifier.vectors(&texts)?)
        } else {
            classifier.predict_with_vectors(&texts)?
        };
        Ok(Self {
            stated,
            confidences: rows.confidences.clone(),
            predicted,
            vectors,
        })
    }

    /// The category of each text.
    pub(super) fn labels(&self) -> Vec<Option<Label<'_>>> {
        if self.predicted.is_empty() {
            let names = self.stated.iter().zip(&self.confidences);
            return names
                .map(|(name, confidence)| name.as_deref().map(|name| stated(name, *confidence)))
                .collect();
        }
        self.predicted
            .iter()
            .map(|prediction| Some(predicted(prediction)))
            .collect()
    }
}

/// A category in the file; with a confidence, a model chose it.
fn stated(name: &str, confidence: Option<f64>) -> Label<'_> {
    Label {
        name,
        confidence,
        source: match confidence {
            Some(_) => LabelSource::Model,
            None => LabelSource::File,
        },
    }
}

fn predicted(prediction: &Prediction) -> Label<'_> {
    Label {
        name: &prediction.predicted_label,
        confidence: Some(prediction.confidence),
        source: LabelSource::Model,
    }
}
