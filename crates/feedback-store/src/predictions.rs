//! Predictions: the history of what was classified.

use crate::error::Result;

/// A label and its probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The label.
    pub label: String,
    /// Its probability.
    pub score: f64,
}

/// A prediction to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrediction {
    /// When the feedback was given or, if that is unknown, classified; milliseconds since 1970.
    pub at: i64,
    /// The text.
    pub text: String,
    /// Where it came from: `page`, `api`, or what the record's `source` says.
    pub source: String,
    /// The label with the highest score.
    pub label: String,
    /// Its probability.
    pub confidence: f64,
    /// Whether the confidence is below the model's threshold, where it has one.
    pub abstained: Option<bool>,
    /// Whether the text was cut.
    pub truncated: bool,
    /// All scores, highest first.
    pub scores: Vec<Score>,
    /// The model's id.
    pub model: String,
    /// The batch and the row in it, counted from 0 over good and bad rows.
    pub batch: Option<(i64, i64)>,
}

impl NewPrediction {
    /// By how much the first label leads the second; 1 where there is no second.
    pub(crate) fn margin(&self) -> f64 {
        match self.scores.as_slice() {
            [first, second, ..] => first.score - second.score,
            _ => 1.0,
        }
    }

    /// Equal for normalised duplicates.
    pub(crate) fn fingerprint(&self) -> i64 {
        feedback_dataset::text::fingerprint(&self.text).cast_signed()
    }
}

/// A prediction of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPrediction {
    /// Its id, from 1, in the order of classification.
    pub id: i64,
    /// What was predicted.
    pub prediction: NewPrediction,
    /// The label that a person gave it, if any.
    pub corrected: Option<String>,
}

impl StoredPrediction {
    /// The effective label: the person's if there is one, otherwise the model's.
    pub fn effective_label(&self) -> &str {
        self.corrected.as_deref().unwrap_or(&self.prediction.label)
    }
}

/// Selects predictions; a field that is `None` selects all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// The text contains this, ignoring the case of ASCII letters.
    pub text: Option<String>,
    /// The effective label is this one.
    pub label: Option<String>,
    /// The source is this one.
    pub source: Option<String>,
    /// Not before this time.
    pub from: Option<i64>,
    /// Before this time.
    pub to: Option<i64>,
    /// At least this confidence.
    pub min_confidence: Option<f64>,
    /// At most this confidence.
    pub max_confidence: Option<f64>,
    /// Corrected by a person, or not.
    pub corrected: Option<bool>,
}

/// A page of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Ids below this one.
    pub before: i64,
    /// The maximum number of rows.
    pub limit: usize,
}

impl Cursor {
    /// The newest rows.
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
    /// How often.
    pub count: u64,
}

/// One day, category and source.
#[derive(Debug, Clone, PartialEq)]
pub struct DayCount {
    /// Days since 1970-01-01.
    pub day: i64,
    /// The effective label.
    pub label: String,
    /// The source.
    pub source: String,
    /// How many.
    pub count: u64,
    /// The sum of their confidences.
    pub confidence: f64,
}

/// What the dashboard shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overview {
    /// How many predictions.
    pub total: u64,
    /// How many of them are doubtful: abstained, or below one half if the model has no threshold.
    pub doubtful: u64,
    /// How many were corrected.
    pub corrected: u64,
    /// The mean confidence; 0 where there are none.
    pub mean_confidence: f64,
    /// The effective labels, most frequent first.
    pub labels: Vec<LabelCount>,
    /// The sources, most frequent first.
    pub sources: Vec<LabelCount>,
    /// Days, ascending.
    pub days: Vec<DayCount>,
    /// How many have a confidence in each tenth from 0 to 1.
    pub histogram: [u64; 10],
}

/// The history of predictions.
///
/// What was added survives the end of the process; the last second of it may be lost in a power cut.
///
/// # Errors
///
/// Every method of every store: [`StorageFull`](crate::Error::StorageFull) when the disk is full, in which case nothing was
/// written, and [`Sqlite`](crate::Error::Sqlite) or [`Postgres`](crate::Error::Postgres) where the database reports an
/// error. A database on another machine may also be [`Unreachable`](crate::Error::Unreachable); a write that ends so was
/// done or not, which the caller can look up once the database is back.
pub trait PredictionStore: Send + Sync + 'static {
    /// Adds predictions and returns their ids, in order.
    fn add_predictions(&self, predictions: Vec<NewPrediction>) -> Result<Vec<i64>>;
    /// One prediction.
    fn prediction(&self, id: i64) -> Result<Option<StoredPrediction>>;
    /// Predictions that pass the filter, newest first.
    fn history(&self, filter: &Filter, cursor: Cursor) -> Result<Vec<StoredPrediction>>;
    /// How many pass the filter.
    fn count(&self, filter: &Filter) -> Result<u64>;
    /// Totals, distributions and days of the predictions that pass the filter.
    fn overview(&self, filter: &Filter) -> Result<Overview>;
    /// Uncorrected predictions that a person should check, least certain first; duplicates are returned once.
    fn review(&self, limit: usize) -> Result<Vec<StoredPrediction>>;
}
