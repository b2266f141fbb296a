//! What the server remembers, behind a trait.
//!
//! [`SqliteStore`] is the store that comes with the server, and `PostgresStore` (feature `postgres`) one on a machine of
//! its own. All stores pass the same tests, which are in `tests/it/store.rs`.

mod overview;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod types;
mod writer;

#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
pub use types::{
    Alert, AnswerFor, AuditEntry, BadRowEntry, Batch, BatchState, Chunk, Correction, Cursor, DayCount,
    Delivery, Filter, LabelCount, ModelRecord, ModelState, NewBatch, NewCorrection, NewDelivery,
    NewPrediction, Overview, StoredPrediction,
};

use std::path::Path;

use crate::Result;

/// How long a delivery is known by its key. Senders try again for some days at most.
const DELIVERIES_KEPT_MS: i64 = 30 * crate::clock::DAY_MS;

/// Where predictions, corrections, batches, models and the audit trail are kept.
///
/// All methods may block on the disk; call them through [`StoreHandle`] from asynchronous code. What a method returned
/// as done is there after the process is killed; corrections, batch rows, deliveries of webhooks, alerts and changes of models are
/// there after a power cut as well.
///
/// # Errors
///
/// Every method: [`crate::Error::StorageFull`] when the disk is full, in which case nothing was written, and
/// [`crate::Error::Database`]. Where the store is on another machine also [`crate::Error::Unreachable`]; a write that ends
/// so was done or not, as one can ask the store once it is back.
pub trait Store: Send + Sync + 'static {
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
    /// Uncorrected predictions that a person should look at, the closest calls first, each text once.
    fn review(&self, limit: usize) -> Result<Vec<StoredPrediction>>;

    /// Corrects a prediction's label; an earlier correction of it is superseded. With an idempotency key that was used
    /// before, returns what that use made.
    ///
    /// # Errors
    ///
    /// [`crate::Error::NotFound`] for an unknown prediction; [`crate::Error::Conflict`] where the key was used for
    /// another correction.
    fn correct(&self, correction: NewCorrection) -> Result<Correction>;
    /// Takes the latest standing correction of a prediction back; the one before stands again. `false` where there is none.
    fn undo_correction(&self, prediction_id: i64) -> Result<bool>;
    /// Standing corrections with an id above `after`, oldest first.
    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>>;

    /// Adds a batch and returns its id.
    fn create_batch(&self, batch: NewBatch) -> Result<i64>;
    /// One batch.
    fn batch(&self, id: i64) -> Result<Option<Batch>>;
    /// The newest batches first.
    fn batches(&self, limit: usize) -> Result<Vec<Batch>>;
    /// Batches that wait or were running, oldest first.
    fn unfinished_batches(&self) -> Result<Vec<Batch>>;
    /// Chooses the text column of a staged batch and queues it.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Conflict`] where it is not staged.
    fn queue_batch(&self, id: i64, text_field: &str) -> Result<()>;
    /// Changes a batch's state, unless it has ended; returns whether it changed.
    fn set_batch_state(&self, id: i64, state: BatchState, message: Option<&str>) -> Result<bool>;
    /// Adds the results of the next rows of a batch and moves its position, all or nothing.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Conflict`] where the batch is not running or stands at another row: these rows were added before.
    fn add_chunk(&self, batch_id: i64, chunk: Chunk) -> Result<()>;
    /// Results of a batch by row number, from `from` on.
    fn batch_rows(&self, id: i64, from: i64, limit: usize) -> Result<Vec<StoredPrediction>>;
    /// Rows of a batch that could not be used, by line.
    fn bad_rows(&self, id: i64, limit: usize) -> Result<Vec<BadRowEntry>>;
    /// Removes a staged or ended batch with its rows; predictions in the history stay.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Conflict`] where it is queued or running.
    fn delete_batch(&self, id: i64) -> Result<()>;

    /// The delivery of this key, where one was taken in the last 30 days.
    fn delivery(&self, key: &str) -> Result<Option<Delivery>>;
    /// Adds the predictions of a delivery, and the delivery with what `answer_for` says to their ids, all or nothing.
    /// Where its key was used before, adds nothing and returns what that use made.
    fn add_delivery(&self, delivery: NewDelivery, answer_for: AnswerFor) -> Result<Delivery>;

    /// Adds an alert; `false` where there is one of this category and day already.
    fn add_alert(&self, alert: Alert) -> Result<bool>;
    /// Alerts of the day `from` or later that `receiver` was not sent yet, oldest first.
    fn unsent_alerts(&self, receiver: &str, from: i64) -> Result<Vec<Alert>>;
    /// Writes down that `receiver` was sent the alert of this category and day.
    fn alert_sent(&self, receiver: &str, label: &str, day: i64) -> Result<()>;

    /// Adds a model, or updates what is known of it.
    fn put_model(&self, model: ModelRecord) -> Result<()>;
    /// One model.
    fn model(&self, id: &str) -> Result<Option<ModelRecord>>;
    /// All models, the newest first.
    fn models(&self) -> Result<Vec<ModelRecord>>;
    /// Makes a model the serving one and the one that served before the previous one.
    ///
    /// # Errors
    ///
    /// [`crate::Error::NotFound`].
    fn set_serving(&self, id: &str) -> Result<()>;
    /// Marks a model as discarded.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Conflict`] for the one that serves.
    fn discard_model(&self, id: &str) -> Result<()>;

    /// Writes down who did what.
    fn add_audit(&self, action: &str, subject: &str, detail: &str) -> Result<()>;
    /// The newest entries first.
    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>>;

    /// Looks for damage; `Ok` says there is none.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Damaged`] with the first problem.
    fn check(&self) -> Result<()>;
    /// Writes a consistent copy while work goes on.
    fn backup(&self, path: &Path) -> Result<()>;
}

/// A store for asynchronous code.
#[derive(Clone)]
pub struct StoreHandle {
    store: std::sync::Arc<dyn Store>,
}

impl std::fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreHandle").finish_non_exhaustive()
    }
}

impl StoreHandle {
    /// Takes a store.
    pub fn new(store: std::sync::Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// The store itself, for code that may block.
    pub fn blocking(&self) -> &dyn Store {
        &*self.store
    }

    /// Does something with the store on a thread that may block.
    ///
    /// # Errors
    ///
    /// What `work` returns; [`crate::Error::ShuttingDown`] where the runtime has ended.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = std::sync::Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || work(&*store))
            .await
            .unwrap_or(Err(crate::Error::ShuttingDown))
    }
}
