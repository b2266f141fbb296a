//! Erasures: texts that are gone, and the record that they are.

use crate::error::Result;
use crate::predictions::PredictionStore;

/// What is to be erased.
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
    /// All predictions from before a time; milliseconds since 1970.
    Before(i64),
}

impl Erase {
    /// The name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Prediction(_) => "prediction",
            Self::Text(_) => "text",
            Self::Source(_) => "source",
            Self::Batch(_) => "batch",
            Self::Before(_) => "age",
        }
    }

    /// What it refers to; empty for a text, which must not be kept.
    pub(crate) fn reference(&self) -> String {
        match self {
            Self::Prediction(id) | Self::Batch(id) | Self::Before(id) => id.to_string(),
            Self::Source(source) => source.clone(),
            Self::Text(_) => String::new(),
        }
    }
}

/// The record of an erasure, which holds no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its id, from 1.
    pub id: i64,
    /// When it was done; milliseconds since 1970.
    pub at: i64,
    /// Who did it.
    pub actor: String,
    /// `prediction`, `text`, `source`, `batch` or `age`.
    pub kind: String,
    /// The number of the prediction or batch, the source, or the time before which predictions were erased; empty for a text.
    pub reference: String,
    /// How many predictions were erased.
    pub predictions: u64,
    /// How many corrections of them were erased.
    pub corrections: u64,
}

/// A prediction that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The erasure.
    pub erasure: i64,
    /// The number that the prediction had; 0 for the text of an erasure by text.
    pub prediction: i64,
    /// The SHA-256 of its text, in hex.
    pub hash: String,
}

/// Erasures of predictions in the same store. What a method reports as done survives a power cut.
pub trait ErasureStore: PredictionStore {
    /// Erases predictions and their corrections, and records it. Erasing nothing is recorded too.
    ///
    /// # Errors
    ///
    /// [`BatchNotEnded`](crate::Conflict::BatchNotEnded) if one of them belongs to a batch that is queued or running.
    fn erase(&self, what: Erase, actor: &str) -> Result<Erasure>;
    /// All erasures, oldest first.
    fn erasures(&self) -> Result<Vec<Erasure>>;
    /// What the erasures after this one erased; 0 for all.
    fn erased(&self, after: i64) -> Result<Vec<Erased>>;
    /// Does erasures again that were done after a backup was made, and records those that are not recorded. A prediction is
    /// erased if its number and text are those of one that was, or its text is that of an erasure by text. Returns how many
    /// predictions that were.
    fn repeat_erasures(&self, erasures: Vec<Erasure>, erased: Vec<Erased>) -> Result<u64>;
    /// The batches that have some of these predictions.
    fn batches_with(&self, what: &Erase) -> Result<Vec<i64>>;
}
