//! Batches: uploaded files, classified row by row.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::predictions::{NewPrediction, PredictionStore, StoredPrediction};

/// The state of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Uploaded; its text column is not chosen yet.
    Staged,
    /// Waiting for its turn.
    Queued,
    /// Being classified.
    Running,
    /// Completed.
    Done,
    /// Stopped by a person.
    Cancelled,
    /// Stopped by a failure; the message of the batch says what failed.
    Failed,
}

impl BatchState {
    /// Returns the name of the state in the API and in the store.
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

    /// Returns the state with this name.
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

    /// Returns true for `Done`, `Cancelled` and `Failed`.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }

    /// Returns true for `Queued` and `Running`: rows are being classified or will be classified.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A batch to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The name of the uploaded file, as the client sent it; shown, never used as a path.
    pub name: String,
    /// The format of the file: `jsonl`, `csv`, `tsv` or `lines`.
    pub format: String,
    /// The name of the stored file in the upload folder.
    pub file: String,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The SHA-256 of the uploaded file in hexadecimal. It shows whether a file is uploaded again. `None` if an earlier version
    /// of the program stored the file.
    pub sha256: Option<String>,
    /// Number of rows in the file, good or bad. If the file has more rows, the number is raised while rows are read.
    pub total_rows: u64,
    /// The field that contains the text; `None` until it is chosen.
    pub text_field: Option<String>,
    /// The names of the columns or fields of the file; `None` if an earlier version stored the file, or if the names were
    /// erased.
    pub columns: Option<Vec<String>>,
    /// What was not read of the file, such as other sheets of a spreadsheet, one sentence each. Empty after an erasure.
    pub notes: Vec<String>,
}

/// What columns besides the text are for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnChoice {
    /// The column that says when the texts were written; `None` if no column says it.
    #[serde(rename = "field")]
    pub date: Option<String>,
    /// Whether the day or the month comes first: `day-first` or `month-first`; `None` if the dates show it.
    pub order: Option<String>,
    /// The column with labels that people gave.
    #[serde(default)]
    pub label: Option<String>,
    /// The column that says where the texts come from.
    #[serde(default)]
    pub source: Option<String>,
    /// Who says that people gave the labels.
    #[serde(default)]
    pub labelled_by: Option<String>,
    /// Whether somebody chose the columns, so that the next file with the same columns is read in the same way; if not, they were found by
    /// names and values.
    #[serde(default)]
    pub is_chosen: bool,
}

/// A batch of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id, from 1.
    pub id: i64,
    /// The uploaded file.
    pub upload: NewBatch,
    /// What the columns are for; `None` for a staged batch, and for one whose text column was given at the upload: then they are found by
    /// names and values.
    pub choice: Option<ColumnChoice>,
    /// Its state.
    pub state: BatchState,
    /// Number of rows read so far, good or bad.
    pub position: u64,
    /// Number of rows classified.
    pub classified: u64,
    /// Number of rows set aside.
    pub bad: u64,
    /// Number of processes that have started to work on the batch since its position last changed. All of them except the
    /// current process ended at this position.
    pub attempts: u64,
    /// What failed, if anything.
    pub message: Option<String>,
    /// When the file was uploaded; milliseconds since 1970.
    pub created_at: i64,
    /// When the batch started to run.
    pub started_at: Option<i64>,
    /// When the batch ended.
    pub ended_at: Option<i64>,
}

/// The next rows of a batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// The position of the first row.
    pub from: u64,
    /// The position after the last row.
    pub to: u64,
    /// The predictions for the usable rows.
    pub predictions: Vec<NewPrediction>,
    /// Labels that people gave to some of the predictions. They become corrections.
    pub given: Vec<GivenLabels>,
    /// Rows that could not be used.
    pub bad: Vec<BadRowEntry>,
}

/// Labels that a person gave to a row before it was classified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenLabels {
    /// The index of the row among the predictions of the chunk, from 0; an index beyond them is ignored.
    pub place: usize,
    /// The labels.
    pub labels: Vec<String>,
    /// Who gave them, or who says that people did.
    pub actor: String,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRowEntry {
    /// The index of the row, from 0, counting good and bad rows.
    pub row: i64,
    /// The line on which the row starts, from 1.
    pub line: u64,
    /// Why the row could not be used.
    pub reason: String,
}

/// The batches of a store. Their results are predictions in the same store. A change survives a power failure once the method
/// has returned.
pub trait BatchStore: PredictionStore {
    /// Adds a batch and returns its id.
    fn create_batch(&self, batch: NewBatch) -> Result<i64>;
    /// Returns a batch, or `None` if it does not exist.
    fn batch(&self, id: i64) -> Result<Option<Batch>>;
    /// Returns up to `limit` batches, newest first.
    fn batches(&self, limit: usize) -> Result<Vec<Batch>>;
    /// Returns the batches that are queued or running, oldest first.
    fn unfinished_batches(&self) -> Result<Vec<Batch>>;
    /// Chooses the columns of a staged batch and queues it.
    ///
    /// # Errors
    ///
    /// [`BatchNotStaged`](crate::Conflict::BatchNotStaged) if the batch is not staged.
    fn queue_batch(&self, id: i64, text_field: &str, choice: Option<ColumnChoice>) -> Result<()>;
    /// Counts an attempt to work on the batch. [`BatchStore::add_chunk`] resets the count to 0.
    fn count_attempt(&self, id: i64) -> Result<()>;
    /// Changes the state of a batch, unless the batch has ended. Returns whether the state was changed.
    fn set_batch_state(&self, id: i64, state: BatchState, message: Option<&str>) -> Result<bool>;
    /// Adds the results of the next rows of a batch, with the labels that people gave them, and moves its position, in one atomic step.
    ///
    /// # Errors
    ///
    /// [`BatchAtAnotherRow`](crate::Conflict::BatchAtAnotherRow) if the batch is not running, or if these rows were added
    /// before.
    fn add_chunk(&self, batch_id: i64, chunk: Chunk) -> Result<()>;
    /// Returns the predictions of a batch in the order of its rows, starting at row `from`.
    fn batch_rows(&self, id: i64, from: i64, limit: usize) -> Result<Vec<StoredPrediction>>;
    /// Returns the rows of a batch that could not be used, in the order of the file.
    fn bad_rows(&self, id: i64, limit: usize) -> Result<Vec<BadRowEntry>>;
    /// Removes a staged or ended batch with its bad rows; its predictions stay in the history.
    ///
    /// # Errors
    ///
    /// [`BatchNotEnded`](crate::Conflict::BatchNotEnded) if the batch is queued or running, or does not exist.
    fn delete_batch(&self, id: i64) -> Result<()>;
    /// Renames a batch.
    fn rename_batch(&self, id: i64, name: &str) -> Result<()>;
    /// Erases the column names of a batch, its message, and the reasons why rows were set aside, because all of these can
    /// quote the file. If `text_field` is given, it replaces the name of the text column.
    fn forget_names(&self, id: i64, text_field: Option<&str>) -> Result<()>;
}
