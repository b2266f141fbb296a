//! Corrections of predictions by people.

use crate::error::Result;
use crate::predictions::PredictionStore;

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCorrection {
    /// The prediction.
    pub prediction_id: i64,
    /// The right label.
    pub label: String,
    /// A key of the caller, by which a repeated request is recognised.
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
    /// The effective label before.
    pub previous: String,
    /// The right label.
    pub label: String,
    /// When it was made; milliseconds since 1970.
    pub at: i64,
}

/// Corrections of the predictions in the same store. What a method reports as done survives a power cut.
pub trait CorrectionStore: PredictionStore {
    /// Corrects a prediction's label and supersedes an earlier correction of it. With an idempotency key that was used
    /// before, returns the correction that was made then.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::Error::NotFound) for an unknown prediction;
    /// [`IdempotencyKeyReused`](crate::Conflict::IdempotencyKeyReused) if the key was used for another correction.
    fn correct(&self, correction: NewCorrection) -> Result<Correction>;
    /// Undoes the current correction of a prediction; the one before becomes current again. Returns `false` if there is
    /// none.
    fn undo_correction(&self, prediction_id: i64) -> Result<bool>;
    /// Undoes this correction; the one before becomes current again. Returns the prediction, or `None` if there is no such
    /// correction.
    ///
    /// # Errors
    ///
    /// [`CorrectionNotStanding`](crate::Conflict::CorrectionNotStanding) if it was undone or superseded.
    fn take_back(&self, correction_id: i64) -> Result<Option<i64>>;
    /// Current corrections with an id above `after`, oldest first.
    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>>;
}
