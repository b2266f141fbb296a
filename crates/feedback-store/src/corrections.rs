//! Corrections of predictions by people.

use crate::error::Result;
use crate::predictions::PredictionStore;

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCorrection {
    /// The prediction.
    pub prediction_id: i64,
    /// The right labels; none if the text has no label.
    pub labels: Vec<String>,
    /// A key chosen by the caller. A request with the same key counts as a repetition.
    pub idempotency_key: Option<String>,
}

/// A correction that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Its id, from 1.
    pub id: i64,
    /// The prediction.
    pub prediction_id: i64,
    /// The text.
    pub text: String,
    /// The effective labels before the correction.
    pub previous: Vec<String>,
    /// The right labels; none if the text has no label.
    pub labels: Vec<String>,
    /// When the correction was made; milliseconds since 1970.
    pub at: i64,
}

/// Corrections of the predictions in the same store. A change survives a power failure once the method has returned.
pub trait CorrectionStore: PredictionStore {
    /// Corrects the labels of a prediction and supersedes an earlier correction of the same prediction. If the idempotency key
    /// was used before, changes nothing and returns the earlier correction.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::Error::NotFound) for an unknown prediction;
    /// [`IdempotencyKeyReused`](crate::Conflict::IdempotencyKeyReused) if the key was used for another correction.
    fn correct(&self, correction: NewCorrection) -> Result<Correction>;
    /// Undoes the current correction of a prediction; the previous correction becomes current again. Returns `false` if there
    /// is no current correction.
    fn undo_correction(&self, prediction_id: i64) -> Result<bool>;
    /// Undoes the correction with this id; the previous correction becomes current again. Returns the id of the prediction, or
    /// `None` if the correction does not exist.
    ///
    /// # Errors
    ///
    /// [`CorrectionNotStanding`](crate::Conflict::CorrectionNotStanding) if the correction was undone or superseded.
    fn take_back(&self, correction_id: i64) -> Result<Option<i64>>;
    /// Returns up to `limit` current corrections with an id above `after`, oldest first.
    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>>;
}
