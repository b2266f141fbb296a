//! Categories and vectors of the texts.

use feedback_inference::{AnyClassifier, MultiLabelPrediction, Prediction};
use feedback_report::{Label, LabelSource};

use super::rows::Rows;

/// The texts with what the model found.
pub(super) struct Classified {
    /// The categories in the file.
    stated: Vec<Option<String>>,
    /// The model's confidence in the categories in the file.
    confidences: Vec<Option<f64>>,
    /// The model's category of each text, with its confidence; empty if the file states them. A model that gives a text several labels
    /// has the one with the highest score here.
    predicted: Vec<Option<(String, f64)>>,
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
    pub(super) fn new(classifier: &AnyClassifier, rows: &Rows) -> feedback_inference::Result<Self> {
        let (texts, stated) = (rows.texts(), rows.labels());
        let is_stated = stated.iter().any(Option::is_some);
        let (predicted, vectors) = match classifier {
            AnyClassifier::SingleLabel(model) if is_stated => (Vec::new(), model.vectors(&texts)?),
            AnyClassifier::SingleLabel(model) => {
                let (predictions, vectors) = model.predict_with_vectors(&texts)?;
                (predictions.into_iter().map(category).collect(), vectors)
            }
            AnyClassifier::MultiLabel(model) if is_stated => (Vec::new(), model.vectors(&texts)?),
            AnyClassifier::MultiLabel(model) => {
                let predictions = model.predict_many(&texts)?;
                let predicted = predictions.into_iter().map(first_category).collect();
                (predicted, model.vectors(&texts)?)
            }
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
            .map(|category| category.as_ref().map(predicted))
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

fn category(prediction: Prediction) -> Option<(String, f64)> {
    Some((prediction.predicted_label, prediction.confidence))
}

fn first_category(prediction: MultiLabelPrediction) -> Option<(String, f64)> {
    let first = prediction.predicted_labels.into_iter().next()?;
    let score = prediction.scores.iter().find(|score| score.label == first)?.score;
    Some((first, score))
}

fn predicted((name, confidence): &(String, f64)) -> Label<'_> {
    Label {
        name,
        confidence: Some(*confidence),
        source: LabelSource::Model,
    }
}
