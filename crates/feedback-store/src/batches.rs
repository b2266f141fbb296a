//! Batches: uploaded files, classified row by row.

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

    /// True for `Done`, `Cancelled` and `Failed`.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }

    /// True for `Queued` and `Running`: rows are being classified, or will be.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A batch to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The name of the uploaded file, as the client sent it; shown, never used as a path.
    pub name: String,
    /// Its format: `jsonl`, `csv`, `tsv` or `lines`.
    pub format: String,
    /// The file in the folder of uploads.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Rows in it, good or bad, if they were counted.
    pub total_rows: u64,
    /// The field that holds the text, once it is chosen.
    pub text_field: Option<String>,
    /// The names of its columns or fields; `None` for a file that an earlier version stored.
    pub columns: Option<Vec<String>>,
}

/// A batch of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id, from 1.
    pub id: i64,
    /// The uploaded file.
    pub upload: NewBatch,
    /// Its state.
    pub state: BatchState,
    /// Rows read so far, good or bad.
    pub position: u64,
    /// Rows classified.
    pub classified: u64,
    /// Rows set aside.
    pub bad: u64,
    /// How many processes have begun to work on it since its position moved last. All but the present one ended at it.
    pub attempts: u64,
    /// What failed, if something did.
    pub message: Option<String>,
    /// When it was uploaded; milliseconds since 1970.
    pub created_at: i64,
    /// When it started to run.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// The next rows of a batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// The position of the first.
    pub from: u64,
    /// The position after the last.
    pub to: u64,
    /// Results.
    pub predictions: Vec<NewPrediction>,
    /// Rows that could not be used.
    pub bad: Vec<BadRowEntry>,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRowEntry {
    /// The row, counted from 0 over good and bad rows.
    pub row: i64,
    /// The line on which it starts, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// Batches, whose results are predictions in the same store. What a method reports as done survives a power cut.
pub trait BatchStore: PredictionStore {
    /// Adds a batch and returns its id.
    fn create_batch(&self, batch: NewBatch) -> Result<i64>;
    /// One batch.
    fn batch(&self, id: i64) -> Result<Option<Batch>>;
    /// The newest batches first.
    fn batches(&self, limit: usize) -> Result<Vec<Batch>>;
    /// Batches that are queued or running, oldest first.
    fn unfinished_batches(&self) -> Result<Vec<Batch>>;
    /// Chooses the text column of a staged batch and queues it.
    ///
    /// # Errors
    ///
    /// [`BatchNotStaged`](crate::Conflict::BatchNotStaged).
    fn queue_batch(&self, id: i64, text_field: &str) -> Result<()>;
    /// Counts an attempt to work on the batch; [`BatchStore::add_chunk`] sets the count to 0.
    fn count_attempt(&self, id: i64) -> Result<()>;
    /// Changes a batch's state, unless it has ended; returns whether it changed.
    fn set_batch_state(&self, id: i64, state: BatchState, message: Option<&str>) -> Result<bool>;
    /// Adds the results of the next rows of a batch and moves its position, all or nothing.
    ///
    /// # Errors
    ///
    /// [`BatchAtAnotherRow`](crate::Conflict::BatchAtAnotherRow) if the batch is not running, or if these rows were added
    /// before.
    fn add_chunk(&self, batch_id: i64, chunk: Chunk) -> Result<()>;
    /// Results of a batch by row number, starting at `from`.
    fn batch_rows(&self, id: i64, from: i64, limit: usize) -> Result<Vec<StoredPrediction>>;
    /// Rows of a batch that could not be used, by line.
    fn bad_rows(&self, id: i64, limit: usize) -> Result<Vec<BadRowEntry>>;
    /// Removes a staged or ended batch with its bad rows; its predictions stay in the history.
    ///
    /// # Errors
    ///
    /// [`BatchNotEnded`](crate::Conflict::BatchNotEnded) if it is queued or running.
    fn delete_batch(&self, id: i64) -> Result<()>;
    /// Gives a batch another name.
    fn rename_batch(&self, id: i64, name: &str) -> Result<()>;
    /// Forgets the names of the columns of a batch, and why its rows were set aside: both quote the file. Its text column gets
    /// another name, if one is given.
    fn forget_names(&self, id: i64, text_field: Option<&str>) -> Result<()>;
}
