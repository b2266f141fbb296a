//! Erasures: the removal of predictions with their texts, and the records of what was removed.

use crate::error::Result;
use crate::predictions::{FieldValue, PredictionStore};

/// What to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erase {
    /// One prediction with its text.
    Prediction(i64),
    /// All predictions of exactly this text.
    Text(String),
    /// All predictions whose texts came from this source.
    Source(String),
    /// All predictions of a batch.
    Batch(i64),
    /// All predictions whose record has this value in this field, such as the number of a customer.
    Field(FieldValue),
    /// All predictions older than this time; milliseconds since 1970. Predictions of unfinished batches are not erased.
    Before(i64),
}

impl Erase {
    /// Returns the kind of the erasure, as in [`Erasure::kind`].
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Prediction(_) => "prediction",
            Self::Text(_) => "text",
            Self::Source(_) => "source",
            Self::Batch(_) => "batch",
            Self::Field(_) => "field",
            Self::Before(_) => "age",
        }
    }

    /// Returns what the erasure refers to; empty for a text, because texts must not be kept. Of a field it is only the name, because
    /// the value may be that of a person.
    pub(crate) fn reference(&self) -> String {
        match self {
            Self::Prediction(id) | Self::Batch(id) | Self::Before(id) => id.to_string(),
            Self::Source(source) => source.clone(),
            Self::Field(field) => field.name.clone(),
            Self::Text(_) => String::new(),
        }
    }
}

/// The record of an erasure. It contains no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its id, from 1.
    pub id: i64,
    /// When the erasure was done; milliseconds since 1970.
    pub at: i64,
    /// Who did it.
    pub actor: String,
    /// `prediction`, `text`, `source`, `batch`, `field` or `age`.
    pub kind: String,
    /// The id of the prediction or batch, the source, the name of the field, or the time before which predictions were erased. Empty
    /// for a text.
    pub reference: String,
    /// Number of predictions that were erased.
    pub predictions: u64,
    /// Number of corrections that were erased together with the predictions.
    pub corrections: u64,
}

/// A prediction that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The id of the erasure.
    pub erasure: i64,
    /// The id that the prediction had. An erasure by text also has an entry with the id 0 and the hash of the text.
    pub prediction: i64,
    /// The SHA-256 of the text, in hex.
    pub hash: String,
}

/// Erasures of predictions in the same store. A change survives a power failure once the method has returned.
pub trait ErasureStore: PredictionStore {
    /// Erases predictions and their corrections, and records the erasure, even if there is nothing to erase.
    ///
    /// # Errors
    ///
    /// [`BatchNotEnded`](crate::Conflict::BatchNotEnded) if one of the predictions belongs to a batch that is queued
    /// or running.
    fn erase(&self, what: Erase, actor: &str) -> Result<Erasure>;
    /// Returns all erasures, oldest first.
    fn erasures(&self) -> Result<Vec<Erasure>>;
    /// Returns what was erased by the erasures with an id above `after`; if `after` is 0, by all erasures.
    fn erased(&self, after: i64) -> Result<Vec<Erased>>;
    /// Repeats erasures that were done after a backup was made, and records the erasures that are not recorded yet. A
    /// prediction is erased if its id and text match an erased prediction, or if an erasure by text named its text. Returns
    /// the number of predictions that were erased.
    fn repeat_erasures(&self, erasures: Vec<Erasure>, erased: Vec<Erased>) -> Result<u64>;
    /// Returns the ids of the batches that contain at least one of the predictions to erase.
    fn batches_with(&self, what: &Erase) -> Result<Vec<i64>>;
}
