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
    /// Returns the name of the state in the API and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Serving => "serving",
            Self::Retired => "retired",
            Self::Discarded => "discarded",
        }
    }

    /// Returns the state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Candidate, Self::Serving, Self::Retired, Self::Discarded]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// The record of a model folder.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    /// The first characters of a hash of the model's files.
    pub id: String,
    /// Where the model came from; only displayed.
    pub origin: String,
    /// The role of the model.
    pub state: ModelState,
    /// The labels of the model.
    pub labels: Vec<String>,
    /// The model's `feedback.json`, without fingerprints.
    pub manifest: Value,
    /// When the model was added; milliseconds since 1970.
    pub added_at: i64,
    /// When the model last started to serve.
    pub served_at: Option<i64>,
}

/// The model records of a store. A change survives a power failure once the method has returned.
pub trait ModelStore: Send + Sync + 'static {
    /// Adds a model, or updates its record.
    fn put_model(&self, model: ModelRecord) -> Result<()>;
    /// Returns a model, or `None` if it does not exist.
    fn model(&self, id: &str) -> Result<Option<ModelRecord>>;
    /// Returns all models, newest first.
    fn models(&self) -> Result<Vec<ModelRecord>>;
    /// Makes a model the serving model, and retires the model that served before.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::Error::NotFound) if the model does not exist.
    fn set_serving(&self, id: &str) -> Result<()>;
    /// Marks a model as discarded.
    ///
    /// # Errors
    ///
    /// [`ModelServing`](crate::Conflict::ModelServing) if the model is serving or does not exist.
    fn discard_model(&self, id: &str) -> Result<()>;
}
