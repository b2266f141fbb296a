//! The rows of a store.

use feedback_inference::Score;
use serde_json::Value;

/// A prediction to be remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrediction {
    /// When the feedback was given or, where that is not known, classified; milliseconds since 1970.
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

/// A prediction as it is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPrediction {
    /// Its number, from 1, in the order of classification.
    pub id: i64,
    /// What was predicted.
    pub prediction: NewPrediction,
    /// The label that a person gave it, where one did.
    pub corrected: Option<String>,
}

impl StoredPrediction {
    /// The label that counts: the person's, else the model's.
    pub fn effective_label(&self) -> &str {
        self.corrected.as_deref().unwrap_or(&self.prediction.label)
    }
}

/// Which predictions are meant; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// The text holds this, letter case of ASCII aside.
    pub text: Option<String>,
    /// The label that counts is this one.
    pub label: Option<String>,
    /// It came from here.
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

/// A page of rows: those with an id below `before`, at most `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Ids below this one.
    pub before: i64,
    /// At most so many.
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

/// A label and how often it stands.
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
    /// The label that counts.
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
    /// How many of them are doubtful: abstained, or below one half where the model has no threshold.
    pub doubtful: u64,
    /// How many were corrected.
    pub corrected: u64,
    /// The mean confidence; 0 where there are none.
    pub mean_confidence: f64,
    /// The labels that count, most frequent first.
    pub labels: Vec<LabelCount>,
    /// The sources, most frequent first.
    pub sources: Vec<LabelCount>,
    /// Days, ascending.
    pub days: Vec<DayCount>,
    /// How many have a confidence in each tenth from 0 to 1.
    pub histogram: [u64; 10],
}

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCorrection {
    /// The prediction.
    pub prediction_id: i64,
    /// The right label.
    pub label: String,
    /// A key of the caller's, by which a repeated request is known.
    pub idempotency_key: Option<String>,
}

/// A correction that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Its number, from 1.
    pub id: i64,
    /// The prediction.
    pub prediction_id: i64,
    /// The text.
    pub text: String,
    /// The label that counted before.
    pub previous: String,
    /// The right label.
    pub label: String,
    /// When; milliseconds since 1970.
    pub at: i64,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Uploaded; its column is not chosen yet.
    Staged,
    /// Waits for its turn.
    Queued,
    /// Is being classified.
    Running,
    /// All rows are done.
    Done,
    /// Stopped by a person.
    Cancelled,
    /// Stopped by a failure, which the message names.
    Failed,
}

impl BatchState {
    /// The name in the API and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Staged,
            Self::Queued,
            Self::Running,
            Self::Done,
            Self::Cancelled,
            Self::Failed,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }

    /// True where nothing happens any more.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }
}

/// A batch to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The name of the uploaded file, as the client gave it; shown, never used as a path.
    pub name: String,
    /// Its format: `jsonl`, `csv`, `tsv` or `lines`.
    pub format: String,
    /// The file in the folder of uploads.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Rows in it, good or bad, where they were counted.
    pub total_rows: u64,
    /// The field that holds the text, once it is chosen.
    pub text_field: Option<String>,
}

/// A batch of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number, from 1.
    pub id: i64,
    /// What it was made from.
    pub upload: NewBatch,
    /// How far it is.
    pub state: BatchState,
    /// Rows read so far, good or bad.
    pub position: u64,
    /// Rows classified.
    pub classified: u64,
    /// Rows set aside.
    pub bad: u64,
    /// What failed, where something did.
    pub message: Option<String>,
    /// When it was uploaded; milliseconds since 1970.
    pub created_at: i64,
    /// When it began to run.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// The next rows of a batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// The position at which they begin.
    pub from: u64,
    /// The position after them.
    pub to: u64,
    /// Results.
    pub predictions: Vec<NewPrediction>,
    /// Rows that could not be used.
    pub bad: Vec<BadRowEntry>,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRowEntry {
    /// The row, counted from 0 over good and bad ones.
    pub row: i64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// A delivery of a webhook to be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// The sender's name for it, by which it is known when it comes again.
    pub key: String,
    /// A hash of its body.
    pub digest: String,
    /// What its texts were classified as.
    pub predictions: Vec<NewPrediction>,
}

/// What a delivery is answered with, given the ids of its predictions, in order.
pub type AnswerFor = Box<dyn Fn(&[i64]) -> String + Send + Sync>;

/// A delivery of a webhook that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The hash of its body.
    pub digest: String,
    /// What it was answered with.
    pub answer: String,
}

/// A category that was said more often on a day than is usual for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The category.
    pub label: String,
    /// Days since 1970-01-01.
    pub day: i64,
    /// How often on that day, when it was noticed.
    pub count: u64,
    /// The median of the days before.
    pub median: f64,
    /// Their median absolute deviation.
    pub mad: f64,
    /// How far the count lies above the median: the modified z-score.
    pub score: f64,
    /// When it was noticed; milliseconds since 1970.
    pub at: i64,
}

/// What a model is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// Known, and never served.
    Candidate,
    /// Serves.
    Serving,
    /// Served before.
    Retired,
    /// Not wanted.
    Discarded,
}

impl ModelState {
    /// The name in the API and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Serving => "serving",
            Self::Retired => "retired",
            Self::Discarded => "discarded",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Candidate, Self::Serving, Self::Retired, Self::Discarded]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A model folder that the server keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    /// The beginning of a hash of its files.
    pub id: String,
    /// Where it came from, for people.
    pub origin: String,
    /// What it is used for.
    pub state: ModelState,
    /// Its labels.
    pub labels: Vec<String>,
    /// What its `feedback.json` says, without fingerprints.
    pub manifest: Value,
    /// When it was added; milliseconds since 1970.
    pub added_at: i64,
    /// When it last began to serve.
    pub served_at: Option<i64>,
}

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number.
    pub id: i64,
    /// When; milliseconds since 1970.
    pub at: i64,
    /// What was done, such as `model.promote`.
    pub action: String,
    /// To what, such as a model's id.
    pub subject: String,
    /// More about it; never feedback text.
    pub detail: String,
}
