//! Records of the models that served or may serve.

use serde_json::Value;

use crate::error::Result;

/// The role of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// Never served.
    Candidate,
    /// Serving now.
    Serving,
    /// Served before.
    Retired,
    /// Discarded by a person.
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

/// The record of a model folder.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    /// The beginning of a hash of its files.
    pub id: String,
    /// Where it came from, to be shown.
    pub origin: String,
    /// Its role.
    pub state: ModelState,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its `feedback.json`, without fingerprints.
    pub manifest: Value,
    /// When it was added; milliseconds since 1970.
    pub added_at: i64,
    /// When it last started to serve.
    pub served_at: Option<i64>,
}

/// Records of models. What a method reports as done survives a power cut.
pub trait ModelStore: Send + Sync + 'static {
    /// Adds a model, or updates its record.
    fn put_model(&self, model: ModelRecord) -> Result<()>;
    /// One model.
    fn model(&self, id: &str) -> Result<Option<ModelRecord>>;
    /// All models, the newest first.
    fn models(&self) -> Result<Vec<ModelRecord>>;
    /// Makes a model the serving one; the one that served before is retired.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::Error::NotFound).
    fn set_serving(&self, id: &str) -> Result<()>;
    /// Marks a model as discarded.
    ///
    /// # Errors
    ///
    /// [`ModelServing`](crate::Conflict::ModelServing) for the serving one.
    fn discard_model(&self, id: &str) -> Result<()>;
}
