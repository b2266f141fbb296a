//! The JSON type of a stored prediction.

use feedback_store::{Fields, StoredPrediction};
use serde::Serialize;
use utoipa::ToSchema;

use super::predictions::ScoreDto;
use crate::clock::rfc3339;

/// A stored prediction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryItem {
    pub(crate) id: i64,
    /// When the text was written, or if that is unknown, when it was classified (RFC 3339).
    pub(crate) at: String,
    /// Whether the record has no date that can be read, so that `at` is only the time of classification. Such a text is in no period.
    pub(crate) undated: bool,
    pub(crate) text: String,
    pub(crate) source: String,
    /// The first of `predicted_labels`; `null` if the model gave the text no label.
    #[schema(required)]
    pub(crate) predicted_label: Option<String>,
    /// The labels of the model, highest score first.
    pub(crate) predicted_labels: Vec<String>,
    /// The first of `corrected_labels`; `null` if there is no correction, or if the text has no label.
    #[schema(required)]
    pub(crate) corrected_label: Option<String>,
    /// The labels that a person gave the text; `null` if there is no correction.
    #[schema(required)]
    pub(crate) corrected_labels: Option<Vec<String>>,
    /// Probability of the predicted label; with several labels per text, of the model's least certain decision.
    pub(crate) confidence: f64,
    #[schema(required)]
    pub(crate) abstained: Option<bool>,
    pub(crate) truncated: bool,
    /// How unlike the texts of its training the model found the text, 0 to 1; `null` if the model does not say.
    #[schema(required)]
    pub(crate) unfamiliarity: Option<f64>,
    pub(crate) scores: Vec<ScoreDto>,
    /// The id of an earlier item of the page that says the same, if `group=similar` asks for it and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) same_as: Option<i64>,
    pub(crate) model: String,
    #[schema(required)]
    pub(crate) batch_id: Option<i64>,
    #[schema(required)]
    pub(crate) batch_row: Option<i64>,
    /// All other fields of the record, as they came in.
    #[schema(value_type = Object)]
    pub(crate) fields: Fields,
}

impl From<StoredPrediction> for HistoryItem {
    fn from(stored: StoredPrediction) -> Self {
        let prediction = stored.prediction;
        Self {
            id: stored.id,
            at: rfc3339(prediction.at),
            undated: prediction.undated,
            text: prediction.text,
            source: prediction.source,
            predicted_label: prediction.labels.first().cloned(),
            predicted_labels: prediction.labels,
            corrected_label: first(stored.corrected.as_ref()),
            corrected_labels: stored.corrected,
            confidence: prediction.confidence,
            abstained: prediction.abstained,
            truncated: prediction.truncated,
            unfamiliarity: prediction.unfamiliarity,
            scores: prediction.scores.into_iter().map(Into::into).collect(),
            same_as: None,
            model: prediction.model,
            batch_id: prediction.batch.map(|(batch, _)| batch),
            batch_row: prediction.batch.map(|(_, row)| row),
            fields: prediction.fields,
        }
    }
}

fn first(labels: Option<&Vec<String>>) -> Option<String> {
    labels?.first().cloned()
}
