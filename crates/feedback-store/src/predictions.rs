//! The history of predictions.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fields::Fields;

/// A label and its probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The label.
    pub label: String,
    /// The probability of the label.
    pub score: f64,
}

/// An answer of the model to one of its further questions, such as the sentiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelAnswer {
    /// The name of the question.
    pub question: String,
    /// The label. If the question can have several, each is an answer of its own.
    pub label: String,
    /// The probability of the label.
    pub score: f64,
}

/// A prediction to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrediction {
    /// When the feedback was given or, if that is unknown, when it was classified; milliseconds since 1970.
    pub at: i64,
    /// Whether the record has no date that can be read, so that `at` is only the time of classification. Such a text is in no period.
    pub undated: bool,
    /// The text.
    pub text: String,
    /// Where the text came from: `page`, `api`, `webhook`, or the name that the request, the record or the recognised export gives.
    pub source: String,
    /// The labels that the model gave, highest score first: exactly one, or any number if the model gives each text any number of labels.
    pub labels: Vec<String>,
    /// How sure the model was, 0 to 1: the probability of its one label or, of several labels, of its least certain decision for or
    /// against a label.
    pub confidence: f64,
    /// How close the model was to another answer: the difference between its two highest scores, or for several labels twice the
    /// confidence minus 1. The review starts with the smallest values.
    pub margin: f64,
    /// Whether the confidence is below the model's threshold; `None` if the model has no threshold.
    pub abstained: Option<bool>,
    /// Whether the text was cut to the model's maximum length.
    pub truncated: bool,
    /// How unlike the texts of its training the model found the text, 0 to 1; `None` if the model does not say, or an earlier version
    /// stored the prediction.
    pub unfamiliarity: Option<f64>,
    /// All scores, highest first.
    pub scores: Vec<Score>,
    /// The answers to the model's further questions; none if it has no such questions, or an earlier version stored the prediction.
    pub answers: Vec<ModelAnswer>,
    /// The model's id.
    pub model: String,
    /// The id of the batch and the index of the row in it, from 0, counting good and bad rows.
    pub batch: Option<(i64, i64)>,
    /// All other fields of the record.
    pub fields: Fields,
}

impl NewPrediction {
    /// Returns a hash that is the same for texts that are equal after normalising.
    pub(crate) fn fingerprint(&self) -> i64 {
        feedback_dataset::text::fingerprint(&self.text).cast_signed()
    }
}

/// What another model says about a stored text. It takes the place of what the earlier model said; labels from people stay.
#[derive(Debug, Clone, PartialEq)]
pub struct Reclassified {
    /// The id of the prediction.
    pub id: i64,
    /// The labels that the model gives: as in [`NewPrediction`], like all that follows.
    pub labels: Vec<String>,
    /// How sure the model is, 0 to 1.
    pub confidence: f64,
    /// How close the model is to another answer.
    pub margin: f64,
    /// Whether the confidence is below the model's threshold; `None` if the model has no threshold.
    pub abstained: Option<bool>,
    /// Whether the text was cut to the model's maximum length.
    pub truncated: bool,
    /// How unlike the texts of its training the model finds the text, 0 to 1; `None` if the model does not say.
    pub unfamiliarity: Option<f64>,
    /// All scores, highest first.
    pub scores: Vec<Score>,
    /// The answers to the model's further questions.
    pub answers: Vec<ModelAnswer>,
    /// The model's id.
    pub model: String,
}

/// A prediction of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPrediction {
    /// Its id, from 1, in the order of classification.
    pub id: i64,
    /// What was predicted.
    pub prediction: NewPrediction,
    /// The labels that a person gave the text, if any person did; an empty list if the person gave it no label.
    pub corrected: Option<Vec<String>>,
}

impl StoredPrediction {
    /// Returns the effective labels: the labels from a person if there are any, otherwise the labels from the model.
    pub fn effective_labels(&self) -> &[String] {
        self.corrected.as_deref().unwrap_or(&self.prediction.labels)
    }
}

/// Selects predictions; a field that is `None` selects all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// The text contains this string, ignoring case.
    pub text: Option<String>,
    /// The effective labels include this one; an empty string selects the texts without labels.
    pub label: Option<String>,
    /// The source is this one.
    pub source: Option<String>,
    /// The text has a date, which is not before this one.
    pub from: Option<i64>,
    /// The text has a date, which is before this one.
    pub to: Option<i64>,
    /// Only texts before this time. A text counts by its date or, if it has no date, by the time of classification.
    pub older_than: Option<i64>,
    /// The confidence is at least this value.
    pub min_confidence: Option<f64>,
    /// The confidence is at most this value.
    pub max_confidence: Option<f64>,
    /// The unfamiliarity is known and above this value.
    pub unfamiliar_above: Option<f64>,
    /// Whether a person has corrected the label.
    pub corrected: Option<bool>,
    /// Whether the prediction is doubtful, as in [`Overview::doubtful`].
    pub doubtful: Option<bool>,
    /// A model with another id classified the text.
    pub not_by_model: Option<String>,
    /// Each of these fields of the record has one of its values.
    pub fields: Vec<FieldFilter>,
    /// The model gave each of these answers to its further questions.
    pub answers: Vec<AnswerFilter>,
    /// The id is at most this one.
    pub max_id: Option<i64>,
    /// The id is one of these.
    pub ids: Option<Vec<i64>>,
}

/// A field of the record and the values of which it must have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFilter {
    /// The name of the field.
    pub name: String,
    /// The values, at least one, as [`Fields::iter`] returns them; an empty string selects the texts whose record has no such field, or an empty one.
    pub values: Vec<String>,
}

impl From<FieldValue> for FieldFilter {
    fn from(field: FieldValue) -> Self {
        Self {
            name: field.name,
            values: vec![field.value],
        }
    }
}

/// A further question and the answer that the model must have given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerFilter {
    /// The name of the question.
    pub question: String,
    /// The label, alone or among others; an empty string selects the texts for which the model gave no answer.
    pub label: String,
}

/// What predictions are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// The value of this field of the record.
    Field(String),
    /// The source.
    Source,
    /// The model's answers to this further question. A prediction with several counts once under each of them.
    Answer(String),
}

/// A field of the record and the value that it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// The name of the field.
    pub name: String,
    /// The value, as [`Fields::iter`] returns it; an empty string selects the texts whose record has no such field, or an empty one.
    pub value: String,
}

/// A page of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Only rows with an id below this one are returned.
    pub before: i64,
    /// The maximum number of rows.
    pub limit: usize,
}

impl Cursor {
    /// Returns the cursor for the newest rows.
    pub fn newest(limit: usize) -> Self {
        Self {
            before: i64::MAX,
            limit,
        }
    }
}

/// A label and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// How often it occurs.
    pub count: u64,
}

/// The number of predictions with the same labels from one source on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayCount {
    /// Days since 1970-01-01.
    pub day: i64,
    /// The effective labels; none for the texts without labels.
    pub labels: Vec<String>,
    /// The source.
    pub source: String,
    /// Number of predictions.
    pub count: u64,
    /// The sum of the confidences of these predictions.
    pub confidence: f64,
}

/// The number of predictions with one value of a [`Dimension`] and the same labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCount {
    /// The value; of a field as [`Fields::iter`] returns it. Empty if the record has no such field or an empty one, or the model gave no
    /// answer.
    pub value: String,
    /// The effective labels; none for the texts without labels.
    pub labels: Vec<String>,
    /// Number of predictions.
    pub count: u64,
}

/// The number of predictions to which the model gave the same labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictedCount {
    /// The model's labels, whether a person corrected them or not; none for the texts without labels.
    pub labels: Vec<String>,
    /// Number of predictions.
    pub count: u64,
}

/// The labels of a text according to the model and to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The id of the prediction.
    pub id: i64,
    /// The same number for texts that are equal after normalising.
    pub fingerprint: i64,
    /// The model's labels.
    pub predicted: Vec<String>,
    /// The labels that a person gave the text or, if nobody did, an equal text (of several, the one with the lowest id).
    pub given: Option<Vec<String>>,
    /// The id of the model.
    pub model: String,
}

/// The figures of the dashboard.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overview {
    /// Number of predictions.
    pub total: u64,
    /// Number of doubtful predictions: abstained or, if the model has no threshold, with a confidence below 0.5.
    pub doubtful: u64,
    /// Number of corrected predictions.
    pub corrected: u64,
    /// The mean confidence; 0 if there are no predictions.
    pub mean_confidence: f64,
    /// The effective labels, most frequent first. A text with several labels counts once under each of them.
    pub labels: Vec<LabelCount>,
    /// Number of predictions without a label.
    pub unlabelled: u64,
    /// Number of predictions with more than one label. If there are any, the counts of the labels can sum to more than `total`.
    pub several: u64,
    /// The sources, most frequent first.
    pub sources: Vec<LabelCount>,
    /// Number of texts without a date.
    pub undated: u64,
    /// The counts by day, label and source of the texts with a date, in ascending order of the days.
    pub days: Vec<DayCount>,
    /// Number of predictions with a confidence in each tenth from 0 to 1.
    pub histogram: [u64; 10],
}

/// The history of predictions.
///
/// Added predictions survive the end of the process. In a power failure, the newest predictions may be lost.
///
/// # Errors
///
/// Every method of every store can fail. If the disk is full, the error is [`StorageFull`](crate::Error::StorageFull), and
/// nothing was written. If the database reports an error, it is [`Sqlite`](crate::Error::Sqlite) or
/// [`Postgres`](crate::Error::Postgres). A database on another machine can also be [`Unreachable`](crate::Error::Unreachable). A
/// write that fails with this error may have been done or not; the caller can find out once the database is reachable again.
pub trait PredictionStore: Send + Sync + 'static {
    /// Adds predictions and returns their ids, in order.
    fn add_predictions(&self, predictions: Vec<NewPrediction>) -> Result<Vec<i64>>;
    /// Replaces what models said about stored texts, all of them or none. Returns how many of the texts were there.
    fn reclassify(&self, all: Vec<Reclassified>) -> Result<u64>;
    /// Keeps what is counted of all predictions in memory from now on, if there are at least `min_rows`; about 150 bytes for each.
    /// Counts and filters then take milliseconds instead of seconds in a store of a million predictions, and say the same; a search in the
    /// texts looks only at those that may contain the word.
    /// Reads all predictions once, which takes some seconds for a million. Returns whether the columns are kept.
    fn keep_columns(&self, min_rows: u64) -> Result<bool>;
    /// Returns a prediction, or `None` if it does not exist.
    fn prediction(&self, id: i64) -> Result<Option<StoredPrediction>>;
    /// Returns the predictions that pass the filter, newest first.
    fn history(&self, filter: &Filter, cursor: Cursor) -> Result<Vec<StoredPrediction>>;
    /// Returns up to `limit` predictions with an id above `after`, in ascending order.
    fn predictions_after(&self, after: i64, limit: usize) -> Result<Vec<StoredPrediction>>;
    /// Returns the ids of the newest `limit` predictions that pass the filter, newest first.
    fn ids(&self, filter: &Filter, limit: usize) -> Result<Vec<i64>>;
    /// Returns up to `limit` texts with an id above `after`, with their ids, in ascending order.
    fn texts(&self, after: i64, limit: usize) -> Result<Vec<(i64, String)>>;
    /// Returns the number of predictions that pass the filter.
    fn count(&self, filter: &Filter) -> Result<u64>;
    /// Returns totals, distributions and daily counts of the predictions that pass the filter.
    fn overview(&self, filter: &Filter) -> Result<Overview>;
    /// Counts the predictions that pass the filter, by the value of a dimension and the effective labels. The counts are in the order
    /// of value and labels. Returns `None` if there are more than `limit` of these combinations: the dimension then has
    /// too many values for a breakdown.
    fn breakdown(&self, filter: &Filter, by: &Dimension, limit: usize) -> Result<Option<Vec<FieldCount>>>;
    /// Counts the predictions that pass the filter by the model's labels, in the order of the labels.
    fn predicted(&self, filter: &Filter) -> Result<Vec<PredictedCount>>;
    /// Returns what the model and people said about the texts that pass the filter, in ascending order of the ids.
    fn judged(&self, filter: &Filter) -> Result<Vec<Judged>>;
    /// Returns the fields of the newest `limit` predictions that pass the filter, newest first.
    fn newest_fields(&self, filter: &Filter, limit: usize) -> Result<Vec<Fields>>;
    /// Returns the different sources of all predictions, in ascending order.
    fn sources(&self) -> Result<Vec<String>>;
    /// Returns uncorrected predictions that pass the filter and that a person should check, least certain first. Duplicates, also those of
    /// corrected texts, are left out.
    fn review(&self, filter: &Filter, limit: usize) -> Result<Vec<StoredPrediction>>;
}
