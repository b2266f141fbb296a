//! Corrections of predictions by people.

use crate::error::Result;
use crate::predictions::PredictionStore;

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCorrection {
    /// The prediction.
    pub prediction_id: i64,
    /// The right labels; empty if the text has no label.
    pub labels: Vec<String>,
    /// Who corrects; empty if that is unknown.
    pub actor: String,
    /// Whether the correction settles what people said before: their earlier labels no longer count as a disagreement.
    pub settles: bool,
    /// A key chosen by the caller. A repeated correction with the same key is made only once; another
    /// correction with this key is an error.
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
    /// The labels that the prediction had just before the correction: its own, or those of an
    /// earlier correction.
    pub previous: Vec<String>,
    /// The right labels; empty if the text has no label.
    pub labels: Vec<String>,
    /// When the correction was made, in milliseconds since 1970.
    pub at: i64,
    /// Who corrected; empty if that is unknown, or an earlier version stored the correction.
    pub actor: String,
}

/// What a person said about a text, if several people labelled it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The id of the correction.
    pub correction_id: i64,
    /// The prediction.
    pub prediction_id: i64,
    /// Who corrected.
    pub actor: String,
    /// The labels.
    pub labels: Vec<String>,
    /// Whether the correction settles what people said before.
    pub settles: bool,
}

/// Corrections of the predictions in the same store. After a method has returned, its change
/// survives a power failure. A correction is current if it was neither undone nor superseded.
pub trait CorrectionStore: PredictionStore {
    /// Corrects the labels of a prediction and supersedes the current correction of this
    /// prediction, if any. If the same correction was already made with the same idempotency key,
    /// changes nothing and returns it.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::Error::NotFound) for an unknown prediction;
    /// [`IdempotencyKeyReused`](crate::Conflict::IdempotencyKeyReused) if the key was used for
    /// another prediction or with other labels.
    fn correct(&self, correction: NewCorrection) -> Result<Correction>;
    /// Corrects many predictions, all of them or none; the corrections are in the given order.
    fn correct_all(&self, corrections: Vec<NewCorrection>) -> Result<Vec<Correction>>;
    /// Takes back corrections, also those that newer ones have superseded: they do not come back if a newer one is undone. Returns the
    /// predictions whose labels have changed. Corrections that do not exist, or were undone, are left out.
    fn retract_corrections(&self, ids: &[i64]) -> Result<Vec<i64>>;
    /// Undoes the current correction of a prediction; the previous correction, if any, becomes
    /// current again. Returns `false` if there is no current correction.
    fn undo_correction(&self, prediction_id: i64) -> Result<bool>;
    /// Undoes the correction with this id, which must be current; the previous correction, if any,
    /// becomes current again. Returns the id of the prediction, or `None` if the correction does
    /// not exist.
    ///
    /// # Errors
    ///
    /// [`CorrectionNotCurrent`](crate::Conflict::CorrectionNotCurrent) if the correction was undone
    /// or superseded.
    fn undo_correction_by_id(&self, correction_id: i64) -> Result<Option<i64>>;
    /// Returns the corrections that were not undone, superseded ones as well, of the texts that at least two people labelled: of up to
    /// `limit` texts, those with the newest ids, in the order in which they were made.
    fn opinions(&self, limit: usize) -> Result<Vec<Opinion>>;
    /// Returns the ids of up to `limit` predictions that somebody labelled, but not this person; the newest first.
    fn labelled_by_others(&self, actor: &str, limit: usize) -> Result<Vec<i64>>;
    /// Returns up to `limit` current corrections with an id above `after`, oldest first.
    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>>;
}
